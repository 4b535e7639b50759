"""Filters of pages of monthly summaries."""

from django import template

from tilisilta.services.summaries.counts import count_label as label_of

register = template.Library()


@register.filter
def count_label(code: str) -> str:
    """Return what a count is called."""
    return label_of(code)
