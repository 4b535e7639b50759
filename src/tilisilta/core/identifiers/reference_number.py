"""Reference numbers of payments: the Estonian and Finnish 7-3-1 check digit, and RF (ISO 11649).

Sources: Estonian Banking Association, "Viitenumbri standard" (2 to 20 digits, 7-3-1 from the right, check digit last);
Finance Finland, "Forming a Finnish reference number" (4 to 20 digits, the same weights); ISO 11649 by way of
python-stdnum. A Finnish RF number carries the national number after its check digits.
"""

from stdnum import iso11649
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

_WEIGHTS = (7, 3, 1)
_LENGTHS = {"EE": (2, 20), "FI": (4, 20)}


def compact(number: str) -> str:
    """Return the number without spaces and leading zeros; RF numbers in capitals.

    >>> compact("0012 34561"), compact("rf34 1234 561")
    ('1234561', 'RF341234561')
    """
    bare = "".join(number.split()).upper()
    return bare if bare.startswith("RF") else bare.lstrip("0")


def check_digit(base: str) -> str:
    """Return the 7-3-1 check digit of digits that do not have one yet.

    >>> check_digit("123456")
    '1'
    """
    total = sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(reversed(base)))
    return str(-total % 10)


def make(base: str | int, country: str = "EE") -> str:
    """Return `base` with its check digit, padded with zeros in front where the country asks for more digits.

    Raises: ValueError when `base` is not made of digits or is too long.

    >>> make(123456), make("12", "FI")
    ('1234561', '0123')
    """
    digits = str(base).lstrip("0") or "0"
    shortest, longest = _LENGTHS[country.upper()]
    if not (digits.isascii() and digits.isdigit()) or len(digits) >= longest:
        raise ValueError(f"{base} is not a number of at most {longest - 1} digits")
    digits = digits.rjust(shortest - 1, "0")
    return digits + check_digit(digits)


def make_rf(national: str) -> str:
    """Return the RF form of a national reference number.

    >>> make_rf("1234561")
    'RF341234561'
    """
    bare = compact(national)
    return f"RF{mod_97_10.calc_check_digits(f'{bare}RF')}{bare}"


def validate(number: str, country: str = "") -> str:
    """Return the compact number; without a country the Estonian rule stands, for it is the wider one.

    Raises: ValueError when a character, the length or the check digit is wrong.

    >>> validate("12 34561"), validate("RF34 1234561", "FI")
    ('1234561', 'RF341234561')
    >>> validate("1234562")
    Traceback (most recent call last):
        ...
    ValueError: 1234562 fails its check digit
    """
    bare = compact(number)
    if bare.startswith("RF"):
        return _validate_rf(bare)
    if not (bare.isascii() and bare.isdigit()):
        raise ValueError(f"{number} has characters other than digits")
    shortest, longest = _LENGTHS.get(country.upper(), _LENGTHS["EE"])
    given = len("".join(number.split()))
    if given < shortest or len(bare) > longest:
        raise ValueError(f"{number} is not {shortest} to {longest} digits long")
    if check_digit(bare[:-1]) != bare[-1]:
        raise ValueError(f"{number} fails its check digit")
    return bare


def _validate_rf(number: str) -> str:
    try:
        return str(iso11649.validate(number))
    except ValidationError:
        raise ValueError(f"{number} is not a valid RF reference") from None


def is_valid(number: str, country: str = "") -> bool:
    """Return whether a reference number passes its check.

    >>> is_valid("1234561"), is_valid("1234562"), is_valid("RF341234561"), is_valid("")
    (True, False, True, False)
    """
    try:
        validate(number, country)
    except ValueError:
        return False
    return True
