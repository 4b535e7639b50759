"""VAT codes: which resource takes which, and which rate goes with which.

Codes: vendor sheet, section 8, and the attribute lists of the DTDs. That a code contradicts a rate is an error of the
vendor; which pairs contradict is the sheet's own reading.
"""

from decimal import Decimal
from typing import Literal

from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.options import NetvisorOptions
from tilisilta_emulators.netvisor.values import show_number

_COMMON = frozenset(
    "NONE KOOS EUOS EUUO EUPO 100 KOMY EUMY EUUM EUPM312 EUPM309 MUUL EVTO EVPO".split(),  # noqa: SIM905
)
_BUILDING = frozenset({"RAMY", "RAOS", "EVRO"})
_REVERSE = frozenset({"EVKV", "KAVE"})

ACCOUNTING = _COMMON | _BUILDING | _REVERSE
SALES_PAYMENT = _COMMON | {"KOMY0"}
WIDEST = ACCOUNTING | {"MAAL", "EVMA", "KOMY0"}

ZERO_RATED = frozenset({"NONE", "EUMY", "EUUM", "EUPM309", "MUUL", "RAMY", "KOMY0"})

# Finnish rates since 1994, as old documents are moved too; the standard ones are 22, 23, 24 and 25.5 %.
RATES = frozenset(
    Decimal(rate) for rate in ("0", "6", "8", "9", "10", "12", "13", "13.5", "14", "17", "22", "23", "24", "25.5")
)

Treatment = Literal["none", "sale", "purchase", "reverse", "lost"]

# Whose VAT is a debt, whose may be deducted, and both at once; `lost` is reverse charge without deduction.
_TREATMENTS: dict[str, Treatment] = {
    "KOMY": "sale",
    "EUPM312": "none",
    "KOOS": "purchase",
    "EUOS": "reverse",
    "EUPO": "reverse",
    "RAOS": "reverse",
    "KAVE": "reverse",
    "MAAL": "reverse",
    "EVTO": "lost",
    "EVPO": "lost",
    "EVRO": "lost",
    "EVKV": "lost",
    "EVMA": "lost",
}

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


def treatment(code: str) -> Treatment:
    """Return what VAT of this code does in the ledger."""
    return _TREATMENTS.get(code, "none")


def check(code: str, rate: Decimal, options: NetvisorOptions, allowed: frozenset[str] = WIDEST) -> str:
    """Return the code in the vendor's spelling.

    Raises:
        Refused: The code is unknown here, the rate is not Finnish, or they contradict each other.

    """
    found = code.strip().upper()
    if found not in (WIDEST if options.vat_codes == "widest" else allowed):
        raise wrong("vatcode", code)
    if options.vat_rates == "known":
        return found
    if rate not in RATES or (rate and found in ZERO_RATED):
        raise invalid("vat", vatcode=found, rate=show_number(rate))
    return found


def show(code: str, options: NetvisorOptions) -> str:
    """Return a code as answers have it: `-` for none."""
    if code == "NONE":
        return "-"
    if options.vat_labels:
        return {"100": "100%", "KAVE": "KÄVE"}.get(code, code)
    return code
