"""Invoice -> posting lines, once an account is chosen for each part.

The document's own sums are booked as they stand. Cents that rounding row by row moves go to the largest row, so that
the bases add up to the document's net; cents of conversion go to the rounding account. What a document itself lacks is
left as a difference for a person to see: nothing is made up to balance.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import msgspec

from tilisilta.core.documents import Direction, Invoice, InvoiceLine, LineKind, amount_rows
from tilisilta.core.ledger.line import Part, PostingLine, bears_both_legs, difference, mirrored, signed_line
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount
from tilisilta.core.vat import VatTreatment


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The account of one line and where it came from; `account` is empty when none could be chosen."""

    account: str
    why: str = ""


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the invoice as it is to be booked: its base account, and the VAT that it bears."""

    account: str
    why: str = ""
    vat_rate: Decimal = ZERO
    vat_treatment: VatTreatment | None = None
    description: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Who chooses accounts: of a row, and of every other part by its VAT treatment and rate."""

    row: Callable[[InvoiceLine], Booked]
    part: Callable[[Part, VatTreatment | None, Decimal | None], Chosen]


_Group = tuple[Decimal, VatTreatment | None]
# Where the seller charges the VAT; elsewhere the buyer owes it, or nobody.
_CHARGED = frozenset({None, VatTreatment.DOMESTIC})


def invoice_lines(
    invoice: Invoice, choice: Choice, *, books_currency: str = "EUR", deducts_vat: bool = True
) -> tuple[PostingLine, ...]:
    """Return the posting lines of an invoice or credit note, in the books' currency.

    Bases first, in the order of the rows, then VAT by rate and treatment, rounding, prepaid, and receivable or payable.
    A purchase that the buyer reckons the VAT of bears both legs. A credit note mirrors its invoice. The lines balance
    whenever the document's own net, VAT, rounding and payable do.

    Args:
        invoice: The document; in another currency than the books' it needs an exchange rate.
        choice: Who chooses accounts.
        books_currency: Currency of the books.
        deducts_vat: Whether the company is registered for VAT. Of one that is not, the VAT of a purchase is part of
            what the purchase cost, and it reckons none by itself.

    Raises:
        ValueError: another currency without an exchange rate.
    """
    is_foreign = invoice.currency != books_currency
    if is_foreign and not invoice.exchange_rate:
        raise ValueError("an invoice in another currency needs an exchange rate")
    rate = invoice.exchange_rate if is_foreign and invoice.exchange_rate else Decimal(1)
    sign = 1 if invoice.direction is Direction.PURCHASE else -1  # the base of a purchase is a debit
    rows = [(line, choice.row(line)) for _, line in amount_rows(invoice)]
    nets = _settled([line.net for line, _ in rows], _net_of_rows(invoice), invoice.currency, slack=len(rows))
    lines: list[PostingLine] = []

    def add(amount: Decimal, line: PostingLine, *, by: Decimal = rate) -> None:
        converted = round_amount(amount * by, books_currency)
        if converted:
            lines.append(signed_line(converted, line))

    charged, own = _vat_by_group(invoice, rows, nets), _own_groups(invoice, rows, nets)
    if not deducts_vat and invoice.direction is Direction.PURCHASE:
        rows, nets = _with_vat(invoice, rows, nets, charged)
        charged, own = {}, {}
    for (_, booked), net in zip(rows, nets, strict=True):
        add(sign * net, _base_line(booked))
    for (vat_rate, treatment), vat in charged.items():
        part = Part.INPUT_VAT if invoice.direction is Direction.PURCHASE else Part.OUTPUT_VAT
        add(sign * vat, _part_line(choice, part, treatment, vat_rate))
    for (vat_rate, treatment), base in own.items():
        vat = vat_amount(round_amount(base * rate, books_currency), vat_rate, books_currency)
        add(vat, _part_line(choice, Part.INPUT_VAT, treatment, vat_rate), by=Decimal(1))
        add(-vat, _part_line(choice, Part.OUTPUT_VAT, treatment, vat_rate), by=Decimal(1))
    add(sign * invoice.rounding, _part_line(choice, Part.ROUNDING))
    add(-sign * invoice.prepaid, _part_line(choice, Part.PREPAID))
    add(-sign * invoice.payable, _part_line(choice, Part.PARTY))
    off = difference(lines)
    if is_foreign and off and abs(off) <= minor_unit(books_currency) * (len(lines) + 1):
        lines.insert(-1, signed_line(-off, _part_line(choice, Part.ROUNDING)))
    return mirrored(lines) if invoice.is_credit_note else tuple(lines)


