"""Runs as pages list them, and what one run moved, left and found."""

import datetime as dt

import msgspec
from django.db.models import Count, Q, QuerySet

from tilisilta.store.models import Company, Delivery, DeliveryState, Run, RunState

PAGE_SIZE = 50
ROWS_SIZE = 200
UNDER_WAY = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING)


class RunFilters(msgspec.Struct, frozen=True, kw_only=True):
    integration_id: int | None = None
    kind: str = ""
    mode: str = ""
    state: str = ""


def _all(company: Company) -> QuerySet[Run]:
    return Run.objects.filter(company=company).select_related(
        "flow__company", "flow__integration__source", "flow__integration__target", "requested_by", "cancelled_by"
    )


def get_run(company: Company, run_id: int) -> Run:
    """Return one run of a company; raises Run.DoesNotExist for any other."""
    return _all(company).get(pk=run_id)


def list_runs(company: Company, filters: RunFilters, key: str = "") -> tuple[list[Run], str]:
    """Return a page of runs, newest first, and the key after it (empty at the end)."""
    found = _all(company).defer("result")
    if filters.integration_id is not None:
        found = found.filter(flow__integration_id=filters.integration_id)
    for name, value in (("flow__kind", filters.kind), ("mode", filters.mode), ("state", filters.state)):
        if value:
            found = found.filter(**{name: value})
    moment, _, run_id = key.partition("_")
    if run_id.isdecimal():
        try:
            at = dt.datetime.fromisoformat(moment)
        except ValueError:
            at = None
        if at is not None:
            found = found.filter(requested_at__lte=at).filter(Q(requested_at__lt=at) | Q(pk__lt=int(run_id)))
    rows = list(found.order_by("-requested_at", "-id")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    next_key = f"{shown[-1].requested_at.isoformat()}_{shown[-1].pk}" if len(rows) > PAGE_SIZE else ""
    return shown, next_key


def is_under_way(run: Run) -> bool:
    """Return whether a run still waits, runs or pauses for the other system."""
    return run.state in UNDER_WAY


def delivery_counts(run: Run) -> list[tuple[str, int]]:
    """Return (state, count) of the deliveries that this run touched last, in the order of the states."""
    counted = dict(
        Delivery.objects.filter(company_id=run.company_id, run=run)
        .order_by()
        .values_list("state")
        .annotate(rows=Count("pk"))
    )
    return [(state.value, counted[state.value]) for state in DeliveryState if state.value in counted]


def left_out(run: Run, limit: int = ROWS_SIZE) -> list[Delivery]:
    """Return deliveries of a run that did not go and wait for nobody, newest first: each names its reason (S52)."""
    states = (DeliveryState.SKIPPED, DeliveryState.PARKED)
    return list(Delivery.objects.filter(company_id=run.company_id, run=run, state__in=states).order_by("-id")[:limit])
