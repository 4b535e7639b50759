"""What a company already has: some parties and items for matching, or many generated documents."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.netvisor import chart, vendors
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.ledger import enter, vat_of
from tilisilta_emulators.netvisor.purchase_invoices import enter_invoice as enter_purchase
from tilisilta_emulators.netvisor.records import (
    BankAccount,
    Customer,
    Product,
    PurchaseInvoice,
    PurchaseRow,
    SalesInvoice,
    SalesPayment,
    SalesRow,
    Vendor,
)
from tilisilta_emulators.netvisor.sales_draft import reference_of
from tilisilta_emulators.netvisor.sales_invoices import enter_invoice as enter_sale
from tilisilta_emulators.netvisor.sales_payments import enter_payment
from tilisilta_emulators.netvisor.values import ZERO, cents

_RATE = Decimal("25.5")

# Code, name, business id, street, postal code, town, country, e-mail. Check digits are right, companies invented.
_CUSTOMERS = (
    ("1", "Asiakas Oy", "1234567-1", "Esimerkkitie 1", "33100", "Tampere", "FI", "laskut@asiakas.example"),
    (
        "2",
        "Järvenrannan Rakennus Oy",
        "2345678-4",
        "Rantakatu 12",
        "15110",
        "Lahti",
        "FI",
        "talous@jarvenranta.example",
    ),
    ("3", "Pohjolan Puu Oy", "3456789-8", "Sahatie 4", "90100", "Oulu", "FI", ""),
    ("4", "Põhjala Puit OÜ", "19900120", "Kase 7", "10115", "Tallinn", "EE", "arved@pohjalapuit.example"),
    ("5", "Åbo Design Ab", "1357924-6", "Slottsgatan 3", "20100", "Turku", "FI", "faktura@abodesign.example"),
)
_VENDORS = (
    ("T1", "Toimittaja Oy", "7654321-2", "Varastotie 9", "00100", "Helsinki", "FI", "FI4250001510000023"),
    ("T2", "Sähköliike Valo Oy", "2468013-1", "Teollisuuskatu 2", "00510", "Helsinki", "FI", "FI2950009420028730"),
    ("T3", "Pilvipalvelu Oy", "", "", "", "", "FI", ""),
    ("T4", "Elektriabi OÜ", "19900568", "Pärnu mnt 5", "10141", "Tallinn", "EE", "EE382200221020145685"),
)
_PRODUCTS = (
    ("HUB-1", "Kuukausimaksu", "Palvelut", "kpl", "10.00", "3000"),
    ("KONS-1", "Konsultointi", "Palvelut", "h", "95.00", "3010"),
    ("LAUTA-22", "Lauta 22x100", "Tavarat", "m", "2.4900", "3010"),
)
_DIMENSIONS = (("Kustannuspaikka", ("Hallinto", "Myynti", "Tuotanto")), ("Projekti", ("P-100", "P-200")))


def fill(call: Call) -> None:
    """Enter the parties, items and dimensions of a small company."""
    for code, name, business_id, street, postal, city, country, email in _CUSTOMERS:
        add_customer(call, {
            "internalidentifier": code, "name": name, "externalidentifier": business_id, "streetaddress": street,
            "postnumber": postal, "city": city, "country": country, "email": email, "isactive": "1",
            "customergroupname": "Yritykset",
        })  # fmt: skip
    for code, name, business_id, street, postal, city, country, iban in _VENDORS:
        fields = {
            "code": code, "name": name, "organizationid": business_id, "address": street, "postcode": postal,
            "city": city, "country": country,
        }  # fmt: skip
        add_vendor(call, fields, iban)
    for row in _PRODUCTS:
        add_product(call, row)
    for name, items in _DIMENSIONS:
        for item in items:
            call.books.dimension(name, item, create=True)


def add_customer(call: Call, fields: dict[str, str]) -> Customer:
    """Enter a customer and return it."""
    books = call.books
    code = fields.get("internalidentifier", "")
    folded = "\n".join((fields["name"], code, fields.get("externalidentifier", ""))).casefold()
    item = Customer(key=books.customers.next_key(), modified=call.now, fields=fields, folded=folded)
    books.customers.put(item)
    if code:
        books.customer_codes[code.casefold()] = item.key
    if fields.get("customergroupname"):
        books.group("customer", fields["customergroupname"])
    return item


def add_vendor(call: Call, fields: dict[str, str], iban: str) -> Vendor:
    """Enter a vendor and return it."""
    books = call.books
    accounts = []
    if iban:
        key = books.number("bank account")
        accounts.append(BankAccount(key, foreign=False, fields={"iban": iban, "bankname": "", "isdefault": "1"}))
    item = Vendor(key=books.vendors.next_key(), modified=call.now, fields=fields, accounts=accounts)
    vendors.index(call, item)
    books.vendors.put(item)
    return item


def add_product(call: Call, row: tuple[str, str, str, str, str, str]) -> Product:
    """Enter a product and return it."""
    books = call.books
    code, name, group, unit, price, account = row
    item = Product(
        key=books.products.next_key(),
        modified=call.now,
        fields={
            "productcode": code, "name": name, "productgroup": group, "unit": unit, "issalesproduct": "1",
            "defaultdomesticaccountnumber": account, "unitprice": price, "defaultvatpercentage": "25,5",
        },
        unit_price=Decimal(price),
        gross=False,
        vat_percent=_RATE,
        active=True,
    )  # fmt: skip
    books.products.put(item)
    books.product_codes[code.casefold()] = item.key
    books.group("product", group)
    return item


class Seed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much to generate. Documents are spread over the days from `since` to `until`.

    Args:
        rows: Rows of every invoice, pairs of lines of every voucher.
        paid: Share of sales invoices with a payment, 0 to 1.

    """

    customers: int = 0
    vendors: int = 0
    products: int = 0
    sales_invoices: int = 0
    purchase_invoices: int = 0
    vouchers: int = 0
    rows: int = 2
    paid: float = 0.0
    since: date = date(2026, 1, 1)
    until: date = date(2026, 12, 31)
    seed: int = 1


