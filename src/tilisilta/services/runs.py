"""Runs: dates proposed, a run asked for, watched and cancelled."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.period import propose_range
from tilisilta.engine import lines
from tilisilta.engine.ending import leave_out_rest
from tilisilta.engine.lease import ENDED
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import ConnectionState, Flow, Role, Run, RunMode, RunState


class Window(msgspec.Struct, frozen=True):
    """Document dates of an import, both included."""

    date_from: dt.date
    date_to: dt.date


def propose_window(flow: Flow, today: dt.date) -> Window | None:
    """Return the dates to import next: the day after the last import up to yesterday; None when all is imported.

    Before the first import the current month so far is proposed, or the month before on its first day.
    """
    first = (today - dt.timedelta(days=1)).replace(day=1)
    proposed = propose_range(flow.last_to, today, first)
    return Window(proposed.first, proposed.last) if proposed is not None else None


def request_run(
    actor: Actor,
    flow: Flow,
    mode: RunMode,
    date_from: dt.date | None = None,
    date_to: dt.date | None = None,
    *,
    delivery_ids: Sequence[int] = (),
) -> Run:
    """Return a run of the flow; an equal one that waits or runs already is returned instead of a second.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: the dates are the wrong way round (DATES_REVERSED), the flow is switched off (FLOW_DISABLED), or a
            connection cannot be used as it is (CONNECTION_NOT_USABLE).
    """
    if flow.company_id != actor.company.pk:
        raise Flow.DoesNotExist
    require(actor, Role.ACCOUNTANT)
    if date_from and date_to and date_from > date_to:
        raise ServiceError("DATES_REVERSED", date_from=date_from, date_to=date_to)
    if not flow.is_enabled:
        raise ServiceError("FLOW_DISABLED", flow=flow.get_kind_display())
    for connection in (flow.integration.source, flow.integration.target):
        if connection.state in {ConnectionState.INACTIVE, ConnectionState.NEEDS_RECONNECT}:
            raise ServiceError("CONNECTION_NOT_USABLE", connection=connection.name)
    run = lines.request_run(
        flow,
        mode,
        date_from=date_from,
        date_to=date_to,
        selection=delivery_ids,
        user_id=actor.user.pk if actor.user else None,
    )
    days = {"date_from": str(date_from), "date_to": str(date_to)} if date_from else {}
    audit.record(actor, "run.requested", flow.get_kind_display(), link_of(run), mode=mode, **days)
    return run


def link_of(run: Run) -> str:
    """Return the path of a run's page."""
    return f"/c/{run.company_id}/runs/{run.pk}/"


def cancel_run(actor: Actor, run: Run) -> Run:
    """Ask a run to stop. What is in the air lands first; one that has not begun ends at once.

    Raises:
        Forbidden: the actor is no accountant.
    """
    if run.company_id != actor.company.pk:
        raise Run.DoesNotExist
    require(actor, Role.ACCOUNTANT)
    now = timezone.now()
    with transaction.atomic():
        waiting = Run.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.WAITING]).update(
            state=RunState.CANCELLED,
            cancel_requested_at=now,
            cancelled_by=actor.user,
            finished_at=now,
            problem_code="RUN_CANCELLED",
        )
        if waiting:
            leave_out_rest(run)
        else:
            Run.objects.filter(pk=run.pk, cancel_requested_at=None).exclude(state__in=ENDED).update(
                cancel_requested_at=now, cancelled_by=actor.user
            )
        audit.record(actor, "run.cancelled", run.flow.get_kind_display(), link_of(run))
    run.refresh_from_db()
    return run
