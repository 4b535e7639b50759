"""Rows of the workspace as canonical documents, with the workspace's own ids; a page's files are read at once."""

from collections.abc import Sequence

import msgspec
from django.db.models.functions import Length

from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    AttachmentRef,
    AttachmentRole,
    Invoice,
    InvoiceRef,
    Item,
    Party,
    Payment,
    PaymentDirection,
)
from tilisilta.core.money import amount_from_minor
from tilisilta.services.workspace import items, parties
from tilisilta.services.workspace.invoices import stored_invoice
from tilisilta.services.workspace_port.marks import without_marks
from tilisilta.store.models import (
    PaymentOrigin,
    Side,
    WorkspaceAttachment,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspacePayment,
)


def canonical_invoices(rows: Sequence[WorkspaceInvoice]) -> list[Invoice]:
    """Return a page of invoices with their files; two questions to the store however long the page is."""
    files = _files(rows)
    credited = _credited(rows)
    return [_invoice(row, files.get(row.pk, ()), credited.get(row.credits_id or 0)) for row in rows]


def _files(rows: Sequence[WorkspaceInvoice]) -> dict[int, tuple[AttachmentRef, ...]]:
    found: dict[int, tuple[AttachmentRef, ...]] = {}
    kept = (
        WorkspaceAttachment.objects.filter(invoice_id__in=[row.pk for row in rows])
        .annotate(size=Length("content"))
        .order_by("-is_image", "pk")
        .values_list("invoice_id", "pk", "name", "media_type", "sha256", "is_image", "size")
    )
    for invoice_id, pk, name, media_type, sha256, is_image, size in kept:
        reference = AttachmentRef(
            source_id=str(pk),
            name=name,
            media_type=media_type,
            size_bytes=size,
            sha256=sha256,
            role=AttachmentRole.IMAGE if is_image else AttachmentRole.OTHER,
        )
        found[invoice_id] = (*found.get(invoice_id, ()), reference)
    return found


def _credited(rows: Sequence[WorkspaceInvoice]) -> dict[int, InvoiceRef]:
    ids = {row.credits_id for row in rows if row.credits_id}
    if not ids:
        return {}
    found = WorkspaceInvoice.objects.filter(pk__in=ids).values_list("pk", "number", "date")
    return {pk: InvoiceRef(source_id=str(pk), number=number, date=date) for pk, number, date in found}


def _invoice(row: WorkspaceInvoice, files: tuple[AttachmentRef, ...], credited: InvoiceRef | None) -> Invoice:
    """Return an invoice; it counts as entered when it was sent or approved, for a draft is nobody's business yet."""
    invoice = stored_invoice(row)
    entered = row.sent_at or row.approved_at or row.created_at
    return msgspec.structs.replace(
        invoice,
        source_id=str(row.pk),
        party=msgspec.structs.replace(invoice.party, source_id=str(row.party_id) if row.party_id else ""),
        paid=amount_from_minor(row.paid_minor, row.currency),
        attachments=files,
        credits=(credited,) if credited is not None else invoice.credits,
        is_sent=row.sent_at is not None if row.direction == Side.SALES else None,
        status=row.stage,
        created_at=entered.isoformat(timespec="seconds"),
        begun_at=row.created_at.isoformat(),
        modified_at=row.updated_at.isoformat(timespec="seconds"),
    )


def canonical_payment(row: WorkspacePayment) -> Payment:
    """Return a payment with what it pays; a credit note's money goes the other way."""
    invoice = row.invoice
    amount = amount_from_minor(row.amount_minor, row.currency)
    is_sales = invoice.direction == Side.SALES
    comes_in = (is_sales != invoice.is_credit_note) == (amount >= 0)
    kind = AllocationKind.SALES_INVOICE if is_sales else AllocationKind.PURCHASE_INVOICE
    allocation = Allocation(
        kind=kind,
        amount=abs(amount),
        document_source_id=str(invoice.pk),
        document_number=invoice.number,
        is_credit_note=invoice.is_credit_note,
        source_id=str(row.pk),
    )
    return Payment(
        source_id=str(row.pk),
        direction=PaymentDirection.INCOMING if comes_in else PaymentDirection.OUTGOING,
        date=row.date,
        amount=abs(amount),
        currency=row.currency,
        party=Party(
            source_id=str(invoice.party_id) if invoice.party_id else "",
            name=invoice.party_name,
            is_customer=is_sales,
            is_supplier=not is_sales,
        ),
        allocations=(allocation,),
        reference_number=row.reference_number,
        is_reference_payment=row.origin == PaymentOrigin.REFERENCE,
        note=row.note,
        created_at=row.created_at.isoformat(timespec="seconds"),
        modified_at=row.updated_at.isoformat(timespec="seconds"),
        extra={"origin": row.origin},
    )


def canonical_party(row: WorkspaceParty) -> Party:
    """Return a party as the workspace tells others about it: without the keys that others left on it."""
    party = parties.canonical_party(row)
    return msgspec.structs.replace(party, extra=without_marks(party.extra))


def canonical_item(row: WorkspaceItem) -> Item:
    """Return an item likewise."""
    item = items.canonical_item(row)
    return msgspec.structs.replace(item, extra=without_marks(item.extra))
