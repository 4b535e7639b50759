"""What is kept: the few columns that lists, states and totals need, and the rest as the JSON it came in."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.kit import decode
from tilisilta_emulators.procountor.money import ZERO, Sums

SALES_TYPES = frozenset(("SALES_INVOICE", "SALES_ORDER"))
ORDER_TYPES = frozenset(("SALES_ORDER", "PURCHASE_ORDER"))
CIRCULATED_TYPES = frozenset(("PURCHASE_INVOICE", "TRAVEL_INVOICE", "BILL_OF_CHARGES"))


class PaymentEvent(msgspec.Struct):
    """Money that settled an invoice, in the invoice's currency."""

    id: int
    invoice_id: int
    type: str
    date: str
    amount: Decimal
    currency: str
    description: str | None
    status: str = "MARKED_PAID"

    def wire(self) -> dict[str, Any]:
        """Return the event as answers show it."""
        out = {
            "id": self.id,
            "invoiceId": self.invoice_id,
            "type": self.type,
            "paymentDate": self.date,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "paidAmount": self.amount,
            "paidCurrency": self.currency,
        }
        if self.description is not None:
            out["description"] = self.description
        return out


class Invoice(msgspec.Struct):
    """An invoice; `body` holds the checked request with row ids."""

    id: int
    type: str
    status: str
    date: str
    due: str
    number: int
    original: str | None
    partner_id: int | None
    name: str
    channel: str
    currency: str
    sums: Sums
    created: str
    version: str
    creator: int
    body: bytes
    receipt_id: int | None = None
    paid_on: str | None = None
    in_circulation: bool = False
    trail: tuple[tuple[str, str, str, str], ...] = ()
    comments: tuple[dict[str, Any], ...] = ()
    events: tuple[int, ...] = ()
    checks: dict[str, str] | None = None
    """When each verifier (`v7`) and acceptor (`a7`) did their part."""

    @property
    def sales(self) -> bool:
        return self.type in SALES_TYPES

    @property
    def side(self) -> str:
        """`SALES` or `PURCHASE`."""
        return "SALES" if self.sales else "PURCHASE"

    def data(self) -> dict[str, Any]:
        """Return the stored request, numbers exact."""
        out: dict[str, Any] = decode(self.body)
        return out


class Receipt(msgspec.Struct):
    """An accounting page; `body` holds it with its transactions. Those of invoices take the invoice's status."""

    id: int
    type: str
    status: str
    name: str
    date: str
    number: int
    invoice_id: int
    invoice_number: int
    created: str
    version: str
    body: bytes
    vat: Decimal = ZERO
    """VAT of its rows, as the ledger carries it."""

    def data(self) -> dict[str, Any]:
        """Return the stored page, numbers exact."""
        out: dict[str, Any] = decode(self.body)
        return out


class Partner(msgspec.Struct):
    """A row of the customer, supplier or person register."""

    id: int
    type: str
    name: str
    identifier: str | None
    customer_number: str | None
    active: bool
    version: str
    body: bytes
    combine_rows: bool = False
    default_account: str | None = None
    vat_status: int = 1
    dimensions: dict[int, dict[str, Any]] = {}

    def data(self) -> dict[str, Any]:
        """Return the stored partner, numbers exact."""
        out: dict[str, Any] = decode(self.body)
        return out


class Attachment(msgspec.Struct):
    """A file and what it hangs on."""

    id: int
    name: str
    reference_type: str
    reference_id: int
    mime_type: str
    send: bool
    user: str
    attached: str
    content: bytes

    def wire(self) -> dict[str, Any]:
        """Return the attachment as answers show it."""
        return {
            "id": self.id,
            "name": self.name,
            "referenceType": self.reference_type,
            "referenceId": self.reference_id,
            "mimeType": self.mime_type,
            "sendWithInvoice": self.send,
        }


class Period(msgspec.Struct):
    """One tracking period of a fiscal year."""

    id: int
    start: date
    end: date
    status: str
    modified: str


class FiscalYear(msgspec.Struct):
    """A fiscal year and its months; open while a period of it is."""

    id: int
    start: date
    end: date
    modified: str
    periods: list[Period]

    @property
    def is_open(self) -> bool:
        return any(period.status != "CLOSED" for period in self.periods)


class Account(msgspec.Struct):
    """A ledger account. `vat` says whether VAT percentages other than 0 may stand on it."""

    code: str
    name: str
    finnish: str
    vat: bool
    active: bool = True


class VatStatus(msgspec.Struct):
    """A VAT status. `domestic` ones take any percentage, others 0."""

    number: int
    text: str
    sales: bool
    purchase: bool
    domestic: bool = False
