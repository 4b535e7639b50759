"""Tags and filters of every page. They stand in the settings' builtins, so templates need not load them."""

from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, get_currency_precision
from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tilisilta.core.money import amount_from_minor
from tilisilta.services import pairs
from tilisilta.store import models
from tilisilta.web import navigation

register = template.Library()

# English readers get dates that cannot be taken for American ones.
_DATE_PATTERN: Final = {"en": "d MMM yyyy", "et": "dd.MM.yyyy", "fi": "d.M.yyyy"}
_TIME_PATTERN: Final = {"en": "HH:mm", "et": "HH:mm", "fi": "H.mm"}
_LOCALES: Final = {"en": "en_GB", "et": "et", "fi": "fi"}

# What a state is called comes from its model; here is its tone and the shape of its icon.
_STATES: Final[dict[str, Any]] = {
    "delivery": models.DeliveryState,
    "run": models.RunState,
    "connection": models.ConnectionState,
    "integration": models.IntegrationState,
    "file": models.FileState,
    "follow_up": models.FollowUpState,
    "match": models.MatchState,
    "period": models.PeriodState,
    "notice": models.NoticeLevel,
    "job": models.JobState,
}
_TONES: Final = {
    "ok": "check-circle",
    "bad": "x-circle",
    "warn": "exclamation-triangle",
    "busy": "arrow-path",
    "wait": "clock",
    "off": "minus-circle",
    "info": "information-circle",
}
_TONE_OF: Final = {
    "delivery": {
        "problem": "warn",
        "parked": "wait",
        "ready": "info",
        "sending": "busy",
        "uncertain": "busy",
        "sent": "ok",
        "confirmed": "ok",
        "refused": "bad",
        "drifted": "warn",
        "skipped": "off",
    },
    "run": {
        "queued": "wait",
        "running": "busy",
        "waiting": "wait",
        "done": "ok",
        "done_with_problems": "warn",
        "failed": "bad",
        "cancelled": "off",
    },
    "connection": {"new": "info", "active": "ok", "needs_reconnect": "bad", "inactive": "off"},
    "integration": {"setup": "info", "ready": "ok", "paused": "wait"},
    "follow_up": {"waiting": "wait", "done": "ok", "failed": "bad"},
    "file": {"received": "wait", "read": "ok", "refused": "bad"},
    "period": {"closing": "busy", "sent": "ok", "closed": "ok", "failed": "bad", "reopened": "warn"},
    "match": {"open": "warn", "matched": "ok", "create": "info"},
    "notice": {"info": "info", "success": "ok", "warning": "warn", "error": "bad"},
    "job": {
        "queued": "wait",
        "running": "busy",
        "waiting": "wait",
        "done": "ok",
        "done_with_problems": "warn",
        "failed": "bad",
        "cancelled": "off",
    },
}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def locale_of_reader() -> str:
    """Return the locale that amounts and dates of this page are written in."""
    return _LOCALES.get(_language(), "en_GB")


@register.filter
def amount(minor: int | None, currency: str = "EUR") -> str:
    """Return whole minor units as an amount in the reader's locale, without the currency: 123450 -> "1 234,50"."""
    if minor is None:
        return "–"
    currency = currency or "EUR"
    decimals = get_currency_precision(currency)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(amount_from_minor(int(minor), currency), format=pattern, locale=locale_of_reader())


@register.filter
def money(minor: int | None, currency: str = "EUR") -> str:
    """Return whole minor units as an amount with its currency: 123450 -> "1 234,50 EUR"."""
    return "–" if minor is None else f"{amount(minor, currency)}\N{NO-BREAK SPACE}{currency or 'EUR'}"


@register.filter
def number(value: Any) -> str:
    """Return a count or a decimal in the reader's locale."""
    return "–" if value is None or value == "" else format_decimal(value, locale=locale_of_reader())


@register.filter
def day(value: date | None) -> SafeString | str:
    """Return a date in the reader's way, in a <time> element."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    text = format_date(value, _DATE_PATTERN.get(_language(), "d MMM yyyy"), locale=locale_of_reader())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def month(value: date | None) -> SafeString | str:
    """Return the month that a day lies in, in the reader's way ("Oct 2026"), in a <time> element."""
    if value is None:
        return "–"
    text = format_date(value, "LLL yyyy", locale=locale_of_reader())
    return format_html('<time datetime="{}">{}</time>', f"{value:%Y-%m}", text)


@register.filter
def month_name(value: date | None) -> str:
    """Return a month by a day of it: "November 2026"."""
    return "–" if value is None else format_date(value, "LLLL yyyy", locale=locale_of_reader())


@register.filter
def duration(minutes: int | None) -> str:
    """Return whole minutes as hours and minutes: 90 -> "1:30"."""
    return "–" if minutes is None else f"{minutes // 60}:{minutes % 60:02}"


@register.filter
def when(value: datetime | None) -> SafeString | str:
    """Return a moment in the company's time zone, in the reader's way, in a <time> element."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    language = _language()
    pattern = f"{_DATE_PATTERN.get(language, 'd MMM yyyy')} {_TIME_PATTERN.get(language, 'HH:mm')}"
    text = format_datetime(local, pattern, locale=locale_of_reader())
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """Return how long ago a moment was ("3 hours ago"), with the moment itself as its title."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    text = format_timedelta(value - timezone.now(), add_direction=True, locale=locale_of_reader())
    exact = format_datetime(local, "short", locale=locale_of_reader())
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, text)


@register.inclusion_tag("parts/state_badge.html")
def state_badge(kind: str, state: str) -> dict[str, object]:
    """Show a state by word, shape and colour. `kind`: delivery, run, connection, integration, file, match, notice."""
    tone = _TONE_OF[kind].get(state, "info")
    known = state in _STATES[kind].values
    return {"word": _STATES[kind](state).label if known else state, "tone": tone, "icon": _TONES[tone]}


@register.inclusion_tag("parts/state_badge.html")
def state_icon(kind: str, state: str) -> dict[str, object]:
    """Show a state by shape and colour where the line beside it says the word; readers of screens hear the word."""
    return state_badge(kind, state) | {"is_word_hidden": True}


@register.inclusion_tag("parts/state_badge.html")
def badge(tone: str, word: str | Promise) -> dict[str, object]:
    """Show any other state. `tone`: ok, bad, warn, busy, wait, off or info."""
    return {"word": word, "tone": tone, "icon": _TONES[tone]}


@register.simple_tag(takes_context=True)
def company_url(context: Context, name: str, *args: object) -> str:
    """Return the path of a page of the request's company; `args` follow the company in the address."""
    return navigation.company_url(context["request"].company, name, *args)


@register.filter
def in_words(text: str) -> str:
    """Return a text that stands as data in a manifest in the reader's language."""
    return gettext(text) if text else ""


@register.filter
def widget_kind(field: BoundField) -> str:
    """Return what kind of control a field is, for its layout: checkbox, choices or line."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "checkbox"
    return "choices" if isinstance(widget, RadioSelect | CheckboxSelectMultiple) else "line"


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """Return a mapping's value under a key that is known only in the template."""
    return mapping.get(key) if mapping else None


@register.filter
def keeps_registers(integration: models.Integration) -> bool:
    """Return whether the two systems of an integration keep registers whose codes can be compared."""
    return pairs.pair_of_integration(integration).has_registers
