"""What a planned task is like and when it comes: shared by clients' plans and the rows of templates."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from tilisilta.core.recurrence import BadDay, Rhythm, Rule
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values as field_values
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.fields import live_fields
from tilisilta.services.tasks import messages
from tilisilta.services.tasks.content import MAX_DESCRIPTION, MAX_STEP, MAX_STEPS, MAX_TITLE
from tilisilta.services.tasks.people import topic_of
from tilisilta.store.models import Company, FieldSubject, PlanTemplateRow, Recurrence

messages.make_known()

COLUMNS: Final = (
    "title", "topic_id", "description", "rhythm", "interval", "weekdays", "month_in_period", "start_day", "due_day",
    "due_months_after", "due_after_days", "bad_day", "steps", "values", "estimate_minutes",
)  # fmt: skip
_TIMING: Final = (
    "rhythm", "interval", "weekdays", "month_in_period", "start_day", "due_day", "due_months_after", "due_after_days",
    "bad_day",
)  # fmt: skip
# The form's field of each part of a rule that can be wrong.
_FIELD_OF: Final = {"due_before_start": "due_day"}
_NO_DAY: Final = dt.date(2000, 1, 1)


class PatternContent(msgspec.Struct, frozen=True, kw_only=True):
    """A planned task as a person writes it; see `store.practice.Pattern` for what its parts mean."""

    title: str
    topic_id: int | None = None
    description: str = ""
    rhythm: str = Rhythm.MONTHLY.value
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_in_period: int = 1
    start_day: int = 1
    due_day: int = 20
    due_months_after: int = 0
    due_after_days: int = 0
    bad_day: str = BadDay.KEEP.value
    steps: tuple[str, ...] = ()
    values: Mapping[str, field_values.Raw] = {}
    estimate_minutes: int | None = None


def content_of(row: Recurrence | PlanTemplateRow) -> PatternContent:
    """Return a stored pattern as content; its values only of fields that are not deleted."""
    live = {str(field.pk) for field in live_fields(_company_of(row), FieldSubject.TASK)}
    parts = {name: getattr(row, name) for name in COLUMNS}
    parts["weekdays"], parts["steps"] = tuple(row.weekdays), tuple(row.steps)
    parts["values"] = {key: value for key, value in row.values.items() if key in live}
    return PatternContent(**parts)


def _company_of(row: Recurrence | PlanTemplateRow) -> Company:
    return row.company if isinstance(row, Recurrence) else row.template.company


def is_same_timing(one: Recurrence, columns: Mapping[str, Any]) -> bool:
    """Return whether a recurrence comes on the days that new columns say."""
    return all(getattr(one, name) == columns[name] for name in _TIMING)


def rule(
    pattern: Recurrence | PlanTemplateRow | PatternContent,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    country: str = "",
) -> Rule:
    """Return the rule of a pattern from a day on.

    Raises:
        FieldErrors: PLAN_RULE_..., PLAN_ENDS_BEFORE_START, by the form's field.
    """
    if pattern.rhythm not in set(Rhythm):
        raise FieldErrors({"rhythm": ServiceError("PLAN_RULE_rhythm", rhythm=pattern.rhythm)})
    if pattern.bad_day not in set(BadDay):
        raise FieldErrors({"bad_day": ServiceError("PLAN_RULE_bad_day", bad_day=pattern.bad_day)})
    if ends_on is not None and ends_on < starts_on:
        raise FieldErrors({"ends_on": ServiceError("PLAN_ENDS_BEFORE_START")})
    parts = {name: getattr(pattern, name) for name in _TIMING}
    parts |= {"rhythm": Rhythm(pattern.rhythm), "bad_day": BadDay(pattern.bad_day), "weekdays": tuple(pattern.weekdays)}
    try:
        return Rule(starts_on=starts_on, ends_on=ends_on, country=country, **parts)
    except ValueError as error:
        part = str(error)
        raise FieldErrors({_FIELD_OF.get(part, part): ServiceError(f"PLAN_RULE_{part}")}) from None


def check(
    company: Company, content: PatternContent, before: Recurrence | PlanTemplateRow | None = None
) -> dict[str, Any]:
    """Return a pattern's columns; parts that its rhythm does not use are set to what they begin with.

    Raises:
        FieldErrors: PLAN_TITLE_MISSING, TOPIC_UNKNOWN, TOPIC_PUT_ASIDE, PLAN_RULE_..., VALUE_....
    """
    errors: dict[str, ServiceError] = {}
    title = " ".join(content.title.split())[:MAX_TITLE]
    if not title:
        errors["title"] = ServiceError("PLAN_TITLE_MISSING")
    try:
        topic_of(company, content.topic_id, before.topic_id if before else None)
    except ServiceError as error:
        errors["topic"] = error
    content = _tidy(content)
    try:
        rule(content, _NO_DAY)
    except FieldErrors as found:
        errors.update(found.errors)
    stored: dict[str, Any] = {}
    try:
        stored = dict(
            field_values.clean(
                company,
                FieldSubject.TASK,
                # What must be filled is asked for when the task is done: a plan cannot know the counts of a month.
                {key: value for key, value in content.values.items() if value not in ("", None, [])},
                before={},
                is_partial=True,
            )
        )
    except FieldErrors as found:
        errors.update(found.errors)
    if errors:
        raise FieldErrors(errors)
    return {
        **{name: getattr(content, name) for name in COLUMNS},
        "title": title,
        "description": content.description.strip()[:MAX_DESCRIPTION],
        "weekdays": list(content.weekdays),
        "steps": [text.strip()[:MAX_STEP] for text in content.steps if text.strip()][:MAX_STEPS],
        "values": stored,
    }


def _tidy(content: PatternContent) -> PatternContent:
    is_weekly = content.rhythm == Rhythm.WEEKLY
    unused: dict[str, Any] = {"weekdays": (), "due_after_days": 0}
    if is_weekly:
        unused = {"month_in_period": 1, "start_day": 1, "due_day": 20, "due_months_after": 0}
        unused["weekdays"] = tuple(sorted(set(content.weekdays)))
    elif content.rhythm == Rhythm.MONTHLY:
        unused["month_in_period"] = 1
    tidy: PatternContent = msgspec.structs.replace(content, **unused)
    return tidy


# --- in words ----------------------------------------------------------------------------------------------


def in_words(pattern: Recurrence | PlanTemplateRow | PatternContent) -> str:
    """Return when a pattern comes, in the reader's language: "Every 2 months, from day 1, due on day 20"."""
    if pattern.rhythm == Rhythm.WEEKLY:
        return _weekly_words(pattern)
    text = {
        Rhythm.MONTHLY: ngettext("Every month", "Every %(count)d months", pattern.interval),
        Rhythm.QUARTERLY: ngettext("Every quarter", "Every %(count)d quarters", pattern.interval),
        Rhythm.YEARLY: ngettext("Every year", "Every %(count)d years", pattern.interval),
    }[Rhythm(pattern.rhythm)] % {"count": pattern.interval}
    if pattern.rhythm == Rhythm.QUARTERLY:
        text += ", " + gettext("month %(number)d of the quarter") % {"number": pattern.month_in_period}
    elif pattern.rhythm == Rhythm.YEARLY:
        text += ", " + str(date_format(dt.date(2000, pattern.month_in_period, 1), "F"))
    text += ", " + gettext("from day %(start)d, due on day %(due)d") % {
        "start": pattern.start_day,
        "due": pattern.due_day,
    }
    if pattern.due_months_after:
        later = ngettext("of the next month", "%(count)d months later", pattern.due_months_after)
        text += " " + later % {"count": pattern.due_months_after}
    return text


def _weekly_words(pattern: Recurrence | PlanTemplateRow | PatternContent) -> str:
    text = ngettext("Every week", "Every %(count)d weeks", pattern.interval) % {"count": pattern.interval}
    monday = dt.date(2001, 1, 1)
    days = [str(date_format(monday + dt.timedelta(days=day - 1), "l")) for day in pattern.weekdays]
    text += ": " + ", ".join(days)
    if pattern.due_after_days:
        later = ngettext("due a day later", "due %(count)d days later", pattern.due_after_days)
        text += ", " + later % {"count": pattern.due_after_days}
    return text
