"""VAT codes that a row of the account table bears, one for each side (N11 to N16)."""

from collections.abc import Mapping
from decimal import Decimal

from tilisilta.core.documents import Direction
from tilisilta.core.vat.treatment import VatTreatment

# Under these names a row of accounts bears the target's VAT codes of both sides.
VAT_CODE_FIELDS: Mapping[str, str] = {Direction.SALES: "vat_code_sales", Direction.PURCHASE: "vat_code_purchases"}

# A rate says all there is to say about these; any other treatment needs an entry of its own.
PLAIN_TREATMENTS = frozenset({None, VatTreatment.DOMESTIC, VatTreatment.ZERO_RATED})

# These have no VAT handling, whatever rate stands beside them: their code need not be chosen.
_WITHOUT_VAT = frozenset({None, VatTreatment.OUTSIDE_SCOPE})


def account_key(account: str, treatment: VatTreatment | None = None) -> str:
    """Return the key of an account's row that serves one treatment only; plain treatments need none of their own.

    >>> account_key("3000"), account_key("3000", VatTreatment.EXPORT)
    ('3000', '3000:export')
    """
    return account if treatment in PLAIN_TREATMENTS else f"{account}:{treatment}"


def account_vat_code(extra: Mapping[str, str], side: Direction) -> str:
    """Return the VAT code that a row of accounts gives to postings of a side; empty when nobody chose one."""
    return extra.get(VAT_CODE_FIELDS[side], "")


def needs_vat_code(rate: Decimal | None, treatment: VatTreatment | None) -> bool:
    """Return whether a posting's VAT code must have been chosen: it bears a rate or a treatment with VAT handling.

    >>> needs_vat_code(Decimal(24), None), needs_vat_code(None, None), needs_vat_code(Decimal(0), None)
    (True, False, True)
    """
    if treatment is VatTreatment.OUTSIDE_SCOPE:
        return False
    return rate is not None or treatment not in _WITHOUT_VAT
