"""VAT letters of e-invoices: UNTDID 5305, as EN 16931, Finvoice and the Estonian 1.2.EN use it."""

from decimal import Decimal

from tilisilta.core.documents import Direction
from tilisilta.core.vat.treatment import VatTreatment

# The seller's view. Letters that are absent (C, L, M and the like) have no meaning of ours: a person maps them.
_LETTERS = {
    "S": VatTreatment.DOMESTIC,
    "AA": VatTreatment.DOMESTIC,  # lower rate
    "H": VatTreatment.DOMESTIC,  # higher rate
    "Z": VatTreatment.ZERO_RATED,
    "E": VatTreatment.EXEMPT,
    "AE": VatTreatment.REVERSE_CHARGE,
    "K": VatTreatment.INTRA_EU_SUPPLY_GOODS,
    "G": VatTreatment.EXPORT,
    "O": VatTreatment.OUTSIDE_SCOPE,
    "D": VatTreatment.MARGIN_SCHEME,
    "F": VatTreatment.MARGIN_SCHEME,
    "I": VatTreatment.MARGIN_SCHEME,
    "J": VatTreatment.MARGIN_SCHEME,
}
_AS_BUYER = {
    VatTreatment.INTRA_EU_SUPPLY_GOODS: VatTreatment.INTRA_EU_ACQUISITION_GOODS,
    VatTreatment.INTRA_EU_SUPPLY_SERVICES: VatTreatment.INTRA_EU_ACQUISITION_SERVICES,
    VatTreatment.EXPORT: VatTreatment.IMPORT_GOODS,
}


def by_letter(letter: str, rate: Decimal | None) -> VatTreatment | None:
    """Return what a letter means to the seller. Without a letter only a positive rate says anything.

    >>> by_letter("AE", Decimal(0))
    <VatTreatment.REVERSE_CHARGE: 'reverse_charge'>
    """
    if letter:
        return _LETTERS.get(letter.strip().upper())
    return VatTreatment.DOMESTIC if rate else None


def as_seen_by(direction: Direction, treatment: VatTreatment | None) -> VatTreatment | None:
    """Return the seller's treatment as the party on this side of the invoice has to account for it."""
    if direction is Direction.SALES or treatment is None:
        return treatment
    return _AS_BUYER.get(treatment, treatment)
