import asyncio
import datetime as dt
import time

import pytest
from django.utils import timezone
from tests.unit.engine.conftest import open_run

from tilisilta.core.errors import Cancelled
from tilisilta.engine import heartbeat as beating
from tilisilta.engine.lease import hold_lease, release_lease, take_lease
from tilisilta.kit.http import before_write
from tilisilta.store.models import Integration, Run, RunState

pytestmark = pytest.mark.django_db


def lapse(integration: Integration) -> None:
    Integration.objects.filter(pk=integration.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def test_one_run_holds_an_integration(make_run, integration):
    first, second = make_run(), make_run("payments")
    fence = take_lease(first.pk, 0)
    assert fence
    assert take_lease(second.pk, 0) is None
    release_lease(integration.pk, fence)
    later = take_lease(second.pk, 0)
    assert later is not None
    assert later > fence


def test_a_lapsed_lease_goes_to_another_and_the_late_one_writes_nothing(make_run, integration):
    first, second = make_run(), make_run()
    old = take_lease(first.pk, 0)
    lapse(integration)
    new = take_lease(second.pk, 0)
    assert old
    assert new
    with pytest.raises(Cancelled) as lost:
        hold_lease(integration.pk, old)
    assert lost.value.code == "LEASE_LOST"
    hold_lease(integration.pk, new)
    release_lease(integration.pk, old)  # not his to give
    integration.refresh_from_db()
    assert integration.lease_run_id == second.pk


def test_the_same_run_is_taken_again_with_a_higher_fence(make_run):
    run = make_run()
    first = take_lease(run.pk, 0)
    second = take_lease(run.pk, 0)
    assert first
    assert second == first + 1


def test_who_was_taken_over_gets_nothing(make_run):
    run = make_run()
    Run.objects.filter(pk=run.pk).update(takeovers=2)
    with pytest.raises(Cancelled):
        take_lease(run.pk, 1)


@pytest.mark.parametrize("state", [RunState.DONE, RunState.CANCELLED, RunState.FAILED, RunState.DONE_WITH_PROBLEMS])
def test_an_ended_run_takes_nothing_and_holds_nobody_up(make_run, integration, state):
    ended, following = make_run(), make_run()
    assert take_lease(ended.pk, 0)
    Run.objects.filter(pk=ended.pk).update(state=state)
    with pytest.raises(Cancelled):
        take_lease(ended.pk, 0)
    assert take_lease(following.pk, 0)


@pytest.mark.django_db(transaction=True)
class TestHeartbeat:
    async def _held(self, context) -> tuple[dt.datetime, dt.datetime]:
        async with beating.heartbeat(context):
            first = await beating.in_store(lambda: Integration.objects.get(pk=context.integration_id).lease_until)
            permit = before_write.get()
            assert permit is not None
            permit()
            await asyncio.sleep(0.25)
            last = await beating.in_store(lambda: Integration.objects.get(pk=context.integration_id).lease_until)
        assert before_write.get() is None
        return first, last

    async def test_it_renews_the_lease_while_a_slice_works(self, ctx, monkeypatch):
        monkeypatch.setattr(beating, "LEASE_S", 0.2)
        first, last = await self._held(ctx)
        assert last > first

    async def test_a_lost_lease_lets_nothing_leave(self, ctx, monkeypatch):
        monkeypatch.setattr(beating, "LEASE_S", 0.2)

        def steal() -> None:
            Integration.objects.filter(pk=ctx.integration_id).update(fence=ctx.fence + 1)

        async with beating.heartbeat(ctx):
            permit = before_write.get()
            assert permit is not None
            await beating.in_store(steal)
            await asyncio.sleep(0.25)
            with pytest.raises(Cancelled):
                permit()

    async def test_a_worker_that_slept_lets_nothing_leave(self, ctx, monkeypatch):
        async with beating.heartbeat(ctx):
            permit = before_write.get()
            assert permit is not None
            now = time.time()
            monkeypatch.setattr(beating.time, "time", lambda: now + 3600)
            with pytest.raises(Cancelled):
                permit()

    async def test_a_slice_does_not_begin_without_its_lease(self, ctx):
        await beating.in_store(lambda: Integration.objects.filter(pk=ctx.integration_id).update(fence=ctx.fence + 1))
        with pytest.raises(Cancelled):
            async with beating.heartbeat(ctx):
                pytest.fail("the slice began")


def test_a_context_tells_the_same_run_from_another(make_run):
    run = make_run()
    first = open_run(run)
    assert open_run(run).fence == first.fence + 1
