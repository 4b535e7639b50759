"""Postings of invoices: a proposal that somebody accepted, or lines by hand; they balance to the cent.

Nothing is posted silently: a person posts, singly or many at once, or has chosen in the settings that sent sales
invoices are posted as proposed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import Direction, Invoice
from tilisilta.core.ledger import Part, PostingLine, difference, part_of_role, totals
from tilisilta.core.money import ZERO, amount_from_minor, amount_minor, round_amount
from tilisilta.core.vat import VatTreatment
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.ledger.locks import require_day_open, require_invoice_open
from tilisilta.services.ledger.proposals import propose
from tilisilta.services.workspace import events, hooks
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.store.models import (
    Company,
    InvoicePosting,
    InvoiceStage,
    LedgerAccount,
    PostingStage,
    Role,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)

MAX_LINES: Final = 5_000
_HAND: Final = "hand"

events.TEXTS.update(
    {
        "posting.posted": _("Posted, %(count)s lines"),
        "posting.undone": _("Posting taken back"),
        "posting.outdated": _("Posting taken back, because the invoice was changed"),
    }
)


class Left(msgspec.Struct, frozen=True):
    """An invoice whose proposal was not accepted, with the reason in the reader's language."""

    invoice: WorkspaceInvoice
    code: str
    reason: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of many proposals."""

    posted: int
    left: tuple[Left, ...] = ()


# --- what is posted -----------------------------------------------------------------------------------------


def lines_of(row: WorkspaceInvoice) -> list[PostingLine]:
    """Return the posted lines of an invoice itself, without its payments; none while it is not posted."""
    return as_lines(InvoicePosting.objects.filter(invoice=row, payment=None).select_related("account"), row.company)


def lines_of_payment(payment: WorkspacePayment) -> list[PostingLine]:
    """Return the posted lines of a payment."""
    return as_lines(InvoicePosting.objects.filter(payment=payment).select_related("account"), payment.company)


def as_lines(postings: Iterable[InvoicePosting], company: Company) -> list[PostingLine]:
    """Return stored postings as lines, in their order; `account` must be loaded with them."""
    return [as_line(each, company) for each in sorted(postings, key=lambda each: (each.position, each.pk))]


def as_line(posting: InvoicePosting, company: Company) -> PostingLine:
    """Return one stored posting; its part follows from its account's role."""
    currency = company.base_currency
    return PostingLine(
        account=posting.account.number,
        part=part_of_role(posting.account.role),
        debit=amount_from_minor(posting.debit_minor, currency),
        credit=amount_from_minor(posting.credit_minor, currency),
        vat_rate=None if posting.vat_rate is None else posting.vat_rate.normalize(),
        vat_treatment=VatTreatment(posting.vat_treatment) if posting.vat_treatment else None,
        description=posting.description,
        why=posting.why,
    )


def is_fully_posted(row: WorkspaceInvoice) -> bool:
    """Return whether an invoice and every payment of it are posted."""
    if row.posting_stage != PostingStage.POSTED:
        return False
    return not WorkspacePayment.objects.filter(invoice=row, postings=None).exists()


def posting_date(invoice: Invoice) -> dt.date:
    """Return the day that an invoice is posted on: its entry date where it has one, else its own."""
    return invoice.entry_date or invoice.date


# --- posting ------------------------------------------------------------------------------------------------


