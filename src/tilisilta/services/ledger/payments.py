"""Payments of invoices: by hand, by bank file, by rule; each is posted as it is recorded."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import Invoice
from tilisilta.core.ledger import Part, PaymentAccounts, PostingLine, payment_lines
from tilisilta.core.money import ZERO, amount_from_minor, amount_minor, round_amount
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.ledger.locks import require_day_open, require_payment_open
from tilisilta.services.ledger.postings import lines_of_payment, side_of, store_lines
from tilisilta.services.workspace import events, hooks
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.store.models import (
    AccountRole,
    BankEntry,
    BankEntryState,
    InvoicePosting,
    InvoiceStage,
    PaymentOrigin,
    PaymentStage,
    Role,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)

_YEARS: Final = (2000, 2100)

events.TEXTS.update(
    {
        "payment.added": _("Paid %(amount)s %(currency)s on %(date)s"),
        "payment.removed": _("Payment of %(amount)s %(currency)s on %(date)s removed"),
        "payment.by_rule": _("Taken as paid on %(date)s: past the due date without a bank error"),
        "bank.sent": _("Sent to the bank"),
        "bank.withdrawn": _("No longer marked as sent to the bank"),
        "bank.error": _("The bank's error: %(error)s"),
    }
)


class Allocated(msgspec.Struct, frozen=True):
    """How a payment splits, in the invoice's currency."""

    to_invoice: Decimal
    prepaid: Decimal


def open_amount(row: WorkspaceInvoice) -> Decimal:
    """Return what of an invoice is not paid yet, in its currency."""
    return amount_from_minor(row.gross_minor - row.paid_minor, row.currency)


def payments_of(row: WorkspaceInvoice) -> list[WorkspacePayment]:
    """Return an invoice's payments, oldest first."""
    found = WorkspacePayment.objects.filter(invoice=row).select_related("closed_period", "created_by")
    return list(found.order_by("date", "pk"))


def find_payment(row: WorkspaceInvoice, pk: int) -> WorkspacePayment:
    """Return one payment of an invoice.

    Raises:
        WorkspacePayment.DoesNotExist: it is another invoice's or gone.
    """
    return WorkspacePayment.objects.select_related("closed_period", "company").get(invoice=row, pk=pk)


