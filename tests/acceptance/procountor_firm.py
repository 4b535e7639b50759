"""A firm that ties its workspace to Procountor on the pages, document by document."""

import datetime as dt
import json
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tests.support.workspace import invoice, line, make_workspace
from tilisilta.core.documents import Address, BankAccount, Party
from tilisilta.engine.lease import ENDED
from tilisilta.services import connections, integrations
from tilisilta.services.access import Actor
from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.ledger.postings import accept_proposals
from tilisilta.services.ledger.settings import set_posts_on_sending
from tilisilta.services.workspace.lifecycle import send_sales
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import update_settings
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    Connection,
    Delivery,
    Integration,
    IntegrationState,
    InvoicePosting,
    MappingRow,
    Run,
    WorkspaceInvoice,
)

OWN_IBAN = "FI4815900000000001"
SUPPLIER_IBAN = "FI2112345600000785"
BUYER = Party(
    name="Ostaja Oy",
    registry_code="1902003-6",
    email="lasku@ostaja.example",
    address=Address(street="Pitkäkatu 1", city="Turku", postal_code="20100", country="FI"),
)
SELLER = Party(
    name="Esimerkki Tukku Oy",
    registry_code="1234567-1",
    vat_number="FI12345671",
    address=Address(street="Satamakatu 1", city="Helsinki", postal_code="00100", country="FI"),
    bank_accounts=(BankAccount(iban=SUPPLIER_IBAN, bic="NDEAFIHH"),),
)
SALE_DAY, BUY_DAY = dt.date(2026, 11, 3), dt.date(2026, 11, 4)
# Procountor's account of ours, by its number; others go to the same number.
TARGETS = {"2871": "2880"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@dataclass
class ProcountorFirm:
    """A firm with its pages and Procountor's books."""

    company: Company
    owner: Actor
    pages: Pages
    procountor: Emulated

    @property
    def integration(self) -> Integration:
        return Integration.objects.select_related("source", "target", "company").get(
            company=self.company, target__vendor="procountor"
        )

    # --- setting up ----------------------------------------------------------------------------------------

    def connect(self, **credentials: str) -> Pages:
        page = self.pages.open("connections/new/procountor/")
        keys = {f"credential_{name}": each for name, each in {**self.procountor.credentials, **credentials}.items()}
        return page.press("Save and test", setting_base_url=self.procountor.base_url, **keys)

    def tie(self, target: str = "Procountor") -> Pages:
        page = self.pages.open("integrations/new/")
        pick = {name: {words: value for value, words in page.choices(name).items()} for name in ("source", "target")}
        return page.press("Go on to the checklist", source=pick["source"]["Tilisilta"], target=pick["target"][target])

    def choose(self, **values: Any) -> Pages:
        return self.pages.go("integration-settings", self.integration.pk).press("Save", **values)

    def table(self, name: str = "accounts") -> Pages:
        return self.pages.go("mapping-table", self.integration.pk, name)

    def lines(self) -> list[tuple[str, str]]:
        """Return number and rate of each line of the account table that is used, in its order."""
        refs = self.pages.document.xpath("//tbody/tr//input[@name='ref']/@value")
        return [(each.split("|")[2], each.split("|")[1]) for each in refs]

    def map_accounts(self, *, leave: tuple[str, ...] = (), status: str = "1", **flags: Any) -> Pages:
        """Fill the table of accounts, but for those to be left."""
        page = self.pages.go("mapping-table", self.integration.pk, "accounts", missing="1")
        given: dict[str, list[str]] = {"target": [], "vat_code_sales": [], "vat_code_purchases": []}
        for number, rate in self.lines():
            code = "" if number in leave else "12" if rate == "0" else status
            is_sale = number[0] == "3"
            given["target"].append("" if number in leave else TARGETS.get(number, number))
            given["vat_code_sales"].append(code if is_sale or not rate else "")
            given["vat_code_purchases"].append("" if is_sale else code)
        return page.press("Save all", **given, **flags)

    def map_rates(self) -> None:
        """Say which VAT status rows of a rate bear."""
        page = self.table("vat_codes")
        refs = page.document.xpath("//tbody/tr//input[@name='ref']/@value")
        chosen = {"rate:25.5": "1", "rate:13.5": "1", "rate:10": "1", "rate:0": "12"}
        page.press("Save all", target=[chosen.get(each.split("|")[2], "") for each in refs])

    def be_ready(self) -> None:
        """Tick what a person must answer, and activate on the checklist."""
        page = self.pages.go("integration-checklist", self.integration.pk)
        if "Look what Procountor holds" in page.buttons():
            page = page.press("Look what Procountor holds")
        for words in (
            "Procountor posts them",
            "It is on, or we get no reference payments",
            "What is the same on both sides is matched",
        ):
            if words in page.buttons():
                page = page.press(words)
        self.pages.go("integration-coverage", self.integration.pk)
        page = self.pages.press("I have read it") if "I have read it" in self.pages.buttons() else self.pages
        self.pages.go("integration-checklist", self.integration.pk).press("Activate")

    def set_up(self, posting: str = "target") -> None:
        """Go the whole way: key, integration, level, tables, checklist."""
        self.connect()
        self.tie()
        self.choose(level="document", purchase_posting=posting)
        self.map_rates()
        self.map_accounts()
        self.be_ready()

    # --- working -------------------------------------------------------------------------------------------

    def draft(self, *rows: Any, **more: Any) -> WorkspaceInvoice:
        given = {"date": SALE_DAY, "due_date": SALE_DAY + dt.timedelta(days=14), "party": BUYER} | more
        return save_invoice(self.owner, invoice("sales", *(rows or (line("100", "25.5"),)), **given))

    def sell(self, *rows: Any, **more: Any) -> WorkspaceInvoice:
        return send_sales(self.owner, self.draft(*rows, **more))

    def received(self, number: str, *rows: Any, **more: Any) -> WorkspaceInvoice:
        given = {"date": BUY_DAY, "due_date": BUY_DAY + dt.timedelta(days=14), "party": SELLER} | more
        given |= {"bank_account": BankAccount(iban=SUPPLIER_IBAN, bic="NDEAFIHH")}
        return save_invoice(self.owner, invoice("purchase", *(rows or (line("400", "25.5"),)), number=number, **given))

    def buy(self, number: str, *rows: Any, post: bool = False, **more: Any) -> WorkspaceInvoice:
        made = approve_at_once(self.owner, self.received(number, *rows, **more))
        return self.post(made) if post else made

    def post(self, made: WorkspaceInvoice) -> WorkspaceInvoice:
        told = accept_proposals(self.owner, [made])
        assert told.posted == 1, [each.reason for each in told.left]
        made.refresh_from_db()
        return made

    def page(self, made: WorkspaceInvoice) -> Pages:
        return self.pages.go("workspace-invoice", made.pk)

    def settled(self) -> None:
        """Wait until nothing is on its way any more."""
        until = time.monotonic() + 60
        while Run.objects.filter(company=self.company).exclude(state__in=ENDED).exists():
            assert time.monotonic() < until, self.pages.open("runs/").text
            time.sleep(0.03)

    def closed(self) -> None:
        """Wait until closed periods know what became of them: they are told when their runs have ended."""
        self.settled()
        until = time.monotonic() + 60
        while ClosedPeriod.objects.filter(company=self.company, state="closing").exists():
            assert time.monotonic() < until, self.pages.open("periods/").text
            time.sleep(0.03)

    def delivery(self, made: Any, kind: str = "") -> Delivery:
        rows = Delivery.objects.filter(company=self.company, source_id=str(made.pk))
        rows = rows.filter(kind="payment") if kind == "payment" else rows.filter(kind__contains="_")
        return rows.get()

    # --- Procountor's books --------------------------------------------------------------------------------

    def held(self, number: str = "") -> list[dict[str, Any]]:
        """Return the invoices in Procountor that are not withdrawn."""
        found = [each for each in self.procountor.books()["invoices"] if each["status"] != "INVALIDATED"]
        return [each for each in found if not number or each.get("originalInvoiceNumber") == number]

    def enter_there(self, number: str, price: str, *, kind: str = "PURCHASE_INVOICE") -> dict[str, Any]:
        """Enter an invoice of one row as a person in Procountor does, without our mark; return it."""
        is_sale = kind == "SALES_INVOICE"
        party, day = (BUYER, SALE_DAY) if is_sale else (SELLER, BUY_DAY)
        bank = {"accountNumber": OWN_IBAN} if is_sale else {"accountNumber": SUPPLIER_IBAN, "bic": "NDEAFIHH"}
        row = {"product": "Työ", "quantity": 1, "unit": "PIECE", "unitPrice": float(price), "discountPercent": 0}
        body = {
            "type": kind,
            "date": day.isoformat(),
            "counterParty": {"counterPartyAddress": {"name": party.name}},
            "paymentInfo": {
                "paymentMethod": "BANK_TRANSFER", "currency": "EUR", "currencyRate": 1,
                "dueDate": (day + dt.timedelta(days=14)).isoformat(), "bankAccount": bank,
            },
            "extraInfo": {"accountingByRow": True, "unitPricesIncludeVat": False},
            "discountPercent": 0, "vatStatus": 1, "invoiceChannel": "NO_SENDING", "originalInvoiceNumber": number,
            "language": "FINNISH", "invoiceRows": [{**row, "vatPercent": 25.5, "vatStatus": 1}],
        }  # fmt: skip
        return dict(self.there("POST", "/invoices", body))

    def there(self, method: str, path: str, body: Any = None) -> Any:
        """Return what Procountor's own interface answers, asked beside the product."""
        form = {"grant_type": "client_credentials", **self.procountor.credentials}
        with urlopen(f"{self.procountor.base_url}/oauth/token", urlencode(form).encode()) as answer:  # noqa: S310
            token = json.loads(answer.read())["access_token"]
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.procountor.base_url}{path}", content, headers, method=method)  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310
            return json.loads(answer.read())

    def receipt(self, held: dict[str, Any]) -> dict[str, Any]:
        receipts = self.procountor.books()["ledger_receipts"]
        return next(each for each in receipts if each["id"] == held["ledgerReceiptId"])

    def entries(self, held: dict[str, Any]) -> dict[str, Decimal]:
        """Return the values of an invoice's accounting page by account, without those that Procountor adds."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for each in self.receipt(held)["transactions"]:
            if each["transactionType"] == "ENTRY":
                sums[each["account"]] += Decimal(str(each["accountingValue"]))
        return {account: value for account, value in sums.items() if value}

    def posted(self, made: WorkspaceInvoice) -> dict[str, Decimal]:
        """Return our own base lines of an invoice under Procountor's numbers."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        rows = InvoicePosting.objects.filter(invoice=made, payment=None).select_related("account")
        for row in rows.exclude(account__role__in=["receivables", "payables", "output_vat", "input_vat"]):
            number = row.account.number
            sums[TARGETS.get(number, number)] += Decimal(row.debit_minor - row.credit_minor) / 100
        return dict(sums)


