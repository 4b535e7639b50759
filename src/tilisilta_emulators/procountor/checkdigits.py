"""Check digits: IBAN, Finnish and RF references, Finnish business ids."""

import re

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", re.ASCII)
_FI_IBAN_LENGTH = 18
_BUSINESS_ID = re.compile(r"(\d{7})-(\d)", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)


def _remainder(text: str) -> int:
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97


def is_iban(text: str) -> bool:
    """Tell whether a string is an IBAN without spaces with right check digits.

    >>> is_iban("FI2112345600000785"), is_iban("FI21 1234 5600 0007 85"), is_iban("FI2112345600000786")
    (True, False, False)
    """
    if not _IBAN.fullmatch(text) or (text.startswith("FI") and len(text) != _FI_IBAN_LENGTH):
        return False
    return _remainder(text) == 1


def make_iban(bban: str, country: str = "FI") -> str:
    """Return the IBAN of a national account number.

    >>> make_iban("12345600000785")
    'FI2112345600000785'
    """
    return f"{country}{98 - _remainder(f'{country}00{bban}'):02d}{bban}"


def finnish_reference(base: int) -> str:
    """Return a Finnish reference number for a base of at least three digits (weights 7, 3, 1 from the right).

    >>> finnish_reference(2601)
    '26013'
    """
    total = sum(int(digit) * (7, 3, 1)[at % 3] for at, digit in enumerate(reversed(str(base))))
    return f"{base}{-total % 10}"


def is_reference(text: str, kind: str) -> bool:
    """Tell whether a reference of kind `FI` or `RF` has right check digits.

    >>> is_reference("26013", "FI"), is_reference("26014", "FI"), is_reference("RF18539007547034", "RF")
    (True, False, True)
    """
    plain = text.replace(" ", "").upper()
    if not plain.isascii() or not plain.isalnum():
        return False
    if kind == "RF":
        return plain.startswith("RF") and 5 <= len(plain) <= 25 and _remainder(plain) == 1
    if not plain.isdigit() or not 4 <= len(plain) <= 20:
        return False
    digits = plain.lstrip("0")
    return len(digits) > 1 and finnish_reference(int(digits[:-1])) == digits


def is_business_id(text: str) -> bool:
    """Tell whether a string is a Finnish business id with a right check digit.

    >>> is_business_id("0112038-9"), is_business_id("0112038-8"), is_business_id("FI01120389")
    (True, False, False)
    """
    match = _BUSINESS_ID.fullmatch(text)
    if match is None:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(match[1], _WEIGHTS, strict=True)) % 11
    return rest != 1 and int(match[2]) == (11 - rest if rest else 0)


def make_business_id(number: int) -> str | None:
    """Return the business id of a seven-digit number, None where no check digit exists."""
    base = f"{number:07d}"
    return next((f"{base}-{digit}" for digit in range(10) if is_business_id(f"{base}-{digit}")), None)
