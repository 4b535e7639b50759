"""Problems: what people must settle, one by one or a whole group at once."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    Done,
    Id,
    Ids,
    Input,
    Page,
    PageQuery,
    ProblemOut,
    page_out,
    problem_out,
)
from tilisilta.services import deliveries, listings, problems, settling
from tilisilta.services.problems import Group, GroupFilters
from tilisilta.store.models import DeliveryProblem

router = Router(tags=["Problems"])


class ProblemFilters(Schema):
    """What problems are narrowed to."""

    integration_id: Id | None = None
    code: str = Field("", max_length=60)
    severity: str = Field("", pattern="^(|error|warning|info)$", description="error, warning or info")
    run_id: Id | None = None


class ProblemQuery(ProblemFilters, PageQuery):
    """Filters of problems and the page."""

    group: str = Field("", max_length=200, description="`group` of a problem: all that one answer solves")
    delivery_id: Id | None = None
    is_open: bool = Field(True, description="false for those that were settled")


class GroupQuery(ProblemFilters, PageQuery):
    """Filters of groups and the page."""


class GroupOut(Schema):
    """Problems that one answer solves. `sample` is the newest of them and names the group in addresses."""

    sample: ProblemOut
    document_count: int = Field(description="How many documents it holds up")
    since: dt.datetime


class ProblemsChosen(Input):
    """Problems that were settled."""

    problem_ids: Ids


class ProblemsSkipped(Input):
    """Problems whose documents are left out."""

    problem_ids: Ids
    reason: str = Field(max_length=200, description="Why; it stands in the log for ever")


class Reason(Input):
    """Why documents are left out."""

    reason: str = Field(max_length=200, description="Why; it stands in the log for ever")


def _group(group: Group) -> GroupOut:
    return GroupOut(sample=problem_out(group.sample), document_count=group.documents, since=group.since)


def _own(request: HttpRequest, problem_id: int) -> DeliveryProblem:
    return problems.get_problem(actor_of(request).company, problem_id)


@router.get("/problems", response=Page[ProblemOut], summary="List problems")
def list_problems(request: HttpRequest, query: Query[ProblemQuery]) -> dict[str, Any]:
    """Return problems, newest first, each with cause, remedy and the page where it is solved."""
    found = listings.problems(
        actor_of(request).company,
        integration_id=query.integration_id,
        code=query.code,
        severity=query.severity,
        group=query.group,
        run_id=query.run_id,
        delivery_id=query.delivery_id,
        is_open=query.is_open,
    )
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), problem_out)


@router.get("/problems/{int:problem_id}", response=ProblemOut, summary="Show a problem")
def get_problem(request: HttpRequest, problem_id: Id) -> ProblemOut:
    """Return one problem, settled or not."""
    return problem_out(_own(request, problem_id))


@router.post("/problems/solve", response=Done, summary="Say that problems are settled", openapi_extra=ACCOUNTANT)
def solve_problems(request: HttpRequest, chosen: ProblemsChosen) -> Done:
    """Mark problems as settled; `count` documents had no other and are sent now. What still stops one asks again."""
    actor = actor_of(request)
    listings.deliveries_of_problems(actor.company, chosen.problem_ids)
    return Done(count=settling.settle(actor, chosen.problem_ids))


@router.post("/problems/retry", response=Done, summary="Try the problems' documents again", openapi_extra=ACCOUNTANT)
def retry_problems(request: HttpRequest, chosen: ProblemsChosen) -> Done:
    """Try the documents of these problems again, with all their problems closed."""
    actor = actor_of(request)
    return Done(count=deliveries.retry(actor, listings.deliveries_of_problems(actor.company, chosen.problem_ids)))


@router.post("/problems/skip", response=Done, summary="Leave the problems' documents out", openapi_extra=ACCOUNTANT)
def skip_problems(request: HttpRequest, chosen: ProblemsSkipped) -> Done:
    """Leave the documents of these problems out on purpose."""
    actor = actor_of(request)
    ids = listings.deliveries_of_problems(actor.company, chosen.problem_ids)
    return Done(count=deliveries.skip(actor, ids, chosen.reason))


@router.get("/problem-groups", response=Page[GroupOut], summary="List groups of problems")
def list_groups(request: HttpRequest, query: Query[GroupQuery]) -> dict[str, Any]:
    """Return open problems gathered by what solves them, the one that holds up most documents first."""
    filters = GroupFilters(
        integration_id=query.integration_id, code=query.code, severity=query.severity, run_id=query.run_id
    )
    rows = problems.groups(actor_of(request).company, filters)
    found = listings.page_of(rows, "groups", lambda row: str(row.sample.pk), cursor=query.cursor, limit=query.limit)
    return page_out(found, _group)


@router.post(
    "/problem-groups/{int:problem_id}/retry", response=Done, summary="Try a group again", openapi_extra=ACCOUNTANT
)
def retry_group(request: HttpRequest, problem_id: Id) -> Done:
    """Try again every document that the group of this problem holds up, 10,000 at most."""
    return Done(count=problems.retry_group(actor_of(request), _own(request, problem_id)))


@router.post(
    "/problem-groups/{int:problem_id}/skip", response=Done, summary="Leave a group out", openapi_extra=ACCOUNTANT
)
def skip_group(request: HttpRequest, problem_id: Id, why: Reason) -> Done:
    """Leave out every document that the group of this problem holds up, 10,000 at most."""
    return Done(count=problems.skip_group(actor_of(request), _own(request, problem_id), why.reason))
