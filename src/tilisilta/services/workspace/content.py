"""What an invoice of the workspace says: its canonical document, and whether it may still change."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec
from django.db.models.functions import Length
from django.utils import timezone

from tilisilta.core.documents import AttachmentRef, AttachmentRole, DocumentKind, Invoice, decode_document
from tilisilta.core.money import amount_from_minor
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    PeriodState,
    Side,
    WorkspaceAttachment,
    WorkspaceInvoice,
    WorkspacePayment,
)


def today_of(company: Company) -> dt.date:
    """Return the company's own day."""
    return timezone.now().astimezone(ZoneInfo(company.time_zone)).date()


def stored_invoice(row: WorkspaceInvoice) -> Invoice:
    """Return an invoice as it was saved, without the ids and states that its row adds."""
    invoice = decode_document(DocumentKind.SALES_INVOICE, bytes(row.payload))
    assert isinstance(invoice, Invoice)  # noqa: S101  for the type checker: the kind told the decoder so
    return invoice


def attachment_refs(row: WorkspaceInvoice) -> tuple[AttachmentRef, ...]:
    """Return an invoice's files, its picture first, without their bytes."""
    files = WorkspaceAttachment.objects.filter(invoice=row).defer("content").annotate(size_bytes=Length("content"))
    return tuple(
        AttachmentRef(
            source_id=str(file.pk),
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            role=AttachmentRole.IMAGE if file.is_image else AttachmentRole.OTHER,
        )
        for file in files.order_by("-is_image", "pk")
    )


def canonical(row: WorkspaceInvoice) -> Invoice:
    """Return an invoice as connectors read it: with the workspace's ids, its files, and what is paid of it."""
    invoice = stored_invoice(row)
    return msgspec.structs.replace(
        invoice,
        source_id=str(row.pk),
        party=msgspec.structs.replace(invoice.party, source_id=str(row.party_id) if row.party_id else ""),
        paid=amount_from_minor(row.paid_minor, row.currency),
        attachments=attachment_refs(row),
        is_sent=row.sent_at is not None if row.direction == Side.SALES else None,
        status=row.stage,
        created_at=row.created_at.isoformat(timespec="seconds"),
        modified_at=row.updated_at.isoformat(timespec="seconds"),
    )


def period_of(row: WorkspaceInvoice | WorkspacePayment) -> ClosedPeriod | None:
    """Return the period that holds an invoice or a payment; None when none does.

    Whoever waits for a row on PostgreSQL is given its new values beside the old ones of what was joined to it, so a
    period that came meanwhile is known by its id alone.
    """
    if row.closed_period is None and row.closed_period_id is not None:
        return ClosedPeriod.objects.filter(pk=row.closed_period_id).first()
    return row.closed_period


def is_closed(row: WorkspaceInvoice) -> bool:
    """Return whether an invoice belongs to a period that is closed and was not opened again."""
    period = period_of(row)
    return period is not None and period.state != PeriodState.REOPENED


def require_open(row: WorkspaceInvoice) -> None:
    """Let invoices pass that no closed period holds.

    Raises:
        ServiceError: PERIOD_CLOSED.
    """
    if is_closed(row):
        raise ServiceError("PERIOD_CLOSED", number=row.number or stored_invoice(row).party.name)
