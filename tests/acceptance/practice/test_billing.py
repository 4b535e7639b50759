"""The bureau bills its clients through its own books in Merit: on the pages, and in what Merit holds afterwards."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from tests.emulator.merit_client import VAT24
from tests.support.billing import ITEMS, Billing, make_billing
from tests.support.pages import Pages
from tests.support.product import wait_for
from tilisilta.core.billing import Period
from tilisilta.engine import jobs
from tilisilta.engine.job_workflow import work_here
from tilisilta.services import runs
from tilisilta.services.billing import sending, status
from tilisilta.store.models import (
    BilledInvoice,
    BillingSettings,
    Connection,
    Delivery,
    Flow,
    Integration,
    Job,
    MappingRow,
    Run,
    RunMode,
    WorkspaceInvoice,
)

RUN = {"date_from": "2026-10-01", "date_to": "2026-10-31", "invoice_date": "2026-11-02"}


@pytest.fixture
def billing(engine, emulators) -> Billing:
    """A bureau whose billing is not tied to any books yet."""
    return make_billing(emulators["merit"])


def pages_of(billing: Billing) -> Pages:
    return Pages(billing.company, billing.owner.user)


def settle(billing: Billing) -> None:
    """Wait for the run that sends."""
    wait_for(Run.objects.filter(company=billing.company).latest("pk"))


def connect(billing: Billing, **keys: str) -> Pages:
    """Enter the keys of the bureau's own books on the page of settings."""
    assert billing.books is not None
    merit = billing.books.merit
    pages = pages_of(billing).go("billing-settings").click("Connect Merit")
    given = {f"credential_{name}": value for name, value in {**merit.credentials, **keys}.items()}
    return pages.press("Save and test", setting_base_url=merit.base_url, **given)


@pytest.mark.feature("U74")
@pytest.mark.feature("U75")
@pytest.mark.feature("U76")
def test_books_are_connected_with_a_test_that_tells(billing):
    pages = pages_of(billing).go("billing-settings").click("Connect Merit")
    pages.press("Save and test", credential_api_id="", credential_api_key="", status=422)
    assert "This field is required" in pages.text

    pages = connect(billing, api_key="bm90LXRoZS1rZXk=")
    assert "key" in pages.messages().lower()
    assert "works" not in pages.messages()
    connection = Connection.objects.get(company=billing.company, vendor="merit")
    assert connection.state == "needs_reconnect"

    keys = {f"credential_{name}": value for name, value in billing.books.merit.credentials.items()}
    pages.click("Change the keys").press("Save", **keys)
    pages = pages_of(billing).go("billing-settings").press("Test the connection")
    assert "The connection to Merit Aktiva works." in pages.messages()
    integration = Integration.objects.get(company=billing.company, target=connection)
    assert (integration.source.vendor, integration.settings["level"]) == ("workspace", "document")
    assert "Import the classifiers" in pages.press("Switch sending on").messages()


@pytest.mark.feature("U78")
@pytest.mark.feature("U79")
def test_classifiers_are_imported_and_nothing_else_goes(billing):
    billing.books.add_items(*ITEMS)
    connect(billing)
    pages = pages_of(billing).go("billing-products").press("Import classifiers")
    assert "Items: 3" in pages.messages()
    assert "VAT codes" in pages.messages()
    pages.click("New product")
    assert pages.choices("item")["RP1"].endswith("Raamatupidamine")
    assert VAT24 in pages.choices("vat_code")
    pages.press("Save", code="RP", name="Raamatupidamine", price="120", item="RP1", vat_code=VAT24)
    pages.click("New product").press("Save", code="MUU", name="Muu töö", price="10", vat_rate="24")
    assert "Not chosen: Items, VAT codes" in pages.row("MUU")
    assert "In order" in pages.row("RP")
    integration = Integration.objects.get(company=billing.company)
    tables = MappingRow.objects.filter(integration=integration)
    assert tables.get(table="items", source_key="code:RP1").target_key == "RP1"
    assert tables.get(table="vat_codes", source_key=VAT24).target_key == VAT24

    pages.go("billing-settings").press("Switch sending on")
    client = billing.bureau.client("Õunapuu OÜ", registry_code="12345678")
    chosen, other = (billing.company.products.get(code=code) for code in ("RP", "MUU"))
    billing.contract(client, chosen, other)
    shown = pages.go("billing-run", **RUN)
    assert "MUU Muu töö has no Items of the bureau's books" in shown.text
    shown.press("Make the invoices")
    invoice = billing.invoices()[0]
    assert invoice.net_minor == 12000  # the row without classifiers waits

    # An invoice whose row was changed by hand to something else is refused by name before anything is sent.
    pages.go("workspace-invoice-edit", invoice.pk)
    first_item = next(name for name in pages.field_names() if name.endswith("item"))
    pages.press("Save", **{first_item: "OMA"})
    pages.go("billing-home").press("Issue and send", ids=[str(invoice.pk)])
    assert "uses what is not among the classifiers imported from Merit Aktiva: Items: OMA" in pages.messages()
    assert billing.books.sales() == []


