"""Bank account numbers.

Source: ISO 13616 by way of schwifty, which knows each country's length and own check digits.
"""

from functools import lru_cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException


def compact(number: str) -> str:
    """Return the number without spaces, in capitals.

    >>> compact("ee47 1000 0010 2014 5685")
    'EE471000001020145685'
    """
    return "".join(number.split()).upper()


def validate(number: str) -> str:
    """Return the compact number.

    Raises: ValueError when length, country or check digits are wrong.

    >>> validate("EE47 1000 0010 2014 5685")
    'EE471000001020145685'
    >>> validate("EE47 1000 0010 2014 5686")
    Traceback (most recent call last):
        ...
    ValueError: EE47 1000 0010 2014 5686 is not a valid IBAN
    """
    try:
        return str(IBAN(compact(number)).compact)
    except SchwiftyException:
        raise ValueError(f"{number} is not a valid IBAN") from None


@lru_cache(maxsize=4096)
def is_valid(number: str) -> bool:
    """Return whether a number is an IBAN.

    >>> is_valid("FI21 1234 5600 0007 85"), is_valid("FI21 1234 5600 0007 84"), is_valid("")
    (True, False, False)
    """
    try:
        validate(number)
    except ValueError:
        return False
    return True
