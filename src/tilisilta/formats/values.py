"""Values of e-invoice elements: words, amounts, dates, each refusal with its line."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DATE_LENGTH = 10


def words(element: etree._Element | None) -> str:
    """Return the element's own text with white space folded; empty for a missing element."""
    if element is None:
        return ""
    return " ".join("".join(str(text) for text in element.itertext(with_tail=False)).split())


def line_of(element: etree._Element) -> int:
    """Return the line on which an element begins, counted within its XML document; 0 when unknown."""
    line: int | None = getattr(element, "sourceline", None)
    return line or 0


def said(element: etree._Element, path: str, names: dict[str, str] | None = None) -> str:
    """Return the words of the first non-empty element at `path`."""
    return next((text for text in all_said(element, path, names)), "")


def all_said(element: etree._Element, path: str, names: dict[str, str] | None = None) -> list[str]:
    """Return the words of every non-empty element at `path`, in order."""
    return [text for each in element.iterfind(path, names) if (text := words(each))]


def joined(*texts: str, by: str = "\n") -> str:
    """Return the texts that are not empty, joined, each once."""
    return by.join(dict.fromkeys(text for text in texts if text))


def number(element: etree._Element | None) -> Decimal | None:
    """Return a number with decimal point or comma; None for a missing or empty element.

    Raises:
        BadInput: UNREADABLE with line, rule "number", element and value.

    """
    text = words(element)
    if element is None or not text:
        return None
    compact = text.replace(" ", "").replace("\u00a0", "").replace(",", ".")
    if not _NUMBER.fullmatch(compact):
        raise unreadable(element, "number")
    return Decimal(compact)


def number_at(element: etree._Element, path: str, names: dict[str, str] | None = None) -> Decimal | None:
    """Return the number at `path`, or None."""
    return number(element.find(path, names))


def loose_number(element: etree._Element | None) -> Decimal | None:
    """Return a number where the standard allows any words (Finvoice's quantities); None when it is none."""
    try:
        return number(element)
    except BadInput:
        return None


def date(element: etree._Element | None) -> dt.date | None:
    """Return a date written CCYYMMDD or as ISO 8601 (a time or zone after it is left out); None when empty.

    Raises:
        BadInput: UNREADABLE with line, rule "date", element and value.

    """
    text = words(element)
    if element is None or not text:
        return None
    try:
        return dt.date.fromisoformat(text[:_DATE_LENGTH])
    except ValueError:
        raise unreadable(element, "date") from None


def date_at(element: etree._Element, path: str, names: dict[str, str] | None = None) -> dt.date | None:
    """Return the first date at `path`, or None."""
    return next((found for each in element.iterfind(path, names) if (found := date(each))), None)


def unreadable(element: etree._Element, rule: str, text: str = "") -> BadInput:
    """Return the refusal of one element's value."""
    return BadInput(
        line=line_of(element),
        rule=rule,
        element=etree.QName(element).localname,
        value=words(element)[:80],
        text=text,
    )


def total(amounts: Iterator[Decimal] | list[Decimal]) -> Decimal:
    """Return the sum of amounts as a Decimal, also of none."""
    return sum(amounts, ZERO)


def per_unit(price: Decimal, base_quantity: Decimal | None) -> Decimal:
    """Return the price of one unit, when it was given for `base_quantity` of them; at most eight decimals."""
    if not base_quantity or base_quantity == 1:
        return price
    return tidy(price / base_quantity)


def tidy(value: Decimal, places: int = 8) -> Decimal:
    """Return a quotient with at most `places` decimals and no idle zeros beyond the cents."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP).normalize()
    exponent = rounded.as_tuple().exponent
    return rounded.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else rounded  # noqa: PLR2004