@pytest.mark.feature("U04")
@pytest.mark.feature("U77")
def test_an_invoice_made_here_stands_in_merit_once_and_its_payment_comes_back(billing):
    billing.ready()
    client = billing.bureau.client("Õunapuu OÜ", registry_code="12345678", city="Tartu")
    counted = billing.count_field()
    fee = billing.product("RP", price=Decimal("99.90"))
    pieces = billing.product(
        "ARVE", item="ARVE", kind="per_piece", field=counted, price=Decimal("0.50"), tiers=[["101", "0.40"]]
    )
    billing.contract(client, fee, pieces, text="Teenused, {period}")
    billing.task(client, dt.date(2026, 10, 31), {counted: 120})

    pages = pages_of(billing).go("billing-run", **RUN)
    assert WorkspaceInvoice.objects.count() == 0  # looking writes nothing
    assert "100 × 0.50" in pages.row("Toode ARVE")
    pages.press("Make the invoices")
    assert "1 draft invoice is made." in pages.messages()
    [draft] = billing.invoices()
    for _again in range(2):  # pressed twice, it is there once
        pages.go("billing-home").press("Issue and send", ids=[str(draft.pk)])
        settle(billing)
    [billed] = billing.billed()
    number = billed.invoice.number
    assert len(billing.books.sales()) == 1
    there = billing.books.invoice(number)
    assert there["Header"]["TotalSum"] == Decimal("195.80") == Decimal(billed.invoice.gross_minor) / 100
    assert there["Header"]["CustomerRegNo"] == "12345678"
    rows = [(row["ArticleCode"], row["TaxId"], row["Quantity"], row["AmountExclVat"]) for row in there["Lines"]]
    assert rows == [
        ("RP1", VAT24, Decimal(1), Decimal("99.90")),
        ("ARVE", VAT24, Decimal(100), Decimal("50.00")),
        ("ARVE", VAT24, Decimal(20), Decimal("8.00")),
    ]

    billing.books.pay(number, Decimal("95.80"), "Õunapuu OÜ")
    BilledInvoice.objects.update(due_date=dt.date(2099, 1, 1))
    pages.go("workspace-invoice", billed.invoice_id).press("Fetch status now")
    assert "Payment status: Overdue" in pages.messages()  # due on 16 November 2026 as Merit says
    assert "95.80 / 195.80" in pages.text
    billing.books.pay(number, Decimal("100.00"), "Õunapuu OÜ")

    # Fetched by itself at the set time.
    pages.go("billing-settings").press("Save", fetches_status=True, status_at="06:30")
    kept = BillingSettings.objects.get(company=billing.company)
    assert kept.next_status_at is not None
    assert kept.next_status_at.astimezone(dt.timezone(dt.timedelta(hours=2))).strftime("%H:%M") in {"06:30", "05:30"}
    BillingSettings.objects.update(next_status_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert status.start_due() == 1
    assert status.start_due() == 0  # taken once
    job = Job.objects.get(company=billing.company)
    _work(job)
    assert "Paid" in pages.go("billing-home").row(number)
    assert pages.go("billing-home", state="paid").rows("Number")
    assert "No invoice fits" in pages.go("billing-home", state="overdue").text

    # A key that is revoked meanwhile is told as what it is, and what was known stays.
    merit = billing.books.merit
    merit.call("POST", "keys", {"api_id": merit.credentials["api_id"], "revoked": True})
    pages.go("workspace-invoice", billed.invoice_id).press("Fetch status now")
    assert "Merit could not be asked what is paid" in pages.messages()
    assert "Paid" in pages.go("billing-home").row(number)


def _work(job: Job) -> None:
    if job.state not in jobs.ENDED:
        asyncio.run(work_here(job.pk))
    until = 200
    while job.state not in jobs.ENDED and until:
        job.refresh_from_db()
        until -= 1
    assert job.state == "done", (job.state, job.problem_code)


@pytest.mark.feature("U05")
def test_invoices_from_before_sending_began_are_refused_by_name(billing):
    client = billing.bureau.client("Vana Klient OÜ", registry_code="10000018")
    billing.books.add_items(*ITEMS)
    connect(billing)
    pages = pages_of(billing).go("billing-products").press("Import classifiers")
    billing.contract(client, billing.product("RP"))
    billing.bill()
    [early] = billing.invoices()
    sending.issue(billing.owner, [early])
    billing.bill(Period(dt.date(2026, 8, 1), dt.date(2026, 8, 31)))
    pages.go("billing-settings").press("Switch sending on")
    sending.issue(billing.owner, [billing.invoices()[-1]])  # made before, issued after: what counts is when it was made
    pages.go("billing-home").press("Send the chosen", ids=[str(early.pk)])
    number = billing.invoices()[0].number
    assert f"{number} was made on" in pages.messages()
    assert "before sending to Merit Aktiva was switched on" in pages.messages()
    flow = Flow.objects.get(integration__company=billing.company, kind="sales_invoices")
    wait_for(runs.request_run(billing.owner, flow, RunMode.RUN, dt.date(2026, 11, 1), dt.date(2026, 11, 30)))
    reasons = Delivery.objects.filter(flow=flow).values_list("reason", flat=True)
    assert list(reasons) == ["BEFORE_CUT_OVER"] * 2  # nor by an import started by hand
    assert billing.books.sales() == []

    # What is made from then on goes.
    billing.bill(Period(dt.date(2026, 9, 1), dt.date(2026, 9, 30)))
    late = billing.invoices()[-1]
    pages.go("billing-home").press("Issue and send", ids=[str(early.pk), str(late.pk)])
    settle(billing)
    assert billing.books.invoice(billing.invoices()[-1].number)["Header"]["TotalSum"] == Decimal("124.00")
    assert len(billing.books.sales()) == 1
