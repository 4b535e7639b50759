"""Customers, projects and invoices of the demo organization, awkward ones among them."""

from datetime import date
from decimal import Decimal
from typing import Any

from tilisilta_emulators.severa import invoicing, writing
from tilisilta_emulators.severa.demo_settings import TRANSFERRED, WAITING, open_settings
from tilisilta_emulators.severa.invoice_writing import add_entry
from tilisilta_emulators.severa.records import Invoice, Record
from tilisilta_emulators.severa.store import Store

_CUSTOMERS = (
    ("Kallion Kone Oy", "FI12345671", "Konekatu 3", "00530", "Helsinki", "FI", "003712345671", "BAWCFI22"),
    (
        "Tammisto Rakennus Oy",
        "FI20123451",
        "Tammiston kauppatie 7",
        "01510",
        "Vantaa",
        "FI",
        "003720123451",
        "DABAFIHH",
    ),
    ("Saimaan Puhdas Vesi ry", None, "Satamatie 2", "53900", "Lappeenranta", "FI", None, None),
    ("Lumme Digital Oy", "FI27654327", "Hämeenkatu 11 B 4", "33100", "Tampere", "FI", "lasku@lumme.example", None),
    ("Põhjala Disain OÜ", "EE101234563", "Pärnu mnt 15", "10141", "Tallinn", "EE", None, None),
    (
        "Äänekosken Öljy & Väri Oy",
        "FI18765436",
        "Tehtaankatu 1",
        "44100",
        "Äänekoski",
        "FI",
        "003718765436",
        "OKOYFIHH",
    ),
    ("Fjordkraft Verkstad AS", "NO918654062MVA", "Storgata 9", "0155", "Oslo", "NO", None, None),
    ("Osoitteeton Asiakas Tmi", None, None, None, None, None, None, None),
)
_PEOPLE = (("Pekka", "Kallio"), ("Sanna", "Tammi"), ("Veikko", "Vesi"), ("Inka", "Lumme"))
# customer, status, day, rows of (kind, code or name, quantity, price, rate)
Line = tuple[str, str | None, str, str, str]
_INVOICES: tuple[tuple[int, str, str, tuple[Line, ...]], ...] = (
    (0, TRANSFERRED, "2026-09-01", (("h", "TYO-01", "12", "85.00", "25.5"),)),
    (1, "Maksettu", "2026-09-05", (("p", "A100", "1", "490.00", "25.5"), ("t", "KM", "120", "0.55", "25.5"))),
    (0, WAITING, "2026-10-01", (("h", "TYO-01", "5", "80.00", "25.5"),)),
    (
        1,
        WAITING,
        "2026-10-02",
        (
            ("h", "TYO-01", "7.5", "92.00", "25.5"),
            ("h", "TYO-02", "2.25", "110.00", "25.5"),
            ("p", "A101", "3", "89.00", "25.5"),
            ("t", "MATKA", "1", "64.20", "25.5"),
            ("t", "Pysäköinti", "2", "7.50", "25.5"),
        ),
    ),
    (2, WAITING, "2026-10-03", (("p", "B/20", "4", "42.50", "13.5"), ("p", "TARVIKE 7", "10", "12.90", "25.5"))),
    (3, WAITING, "2026-10-06", (("h", "Koulutus", "6", "130.00", "25.5"), ("p", "Muu veloitus", "1", "35.00", "25.5"))),
    (4, WAITING, "2026-10-07", (("h", "TYO-01", "16", "85.00", "0"),)),
    (5, WAITING, "2026-10-08", (("p", "A099", "1", "390.00", "25.5"), ("h", "A100", "1.5", "85.00", "25.5"))),
    (6, WAITING, "2026-10-09", (("p", "ALI-1", "8", "75.00", "0"), ("p", "A101", "0", "89.00", "25.5"))),
    (7, WAITING, "2026-10-10", (("h", "TYO-09", "3", "60.00", "25.5"),)),
    (0, "Luonnos", "2026-10-12", (("h", "TYO-02", "4", "110.00", "25.5"),)),
)
_KINDS = {"h": "workhours", "p": "projectfees", "t": "projecttravelexpenses"}
_REGISTERS = {"h": "worktypes", "p": "products", "t": "travelexpensetypes"}


def open_books(store: Store, *, documents: bool) -> None:
    """Open the demo organization, with its customers and invoices when `documents`."""
    open_settings(store)
    if not documents:
        return
    customers = [_customer(store, at, row) for at, row in enumerate(_CUSTOMERS)]
    projects = [_project(store, customer) for customer in customers]
    for at, status, day, lines in _INVOICES:
        add_invoice(store, projects[at], status, date.fromisoformat(day), lines)
    first = next(iter(store.invoices))
    invoicing.credit(store, first, store.status_named(WAITING))
    _mixed(store, projects[1])
    _flat(store, projects[3])
    _waiting_work(store, projects[0])
    for name in ("Tuntierittely.pdf",):
        invoice = store.invoices.rows[4]
        store.make(
            "invoicefiles",
            name=name,
            contentType="application/pdf",
            category="Invoice",
            invoiceGuid=invoice.guid,
            sortOrder=1,
        )


