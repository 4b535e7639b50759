from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tilisilta.core.money import round_amount
from tilisilta.formats.reading import negated
from tilisilta.formats.totals import Offer, fit, shared

cents = st.integers(-10_000_00, 10_000_00).map(lambda value: Decimal(value) / 100)
RATES = st.sampled_from([Decimal(each) for each in ("24", "25.5", "14", "13.5", "9", "22")])


@given(st.lists(cents, min_size=1, max_size=60), RATES)
def test_nets_of_gross_rows_add_up_to_the_rounded_whole(gross: list[Decimal], rate: Decimal):
    exact = [each * 100 / (100 + rate) for each in gross]
    whole = round_amount(sum(gross) * 100 / (100 + rate))
    nets = shared(exact, whole, "EUR")
    assert sum(nets) == whole
    assert all(abs(net - real) <= Decimal("0.02") for net, real in zip(nets, exact, strict=True))
    assert all(net == round_amount(net) for net in nets)


@given(st.lists(cents, min_size=1, max_size=20), st.integers(100, 10_000))
def test_a_whole_beyond_rounding_is_not_made_to_fit(exact: list[Decimal], off: int):
    whole = sum(exact) + Decimal(off)
    assert shared(exact, whole, "EUR") == exact


@given(cents, cents, st.decimals(0, 99, places=2))
def test_a_price_that_makes_the_net_is_found_among_others(quantity: Decimal, price: Decimal, discount: Decimal):
    net = round_amount(quantity * price * (100 - discount) / 100)
    wrong = Offer(price + 7)
    found_quantity, offer = fit((quantity,), (wrong, Offer(price, discount)), net, "EUR")
    worth = round_amount(found_quantity * offer.price * (100 - offer.discount_percent) / 100)
    assert abs(abs(worth) - abs(net)) <= Decimal("0.02")


@given(cents)
def test_a_row_without_a_price_is_its_net(net: Decimal):
    quantity, offer = fit((Decimal(3),), (), net, "EUR")
    assert quantity * offer.price == net


def test_turning_the_sign_twice_changes_nothing():
    from tests.unit.formats.crafted import finvoice
    from tests.unit.formats.test_finvoice import SIMPLE, read

    invoice = read(finvoice([SIMPLE]))
    assert negated(negated(invoice)) == invoice
