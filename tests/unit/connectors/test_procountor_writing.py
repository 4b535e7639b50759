"""What stands in Procountor's bodies: amounts that multiply, texts that fit, postings beside the page."""

from decimal import Decimal
from typing import Any

import pytest

from tilisilta.connectors.procountor import rights
from tilisilta.connectors.procountor.amounts import priced, row_percent
from tilisilta.connectors.procountor.lists import read_calendar, read_vat
from tilisilta.connectors.procountor.options import Options
from tilisilta.connectors.procountor.postings import Line, holds, is_ours, read_lines, rewrite, sort_lines
from tilisilta.connectors.procountor.write_invoice import Setting, write_invoice
from tilisilta.connectors.procountor.write_others import write_partner, write_product
from tilisilta.connectors.procountor.write_text import Texts
from tilisilta.core.documents import Direction, Invoice, InvoiceLine, Item, LineKind, Party, PartyRole
from tilisilta.core.errors import BadInput, Refused, Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, LineDraft, PartyDraft
from tilisilta.core.vat.treatment import VatTreatment

D = Decimal
VAT = read_vat(
    {
        "vatInformation": [
            {
                "country": "Finland",
                "percentages": [
                    {"vatPercent": 25.5, "sales": True, "purchase": True},
                    {"vatPercent": 0, "sales": True, "purchase": True},
                ],
            }
        ],
        "vatStatuses": [
            {"vatStatus": 1, "description": "Domestic", "sales": True, "purchase": True},
            {"vatStatus": 12, "description": "No VAT handling", "sales": True, "purchase": True},
            {"vatStatus": 904, "description": "Construction", "sales": False, "purchase": True},
        ],
    }
)
SETTING = Setting(vat=VAT, no_vat_status="12", bank_account="FI2112345600000785")


def line(**fields: Any) -> InvoiceLine:
    values: dict[str, Any] = {
        "position": 1,
        "item_name": "Työ",
        "net": D(100),
        "unit_price": D(100),
        "vat_rate": D("25.5"),
    }
    return InvoiceLine(**(values | fields))


def drafted(*lines: InvoiceLine, code: str = "1", **fields: Any) -> InvoiceDraft:
    values: dict[str, Any] = {
        "source_id": "1",
        "direction": Direction.PURCHASE,
        "number": "A-1",
        "date": "2026-03-02",
        "party": Party(name="Oy"),
        "net": D(100),
        "vat": D("25.5"),
        "gross": D("125.5"),
        "lines": lines,
    }
    invoice = Invoice(**(values | fields))
    rows = tuple(LineDraft(line=each, vat_code="" if each.kind is LineKind.TEXT else code) for each in lines)
    return InvoiceDraft(key="k", invoice=invoice, party_id="7", lines=rows)


def body(given: InvoiceDraft, texts: Texts | None = None) -> dict[str, Any]:
    return write_invoice(given, SETTING, Options(), texts or Texts())


@pytest.mark.parametrize(
    ("fields", "product"),
    [
        ({"quantity": D(3), "unit_price": D("33.3333"), "net": D("100.00")}, (D("33.3333"), D(3), D(0))),
        ({"quantity": D(3), "unit_price": D(40), "discount_percent": D(10), "net": D("100.00")}, None),
        ({"quantity": D(0), "unit_price": D(5), "net": D("100.00")}, (D("100.00"), D(1), D(0))),
        ({"quantity": D(7), "unit_price": D(10), "discount_percent": D(100), "net": D("3.00")}, None),
        ({"quantity": D(-2), "unit_price": D(50), "net": D("-100.00")}, (D(50), D(-2), D(0))),
    ],
)
def test_rows_multiply_to_their_net(fields: dict[str, Any], product: Any) -> None:
    given = line(**fields)
    found = priced(given, "EUR")
    share = (100 - found.discount) / 100
    assert round(found.price * found.quantity * share, 2) == given.net
    if product is not None:
        assert (found.price, found.quantity, found.discount) == product


