"""Clients' plans: tasks that come again, and those that are planned."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Done, Id, Input, Page, PageQuery, page_out
from tilisilta.api.tasks import Minutes, Steps, Title, Values
from tilisilta.api.workspace_shapes import Day
from tilisilta.services import listings
from tilisilta.services.practice.clients import get_client
from tilisilta.services.practice.settings import today_of
from tilisilta.services.tasks import plan, recurrences
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.patterns import content_of as pattern_of
from tilisilta.services.tasks.recurrences import RecurrenceContent
from tilisilta.store.models import BadDay, Recurrence, Rhythm

router = Router(tags=["Tasks"])


class PlanRowIn(Input):
    """A row of a client's plan: a task that comes again."""

    title: Title
    starts_on: Day
    ends_on: Day | None = None
    assignee_id: Id | None = None
    topic_id: Id | None = None
    description: Annotated[str, Field(max_length=10_000)] = ""
    rhythm: Rhythm = Rhythm.MONTHLY
    interval: Annotated[int, Field(ge=1, le=120)] = 1
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(default=[], max_length=7, description="1 is Monday")
    month_in_period: Annotated[int, Field(ge=1, le=12)] = 1
    start_day: Annotated[int, Field(ge=1, le=31)] = 1
    due_day: Annotated[int, Field(ge=1, le=31)] = 20
    due_months_after: Annotated[int, Field(ge=0, le=24)] = 0
    due_after_days: Annotated[int, Field(ge=0, le=366)] = 0
    bad_day: BadDay = Field(BadDay.KEEP, description="A day on a weekend or a public holiday: keep, before or after")
    steps: Steps = []
    values: Values = {}
    estimate_minutes: Minutes | None = None

    def content(self) -> RecurrenceContent:
        """Return the row as the service takes it."""
        data = self.dict()
        own = {name: data.pop(name) for name in ("starts_on", "ends_on", "assignee_id")}
        data |= {"weekdays": tuple(data["weekdays"]), "steps": tuple(data["steps"])}
        data |= {"rhythm": self.rhythm.value, "bad_day": self.bad_day.value}
        return RecurrenceContent(pattern=PatternContent(**data), **own)


class PlanRowOut(Schema):
    """A row of a client's plan."""

    id: int
    client_id: int
    title: str
    starts_on: dt.date
    ends_on: dt.date | None
    assignee_id: int | None
    is_active: bool
    pattern: dict[str, Any] = Field(description="When it comes and what its tasks are like")


class PlannedOut(Schema):
    """A task that is not there yet."""

    recurrence_id: int
    client_id: int
    title: str
    start_date: dt.date
    due_date: dt.date
    occurrence: dt.date = Field(description="Names it within its row for good")


class PlannedQuery(Input):
    """Up to which day planned tasks are shown."""

    due_to: Day
    client_id: Id | None = None


def _row_out(row: Recurrence) -> PlanRowOut:
    names = ("client_id", "title", "starts_on", "ends_on", "assignee_id", "is_active")
    pattern = msgspec.to_builtins(pattern_of(row))
    return PlanRowOut(id=row.pk, **{name: getattr(row, name) for name in names}, pattern=pattern)


@router.get("/plan-rows", response=Page[PlanRowOut], summary="List rows of clients' plans")
def list_plan_rows(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the rows of all clients' plans by title, those put aside included."""
    found = plan.recurrences_of(bureau_of(request))
    return page_out(listings.page(found, ["title", "id"], cursor=query.cursor, limit=query.limit), _row_out)


@router.post(
    "/clients/{int:client_id}/plan-rows", response={201: PlanRowOut}, summary="Add to a plan", openapi_extra=ACCOUNTANT
)
def create_plan_row(request: HttpRequest, client_id: Id, given: PlanRowIn) -> Status[PlanRowOut]:
    """Add a row to a client's plan; tasks that are due soon are there at once."""
    client = get_client(bureau_of(request), client_id)
    row = recurrences.create_recurrence(actor_of(request), client.pk, given.content())
    return Status(201, _row_out(recurrences.get_recurrence(actor_of(request).company, row.pk)))


@router.put("/plan-rows/{int:recurrence_id}", response=PlanRowOut, summary="Change a plan", openapi_extra=ACCOUNTANT)
def update_plan_row(request: HttpRequest, recurrence_id: Id, given: PlanRowIn) -> PlanRowOut:
    """Write a row anew. Tasks that have begun or were changed stay; later ones follow."""
    row = recurrences.get_recurrence(bureau_of(request), recurrence_id)
    return _row_out(recurrences.update_recurrence(actor_of(request), row, given.content()))


@router.delete("/plan-rows/{int:recurrence_id}", response=Done, summary="Delete from a plan", openapi_extra=ACCOUNTANT)
def delete_plan_row(request: HttpRequest, recurrence_id: Id) -> Done:
    """Delete a row; tasks that have begun or were changed stay."""
    recurrences.delete_recurrence(actor_of(request), recurrences.get_recurrence(bureau_of(request), recurrence_id))
    return Done(count=1)


@router.get("/planned-tasks", response=list[PlannedOut], summary="List planned tasks")
def list_planned(request: HttpRequest, query: Query[PlannedQuery]) -> list[PlannedOut]:
    """Return the tasks of plans that are due up to a day (at most a year ahead) and are not there yet."""
    company = bureau_of(request)
    until = min(query.due_to, today_of(company) + dt.timedelta(days=366))
    return [
        PlannedOut(
            recurrence_id=each.recurrence.pk,
            client_id=each.recurrence.client_id,
            title=each.title,
            start_date=each.start_date,
            due_date=each.due_date,
            occurrence=each.occurrence.key,
        )
        for each in plan.planned(company, due_to=until, client_id=query.client_id)
    ]
