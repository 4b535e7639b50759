"""Filters of document pages."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import template

from tilisilta.core.money import amount_minor
from tilisilta.services.event_texts import step_name
from tilisilta.services.field_texts import field_text
from tilisilta.web.documents.words import kind_name
from tilisilta.web.templatetags.tilisilta import amount, locale_of_reader

register = template.Library()

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
