"""Answers as Netvisor writes them: UTF-8, CRLF, root element Root, a status before everything else."""

import re
from collections.abc import Mapping
from datetime import datetime

from tilisilta_emulators.netvisor.errors import Refused
from tilisilta_emulators.netvisor.values import show_stamp

Attributes = Mapping[str, str] | None

_NEWLINE = "\r\n"
_HEAD = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>' + _NEWLINE
# Characters that XML 1.0 cannot carry; control calls and queries may bring them in.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(r"[&<>\"]")


def escape(text: str) -> str:
    """Return `text` fit for XML content and attributes."""
    if text.isalnum():
        return text
    clean = _ILLEGAL.sub("", text)
    if not _SPECIAL.search(clean):
        return clean
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _opening(tag: str, attributes: Attributes) -> str:
    if not attributes:
        return tag
    return tag + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def leaf(tag: str, value: str | int | None, attributes: Attributes = None) -> str:
    """Return an element with text; None and the empty text give an empty element."""
    text = "" if value is None else escape(str(value))
    opening = _opening(tag, attributes)
    return f"<{opening}>{text}</{tag}>" if text else f"<{opening} />"


def group(tag: str, *parts: str, attributes: Attributes = None) -> str:
    """Return an element with the given elements inside; empty parts are left out."""
    opening = _opening(tag, attributes)
    inner = _NEWLINE.join(part for part in parts if part)
    return f"<{opening}>{_NEWLINE}{inner}{_NEWLINE}</{tag}>" if inner else f"<{opening} />"


def answer(now: datetime, content: str = "") -> bytes:
    """Return an OK answer; `now` is Finnish local time."""
    status = group("ResponseStatus", leaf("Status", "OK"), leaf("TimeStamp", show_stamp(now)))
    return (_HEAD + group("Root", status, content)).encode()


def failure(now: datetime, refusal: Refused, language: str) -> bytes:
    """Return a FAILED answer with code and text in the second Status."""
    text = f"{refusal.code} :: {refusal.words(language)}"
    status = group("ResponseStatus", leaf("Status", "FAILED"), leaf("Status", text), leaf("TimeStamp", show_stamp(now)))
    return (_HEAD + group("Root", status)).encode()


def replies(key: int) -> str:
    """Return the part of an answer that carries the key of what was created."""
    return group("Replies", leaf("InsertedDataIdentifier", key))