class _Generator:
    """Generates documents from one stream of chance."""

    def __init__(self, call: Call, wanted: Seed) -> None:
        self.call = call
        self.wanted = wanted
        self.chance = random.Random(wanted.seed)
        self.days = max((wanted.until - wanted.since).days, 0) + 1

    def day(self, at: int, count: int) -> date:
        """Return the date of document number `at` of `count`."""
        return self.wanted.since + timedelta(days=at * self.days // count)

    def price(self) -> Decimal:
        """Return some price."""
        return Decimal(self.chance.randrange(100, 100_000)) / 100

    def sale(self, customer: Customer, products: list[Product], day: date) -> SalesInvoice:
        """Return an open sales invoice."""
        rows = []
        for _ in range(self.wanted.rows):
            product, price, quantity = self.chance.choice(products), self.price(), self.chance.randrange(1, 10)
            net = cents(price * quantity)
            rows.append(
                SalesRow(
                    key=self.call.books.number("sales row"), name=product.name, identifier=product.code,
                    product_key=product.key, unit_price=price, vat_percent=_RATE, vat_code="KOMY",
                    quantity=Decimal(quantity), account="3000", net=net, vat=vat_of(net, _RATE, gross=False),
                )
            )  # fmt: skip
        net = sum((row.net for row in rows), ZERO)
        tax = sum((row.vat for row in rows), ZERO)
        number = str(self.call.books.number("sales invoice"))
        return SalesInvoice(
            key=0, modified=self.call.now, kind="invoice", number=number, date=day, due_date=day + timedelta(days=14),
            customer=customer, status="open", head={}, amount=net + tax, currency="EUR", rate=Decimal(1), rows=rows,
            net=net, vat=tax, reference=reference_of(number), net_days=14,
        )  # fmt: skip

    def purchase(self, vendor: Vendor, number: str, day: date) -> PurchaseInvoice:
        """Return an accepted purchase invoice."""
        rows = []
        for at in range(self.wanted.rows):
            net = self.price()
            gross = net + vat_of(net, _RATE, gross=False)
            rows.append(
                PurchaseRow(
                    key=self.call.books.number("purchase row"), name=f"Rivi {at + 1}", quantity=Decimal(1),
                    unit_price=net, vat_percent=_RATE, gross=gross, net=gross - vat_of(gross, _RATE, gross=True),
                    account="4000",
                )
            )  # fmt: skip
        return PurchaseInvoice(
            key=0, modified=self.call.now, number=number, date=day, value_date=day,
            due_date=day + timedelta(days=14), vendor=vendor, head={}, amount=sum((row.gross for row in rows), ZERO),
            currency="EUR", rows=rows, status="accepted", source="manual", visible=self.call.now, ready=True,
        )  # fmt: skip

    def voucher(self, at: int, day: date) -> None:
        """Enter a voucher as an import would."""
        books = self.call.books
        lines = []
        for _ in range(self.wanted.rows):
            amount = self.price()
            lines.append(books.line("1702", amount, "Myyntisaamiset"))
            lines.append(books.line("3000", -amount, "Myynti", ("KOMY", _RATE)))
        enter(self.call, "Tuodut tapahtumat", day, f"Tuonti {at + 1}", lines, source=("", 0))

    def pay(self, invoice: SalesInvoice) -> None:
        """Enter the payment of an invoice on its due date."""
        payment = SalesPayment(
            key=0, modified=self.call.now, name=invoice.customer.name, date=invoice.due_date, sum=invoice.amount,
            currency="EUR", reference=invoice.reference, invoice=invoice, method="Tilisiirto",
            method_type="alternative", account=chart.BANK,
        )  # fmt: skip
        enter_payment(self.call, payment, chart.DEFAULTS["SalesReceivables"], [])


def generate(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Enter generated records through the same doors as the API's.

    Raises:
        msgspec.ValidationError: `spec` has an unknown or wrong field.
        ValueError: Documents are asked for without parties or products to be had.

    """
    wanted = msgspec.convert(dict(spec), Seed)
    books, made = call.books, _Generator(call, wanted)
    start = len(books.customers)
    for at in range(start, start + wanted.customers):
        add_customer(call, {"internalidentifier": f"A{at:06}", "name": f"Asiakas {at:06} Oy", "country": "FI"})
    start = len(books.vendors)
    for at in range(start, start + wanted.vendors):
        add_vendor(call, {"code": f"V{at:06}", "name": f"Toimittaja {at:06} Oy", "country": "FI"}, "")
    start = len(books.products)
    for at in range(start, start + wanted.products):
        add_product(call, (f"TUOTE-{at:05}", f"Tuote {at}", "Tavarat", "kpl", "10.00", "3000"))
    customers, suppliers, products = list(books.customers), list(books.vendors), list(books.products)
    if (wanted.sales_invoices and not (customers and products)) or (wanted.purchase_invoices and not suppliers):
        raise ValueError("documents need parties and products; ask for them in the same call")
    payments = 0
    for at in range(wanted.sales_invoices):
        invoice = made.sale(made.chance.choice(customers), products, made.day(at, wanted.sales_invoices))
        enter_sale(call, invoice)
        if made.chance.random() < wanted.paid:
            made.pay(invoice)
            payments += 1
    start = len(books.purchases)
    for at in range(wanted.purchase_invoices):
        day = made.day(at, wanted.purchase_invoices)
        enter_purchase(call, made.purchase(made.chance.choice(suppliers), f"OL-{start + at + 1:06}", day))
    for at in range(wanted.vouchers):
        made.voucher(at, made.day(at, wanted.vouchers))
    counts = {name: getattr(wanted, name) for name in (
        "customers", "vendors", "products", "sales_invoices", "purchase_invoices", "vouchers",
    )}  # fmt: skip
    return {**counts, "sales_payments": payments}
