"""Finds the partner that an invoice means, for the option `match_partners`.

Source: vendor sheet, section 5: the file import matches on business id, then customer number; whether
POST /invoices does so by itself is unknown.
"""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor.books import Books, squeezed
from tilisilta_emulators.procountor.records import SALES_TYPES, Partner


def match_partner(books: Books, data: dict[str, Any], *, create: bool) -> int | None:
    """Return the id of the partner of an invoice's counterparty; make one when asked to and none is there."""
    kind = "CUSTOMER" if data["type"] in SALES_TYPES else "SUPPLIER"
    party = data["counterParty"]
    for name, key in (
        ("identifier", squeezed(party.get("identifier"))),
        ("customer_number", party.get("customerNumber")),
        ("name", party["counterPartyAddress"]["name"].casefold()),
    ):
        if key:
            found = [each for each in books.partners.found(name, key) if books.partners.rows[each].type == kind]
            if found:
                return min(found)
    return _create(books, data, kind).id if create else None


def _create(books: Books, data: dict[str, Any], kind: str) -> Partner:
    party, info = data["counterParty"], data["paymentInfo"]
    invoicing = {name: party[name] for name in ("identifier", "customerNumber", "email") if party.get(name)}
    payment = {"paymentMethod": info["paymentMethod"], "currency": info["currency"], "discountPercentage": Decimal(0)}
    if kind == "SUPPLIER" and info.get("bankAccount"):
        payment["bankAccount"] = info["bankAccount"].get("accountNumber")
    body = {
        "name": party["counterPartyAddress"]["name"],
        "type": kind,
        "address": party["counterPartyAddress"],
        "invoicingInfo": invoicing,
        "paymentInfo": payment,
        "registryInfo": {"active": True},
    }
    partner = Partner(
        id=books.partners.take_id(),
        type=kind,
        name=body["name"],
        identifier=invoicing.get("identifier"),
        customer_number=invoicing.get("customerNumber"),
        active=True,
        version=books.stamp(),
        body=encode(body),
    )
    books.partners.put(partner.id, partner)
    return partner
