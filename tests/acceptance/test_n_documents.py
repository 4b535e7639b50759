"""Every message to Netvisor, of a close and of documents, stands the vendor's DTDs; and documents arrive whole."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from tests.acceptance.netvisor_month import Month
from tests.support.workspace import line
from tests.unit.connectors.netvisor_parts import dtd
from tilisilta.connectors.netvisor.client import Client
from tilisilta.services import runs
from tilisilta.services.workspace.attachments import add_attachment
from tilisilta.store.models import Delivery, Flow, RunMode, Side

# The vendor's DTD of each resource that has one; an edit is the same message with the voucher's key in front.
SCHEMAS = {
    "accounting.nv": "accounting", "accountingedit.nv": "accounting", "customer.nv": "customer",
    "product.nv": "product", "salesinvoice.nv": "salesinvoice", "purchaseinvoice.nv": "purchaseinvoice",
    "purchaseinvoicepostingdata.nv": "purchaseinvoicepostingdata", "salespayment.nv": "salespayment",
}  # fmt: skip
WITHOUT = {"invalidatevouchers.nv", "vendor.nv", "matchcreditnote.nv"}


@pytest.fixture
def messages(monkeypatch) -> Iterator[list[tuple[str, bytes]]]:
    """Whatever is written to Netvisor while the test runs."""
    seen: list[tuple[str, bytes]] = []
    write = Client.write

    async def noted(self, resource, body, params=None):
        seen.append((resource, body))
        return await write(self, resource, body, params)

    monkeypatch.setattr(Client, "write", noted)
    return seen


def require_all_valid(messages: list[tuple[str, bytes]]) -> Counter[str]:
    """Let every message stand its DTD, and return how many went to each resource."""
    for resource, body in messages:
        root = etree.fromstring(body)
        if resource == "accountingedit.nv":
            assert root[0][0].tag == "netvisorkey"
            root[0].remove(root[0][0])
        if resource in SCHEMAS:
            schema = dtd(SCHEMAS[resource])
            assert schema.validate(root), f"{resource}: {schema.error_log.filter_from_errors()}"
        else:
            assert resource in WITHOUT
    return Counter(resource for resource, _ in messages)


@pytest.mark.parametrize("how", ["edit", "invalidate"])
def test_a_whole_close_its_sending_again_and_its_change_stand_the_dtd(month: Month, messages, how):
    month.fill_every_kind()
    month.tie()
    connection = month.integration.target
    connection.settings = {**connection.settings, "replacing": how}
    connection.save(update_fields=["settings"])
    month.map_accounts()
    month.activate()
    for side in ("sales", "purchase"):
        month.close(side, vouchers="day").press("Close 1 Oct 2026")
        month.sent().press("Send again")
        assert "Closed and sent" in month.sent().text
    month.pages.press("Open again", reason="virhe")
    month.buy("L-9", dt.date(2026, 10, 9), line("19.90", "25.5"))
    month.close("purchase").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES, Side.PURCHASES)
    counted = require_all_valid(messages)
    assert counted["accounting.nv"] >= 10
    assert counted["accountingedit.nv" if how == "edit" else "invalidatevouchers.nv"] >= 10


def choose(month: Month, table: str, chosen: dict[str, str]) -> None:
    """Fill what is missing in a mapping table on its page; by the key of the source, or for all alike."""
    page = month.pages.go("mapping-table", month.integration.pk, table, missing="1")
    refs = [str(each.get("value")) for each in page.document.xpath("//tbody/tr//input[@name='ref']")]
    assert refs, page.text
    page.press("Save all", target=[chosen.get(ref) or chosen[""] for ref in refs])


def bring(month: Month, kind: str) -> None:
    """Run one flow over October, and wait until all that it set free has gone."""
    flow = Flow.objects.get(integration=month.integration, kind=kind)
    runs.request_run(month.owner, flow, RunMode.RUN, dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    month.settle()


def test_invoices_and_payments_travel_one_by_one_where_that_is_chosen(month: Month, messages):
    month.fill()
    bought = month.company.workspace_invoices.get(direction=Side.PURCHASES)
    add_attachment(month.owner, bought, "lasku.pdf", b"%PDF-1.4\n%%EOF\n")
    month.tie()
    page = month.pages.go("integration-settings", month.integration.pk)
    service = next(key for key, words in page.choices("default_item").items() if "KONS-1" in words)
    page.press("Save", level="document", default_item=service)
    for kind in ("sales_invoices", "purchase_invoices"):
        bring(month, kind)
    codes = {"sales|0|rate:0:intra_eu_supply_goods": "EUMY", "purchase|25.5|rate:25.5": "KOOS"}
    choose(month, "vat_codes", {**codes, "": "KOMY"})
    for kind in ("sales_invoices", "purchase_invoices", "payments"):
        bring(month, kind)
    method = next(
        iter(filter(None, month.pages.go("mapping-table", month.integration.pk, "bank_accounts").choices("target")))
    )
    choose(month, "bank_accounts", {"": method})
    for _ in range(2):  # a second time nothing is added
        for kind in ("sales_invoices", "purchase_invoices", "payments"):
            bring(month, kind)
    books = month.netvisor.books()
    assert [(each["number"], each["net"], each["vat"], each["paid"]) for each in books["sales_invoices"]] == [
        ("1001", "133.34", "34.00", "50.00"),
        ("1002", "250.00", "0.00", "0"),
    ]
    assert [row["vat_code"] for each in books["sales_invoices"] for row in each["rows"]] == ["KOMY", "KOMY", "EUMY"]
    assert [file["file_name"] for each in books["sales_invoices"] for file in each["attachments"]] == [
        "1001.pdf",
        "1002.pdf",
    ]
    (purchase,) = books["purchase_invoices"]
    assert (purchase["number"], Decimal(purchase["amount"])) == ("L-1", Decimal("502.00"))
    assert [file["file_name"] for file in purchase["attachments"]] == ["lasku.pdf"]
    assert [Decimal(each["sum"]) for each in books["sales_payments"]] == [Decimal("50.00")]
    # Netvisor takes no outgoing payments: that one is listed with its reason.
    told = dict(Delivery.objects.filter(flow__kind="payments").values_list("reason", "state"))
    assert told.pop("") in {"sent", "confirmed"}
    assert set(told) == {"NOT_SUPPORTED_BY_TARGET"}
    counted = require_all_valid(messages)
    assert (counted["salesinvoice.nv"], counted["purchaseinvoice.nv"], counted["salespayment.nv"]) == (2, 1, 1)
    # Closing sends nothing at this level, and locks the documents here.
    page = month.close("sales").press("Close 1 Oct 2026")
    assert "Nothing is sent at this level" in page.messages()
    assert require_all_valid(messages) == counted
    assert counted["accounting.nv"] == 0