def tie_by_services(firm: ProcountorFirm, target: str = "") -> None:
    """Tie and map a firm as a person does on the pages; `target` is the one account that everything is posted to."""
    connection = connections.create_connection(
        firm.owner,
        vendor="procountor",
        name="Procountor",
        credentials=firm.procountor.credentials,
        settings={"base_url": firm.procountor.base_url},
    )
    check = connections.check_connection(firm.owner, connection)
    assert check.ok, check
    own = Connection.objects.get(company=firm.company, vendor="workspace")
    integration = integrations.create_integration(firm.owner, own, connection)
    integrations.update_settings(firm.owner, integration, {"level": "document"})
    common = {"company": firm.company, "integration": integration}
    codes = {"vat_code_sales": "1", "vat_code_purchases": "1"}
    MappingRow.objects.bulk_create(
        [
            *(
                MappingRow(**common, table="accounts", source_key=each, target_key=target or each, extra=codes)
                for each in ("3000", "4000")
            ),
            MappingRow(**common, table="vat_codes", source_key="rate:25.5", target_key="1"),
            MappingRow(**common, table="vat_codes", source_key="rate:13.5", target_key="1"),
        ]
    )
    Integration.objects.filter(pk=integration.pk).update(state=IntegrationState.READY)


@pytest.fixture
def procountor_firm(engine: None, emulators: Emulators, settings: Any) -> ProcountorFirm:
    """A firm whose Procountor is new, that may choose the level of documents."""
    settings.DOCUMENT_LEVEL = "all"
    emulators["procountor"].reset(data="empty")
    company, owner = make_workspace("Yritys Oy", "omistaja@yritys.fi", country="FI")
    update_settings(owner, bank_iban=OWN_IBAN, bank_bic="NDEAFIHH")
    set_posts_on_sending(owner, is_on=True)
    assert owner.user is not None
    fresh = Company.objects.get(pk=company.pk)  # the settings that it remembers are those of before
    return ProcountorFirm(fresh, replace(owner, company=fresh), Pages(fresh, owner.user), emulators["procountor"])


@pytest.fixture
def one_by_one(procountor_firm: ProcountorFirm) -> ProcountorFirm:
    """The firm, tied and mapped as `test_p_setup` does it on the pages; Procountor posts purchases."""
    firm = procountor_firm
    tie_by_services(firm)
    return firm
