"""The look round: what is due, what waits long enough, what a dead worker left. Every worker makes it; each finding is
taken once, because the rows decide.
"""

import datetime as dt
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from tilisilta.engine.lease import ENDED
from tilisilta.engine.lines import enqueue, request_run
from tilisilta.engine.schedule import next_due
from tilisilta.store.models import ConnectionState, Flow, IntegrationState, Run, RunMode, RunState

log = structlog.get_logger(__name__)

# A queued run that nobody took for this long is announced again.
FORGOTTEN_AFTER = dt.timedelta(seconds=1.5 * settings.ROUND_S)
MOST_AT_ONCE = 200

# More to look after on each round (watched folders); wired in bootstrap.
also: list[Callable[[], int]] = []


def look_round() -> dict[str, int]:
    """Do everything that is due now, and return how much of each; what fails is logged and stops nothing else."""
    found = {
        "due": _done(start_due_flows),
        "resumed": _done(resume_waiting),
        "taken_over": _done(take_over_lapsed),
        "announced": _done(announce_forgotten),
    }
    for each in also:
        _done(each)
    if any(found.values()):
        log.info("look round", **found)
    return found


def _done(part: Callable[[], int]) -> int:
    try:
        return part()
    except Exception:
        log.exception("part of a look round failed", part=part.__name__)
        return 0


def start_due_flows() -> int:
    """Request a run for every automatic flow whose time has come, and set its next time.

    The next time is set by a conditional update, so that of several workers one requests the run.
    """
    now = timezone.now()
    due = Flow.objects.filter(
        is_enabled=True, is_automatic=True, next_due_at__lte=now, integration__state=IntegrationState.READY
    ).select_related("company", "integration__source", "integration__target")
    started = 0
    for flow in due.order_by("next_due_at")[:MOST_AT_ONCE]:
        following = _following(flow, now)
        taken = Flow.objects.filter(pk=flow.pk, next_due_at=flow.next_due_at).update(next_due_at=following)
        if not taken:
            continue
        usable = {ConnectionState.ACTIVE, ConnectionState.NEW}
        if flow.integration.source.state in usable and flow.integration.target.state in usable:
            request_run(flow, RunMode.RUN, is_automatic=True)
            started += 1
    return started


def _following(flow: Flow, now: dt.datetime) -> dt.datetime | None:
    """Return when a flow is due next; None without a schedule, and for one that cannot be read."""
    if not flow.schedule:
        return None
    try:
        return next_due(flow.schedule, flow.company.time_zone, now, flow_id=flow.pk)
    except ValueError:
        # One bad line must not keep everybody else's flows from starting.
        log.exception("schedule cannot be read", flow_id=flow.pk, schedule=flow.schedule)
        return None


def resume_waiting() -> int:
    """Announce the runs whose pause is over."""
    now = timezone.now()
    ids = list(
        Run.objects.filter(state=RunState.WAITING, resume_at__lte=now).values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    for pk in ids:
        if Run.objects.filter(pk=pk, state=RunState.WAITING).update(state=RunState.QUEUED):
            enqueue(pk)
    return len(ids)


def take_over_lapsed() -> int:
    """Announce the runs whose worker has not been heard of since its lease ended."""
    now = timezone.now()
    lapsed = Run.objects.filter(
        Q(flow__integration__lease_run=F("pk"), flow__integration__lease_until__lt=now)
        | ~Q(flow__integration__lease_run=F("pk")),
        state=RunState.RUNNING,
        heartbeat_at__lt=now - FORGOTTEN_AFTER,
    ).values_list("pk", "takeovers")[:MOST_AT_ONCE]
    count = 0
    for pk, takeovers in list(lapsed):
        if Run.objects.filter(pk=pk, state=RunState.RUNNING, takeovers=takeovers).update(state=RunState.QUEUED):
            enqueue(pk)
            count += 1
    return count


def announce_forgotten() -> int:
    """Announce again the queued runs that no worker took although their integration is free."""
    now = timezone.now()
    free = Q(flow__integration__lease_run=None) | Q(flow__integration__lease_until__lt=now)
    free |= Q(flow__integration__lease_run__state__in=ENDED)
    ids = list(
        Run.objects.filter(free, state=RunState.QUEUED, requested_at__lt=now - FORGOTTEN_AFTER)
        .filter(Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - FORGOTTEN_AFTER))
        .order_by("requested_at")
        .values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    for pk in ids:
        # The heartbeat marks the announcement, so that the next round does not repeat it at once.
        if Run.objects.filter(pk=pk, state=RunState.QUEUED).update(heartbeat_at=now):
            enqueue(pk)
    return len(ids)
