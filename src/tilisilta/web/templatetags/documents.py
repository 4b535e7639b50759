"""Filters of document pages."""

from decimal import Decimal
from typing import Any

from django import template

from tilisilta.core.money import amount_minor
from tilisilta.services.field_texts import field_text
from tilisilta.web.documents.words import kind_name
from tilisilta.web.templatetags.tilisilta import amount

register = template.Library()

register.filter("kind_name", kind_name)
register.filter("field_text", field_text)


@register.filter
def decimal_amount(value: Decimal | None, currency: str = "EUR") -> str:
    """Return an amount of a canonical document in the reader's locale, with the currency's decimals."""
    return amount(None if value is None else amount_minor(value, currency or "EUR"), currency)


@register.filter
def plain(value: Any) -> Any:
    """Return a decimal without needless zeros, for quantities, unit prices and rates."""
    if not isinstance(value, Decimal):
        return value
    shortened = value.normalize()
    return shortened.quantize(Decimal(1)) if shortened == shortened.to_integral() else shortened
