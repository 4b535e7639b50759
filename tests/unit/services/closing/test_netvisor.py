"""Closed periods in Netvisor's own books: to the cent, once, replaced, withdrawn."""

import datetime as dt

import pytest
from tests.support.closing import OCTOBER, fill, make_firm
from tests.support.product import wait_for

from tilisilta.services import deliveries
from tilisilta.services.closing import closing, history, reconcile
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.preview import CannotClose
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import ClosedPeriod, Delivery, PeriodState, Run, Side, WorkspaceInvoice


def day(number: int, month: int = 10) -> dt.date:
    return dt.date(2026, month, number)


def arrived(period: ClosedPeriod) -> ClosedPeriod:
    for run in Run.objects.filter(company=period.company).order_by("pk"):
        wait_for(run)
    return history.get_period(period.company, period.pk)


def test_both_sides_stand_in_the_ledger_to_the_cent_and_are_locked_here(books):
    fill(books)
    sales = closing.close(books.actor, Side.SALES, OCTOBER, per_day=False)
    assert arrived(sales).state == PeriodState.SENT
    (voucher,) = books.vouchers()
    assert voucher["date"] == "2026-10-31"
    assert books.held() == books.expected(Side.SALES)
    assert not WorkspaceInvoice.objects.filter(direction=Side.SALES, closed_period=None).exists()
    assert WorkspaceInvoice.objects.filter(direction=Side.PURCHASES, closed_period=None).count() == 2

    sold = books.held()
    purchases = closing.close(books.actor, Side.PURCHASES, OCTOBER, per_day=False)
    assert arrived(purchases).state == PeriodState.SENT
    both = books.expected(Side.PURCHASES)
    assert books.held() == {key: amount for key in {*sold, *both} if (amount := sold.get(key, 0) + both.get(key, 0))}
    assert history.target_keys(purchases) == [str(books.vouchers()[-1]["key"])]
    found = reconcile.reconcile(books.actor, arrived(purchases))
    assert found.is_equal
    assert {(row.account, row.vat_code) for row in found.rows} == set(both) | {
        ("1763", "NONE"), ("2939", "NONE"), ("2871", "NONE"), ("1910", "NONE"), ("4110", "EUOS"), ("4000", "KOOS")
    }  # fmt: skip


def test_a_voucher_for_each_day(books):
    fill(books)
    period = closing.close(books.actor, Side.SALES, OCTOBER, per_day=True)
    arrived(period)
    assert sorted(each["date"] for each in books.vouchers()) == [
        "2026-10-02", "2026-10-15", "2026-10-20", "2026-10-31"
    ]  # fmt: skip
    assert books.held() == books.expected(Side.SALES)


@pytest.mark.parametrize("how", ["edit", "invalidate"])
def test_sending_again_replaces_and_never_doubles(engine, emulators, how):
    firm = make_firm()
    firm.connect(emulators["netvisor"], replacing=how)
    fill(firm)
    period = closing.close(firm.actor, Side.SALES, OCTOBER, per_day=True)
    before = {each["key"] for each in firm.vouchers()} if arrived(period) else set()
    for revision in (2, 3):
        period = closing.resend(firm.actor, period)
        period = arrived(period)
        assert (period.state, period.revision) == (PeriodState.SENT, revision)
        assert len(firm.vouchers()) == 4
        assert firm.held() == firm.expected(Side.SALES)
    assert ({each["key"] for each in firm.vouchers()} == before) is (how == "edit")
    assert reconcile.reconcile(firm.actor, period).is_equal


@pytest.mark.parametrize("how", ["edit", "invalidate"])
def test_opened_again_changed_and_closed_again_the_books_follow(engine, emulators, how):
    firm = make_firm()
    firm.connect(emulators["netvisor"], replacing=how)
    fill(firm)
    period = arrived(closing.close(firm.actor, Side.SALES, OCTOBER, per_day=True))
    reopened = closing.reopen(firm.actor, period, "väärä päivä")
    assert (reopened.state, reopened.reopen_reason) == (PeriodState.REOPENED, "väärä päivä")
    assert len(firm.vouchers()) == 4  # what was sent stays until it is closed anew
    late = WorkspaceInvoice.objects.get(is_credit_note=True)
    late.postings.all().delete()
    late.delete()
    firm.invoice(day(16), 1000)
    again = arrived(closing.close(firm.actor, Side.SALES, OCTOBER, per_day=True))
    assert (again.pk, again.state, again.revision) == (period.pk, PeriodState.SENT, 2)
    assert firm.held() == firm.expected(Side.SALES)
    # Fewer vouchers than before: the one that nothing takes the place of is withdrawn.
    reopened = closing.reopen(firm.actor, again, "yksi tosite riittää")
    once = arrived(closing.close(firm.actor, Side.SALES, OCTOBER, per_day=False))
    assert (once.state, len(firm.vouchers())) == (PeriodState.SENT, 1)
    assert firm.held() == firm.expected(Side.SALES)
    assert reconcile.reconcile(firm.actor, once).is_equal
    # And once more after that, so that what was withdrawn stays withdrawn.
    assert arrived(closing.resend(firm.actor, once)).state == PeriodState.SENT
    assert firm.held() == firm.expected(Side.SALES)