def _with_vat(
    invoice: Invoice, rows: list[tuple[InvoiceLine, Booked]], nets: list[Decimal], charged: dict[_Group, Decimal]
) -> tuple[list[tuple[InvoiceLine, Booked]], list[Decimal]]:
    """Return rows that bear their own share of the charged VAT and have no VAT handling any more."""
    shares = [ZERO] * len(rows)
    for group, vat in charged.items():
        places = [at for at, (_, booked) in enumerate(rows) if (booked.vat_rate, booked.vat_treatment) == group]
        base = sum((nets[at] for at in places), ZERO)
        parts = [vat * nets[at] / base if base else ZERO for at in places]
        if vat and not base:
            parts[0] = vat
        for at, part in zip(places, _settled(parts, vat, invoice.currency, slack=len(places)), strict=True):
            shares[at] = part
    bare = [
        (line, msgspec.structs.replace(booked, vat_rate=ZERO, vat_treatment=VatTreatment.OUTSIDE_SCOPE))
        for line, booked in rows
    ]
    told = [
        (line, msgspec.structs.replace(booked, why="not_deducted")) if share else (line, booked)
        for (line, booked), share in zip(bare, shares, strict=True)
    ]
    return told, [net + share for net, share in zip(nets, shares, strict=True)]


def _base_line(booked: Booked) -> PostingLine:
    return PostingLine(
        account=booked.account,
        vat_rate=booked.vat_rate,
        vat_treatment=booked.vat_treatment,
        description=booked.description,
        why=booked.why,
    )


def _part_line(
    choice: Choice, part: Part, treatment: VatTreatment | None = None, vat_rate: Decimal | None = None
) -> PostingLine:
    chosen = choice.part(part, treatment, vat_rate)
    return PostingLine(account=chosen.account, part=part, vat_rate=vat_rate, vat_treatment=treatment, why=chosen.why)


def _net_of_rows(invoice: Invoice) -> Decimal:
    """Return what the rows are to add up to: the net, and rounding rows that some sources count into the gross only."""
    if invoice.gross == invoice.net + invoice.vat:
        return invoice.net
    free = sum((line.net for _, line in amount_rows(invoice) if line.kind is LineKind.ROUNDING), ZERO)
    return invoice.net + free if invoice.gross == invoice.net + invoice.vat + free else invoice.net


def _settled(amounts: list[Decimal], total: Decimal, currency: str, *, slack: int) -> list[Decimal]:
    """Return amounts in whole minor units; what rounding alone took from their total goes to the largest.

    A difference of more than `slack` minor units is the document's own and stays.
    """
    rounded = [round_amount(amount, currency) for amount in amounts]
    off = round_amount(total, currency) - sum(rounded, ZERO)
    if off and rounded and abs(off) <= minor_unit(currency) * slack:
        largest = max(range(len(rounded)), key=lambda place: abs(rounded[place]))
        rounded[largest] += off
    return rounded


def _vat_by_group(
    invoice: Invoice, rows: list[tuple[InvoiceLine, Booked]], nets: list[Decimal]
) -> dict[_Group, Decimal]:
    """Return the VAT that the document itself charges, by rate and treatment, adding up to the document's."""
    bases: dict[_Group, Decimal] = {}
    stated: dict[_Group, Decimal | None] = {}
    for (line, booked), net in zip(rows, nets, strict=True):
        if bears_both_legs(invoice.direction, booked.vat_treatment):
            continue
        group = (booked.vat_rate, booked.vat_treatment)
        bases[group] = bases.get(group, ZERO) + net
        so_far = stated.get(group, ZERO)
        stated[group] = None if line.vat is None or so_far is None else so_far + line.vat
    told = _told(invoice)
    alone = Counter(rate.normalize() for rate, _ in bases)
    found: dict[_Group, Decimal] = {}
    for group, base in bases.items():
        rate, treatment = group
        own = stated[group]
        if (rate.normalize(), treatment) in told:
            found[group] = told[rate.normalize(), treatment]
        elif alone[rate.normalize()] == 1 and (rate.normalize(), None) in told:
            found[group] = told[rate.normalize(), None]
        elif own is not None:
            found[group] = own
        else:
            found[group] = vat_amount(base, rate, invoice.currency) if treatment in _CHARGED else ZERO
    groups = [group for group in found if found[group] or group[0]] or list(found)
    settled = _settled([found[group] for group in groups], invoice.vat, invoice.currency, slack=len(rows))
    return dict(zip(groups, settled, strict=True))


def _told(invoice: Invoice) -> dict[tuple[Decimal, VatTreatment | None], Decimal]:
    """Return the VAT that the document states by rate and treatment, and by rate alone under None."""
    told: dict[tuple[Decimal, VatTreatment | None], Decimal] = {}
    for total in invoice.vat_totals:
        rate = total.rate.normalize()
        told[rate, None] = told.get((rate, None), ZERO) + total.vat
        if total.treatment is not None:
            told[rate, total.treatment] = told.get((rate, total.treatment), ZERO) + total.vat
    return told


def _own_groups(invoice: Invoice, rows: list[tuple[InvoiceLine, Booked]], nets: list[Decimal]) -> dict[_Group, Decimal]:
    """Return the bases of VAT that the buyer reckons, by rate and treatment."""
    bases: dict[_Group, Decimal] = {}
    for (_, booked), net in zip(rows, nets, strict=True):
        if bears_both_legs(invoice.direction, booked.vat_treatment) and booked.vat_rate:
            group = (booked.vat_rate, booked.vat_treatment)
            bases[group] = bases.get(group, ZERO) + net
    return bases
