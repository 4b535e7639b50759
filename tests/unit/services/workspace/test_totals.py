import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.workspace import invoice, line

from tilisilta.core.documents import LineKind
from tilisilta.core.sums import check_sums
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.workspace import totals
from tilisilta.services.workspace.totals import sum_up


def test_examples_in_docstrings_hold():
    assert doctest.testmod(totals).failed == 0


def test_vat_is_rounded_once_a_rate():
    sums = sum_up([line("0.02"), line("0.02"), line("10", "9")])
    assert [(each.rate, each.net, each.vat) for each in sums.vat_totals] == [
        (Decimal(24), Decimal("0.04"), Decimal("0.01")),
        (Decimal(9), Decimal("10.00"), Decimal("0.90")),
    ]
    assert (sums.net, sums.vat, sums.gross) == (Decimal("10.04"), Decimal("0.91"), Decimal("10.95"))


def test_where_the_buyer_owes_the_vat_none_is_charged():
    owed = line("100", "24", treatment=VatTreatment.INTRA_EU_ACQUISITION_SERVICES)
    sums = sum_up([owed, line("10")])
    assert {each.treatment: each.vat for each in sums.vat_totals} == {
        VatTreatment.DOMESTIC: Decimal("2.40"),
        VatTreatment.INTRA_EU_ACQUISITION_SERVICES: Decimal(0),
    }


def test_negative_quantities_and_rows_of_words():
    back = line("10", quantity=Decimal(-3))
    words = line("99", kind=LineKind.TEXT)
    sums = sum_up([line("100"), back, words])
    assert (sums.net, sums.vat) == (Decimal("70.00"), Decimal("16.80"))


def test_the_stated_total_moves_vat_by_no_more_than_rounding_may():
    rows = [line("0.02"), line("0.02")]
    assert sum_up(rows, stated=Decimal("0.04")).vat == 0  # rounded row by row, as the supplier does
    assert sum_up(rows, stated=Decimal("0.09")).vat == Decimal("0.01")  # beyond that it is a mistake
    free = [line("10", "0", treatment=VatTreatment.EXEMPT)]
    assert sum_up(free, stated=Decimal("10.01")).vat == 0


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_sums_are_in_the_currency_s_own_steps(currency):
    sums = sum_up([line("0.3333", quantity=Decimal(3))], currency)
    assert -sums.net.as_tuple().exponent == {"EUR": 2, "JPY": 0, "KWD": 3}[currency]


_ROWS = st.lists(
    st.builds(
        lambda net, quantity, discount, rate: line(str(net), rate, quantity=quantity, discount_percent=discount),
        st.decimals(-(10**6), 10**6, places=4),
        st.decimals(-1000, 1000, places=2),
        st.decimals(0, 100, places=1),
        st.sampled_from(["24", "9", "0"]),
    ),
    min_size=1,
    max_size=12,
)


@given(_ROWS)
def test_whatever_is_typed_adds_up(rows):
    assert not [each for each in check_sums(invoice("sales", *rows)) if each.severity.value == "error"]
