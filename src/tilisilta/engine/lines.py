"""The line of runs: asked for here, started by workers.

A run is a row first; the durable engine is told second. Whatever gets lost between the two is picked up by the next
look round (`engine.rounds`), because the row is there.
"""

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import F

from tilisilta.engine.lease import ENDED
from tilisilta.store.models import Flow, Integration, Run, RunMode, RunState

log = structlog.get_logger(__name__)


def request_run(
    flow: Flow,
    mode: RunMode,
    *,
    date_from: dt.date | None = None,
    date_to: dt.date | None = None,
    selection: Sequence[int] = (),
    user_id: int | None = None,
    is_automatic: bool = False,
) -> Run:
    """Return a run of the flow that waits or runs with these bounds; a new one only if there is none.

    Two people who press Import at once get the same run.
    """
    with transaction.atomic():
        # Whoever comes second waits here and then sees the first one's run.
        Integration.objects.select_for_update(no_key=True).get(pk=flow.integration_id)
        same = (
            Run.objects.filter(flow=flow, mode=mode, date_from=date_from, date_to=date_to, selection=list(selection))
            .exclude(state__in=ENDED)
            .filter(cancel_requested_at=None)
            .first()
        )
        if same is not None:
            return same
        run = Run.objects.create(
            company_id=flow.company_id,
            flow=flow,
            mode=mode,
            date_from=date_from,
            date_to=date_to,
            selection=list(selection),
            requested_by_id=user_id,
            is_automatic=is_automatic,
        )
    enqueue(run.pk)
    return run


def enqueue(run_id: int) -> None:
    """Hand a run to the workers. Losing this call only costs time: the next look round makes it again."""
    Run.objects.filter(pk=run_id).update(takeovers=F("takeovers") + 1, state=RunState.QUEUED, resume_at=None)
    takeover = Run.objects.values_list("takeovers", flat=True).get(pk=run_id)
    transaction.on_commit(lambda: _tell(run_id, takeover))


def _tell(run_id: int, takeover: int) -> None:
    # The durable engine is 35 MB and a second to load; commands that ask for no run do without it.
    from tilisilta.engine.durable import QUEUE, client  # noqa: PLC0415

    try:
        client().enqueue(
            {"queue_name": QUEUE, "workflow_name": "run", "workflow_id": f"run-{run_id}-{takeover}"},
            run_id,
            takeover,
        )
    except Exception:
        log.warning("run not announced, workers will find it", run_id=run_id, exc_info=True)


def next_in_line(integration_id: int) -> int | None:
    """Return the run that waits longest for an integration."""
    return (
        Run.objects.filter(flow__integration_id=integration_id, state=RunState.QUEUED)
        .order_by("requested_at")
        .values_list("pk", flat=True)
        .first()
    )
