"""The invoice workspace: invoices written, sent, credited, taken from files, and given out as e-invoices."""

from enum import StrEnum
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.errors import invalid_field
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ASKS_VENDOR, Id, Input, Page, page_out
from tilisilta.api.workspace_shapes import (
    AttachmentOut,
    InvoiceDetailOut,
    InvoiceIn,
    InvoiceOut,
    InvoiceQuery,
    TakenOut,
    WorkspaceEventOut,
    attachment_out,
    invoice_fields,
    invoice_of,
    invoice_out,
)
from tilisilta.core.documents import Party
from tilisilta.services.access import Actor
from tilisilta.services.workspace import attachments, intake, invoices, lists, outputs, parties
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import InvoiceOrigin, WorkspaceAttachment, WorkspaceInvoice, WorkspaceParty

router = Router(tags=["Invoice workspace"])
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[str, Any] = {
    "responses": {200: {"description": "The file", "content": {"application/octet-stream": _BINARY}}}
}
_OUTPUT: dict[str, Any] = {
    "responses": {
        200: {"description": "The invoice", "content": {"application/xml": _BINARY, "application/pdf": _BINARY}}
    }
}


class OutputFormat(StrEnum):
    PDF = outputs.PDF
    FINVOICE = outputs.FINVOICE
    ESTONIAN = outputs.ESTONIAN
    PEPPOL = outputs.PEPPOL


class OutputQuery(Schema):
    """As what an invoice is given out."""

    format: OutputFormat = OutputFormat.PDF


class NumberIn(Input):
    """The supplier's number; sales invoices get theirs when they are sent."""

    number: str = Field("", max_length=100)


class AttachmentForm(Schema):
    """What a file is to its invoice."""

    is_image: bool = Field(False, description="Whether it is the picture of the invoice itself")


def _row(request: HttpRequest, invoice_id: int) -> tuple[Actor, WorkspaceInvoice]:
    actor = actor_of(request)
    return actor, lists.get_invoice(actor.company, invoice_id)


def _detail(row: WorkspaceInvoice) -> InvoiceDetailOut:
    return InvoiceDetailOut(**invoice_fields(row), payload=msgspec.to_builtins(invoices.canonical(row)))


def _party(actor: Actor, given: InvoiceIn) -> tuple[Party, WorkspaceParty | None]:
    if given.party_id is not None:
        row = parties.get_party(actor.company, given.party_id)
        return parties.canonical_party(row), row
    if given.party is None:
        message = "party_id / party"
        raise invalid_field("body.party_id", message, "missing")
    return given.party.party(), None


@router.get("/workspace/invoices", response=Page[InvoiceOut], summary="List invoices of the workspace")
def list_invoices(request: HttpRequest, query: Query[InvoiceQuery]) -> dict[str, Any]:
    """Return the invoices and credit notes of one side, newest first."""
    company = actor_of(request).company
    require_on(company)
    filters = lists.Filters(
        text=query.text,
        stage=query.stage or "",
        payment_stage=query.payment_stage or "",
        posting_stage=query.posting_stage or "",
        due="overdue" if query.is_overdue else "",
        date_from=query.date_from,
        date_to=query.date_to,
        party_id=query.party_id,
    )
    found = lists.search(company, query.direction.value, filters, cursor=query.cursor, size=query.limit)
    return page_out(found, invoice_out)


@router.post(
    "/workspace/invoices",
    response={201: InvoiceDetailOut},
    summary="Write an invoice into the workspace",
    openapi_extra=ACCOUNTANT,
)
def create_invoice(request: HttpRequest, given: InvoiceIn) -> Status[InvoiceDetailOut]:
    """Keep an invoice or credit note. Totals are worked out from its rows; one that is here already is refused.

    A sales invoice without a number becomes a draft, a purchase invoice is received.
    """
    actor = actor_of(request)
    party, row = _party(actor, given)
    made = invoices.save_invoice(
        actor, invoice_of(given, actor.company, party), origin=InvoiceOrigin.API, source_party=row
    )
    return Status(201, _detail(made))


@router.get("/workspace/invoices/{int:invoice_id}", response=InvoiceDetailOut, summary="Show an invoice")
def get_invoice(request: HttpRequest, invoice_id: Id) -> InvoiceDetailOut:
    """Return one invoice with its canonical content."""
    _actor, row = _row(request, invoice_id)
    return _detail(row)


@router.put(
    "/workspace/invoices/{int:invoice_id}",
    response=InvoiceDetailOut,
    summary="Change an invoice",
    openapi_extra=ACCOUNTANT,
)
def update_invoice(request: HttpRequest, invoice_id: Id, given: InvoiceIn) -> InvoiceDetailOut:
    """Write an invoice anew. One that is sent keeps what its customer was told; a closed period keeps all of it."""
    actor, row = _row(request, invoice_id)
    party, known = _party(actor, given)
    invoice = invoice_of(given, actor.company, party, invoices.stored_invoice(row))
    return _detail(invoices.save_invoice(actor, invoice, row=row, origin=InvoiceOrigin.API, source_party=known))


@router.delete(
    "/workspace/invoices/{int:invoice_id}", response={204: None}, summary="Delete an invoice", openapi_extra=ACCOUNTANT
)
def delete_invoice(request: HttpRequest, invoice_id: Id) -> Status[None]:
    """Delete a draft, or a purchase invoice that nobody has approved or paid yet."""
    actor, row = _row(request, invoice_id)
    invoices.delete_draft(actor, row)
    return Status(204, None)


