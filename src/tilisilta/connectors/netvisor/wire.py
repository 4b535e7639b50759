"""Netvisor's XML, both ways: elements in the order they are added, and loose reading of what comes back.

Names of answers are matched without regard to case, because the vendor itself mixes them (`Netvisorkey` and
`NetvisorKey`).
"""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.connectors.netvisor import assumptions
from tilisilta.core.errors import BadInput
from tilisilta.formats.xml import XmlPart, parse
from tilisilta.kit import values

Element = etree._Element  # noqa: SLF001  lxml's public name of it is a factory

_FINNISH_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SEPARATOR = " :: "
_CODE = re.compile(r"\s*([A-Z_]+)\s*(?:::|\Z)")
# What XML 1.0 cannot hold: control characters, and halves of letters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


# --- writing -------------------------------------------------------------------------------------------------


def document(name: str) -> tuple[Element, Element]:
    """Return the root of a message and its one frame."""
    root = etree.Element("root")
    return root, etree.SubElement(root, name)


def group(parent: Element, name: str, **attributes: str) -> Element:
    """Add and return an element that holds others."""
    return etree.SubElement(parent, name, attributes)


def leaf(parent: Element, name: str, value: object, **attributes: str) -> None:
    """Add an element with a text, unless the text is empty: an empty element would blank or break something."""
    text = wire_text(value)
    if text:
        etree.SubElement(parent, name, attributes).text = text


def wire_text(value: object) -> str:
    """Return a value as the vendor writes it: decimal comma, ISO date, 1 and 0; what XML cannot hold is left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", assumptions.DECIMAL_MARK)
    if isinstance(value, dt.date):
        return value.isoformat()
    return FORBIDDEN.sub("", str(value))


def encode(root: Element) -> bytes:
    """Return the message as bytes, without a declaration: the vendor's bodies begin with `<root>`."""
    content = etree.tostring(root, encoding=assumptions.REQUEST_CHARSET, xml_declaration=False)
    return content if isinstance(content, bytes) else content.encode(assumptions.REQUEST_CHARSET)


# --- reading -------------------------------------------------------------------------------------------------


class Status(msgspec.Struct, frozen=True):
    """What an envelope says; `code` is empty when it says OK."""

    is_ok: bool
    code: str = ""
    text: str = ""


def read_root(content: bytes, name: str) -> Element:
    """Return the root of an answer, read by the hardened parser.

    Raises:
        BadInput: It is not XML.

    """
    return parse(XmlPart(content), name=name)


def read_status(root: Element) -> Status | None:
    """Return what the envelope says, or None when there is no envelope. The code ends at the first separator."""
    frame = child(root, "responsestatus")
    if frame is None:
        return None
    texts = [_text(each) for each in children(frame, "status")]
    if [each.upper() for each in texts[:1]] == ["OK"]:
        return Status(is_ok=True)
    detail = SEPARATOR.join(texts[1:] or [each.removeprefix("FAILED").strip(": ") for each in texts])
    details = child(frame, "details")
    if details is not None and _text(details):
        detail = f"{detail} {_text(details)}".strip()
    found = _CODE.match(detail)
    if found is None:
        return Status(is_ok=False, text=detail)
    return Status(is_ok=False, code=found.group(1), text=detail[found.end() :].strip())


def children(parent: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name directly below `parent`."""
    wanted = name.lower()
    for each in parent:
        if str(each.tag).lower() == wanted:
            yield each


def child(parent: Element, *path: str) -> Element | None:
    """Return the first element at a path below `parent`."""
    found: Element | None = parent
    for name in path:
        if found is None:
            return None
        found = next(children(found, name), None)
    return found


def get(parent: Element, *path: str) -> str:
    """Return the trimmed text at a path, or an empty one."""
    found = child(parent, *path)
    return "" if found is None else _text(found)


def everywhere(parent: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name at any depth."""
    wanted = name.lower()
    for each in parent.iter():
        if str(each.tag).lower() == wanted:
            yield each


def _text(element: Element) -> str:
    return (element.text or "").strip()


def attribute(element: Element, name: str) -> str:
    """Return an attribute without regard to the case of its name."""
    wanted = name.lower()
    return next((str(value).strip() for key, value in element.attrib.items() if str(key).lower() == wanted), "")


def amount(text: str, field: str) -> Decimal:
    """Return an amount written with comma or point; an empty one is 0.

    >>> amount("-17,18", "LineSum"), amount("244.12", "SalesInvoiceAmount")
    (Decimal('-17.18'), Decimal('244.12'))
    """
    return values.decimal(text, field)


def day(text: str, field: str) -> dt.date | None:
    """Return a date written `2025-03-31` or `31.3.2025`, with or without a time; an empty one is None.

    Raises:
        BadInput: It is neither.

    >>> day("1.3.2025", "Date") == day("2025-3-1", "Date") == dt.date(2025, 3, 1)
    True
    """
    if not text:
        return None
    try:
        if found := _ISO_DAY.match(text):
            return dt.date(*(int(part) for part in found.groups()))
        if found := _FINNISH_DAY.match(text):
            date, month, year = (int(part) for part in found.groups())
            return dt.date(year, month, date)
    except ValueError:
        pass
    raise BadInput(field=field, value=text[:80], rule="date")
