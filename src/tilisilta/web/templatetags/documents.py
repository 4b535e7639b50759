"""Filters of document pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from babel.numbers import format_decimal
from django import template
from django.template import Context

from tilisilta.core.money import amount_minor
from tilisilta.services.event_texts import step_name
from tilisilta.services.field_texts import field_text
from tilisilta.web.documents.words import kind_name
from tilisilta.web.templatetags.tilisilta import amount, locale_of_reader

register = template.Library()
_GUID_LENGTH: Final = 36

register.filter("kind_name", kind_name)
register.filter("field_text", field_text)
register.filter("step_name", step_name)


@register.filter
def decimal_amount(value: Decimal | None, currency: str = "EUR") -> str:
    """Return an amount of a canonical document in the reader's locale, with the currency's decimals."""
    return amount(None if value is None else amount_minor(value, currency or "EUR"), currency)


@register.filter
def price(value: Decimal | None) -> str:
    """Return a unit price in the reader's locale: two decimals at least, and all that it has."""
    if value is None:
        return "–"
    return str(format_decimal(value, format="#,##0.00########", locale=locale_of_reader()))


@register.filter
def plain(value: Any) -> Any:
    """Return a decimal without needless zeros, for quantities, unit prices and rates."""
    if not isinstance(value, Decimal):
        return value
    shortened = value.normalize()
    return shortened.quantize(Decimal(1)) if shortened == shortened.to_integral() else shortened


@register.simple_tag(takes_context=True)
def vat_code_text(context: Context, code: str) -> str:
    """Return how people know a VAT code: by the name among the page's `vat_names`, else as it is written.

    An id that no list names tells a person nothing: it gives an empty text.
    """
    names: Mapping[str, str] = context.get("vat_names") or {}
    return names.get(code) or ("" if _is_guid(code) else code)


def _is_guid(value: str) -> bool:
    if len(value) != _GUID_LENGTH:
        return False
    try:
        UUID(value)
    except ValueError:
        return False
    return True
