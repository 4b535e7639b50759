"""What the books hold. Keys are the vendor's NetvisorKeys; moments are Finnish local time without zone."""

import datetime as dt
from decimal import Decimal

import msgspec

ZERO = Decimal(0)

Dimensions = tuple[tuple[str, str], ...]


class Record(msgspec.Struct, kw_only=True):
    """Anything with a key that can change."""

    key: int
    modified: dt.datetime


class Attachment(msgspec.Struct, gc=False):
    """A file; `kind` is what the message called it (pdf, finvoice, invoiceimage, otherattachment)."""

    mime_type: str
    description: str
    file_name: str
    content: bytes
    kind: str = ""


class Line(msgspec.Struct, gc=False):
    """A line of a voucher; debit is positive."""

    key: int
    sum: Decimal
    account: str
    description: str = ""
    vat_percent: Decimal = ZERO
    vat_code: str = "NONE"
    follow_up: str = ""
    dimensions: Dimensions = ()


class Voucher(Record, kw_only=True):
    """A voucher; `source` says which document made it, `status` is valid, invalidated or deleted."""

    type: str
    number: int
    date: dt.date
    description: str
    lines: list[Line]
    status: str = "valid"
    source: str = ""
    source_key: int = 0
    checked: bool = False
    comment: str = ""
    created: dt.datetime | None = None
    attachments: list[Attachment] = []


class Customer(Record, kw_only=True):
    """A customer; `fields` are its leaf elements by lower-case name."""

    fields: dict[str, str]
    dimensions: Dimensions = ()
    folded: str = ""

    @property
    def name(self) -> str:
        """Name."""
        return self.fields.get("name", "")

    @property
    def code(self) -> str:
        """Customer number, empty when there is none."""
        return self.fields.get("internalidentifier", "")

    @property
    def business_id(self) -> str:
        """Business id, empty when there is none."""
        return self.fields.get("externalidentifier", "")


class BankAccount(msgspec.Struct, gc=False):
    """A vendor's bank account; `foreign` ones are named by BBAN."""

    key: int
    foreign: bool
    fields: dict[str, str]

    @property
    def number(self) -> str:
        """IBAN or BBAN without spaces."""
        return (self.fields.get("iban") or self.fields.get("bban") or "").replace(" ", "").upper()


class Vendor(Record, kw_only=True):
    """A vendor; `fields` are its leaf elements, prefixed with the first letters of their frame."""

    fields: dict[str, str]
    accounts: list[BankAccount]
    dimensions: Dimensions = ()
    posting_accounts: tuple[tuple[str, bool], ...] = ()

    @property
    def name(self) -> str:
        """Name."""
        return self.fields.get("name", "")

    @property
    def code(self) -> str:
        """Vendor number, empty when there is none."""
        return self.fields.get("code", "")

    @property
    def business_id(self) -> str:
        """Business id, empty when there is none."""
        return self.fields.get("organizationid", "")


class Product(Record, kw_only=True):
    """A product; prices without VAT unless `gross`."""

    fields: dict[str, str]
    unit_price: Decimal
    gross: bool
    vat_percent: Decimal | None
    active: bool
    dimensions: Dimensions = ()

    @property
    def name(self) -> str:
        """Name."""
        return self.fields.get("name", "")

    @property
    def code(self) -> str:
        """Product code, empty when there is none."""
        return self.fields.get("productcode", "")


class SalesRow(msgspec.Struct, gc=False):
    """A row of a sales invoice; sums in the invoice's currency. A comment row has only `comment`."""

    key: int
    comment: str | None = None
    name: str = ""
    identifier: str = ""
    product_key: int = 0
    unit_price: Decimal = ZERO
    vat_percent: Decimal = ZERO
    vat_code: str = "NONE"
    quantity: Decimal = ZERO
    discount: Decimal = ZERO
    free_text: str = ""
    unit: str = ""
    account: str = ""
    net: Decimal = ZERO
    vat: Decimal = ZERO
    dimensions: Dimensions = ()


class SalesInvoice(Record, kw_only=True):
    """A sales invoice, order or draft; `head` are the leaf elements that are only kept."""

    kind: str
    number: str
    date: dt.date
    due_date: dt.date
    customer: Customer
    status: str
    head: dict[str, str]
    amount: Decimal
    currency: str
    rate: Decimal
    rows: list[SalesRow]
    net: Decimal
    vat: Decimal
    reference: str = ""
    net_days: int | None = None
    discount_days: int | None = None
    discount: Decimal | None = None
    discount_is_sum: bool = False
    partial: bool = False
    receivables: str = ""
    voucher_lines: list[Line] = []
    attachments: list[Attachment] = []
    voucher_key: int = 0
    paid: Decimal = ZERO
    matched: list[int] = []

    @property
    def open(self) -> Decimal:
        """What is not paid, with the sign of the amount."""
        return ZERO if self.status in {"paid", "creditloss"} else self.amount - self.paid


class SalesPayment(Record, kw_only=True):
    """A sales payment."""

    name: str
    date: dt.date
    sum: Decimal
    currency: str
    reference: str
    invoice: SalesInvoice
    method: str
    method_type: str
    account: str
    voucher_key: int = 0
    settled: Decimal = ZERO
    foreign: Decimal | None = None


class PurchaseRow(msgspec.Struct, gc=False):
    """A row of a purchase invoice; `gross` is with VAT."""

    key: int
    name: str
    quantity: Decimal
    unit_price: Decimal
    vat_percent: Decimal
    gross: Decimal
    net: Decimal
    code: str = ""
    unit: str = ""
    ordered: Decimal | None = None
    discount: Decimal = ZERO
    description: str = ""
    account: str = ""
    vat_code: str = "KOOS"
    dimensions: Dimensions = ()


class PurchaseInvoice(Record, kw_only=True):
    """A purchase invoice; `visible` is when reads begin to see it."""

    number: str
    date: dt.date
    value_date: dt.date
    due_date: dt.date
    vendor: Vendor
    head: dict[str, str]
    amount: Decimal
    currency: str
    rows: list[PurchaseRow]
    status: str
    source: str
    visible: dt.datetime
    ready: bool = False
    attachments: list[Attachment] = []
    comments: list[str] = []
    voucher_key: int = 0
    paid: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Sum of the rows without VAT."""
        return sum((row.net for row in self.rows), ZERO)

    @property
    def gross(self) -> Decimal:
        """Sum of the rows with VAT."""
        return sum((row.gross for row in self.rows), ZERO)


class BankPayment(Record, kw_only=True):
    """A payment order of payment.nv, which waits for approval in Netvisor, or a paid purchase invoice."""

    fields: dict[str, str]
    date: dt.date
    amount: Decimal
    invoice: PurchaseInvoice | None = None
    voucher: Voucher | None = None

    @property
    def reference(self) -> str:
        """Return the reference number or message."""
        return self.fields.get("bankpaymentmessage", "")


class DimensionItem(msgspec.Struct):
    """One value of a dimension."""

    key: int
    name: str
    hidden: bool = False
    father: int = 0
    code: str = ""
    label: str = ""
    begins: dt.date | None = None
    ends: dt.date | None = None


class Dimension(msgspec.Struct):
    """A dimension with its values by name."""

    key: int
    name: str
    hidden: bool
    items: dict[str, DimensionItem]
