from hypothesis import given
from hypothesis import strategies as st

from tilisilta.core.identifiers import reference_number

BASES = st.integers(1, 10**19 - 1)
COUNTRY = st.sampled_from(["EE", "FI"])


@given(BASES, COUNTRY)
def test_made_reference_numbers_are_valid(base, country):
    made = reference_number.make(base, country)
    assert reference_number.is_valid(made, country)
    assert reference_number.validate(made, country) == made.lstrip("0")


@given(BASES, st.data())
def test_every_wrong_digit_is_caught(base, data):
    # 7, 3 and 1 have no factor in common with 10, so one changed digit always changes the sum's last digit.
    made = reference_number.make(base)
    place = data.draw(st.integers(0, len(made) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != made[place]]))
    assert not reference_number.is_valid(made[:place] + other + made[place + 1 :])


@given(BASES, COUNTRY, st.data())
def test_spaces_and_leading_zeros_do_not_matter(base, country, data):
    made = reference_number.make(base, country)
    cut = data.draw(st.integers(0, len(made)))
    assert reference_number.is_valid(f" 00{made[:cut]} {made[cut:]} ", country)


@given(BASES, st.data())
def test_rf_numbers_are_valid_and_catch_every_wrong_digit(base, data):
    made = reference_number.make_rf(reference_number.make(base, "FI"))
    assert reference_number.is_valid(made)
    place = data.draw(st.integers(4, len(made) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != made[place]]))
    assert not reference_number.is_valid(made[:place] + other + made[place + 1 :])


@given(st.text(max_size=25))
def test_anything_typed_is_answered(text):
    assert reference_number.is_valid(text) in {True, False}
