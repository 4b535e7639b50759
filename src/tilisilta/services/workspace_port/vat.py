"""What a row's VAT may be in the workspace, as choices for mappings, and back from a choice to its meaning.

A choice is a rate ("rate:24", at home) or a treatment ("reverse_charge"), for the workspace keeps what VAT means and
has no codes. The rate of a row always stays the document's own.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from tilisilta.core.mapping.tables import rate_key, rate_text
from tilisilta.core.money import ZERO
from tilisilta.core.vat import VatTreatment
from tilisilta.core.vat.rates import ee, fi
from tilisilta.ports import CatalogueEntry
from tilisilta.services.ledger.chart import TREATMENT_NAMES

_RATES: Final = {"EE": ee.RATES, "FI": fi.RATES}
_BOTH, _SALES, _PURCHASES = (None, None), (True, False), (False, True)

SIDES: Final[dict[VatTreatment, tuple[bool | None, bool | None]]] = {
    VatTreatment.EXEMPT: _BOTH,
    VatTreatment.OUTSIDE_SCOPE: _BOTH,
    VatTreatment.REVERSE_CHARGE: _BOTH,
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE: _BOTH,
    VatTreatment.INTRA_EU_SUPPLY_GOODS: _SALES,
    VatTreatment.INTRA_EU_SUPPLY_SERVICES: _SALES,
    VatTreatment.INTRA_EU_ACQUISITION_GOODS: _PURCHASES,
    VatTreatment.INTRA_EU_ACQUISITION_SERVICES: _PURCHASES,
    VatTreatment.EXPORT: _SALES,
    VatTreatment.IMPORT_GOODS: _PURCHASES,
    VatTreatment.IMPORT_SERVICES: _PURCHASES,
    VatTreatment.MARGIN_SCHEME: _BOTH,
}


def known_rates() -> tuple[Decimal, ...]:
    """Return the rates above nothing that the law of the two countries knows or knew, highest first."""
    return tuple(sorted({each.percent for table in _RATES.values() for each in table} - {ZERO}, reverse=True))


def choices() -> list[CatalogueEntry]:
    """Return what a person may choose for a source's VAT code."""
    return [*_rate_choices(), *treatment_choices()]


def _rate_choices() -> Iterator[CatalogueEntry]:
    for rate in (*known_rates(), ZERO):
        yield CatalogueEntry(key=rate_key(rate), label=f"{rate_text(rate)} %", rate=rate)


def treatment_choices() -> Iterator[CatalogueEntry]:
    """Return the reasons why a row bears no VAT, as choices."""
    for treatment, (for_sales, for_purchases) in SIDES.items():
        yield CatalogueEntry(
            key=treatment.value,
            label=str(TREATMENT_NAMES[treatment.value]),
            for_sales=for_sales,
            for_purchases=for_purchases,
        )


def meaning_of(key: str) -> VatTreatment | None:
    """Return the treatment that a choice stands for; None for an empty one."""
    if not key:
        return None
    if key.startswith("rate:"):
        return VatTreatment.ZERO_RATED if key == rate_key(ZERO) else VatTreatment.DOMESTIC
    return VatTreatment(key)
