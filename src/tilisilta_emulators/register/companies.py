"""Made up companies: the same for the same number and day, so that nobody has to keep 370,000 of them."""

from collections.abc import Iterator

import msgspec

_FIRST_BODY = 1_000_001
_STEP = 2
_WEIGHTS = ((1, 2, 3, 4, 5, 6, 7), (3, 4, 5, 6, 7, 8, 9))
_STARTS = [
    "Aasa",
    "Haava",
    "Ilmarise",
    "Jõe",
    "Kaarna",
    "Kadaka",
    "Kalda",
    "Kase",
    "Kivi",
    "Koidu",
    "Kuuse",
    "Laane",
    "Lepa",
    "Lille",
    "Loo",
    "Luha",
    "Maa",
    "Meri",
    "Mets",
    "Mõisa",
    "Mäe",
    "Männi",
    "Niidu",
    "Noole",
    "Nurme",
    "Oja",
    "Orava",
    "Pae",
    "Paju",
    "Pihla",
    "Põhja",
    "Põllu",
    "Päikese",
    "Raba",
    "Ranna",
    "Rebase",
    "Ristiku",
    "Rohu",
    "Saare",
    "Salu",
    "Sireli",
    "Soo",
    "Suve",
    "Taevas",
    "Talve",
    "Tamme",
    "Tiigi",
    "Toome",
    "Tuule",
    "Tähe",
    "Uku",
    "Vaher",
    "Valge",
    "Vee",
    "Vihma",
    "Viru",
    "Võsa",
    "Õie",
    "Õuna",
    "Ürdi",
]
_ENDS = [
    "Arendus",
    "Arvestus",
    "Auto",
    "Disain",
    "Ehitus",
    "Elekter",
    "Energia",
    "Farm",
    "Grupp",
    "Haldus",
    "Hooldus",
    "Holding",
    "Invest",
    "Juhtimine",
    "Kaubandus",
    "Keskus",
    "Kinnisvara",
    "Koda",
    "Koolitus",
    "Kohvik",
    "Köök",
    "Logistika",
    "Mööbel",
    "Meedia",
    "Nõustamine",
    "Pagar",
    "Partner",
    "Projekt",
    "Puit",
    "Raamatupidamine",
    "Remont",
    "Sport",
    "Stuudio",
    "Tarkvara",
    "Teenused",
    "Tehnika",
    "Toit",
    "Transport",
    "Turundus",
    "Töökoda",
    "Vara",
    "Veod",
    "Õmblus",
]
_FORMS = (("OÜ", "Osaühing"),) * 17 + (("AS", "Aktsiaselts"), ("MTÜ", "Mittetulundusühing"), ("SA", "Sihtasutus"))
_PLACES = (
    ("Kesklinna linnaosa, Tallinn, Harju maakond", "Narva mnt", "101", "0298"),
    ("Tartu linn, Tartu linn, Tartu maakond", "Riia tn", "510", "0793"),
    ("Pärnu linn, Pärnu linn, Pärnu maakond", "Õhtu põik", "800", "0624"),
    ("Viljandi linn, Viljandi maakond", "Posti tn", "710", "0897"),
    ("Võru linn, Võru maakond", "Jüri tn", "656", "0919"),
)


class Company(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One company as the register has it."""

    code: str
    name: str
    vat: str = ""
    status: str = "R"
    form: str = "Osaühing"
    street: str = ""
    place: str = ""
    place_code: str = ""
    postal: str = ""
    first_entry: str = "01.01.2015"


def check_digit(body: int) -> int:
    """Return the eighth digit of a registry code.

    >>> check_digit(1000001)
    8
    """
    digits = [int(each) for each in f"{body:07}"]
    for weights in _WEIGHTS:
        left = sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11
        if left < 10:
            return left
    return 0


def code_of(number: int) -> str:
    """Return the registry code of a made up company."""
    body = _FIRST_BODY + _STEP * number
    return f"{body}{check_digit(body)}"


def number_of(code: str) -> int | None:
    """Return which made up company has a code; None when none has."""
    if len(code) != 8 or not code.isdigit():
        return None
    number, over = divmod(int(code[:7]) - _FIRST_BODY, _STEP)
    return None if over or number < 0 or code_of(number) != code else number


def made_up(number: int, day: int) -> Company | None:
    """Return a made up company as it is on a day; None when it has been deleted by then."""
    if _happened(number, 7_001, day):
        return None
    form, form_text = _FORMS[number % len(_FORMS)]
    start, end = _STARTS[number % len(_STARTS)], _ENDS[number // len(_STARTS) % len(_ENDS)]
    round_ = number // (len(_STARTS) * len(_ENDS))
    own = f"{start} {end}" + (f" {round_}" if round_ else "")
    if _happened(number + 1_903, 2_003, day):
        own += " Uus"
    place, street, postal, place_code = _PLACES[number % len(_PLACES)]
    return Company(
        code=code_of(number),
        name=f"{form} {own}" if number % 5 == 0 else f"{own} {form}",
        vat=f"EE{100_000_000 + number * 7 % 900_000_000}" if number % 10 < 3 else "",
        status="L" if number % 97 == 0 else "N" if number % 211 == 0 else "R",
        form=form_text,
        street=f"{street} {number % 180 + 1}",
        place=place,
        place_code=place_code,
        postal=f"{postal}{number % 90 + 10}",
        first_entry=f"{number % 28 + 1:02}.{number % 12 + 1:02}.{1996 + number % 30}",
    )


def _happened(number: int, period: int, day: int) -> bool:
    """Return whether a company's own day for a change lies in 2 to `day`."""
    return 2 <= number % period <= day


def all_made_up(rows: int, day: int) -> Iterator[Company]:
    """Give the companies of a day's file: `rows` on the first day, 100 new ones each day after it."""
    for number in range(rows + 100 * (day - 1)):
        if (company := made_up(number, day)) is not None:
            yield company
