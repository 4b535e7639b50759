"""N02 to N30: a firm ties its workspace to Netvisor on the pages, posts a month, closes it, and Netvisor's books agree.

The invoices are kept, sent, approved, posted and paid by the product's own rules; nothing is put into tables by hand.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tests.support.product import wait_for
from tests.support.workspace import invoice, line, make_workspace
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.access import Actor
from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.ledger.payments import add_payment
from tilisilta.services.ledger.postings import accept_proposals
from tilisilta.services.workspace.lifecycle import send_sales
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    Integration,
    InvoicePosting,
    PaymentOrigin,
    Run,
    Side,
    WorkspaceInvoice,
)

OCTOBER = {"date_from": "2026-10-01", "date_to": "2026-10-31"}
# Netvisor's account for accounts of these roles and names, and the VAT code of sales and of purchases.
BY_ROLE = {"receivables": "1701", "payables": "2871", "output_vat": "2939", "input_vat": "1763", "bank": "1910"}


@dataclass
class Month:
    """A firm with its pages and Netvisor's books."""

    company: Company
    owner: Actor
    pages: Pages
    netvisor: Emulated

    @property
    def integration(self) -> Integration:
        return Integration.objects.get(company=self.company)

    def sell(self, day: dt.date, *rows: Any, pays: str = "", reason: str = "") -> WorkspaceInvoice:
        document = invoice("sales", *rows, date=day, due_date=day + dt.timedelta(days=14), reason=reason)
        made = save_invoice(self.owner, document)
        made = send_sales(self.owner, made)
        return self._post(made, day, pays)

    def buy(self, number: str, day: dt.date, *rows: Any, pays: str = "") -> WorkspaceInvoice:
        document = invoice("purchase", *rows, number=number, date=day, due_date=day + dt.timedelta(days=14))
        made = approve_at_once(self.owner, save_invoice(self.owner, document))
        return self._post(made, day, pays)

    def _post(self, made: WorkspaceInvoice, day: dt.date, pays: str) -> WorkspaceInvoice:
        told = accept_proposals(self.owner, [made])
        assert told.posted == 1, [each.text for each in told.left]
        made.refresh_from_db()
        if pays:
            add_payment(self.owner, made, day + dt.timedelta(days=3), Decimal(pays), origin=PaymentOrigin.HAND)
        return made

    def fill(self) -> None:
        eu = {"treatment": VatTreatment.INTRA_EU_SUPPLY_GOODS}
        self.sell(dt.date(2026, 10, 2), line("100.01", "25.5"), line("33.33", "25.5", position=2), pays="50.00")
        self.sell(dt.date(2026, 10, 15), line("250", "0", **eu), reason="AB § 72")
        self.buy("L-1", dt.date(2026, 10, 6), line("400", "25.5"), pays="502.00")

    def tie(self) -> None:
        """Enter Netvisor's keys, tie the two and map what is used, all on the pages."""
        page = self.pages.open("connections/new/netvisor/")
        keys = {f"credential_{name}": value for name, value in self.netvisor.credentials.items()}
        page.press("Save and test", setting_base_url=self.netvisor.base_url, **keys)
        page = self.pages.open("integrations/new/")
        pick = {name: {words: value for value, words in page.choices(name).items()} for name in ("source", "target")}
        page.press("Go on to the checklist", source=pick["source"]["Tilisilta"], target=pick["target"]["Netvisor"])

    def map_accounts(self) -> None:
        page = self.pages.go("mapping-table", self.integration.pk, "accounts", missing="1")
        lines = [row for row in page.document.xpath("//tbody/tr") if row.xpath(".//input[@name='ref']")]
        given: dict[str, list[str]] = {"target": [], "vat_code_sales": [], "vat_code_purchases": []}
        for row in lines:
            _, rate, key = row.xpath(".//input[@name='ref']")[0].get("value").split("|")
            role = self.role_of(key)
            given["target"].append(
                BY_ROLE.get(role) or ("3360" if rate == "0" else "3000" if key[0] == "3" else "4000")
            )
            given["vat_code_sales"].append("" if role else "EUMY" if rate == "0" else "KOMY" if key[0] == "3" else "")
            given["vat_code_purchases"].append("KOOS" if not role and key[0] != "3" else "")
        page.press("Save all", **given)

    def target_of(self, number: str, rate: str) -> str:
        """Return Netvisor's account of one of ours."""
        return BY_ROLE.get(self.role_of(number)) or ("4000" if number[0] != "3" else "3360" if rate == "0" else "3000")

    def role_of(self, number: str) -> str:
        role = self.company.ledger_accounts.get(number=number).role
        return role if role in BY_ROLE else ""

    def close(self, side: str, **more: str) -> Pages:
        """Close October from the list's menu; the dates are checked first."""
        page = self.pages.go(f"{side}-list").click("Close the accounting period")
        return page.press("Check these days", **OCTOBER, **more)

    def sent(self) -> Pages:
        for run in Run.objects.filter(company=self.company):
            wait_for(run)
        return self.pages.go("period-detail", ClosedPeriod.objects.order_by("pk").last().pk)  # type: ignore[union-attr]

    def held(self) -> dict[str, int]:
        """Return the balances of our valid vouchers in Netvisor by account, in cents."""
        sums: dict[str, int] = defaultdict(int)
        for voucher in self.vouchers():
            for each in voucher["lines"]:
                sums[each["account"]] += int(Decimal(str(each["sum"])) * 100)
        return {account: amount for account, amount in sums.items() if amount}

    def vouchers(self) -> list[dict[str, Any]]:
        return [
            each
            for each in self.netvisor.books()["vouchers"]
            if each["status"] == "valid" and "[TS:" in each["description"]
        ]

    def posted(self, *sides: str) -> dict[str, int]:
        """Return the balances of our own postings under Netvisor's numbers, in cents."""
        sums: dict[str, int] = defaultdict(int)
        own = InvoicePosting.objects.filter(company=self.company, invoice__direction__in=sides)
        for row in own.select_related("account"):
            rate = "0" if row.vat_rate == 0 else ""
            sums[self.target_of(row.account.number, rate)] += row.debit_minor - row.credit_minor
        return {account: amount for account, amount in sums.items() if amount}


