import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from django.utils import timezone
from tests.support.workspace import invoice, line, member

from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import payments, postings, rules
from tilisilta.services.ledger.payments import add_payment, open_amount, remove_payment
from tilisilta.services.ledger.proposals import propose
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.invoices import save_invoice, send_sales, stored_invoice
from tilisilta.store.models import (
    ClosedPeriod,
    LedgerAccount,
    PaymentOrigin,
    PaymentStage,
    WorkspaceInvoice,
    WorkspacePayment,
    WorkspaceSettings,
)

D = Decimal
DAY = dt.date(2026, 10, 12)


def signed(lines):
    return [(each.account, each.signed) for each in lines]


@pytest.fixture
def sale(firm):
    return send_sales(firm.actor, save_invoice(firm.actor, invoice("sales")))


@pytest.fixture
def purchase(firm):
    row = save_invoice(firm.actor, invoice("purchase"))
    WorkspaceInvoice.objects.filter(pk=row.pk).update(stage="approved")
    row.refresh_from_db()
    return row


def test_a_sale_is_paid_in_parts(firm, sale):
    first = add_payment(firm.actor, sale, DAY, D("100"))
    assert (sale.payment_stage, open_amount(sale)) == (PaymentStage.PARTLY_PAID, D("24.00"))
    add_payment(firm.actor, sale, DAY, D("24"))
    assert (sale.payment_stage, sale.paid_minor) == (PaymentStage.PAID, 12400)
    assert signed(postings.lines_of_payment(first)) == [("1010", D("100.00")), ("1200", D("-100.00"))]
    remove_payment(firm.actor, first)
    sale.refresh_from_db()
    assert (sale.payment_stage, sale.paid_minor) == (PaymentStage.PARTLY_PAID, 2400)
    assert "Payment of 100.00 EUR on 2026-10-12 removed" in [each.text for each in log_of(sale)]


def test_a_purchase_and_credit_notes_go_their_own_way(firm, purchase):
    out = add_payment(firm.actor, purchase, DAY, D("124"))
    assert signed(postings.lines_of_payment(out)) == [("1010", D("-124.00")), ("2100", D("124.00"))]
    credit = save_invoice(firm.actor, invoice("purchase", is_credit_note=True, number="K-1"))
    back = add_payment(firm.actor, credit, DAY, D("124"))
    assert signed(postings.lines_of_payment(back)) == [("1010", D("124.00")), ("2100", D("-124.00"))]


def test_too_much_is_refused_or_kept_as_a_prepayment(firm, sale):
    with pytest.raises(ServiceError, match=r"130 is more than the open 124\.00"):
        add_payment(firm.actor, sale, DAY, D("130"))
    payment = add_payment(firm.actor, sale, DAY, D("130"), allow_prepayment=True)
    assert signed(postings.lines_of_payment(payment)) == [
        ("1010", D("130.00")),
        ("1200", D("-124.00")),
        ("2200", D("-6.00")),
    ]
    assert payments.allocation_of(payment) == payments.Allocated(D("124.00"), D("6.00"))
    assert (sale.payment_stage, sale.paid_minor) == (PaymentStage.PAID, 12400)


def test_what_is_no_payment_is_refused(firm, sale):
    for amount in ("0", "-1", "0.001", "NaN"):
        with pytest.raises(ServiceError, match="positive amount"):
            add_payment(firm.actor, sale, DAY, D(amount))
    with pytest.raises(ServiceError, match="between 2000 and 2100"):
        add_payment(firm.actor, sale, dt.date(1026, 10, 12), D(1))
    draft = save_invoice(firm.actor, invoice("sales"))
    with pytest.raises(ServiceError, match="draft cannot be paid"):
        add_payment(firm.actor, draft, DAY, D(1))
    with pytest.raises(Forbidden):
        add_payment(member(firm.company, "viewer", "v@example.ee"), sale, DAY, D(1))
    LedgerAccount.objects.filter(company=firm.company, role="receivables").delete()
    with pytest.raises(ServiceError, match="no account for: Trade receivables"):
        add_payment(firm.actor, sale, DAY, D(1))
    assert not WorkspacePayment.objects.exists()