def test_a_row_that_bears_no_tax_goes_with_no_percentage() -> None:
    assert row_percent(line(), "EUR") == D("25.5")
    assert row_percent(line(vat_treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE), "EUR") == 0
    assert row_percent(line(vat=D(0)), "EUR") == 0
    built = body(drafted(line(vat_treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE), code="904"))
    assert (built["invoiceRows"][0]["vatPercent"], built["invoiceRows"][0]["vatStatus"]) == (0, 904)


def test_a_status_stands_on_its_own_side_alone() -> None:
    with pytest.raises(Refused) as caught:
        body(drafted(line(vat_rate=D(0)), code="904", direction=Direction.SALES))
    assert caught.value.code == "ACCOUNT_OR_VAT_UNMAPPED"
    with pytest.raises(Refused):
        body(drafted(line(), code=""))
    free = body(drafted(line(vat_rate=D(0)), code=""))
    assert free["invoiceRows"][0]["vatStatus"] == 12


def test_roundings_are_a_row_and_words_stay_behind_with_a_warning() -> None:
    texts = Texts()
    words = line(kind=LineKind.TEXT, item_name="", description="Kiitos", net=D(0))
    built = body(drafted(line(), words, rounding=D("-0.02")), texts)
    assert [row["product"] for row in built["invoiceRows"]] == ["Työ", "Pyöristys"]
    assert built["invoiceRows"][1]["unitPrice"] == D("-0.02")
    assert [each.code for each in texts.warnings] == ["ROWS_OF_WORDS_NOT_CARRIED"]


def test_a_reference_that_fails_its_check_digit_stays_behind() -> None:
    texts = Texts()
    built = body(drafted(line(), reference_number="26014"), texts)
    assert "bankReferenceCode" not in built["paymentInfo"]
    assert [each.code for each in texts.warnings] == ["REFERENCE_NUMBER_CHECK"]


def test_a_number_that_cannot_be_looked_for_is_refused() -> None:
    with pytest.raises(Unsupported):
        body(drafted(line(), number="9" * 41))


def test_partners_and_products_bear_what_the_register_takes() -> None:
    party = Party(name="Hiirenloukku " * 8, registry_code="1234567-1", email="a@b.example", payment_term_days=14)
    texts = Texts()
    made = write_partner(PartyDraft(key="p", party=party, role=PartyRole.CUSTOMER), Options(), texts)
    assert len(made["name"]) <= 80
    assert [each.code for each in texts.warnings] == ["TEXT_CUT"]
    assert made["invoicingInfo"]["identifier"] == "1234567-1"
    assert made["paymentInfo"]["paymentTermDays"] == "14"
    person = Party(name="Aino", registry_code="131052-308T", is_person=True)
    private = write_partner(PartyDraft(key="p", party=person, role=PartyRole.CUSTOMER), Options(), Texts())
    assert "identifier" not in private["invoicingInfo"]
    with pytest.raises(Unsupported):
        write_product(ItemDraft(key="i", item=Item(name="x")), Texts())


# --- postings ------------------------------------------------------------------------------------------------


def page(*entries: dict[str, Any], reversing: str = "-125.50") -> dict[str, Any]:
    rows = [
        {
            "id": 1,
            "transactionType": "REVERSING_ENTRY",
            "account": "2880",
            "accountingValue": D(reversing),
            "vatPercent": 0,
        },
        *({"transactionType": "ENTRY", "vatStatus": 1, **each} for each in entries),
    ]
    return {"id": 9, "vatStatus": 1, "version": "v1", "transactions": rows, "attachments": [{"id": 3}]}


ROW = {"id": 2, "account": "4000", "accountingValue": D(100), "vatPercent": D("25.5"), "description": "Työ"}


def ours(value: str = "100", **fields: Any) -> Line:
    values: dict[str, Any] = {"account": "4450", "vat_status": "1", "vat_rate": D("25.5"), "part": "base"}
    return Line(debit=D(value), **(values | fields))