def _customer(store: Store, at: int, row: tuple[Any, ...]) -> Record:
    name, vat, street, post, city, country, address, operator = row
    body: dict[str, Any] = {
        "name": name,
        "vatNumber": vat,
        "email": f"laskut@asiakas{at + 1}.example",
        "paymentTerm": 14 if at != 4 else 30,
        "overdueInterest": Decimal("8.0"),
        "eInvoiceAddress": address,
        "eInvoiceOperator": operator,
    }
    customer = writing.create(store, "customers", body)
    countries = {one.text("code2"): one for one in store.tables["countries"]}
    if street is None:
        customer.data["number"] = None
        return customer
    store.make(
        "addresses",
        addressline=street,
        postalCode=post,
        city=city,
        country=countries[country],
        isBillingAddress=True,
        isPostalAddress=True,
        isVisitAddress=True,
        customer=customer,
    )
    if at < len(_PEOPLE):
        first, last = _PEOPLE[at]
        mail = f"{first}.{last}@asiakas{at + 1}.example".lower()
        contact = writing.create(
            store, "contactpersons", {"firstName": first, "lastName": last, "customer": {"guid": customer.guid}}
        )
        way = next(one for one in store.tables["communicationtypes"] if one.text("type") == "EmailAddress")
        writing.create(
            store,
            "contactcommunications",
            {"value": mail, "contact": {"guid": contact.guid}, "communicationType": {"guid": way.guid}},
        )
    if country == "EE":
        zero = next(one for one in store.tables["vatrates"] if one.data["percentage"] == 0)
        store.make(
            "customercountrysettings",
            customer=customer,
            country=countries["EE"],
            valueAddedTax=zero,
            isTaxFree=True,
            taxFreeDescription="Käännetty verovelvollisuus",
            zeroVatCategoryCodeEn16931="AE",
        )
    return customer


def _project(store: Store, customer: Record) -> Record:
    body = {
        "name": f"{customer.text('name')}: jatkuva työ",
        "customer": {"guid": customer.guid},
        "projectOwner": {"guid": store.admin.guid},
        "ourReference": "Aino Rautio",
        "yourReference": "Tilaus 7",
        "orderNumber": f"PO-{customer.number_in_kind:04d}",
        "invoiceNotes": "Kiitos tilauksesta.",
    }
    return writing.create(store, "projects", body)


def find_source(store: Store, way: str, key: str | None) -> Record | None:
    """Return the product, work type or travel expense type with this code, else with this name."""
    table = store.tables[_REGISTERS[way]]
    by_code = next((one for one in table if key is not None and one.data.get("code") == key), None)
    return by_code or next((one for one in table if one.data.get("name") == key), None)


def add_line(store: Store, project: Record, line: Line, day: date) -> Any:
    """Keep an entry as a line of the demo says."""
    way, key, quantity, price, rate = line
    source = find_source(store, way, key)
    body = {
        "quantity": Decimal(quantity),
        "unitPrice": {"amount": Decimal(price)},
        "vatRate": Decimal(rate),
        "eventDate": day,
        "description": source.text("name") if source else key,
    }
    return add_entry(store, _KINDS[way], project, source, user=store.admin, body=body)


def add_invoice(store: Store, project: Record, status: str, day: date, lines: tuple[Line, ...]) -> Invoice:
    """Keep an invoice of `project` with a row for each line.

    Raises:
        ValueError: There is no such status.

    """
    found = store.status_named(status)
    if found is None:
        raise ValueError(f"no status {status!r}")
    entries = [add_line(store, project, line, day) for line in lines]
    invoice = invoicing.new_invoice(store, project.data["customer"], [project], found, day)
    if found.data.get("isPaid"):
        invoice.paid = invoicing.add_days(day, 12)
    invoicing.bill(store, invoice, entries)
    return invoice


def _mixed(store: Store, project: Record) -> None:
    """A row that groups work of two kinds, so that it has two codes."""
    day = date(2026, 10, 14)
    entries = [
        add_line(store, project, ("h", "TYO-01", "3", "90.00", "25.5"), day),
        add_line(store, project, ("h", "TYO-02", "2", "90.00", "25.5"), day),
    ]
    status = store.status_named(WAITING)
    if status is None:
        return
    invoice = invoicing.new_invoice(store, project.data["customer"], [project], status, day)
    row = invoicing.add_row(store, invoice, "Hours", entries[0], description="Työ yhteensä", quantity=Decimal(5))
    invoicing.take_entries(store, row, entries)
    invoicing.add_up(store, invoice)


def _flat(store: Store, project: Record) -> None:
    """A row of a flat rate, which has no code."""
    status = store.status_named(WAITING)
    if status is None:
        return
    invoice = invoicing.new_invoice(store, project.data["customer"], [project], status, date(2026, 10, 15))
    invoicing.add_row(
        store,
        invoice,
        "FlatRate",
        None,
        description="Kiinteähintainen vaihe 1",
        quantity=Decimal(1),
        unit_price=Decimal("1250.00"),
        vat_rate=Decimal("25.5"),
        account=next(iter(store.tables["salesaccounts"])),
    )
    invoicing.add_up(store, invoice)


def _waiting_work(store: Store, project: Record) -> None:
    """What the first project still has to bill."""
    day = date(2026, 10, 20)
    for line in (
        ("h", "TYO-01", "4", "85.00", "25.5"),
        ("h", "TYO-01", "3.5", "85.00", "25.5"),
        ("p", "A100", "1", "490.00", "25.5"),
        ("t", "KM", "80", "0.55", "25.5"),
    ):
        add_line(store, project, line, day)
