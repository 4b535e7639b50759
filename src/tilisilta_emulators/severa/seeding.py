"""Generated books of any size, the same for the same spec, and documents with chosen rows."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.severa import invoicing, writing
from tilisilta_emulators.severa.demo import add_line
from tilisilta_emulators.severa.demo_settings import WAITING
from tilisilta_emulators.severa.records import Entry, Invoice, Record, Row
from tilisilta_emulators.severa.store import Store

MAX_INVOICES = 1_000_000
_WAYS = {"product": "p", "worktype": "h", "travel": "t"}


class PutRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One row: of a product, work type or travel expense type by code or name, or a flat rate."""

    kind: str = "product"
    code: str | None = None
    description: str | None = None
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    vat: Decimal = Decimal("25.5")
    unit: str | None = None


class PutInvoice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One invoice: of a customer by name, in a status by name; `credits` is the guid or number of what it credits."""

    customer: str = ""
    status: str = WAITING
    day: date | None = msgspec.field(name="date", default=None)
    number: int | None = None
    rows: list[PutRow] = []
    credits: int | None = None


class SeedSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What `POST /_emulator/seed` takes.

    Args:
        invoices: How many to make, each with `rows` rows, for `customers` new customers.
        items: How many products to make for them.
        status: Name of the status they are in.
        start, end: First and last day (`from` and `to` in JSON).
        credits: Every so many-th invoice is credited; 0 for none.
        seed: Of the random choices.
        put: Invoices with chosen rows, in order.
        records: New records of lists and registers by kind, under the API's names.

    """

    invoices: int = 0
    rows: int = 2
    customers: int = 50
    items: int = 50
    status: str = WAITING
    start: date = msgspec.field(name="from", default=date(2026, 1, 1))
    end: date = msgspec.field(name="to", default=date(2026, 10, 31))
    credits: int = 0
    seed: int = 1
    put: list[PutInvoice] = []
    records: dict[str, list[dict[str, Any]]] = {}


