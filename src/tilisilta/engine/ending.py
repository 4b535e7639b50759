"""How runs end: done, done with problems, parked until later, failed for a named reason, cancelled."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import BudgetSpent, Cancelled, Misconfigured, Retry, TilisiltaError
from tilisilta.engine.intake import RUN_CANCELLED
from tilisilta.engine.lease import hold_lease, release_lease
from tilisilta.engine.log import EventLine, evidence_json, write_events
from tilisilta.store.models import Connection, ConnectionState, Delivery, DeliveryState, Run, RunMode, RunState

# Codes after which a connection cannot be used until a person mends it.
RECONNECT_CODES = frozenset(
    {
        *("KEY_REFUSED", "API_NOT_ACTIVATED", "PLAN_TOO_LOW", "CREDENTIALS_UNREADABLE", "CONNECTION_MISCONFIGURED"),
        *("INVALID_TOKEN", "RIGHT_MISSING", "LEDGER_RECEIPT_RIGHTS_MISSING"),
    }
)

# Pauses without progress: half a minute first, then twice as long each time; some ten hours in all.
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 1800.0
MOST_PAUSES = 24

# Who wants to know that a run ended; wired in bootstrap, because notices live above the engine.
on_end: list[Callable[[Run], None]] = []


def _announce(run_id: int) -> None:
    run = Run.objects.select_related("flow__integration", "company").get(pk=run_id)
    for tell in on_end:
        tell(run)


def _close(run_id: int, fence: int, state: RunState, **fields: object) -> None:
    with transaction.atomic():
        integration_id = Run.objects.values_list("flow__integration_id", flat=True).get(pk=run_id)
        hold_lease(integration_id, fence)
        Run.objects.filter(pk=run_id).update(state=state, finished_at=timezone.now(), **fields)
        release_lease(integration_id, fence)
    _announce(run_id)


def end_run(run_id: int, fence: int) -> None:
    """Close a run that came to its end. One that moved nothing says why."""
    run = Run.objects.get(pk=run_id)
    has_problems = bool(run.problems or run.drifted) and run.mode != RunMode.PREVIEW
    code = ""
    if run.mode in {RunMode.RUN, RunMode.RESEND} and not run.sent and not has_problems:
        code = "ALL_LEFT_OUT" if run.skipped else "NOTHING_NEW" if run.seen else "NO_DOCUMENTS"
    if run.mode == RunMode.RECONCILE and run.result.get("differences"):
        has_problems = True
    state = RunState.DONE_WITH_PROBLEMS if has_problems else RunState.DONE
    # What the run waited for on the way is no reason any more.
    _close(run_id, fence, state, problem_code=code, problem_params={}, evidence={})


def park_run(run_id: int, fence: int, error: Retry) -> None:
    """Free the integration and come back when the vendor lets us: budget spent, or a long pause asked for.

    A vendor that never gets better ends the run: each pause without any progress is longer than the one before.
    """
    integration_id, position = Run.objects.values_list("flow__integration_id", "position").get(pk=run_id)
    after_s = error.after_s
    if not isinstance(error, BudgetSpent):
        pauses = int(position.get("pauses", 0)) + 1
        if pauses > MOST_PAUSES:
            fail_run(run_id, fence, error)
            return
        position["pauses"] = str(pauses)
        after_s = max(after_s, min(FIRST_PAUSE_S * 2 ** (pauses - 1), LONGEST_PAUSE_S))
    with transaction.atomic():
        hold_lease(integration_id, fence)
        Run.objects.filter(pk=run_id).update(
            state=RunState.WAITING,
            resume_at=timezone.now() + dt.timedelta(seconds=after_s),
            problem_code=error.code,
            problem_params=error.params,
            evidence=evidence_json(error.evidence),
            position=position,
        )
        release_lease(integration_id, fence)


def fail_run(run_id: int, fence: int, error: TilisiltaError) -> None:
    """Close a run that cannot go on. A lost lease closes nothing: another worker is at it."""
    if error.code == "LEASE_LOST":
        return
    run = Run.objects.select_related("flow__integration").get(pk=run_id)
    if isinstance(error, Cancelled):
        leave_out_rest(run)
        _close(run_id, fence, RunState.CANCELLED, problem_code=error.code, problem_params=error.params)
        return
    if isinstance(error, Misconfigured):
        _mark_connection(run, error)
    _close(
        run_id,
        fence,
        RunState.FAILED,
        problem_code=error.code,
        problem_params=error.params,
        evidence=evidence_json(error.evidence),
    )


def leave_out_rest(run: Run) -> None:
    """What a cancelled run had staged and not sent is left out; the next import takes it up again."""
    rows = Delivery.objects.filter(run=run, state=DeliveryState.READY)
    ids = list(rows.values_list("pk", flat=True))
    with transaction.atomic():
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(
            state=DeliveryState.SKIPPED, reason=RUN_CANCELLED, reason_params={}, updated_at=timezone.now()
        )
        events = [EventLine(pk, "left_out", params={"reason": RUN_CANCELLED}) for pk in ids]
        write_events(run.company_id, run.pk, events)


def _mark_connection(run: Run, error: TilisiltaError) -> None:
    """Note at the connection that failed that it needs a person."""
    if error.code not in RECONNECT_CODES:
        return
    integration = run.flow.integration
    is_reverse = run.flow.kind == "payments_back"
    from_side, to_side = integration.source_id, integration.target_id
    if is_reverse:
        from_side, to_side = to_side, from_side
    connection_id = from_side if error.params.get("side") == "source" else to_side
    Connection.objects.filter(pk=connection_id).update(
        state=ConnectionState.NEEDS_RECONNECT,
        problem_code=error.code,
        problem_params=error.params,
        evidence=evidence_json(error.evidence),
    )