def test_a_page_is_echoed_whole_but_for_account_and_status() -> None:
    found = sort_lines([ours()], vat_accounts=())
    made = rewrite(page(ROW), found, Direction.PURCHASE, "k")
    assert (made["id"], made["version"]) == (9, "v1")
    assert "attachments" not in made
    [reversing, entry] = made["transactions"]
    assert (reversing["account"], entry["id"], entry["description"]) == ("2880", 2, "Työ")
    assert (entry["account"], entry["vatDeductionPercent"]) == ("4450", 100)
    assert holds({**made, "vatStatus": 1}, found)
    assert is_ours(made, "k")
    assert not is_ours(made, "another")
    assert not is_ours(page(ROW), "k")
    entry["account"] = "4999"
    assert not is_ours(made, "k")
    noted = rewrite({**page(ROW), "accountantsNotes": "Tarkistettu"}, found, Direction.PURCHASE, "k")
    assert noted["accountantsNotes"] == "Tarkistettu"
    assert not holds(page(ROW), found)


@pytest.mark.parametrize(
    "lines",
    [
        [ours("99")],
        [ours(), Line(account="2880", credit=D("120"), part="party")],
        [ours(), Line(account="1763", debit=D("20"), part="input_vat")],
    ],
)
def test_postings_that_are_not_the_invoices_are_refused(lines: list[Line]) -> None:
    with pytest.raises(Refused) as caught:
        rewrite(page(ROW), sort_lines(lines, vat_accounts=()), Direction.PURCHASE, "k")
    assert caught.value.code == "POSTINGS_DIFFER"


def test_lines_without_their_part_are_told_by_their_account() -> None:
    bare = [
        Line(account="4450", vat_status="1", vat_rate=D("25.5"), debit=D(100)),
        Line(account="1763", debit=D("25.50")),
        Line(account="2880", credit=D("125.50")),
        Line(account="4000"),
    ]
    found = sort_lines(bare, vat_accounts=("1763",), opposite_account="2880")
    assert [len(each) for each in (found.base, found.tax, found.opposite)] == [1, 1, 1]


def test_postings_that_cannot_be_read_are_named() -> None:
    given = InvoiceDraft(key="k", invoice=drafted(line()).invoice, party_id="", lines=(), extra={"postings": "[{}]"})
    with pytest.raises(BadInput) as caught:
        read_lines(given)
    assert caught.value.params["field"] == "postings"


# --- lists ---------------------------------------------------------------------------------------------------


def test_periods_are_locked_up_to_the_first_open_one() -> None:
    months = [("2026-01-01", "2026-01-31", "CLOSED"), ("2026-02-01", "2026-02-28", "PENDING")]
    parts = [
        {"id": at, "startDate": first, "endDate": last, "status": state}
        for at, (first, last, state) in enumerate(months)
    ]
    answer = {
        "fiscalYears": [
            {"id": 2, "startDate": "2026-01-01", "endDate": "2026-12-31", "isOpen": True, "trackingPeriods": parts},
            {"id": 1, "startDate": "2025-01-01", "endDate": "2025-12-31", "isOpen": False, "trackingPeriods": []},
        ]
    }
    calendar = read_calendar(answer)
    assert str(calendar.locked_until()) == "2026-01-31"
    assert [str(each.first) for each in calendar.years] == ["2025-01-01", "2026-01-01"]


def test_approval_is_asked_for_only_where_invoices_circulate() -> None:
    groups: dict[str, dict[str, Any]] = {}
    for need in rights.NEEDS:
        groups.setdefault(need.group, {})[need.name] = False if need.prevents else "ALL_RIGHTS"
    groups["invoiceCirculation"] = {"approval": "NOT_ENABLED"}
    held = {"role": "ACCOUNTANT", "rights": groups}
    assert rights.missing(held, circulated=False) == ()
    assert rights.missing(held, circulated=True) == ("approval: invoiceCirculation.approval",)
    assert len(rights.missing({}, circulated=False)) == len(rights.NEEDS) - 2
