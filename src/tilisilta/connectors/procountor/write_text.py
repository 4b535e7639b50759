"""Texts as Procountor takes them, with a note of everything that had to be changed."""

from tilisilta.core.problems import Problem, Severity, problem

# What sources call a unit; Procountor has a fixed list of English names (vendor sheet section 3).
_UNITS = {
    "PIECE": "tk tükk pc pcs piece pieces kpl kappale st ea unit",
    "HOUR": "h t tund tundi tunni hour hours hr hrs tunti tuntia",
    "DAY": "p päev päeva day days pv päivä päivää pvä",
    "WEEK": "näd nädal week weeks vk viikko viikkoa",
    "MONTH": "kuu kuud month months kk kuukausi kuukautta",
    "YEAR": "aasta aastat year years v vuosi vuotta",
    "MINUTE": "min minut minutit minute minutes minuutti minuuttia",
    "KILOGRAM": "kg kilogramm kilogram kilo",
    "GRAM": "g gramm gram gramma",
    "TON": "tonn ton tonni",
    "LITER": "l liiter liitrit liter litre litra litraa",
    "METER": "m meeter meetrit meter metre metri metriä jm",
    "KILOMETER": "km kilomeeter kilometer kilometri kilometriä",
    "CM": "cm",
    "MILLIMETER": "mm",
    "SQUARE_METER": "m2 m² neliö",
    "CUBIC_METER": "m3 m³ tm kuutio",
    "KILOWATT_HOUR": "kwh",
    "MEGAWATT_HOUR": "mwh",
    "SET": "kompl komplekt set sarja",
    "PAIR": "paar pair pari",
    "BOX": "kast box laatikko ltk",
    "BOTTLE": "pudel bottle pullo plo",
    "ROLL": "rull roll rulla rll",
    "BAG": "kott bag pussi ps",
    "PALLET": "alus pallet lava",
    "PARCEL": "pakk pakend parcel pkt paketti",
    "LOT": "partii lot erä",
    "PAGE": "lk page sivu",
    "PERSON": "inimene person hlö henkilö",
}
_BY_WORD = {word: name for name, words in _UNITS.items() for word in words.split()}


class Texts:
    """Cuts texts of one record and collects warnings about what was changed."""

    def __init__(self) -> None:
        self.warnings: list[Problem] = []

    def cut(self, value: str, where: str, limit: int) -> str:
        """Return `value` on one line and cut to `limit` characters, with a warning when it was longer."""
        words = " ".join(value.split())
        if len(words) <= limit:
            return words
        self.warn("TEXT_CUT", where, value=words, limit=limit)
        return words[:limit].rstrip()

    def warn(self, code: str, where: str, *, severity: Severity = Severity.WARNING, **params: object) -> None:
        """Add a warning, or a notice without effect; the document goes on."""
        self.warnings.append(problem(code, where=where, severity=severity, **params))


def unit_name(unit: str) -> str:
    """Return Procountor's name of a unit; pieces where nobody knows the word, no unit where there is none.

    >>> unit_name("tk"), unit_name("Tund."), unit_name("vihko"), unit_name("")
    ('PIECE', 'HOUR', 'PIECE', 'NO_UNIT')
    """
    word = unit.strip().casefold().rstrip(".")
    if not word:
        return "NO_UNIT"
    return unit.strip().upper() if unit.strip().upper() in _UNITS else _BY_WORD.get(word, "PIECE")
