"""VAT rates of Finland: arvonlisäverolaki (AVL, 1501/1993) 84, 85 and 85 a §.

Read: the tax administration's guidance of 20.12.2012 (23, 13, 9 % become 24, 14, 10 % on 2013-01-01); the
entrepreneurs' association on 25.5 % from 2024-09-01; two tax news services on the move of the 10 % group to 14 % on
2025-01-01 with newspapers and magazines left, and on 13.5 % from 2026-01-01 with 10 % unchanged. The
texts of the 2024 and 2025 amendments themselves were not at hand. Rows before 2013 are from memory of the law and are
kept so that an old document is not refused. Prepayments keep the rate of the day on which they were received.
"""

from tilisilta.core.vat.rates.rate import RateKind, VatRate, dated_rate

_STANDARD, _REDUCED, _ZERO = RateKind.STANDARD, RateKind.REDUCED, RateKind.ZERO
_REST = "all else"
_FOOD = "food, meals and feed"
_MOVED = "books, medicines, accommodation, passenger transport, culture and sport"
_WITH_PRESS = f"{_MOVED}, newspapers and magazines"
_PRESS = "newspapers and magazines"
_ABROAD = "exports, intra-EU supply and other supply without tax"

RATES: tuple[VatRate, ...] = (
    dated_rate("22", _STANDARD, days=("1994-06-01", "2010-06-30"), applies_to=_REST, law="AVL 84 §"),
    dated_rate("23", _STANDARD, days=("2010-07-01", "2012-12-31"), applies_to=_REST, law="AVL 84 §"),
    dated_rate("24", _STANDARD, days=("2013-01-01", "2024-08-31"), applies_to=_REST, law="AVL 84 §"),
    dated_rate("25.5", _STANDARD, days=("2024-09-01", ""), applies_to=_REST, law="AVL 84 §"),
    dated_rate("17", _REDUCED, days=("1998-01-01", "2009-09-30"), applies_to=_FOOD, law="AVL 85 §"),
    dated_rate("12", _REDUCED, days=("2009-10-01", "2010-06-30"), applies_to=_FOOD, law="AVL 85 §"),
    dated_rate("13", _REDUCED, days=("2010-07-01", "2012-12-31"), applies_to=_FOOD, law="AVL 85 §"),
    dated_rate("14", _REDUCED, days=("2013-01-01", "2025-12-31"), applies_to=_FOOD, law="AVL 85 §"),
    dated_rate("13.5", _REDUCED, days=("2026-01-01", ""), applies_to=_FOOD, law="AVL 85 §"),
    dated_rate("8", _REDUCED, days=("1998-01-01", "2010-06-30"), applies_to=_WITH_PRESS, law="AVL 85 a §"),
    dated_rate("9", _REDUCED, days=("2010-07-01", "2012-12-31"), applies_to=_WITH_PRESS, law="AVL 85 a §"),
    dated_rate("10", _REDUCED, days=("2013-01-01", "2024-12-31"), applies_to=_WITH_PRESS, law="AVL 85 a §"),
    dated_rate("14", _REDUCED, days=("2025-01-01", "2025-12-31"), applies_to=_MOVED, law="AVL 85 §"),
    dated_rate("13.5", _REDUCED, days=("2026-01-01", ""), applies_to=_MOVED, law="AVL 85 §"),
    dated_rate("10", _REDUCED, days=("2025-01-01", ""), applies_to=_PRESS, law="AVL 85 a §"),
    dated_rate("0", _ZERO, days=("1994-06-01", ""), applies_to=_ABROAD, law="AVL 55-56, 70-72 §"),
)
