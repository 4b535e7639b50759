"""One request at a time for one company, over all connections and workers.

Within an event loop callers queue at a lock. Between loops and processes a lease in the store lets one through; it is
short and renewed while it is used, so that a killed worker does not keep the others waiting for long. As long as others
wait in the same queue the lease is kept for a moment, because taking it costs a write to the store.
"""

import asyncio
import secrets
import time
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tilisilta.core.errors import Retry
from tilisilta.ports import BudgetStore, TurnStore

LEASE_S = 20.0
RENEW_S = 6.0
KEEP_S = 2.0  # how long one queue may keep the turn before others may have it
POLL_S = 0.05
SLOWEST_POLL_S = 0.5
LONGEST_WAIT_S = 150.0


class _Door:
    """The queue of one event loop at one company."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.holder = secrets.randbelow(2**31 - 1) + 1
        self.waiting = 0
        self.taken_at = 0.0  # when the lease was taken; 0 when it is not held
        self.lease_until = 0.0


_Doors = dict[tuple[str, int], tuple["weakref.ref[asyncio.AbstractEventLoop]", _Door]]
_doors: "weakref.WeakKeyDictionary[BudgetStore, _Doors]" = weakref.WeakKeyDictionary()


class Turn:
    """The turns at one company. `async with turn.hold():` around each request."""

    def __init__(self, key: str, *, store: BudgetStore) -> None:
        self._key = key
        self._turns: TurnStore | None = store if isinstance(store, TurnStore) else None
        self._doors = _doors.setdefault(store, {})

    def _door(self) -> _Door:
        loop = asyncio.get_running_loop()
        place = (self._key, id(loop))
        seen = self._doors.get(place)
        # The id of a loop that is gone may come again with another one.
        if seen is None or seen[0]() is not loop:
            seen = self._doors[place] = (weakref.ref(loop), _Door())
        return seen[1]

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for the turn and hold it while the block runs.

        Raises:
            Retry: others held it for too long; nothing was sent.

        """
        door = self._door()
        door.waiting += 1
        try:
            await door.lock.acquire()
        except BaseException:
            door.waiting -= 1
            await self._give_back_unused(door)
            raise
        door.waiting -= 1
        try:
            await self._enter(door)
            renewal = asyncio.create_task(self._renew(door)) if self._turns else None
            try:
                yield
            finally:
                if renewal is not None:
                    renewal.cancel()
        finally:
            try:
                await self._leave(door)
            finally:
                door.lock.release()

    async def _enter(self, door: _Door) -> None:
        if self._turns is None or (door.taken_at and door.lease_until - time.monotonic() > LEASE_S / 2):
            return
        give_up = time.monotonic() + LONGEST_WAIT_S
        pause_s = POLL_S
        while not await self._turns.enter(self._key, holder=door.holder, lease_s=LEASE_S):
            if time.monotonic() > give_up:
                raise Retry(after_s=30)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, SLOWEST_POLL_S)
        now = time.monotonic()
        door.taken_at = door.taken_at or now
        door.lease_until = now + LEASE_S

    async def _renew(self, door: _Door) -> None:
        while self._turns is not None:
            await asyncio.sleep(RENEW_S)
            if await self._turns.enter(self._key, holder=door.holder, lease_s=LEASE_S):
                door.lease_until = time.monotonic() + LEASE_S

    async def _leave(self, door: _Door) -> None:
        if self._turns is None or not door.taken_at:
            return
        if door.waiting and time.monotonic() - door.taken_at < KEEP_S:
            return
        door.taken_at = door.lease_until = 0.0
        await self._turns.leave(self._key, holder=door.holder)

    async def _give_back_unused(self, door: _Door) -> None:
        """Whoever left first kept the lease for a waiter that is cancelled now."""
        if not door.waiting and not door.lock.locked():
            await self._leave(door)
