"""A client's plan: tasks that come again. Those that are due soon are real; later ones are shown as planned.

A task becomes real so many days before it is due as the bureau has chosen (45 unless changed), once: each occurrence
of a recurrence has a key, and the store holds one task for it. Ticking or opening a planned one makes it real at once.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

import msgspec
import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tilisilta.core.recurrence import Occurrence, Rule, find, occurrences
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_on, settings_of, today_of
from tilisilta.services.tasks import messages, patterns
from tilisilta.services.tasks.people import Workers, person_of
from tilisilta.services.tasks.tasks import add_steps
from tilisilta.store.models import (
    Client,
    Company,
    PracticeSettings,
    Recurrence,
    Role,
    Task,
    TaskOrigin,
    TaskStatus,
    User,
)

messages.make_known()
log = structlog.get_logger(__name__)

# A worker that has looked at a bureau before need not look further back than this: longer than any pause of workers.
_LOOK_BACK: Final = dt.timedelta(days=62)
_BUREAUS_AT_ONCE: Final = 100
_seen: dict[int, dt.date] = {}  # by company: the last day on which this process made its planned tasks real


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is not there yet."""

    recurrence: Recurrence
    occurrence: Occurrence

    @property
    def title(self) -> str:
        return self.recurrence.title

    @property
    def due_date(self) -> dt.date:
        return self.occurrence.due

    @property
    def start_date(self) -> dt.date:
        return self.occurrence.start

    @property
    def key(self) -> str:
        """Return the occurrence's key as text for addresses and forms."""
        return self.occurrence.key.isoformat()


def rule_of(recurrence: Recurrence) -> Rule:
    """Return when a recurrence comes; public holidays are those of the client's country. Raises: FieldErrors."""
    country = recurrence.client.country or recurrence.company.country
    return patterns.rule(recurrence, recurrence.starts_on, recurrence.ends_on, country)


def recurrences_of(
    company: Company, *, client: Client | None = None, is_active: bool | None = None
) -> QuerySet[Recurrence]:
    """Return the rows of clients' plans, by title."""
    found = Recurrence.objects.filter(company=company).select_related(
        "company", "client", "client__company", "client__default_member", "topic", "assignee", "template_row"
    )
    if client is not None:
        found = found.filter(client=client)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    return found.order_by("title", "pk")


def _made_keys(recurrences: Iterable[Recurrence], since: dt.date | None = None) -> set[tuple[int, dt.date]]:
    found = Task.objects.filter(recurrence__in=[each.pk for each in recurrences]).exclude(occurrence=None)
    if since is not None:
        found = found.filter(occurrence__gte=since)
    return {(pk, key) for pk, key in found.values_list("recurrence_id", "occurrence") if pk and key}


def planned(
    company: Company,
    *,
    due_to: dt.date,
    due_from: dt.date = dt.date.min,
    client_id: int | None = None,
    topic_id: int | None = None,
    assignee: User | None = None,
) -> list[Planned]:
    """Return the tasks of plans that are due between two days and are not there yet, by due day."""
    found_rows = recurrences_of(company, is_active=True).filter(client__is_active=True)
    narrowed = {"client_id": client_id, "topic_id": topic_id}
    found_rows = found_rows.filter(**{name: value for name, value in narrowed.items() if value is not None})
    workers = Workers(company)
    active = [each for each in found_rows if assignee is None or _assignee(each, workers) == assignee]
    made = _made_keys(active)
    found = [
        Planned(recurrence=each, occurrence=occurrence)
        for each in active
        for occurrence in _occurrences(each, due_from, due_to)
        if (each.pk, occurrence.key) not in made
    ]
    return sorted(found, key=lambda each: (each.due_date, each.recurrence.client.name, each.title))


def _occurrences(recurrence: Recurrence, due_from: dt.date, due_to: dt.date) -> list[Occurrence]:
    try:
        return occurrences(rule_of(recurrence), due_from, due_to)
    except ServiceError as error:  # written past the services: one bad row must not stop the others
        log.warning("plan row cannot be read", recurrence=recurrence.pk, problem=error.code)
        return []


def _assignee(recurrence: Recurrence, workers: Workers) -> User | None:
    return workers.first_of(recurrence.assignee, recurrence.client.default_member)


