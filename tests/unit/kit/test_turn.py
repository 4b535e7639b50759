"""One at a time for one company, over tasks, event loops and workers."""

import asyncio
import threading
from typing import Any

import pytest
from tests.contract.recorded import StillClock

from tilisilta.core.errors import Retry
from tilisilta.kit import turn as turns
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.turn import Turn
from tilisilta.ports import Reservation, TurnStore


class Crowd:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.visits = 0

    async def visit(self, turn: Turn, pause_s: float = 0.002) -> None:
        async with turn.hold():
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(pause_s)
            self.inside -= 1
            self.visits += 1


class CountingStore(MemoryBudgetStore):
    def __init__(self) -> None:
        super().__init__(StillClock())
        self.entered = 0

    async def enter(self, key: str, *, holder: int, lease_s: float) -> bool:
        self.entered += 1
        return await super().enter(key, holder=holder, lease_s=lease_s)


async def test_tasks_of_two_connections_wait_for_each_other() -> None:
    store, crowd = CountingStore(), Crowd()
    first, second, other = Turn("a", store=store), Turn("a", store=store), Turn("b", store=store)
    await asyncio.gather(*(crowd.visit(each) for each in (first, second) * 10))
    assert (crowd.most, crowd.visits) == (1, 20)
    assert store.entered < 5  # the lease is kept while others wait in the same queue
    assert store._turns == {}
    both = Crowd()
    await asyncio.gather(both.visit(first), both.visit(other))
    assert both.most == 2


def test_event_loops_of_one_process_wait_for_each_other() -> None:
    store, crowd = MemoryBudgetStore(StillClock()), Crowd()

    def work() -> None:
        async def visits() -> None:
            turn = Turn("a", store=store)
            await asyncio.gather(*(crowd.visit(turn) for _ in range(5)))

        asyncio.run(visits())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (crowd.most, crowd.visits) == (1, 15)


async def test_a_killed_holder_keeps_the_turn_for_the_lease_only(monkeypatch: pytest.MonkeyPatch) -> None:
    store, crowd = MemoryBudgetStore(StillClock()), Crowd()
    assert await store.enter("a", holder=7, lease_s=0.2)
    waiting = asyncio.create_task(crowd.visit(Turn("a", store=store)))
    await asyncio.sleep(0.1)
    assert crowd.visits == 0
    await waiting
    assert crowd.visits == 1
    assert await store.enter("a", holder=7, lease_s=10)
    monkeypatch.setattr(turns, "LONGEST_WAIT_S", 0.05)
    with pytest.raises(Retry):
        await crowd.visit(Turn("a", store=store))
    assert crowd.visits == 1


async def test_a_long_request_renews_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LEASE_S", 0.1)
    monkeypatch.setattr(turns, "RENEW_S", 0.03)
    store, crowd = MemoryBudgetStore(StillClock()), Crowd()
    long = asyncio.create_task(crowd.visit(Turn("a", store=store), pause_s=0.3))
    await asyncio.sleep(0.2)
    assert not await store.enter("a", holder=7, lease_s=1)
    await long
    assert await store.enter("a", holder=7, lease_s=1)


async def test_an_error_or_a_cancelled_waiter_gives_the_turn_back() -> None:
    store, crowd = MemoryBudgetStore(StillClock()), Crowd()
    turn = Turn("a", store=store)
    with pytest.raises(RuntimeError):
        async with turn.hold():
            raise RuntimeError
    assert store._turns == {}
    first = asyncio.create_task(crowd.visit(turn, pause_s=0.05))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(crowd.visit(turn))
    await asyncio.sleep(0.01)
    second.cancel()
    await first
    with pytest.raises(asyncio.CancelledError):
        await second
    assert store._turns == {}
    await crowd.visit(turn)
    assert crowd.visits == 2


async def test_a_store_without_turns_still_orders_one_loop() -> None:
    class OnlyBudgets:
        async def reserve(self, key: str, *, limit: int, window_s: float, wanted: int) -> Reservation:  # noqa: ARG002
            return Reservation(granted=wanted)

    store: Any = OnlyBudgets()
    assert not isinstance(store, TurnStore)
    crowd = Crowd()
    await asyncio.gather(*(crowd.visit(Turn("a", store=store)) for _ in range(5)))
    assert (crowd.most, crowd.visits) == (1, 5)