@transaction.atomic
def post(actor: Actor, row: WorkspaceInvoice, lines: Sequence[PostingLine]) -> list[PostingLine]:
    """Post an invoice with these lines, and return them as they are stored.

    Lines that differ from the proposal are marked as chosen by hand.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: POSTING_DRAFT, POSTING_REJECTED, POSTING_DONE, POSTING_WITHOUT_LINES, POSTING_TOO_MANY_LINES,
            POSTING_ACCOUNT_MISSING, ACCOUNT_UNKNOWN, ACCOUNT_INACTIVE, POSTING_AMOUNT_INVALID, POSTING_VAT_MISSING,
            POSTING_DOES_NOT_BALANCE, POSTING_DIFFERS_FROM_INVOICE (with the difference), LEDGER_PERIOD_CLOSED,
            LEDGER_INVOICE_CLOSED, EXCHANGE_RATE_MISSING.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    book = AccountBook(actor.company)
    _require_postable(locked)
    stored = _post(actor, locked, lines, propose(locked, book), book)
    row.posting_stage = locked.posting_stage
    return stored


def _post(
    actor: Actor,
    row: WorkspaceInvoice,
    lines: Sequence[PostingLine],
    proposed: Sequence[PostingLine],
    book: AccountBook,
) -> list[PostingLine]:
    invoice = stored_invoice(row)
    checked = [
        _as_reasoned(_checked(line, place, book), proposed[place - 1] if place <= len(proposed) else None)
        for place, line in enumerate(lines, start=1)
    ]
    if checked or proposed:  # an invoice of nothing has nothing to book
        _require_sound(row, invoice, checked)
    day = posting_date(invoice)
    require_day_open(actor.company, row.direction, day)
    InvoicePosting.objects.filter(invoice=row, payment=None).delete()
    store_lines(row, checked, day, book)
    row.posting_stage = PostingStage.POSTED
    row.save(update_fields=["posting_stage"])
    events.log_event(row, "posting.posted", actor, count=len(checked))
    for also in hooks.posted:
        also(actor, row)
    return checked


def store_lines(
    row: WorkspaceInvoice,
    lines: Sequence[PostingLine],
    day: dt.date,
    book: AccountBook,
    payment: WorkspacePayment | None = None,
) -> None:
    """Write lines whose accounts are known as the postings of an invoice, or of its payment."""
    currency = book.company.base_currency
    InvoicePosting.objects.bulk_create(
        InvoicePosting(
            company=book.company,
            invoice=row,
            payment=payment,
            position=place,
            account=book.by_number[line.account],
            date=day,
            debit_minor=amount_minor(line.debit, currency),
            credit_minor=amount_minor(line.credit, currency),
            vat_rate=line.vat_rate,
            vat_treatment=line.vat_treatment or "",
            description=line.description[:200],
            why=line.why,
        )
        for place, line in enumerate(lines, start=1)
    )


@transaction.atomic
def unpost(actor: Actor, row: WorkspaceInvoice) -> None:
    """Take the posting of an invoice back; its payments stay posted.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: POSTING_NOT_DONE, LEDGER_INVOICE_CLOSED, LEDGER_PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    locked = _locked(actor, row)
    if locked.posting_stage != PostingStage.POSTED:
        raise ServiceError("POSTING_NOT_DONE", number=locked.number or locked.party_name)
    require_invoice_open(locked)
    require_day_open(actor.company, locked.direction, posting_date(stored_invoice(locked)))
    for also in hooks.unposting:
        also(actor, locked)
    take_back(actor, locked, "posting.undone")
    row.posting_stage = locked.posting_stage


def take_back(actor: Actor, row: WorkspaceInvoice, event: str) -> None:
    """Remove an invoice's own postings without asking; `event` says in its log why."""
    InvoicePosting.objects.filter(invoice=row, payment=None).delete()
    row.posting_stage = PostingStage.NONE
    row.save(update_fields=["posting_stage"])
    events.log_event(row, event, actor)


