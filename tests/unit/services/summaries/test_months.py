"""Which month an entry counts in, through the jobs that count: each once, whatever happens to it."""

import datetime as dt

import pytest
from django.utils import timezone
from tests.support.bureau import Bureau, last_day

from tilisilta.core.errors import Misconfigured, Retry
from tilisilta.ports.counts import EntryKind
from tilisilta.store.models import (
    AuditEntry,
    ConnectionState,
    JobState,
    Membership,
    Role,
    SeenEntry,
    Summary,
    SummaryDifference,
    Task,
    User,
)

pytestmark = pytest.mark.postgres


def on(month: dt.date, day: int = 10) -> dt.date:
    return month.replace(day=day)


def test_a_month_has_a_task_on_its_last_day_with_its_numbers_in_their_fields(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    for day in (1, 15, 28):
        books.enter(on(bureau.month, day))
    books.enter(on(bureau.month), EntryKind.PURCHASE_INVOICE)
    job = bureau.run_month()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 1, 0)
    task = bureau.summary(bureau.month).task
    assert task is not None
    assert (task.title, str(task.topic), task.due_date) == ("Kuu kokkuvõte", "Raamatupidamine", last_day(bureau.month))
    fields = {each.field.title: task.values[str(each.field_id)] for each in _fields(bureau) if each.field}
    assert fields == {"Sales invoices": "3", "Purchase invoices": "1"}
    assert bureau.count(bureau.month, "ledger_batch") == 0


def _fields(bureau: Bureau):
    return bureau.integration.summary.fields.select_related("field")


def test_the_default_member_gets_the_task_and_else_the_owner(bureau: Bureau) -> None:
    member = User.objects.create_user("liis@buroo.example", "kolm-siili-metsas")
    Membership.objects.create(company=bureau.company, user=member, role=Role.ACCOUNTANT)
    other = bureau.add_client(default_member=member)
    bureau.run_month()
    assert bureau.summary(bureau.month).task.assignee == bureau.actor.user
    assert bureau.summary(bureau.month, other).task.assignee == member


def test_a_month_with_nothing_has_a_task_with_zeros(bureau: Bureau) -> None:
    bureau.run_month()
    task = bureau.summary(bureau.month).task
    assert set(task.values.values()) == {"0"}
    assert Task.objects.count() == 1


def test_late_entries_count_in_the_month_under_way_once(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.back(3)))
    bureau.run_month(bureau.back(2))
    late = books.enter(on(bureau.back(3)))
    books.enter(on(bureau.back(2)))
    books.enter(on(bureau.month))
    job = bureau.run_month()
    assert bureau.count(bureau.month) == 3
    assert job.result["late"] == 2
    assert bureau.run_month().result["new"] == 0
    assert bureau.count(bureau.month) == 3
    row = SeenEntry.objects.get(remote_id=late.id)
    assert (row.entry_date, row.counted_in) == (late.date, bureau.month)


def test_with_the_switch_off_late_entries_count_in_their_own_month(bureau: Bureau) -> None:
    bureau.set_up(late_in_current=False)
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(2))
    books.enter(on(bureau.back(3)))
    books.enter(on(bureau.month))
    bureau.run_month()
    assert (bureau.count(bureau.back(3)), bureau.count(bureau.month)) == (1, 1)
    entry = AuditEntry.objects.get(action="summary.changed")
    assert entry.details["changes"] == {f"{bureau.back(3):%Y-%m} sales_invoice": [0, 1]}


def test_what_was_there_before_the_first_import_is_not_late_and_makes_no_old_tasks(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.back(4)))
    books.enter(on(bureau.month))
    bureau.run_month()
    assert (bureau.count(bureau.back(4)), bureau.count(bureau.month)) == (1, 1)
    assert list(Task.objects.values_list("due_date", flat=True)) == [last_day(bureau.month)]


def test_a_month_that_an_import_missed_gets_its_own_task_at_the_next(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(4))
    books.enter(on(bureau.back(3)))
    books.enter(on(bureau.month))
    bureau.run_month()
    assert [bureau.count(bureau.back(back)) for back in (4, 3, 2, 1)] == [0, 1, 0, 1]
    assert Task.objects.count() == 4


