"""Time that people spend on tasks: by a timer, or written down afterwards."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_on
from tilisilta.services.tasks import hooks, messages
from tilisilta.services.tasks.lists import minutes
from tilisilta.services.tasks.people import person_of, worker
from tilisilta.services.tasks.tasks import page_of
from tilisilta.store.models import Company, Role, Task, TimeEntry, User

messages.make_known()

MAX_NOTE: Final = 200
_LONGEST: Final = dt.timedelta(hours=24)
_SHORTEST: Final = dt.timedelta(minutes=1)


def entries_of(company: Company, *, task: Task | None = None, user: User | None = None) -> QuerySet[TimeEntry]:
    """Return time of a bureau, the newest first."""
    found = TimeEntry.objects.filter(company=company).select_related("user", "task", "task__client")
    if task is not None:
        found = found.filter(task=task)
    if user is not None:
        found = found.filter(user=user)
    return found.order_by("-started_at", "-pk")


def running(actor: Actor) -> TimeEntry | None:
    """Return the actor's timer that runs now; None when none does."""
    person = person_of(actor)
    if person is None:
        return None
    found = TimeEntry.objects.filter(company=actor.company, user=person, ended_at=None)
    return found.select_related("task", "task__client").first()


def minutes_of(entries: Iterable[TimeEntry], now: dt.datetime | None = None) -> int:
    """Return the whole minutes of entries together; of those that run, up to now."""
    until = now or timezone.now()
    return minutes(sum(((each.ended_at or until) - each.started_at for each in entries), dt.timedelta()))


def _person(actor: Actor) -> User:
    person = person_of(actor)
    if person is None:
        raise ServiceError("TIMER_NEEDS_PERSON")
    return person


@transaction.atomic
def start_timer(actor: Actor, task: Task, *, stops_other: bool = False, note: str = "") -> TimeEntry:
    """Start the actor's timer on a task.

    Args:
        actor: Whose time it is.
        task: What it is spent on.
        stops_other: End the timer that runs on another task first.
        note: What is being done.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TIMER_RUNNING, TIMER_NEEDS_PERSON.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    person = _person(actor)
    now = timezone.now()
    other = running(actor)
    if other is not None:
        if not stops_other or other.task_id == task.pk:
            raise ServiceError("TIMER_RUNNING", task=other.task.title)
        other.ended_at = now
        other.save(update_fields=["ended_at"])
    try:
        with transaction.atomic():
            return TimeEntry.objects.create(
                company=actor.company,
                task=task,
                user=person,
                started_at=now,
                is_billable=task.is_billable,
                note=note.strip()[:MAX_NOTE],
            )
    except IntegrityError:  # pressed twice at once
        raise ServiceError("TIMER_RUNNING", task=task.title) from None


@transaction.atomic
def stop_timer(actor: Actor, task: Task | None = None, *, note: str = "") -> TimeEntry:
    """Stop the actor's timer, on a task or wherever it runs, and return its entry.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TIMER_NOT_RUNNING, TIMER_NEEDS_PERSON.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    person = _person(actor)
    found = TimeEntry.objects.select_for_update().filter(company=actor.company, user=person, ended_at=None)
    entry = (found.filter(task=task) if task is not None else found).first()
    if entry is None:
        raise ServiceError("TIMER_NOT_RUNNING")
    entry.ended_at = timezone.now()
    entry.note = note.strip()[:MAX_NOTE] or entry.note
    entry.save(update_fields=["ended_at", "note"])
    return entry


def _require_span(started_at: dt.datetime, ended_at: dt.datetime) -> None:
    if ended_at < started_at:
        raise ServiceError("TIME_REVERSED")
    if ended_at - started_at < _SHORTEST:
        raise ServiceError("TIME_EMPTY")
    if ended_at - started_at > _LONGEST:
        raise ServiceError("TIME_TOO_LONG")
    if ended_at > timezone.now() + _SHORTEST:
        raise ServiceError("TIME_IN_FUTURE")


@transaction.atomic
def add_time(
    actor: Actor,
    task: Task,
    *,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    user_id: int | None = None,
    is_billable: bool | None = None,
    note: str = "",
) -> TimeEntry:
    """Write time down that was spent on a task.

    Args:
        actor: Who writes; only administrators write for others.
        task: What it was spent on.
        started_at: When it began, with its time zone.
        ended_at: When it ended; at most 24 hours later and not in the future.
        user_id: Whose time it is; the actor's own when left out.
        is_billable: As the task says when left out.
        note: What was done.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TIME_REVERSED, TIME_EMPTY, TIME_TOO_LONG, TIME_IN_FUTURE, TIME_OF_ANOTHER,
            MEMBER_UNKNOWN, TIMER_NEEDS_PERSON.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    me = person_of(actor)
    user = worker(actor.company, user_id) or _person(actor)
    if user != me and not actor.is_admin:
        raise ServiceError("TIME_OF_ANOTHER")
    _require_span(started_at, ended_at)
    entry = TimeEntry.objects.create(
        company=actor.company,
        task=task,
        user=user,
        started_at=started_at,
        ended_at=ended_at,
        is_billable=task.is_billable if is_billable is None else is_billable,
        note=note.strip()[:MAX_NOTE],
    )
    audit.record(actor, "time.added", task.title, page_of(task), person=str(user), minutes=minutes_of([entry]))
    return entry


def _own(actor: Actor, task: Task, entry_id: int) -> TimeEntry:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    entry = TimeEntry.objects.select_for_update().get(company=actor.company, task=task, pk=entry_id)
    if entry.user_id != getattr(person_of(actor), "pk", None) and not actor.is_admin:
        raise ServiceError("TIME_OF_ANOTHER")
    for each in hooks.time_changing:
        each(actor, entry)
    return entry


@transaction.atomic
def change_time(
    actor: Actor,
    task: Task,
    entry_id: int,
    *,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    is_billable: bool,
    note: str = "",
) -> TimeEntry:
    """Write an entry anew.

    Raises:
        Forbidden: the role is too low.
        TimeEntry.DoesNotExist: no such entry of this task.
        ServiceError: PRACTICE_OFF, TIME_REVERSED, TIME_EMPTY, TIME_TOO_LONG, TIME_IN_FUTURE, TIME_OF_ANOTHER.
    """
    entry = _own(actor, task, entry_id)
    _require_span(started_at, ended_at)
    before = minutes_of([entry])
    entry.started_at, entry.ended_at = started_at, ended_at
    entry.is_billable, entry.note = is_billable, note.strip()[:MAX_NOTE]
    entry.save()
    changes = {"minutes": [before, minutes_of([entry])]}
    audit.record(actor, "time.changed", task.title, page_of(task), person=str(entry.user), changes=changes)
    return entry


@transaction.atomic
def delete_time(actor: Actor, task: Task, entry_id: int) -> None:
    """Delete an entry. Raises: Forbidden, TimeEntry.DoesNotExist, ServiceError: PRACTICE_OFF, TIME_OF_ANOTHER."""
    entry = _own(actor, task, entry_id)
    spent = minutes_of([entry])
    audit.record(actor, "time.deleted", task.title, page_of(task), person=str(entry.user), minutes=spent)
    entry.delete()
