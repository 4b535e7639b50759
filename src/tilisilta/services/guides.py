"""The guides that this very version was written with, as pages (N01): of connectors, and for accountants."""

import posixpath
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

# An installed package bears the guides inside; in a working copy they stand beside the source.
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_PLACES: Final = (_PACKAGE / "guide", _PACKAGE.parents[1] / "docs")
PARTS: Final = frozenset({"accountants", "connectors"})
_NAME: Final = re.compile(r"[a-z0-9-]+")
VERSION: Final = f"Tilisilta {version('tilisilta')}"


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """One guide: its heading, and what follows it as HTML."""

    title: str
    html: str


def _file(part: str, name: str) -> Path | None:
    if part not in PARTS or not _NAME.fullmatch(name):
        return None
    found = next((place for place in _PLACES if place.is_dir()), None)
    file = found / part / f"{name}.md" if found is not None else None
    return file if file is not None and file.is_file() else None


def has_guide(part: str, name: str) -> bool:
    """Return whether there is a guide of this name."""
    return _file(part, name) is not None


def read_guide(part: str, name: str, link_to: Callable[[str, str], str]) -> Guide | None:
    """Return a guide; None when there is none of this name.

    Args:
        part: "accountants" or "connectors".
        name: Of the guide, such as "netvisor".
        link_to: Gives the address of another guide, by its part and name.
    """
    file = _file(part, name)
    if file is None:
        return None
    title, _, text = file.read_text("utf-8").removeprefix("# ").partition("\n")
    reader = MarkdownIt("commonmark").enable("table")
    tokens = reader.parse(text)
    for token in tokens:
        for inner in token.children or ():
            if inner.type == "link_open":
                _turn(inner, part, link_to)
    return Guide(title=title.strip(), html=str(reader.renderer.render(tokens, reader.options, {})))


def _turn(link: Token, part: str, link_to: Callable[[str, str], str]) -> None:
    """Let a link of one guide to another lead to its page; what is no page here stays as words."""
    address = str(link.attrGet("href") or "")
    if "://" in address or address.startswith("#"):
        return
    place, _, anchor = posixpath.normpath(posixpath.join(part, address)).partition("#")
    folder, _, name = place.removesuffix(".md").partition("/")
    if place.endswith(".md") and has_guide(folder, name):
        link.attrSet("href", link_to(folder, name) + (f"#{anchor}" if anchor else ""))
    else:
        del link.attrs["href"]
