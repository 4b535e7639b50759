"""Closing here: what belongs to a period, what stands in its way, who may do what, and how fast it is."""

import datetime as dt
import time
from decimal import Decimal

import pytest
from tests.support.closing import OCTOBER, RATE, Firm, make_firm

from tilisilta.core.documents import DocumentKind, decode_document
from tilisilta.services.access import Forbidden
from tilisilta.services.closing import books, closing, history, preview, states, sums, vouchers
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.preview import CannotClose
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    AuditEntry,
    ClosedPeriod,
    InvoicePosting,
    InvoiceStage,
    PeriodState,
    PeriodVoucher,
    PostingStage,
    Role,
    Side,
    WorkspaceEvent,
    WorkspaceInvoice,
    WorkspacePayment,
)


def day(number: int, month: int = 10) -> dt.date:
    return dt.date(2026, month, number)


def close(firm: Firm, side: str = Side.SALES, days: Range = OCTOBER, **options: bool) -> ClosedPeriod:
    return closing.close(firm.actor, side, days, **{"per_day": False, **options})


def blockers(firm: Firm, side: str = Side.SALES, days: Range = OCTOBER) -> dict[str, list[str]]:
    found = preview.local_blockers(firm.company, side, days)
    return {each.code: [item.text.split()[0] for item in each.items] for each in found}


# --- what belongs to a period --------------------------------------------------------------------------------


def test_payments_go_with_the_side_of_their_invoice_and_by_their_own_day(firm):
    sold = firm.invoice(day(20, 9))
    close(firm, days=Range(day(1, 9), day(30, 9)))
    firm.pay(sold, day(3), 12550)
    bought = firm.invoice(day(4), side=Side.PURCHASES)
    firm.pay(bought, day(5), 100)
    seen = preview.preview(firm.actor, Side.SALES, OCTOBER, per_day=False)
    assert (seen.invoice_count, seen.payment_count, seen.blockers) == (0, 1, ())
    assert {(row.account, row.debit_minor, row.credit_minor) for row in seen.totals} == {
        ("1910", 12550, 0), ("1700", 0, 12550)
    }  # fmt: skip


def test_an_invoice_belongs_to_the_day_of_its_postings(firm):
    late = firm.invoice(day(28, 9))
    InvoicePosting.objects.filter(invoice=late).update(date=day(2))
    assert blockers(firm) == {}
    assert [row.pk for row in books.in_range(books.open_invoices(firm.company, Side.SALES), OCTOBER)] == [late.pk]


def test_lines_are_kept_apart_by_rate_treatment_and_side_and_the_tax_itself_bears_none(firm):
    firm.invoice(day(1), 10000)
    firm.invoice(day(2), 3000, credit=True)
    firm.invoice(day(3), 7000, kind="eu")
    lines = sums.sum_up(books.postings_of_open(firm.company, Side.SALES, OCTOBER), per_day=False)
    assert [(each.account, each.rate, each.treatment, each.debit_minor, each.credit_minor) for each in lines] == [
        ("1700", None, None, 12550 + 7000, 3765),
        ("2939", None, None, 765, 2550),
        ("3000", RATE, "domestic", 3000, 10000),
        ("3360", Decimal(0), "intra_eu_supply_goods", 0, 7000),
    ]
    period = close(firm)
    assert (period.net_minor, period.vat_minor, period.gross_minor) == (14000, 1785, 15785)


def test_a_set_that_was_posted_on_two_days_stays_one_voucher(firm):
    odd = firm.invoice(day(10))
    InvoicePosting.objects.filter(invoice=odd, account__number="2939").update(date=day(12))
    lines = sums.sum_up(books.postings_of_open(firm.company, Side.SALES, OCTOBER), per_day=True)
    assert {each.day for each in lines} == {day(10)}
    assert len(sums.entries_of(lines, OCTOBER)) == 1


# --- what stands in the way ----------------------------------------------------------------------------------