def _make(recurrence: Recurrence, occurrence: Occurrence, workers: Workers, by: User | None = None) -> Task | None:
    """Make an occurrence's task and return it; None when it is there already."""
    now = timezone.now()
    try:
        with transaction.atomic():
            task = Task.objects.create(
                company=recurrence.company,
                client=recurrence.client,
                title=recurrence.title,
                topic=recurrence.topic,
                description=recurrence.description,
                start_date=occurrence.start,
                due_date=occurrence.due,
                assignee=_assignee(recurrence, workers),
                is_billable=recurrence.topic is None or recurrence.topic.is_billable,
                estimate_minutes=recurrence.estimate_minutes,
                values=recurrence.values,
                origin=TaskOrigin.RECURRENCE,
                recurrence=recurrence,
                occurrence=occurrence.key,
                created_at=now,
                created_by=by,
                updated_at=now,
            )
            add_steps(task, recurrence.steps)
    except IntegrityError:  # another worker or person was quicker
        return None
    return task


def make_due(company: Company, recurrences: Iterable[Recurrence], *, looks_back: dt.timedelta | None = None) -> int:
    """Make the tasks of active plan rows real that are due within the bureau's days ahead; return how many were made.

    It may be repeated at will. `looks_back` limits how long ago they may have been due; without it all count from each
    row's first start on.
    """
    rows = [each for each in recurrences if each.is_active and each.client.is_active]
    today = today_of(company)
    until = today + dt.timedelta(days=settings_of(company).days_ahead)
    since = today - looks_back if looks_back is not None else dt.date.min
    wanted = [(each, occurrence) for each in rows for occurrence in _occurrences(each, since, until)]
    if not wanted:
        return 0
    made = _made_keys(rows, min(occurrence.key for _, occurrence in wanted))
    new = [(each, occurrence) for each, occurrence in wanted if (each.pk, occurrence.key) not in made]
    if not new:
        return 0
    workers = Workers(company)
    return sum(_make(each, occurrence, workers) is not None for each, occurrence in new)


def make_real(actor: Actor, recurrence: Recurrence, key: dt.date) -> Task:
    """Make one planned task real, however far off it is due, and return it; the one that is there if it is.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, PLAN_OCCURRENCE_UNKNOWN.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    there = Task.objects.filter(company=actor.company, recurrence=recurrence, occurrence=key)
    if (found := there.first()) is not None:
        return found
    occurrence = find(rule_of(recurrence), key) if recurrence.is_active else None
    if occurrence is None:
        raise ServiceError("PLAN_OCCURRENCE_UNKNOWN")
    return _make(recurrence, occurrence, Workers(actor.company), person_of(actor)) or there.get()


def untouched(recurrence: Recurrence, today: dt.date) -> QuerySet[Task]:
    """Return a plan row's tasks that have not begun and that nobody has changed: they follow when the plan changes."""
    found = Task.objects.filter(
        recurrence=recurrence, origin=TaskOrigin.RECURRENCE, status=TaskStatus.OPEN, updated_at=F("created_at")
    )
    found = found.filter(Q(start_date__gt=today) | Q(start_date=None))
    return found.filter(time_entries=None, billed_lines=None).exclude(steps__is_done=True)


# --- the daily round ----------------------------------------------------------------------------------------


def make_due_everywhere() -> int:
    """Make real what has become due soon since yesterday, in every bureau; return how many tasks were made.

    For workers' rounds: once a day in each bureau's time zone; later rounds of the day ask for the bureaus only.
    """
    made = 0
    looked_at = 0
    on = PracticeSettings.objects.filter(is_on=True).select_related("company").order_by("company_id")
    for each in on:
        today = today_of(each.company)
        last = _seen.get(each.company_id)
        if last == today:
            continue
        if looked_at >= _BUREAUS_AT_ONCE:
            break
        looked_at += 1
        _seen[each.company_id] = today
        try:
            active = recurrences_of(each.company, is_active=True).filter(client__is_active=True)
            made += make_due(each.company, list(active), looks_back=_LOOK_BACK if last is not None else None)
        except Exception:
            log.exception("planned tasks were not made", company=each.company_id)
            _seen.pop(each.company_id)
    return made
