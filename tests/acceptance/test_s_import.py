"""S02-S04, S10, S11, S14-S22: the import page, its dates, the preview, and what an import writes."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from tests.acceptance.conftest import KINDS, Firm
from tests.support.pages import Pages
from tilisilta.store.models import Role

FROM_SCORO = ("sales_invoices", "purchase_invoices", "payments")
WRITES = (":add", ":edit", ":delete")
# The demo's one invoice with a discount on the whole document needs an item for it, which a person must choose.
ALLOWANCE = "2026-044"
LINE = {"product_id": 75, "price": "100.00", "amount": "1", "vat_code_id": 1}


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the moment that the import pages take for now."""

    def turn_to(moment: str) -> None:
        now = dt.datetime.fromisoformat(moment)
        monkeypatch.setattr("tilisilta.services.imports.timezone", SimpleNamespace(now=lambda: now))

    return turn_to


def total(documents: list[dict[str, Any]], *names: str) -> Decimal:
    return sum((abs(Decimal(each[name])) for each in documents for name in names), Decimal(0))


def writes(firm: Firm) -> list[str]:
    """Return the calls that changed something in SmartAccounts."""
    return [name for name in firm.smart.emulated.requests()["endpoints"] if name.endswith(WRITES)]


def shown(day: str) -> str:
    """Return a day as English pages write it."""
    date = dt.date.fromisoformat(day)
    return f"{date.day} {date:%b} {date.year}"


# --- what arrives --------------------------------------------------------------------------------------------


@pytest.mark.feature("S02")
def test_bills_become_purchase_invoices_to_the_cent(ready: Firm):
    run = ready.bring("purchase_invoices")
    assert "Done" in run.text
    bills = {each["no"]: each for each in ready.scoro.books()["bills"]}
    books = {each["invoiceNumber"]: each for each in ready.smart.books()["vendor_invoices"]}
    assert books.keys() == bills.keys()
    for number, bill in bills.items():
        entered = books[number]
        assert Decimal(entered["amount"]) == Decimal(bill["sum"]), number
        assert Decimal(entered["vatAmount"]) == Decimal(bill["vat_sum"]), number
        assert entered["date"] == dt.date.fromisoformat(bill["date"]).strftime("%d.%m.%Y")
        assert entered["dueDate"] == dt.date.fromisoformat(bill["deadline"]).strftime("%d.%m.%Y")
        assert entered["partner"]["name"] == bill["company_name"]
        assert len(entered["rows"]) == len(bill["lines"])
    assert ready.smart.emulated.summary()["entries"]["unbalanced"] == 0


@pytest.mark.feature("S03")
def test_sales_invoices_arrive_to_the_cent_with_their_credit_notes(ready: Firm):
    ready.bring("sales_invoices")
    sold = {each["no"]: each for each in ready.scoro.books()["invoices"] if each["no"] != ALLOWANCE}
    books = {each["invoiceNumber"]: each for each in ready.smart.books()["client_invoices"]}
    assert books.keys() == sold.keys()
    for number, invoice in sold.items():
        entered = books[number]
        is_credit = Decimal(invoice["sum"]) < 0
        assert abs(Decimal(entered["amount"])) == abs(Decimal(invoice["sum"])), number
        assert abs(Decimal(entered["vatAmount"])) == abs(Decimal(invoice["vat_sum"])), number
        assert (entered["type"] == "CRE") == is_credit, number
        assert entered["referenceNumber"] == invoice["reference_no"]
        assert entered["currency"] == invoice["currency"]
    summary = ready.smart.emulated.summary()
    assert summary["credit_invoices"]["gross"] == ready.scoro.emulated.summary()["credit_invoices"]["gross"]
    assert summary["duplicates"]["client_invoices"] == []


@pytest.mark.feature("S03")
def test_a_credit_note_of_the_same_import_is_tied_to_its_invoice(ready: Firm):
    ready.bring("sales_invoices")
    for note, invoice in (("2026-051", "2026-047"), ("2026-056", "2026-041")):
        assert ready.smart.sale(note)["baseForCreditInvoiceId"] == ready.smart.sale(invoice)["id"]