def test_events_before_the_range_are_listed_and_later_ones_are_nobodys_business(firm):
    early = firm.invoice(day(30, 9))
    firm.pay(early, day(30, 9), 100)
    firm.invoice(day(15))
    firm.invoice(day(2, 11))
    found = preview.local_blockers(firm.company, Side.SALES, OCTOBER)
    (blocker,) = found
    assert (blocker.code, blocker.count) == ("PERIOD_HAS_OUTSIDE_EVENTS", 2)
    assert {item.link for item in blocker.items} == {f"/c/{firm.company.pk}/invoices/{early.pk}/"}
    assert blocker.link == f"/c/{firm.company.pk}/periods/close/sales/"
    assert blockers(firm, Side.PURCHASES) == {}
    with pytest.raises(CannotClose) as refused:
        close(firm)
    assert refused.value.code == "PERIOD_HAS_OUTSIDE_EVENTS"
    assert not ClosedPeriod.objects.exists()


def test_unfinished_and_unposted_documents_are_named_all_at_once(firm):
    waiting = firm.invoice(day(1), side=Side.PURCHASES, posted=False, stage=InvoiceStage.CIRCULATING)
    unposted = firm.invoice(day(2), side=Side.PURCHASES, posted=False)
    paid = firm.invoice(day(3), side=Side.PURCHASES)
    firm.pay(paid, day(4), 100, posted=False)
    firm.invoice(day(5), side=Side.PURCHASES, posted=False, stage=InvoiceStage.REJECTED)
    assert blockers(firm, Side.PURCHASES) == {
        "PERIOD_HAS_UNFINISHED": [waiting.number],
        "PERIOD_HAS_UNPOSTED": [unposted.number],
        "PERIOD_HAS_UNPOSTED_PAYMENTS": [paid.number],
    }


def test_drafts_are_no_events(firm):
    firm.invoice(day(1), posted=False, stage=InvoiceStage.DRAFT, number="")
    assert blockers(firm) == {}
    assert preview.preview(firm.actor, Side.SALES, OCTOBER, per_day=False).drafts == 1


@pytest.mark.parametrize(
    ("days", "code"),
    [(Range(day(31), day(1)), "DATES_REVERSED"), (Range(day(1), day(21, 11)), "PERIOD_IN_FUTURE")],
)
def test_days_that_cannot_be_closed(firm, days, code):
    with pytest.raises(ServiceError) as told:
        close(firm, days=days)
    assert told.value.code == code


def test_the_next_days_are_proposed(firm):
    firm.invoice(day(7, 9))
    assert preview.propose(firm.company, Side.SALES) == Range(day(1, 9), day(30, 9))
    close(firm, days=Range(day(1, 9), day(30, 9)))
    assert preview.propose(firm.company, Side.SALES) == OCTOBER
    close(firm)
    assert preview.propose(firm.company, Side.SALES) == Range(day(1, 11), day(19, 11))
    firm.invoice(day(3, 9))  # came in late: it has to be seen first
    assert preview.propose(firm.company, Side.SALES).first == day(3, 9)


# --- closing without a target, rights, traces ----------------------------------------------------------------


def test_without_a_target_the_books_are_only_locked(firm):
    row = firm.invoice(day(1))
    payment = firm.pay(row, day(2), 100)
    period = close(firm)
    assert (period.state, period.document_count) == (PeriodState.CLOSED, 2)
    assert not PeriodVoucher.objects.exists()
    assert WorkspaceInvoice.objects.get(pk=row.pk).closed_period == period
    assert WorkspacePayment.objects.get(pk=payment.pk).closed_period == period
    event = WorkspaceEvent.objects.get(invoice=row)
    assert (event.code, event.params["first"]) == ("closing.closed", "2026-10-01")
    assert AuditEntry.objects.get(action="period.closed").details["count"] == 2
    with pytest.raises(ServiceError) as told:
        closing.resend(firm.actor, period)
    assert told.value.code == "PERIOD_NOT_SENT"


def test_opening_again_is_a_right_of_its_own_and_leaves_its_trace(firm):
    row = firm.invoice(day(1))
    period = close(firm)
    accountant = firm.as_role(Role.ACCOUNTANT)
    with pytest.raises(Forbidden):
        closing.reopen(accountant, period, "en saa")
    with pytest.raises(ServiceError) as told:
        closing.reopen(firm.actor, period, "  ")
    assert told.value.code == "REOPEN_REASON_MISSING"
    closing.reopen(firm.as_role(Role.ADMIN), period, "väärä tili")
    assert WorkspaceInvoice.objects.get(pk=row.pk).closed_period is None
    assert AuditEntry.objects.get(action="period.reopened").details["reason"] == "väärä tili"
    kept = history.get_period(firm.company, period.pk)
    assert (kept.state, kept.reopened_by.email) == (PeriodState.REOPENED, "admin@yritys.fi")
    with pytest.raises(ServiceError):
        closing.reopen(firm.actor, kept, "uudestaan")
    again = closing.close(accountant, Side.SALES, OCTOBER, per_day=False)
    assert (again.pk, again.revision, again.closed_by) == (period.pk, 2, accountant.user)


