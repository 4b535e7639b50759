"""How far a closed period has come, told by the deliveries of its vouchers."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.context import FLOW_SIDES
from tilisilta.engine.lease import ENDED
from tilisilta.engine.states import AT_TARGET, WAITING_FOR_PERSON
from tilisilta.services.closing.targets import FLOWS
from tilisilta.store.models import (
    ClosedPeriod,
    Delivery,
    DeliveryState,
    PeriodState,
    PeriodVoucher,
    Run,
    RunMode,
    RunState,
)

_UNKNOWN = frozenset({DeliveryState.SENDING, DeliveryState.UNCERTAIN})
_WATCHED = (PeriodState.CLOSING, PeriodState.FAILED, PeriodState.SENT)


def current_vouchers(period: ClosedPeriod) -> "QuerySet[PeriodVoucher]":
    """Return the vouchers of a period's last revision."""
    return PeriodVoucher.objects.filter(period=period, revision=period.revision)


def deliveries_of(period: ClosedPeriod, source_ids: Iterable[str] | None = None) -> dict[str, Delivery]:
    """Return the deliveries of a period's vouchers by source id; those of its last revision unless ids are given."""
    if period.integration_id is None:
        return {}
    current = current_vouchers(period).values_list("source_id", flat=True)
    wanted = list(current if source_ids is None else source_ids)
    rows = Delivery.objects.filter(
        company_id=period.company_id,
        flow__integration_id=period.integration_id,
        flow__kind=FLOWS[period.side],
        kind=DocumentKind.JOURNAL_ENTRY,
        source_id__in=wanted,
    )
    return {row.source_id: row for row in rows}


def live_run(period: ClosedPeriod) -> Run | None:
    """Return a run that sends this period now or waits to do so."""
    if period.integration_id is None:
        return None
    window = Q(mode=RunMode.RUN, date_from__lte=period.date_to, date_to__gte=period.date_from)
    rows = Run.objects.filter(
        window | Q(mode=RunMode.RESEND),
        company_id=period.company_id,
        flow__integration_id=period.integration_id,
        flow__kind=FLOWS[period.side],
    )
    return rows.exclude(state__in=ENDED).order_by("pk").first()


def has_ended(row: Delivery) -> bool:
    """Return whether a voucher stands in the target, or was to take back what is not there any more."""
    return row.state in AT_TARGET or (row.state == DeliveryState.SKIPPED and row.reason == "NOTHING_TO_WITHDRAW")


def is_answer_open(rows: Iterable[Delivery]) -> bool:
    """Return whether of any delivery it is not known whether it arrived."""
    return any(row.state in _UNKNOWN or row.reason == "ANSWER_LOST" for row in rows)


def refresh(period: ClosedPeriod) -> ClosedPeriod:
    """Set a period's state to what its deliveries say, and return it."""
    if period.state not in _WATCHED:
        return period
    ids = list(current_vouchers(period).values_list("source_id", flat=True))
    rows = list(deliveries_of(period, ids).values())
    state, code, params, sent_at = _judged(period, ids, rows)
    same = (state, code, params, sent_at) == (
        period.state,
        period.problem_code,
        period.problem_params,
        period.sent_at,
    )
    if not same:
        # Whoever opened it again or sends a newer revision decides; this only tells what became of the old one.
        changed = ClosedPeriod.objects.filter(pk=period.pk, revision=period.revision, state__in=_WATCHED).update(
            state=state, problem_code=code, problem_params=params, sent_at=sent_at
        )
        if changed:
            period.state, period.problem_code, period.problem_params, period.sent_at = state, code, params, sent_at
    return period


def _judged(
    period: ClosedPeriod, ids: Sequence[str], rows: Sequence[Delivery]
) -> tuple[PeriodState, str, dict[str, str], dt.datetime | None]:
    ended = [row for row in rows if has_ended(row)]
    if len(ended) == len(ids):
        return PeriodState.SENT, "", {}, max((row.sent_at for row in ended if row.sent_at), default=period.sent_at)
    if live_run(period) is not None:
        return PeriodState.CLOSING, "", {}, None
    stopped = next((row for row in rows if row.state in WAITING_FOR_PERSON), None)
    if stopped is not None:
        code, params = told_problem(period, stopped.reason, stopped.reason_params)
        return PeriodState.FAILED, code, {**params, "date": str(stopped.date or "")}, None
    return (PeriodState.FAILED, *_of_last_run(period), None)


def _of_last_run(period: ClosedPeriod) -> tuple[str, dict[str, str]]:
    if period.integration_id is None:
        return "PERIOD_NOT_SENT_YET", {}
    runs = Run.objects.filter(flow__integration_id=period.integration_id, flow__kind=FLOWS[period.side])
    last = runs.filter(state__in=[RunState.FAILED, RunState.CANCELLED]).order_by("-pk").first()
    if last is None:
        return "PERIOD_NOT_SENT_YET", {}
    return told_problem(period, last.problem_code, last.problem_params)


def told_problem(period: ClosedPeriod, code: str, params: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return a problem in the words that users of the target know it by (N29)."""
    if code == "PERIOD_LOCKED" and period.integration is not None and period.integration.target.vendor == "netvisor":
        return "SENDING_TO_NETVISOR_FAILED", params
    return code, params


def run_ended(run: Run) -> None:
    """Bring the periods of a run's flow up to date; the engine calls it when a run ends."""
    side = FLOW_SIDES.get(run.flow.kind)
    if side is None:
        return
    rows = ClosedPeriod.objects.filter(
        company_id=run.company_id, integration_id=run.flow.integration_id, side=side.value, state__in=_WATCHED[:2]
    )
    for period in rows.select_related("company", "integration__target"):
        refresh(period)
