"""Units of quantity: our users' words and UN/ECE Recommendation 20 codes, which EN 16931 requires (BT-130).

Source: UN/ECE Recommendation 20, revision 17. Only what invoices here are written in; a word that is not in the table
is refused rather than guessed ("t" is an hour in Finland and a tonne in Estonia).
"""

from collections.abc import Mapping

from tilisilta.core.errors import Unsupported

_ONE = "C62"
_WORDS = {
    _ONE: ("", "1", "ühik", "yks", "unit", "units"),
    "H87": ("tk", "tükk", "kpl", "kappale", "pc", "pcs", "piece", "pieces", "st"),
    "SET": ("kmpl", "komplekt", "sarja", "set"),
    "HUR": ("h", "tund", "tundi", "tunti", "tuntia", "hour", "hours", "hr", "hrs"),
    "MIN": ("min", "minut", "minuuttia"),
    "DAY": ("p", "pv", "päev", "päeva", "päivä", "pvä", "day", "days", "d"),
    "WEE": ("vk", "nädal", "viikko", "week", "weeks"),
    "MON": ("kk", "kuu", "kuud", "kuukausi", "month", "months"),
    "ANN": ("a", "v", "aasta", "vuosi", "year", "years"),
    "KGM": ("kg", "kilo"),
    "GRM": ("g", "gr"),
    "TNE": ("tonn", "tonni", "tonnia", "tn"),
    "LTR": ("l", "ltr", "liiter", "litra"),
    "MTR": ("m", "jm", "meeter", "metri"),
    "CMT": ("cm",),
    "MMT": ("mm",),
    "KMT": ("km",),
    "MTK": ("m2", "m²", "ruutmeeter", "neliö"),
    "MTQ": ("m3", "m³", "tm", "kuupmeeter", "kuutio"),
    "KWH": ("kwh",),
    "MWH": ("mwh",),
    "XPK": ("pk", "pakk", "pkt", "paketti", "pack"),
    "XBX": ("kast", "karp", "ltk", "laatikko", "box"),
    "XRO": ("rull", "rll", "rulla", "roll"),
    "XPX": ("alus", "lava", "pallet"),
    "PR": ("paar", "pari", "pair"),
    "P1": ("%", "prosent", "prosentti"),
    "LS": ("kord", "kerta", "teenus", "projekt", "projekti", "erä", "lump sum"),
}
_CODES = {word: code for code, words in _WORDS.items() for word in words}


def unit_code(unit: str, where: str, more: Mapping[str, str] | None = None) -> str:
    """Return the Recommendation 20 code of a unit written as a word or as the code itself.

    Args:
        unit: The row's unit.
        where: The row's field, for the refusal.
        more: Codes of further words, by the word in lower case; they go before the table's.

    Raises:
        Unsupported: the word is not known.

    >>> unit_code("Tk.", "lines[0].unit"), unit_code("HUR", "lines[0].unit"), unit_code("", "lines[0].unit")
    ('H87', 'HUR', 'C62')
    """
    if unit in _WORDS:
        return unit
    word = unit.strip().rstrip(".").casefold()
    code = (more or {}).get(word) or _CODES.get(word)
    if code is None:
        raise Unsupported(field=where, rule="no UN/ECE Recommendation 20 code is known for this unit", value=unit)
    return code
