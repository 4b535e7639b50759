"""Names of countries, as Severa writes them in the language of its user, and the business ids of Finland."""

from functools import lru_cache

from babel import Locale

LANGUAGES = ("fi", "en", "sv", "et", "nb", "da")
LETTERS = 2


def country_code(name: str) -> str:
    """Return the code of a country (ISO 3166-1) by its name or code; empty when nobody knows it.

    >>> country_code("Viro"), country_code("Finland"), country_code("se"), country_code("Tuonela")
    ('EE', 'FI', 'SE', '')
    """
    clean = name.strip()
    if len(clean) == LETTERS and clean.upper() in Locale("en").territories:
        return clean.upper()
    return _by_name().get(clean.casefold(), "")


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {
        str(name).casefold(): str(code)
        for language in reversed(LANGUAGES)
        for code, name in Locale(language).territories.items()
        if len(code) == LETTERS and code.isalpha()
    }


def business_id(vat: str) -> str:
    """Return the business id that a Finnish VAT number holds.

    >>> business_id("FI12345671"), business_id("EE101234563")
    ('1234567-1', '')
    """
    digits = vat.removeprefix("FI")
    is_finnish = vat.startswith("FI") and len(digits) == 8 and digits.isascii() and digits.isdigit()  # noqa: PLR2004
    return f"{digits[:7]}-{digits[7]}" if is_finnish else ""