@pytest.fixture
def month(engine: None, emulators: Emulators) -> Month:
    emulators["netvisor"].reset()
    company, owner = make_workspace("Yritys Oy", "omistaja@yritys.fi", country="FI")
    assert owner.user is not None
    return Month(company, owner, Pages(company, owner.user), emulators["netvisor"])


@pytest.fixture
def ready(month: Month) -> Month:
    month.fill()
    month.tie()
    month.map_accounts()
    Integration.objects.filter(company=month.company).update(state="ready")
    return month


@pytest.mark.feature("N02", "N03", "N17", "N18", "N19", "N20", "N21")
def test_sales_and_purchases_are_closed_apart_from_their_lists_and_go_straight_into_the_ledger(ready: Month):
    ready.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready.sent().text
    assert ready.held() == ready.posted(Side.SALES)
    assert {each["date"] for each in ready.vouchers()} == {"2026-10-31"}
    ready.close("purchase").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready.sent().text
    assert ready.held() == ready.posted(Side.SALES, Side.PURCHASES)
    history = ready.pages.go("sales-list").click("Closed periods")
    row = history.rows()[-1]
    assert "Closed and sent" in row
    assert row.split(" | ")[-1] == str(ready.vouchers()[0]["key"])


@pytest.mark.feature("N22")
def test_a_closed_period_is_sent_again_and_stands_once(ready: Month):
    ready.close("sales", vouchers="day").press("Close 1 Oct 2026")
    before = ready.held() if ready.sent() else {}
    count = len(ready.vouchers())
    ready.pages.go("period-detail", ClosedPeriod.objects.get().pk).press("Send again")
    assert "Closed and sent" in ready.sent().text
    assert (ready.held(), len(ready.vouchers())) == (before, count)
    compared = ready.pages.click("Compare with Netvisor")
    assert "Both sides agree to the cent" in compared.text


@pytest.mark.feature("N24", "N25")
def test_earlier_events_are_listed_with_the_way_to_close_them(ready: Month):
    early = ready.sell(dt.date(2026, 9, 30), line("10", "25.5"))
    page = ready.close("sales")
    assert "Close the earlier cycle" in page.text
    assert f"/invoices/{early.pk}/" in page.source
    assert ready.vouchers() == []


@pytest.mark.feature("N05", "N06", "N10", "N11", "N12", "N13", "N14", "N15", "N16", "N27", "N28")
def test_nothing_goes_before_activation_and_before_every_used_account_is_mapped(month: Month):
    month.fill()
    month.tie()
    page = month.close("sales")
    assert "activate the integration first" in page.text
    Integration.objects.filter(company=month.company).update(state="ready")
    page = month.close("sales")
    used = {row.account.number for row in InvoicePosting.objects.filter(invoice__direction=Side.SALES)}
    assert all(number in page.text for number in used)
    table = month.pages.go("mapping-table", month.integration.pk, "accounts")
    offered = {value for name in ("vat_code_sales", "vat_code_purchases") for value in table.choices(name)}
    assert {"KOMY", "KOOS", "NONE", "RAMY", "RAOS", "EUMY", "EUOS", "EUUM", "EUUO"} <= offered
    assert month.vouchers() == []
    month.map_accounts()
    month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)


@pytest.mark.feature("N30")
def test_a_period_that_is_locked_in_netvisor_is_told_before_anything_is_sent(ready: Month):
    ready.netvisor.call("POST", "options", {"accounting_locked_until": "2026-10-31"})
    page = ready.close("sales")
    assert "Check that the accounting period is not closed in Netvisor." in page.text
    assert not ClosedPeriod.objects.exists()
    ready.netvisor.call("POST", "options", {"accounting_locked_until": "2026-09-30"})
    ready.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready.sent().text
    assert ready.held() == ready.posted(Side.SALES)
