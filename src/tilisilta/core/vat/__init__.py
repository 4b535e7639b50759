"""VAT: dated rates by country, and what a rate means in law."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache

from tilisilta.core.vat.rates import ee, fi
from tilisilta.core.vat.rates.rate import RateKind, VatRate
from tilisilta.core.vat.treatment import VatTreatment

__all__ = ["RateKind", "VatRate", "VatTreatment", "is_valid_rate", "rates_on", "standard_rate"]

_TABLES: dict[str, tuple[VatRate, ...]] = {"EE": ee.RATES, "FI": fi.RATES}


def rates_on(country: str, day: dt.date) -> tuple[VatRate, ...]:
    """Return the rates in force in a country on a day; empty for a country whose table we do not keep.

    >>> sorted({rate.percent for rate in rates_on("EE", dt.date(2026, 1, 1))})
    [Decimal('0'), Decimal('9'), Decimal('13'), Decimal('24')]
    """
    return tuple(rate for rate in _TABLES.get(country.upper(), ()) if rate.holds_on(day))


@lru_cache(maxsize=4096)
def is_valid_rate(country: str, rate: Decimal, day: dt.date) -> bool | None:
    """Return whether a rate is in force in a country on a day; None when we cannot tell.

    We cannot tell for countries without a table, and for days before a table begins.

    >>> [is_valid_rate("EE", Decimal(22), dt.date(year, 6, 30)) for year in (2023, 2024, 2026)]
    [False, True, False]
    """
    rates = rates_on(country, day)
    if not any(each.kind is RateKind.STANDARD for each in rates):
        return None
    return any(each.percent == rate for each in rates)


def standard_rate(country: str, day: dt.date) -> Decimal | None:
    """Return the standard rate of a country on a day, or None when its table does not tell.

    >>> standard_rate("FI", dt.date(2024, 9, 1))
    Decimal('25.5')
    """
    return next((each.percent for each in rates_on(country, day) if each.kind is RateKind.STANDARD), None)
