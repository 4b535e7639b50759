"""Rounding, currency and the Estonian reference number, as the emulated company keeps them."""

from decimal import ROUND_HALF_UP, Decimal

from tilisilta_emulators.smartaccounts.chart import ECB_RATES, OTHER_CURRENCIES
from tilisilta_emulators.smartaccounts.errors import Fault, fault

CENT = Decimal("0.01")
_WEIGHTS = (7, 3, 1)


def money(value: Decimal) -> Decimal:
    """Round to the cent, half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def euros(value: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in euros; `rate` is what one euro costs in the currency."""
    return value if rate == 1 else money(value / rate)


def rate_of(currency: str, given: Decimal | None, faults: list[Fault]) -> Decimal:
    """Return the rate of a currency, the ECB's where there is one; add a fault where there is none."""
    if currency in ECB_RATES:
        return ECB_RATES[currency]
    if currency not in OTHER_CURRENCIES:
        faults.append(fault("CURRENCY-NOT-FOUND", value=currency))
    elif given is None or given <= 0:
        faults.append(fault("EXCHANGE-RATE-REQUIRED", value=currency))
    else:
        return given
    return Decimal(1)


def reference_number(base: str) -> str:
    """Return `base` with its 7-3-1 check digit (the Estonian banks' reference number)."""
    total = sum(int(digit) * _WEIGHTS[at % 3] for at, digit in enumerate(reversed(base)))
    return f"{base}{-total % 10}"