def accept_proposals(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> Accepted:
    """Post invoices as proposed; one that cannot be posted is left with its reason, and the others go on.

    Raises:
        Forbidden: the role is lower than an accountant's.
    """
    require(actor, Role.ACCOUNTANT)
    book = AccountBook(actor.company)
    posted = 0
    left: list[Left] = []
    for row in rows:
        try:
            with transaction.atomic():
                locked = _locked(actor, row)
                _require_postable(locked)
                proposed = propose(locked, book)
                _post(actor, locked, proposed, proposed, book)
        except ServiceError as error:
            left.append(Left(row, error.code, str(error)))
        else:
            posted += 1
    return Accepted(posted=posted, left=tuple(left))


def postable(company: Company, ids: Iterable[int]) -> list[WorkspaceInvoice]:
    """Return those of a company's invoices with these ids, oldest first."""
    found = WorkspaceInvoice.objects.filter(company=company, pk__in=list(ids))
    return list(found.select_related("party", "company", "closed_period").order_by("date", "pk"))


# --- checks -------------------------------------------------------------------------------------------------


def _locked(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    found = WorkspaceInvoice.objects.select_for_update(of=("self",))
    return found.select_related("closed_period", "party", "company").get(pk=row.pk, company=actor.company)


def _require_postable(row: WorkspaceInvoice) -> None:
    if row.posting_stage == PostingStage.POSTED:
        raise ServiceError("POSTING_DONE", number=row.number or row.party_name)
    if row.stage == InvoiceStage.DRAFT:
        raise ServiceError("POSTING_DRAFT")
    if row.stage == InvoiceStage.REJECTED:
        raise ServiceError("POSTING_REJECTED")
    require_invoice_open(row)


def _checked(line: PostingLine, place: int, book: AccountBook) -> PostingLine:
    """Return a line whose account and amounts can be stored; its part follows from its account."""
    if not line.account:
        raise ServiceError("POSTING_ACCOUNT_MISSING", line=place, description=line.description or "–")
    account = _account(line.account, place, book)
    currency = book.company.base_currency
    amounts = (line.debit, line.credit)
    exact = all(amount.is_finite() and amount >= 0 and amount == round_amount(amount, currency) for amount in amounts)
    if not exact or bool(line.debit) == bool(line.credit):
        raise ServiceError("POSTING_AMOUNT_INVALID", line=place)
    part = part_of_role(account.role)
    if part is Part.BASE and line.vat_treatment is None:
        raise ServiceError("POSTING_VAT_MISSING", line=place, number=account.number)
    return msgspec.structs.replace(line, account=account.number, part=part)


def _account(number: str, place: int, book: AccountBook) -> LedgerAccount:
    account = book.by_number.get(number.strip())
    if account is None:
        raise ServiceError("ACCOUNT_UNKNOWN", line=place, number=number)
    if not account.is_active:
        raise ServiceError("ACCOUNT_INACTIVE", line=place, number=number)
    return account


def _as_reasoned(line: PostingLine, proposed: PostingLine | None) -> PostingLine:
    """Return a line with the proposal's reason where it is the proposal's, else as chosen by hand."""
    facts = ("account", "debit", "credit", "vat_rate", "vat_treatment")
    same = proposed is not None and all(getattr(line, name) == getattr(proposed, name) for name in facts)
    return msgspec.structs.replace(line, why=proposed.why if same and proposed else _HAND)


def _require_sound(row: WorkspaceInvoice, invoice: Invoice, lines: Sequence[PostingLine]) -> None:
    """Require that the lines balance, and that receivable or payable is what the invoice asks to be paid."""
    if not lines:
        raise ServiceError("POSTING_WITHOUT_LINES")
    if len(lines) > MAX_LINES:
        raise ServiceError("POSTING_TOO_MANY_LINES", limit=MAX_LINES)
    if off := difference(lines):
        debit, credit = totals(lines)
        raise ServiceError("POSTING_DOES_NOT_BALANCE", debit=debit, credit=credit, difference=abs(off))
    booked = sum((line.signed for line in lines if line.part is Part.PARTY), ZERO)
    is_debit = (row.direction == Side.SALES) != invoice.is_credit_note
    wanted = payable_in_books(row, invoice) * (1 if is_debit else -1)
    if booked != wanted:
        raise ServiceError(
            "POSTING_DIFFERS_FROM_INVOICE", booked=abs(booked), invoice=abs(wanted), difference=abs(booked - wanted)
        )


def payable_in_books(row: WorkspaceInvoice, invoice: Invoice) -> Decimal:
    """Return what an invoice asks to be paid, in the books' currency."""
    currency = row.company.base_currency
    rate = invoice.exchange_rate if invoice.currency != currency else None
    return round_amount(invoice.payable * (rate or 1), currency)


def side_of(row: WorkspaceInvoice) -> Direction:
    """Return the side of an invoice as core has it."""
    return Direction(row.direction)
