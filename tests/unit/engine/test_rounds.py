import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from tilisilta.engine import rounds
from tilisilta.engine.budget_store import DbBudgetStore, _reserve
from tilisilta.engine.database import close_store
from tilisilta.engine.identity import salt_of
from tilisilta.engine.lease import take_lease
from tilisilta.engine.lines import enqueue, request_run
from tilisilta.engine.work import delivery_key
from tilisilta.store import vault
from tilisilta.store.models import BudgetWindow, Connection, Flow, Integration, Run, RunMode, RunState

pytestmark = pytest.mark.django_db
PAST = dt.timedelta(minutes=5)


def automatic(integration, kind="sales_invoices", schedule="0 * * * *", **fields) -> Flow:
    return Flow.objects.create(
        company=integration.company,
        integration=integration,
        kind=kind,
        is_automatic=True,
        schedule=schedule,
        next_due_at=timezone.now() - PAST,
        automatic_since=timezone.now() - PAST,
        **fields,
    )


def test_a_due_flow_is_started_and_has_its_next_time(integration, told):
    flow = automatic(integration)
    assert rounds.start_due_flows() == 1
    flow.refresh_from_db()
    assert flow.next_due_at > timezone.now()
    run = Run.objects.get()
    assert (run.flow_id, run.is_automatic, run.mode) == (flow.pk, True, RunMode.RUN)
    assert rounds.start_due_flows() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"flow": {"is_enabled": False}},
        {"flow": {"is_automatic": False}},
        {"integration": {"state": "draft"}},
        {"connection": {"state": "needs_reconnect"}},
        {"connection": {"state": "inactive"}},
    ],
)
def test_what_is_switched_off_is_not_started(integration, told, change):
    flow = automatic(integration)
    Flow.objects.filter(pk=flow.pk).update(**change.get("flow", {}))
    Integration.objects.filter(pk=integration.pk).update(**change.get("integration", {}))
    Connection.objects.filter(pk=integration.target_id).update(**change.get("connection", {}))
    assert rounds.start_due_flows() == 0
    assert not Run.objects.exists()


def test_a_schedule_that_cannot_be_read_keeps_nobody_else_from_starting(integration, told):
    broken = automatic(integration, schedule="nonsense")
    automatic(integration, kind="payments_back")
    assert rounds.start_due_flows() == 2
    broken.refresh_from_db()
    assert broken.next_due_at is None


@pytest.mark.django_db(transaction=True)
def test_several_workers_start_a_due_flow_once(integration, told):
    for kind in ("sales_invoices", "purchase_invoices", "payments"):
        automatic(integration, kind)

    def look(_: int) -> int:
        try:
            return rounds.start_due_flows()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(look, range(6))) == 3
    assert Run.objects.count() == 3


def test_the_same_request_gives_the_same_run_until_it_has_ended(integration, told):
    flow = automatic(integration)
    first = request_run(flow, RunMode.RUN)
    assert request_run(flow, RunMode.RUN).pk == first.pk
    assert request_run(flow, RunMode.PREVIEW).pk != first.pk
    Run.objects.filter(pk=first.pk).update(cancel_requested_at=timezone.now())
    second = request_run(flow, RunMode.RUN)
    assert second.pk != first.pk
    Run.objects.filter(pk=second.pk).update(state=RunState.DONE)
    assert request_run(flow, RunMode.RUN).pk not in {first.pk, second.pk}


def test_a_forgotten_run_is_announced_again_but_not_each_round(make_run, told):
    run = make_run(requested_at=timezone.now() - PAST)
    assert rounds.announce_forgotten() == 1
    assert rounds.announce_forgotten() == 0
    run.refresh_from_db()
    assert (run.takeovers, run.state) == (1, RunState.QUEUED)


def test_a_run_behind_another_is_not_forgotten(make_run, told):
    assert take_lease(make_run().pk, 0)
    make_run(requested_at=timezone.now() - PAST)
    assert rounds.announce_forgotten() == 0


def test_a_run_of_a_dead_worker_is_taken_over_once(make_run, integration, told):
    run = make_run()
    assert take_lease(run.pk, 0)
    assert rounds.take_over_lapsed() == 0
    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - PAST)
    assert rounds.take_over_lapsed() == 0  # its lease still holds
    Integration.objects.filter(pk=integration.pk).update(lease_until=timezone.now() - PAST)
    assert rounds.take_over_lapsed() == 1
    assert rounds.take_over_lapsed() == 0
    run.refresh_from_db()
    assert (run.state, run.takeovers) == (RunState.QUEUED, 1)
    assert take_lease(run.pk, 1)


