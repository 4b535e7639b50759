"""Which rows of a file are money, and how much each is without VAT.

Finvoice and the Estonian e-invoice let a sender say the same money several times over: rows and sub-rows, groups and
subtotals, sums with VAT only, quantities and prices without sums. The file's own total decides between the readings
that its standard allows: the first reading that adds up is taken. When none does, the rows stay as they stand and
the checks of the document say so; nothing is bent to fit.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents import InvoiceLine, LineKind, VatTotal
from tilisilta.core.money import ZERO, minor_unit, round_amount
from tilisilta.core.problems import Problem, Severity, problem

_HUNDRED = Decimal(100)


class Offer(msgspec.Struct, frozen=True):
    """A unit price without VAT and a discount in percent that a row may mean."""

    price: Decimal
    discount_percent: Decimal = ZERO


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the file has it; what the file leaves out is None. `group` is the place of its main row."""

    line: InvoiceLine
    group: int
    net: Decimal | None = None
    vat: Decimal | None = None
    gross: Decimal | None = None
    rate: Decimal | None = None
    quantities: tuple[Decimal, ...] = ()
    offers: tuple[Offer, ...] = ()
    is_sub: bool = False
    is_subtotal: bool = False

    @property
    def has_amount(self) -> bool:
        return self.net is not None or self.gross is not None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of the whole, in its own sign."""

    net: Decimal
    gross: Decimal
    currency: str
    vat_totals: tuple[VatTotal, ...] = ()

    def vat_base(self, rate: Decimal) -> Decimal | None:
        """Return the net that the VAT breakdown gives for a rate; of a document of one rate and no breakdown, None."""
        found = [each.net for each in self.vat_totals if each.rate == rate]
        return sum(found, ZERO) if found else None

    @property
    def only_rate(self) -> Decimal | None:
        """The rate of the whole document, when its breakdown knows but one."""
        rates = {each.rate for each in self.vat_totals}
        return rates.pop() if len(rates) == 1 else None


class _Choice(StrEnum):
    MAIN = "main"
    MAIN_OR_SUBS = "main_or_subs"
    SUBS_FIRST = "subs_first"
    COUNTED = "counted"
    WITH_PRICES = "with_prices"
    ALL = "all"
    GROSS_IS_NET = "gross_is_net"


def settle(
    rows: Sequence[Row], whole: Sequence[InvoiceLine], totals: Totals
) -> tuple[tuple[InvoiceLine, ...], tuple[Problem, ...]]:
    """Return the lines of a document, rows first and then `whole` (its allowances and charges), and warnings.

    A row that is not money of its own becomes a row of words. A document whose rows hold no amounts at all gets its
    lines from its VAT breakdown, which a warning says.
    """
    whole_net = sum((each.net for each in whole), ZERO)
    if not any(row.has_amount or row.offers for row in rows) and totals.net != whole_net:
        return _from_vat_totals(rows, whole, totals)
    choice, with_whole = _choose(rows, whole_net, totals)
    chosen = _chosen(rows, choice)
    nets = _nets([rows[at] for at in chosen], totals, choice)
    by_place = dict(zip(chosen, nets, strict=True))
    lines = [
        _priced(row, by_place[at], totals) if at in by_place else as_text(row, totals.currency)
        for at, row in enumerate(rows)
    ]
    lines += whole if with_whole else [_told(each) for each in whole]
    return _numbered(lines), ()


def _choose(rows: Sequence[Row], whole_net: Decimal, totals: Totals) -> tuple[_Choice, bool]:
    for with_whole in (True, False) if whole_net else (True,):
        for choice in _Choice:
            chosen = [rows[at] for at in _chosen(rows, choice)]
            if not chosen:
                continue
            net = sum(_nets(chosen, totals, choice), ZERO) + (whole_net if with_whole else ZERO)
            if round_amount(net, totals.currency) == round_amount(totals.net, totals.currency):
                return choice, with_whole
    has_main = any(row.has_amount for row in rows if not row.is_sub)
    return (_Choice.MAIN if has_main else _Choice.MAIN_OR_SUBS), True


def _chosen(rows: Sequence[Row], choice: _Choice) -> list[int]:
    """Return the places of the rows that one reading counts."""
    main = {row.group for row in rows if not row.is_sub and row.has_amount}
    subs = {row.group for row in rows if row.is_sub and row.has_amount}
    chosen = []
    for at, row in enumerate(rows):
        if row.is_subtotal:
            continue
        counts = row.has_amount
        if choice in {_Choice.MAIN, _Choice.GROSS_IS_NET}:
            counts = counts and not row.is_sub
        elif choice is _Choice.MAIN_OR_SUBS:
            counts = counts and (not row.is_sub or row.group not in main)
        elif choice is _Choice.SUBS_FIRST:
            counts = counts and (row.is_sub or row.group not in subs)
        elif choice is _Choice.COUNTED:
            counts = not row.is_sub and (counts or bool(row.offers))
        elif choice is _Choice.WITH_PRICES:  # a subtotal that does not say that it is one has no quantity and price
            counts = counts and not row.is_sub and bool(row.offers or row.quantities)
        if counts:
            chosen.append(at)
    return chosen


def _nets(rows: Sequence[Row], totals: Totals, choice: _Choice) -> list[Decimal]:
    """Return each row's net. Rows with VAT in their sum share what is left of their rate's base to the cent."""
    if choice is _Choice.GROSS_IS_NET:
        if any(row.net is not None for row in rows):
            return [ZERO for _ in rows]
        return [row.gross or ZERO for row in rows]
    nets = [_plain_net(row, totals) for row in rows]
    by_rate: dict[Decimal, list[int]] = {}
    for at, row in enumerate(rows):
        if nets[at] is None:
            by_rate.setdefault(_rate(row, totals), []).append(at)
    for rate, places in by_rate.items():
        exact = [(rows[at].gross or ZERO) * _HUNDRED / (_HUNDRED + rate) for at in places]
        base = totals.vat_base(rate)
        if base is not None:
            same_rate = (each for each, row in zip(nets, rows, strict=True) if _rate(row, totals) == rate)
            left = base - sum((each for each in same_rate if each is not None), ZERO)
        else:
            left = totals.net - sum((each for each in nets if each is not None), ZERO)
        for at, net in zip(places, shared(exact, left, totals.currency), strict=True):
            nets[at] = net
    return [each if each is not None else ZERO for each in nets]


def _plain_net(row: Row, totals: Totals) -> Decimal | None:
    """Return the net that a row says by itself; None when only its sum with VAT is known."""
    if row.net is not None:
        return row.net
    if row.gross is not None:
        if row.vat is not None:
            return row.gross - row.vat
        return row.gross if _rate(row, totals) == 0 else None
    if not row.offers:
        return ZERO
    quantity = row.quantities[0] if row.quantities else Decimal(1)
    return round_amount(_worth(quantity, row.offers[0]), totals.currency)


def _rate(row: Row, totals: Totals) -> Decimal:
    if row.rate is not None:
        return row.rate
    return totals.only_rate or ZERO


def shared(exact: Sequence[Decimal], whole: Decimal, currency: str) -> list[Decimal]:
    """Return the amounts rounded so that they add up to `whole`, largest remainders first.

    They are only rounded, each by itself, when they do not come to `whole` within what rounding can explain: half a
    minor unit for each row and for the whole.

    >>> shared([Decimal("0.5"), Decimal("1.0"), Decimal("1.005")], Decimal("2.51"), "EUR")
    [Decimal('0.50'), Decimal('1.00'), Decimal('1.01')]
    """
    unit = minor_unit(currency)
    if abs(sum(exact, ZERO) - whole) > unit / 2 * (len(exact) + 1):
        return [round_amount(each, currency) for each in exact]
    floors = [each.quantize(unit, rounding=ROUND_FLOOR) for each in exact]
    missing = int((whole - sum(floors, ZERO)) / unit)
    order = sorted(range(len(exact)), key=lambda at: exact[at] - floors[at], reverse=missing > 0)
    for turn in range(abs(missing)):
        floors[order[turn % len(order)]] += unit if missing > 0 else -unit
    return floors


def _priced(row: Row, net: Decimal, totals: Totals) -> InvoiceLine:
    quantity, offer = fit(row.quantities or (Decimal(1),), row.offers, net, totals.currency)
    rate = _rate(row, totals)
    vat = row.vat
    if vat is None and row.net is None and row.gross is not None and (row.gross != net or not rate):
        vat = row.gross - net
    return msgspec.structs.replace(
        row.line,
        net=net,
        vat=vat,
        vat_rate=rate,
        quantity=quantity,
        unit_price=offer.price,
        discount_percent=offer.discount_percent,
    )


def fit(quantities: Sequence[Decimal], offers: Sequence[Offer], net: Decimal, currency: str) -> tuple[Decimal, Offer]:
    """Return the quantity and price that come to `net`, first to the minor unit, then within two, then by size alone.

    When none does, the first of each: the row's net stays the file's, whatever quantity and price come to.
    """
    unit = minor_unit(currency)
    pairs = [(quantity, offer) for offer in offers for quantity in quantities]
    for tolerance, by_size in ((ZERO, False), (unit * 2, False), (ZERO, True)):
        for quantity, offer in pairs:
            worth = round_amount(_worth(quantity, offer), currency)
            gap = abs(abs(worth) - abs(net)) if by_size else abs(worth - net)
            if gap <= tolerance and (net or not worth):
                return quantity, offer
    if offers:
        return pairs[0]
    quantity = quantities[0] or Decimal(1)
    return _whole_price(quantity, net, currency)


def _whole_price(quantity: Decimal, net: Decimal, currency: str) -> tuple[Decimal, Offer]:
    """Return a price for a row that has none: its net over its quantity where that is exact, else one piece."""
    price = round_amount(net / quantity, currency)
    return (quantity, Offer(price)) if price * quantity == net else (Decimal(1), Offer(net))


def _worth(quantity: Decimal, offer: Offer) -> Decimal:
    return quantity * offer.price * (_HUNDRED - offer.discount_percent) / _HUNDRED


def as_text(row: Row, currency: str) -> InvoiceLine:
    """Return a row of words; amounts that it repeats are kept beside it, for people to see."""
    stated = {
        f"stated_{name}": f"{amount:f} {currency}"
        for name, amount in (("net", row.net), ("vat", row.vat), ("gross", row.gross))
        if amount is not None
    }
    return InvoiceLine(
        position=row.line.position,
        kind=LineKind.TEXT,
        source_id=row.line.source_id,
        item_name=row.line.item_name,
        description=row.line.description,
        period_from=row.line.period_from,
        period_to=row.line.period_to,
        extra={key: text for key, text in row.line.extra.items() if key != "vat_category"} | stated,
    )


def _told(line: InvoiceLine) -> InvoiceLine:
    """Return an allowance that the rows already hold as words."""
    return InvoiceLine(
        position=line.position,
        kind=LineKind.TEXT,
        item_name=line.item_name,
        description=line.description,
        extra=line.extra | {"stated_net": f"{line.net:f}"},
    )


def _from_vat_totals(
    rows: Sequence[Row], whole: Sequence[InvoiceLine], totals: Totals
) -> tuple[tuple[InvoiceLine, ...], tuple[Problem, ...]]:
    lines = [as_text(row, totals.currency) for row in rows]
    if not totals.vat_totals:
        return _numbered([*lines, *whole]), ()
    names = [row.line.item_name or row.line.description for row in rows]
    name = next((each for each in names if each), "")
    lines += [
        InvoiceLine(
            position=0,
            item_name=name,
            unit_price=each.net,
            net=each.net,
            vat=each.vat,
            vat_rate=each.rate,
            vat_treatment=each.treatment,
        )
        for each in totals.vat_totals
    ]
    warning = problem("LINES_FROM_VAT_TOTALS", severity=Severity.WARNING, where="lines", count=len(totals.vat_totals))
    return _numbered([*lines, *(_told(each) for each in whole)]), (warning,)


def _numbered(lines: Iterable[InvoiceLine]) -> tuple[InvoiceLine, ...]:
    return tuple(msgspec.structs.replace(line, position=at) for at, line in enumerate(lines, start=1))
