"""When summaries come: 00:30 of the import day in the company's own time, also in nights when clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from tests.support.bureau import Bureau

from tilisilta.engine import jobs
from tilisilta.services.practice.settings import add_months
from tilisilta.services.summaries import runs
from tilisilta.services.summaries.calendar import months_of, newest_period, next_import, spread_s
from tilisilta.services.summaries.doer import _turn
from tilisilta.services.summaries.settings import settings_of
from tilisilta.store.models import Company, Job, PracticeIntegration, SummarySettings


def plan(zone: str = "Europe/Tallinn", rhythm: str = "monthly", import_day: int = 1) -> SummarySettings:
    integration = PracticeIntegration(company=Company(name="x", time_zone=zone), vendor="merit")
    return SummarySettings(integration=integration, rhythm=rhythm, import_day=import_day)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "day", "after", "due"),
    [
        # Tallinn: the night in which the hour is lost, the one in which it comes twice, and the nights after them.
        ("Europe/Tallinn", 28, "2027-03-01", "2027-03-27 22:30"),
        ("Europe/Tallinn", 25, "2026-10-01", "2026-10-24 21:30"),
        ("Europe/Tallinn", 26, "2026-10-01", "2026-10-25 22:30"),
        ("Europe/Tallinn", 1, "2026-11-22", "2026-11-30 22:30"),
        ("Europe/Tallinn", 1, "2026-06-02", "2026-06-30 21:30"),
        ("Europe/Tallinn", 0, "2026-11-22", "2026-11-29 22:30"),
        ("Europe/Tallinn", 0, "2027-02-02", "2027-02-27 22:30"),
        ("Europe/Helsinki", 25, "2026-10-01", "2026-10-24 21:30"),
    ],
)
def test_the_import_is_due_at_half_past_midnight_of_the_company(zone: str, day: int, after: str, due: str) -> None:
    assert next_import(plan(zone, import_day=day), utc(after)) == utc(due)


def test_half_past_midnight_comes_once_where_the_clock_skips_or_repeats_that_hour() -> None:
    # The Azores change their clocks at midnight: 00:30 does not exist on 28 March 2027 and comes twice on 31 October.
    zone = ZoneInfo("Atlantic/Azores")
    spring = plan("Atlantic/Azores", import_day=28)
    found = next_import(spring, utc("2027-03-02"))
    assert found.astimezone(zone).date() == dt.date(2027, 3, 28)
    assert next_import(spring, found).astimezone(zone).date() == dt.date(2027, 4, 28)
    autumn = plan("Atlantic/Azores", import_day=0)
    found = next_import(autumn, utc("2027-10-02"))
    assert found.astimezone(zone).strftime("%Y-%m-%d %H:%M") == "2027-10-31 00:30"
    assert next_import(autumn, found).astimezone(zone).date() == dt.date(2027, 11, 30)


@pytest.mark.parametrize(
    ("rhythm", "day", "due", "months"),
    [
        ("monthly", 1, "2026-11-30 22:30", ["2026-11"]),
        ("monthly", 0, "2026-11-29 22:30", ["2026-11"]),
        ("quarterly", 5, "2027-01-04 22:30", ["2026-10", "2026-11", "2026-12"]),
        ("quarterly", 0, "2026-12-30 22:30", ["2026-10", "2026-11", "2026-12"]),
        ("yearly", 3, "2027-01-02 22:30", [f"2026-{month:02}" for month in range(1, 13)]),
    ],
)
def test_a_rhythm_says_which_months_an_import_is_for(rhythm: str, day: int, due: str, months: list[str]) -> None:
    own = plan(rhythm=rhythm, import_day=day)
    assert next_import(own, utc("2026-11-22" if rhythm == "monthly" else "2026-10-22")) == utc(due)
    assert [f"{month:%Y-%m}" for month in months_of(own, utc(due))] == months


def test_the_newest_period_has_ended() -> None:
    assert newest_period(plan(), dt.date(2026, 11, 22)) == [dt.date(2026, 10, 1)]
    assert newest_period(plan(import_day=0), dt.date(2026, 11, 30)) == [dt.date(2026, 11, 1)]
    assert newest_period(plan(rhythm="quarterly"), dt.date(2026, 11, 22))[-1] == dt.date(2026, 9, 1)


def test_many_clients_are_spread_over_an_hour_and_one_comes_at_once(settings) -> None:
    settings.SPREAD_CLIENTS = True
    assert [spread_s(count) for count in (0, 1, 40, 1000, 10_000)] == [0, 0, 80, 2000, 3600]
    now = utc("2026-11-30 22:30")
    turns = [(_turn(client, now, 3600) - now).total_seconds() for client in range(1, 1001)]
    assert all(0 <= each < 3600 for each in turns)
    by_minutes = [sum(1 for each in turns if start <= each < start + 600) for start in range(0, 3600, 600)]
    assert min(by_minutes) > 100
    assert _turn(7, now, 3600) == _turn(7, now, 3600)
    settings.SPREAD_CLIENTS = False
    assert spread_s(1000) == 0


def due_now(bureau: Bureau, moment: dt.datetime | None = None) -> SummarySettings:
    SummarySettings.objects.update(next_due_at=moment or timezone.now() - dt.timedelta(minutes=1))
    return settings_of(bureau.integration)


def test_the_round_asks_once_and_sets_the_next_time(bureau: Bureau) -> None:
    own = due_now(bureau, next_import(settings_of(bureau.integration), timezone.now() - dt.timedelta(days=32)))
    assert runs.request_due() == 1
    assert runs.request_due() == 0
    job = Job.objects.get()
    assert (job.is_automatic, job.kind, job.params["months"]) == (True, "summary_month", [str(bureau.month)])
    own.refresh_from_db()
    assert own.next_due_at > timezone.now()
    assert bureau.work(job).done == 1
    assert bureau.summary(bureau.month).task is not None


def test_periods_that_passed_while_nothing_ran_are_made_good_by_the_newest(bureau: Bureau) -> None:
    bureau.run_month(bureau.back(4))
    bureau.books_of(bureau.client).enter(bureau.back(3))
    Job.objects.all().delete()
    due_now(bureau, timezone.now() - dt.timedelta(days=95))
    assert runs.request_due() == 1
    bureau.work(Job.objects.get())
    assert [bureau.summary(bureau.back(back)).task is not None for back in (3, 2, 1)] == [True] * 3
    assert bureau.count(bureau.back(3)) == 1


@pytest.mark.parametrize("why", ["deactivated", "summaries off", "practice off", "activated later"])
def test_the_round_asks_for_nothing_that_is_off(bureau: Bureau, why: str) -> None:
    due_now(bureau)
    if why == "deactivated":
        PracticeIntegration.objects.update(is_active=False)
    elif why == "summaries off":
        SummarySettings.objects.update(is_on=False)
    elif why == "practice off":
        bureau.company.practice.is_on = False
        bureau.company.practice.save()
    else:
        PracticeIntegration.objects.update(activated_at=timezone.now())
    assert runs.request_due() == 0
    assert not Job.objects.exists()


def test_two_who_ask_at_once_get_the_same_import(bureau: Bureau) -> None:
    first = runs.request_reload(bureau.actor, bureau.integration)
    again = runs.request_reload(bureau.actor, bureau.integration)
    assert first.pk == again.pk
    assert first.pk != runs.request_reload(bureau.actor, bureau.integration, [bureau.client.pk]).pk


def test_a_quarter_is_fetched_at_its_end_with_a_task_for_each_month(bureau: Bureau) -> None:
    bureau.set_up(rhythm="quarterly")
    last = bureau.back(1)
    while last.month % 3:
        last = add_months(last, -1)
    books = bureau.books_of(bureau.client)
    for at in range(3):
        books.enter(add_months(last, -at))
    bureau.run_month()
    assert [bureau.count(add_months(last, -at)) for at in range(3)] == [1, 1, 1]
    assert all(bureau.summary(add_months(last, -at)).task for at in range(3))


def test_a_cancelled_import_ends_at_once_and_tells_so(bureau: Bureau) -> None:
    job = runs.request_month(bureau.actor, bureau.integration)
    runs.cancel(bureau.actor, job)
    assert job.state == "cancelled"
    assert bureau.actor.user.notices.get().code == "SUMMARIES_CANCELLED"
    assert jobs.DOERS[job.kind] is not None


def test_whoever_asked_is_told_when_it_is_done_and_of_a_night_those_who_lead(bureau: Bureau) -> None:
    bureau.run_period(bureau.back(2), bureau.back(1))
    notice = bureau.actor.user.notices.get()
    assert (notice.code, notice.params["months"]) == (
        "SUMMARIES_DONE", f"{bureau.back(2):%Y-%m} – {bureau.back(1):%Y-%m}",
    )  # fmt: skip
    due_now(bureau)
    runs.request_due()
    bureau.work(Job.objects.latest("pk"))
    assert bureau.actor.user.notices.count() == 2
