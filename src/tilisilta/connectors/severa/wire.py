"""What both of Severa's APIs say, in one shape: read from either, mapped once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.core.documents import BankAccount
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import ZERO, date, text
from tilisilta.ports.register import RegisterEntry, RegisterKind


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice status. `guid` is empty over SOAP, which knows statuses by name alone."""

    guid: str
    name: str
    is_active: bool = True
    has_number: bool = False
    is_sent: bool = False
    is_paid: bool = False
    is_read_only: bool = False

    @property
    def key(self) -> str:
        """What the API calls this status by."""
        return self.guid or self.name


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An address; `country` is a name in any language or a code of two letters."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    county: str = ""
    country: str = ""
    phone: str = ""
    is_billing: bool = False
    is_visit: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice row. `code` is what the API itself gives; `sources` is what the row groups, each once.

    `net` is None where the API gives no row total.
    """

    guid: str
    kind: RegisterKind
    code: str = ""
    sources: tuple[RegisterEntry, ...] = ()
    description: str = ""
    quantity: Decimal = ZERO
    unit: str = ""
    unit_price: Decimal = ZERO
    net: Decimal | None = None
    vat_rate: Decimal = ZERO
    account: str = ""
    cost_center: tuple[str, str] = ("", "")


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice or credit note as it stands in Severa, signs untouched."""

    guid: str
    number: str
    day: dt.date
    status: str
    customer_guid: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    currency: str
    own_status: Status | None = None  # as the invoice itself shows it, for one that the list does not name so
    rate: Decimal | None = None
    reference: str = ""
    due: dt.date | None = None
    entry_day: dt.date | None = None
    paid_on: dt.date | None = None
    term: int | None = None
    interest: Decimal | None = None
    our_reference: str = ""
    your_reference: str = ""
    order_number: str = ""
    notes: str = ""
    language: str = ""
    is_credit: bool = False
    credits_guid: str = ""
    credits_number: str = ""
    customer_name: str = ""
    customer_number: str = ""
    receiver_name: str = ""
    vat_number: str = ""
    contact_name: str = ""
    contact_email: str = ""
    address: Place = Place()
    einvoice_address: str = ""
    einvoice_operator: str = ""
    number_series: str = ""
    project: tuple[str, str] = ("", "")
    bank_account: BankAccount | None = None
    tax_category: str = ""  # letter of EN 16931 (UNTDID 5305) for rows of 0 %
    tax_note: str = ""
    created_at: str = ""
    modified_at: str = ""
    rows: tuple[Row, ...] = ()


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One customer with the address for bills and the first contact person in use."""

    guid: str
    name: str
    number: str = ""
    vat_number: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    address: Place = Place()
    einvoice_address: str = ""
    einvoice_operator: str = ""
    term: int | None = None
    interest: Decimal | None = None
    is_active: bool = True
    is_internal: bool = False
    language: str = ""
    currency: str = ""
    modified_at: str = ""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be read, with what it was."""

    guid: str
    error: BadInput
    raw: str
    number: str = ""


def required_day(value: Any, field: str) -> dt.date:
    """Return a date that must be there.

    Raises:
        BadInput: It is not, or cannot be read.

    """
    found = date(value, field)
    if found is None:
        raise BadInput(field=field, rule="present")
    return found


def required_guid(value: Any, field: str) -> str:
    """Return a guid in lower case that must be there.

    Raises:
        BadInput: It is not.

    """
    found = text(value).lower()
    if not found:
        raise BadInput(field=field, rule="present")
    return found


def billing_place(places: list[Place]) -> Place:
    """Return where bills go: the first address for bills, else the one for visits, else the first."""
    chosen = next((each for each in places if each.is_billing), None)
    return chosen or next((each for each in places if each.is_visit), places[0] if places else Place())
