"""Sales invoices as files: PDF, Finvoice 3.0, Estonian e-invoice 1.2.EN and Peppol BIS 3."""

from collections.abc import Callable
from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import Invoice
from tilisilta.core.errors import TilisiltaError
from tilisilta.formats import Embedded, Seller, write_estonian, write_finvoice, write_ubl
from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.workspace import attachments
from tilisilta.services.workspace.content import canonical
from tilisilta.services.workspace.events import log_event
from tilisilta.services.workspace.settings import seller_of
from tilisilta.store.models import Side, WorkspaceAttachment, WorkspaceInvoice

PDF, FINVOICE, ESTONIAN, PEPPOL = "pdf", "finvoice", "estonian", "peppol"
FORMATS: Final[dict[str, Promise]] = {
    PDF: _("PDF"),
    FINVOICE: _("Finvoice 3.0"),
    ESTONIAN: _("Estonian e-invoice 1.2.EN"),
    PEPPOL: _("Peppol BIS 3"),
}
_LANGUAGES: Final = {"EE": "et", "FI": "fi"}


class Output(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    content: bytes
    media_type: str


def receiver_language(invoice: Invoice, own_country: str) -> str:
    """Return the language of an invoice's receiver, by their country; without one, as at home."""
    return _LANGUAGES.get(invoice.party.address.country.upper() or own_country.upper(), "en")


def write_output(row: WorkspaceInvoice, kind: str, *, language: str = "") -> Output:
    """Return a sent sales invoice as a file of a format.

    Args:
        row: The invoice.
        kind: A key of `FORMATS`.
        language: Of the printed page; empty for the receiver's.

    Raises:
        ServiceError: INVOICE_NOT_SALES, INVOICE_NOT_SENT, OUTPUT_FAILED with the reason in words.
    """
    if row.direction != Side.SALES:
        raise ServiceError("INVOICE_NOT_SALES")
    if row.sent_at is None:
        raise ServiceError("INVOICE_NOT_SENT")
    return _write(row, canonical(row), kind, language)


def preview_pdf(row: WorkspaceInvoice) -> Output:
    """Return a draft as it would be printed; in place of the number stands that there is none yet.

    Raises:
        ServiceError: INVOICE_NOT_SALES, OUTPUT_FAILED.
    """
    if row.direction != Side.SALES:
        raise ServiceError("INVOICE_NOT_SALES")
    invoice = canonical(row)
    return _write(row, msgspec.structs.replace(invoice, number=invoice.number or "–"), PDF, "")


def _write(row: WorkspaceInvoice, invoice: Invoice, kind: str, language: str) -> Output:
    seller = seller_of(row.company)
    language = language or receiver_language(invoice, row.company.country)
    try:
        content = _WRITERS[kind](invoice, seller, language, row)
    except TilisiltaError as error:
        words = describe(error.code, error.params)
        reason = words.cause or words.title
        raise ServiceError("OUTPUT_FAILED", format=FORMATS[kind], reason=reason) from error
    ending = "pdf" if kind == PDF else "xml"
    label = "" if kind == PDF else f"-{kind}"
    safe = "".join(each if each.isalnum() or each in "-_" else "-" for each in invoice.number).strip("-")
    return Output(
        name=f"{safe or row.pk}{label}.{ending}",
        content=content,
        media_type="application/pdf" if kind == PDF else "application/xml",
    )


def _pdf(invoice: Invoice, seller: Seller, language: str, _row: WorkspaceInvoice) -> bytes:
    from tilisilta.formats.pdf import write_pdf  # noqa: PLC0415  the printing library is large

    return write_pdf(invoice, seller, language=language)


def _finvoice(invoice: Invoice, seller: Seller, language: str, _row: WorkspaceInvoice) -> bytes:
    return write_finvoice(msgspec.structs.replace(invoice, attachments=()), seller, language=language)


def _estonian(invoice: Invoice, seller: Seller, language: str, row: WorkspaceInvoice) -> bytes:
    return write_estonian(
        invoice, seller, files=_files(row), language=language, accounting_currency=row.company.base_currency
    )


def _peppol(invoice: Invoice, seller: Seller, _language: str, row: WorkspaceInvoice) -> bytes:
    return write_ubl(invoice, seller, files=_files(row))


_WRITERS: Final[dict[str, Callable[[Invoice, Seller, str, WorkspaceInvoice], bytes]]] = {
    PDF: _pdf,
    FINVOICE: _finvoice,
    ESTONIAN: _estonian,
    PEPPOL: _peppol,
}


def _files(row: WorkspaceInvoice) -> dict[str, Embedded]:
    return {
        str(file.pk): Embedded(name=file.name, content=bytes(file.content), media_type=file.media_type)
        for file in WorkspaceAttachment.objects.filter(invoice=row)
    }


def download(actor: Actor, row: WorkspaceInvoice, kind: str) -> Output:
    """Return an invoice as a file and note in its log that an accountant took it; raises as `write_output`."""
    output = write_output(row, kind)
    if actor.is_accountant and kind != PDF:
        log_event(row, "invoice.downloaded", actor, format=FORMATS[kind])
    return output


def make_image(actor: Actor, row: WorkspaceInvoice) -> WorkspaceAttachment:
    """Print an invoice and keep the page as its picture.

    Raises:
        ServiceError: OUTPUT_FAILED.
    """
    output = write_output(row, PDF)
    return attachments.keep(row, output.name, output.content, is_image=True, actor=actor)
