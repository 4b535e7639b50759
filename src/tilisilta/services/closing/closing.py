"""Closing a period, sending it again, and opening it again. Each is one transaction; what it asks for is sent after.

Two people who close the same days wait for each other at the company's row: one closes, the other is told by whom.
Whoever books while a period is closed is told so, and what was begun before is waited for (ledger.locks).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tilisilta.core.mapping.tables import MappingTables
from tilisilta.engine.states import AT_TARGET, MAY_RETRY
from tilisilta.services import audit, deliveries, runs
from tilisilta.services.access import Actor, require
from tilisilta.services.closing import books, states, sums, targets, vouchers
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.preview import (
    CannotClose,
    doubling_blockers,
    local_blockers,
    preview,
    require_range,
    target_blockers,
    total_rows,
)
from tilisilta.services.closing.sums import Entry
from tilisilta.services.closing.switching import require_reopenable
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.locks import hold_closing
from tilisilta.store.mapping_tables import load_tables, note_missing
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Integration,
    PeriodState,
    Role,
    RunMode,
    Side,
    WorkspaceEvent,
    WorkspaceInvoice,
    WorkspacePayment,
)

_BATCH: Final = 500


def close(actor: Actor, side: str, days: Range, *, per_day: bool) -> ClosedPeriod:
    """Close a side's days: its documents are locked, its vouchers written, and the run asked for that sends them.

    Args:
        actor: An accountant or higher.
        side: "sales" or "purchase".
        days: The days, both included.
        per_day: One voucher a day instead of one for all days.

    Raises:
        Forbidden: the role is too low.
        CannotClose: something stands in the way, everything at once.
        ServiceError: DATES_REVERSED, PERIOD_IN_FUTURE, NOT_ACTIVATED_YET, PERIOD_ALREADY_CLOSED, FLOW_DISABLED,
            CONNECTION_NOT_USABLE.
    """
    require(actor, Role.ACCOUNTANT)
    side = Side(side).value
    require_range(actor.company, days)
    _require_free(actor.company, side, days)
    # The target is asked before anything is held: it may take its time.
    seen = preview(actor, side, days, per_day=per_day)
    if seen.blockers:
        if seen.integration is not None:
            _note_missing(seen.integration, side, days, seen.entries)
        raise CannotClose(seen.blockers)
    with transaction.atomic():
        company = _lock(actor)
        hold_closing(company)
        _require_free(company, side, days)
        held = _held(company, side, days)
        # Looked at again now that nobody can change it; what comes in from here on is not in it.
        if blockers := local_blockers(company, side, days):
            raise CannotClose(blockers)
        period, old = _begin(actor, side, days, per_day=per_day, integration=seen.integration)
        _hold(actor, period, held)
        entries = _write(period, old)
        if seen.integration is not None:
            # What was posted since the target was asked may name other accounts.
            if blockers := target_blockers(seen.integration, side, days, entries, ask_target=False):
                raise CannotClose(blockers)
            _send(actor, period, seen.integration)
        audit.record(
            actor,
            "period.closed",
            _name(period),
            link_of(period),
            count=period.document_count,
            date_from=days.first.isoformat(),
            date_to=days.last.isoformat(),
        )
    return period


def _require_free(company: Company, side: str, days: Range) -> None:
    rows = ClosedPeriod.objects.filter(
        company=company, side=side, date_from__lte=days.last, date_to__gte=days.first
    ).exclude(state=PeriodState.REOPENED)
    held = rows.select_related("closed_by").order_by("date_from").first()
    if held is not None:
        raise ServiceError(
            "PERIOD_ALREADY_CLOSED",
            closed_by=str(held.closed_by or "Tilisilta"),
            date_from=sums.shown_day(held.date_from),
            date_to=sums.shown_day(held.date_to),
        )


def _note_missing(integration: Integration, side: str, days: Range, entries: Sequence[Entry]) -> None:
    """Let the mapping page list what is missing, so that it is filled in one go."""
    shown = [
        sums.journal_entry(each, company=integration.company, side=side, days=days, source_id="", number="")
        for each in entries
    ]
    note_missing(integration, targets.used_keys_of(shown))


def _begin(
    actor: Actor, side: str, days: Range, *, per_day: bool, integration: Integration | None
) -> tuple[ClosedPeriod, list[vouchers.Standing]]:
    """Return the period, new or the one that was opened again, and what it has to replace at the target."""
    reopened = list(
        ClosedPeriod.objects.filter(
            company=actor.company,
            side=side,
            state=PeriodState.REOPENED,
            date_from__lte=days.last,
            date_to__gte=days.first,
        ).order_by("date_from", "pk")
    )
    old = vouchers.standing(reopened, integration) if integration is not None else []
    period = reopened[0] if reopened else ClosedPeriod(company=actor.company, side=side, revision=0)
    period.integration = integration
    period.date_from, period.date_to = days.first, days.last
    period.per_day = per_day
    period.revision += 1
    period.state = PeriodState.CLOSING if integration is not None else PeriodState.CLOSED
    period.closed_by, period.closed_at, period.sent_at = actor.user, timezone.now(), None
    period.problem_code, period.problem_params = "", {}
    period.save()
    return period, old


class _Held(msgspec.Struct, frozen=True):
    """Ids of the invoices and payments that a close takes."""

    invoices: list[int]
    payments: list[int]


def _lock(actor: Actor) -> Company:
    """Hold the company's closings. Without the key: rows of the company may still be added by others meanwhile."""
    return Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)


