"""A Finnish firm whose workspace is tied to Netvisor: its pages, its postings, and Netvisor's books."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tests.support.product import wait_for
from tests.support.workspace import invoice, line, make_workspace
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.engine.lease import ENDED
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

OCTOBER: Final = {"date_from": "2026-10-01", "date_to": "2026-10-31"}
# Our account, then Netvisor's account and its VAT code of sales and of purchases, as a bookkeeper chooses them.
MAP: Final[dict[str, tuple[str, str, str]]] = {
    "1701": ("1701", "", ""),
    "1763": ("1763", "", ""),
    "1910": ("1910", "", ""),
    "2871": ("2871", "", ""),
    "2939": ("2939", "", ""),
    "3000": ("3000", "KOMY", ""),
    "3060": ("3200", "RAMY", ""),
    "3100": ("3360", "EUMY", ""),
    "3200": ("3380", "EUUM", ""),
    "3400": ("3100", "NONE", ""),
    "4000": ("4000", "", "KOOS"),
    "4100": ("4110", "", "EUOS"),
    "4210": ("4130", "", "EUUO"),
    "4300": ("7800", "", "NONE"),
    "4460": ("4450", "", "RAOS"),
}
_VAT_ROLES: Final = {"output_vat", "input_vat"}
Balances = dict[tuple[str, str], int]


@dataclass
class Month:
    """A firm with its pages and Netvisor's books. Amounts are in cents."""

    company: Company
    owner: Actor
    pages: Pages
    netvisor: Emulated

    @property
    def integration(self) -> Integration:
        return Integration.objects.get(company=self.company)

    # --- invoices ------------------------------------------------------------------------------------------

    def sell(self, day: dt.date, *rows: Any, pays: str = "", reason: str = "") -> WorkspaceInvoice:
        document = invoice("sales", *rows, date=day, due_date=day + dt.timedelta(days=14), reason=reason)
        made = send_sales(self.owner, save_invoice(self.owner, document))
        return self._post(made, day, pays)

    def buy(self, number: str, day: dt.date, *rows: Any, pays: str = "", reason: str = "") -> WorkspaceInvoice:
        due = day + dt.timedelta(days=14)
        document = invoice("purchase", *rows, number=number, date=day, due_date=due, reason=reason)
        made = approve_at_once(self.owner, save_invoice(self.owner, document))
        return self._post(made, day, pays)

    def _post(self, made: WorkspaceInvoice, day: dt.date, pays: str) -> WorkspaceInvoice:
        told = accept_proposals(self.owner, [made])
        assert told.posted == 1, [each.reason for each in told.left]
        made.refresh_from_db()
        if pays:
            add_payment(self.owner, made, day + dt.timedelta(days=3), Decimal(pays), origin=PaymentOrigin.HAND)
        return made

    def fill(self) -> None:
        eu = {"treatment": VatTreatment.INTRA_EU_SUPPLY_GOODS}
        self.sell(dt.date(2026, 10, 2), line("100.01", "25.5"), line("33.33", "25.5", position=2), pays="50.00")
        self.sell(dt.date(2026, 10, 15), line("250", "0", **eu), reason="AB § 72")
        self.buy("L-1", dt.date(2026, 10, 6), line("400", "25.5"), pays="502.00")

    def fill_every_kind(self) -> None:
        """Trade of each pair of VAT codes: domestic, construction, EU, outside the EU, and without VAT handling."""
        kinds = VatTreatment
        sold = (kinds.DOMESTIC, kinds.CONSTRUCTION_REVERSE_CHARGE, kinds.INTRA_EU_SUPPLY_GOODS, kinds.EXPORT)
        for place, kind in enumerate((*sold, kinds.OUTSIDE_SCOPE), start=1):
            row = line(f"{place}11.37", "25.5" if kind is kinds.DOMESTIC else "0", treatment=kind)
            self.sell(dt.date(2026, 10, place), row, reason="AVL")
        bought = (
            kinds.DOMESTIC,
            kinds.CONSTRUCTION_REVERSE_CHARGE,
            kinds.INTRA_EU_ACQUISITION_GOODS,
            kinds.IMPORT_SERVICES,
        )
        for place, kind in enumerate((*bought, kinds.OUTSIDE_SCOPE), start=1):
            rate = "0" if kind is kinds.OUTSIDE_SCOPE else "25.5"
            self.buy(f"L-{place}", dt.date(2026, 10, place), line(f"{place}2.23", rate, treatment=kind), reason="AVL")

    # --- the pages -----------------------------------------------------------------------------------------

    def read_in(self, language: str) -> Pages:
        """Return the owner's browser in another language."""
        self.pages = Pages(self.company, self.owner.user, language)
        return self.pages

    def enter_keys(self, **credentials: str) -> Pages:
        """Enter Netvisor's keys under connected services, as they are unless others are given."""
        page = self.pages.open("connections/new/netvisor/")
        given = {**self.netvisor.credentials, **credentials}
        keys = {f"credential_{name}": value for name, value in given.items()}
        return page.press("Save and test", setting_base_url=self.netvisor.base_url, **keys)

    def tie(self) -> None:
        """Enter Netvisor's keys and tie the two, on the pages."""
        self.enter_keys()
        page = self.pages.open("integrations/new/")
        pick = {name: {words: value for value, words in page.choices(name).items()} for name in ("source", "target")}
        page.press("Go on to the checklist", source=pick["source"]["Tilisilta"], target=pick["target"]["Netvisor"])

    def map_accounts(self) -> Pages:
        """Fill the account mapping on its page, what is missing."""
        page = self.pages.go("mapping-table", self.integration.pk, "accounts", missing="1")
        refs = [str(each.get("value")) for each in page.document.xpath("//tbody/tr//input[@name='ref']")]
        chosen = [MAP[ref.rsplit("|", 1)[1].partition(":")[0]] for ref in refs]
        target, sales, purchases = ([each[place] for each in chosen] for place in range(3))
        return page.press("Save all", target=target, vat_code_sales=sales, vat_code_purchases=purchases)

    def activate(self) -> Pages:
        """Read the coverage report, as the checklist asks, and press its last step."""
        self.pages.go("integration-coverage", self.integration.pk).press("I have read")
        page = self.pages.go("integration-checklist", self.integration.pk)
        return page.press("Activate")

    def check(self, side: str, **more: str) -> Pages:
        """Open closing from the list's menu and look at October."""
        return self.pages.go("period-close", side, **OCTOBER, **more)

    def close(self, side: str, **more: str) -> Pages:
        """Close October from the list's menu; the dates are checked first."""
        page = self.pages.go(f"{side}-list").click("Close the accounting period")
        return page.press("Check these days", **OCTOBER, **more)

    def settle(self) -> None:
        """Wait until nothing runs any more."""
        while waiting := Run.objects.filter(company=self.company).exclude(state__in=ENDED).first():
            wait_for(waiting)

    def sent(self) -> Pages:
        """Wait until nothing runs any more, and open the newest period."""
        self.settle()
        newest = ClosedPeriod.objects.order_by("pk").last()
        assert newest is not None
        return self.pages.go("period-detail", newest.pk)

    # --- the books -----------------------------------------------------------------------------------------

    def vouchers(self) -> list[dict[str, Any]]:
        """Return Netvisor's valid vouchers that bear a key of ours."""
        return [
            each
            for each in self.netvisor.books()["vouchers"]
            if each["status"] == "valid" and "[TS:" in each["description"]
        ]

    def held(self) -> Balances:
        """Return what Netvisor's vouchers of ours say, by account and VAT code: debit less credit."""
        lines = [each for voucher in self.vouchers() for each in voucher["lines"]]
        return _sums((each["account"], each["vat_code"], int(Decimal(str(each["sum"])) * 100)) for each in lines)

    def posted(self, *sides: str) -> Balances:
        """Return what our own postings say, under Netvisor's accounts and VAT codes."""
        own = InvoicePosting.objects.filter(company=self.company, invoice__direction__in=sides)
        found = []
        for row in own.select_related("account", "invoice"):
            target, sales, purchases = MAP[row.account.number]
            code = sales if row.invoice.direction == Side.SALES else purchases
            is_base = row.vat_rate is not None and row.account.role not in _VAT_ROLES
            found.append((target, code if is_base and code else "NONE", row.debit_minor - row.credit_minor))
        return _sums(found)


def _sums(rows: Iterable[tuple[str, str, int]]) -> Balances:
    sums: Balances = defaultdict(int)
    for account, code, amount in rows:
        sums[account, code] += amount
    return {key: amount for key, amount in sums.items() if amount}


@pytest.fixture
def month(engine: None, emulators: Emulators) -> Month:
    """The firm before it has anything of Netvisor's."""
    emulators["netvisor"].clear_faults()
    emulators["netvisor"].reset()
    company, owner = make_workspace("Yritys Oy", "omistaja@yritys.fi", country="FI")
    assert owner.user is not None
    return Month(company, owner, Pages(company, owner.user), emulators["netvisor"])


@pytest.fixture
def ready_month(month: Month) -> Month:
    """The firm with a posted October, tied to Netvisor, mapped and active."""
    month.fill()
    month.tie()
    month.map_accounts()
    month.activate()
    return month
