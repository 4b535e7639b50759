"""Names that look like those of real companies, and are not."""

from typing import Any

_FIRST = (
    "Õunapuu", "Kuusemäe", "Pärnaõie", "Rukkilille", "Männiku", "Kadaka", "Sirelihalja", "Tammevere", "Vahtramäe",
    "Merekalda", "Põhjala", "Järveotsa", "Kivisilla", "Lepiku", "Saarepere", "Toominga", "Nurmenuku", "Haavametsa",
    "Jõekääru", "Pajupilli", "Metsavana", "Kaljuranna", "Liivalaia", "Hobuveski", "Künnapuu", "Sõnajala",
)  # fmt: skip
_SECOND = (
    "Ehitus", "Kaubandus", "Transport", "Disain", "Kinnisvara", "Metall", "Puit", "Toit", "Tarkvara", "Elekter",
    "Konsult", "Trükk", "Hooldus", "Aed", "Logistika", "Meedia", "Tekstiil", "Keemia", "Õpe", "Auto", "Energia",
)  # fmt: skip
_STREETS = ("Pikk", "Lai", "Tartu mnt", "Narva mnt", "Kesk", "Jaama", "Aia", "Võru", "Riia", "Sadama")
_CITIES = (("Tallinn", "10111"), ("Tartu", "50090"), ("Pärnu", "80010"), ("Viljandi", "71020"), ("Rakvere", "44310"))
_ITEMS = (
    ("KONS-1", "Nõustamine", 2, "h"),
    ("RMP-KUU", "Raamatupidamine", 2, "kuu"),
    ("PAPER-A4", "Paber A4", 3, "tk"),
    ("PALK", "Palgaarvestus", 2, "tk"),
    ("KOOLITUS", "Koolitus", 2, "h"),
    ("TOOL-1", "Kontoritool", 1, "tk"),
    ("LITSENTS", "Litsents", 2, "kuu"),
    ("SOIT", "Sõidukulu", 2, "km"),
)
_CODE_WEIGHTS = ((1, 2, 3, 4, 5, 6, 7), (3, 4, 5, 6, 7, 8, 9))


def registry_code(number: int) -> str:
    """Return an Estonian registry code with a right check digit; `number` takes the middle.

    >>> registry_code(1), registry_code(234567)
    ('10000018', '12345678')
    """
    base = f"1{number % 1_000_000:06d}"
    for weights in _CODE_WEIGHTS:
        rest = sum(int(digit) * weight for digit, weight in zip(base, weights, strict=True)) % 11
        if rest < 10:
            return f"{base}{rest}"
    return f"{base}0"


def company(number: int) -> str:
    """Return the name of the client company with that number; every number has another."""
    first = _FIRST[number % len(_FIRST)]
    second = _SECOND[(number // len(_FIRST) + number % len(_FIRST)) % len(_SECOND)]
    round_ = number // (len(_FIRST) * len(_SECOND))
    return f"{first} {second}{f' {round_ + 1}' if round_ else ''} OÜ"


def partner(mark: int, at: int, *, customer: bool) -> str:
    """Return the name of a company's customer or vendor; unlike within the company."""
    number = mark * 7 + at + (0 if customer else 11)
    round_ = at // len(_FIRST)
    tail = f" {round_ + 1}" if round_ else ""
    return f"{_FIRST[number % len(_FIRST)]} {_SECOND[(number + mark) % len(_SECOND)]}{tail} {'OÜ' if at % 3 else 'AS'}"


def card(mark: int, at: int, country: str) -> dict[str, Any]:
    """Return the fields of a card."""
    number = (mark * 977 + at * 13) % 1_000_000
    city, code = _CITIES[(mark + at) % len(_CITIES)]
    return {
        "RegNo": registry_code(number),
        "VatRegNo": f"EE10{number:07d}",
        "CountryCode": country,
        "Address": f"{_STREETS[(mark + at) % len(_STREETS)]} {at % 60 + 1}",
        "City": city,
        "PostalCode": code,
        "Email": f"arve{at}@klient{mark}.example",
        "PaymentDeadLine": 14,
    }


def item(at: int) -> tuple[str, str, int, str]:
    """Return code, name, type and unit of the item with that number."""
    code, title, kind, unit = _ITEMS[at % len(_ITEMS)]
    round_ = at // len(_ITEMS)
    return (f"{code}-{round_ + 1}" if round_ else code), title, kind, unit