@router.post(
    "/workspace/invoices/{int:invoice_id}/send",
    response=InvoiceDetailOut,
    summary="Send a sales invoice",
    openapi_extra=ACCOUNTANT,
)
def send_invoice(request: HttpRequest, invoice_id: Id) -> InvoiceDetailOut:
    """Give a draft its number and reference number, make its picture, and mark it sent."""
    actor, row = _row(request, invoice_id)
    return _detail(invoices.send_sales(actor, row))


@router.post(
    "/workspace/invoices/{int:invoice_id}/credit",
    response={201: InvoiceDetailOut},
    summary="Credit an invoice",
    openapi_extra=ACCOUNTANT,
)
def credit_invoice(request: HttpRequest, invoice_id: Id, given: NumberIn) -> Status[InvoiceDetailOut]:
    """Make a credit note over the whole of an invoice: a draft for sales, with its number for purchases."""
    actor, row = _row(request, invoice_id)
    return Status(201, _detail(invoices.credit(actor, row, number=given.number)))


@router.post(
    "/workspace/invoices/{int:invoice_id}/copy",
    response={201: InvoiceDetailOut},
    summary="Copy an invoice",
    openapi_extra=ACCOUNTANT,
)
def copy_invoice(request: HttpRequest, invoice_id: Id, given: NumberIn) -> Status[InvoiceDetailOut]:
    """Make a new invoice of today like another one: a draft for sales, with its number for purchases."""
    actor, row = _row(request, invoice_id)
    return Status(201, _detail(invoices.copy(actor, row, number=given.number)))


@router.get(
    "/workspace/invoices/{int:invoice_id}/output", summary="Give a sales invoice out as a file", openapi_extra=_OUTPUT
)
def output_invoice(request: HttpRequest, invoice_id: Id, query: Query[OutputQuery]) -> HttpResponse:
    """Return a sent sales invoice as PDF, Finvoice 3.0, Estonian e-invoice 1.2.EN or Peppol BIS 3."""
    _actor, row = _row(request, invoice_id)
    output = outputs.write_output(row, query.format.value)
    return _file_answer(output.name, output.content, output.media_type)


def _file_answer(name: str, content: bytes, media_type: str = "application/octet-stream") -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@router.get(
    "/workspace/invoices/{int:invoice_id}/events", response=list[WorkspaceEventOut], summary="Show an invoice's log"
)
def list_invoice_events(request: HttpRequest, invoice_id: Id) -> list[WorkspaceEventOut]:
    """Return what happened to an invoice, newest first."""
    _actor, row = _row(request, invoice_id)
    return [
        WorkspaceEventOut(
            id=each.event.pk,
            at=each.event.at,
            code=each.event.code,
            text=each.text,
            params=dict(each.event.params),
            user=str(each.event.user or ""),
        )
        for each in log_of(row)
    ]


@router.post(
    "/workspace/uploads",
    response={201: list[TakenOut]},
    summary="Take e-invoices in from a file",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def upload_invoices(request: HttpRequest, file: File[UploadedFile]) -> Status[list[TakenOut]]:
    """Take a Finvoice, UBL or Estonian file, with one invoice or many; tell what became of each."""
    results = intake.take_files(actor_of(request), [(file.name or "", file.read())], origin=InvoiceOrigin.API)
    shown = [
        TakenOut(
            outcome=each.outcome,
            number=each.number,
            party=each.party,
            invoice_id=each.invoice.pk if each.invoice else None,
            code=each.code,
            text=each.text,
        )
        for each in results
    ]
    return Status(201, shown)


# --- files -------------------------------------------------------------------------------------------------


@router.get(
    "/workspace/invoices/{int:invoice_id}/attachments", response=list[AttachmentOut], summary="List an invoice's files"
)
def list_attachments(request: HttpRequest, invoice_id: Id) -> list[AttachmentOut]:
    """Return an invoice's files, its picture first."""
    _actor, row = _row(request, invoice_id)
    found = WorkspaceAttachment.objects.filter(invoice=row).defer("content").order_by("-is_image", "pk")
    return [attachment_out(each) for each in found]


@router.post(
    "/workspace/invoices/{int:invoice_id}/attachments",
    response={201: AttachmentOut},
    summary="Add a file to an invoice",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def add_attachment(
    request: HttpRequest, invoice_id: Id, form: Form[AttachmentForm], file: File[UploadedFile]
) -> Status[AttachmentOut]:
    """Keep a PDF, picture, XML, text or table with an invoice; the same content is kept once."""
    actor, row = _row(request, invoice_id)
    kept = attachments.add_attachment(actor, row, file.name or "", file.read(), is_image=form.is_image)
    return Status(201, attachment_out(kept))


@router.get(
    "/workspace/invoices/{int:invoice_id}/attachments/{int:attachment_id}",
    summary="Download an invoice's file",
    openapi_extra=_FILE,
)
def download_attachment(request: HttpRequest, invoice_id: Id, attachment_id: Id) -> HttpResponse:
    """Return a file of an invoice."""
    _actor, row = _row(request, invoice_id)
    file = attachments.get_attachment(row, attachment_id)
    return _file_answer(file.name, bytes(file.content))
