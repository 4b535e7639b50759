"""What a run fetches: the request of each of its phases, and the records of the source in batches.

A look before a run and a comparison after it fetch in the same way as the run itself.
"""

import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator
from enum import StrEnum

from tilisilta.core.errors import Cancelled, Misconfigured, TilisiltaError
from tilisilta.engine.context import RunContext
from tilisilta.engine.intake import unique_records
from tilisilta.engine.recovery import Point, reached
from tilisilta.ports import FetchRequest, Source, SourcePage, SourceRecord
from tilisilta.ports.register import StatusSource
from tilisilta.store.models import FlowKind, Run

BATCH = 250
# Changes are read again this far back, because clocks differ and lists lag.
OVERLAP = dt.timedelta(minutes=10)
DEPENDENCIES_FIRST = (FlowKind.PARTIES, FlowKind.ITEMS)


class Phase(StrEnum):
    """The stored phases of a run. Lost sendings are looked for before any of them, by each new pair of hands."""

    PENDING = "pending"  # what was released, or left by an earlier run
    FETCH = "fetch"
    CHANGES = "changes"  # what changed or went at the source since the last look
    LEFTOVERS = "leftovers"  # what this run staged and could not send at once
    END = "end"


def batch_size(ctx: RunContext) -> int:
    """Return how many deliveries are marked as sending at once: few where the vendor lets little through."""
    per_minute = ctx.target_manifest.limits.per_minute
    if ctx.limits_off or per_minute is None:
        return BATCH
    return max(10, min(BATCH, per_minute // 3))


def check_cancelled(ctx: RunContext) -> None:
    """Raise Cancelled when a person asked the run to stop. Runs in a store thread."""
    if Run.objects.filter(pk=ctx.run_id).exclude(cancel_requested_at=None).exists():
        raise Cancelled("RUN_CANCELLED", run=ctx.run_id)


def fetch_request(ctx: RunContext, phase: Phase, token: str) -> FetchRequest | None:
    """Return what to fetch in a phase, or None when the phase has nothing to do."""
    since = ctx.changes_until - OVERLAP if ctx.changes_until else None
    if ctx.waiting_status:
        return _waiting_request(ctx, phase, token)
    by_change = ctx.date_from is None and ctx.flow_kind != FlowKind.PAYMENTS_BACK and not ctx.is_file_source
    if phase is Phase.CHANGES:
        if by_change or since is None or ctx.is_file_source or ctx.is_reverse:
            return None
        return FetchRequest(kinds=ctx.kinds, changed_since=since, include_deleted=True, side=ctx.side, token=token)
    if ctx.date_from is not None:
        return FetchRequest(kinds=ctx.kinds, date_from=ctx.date_from, date_to=ctx.date_to, side=ctx.side, token=token)
    if ctx.is_file_source:
        return FetchRequest(kinds=ctx.kinds, token=token or ctx.cursor_token)
    return _changed_request(ctx, since, token)


def _waiting_request(ctx: RunContext, phase: Phase, token: str) -> FetchRequest | None:
    """Return the request for what waits in a status; whatever stands in it was put there to be taken."""
    if phase is Phase.CHANGES:
        return None
    return FetchRequest(kinds=ctx.kinds, date_from=ctx.date_from, date_to=ctx.date_to, token=token)


def _pages(ctx: RunContext, source: Source, request: FetchRequest) -> AsyncIterator[SourcePage]:
    if ctx.waiting_status and isinstance(source, StatusSource):
        return source.fetch_by_status(ctx.waiting_status, request)
    return source.fetch(request)


def _changed_request(ctx: RunContext, since: dt.datetime | None, token: str) -> FetchRequest | None:
    if since is None and not ctx.is_automatic and ctx.flow_kind in DEPENDENCIES_FIRST:
        return FetchRequest(kinds=ctx.kinds, token=token)  # a person's first import of a list is the whole list
    start = since or ctx.automatic_since or ctx.started_at
    until = ctx.changed_until
    if until is not None and start >= until:
        return None  # a person sent more than this hour already
    return FetchRequest(
        kinds=ctx.kinds,
        changed_since=start,
        changed_until=until,
        include_deleted=not ctx.is_reverse,
        side=ctx.side,
        token=token,
    )


async def fetch_batches(ctx: RunContext, request: FetchRequest) -> AsyncGenerator[tuple[list[SourceRecord], str], None]:
    """Yield records in batches with the token behind each, so that a run can go on from there."""
    if not isinstance(ctx.source, Source):
        raise Misconfigured("NOT_A_SOURCE", vendor=ctx.source_manifest.name)
    size = batch_size(ctx)
    held: list[SourceRecord] = []
    token = request.token
    try:
        async for page in _pages(ctx, ctx.source, request):
            reached(Point.PAGE_FETCHED)
            held.extend(page.records)
            token = page.next_token
            if len(held) >= size or not token:
                yield unique_records(held), token
                held = []
    except TilisiltaError as error:
        error.params.setdefault("side", "source")
        raise
    if held:
        yield unique_records(held), ""


def open_listing(ctx: RunContext, phase: Phase, token: str) -> AsyncIterator[tuple[list[SourceRecord], str]]:
    """Return the open listing of a phase, or open it where the stored position says."""
    if ctx.listing is None:
        request = fetch_request(ctx, phase, token)
        ctx.listing = fetch_batches(ctx, request) if request is not None else _nothing()
    return ctx.listing


async def _nothing() -> AsyncGenerator[tuple[list[SourceRecord], str], None]:
    none: list[tuple[list[SourceRecord], str]] = []
    for each in none:
        yield each
