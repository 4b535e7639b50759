"""The outbox: deliveries are committed as sending before a byte leaves, and their results are committed together."""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping, Sequence

import msgspec
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import Ambiguous, Misconfigured, Retry, TilisiltaError
from tilisilta.core.problems import Problem, problem
from tilisilta.engine.bulk import BulkInsert, moment
from tilisilta.engine.context import RunContext
from tilisilta.engine.database import execute_many, in_store
from tilisilta.engine.follow_ups import plan, wanted_files
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, storable, write_events, write_problems
from tilisilta.engine.meanwhile import read_notes, settle
from tilisilta.engine.outcomes import MOST_ATTEMPTS, Outcome, of_error, of_found, send_one, target_gross_minor
from tilisilta.engine.recovery import Point, reached
from tilisilta.engine.states import AT_TARGET, WAITING_FOR_PERSON, require_move
from tilisilta.engine.work import Work
from tilisilta.ports import FindCertainty, Found, Target
from tilisilta.store.models import Binding, Delivery, DeliveryState, Run

_MARK_SQL = (
    f"UPDATE {Delivery._meta.db_table} SET state = 'sending', attempt = attempt + 1, fence = %s, run_id = %s,"  # noqa: S608,SLF001
    " updated_at = %s, retry_at = NULL WHERE id = %s AND state = 'ready'"
)
_RESULT_SQL = (
    f"UPDATE {Delivery._meta.db_table} SET state = %s, reason = %s, reason_params = %s, target_id = %s,"  # noqa: S608,SLF001
    " target_number = %s, target_gross_minor = %s, retry_at = %s, sent_at = %s, updated_at = %s, run_id = %s"
    " WHERE id = %s AND state = %s"
)
# How long to wait before the target is asked whether a lost sending arrived after all.
SETTLE_S = 1.0


def _target(ctx: RunContext) -> Target:
    if not isinstance(ctx.target, Target):
        raise Misconfigured("NOT_A_TARGET", vendor=ctx.target_manifest.name)
    return ctx.target


def _mark_sending(ctx: RunContext, works: Sequence[Work]) -> list[Work]:
    """Commit the works as being sent and return them, without those that a person left out meanwhile."""
    now = moment(timezone.now())
    for work in works:
        require_move(work.state, DeliveryState.SENDING)
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        execute_many(_MARK_SQL, [(ctx.fence, ctx.run_id, now, work.delivery_id) for work in works])
        ids = [work.delivery_id for work in works]
        marked = set(
            Delivery.objects.filter(pk__in=ids, state=DeliveryState.SENDING).values_list("pk", flat=True).iterator()
        )
    for work in works:
        work.state = DeliveryState.SENDING if work.delivery_id in marked else DeliveryState.SKIPPED
        work.attempt += 1
    return [work for work in works if work.delivery_id in marked]


def _commit(ctx: RunContext, outcomes: Sequence[Outcome]) -> None:
    """Write the new states, bindings, events, problems and counters of a batch in one transaction."""
    present = timezone.now()
    now = moment(present)
    rows = []
    for outcome in outcomes:
        require_move(outcome.work.state, outcome.state)
        reason = outcome.problem.code if outcome.problem else ""
        arrived = outcome.state in AT_TARGET
        retry_at = moment(present + dt.timedelta(seconds=outcome.retry_after_s)) if outcome.retry_after_s else None
        rows.append(
            (
                outcome.state.value,
                reason,
                json.dumps(storable(outcome.problem.params) if outcome.problem else {}, ensure_ascii=False),
                outcome.sent.target_id if outcome.sent else "",
                outcome.sent.number[:100] if outcome.sent else "",
                target_gross_minor(outcome),
                retry_at,
                now if arrived else None,
                now,
                ctx.run_id,
                outcome.work.delivery_id,
                str(outcome.work.state),
            )
        )
    # Parties and items go along with their documents; what a person asked for is counted.
    own = [each for each in outcomes if each.work.kind in ctx.kinds]
    arrived_count = sum(each.state in AT_TARGET for each in own)
    stopped_count = sum(each.state in WAITING_FOR_PERSON for each in own)
    drifted_count = sum(each.state == DeliveryState.DRIFTED for each in own)
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        notes = read_notes([each.work.delivery_id for each in outcomes])
        execute_many(_RESULT_SQL, rows)
        _bind(ctx, outcomes)
        plan(ctx, outcomes)
        write_events(ctx.company_id, ctx.run_id, [line for each in outcomes for line in _events(each)])
        write_problems(
            ctx.company_id,
            ctx.integration_id,
            [(each.work.delivery_id, (each.problem,), each.evidence) for each in outcomes if each.problem],
        )
        counts = {"sent": arrived_count, "problems": stopped_count, "drifted": drifted_count}
        changes = {name: F(name) + count for name, count in counts.items() if count}
        Run.objects.filter(pk=ctx.run_id).update(heartbeat_at=present, **changes)
        differing = settle(ctx.company_id, ctx.run_id, notes) if notes else {}
    for outcome in outcomes:
        outcome.work.state = differing.get(outcome.work.delivery_id, outcome.state)
    ctx.moves += sum(outcome.state != DeliveryState.READY for outcome in outcomes)


