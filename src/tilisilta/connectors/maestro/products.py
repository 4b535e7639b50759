"""Maestro's product register as its own CSV export has it.

Spreadsheets spoil the letters of such a file, and a spoilt register would put rows on wrong products; so a file whose
encoding cannot be told for certain is refused with its line, never read approximately.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.options import DETECT, LATIN9, UTF8, WINDOWS
from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.kit.values import maybe_decimal

_CODECS = {UTF8: "utf-8", WINDOWS: "cp1252", LATIN9: "iso8859-15"}
# Letters that two bytes of UTF-8 become when they are read as a Western page: Ã¤, Ã¶, Ã…, â‚¬.
_TWICE = re.compile("Ã[¤¶¥…„–\x84\x85\x96\xa4\xb6]|â‚¬")
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))
_MOST_PERCENT = 100


class Product(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One product. `id` is its TuoteId (group letter and number), `number` its Tuotenumero."""

    id: str
    name: str
    number: str = ""
    group: str = ""
    unit: str = ""
    vat_rate: Decimal | None = None
    is_active: bool = True


def read_products(content: bytes, *, file: str, encoding: str = DETECT) -> tuple[Product, ...]:
    """Return the products of an export, in its order.

    Raises:
        Misconfigured: PRODUCTS_UNREADABLE with file, line and rule.

    """
    text = _decoded(content, file, encoding)
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise _unreadable(file, 1, "the file is empty")
    separator = max(assumptions.PRODUCT_SEPARATORS, key=lines[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        places = _places(next(reader), file)
        return _products(((reader.line_num, cells) for cells in reader), places, file)
    except csv.Error as error:
        raise _unreadable(file, reader.line_num, str(error)) from error


def _products(rows: Iterable[tuple[int, Sequence[str]]], places: dict[str, int], file: str) -> tuple[Product, ...]:
    products: dict[str, Product] = {}
    for at, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue

        def cell(name: str, cells: Sequence[str] = cells) -> str:
            at = places.get(name, len(cells))
            return cells[at].strip() if at < len(cells) else ""

        key = cell("id")
        if not key:
            raise _unreadable(file, at, "a product without TuoteId")
        if key in products:
            raise _unreadable(file, at, f"product {key} is there twice")
        products[key] = Product(
            id=key,
            name=cell("name"),
            number=cell("number"),
            group=cell("group"),
            unit=cell("unit"),
            vat_rate=_rate(cell("vat_rate"), file, at),
            is_active=cell("active").casefold() not in assumptions.INACTIVE_WORDS,
        )
    return tuple(products.values())


def _places(header: Sequence[str], file: str) -> dict[str, int]:
    words = [" ".join(cell.split()).casefold() for cell in header]
    places = {
        name: next(words.index(known) for known in names if known in words)
        for name, names in assumptions.PRODUCT_COLUMNS.items()
        if any(known in words for known in names)
    }
    for needed, shown in (("id", "TuoteId"), ("name", "Nimi")):
        if needed not in places:
            raise _unreadable(file, 1, f"there is no column {shown}")
    return places


def _rate(text: str, file: str, line: int) -> Decimal | None:
    try:
        rate = maybe_decimal(text.rstrip("% "))
    except BadInput as error:
        raise _unreadable(file, line, f"{text[:20]} is not a VAT rate") from error
    if rate is not None and not 0 <= rate <= _MOST_PERCENT:
        raise _unreadable(file, line, f"{text[:20]} is not a VAT rate")
    return rate


# --- letters -------------------------------------------------------------------------------------------------


def _decoded(content: bytes, file: str, encoding: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in content[:400]:
        raise _unreadable(file, 1, "the encoding is UTF-16, which Maestro does not write")
    chosen = _told(content) if encoding == DETECT else encoding
    body = content.removeprefix(codecs.BOM_UTF8) if chosen == UTF8 else content
    try:
        text = body.decode(_CODECS[chosen])
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _unreadable(file, line, f"byte 0x{body[error.start]:02X} is not {chosen}") from error
    if chosen != UTF8 and not content.isascii() and _is_utf8(content):
        raise _unreadable(file, _line(content), f"the letters are UTF-8, not {chosen}")
    for number, words in enumerate(text.splitlines(), start=1):
        if "\ufffd" in words:
            raise _unreadable(file, number, "letters were lost before the file came here")
        if _TWICE.search(words):
            raise _unreadable(file, number, "letters were converted twice")
        if chosen == LATIN9 and any("\x80" <= letter < "\xa0" for letter in words):
            raise _unreadable(file, number, f"a letter is not {chosen}")
    return text


def _told(content: bytes) -> str:
    """Return the encoding by what only one of them has: well-formed UTF-8, or signs of Windows' own page."""
    if content.startswith(codecs.BOM_UTF8) or _is_utf8(content):
        return UTF8
    return WINDOWS if any(byte in _WINDOWS_ONLY for byte in content) else LATIN9


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line(content: bytes) -> int:
    first = next(at for at, byte in enumerate(content) if byte > 0x7F)  # noqa: PLR2004  the end of ASCII
    return content.count(b"\n", 0, first) + 1


def _unreadable(file: str, line: int, rule: str) -> Misconfigured:
    return Misconfigured("PRODUCTS_UNREADABLE", file=file, line=line, rule=rule)
