"""Turns in the database: what lets one worker at a time call a company's system."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.unit.engine.test_rounds import close_store

from tilisilta.engine import budget_store
from tilisilta.engine.budget_store import DbBudgetStore, _enter, _leave
from tilisilta.ports import TurnStore


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_turn() -> None:
    now = 1_000_000.0

    def enter(holder: int) -> bool:
        try:
            return _enter("company", holder, 20, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, range(1, 9))) == 1


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_given_back_renewed_and_lost() -> None:
    now = 1_000_000.0
    assert _enter("company", 1, 20, now)
    assert not _enter("company", 2, 20, now + 19)
    assert _enter("company", 1, 20, now + 19)  # its own may last longer
    assert not _enter("company", 2, 20, now + 38)
    assert _enter("company", 2, 20, now + 39)  # the lease ran out: the holder was killed
    _leave("company", 1)  # comes too late and takes nothing from the new holder
    assert not _enter("company", 3, 20, now + 40)
    _leave("company", 2)
    assert _enter("company", 3, 20, now + 40)
    assert _enter("other", 4, 20, now + 40)


@pytest.mark.django_db(transaction=True)
async def test_the_store_answers_as_the_port_says(monkeypatch: pytest.MonkeyPatch) -> None:
    store = DbBudgetStore()
    assert isinstance(store, TurnStore)
    assert await store.enter("company", holder=2**31 - 1, lease_s=20)
    assert not await store.enter("company", holder=2, lease_s=20)
    later = time.time() + 21
    monkeypatch.setattr(budget_store.time, "time", lambda: later)
    assert await store.enter("company", holder=2, lease_s=20)
    await store.leave("company", holder=2)
    assert await store.enter("company", holder=3, lease_s=20)
    close_store()
