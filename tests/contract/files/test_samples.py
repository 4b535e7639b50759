"""Every published sample, with totals read from its XML by eye."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from tilisilta.core.documents import BankAccount, Direction, Invoice, LineKind
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import read_file

SAMPLES = Path(__file__).parent / "samples"

# file: format, number, date, due, credit, net, vat, gross, payable, sum of rows, rows that are money
EXPECTED = {
    "finvoice13_example.xml": (
        *("finvoice", "Test123", "2019-03-04", "2019-09-05", False),
        *("24500.00", "5635.00", "30135.00", "30135.00", "2680.00", 2),
    ),
    "finvoice201_example.xml": (
        *("finvoice", "123456", "2016-02-08", "2016-02-22", False),
        *("100.00", "24.00", "124.00", "124.00", "100.00", 1),
    ),
    "finvoice30_example.xml": (
        *("finvoice", "123456", "2018-12-03", "2018-12-17", False),
        *("100.00", "24.00", "124.00", "124.00", "100.00", 1),
    ),
    "finvoice30_energy_business.xml": (
        *("finvoice", "72112700", "2018-08-07", "2018-08-21", False),
        *("11119.73", "3148.74", "14268.47", "14268.47", "11119.73", 8),
    ),
    "finvoice30_energy_consumption.xml": (
        *("finvoice", "300182935", "2018-01-14", "2018-01-30", False),
        *("46.06", "11.06", "57.12", "57.12", "46.06", 9),
    ),
    "ubl_base-example.xml": (
        *("ubl", "Snippet1", "2017-11-13", "2017-12-01", False),
        *("1325", "331.25", "1656.25", "1656.25", "1325", 3),
    ),
    "ubl_base-creditnote-correction.xml": (
        *("ubl", "Snippet1", "2017-11-13", "", True),
        *("1325", "331.25", "1656.25", "1656.25", "1325", 3),
    ),
    "ubl_Vat-category-S.xml": (
        *("ubl", "Snippet1", "2017-11-13", "2017-12-01", False),
        *("7000", "1550.00", "8550", "8550", "7000", 5),
    ),
}


def sample(name: str) -> Invoice:
    reading = read_file((SAMPLES / name).read_bytes(), name)
    assert len(reading.records) == 1
    invoice = reading.records[0].document
    assert invoice is not None, reading.records[0].problems
    return invoice


def test_no_sample_is_forgotten():
    assert {path.name for path in SAMPLES.glob("*.xml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_totals_to_the_cent(name: str):
    format_, number, date, due, credit, net, vat, gross, payable, rows, count = EXPECTED[name]
    reading = read_file((SAMPLES / name).read_bytes(), name)
    invoice = sample(name)
    assert reading.format == format_
    assert (invoice.number, invoice.date.isoformat()) == (number, date)
    assert (invoice.due_date.isoformat() if invoice.due_date else "") == due
    assert invoice.is_credit_note is credit
    assert invoice.direction is Direction.PURCHASE
    assert invoice.currency == "EUR"
    totals = (invoice.net, invoice.vat, invoice.gross, invoice.payable)
    assert totals == (Decimal(net), Decimal(vat), Decimal(gross), Decimal(payable))
    money = [line for line in invoice.lines if line.kind is not LineKind.TEXT]
    assert sum(line.net for line in money) == Decimal(rows)
    assert len(money) == count
    assert [line.position for line in invoice.lines] == list(range(1, len(invoice.lines) + 1))


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"finvoice13_example.xml"}))
def test_only_the_old_sample_has_anything_to_warn_of(name: str):
    assert read_file((SAMPLES / name).read_bytes(), name).records[0].problems == ()


def test_what_contradicts_itself_is_told_and_not_mended():
    (record,) = read_file((SAMPLES / "finvoice13_example.xml").read_bytes(), "old.xml").records
    (found,) = record.problems
    assert found.code == "PAYABLE_DIFFERS"
    assert (found.params["stated"], found.params["counted"]) == ("15.00", "30135.00")


def test_parties_of_a_finvoice():
    invoice = sample("finvoice30_energy_business.xml")
    party = invoice.party
    assert (party.name, party.registry_code, party.vat_number) == ("SähköVerkko Oy", "9876543-1", "FI98765431")
    assert (party.address.street, party.address.city, party.address.postal_code, party.address.country) == (
        *("PL 9999", "LAPPEENRANTA"),
        *("53101", "FI"),
    )
    assert party.bank_accounts == (
        BankAccount("FI1880012312345678", "DABAFIHH", "DANSKE BANK"),
        BankAccount("FI0050000198765432", "OKOYFIHH", "OP"),
    )
    assert (party.einvoice_address, party.einvoice_operator) == ("003798765430", "OPERAATTORI1")
    assert (party.contact_name, party.email) == ("Anna Malli", "asiakastuki@sverkko.fi")
    assert party.is_supplier
    assert not party.is_customer
    assert invoice.reference_number == "69875672083435364"
    assert invoice.bank_account == BankAccount("FI1880012312345678", "DABAFIHH", "Sähköverkko Oy")
    assert (invoice.period_from, invoice.period_to) == (dt.date(2018, 7, 1), dt.date(2018, 7, 31))
    assert (invoice.order_number, invoice.our_reference) == ("420181122PO", "RakennusX")
    assert invoice.interest_percent == Decimal("7.0")
    assert invoice.note.startswith("Seuraavan laskun arvioitu eräpäivä on 21.08.2018.")


def test_vat_and_rows_of_a_finvoice_with_cents_and_a_negative_row():
    invoice = sample("finvoice30_energy_business.xml")
    assert [(each.rate, each.net, each.vat, each.treatment) for each in invoice.vat_totals] == [
        (Decimal(24), Decimal("13119.73"), Decimal("3148.74"), VatTreatment.DOMESTIC),
        (Decimal(0), Decimal("-2000.00"), Decimal("0.00"), VatTreatment.ZERO_RATED),
    ]
    by_name = {line.item_name: line for line in invoice.lines if line.kind is LineKind.ITEM}
    night = by_name["Muu aika"]
    assert (night.quantity, night.unit, night.unit_price) == (Decimal(362842), "kWh", Decimal("0.0063"))
    assert (night.net, night.vat) == (Decimal("2285.90"), Decimal("548.62"))
    compensation = by_name["Vakiokorvaus (alv 0 %)"]
    assert (compensation.quantity, compensation.net) == (Decimal(-1), Decimal("-2000.00"))
    words = [line for line in invoice.lines if line.kind is LineKind.TEXT]
    assert len(words) == 9
    assert words[1].extra["stated_net"] == "13119.73 EUR"


def test_rows_with_vat_in_their_sums_share_the_net_to_the_cent():
    invoice = sample("finvoice30_energy_consumption.xml")
    rows = [line for line in invoice.lines if line.kind is LineKind.ITEM]
    assert [str(line.net) for line in rows] == [
        *("4.76", "5.33", "4.73"),
        *("4.76", "5.29", "4.70"),
        *("4.76", "6.21", "5.52"),
    ]
    assert sum(line.vat or 0 for line in rows) == Decimal("11.06")
    assert sum(line.net + (line.vat or 0) for line in rows) == Decimal("57.12")


def test_rows_allowances_and_charges_of_ubl():
    invoice = sample("ubl_Vat-category-S.xml")
    assert [(line.kind.value, line.net, line.vat_rate) for line in invoice.lines] == [
        ("item", Decimal(4000), Decimal(25)),
        ("item", Decimal(2000), Decimal(15)),
        ("item", Decimal(900), Decimal(25)),
        ("charge", Decimal(200), Decimal(25)),
        ("allowance", Decimal(-100), Decimal(25)),
    ]
    assert [(each.rate, each.net, each.vat) for each in invoice.vat_totals] == [
        (Decimal(25), Decimal(5000), Decimal(1250)),
        (Decimal(15), Decimal(2000), Decimal(300)),
    ]
    first = invoice.lines[0]
    assert (first.item_code, first.quantity, first.unit, first.unit_price) == ("97iugug876", 10, "C62", 400)
    assert first.description == "Description of item\nTesting note on line level"
    assert (first.period_from, first.period_to) == (dt.date(2017, 12, 1), dt.date(2017, 12, 5))


def test_credit_note_of_ubl_names_what_it_credits():
    invoice = sample("ubl_base-creditnote-correction.xml")
    assert [ref.number for ref in invoice.credits] == ["Snippet1"]
    assert [(line.quantity, line.unit_price, line.net) for line in invoice.lines[:2]] == [
        (Decimal(7), Decimal(400), Decimal(2800)),
        (Decimal(-3), Decimal(500), Decimal(-1500)),
    ]
    party = invoice.party
    assert (party.name, party.registry_code, party.vat_number) == ("SupplierOfficialName Ltd", "GB983294", "GB1232434")
    assert party.einvoice_address == "0088:9482348239847239874"
    assert party.address.country == "GB"


def test_samples_are_documents_of_their_own():
    ids = {sample(name).source_id for name in EXPECTED}
    assert len(ids) == len(EXPECTED)
    assert all(len(each) == 16 for each in ids)


def test_same_file_gives_the_same_document_again():
    for name in EXPECTED:
        assert sample(name) == sample(name)
