"""Netvisor's VAT codes: a fixed list, since the interface has none to read. Source: vendor sheet, section 8.

Which rate goes with which code is known only for those whose name says it; a rate is never derived from a code here.
"""

from decimal import Decimal

import msgspec

from tilisilta.ports import CatalogueEntry

NONE = "NONE"
ACCOUNTING, SALES, PAYMENT = "accounting", "sales", "payment"
_ALL = frozenset({ACCOUNTING, SALES, PAYMENT})
_NOT_PAYMENT = frozenset({ACCOUNTING, SALES})


class VatCode(msgspec.Struct, frozen=True):
    """One code: label as Netvisor shows it, the side it belongs to ("sale", "purchase", "both"), where it is taken."""

    code: str
    label: str
    side: str
    pair: str = ""  # the code that the same business has on the other side (N12-N16)
    takes: frozenset[str] = _ALL
    charges_vat: bool = False  # the document itself carries the VAT


CODES = (
    VatCode("KOMY", "Kotimaan myynti", "sale", "KOOS", charges_vat=True),
    VatCode("KOOS", "Kotimaan osto", "purchase", "KOMY", charges_vat=True),
    VatCode(NONE, "Ei ALV-käsittelyä", "both", NONE),
    VatCode("RAMY", "Rakennusalan käänteinen ALV, myynti", "sale", "RAOS", _NOT_PAYMENT),
    VatCode("RAOS", "Rakennusalan käänteinen ALV, osto", "purchase", "RAMY", _NOT_PAYMENT),
    VatCode("EUMY", "EU-myynti (tavara)", "sale", "EUOS"),
    VatCode("EUOS", "EU-osto (tavara)", "purchase", "EUMY"),
    VatCode("EUUM", "EU:n ulkopuolinen myynti", "sale", "EUUO"),
    VatCode("EUUO", "EU:n ulkopuolinen osto", "purchase", "EUUM"),
    VatCode("KOMY0", "Kotimaan myynti, nollakanta", "sale", "", frozenset({SALES, PAYMENT})),
    VatCode("EUPO", "EU-palveluosto", "purchase"),
    VatCode("EUPM312", "EU-palvelumyynti (312)", "sale"),
    VatCode("EUPM309", "EU-palvelumyynti (309)", "sale"),
    VatCode("MUUL", "Muu arvonlisäveroton liikevaihto", "sale"),
    VatCode("EVTO", "Ei vähennyskelpoiset EU-tavaraostot", "purchase"),
    VatCode("EVPO", "Ei vähennyskelpoiset EU-palveluostot", "purchase"),
    VatCode("EVRO", "Ei vähennyskelpoinen rakennuspalvelun osto", "purchase", "", _NOT_PAYMENT),
    VatCode("100", "100 % vähennettävä vero", "purchase", charges_vat=True),
    VatCode("KAVE", "Käännetty verovelvollisuus", "purchase", "", _NOT_PAYMENT),
    VatCode("EVKV", "Ei vähennyskelpoinen käännetty", "purchase", "", _NOT_PAYMENT),
    VatCode("MAAL", "Maahantuonnin ALV", "purchase", "", frozenset({SALES})),
    VatCode("EVMA", "Ei vähennyskelpoinen maahantuonti", "purchase", "", frozenset({SALES})),
)
BY_CODE = {each.code: each for each in CODES}
# What answers show instead of the code.
_SHOWN = {"-": NONE, "": NONE, "100%": "100", "100 %": "100", "KÄVE": "KAVE"}


def read_code(shown: str) -> str:
    """Return the code behind what an answer shows.

    >>> read_code("-"), read_code("KÄVE"), read_code("KOMY")
    ('NONE', 'KAVE', 'KOMY')
    """
    return _SHOWN.get(shown.strip().upper(), shown.strip().upper())


def is_taken(code: str, where: str) -> bool:
    """Return whether a message of accounting, sales invoices or sales payments knows the code."""
    known = BY_CODE.get(code)
    return known is not None and where in known.takes


def charges_vat(code: str) -> bool:
    """Return whether a row of this code carries VAT on the document itself."""
    known = BY_CODE.get(code)
    return known is None or known.charges_vat


def entries() -> list[CatalogueEntry]:
    """Return the list for the mapping pages; `extra["pair"]` is the other side's code of the same business."""
    return [
        CatalogueEntry(
            key=each.code,
            label=f"{'-' if each.code == NONE else each.code} {each.label}",
            rate=Decimal(0) if each.code == NONE else None,
            for_sales=each.side in {"sale", "both"},
            for_purchases=each.side in {"purchase", "both"},
            extra={"pair": each.pair} if each.pair else {},
        )
        for each in CODES
    ]
