"""Who is who on an e-invoice, and what makes two files the same invoice.

A file has no ids of its own, so an invoice is known by its content: seller, kind, number, date, direction, currency and
total. The format is not part of it: the same invoice sent as Finvoice and as UBL is one document. The total is, because
senders do reuse numbers, and an invoice must never vanish behind another.
"""

import hashlib
import re

from tilisilta.core.documents import Direction, Invoice, Party
from tilisilta.core.money import amount_minor

_FINNISH_CODE = re.compile(r"(\d{6,7})-?(\d)")
_OVT = re.compile(r"0037(\d{8})\w*")
_OVT_SCHEMES = frozenset({"0037", "0216"})
_FINNISH_SCHEMES = frozenset({"0212", *_OVT_SCHEMES})
_FINNISH_VAT = re.compile(r"FI(\d{8})")
_EMPTY = frozenset({"", "-", "--", "0"})


def registry_code(value: str, *, scheme: str = "", is_finnish: bool = False) -> str:
    """Return a registry code as its register writes it: Finnish ones with their dash, others without white space.

    `scheme` is the ISO 6523 number that stands beside it: 0037 and 0216 are OVT codes, which hold the Finnish code.

    >>> registry_code("66666665", is_finnish=True)
    '6666666-5'
    >>> registry_code("003766666665", scheme="0216")
    '6666666-5'
    """
    compact = "".join(value.split())
    if compact in _EMPTY:
        return ""
    if scheme in _OVT_SCHEMES and (found := _OVT.fullmatch(compact)):
        compact = found.group(1)
    if is_finnish or scheme in _FINNISH_SCHEMES:
        plain = compact.upper().removeprefix("FI")
        if found := _FINNISH_CODE.fullmatch(plain):
            return f"{found.group(1).zfill(7)}-{found.group(2)}"
    return compact


def code_key(value: str) -> str:
    """Return a registry code without dashes and spaces, for comparing."""
    return re.sub(r"\W", "", value).upper()


def party_identity(party: Party) -> str:
    """Return what tells a party from others whatever the format: registry code, VAT number, else name.

    A Finnish VAT number is the registry code without its dash, so the two agree.
    """
    if party.registry_code:
        return code_key(party.registry_code)
    vat_number = code_key(party.vat_number)
    if found := _FINNISH_VAT.fullmatch(vat_number):
        return found.group(1)
    return vat_number or " ".join(party.name.casefold().split())


def direction_of(seller: Party, own_registry_codes: frozenset[str]) -> Direction:
    """Return sales when the seller is the company itself, else purchase: files are what we receive."""
    own = {code_key(each) for each in own_registry_codes} - {""}
    return Direction.SALES if party_identity(seller) in own else Direction.PURCHASE


def source_id(invoice: Invoice, seller: Party, type_code: str) -> str:
    """Return the stable id of an invoice read from a file: 16 hex digits of its content's identity."""
    identity = "|".join(
        (
            party_identity(seller),
            type_code,
            "".join(invoice.number.split()).casefold(),
            invoice.date.isoformat(),
            invoice.direction,
            invoice.currency,
            str(abs(amount_minor(invoice.gross, invoice.currency))),
        )
    )
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