def _events(outcome: Outcome) -> list[EventLine]:
    """Return what the log says of an outcome, and what the connector had to leave out or shorten."""
    lines = [_event(outcome)]
    warnings = outcome.sent.extra.get("warnings", "") if outcome.sent else ""
    if warnings:
        lines += [
            EventLine(outcome.work.delivery_id, "warned", level="warning", params={"reason": each.code, **each.params})
            for each in msgspec.json.decode(warnings, type=list[Problem])
        ]
    return lines


def _event(outcome: Outcome) -> EventLine:
    return EventLine(
        outcome.work.delivery_id,
        outcome.event,
        level=outcome.level,
        params=outcome.params,
        evidence=outcome.evidence,
    )


_insert_bindings = BulkInsert(
    Binding,
    *("company_id", "source_connection_id", "target_connection_id", "kind", "source_id", "target_id"),
    *("source_label", "target_label", "origin", "created_at"),
)


def _bind(ctx: RunContext, outcomes: Sequence[Outcome]) -> None:
    now = moment(timezone.now())
    rows = []
    for outcome in outcomes:
        if outcome.sent is None or outcome.state not in AT_TARGET:
            continue
        work, sent = outcome.work, outcome.sent
        ours, theirs = work.source_id, sent.target_id
        summary = work.summary
        label = summary.party_name if work.kind in _NAMED_KINDS else summary.number
        rows.append(
            (
                *(ctx.company_id, ctx.bindings.source_connection_id, ctx.bindings.target_connection_id),
                *(work.kind.value, theirs if ctx.is_reverse else ours, ours if ctx.is_reverse else theirs),
                *(label, (sent.number or label)[:200], outcome.origin.value, now),
            )
        )
        if ctx.bindings.get(work.kind, ours) not in {None, theirs} and ctx.customers_again:
            _bind_anew(ctx, work.kind, ours, theirs)
        ctx.bindings.put(work.kind, ours, theirs)
    _insert_bindings(rows, ignore_conflicts=True)


def _bind_anew(ctx: RunContext, kind: DocumentKind, source_id: str, target_id: str) -> None:
    """Tie a customer that was sent again to its new number."""
    if kind in _PARTY_KINDS:
        Binding.objects.filter(
            source_connection_id=ctx.bindings.source_connection_id,
            target_connection_id=ctx.bindings.target_connection_id,
            kind=kind,
            source_id=source_id,
        ).update(target_id=target_id, target_label=target_id)


_PARTY_KINDS = frozenset({DocumentKind.CUSTOMER, DocumentKind.SUPPLIER})
_NAMED_KINDS = frozenset({DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM})


async def _find(ctx: RunContext, works: Sequence[Work], *, fresh: bool) -> dict[str, Found]:
    by_kind: dict[DocumentKind, list[Work]] = {}
    for work in works:
        by_kind.setdefault(work.kind, []).append(work)
    found: dict[str, Found] = {}
    for kind, each in by_kind.items():
        drafts = [work.draft for work in each if work.draft is not None]
        candidates = await _target(ctx).find(drafts, fresh=fresh)
        if kind in _PARTY_KINDS:
            # A party that only looks alike was asked about by the guard; here it is somebody else.
            candidates = {key: one for key, one in candidates.items() if one.certainty is FindCertainty.MARKED}
        if candidates:
            found.update(await in_store(_unclaimed, ctx, kind, each, candidates))
    return found


