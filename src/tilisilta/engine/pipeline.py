"""How a run moves: recover, send what waits, fetch and stage while the batch before is being sent, watch for changes.

Every phase stores how far it came, so that any worker can go on from there. A slice of work ends after some seconds, or
when the vendor wants a pause; between slices nothing is in the air.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tilisilta.core.errors import Retry
from tilisilta.core.mapping.tables import MappingTable, UsedKey, used_keys
from tilisilta.engine.answers import read_answers
from tilisilta.engine.context import RunContext
from tilisilta.engine.database import in_store
from tilisilta.engine.dependencies import ensure_bound, guard_listed
from tilisilta.engine.fetching import BATCH, DEPENDENCIES_FIRST, Phase, batch_size, check_cancelled, open_listing
from tilisilta.engine.follow_ups import do_follow_ups, earliest_due, write_status_again
from tilisilta.engine.intake import Intake, take_in
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, write_events
from tilisilta.engine.lookups import CREDITABLE, load_bindings, named_only, spoken_of
from tilisilta.engine.outbox import resolve_uncertain, send_batch
from tilisilta.engine.postings import load_postings
from tilisilta.engine.recovery import Point, reached
from tilisilta.engine.reload import load_works
from tilisilta.engine.revisit import take_up_payments
from tilisilta.engine.stage import map_work, stage
from tilisilta.engine.states import AT_TARGET
from tilisilta.engine.work import Work
from tilisilta.ports import SourceRecord
from tilisilta.store.mapping_tables import note_missing
from tilisilta.store.models import Delivery, DeliveryState, Flow, FlowKind, Integration, Run, RunMode

SLICE_S = 15.0


@dataclass(slots=True)
class Slice:
    """What one slice left: whether the run is at its end."""

    is_done: bool


async def advance(ctx: RunContext) -> Slice:
    """Move the run for one slice and return whether it is done.

    Raises:
        Cancelled: a person cancelled the run, or the lease is lost.
        Misconfigured, Retry, BudgetSpent: one side cannot be used now; nothing is lost, the run may go on later.
    """
    until = time.monotonic() + SLICE_S
    await in_store(check_cancelled, ctx)
    if not ctx.has_recovered:
        await _recover(ctx)
    position = await in_store(_position, ctx)
    while position["phase"] != Phase.END and time.monotonic() < until:
        match position["phase"]:
            case Phase.PENDING:
                await in_store(take_up_payments, ctx)
                if await _send_pending(ctx, until):
                    position = await in_store(_move, ctx, Phase.LEFTOVERS if _is_resend(ctx) else Phase.FETCH)
            case Phase.LEFTOVERS:
                await read_answers(ctx)
                if await _send_pending(ctx, until) and await do_follow_ups(ctx, until):
                    await in_store(_await_retries, ctx)
                    position = await in_store(_move, ctx, Phase.END)
            case _:
                position = await _fetch(ctx, position, until)
    reached(Point.SLICE_ENDED)
    return Slice(is_done=position["phase"] == Phase.END)


def _is_resend(ctx: RunContext) -> bool:
    return ctx.mode is RunMode.RESEND


# --- position ----------------------------------------------------------------------------------------------


def _position(ctx: RunContext) -> dict[str, str]:
    stored: dict[str, str] = Run.objects.values_list("position", flat=True).get(pk=ctx.run_id)
    return {"phase": Phase.PENDING.value, "token": "", **stored}


def _move(ctx: RunContext, phase: Phase) -> dict[str, str]:
    position = {"phase": phase.value, "token": ""}
    Run.objects.filter(pk=ctx.run_id).update(position=position, heartbeat_at=timezone.now())
    return position


def _await_retries(ctx: RunContext) -> None:
    """Raise Retry when the target asked to come back later with something that this run has at hand."""
    earliest = (
        Delivery.objects.filter(
            flow_id=ctx.flow_id, state=DeliveryState.READY, run_id=ctx.run_id, retry_at__gt=timezone.now()
        )
        .order_by("retry_at")
        .values_list("retry_at", flat=True)
        .first()
    )
    due = [each for each in (earliest, earliest_due(ctx)) if each is not None]
    if due:
        raise Retry(after_s=max(1.0, (min(due) - timezone.now()).total_seconds()))


# --- recovery ----------------------------------------------------------------------------------------------


def _lost_works(ctx: RunContext) -> list[Work]:
    """Turn every sending that nobody is at any more into an uncertain one, and return all uncertain ones."""
    rows = Delivery.objects.filter(flow__integration_id=ctx.integration_id)
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        left = list(rows.filter(state=DeliveryState.SENDING).values_list("pk", flat=True))
        rows.filter(pk__in=left).update(state=DeliveryState.UNCERTAIN, updated_at=timezone.now())
        write_events(ctx.company_id, ctx.run_id, [EventLine(pk, "uncertain", level="warning") for pk in left])
    own_direction = Q(flow__kind=FlowKind.PAYMENTS_BACK) if ctx.is_reverse else ~Q(flow__kind=FlowKind.PAYMENTS_BACK)
    return load_works(list(rows.filter(own_direction, state=DeliveryState.UNCERTAIN).values_list("pk", flat=True)))


async def _recover(ctx: RunContext) -> None:
    works = await in_store(_lost_works, ctx)
    for start in range(0, len(works), BATCH):
        part = works[start : start + BATCH]
        await _draft_again(ctx, part)
        await resolve_uncertain(ctx, part)
    ctx.has_recovered = True


async def _draft_again(ctx: RunContext, works: Sequence[Work]) -> None:
    """Fill in the drafts of works whose deliveries are stored, without deciding anything anew."""
    await in_store(load_bindings, ctx, works)
    await load_postings(ctx, works)
    for work in works:
        map_work(ctx, work)


# --- what waits --------------------------------------------------------------------------------------------


def _ready_ids(ctx: RunContext, kinds: Sequence[str], limit: int) -> list[int]:
    rows = Delivery.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=timezone.now()),
        flow__integration_id=ctx.integration_id,
        flow__kind__in=kinds,
        state=DeliveryState.READY,
    ).exclude(document=None)
    if ctx.mode is RunMode.RESEND and ctx.flow_kind in kinds:
        rows = rows.filter(pk__in=ctx.selection)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


async def _send_pending(ctx: RunContext, until: float) -> bool:
    """Send deliveries that are ready from before: released by a person, or left by an earlier run.

    Returns whether none is left.
    """
    groups: list[tuple[str, ...]] = [] if ctx.is_reverse else [(kind,) for kind in DEPENDENCIES_FIRST]
    groups.append((ctx.flow_kind,))
    for kinds in groups:
        while ids := await in_store(_ready_ids, ctx, kinds, batch_size(ctx)):
            await in_store(check_cancelled, ctx)
            works = await in_store(load_works, ids)
            await ensure_bound(ctx, works)
            counts = await in_store(stage, ctx, works)
            await in_store(_count, ctx, problems=counts["problem"], skipped=counts["skipped"])
            await send_batch(ctx, works)
            if time.monotonic() > until:
                return False
    return True


# --- fetching ----------------------------------------------------------------------------------------------


async def _fetch(ctx: RunContext, position: dict[str, str], until: float) -> dict[str, str]:
    """Fetch and stage batch by batch while the batch before is being sent; stop at the end of the slice.

    The open listing stays with the context between slices: a source that is asked to go on from the middle must list
    from the beginning again to be sure that nothing slipped.
    """
    phase = Phase(position["phase"])
    sending: asyncio.Task[object] | None = None
    try:
        async for records, token in open_listing(ctx, phase, position["token"]):
            await in_store(check_cancelled, ctx)
            intake = await _take_batch(ctx, records, phase)
            late = credits_of(ctx, intake.works)
            if late and sending is not None:
                await sending
            counts = await _send_credited(ctx, intake.works, late) if late else {}
            works = late or intake.works
            await _stage_batch(ctx, intake, works, {"phase": phase.value, "token": token}, counts)
            if sending is not None:
                await sending
            sending = asyncio.create_task(send_batch(ctx, works))
            if token and time.monotonic() > until:
                await sending
                return {"phase": phase.value, "token": token}
        if sending is not None:
            await sending
    except BaseException:
        if sending is not None and not sending.done():
            # What is in the air must land before anybody else decides about these deliveries.
            await asyncio.gather(sending, return_exceptions=True)
        await ctx.drop_listing()
        raise
    await ctx.drop_listing()
    if phase is Phase.FETCH:
        await in_store(_window_done, ctx)
        return await in_store(_move, ctx, Phase.CHANGES)
    return await in_store(_move, ctx, Phase.LEFTOVERS)


async def _take_batch(ctx: RunContext, records: Sequence[SourceRecord], phase: Phase) -> Intake:
    ctx.bindings.forget_documents()
    ctx.postings.clear()
    intake = await in_store(take_in, ctx, records, only_known=phase is Phase.CHANGES)
    reached(Point.DOCUMENTS_STORED)
    if ctx.waiting_status:
        await in_store(write_status_again, ctx, [each.source_id for each in records])
    await ensure_bound(ctx, intake.works)
    if ctx.flow_kind in DEPENDENCIES_FIRST:
        again = [work for work in intake.works if work.delivery_id and work.state in AT_TARGET]
        others = [work for work in intake.works if work not in again]
        free, asked = await guard_listed(ctx, others)
        intake.known += len(others) - len(free) - asked
        intake.works = [*again, *free]
        await in_store(_count, ctx, problems=asked)
    return intake


def credits_of(ctx: RunContext, works: Sequence[Work]) -> list[Work]:
    """Return the credit notes that credit an invoice of the same batch which is not at the target yet."""
    fresh = {
        (work.kind, work.source_id)
        for work in works
        if work.kind in CREDITABLE and not ctx.bindings.get(work.kind, work.source_id)
    }
    if len(fresh) == len(works):
        return []
    numbers = {(work.kind, work.summary.number) for work in works if (work.kind, work.source_id) in fresh}
    return [
        work
        for work in works
        if work.kind not in CREDITABLE
        and not (fresh.isdisjoint(spoken_of(work)) and numbers.isdisjoint(named_only(work)))
    ]


async def _send_credited(ctx: RunContext, works: Sequence[Work], late: Sequence[Work]) -> dict[str, int]:
    """Send a batch but for its late credit notes, which then find their invoices in the id map.

    The position stays before the batch until the late ones are staged too. Returns the number of deliveries by state.
    """
    waiting = {work.source_id for work in late}
    early = [work for work in works if work.kind in CREDITABLE or work.source_id not in waiting]
    counts = await in_store(stage, ctx, early)
    await send_batch(ctx, early)
    await in_store(load_bindings, ctx, late)
    return counts


async def _stage_batch(
    ctx: RunContext, intake: Intake, works: Sequence[Work], position: dict[str, str], before: Mapping[str, int]
) -> None:
    """Stage what is left of a batch, and with it the position behind the batch; `before` counts what is staged."""
    staged = await in_store(stage, ctx, works, position=position)
    counts = {state: count + before.get(state, 0) for state, count in staged.items()}
    await in_store(
        _count,
        ctx,
        seen=intake.seen,
        known=intake.known,
        drifted=intake.drifted,
        problems=counts["problem"] + intake.problems,
        skipped=counts["skipped"],
    )
    if counts["problem"] and not ctx.is_reverse:
        await in_store(_note_missing, ctx, intake.works)
    reached(Point.BATCH_STAGED)


def _note_missing(ctx: RunContext, works: Sequence[Work]) -> None:
    used = [key for work in works if work.draft is None for key in used_keys(work.document) if _is_asked_for(ctx, key)]
    note_missing(Integration.objects.get(pk=ctx.integration_id), used, ctx.tables)


def _is_asked_for(ctx: RunContext, key: UsedKey) -> bool:
    """Return whether the target needs an answer to a key: without VAT codes of its own, for unexplained 0 % alone."""
    is_vat = key.table is MappingTable.VAT_CODES and not ctx.settings.needs_vat_codes
    return not is_vat or (not key.vat_rate and key.treatment is None)


def _count(ctx: RunContext, **counts: int) -> None:
    changes = {name: F(name) + count for name, count in counts.items() if count}
    Run.objects.filter(pk=ctx.run_id).update(heartbeat_at=timezone.now(), **changes)


def _window_done(ctx: RunContext) -> None:
    """Remember what was imported: the dates for the next proposal, the moment for the next look at changes."""
    flow = Flow.objects.get(pk=ctx.flow_id)
    if ctx.date_to is not None:
        flow.last_from, flow.last_to = ctx.date_from, ctx.date_to
    until = ctx.changed_until or ctx.started_at
    # An import of chosen days says nothing of new documents outside of them: the automatic look has to see those yet.
    is_partial = flow.is_automatic and ctx.date_from is not None
    if not is_partial and (flow.changes_until is None or until > flow.changes_until):
        flow.changes_until = until
    if ctx.is_file_source:
        flow.cursor_token = str(ctx.last_file_id)
    flow.save(update_fields=["last_from", "last_to", "changes_until", "cursor_token"])
