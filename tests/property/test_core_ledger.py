"""Postings balance for any invoice whose own sums do, and a credit note mirrors its invoice."""

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tilisilta.core.documents import Direction, Invoice, InvoiceLine, Party, VatTotal
from tilisilta.core.ledger import (
    Booked,
    Choice,
    Chosen,
    Part,
    PaymentAccounts,
    bears_both_legs,
    difference,
    invoice_lines,
    mirrored,
    payment_lines,
)
from tilisilta.core.money import ZERO, vat_amount
from tilisilta.core.vat import VatTreatment

CHARGED = VatTreatment.DOMESTIC
TREATMENTS = st.sampled_from(list(VatTreatment))
CENTS = st.integers(-5_000_000, 9_000_000).map(lambda cents: Decimal(cents) / 100)
DIRECTIONS = st.sampled_from(list(Direction))


def choice(direction: Direction) -> Choice:
    def row(line: InvoiceLine) -> Booked:
        own = Decimal(24) if bears_both_legs(direction, line.vat_treatment) else line.vat_rate
        return Booked(account="4000", why="role", vat_rate=own, vat_treatment=line.vat_treatment)

    return Choice(row=row, part=lambda part, *_vat: Chosen(account=part.value, why="role"))


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    """An invoice whose totals its rows make, with VAT told by rate, by row or not at all."""
    told = draw(st.sampled_from(["totals", "rows", "none"]))
    finer = draw(st.booleans())
    lines = []
    for position in range(draw(st.integers(1, 6))):
        treatment = draw(TREATMENTS)
        rate = draw(st.sampled_from([Decimal(24), Decimal("25.5"), Decimal(9)])) if treatment is CHARGED else ZERO
        net = draw(CENTS) + (Decimal("0.001") if finer else ZERO)
        vat = vat_amount(net, rate) if told == "rows" else None
        lines.append(InvoiceLine(position=position, net=net, vat=vat, vat_rate=rate, vat_treatment=treatment))
    groups: dict[tuple[Decimal, VatTreatment | None], Decimal] = {}
    for line in lines:
        groups[line.vat_rate, line.vat_treatment] = groups.get((line.vat_rate, line.vat_treatment), ZERO) + line.net
    totals = tuple(
        VatTotal(rate=rate, treatment=treatment, net=net, vat=vat_amount(net, rate))
        for (rate, treatment), net in groups.items()
    )
    net = sum((line.net for line in lines), ZERO).quantize(Decimal("0.01"))
    vat = sum((line.vat or ZERO for line in lines), ZERO) if told == "rows" else sum((t.vat for t in totals), ZERO)
    return Invoice(
        source_id="",
        direction=draw(DIRECTIONS),
        number="1",
        date=dt.date(2026, 5, 5),
        party=Party(name="x"),
        net=net,
        vat=vat,
        gross=net + vat,
        rounding=draw(st.sampled_from([ZERO, Decimal("0.02"), Decimal("-0.03")])),
        prepaid=draw(st.sampled_from([ZERO, Decimal(10)])),
        lines=tuple(lines),
        vat_totals=totals if told == "totals" else (),
        is_credit_note=draw(st.booleans()),
    )


@given(invoices())
def test_postings_balance_and_say_what_the_invoice_says(invoice: Invoice) -> None:
    lines = invoice_lines(invoice, choice(invoice.direction))
    assert difference(lines) == 0
    assert all(bool(line.debit) != bool(line.credit) and min(line.debit, line.credit) == 0 for line in lines)
    sign = (1 if invoice.direction is Direction.PURCHASE else -1) * (-1 if invoice.is_credit_note else 1)
    assert sum((line.signed for line in lines if line.part is Part.BASE), ZERO) == sign * invoice.net
    assert sum((line.signed for line in lines if line.part is Part.PARTY), ZERO) == -sign * invoice.payable
    assert sum((line.signed for line in lines if line.part.is_vat), ZERO) == sign * invoice.vat


@given(invoices())
def test_a_credit_note_mirrors_its_invoice(invoice: Invoice) -> None:
    plain = msgspec.structs.replace(invoice, is_credit_note=False)
    credit = msgspec.structs.replace(invoice, is_credit_note=True)
    assert invoice_lines(credit, choice(invoice.direction)) == mirrored(invoice_lines(plain, choice(invoice.direction)))


@given(invoices())
def test_where_the_buyer_reckons_the_vat_both_legs_stand(invoice: Invoice) -> None:
    lines = invoice_lines(invoice, choice(invoice.direction))
    for treatment in {line.vat_treatment for line in lines if line.part is Part.BASE}:
        if not bears_both_legs(invoice.direction, treatment):
            continue
        own = [line for line in lines if line.vat_treatment is treatment]
        legs = {part: sum((each.signed for each in own if each.part is part), ZERO) for part in Part}
        base = legs[Part.BASE]
        assert legs[Part.INPUT_VAT] == -legs[Part.OUTPUT_VAT]
        assert abs(legs[Part.INPUT_VAT]) == abs(vat_amount(base, Decimal(24)))


@given(invoices(), st.decimals("0.01", "30", places=5))
def test_another_currency_balances_in_the_books(invoice: Invoice, rate: Decimal) -> None:
    foreign = msgspec.structs.replace(invoice, currency="SEK", exchange_rate=rate)
    lines = invoice_lines(foreign, choice(invoice.direction))
    assert difference(lines) == 0


@given(invoices(), st.integers(50, 90_000))
def test_a_difference_of_the_document_itself_is_never_absorbed(invoice: Invoice, cents: int) -> None:
    wrong = msgspec.structs.replace(invoice, gross=invoice.gross + Decimal(cents) / 100)
    assert abs(difference(invoice_lines(wrong, choice(invoice.direction)))) == Decimal(cents) / 100


@given(st.integers(1, 10_000_00), st.integers(0, 10_000_00), DIRECTIONS, st.booleans())
def test_payments_balance(settled: int, extra: int, direction: Direction, is_credit_note: bool) -> None:
    prepaid = Decimal(extra) / 100
    amount = Decimal(settled) / 100 + prepaid
    accounts = PaymentAccounts(bank="1010", party="1200", prepaid="2200")
    lines = payment_lines(amount, accounts, direction=direction, is_credit_note=is_credit_note, prepaid=prepaid)
    assert difference(lines) == 0
    bank = next(line for line in lines if line.part is Part.BANK)
    comes_in = (direction is Direction.SALES) != is_credit_note
    assert bank.signed == (amount if comes_in else -amount)


@given(invoices())
def test_without_deduction_purchases_cost_what_they_charge(invoice: Invoice) -> None:
    bought = msgspec.structs.replace(invoice, direction=Direction.PURCHASE)
    lines = invoice_lines(bought, choice(Direction.PURCHASE), deducts_vat=False)
    assert difference(lines) == 0
    assert not [line for line in lines if line.part.is_vat]
    sign = -1 if invoice.is_credit_note else 1
    cost = sum((line.signed for line in lines if line.part is Part.BASE), ZERO)
    assert cost == sign * (bought.net + bought.vat)
