"""Bank files of the invoice workspace: what came, what it paid, and what it did not and why."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.ledger import PaymentOut, payment_out
from tilisilta.api.shapes import ACCOUNTANT, Amount, Id, Input, Page, PageQuery, Text, amount, page_out
from tilisilta.services import listings
from tilisilta.services.ledger import bank_files
from tilisilta.services.ledger.listing import find_invoice
from tilisilta.store.models import BankEntry, BankEntryState

router = Router(tags=["Ledger"])


class BankForm(Schema):
    """Which account of the chart the file is of."""

    bank_account: str = Field("", max_length=20, description="Account number; empty for the usual bank account")


class BankFileOut(Schema):
    """What became of a bank file."""

    name: str
    new_count: int
    known_count: int = Field(description="Entries that came before")
    announced_count: int = Field(description="Entries that are not booked yet")
    matched_count: int
    proposed_count: int
    unmatched_count: int
    remarks: list[str]


class BankEntryOut(Schema):
    """One payment that a bank showed; money in is positive."""

    id: int
    date: dt.date
    amount: Amount
    currency: str
    counterparty_name: str
    counterparty_iban: str
    reference_number: str
    message: str
    state: BankEntryState
    why: str
    why_text: str = Field(description="Why it matched or did not, in the caller's language")
    invoice_id: int | None = Field(description="The invoice that it paid, or that is proposed")
    payment_id: int | None


class BankEntryQuery(PageQuery):
    """Filters of bank entries."""

    state: BankEntryState | None = None
    text: Text = Field("", description="Part of the counterparty's name, or a reference number")


class EntryPostIn(Input):
    """Which invoice an entry paid; without it the proposed one."""

    invoice_id: Id | None = None
    allow_prepayment: bool = False
    bank_account: str = Field("", max_length=20)


def _entry(row: BankEntry) -> BankEntryOut:
    return BankEntryOut(
        id=row.pk,
        date=row.date,
        amount=amount(row.amount_minor, row.currency),
        currency=row.currency,
        counterparty_name=row.counterparty_name,
        counterparty_iban=row.counterparty_iban,
        reference_number=row.reference_number,
        message=row.message,
        state=BankEntryState(row.state),
        why=row.why,
        why_text=str(bank_files.why_text(row.why)),
        invoice_id=row.invoice_id,
        payment_id=row.payment_id,
    )


@router.post("/bank-files", response={201: BankFileOut}, summary="Bring a bank file in", openapi_extra=ACCOUNTANT)
def upload_bank_file(request: HttpRequest, form: Form[BankForm], file: File[UploadedFile]) -> Status[BankFileOut]:
    """Read a camt.053 or camt.054 file: payments by a sure reference number are recorded, others proposed or listed."""
    taken = bank_files.take(actor_of(request), file.name or "", file.read(), bank_account=form.bank_account)
    return Status(
        201,
        BankFileOut(
            name=taken.name,
            new_count=taken.new,
            known_count=taken.known,
            announced_count=taken.announced,
            matched_count=taken.matched,
            proposed_count=taken.proposed,
            unmatched_count=taken.unmatched,
            remarks=list(taken.remarks),
        ),
    )


@router.get("/bank-entries", response=Page[BankEntryOut], summary="List bank entries")
def list_bank_entries(request: HttpRequest, query: Query[BankEntryQuery]) -> dict[str, Any]:
    """Return bank entries, newest first."""
    found = bank_files.entries(actor_of(request).company, state=query.state or "", text=query.text)
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), _entry)


@router.post(
    "/bank-entries/{int:entry_id}/post",
    response={201: PaymentOut},
    summary="Record a bank entry as a payment",
    openapi_extra=ACCOUNTANT,
)
def post_bank_entry(request: HttpRequest, entry_id: Id, wanted: EntryPostIn) -> Status[PaymentOut]:
    """Record an entry as the payment of the proposed invoice, or of another one of the same direction and currency."""
    actor = actor_of(request)
    entry = bank_files.find_entry(actor.company, entry_id)
    invoice = find_invoice(actor.company, wanted.invoice_id) if wanted.invoice_id else None
    made = bank_files.post_entry(
        actor, entry, invoice, allow_prepayment=wanted.allow_prepayment, bank_account=wanted.bank_account
    )
    return Status(201, payment_out(made))


@router.post(
    "/bank-entries/{int:entry_id}/undo",
    response=BankEntryOut,
    summary="Take a bank entry's payment back",
    openapi_extra=ACCOUNTANT,
)
def undo_bank_entry(request: HttpRequest, entry_id: Id) -> BankEntryOut:
    """Remove the payment that an entry was recorded as; the entry is open again."""
    actor = actor_of(request)
    bank_files.undo_entry(actor, bank_files.find_entry(actor.company, entry_id))
    return _entry(bank_files.find_entry(actor.company, entry_id))


@router.post(
    "/bank-entries/{int:entry_id}/leave-out",
    response=BankEntryOut,
    summary="Leave a bank entry out",
    openapi_extra=ACCOUNTANT,
)
def leave_bank_entry_out(request: HttpRequest, entry_id: Id) -> BankEntryOut:
    """Put an entry aside that pays no invoice."""
    actor = actor_of(request)
    bank_files.leave_out(actor, bank_files.find_entry(actor.company, entry_id))
    return _entry(bank_files.find_entry(actor.company, entry_id))
