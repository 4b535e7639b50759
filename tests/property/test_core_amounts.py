import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.property.strategies import CURRENCIES, DAYS, POSTINGS, RATES, sound_invoices

from tilisilta.core.checks import check_journal_entry
from tilisilta.core.documents import JournalEntry, Posting
from tilisilta.core.money import ZERO, amount_from_minor, amount_minor, minor_unit, round_amount, vat_amount
from tilisilta.core.problems import Severity
from tilisilta.core.sums import check_sums

ANY_AMOUNT = st.decimals("-999999999", "999999999", places=7, allow_nan=False, allow_infinity=False)


@given(ANY_AMOUNT, CURRENCIES)
def test_rounding_stays_within_half_a_unit_and_is_done_once(amount, currency):
    rounded = round_amount(amount, currency)
    assert abs(rounded - amount) * 2 <= minor_unit(currency)
    assert round_amount(rounded, currency) == rounded


@given(ANY_AMOUNT, CURRENCIES)
def test_rounding_knows_no_sign(amount, currency):
    assert round_amount(-amount, currency) == -round_amount(amount, currency)


@given(st.integers(-(10**9), 10**9), CURRENCIES)
def test_halves_go_away_from_zero(units, currency):
    half = (Decimal(abs(units)) + Decimal("0.5")) * minor_unit(currency)
    assert round_amount(half, currency) == (abs(units) + 1) * minor_unit(currency)


@given(ANY_AMOUNT, CURRENCIES)
def test_minor_units_and_back(amount, currency):
    minor = amount_minor(amount, currency)
    assert isinstance(minor, int)
    assert amount_from_minor(minor, currency) == round_amount(amount, currency)


@given(ANY_AMOUNT, RATES)
def test_vat_is_the_rounded_share(net, rate):
    assert abs(vat_amount(net, rate) - net * rate / 100) <= Decimal("0.005")


@given(sound_invoices())
def test_sound_invoices_have_no_error_however_vat_was_rounded(invoice):
    assert [each for each in check_sums(invoice) if each.severity is Severity.ERROR] == []


@given(sound_invoices(), st.integers(1, 10**6), st.booleans())
def test_any_cent_amiss_in_the_rows_is_seen(invoice, cents, less):
    wrong = invoice.net + Decimal(-cents if less else cents) / 100
    codes = {each.code for each in check_sums(msgspec.structs.replace(invoice, net=wrong))}
    assert {"ROWS_DO_NOT_ADD_UP", "GROSS_DOES_NOT_ADD_UP"} <= codes


@given(sound_invoices(), st.integers(1, 10**6))
def test_any_cent_amiss_in_the_gross_is_seen(invoice, cents):
    wrong = msgspec.structs.replace(invoice, gross=invoice.gross + Decimal(cents) / 100)
    assert "GROSS_DOES_NOT_ADD_UP" in {each.code for each in check_sums(wrong)}


@given(sound_invoices(by_row=False), st.integers(1, 100))
def test_vat_beyond_the_tolerance_is_seen(invoice, beyond):
    # Up to one cent a row may be rounding; each total may be off by half a cent more.
    cents = len(invoice.lines) + len(invoice.vat_totals) + 1 + beyond
    more = Decimal(cents) / 100
    wrong = msgspec.structs.replace(invoice, vat=invoice.vat + more, gross=invoice.gross + more)
    assert {"VAT_TOTALS_DIFFER", "VAT_DOES_NOT_ADD_UP"} & {each.code for each in check_sums(wrong)}


@given(st.lists(POSTINGS, max_size=8), DAYS)
def test_an_entry_is_balanced_exactly_when_no_problem_says_otherwise(postings, date):
    entry = JournalEntry(source_id="1", date=date, postings=tuple(postings))
    codes = {each.code for each in check_journal_entry(entry)}
    balanced = sum((each.debit - each.credit for each in postings), ZERO) == 0
    assert ("ENTRY_NOT_BALANCED" not in codes) is balanced


@given(st.lists(st.decimals("0.01", "9999.99", places=2), min_size=1, max_size=8))
def test_an_entry_closed_by_its_counter_posting_balances(amounts):
    debits = [Posting(account="1", debit=amount) for amount in amounts]
    postings = (*debits, Posting(account="2", credit=sum(amounts, ZERO)))
    assert check_journal_entry(JournalEntry(source_id="1", date=dt.date(2026, 1, 1), postings=postings)) == ()
