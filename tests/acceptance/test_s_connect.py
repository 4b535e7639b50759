"""S01, S06-S09: Scoro's keys are entered, kept and used; without them nothing moves."""

from decimal import Decimal

import pytest

from tests.acceptance.conftest import Firm
from tests.support.pages import Pages
from tilisilta.store.models import Connection, Role, Run


@pytest.mark.feature("S01")
def test_scoro_sells_and_smartaccounts_keeps_the_books(firm: Firm):
    firm.connect("scoro")
    firm.connect("smartaccounts")
    pages = firm.pages.open("integrations/new/")
    assert "Scoro" in pages.choices("source").values()
    assert "SmartAccounts" in pages.choices("target").values()
    firm.pair()
    assert "Scoro" in firm.pages.text
    assert "SmartAccounts" in firm.pages.text
    firm.settle()
    firm.bring("sales_invoices", "2026-06-03", "2026-06-03")

    # The ledger that Scoro does not have: debit receivable, credit turnover and VAT of Scoro's invoice.
    sold = firm.scoro.invoice("2026-041")
    (entry,) = [
        each
        for each in firm.smart.books()["entries"]
        if each["document"] == "2026-041" and each["docType"] == "CLIENT_INVOICE"
    ]
    amounts = {row["account"]: (row["debitAmount"], row["creditAmount"]) for row in entry["rows"]}
    assert amounts["1031"] == ("2711.88", "0.00")
    assert amounts["2315"] == ("0.00", sold["vat_sum"])
    turnover = [Decimal(credit) for account, (_debit, credit) in amounts.items() if account.startswith("30")]
    assert sum(turnover) == Decimal(sold["sum"])


@pytest.mark.feature("S06")
def test_without_scoros_keys_nothing_can_be_tied_or_moved(firm: Firm):
    firm.connect("smartaccounts")
    assert "First connect a source and a target" in firm.pages.open("integrations/new/").text

    pages = firm.pages.open("connections/new/scoro/")
    pages.press("Save and test", status=422, setting_base_url=firm.scoro.emulated.base_url)
    assert "This field is required" in pages.text
    assert firm.scoro.emulated.requests()["total"] == 0
    assert "Scoro" not in firm.pages.open("connections/").rows("Scoro")

    firm.connect("scoro")
    firm.pair()
    firm.settle()
    firm.bring("sales_invoices", "2026-06-03", "2026-06-03")
    assert firm.smart.sale("2026-041")["totalAmount"] == "2711.88"


@pytest.mark.feature("S06")
def test_a_deactivated_connection_moves_nothing(ready: Firm):
    source = ready.integration.source
    preview = ready.preview("sales_invoices")
    ready.browser(email="teine@naidis.example").open(f"connections/{source.pk}/").press("Deactivate")
    assert "CONNECTION" not in preview.text
    preview.press("Import")
    assert "cannot be used" in preview.messages()
    assert not Run.objects.filter(mode="run").exists()
    assert ready.smart.books()["client_invoices"] == []