@pytest.mark.feature("S03")
def test_an_invoice_with_a_discount_waits_for_its_item_and_then_goes(ready: Firm):
    run = ready.bring("sales_invoices", "2026-07-06", "2026-07-06")
    assert "No item is chosen for rows without one" in run.text
    assert ready.smart.books()["client_invoices"] == []
    ready.smart.call(
        "purchasesales/articles:add",
        {"code": "SOODUS", "description": "Soodustus", "type": "SERVICE", "activeSales": True},
    )
    ready.pages.open(f"connections/{ready.integration.target.pk}/")
    if "Read again Items" in ready.pages.buttons():
        ready.pages.press("Read again Items")
    ready.pages.open(f"{ready.home}settings/").press("Save", allowance_item="SOODUS")
    ready.pages.open("problems/").press("Try all again", within="No item is chosen")
    ready.resent()
    assert ready.smart.sale(ALLOWANCE)["totalAmount"] == "1884.56"


@pytest.mark.feature("S04")
def test_payments_settle_the_invoices_that_they_paid(ready: Firm):
    ready.bring("sales_invoices")
    ready.bring("purchase_invoices")
    run = ready.bring("payments")
    books = ready.smart.books()
    paid = {row["id"] for payment in books["payments"] for row in payment["rows"]}
    for kind, side in (("invoices", "client_invoices"), ("bills", "vendor_invoices")):
        documents = {each["no"]: each for each in ready.scoro.books()[kind]}
        for entered in books[side]:
            received = sum(
                (Decimal(part["sum"]) for part in ready.scoro.receipts_of(entered["invoiceNumber"])), Decimal(0)
            )
            settled = Decimal(entered["totalAmount"]) - Decimal(entered["outstandingAmount"])
            assert settled == received, (entered["invoiceNumber"], run.text)
            assert (entered["id"] in paid) == (received != 0)
        assert documents
    cash = [each for each in books["payments"] if each["accountType"] == "CASH"]
    assert [each["amount"] for each in cash] == ["102.89"]
    assert ready.smart.emulated.summary()["duplicates"]["payments"] == []
    # The payment of the invoice that still waits is listed with the reason.
    assert "The payment is of a document from elsewhere" in run.text


@pytest.mark.feature("S03")
@pytest.mark.feature("S04")
def test_foreign_currency_stays_what_it_is(ready: Firm):
    ready.bring("sales_invoices", "2026-07-28", "2026-07-28")
    ready.bring("payments", "2026-08-14", "2026-08-14")
    invoice = ready.smart.sale("2026-046")
    assert (invoice["currency"], invoice["totalAmount"], invoice["outstandingAmount"]) == ("USD", "1900.00", "0.00")
    (payment,) = ready.smart.books()["payments"]
    assert (payment["currency"], payment["amount"]) == ("USD", "1900.00")
    assert ready.smart.emulated.summary()["entries"]["unbalanced"] == 0


# --- the page ------------------------------------------------------------------------------------------------


@pytest.mark.feature("S10")
@pytest.mark.feature("S11")
@pytest.mark.feature("S15")
@pytest.mark.feature("S22")
def test_one_page_holds_every_import_with_its_direction_and_button(ready: Firm):
    pages = ready.pages.open("integrations/").click("Scoro – SmartAccounts").click("Import from Scoro")
    assert pages.heading == "Import from Scoro"
    lines = pages.rows()
    assert [line.split(" | ")[0] for line in lines] == list(KINDS.values())
    assert all("Scoro → SmartAccounts" in line for line in lines)
    # Each button does its own import, and the documents of that kind are what comes.
    for kind, name in KINDS.items():
        before = ready.smart.emulated.summary()
        ready.bring(kind)
        after = ready.smart.emulated.summary()
        place = {
            "sales_invoices": "client_invoices",
            "purchase_invoices": "vendor_invoices",
            "payments": "payments",
            "parties": "clients",
            "items": "articles",
        }[kind]
        if kind in FROM_SCORO:
            assert after[place]["count"] > before[place]["count"], name
    # The way back has its own direction.
    ready.pages.open(f"{ready.home}settings/").press("Save", payments_master="target", send_payments_back=True)
    lines = ready.pages.open(f"{ready.home}import/").rows()
    assert [line for line in lines if "SmartAccounts → Scoro" in line]
    assert not [line for line in lines if line.startswith("Payments | Scoro")]


