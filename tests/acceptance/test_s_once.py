"""S12 and S13: what was imported once is never updated; a later change or deletion is shown."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.acceptance.conftest import Firm

LINE = {"product_id": 75, "price": "100.00", "amount": "1", "vat_code_id": 1}


def entered(firm: Firm) -> list[dict]:
    """Return the invoices and bills as SmartAccounts holds them."""
    books = firm.smart.books()
    return [*books["client_invoices"], *books["vendor_invoices"]]


def edits(firm: Firm) -> dict[str, int]:
    endpoints = firm.smart.emulated.requests()["endpoints"]
    return {name: count for name, count in endpoints.items() if name.endswith((":edit", ":delete"))}


@pytest.mark.feature("S12")
def test_importing_the_same_days_again_adds_and_changes_nothing(ready: Firm):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    ready.bring("purchase_invoices", "2026-06-01", "2026-06-30")
    before = ready.smart.books()
    pages = ready.preview("sales_invoices", "2026-06-01", "2026-06-30")
    assert "Known already" in pages.row("2026-041")
    run = pages.press("Import").wait_for_run()
    assert "Known already3" in run.text
    assert "Went to the target0" in run.text
    ready.bring("purchase_invoices", "2026-06-01", "2026-06-30")
    assert ready.smart.books() == before


@pytest.mark.feature("S12")
@pytest.mark.feature("S13")
@pytest.mark.parametrize("way", ["same days", "later days"])
def test_a_document_changed_at_scoro_is_shown_and_never_updated(ready: Firm, way: str):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    before = ready.smart.sale("2026-042")
    sold = ready.scoro.invoice("2026-042")
    ready.scoro.write(
        "invoices", sold["id"], lines=[{"product_id": 76, "price": "999.00", "amount": "1", "vat_code_id": 1}]
    )
    assert ready.scoro.invoice("2026-042")["sum"] == "999.00"

    days = ("2026-06-01", "2026-06-30") if way == "same days" else ("2026-07-01", "2026-07-05")
    run = ready.bring("sales_invoices", *days)
    assert "Differ1" in run.text
    assert ready.smart.sale("2026-042") == before
    assert edits(ready) == {}
    assert len(entered(ready)) == 3

    pages = ready.pages.open("documents/?q=2026-042")
    assert "Changed since" in pages.row("2026-042")
    pages.click("2026-042")
    assert "changed at the source" in pages.text.lower()
    # Asking again changes nothing either.
    ready.bring("sales_invoices", *days)
    assert ready.smart.sale("2026-042") == before


@pytest.mark.feature("S12")
def test_a_customer_renamed_at_scoro_does_not_overwrite_the_one_in_the_books(ready: Firm):
    ready.bring("sales_invoices", "2026-06-03", "2026-06-03")
    before = ready.smart.books()["clients"]
    ready.scoro.write("contacts", 31, name="Põhjala Puit ja Plaat OÜ")
    ready.bring("parties")
    ready.bring("sales_invoices", "2026-07-01", "2026-07-31")
    after = {each["id"]: each for each in ready.smart.books()["clients"]}
    assert after[before[0]["id"]] == before[0]
    assert [each["name"] for each in after.values() if each["regCode"] == "19900120"] == ["Põhjala Puit OÜ"]


@pytest.mark.feature("S13")
@pytest.mark.parametrize("way", ["same days", "later days"])
def test_a_document_deleted_at_scoro_stays_in_the_books_and_is_shown(ready: Firm, way: str):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    before = ready.smart.sale("2026-042")
    ready.scoro.delete("invoices", ready.scoro.invoice("2026-042")["id"])
    days = ("2026-06-01", "2026-06-30") if way == "same days" else ("2026-07-01", "2026-07-05")
    run = ready.bring("sales_invoices", *days)
    assert "Differ1" in run.text
    assert ready.smart.sale("2026-042") == before
    assert edits(ready) == {}
    pages = ready.pages.open("documents/?q=2026-042")
    assert "Changed since" in pages.row("2026-042")
    pages.click("2026-042")
    assert "deleted at the source" in pages.text.lower()


@pytest.mark.feature("S13")
def test_a_payment_deleted_at_scoro_is_shown_too(ready: Firm):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    ready.bring("payments", "2026-06-01", "2026-07-10")
    before = ready.smart.books()["payments"]
    (receipt,) = ready.scoro.receipts_of("2026-042")
    ready.scoro.delete("receipts", receipt["id"])
    run = ready.bring("payments", "2026-07-11", "2026-07-12")
    assert "Differ1" in run.text
    assert ready.smart.books()["payments"] == before


@pytest.mark.feature("S13")
def test_a_deleted_payment_of_two_customers_is_shown_for_both(ready: Firm):
    """One movement on the bank account paid two customers' invoices; the books hold a payment of each."""
    ready.bring("sales_invoices", "2026-08-21", "2026-08-31")
    ready.bring("payments", "2026-09-15", "2026-09-15")
    before = ready.smart.books()["payments"]
    assert sorted(each["amount"] for each in before) == ["158.10", "590.74"]
    (receipt,) = ready.scoro.receipts_of("2026-048")
    ready.scoro.delete("receipts", receipt["id"])
    run = ready.bring("payments", "2026-09-16", "2026-09-17")
    assert "Differ2" in run.text
    assert ready.smart.books()["payments"] == before


