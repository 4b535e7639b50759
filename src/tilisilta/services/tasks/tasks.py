"""Tasks: made, changed, given to people, done."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values as field_values
from tilisilta.services.practice.fields import live_fields
from tilisilta.services.practice.settings import require_on
from tilisilta.services.tasks import hooks, messages
from tilisilta.services.tasks.content import CLOSED, MAX_STEP, MAX_STEPS, TaskContent, check, content_of
from tilisilta.services.tasks.people import assignee_for, person_of, topic_of, worker
from tilisilta.store.models import Company, FieldSubject, Role, Task, TaskOrigin, TaskStatus, TaskStep, TimeEntry

__all__ = ["TaskContent", "assignee_for", "content_of", "create_task", "update_task"]

messages.make_known()

MAX_AT_ONCE: Final = 1_000
_LOGGED: Final = (
    "title", "client", "topic", "start_date", "due_date", "assignee", "is_important", "is_billable", "estimate_minutes",
)  # fmt: skip


def page_of(task: Task) -> str:
    """Return the path of a task's page."""
    return f"/c/{task.company_id}/tasks/{task.pk}/"


def tasks_of(company: Company) -> QuerySet[Task]:
    """Return a bureau's tasks with what lists show of them."""
    return Task.objects.filter(company=company).select_related("client", "topic", "assignee")


def get_task(company: Company, pk: int) -> Task:
    """Return a task of a bureau; Task.DoesNotExist otherwise."""
    found = Task.objects.select_related("company", "client", "client__default_member", "topic", "assignee")
    return found.select_related("recurrence", "done_by", "created_by").get(company=company, pk=pk)


@transaction.atomic
def create_task(actor: Actor, content: TaskContent, **columns: Any) -> Task:
    """Make a task and return it.

    Args:
        actor: Who makes it; an accountant, or the product itself.
        content: What it is.
        columns: Columns that no content has: `recurrence` and `occurrence` of a planned one.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        FieldErrors: as `content.check` says.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    checked = check(actor.company, content)
    now = timezone.now()
    task = Task.objects.create(
        company=actor.company,
        origin=content.origin,
        created_by=person_of(actor),
        created_at=now,
        updated_at=now,
        **checked.columns,
        **columns,
    )
    if checked.helpers:
        task.helpers.set(checked.helpers)
    add_steps(task, content.steps)
    audit.record(actor, "task.created", task.title, page_of(task), client=checked.client.name)
    return task


def add_steps(task: Task, texts: Iterable[str]) -> None:
    """Put lines at the end of a task's checklist; empty ones are left out."""
    begin = task.steps.count() if task.pk else 0
    wanted = [text.strip()[:MAX_STEP] for text in texts if text.strip()][: MAX_STEPS - begin]
    TaskStep.objects.bulk_create(
        TaskStep(task=task, position=begin + place, text=text) for place, text in enumerate(wanted)
    )


@transaction.atomic
def update_task(actor: Actor, task: Task, content: TaskContent) -> Task:
    """Change a task and return it; its status, checklist and time have services of their own.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        FieldErrors: as `content.check` says.
    """
    task = _locked(actor, task)
    checked = check(actor.company, content, before=task)
    changes = _changes(task, checked.columns)
    helpers_before = set(task.helpers.values_list("pk", flat=True))
    helpers_after = {each.pk for each in checked.helpers}
    if helpers_after != helpers_before:
        task.helpers.set(checked.helpers)
        changes["helpers"] = [str(len(helpers_before)), str(len(helpers_after))]
    old_values = task.values
    description_changed = task.description != checked.columns["description"]
    for name, value in checked.columns.items():
        setattr(task, name, value)
    if changes or description_changed or old_values != task.values:
        task.updated_at = timezone.now()
        task.save()
        audit.record(
            actor,
            "task.changed",
            task.title,
            page_of(task),
            changes=changes | _value_changes(task.company, old_values, task.values),
        )
    return task


def _locked(actor: Actor, task: Task) -> Task:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    # Of the task's row only: PostgreSQL does not lock the far side of an outer join.
    found = Task.objects.select_for_update(of=("self",), no_key=True).select_related("company", "client", "topic")
    return found.get(company=actor.company, pk=task.pk)


