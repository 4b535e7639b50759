"""Lists of tasks: what is shown, filtered and counted."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec
from django.db.models import Count, DurationField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from tilisilta.services.practice.client_checks import contains
from tilisilta.services.practice.settings import today_of
from tilisilta.services.tasks.tasks import tasks_of
from tilisilta.store.models import Company, Task, TaskOrigin, TaskStatus, TimeEntry, User

ORDER: Final = ("due_date", "id")
UNDER_WAY: Final = (TaskStatus.OPEN.value, TaskStatus.IN_PROGRESS.value, TaskStatus.WAITING.value)


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks a list shows; what is empty does not narrow it. Days are due days, both included.

    `status` is a status, or "under_way" for all that are neither done nor cancelled; `person_id` finds the tasks of an
    assignee and those that the person helps with.
    """

    text: str = ""
    status: str = ""
    person_id: int | None = None
    client_id: int | None = None
    group_id: int | None = None
    topic_id: int | None = None
    origin: str = ""
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    is_overdue: bool = False
    is_important: bool = False


def _overdue(today: dt.date) -> Q:
    return Q(due_date__lt=today, status__in=UNDER_WAY) & ~Q(origin=TaskOrigin.SUMMARY)


def is_overdue(task: Task, today: dt.date) -> bool:
    """Return whether a task's day has passed. A monthly summary never is: it is made after its month has ended."""
    return task.due_date < today and task.status in UNDER_WAY and task.origin != TaskOrigin.SUMMARY


def tasks(company: Company, wanted: TaskFilter) -> QuerySet[Task]:
    """Return the tasks of a bureau that a filter lets through."""
    found = tasks_of(company)
    plain = {
        "client_id": wanted.client_id,
        "topic_id": wanted.topic_id,
        "origin": wanted.origin,
        "due_date__gte": wanted.due_from,
        "due_date__lte": wanted.due_to,
        "client__groups": wanted.group_id,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value not in (None, "")})
    if wanted.text:
        found = found.filter(contains("title", wanted.text) | contains("client__name", wanted.text))
    if wanted.status == "under_way":
        found = found.filter(status__in=UNDER_WAY)
    elif wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.person_id is not None:
        helped = Task.helpers.through.objects.filter(user_id=wanted.person_id).values("task_id")
        found = found.filter(Q(assignee_id=wanted.person_id) | Q(pk__in=helped))
    if wanted.is_overdue:
        found = found.filter(_overdue(today_of(company)))
    if wanted.is_important:
        found = found.filter(is_important=True)
    return found


def counts(company: Company, person: User | None = None) -> dict[str, int]:
    """Return how many tasks are under way, overdue and due today, of a person or of the whole bureau."""
    found = tasks(company, TaskFilter(status="under_way", person_id=person.pk if person else None))
    today = today_of(company)
    counted = found.aggregate(
        under_way=Count("pk"),
        overdue=Count("pk", filter=_overdue(today)),
        today=Count("pk", filter=Q(due_date=today)),
    )
    return {name: int(value) for name, value in counted.items()}


def with_time(found: QuerySet[Task]) -> QuerySet[Task]:
    """Return tasks with `spent` and `billable_spent`: the time on them that has ended."""

    def total(**only: bool) -> Coalesce:
        length = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
        entries = TimeEntry.objects.filter(task=OuterRef("pk"), **only).exclude(ended_at=None).order_by()
        summed = entries.values("task").annotate(total=Sum(length)).values("total")
        return Coalesce(Subquery(summed), dt.timedelta(0), output_field=DurationField())

    return found.annotate(spent=total(), billable_spent=total(is_billable=True))


def minutes(length: dt.timedelta | None) -> int:
    """Return a length of time in whole minutes, rounded half up."""
    return 0 if length is None else int((length.total_seconds() + 30) // 60)


def step_counts(shown: Sequence[Task]) -> dict[int, tuple[int, int]]:
    """Return for each task with a checklist how many of its lines are ticked, of how many."""
    counted = (
        Task.objects.filter(pk__in=[each.pk for each in shown])
        .exclude(steps=None)
        .values("pk")
        .annotate(done=Count("steps", filter=Q(steps__is_done=True)), total=Count("steps"))
    )
    return {row["pk"]: (row["done"], row["total"]) for row in counted}