@pytest.mark.parametrize(("kind", "arrived_before"), [("drop_after", 2), ("drop_before", 3)])
def test_netvisor_going_down_between_vouchers_ends_in_the_same_books(books, kind, arrived_before):
    fill(books)
    down = {"kind": kind, "match": {"path": "/accounting.nv"}, "times": 1, "after": arrived_before}
    books.netvisor.faults(down)
    period = closing.close(books.actor, Side.SALES, OCTOBER, per_day=True)
    arrived(period)
    books.netvisor.clear_faults()
    if arrived(period).state != PeriodState.SENT:
        closing.resend(books.actor, period)
    assert arrived(period).state == PeriodState.SENT
    assert len(books.vouchers()) == 4
    assert books.held() == books.expected(Side.SALES)


def test_a_refused_voucher_is_tried_again_and_an_old_one_never_goes(books):
    fill(books)
    books.netvisor.faults({"kind": "remove_account", "data": {"number": "3360"}, "match": {"path": "accounting.nv"}})
    period = arrived(closing.close(books.actor, Side.SALES, OCTOBER, per_day=True))
    books.netvisor.clear_faults()
    assert (period.state, period.problem_code) == (PeriodState.FAILED, "ACCOUNT_NOT_IN_NETVISOR")
    with pytest.raises(CannotClose) as refused:
        closing.resend(books.actor, period)
    assert "3360" in refused.value.params["account"]
    closing.reopen(books.actor, period, "tili puuttuu")
    stopped = Delivery.objects.get(state="skipped")
    books.netvisor.call("POST", "act", {"do": "add_account", "number": "3360", "name": "EU", "vat_code": "EUMY"})
    again = arrived(closing.close(books.actor, Side.SALES, OCTOBER, per_day=True))
    assert again.state == PeriodState.SENT
    assert books.held() == books.expected(Side.SALES)
    # Whoever sends the old one from the list of documents is told that a newer one took its place.
    deliveries.retry(books.actor, [stopped.pk])
    arrived(again)
    stopped.refresh_from_db()
    assert (stopped.state, stopped.reason) == ("skipped", "REPLACED_BY_NEWER")
    assert books.held() == books.expected(Side.SALES)


def test_a_locked_period_and_a_missing_year_are_told_before_anything_is_sent(books):
    fill(books)
    books.netvisor.call("POST", "options", {"accounting_locked_until": "2026-10-31"})
    with pytest.raises(CannotClose) as refused:
        closing.close(books.actor, Side.SALES, OCTOBER, per_day=False)
    assert refused.value.code == "SENDING_TO_NETVISOR_FAILED"
    assert not ClosedPeriod.objects.exists()
    books.netvisor.call("POST", "options", {"accounting_locked_until": None, "fiscal_years": [2024, 2025]})
    with pytest.raises(CannotClose) as refused:
        closing.close(books.actor, Side.SALES, OCTOBER, per_day=False)
    assert refused.value.code == "DAY_IN_NO_FISCAL_YEAR"
    assert books.vouchers() == []


def test_two_people_close_the_same_month(books):
    fill(books)
    closing.close(books.actor, Side.SALES, OCTOBER, per_day=False)
    with pytest.raises(ServiceError) as told:
        closing.close(books.as_role("accountant"), Side.SALES, Range(day(31), day(5, 11)), per_day=False)
    assert (told.value.code, told.value.params["closed_by"]) == ("PERIOD_ALREADY_CLOSED", str(books.actor.user))
    arrived(ClosedPeriod.objects.get())
    assert len(books.vouchers()) == 1
