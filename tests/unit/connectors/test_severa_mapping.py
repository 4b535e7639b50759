"""Severa's documents as ours: signs, cents, treatments, statuses, countries."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tilisilta.connectors.severa import countries, mapper, rest_reading, soap_reading, statuses
from tilisilta.connectors.severa.registers import Registers, read_item
from tilisilta.connectors.severa.soap import listed
from tilisilta.connectors.severa.soap_files import without_frame
from tilisilta.connectors.severa.wire import Bill, Place, Row, Status, billing_place
from tilisilta.core.documents import StockKind
from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports.register import RegisterEntry, RegisterKind

D = Decimal
HOURS = RegisterKind.WORK_TYPE


def row(quantity: str = "2", price: str = "50", **fields: Any) -> Row:
    return Row(
        **{"guid": "r", "kind": HOURS, "quantity": D(quantity), "unit_price": D(price), "vat_rate": D("25.5"), **fields}
    )


def bill(*rows: Row, net: str = "100", vat: str = "25.50", **fields: Any) -> Bill:
    values: dict[str, Any] = {
        "guid": "b",
        "number": "1",
        "day": dt.date(2026, 1, 5),
        "status": "Lähetetty",
        "customer_guid": "c",
        "net": D(net),
        "vat": D(vat),
        "gross": D(net) + D(vat),
        "currency": "EUR",
        "rows": rows or (row(),),
    }
    return Bill(**(values | fields))


@pytest.mark.parametrize(
    ("given", "total"),
    [
        (row("-2", "50"), "-100"),
        (row("2", "-50"), "-100"),
        (row("2", "50"), "-100"),
        (row("-2", "50"), "100"),
        (row("2", "50", net=D(100)), "-100"),
        (row("-2", "50", net=D(-100)), "-100"),
    ],
)
def test_a_credit_note_is_positive_wherever_its_minus_stands(given: Row, total: str) -> None:
    invoice = mapper.read_invoice(bill(given, net=total, vat=str(D(total) * D("0.255")), is_credit=True), {})
    assert invoice.is_credit_note
    assert (invoice.net, invoice.gross) == (D(100), D("125.5"))
    (line,) = invoice.lines
    assert (line.net, line.quantity, line.unit_price) == (D(100), D(2), D(50))


def test_a_deduction_on_a_credit_note_keeps_its_side() -> None:
    given = bill(row("-3", "50"), row("1", "50"), net="-100", vat="-25.50", is_credit=True)
    assert [line.net for line in mapper.read_invoice(given, {}).lines] == [D(150), D(-50)]


def test_an_invoice_below_zero_is_a_credit_note() -> None:
    assert mapper.read_invoice(bill(row("-2", "50"), net="-100", vat="-25.50"), {}).is_credit_note


def test_cents_that_rounding_explains_go_to_the_largest_row() -> None:
    rows = (row("1", "10.004"), row("1", "20.004"), row("1", "0.002"))
    invoice = mapper.read_invoice(bill(*rows, net="30.01", vat="0"), {})
    assert [line.net for line in invoice.lines] == [D(10), D("20.01"), D(0)]
    # What rounding does not explain stays, for the checks to say.
    other = mapper.read_invoice(bill(*rows, net="31", vat="0"), {})
    assert [line.net for line in other.lines] == [D(10), D(20), D(0)]


def test_rates_turn_to_units_of_the_books_currency() -> None:
    assert mapper.read_invoice(bill(currency="SEK", rate=D("11.05")), {}).exchange_rate == D("0.0904977376")
    assert mapper.read_invoice(bill(currency="SEK", rate=D(0)), {}).exchange_rate is None
    assert mapper.read_invoice(bill(rate=D("1.1")), {}).exchange_rate is None


@pytest.mark.parametrize(
    ("letter", "vat_number", "country", "expected"),
    [
        ("AE", "FI20774740", "FI", VatTreatment.REVERSE_CHARGE),
        ("AE", "", "", VatTreatment.REVERSE_CHARGE),
        ("AE", "EE101234563", "EE", VatTreatment.INTRA_EU_SUPPLY_SERVICES),
        ("AE", "", "Norja", None),
        ("K", "EE101234563", "EE", VatTreatment.INTRA_EU_SUPPLY_GOODS),
        ("G", "", "NO", VatTreatment.EXPORT),
        ("E", "", "FI", VatTreatment.EXEMPT),
        ("", "EE101234563", "EE", None),
        ("?", "", "", None),
    ],
)
def test_no_vat_means_what_severa_says_or_nothing(
    letter: str, vat_number: str, country: str, expected: VatTreatment | None
) -> None:
    given = bill(row(vat_rate=D(0)), row(), tax_category=letter, vat_number=vat_number, address=Place(country=country))
    first, second = mapper.read_invoice(given, {}).lines
    assert first.vat_treatment is expected
    assert second.vat_treatment is None


def test_status_flags_come_along() -> None:
    paid = {"Lähetetty": Status(guid="", name="Lähetetty", is_sent=True, is_paid=True)}
    invoice = mapper.read_invoice(bill(), paid)
    assert (invoice.is_sent, invoice.paid) == (True, D("125.5"))
    unpaid = mapper.read_invoice(bill(), {})
    assert (unpaid.is_sent, unpaid.paid) == (None, D(0))


def entry(code: str, kind: RegisterKind = HOURS, guid: str = "g", **fields: Any) -> RegisterEntry:
    return RegisterEntry(kind=kind, source_id=guid, code=code, name=f"Nimi {code}", **fields)


def test_rows_of_one_code_and_several_things_keep_the_code() -> None:
    same = row(sources=(entry("T", guid="1"), entry("T", guid="2")))
    several = row(sources=(entry("T", guid="1"), entry("", guid="2")))
    lines = mapper.read_invoice(bill(same, several, net="200", vat="51"), {}).lines
    assert [(line.item_code, line.item_source_id) for line in lines] == [("T", ""), ("", "")]
    assert [line.extra["severa_codes"] for line in lines] == ["T, T", "T, Nimi "]


def test_codes_repeat_between_registers_and_within() -> None:
    registers = Registers(
        [entry("A", guid="1"), entry("A", RegisterKind.PRODUCT, "2"), entry("B", guid="3"), entry("B", guid="4")]
    )
    assert registers.only(HOURS, "A") == entry("A", guid="1")
    assert registers.only(RegisterKind.PRODUCT, "A") == entry("A", RegisterKind.PRODUCT, "2")
    assert registers.only(HOURS, "B") is None
    assert registers.entry("4") == entry("B", guid="4")


def test_materials_are_goods() -> None:
    goods = read_item(entry("M", RegisterKind.PRODUCT, subtype="Materials"))
    service = read_item(entry("S", RegisterKind.PRODUCT, subtype="FixedFees"))
    assert (goods.stock_kind, service.stock_kind) == (StockKind.PRODUCT, StockKind.SERVICE)
    assert service.extra == {"severa_kind": "product", "type": "FixedFees"}


def test_bills_go_to_the_first_address_for_bills() -> None:
    visit, bills = Place(street="a", is_visit=True), Place(street="b", is_billing=True)
    assert billing_place([Place(street="c"), visit, bills]) == bills
    assert billing_place([Place(street="c"), visit]) == visit
    assert billing_place([]) == Place()


KNOWN = (
    Status(guid="a1", name="Odottaa"),
    Status(guid="a2", name="odottaa  siirtoa"),
    Status(guid="a3", name="Vanha", is_active=False),
    Status(guid="a4", name="Vanha"),
)


@pytest.mark.parametrize(
    ("wanted", "guid"), [("A1", "a1"), ("Odottaa", "a1"), (" Odottaa Siirtoa", "a2"), ("a4", "a4"), ("Vanha", "a4")]
)
def test_statuses_are_found_by_guid_or_name(wanted: str, guid: str) -> None:
    assert statuses.find_status(KNOWN, wanted).guid == guid


@pytest.mark.parametrize(
    ("wanted", "code"), [("", "STATUS_NOT_FOUND"), ("a9", "STATUS_NOT_FOUND"), ("a3", "STATUS_NOT_ACTIVE")]
)
def test_statuses_that_are_not_there(wanted: str, code: str) -> None:
    with pytest.raises(Misconfigured, match=code):
        statuses.find_status(KNOWN, wanted)


def test_countries_have_names_in_many_languages() -> None:
    assert [countries.country_code(each) for each in ("Suomi", "Finland", "Soome", "Saksa", "ee", "")] == [
        "FI",
        "FI",
        "FI",
        "DE",
        "EE",
        "",
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"guid": "g"}, "date"),
        ({"date": "2026-01-05"}, "guid"),
        ({"guid": "g", "date": "5.1.2026"}, "date"),
        ({"guid": "g", "date": "2026-01-05", "totalTax": {"amount": "much"}}, "totalTax"),
    ],
)
def test_what_cannot_be_read_names_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        rest_reading.read_bill(given, (), None, ("", ""), None)
    assert caught.value.params["field"] == field


def test_the_property_that_two_clients_know_is_read_too() -> None:
    given = {"guid": "G", "date": "2026-01-05", "invoiceStatus": {"name": "Lähetetty"}}
    assert rest_reading.read_bill(given, (), None, ("", ""), None).status == "Lähetetty"


def test_an_invoice_shows_its_own_status_and_currency() -> None:
    given = {
        "guid": "G",
        "date": "2026-01-05",
        "status": {"guid": "S", "name": None, "isSent": True, "isPaid": True},
        "currency": None,
        "totalExcludingTax": {"amount": D(100), "currencyCode": "sek", "multiCurrencyInfo": None},
        "totalIncludingTax": {"amount": D(125), "currencyCode": None},
    }
    read = rest_reading.read_bill(given, (), None, ("", ""), None)
    invoice = mapper.read_invoice(read, {})
    assert (invoice.currency, invoice.is_sent, invoice.paid) == ("SEK", True, D(125))
    # What the list says of a status of this name is fuller.
    listed_one = {"": Status(guid="s", name="", is_sent=True, is_paid=False)}
    assert mapper.read_invoice(read, listed_one).paid == 0
    bare = rest_reading.read_bill(
        {**given, "status": {"guid": "S"}, "currency": {"code": "EUR"}}, (), None, ("", ""), None
    )
    assert (bare.currency, mapper.read_invoice(bare, {}).is_sent) == ("EUR", None)


def test_an_empty_moment_is_no_day() -> None:
    assert soap_reading.day(dt.datetime(1, 1, 1)) is None  # noqa: DTZ001  as zeep reads it
    assert soap_reading.moment(dt.datetime(2026, 1, 5, tzinfo=dt.UTC)) == "2026-01-05T00:00:00Z"
    with pytest.raises(BadInput):
        soap_reading.read_bill({"GUID": "g"}, (), "", ("", ""))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, []),
        ({"Invoice": None}, []),
        ({"Invoice": [{"GUID": "a", "Name": "b"}, None]}, [{"GUID": "a", "Name": "b"}]),
        ({"Outer": {"Inner": ["a"]}}, ["a"]),
        ({"GUID": "a"}, [{"GUID": "a"}]),
        (["a"], ["a"]),
    ],
)
def test_collections_are_opened(given: Any, expected: list[Any]) -> None:
    assert listed(given) == expected


def test_a_finvoice_without_a_frame_is_left_alone() -> None:
    assert without_frame("<Finvoice>ä</Finvoice>") == "<Finvoice>ä</Finvoice>".encode()
    framed = "<e:Envelope>\n</e:Envelope>\n<?xml version='1.0' encoding='ISO-8859-15'?>\n<Finvoice>€ 雪</Finvoice>"
    assert without_frame(framed).endswith("<Finvoice>€ &#38634;</Finvoice>".encode("iso-8859-15"))
