"""Tasks of a bureau: topics, tasks, time."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Done, Id, Input, Page, PageQuery, Text, page_out
from tilisilta.api.workspace_shapes import Day
from tilisilta.services import listings
from tilisilta.services.practice.clients import get_client
from tilisilta.services.tasks import lists, tasks, time_entries, topics
from tilisilta.services.tasks.tasks import TaskContent
from tilisilta.store.models import Task, TaskOrigin, TimeEntry, Topic

router = Router(tags=["Tasks"])
Name = Annotated[str, Field(min_length=1, max_length=80)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(ge=0, le=1_000_000)]
Value = str | bool | int | list[str] | None
Values = Annotated[
    dict[str, Value], Field(max_length=200, description="Custom fields, by the field's name or id; numbers as text")
]
Ids = Annotated[list[Id], Field(max_length=100)]
Steps = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=100)]
StatusName = Literal["open", "in_progress", "waiting", "done", "cancelled"]


# --- topics -------------------------------------------------------------------------------------------------


class TopicIn(Input):
    """A topic."""

    name: Name
    is_billable: bool = Field(True, description="Whether its tasks are billable unless they say otherwise")
    is_active: bool = True


class TopicOut(Schema):
    """A topic."""

    id: int
    name: str
    is_billable: bool
    is_active: bool


def _topic_out(row: Topic) -> TopicOut:
    return TopicOut(id=row.pk, name=row.name, is_billable=row.is_billable, is_active=row.is_active)


@router.get("/topics", response=Page[TopicOut], summary="List topics")
def list_topics(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the bureau's topics by name, those put aside included."""
    found = topics.topics(bureau_of(request), is_active=None)
    return page_out(listings.page(found, ["name", "id"], cursor=query.cursor, limit=query.limit), _topic_out)


@router.post("/topics", response={201: TopicOut}, summary="Make a topic", openapi_extra=ACCOUNTANT)
def create_topic(request: HttpRequest, given: TopicIn) -> Status[TopicOut]:
    """Make a topic; the bureau may keep this to administrators."""
    return Status(201, _topic_out(topics.create_topic(actor_of(request), given.name, is_billable=given.is_billable)))


@router.put("/topics/{int:topic_id}", response=TopicOut, summary="Change a topic", openapi_extra=ACCOUNTANT)
def update_topic(request: HttpRequest, topic_id: Id, given: TopicIn) -> TopicOut:
    """Rename a topic, put it aside or take it into use again."""
    topic = topics.get_topic(bureau_of(request), topic_id)
    return _topic_out(topics.update_topic(actor_of(request), topic, **given.dict()))


# --- tasks --------------------------------------------------------------------------------------------------


class TaskIn(Input):
    """A task. Without `assignee_id` it is the client's default member's, or the account owner's."""

    client_id: Id
    title: Title
    due_date: Day
    start_date: Day | None = None
    topic_id: Id | None = None
    description: Annotated[str, Field(max_length=10_000)] = ""
    assignee_id: Id | None = None
    helper_ids: Ids = []
    is_important: bool = False
    is_billable: bool | None = Field(None, description="As the topic says when left out")
    estimate_minutes: Minutes | None = None
    values: Values = {}
    steps: Steps = Field(default=[], description="The checklist of a new task; passed over when a task is changed")


class TaskStepOut(Schema):
    """A line of a checklist."""

    id: int
    text: str
    is_done: bool


class TaskOut(Schema):
    """A task."""

    id: int
    client_id: int
    title: str
    topic_id: int | None
    description: str
    status: str = Field(description="open, in_progress, waiting, done or cancelled")
    start_date: dt.date | None
    due_date: dt.date
    assignee_id: int | None
    is_important: bool
    is_billable: bool
    estimate_minutes: int | None
    values: dict[str, Any] = Field(description="Custom fields by id; numbers are text with a decimal point")
    origin: str = Field(description="hand, recurrence, summary or api")
    recurrence_id: int | None
    done_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class TaskDetail(TaskOut):
    """A task with its helpers, its checklist and its time."""

    helper_ids: list[int]
    steps: list[TaskStepOut]
    minutes: int = Field(description="Time spent so far, of running timers as well")


class TaskQuery(PageQuery):
    """Filters of tasks and the page."""

    text: Text = Field("", description="Part of the title or of the client's name")
    status: Literal["", "under_way", "open", "in_progress", "waiting", "done", "cancelled"] = ""
    client_id: Id | None = None
    person_id: Id | None = Field(None, description="Assignee or helper")
    topic_id: Id | None = None
    due_from: Day | None = None
    due_to: Day | None = None


class StatusIn(Input):
    """Where a task is moved to."""

    status: StatusName


class ValuesIn(Input):
    """Custom fields to fill; those that are not named stay as they are."""

    values: Values


_PLAIN = (
    "client_id", "title", "topic_id", "description", "status", "start_date", "due_date", "assignee_id", "is_important",
    "is_billable", "estimate_minutes", "values", "origin", "recurrence_id", "done_at", "created_at", "updated_at",
)  # fmt: skip


def _task_out(task: Task) -> TaskOut:
    return TaskOut(id=task.pk, **{name: getattr(task, name) for name in _PLAIN})


def _detail(task: Task) -> TaskDetail:
    return TaskDetail(
        id=task.pk,
        **{name: getattr(task, name) for name in _PLAIN},
        helper_ids=[each.pk for each in task.helpers.all()],
        steps=[
            TaskStepOut(id=each.pk, text=each.text, is_done=each.is_done) for each in task.steps.order_by("position")
        ],
        minutes=time_entries.minutes_of(time_entries.entries_of(task.company, task=task)),
    )