@pytest.mark.feature("S13")
def test_days_that_are_not_over_come_only_when_it_is_said_so(ready: Firm):
    today = timezone.localdate(timezone=ZoneInfo("Europe/Tallinn")).isoformat()
    ready.scoro.write("invoices", no="TANA-1", date=today, company_id=34, lines=[LINE])
    pages = ready.pages.open(f"{ready.home}import/").click("Import: Sales invoices")
    assert "will not be changed or deleted at the source any more" in pages.text
    assert "accepts_open_days" not in pages.field_names()
    pages.press("Show what would be added", status=422, date_from=today, date_to=today)
    assert "Today is not over yet" in pages.text
    assert ready.smart.books()["client_invoices"] == []

    pages.press("Show what would be added", accepts_open_days=True).wait_for_run()
    pages.press("Import").wait_for_run()
    before = ready.smart.sale("TANA-1")
    ready.scoro.write("invoices", ready.scoro.invoice("TANA-1")["id"], lines=[{**LINE, "price": "120.00"}])
    # The risk that the page named has come true: the later change is a difference, no update.
    run = ready.bring("sales_invoices", "2026-06-01", "2026-06-02")
    assert "Differ1" in run.text
    assert ready.smart.sale("TANA-1") == before


@pytest.mark.feature("S13")
def test_what_was_deleted_before_its_import_never_comes(ready: Firm):
    ready.bring("sales_invoices", "2026-10-12", "2026-10-12")
    assert ready.smart.books()["client_invoices"] == []


@pytest.mark.feature("S13")
def test_comparing_both_sides_names_what_differs(ready: Firm):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    sold = ready.scoro.invoice("2026-042")
    ready.scoro.write(
        "invoices", sold["id"], lines=[{"product_id": 76, "price": "999.00", "amount": "1", "vat_code_id": 1}]
    )
    gone = ready.smart.sale("2026-043")
    ready.smart.call("purchasesales/clientinvoices:delete", {}, id=gone["id"])
    before = ready.smart.books()
    pages = ready.pages.open(f"{ready.home}import/").press("Compare: Sales invoices").wait_for_run()
    assert "Agree1" in pages.text
    assert "Totals differ" in pages.row("2026-042")
    assert "1,238.76 EUR | 106.89 EUR" in pages.row("2026-042")
    assert "No longer in the target" in pages.row("2026-043")
    assert ready.smart.books() == before
