"""An invoice's page, and what can be done with it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tilisilta.services.billing.classifiers import vat_names
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import attachments, lifecycle, outputs
from tilisilta.services.workspace.content import canonical, is_closed, today_of
from tilisilta.services.workspace.events import log_event, log_of
from tilisilta.services.workspace.lists import get_invoice, is_overdue
from tilisilta.services.workspace.numbering import series_of
from tilisilta.services.workspace.saving import problems_of
from tilisilta.store.models import InvoiceStage, Role, Side, WorkspaceAttachment, WorkspaceInvoice
from tilisilta.web.company_view import telling
from tilisilta.web.downloads import attachment
from tilisilta.web.problems.cards import card
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import one_file
from tilisilta.web.workspace.guarded import workspace_view
from tilisilta.web.workspace.panels import menu_of, panels_of

_DELETABLE = (InvoiceStage.DRAFT, InvoiceStage.RECEIVED, InvoiceStage.REJECTED)
NOTE_LENGTH = 500


def _list_name(row: WorkspaceInvoice) -> str:
    return "sales-list" if row.direction == Side.SALES else "purchase-list"


def _back(request: CompanyRequest, pk: int) -> HttpResponse:
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("GET")
def invoice_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    content = canonical(row)
    files = list(WorkspaceAttachment.objects.filter(invoice=row).defer("content").order_by("-is_image", "pk"))
    problems = problems_of(content, country=request.company.country, origin=row.origin)
    is_sales = row.direction == Side.SALES
    closed = is_closed(row)
    context = {
        "invoice": row,
        "content": content,
        "vat_names": vat_names(request.company) if any(each.vat_code for each in content.lines) else {},
        "is_sales": is_sales,
        "list_name": _list_name(row),
        "files": files,
        "image": next((each for each in files if each.is_image), None),
        "problems": [card(each.code, each.params) for each in problems],
        "log": log_of(row),
        "panels": panels_of(request, row),
        "menu": menu_of(request, row),
        "is_closed": closed,
        "is_overdue": is_overdue(row, today_of(request.company)),
        "open_minor": row.gross_minor - row.paid_minor,
        "formats": outputs.FORMATS if is_sales and row.sent_at else {},
        "series": series_of(request.company) if row.stage == InvoiceStage.DRAFT else [],
        "credit_notes": row.credited_by.order_by("pk"),
        "may_delete": row.stage in _DELETABLE and not closed,
        "note_length": NOTE_LENGTH,
        "limit_mb": attachments.LIMIT_MB,
    }
    return render(request, "workspace/detail.html", context)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def invoice_send(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    chosen = request.POST.get("series", "")
    series = next((each for each in series_of(request.company) if str(each.pk) == chosen), None)
    with telling(request) as told:
        row = lifecycle.send_sales(request.actor, row, series=series)
    if told.ok:
        messages.success(request, _("The invoice has the number %(number)s and is sent.") % {"number": row.number})
    return _back(request, pk)


def _prefilled(request: CompanyRequest, pk: int, how: str) -> HttpResponse:
    """Lead to the form of a purchase invoice: the supplier's number must be written first."""
    return redirect(f"{reverse('purchase-new', args=[request.company.pk])}?{how}={pk}")


@workspace_view("POST", needed=Role.ACCOUNTANT)
def invoice_copy(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    if row.direction == Side.PURCHASES:
        return _prefilled(request, pk, "copy")
    with telling(request, _("This draft is the copy.")) as told:
        row = lifecycle.copy(request.actor, row)
    return (
        redirect("workspace-invoice-edit", company_id=request.company.pk, pk=row.pk) if told.ok else _back(request, pk)
    )


@workspace_view("POST", needed=Role.ACCOUNTANT)
def invoice_credit(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    if row.direction == Side.PURCHASES:
        return _prefilled(request, pk, "credit")
    with telling(request, _("This draft credits the whole invoice. Take out what stays.")) as told:
        row = lifecycle.credit(request.actor, row)
    return (
        redirect("workspace-invoice-edit", company_id=request.company.pk, pk=row.pk) if told.ok else _back(request, pk)
    )


@workspace_view("POST", needed=Role.ACCOUNTANT)
def invoice_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    with telling(request, _("The invoice was deleted.")) as told:
        lifecycle.delete_draft(request.actor, row)
    return redirect(_list_name(row), company_id=request.company.pk) if told.ok else _back(request, pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def invoice_note(request: CompanyRequest, pk: int) -> HttpResponse:
    """Write into the log; such a note stays in the house."""
    row = get_invoice(request.company, pk)
    text = " ".join(request.POST.get("text", "").split())[:NOTE_LENGTH]
    if text:
        log_event(row, "invoice.note", request.actor, text=text)
    return _back(request, pk)


# --- files ---------------------------------------------------------------------------------------------------


@workspace_view("GET")
def invoice_output(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    if kind not in outputs.FORMATS:
        raise Http404
    row = get_invoice(request.company, pk)
    try:
        output = outputs.download(request.actor, row, kind)
    except ServiceError as error:
        messages.error(request, str(error))
        return _back(request, pk)
    return attachment(output.name, output.content, output.media_type)


@workspace_view("GET")
def invoice_preview(request: CompanyRequest, pk: int) -> HttpResponse:
    """Give a draft as it will be printed."""
    try:
        output = outputs.preview_pdf(get_invoice(request.company, pk))
    except ServiceError as error:
        messages.error(request, str(error))
        return _back(request, pk)
    return attachment(output.name, output.content, output.media_type)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def file_add(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    with telling(request, _("The file is kept.")):
        name, content = one_file(request)
        attachments.add_attachment(request.actor, row, name, content, is_image="is_image" in request.POST)
    return _back(request, pk)


def _file(request: CompanyRequest, pk: int, file_id: int) -> WorkspaceAttachment:
    return attachments.get_attachment(get_invoice(request.company, pk), file_id)


@workspace_view("GET")
def file_download(request: CompanyRequest, pk: int, file_id: int) -> HttpResponse:
    file = _file(request, pk, file_id)
    return attachment(file.name, bytes(file.content), file.media_type)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def file_image(request: CompanyRequest, pk: int, file_id: int) -> HttpResponse:
    with telling(request):
        attachments.set_image(request.actor, _file(request, pk, file_id))
    return _back(request, pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def file_remove(request: CompanyRequest, pk: int, file_id: int) -> HttpResponse:
    with telling(request, _("The file was removed.")):
        attachments.remove_attachment(request.actor, _file(request, pk, file_id))
    return _back(request, pk)
