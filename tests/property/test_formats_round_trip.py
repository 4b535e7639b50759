"""What is written is what is read: sales invoices through Finvoice, the Estonian e-invoice and Peppol BIS Billing."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.unit.formats.official import broken_rules
from tests.unit.formats.selling import ESTONIAN, FINNISH, HELSINKI, TALLINN

from tilisilta.core.documents import Direction, Invoice, InvoiceLine, InvoiceRef, LineKind, VatTotal
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import read_file
from tilisilta.formats.write_estonian import write_estonian
from tilisilta.formats.write_finvoice import write_finvoice
from tilisilta.formats.write_ubl import write_ubl
from tilisilta.formats.writing import Seller

LETTERS = st.characters(codec="iso-8859-15", categories=("Ll", "Lu", "Nd")) | st.sampled_from("õäöüŠž&<>\"'§€ЖŁ")
NAMES = st.text(LETTERS, min_size=2, max_size=40).map(lambda name: f"A{name}")
MAYBE = st.just("") | NAMES
DAYS = st.dates(dt.date(2009, 1, 1), dt.date(2030, 12, 31))
RATES = st.sampled_from([Decimal(text) for text in ("5", "9", "13", "13.5", "22", "24", "25.5")])
FREE = {
    VatTreatment.ZERO_RATED: "",
    VatTreatment.EXEMPT: "KMS § 16 lg 1",
    VatTreatment.REVERSE_CHARGE: "Käännetty verovelvollisuus AVL 8 c §",
    VatTreatment.INTRA_EU_SUPPLY_GOODS: "Ühendusesisene käive",
    VatTreatment.EXPORT: "Eksport",
}
KINDS = st.tuples(st.just(VatTreatment.DOMESTIC), RATES) | st.tuples(st.sampled_from(sorted(FREE)), st.just(ZERO))
UNITS = st.sampled_from(["", "C62", "HUR", "KGM", "MTQ"])


def decimals(least, most, places):
    return st.decimals(least, most, places=places, allow_nan=False, allow_infinity=False)


@st.composite
def rows(draw, kinds):
    treatment, rate = draw(st.sampled_from(kinds))
    quantity = draw(st.integers(1, 999).map(Decimal) | decimals("0.001", "99.999", 3))
    price = draw(decimals("0.01", "5000", 2) | decimals("0.0001", "99.9999", 4))
    discount = draw(st.just(ZERO) | decimals("0.5", "99", 1))
    net = round_amount(quantity * price * (100 - discount) / 100)
    is_return = net != 0 and draw(st.integers(0, 9)) == 0
    return InvoiceLine(
        position=0,
        item_code=draw(st.just("") | st.text("ABC123-", min_size=1, max_size=12)),
        item_name=draw(NAMES),
        description=draw(MAYBE),
        quantity=-quantity if is_return else quantity,
        unit=draw(UNITS),
        unit_price=price,
        # A discount of less than a cent is written, but proves nothing when it is read.
        discount_percent=discount if round_amount(quantity * price) != net != 0 else ZERO,
        net=-net if is_return else net,
        vat=vat_amount(-net if is_return else net, rate),
        vat_rate=rate,
        vat_treatment=treatment,
    )


@st.composite
def whole(draw, kinds):
    treatment, rate = draw(st.sampled_from(kinds))
    amount = draw(decimals("0.01", "50", 2))
    kind = draw(st.sampled_from([LineKind.ALLOWANCE, LineKind.CHARGE]))
    net = -amount if kind is LineKind.ALLOWANCE else amount
    return InvoiceLine(
        position=0, kind=kind, item_name=draw(NAMES), unit_price=net, net=net, vat_rate=rate, vat_treatment=treatment
    )


@st.composite
def invoices(draw):
    kinds = draw(st.lists(KINDS, min_size=1, max_size=3, unique_by=str))
    lines = draw(st.lists(rows(kinds), min_size=1, max_size=6)) + draw(st.lists(whole(kinds), max_size=2))
    # Finvoice has the discounts of the whole document before its charges.
    lines.sort(key=lambda line: [LineKind.ITEM, LineKind.ALLOWANCE, LineKind.CHARGE].index(line.kind))
    used = [key for key in kinds if any((line.vat_treatment, line.vat_rate) == key for line in lines)]
    totals = []
    for treatment, rate in used:
        nets = [line.net for line in lines if (line.vat_treatment, line.vat_rate) == (treatment, rate)]
        net = sum(nets, ZERO)
        totals.append(
            VatTotal(
                rate=rate,
                net=net,
                vat=vat_amount(net, rate),
                treatment=treatment,
                exemption_reason=FREE.get(treatment, ""),
            )
        )
    net = sum((each.net for each in totals), ZERO)
    vat = sum((each.vat for each in totals), ZERO)
    assume(net + vat > 1)
    is_credit = draw(st.booleans())
    day = draw(DAYS)
    return Invoice(
        source_id="1",
        direction=Direction.SALES,
        number=draw(st.text("AB0123456789-/", min_size=1, max_size=20)),
        date=day,
        due_date=day + dt.timedelta(days=draw(st.integers(0, 60))),
        delivery_date=day,
        party=msgspec.structs.replace(draw(st.sampled_from([HELSINKI, TALLINN])), name=draw(NAMES)),
        net=net,
        vat=vat,
        gross=net + vat,
        rounding=draw(st.just(ZERO) | decimals("-0.02", "0.02", 2)),
        prepaid=ZERO if is_credit else draw(st.just(ZERO) | decimals("0.01", "0.90", 2)),
        lines=tuple(msgspec.structs.replace(each, position=at) for at, each in enumerate(lines, start=1)),
        vat_totals=tuple(totals),
        reference_number=draw(st.sampled_from(["", "1234561", "1009"])),
        your_reference=draw(NAMES),
        our_reference=draw(MAYBE),
        order_number=draw(MAYBE),
        note=draw(MAYBE),
        is_credit_note=is_credit,
        credits=(InvoiceRef(number="L-7", date=dt.date(2009, 1, 1)),) if is_credit else (),
    )


def line_view(line: InvoiceLine) -> tuple[object, ...]:
    is_item = line.kind is LineKind.ITEM
    return (
        line.kind,
        line.item_code,
        line.item_name,
        line.description,
        (line.quantity, line.unit_price, line.discount_percent) if is_item else (),
        line.net,
        line.vat_rate,
        line.vat_treatment,
    )


def view(invoice: Invoice) -> dict[str, object]:
    party = invoice.party
    return {
        "number": (invoice.number, invoice.date, invoice.due_date, invoice.delivery_date, invoice.currency),
        "kind": (invoice.direction, invoice.is_credit_note, [(each.number, each.date) for each in invoice.credits]),
        "sums": (invoice.net, invoice.vat, invoice.gross, invoice.rounding, invoice.prepaid, invoice.payable),
        "lines": [line_view(each) for each in invoice.lines],
        "vat": [(each.rate, each.net, each.vat, each.treatment, each.exemption_reason) for each in invoice.vat_totals],
        "party": (party.name, party.registry_code, party.vat_number, party.address, party.email, party.phone),
        "words": (invoice.note, invoice.order_number, invoice.our_reference, invoice.your_reference),
        "payment": (invoice.reference_number, invoice.bank_account.iban if invoice.bank_account else ""),
    }


def finvoice(invoice: Invoice, seller: Seller) -> bytes:
    return write_finvoice(invoice, seller, encoding="ISO-8859-15")


def addressed(invoice: Invoice) -> Invoice:
    """Return the invoice to a buyer that every format can reach."""
    operator = msgspec.structs.replace(invoice.party, einvoice_operator="NDEAFIHH")
    return msgspec.structs.replace(invoice, party=operator)


@pytest.mark.parametrize("write", [finvoice, write_estonian, write_ubl])
@given(invoices(), st.sampled_from([ESTONIAN, FINNISH]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_written_is_read(write, invoice, seller):
    document = addressed(invoice)
    content = write(document, seller)
    (found,) = read_file(content, "a.xml", own_registry_codes=frozenset({seller.registry_code})).records
    assert found.document is not None, found.problems
    assert found.problems == ()
    account = seller.bank_accounts[0]
    assert view(found.document) == view(msgspec.structs.replace(document, bank_account=account))


@given(invoices(), st.sampled_from([ESTONIAN, FINNISH]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_peppol_keeps_the_official_rules(invoice, seller):
    assert broken_rules(write_ubl(addressed(invoice), seller)) == set()
