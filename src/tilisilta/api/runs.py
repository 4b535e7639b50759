"""Runs: dates proposed, a preview or an import asked for, watched, confirmed and cancelled."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Id, Input, Page, PageQuery, ProblemWords, page_out, words_of
from tilisilta.services import imports, integrations, listings, run_lists, runs
from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Flow, FlowKind, Run, RunMode, RunState

router = Router(tags=["Runs"])


class WindowOut(Schema):
    """Dates offered for the next import; both null when everything is imported or the flow has no dates."""

    needs_dates: bool = Field(description="Whether an import of this flow is bounded by document dates")
    date_from: dt.date | None
    date_to: dt.date | None


class RunNew(Input):
    """A run to be asked for. A flow whose window needs dates takes both, but for resend."""

    flow_id: Id
    mode: RunMode = Field(description="preview and reconcile write nothing; run imports; resend sends chosen documents")
    date_from: dt.date | None = Field(None, description="First document date, included")
    date_to: dt.date | None = Field(None, description="Last document date, included")
    delivery_ids: list[Id] = Field([], max_length=1000, description="What a resend sends again")
    accepts_open_days: bool = Field(
        False, description="Take days that are not over too; their documents may still change"
    )


class RunOut(Schema):
    """One run of one flow with its counters. It is over when `finished_at` is set."""

    id: int
    flow_id: int
    integration_id: int
    kind: FlowKind
    mode: RunMode
    state: RunState
    state_text: str
    is_automatic: bool
    is_under_way: bool
    requested_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    cancel_requested_at: dt.datetime | None
    resume_at: dt.datetime | None = Field(description="When a run that waits for the other system goes on")
    date_from: dt.date | None
    date_to: dt.date | None
    seen: int
    known: int
    sent: int
    skipped: int
    problems: int
    drifted: int
    expected: int | None = Field(description="How many documents there will be, when the source says it")
    problem: ProblemWords | None = Field(description="Why the run failed or waits")


class ResultOut(Schema):
    """What a preview or a reconciliation found; empty for other runs."""

    run_id: int
    mode: RunMode
    state: RunState
    result: dict[str, Any] = Field(description="rows, totals and more; amounts are text with a decimal point")


class RunQuery(PageQuery):
    """Filters of runs."""

    integration_id: Id | None = None
    kind: FlowKind | None = None
    mode: RunMode | None = None
    state: RunState | None = None


def _out(row: Run) -> RunOut:
    return RunOut(
        id=row.pk,
        flow_id=row.flow_id,
        integration_id=row.flow.integration_id,
        kind=FlowKind(row.flow.kind),
        mode=RunMode(row.mode),
        state=RunState(row.state),
        state_text=str(RunState(row.state).label),
        is_automatic=row.is_automatic,
        is_under_way=run_lists.is_under_way(row),
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cancel_requested_at=row.cancel_requested_at,
        resume_at=row.resume_at,
        date_from=row.date_from,
        date_to=row.date_to,
        seen=row.seen,
        known=row.known,
        sent=row.sent,
        skipped=row.skipped,
        problems=row.problems,
        drifted=row.drifted,
        expected=row.expected,
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
    )


def _require_dates(flow: Flow, new: RunNew) -> None:
    """Refuse an import without dates where dates bound it, and days that are not over unless these are accepted."""
    if not imports.needs_dates(flow):
        return
    if new.date_from is None or new.date_to is None:
        raise ServiceError("DATES_MISSING")
    today = imports.today_in(flow.integration.company)
    if new.mode == RunMode.RUN and new.date_to >= today and not new.accepts_open_days:
        raise ServiceError("PERIOD_STILL_OPEN", today=today.isoformat())


def _request(actor: Actor, flow: Flow, new: RunNew) -> Run:
    if new.mode == RunMode.PREVIEW:
        return imports.request_preview(actor, flow, new.date_from, new.date_to, accepts_open_days=new.accepts_open_days)
    if new.mode == RunMode.RESEND:
        if not new.delivery_ids:
            raise ServiceError("NOTHING_TO_RETRY")
        listings.require_deliveries(flow, new.delivery_ids)
        return runs.request_run(actor, flow, RunMode.RESEND, delivery_ids=sorted(set(new.delivery_ids)))
    _require_dates(flow, new)
    return runs.request_run(actor, flow, new.mode, date_from=new.date_from, date_to=new.date_to)


@router.get("/flows/{int:flow_id}/window", response=WindowOut, summary="Propose dates for the next import")
def propose_window(request: HttpRequest, flow_id: Id) -> WindowOut:
    """Return the day after the last import up to yesterday, in the company's time zone."""
    flow = integrations.get_flow(actor_of(request).company, flow_id)
    date_from, date_to = imports.proposal(flow, imports.today_in(flow.company))
    return WindowOut(needs_dates=imports.needs_dates(flow), date_from=date_from, date_to=date_to)


@router.post("/runs", response={202: RunOut}, summary="Ask for a run", openapi_extra=ACCOUNTANT)
def create_run(request: HttpRequest, new: RunNew) -> Status[RunOut]:
    """Ask for a run; an equal one that waits or runs already is returned instead of a second one."""
    actor = actor_of(request)
    flow = integrations.get_flow(actor.company, new.flow_id)
    return Status(202, _out(_request(actor, flow, new)))


@router.get("/runs", response=Page[RunOut], summary="List runs")
def list_runs(request: HttpRequest, query: Query[RunQuery]) -> dict[str, Any]:
    """Return runs, newest first."""
    found = listings.runs(
        actor_of(request).company,
        integration_id=query.integration_id,
        kind=query.kind or "",
        mode=query.mode or "",
        state=query.state or "",
    )
    return page_out(listings.page(found, ["-requested_at", "-id"], cursor=query.cursor, limit=query.limit), _out)


@router.get("/runs/{int:run_id}", response=RunOut, summary="Show a run")
def get_run(request: HttpRequest, run_id: Id) -> RunOut:
    """Return one run with its progress."""
    return _out(run_lists.get_run(actor_of(request).company, run_id))


@router.get("/runs/{int:run_id}/result", response=ResultOut, summary="Show what a run found")
def get_run_result(request: HttpRequest, run_id: Id) -> ResultOut:
    """Return what a preview would import or a reconciliation found to differ; up to 2000 rows, totals over all."""
    row = run_lists.get_run(actor_of(request).company, run_id)
    return ResultOut(run_id=row.pk, mode=RunMode(row.mode), state=RunState(row.state), result=dict(row.result))


@router.post("/runs/{int:run_id}/confirm", response={202: RunOut}, summary="Import a preview", openapi_extra=ACCOUNTANT)
def confirm_run(request: HttpRequest, run_id: Id) -> Status[RunOut]:
    """Import what a finished preview showed: the same flow and dates."""
    actor = actor_of(request)
    return Status(202, _out(imports.confirm_preview(actor, run_lists.get_run(actor.company, run_id))))


@router.post("/runs/{int:run_id}/cancel", response=RunOut, summary="Cancel a run", openapi_extra=ACCOUNTANT)
def cancel_run(request: HttpRequest, run_id: Id) -> RunOut:
    """Ask a run to stop; what is in the air lands first."""
    actor = actor_of(request)
    return _out(runs.cancel_run(actor, run_lists.get_run(actor.company, run_id)))