def _changes(task: Task, columns: Mapping[str, Any]) -> dict[str, list[str]]:
    def word(value: Any) -> Any:
        return value if isinstance(value, bool | int | None) else str(value)

    pairs = {name: [word(getattr(task, name)), word(columns[name])] for name in _LOGGED}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _value_changes(company: Company, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    titles = {str(each.pk): each.title for each in live_fields(company, FieldSubject.TASK)} if changed else {}
    return {titles.get(key, key): [before.get(key, ""), after.get(key, "")] for key in changed}


@transaction.atomic
def set_values(actor: Actor, task: Task, raw: Mapping[str, field_values.Raw]) -> Task:
    """Fill custom fields of a task; others stay as they are, and the difference stands in the audit log.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        FieldErrors: VALUE_....
    """
    task = _locked(actor, task)
    before = task.values
    cleaned = field_values.clean(actor.company, FieldSubject.TASK, raw, before=before, is_partial=True)
    task.values = dict(cleaned)
    if changes := _value_changes(actor.company, before, task.values):
        task.updated_at = timezone.now()
        task.save(update_fields=["values", "updated_at"])
        audit.record(actor, "task.values", task.title, page_of(task), changes=changes)
    return task


@transaction.atomic
def set_status(actor: Actor, task: Task, status: str) -> Task:
    """Move a task to a status and return it. Timers that run on it stop when it is done or cancelled.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TASK_STATUS_UNKNOWN; when it is to be done: TASK_NEEDS_TOPIC, TASK_NEEDS_TIME.
        FieldErrors: VALUE_REQUIRED, when it is to be done without a field that the bureau asks for.
    """
    task = _locked(actor, task)
    if status not in TaskStatus.values:
        raise ServiceError("TASK_STATUS_UNKNOWN", status=status)
    before = task.status
    if before == status:
        return task
    now = timezone.now()
    if status in CLOSED:
        TimeEntry.objects.filter(task=task, ended_at=None, started_at__lt=now).update(ended_at=now)
    if status == TaskStatus.DONE:
        _require_complete(task)
    task.status = status
    task.done_at = now if status == TaskStatus.DONE else None
    task.done_by = person_of(actor) if status == TaskStatus.DONE else None
    task.updated_at = now
    task.save(update_fields=["status", "done_at", "done_by", "updated_at"])
    for each in hooks.status_changed:
        each(actor, task, before)
    changes = {"status": [str(TaskStatus(before).label), str(TaskStatus(status).label)]}
    audit.record(actor, "task.status", task.title, page_of(task), changes=changes)
    return task


def _require_complete(task: Task) -> None:
    client = task.client
    if client.needs_topic and task.topic_id is None:
        raise ServiceError("TASK_NEEDS_TOPIC", client=client.name)
    if client.needs_time and not TimeEntry.objects.filter(task=task).exclude(ended_at=None).exists():
        raise ServiceError("TASK_NEEDS_TIME", client=client.name)
    live = {str(field.pk) for field in live_fields(task.company, FieldSubject.TASK)}
    stored = {key: value for key, value in task.values.items() if key in live}
    field_values.clean(task.company, FieldSubject.TASK, stored, before=task.values)


@transaction.atomic
def delete_task(actor: Actor, task: Task) -> None:
    """Delete a task with its checklist and time.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF; TASK_OF_PLAN, for one that the client's plan would make again; TASK_IS_BILLED.
    """
    task = _locked(actor, task)
    if task.origin == TaskOrigin.RECURRENCE and task.recurrence_id is not None:
        raise ServiceError("TASK_OF_PLAN", task=task.title)
    if task.billed_lines.exists():
        raise ServiceError("TASK_IS_BILLED", task=task.title)
    for each in hooks.deleting:
        each(actor, task)
    audit.record(actor, "task.deleted", task.title, f"/c/{task.company_id}/tasks/", client=task.client.name)
    task.delete()


# --- several at once ----------------------------------------------------------------------------------------


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks were changed, and why others were not: the task's title and the reason in words."""

    done: int
    refused: tuple[tuple[str, str], ...] = ()


def bulk(actor: Actor, pks: Iterable[int], action: str, value: str = "") -> Bulk:
    """Do one thing with several tasks; those that cannot be changed are told and stop no other.

    Args:
        actor: Who does it.
        pks: Ids of tasks; those of other companies are passed over.
        action: "status", "assignee", "topic", "due_date" or "delete".
        value: A status; an id or nothing; a date in ISO 8601.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TASKS_NOT_CHOSEN, TASK_STATUS_UNKNOWN, MEMBER_UNKNOWN, TOPIC_UNKNOWN.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    found = list(tasks_of(actor.company).filter(pk__in=list(pks)[:MAX_AT_ONCE]).order_by("pk"))
    if not found:
        raise ServiceError("TASKS_NOT_CHOSEN")
    change = _action(actor, action, value)
    refused = []
    for task in found:
        try:
            with transaction.atomic():
                change(task)
        except ServiceError as error:
            refused.append((task.title, str(error)))
    return Bulk(done=len(found) - len(refused), refused=tuple(refused))


def _action(actor: Actor, action: str, value: str) -> Callable[[Task], object]:
    if action == "delete":
        return lambda task: delete_task(actor, task)
    if action == "status":
        if value not in TaskStatus.values:
            raise ServiceError("TASK_STATUS_UNKNOWN", status=value)
        return lambda task: set_status(actor, task, value)
    replaced = _replacement(actor.company, action, value)
    return lambda task: update_task(actor, task, msgspec.structs.replace(content_of(task), **replaced))


def _replacement(company: Company, action: str, value: str) -> dict[str, Any]:
    if action == "due_date":
        try:
            return {"due_date": dt.date.fromisoformat(value)}
        except ValueError:
            raise ServiceError("VALUE_NOT_DATE", field=gettext("Deadline"), value=value[:40]) from None
    pk = int(value) if value.isdecimal() and len(value) < 19 else None  # noqa: PLR2004  digits of a 64-bit id
    if action == "assignee":
        chosen = worker(company, pk)
        return {"assignee_id": chosen.pk if chosen else None}
    topic = topic_of(company, pk)
    return {"topic_id": topic.pk if topic else None}
