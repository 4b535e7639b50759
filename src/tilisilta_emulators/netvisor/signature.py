"""The MAC of a request, in its present form and in the two legacy ones.

Source: vendor sheet, section 3.2.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, unquote_plus

import msgspec

_ENCODINGS = ("iso-8859-15", "iso-8859-1", "utf-8")
_HIDDEN = "***"


class Signed(msgspec.Struct, frozen=True):
    """What goes into a MAC, apart from the address; keys are the secrets."""

    sender: str
    customer_id: str
    timestamp: str
    language: str
    organisation_id: str
    transaction_id: str
    timestamp_unix: str
    customer_key: str
    partner_key: str

    def message(self, url: str, *, legacy: bool = False) -> str:
        """Return the text that is hashed; the legacy one has no TimestampUnix."""
        parts = [
            url, self.sender, self.customer_id, self.timestamp, self.language, self.organisation_id,
            self.transaction_id,
        ]  # fmt: skip
        if not legacy:
            parts.append(self.timestamp_unix)
        return "&".join([*parts, self.customer_key, self.partner_key])

    def hidden(self) -> "Signed":
        """Return the same with placeholders for the keys, for showing."""
        return msgspec.structs.replace(self, customer_key=_HIDDEN, partner_key=_HIDDEN)


def sign(signed: Signed, url: str, algorithm: str = "HMACSHA256", encoding: str = "iso-8859-15") -> str:
    """Return the MAC as lower-case hex.

    Args:
        signed: The values.
        url: Full address with query.
        algorithm: HMACSHA256, SHA256 or MD5.
        encoding: How the text becomes bytes; for ASCII it does not matter.

    Raises:
        UnicodeEncodeError: The encoding lacks a character.

    """
    if algorithm == "HMACSHA256":
        key = f"{signed.customer_key}&{signed.partner_key}".encode(encoding)
        return hmac.new(key, signed.message(url).encode(encoding), hashlib.sha256).hexdigest()
    content = signed.message(url, legacy=True).encode(encoding)
    if algorithm == "SHA256":
        return hashlib.sha256(content).hexdigest()
    return hashlib.md5(content).hexdigest()  # noqa: S324  the vendor's legacy form


def addresses(bases: Iterable[str], target: str) -> Iterator[str]:
    """Return the addresses a MAC may be made over: as sent, with the escapes undone, with an empty query."""
    # Libraries drop the question mark of an empty query that clients have signed.
    bare = (f"{target}?",) if "?" not in target else ()
    forms = dict.fromkeys((target, unquote(target), unquote_plus(target), *bare))
    for base in bases:
        for form in forms:
            yield base.rstrip("/") + form


def matches(signed: Signed, mac: str, urls: Iterable[str], algorithm: str) -> bool:
    """Return whether `mac` is right for one of the addresses in one of the encodings clients use."""
    given = mac if algorithm == "HMACSHA256" else mac.lower()
    if not given.isascii():
        return False
    for url in urls:
        plain = url.isascii() and signed.message("").isascii()
        for encoding in _ENCODINGS[:1] if plain else _ENCODINGS:
            try:
                expected = sign(signed, url, algorithm, encoding)
            except UnicodeEncodeError:
                continue
            if hmac.compare_digest(expected, given):
                return True
    return False


def header_text(headers: Mapping[str, str], name: str) -> str:
    """Return a header as the client meant it: UTF-8, or Latin letters as single bytes."""
    raw = headers.get(name, "").encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-15", "replace")
