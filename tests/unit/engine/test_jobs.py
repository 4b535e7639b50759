"""Jobs: asked for once, each item ended once, whoever lost the lease stores nothing."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.utils import timezone
from tests.support.product import make_company

from tilisilta.core.errors import Cancelled, Misconfigured, Refused, Retry
from tilisilta.engine import durable, job_workflow, jobs
from tilisilta.engine.database import close_store, in_store
from tilisilta.engine.job_workflow import work_here
from tilisilta.engine.jobs import ItemPlan, ItemWork
from tilisilta.store.models import Company, Job, JobItem, JobItemState, JobKind, JobState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

KIND = JobKind.SUMMARY_PERIOD
TELL = jobs._tell  # before a fixture puts something else in its place


class Counting:
    """Does each item by noting its name; what a test puts into `faults` happens first, once for each time it stands."""

    at_once = 4

    def __init__(self, names: Sequence[str] = ("a", "b", "c")) -> None:
        self.names = names
        self.faults: dict[str, list[Exception]] = {}
        self.stored: list[str] = []
        self.ended: list[str] = []
        self.due_at: dt.datetime | None = None
        self.meanwhile: Callable[[ItemWork], None] | None = None

    def prepare(self, _job: Job) -> list[ItemPlan]:
        if "prepare" in self.faults:
            raise self.faults["prepare"][0]
        return [ItemPlan(params={"name": name}, due_at=self.due_at) for name in self.names]

    async def do(self, work: ItemWork) -> jobs.Commit:
        name = work.params["name"]
        if self.faults.get(name):
            raise self.faults[name].pop(0)
        if self.meanwhile is not None:
            await in_store(self.meanwhile, work)

        def commit() -> dict[str, Any]:
            self.stored.append(name)
            return {"stored": name}

        return commit

    def finish(self, job: Job) -> None:
        self.ended.append(job.state)


@pytest.fixture
def doer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setattr(job_workflow, "log", structlog.get_logger())
    before = jobs.DOERS.get(KIND)
    made = Counting()
    jobs.DOERS[KIND] = made
    with structlog.testing.capture_logs():
        yield made
    close_store()
    del jobs.DOERS[KIND]
    if before is not None:
        jobs.DOERS[KIND] = before


@pytest.fixture
def company() -> Company:
    return make_company()[0]


def ask(company: Company) -> Job:
    return jobs.request_job(company, KIND, "test")[0]


def work(job: Job) -> Job:
    asyncio.run(work_here(job.pk))
    job.refresh_from_db()
    return job


def test_every_item_is_done_once_and_the_end_is_told(company, doer):
    job = work(ask(company))
    assert (job.state, job.total, job.done, job.failed) == (JobState.DONE, 3, 3, 0)
    assert sorted(doer.stored) == ["a", "b", "c"]
    assert doer.ended == [JobState.DONE]
    assert {row.result["stored"] for row in job.items.all()} == {"a", "b", "c"}


def test_who_asks_twice_gets_the_same_job_until_it_has_ended(company, doer):
    first, is_new = jobs.request_job(company, KIND, "test")
    second, is_new_again = jobs.request_job(company, KIND, "test")
    assert (is_new, is_new_again) == (True, False)
    assert first.pk == second.pk
    work(first)
    third, is_new = jobs.request_job(company, KIND, "test")
    assert is_new
    assert third.pk != first.pk


def test_an_item_that_fails_leaves_the_others(company, doer):
    doer.faults["b"] = [Misconfigured("KEY_REFUSED")]
    job = work(ask(company))
    assert (job.state, job.done, job.failed) == (JobState.DONE_WITH_PROBLEMS, 2, 1)
    failed = job.items.get(state=JobItemState.FAILED)
    assert (failed.params["name"], failed.problem_code) == ("b", "KEY_REFUSED")


def test_a_fault_of_our_own_is_told_as_such(company, doer):
    doer.faults["b"] = [ZeroDivisionError("no")]
    job = work(ask(company))
    assert job.items.get(state=JobItemState.FAILED).problem_code == "INTERNAL"
    assert job.done == 2


def test_what_cannot_be_asked_now_waits_and_the_job_with_it(company, doer):
    doer.faults["b"] = [Retry(after_s=40)]
    job = work(ask(company))
    assert job.state == JobState.WAITING
    assert job.resume_at is not None
    assert 30 < (job.resume_at - timezone.now()).total_seconds() <= 40
    assert doer.ended == []
    past = timezone.now() - dt.timedelta(seconds=1)
    JobItem.objects.filter(job=job, state=JobItemState.WAITING).update(due_at=past)
    Job.objects.filter(pk=job.pk).update(resume_at=past)
    assert jobs.look_after_jobs() == 1
    job = work(job)
    assert (job.state, job.done) == (JobState.DONE, 3)
    assert sorted(doer.stored) == ["a", "b", "c"]


def test_it_is_not_tried_for_ever(company, doer):
    doer.names = ("a",)
    doer.faults["a"] = [Retry(after_s=1) for _ in range(jobs.MOST_ATTEMPTS)]
    job = ask(company)
    for _ in range(jobs.MOST_ATTEMPTS):
        job = work(job)
        JobItem.objects.filter(job=job, state=JobItemState.WAITING).update(due_at=None)
        if job.state == JobState.WAITING:
            jobs.announce(job.pk)
    assert (job.state, job.failed) == (JobState.DONE_WITH_PROBLEMS, 1)


def test_items_wait_for_their_time(company, doer):
    doer.due_at = timezone.now() + dt.timedelta(hours=1)
    job = work(ask(company))
    assert (job.state, job.resume_at, doer.stored) == (JobState.WAITING, doer.due_at, [])


def test_what_cannot_be_prepared_fails_the_job_with_its_reason(company, doer):
    doer.faults["prepare"] = [Refused("PLAN_TOO_LOW")]
    job = work(ask(company))
    assert (job.state, job.problem_code) == (JobState.FAILED, "PLAN_TOO_LOW")
    assert doer.ended == [JobState.FAILED]


def test_one_that_nobody_works_on_is_cancelled_at_once(company, doer):
    job = ask(company)
    jobs.cancel(job, None)
    assert job.state == JobState.CANCELLED
    assert doer.ended == [JobState.CANCELLED]
    assert work(job).state == JobState.CANCELLED
    assert doer.stored == []


def test_a_cancelled_one_stops_after_what_is_in_the_air(company, doer):
    doer.names = tuple(f"n{index:02}" for index in range(40))
    doer.meanwhile = lambda item: jobs.cancel(Job.objects.get(pk=item.job_id), None)
    job = work(ask(company))
    assert job.state == JobState.CANCELLED
    assert len(doer.stored) == job.done == doer.at_once * 4
    assert job.items.filter(state=JobItemState.SKIPPED).count() == 40 - job.done


def test_who_lost_the_lease_stores_nothing_and_the_other_goes_on(company, doer):
    job = ask(company)
    number = Job.objects.get(pk=job.pk).announcements
    old = jobs.take(job.pk, number)
    jobs.prepare(job.pk, old)
    items = jobs.next_items(job.pk, old, 10)
    assert jobs.take(job.pk, number) == 0  # it is held
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert jobs.look_after_jobs() == 1
    with pytest.raises(Cancelled):
        jobs.end_item(items[0], old, lambda: doer.stored.append("late"))
    job = work(job)
    assert (job.state, sorted(doer.stored)) == (JobState.DONE, ["a", "b", "c"])


def test_an_item_that_is_ended_twice_is_stored_once(company, doer):
    job = ask(company)
    fence = jobs.take(job.pk, Job.objects.get(pk=job.pk).announcements)
    jobs.prepare(job.pk, fence)
    item = jobs.next_items(job.pk, fence, 1)[0]
    for _ in range(2):
        jobs.end_item(item, fence, lambda: doer.stored.append("once"))
    job.refresh_from_db()
    assert (doer.stored, job.done) == (["once"], 1)


def test_one_that_nobody_took_is_announced_again(company, doer):
    job = ask(company)
    assert jobs.look_after_jobs() == 0
    Job.objects.filter(pk=job.pk).update(announced_at=timezone.now() - jobs.FORGOTTEN_AFTER * 2)
    assert jobs.look_after_jobs() == 1
    assert jobs.look_after_jobs() == 0


def test_a_job_that_cannot_be_announced_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no such table: workflow_status\n[SQL: INSERT INTO ...]")

    told: list[dict[str, Any]] = []
    monkeypatch.setattr(durable, "client", broken)
    monkeypatch.setattr(
        jobs, "log", SimpleNamespace(warning=lambda event, **more: told.append({"event": event, **more}))
    )
    TELL(7, 1)
    assert told == [
        {
            "event": "job not announced, workers will find it",
            "job_id": 7,
            "error": "OSError: no such table: workflow_status",
        }
    ]
