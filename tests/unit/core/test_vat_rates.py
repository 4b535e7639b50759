import datetime as dt
from itertools import pairwise

import pytest
from tests.unit.core.examples import D

from tilisilta.core.vat import RateKind, is_valid_rate, rates_on, standard_rate
from tilisilta.core.vat.rates import ee, fi


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("EE", "2009-06-30", "18"),
        ("EE", "2009-07-01", "20"),
        ("EE", "2023-12-31", "20"),
        ("EE", "2024-01-01", "22"),
        ("EE", "2025-06-30", "22"),
        ("EE", "2025-07-01", "24"),
        ("ee", "2030-01-01", "24"),
        ("FI", "2012-12-31", "23"),
        ("FI", "2013-01-01", "24"),
        ("FI", "2024-08-31", "24"),
        ("FI", "2024-09-01", "25.5"),
    ],
)
def test_standard_rates_change_on_their_day(country, day, rate):
    assert standard_rate(country, dt.date.fromisoformat(day)) == D(rate)


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("EE", "2024-12-31", {"0", "5", "9", "20", "22"}),
        ("EE", "2025-01-01", {"0", "9", "13", "20", "22"}),
        ("EE", "2026-01-01", {"0", "9", "13", "24"}),
        ("FI", "2024-12-31", {"0", "10", "14", "25.5"}),
        ("FI", "2025-12-31", {"0", "10", "14", "25.5"}),
        ("FI", "2026-01-01", {"0", "10", "13.5", "25.5"}),
    ],
)
def test_all_rates_of_a_day(country, day, expected):
    assert {rate.percent for rate in rates_on(country, dt.date.fromisoformat(day))} == {D(rate) for rate in expected}


def test_books_moved_in_finland_and_the_press_stayed():
    def at(day, percent):
        return " ".join(rate.applies_to for rate in rates_on("FI", day) if rate.percent == D(percent))

    assert "books" in at(dt.date(2024, 12, 31), "10")
    assert "books" in at(dt.date(2025, 1, 1), "14")
    assert "books" in at(dt.date(2026, 1, 1), "13.5")
    assert at(dt.date(2026, 1, 1), "10") == "newspapers and magazines"


def test_what_no_table_tells_is_none():
    assert is_valid_rate("SE", D(25), dt.date(2026, 1, 1)) is None
    assert is_valid_rate("EE", D(18), dt.date(1999, 1, 1)) is None
    assert is_valid_rate("", D(24), dt.date(2026, 1, 1)) is None
    assert standard_rate("SE", dt.date(2026, 1, 1)) is None


def test_rates_are_compared_as_numbers():
    assert is_valid_rate("EE", D("24.000"), dt.date(2026, 1, 1)) is True


@pytest.mark.parametrize("table", [ee.RATES, fi.RATES])
def test_the_tables_have_no_gap_no_overlap_and_a_law_in_each_row(table):
    standard = sorted((rate for rate in table if rate.kind is RateKind.STANDARD), key=lambda rate: rate.since)
    for earlier, later in pairwise(standard):
        assert earlier.until is not None
        assert later.since - earlier.until == dt.timedelta(days=1)
    assert standard[-1].until is None
    for rate in table:
        assert rate.law
        assert rate.applies_to
        assert rate.until is None or rate.since <= rate.until