def test_entries_of_the_future_and_of_seven_months_back_are_left_out_until_their_month_comes(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(3))
    ahead = books.enter(on(bureau.back(1)))
    books.enter(on(bureau.back(9)))
    bureau.run_month(bureau.back(2))
    assert bureau.total() == 0
    bureau.run_month()
    assert (bureau.count(bureau.month), bureau.total()) == (1, 1)
    assert SeenEntry.objects.get().remote_id == ahead.id


@pytest.mark.parametrize("late_in_current", [True, False])
def test_an_entry_that_moves_counts_once(bureau: Bureau, late_in_current: bool) -> None:
    bureau.set_up(late_in_current=late_in_current)
    books = bureau.books_of(bureau.client)
    entry = books.enter(on(bureau.back(2)))
    bureau.run_month(bureau.back(2))
    entry = books.change(entry, date=on(bureau.back(1)))
    bureau.run_month()
    months = (bureau.count(bureau.back(2)), bureau.count(bureau.back(1)))
    assert months == ((1, 0) if late_in_current else (0, 1))
    books.change(entry, date=on(bureau.back(0)))  # away, to a month that has not ended
    bureau.run_month()
    assert bureau.total() == 0


def test_a_deleted_entry_of_a_month_that_is_not_billed_is_taken_off(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    entry = books.enter(on(bureau.month))
    bureau.run_month()
    books.delete(entry)
    assert bureau.run_month().result["gone"] == 1
    assert bureau.count(bureau.month) == 0
    assert SeenEntry.objects.get().gone_at is not None


def test_a_billed_month_keeps_its_numbers_and_tells_each_difference_once(bureau: Bureau) -> None:
    bureau.set_up(late_in_current=False)
    books = bureau.books_of(bureau.client)
    first = books.enter(on(bureau.month))
    bureau.run_month()
    summary = bureau.bill(bureau.month)
    shown = dict(bureau.summary(bureau.month).task.values)
    books.enter(on(bureau.month))
    books.enter(on(bureau.month))
    for _again in range(2):
        bureau.run_month()
    assert [row.quantity for row in summary.differences.all()] == [2]
    books.delete(first)
    bureau.run_month()
    assert [row.quantity for row in summary.differences.order_by("pk")] == [2, -1]
    assert bureau.count(bureau.month) == 1
    assert bureau.summary(bureau.month).task.values == shown
    assert bureau.total() == 2


def test_a_number_fetched_for_the_first_time_is_neither_late_nor_a_difference(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.back(3)), EntryKind.PAYMENT_IN)
    bureau.run_month(bureau.back(2))
    bureau.bill(bureau.back(2))
    books.enter(on(bureau.back(2)), EntryKind.PAYMENT_IN)
    bureau.set_up(counts={"sales_invoice": "none", "payment_in": "none"})
    bureau.run_month()
    assert [bureau.count(bureau.back(back), "payment_in") for back in (3, 2, 1)] == [1, 1, 0]
    assert not SummaryDifference.objects.exists()


def test_rows_are_summed_and_not_asked_for_again(bureau: Bureau) -> None:
    bureau.set_up(counts={"sales_invoice.rows": "none"})
    books = bureau.books_of(bureau.client)
    entry = books.enter(on(bureau.month), rows=4)
    books.enter(on(bureau.month), rows=3)
    bureau.run_month()
    assert bureau.count(bureau.month, "sales_invoice.rows") == 7
    books.change(entry, rows=6)
    bureau.run_month()
    assert bureau.count(bureau.month, "sales_invoice.rows") == 9
    assert books.asked[1].known_rows == {"sales_invoice:e1:": 4, "sales_invoice:e2:": 3}


def test_reloading_puts_late_entries_into_their_own_months_and_logs_what_changed(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(2))
    books.enter(on(bureau.back(3)))
    bureau.run_month()
    assert (bureau.count(bureau.back(3)), bureau.count(bureau.month)) == (0, 1)
    books.enter(on(bureau.back(11)))
    assert bureau.reload().result["moved"] == 1
    assert [bureau.count(bureau.back(back)) for back in (11, 3, 1)] == [1, 1, 0]
    entry = AuditEntry.objects.get(action="summary.changed")
    assert entry.details["changes"] == {
        f"{bureau.back(3):%Y-%m} sales_invoice": [0, 1],
        f"{bureau.back(1):%Y-%m} sales_invoice": [1, 0],
    }
    assert {each.month for each in Summary.objects.exclude(task=None)} == {bureau.back(back) for back in (11, 3, 2, 1)}