@pytest.mark.feature("S14")
@pytest.mark.feature("S15")
@pytest.mark.feature("S16")
def test_all_kinds_are_imported_in_the_same_steps(ready: Firm):
    steps = {}
    for kind in FROM_SCORO:
        pages = ready.pages.open(f"{ready.home}import/").click(f"Import: {KINDS[kind]}", within=KINDS[kind])
        fields = pages.field_names()
        pages.press("Show what would be added", date_from="2026-06-01", date_to="2026-06-30").wait_for_run()
        head = pages.heading.replace(KINDS[kind], "")
        buttons = [each for each in pages.buttons() if each in {"Import", "Cancel"}]
        pages.press("Import").wait_for_run()
        steps[kind] = (tuple(fields), head, tuple(buttons), pages.heading.replace(KINDS[kind], ""))
    assert len(set(steps.values())) == 1
    books = ready.smart.books()
    assert len(books["client_invoices"]) == 3
    assert len(books["vendor_invoices"]) == 2
    assert len(books["payments"]) == 3


@pytest.mark.feature("S16")
def test_the_chosen_days_bound_what_comes_both_ends_included(ready: Firm):
    ready.bring("sales_invoices", "2026-06-15", "2026-06-29")
    numbers = {each["invoiceNumber"] for each in ready.smart.books()["client_invoices"]}
    expected = {each["no"] for each in ready.scoro.books()["invoices"] if "2026-06-15" <= each["date"] <= "2026-06-29"}
    assert numbers == expected == {"2026-042", "2026-043"}

    pages = ready.pages.open(f"{ready.home}import/").click("Import: Sales invoices")
    pages.press("Show what would be added", status=422, date_from="2026-06-30", date_to="2026-06-01")
    assert "The last day is before the first one" in pages.text


@pytest.mark.feature("S17")
@pytest.mark.feature("S18")
@pytest.mark.feature("S19")
def test_the_pages_own_example(ready: Firm, calendar: Any):
    """Imported 1-10 January; opened on 13 January, 11-12 January is offered, for the 13th is not over."""
    days = ["2026-01-01", "2026-01-10", "2026-01-11", "2026-01-12", "2026-01-13"]
    for day in days:
        ready.scoro.write("invoices", no=f"JAAN-{day[-2:]}", date=day, company_id=34, lines=[LINE])
    calendar("2026-01-11T08:00:00+00:00")
    pages = ready.bring("sales_invoices", "2026-01-01", "2026-01-10")
    assert {each["invoiceNumber"] for each in ready.smart.books()["client_invoices"]} == {"JAAN-01", "JAAN-10"}

    # It is the 13th in Tallinn from 22:00 UTC of the 12th on.
    for moment in ("2026-01-12T22:30:00+00:00", "2026-01-13T09:00:00+00:00", "2026-01-13T21:59:00+00:00"):
        calendar(moment)
        pages.open(f"{ready.home}import/")
        assert "11 Jan 2026 – 12 Jan 2026" in pages.row("Sales invoices")
        pages.click("Import: Sales invoices")
        assert (pages.value("date_from"), pages.value("date_to")) == ("2026-01-11", "2026-01-12")
        assert "1 Jan 2026 – 10 Jan 2026" in pages.text
    pages.press("Show what would be added").wait_for_run().press("Import").wait_for_run()
    numbers = {each["invoiceNumber"] for each in ready.smart.books()["client_invoices"]}
    assert numbers == {"JAAN-01", "JAAN-10", "JAAN-11", "JAAN-12"}

    # Nothing is left to offer that day; the next day the 13th is.
    pages.open(f"{ready.home}import/")
    assert "Everything up to yesterday is imported" in pages.row("Sales invoices")
    calendar("2026-01-14T09:00:00+00:00")
    pages.open(f"{ready.home}import/").click("Import: Sales invoices")
    assert (pages.value("date_from"), pages.value("date_to")) == ("2026-01-13", "2026-01-13")


@pytest.mark.feature("S17")
def test_each_kind_keeps_its_own_dates(ready: Firm, calendar: Any):
    calendar("2026-07-20T08:00:00+00:00")
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    ready.bring("purchase_invoices", "2026-06-01", "2026-07-10")
    offered = {}
    for kind in ("sales_invoices", "purchase_invoices"):
        ready.pages.open(f"{ready.home}import/").click(f"Import: {KINDS[kind]}")
        offered[kind] = (ready.pages.value("date_from"), ready.pages.value("date_to"))
    assert offered == {
        "sales_invoices": ("2026-07-01", "2026-07-19"),
        "purchase_invoices": ("2026-07-11", "2026-07-19"),
    }
    assert len(ready.smart.books()["client_invoices"]) == 3
    assert len(ready.smart.books()["vendor_invoices"]) == 2


