"""VAT numbers of the European Union.

Source: python-stdnum `eu.vat`, which knows each member state's own check.
"""

from functools import lru_cache

from stdnum.eu import vat
from stdnum.exceptions import ValidationError


def compact(number: str) -> str:
    """Return the number without separators, in capitals, as VIES takes it.

    >>> compact("ee 100 207 415")
    'EE100207415'
    """
    bare = "".join(character for character in number if character.isalnum()).upper()
    try:
        return str(vat.compact(bare))
    except ValidationError:
        return bare


@lru_cache(maxsize=4096)
def country(number: str) -> str:
    """Return the country that a number names (ISO 3166-1, so GR for EL), or nothing.

    >>> country("EL094259216"), country("100207415")
    ('GR', '')
    """
    prefix = compact(number)[:2]
    if prefix == "EL":
        return "GR"
    return prefix if prefix.isalpha() and prefix.lower() in vat.MEMBER_STATES else ""


def validate(number: str) -> str:
    """Return the compact number.

    Raises: ValueError when form, country or check digit is wrong.

    >>> validate("FI 20774740")
    'FI20774740'
    >>> validate("EE100207416")
    Traceback (most recent call last):
        ...
    ValueError: EE100207416 is not a valid VAT number
    """
    try:
        return str(vat.validate(compact(number)))
    except ValidationError:
        raise ValueError(f"{number} is not a valid VAT number") from None


@lru_cache(maxsize=4096)
def is_valid(number: str) -> bool:
    """Return whether a number is a VAT number of a member state.

    >>> is_valid("EE100207415"), is_valid("EE100207416"), is_valid("100207415")
    (True, False, False)
    """
    try:
        validate(number)
    except ValueError:
        return False
    return True