@transaction.atomic
def add_payment(
    actor: Actor,
    row: WorkspaceInvoice,
    date: dt.date,
    amount: Decimal,
    *,
    origin: str = PaymentOrigin.HAND,
    reference_number: str = "",
    bank_entry_id: str = "",
    note: str = "",
    allow_prepayment: bool = False,
    bank_account: str = "",
) -> WorkspacePayment:
    """Record money that paid an invoice, whole or in part, and post it: bank against receivable or payable.

    Args:
        actor: An accountant or higher.
        row: The invoice.
        date: The day on the bank account.
        amount: Positive, in the invoice's currency; of a credit note it is the money that went the other way.
        origin: Where it is known from.
        reference_number: By which it was paid.
        bank_entry_id: The bank entry that it is; it pays one invoice once.
        note: In the accountant's words.
        allow_prepayment: Keep what is more than the open amount as paid in advance, instead of refusing it.
        bank_account: Number of the account that it is booked on; empty for the company's usual bank account.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: PAYMENT_AMOUNT_INVALID, PAYMENT_DATE_INVALID, PAYMENT_DRAFT, PAYMENT_OVER, PAYMENT_TWICE,
            PAYMENT_ACCOUNT_MISSING, ACCOUNT_UNKNOWN, EXCHANGE_RATE_MISSING, LEDGER_PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    _require_payable(locked, date, amount)
    still_open = max(open_amount(locked), ZERO)
    if amount > still_open and not allow_prepayment:
        raise ServiceError("PAYMENT_OVER", amount=amount, open=still_open)
    require_day_open(actor.company, locked.direction, date)
    payment = WorkspacePayment(
        company=actor.company,
        invoice=locked,
        date=date,
        amount_minor=amount_minor(amount, locked.currency),
        currency=locked.currency,
        origin=origin,
        reference_number=reference_number[:35],
        bank_entry_id=bank_entry_id,
        note=note[:200],
        created_by=actor.user,
    )
    try:
        with transaction.atomic():
            payment.save()
    except IntegrityError:
        raise ServiceError("PAYMENT_TWICE", number=locked.number or locked.party_name) from None
    prepaid = max(amount - still_open, ZERO)
    _post(actor, payment, stored_invoice(locked), prepaid, bank_account)
    refresh_paid(locked)
    event = "payment.by_rule" if origin == PaymentOrigin.RULE else "payment.added"
    events.log_event(locked, event, actor, amount=amount, currency=locked.currency, date=date.isoformat())
    for also in hooks.paid:
        also(actor, payment)
    _follow(row, locked)
    return payment


def _require_payable(row: WorkspaceInvoice, date: dt.date, amount: Decimal) -> None:
    if not amount.is_finite() or amount <= 0 or amount != round_amount(amount, row.currency):
        raise ServiceError("PAYMENT_AMOUNT_INVALID")
    if not _YEARS[0] <= date.year < _YEARS[1]:
        raise ServiceError("PAYMENT_DATE_INVALID")
    if row.stage == InvoiceStage.DRAFT:
        raise ServiceError("PAYMENT_DRAFT")


def _post(actor: Actor, payment: WorkspacePayment, invoice: Invoice, prepaid: Decimal, bank_account: str) -> None:
    row = payment.invoice
    book = AccountBook(actor.company)
    side = side_of(row)
    if bank_account and book.of_number(bank_account) is None:
        raise ServiceError("ACCOUNT_UNKNOWN", line=1, number=bank_account)
    accounts = PaymentAccounts(
        bank=bank_account or book.part(Part.BANK, side).account,
        party=book.part(Part.PARTY, side).account,
        prepaid=book.part(Part.PREPAID, side).account,
    )
    party_role = AccountRole.RECEIVABLES if row.direction == Side.SALES else AccountRole.PAYABLES
    needed = [(accounts.bank, AccountRole.BANK), (accounts.party, party_role)]
    if prepaid:
        needed.append((accounts.prepaid, AccountRole.PREPAYMENTS))
    for account, role in needed:
        if not account:
            raise ServiceError("PAYMENT_ACCOUNT_MISSING", role=role.label)
    settled, extra = _in_books(payment, invoice, prepaid)
    lines = [
        msgspec.structs.replace(line, description=payment.note, why="rule" if payment.origin == "rule" else "role")
        for line in payment_lines(
            settled + extra, accounts, direction=side, is_credit_note=row.is_credit_note, prepaid=extra
        )
    ]
    store_lines(row, lines, payment.date, book, payment)


def _in_books(payment: WorkspacePayment, invoice: Invoice, prepaid: Decimal) -> tuple[Decimal, Decimal]:
    """Return what a payment settles and prepays, in the books' currency and at the invoice's own rate.

    Part payments of an invoice in another currency add up to what the invoice was booked at, to the cent.
    """
    row, books = payment.invoice, payment.company.base_currency
    amount = amount_from_minor(payment.amount_minor, payment.currency)
    if payment.currency == books:
        return amount - prepaid, prepaid
    if not invoice.exchange_rate:
        raise ServiceError("EXCHANGE_RATE_MISSING", number=row.number or row.party_name, currency=payment.currency)
    rate = invoice.exchange_rate
    earlier = [each for each in payments_of(row) if each.pk != payment.pk]
    booked = sum((abs(line.signed) for each in earlier for line in _party_lines(each)), ZERO)
    paid = amount_from_minor(row.paid_minor, row.currency) + amount - prepaid
    return round_amount(paid * rate, books) - booked, round_amount(prepaid * rate, books)


def _party_lines(payment: WorkspacePayment) -> list[PostingLine]:
    return [line for line in lines_of_payment(payment) if line.part is Part.PARTY]


def allocation_of(payment: WorkspacePayment) -> Allocated:
    """Return what of a payment pays its invoice, and what was paid in advance beyond it."""
    amount = amount_from_minor(payment.amount_minor, payment.currency)
    lines = lines_of_payment(payment)
    prepaid = sum((abs(line.signed) for line in lines if line.part is Part.PREPAID), ZERO)
    moved = sum((abs(line.signed) for line in lines if line.part is Part.BANK), ZERO)
    own = round_amount(amount * prepaid / moved, payment.currency) if moved else ZERO
    return Allocated(amount - own, own)


@transaction.atomic
def remove_payment(actor: Actor, payment: WorkspacePayment) -> None:
    """Remove a payment and its posting; a bank entry that it came from is open again.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: LEDGER_PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    held = WorkspacePayment.objects.select_for_update(of=("self",)).select_related("closed_period")
    payment = held.get(pk=payment.pk, company=actor.company)
    row = _locked(actor, payment.invoice)
    require_payment_open(payment)
    require_day_open(actor.company, row.direction, payment.date)
    amount = amount_from_minor(payment.amount_minor, payment.currency)
    BankEntry.objects.filter(company=actor.company, payment=payment).update(
        state=BankEntryState.OPEN, why="undone", payment=None
    )
    for also in hooks.unpaying:
        also(actor, payment)
    payment.delete()
    refresh_paid(row)
    events.log_event(
        row, "payment.removed", actor, amount=amount, currency=payment.currency, date=payment.date.isoformat()
    )