def test_a_viewer_closes_nothing_and_another_company_sees_nothing(firm):
    firm.invoice(day(1))
    with pytest.raises(Forbidden):
        closing.close(firm.as_role(Role.VIEWER), Side.SALES, OCTOBER, per_day=False)
    period = close(firm)
    other = make_firm("Toinen Oy", "toinen@yritys.fi")
    other.invoice(day(1))
    for act in (closing.resend, lambda actor, each: closing.reopen(actor, each, "x")):
        with pytest.raises(ClosedPeriod.DoesNotExist):
            act(other.actor, period)
    assert not history.list_periods(other.company).exists()
    assert close(other).document_count == 1


# --- vouchers ------------------------------------------------------------------------------------------------


def test_vouchers_replace_those_of_their_day_first_and_the_rest_is_withdrawn(firm):
    period = ClosedPeriod.objects.create(
        company=firm.company, side=Side.SALES, date_from=day(1), date_to=day(31), revision=2
    )
    line = sums.Line(account="1700", name="", role="", rate=None, treatment=None, debit_minor=5, credit_minor=5)
    entries = [sums.Entry(date=day(2), lines=(line,)), sums.Entry(date=day(9), lines=(line,))]
    old = [vouchers.Standing(f"old-{number}", day(number)) for number in (1, 2, 30)]
    written = vouchers.write(period, entries, old)
    stem = f"period-{period.pk}-r2"
    assert [(each.source_id, each.replaces, each.date) for each in written] == [
        (f"{stem}-2026-10-02", "old-2", day(2)),
        (f"{stem}-2026-10-09", "old-1", day(9)),
        (f"{stem}-w1", "old-30", day(30)),
    ]
    entry = decode_document(DocumentKind.JOURNAL_ENTRY, bytes(written[0].payload))
    assert (entry.debit_total, entry.credit_total, entry.side) == (Decimal("0.05"), Decimal("0.05"), "sales")
    assert decode_document(DocumentKind.JOURNAL_ENTRY, bytes(written[2].payload)).postings == ()


def test_a_period_that_nothing_was_sent_of_says_so(firm):
    period = ClosedPeriod.objects.create(
        company=firm.company, side=Side.SALES, date_from=day(1), date_to=day(31), state=PeriodState.CLOSING
    )
    PeriodVoucher.objects.create(period=period, source_id="a", date=day(31), payload=b"{}")
    assert states.refresh(period).state == PeriodState.FAILED
    assert history.problem_of(period).title


# --- speed ---------------------------------------------------------------------------------------------------


def test_thousands_of_invoices_close_in_seconds(firm):
    count = 3000
    rows = WorkspaceInvoice.objects.bulk_create(
        WorkspaceInvoice(
            company=firm.company, direction=Side.SALES, number=str(number), date=day(1 + number % 31),
            party_name="Asiakas Oy", net_minor=10000 + number, vat_minor=2550, gross_minor=12550 + number,
            stage=InvoiceStage.SENT, posting_stage=PostingStage.POSTED, payload=b"{}",
        )
        for number in range(count)
    )  # fmt: skip
    InvoicePosting.objects.bulk_create(
        InvoicePosting(
            company=firm.company, invoice=row, account=firm.accounts[number], date=row.date, vat_rate=rate,
            debit_minor=max(amount, 0), credit_minor=max(-amount, 0),
        )
        for row in rows
        for number, amount, rate in (
            ("1700", row.gross_minor, None), ("3000", -row.net_minor, RATE), ("2939", -row.vat_minor, None)
        )
    )  # fmt: skip
    began = time.monotonic()
    period = close(firm, per_day=True)
    assert time.monotonic() - began < 6
    assert period.document_count == count
    assert period.gross_minor == sum(row.gross_minor for row in rows)
    assert not WorkspaceInvoice.objects.filter(closed_period=None).exists()