def _held(company: Company, side: str, days: Range) -> _Held:
    """Hold the rows of the invoices that belong to these days, and return what the close takes.

    The caller holds the company's booking, so payments stay as they are.
    """
    invoices = books.in_range(books.open_invoices(company, side), days).order_by("pk").values_list("pk", flat=True)
    held: set[int] = set()
    for part in _parts(list(invoices)):
        rows = WorkspaceInvoice.objects.select_for_update(no_key=True).filter(pk__in=part).order_by("pk")
        held.update(rows.values_list("pk", flat=True))
    payments = books.in_range(books.open_payments(company, side), days).values_list("pk", flat=True)
    return _Held([pk for pk in invoices.all() if pk in held], list(payments))


def _hold(actor: Actor, period: ClosedPeriod, held: _Held) -> None:
    """Lock what the period takes, and write it into the logs of its invoices."""
    for part in _parts(held.invoices):
        WorkspaceInvoice.objects.filter(pk__in=part, closed_period=None).update(closed_period=period)
    for part in _parts(held.payments):
        WorkspacePayment.objects.filter(pk__in=part, closed_period=None).update(closed_period=period)
    period.document_count = len(held.invoices) + len(held.payments)
    _log(actor, held.invoices, "closing.closed", first=period.date_from.isoformat(), last=period.date_to.isoformat())