def refresh_paid(row: WorkspaceInvoice) -> None:
    """Let an invoice say what is paid of it and where its payment stands, and save that."""
    total = WorkspacePayment.objects.filter(invoice=row).aggregate(total=Sum("amount_minor"))["total"] or 0
    total -= _prepaid_minor(row) if total else 0
    row.paid_minor = min(total, max(row.gross_minor, 0))  # what was paid beyond it is a prepayment of the party
    if total and row.paid_minor >= row.gross_minor:
        row.payment_stage = PaymentStage.PAID
    elif total:
        row.payment_stage = PaymentStage.PARTLY_PAID
    else:
        row.payment_stage = PaymentStage.AT_BANK if row.bank_sent_at else PaymentStage.UNPAID
    row.save(update_fields=["paid_minor", "payment_stage"])


def _prepaid_minor(row: WorkspaceInvoice) -> int:
    """Return what payments of an invoice keep as paid in advance: it stays with the party when others are removed.

    Of another currency nothing is told: converted back, a cent could be missing on an invoice that is paid.
    """
    if row.currency != row.company.base_currency:
        return 0
    kept = InvoicePosting.objects.filter(payment__invoice=row, account__role=AccountRole.PREPAYMENTS)
    comes_in = (row.direction == Side.SALES) != row.is_credit_note
    return int(kept.aggregate(total=Sum("credit_minor" if comes_in else "debit_minor"))["total"] or 0)


def invoice_changed(actor: Actor, row: WorkspaceInvoice) -> None:
    """Let the payment of an invoice follow its new amount or payee. The caller holds the row.

    What the bank was told is not what is to be paid any more, so the mark "sent to the bank" goes: the rule would
    take the new amount as paid.
    """
    if row.bank_sent_at is not None:
        _leave_bank(actor, row)
    elif row.paid_minor:
        refresh_paid(row)


def _locked(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    found = WorkspaceInvoice.objects.select_for_update(of=("self",))
    return found.select_related("closed_period", "party", "company").get(pk=row.pk, company=actor.company)


def _follow(row: WorkspaceInvoice, locked: WorkspaceInvoice) -> None:
    row.paid_minor, row.payment_stage = locked.paid_minor, locked.payment_stage
    row.bank_sent_at, row.bank_error = locked.bank_sent_at, locked.bank_error


# --- the bank ------------------------------------------------------------------------------------------------


@transaction.atomic
def send_to_bank(actor: Actor, row: WorkspaceInvoice) -> None:
    """Mark an approved purchase invoice as sent to the bank; an error that the bank had told is forgotten.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_SEND_SALES, BANK_SEND_PAID, BANK_SEND_NOT_APPROVED.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    if locked.direction != Side.PURCHASES:
        raise ServiceError("BANK_SEND_SALES")
    if locked.payment_stage == PaymentStage.PAID:
        raise ServiceError("BANK_SEND_PAID", number=locked.number)
    if locked.stage != InvoiceStage.APPROVED:
        raise ServiceError("BANK_SEND_NOT_APPROVED", number=locked.number)
    locked.bank_sent_at, locked.bank_error = timezone.now(), ""
    locked.save(update_fields=["bank_sent_at", "bank_error"])
    refresh_paid(locked)
    events.log_event(locked, "bank.sent", actor)
    _follow(row, locked)


@transaction.atomic
def withdraw_from_bank(actor: Actor, row: WorkspaceInvoice) -> None:
    """Take the mark "sent to the bank" back.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_NOT_SENT.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    if locked.bank_sent_at is None:
        raise ServiceError("BANK_NOT_SENT", number=locked.number)
    _leave_bank(actor, locked)
    _follow(row, locked)


def _leave_bank(actor: Actor, row: WorkspaceInvoice) -> None:
    row.bank_sent_at, row.bank_error = None, ""
    row.save(update_fields=["bank_sent_at", "bank_error"])
    refresh_paid(row)
    events.log_event(row, "bank.withdrawn", actor)


@transaction.atomic
def set_bank_error(actor: Actor, row: WorkspaceInvoice, error: str) -> None:
    """Keep what the bank said against a payment that was sent to it; an empty text takes it back.

    While an error stands, the invoice is never taken as paid by rule.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_NOT_SENT.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    if locked.bank_sent_at is None:
        raise ServiceError("BANK_NOT_SENT", number=locked.number)
    locked.bank_error = " ".join(error.split())[:200]
    locked.save(update_fields=["bank_error"])
    events.log_event(locked, "bank.error", actor, error=locked.bank_error or "–")
    _follow(row, locked)


def send_many_to_bank(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> tuple[int, list[str]]:
    """Mark invoices as sent to the bank; return how many, and why the others were not."""
    count, reasons = 0, []
    for row in rows:
        try:
            send_to_bank(actor, row)
        except ServiceError as error:
            reasons.append(str(error))
        else:
            count += 1
    return count, reasons
