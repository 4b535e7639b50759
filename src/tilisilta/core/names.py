"""Names of companies and goods, as two people would write them differently."""

import unicodedata

# Written as `fold_name` leaves them: without diacritics and dots.
_LEGAL_FORMS = frozenset(
    # Estonia
    {"ou", "osauhing", "as", "aktsiaselts", "mtu", "sa", "sihtasutus", "fie", "tu", "taisuhing", "uu"}
    | {"usaldusuhing", "tuh", "tulundusuhistu", "mittetulundusuhing", "ku", "korteriuhistu"}
    # Finland
    | {"oy", "ab", "oyj", "abp", "tmi", "ky", "kb", "ry", "rf", "ay", "osk", "osakeyhtio", "toiminimi", "asoy"}
    # neighbours and trading partners
    | {"sia", "uab", "aps", "gmbh", "ag", "kg", "ltd", "limited", "llc", "inc", "plc", "bv", "nv", "srl", "spa", "se"}
)
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ł": "l", "ð": "d", "þ": "th"})
_VANISH = dict.fromkeys(map(ord, ".'’`´"))


def fold_name(name: str) -> str:
    """Return a name in plain small letters: no diacritics, punctuation or doubled spaces.

    >>> fold_name("  Õunapuu & Pojad, O.Ü. ")
    'ounapuu pojad ou'
    """
    folded = name.casefold().translate(_LETTERS).translate(_VANISH)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())


def fold_company(name: str) -> str:
    """Return a company's folded name without its legal form, wherever it stands outermost.

    >>> fold_company("AS Eesti Energia") == fold_company("Eesti Energia, A.S.")
    True
    >>> fold_company("Oy Ab")
    'oy ab'
    """
    words = fold_name(name).split()
    first, last = 0, len(words)
    while first < last and words[first] in _LEGAL_FORMS:
        first += 1
    while last > first and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    return " ".join(words[first:last] or words)