def test_a_waiting_run_goes_on_when_its_time_has_come(make_run, told):
    run = make_run(state=RunState.WAITING, resume_at=timezone.now() + PAST)
    assert rounds.resume_waiting() == 0
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now())
    assert rounds.resume_waiting() == 1
    assert rounds.resume_waiting() == 0


def test_each_announcement_has_a_number_of_its_own(make_run, told, django_capture_on_commit_callbacks):
    run = make_run()
    with django_capture_on_commit_callbacks(execute=True):
        enqueue(run.pk)
        enqueue(run.pk)
    assert told == [(run.pk, 1), (run.pk, 2)]


# --- budgets ------------------------------------------------------------------------------------------------------


def test_a_window_gives_what_it_has_and_says_how_long_to_wait():
    now = 1_000_000.0 // 60 * 60 + 10
    assert _reserve("k", 10, 60, 7, now).granted == 7
    assert _reserve("k", 10, 60, 7, now).granted == 3
    spent = _reserve("k", 10, 60, 1, now)
    assert (spent.granted, spent.wait_s) == (0, 50)
    assert _reserve("other", 10, 60, 1, now).granted == 1
    assert _reserve("k", 10, 60, 4, now + 60).granted == 4
    assert BudgetWindow.objects.count() == 2


def test_minute_and_day_of_one_key_are_counted_apart():
    assert _reserve("k", 5, 60, 5, 0).granted == 5
    assert _reserve("k", 5, 86_400, 5, 0).granted == 5


def test_a_reserve_for_people_lies_above_the_limit_of_runs():
    assert _reserve("k", 8, 60, 20, 0).granted == 8
    assert _reserve("k", 10, 60, 1, 0).granted == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_take_more_than_there_is():
    now = 1_000_000.0

    def take(_: int) -> int:
        try:
            return sum(_reserve("k", 100, 86_400, 3, now).granted for _ in range(10))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 100


@pytest.mark.django_db(transaction=True)
async def test_the_store_answers_as_the_port_says():
    granted = await DbBudgetStore().reserve("k", limit=2, window_s=86_400, wanted=5)
    assert (granted.granted, granted.wait_s) == (2, 0)
    refused = await DbBudgetStore().reserve("k", limit=2, window_s=86_400, wanted=1)
    assert refused.granted == 0
    assert 0 < refused.wait_s <= 86_400
    close_store()


# --- keys ---------------------------------------------------------------------------------------------------------


def test_keys_stay_when_credentials_are_renewed(integration):
    salt = salt_of(integration)
    Connection.objects.filter(pk=integration.source_id).update(
        sealed_credentials=vault.seal({"api_key": "new", "company_account_id": "other"})
    )
    again = Integration.objects.get(pk=integration.pk)
    assert salt_of(again) == salt


def test_the_same_pair_set_up_anew_has_the_same_keys_and_another_pair_others(integration):
    salt = salt_of(integration)
    integration.refresh_from_db()
    integration.settings = {}
    integration.source.sealed_credentials = vault.seal({"api_key": "new", "company_account_id": "naidis"})
    assert salt_of(integration) == salt
    integration.settings = {}
    integration.source.sealed_credentials = vault.seal({"api_key": "new", "company_account_id": "other"})
    assert salt_of(integration) != salt


def test_a_key_names_pair_kind_and_document():
    from tilisilta.core.documents import DocumentKind

    key = delivery_key("s", DocumentKind.SALES_INVOICE, "1")
    assert key == delivery_key("s", DocumentKind.SALES_INVOICE, "1")
    assert len(key) == 16
    others = {
        delivery_key("t", DocumentKind.SALES_INVOICE, "1"),
        delivery_key("s", DocumentKind.PURCHASE_INVOICE, "1"),
        delivery_key("s", DocumentKind.SALES_INVOICE, "2"),
    }
    assert len(others | {key}) == 4


def test_a_part_that_fails_stops_no_other(db, monkeypatch):
    seen: list[str] = []

    def broken() -> int:
        raise ValueError("a line break in a header")

    def folders() -> int:
        seen.append("folders")
        return 0

    monkeypatch.setattr(rounds, "start_due_flows", broken)
    monkeypatch.setattr(rounds, "resume_waiting", lambda: seen.append("resumed") or 3)
    monkeypatch.setattr(rounds, "also", [broken, folders])
    assert rounds.look_round() == {"due": 0, "resumed": 3, "taken_over": 0, "announced": 0}
    assert seen == ["resumed", "folders"]