@pytest.mark.feature("S07")
def test_the_page_leads_to_scoros_keys_step_by_step(firm: Firm):
    text = firm.pages.open("connections/new/scoro/").text
    steps = [
        "Sign in to Scoro as an administrator",
        "Settings > Site settings > Integrations > Scoro API",
        "Copy the API key and the company account",
        "test the connection",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    # What stands on Scoro's page, put into the fields of this one, is all that Scoro needs.
    keys = firm.scoro.emulated.credentials
    assert {"credential_api_key", "credential_company_account_id"} <= set(firm.pages.field_names())
    firm.connect("scoro")
    assert "The connection works" in firm.pages.messages()
    assert keys["company_account_id"] in firm.pages.text
    assert firm.scoro.emulated.requests()["total"] > 0


@pytest.mark.feature("S08")
def test_an_account_without_activated_api_is_named_with_its_remedy(firm: Firm):
    guide = "If the page shows no key, the API of your account is not activated: ask Scoro to activate it."
    assert guide in firm.pages.open("connections/new/scoro/").text
    firm.scoro.emulated.call("POST", "options", {"api_activated": False})
    pages = firm.connect("scoro")
    assert "The interface is not switched on" in pages.messages()
    assert "Switch it on in that system's settings for connected services, then test the connection" in pages.text
    assert "Needs reconnecting" in pages.open("connections/").row("Scoro")
    firm.connect("smartaccounts")
    firm.pair()
    assert "cannot be used" in _previewed(firm)

    firm.scoro.emulated.call("POST", "options", {"api_activated": True})
    pages.open("connections/").click("Scoro").press("Test the connection")
    assert "The connection works" in pages.messages()
    firm.settle()
    firm.bring("sales_invoices", "2026-06-03", "2026-06-03")
    assert firm.smart.sale("2026-041")["totalAmount"] == "2711.88"


def _previewed(firm: Firm) -> str:
    """Return what the import page tells when a preview cannot even begin."""
    pages = firm.pages.open(f"{firm.home}import/").click("Import: Sales invoices")
    return pages.press("Show what would be added", date_from="2026-06-03", date_to="2026-06-03").messages()


@pytest.mark.feature("S09")
def test_the_connected_services_page_holds_the_keys_and_never_shows_them(firm: Firm):
    pages = firm.pages.open("connections/")
    pages.click("Add a connection").click("Connect Scoro")
    assert pages.heading == "Connect Scoro"
    keys = firm.scoro.emulated.credentials
    pages.press(
        "Save and test",
        credential_api_key=keys["api_key"],
        credential_company_account_id=keys["company_account_id"],
        setting_base_url=firm.scoro.emulated.base_url,
    )
    assert "The connection works" in pages.messages()
    assert "Works" in firm.pages.open("connections/").row("Scoro") or "Active" in pages.row("Scoro")
    for path in (
        "connections/",
        f"connections/{Connection.objects.get().pk}/",
        f"connections/{Connection.objects.get().pk}/edit/",
        "audit/",
    ):
        assert keys["api_key"] not in firm.pages.open(path).source
    assert keys["api_key"].encode() not in bytes(Connection.objects.get().sealed_credentials)

    # The saved keys open Scoro again without being typed again, and a new key takes the old one's place.
    firm.scoro.emulated.call("POST", "options", {"api_key": "ScoroAPI_uus"})
    pages.open("connections/").click("Scoro").press("Test the connection")
    assert "The key was not accepted" in pages.text
    pages.click("Reconnect").press("Save and test", credential_api_key="ScoroAPI_uus")
    assert "The connection works" in pages.messages()


@pytest.mark.feature("S09")
def test_only_administrators_see_the_fields_for_keys(firm: Firm):
    firm.connect("scoro")
    for role in (Role.VIEWER, Role.ACCOUNTANT):
        pages = firm.browser(role)
        pages.open("connections/new/scoro/", status=403)
        pages.open(f"connections/{Connection.objects.get().pk}/edit/", status=403)
        assert firm.scoro.emulated.credentials["api_key"] not in pages.source


# --- keys that stop working while data moves -----------------------------------------------------------------


def _reconnect(pages: Pages, name: str) -> Pages:
    return pages.open("connections/").click(name).press("Test the connection")


@pytest.mark.feature("S06")
@pytest.mark.feature("S09")
def test_a_key_revoked_at_the_target_during_a_run_loses_nothing(ready: Firm):
    fault = {"kind": "unauthorized", "times": None, "after": 5, "match": {"path": "invoices:add"}}
    ready.smart.emulated.faults(fault)
    run = ready.bring("sales_invoices", "2026-06-01", "2026-08-31")
    assert "The key was not accepted" in run.text
    assert len(ready.smart.books()["client_invoices"]) == 5
    assert "needs" in ready.pages.open("connections/").row("SmartAccounts").lower()
    assert "cannot be used" in _previewed(ready)

    ready.smart.emulated.clear_faults()
    assert "The connection works" in _reconnect(ready.pages, "SmartAccounts").messages()
    ready.bring("sales_invoices", "2026-06-01", "2026-08-31")
    numbers = sorted(each["invoiceNumber"] for each in ready.smart.books()["client_invoices"])
    expected = sorted(
        each["no"]
        for each in ready.scoro.books()["invoices"]
        if "2026-06-01" <= each["date"] <= "2026-08-31" and each["no"] != "2026-044"
    )
    assert numbers == expected
    assert ready.smart.emulated.summary()["duplicates"]["client_invoices"] == []


@pytest.mark.feature("S06")
@pytest.mark.feature("S09")
def test_a_key_revoked_at_scoro_stops_the_run_until_it_is_entered_anew(ready: Firm):
    ready.scoro.emulated.call("POST", "options", {"api_key": "ScoroAPI_uus"})
    pages = ready.preview("sales_invoices")
    assert "The key was not accepted" in pages.text
    assert "Import" not in pages.buttons()
    assert ready.smart.books()["client_invoices"] == []
    pages.open("connections/").click("Scoro").click("Reconnect").press(
        "Save and test", credential_api_key="ScoroAPI_uus"
    )
    assert "The connection works" in pages.messages()
    ready.bring("sales_invoices", "2026-06-03", "2026-06-03")
    assert ready.smart.sale("2026-041")["totalAmount"] == "2711.88"
