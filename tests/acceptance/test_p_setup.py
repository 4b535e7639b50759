"""P01 to P38: a firm takes Procountor into use on the pages: first closed periods, then document by document."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail

from tests.acceptance.procountor_firm import ProcountorFirm
from tests.support.emulators import Emulators
from tests.support.pages import words
from tests.support.workspace import line
from tilisilta.services import connections, integrations
from tilisilta.services.audit import entries
from tilisilta.services.forwarding import asking
from tilisilta.store.models import Binding, ClosedPeriod, Connection, Integration, MappingRow, Run, User


def _connects_with_a_key_that_is_masked(firm: ProcountorFirm) -> Connection:
    # The key is made in Procountor for our client id and a user; it is pasted once and masked after.
    page = firm.pages.open("connections/new/procountor/")
    for said in ("Basics > API keys", "choose that user", "Enter the client id", "accountant is enough"):
        assert said in page.text
    made = firm.procountor.call("POST", "apikeys", {"client_id": firm.procountor.credentials["client_id"]})
    page = firm.connect(api_key=made["secret"])
    connection = Connection.objects.get(company=firm.company, vendor="procountor")
    company = firm.procountor.books()["company"]["name"]
    assert (connection.state, connection.environment) == ("active", company)
    page = firm.pages.go("connection-detail", connection.pk)
    assert company in page.text
    assert made["secret"] not in page.source
    assert made["secret"][-4:] in page.text
    assert "sales.salesOrGroupInvoices" in page.text  # the least rights, each by its name
    return connection


def _asks_for_the_level_until_it_is_switched_on(firm: ProcountorFirm, settings: Any) -> None:
    # Without the operator's switch there is no choice of level, and closed periods go first.
    integration = firm.integration
    page = firm.pages.go("integration-settings", integration.pk)
    assert "level" not in page.field_names()
    runs_it = User.objects.create_user("ylläpito@palvelu.fi", "x" * 20, is_superuser=True)
    page.press("Ask for it")
    assert "whoever runs Tilisilta is told" in firm.pages.messages()
    assert "Asked for:" in firm.pages.go("integration-settings", integration.pk).text
    # The operator gets an e-mail, and the command lists it; the company's owner finds it among the notices.
    (sent,) = [each for each in mail.outbox if each.to == [runs_it.email]]
    # In the company's language: operators have none of their own here.
    assert f"ettevõtte number {firm.company.pk} lisatakse seadesse TILISILTA_DOCUMENT_LEVEL" in sent.body
    assert [each.pk for each in asking.waiting()] == [integration.pk]
    assert "asks for sending document by document" in firm.pages.open("notices/").text
    assert "integration.level_requested" in {each.action for each in entries(firm.company)}
    assert Integration.objects.get(pk=integration.pk).settings["level"] == "period"
    settings.DOCUMENT_LEVEL = f"{firm.company.pk + 1000}, {firm.company.pk}"
    page = firm.pages.go("integration-settings", integration.pk)
    assert "Ask for it" not in page.buttons()
    assert asking.waiting() == []
    # Nothing is asked that makes no sense here: no stock, no items.
    assert not {"stock_tag", "warehouse", "default_item", "item_policy", "rounding_item"} & set(page.field_names())
    assert "Laoartikkel" not in page.source
    firm.choose(level="document", purchase_posting="source")
    assert firm.integration.settings["level"] == "document"


def _fills_the_tables_until_nothing_that_is_used_lacks(firm: ProcountorFirm) -> None:
    integration = firm.integration
    # The table of accounts: ours, its rate, Procountor's, its VAT status, sales and purchases.
    page = firm.table()
    heads = " | ".join(str(each.text_content()).strip() for each in page.document.iter("th"))
    assert "VAT rate | Procountor | VAT code of sales | VAT code of purchases | Sales | Purchases" in heads
    # The statuses are Procountor's own, each on the sides that it has there, by number and text.
    held = firm.there("GET", "/vats/default")["vatStatuses"]
    for side, name in (("sales", "vat_code_sales"), ("purchase", "vat_code_purchases")):
        theirs = {f"{each['vatStatus']} {each['description']}" for each in held if each[side]}
        assert set(page.choices(name).values()) - {"–", "– choose –"} == theirs
        assert {"1 Domestic", "12 No VAT handling"} <= theirs
    checklist = firm.pages.go("integration-checklist", integration.pk)
    assert "3 accounts have no match or no VAT code yet" in checklist.text
    firm.map_accounts(leave=("3010",))
    assert "1 account has no match or no VAT code yet" in firm.pages.go("integration-checklist", integration.pk).text
    firm.map_accounts()
    saved = firm.table().row("3000 ")
    assert [each.strip() for each in saved.split(" | ")][1] == "25.5 %"
    row = MappingRow.objects.get(integration=integration, table="accounts", source_key="3000", vat_rate="25.5")
    assert (row.target_key, row.extra["vat_code_sales"]) == ("3000", "1")
    # VAT that the invoices use and nobody mapped yet is named, though no document has gone.
    assert "3 rows have no match yet" in firm.pages.go("integration-checklist", integration.pk).text
    missing = firm.pages.go("mapping-table", integration.pk, "vat_codes", missing="1")
    assert len(missing.rows()) == 3  # two rates of the sale, one of the purchase
    firm.map_rates()
    assert firm.pages.go("mapping-table", integration.pk, "vat_codes", missing="1").rows() == []
    checklist = firm.pages.go("integration-checklist", integration.pk)
    assert "The bank connection for reference payments is on in Procountor" in checklist.text
    assert "Procountor gets them from the bank" in checklist.text
    assert "Activate" not in checklist.buttons()


def _corrects_the_company_that_the_key_opens(firm: ProcountorFirm, connection: Connection) -> None:
    integration = firm.integration
    # The key opens the books of another company than this one: said at the connection, and on the checklist.
    there = firm.procountor.books()["company"]["businessIdentifier"]["code"]
    assert f"registry code {there}" in firm.pages.go("connection-detail", connection.pk).text
    assert "Make the key in the right company" in firm.pages.go("integration-checklist", integration.pk).text
    firm.pages.open("settings/").press("Save", registry_code=there)
    checklist = firm.pages.go("integration-checklist", integration.pk)
    assert "The key of Procountor opens the books of this company – done" in checklist.text
    assert "The keys open" not in firm.pages.go("connection-detail", connection.pk).text


@pytest.mark.feature(
    *("P01", "P02", "P04", "P06", "P07", "P08", "P09", "P10", "P11", "P12", "P13", "P14", "P17", "P19", "P20"),
    *("P22", "P23", "P24", "P25", "P26", "P27", "P28", "P29", "P30", "P31", "P32", "P33", "P37", "P59", "P78"),
)
def test_a_firm_without_bookkeeping_before_sets_procountor_up_to_ready(procountor_firm: ProcountorFirm, settings: Any):
    firm = procountor_firm
    settings.DOCUMENT_LEVEL = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    firm.sell(line("100", "25.5"), line("50", "13.5", position=2, description="Kirja"))
    firm.buy("ALKU-1", post=True)
    connection = _connects_with_a_key_that_is_masked(firm)
    firm.tie()
    integration = firm.integration
    _asks_for_the_level_until_it_is_switched_on(firm, settings)
    _fills_the_tables_until_nothing_that_is_used_lacks(firm)
    _corrects_the_company_that_the_key_opens(firm, connection)
    firm.pages.go("integration-coverage", integration.pk)
    for kind in ("Sales invoice ", "Purchase invoice "):  # each side says so for itself
        (section,) = [
            each for each in firm.pages.document.find_class("section")
            if words(each.find(".//h2")).startswith(kind)
        ]  # fmt: skip
        for said in ("Notes do not move", "Dimensions do not move", "Only the picture of the invoice moves"):
            assert said in words(section), kind
    firm.be_ready()
    assert Integration.objects.get(pk=integration.pk).state == "ready"
    sold = firm.sell()
    firm.settled()
    (held,) = firm.held()
    assert (held["originalInvoiceNumber"], firm.entries(held)) == (sold.number, firm.posted(sold))


@pytest.mark.feature("P02", "P03", "P05", "P15", "P16", "P52", "P92")
def test_a_firm_that_closed_months_before_changes_over_once_they_are_closed(
    procountor_firm: ProcountorFirm, emulators: Emulators
):
    firm = procountor_firm
    early = {"date": dt.date(2026, 10, 6)}
    firm.sell(**early)
    firm.buy("LOKA-1", post=True, **early)
    firm.connect()
    firm.tie()
    firm.map_accounts()
    Integration.objects.filter(company=firm.company).update(state="ready")
    # Month level: October's sales go as one journal, and once more without a second one.
    october = {"date_from": "2026-10-01", "date_to": "2026-10-31"}
    page = firm.pages.go("sales-list").click("Close the accounting period")
    page.press("Check these days", **october).press("Close 1 Oct 2026")
    firm.closed()
    period = ClosedPeriod.objects.get()
    assert (period.state, firm.held()) == ("sent", []), firm.pages.go("period-detail", period.pk).text
    journals = _journals(firm)
    assert len(journals) == 1
    firm.pages.go("period-detail", period.pk).press("Send again")
    firm.closed()
    assert [len(_journals(firm)), ClosedPeriod.objects.get().state] == [1, "sent"]
    # Purchases of October are open yet: the change is refused, with the reason.
    page = firm.choose(level="document")
    assert "1 invoices and payments dated before" in page.text
    assert firm.integration.settings["level"] == "period"
    page = firm.pages.go("purchase-list").click("Close the accounting period")
    page.press("Check these days", **october).press("Close 1 Oct 2026")
    firm.closed()
    before, tied = len(_journals(firm)), Binding.objects.count()
    # Another bookkeeping that is still tied is put aside first; its history stays.
    other = connections.create_connection(
        firm.owner, vendor="netvisor", name="Netvisor", credentials=emulators["netvisor"].credentials,
        settings={"base_url": emulators["netvisor"].base_url},
    )  # fmt: skip
    own = Connection.objects.get(company=firm.company, vendor="workspace")
    old = integrations.create_integration(firm.owner, own, other)
    Integration.objects.filter(pk=old.pk).update(state="ready")
    page = firm.choose(level="document")
    assert "still carries the books" in page.text
    assert firm.integration.settings["level"] == "period"
    firm.pages.go("connection-detail", other.pk).press("Deactivate")
    firm.choose(level="document", purchase_posting="target")
    assert Integration.objects.filter(pk=old.pk).exists()
    assert firm.integration.settings["level"] == "document"
    firm.map_rates()
    # What went with a period is never sent again by itself; what comes now goes one by one.
    sold = firm.sell()
    firm.settled()
    assert [each["originalInvoiceNumber"] for each in firm.held()] == [sold.number]
    runs = Run.objects.count()
    page = firm.pages.go("sales-list").click("Close the accounting period")
    page.press("Check these days", date_from="2026-11-01", date_to="2026-11-20").press("Close 1 Nov 2026")
    firm.settled()
    assert (len(_journals(firm)), Run.objects.count()) == (before, runs)
    assert Binding.objects.count() > tied  # the id map of before is still there


def _journals(firm: ProcountorFirm) -> list[dict[str, Any]]:
    books = firm.procountor.books()["ledger_receipts"]
    return [each for each in books if each["type"] == "JOURNAL" and each["status"] != "INVALIDATED"]