def test_parts_in_another_currency_add_up_to_what_was_booked(firm):
    row = save_invoice(firm.actor, invoice("purchase", line("100"), currency="SEK", exchange_rate=D("0.08913")))
    postings.post(firm.actor, row, propose(row))
    booked = next(each.signed for each in postings.lines_of(row) if each.part == "party")
    made = [add_payment(firm.actor, row, DAY, amount) for amount in (D("33.33"), D("33.33"), D("57.34"))]
    paid = sum(each.signed for payment in made for each in postings.lines_of_payment(payment) if each.part == "party")
    assert booked + paid == 0
    assert row.payment_stage == PaymentStage.PAID
    assert postings.is_fully_posted(row)


def test_a_bank_entry_pays_an_invoice_once(firm, sale):
    add_payment(firm.actor, sale, DAY, D(1), bank_entry_id="e1", origin=PaymentOrigin.BANK)
    with pytest.raises(ServiceError, match="has paid invoice"):
        add_payment(firm.actor, sale, DAY, D(1), bank_entry_id="e1", origin=PaymentOrigin.BANK)
    assert sale.payments.count() == 1


def test_a_closed_period_takes_no_payments_and_gives_none_back(firm, sale):
    payment = add_payment(firm.actor, sale, DAY, D(1))
    period = ClosedPeriod.objects.create(
        company=firm.company, side="sales", date_from="2026-10-01", date_to="2026-10-31", state="sent"
    )
    with pytest.raises(ServiceError, match="is closed"):
        add_payment(firm.actor, sale, DAY, D(1))
    with pytest.raises(ServiceError, match="is closed"):
        remove_payment(firm.actor, payment)
    add_payment(firm.actor, sale, dt.date(2026, 11, 1), D(1))
    ClosedPeriod.objects.filter(pk=period.pk).update(state="reopened")
    remove_payment(firm.actor, payment)


def test_a_changed_total_changes_what_is_paid(firm, purchase):
    add_payment(firm.actor, purchase, DAY, D("124"))
    purchase.refresh_from_db()
    kept = save_invoice(firm.actor, invoice("purchase", line("200")), row=purchase)
    assert kept.payment_stage == PaymentStage.PARTLY_PAID


# --- the bank, and the rule ---------------------------------------------------------------------------------


def at(*day: int) -> dt.datetime:
    return dt.datetime(*day, 12, tzinfo=dt.UTC)


def test_only_approved_purchases_go_to_the_bank(firm, sale, purchase):
    with pytest.raises(ServiceError, match="Only purchase invoices"):
        payments.send_to_bank(firm.actor, sale)
    received = save_invoice(firm.actor, invoice("purchase", number="A-2"))
    count, reasons = payments.send_many_to_bank(firm.actor, [received, purchase])
    assert count == 1
    assert "A-2 is not approved" in reasons[0]
    assert purchase.payment_stage == PaymentStage.AT_BANK
    payments.withdraw_from_bank(firm.actor, purchase)
    assert (purchase.payment_stage, purchase.bank_sent_at) == (PaymentStage.UNPAID, None)
    with pytest.raises(ServiceError, match="not been sent to the bank"):
        payments.set_bank_error(firm.actor, purchase, "x")


def sent(firm, purchase, day):
    payments.send_to_bank(firm.actor, purchase)
    WorkspaceInvoice.objects.filter(pk=purchase.pk).update(bank_sent_at=at(*day))


def test_three_days_past_the_due_date_without_a_bank_error_is_paid(firm, purchase):
    sent(firm, purchase, (2026, 10, 15))
    assert rules.run_rules(at(2026, 10, 21)) == 0  # due on the 19th
    assert rules.run_rules(at(2026, 10, 22)) == 1
    assert rules.run_rules(at(2026, 10, 23)) == 0
    purchase.refresh_from_db()
    payment = purchase.payments.get()
    assert (payment.origin, payment.date, payment.amount_minor) == ("rule", dt.date(2026, 10, 19), 12400)
    assert purchase.payment_stage == PaymentStage.PAID
    assert {each.why for each in postings.lines_of_payment(payment)} == {"rule"}
    assert "without a bank error" in log_of(purchase)[0].text


