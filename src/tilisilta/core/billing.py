"""What a client is billed: periods, quantities, prices by tiers, and texts with placeholders.

Prices are graduated: every piece costs the price of the tier that it lies in, so a piece more never makes the whole
cheaper. Pieces are numbered from 1 in each period; the included pieces of a combined product are the first ones and
keep their numbers. All amounts are exact decimals; what stands on an invoice is rounded once a row.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal

from tilisilta.core.money import ZERO, round_amount

ONE: Final = Decimal(1)
QUANTITY_STEP: Final = Decimal("0.001")  # what quantities are kept and sent in
MOST_TIERS: Final = 20
_MINUTES: Final = 60
_MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}


class Kind(StrEnum):
    """How a product's price is made; values as in the store."""

    FIXED = "fixed"
    HOURLY = "hourly"
    PER_PIECE = "per_piece"
    COMBINED = "combined"  # a basic fee, and pieces beyond those it includes

    @property
    def is_measured(self) -> bool:
        """Whether the quantity is known only when its period has ended."""
        return self is not Kind.FIXED

    @property
    def counts_pieces(self) -> bool:
        return self in {Kind.PER_PIECE, Kind.COMBINED}


class Rhythm(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Tier(msgspec.Struct, frozen=True):
    """From which piece on (1 is the first) a piece costs `price`."""

    first: Decimal
    price: Decimal

    @property
    def before(self) -> Decimal:
        """How many pieces lie before the tier; a tier from 0 begins with the first piece too."""
        return max(self.first - ONE, ZERO)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What one row of a contract agrees on. `price` of one unit, or the fee of a combined product."""

    kind: Kind
    price: Decimal = ZERO
    included: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()
    discount_percent: Decimal = ZERO


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an invoice: so many units at one price, the discount taken off `net`."""

    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    is_fee: bool = False


class Period(msgspec.Struct, frozen=True, order=True):
    """Days that are billed together; both included."""

    first: dt.date
    last: dt.date


class TiersInvalid(ValueError):
    """Tiers that cannot be used; `rule` says why: "number", "order", "negative" or "many"."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


class PlaceholderUnknown(ValueError):
    """A text names a placeholder that there is none of, or has a brace that nothing closes."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


# --- prices --------------------------------------------------------------------------------------------------


def read_tiers(pairs: Iterable[Sequence[str]]) -> tuple[Tier, ...]:
    """Return tiers out of pairs of texts: from which piece on, and what one costs.

    Raises:
        TiersInvalid: a part is no number or the first no whole one, they do not rise, or one is negative.

    >>> [str(each.price) for each in read_tiers([["1", "0.50"], ["101", "0.40"]])]
    ['0.50', '0.40']
    """
    found: list[Tier] = []
    for pair in pairs:
        try:
            first, price = (Decimal(str(each)) for each in pair)
        except (InvalidOperation, ValueError):
            raise TiersInvalid("number") from None
        if not (first.is_finite() and price.is_finite()) or first != first.to_integral_value():
            raise TiersInvalid("number")
        if first < 0 or price < 0:
            raise TiersInvalid("negative")
        tier = Tier(first, price)
        if found and tier.before <= found[-1].before:
            raise TiersInvalid("order")
        found.append(tier)
    if len(found) > MOST_TIERS:
        raise TiersInvalid("many")
    return tuple(found)


def _steps(terms: Terms) -> list[tuple[Decimal, Decimal]]:
    """Return how many pieces lie before each price, by rising number; the first price begins with the first piece."""
    steps = [(tier.before, tier.price) for tier in terms.tiers]
    if not steps or steps[0][0]:
        # Before the first tier a piece costs the product's own price; of a combined one that is the fee, so nothing.
        steps.insert(0, (ZERO, ZERO if terms.kind is Kind.COMBINED else terms.price))
    return steps


def split(terms: Terms, lower: Decimal, upper: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield quantity and price of the pieces behind number `lower` up to `upper`, tier by tier.

    >>> terms = Terms(kind=Kind.PER_PIECE, price=Decimal("0.50"), tiers=(Tier(Decimal(101), Decimal("0.40")),))
    >>> [(str(quantity), str(price)) for quantity, price in split(terms, Decimal(90), Decimal(120))]
    [('10', '0.50'), ('20', '0.40')]
    """
    steps = _steps(terms)
    if terms.kind is Kind.COMBINED:
        lower, upper = max(lower, terms.included), max(upper, terms.included)
    for index, (begin, price) in enumerate(steps):
        end = steps[index + 1][0] if index + 1 < len(steps) else max(upper, begin)
        quantity = min(upper, end) - max(lower, begin)
        if quantity > 0:
            yield quantity, price


def _part(terms: Terms, quantity: Decimal, price: Decimal, currency: str, *, is_fee: bool = False) -> Part:
    net = round_amount(quantity * price * (1 - terms.discount_percent / 100), currency)
    return Part(quantity=quantity, unit_price=price, net=net, is_fee=is_fee)


def parts(terms: Terms, quantity: Decimal, currency: str = "EUR") -> tuple[Part, ...]:
    """Return the invoice rows of a period's quantity; none where there is nothing to bill.

    Args:
        terms: What was agreed.
        quantity: Units, hours or pieces of the period, not negative. A combined product bills its fee also without any.
        currency: Whose minor unit each row is rounded to.
    """
    if terms.kind in {Kind.FIXED, Kind.HOURLY}:
        return (_part(terms, quantity, terms.price, currency),) if quantity else ()
    pieces = tuple(_part(terms, each, price, currency) for each, price in split(terms, ZERO, quantity))
    if terms.kind is Kind.COMBINED:
        return (_part(terms, ONE, terms.price, currency, is_fee=True), *pieces)
    return pieces


def difference_parts(terms: Terms, billed: Decimal, change: Decimal, currency: str = "EUR") -> tuple[Part, ...]:
    """Return the rows for pieces or hours that turned up, or went, after a period was billed: each at its tier's price.

    What was never billed is not given back. A fee is not billed twice, nor given back.

    Args:
        terms: What was agreed.
        billed: How many pieces of the period were billed so far.
        change: How many there are more, or less when negative.
        currency: Whose minor unit each row is rounded to.
    """
    after = max(billed + change, ZERO)
    lower, upper, sign = (billed, after, 1) if after >= billed else (after, billed, -1)
    if not terms.kind.counts_pieces:
        return (_part(terms, sign * (upper - lower), terms.price, currency),) if upper > lower else ()
    return tuple(_part(terms, sign * quantity, price, currency) for quantity, price in split(terms, lower, upper))


def rounded_up(minutes: int, step: int) -> int:
    """Return minutes rounded up to whole steps of so many minutes.

    >>> rounded_up(61, 15), rounded_up(60, 15), rounded_up(0, 15), rounded_up(7, 1)
    (75, 60, 0, 7)
    """
    step = max(step, 1)
    return -(-minutes // step) * step


def hours(minutes: int) -> Decimal:
    """Return minutes as hours, to the thousandth.

    >>> str(hours(75)), str(hours(20))
    ('1.250', '0.333')
    """
    return round_quantity(Decimal(minutes) / _MINUTES)


def round_quantity(quantity: Decimal) -> Decimal:
    """Return a quantity as it is kept and sent: to the thousandth."""
    return quantity.quantize(QUANTITY_STEP)


# --- periods -------------------------------------------------------------------------------------------------


def _month(place: int) -> dt.date:
    return dt.date(place // 12, place % 12 + 1, 1)


def period_of(day: dt.date, rhythm: Rhythm) -> Period:
    """Return the calendar's month, quarter or year that a day lies in.

    >>> period_of(dt.date(2026, 5, 20), Rhythm.QUARTERLY).last.isoformat()
    '2026-06-30'
    """
    months = _MONTHS[rhythm]
    place = day.year * 12 + day.month - 1
    begin = place - place % 12 + (place % 12) // months * months
    return Period(_month(begin), _month(begin + months) - dt.timedelta(days=1))


def periods_due(
    rhythm: Rhythm, starts_on: dt.date, ends_on: dt.date | None, window: Period, *, in_advance: bool
) -> list[Period]:
    """Return the periods that come to be billed on the days of a window, cut to the days of the contract.

    A period is billed on its last day, or on its first when it is billed in advance. Prices are of whole periods: one
    that a contract cuts short costs what a whole one does.
    """
    found: list[Period] = []
    day = max(starts_on, window.first)
    # A period that ends inside the window may have begun before it.
    day = max(starts_on, period_of(day, rhythm).first)
    while day <= window.last and (ends_on is None or day <= ends_on):
        whole = period_of(day, rhythm)
        period = Period(max(whole.first, starts_on), min(whole.last, ends_on) if ends_on else whole.last)
        due = period.first if in_advance else period.last
        if window.first <= due <= window.last:
            found.append(period)
        day = whole.last + dt.timedelta(days=1)
    return found


def overlap(first: dt.date, last: dt.date | None, other_first: dt.date, other_last: dt.date | None) -> bool:
    """Return whether two stretches of days have a day in common; no last day means for ever.

    >>> overlap(dt.date(2026, 1, 1), dt.date(2026, 1, 31), dt.date(2026, 2, 1), None)
    False
    """
    return (other_last is None or first <= other_last) and (last is None or other_first <= last)


# --- texts ---------------------------------------------------------------------------------------------------

PLACEHOLDERS: Final = ("month", "period", "year", "from", "to", "quantity", "unit", "client", "product", "contract")
_PLACE: Final = re.compile(r"\{([^{}]*)\}|[{}]")
_LOCALES: Final = {"en": "en_GB", "et": "et", "fi": "fi"}
_DAYS: Final = {"en": "d MMM yyyy", "et": "dd.MM.yyyy", "fi": "d.M.yyyy"}


def check_text(text: str) -> None:
    """Let texts pass whose placeholders are all known.

    Raises:
        PlaceholderUnknown: with the name, or the brace that stands alone.
    """
    for match in _PLACE.finditer(text):
        name = match.group(1)
        if name is None or name.strip().lower() not in PLACEHOLDERS:
            raise PlaceholderUnknown(match.group(0))


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; values are taken as they are, whatever they hold.

    Raises:
        PlaceholderUnknown: as `check_text`.

    >>> fill_text("Accounting {month}, {Client}", {"month": "May 2026", "client": "Kask {OÜ}"})
    'Accounting May 2026, Kask {OÜ}'
    """
    check_text(text)
    return _PLACE.sub(lambda match: values.get(match.group(1).strip().lower(), ""), text)


def period_words(period: Period, language: str) -> dict[str, str]:
    """Return what the placeholders of days say, in a language: et, fi, or English for any other.

    >>> period_words(Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31)), "et")["period"]
    '4. kvartal 2026'
    """
    language = language if language in _LOCALES else "en"
    locale, shape = _LOCALES[language], _DAYS[language]

    def day(value: dt.date, pattern: str = shape) -> str:
        return str(format_date(value, pattern, locale=locale))

    first, last = period.first, period.last
    whole = next((each for each in Rhythm if period == period_of(first, each)), None)
    names = {Rhythm.MONTHLY: "LLLL yyyy", Rhythm.QUARTERLY: "QQQQ yyyy", Rhythm.YEARLY: "yyyy"}
    return {
        "month": day(last, "LLLL yyyy"),
        "period": day(first, names[whole]) if whole else f"{day(first)}–{day(last)}",
        "year": str(last.year),
        "from": day(first),
        "to": day(last),
    }


def quantity_words(quantity: Decimal, language: str) -> str:
    """Return a quantity without needless zeros in a language's way of writing.

    >>> quantity_words(Decimal("1.250"), "et"), quantity_words(Decimal("3.000"), "en")
    ('1,25', '3')
    """
    return str(format_decimal(quantity, format="#,##0.###", locale=_LOCALES.get(language, "en_GB")))