def _parts(ids: list[int]) -> Iterable[list[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _log(actor: Actor, invoice_ids: Iterable[int], code: str, **params: str) -> None:
    WorkspaceEvent.objects.bulk_create(
        (WorkspaceEvent(invoice_id=pk, code=code, params=params, user=actor.user) for pk in invoice_ids),
        batch_size=_BATCH,
    )


def _write(period: ClosedPeriod, old: Sequence[vouchers.Standing]) -> list[Entry]:
    """Sum up what the period holds and store totals and vouchers; return the vouchers' sums."""
    days = Range(period.date_from, period.date_to)
    postings = books.postings_of_closed(period)
    entries = sums.entries_of(sums.sum_up(postings, per_day=period.per_day), days)
    amounts = sums.amounts_of(postings[0], period.side)
    period.net_minor, period.vat_minor, period.gross_minor = amounts.net_minor, amounts.vat_minor, amounts.gross_minor
    period.totals = _totals(period, entries, days)
    if period.integration is not None:
        written = vouchers.write(period, entries, old)
        if not written:
            period.state = PeriodState.CLOSED
    period.save()
    return entries


def _totals(period: ClosedPeriod, entries: Sequence[Entry], days: Range) -> dict[str, Any]:
    tables = load_tables(period.integration) if period.integration is not None else MappingTables()
    rows = total_rows(entries, period.company, period.side, days, tables)
    totals: dict[str, Any] = {}
    for row in rows:
        both = totals.setdefault(f"{row.account}|{row.vat_code}", {"debit": 0, "credit": 0})
        both["debit"] += row.debit_minor
        both["credit"] += row.credit_minor
    return totals


def _send(actor: Actor, period: ClosedPeriod, integration: Integration) -> None:
    if period.state == PeriodState.CLOSING:
        flow = targets.flow_of_side(integration, period.side)
        runs.request_run(actor, flow, RunMode.RUN, period.date_from, period.date_to)


# --- again ---------------------------------------------------------------------------------------------------


def _locked(actor: Actor, period: ClosedPeriod) -> ClosedPeriod:
    """Return the period as it is now, with the company's closings held."""
    _lock(actor)
    rows = ClosedPeriod.objects.select_related("company", "integration__source", "integration__target")
    return rows.get(pk=period.pk, company=actor.company)


def resend(actor: Actor, period: ClosedPeriod) -> ClosedPeriod:
    """Send a closed period again: what did not arrive is tried again; when all arrived, it is replaced anew.

    Nothing is ever doubled: what may have arrived is looked for first, and a new voucher takes the place of the old.

    Raises:
        Forbidden: the actor is no accountant.
        CannotClose: accounts or the target's periods stand in the way.
        ServiceError: PERIOD_IS_OPEN, PERIOD_NOT_SENT, PERIOD_BEING_SENT, NOT_ACTIVATED_YET.
    """
    require(actor, Role.ACCOUNTANT)
    period = _of_company(actor, period)
    integration = targets.sending_integration(actor.company, period.side, wanted=period.integration_id)
    if integration is None:
        raise ServiceError("PERIOD_NOT_SENT")
    days = Range(period.date_from, period.date_to)
    seen = sums.entries_of(sums.sum_up(books.postings_of_closed(period), per_day=period.per_day), days)
    blockers = doubling_blockers(integration, period.side, *books.events_of(period))
    blockers += target_blockers(integration, period.side, days, seen, ask_target=not blockers)
    if blockers:
        raise CannotClose(blockers)
    with transaction.atomic():
        period = _locked(actor, period)
        if period.state == PeriodState.REOPENED:
            raise ServiceError("PERIOD_IS_OPEN")
        if states.live_run(period) is not None:
            raise ServiceError("PERIOD_BEING_SENT")
        if not _try_again(actor, period):
            old = vouchers.standing([period], integration)
            period.integration = integration
            period.revision += 1
            period.state, period.sent_at = PeriodState.CLOSING, None
            period.problem_code, period.problem_params = "", {}
            _write(period, old)
            _send(actor, period, integration)
        audit.record(actor, "period.resent", _name(period), link_of(period), revision=period.revision)
    return period


def _try_again(actor: Actor, period: ClosedPeriod) -> bool:
    """Put what did not arrive in line again; return whether there was anything."""
    ids = list(states.current_vouchers(period).values_list("source_id", flat=True))
    if period.integration is None or not ids:
        return False
    found = states.deliveries_of(period, ids)
    waiting = [each for each in ids if each not in found or not states.has_ended(found[each])]
    if not waiting:
        return False
    stopped = [found[each].pk for each in waiting if each in found and found[each].state in MAY_RETRY]
    if stopped:
        deliveries.retry(actor, stopped)
    if len(stopped) < len(waiting):
        flow = targets.flow_of_side(period.integration, period.side)
        runs.request_run(actor, flow, RunMode.RUN, period.date_from, period.date_to)
    period.state, period.problem_code, period.problem_params = PeriodState.CLOSING, "", {}
    period.save(update_fields=["state", "problem_code", "problem_params"])
    return True


def reopen(actor: Actor, period: ClosedPeriod, reason: str) -> ClosedPeriod:
    """Open a closed period again: its documents may change, and closing it anew replaces what was sent.

    What stands in the target stays there until then. What was not sent yet will not be.

    Raises:
        Forbidden: the actor is no administrator: opening again is a right of its own.
        ServiceError: REOPEN_REASON_MISSING, PERIOD_IS_OPEN, PERIOD_BEING_SENT, PERIOD_ANSWER_OPEN,
            PERIOD_OF_OTHER_LEVEL.
    """
    require(actor, Role.ADMIN)
    reason = reason.strip()[:200]
    if not reason:
        raise ServiceError("REOPEN_REASON_MISSING")
    with transaction.atomic():
        period = _locked(actor, period)
        if period.state == PeriodState.REOPENED:
            raise ServiceError("PERIOD_IS_OPEN")
        if states.live_run(period) is not None:
            raise ServiceError("PERIOD_BEING_SENT")
        require_reopenable(period)
        rows = list(states.deliveries_of(period).values())
        if states.is_answer_open(rows):
            raise ServiceError("PERIOD_ANSWER_OPEN")
        _leave_out([row.pk for row in rows if row.state not in AT_TARGET])
        _release(actor, period, reason)
        period.state = PeriodState.REOPENED
        period.reopened_by, period.reopened_at, period.reopen_reason = actor.user, timezone.now(), reason
        period.save(update_fields=["state", "reopened_by", "reopened_at", "reopen_reason"])
        audit.record(actor, "period.reopened", _name(period), link_of(period), reason=reason)
    return period


def _leave_out(delivery_ids: list[int]) -> None:
    now = timezone.now()
    Delivery.objects.filter(pk__in=delivery_ids).update(
        state=DeliveryState.SKIPPED, reason="REPLACED_BY_NEWER", reason_params={}, updated_at=now
    )
    DeliveryProblem.objects.filter(delivery_id__in=delivery_ids, solved_at=None).update(solved_at=now)


def _release(actor: Actor, period: ClosedPeriod, reason: str) -> None:
    invoices = WorkspaceInvoice.objects.filter(closed_period=period)
    ids = list(invoices.values_list("pk", flat=True))
    told = {"first": period.date_from.isoformat(), "last": period.date_to.isoformat(), "reason": reason}
    _log(actor, ids, "closing.reopened", **told)
    invoices.update(closed_period=None)
    WorkspacePayment.objects.filter(closed_period=period).update(closed_period=None)


def _of_company(actor: Actor, period: ClosedPeriod) -> ClosedPeriod:
    if period.company_id != actor.company.pk:
        raise ClosedPeriod.DoesNotExist
    return period


def _name(period: ClosedPeriod) -> str:
    return sums.describe(period.side, Range(period.date_from, period.date_to))


def link_of(period: ClosedPeriod) -> str:
    """Return the path of a period's page."""
    return reverse("period-detail", args=[period.company_id, period.pk])
