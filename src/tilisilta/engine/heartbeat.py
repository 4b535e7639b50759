"""The heartbeat of a lease: it is renewed while a slice works, and nothing leaves once it is not ours any more.

A worker that slept (a stopped process, a suspended machine, a database that did not answer) finds out before its next
write, not after: whoever took the lease meanwhile looks for what was sent, and must not be overtaken by a late sending.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

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


@asynccontextmanager
async def holding(renew: Callable[[], None], **named: Any) -> AsyncIterator[None]:
    """Keep a lease while the block works.

    Args:
        renew: Renews it in the store, in a transaction of its own. Raises: Cancelled when it is lost.
        named: What the log and the error call it.

    Raises:
        Cancelled: LEASE_LOST, the lease went to another worker before the block began; inside the block, whatever is
            about to be written to a vendor then.
    """
    may_write_until = 0.0

    async def beat() -> None:
        nonlocal may_write_until
        begun = time.time()
        await in_store(renew)
        may_write_until = begun + LEASE_S * (1 - SPARE)

    async def keep() -> None:
        nonlocal may_write_until
        while True:
            await asyncio.sleep(LEASE_S / BEATS_PER_LEASE)
            try:
                await beat()
            except Cancelled:
                may_write_until = 0.0
                return
            except Exception:
                log.exception("heartbeat failed", **named)  # the lease lapses unless a later beat comes through

    def require_lease() -> None:
        if time.time() > may_write_until:
            raise Cancelled("LEASE_LOST", **named)

    await beat()
    beating = asyncio.create_task(keep())
    permit = before_write.set(require_lease)
    try:
        yield
    finally:
        before_write.reset(permit)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


@asynccontextmanager
async def heartbeat(ctx: RunContext) -> AsyncIterator[None]:
    """Keep a run's lease during a slice. Raises: Cancelled: as `holding`."""

    def renew() -> None:
        with transaction.atomic():
            hold_lease(ctx.integration_id, ctx.fence)
            Run.objects.filter(pk=ctx.run_id).update(heartbeat_at=timezone.now())

    async with holding(renew, integration=ctx.integration_id):
        yield
