"""What a client's fields must be: checked one by one, so that each mistake is told beside its field."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.identifiers import registry_code, vat_number
from tilisilta.core.names import fold_name
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import ClientKind

# What each plain field of a client is called; also the names of columns and of what a file lacks.
LABELS: Final[dict[str, Promise]] = {
    "name": _("Name"),
    "kind": _("Kind of client"),
    "status": _("Status"),
    "initials": _("Initials"),
    "code": _("Client code"),
    "registry_code": _("Registry code"),
    "vat_number": _("VAT number"),
    "street": _("Address"),
    "city": _("City"),
    "postal_code": _("Postal code"),
    "country": _("Country"),
    "language": _("Language"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "default_member": _("Main user"),
    "groups": _("Groups"),
    "notes": _("Notes"),
    "needs_time": _("Time required"),
    "needs_topic": _("Topic required"),
    "billing_email": _("E-mail for invoices"),
    "payment_term_days": _("Payment term, days"),
    "billed_to": _("Invoices go to"),
}
LIMITS: Final[dict[str, int]] = {
    "name": 200,
    "initials": 3,
    "code": 40,
    "registry_code": 20,
    "vat_number": 20,
    "street": 200,
    "city": 80,
    "postal_code": 12,
    "email": 254,
    "phone": 40,
    "notes": 10_000,
    "billing_email": 254,
}
MAX_TERM_DAYS: Final = 365
# The CLDR's two-letter regions without those that are no country: unions, the unknown, pseudo-locales.
_COUNTRIES: Final = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code not in {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}  # noqa: PLR2004  ISO 3166-1 alpha-2
)
_PROPERTY_LANGUAGES: Final = ("en", "et", "fi")


def label(field: str) -> str:
    """Return what a field is called in the active language."""
    return str(LABELS[field])


def check_texts(texts: Mapping[str, str]) -> dict[str, ServiceError]:
    """Return what is wrong with plain fields, by their names."""
    errors = {}
    for field, limit in LIMITS.items():
        text = texts.get(field, "")
        if len(text) > limit:
            errors[field] = ServiceError("CLIENT_FIELD_TOO_LONG", field=label(field), limit=limit)
        elif "\x00" in text:
            errors[field] = ServiceError("CLIENT_FIELD_CHARACTER", field=label(field))
    if not texts.get("name", "").strip():
        errors["name"] = ServiceError("CLIENT_FIELD_REQUIRED", field=label("name"))
    for field in ("email", "billing_email"):
        if texts.get(field) and field not in errors:
            try:
                validate_email(texts[field])
            except ValidationError:
                errors[field] = ServiceError("CLIENT_EMAIL_INVALID", field=label(field), value=texts[field][:80])
    return errors


def check_term(days: int | None) -> dict[str, ServiceError]:
    """Return what is wrong with a payment term."""
    if days is None or 0 <= days <= MAX_TERM_DAYS:
        return {}
    name = "payment_term_days"
    return {name: ServiceError("CLIENT_TERM_INVALID", field=label(name), limit=MAX_TERM_DAYS)}


def read_kind(text: str) -> str:
    """Return a kind of client. Raises: ServiceError: CLIENT_KIND_UNKNOWN."""
    if text in ClientKind.values:
        return text
    raise ServiceError("CLIENT_KIND_UNKNOWN", field=label("kind"), value=text[:40])


def read_country(text: str) -> str:
    """Return a country's two letters from its code, or from its name in English, Estonian or Finnish.

    Raises: ServiceError: CLIENT_COUNTRY_UNKNOWN.
    """
    code = text.strip().upper()
    if code == "EL":  # as VAT numbers call Greece
        return "GR"
    if code in _COUNTRIES:
        return code
    found = _named(text, "territories")
    if found not in _COUNTRIES:
        raise ServiceError("CLIENT_COUNTRY_UNKNOWN", field=label("country"), value=text[:40])
    return str(found)


def read_language(text: str) -> str:
    """Return a language's code from its code, or from its name in English, Estonian or Finnish.

    Raises: ServiceError: CLIENT_LANGUAGE_UNKNOWN.
    """
    code = text.strip().lower().replace("-", "_").split("_")[0]
    if len(code) in {2, 3} and code in Locale("en").languages:
        return code
    found = _named(text, "languages")
    if found is None or len(found) > 3:  # noqa: PLR2004  ISO 639
        raise ServiceError("CLIENT_LANGUAGE_UNKNOWN", field=label("language"), value=text[:40])
    return found


@lru_cache(maxsize=2048)  # a table names the same few countries in thousands of rows
def _named(text: str, kind: str) -> str | None:
    wanted = fold_name(text)
    for language in _PROPERTY_LANGUAGES:
        for code, name in getattr(Locale(language), kind).items():
            if wanted and fold_name(name) == wanted:
                return str(code)
    return None


def spellings(text: str) -> frozenset[str]:
    """Return a text in the capitals that people write: SQLite tells "õ" from "Õ" where it takes "a" for "A".

    >>> sorted(spellings("õun OÜ"))
    ['ÕUN OÜ', 'Õun OÜ', 'Õun Oü', 'Õun oü', 'õun OÜ', 'õun oü']
    """
    return frozenset({text, text.lower(), text.upper(), text.title(), text.capitalize(), text[:1].upper() + text[1:]})


def contains(field: str, text: str) -> Q:
    """Return the condition that a field has a text in it, whatever the capitals, in every store."""
    found = Q(**{f"{field}__icontains": text})
    for spelling in spellings(text) if not text.isascii() else ():
        found |= Q(**{f"{field}__contains": spelling})
    return found


def bare_registry_code(code: str, country: str) -> str:
    """Return a registry code as registers print it."""
    return registry_code.compact(code.strip(), country) if code.strip() else ""


def bare_vat_number(number: str) -> str:
    """Return a VAT number without separators, in capitals."""
    return vat_number.compact(number) if number.strip() else ""


def warnings_of(country: str, code: str, number: str) -> list[str]:
    """Return warnings, in the active language, about numbers whose check digit is wrong. They stop nobody."""
    found = []
    if code and not registry_code.is_valid(code, country):
        found.append(str(_REGISTRY_WARNING))
    if number and not vat_number.is_valid(number) and (vat_number.country(number) or country in {"EE", "FI"}):
        found.append(str(_VAT_WARNING))
    return found


_REGISTRY_WARNING: Final = _("The registry code does not pass its check digit. Look whether it was typed right.")
_VAT_WARNING: Final = _("The VAT number does not pass its check digit. Look whether it was typed right.")
