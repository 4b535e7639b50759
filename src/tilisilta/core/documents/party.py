"""Customers and suppliers."""

from enum import StrEnum

import msgspec


class PartyRole(StrEnum):
    CUSTOMER = "customer"
    SUPPLIER = "supplier"


class BankAccount(msgspec.Struct, frozen=True, omit_defaults=True):
    iban: str = ""
    bic: str = ""
    name: str = ""


class Address(msgspec.Struct, frozen=True, omit_defaults=True):
    street: str = ""
    city: str = ""
    county: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, upper case


class Party(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A customer or supplier as its source shows it.

    `source_id` is empty when the source has no identity for parties (an e-invoice file); `party_key` then
    stands in for it.
    """

    source_id: str = ""
    name: str = ""
    is_person: bool = False
    registry_code: str = ""
    vat_number: str = ""
    email: str = ""
    phone: str = ""
    address: Address = Address()
    bank_accounts: tuple[BankAccount, ...] = ()
    einvoice_address: str = ""
    einvoice_operator: str = ""
    reference_number: str = ""
    contact_name: str = ""
    payment_term_days: int | None = None
    is_customer: bool = False
    is_supplier: bool = False
    modified_at: str = ""
    extra: dict[str, str] = {}


def party_key(party: Party) -> str:
    """Return what tells this party from others at its source: its id, else registry code, VAT number, name.

    >>> party_key(Party(name="Õunapuu OÜ", registry_code="12345678"))
    'reg:12345678'
    """
    if party.source_id:
        return party.source_id
    if party.registry_code:
        return f"reg:{party.registry_code}"
    if party.vat_number:
        return f"vat:{party.vat_number}"
    return f"name:{' '.join(party.name.casefold().split())}"
