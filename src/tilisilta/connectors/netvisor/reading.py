"""Invoices, payments, customers and products as Netvisor's lists and details show them."""

import datetime as dt
from decimal import Decimal

import msgspec

from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.ledger import in_chunks
from tilisilta.connectors.netvisor.wire import Element, amount, day, everywhere, get
from tilisilta.core.documents import Direction
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import read_marker
from tilisilta.ports import Sent, Totals


class InvoiceKind(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between reading sales and purchase invoices."""

    list_resource: str
    get_resource: str
    row: str
    sum_element: str
    amount_element: str
    key_elements: tuple[str, ...]
    party_element: str
    extra: dict[str, str] = {}


KINDS = {
    Direction.SALES: InvoiceKind(
        list_resource="salesinvoicelist.nv",
        get_resource="getsalesinvoice.nv",
        row="salesinvoice",
        sum_element="invoicesum",
        amount_element="salesinvoiceamount",
        key_elements=("salesinvoicenetvisorkey", "netvisorkey"),
        party_element="invoicingcustomernetvisorkey",
    ),
    Direction.PURCHASE: InvoiceKind(
        list_resource="purchaseinvoicelist.nv",
        get_resource="getpurchaseinvoice.nv",
        row="purchaseinvoice",
        sum_element="sum",
        amount_element="purchaseinvoiceamount",
        # The vendor's page on getpurchaseinvoice.nv spells the first without its c, recorded answers with it.
        key_elements=("purchaseinvoicenetvisorkey", "purhaseinvoicenetvisorkey", "netvisorkey"),
        party_element="vendornetvisorkey",
        extra={"omitattachments": "1"},
    ),
}


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as a list shows it; a credit note's sum is negative."""

    key: str
    number: str
    date: dt.date
    total: Decimal

    def sent(self) -> Sent:
        """Return the invoice as a record in the target; totals are positive as in canonical documents."""
        return Sent(target_id=self.key, number=self.number, totals=Totals(gross=abs(self.total)))


class InvoiceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What tells whose an invoice is, and its totals."""

    key: str
    mark: str
    party_id: str
    number: str
    totals: Totals


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    mark: str
    date: dt.date
    total: Decimal
    invoice_number: str


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    name: str
    code: str
    organisation_id: str


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    code: str
    name: str


async def list_invoices(client: Client, direction: Direction, first: dt.date, last: dt.date) -> list[InvoiceRow]:
    """Return the invoices and credit notes dated in a range, both ends included."""
    kind = KINDS[direction]
    params = {"begininvoicedate": first.isoformat(), "endinvoicedate": last.isoformat()}
    root = await client.read(kind.list_resource, params)
    return [read_invoice_row(row, kind) for row in everywhere(root, kind.row)]


def read_invoice_row(row: Element, kind: InvoiceKind) -> InvoiceRow:
    """Return one invoice of a list."""
    return InvoiceRow(
        key=get(row, "netvisorkey"),
        number=get(row, "invoicenumber"),
        date=_day(row, "invoicedate"),
        total=amount(get(row, kind.sum_element), "InvoiceSum"),
    )


async def invoice_details(client: Client, direction: Direction, keys: list[str]) -> dict[str, InvoiceDetail]:
    """Return invoices by key, 500 a call; unknown ones are absent."""
    kind = KINDS[direction]
    found: dict[str, InvoiceDetail] = {}
    for chunk in in_chunks(keys):
        root = await client.read(kind.get_resource, {"netvisorkeylist": ",".join(chunk), **kind.extra})
        for row in everywhere(root, kind.row):
            detail = read_invoice_detail(row, kind)
            if detail.key:
                found[detail.key] = detail
    return found


def read_invoice_detail(row: Element, kind: InvoiceKind) -> InvoiceDetail:
    """Return one invoice; our mark is looked for in all its texts, since its place in answers is not documented."""
    texts = (read_marker(each.text) for each in row.iter())
    key = next((found for name in kind.key_elements if (found := get(row, name))), "")
    number = next((found for each in ("salesinvoicenumber", "purchaseinvoicenumber") if (found := get(row, each))), "")
    return InvoiceDetail(
        key=key,
        mark=next((mark for mark in texts if mark), ""),
        party_id=get(row, kind.party_element),
        number=number,
        totals=_totals(row, kind),
    )


def _totals(row: Element, kind: InvoiceKind) -> Totals:
    gross = amount(get(row, kind.amount_element), kind.amount_element)
    lines = list(everywhere(row, "salesinvoiceproductline"))
    texts = [get(line, "salesinvoiceproductlinevatsum") for line in lines]
    if not lines or not all(texts):
        return Totals(gross=abs(gross))
    vat = sum((amount(each, "SalesInvoiceProductLineVatSum") for each in texts), ZERO)
    sign = -1 if gross < 0 else 1
    return Totals(net=(gross - vat) * sign, vat=vat * sign, gross=gross * sign)


async def list_payments(client: Client, params: dict[str, str]) -> list[PaymentRow]:
    """Return sales payments by the list's own parameters."""
    return read_payments(await client.read("salespaymentlist.nv", params))


def read_payments(root: Element) -> list[PaymentRow]:
    """Return the payments of a list."""
    return [
        PaymentRow(
            key=get(row, "netvisorkey"),
            mark=read_marker(get(row, "name")),
            date=_day(row, "date"),
            total=amount(get(row, "sum"), "Sum"),
            invoice_number=get(row, "invoicenumber"),
        )
        for row in everywhere(root, "salespayment")
    ]


async def list_customers(client: Client, keyword: str = "") -> list[PartyRow]:
    """Return customers, all of them or those that a keyword fits."""
    return read_customers(await client.read("customerlist.nv", {"keyword": keyword} if keyword else {}))


def read_customers(root: Element) -> list[PartyRow]:
    """Return the customers of a list."""
    return [
        PartyRow(
            key=get(row, "netvisorkey"),
            name=get(row, "name"),
            code=get(row, "code"),
            organisation_id=get(row, "organisationidentifier"),
        )
        for row in everywhere(root, "customer")
    ]


async def customer_marks(client: Client, keys: list[str]) -> dict[str, str]:
    """Return our marks by customer key, where customers bear one."""
    found: dict[str, str] = {}
    for chunk in in_chunks(keys):
        root = await client.read("getcustomer.nv", {"idlist": ",".join(chunk)})
        for row in everywhere(root, "customer"):
            mark = read_marker(get(row, "customeradditionalinformation", "comment"))
            if mark:
                found[get(row, "customerbaseinformation", "netvisorkey") or get(row, "netvisorkey")] = mark
    return found


async def list_products(client: Client, keyword: str = "") -> list[ProductRow]:
    """Return products, all of them or those that a keyword fits."""
    return read_products(await client.read("productlist.nv", {"keyword": keyword} if keyword else {}))


def read_products(root: Element) -> list[ProductRow]:
    """Return the products of a list."""
    return [
        ProductRow(key=get(row, "netvisorkey"), code=get(row, "productcode"), name=get(row, "name"))
        for row in everywhere(root, "product")
    ]


def _day(row: Element, name: str) -> dt.date:
    date = day(get(row, name), name)
    if date is None:
        raise BadInput(field=name, value="", rule="date")
    return date