def test_an_entry_of_the_month_under_way_seen_by_a_reload_does_not_make_others_late(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.month))
    bureau.reload()
    # As if it had been made during the month: what was entered until its end is not late.
    early = dt.datetime.combine(on(bureau.month, 12), dt.time(9), dt.UTC)
    Summary.objects.filter(month=bureau.month).update(fetched_at=early)
    books.enter(on(bureau.month, 20))
    Summary.objects.filter(month=bureau.back(0)).delete()
    bureau.run_month()
    assert bureau.count(bureau.month) == 2


def test_a_period_is_made_for_the_chosen_clients_with_a_task_for_each_month(bureau: Bureau) -> None:
    other = bureau.add_client()
    bureau.books_of(bureau.client).enter(on(bureau.back(3)))
    job = bureau.run_period(bureau.back(4), bureau.back(3), [bureau.client.pk])
    assert job.total == 1
    assert [each.due_date for each in Task.objects.order_by("due_date")] == [
        last_day(bureau.back(4)),
        last_day(bureau.back(3)),
    ]
    assert not Summary.objects.filter(client=other).exists()
    assert bureau.books_of(other).asked == []


def test_a_client_whose_key_fails_says_so_and_the_others_go_on(bureau: Bureau) -> None:
    other = bureau.add_client()
    bureau.books_of(bureau.client).error = Misconfigured("KEY_REFUSED", message="api-wrongsignature")
    bureau.books_of(other).enter(on(bureau.month))
    job = bureau.run_month()
    assert (job.state, job.done, job.failed) == (JobState.DONE_WITH_PROBLEMS, 1, 1)
    connection = bureau.connection_of(bureau.client)
    assert (connection.state, connection.problem_code) == (ConnectionState.NEEDS_RECONNECT, "KEY_REFUSED")
    assert bureau.count(bureau.month, client=other) == 1
    bureau.books_of(bureau.client).error = None
    bureau.run_month(clients=[bureau.client.pk])
    assert bureau.connection_of(bureau.client).state == ConnectionState.ACTIVE
    assert bureau.summary(bureau.month).task is not None


def test_an_older_answer_never_overwrites_a_newer_one(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month()
    entry = books.enter(on(bureau.month))

    def overtake() -> None:
        Summary.objects.filter(month=bureau.month).update(fetched_at=timezone.now())

    books.meanwhile = overtake
    job = bureau.run_month()
    item = job.items.get()
    assert (job.state, item.problem_code, item.attempt) == (JobState.WAITING, "SUMMARY_OVERTAKEN", 1)
    assert not SeenEntry.objects.filter(remote_id=entry.id).exists()


def test_a_crash_while_storing_leaves_nothing_and_the_next_try_all(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tilisilta.services.summaries import months

    books = bureau.books_of(bureau.client)
    books.enter(on(bureau.month))

    def break_off(*_args: object) -> None:
        raise Retry("TARGET_BUSY", after_s=1, vendor="merit")

    with monkeypatch.context() as patched:
        patched.setattr(months.Months, "_values", break_off)
        bureau.run_month()
    assert not SeenEntry.objects.exists()
    assert not Task.objects.exists()
    job = bureau.integration.company.jobs.get()
    job.items.update(due_at=None)
    bureau.work(job)
    assert (bureau.count(bureau.month), Task.objects.count()) == (1, 1)


def test_a_task_keeps_what_people_wrote_into_it(bureau: Bureau) -> None:
    books = bureau.books_of(bureau.client)
    bureau.run_month()
    Task.objects.update(title="Muudetud", status="done", values={"999": "meie oma"})
    books.enter(on(bureau.month))
    bureau.run_month()
    task = Task.objects.get()
    assert (task.title, task.status, task.values["999"]) == ("Muudetud", "done", "meie oma")
    assert "1" in task.values.values()


def test_a_deleted_field_is_not_filled_and_its_number_is_kept(bureau: Bureau) -> None:
    from tilisilta.services.practice.fields import delete_field
    from tilisilta.services.summaries.settings import lost_fields, settings_of

    field = next(each.field for each in _fields(bureau) if each.count == "sales_invoice")
    delete_field(bureau.actor, field)
    bureau.books_of(bureau.client).enter(on(bureau.month))
    bureau.run_month()
    assert bureau.count(bureau.month) == 1
    assert str(field.pk) not in bureau.summary(bureau.month).task.values
    assert list(lost_fields(settings_of(bureau.integration))) == ["sales_invoice"]
