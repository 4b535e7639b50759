"""What goes wrong while clients are counted, and that no work is lost or counted twice by it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence

import pytest
from django.utils import timezone
from tests.support.bureau import Books, Bureau, last_day

from tilisilta.core.errors import Misconfigured, Retry
from tilisilta.engine import jobs
from tilisilta.ports.counts import EntriesRequest, Entry
from tilisilta.services.summaries import runs
from tilisilta.services.summaries.doer import SummaryDoer
from tilisilta.services.summaries.months import Months
from tilisilta.store.models import (
    ClientConnection,
    Job,
    JobItemState,
    JobState,
    SeenEntry,
    Summary,
    SummarySettings,
    Task,
)

pytestmark = pytest.mark.postgres


def on(month: dt.date, day: int = 10) -> dt.date:
    return month.replace(day=day)


def enter_many(books: Books, month: dt.date, count: int) -> list[Entry]:
    return [books.enter(on(month)) for _each in range(count)]


def due_dates() -> list[dt.date]:
    return list(Task.objects.order_by("due_date").values_list("due_date", flat=True))


# --- months that are owed ----------------------------------------------------------------------------------


def test_the_work_of_a_month_whose_import_failed_comes_with_the_next_one(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.back(2)))
    books.enter(on(bureau.back(3)))
    books.error = Misconfigured("KEY_REFUSED", message="api-wrongsignature")
    assert bureau.run_month(bureau.back(2)).failed == 1
    assert not Summary.objects.exists()
    books.error = None
    bureau.run_month()
    # The month that was asked for has its task although the client never had one; the one before was not ours.
    assert due_dates() == [last_day(bureau.back(2)), last_day(bureau.month)]
    assert set(bureau.summary(bureau.back(2)).task.values.values()) == {"1", "0"}
    assert [bureau.count(bureau.back(back)) for back in (3, 2, 1)] == [1, 1, 0]


def test_a_month_seen_during_its_course_and_then_missed_gets_its_task(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(4))
    # As a reload in the midst of the next month leaves it: looked at, nothing found yet, no task.
    early = dt.datetime.combine(on(bureau.back(3), 12), dt.time(9), dt.UTC)
    bureau.run_period(bureau.back(3), bureau.back(3))
    Task.objects.filter(due_date=last_day(bureau.back(3))).delete()
    Summary.objects.filter(month=bureau.back(3)).update(fetched_at=early)
    books.enter(on(bureau.back(3), 20))
    bureau.run_month(bureau.back(2))
    assert due_dates() == [last_day(bureau.back(back)) for back in (4, 3, 2)]
    assert bureau.count(bureau.back(3)) == 1


def test_a_task_that_somebody_deleted_is_not_made_again_by_later_months(bureau: Bureau) -> None:
    bureau.run_month(bureau.back(3))
    bureau.run_month(bureau.back(2))
    Task.objects.filter(due_date=last_day(bureau.back(2))).delete()
    bureau.run_month()
    assert due_dates() == [last_day(bureau.back(3)), last_day(bureau.month)]


def test_months_that_passed_while_no_worker_ran_have_their_tasks(bureau: Bureau) -> None:
    late_comer = bureau.add_client()
    long_ago = timezone.now() - dt.timedelta(days=200)
    ClientConnection.objects.filter(client=bureau.client).update(created_at=long_ago)
    SummarySettings.objects.update(next_due_at=dt.datetime.combine(bureau.back(2), dt.time(0), dt.UTC))
    bureau.books_of(bureau.client).enter(on(bureau.back(3)))
    assert runs.request_due() == 1
    job = Job.objects.get()
    assert runs.plan_of(job).skipped == (bureau.back(3), bureau.back(2))
    bureau.work(job)
    job.items.update(due_at=None)
    bureau.work(job)
    mine = Task.objects.filter(client=bureau.client).order_by("due_date")
    assert [each.due_date for each in mine] == [last_day(bureau.back(back)) for back in (3, 2, 1)]
    # Whoever was connected since owes nothing for the time before.
    assert [each.due_date for each in Task.objects.filter(client=late_comer)] == [last_day(bureau.month)]


# --- answers that cannot be right --------------------------------------------------------------------------


@pytest.mark.parametrize("late_in_current", [True, False])
def test_books_that_are_suddenly_empty_delete_nothing_until_a_person_says_so(
    bureau: Bureau, late_in_current: bool
) -> None:
    bureau.set_up(late_in_current=late_in_current)
    books = bureau.books_of(bureau.client)
    entries = enter_many(books, bureau.month, 20)
    bureau.run_month()
    shown = dict(bureau.summary(bureau.month).task.values)
    for each in entries:
        books.delete(each)
    job = bureau.run_month()
    item = job.items.get()
    assert (job.state, item.problem_code) == (JobState.DONE_WITH_PROBLEMS, "SUMMARY_BOOKS_EMPTIED")
    assert item.problem_params == {"system": "Merit Aktiva", "count": "20"}
    assert SeenEntry.objects.filter(gone_at=None).count() == 20
    assert bureau.summary(bureau.month).task.values == shown
    bureau.reload()
    assert (bureau.count(bureau.month), bureau.total()) == (0, 0)


def test_deleting_by_hand_is_believed(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    entries = enter_many(books, bureau.month, 21)
    bureau.run_month()
    for each in entries[:18]:  # of 21: many, and not nearly all
        books.delete(each)
    assert bureau.run_month().result["gone"] == 18
    for each in entries[18:]:  # all of the three that are left
        books.delete(each)
    assert bureau.run_month().result["gone"] == 3
    assert bureau.count(bureau.month) == 0


def test_a_listing_that_fails_midway_leaves_nothing_behind(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    enter_many(books, bureau.month, 3)

    def fail() -> None:
        raise Retry("TARGET_BUSY", after_s=1, vendor="merit")

    books.meanwhile = fail
    job = bureau.run_month()
    assert (job.state, job.items.get().attempt) == (JobState.WAITING, 1)
    assert not SeenEntry.objects.exists()
    assert not Summary.objects.exists()
    books.meanwhile = None
    job.items.update(due_at=None)
    bureau.work(job)
    assert bureau.count(bureau.month) == 3


def test_an_entry_listed_twice_in_one_answer_counts_once_as_it_came_last(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = bureau.books_of(bureau.client)
    entry = books.enter(on(bureau.back(2)))
    plain = books.read_entries

    async def twice(request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        async for portion in plain(request):
            yield portion
        books.change(entry, date=on(bureau.month))  # moved while the listing ran
        yield list(books.entries.values())

    monkeypatch.setattr(books, "read_entries", twice)
    bureau.set_up(late_in_current=False)
    bureau.run_month()
    assert (bureau.count(bureau.back(2)), bureau.count(bureau.month), SeenEntry.objects.count()) == (0, 1, 1)


# --- at the same time --------------------------------------------------------------------------------------


def test_a_reload_in_the_midst_of_the_months_import_counts_nothing_twice(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    enter_many(books, bureau.month, 2)
    books.enter(on(bureau.back(3)))
    month = runs.request_month(bureau.actor, bureau.integration)
    reload = runs.request_reload(bureau.actor, bureau.integration)
    doer = SummaryDoer()
    fences = {job.pk: jobs.take(job.pk, Job.objects.get(pk=job.pk).announcements) for job in (month, reload)}
    for job in (month, reload):
        jobs.prepare(job.pk, fences[job.pk])
    works = {job.pk: jobs.next_items(job.pk, fences[job.pk], 1)[0] for job in (month, reload)}
    # Both ask; the reload, which asked later, stores first.
    asked = {pk: asyncio.run(doer.do(work)) for pk, work in works.items()}
    jobs.end_item(works[reload.pk], fences[reload.pk], asked[reload.pk])
    with pytest.raises(Retry) as raised:
        jobs.end_item(works[month.pk], fences[month.pk], asked[month.pk])
    assert raised.value.code == "SUMMARY_OVERTAKEN"
    jobs.end_item(works[month.pk], fences[month.pk], asyncio.run(doer.do(works[month.pk])))
    assert [bureau.count(bureau.back(back)) for back in (3, 1)] == [1, 2]
    assert (bureau.total(), SeenEntry.objects.count()) == (3, 3)
    assert month.items.get().state == JobItemState.DONE


def test_a_month_billed_while_its_import_stores_is_not_unbilled(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.month))
    bureau.run_month()
    books.enter(on(bureau.month))
    plain = Months.write

    def write(self: Months, counts):
        # As if the invoice had been made a moment before the summaries are written.
        Summary.objects.filter(month=bureau.month).update(billed_counts={"sales_invoice": 1})
        return plain(self, counts)

    monkeypatch.setattr(Months, "write", write)
    bureau.run_month()
    assert bureau.summary(bureau.month).billed_counts == {"sales_invoice": 1}


def test_what_a_person_saves_in_the_same_moment_stays_in_the_task(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month()
    books.enter(on(bureau.month))
    plain = Months.write

    def write(self: Months, counts):
        Task.objects.update(values={**Task.objects.get().values, "999": "meie oma"})
        return plain(self, counts)

    monkeypatch.setattr(Months, "write", write)
    bureau.run_month()
    values = Task.objects.get().values
    assert (values["999"], "1" in values.values()) == ("meie oma", True)
