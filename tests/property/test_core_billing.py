"""Prices of any quantity and tiers: nothing is billed twice, nothing is lost, a difference closes the gap exactly."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilisilta.core.billing import (
    PLACEHOLDERS,
    Kind,
    Period,
    PlaceholderUnknown,
    Rhythm,
    Terms,
    Tier,
    TiersInvalid,
    check_text,
    difference_parts,
    fill_text,
    overlap,
    parts,
    period_of,
    period_words,
    periods_due,
    read_tiers,
    rounded_up,
    split,
)
from tilisilta.core.money import ZERO, round_amount

prices = st.decimals(0, 1000, places=4)
quantities = st.decimals(0, 5000, places=3)
days = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))


@st.composite
def terms(draw, kinds=(Kind.PER_PIECE, Kind.COMBINED)) -> Terms:
    firsts = sorted(draw(st.sets(st.integers(1, 2000), max_size=5)))
    kind = draw(st.sampled_from(kinds))
    if kind is Kind.COMBINED:
        firsts = [1, *(each for each in firsts if each > 1)]
    return Terms(
        kind=kind,
        price=draw(prices),
        included=draw(st.integers(0, 500).map(Decimal)) if kind is Kind.COMBINED else ZERO,
        tiers=tuple(Tier(Decimal(each), draw(prices)) for each in firsts),
    )


def cost(agreed: Terms, lower: Decimal, upper: Decimal) -> Decimal:
    return sum((quantity * price for quantity, price in split(agreed, lower, upper)), ZERO)


@given(terms(), st.integers(0, 300))
def test_every_piece_costs_the_price_of_its_tier(agreed, count):
    def of_piece(number: int) -> Decimal:
        if number <= agreed.included:
            return ZERO
        known = [tier.price for tier in agreed.tiers if tier.first <= number]
        return known[-1] if known else agreed.price

    assert cost(agreed, ZERO, Decimal(count)) == sum((of_piece(each + 1) for each in range(count)), ZERO)


@given(terms(), st.tuples(quantities, quantities, quantities))
def test_stretches_of_pieces_add_up(agreed, bounds):
    low, middle, high = sorted(bounds)
    assert cost(agreed, low, middle) + cost(agreed, middle, high) == cost(agreed, low, high)
    counted = sum((quantity for quantity, _ in split(agreed, low, high)), ZERO)
    assert counted == max(high, agreed.included) - max(low, agreed.included)


@given(terms(), quantities, quantities)
def test_a_difference_leads_from_what_was_billed_to_what_is(agreed, before, after):
    changed = difference_parts(agreed, before, after - before)
    exact = sum((part.quantity * part.unit_price for part in changed), ZERO)
    assert exact == cost(agreed, ZERO, after) - cost(agreed, ZERO, before)
    assert not any(part.is_fee for part in changed)
    signs = {part.quantity > 0 for part in changed}
    assert len(signs) < 2


@given(terms(), quantities, quantities)
def test_what_was_never_billed_is_not_given_back(agreed, billed, more):
    back = difference_parts(agreed, billed, -billed - more)
    assert sum((part.quantity * part.unit_price for part in back), ZERO) == -cost(agreed, ZERO, billed)


@given(terms((Kind.FIXED, Kind.HOURLY, Kind.PER_PIECE, Kind.COMBINED)), quantities, st.decimals(0, 100, places=2))
def test_rows_are_rounded_once_each(agreed, quantity, discount):
    made = parts(Terms(kind=agreed.kind, price=agreed.price, included=agreed.included, tiers=agreed.tiers,
                       discount_percent=discount), quantity)  # fmt: skip
    for part in made:
        assert part.net == round_amount(part.quantity * part.unit_price * (1 - discount / 100))
    assert sum(part.is_fee for part in made) == (agreed.kind is Kind.COMBINED)


@given(st.integers(0, 100_000), st.sampled_from([1, 5, 6, 10, 15, 30, 60]))
def test_time_is_rounded_up_to_whole_steps(minutes, step):
    rounded = rounded_up(minutes, step)
    assert rounded % step == 0
    assert 0 <= rounded - minutes < step


@given(days, days, days, st.sampled_from(list(Rhythm)), st.booleans())
def test_each_period_comes_once_whatever_windows_are_billed(begin, cut, other, rhythm, in_advance):
    first, middle, last = sorted((begin, cut, other))
    whole = periods_due(rhythm, begin, None, Period(first, last), in_advance=in_advance)
    halves = periods_due(rhythm, begin, None, Period(first, middle), in_advance=in_advance)
    if middle < last:
        after = Period(middle + dt.timedelta(days=1), last)
        halves += periods_due(rhythm, begin, None, after, in_advance=in_advance)
    assert halves == whole
    assert all(not overlap(a.first, a.last, b.first, b.last) for a, b in pairwise(whole))
    assert all(each.first >= begin for each in whole)


@given(days, st.sampled_from(list(Rhythm)))
def test_a_contract_is_billed_up_to_its_end(day, rhythm):
    ends = day + dt.timedelta(days=400)
    window = Period(day, period_of(ends, rhythm).last)
    found = periods_due(rhythm, day, ends, window, in_advance=False)
    assert found[0].first == day
    assert found[-1].last == ends
    assert sum((each.last - each.first).days + 1 for each in found) == 401


@given(st.text(max_size=80))
def test_texts_are_filled_or_named(text):
    values = dict.fromkeys(PLACEHOLDERS, "{x}")
    try:
        check_text(text)
    except PlaceholderUnknown:
        with pytest.raises(PlaceholderUnknown) as raised:
            fill_text(text, values)
        assert raised.value.name in text
    else:
        assert "{" not in text or "{x}" in fill_text(text, values)


@pytest.mark.parametrize("text", ["{kuu}", "{month", "month}", "{client.name}", "{0}", "{month!r}", "{}"])
def test_unknown_placeholders_are_named(text):
    with pytest.raises(PlaceholderUnknown):
        fill_text(text, {})


@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        ([["1", "0,5"]], "number"),
        ([["x", "1"]], "number"),
        ([["1.5", "1"]], "number"),
        ([["NaN", "1"]], "number"),
        ([["1"]], "number"),
        ([["10", "1"], ["10", "2"]], "order"),
        ([["0", "1"], ["1", "2"]], "order"),
        ([["-1", "1"]], "negative"),
        ([["1", "-1"]], "negative"),
        ([[str(each + 1), "1"] for each in range(21)], "many"),
    ],
)
def test_tiers_that_cannot_be_used_say_why(pairs, rule):
    with pytest.raises(TiersInvalid) as raised:
        read_tiers(pairs)
    assert raised.value.rule == rule


def test_periods_are_named_in_each_language():
    quarter = Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert period_words(quarter, "et")["period"] == "4. kvartal 2026"
    assert period_words(quarter, "fi")["month"] == "joulukuu 2026"
    assert period_words(Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), "en")["period"] == "2026"
    cut = period_words(Period(dt.date(2026, 10, 15), dt.date(2026, 10, 31)), "et")
    assert cut["period"] == "15.10.2026–31.10.2026"
    assert (cut["from"], cut["to"]) == ("15.10.2026", "31.10.2026")
