"""Occurrences of planned work over all calendars: none is lost, none comes twice, none on a bad day."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilisilta.core.recurrence import (
    BadDay,
    Occurrence,
    Rhythm,
    Rule,
    find,
    is_bad_day,
    moved,
    occurrences,
    on_day,
)

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2045, 12, 31))
MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


@st.composite
def rules(draw, rhythms=tuple(Rhythm)):
    rhythm = draw(st.sampled_from(rhythms))
    months_after = draw(st.integers(0, 3))
    start_day = draw(st.integers(1, 31))
    return Rule(
        rhythm=rhythm,
        starts_on=draw(DAYS),
        interval=draw(st.integers(1, 4)),
        weekdays=tuple(draw(st.sets(st.integers(1, 7), min_size=1))),
        month_in_period=draw(st.integers(1, MONTHS.get(rhythm, 1))),
        start_day=start_day,
        due_day=draw(st.integers(1 if months_after else start_day, 31)),
        due_months_after=months_after,
        due_after_days=draw(st.integers(0, 40)),
        bad_day=draw(st.sampled_from(BadDay)),
        country=draw(st.sampled_from(["EE", "FI", "PL", "", "XX"])),
    )


def span(rule: Rule, years: int = 3) -> list[Occurrence]:
    return occurrences(rule, rule.starts_on - dt.timedelta(days=60), rule.starts_on + dt.timedelta(days=366 * years))


@given(rules())
def test_each_comes_once_and_in_order(rule):
    found = span(rule)
    keys = [each.key for each in found]
    assert keys == sorted(set(keys))
    assert all(each.start <= each.due for each in found)


@given(rules(), st.integers(0, 900), st.integers(0, 900))
def test_windows_side_by_side_hold_what_one_wide_window_holds(rule, first, second):
    """The daily round looks at one window after another: nothing may fall between two, nor into both."""
    begin = rule.starts_on - dt.timedelta(days=60)
    middle = begin + dt.timedelta(days=first)
    end = middle + dt.timedelta(days=second)
    left = occurrences(rule, begin, middle)
    right = occurrences(rule, middle + dt.timedelta(days=1), end)
    assert sorted(left + right) == occurrences(rule, begin, end)


@given(rules())
def test_no_day_is_bad_unless_bad_days_are_kept(rule):
    if rule.bad_day is not BadDay.KEEP:
        assert not any(
            is_bad_day(each.start, rule.country) or is_bad_day(each.due, rule.country) for each in span(rule)
        )


@given(rules((Rhythm.MONTHLY, Rhythm.QUARTERLY, Rhythm.YEARLY)))
def test_months_lie_an_interval_apart_and_in_their_place(rule):
    months = MONTHS[rule.rhythm]
    keys = [each.key for each in span(rule, years=9)]
    numbers = [key.year * 12 + key.month - 1 for key in keys]
    assert all(later - earlier == months * rule.interval for earlier, later in pairwise(numbers))
    assert all(number % months == rule.month_in_period - 1 for number in numbers)
    if numbers:
        assert on_day(keys[0], rule.start_day) >= rule.starts_on
        before = keys[0].year * 12 + keys[0].month - 1 - months
        assert on_day(dt.date(before // 12, before % 12 + 1, 1), rule.start_day) < rule.starts_on


@given(rules((Rhythm.WEEKLY,)))
def test_weeks_have_all_their_days(rule):
    keys = [each.key for each in span(rule)]
    assert {key.isoweekday() for key in keys} <= set(rule.weekdays)
    weeks = sorted({key - dt.timedelta(days=key.weekday()) for key in keys})
    steps = {(later - earlier).days for earlier, later in pairwise(weeks)}
    assert steps <= {7 * rule.interval}
    assert all(
        {key.isoweekday() for key in keys if 0 <= (key - week).days < 7} == set(rule.weekdays) for week in weeks[1:-1]
    )


@given(rules(), st.integers(0, 800))
def test_an_end_only_cuts_off(rule, days):
    whole = span(rule)
    ended = Rule(**{name: getattr(rule, name) for name in rule.__struct_fields__} | {"ends_on": rule.starts_on})
    assert span(ended) == whole[: len(span(ended))]
    last = rule.starts_on + dt.timedelta(days=days)
    cut = Rule(**{name: getattr(rule, name) for name in rule.__struct_fields__} | {"ends_on": last})
    assert span(cut) == whole[: len(span(cut))]


@given(rules())
def test_each_is_found_by_its_key(rule):
    for each in span(rule, years=2):
        assert find(rule, each.key) == each
    assert find(rule, rule.starts_on - dt.timedelta(days=400)) is None


@given(DAYS, st.sampled_from(BadDay), st.sampled_from(["EE", "FI", "LV", ""]))
def test_a_day_is_moved_to_the_nearest_working_day_on_its_side(day, bad_day, country):
    there = moved(day, bad_day, country)
    low, high = sorted((day, there))
    between = [low + dt.timedelta(days=step) for step in range((high - low).days + 1)]
    assert all(is_bad_day(each, country) for each in between if each != there)
    assert there == day or (there > day) == (bad_day is BadDay.AFTER)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"interval": 0}, "interval"),
        ({"rhythm": Rhythm.WEEKLY}, "weekdays"),
        ({"rhythm": Rhythm.WEEKLY, "weekdays": (8,)}, "weekdays"),
        ({"rhythm": Rhythm.WEEKLY, "weekdays": (1,), "due_after_days": -1}, "due_after_days"),
        ({"month_in_period": 2}, "month_in_period"),
        ({"rhythm": Rhythm.QUARTERLY, "month_in_period": 4}, "month_in_period"),
        ({"start_day": 32}, "start_day"),
        ({"due_day": 0}, "due_day"),
        ({"due_months_after": 25}, "due_months_after"),
        ({"start_day": 25, "due_day": 20}, "due_before_start"),
    ],
)
def test_rules_that_no_calendar_has_are_refused(wrong, part):
    with pytest.raises(ValueError, match=part):
        Rule(**{"rhythm": Rhythm.MONTHLY, "starts_on": dt.date(2026, 1, 1)} | wrong)


def test_a_rule_at_the_end_of_the_calendar_ends():
    rule = Rule(rhythm=Rhythm.YEARLY, starts_on=dt.date(9990, 1, 1))
    assert [each.key.year for each in occurrences(rule, dt.date(9990, 1, 1), dt.date.max)] == list(range(9990, 9996))


def test_the_estonian_vat_return_of_june_2026_is_not_due_on_a_saturday():
    """The 20th of June 2026 is a Saturday; the 23rd and 24th are holidays."""
    rule = Rule(rhythm=Rhythm.MONTHLY, starts_on=dt.date(2026, 5, 1), due_day=20, bad_day=BadDay.AFTER, country="EE")
    found = occurrences(rule, dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    assert found == [Occurrence(dt.date(2026, 6, 1), dt.date(2026, 6, 1), dt.date(2026, 6, 22))]
    midsummer = Rule(
        rhythm=Rhythm.MONTHLY, starts_on=dt.date(2026, 5, 1), due_day=23, bad_day=BadDay.AFTER, country="EE"
    )
    assert occurrences(midsummer, dt.date(2026, 6, 1), dt.date(2026, 6, 30))[0].due == dt.date(2026, 6, 25)


def test_every_second_month_is_counted_from_the_first_start():
    """The first of January was past on the tenth: February is the first, then April."""
    rule = Rule(rhythm=Rhythm.MONTHLY, starts_on=dt.date(2026, 1, 10), interval=2)
    keys = [each.key.month for each in occurrences(rule, dt.date(2026, 1, 1), dt.date(2026, 7, 31))]
    assert keys == [2, 4, 6]
