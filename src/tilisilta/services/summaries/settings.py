"""How the monthly summaries of an integration are made: what a person chooses, checked and stored."""

from collections.abc import Mapping
from typing import Final

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import fields as custom_fields
from tilisilta.services.practice.settings import require_on
from tilisilta.services.summaries import texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.summaries.calendar import next_import
from tilisilta.services.summaries.counts import codes_of, count_label, system_name
from tilisilta.services.tasks import topics
from tilisilta.store.models import (
    Company,
    CustomField,
    FieldSubject,
    FieldType,
    PracticeIntegration,
    Role,
    SummaryField,
    SummaryRhythm,
    SummarySettings,
    Topic,
)

# What a count may be told to do besides filling a field, which is named by its id.
LEFT_OUT: Final = ""
WITHOUT_FIELD: Final = "none"
NEW_FIELD: Final = "new"

NUMBER_TYPES: Final = (FieldType.INTEGER, FieldType.NUMBER)
MOST_MONTHS: Final = 36
MOST_LOOK_BACK: Final = 24
_TITLE_LENGTH: Final = 200
_LATEST_DAY: Final = 28


class SummaryContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose.

    `counts` says for each code what is done with it: `LEFT_OUT`, `WITHOUT_FIELD` (fetched, and seen in the overview
    only), `NEW_FIELD` (a field of its own is made), or a field's id. `new_topic` is made unless it is there.
    """

    title: str
    topic_id: int | None = None
    new_topic: str = ""
    rhythm: str = SummaryRhythm.MONTHLY.value
    import_day: int = 1
    late_in_current: bool = True
    look_back_months: int = 6
    reload_months: int = 12
    is_on: bool = True
    counts: Mapping[str, str] = {}


def settings_of(integration: PracticeIntegration) -> SummarySettings:
    """Return an integration's settings; defaults that are not stored yet while there are none."""
    found = SummarySettings.objects.filter(integration=integration).select_related("topic").first()
    kept = found or SummarySettings(integration=integration)
    kept.integration = integration
    return kept


def require_ready(integration: PracticeIntegration) -> SummarySettings:
    """Return the settings of summaries that may run.

    Raises:
        ServiceError: PRACTICE_OFF, SUMMARY_INTEGRATION_OFF, SUMMARY_OFF.
    """
    require_on(integration.company)
    name = system_name(integration.vendor)
    if not integration.is_active:
        raise ServiceError("SUMMARY_INTEGRATION_OFF", system=name)
    own = settings_of(integration)
    if not own.is_on:
        raise ServiceError("SUMMARY_OFF", system=name)
    return own


def chosen_counts(own: SummarySettings) -> dict[str, CustomField | None]:
    """Return the counts that are fetched, in the system's order, each with its field; deleted ones are among them."""
    stored = {each.count: each.field for each in SummaryField.objects.filter(settings=own).select_related("field")}
    return {code: stored[code] for code in codes_of(own.integration.vendor) if code in stored}


def live_fields(own: SummarySettings) -> dict[str, CustomField]:
    """Return the fields that counts go into, by the count's code; deleted ones are left out."""
    return live_among(chosen_counts(own))


def live_among(chosen: Mapping[str, CustomField | None]) -> dict[str, CustomField]:
    """Return those of chosen counts that have a field which is there."""
    return {code: field for code, field in chosen.items() if field is not None and field.deleted_at is None}


def lost_fields(own: SummarySettings) -> dict[str, CustomField]:
    """Return the deleted fields that counts are still tied to, by the count's code; the counts themselves are kept."""
    chosen = chosen_counts(own)
    return {code: field for code, field in chosen.items() if field is not None and field.deleted_at is not None}


def as_chosen(own: SummarySettings) -> dict[str, str]:
    """Return what is done with each count that is fetched, as `SummaryContent.counts` says it."""
    chosen = chosen_counts(own)
    return {code: WITHOUT_FIELD if field is None else str(field.pk) for code, field in chosen.items()}


def number_fields(company: Company) -> list[CustomField]:
    """Return the fields of tasks that may take a count."""
    return [each for each in custom_fields.live_fields(company, FieldSubject.TASK) if each.type in NUMBER_TYPES]


@transaction.atomic
def save(actor: Actor, integration: PracticeIntegration, content: SummaryContent) -> SummarySettings:
    """Store how summaries are made, with the topic and the fields that were asked for; set when they come next.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF, and what `check` finds first; also what making a topic or a field refuses.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    if mistakes := check(integration, content):
        raise next(iter(mistakes.values()))
    own = settings_of(integration)
    before = _said(own) if own.title else {}
    own.title = " ".join(content.title.split())
    own.topic = _topic(actor, content)
    own.rhythm, own.import_day = content.rhythm, content.import_day
    own.late_in_current = content.late_in_current
    own.look_back_months, own.reload_months = content.look_back_months, content.reload_months
    own.is_on = content.is_on
    own.updated_at = timezone.now()
    own.next_due_at = next_import(own, own.updated_at) if content.is_on else None
    own.save()
    _tie(actor, own, content.counts)
    after = _said(own)
    changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    audit.record(actor, "summary.settings", system_name(integration.vendor), link_of(integration), changes=changes)
    return own


def link_of(integration: PracticeIntegration) -> str:
    """Return the path of the overview of an integration's summaries."""
    return f"/c/{integration.company_id}/practice/summaries/{integration.vendor}/"


