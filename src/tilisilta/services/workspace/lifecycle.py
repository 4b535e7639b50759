"""What happens to an invoice after it is written: sent with its number, copied, credited, deleted while a draft."""

import datetime as dt
from typing import Final

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from tilisilta.core.documents import BankAccount, Invoice, InvoiceRef
from tilisilta.core.money import ZERO
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import hooks, numbering, outputs
from tilisilta.services.workspace.content import require_open, stored_invoice, today_of
from tilisilta.services.workspace.events import log_event
from tilisilta.services.workspace.saving import save_invoice, write_columns
from tilisilta.services.workspace.settings import require_on, settings_of
from tilisilta.store.models import InvoiceStage, NumberSeries, Role, Side, WorkspaceInvoice, WorkspaceSettings

_FRESH: Final = {"number": "", "reference_number": "", "prepaid": ZERO, "credits": (), "extra": {}}


@transaction.atomic
def send_sales(actor: Actor, row: WorkspaceInvoice, *, series: NumberSeries | None = None) -> WorkspaceInvoice:
    """Give a draft its number and reference number, make its picture, and mark it sent.

    Nothing leaves the house by itself: the person downloads the e-invoice or the PDF, or an integration carries it.

    Raises:
        Forbidden: the role is too low.
        ServiceError: WORKSPACE_OFF, INVOICE_NOT_SALES, INVOICE_NOT_DRAFT, PERIOD_CLOSED, SERIES_MISSING,
            NUMBER_TAKEN, OUTPUT_FAILED when it cannot be printed.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    row = _locked(actor, row)
    if row.direction != Side.SALES:
        raise ServiceError("INVOICE_NOT_SALES")
    if row.stage != InvoiceStage.DRAFT:
        raise ServiceError("INVOICE_NOT_DRAFT", number=row.number)
    require_open(row)
    draft = stored_invoice(row)
    number = numbering.take_number(actor.company, is_credit_note=row.is_credit_note, series=series)
    kept = settings_of(actor.company)
    invoice = msgspec.structs.replace(
        draft,
        number=number,
        reference_number=draft.reference_number
        or ("" if row.is_credit_note else numbering.make_reference(actor.company, number, row.pk)),
        due_date=draft.due_date or draft.date + dt.timedelta(days=kept.payment_term_days),
        bank_account=draft.bank_account or own_account(kept),
        interest_percent=kept.interest_percent if draft.interest_percent is None else draft.interest_percent,
    )
    write_columns(row, invoice)
    row.stage = InvoiceStage.SENT
    row.sent_at = timezone.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ServiceError("NUMBER_TAKEN", number=number) from error
    outputs.make_image(actor, row)
    log_event(row, "invoice.sent", actor, number=number)
    for also in hooks.sent:
        also(actor, row)
    return row


def own_account(kept: WorkspaceSettings) -> BankAccount | None:
    """Return the account of the settings that a sale is paid to; None while none is entered."""
    return BankAccount(iban=kept.bank_iban, bic=kept.bank_bic) if kept.bank_iban else None


def _locked(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    found = WorkspaceInvoice.objects.select_for_update(of=("self",)).select_related("closed_period", "party")
    return found.get(pk=row.pk, company=actor.company)


def copied(row: WorkspaceInvoice, today: dt.date) -> Invoice:
    """Return the content of a new invoice like this one: of today, without number and reference number.

    The due date keeps its distance; of a purchase invoice the supplier's number is asked for anew.
    """
    invoice = stored_invoice(row)
    term = invoice.due_date - invoice.date if invoice.due_date else None
    return msgspec.structs.replace(
        invoice,
        date=today,
        due_date=today + term if term is not None else None,
        delivery_date=None,
        entry_date=None,
        **_FRESH,
    )


def crediting(row: WorkspaceInvoice, today: dt.date) -> Invoice:
    """Return the content of a credit note over the whole of an invoice; a credit note's is an invoice again."""
    invoice = copied(row, today)
    return msgspec.structs.replace(
        invoice,
        is_credit_note=not row.is_credit_note,
        credits=(InvoiceRef(source_id=str(row.pk), number=row.number, date=row.date),),
        due_date=None,
    )


@transaction.atomic
def copy(actor: Actor, row: WorkspaceInvoice, *, number: str = "") -> WorkspaceInvoice:
    """Make a new draft like an invoice, of today; a purchase invoice needs the supplier's new number.

    Raises: as `save_invoice`.
    """
    invoice = msgspec.structs.replace(copied(row, today_of(actor.company)), number=number)
    if row.direction == Side.SALES:
        invoice = msgspec.structs.replace(invoice, number="")
    return save_invoice(
        actor, invoice, source_party=row.party, how="invoice.copied", how_params={"number": row.number or f"#{row.pk}"}
    )


@transaction.atomic
def credit(actor: Actor, row: WorkspaceInvoice, *, number: str = "") -> WorkspaceInvoice:
    """Make a credit note over the whole of an invoice: a draft for sales; for purchases with the supplier's number.

    Raises:
        ServiceError: INVOICE_NOT_SENT for a draft, which is changed or deleted instead; further as `save_invoice`.
    """
    if row.stage == InvoiceStage.DRAFT:
        raise ServiceError("INVOICE_NOT_SENT")
    invoice = crediting(row, today_of(actor.company))
    if row.direction != Side.SALES:
        invoice = msgspec.structs.replace(invoice, number=number)
    made = save_invoice(
        actor, invoice, source_party=row.party, how="invoice.credits", how_params={"number": row.number}
    )
    log_event(row, "invoice.credited", actor)
    return made


@transaction.atomic
def delete_draft(actor: Actor, row: WorkspaceInvoice) -> None:
    """Delete a sales draft, or a purchase invoice that nobody has approved, posted, paid or closed yet.

    Raises:
        Forbidden: the role is too low.
        ServiceError: INVOICE_NOT_DRAFT, INVOICE_HAS_PAYMENTS, PERIOD_CLOSED, POSTING_DONE.
    """
    require(actor, Role.ACCOUNTANT)
    row = _locked(actor, row)
    require_open(row)
    if row.stage not in {InvoiceStage.DRAFT, InvoiceStage.RECEIVED, InvoiceStage.REJECTED}:
        raise ServiceError("INVOICE_NOT_DRAFT", number=row.number)
    if row.payments.exists():
        raise ServiceError("INVOICE_HAS_PAYMENTS")
    for also in hooks.deleting:
        also(actor, row)
    row.delete()