def _unclaimed(
    ctx: RunContext, kind: DocumentKind, works: Sequence[Work], candidates: Mapping[str, Found]
) -> dict[str, Found]:
    """Leave out what is bound to other documents already: two equal payments of a day are two payments."""
    theirs, ours = ("source_id", "target_id") if ctx.is_reverse else ("target_id", "source_id")
    wanted = {each.target_id for found in candidates.values() for each in (found.sent, *found.others)}
    rows = Binding.objects.filter(
        source_connection_id=ctx.bindings.source_connection_id,
        target_connection_id=ctx.bindings.target_connection_id,
        kind=kind,
        **{f"{theirs}__in": sorted(wanted)},
    ).values_list(theirs, ours)
    claimed: dict[str, str] = dict(rows)
    free: dict[str, Found] = {}
    for work in works:
        found = candidates.get(work.key)
        if found is None:
            continue
        # What is edited in place stays bound to the entry that it held before.
        replaced = work.draft.extra.get("replaces") if work.draft is not None else None
        left = [
            each
            for each in (found.sent, *found.others)
            if each.target_id == replaced or claimed.get(each.target_id, work.source_id) == work.source_id
        ]
        if left and kind is not DocumentKind.ITEM:
            claimed[left[0].target_id] = work.source_id
        if left:
            free[work.key] = msgspec.structs.replace(found, sent=left[0], others=tuple(left[1:]))
    return free


async def send_batch(ctx: RunContext, works: Sequence[Work]) -> list[Outcome]:
    """Look the works up in the target, send those that are certainly absent, and commit what became of each.

    Raises:
        Cancelled: the lease went to another worker; nothing more was sent.
        Misconfigured, BudgetSpent, Retry: the target cannot take more now; the deliveries stay ready.
    """
    ready = [work for work in works if work.draft is not None and work.state == DeliveryState.READY]
    if not ready:
        return []
    found = await _find(ctx, ready, fresh=any(work.attempt for work in ready))
    reached(Point.BATCH_LOOKED_UP)
    outcomes = [of_found(work, found[work.key]) for work in ready if work.key in found]
    to_send = [work for work in ready if work.key not in found]
    if outcomes:
        await in_store(_commit, ctx, outcomes)
    if to_send:
        to_send = await in_store(_mark_sending, ctx, to_send)
        reached(Point.MARKED_SENDING)
        results = await _send_all(ctx, to_send)
        reached(Point.ANSWERS_RECEIVED)
        await in_store(_commit, ctx, results)
        outcomes += results
    reached(Point.RESULTS_COMMITTED)
    lost = [outcome.work for outcome in outcomes if outcome.state == DeliveryState.UNCERTAIN]
    if lost:
        # Until they are found or known to be absent, whoever goes on with this run has to look for them first.
        ctx.has_recovered = False
        await asyncio.sleep(SETTLE_S)
        outcomes += await resolve_uncertain(ctx, lost)
        ctx.has_recovered = True
    stop = next((each.stops_run for each in outcomes if each.stops_run is not None), None)
    if stop is not None:
        raise stop
    return outcomes


async def _send_all(ctx: RunContext, works: Sequence[Work]) -> list[Outcome]:
    """Send concurrently within the vendor's limit; after an answer that stops the run the rest stays unsent."""
    target = _target(ctx)
    stopped: list[TilisiltaError] = []
    queue = iter(works)
    outcomes: list[Outcome] = []

    async def sender() -> None:
        for work in queue:
            if stopped:
                outcomes.append(of_error(work, stopped[0]))
                continue
            outcome = await send_one(target, work, ctx.source, wanted_files(ctx, work.document))
            if outcome.stops_run is not None or (outcome.retry_after_s and isinstance(outcome.stops_run, Retry)):
                stopped.append(outcome.stops_run)
            outcomes.append(outcome)

    workers = min(max(1, ctx.target_manifest.limits.concurrency), len(works))
    await asyncio.gather(*(sender() for _ in range(workers)))
    return outcomes


async def resolve_uncertain(ctx: RunContext, works: Sequence[Work]) -> list[Outcome]:
    """Look for lost sendings in the target: found, bind; certainly absent, ready again; cannot tell, a person."""
    outcomes = [_cannot_tell(work, "ANSWER_LOST") for work in works if work.draft is None]
    lost = [work for work in works if work.draft is not None]
    try:
        found = await _find(ctx, lost, fresh=True) if lost else {}
    except Ambiguous as error:
        outcomes += [_cannot_tell(work, error.code) for work in lost]
        lost = []
        found = {}
    for work in lost:
        if work.key in found:
            outcomes.append(of_found(work, found[work.key]))
        elif work.attempt >= MOST_ATTEMPTS:
            outcomes.append(_cannot_tell(work, "ANSWER_LOST"))
        else:
            outcomes.append(Outcome(work, DeliveryState.READY, "absent_in_target"))
    if outcomes:
        await in_store(_commit, ctx, outcomes)
    reached(Point.UNCERTAIN_RESOLVED)
    return outcomes


def _cannot_tell(work: Work, code: str) -> Outcome:
    lost = problem(code, number=work.summary.number, attempts=work.attempt)
    return Outcome(work, DeliveryState.PROBLEM, "problem", level="error", problem=lost)
