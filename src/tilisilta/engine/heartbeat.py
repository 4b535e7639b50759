"""The heartbeat of a run: the lease is renewed while a slice works, and nothing leaves once it is not ours any more.

A worker that slept (a stopped process, a suspended machine, a database that did not answer) finds out before its next
write, not after: whoever took the lease meanwhile looks for what was sent, and must not be overtaken by a late sending.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import Cancelled
from tilisilta.engine.context import RunContext
from tilisilta.engine.database import in_store
from tilisilta.engine.lease import LEASE_S, hold_lease
from tilisilta.kit.http import before_write
from tilisilta.store.models import Run

log = structlog.get_logger(__name__)

BEATS_PER_LEASE = 4
# Nothing is sent in the last part of a lease: a request needs time to arrive.
SPARE = 0.1


def _beat(ctx: RunContext) -> None:
    begun = time.time()
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        Run.objects.filter(pk=ctx.run_id).update(heartbeat_at=timezone.now())
    ctx.may_write_until = begun + LEASE_S * (1 - SPARE)


async def _keep(ctx: RunContext) -> None:
    while True:
        await asyncio.sleep(LEASE_S / BEATS_PER_LEASE)
        try:
            await in_store(_beat, ctx)
        except Cancelled:
            ctx.may_write_until = 0.0
            return
        except Exception:
            log.exception("heartbeat failed", run_id=ctx.run_id)  # the lease lapses unless a later beat comes through


@asynccontextmanager
async def heartbeat(ctx: RunContext) -> AsyncIterator[None]:
    """Keep the lease during a slice.

    Raises:
        Cancelled: LEASE_LOST, the lease went to another worker before the slice began.
    """

    def require_lease() -> None:
        if time.time() > ctx.may_write_until:
            raise Cancelled("LEASE_LOST", integration=ctx.integration_id)

    await in_store(_beat, ctx)
    beating = asyncio.create_task(_keep(ctx))
    permit = before_write.set(require_lease)
    try:
        yield
    finally:
        before_write.reset(permit)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