def _content(given: TaskIn, **more: Any) -> TaskContent:
    data = given.dict()
    for name in ("helper_ids", "steps"):
        data[name] = tuple(data[name])
    return TaskContent(**data, keeps_other_values=True, **more)


@router.get("/tasks", response=Page[TaskOut], summary="List tasks")
def list_tasks(request: HttpRequest, query: Query[TaskQuery]) -> dict[str, Any]:
    """Return the bureau's tasks by due day; planned ones are not there yet."""
    data = query.dict(exclude={"cursor", "limit"})
    found = lists.tasks(bureau_of(request), lists.TaskFilter(**data))
    return page_out(listings.page(found, lists.ORDER, cursor=query.cursor, limit=query.limit), _task_out)


@router.post("/tasks", response={201: TaskDetail}, summary="Make a task", openapi_extra=ACCOUNTANT)
def create_task(request: HttpRequest, given: TaskIn) -> Status[TaskDetail]:
    """Make a task for a client."""
    get_client(bureau_of(request), given.client_id)
    content = msgspec.structs.replace(_content(given, origin=TaskOrigin.API.value), keeps_other_values=False)
    return Status(201, _detail(tasks.create_task(actor_of(request), content)))


@router.get("/tasks/{int:task_id}", response=TaskDetail, summary="Show a task")
def get_task(request: HttpRequest, task_id: Id) -> TaskDetail:
    """Return one task with its checklist and time."""
    return _detail(tasks.get_task(bureau_of(request), task_id))


@router.put("/tasks/{int:task_id}", response=TaskDetail, summary="Change a task", openapi_extra=ACCOUNTANT)
def update_task(request: HttpRequest, task_id: Id, given: TaskIn) -> TaskDetail:
    """Write a task anew; its status and checklist stay, and so do custom fields that are not named."""
    task = tasks.get_task(bureau_of(request), task_id)
    return _detail(tasks.update_task(actor_of(request), task, _content(given)))


@router.post("/tasks/{int:task_id}/status", response=TaskDetail, summary="Move a task", openapi_extra=ACCOUNTANT)
def set_task_status(request: HttpRequest, task_id: Id, given: StatusIn) -> TaskDetail:
    """Move a task to a status. What the client or the bureau asks for must be there before it is done."""
    task = tasks.get_task(bureau_of(request), task_id)
    return _detail(tasks.set_status(actor_of(request), task, given.status))


@router.post(
    "/tasks/{int:task_id}/values", response=TaskDetail, summary="Fill fields of a task", openapi_extra=ACCOUNTANT
)
def set_task_values(request: HttpRequest, task_id: Id, given: ValuesIn) -> TaskDetail:
    """Fill custom fields of a task; the others stay as they are."""
    task = tasks.get_task(bureau_of(request), task_id)
    return _detail(tasks.set_values(actor_of(request), task, given.values))


@router.delete("/tasks/{int:task_id}", response=Done, summary="Delete a task", openapi_extra=ACCOUNTANT)
def delete_task(request: HttpRequest, task_id: Id) -> Done:
    """Delete a task with its time; those of a client's plan are cancelled instead."""
    tasks.delete_task(actor_of(request), tasks.get_task(bureau_of(request), task_id))
    return Done(count=1)


# --- time ---------------------------------------------------------------------------------------------------


class TimeIn(Input):
    """Time spent on a task."""

    started_at: AwareDatetime
    ended_at: AwareDatetime
    user_id: Id | None = Field(None, description="Whose it is; the token maker's own when left out")
    is_billable: bool | None = None
    note: Text = ""


class TimeOut(Schema):
    """Time spent on a task; without an end it is running."""

    id: int
    task_id: int
    user_id: int
    started_at: dt.datetime
    ended_at: dt.datetime | None
    is_billable: bool
    note: str


def _time_out(row: TimeEntry) -> TimeOut:
    names = ("task_id", "user_id", "started_at", "ended_at", "is_billable", "note")
    return TimeOut(id=row.pk, **{name: getattr(row, name) for name in names})


@router.get("/tasks/{int:task_id}/time", response=Page[TimeOut], summary="List a task's time")
def list_time(request: HttpRequest, task_id: Id, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the time spent on a task, the newest first."""
    company = bureau_of(request)
    found = time_entries.entries_of(company, task=tasks.get_task(company, task_id))
    return page_out(listings.page(found, ["-started_at", "-id"], cursor=query.cursor, limit=query.limit), _time_out)


@router.post("/tasks/{int:task_id}/time", response={201: TimeOut}, summary="Write time down", openapi_extra=ACCOUNTANT)
def add_time(request: HttpRequest, task_id: Id, given: TimeIn) -> Status[TimeOut]:
    """Write time down that was spent on a task."""
    task = tasks.get_task(bureau_of(request), task_id)
    return Status(201, _time_out(time_entries.add_time(actor_of(request), task, **given.dict())))


@router.post("/tasks/{int:task_id}/timer", response={201: TimeOut}, summary="Start the timer", openapi_extra=ACCOUNTANT)
def start_timer(request: HttpRequest, task_id: Id) -> Status[TimeOut]:
    """Start the timer of the person who made the token; one that runs elsewhere must be stopped first."""
    task = tasks.get_task(bureau_of(request), task_id)
    return Status(201, _time_out(time_entries.start_timer(actor_of(request), task)))


@router.post("/tasks/{int:task_id}/timer/stop", response=TimeOut, summary="Stop the timer", openapi_extra=ACCOUNTANT)
def stop_timer(request: HttpRequest, task_id: Id) -> TimeOut:
    """Stop the timer of the person who made the token."""
    return _time_out(time_entries.stop_timer(actor_of(request), tasks.get_task(bureau_of(request), task_id)))