def seed(store: Store, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Add what `spec` asks and return how many invoices were added, with the numbers of those put.

    Raises:
        msgspec.ValidationError: `spec` is not a SeedSpec.
        ValueError: Numbers out of range, an unknown status, customer, kind or code.

    """
    wanted = msgspec.convert(dict(spec), SeedSpec, strict=False)
    if not 0 <= wanted.invoices <= MAX_INVOICES or wanted.end < wanted.start:
        raise ValueError(f"invoices: 0 to {MAX_INVOICES}; to: not before from")
    if min(wanted.rows, wanted.customers, wanted.items) < 1:
        raise ValueError("rows, customers and items: at least 1")
    status = store.status_named(wanted.status)
    if status is None:
        raise ValueError(f"no status {wanted.status!r}")
    made: dict[str, list[str]] = {}
    for kind, rows in wanted.records.items():
        if kind not in store.tables:
            raise ValueError(f"unknown kind {kind!r}")
        made[kind] = [_record(store, kind, fields).guid for fields in rows]
    if wanted.invoices:
        _generate(store, wanted, status)
    put = [_put(store, one) for one in wanted.put]
    return {
        "invoices": wanted.invoices + len(put),
        "put": [{"guid": one.guid, "number": one.number} for one in put],
        "records": made,
    }


def _record(store: Store, kind: str, fields: dict[str, Any]) -> Record:
    body = {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in fields.items()}
    if kind == "addresses":
        data = {name: writing.resolve(store, name, value) for name, value in body.items()}
        return store.make(kind, **data)
    try:
        return writing.create(store, kind, body)
    except (KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{kind}: {error}") from None


def _generate(store: Store, wanted: SeedSpec, status: Record) -> None:
    chance = random.Random(wanted.seed)
    projects = [_project(store, at) for at in range(wanted.customers)]
    accounts = list(store.tables["salesaccounts"])
    products = [
        store.make(
            "products",
            name=f"Tuote {at + 1}",
            code=f"G{len(store.tables['products']) + 1:05d}",
            type="FixedFees",
            unitPrice={"amount": Decimal(chance.randint(500, 50_000)) / 100, "currencyCode": "EUR"},
            vatRate=Decimal("25.5"),
            measurementUnit="kpl",
            isActive=True,
            salesAccount=accounts[0],
        )
        for at in range(wanted.items)
    ]
    days = (wanted.end - wanted.start).days + 1
    quantities = [Decimal(one) for one in range(1, 6)]
    for at in range(wanted.invoices):
        project = projects[at % len(projects)]
        day = wanted.start + timedelta(days=at * days // wanted.invoices)
        invoice = invoicing.new_invoice(store, project.data["customer"], [project], status, day)
        for _ in range(wanted.rows):
            product = chance.choice(products)
            _fee_row(store, invoice, _fee(store, project, product, chance.choice(quantities), day))
        invoicing.add_up(store, invoice)
        if wanted.credits and (at + 1) % wanted.credits == 0:
            invoicing.credit(store, invoice, status)


def _fee(store: Store, project: Record, product: Record, quantity: Decimal, day: date) -> Entry:
    table, now = store.entries["projectfees"], store.main_unit.created
    entry = Entry(
        number_in_kind=table.next_number,
        created=now,
        updated=now,
        kind="projectfees",
        source=product,
        project=project,
        user=store.admin,
        description=product.data["name"],
        quantity=quantity,
        unit_price=product.data["unitPrice"]["amount"],
        unit_cost=Decimal(0),
        vat_rate=product.data["vatRate"],
        unit="kpl",
        day=day,
    )
    return table.add(entry)


def _fee_row(store: Store, invoice: Invoice, entry: Entry) -> None:
    # As `invoicing.add_row` would, without asking the clock for each of a million rows.
    entry.row = row = Row(
        number_in_kind=store.rows.next_number,
        created=invoice.created,
        updated=invoice.created,
        invoice=invoice,
        row_type="ProjectFees",
        description=entry.description,
        quantity=entry.quantity,
        unit_price=entry.unit_price,
        unit=entry.unit,
        vat_rate=entry.vat_rate,
        account=entry.source.data["salesAccount"] if entry.source else None,
        cost_center=None,
        sort_order=len(invoice.rows) + 1,
        entries=(entry,),
    )
    store.rows.add(row)
    invoice.rows.append(row)


def _project(store: Store, at: int) -> Record:
    finland = next(iter(store.tables["countries"]))
    customer = store.make(
        "customers",
        name=f"Asiakas {at + 1} Oy",
        number=store.next_customer_number,
        isActive=True,
        vatNumber=f"FI{30_000_000 + at}",
        email=f"laskut@a{at + 1}.example",
        currency=store.euro,
        paymentTerm=14,
    )
    store.next_customer_number += 1
    store.make(
        "addresses",
        addressline=f"Testikatu {at + 1}",
        postalCode="00100",
        city="Helsinki",
        country=finland,
        isBillingAddress=True,
        isVisitAddress=True,
        customer=customer,
    )
    return _project_of(store, customer)


def _project_of(store: Store, customer: Record) -> Record:
    body = {
        "name": f"{customer.text('name')}: työ",
        "customer": {"guid": customer.guid},
        "projectOwner": {"guid": store.admin.guid},
    }
    return writing.create(store, "projects", body)


def _put(store: Store, wanted: PutInvoice) -> Invoice:
    status = store.status_named(wanted.status)
    if status is None:
        raise ValueError(f"no status {wanted.status!r}")
    if wanted.credits is not None:
        found = store.by_number.get(wanted.credits)
        if not found:
            raise ValueError(f"no invoice {wanted.credits}")
        return invoicing.credit(store, found[0], status)
    customer = next((one for one in store.tables["customers"] if one.text("name") == wanted.customer), None)
    if customer is None:
        raise ValueError(f"no customer {wanted.customer!r}")
    project = next((one for one in store.tables["projects"] if one.data["customer"] is customer), None)
    project = project or _project_of(store, customer)
    day = wanted.day or store.now().date()
    free = store.next_invoice_number
    invoice = invoicing.new_invoice(store, customer, [project], status, day)
    if wanted.number is not None:
        # The number that the status gave is not used up by one that was chosen.
        store.next_invoice_number = free
        invoicing.set_number(store, invoice, wanted.number, None)
    for row in wanted.rows:
        _put_row(store, invoice, project, row)
    invoicing.add_up(store, invoice)
    return invoice


def _put_row(store: Store, invoice: Invoice, project: Record, wanted: PutRow) -> None:
    shape: dict[str, Any] = {
        "quantity": wanted.quantity,
        "unit_price": wanted.price,
        "vat_rate": wanted.vat,
        "unit": wanted.unit or "kpl",
    }
    if wanted.kind == "flat":
        invoicing.add_row(store, invoice, "FlatRate", None, description=wanted.description or "Kiinteä hinta", **shape)
        return
    way = _WAYS.get(wanted.kind)
    if way is None:
        raise ValueError(f"kind: {wanted.kind!r} is not one of flat, {', '.join(_WAYS)}")
    line = (way, wanted.code, str(wanted.quantity), str(wanted.price), str(wanted.vat))
    entry = add_line(store, project, line, invoice.day)
    text = wanted.description or entry.description or "-"
    entry.description = text
    row = invoicing.add_row(store, invoice, invoicing.ROW_TYPES[entry.kind], entry, **{**shape, "description": text})
    invoicing.take_entries(store, row, [entry])
