"""VAT rates of Estonia: käibemaksuseadus (KMS) § 15, and its transitional § 46.

Read in Riigi Teataja: RT I, 04.06.2022, 4 (the press 5 % from 2022-08-01) and RT I, 01.07.2023, 2 (22 % from
2024-01-01; accommodation 13 % and the press 9 % as lg 1¹ and lg 2 p 5; 20 % for contracts of before 2023-05-01 and
for cash accounting until 2025-12-31, § 46 lg 24 and 25). The Chancellor of Justice's letter 6-1/242069/2502683
of 14.04.2025 confirms 24 % from 2025-07-01 and that no contract keeps 22 %. That accommodation and the press
changed on 2025-01-01 is as reported by the tax board. Rows before 2009-07-01 are from memory of the law and are kept
so that an old document is not refused.
"""

from tilisilta.core.vat.rates.rate import RateKind, VatRate, dated_rate

_STANDARD, _REDUCED, _ZERO, _TRANSITIONAL = RateKind.STANDARD, RateKind.REDUCED, RateKind.ZERO, RateKind.TRANSITIONAL
_REST = "all else"
_BOOKS = "books, medicines and medical devices"
_ROOMS = "accommodation"
_PRESS = "newspapers and magazines"
_CONTRACTS = "contracts of before 2023-05-01, cash accounting"
_ABROAD = "exports, intra-EU supply and other 0 % supply"

RATES: tuple[VatRate, ...] = (
    dated_rate("18", _STANDARD, days=("2004-05-01", "2009-06-30"), applies_to=_REST, law="KMS § 15 lg 1"),
    dated_rate("20", _STANDARD, days=("2009-07-01", "2023-12-31"), applies_to=_REST, law="KMS § 15 lg 1"),
    dated_rate("22", _STANDARD, days=("2024-01-01", "2025-06-30"), applies_to=_REST, law="KMS § 15 lg 1"),
    dated_rate("24", _STANDARD, days=("2025-07-01", ""), applies_to=_REST, law="KMS § 15 lg 1"),
    dated_rate("20", _TRANSITIONAL, days=("2024-01-01", "2025-12-31"), applies_to=_CONTRACTS, law="KMS § 46 lg 24, 25"),
    dated_rate("5", _REDUCED, days=("2004-05-01", "2008-12-31"), applies_to=_BOOKS, law="KMS § 15 lg 2"),
    dated_rate("9", _REDUCED, days=("2009-01-01", ""), applies_to=_BOOKS, law="KMS § 15 lg 2 p 1, 2"),
    dated_rate("9", _REDUCED, days=("2009-01-01", "2024-12-31"), applies_to=_ROOMS, law="KMS § 15 lg 2 p 4"),
    dated_rate("13", _REDUCED, days=("2025-01-01", ""), applies_to=_ROOMS, law="KMS § 15 lg 1¹"),
    dated_rate("9", _REDUCED, days=("2009-01-01", "2022-07-31"), applies_to=_PRESS, law="KMS § 15 lg 2 p 3"),
    dated_rate("5", _REDUCED, days=("2022-08-01", "2024-12-31"), applies_to=_PRESS, law="KMS § 15 lg 2¹"),
    dated_rate("9", _REDUCED, days=("2025-01-01", ""), applies_to=_PRESS, law="KMS § 15 lg 2 p 5"),
    dated_rate("0", _ZERO, days=("2004-05-01", ""), applies_to=_ABROAD, law="KMS § 15 lg 3, 4"),
)
