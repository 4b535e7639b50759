"""The durable workflow of a run, and the process that does runs.

The workflow is a loop of slices. All state lies in our own tables, so a slice that is done again after a crash finds
what the first try left; the durable engine only makes sure that somebody goes on.
"""

import asyncio
import traceback

import structlog
from dbos import DBOS

from tilisilta.core.errors import BudgetSpent, Cancelled, Evidence, Retry, TilisiltaError
from tilisilta.engine.context import RunContext, open_context
from tilisilta.engine.database import in_store
from tilisilta.engine.ending import end_run, fail_run, park_run
from tilisilta.engine.heartbeat import heartbeat
from tilisilta.engine.lease import take_lease
from tilisilta.engine.lines import enqueue, next_in_line
from tilisilta.engine.pipeline import advance
from tilisilta.engine.preview import preview
from tilisilta.engine.reconcile import reconcile
from tilisilta.engine.recovery import Point, reached
from tilisilta.store.models import Run, RunMode

log = structlog.get_logger(__name__)

# A wait up to this long keeps the lease; a longer one frees the integration and comes back later.
SHORT_WAIT_S = 20.0
MOST_SLICES = 100_000
MOST_SHORT_WAITS = 6

# By run and fence: a run whose lease lapsed may be taken over inside the same process, while the one who lost it is
# still to find out. Each closes its own.
_contexts: dict[tuple[int, int], RunContext] = {}


async def _context(run_id: int, fence: int) -> RunContext:
    if (run_id, fence) not in _contexts:
        _contexts[run_id, fence] = await open_context(run_id, fence)
    return _contexts[run_id, fence]


async def _drop_context(run_id: int, fence: int) -> None:
    held = _contexts.pop((run_id, fence), None)
    if held is not None:
        await held.close()


@DBOS.step(name="begin")
async def begin(run_id: int, takeover: int) -> int:
    """Return the fence number of the lease; 0 when another run holds the integration or this one has ended."""
    try:
        fence = await in_store(take_lease, run_id, takeover)
    except Cancelled:
        return 0
    if fence:
        reached(Point.LEASE_TAKEN)
    return fence or 0


ENDED_NOW = -1.0


async def _move_on(ctx: RunContext) -> bool:
    """Move a run by one slice in its mode; true when it is done."""
    if ctx.mode is RunMode.PREVIEW:
        await preview(ctx)
        return True
    if ctx.mode is RunMode.RECONCILE:
        await reconcile(ctx)
        return True
    return (await advance(ctx)).is_done


async def _move_or_wait(ctx: RunContext) -> bool:
    """Move a run on, or wait as long as a vendor asks; true when it is done.

    Raises:
        Retry: the wait is long, or waiting has not helped for some time.
    """
    try:
        return await _move_on(ctx)
    except Retry as error:
        if isinstance(error, BudgetSpent) or error.after_s > SHORT_WAIT_S or ctx.wait_again() > MOST_SHORT_WAITS:
            raise
        # Within the slice, so that the heartbeat goes on.
        await asyncio.sleep(max(0.2, error.after_s))
        return False


@DBOS.step(name="slice")
async def work_slice(run_id: int, fence: int) -> float:
    """Move the run on. Returns -1 when it ended here, 0 to go on with the next slice."""
    try:
        ctx = await _context(run_id, fence)
        async with heartbeat(ctx):
            if not await _move_or_wait(ctx):
                return 0.0
        await in_store(end_run, run_id, fence)
    except Retry as error:
        await in_store(park_run, run_id, fence, error)
    except TilisiltaError as error:
        await in_store(fail_run, run_id, fence, error)
    except Exception as error:
        log.exception("run failed", run_id=run_id)
        lines = "".join(traceback.format_exception_only(error))[:500]
        own = TilisiltaError("INTERNAL", evidence=Evidence(body=lines), kind=type(error).__name__)
        await in_store(fail_run, run_id, fence, own)
    reached(Point.RUN_FINISHED)
    return ENDED_NOW


@DBOS.step(name="hand on")
async def hand_on(run_id: int, fence: int) -> None:
    """Start the run that waits longest for the same integration."""
    await _drop_context(run_id, fence)
    await in_store(_start_next, run_id)


def _start_next(run_id: int) -> None:
    integration_id = Run.objects.values_list("flow__integration_id", flat=True).get(pk=run_id)
    if (following := next_in_line(integration_id)) is not None:
        enqueue(following)


@DBOS.workflow(name="run", max_recovery_attempts=1000)
async def run_workflow(run_id: int, takeover: int) -> None:
    """Do a run to its end, or to where another worker or another hour goes on."""
    fence = await begin(run_id, takeover)
    if not fence:
        return
    for _ in range(MOST_SLICES):
        if await work_slice(run_id, fence) == ENDED_NOW:
            break
    await hand_on(run_id, fence)
