"""A bureau that bills its clients here and keeps its own books in Merit, and Merit's own word on what came there."""

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.emulator.merit_client import VAT24, signature, timestamp
from tests.support.emulators import Emulated
from tests.support.practice import Bureau, make_bureau
from tilisilta.core.billing import Period
from tilisilta.services.access import Actor
from tilisilta.services.billing import classifiers, making, preview, target
from tilisilta.services.billing.contracts import ContractContent, RowContent, save_contract
from tilisilta.services.billing.products import ProductContent, save_product
from tilisilta.services.billing.settings import switch_on
from tilisilta.services.practice.fields import create_field
from tilisilta.store.models import (
    BilledInvoice,
    Client,
    Company,
    Contract,
    CustomField,
    Product,
    Task,
    WorkspaceInvoice,
)

ITEMS = (("RP1", "Raamatupidamine"), ("TUND", "Töötund"), ("ARVE", "Arve sisestamine"))
OCTOBER = Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
INVOICED = dt.date(2026, 11, 2)


@dataclass
class Books:
    """The bureau's own books in Merit, spoken to as any program would."""

    merit: Emulated

    def call(self, path: str, body: Any) -> Any:
        content = json.dumps(body, default=str, ensure_ascii=False).encode()
        keys, stamp = self.merit.credentials, timestamp()
        signed = quote(signature(stamp, content, keys["api_id"], keys["api_key"]), safe="")
        address = f"{self.merit.base_url}/api/{path}?apiId={keys['api_id']}&timestamp={stamp}&signature={signed}"
        request = Request(address, data=content, headers={"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
            return json.loads(answer.read(), parse_float=Decimal)

    def add_items(self, *items: tuple[str, str]) -> None:
        rows = [
            {"Code": code, "Description": name, "Type": 2, "UOMName": "tk", "TaxId": VAT24, "Usage": 3}
            for code, name in items
        ]
        self.call("v2/senditems", {"Items": rows})

    def sales(self) -> list[dict[str, Any]]:
        """Return the sales invoices that stand there, as the books hold them."""
        return list(self.merit.call("GET", "companies/1")["sales_invoices"])

    def invoice(self, number: str) -> dict[str, Any]:
        """Return the one invoice of a number, with its rows, as Merit shows it."""
        listed = self.call("v2/getinvoices2", {"InvNo": number})
        assert len(listed) == 1, listed
        return dict(self.call("v2/getinvoice", {"Id": listed[0]["SIHId"]}))

    def pay(self, number: str, amount: Decimal, customer: str, day: dt.date = INVOICED) -> None:
        """Enter money that came for an invoice."""
        banks = self.call("v1/getbanks", {})
        self.call(
            "v2/sendpayment",
            {
                "BankId": banks[0]["BankId"],
                "CustomerName": customer,
                "InvoiceNo": number,
                "PaymentDate": f"{day:%Y%m%d}0000",
                "Amount": str(amount),
            },
        )


@dataclass
class Billing:
    """A bureau with billing on; with Merit, its own books there."""

    bureau: Bureau
    books: Books | None = None
    products: dict[str, Product] = field(default_factory=dict)

    @property
    def company(self) -> Company:
        return self.bureau.company

    @property
    def owner(self) -> Actor:
        return self.bureau.owner

    def connect(self, **credentials: str) -> target.ConnectionCheck:
        """Let Merit be the bureau's own books."""
        assert self.books is not None
        merit = self.books.merit
        _made, check = target.connect(
            self.owner,
            vendor="merit",
            name="Merit",
            credentials={**merit.credentials, **credentials},
            settings={"base_url": merit.base_url, "country": "EE"},
        )
        return check

    def ready(self) -> "Billing":
        """Connect, import the classifiers, and begin sending."""
        assert self.books is not None
        self.books.add_items(*ITEMS)
        assert self.connect().ok
        classifiers.import_classifiers(self.owner)
        target.activate(self.owner)
        return self

    def count_field(self, title: str = "Ostuarved") -> CustomField:
        return create_field(self.owner, subject="task", title=title, type="integer")

    def product(self, code: str = "RP", *, item: str = "RP1", **more: Any) -> Product:
        """Return a product; where books are tied, one of theirs."""
        codes = {"item": item, "vat_code": VAT24} if self.books is not None else {}
        content = {"name": f"Toode {code}", "price": Decimal("100.00"), "classifiers": codes} | more
        if self.books is None:
            content.setdefault("vat_rate", Decimal(24))
        self.products[code] = save_product(self.owner, ProductContent(code=code, **content))
        return self.products[code]

    def contract(self, client: Client, *products: Product | RowContent, **more: Any) -> Contract:
        rows = [each if isinstance(each, RowContent) else RowContent(product=each) for each in products]
        given = {"starts_on": dt.date(2026, 1, 1), "number": "L-1"} | more
        return save_contract(self.owner, ContractContent(client=client, rows=rows, **given))

    def task(self, client: Client, day: dt.date, values: dict[CustomField, int] | None = None, **more: Any) -> Task:
        stored = {str(each.pk): str(number) for each, number in (values or {}).items()}
        return Task.objects.create(
            company=self.company, client=client, title="Töö", due_date=day, values=stored, **more
        )

    def preview(self, window: Period = OCTOBER, actor: Actor | None = None) -> preview.Preview:
        return preview.make(actor or self.owner, window)

    def bill(self, window: Period = OCTOBER, **more: Any) -> making.Made:
        """Bill what the preview shows."""
        expected = preview.make(self.owner, window).fingerprint
        return making.confirm(self.owner, window, INVOICED, expected=expected, **more)

    def billed(self) -> list[BilledInvoice]:
        return list(BilledInvoice.objects.filter(company=self.company).select_related("invoice").order_by("pk"))

    def invoices(self) -> list[WorkspaceInvoice]:
        return [each.invoice for each in self.billed()]


def make_billing(merit: Emulated | None = None) -> Billing:
    """Return a bureau with billing on; with Merit's emulator emptied, its books are there to be tied."""
    bureau = make_bureau()
    switch_on(bureau.owner)
    if merit is None:
        return Billing(bureau)
    merit.reset(data="empty")
    return Billing(bureau, Books(merit))
