"""The report of tasks and the counts in their fields."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.shapes import Id, Input
from tilisilta.api.workspace_shapes import Day
from tilisilta.services.tasks import report

router = Router(tags=["Tasks"])


class ReportQuery(Input):
    """Which tasks are counted, and by what they are grouped."""

    due_from: Day | None = None
    due_to: Day | None = None
    client_id: Id | None = None
    member_id: Id | None = None
    topic_id: Id | None = None
    status: Literal["", "under_way", "open", "in_progress", "waiting", "done", "cancelled"] = ""
    group_by: Literal["", "client", "member", "topic", "month"] = ""


class ReportGroupOut(Schema):
    """Tasks that belong together."""

    key: str = Field(description="Id of the client, person or topic; first day of the month; empty for none")
    label: str
    count: int
    sums: dict[str, str] = Field(description="By column: estimate, spent, billable_spent in hours, field:<id>")


class ReportOut(Schema):
    """How many tasks there are and the sums of every column that is a number."""

    count: int
    sums: dict[str, str]
    groups: list[ReportGroupOut]


@router.get("/task-report", response=ReportOut, summary="Add tasks and counts up")
def task_report(request: HttpRequest, query: Query[ReportQuery]) -> ReportOut:
    """Return the number of tasks and the exact sums of times and of the bureau's own number fields."""
    company = bureau_of(request)
    wanted = report.ReportFilter(**query.dict(exclude={"group_by"}))
    found = report.totals(report.found_tasks(company, wanted), report.columns_of(company), query.group_by)

    def text(sums: Any) -> dict[str, str]:
        return {key: format(value, "f") for key, value in sums.items()}

    groups = [
        ReportGroupOut(key=each.key, label=each.label, count=each.count, sums=text(each.sums)) for each in found.groups
    ]
    return ReportOut(count=found.count, sums=text(found.sums), groups=groups)