def check(integration: PracticeIntegration, content: SummaryContent) -> dict[str, ServiceError]:
    """Return the mistakes of a person's choices by the field they stand in: its name here, or a count's code."""
    found: dict[str, ServiceError] = {}
    title = " ".join(content.title.split())
    if not title:
        found["title"] = ServiceError("SUMMARY_TITLE_MISSING")
    elif len(title) > _TITLE_LENGTH:
        found["title"] = ServiceError("SUMMARY_TITLE_TOO_LONG", limit=_TITLE_LENGTH)
    if (mistake := _check_topic(integration.company, content)) is not None:
        found["topic"] = mistake
    if content.rhythm not in SummaryRhythm.values:
        found["rhythm"] = ServiceError("SUMMARY_RHYTHM_UNKNOWN")
    if not 0 <= content.import_day <= _LATEST_DAY:
        found["import_day"] = ServiceError("SUMMARY_DAY_WRONG")
    for name, limit in (("look_back_months", MOST_LOOK_BACK), ("reload_months", MOST_MONTHS)):
        if not 1 <= getattr(content, name) <= limit:
            found[name] = ServiceError("SUMMARY_MONTHS_WRONG", limit=limit)
    if content.is_on and not any(content.counts.values()):
        found["counts"] = ServiceError("SUMMARY_COUNTS_MISSING")
    return found | _check_counts(integration, content.counts)


def _check_topic(company: Company, content: SummaryContent) -> ServiceError | None:
    if content.new_topic.strip():
        return None
    if content.topic_id is None:
        return ServiceError("SUMMARY_TOPIC_MISSING")
    is_there = Topic.objects.filter(company=company, pk=content.topic_id).exists()
    return None if is_there else ServiceError("SUMMARY_TOPIC_UNKNOWN")


def _check_counts(integration: PracticeIntegration, counts: Mapping[str, str]) -> dict[str, ServiceError]:
    known = set(codes_of(integration.vendor))
    usable = {str(each.pk): each for each in number_fields(integration.company)}
    # A field that was deleted since may stay, so that nothing is lost until somebody decides.
    kept = {code: str(field.pk) for code, field in lost_fields(settings_of(integration)).items()}
    found: dict[str, ServiceError] = {}
    taken: set[str] = set()
    for code, what in counts.items():
        if what == LEFT_OUT:
            continue
        if code not in known:
            found[code] = ServiceError("SUMMARY_COUNT_UNKNOWN", system=system_name(integration.vendor), count=code)
        elif what in {WITHOUT_FIELD, NEW_FIELD} or kept.get(code) == what:
            continue
        elif what not in usable:
            found[code] = ServiceError("SUMMARY_FIELD_UNKNOWN", count=count_label(code))
        elif what in taken:
            found[code] = ServiceError("SUMMARY_FIELD_TWICE", count=count_label(code), field=usable[what].title)
        taken.add(what)
    return found


def _topic(actor: Actor, content: SummaryContent) -> Topic:
    if content.new_topic.strip():
        return topics.ensure_topic(actor, content.new_topic)
    return topics.get_topic(actor.company, content.topic_id or 0)


def _tie(actor: Actor, own: SummarySettings, counts: Mapping[str, str]) -> None:
    """Let each count go where it was told to, with the fields that are to be made."""
    wanted = {code: what for code, what in counts.items() if what != LEFT_OUT}
    SummaryField.objects.filter(settings=own).exclude(count__in=wanted).delete()
    for code, what in wanted.items():
        field_id: int | None = None
        if what == NEW_FIELD:
            field_id = _new_field(actor, own, code).pk
        elif what != WITHOUT_FIELD:
            field_id = int(what)
        SummaryField.objects.update_or_create(settings=own, count=code, defaults={"field_id": field_id})


def _new_field(actor: Actor, own: SummarySettings, code: str) -> CustomField:
    """Make a field called as the count (U50); with the system's name behind it when that title is taken."""
    name = system_name(own.integration.vendor)
    taken = {each.title.casefold() for each in custom_fields.live_fields(actor.company, FieldSubject.TASK)}
    title = count_label(code)
    if title.casefold() in taken:
        title = f"{title} ({name})"
    return custom_fields.create_field(actor, subject=FieldSubject.TASK, title=title, type=FieldType.INTEGER, group=name)


def _said(own: SummarySettings) -> dict[str, str | bool | int]:
    return {
        "title": own.title,
        "topic": str(own.topic or ""),
        "rhythm": str(SummaryRhythm(own.rhythm).label),
        "import_day": own.import_day,
        "late_in_current": own.late_in_current,
        "look_back_months": own.look_back_months,
        "reload_months": own.reload_months,
        "is_on": own.is_on,
        "counts": ", ".join(
            f"{count_label(code)} = {field.title}" if field is not None else count_label(code)
            for code, field in chosen_counts(own).items()
        )
        if own.pk
        else "",
    }
