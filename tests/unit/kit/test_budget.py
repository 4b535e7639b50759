import asyncio
import datetime as dt

import pytest
from tests.contract.recorded import StillClock

from tilisilta.core.errors import BudgetSpent
from tilisilta.kit.budget import Budget, MemoryBudgetStore, budget_key, limits_from
from tilisilta.kit.manifest import Limits
from tilisilta.ports import Reservation

MIDNIGHT = dt.datetime(2026, 4, 16, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> StillClock:
    return StillClock(MIDNIGHT + dt.timedelta(hours=20))


@pytest.fixture
def naps(clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Sleeping moves the clock instead of the day."""
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)
        await real(0)

    monkeypatch.setattr("tilisilta.kit.budget.asyncio.sleep", sleep)
    return slept


async def test_a_minute_full_waits_for_the_next(clock: StillClock, naps: list[float]) -> None:
    budget = Budget("sa", Limits(per_minute=40), store=MemoryBudgetStore(clock), clock=clock)
    for _ in range(38):  # two of forty are kept for people
        await budget.take()
    assert not naps
    await budget.take()
    assert 0 < sum(naps) <= 61


async def test_no_sixty_seconds_hold_more_than_the_limit(clock: StillClock, naps: list[float]) -> None:
    """Fixed windows alone would let twice the limit pass around a full minute."""
    clock.advance(50)
    budget = Budget("sa", Limits(per_minute=20), store=MemoryBudgetStore(clock), clock=clock)
    sent = []
    for _ in range(100):
        await budget.take()
        sent.append(clock.now().timestamp())
    assert max(sum(1 for other in sent if 0 <= other - one < 60) for one in sent) <= 20


async def test_the_day_spent_says_when_it_renews(clock: StillClock) -> None:
    budget = Budget("sa", Limits(per_day=20), store=MemoryBudgetStore(clock), clock=clock)
    for _ in range(19):
        await budget.take()
    with pytest.raises(BudgetSpent) as caught:
        await budget.take()
    assert caught.value.after_s == 4 * 3600
    assert caught.value.code == "DAILY_BUDGET_SPENT"
    async with budget.interactive():  # the reserve is there for a person
        pass
    with pytest.raises(BudgetSpent):
        await budget.take(is_interactive=True)
    clock.advance(4 * 3600)
    await budget.take()


async def test_workers_share_what_the_store_counts(clock: StillClock) -> None:
    store = MemoryBudgetStore(clock)
    key = budget_key("sa", "public")
    budgets = [Budget(key, Limits(per_day=100), store=store, clock=clock) for _ in range(2)]
    for number in range(95):
        await budgets[number % 2].take()
    for budget in budgets:
        with pytest.raises(BudgetSpent):
            await budget.take()
    assert "public" not in key


async def test_chunks_spare_the_store(clock: StillClock) -> None:
    asked: list[int] = []

    class Counting(MemoryBudgetStore):
        async def reserve(self, key: str, *, limit: int, window_s: float, wanted: int) -> Reservation:
            asked.append(wanted)
            return await super().reserve(key, limit=limit, window_s=window_s, wanted=wanted)

    budget = Budget("sa", Limits(per_day=1000), store=Counting(clock), clock=clock)
    for _ in range(200):
        await budget.take()
    assert asked == [1, 2, 4, 8, 16, 32, 64, 100]
    other = Budget("sa", Limits(per_day=1000), store=budget._store, clock=clock)
    await other.take()
    assert len(asked) == 8  # what one connection reserved, the next one uses


async def test_the_vendors_own_word_holds(clock: StillClock, naps: list[float]) -> None:
    store = MemoryBudgetStore(clock)
    budget = Budget("sc", Limits(per_minute=100), store=store, clock=clock)
    other = Budget("sc", Limits(per_minute=100), store=store, clock=clock)
    budget.pause(7)
    await other.take()
    assert naps == [7]
    budget.spent(500)
    with pytest.raises(BudgetSpent) as caught:
        await other.take()
    assert caught.value.after_s == 500


async def test_no_limits_cost_nothing(clock: StillClock) -> None:
    store = MemoryBudgetStore(clock)
    budget = Budget("sa", limits_from({"limits": "off"}, Limits(per_minute=1)), store=store, clock=clock)
    budget.pause(1000)
    for _ in range(1000):
        async with budget:
            pass
    assert store._used == {}


async def test_waiting_can_be_cancelled_and_gives_its_place_back() -> None:
    clock = StillClock()
    budget = Budget("sa", Limits(per_minute=100, concurrency=1), store=MemoryBudgetStore(clock), clock=clock)
    budget.pause(3600)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(budget.__aenter__(), 0.05)
    budget.renewed()
    async with budget:
        pass


def test_settings_change_the_limits() -> None:
    limits = limits_from({"requests_per_day": "5000", "requests_per_minute": "0"}, Limits(per_minute=60, per_day=1000))
    assert limits is not None
    assert (limits.per_minute, limits.per_day) == (None, 5000)
