"""Registry codes of companies: Estonian registrikood and Finnish Y-tunnus.

Source: python-stdnum `ee.registrikood` and `fi.ytunnus`.
"""

from functools import lru_cache

from stdnum.ee import registrikood
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus

COUNTRIES = ("EE", "FI")


def compact(code: str, country: str = "") -> str:
    """Return the code as registers print it: eight digits in Estonia, seven digits, hyphen and digit in Finland.

    Codes of other countries only lose their outer spaces.

    >>> compact(" 12 345 678 ", "EE")
    '12345678'
    >>> compact("20774740", "FI")
    '2077474-0'
    """
    if country.upper() == "EE":
        return str(registrikood.compact(code))
    if country.upper() == "FI":
        bare = str(ytunnus.compact(code))
        return f"{bare[:-1]}-{bare[-1:]}" if bare else ""
    return code.strip()


def validate(code: str, country: str) -> str:
    """Return the compact code.

    Raises: ValueError when the check digit or the form is wrong; codes of other countries pass as they are.

    >>> validate("12345678", "EE")
    '12345678'
    >>> validate("2077474-1", "FI")
    Traceback (most recent call last):
        ...
    ValueError: 2077474-1 is not a valid registry code of FI
    """
    module = {"EE": registrikood, "FI": ytunnus}.get(country.upper())
    if module is not None:
        try:
            module.validate(code)
        except ValidationError:
            raise ValueError(f"{code} is not a valid registry code of {country.upper()}") from None
    return compact(code, country)


@lru_cache(maxsize=4096)
def is_valid(code: str, country: str) -> bool:
    """Return whether a code passes its country's check; codes of other countries always do.

    >>> is_valid("2077474-0", "FI"), is_valid("2077474-1", "FI"), is_valid("whatever", "SE")
    (True, False, True)
    """
    try:
        validate(code, country)
    except ValueError:
        return False
    return True