def test_a_bank_error_or_another_number_of_days_keeps_it_open(firm, purchase):
    sent(firm, purchase, (2026, 10, 15))
    WorkspaceSettings.objects.filter(company=firm.company).update(days_until_paid=10)
    assert rules.run_rules(at(2026, 10, 28)) == 0
    payments.set_bank_error(firm.actor, purchase, "konto on suletud")
    assert rules.run_rules(at(2026, 12, 1)) == 0
    payments.set_bank_error(firm.actor, purchase, "")
    assert rules.run_rules(at(2026, 10, 29)) == 1


def test_what_was_not_sent_or_is_of_a_company_without_workspace_is_left_alone(firm, purchase):
    assert rules.run_rules(at(2026, 12, 1)) == 0
    sent(firm, purchase, (2026, 10, 15))
    WorkspaceSettings.objects.filter(company=firm.company).update(is_on=False)
    assert rules.run_rules(at(2026, 12, 1)) == 0


def test_the_rule_pays_the_rest_on_the_day_it_was_sent_and_not_into_a_closed_period(firm, purchase):
    add_payment(firm.actor, purchase, DAY, D("24"))
    sent(firm, purchase, (2026, 10, 25))
    ClosedPeriod.objects.create(
        company=firm.company, side="purchase", date_from="2026-10-01", date_to="2026-10-31", state="sent"
    )
    assert rules.run_rules(at(2026, 11, 3)) == 1
    payment = purchase.payments.order_by("pk").last()
    assert (payment.date, payment.amount_minor) == (dt.date(2026, 11, 3), 10000)


def test_amounts_are_never_changed_by_reading(firm, purchase):
    before = stored_invoice(purchase)
    add_payment(firm.actor, purchase, DAY, D("24"))
    purchase.refresh_from_db()
    assert msgspec.json.encode(stored_invoice(purchase)) == msgspec.json.encode(before)
    assert timezone.now() > purchase.created_at


def test_what_changed_after_it_went_to_the_bank_is_not_taken_as_paid(firm, purchase):
    sent(firm, purchase, (2026, 10, 15))
    kept = save_invoice(firm.actor, invoice("purchase", line("1000")), row=purchase)
    assert (kept.bank_sent_at, kept.payment_stage) == (None, PaymentStage.UNPAID)
    assert "No longer marked as sent to the bank" in [each.text for each in log_of(kept)]
    WorkspaceInvoice.objects.filter(pk=purchase.pk).update(stage="approved")
    assert rules.run_rules(at(2026, 12, 1)) == 0


def test_a_note_does_not_call_an_invoice_back_from_the_bank(firm, purchase):
    sent(firm, purchase, (2026, 10, 15))
    kept = save_invoice(firm.actor, invoice("purchase", note="muu"), row=purchase)
    assert (kept.bank_sent_at, kept.payment_stage) == (at(2026, 10, 15), PaymentStage.AT_BANK)


def test_an_invoice_whose_approval_was_taken_back_is_not_paid_by_rule(firm, purchase):
    sent(firm, purchase, (2026, 10, 15))
    WorkspaceInvoice.objects.filter(pk=purchase.pk).update(stage="received")
    assert rules.run_rules(at(2026, 12, 1)) == 0
    WorkspaceInvoice.objects.filter(pk=purchase.pk).update(stage="approved")
    assert rules.run_rules(at(2026, 12, 1)) == 1


def test_what_was_paid_in_advance_does_not_pay_the_invoice_once_another_payment_is_gone(firm, sale):
    first = add_payment(firm.actor, sale, DAY, D("100"))
    second = add_payment(firm.actor, sale, DAY, D("54"), allow_prepayment=True)
    assert payments.allocation_of(second).prepaid == D("30.00")
    remove_payment(firm.actor, first)
    sale.refresh_from_db()
    assert (sale.paid_minor, sale.payment_stage) == (2400, PaymentStage.PARTLY_PAID)
    booked = sum(each.signed for each in postings.lines_of_payment(second) if each.account == "1200")
    assert open_amount(sale) == D("124") + booked == D("100.00")


def test_a_total_that_grows_is_not_paid_by_what_was_paid_in_advance(firm, purchase):
    add_payment(firm.actor, purchase, DAY, D("148.80"), allow_prepayment=True)
    purchase.refresh_from_db()
    kept = save_invoice(firm.actor, invoice("purchase", line("120")), row=purchase)
    assert (kept.gross_minor, kept.paid_minor, kept.payment_stage) == (14880, 12400, PaymentStage.PARTLY_PAID)
