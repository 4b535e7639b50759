"""Maestro's books: products, customers, the sales ledger and the import's log."""

import re
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.maestro.records import Customer, Invoice, LogLine, Product, Refused

GENERAL = "A/0"
_SPOKEN = re.compile(r"[/\s]+")


def folded(code: str) -> str:
    """Return a code as the importer compares it: upper case, without strokes and spaces."""
    return _SPOKEN.sub("", code).upper()


DEMO_PRODUCTS = (
    Product(id=GENERAL, name="Yleistuote"),
    Product(id="A1", number="SUU", name="Suunnittelu", unit="h"),
    Product(id="A2", number="KOO", name="Koodaus ja testaus", unit="h"),
    Product(id="A12", number="KONS", name="Konsultointi", unit="h"),
    Product(id="B1", number="KM", name="Kilometrikorvaus", unit="km", account="3080"),
    Product(id="B2", number="PVR", name="Päiväraha", unit="pv", account="3080"),
    Product(id="C1", number="LIS", name="Käyttölisenssi €", account="3010"),
    Product(id="C2", number="KIRJA", name="Ohjekirja", vat_rate=Decimal("13.5"), account="3020"),
    Product(id="C9", number="VANHA", name="Vanha palvelu", is_active=False),
)


class Books:
    """The books of one company. Invoices are kept by number, which is why none can be there twice."""

    def __init__(self, *, demo: bool, product_names: str) -> None:
        products = DEMO_PRODUCTS if demo else DEMO_PRODUCTS[:1]
        self.products = [msgspec.structs.replace(each) for each in products]
        self.customers: dict[str, Customer] = {}
        self.invoices: dict[str, Invoice] = {}
        self.log: list[LogLine] = []
        self.refused: list[dict[str, str]] = []
        self._names = product_names

    def product(self, code: str) -> Product | None:
        """Return the active product of a code: its TuoteId or its Tuotenumero."""
        for each in self.products:
            names = []
            if self._names in {"both", "id"}:
                names.append(each.id)
            if self._names in {"both", "number"}:
                names.append(each.number)
            if each.is_active and folded(code) in {folded(name) for name in names if name}:
                return each
        return None

    def note(self, level: str, code: str, file: str, text: str) -> None:
        """Write a line of the log."""
        self.log.append(LogLine(level=level, code=code, file=file, text=text))

    def put_customer(self, customer: Customer) -> None:
        """Keep a customer; a newer file replaces what an older one said."""
        known = self.customers.get(customer.number)
        customer.times = known.times + 1 if known else 1
        self.customers[customer.number] = customer

    def put_invoice(self, invoice: Invoice, *, require_customer: bool) -> Invoice:
        """Enter an invoice, its rows on their products and those without one on A/0.

        The very same file once more is answered as before.

        Raises:
            Refused: DUPLICATE_NUMBER, CUSTOMER_UNKNOWN.

        """
        known = self.invoices.get(invoice.number)
        if known is not None:
            if (known.delivery, known.sha256) == (invoice.delivery, invoice.sha256):
                known.times += 1
                return known
            raise Refused("DUPLICATE_NUMBER", f"Invoice {invoice.number} is in the books as voucher {known.voucher}")
        if require_customer and invoice.customer not in self.customers:
            raise Refused("CUSTOMER_UNKNOWN", f"There is no customer {invoice.customer!r}")
        for at, row in enumerate(invoice.rows, start=1):
            found = self.product(row.code)
            if found is None:
                text = f"invoice={invoice.number} row={at} code={row.code} name={row.name} used={GENERAL}"
                self.note("WARN", "PRODUCT_NOT_MATCHED", invoice.file, text)
            row.product = found.id if found else GENERAL
        invoice.voucher = len(self.invoices) + 1
        self.invoices[invoice.number] = invoice
        return invoice

    def state(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "products": self.products,
            "customers": list(self.customers.values()),
            "invoices": list(self.invoices.values()),
            "log": self.log,
            "refused": self.refused,
        }

    def summary(self) -> dict[str, Any]:
        """Return counts and totals."""
        invoices = list(self.invoices.values())
        return {
            "products": {"count": len(self.products)},
            "customers": {"count": len(self.customers)},
            "invoices": {
                "count": len(invoices),
                "net": sum((each.net for each in invoices), Decimal(0)),
                "vat": sum((each.vat for each in invoices), Decimal(0)),
                "gross": sum((each.gross + each.rounding for each in invoices), Decimal(0)),
            },
            "on_general_product": sum(row.product == GENERAL for each in invoices for row in each.rows),
            "refused": {"count": len(self.refused)},
        }
