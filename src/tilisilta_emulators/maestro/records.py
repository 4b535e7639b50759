"""What stands in Maestro's books. Amounts of a credit note are below zero."""

import datetime as dt
from decimal import Decimal

import msgspec


class Product(msgspec.Struct, kw_only=True):
    """A product of the one register. `id` is its group letter and number."""

    id: str
    name: str
    number: str = ""
    supplier: str = ""
    unit: str = "kpl"
    vat_rate: Decimal = Decimal("25.5")
    account: str = "3000"
    is_active: bool = True

    @property
    def group(self) -> str:
        return self.id[:1]


class Customer(msgspec.Struct, kw_only=True):
    """A customer by its number, as its newest file has it."""

    number: str
    name: str
    business_id: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    file: str = ""
    times: int = 1


class Row(msgspec.Struct, kw_only=True):
    """One row in the books: the product it was put on, and the code it came with."""

    product: str
    code: str
    name: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    vat_rate: Decimal
    unit: str = ""
    text: str = ""


class Invoice(msgspec.Struct, kw_only=True):
    """One invoice or credit note in the sales ledger."""

    number: str
    kind: str
    date: dt.date
    due_date: dt.date | None
    customer: str
    customer_name: str
    currency: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    rounding: Decimal
    delivery: str
    sha256: str
    file: str
    rows: list[Row]
    voucher: int = 0
    reference: str = ""
    credited: str = ""
    has_picture: bool = False
    times: int = 1


class LogLine(msgspec.Struct, kw_only=True):
    """One line of the import's log."""

    level: str
    code: str
    file: str
    text: str


class Refused(Exception):
    """Why a file is not taken: a code for the first line of the answer, and words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
