"""What the books hold. A guid is the kind's own first part and a running number, so that neither is stored twice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

PREFIXES = {
    "invoicestatuses": "5f0c0000",
    "invoices": "0d7d4f1e",
    "invoicerows": "4a1e0f00",
    "projectfees": "fee00000",
    "workhours": "40a50000",
    "projecttravelexpenses": "77a7e100",
    "customers": "a1c00000",
    "addresses": "adde0000",
    "contactpersons": "c0a7ac70",
    "contactcommunications": "c0330000",
    "communicationtypes": "c0339000",
    "customercountrysettings": "cc5e7700",
    "projects": "940ec700",
    "phases": "94a5e000",
    "users": "05e40000",
    "businessunits": "b0510000",
    "products": "94040c70",
    "worktypes": "3047e000",
    "travelexpensetypes": "7e7e0000",
    "productcategories": "94ca7000",
    "vatrates": "0a740000",
    "salesaccounts": "5a1e0000",
    "costaccounts": "c0570000",
    "costcenters": "c0ce0000",
    "currencies": "c0440000",
    "invoicetemplates": "7e390000",
    "bankaccounts": "ba0c0000",
    "countries": "c0470000",
    "languages": "1a460000",
    "timezones": "71e00000",
    "companies": "c0390000",
    "invoicefiles": "f11e0000",
    "organizations": "04640000",
}
KINDS_BY_PREFIX = {prefix: kind for kind, prefix in PREFIXES.items()}
_MIDDLE = "-0000-4000-8000-"


def make_guid(kind: str, number: int) -> str:
    """Return the guid of the record `number` of `kind`.

    >>> make_guid("invoices", 66)
    '0d7d4f1e-0000-4000-8000-000000000042'
    """
    return f"{PREFIXES[kind]}{_MIDDLE}{number:012x}"


def split_guid(guid: str) -> tuple[str, int] | None:
    """Return kind and number of a folded guid; None when it is nobody's."""
    kind = KINDS_BY_PREFIX.get(guid[:8])
    if kind is None or guid[8:24] != _MIDDLE:
        return None
    return kind, int(guid[24:], 16)


class Base(msgspec.Struct, kw_only=True, eq=False):
    """What every record has."""

    number_in_kind: int
    created: datetime
    updated: datetime


class Record(Base, kw_only=True, eq=False):
    """A record whose properties are kept as the API names them; references are the records themselves."""

    kind: str
    data: dict[str, Any]

    @property
    def guid(self) -> str:
        return make_guid(self.kind, self.number_in_kind)

    def text(self, name: str) -> str:
        """Return a text property, "" when empty."""
        return str(self.data.get(name) or "")


class Entry(Base, kw_only=True, eq=False):
    """One thing to bill: a project fee, hours of work or a travel expense."""

    kind: str
    source: Record | None
    """The product, work type or travel expense type behind it."""
    project: Record
    user: Record | None
    description: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    vat_rate: Decimal
    unit: str
    day: date
    billable: bool = True
    row: "Row | None" = None
    row_text: str | None = None
    comment: str | None = None
    billed_quantity: Decimal | None = None

    @property
    def guid(self) -> str:
        return make_guid(self.kind, self.number_in_kind)

    @property
    def code(self) -> str:
        return self.source.text("code") if self.source else ""


class Row(Base, kw_only=True, eq=False):
    """One row of an invoice and the entries it groups."""

    invoice: "Invoice"
    row_type: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    unit: str
    vat_rate: Decimal
    account: Record | None
    cost_center: Record | None
    sort_order: int
    entries: tuple[Entry, ...] = ()
    comment: bool = False

    @property
    def guid(self) -> str:
        return make_guid("invoicerows", self.number_in_kind)


class Invoice(Base, kw_only=True, eq=False):
    """One invoice or credit note; totals follow its rows."""

    status: Record
    customer: Record
    projects: tuple[Record, ...]
    unit: Record
    """Business unit."""
    number: int | None
    reference: str | None
    day: date
    due: date
    term: int
    interest: Decimal
    currency: Record
    creator: Record | None
    entry_day: date | None = None
    paid: date | None = None
    rate: Decimal = Decimal(1)
    is_credit: bool = False
    credits: "Invoice | None" = None
    """The invoice that this credit note credits."""
    credited_by: "Invoice | None" = None
    texts: dict[str, Any] | None = None
    """Properties that differ from what customer and seller give: receiver, references, notes."""
    settings: dict[str, Any] | None = None
    rows: list[Row] = msgspec.field(default_factory=list)
    net: Decimal = Decimal("0.00")
    vat: Decimal = Decimal("0.00")
    log: list[dict[str, Any]] | None = None

    @property
    def guid(self) -> str:
        return make_guid("invoices", self.number_in_kind)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat
