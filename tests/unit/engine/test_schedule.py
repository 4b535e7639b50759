import datetime as dt
from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilisilta.engine.schedule import SPREAD_S, next_due, spread_s

ZONE = "Europe/Tallinn"
TALLINN = ZoneInfo(ZONE)
HOURLY, DAILY, MONTH_END = "0 * * * *", "30 0 * * *", "30 0 L * *"


def walk(cron: str, first: dt.datetime, count: int, flow_id: int = 0, zone: str = ZONE) -> list[dt.datetime]:
    found, moment = [], first
    for _ in range(count):
        moment = next_due(cron, zone, moment, flow_id=flow_id)
        found.append(moment)
    return found


@pytest.mark.parametrize("day", ["2026-03-28T20:00", "2026-10-24T20:00"])
def test_hourly_is_hourly_over_both_clock_changes(day: str):
    start = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    due = walk(HOURLY, start, 12)
    assert {later - earlier for earlier, later in pairwise(due)} == {dt.timedelta(hours=1)}


@pytest.mark.parametrize("start", ["2026-03-25T12:00", "2026-10-21T12:00"])
@pytest.mark.parametrize("cron", [DAILY, "30 3 * * *", "0 12 * * *"])
def test_daily_comes_once_a_day_over_both_clock_changes(cron: str, start: str):
    due = walk(cron, dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC), 8)
    days = [each.astimezone(TALLINN).date() for each in due]
    assert len(set(days)) == 8
    assert (days[-1] - days[0]).days == 7


def test_the_last_day_of_each_month():
    due = walk(MONTH_END, dt.datetime(2027, 12, 31, 12, tzinfo=dt.UTC), 4)
    assert [each.astimezone(TALLINN).date().isoformat() for each in due] == [
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
        "2028-04-30",
    ]


def test_the_zone_is_the_companys():
    at = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    assert next_due(DAILY, "Europe/Tallinn", at) == next_due(DAILY, "Europe/Helsinki", at)
    assert next_due(DAILY, "Europe/Lisbon", at) - next_due(DAILY, "Europe/Tallinn", at) == dt.timedelta(hours=2)


def test_a_thousand_flows_do_not_start_in_one_second():
    at = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    due = [next_due(DAILY, ZONE, at, flow_id=flow) for flow in range(1, 1001)]
    assert max(Counter(due).values()) < 12
    assert max(due) - min(due) < dt.timedelta(seconds=SPREAD_S)
    assert min(due) >= next_due(DAILY, ZONE, at)


@given(
    st.integers(1_704_067_200, 1_893_456_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC)),
    st.sampled_from([HOURLY, DAILY, MONTH_END, "0 6 * * 1-5"]),
    st.integers(0, 5000),
)
def test_due_is_later_steady_and_never_twice(at: dt.datetime, cron: str, flow: int):
    due = next_due(cron, ZONE, at, flow_id=flow)
    assert due > at
    assert next_due(cron, ZONE, due - dt.timedelta(seconds=1), flow_id=flow) == due
    assert next_due(cron, ZONE, due, flow_id=flow) > due


def test_the_spread_of_a_flow_stays():
    assert spread_s(7, HOURLY) == spread_s(7, HOURLY)
    assert 0 <= spread_s(7, HOURLY) < SPREAD_S


@pytest.mark.parametrize("cron", ["", "nonsense", "61 * * * *", "0 0 31 2 *"])
def test_lines_that_cannot_be_read_or_never_come(cron: str):
    with pytest.raises(ValueError, match=r"."):
        next_due(cron, ZONE, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