@pytest.mark.feature("S19")
def test_the_present_day_is_neither_offered_nor_taken_unasked(ready: Firm):
    today = timezone.localdate(timezone=ZoneInfo("Europe/Tallinn")).isoformat()
    ready.scoro.write("invoices", no="POOLELI-1", date=today, company_id=34, lines=[LINE])
    pages = ready.pages.open(f"{ready.home}import/").click("Import: Sales invoices")
    assert pages.value("date_to") < today
    pages.press("Show what would be added", status=422, date_from=today, date_to=today)
    assert "Today is not over yet" in pages.text
    pages.open(f"{ready.home}import/").click("Import: Sales invoices").press("Show what would be added")
    pages.wait_for_run()
    assert "POOLELI-1" not in pages.text
    pages.press("Import").wait_for_run()
    assert ready.smart.books()["client_invoices"] == []


# --- preview and confirmation --------------------------------------------------------------------------------


@pytest.mark.feature("S20")
@pytest.mark.feature("S21")
def test_the_preview_lists_what_comes_and_writes_nothing_until_import_is_pressed(ready: Firm):
    before = ready.smart.books()
    pages = ready.preview("sales_invoices", "2026-06-01", "2026-06-30")
    assert "What an import would add to SmartAccounts" in pages.text
    for number in ("2026-041", "2026-042", "2026-043"):
        invoice = ready.scoro.invoice(number)
        line = pages.row(number)
        assert f"{Decimal(invoice['sum']):,}" in line
        assert f"{Decimal(invoice['sum']) + Decimal(invoice['vat_sum']):,}" in line
        assert shown(invoice["date"]) in line
        assert "Will be added" in line
    for name in ("Põhjala Puit OÜ", "Mereranna Majutus AS", "Kontorilaud", "Kontoritool", "Käsiraamat"):
        assert name in pages.text
    assert ready.smart.books() == before
    assert writes(ready) == []

    pages.press("Import").wait_for_run()
    books = ready.smart.books()
    assert {each["invoiceNumber"] for each in books["client_invoices"]} == {"2026-041", "2026-042", "2026-043"}
    assert len(books["clients"]) == 3
    assert total(books["client_invoices"], "totalAmount") == Decimal("2921.66")


@pytest.mark.feature("S20")
def test_the_preview_of_every_kind_leaves_the_books_as_they_are(ready: Firm):
    before = ready.smart.books()
    for kind, name in KINDS.items():
        pages = ready.preview(kind)
        assert "Done" in pages.text, name
        assert pages.rows(), name
    assert ready.smart.books() == before
    assert writes(ready) == []


@pytest.mark.feature("S21")
def test_who_may_only_read_sees_the_preview_but_cannot_import(ready: Firm):
    number = ready.preview("sales_invoices").number()
    viewer = ready.browser(Role.VIEWER)
    viewer.open(f"runs/{number}/")
    assert "2026-041" in viewer.text
    assert "Import" not in viewer.buttons()
    answer = viewer.client.post(f"/c/{ready.company.pk}/runs/{number}/import/")
    assert answer.status_code == 403
    assert ready.smart.books()["client_invoices"] == []


@pytest.mark.feature("S21")
def test_two_people_who_press_import_at_once_get_one_run(ready: Firm):
    """Both have the same preview before them; the books hold each invoice once."""
    number = ready.preview("sales_invoices", "2026-06-01", "2026-06-30").number()
    both = [ready.browser(Role.ACCOUNTANT, f"{name}@naidis.example").open(f"runs/{number}/") for name in ("a", "b")]
    ready.smart.emulated.faults({"kind": "delay", "ms": 300, "times": None, "match": {"path": "api/purchasesales"}})

    def press(pages: Pages) -> int:
        try:
            return pages.press("Import").number()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        first, second = people.map(press, both)
    assert first == second != number
    both[0].wait_for_run()
    numbers = sorted(each["invoiceNumber"] for each in ready.smart.books()["client_invoices"])
    assert numbers == ["2026-041", "2026-042", "2026-043"]
    assert len(ready.smart.books()["clients"]) == 3


@pytest.mark.feature("S21")
@pytest.mark.feature("S22")
def test_both_sides_agree_after_an_import(ready: Firm):
    ready.bring("purchase_invoices")
    pages = ready.pages.open(f"{ready.home}import/").press("Compare: Purchase invoices").wait_for_run()
    bills = ready.scoro.emulated.summary()["bills"]
    assert "Agree10" in pages.text
    assert "Differ0" in pages.text
    assert pages.rows("SmartAccounts") == ["EUR | 5,907.61 (10) | 5,907.61 (10) | 0.00"]
    assert ready.smart.emulated.summary()["vendor_invoices"]["gross"] == bills["gross"]
