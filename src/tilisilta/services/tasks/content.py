"""A task as people and programs write it, checked against what the bureau and the client ask for."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values as field_values
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.tasks import messages
from tilisilta.services.tasks.people import assignee_for, client_of, topic_of, worker, workers
from tilisilta.store.models import Client, Company, FieldSubject, Task, TaskOrigin, TaskStatus, Topic, User

messages.make_known()

MAX_TITLE: Final = 200
MAX_STEP: Final = 300
MAX_STEPS: Final = 100
MAX_DESCRIPTION: Final = 10_000
# Made by the product: what a person must fill is asked for when the task is done, not when it comes to be.
BY_ITSELF: Final = frozenset({TaskOrigin.RECURRENCE.value, TaskOrigin.SUMMARY.value})
CLOSED: Final = frozenset({TaskStatus.DONE.value, TaskStatus.CANCELLED.value})


class TaskContent(msgspec.Struct, frozen=True, kw_only=True):
    """A task whole. Without `assignee_id` it is the client's default member's, or the account owner's (U46).

    `is_billable` None: as its topic says, else billable. `values`: of custom fields, by the field's id as text or by
    its name; with `keeps_other_values` fields that are not named stay as they are. `steps` fill the checklist of a new
    task only.
    """

    client_id: int
    title: str
    due_date: dt.date
    start_date: dt.date | None = None
    topic_id: int | None = None
    description: str = ""
    assignee_id: int | None = None
    helper_ids: tuple[int, ...] = ()
    is_important: bool = False
    is_billable: bool | None = None
    estimate_minutes: int | None = None
    values: Mapping[str, field_values.Raw] = {}
    keeps_other_values: bool = False
    steps: tuple[str, ...] = ()
    origin: str = TaskOrigin.HAND.value


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A content whose parts are rows of the bureau; `columns` are the task's own."""

    client: Client
    topic: Topic | None
    helpers: list[User]
    columns: dict[str, Any]


def content_of(task: Task) -> TaskContent:
    """Return a stored task as content to change parts of; its custom values are kept unless they are given."""
    plain = (
        "client_id", "title", "due_date", "start_date", "topic_id", "description", "assignee_id", "is_important",
        "is_billable", "estimate_minutes", "origin",
    )  # fmt: skip
    return TaskContent(
        **{name: getattr(task, name) for name in plain},
        helper_ids=tuple(task.helpers.values_list("pk", flat=True)),
        keeps_other_values=True,
    )


def check(company: Company, content: TaskContent, before: Task | None = None) -> Checked:
    """Return a content with everything that it names found in the bureau.

    Raises:
        FieldErrors: by field: TASK_TITLE_MISSING, CLIENT_UNKNOWN, TOPIC_UNKNOWN, TOPIC_PUT_ASIDE, TASK_NEEDS_TOPIC,
            MEMBER_UNKNOWN, TASK_DATES_REVERSED, VALUE_....
    """
    errors: dict[str, ServiceError] = {}
    title = " ".join(content.title.split())[:MAX_TITLE]
    if not title:
        errors["title"] = ServiceError("TASK_TITLE_MISSING")
    if content.start_date is not None and content.start_date > content.due_date:
        errors["due_date"] = ServiceError("TASK_DATES_REVERSED")
    client = _tried(errors, "client", lambda: client_of(company, content.client_id))
    is_by_itself = content.origin in BY_ITSELF and before is None
    kept_topic = before.topic_id if before is not None else content.topic_id if is_by_itself else None
    topic = _tried(errors, "topic", lambda: topic_of(company, content.topic_id, kept_topic))
    kept_assignee = before is not None and content.assignee_id == before.assignee_id  # may have left since
    assignee = (
        before.assignee
        if before is not None and kept_assignee
        else _tried(errors, "assignee", lambda: worker(company, content.assignee_id))
    )
    helpers = _tried(errors, "helpers", lambda: _helpers(company, content, before)) or []
    if client is not None and client.needs_topic and content.topic_id is None and not is_by_itself:
        errors.setdefault("topic", ServiceError("TASK_NEEDS_TOPIC", client=client.name))
    stored = _values(company, content, before, errors)
    if errors or client is None:
        raise FieldErrors(errors)
    billable = content.is_billable if content.is_billable is not None else (topic is None or topic.is_billable)
    columns = {
        "client": client,
        "title": title,
        "topic": topic,
        "description": content.description.strip()[:MAX_DESCRIPTION],
        "start_date": content.start_date,
        "due_date": content.due_date,
        "assignee": assignee if content.assignee_id is not None else assignee_for(client),
        "is_important": content.is_important,
        "is_billable": billable,
        "estimate_minutes": content.estimate_minutes,
        "values": stored,
    }
    return Checked(client=client, topic=topic, helpers=helpers, columns=columns)


def _tried(errors: dict[str, ServiceError], field: str, find: Any) -> Any:
    try:
        return find()
    except ServiceError as error:
        errors[field] = error
        return None


def _helpers(company: Company, content: TaskContent, before: Task | None) -> list[User]:
    kept = {each.pk: each for each in before.helpers.all()} if before is not None else {}
    wanted = [pk for pk in content.helper_ids if pk != content.assignee_id]
    return [
        *(kept[pk] for pk in wanted if pk in kept),
        *workers(company, (pk for pk in wanted if pk not in kept)),
    ]


def _values(
    company: Company, content: TaskContent, before: Task | None, errors: dict[str, ServiceError]
) -> dict[str, Any]:
    is_partial = content.keeps_other_values or (content.origin in BY_ITSELF and before is None)
    try:
        return dict(
            field_values.clean(
                company,
                FieldSubject.TASK,
                content.values,
                before=before.values if before is not None else None,
                is_partial=is_partial,
            )
        )
    except FieldErrors as found:
        errors.update(found.errors)
        return {}
