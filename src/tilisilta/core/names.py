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
_FOLDED = str.maketrans({"ø": "o", "æ": "ae", "đ": "d", "ł": "l", "ð": "d", "þ": "th"} | dict.fromkeys(".'’`´", ""))
_USUAL_MARKS = dict.fromkeys(range(0x300, 0x370))  # what NFKD leaves of õ, ä, ö, š and the like
_TO_SPACE = {code: " " for code in range(128) if not chr(code).isalnum()}


def fold_name(name: str) -> str:
    """Return a name in plain small letters: no diacritics, punctuation or doubled spaces.

    >>> fold_name("  Õunapuu & Pojad, O.Ü. ")
    'ounapuu pojad ou'
    """
    bare = name.casefold().translate(_FOLDED)
    if not bare.isascii():
        bare = unicodedata.normalize("NFKD", bare).translate(_USUAL_MARKS)
    if bare.isascii():  # a tenth of the time, and registers have names by the hundred thousand
        return " ".join(bare.translate(_TO_SPACE).split())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())


def fold_company(name: str) -> str:
    """Return a company's folded name without its legal form, wherever it stands outermost.

    >>> fold_company("AS Eesti Energia") == fold_company("Eesti Energia, A.S.")
    True
    >>> fold_company("Oy Ab")
    'oy ab'
    """
    words = fold_name(name).split()
    first, last = _own_words(words)
    return " ".join(words[first:last] or words)


def company_in_order(name: str) -> str:
    """Return a company's folded name with its legal form last, so that lists and searches begin with what is its own.

    >>> company_in_order("AS Eesti Energia"), company_in_order("Eesti Energia, A.S.")
    ('eesti energia as', 'eesti energia as')
    """
    words = fold_name(name).split()
    first, last = _own_words(words)
    if not 0 < first < last:
        return " ".join(words)
    return " ".join([*words[first:last], *words[:first], *words[last:]])


def _own_words(words: list[str]) -> tuple[int, int]:
    """Return the half-open range of the words between the outermost legal forms; empty when there is nothing else."""
    first, last = 0, len(words)
    while first < last and words[first] in _LEGAL_FORMS:
        first += 1
    while last > first and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    return first, last
