"""The form of an invoice: new, copied, credited or changed, with totals that the server works out as one types."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.core.documents import Invoice
from tilisilta.core.vat import VatTreatment
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import items, saving
from tilisilta.services.workspace.content import require_open, stored_invoice, today_of
from tilisilta.services.workspace.lifecycle import copied, crediting
from tilisilta.services.workspace.lists import get_invoice
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import InvoiceOrigin, Role, Side, WorkspaceInvoice
from tilisilta.web.paging import id_of
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.fields import Vat, plain_number
from tilisilta.web.workspace.guarded import workspace_view
from tilisilta.web.workspace.invoice_form import MAX_ROWS, InvoiceForm, offered
from tilisilta.web.workspace.row_form import RowForm, empty_row

_FIELD_OF = {
    "INVOICE_DUPLICATE": "number",
    "INVOICE_NUMBER_MISSING": "number",
    "PARTY_NAME_MISSING": "party",
}


def _start(request: CompanyRequest, side: str) -> Invoice | None:
    """Return what a new invoice begins with: a copy or a credit note of another, or nothing."""
    for name, make in (("copy", copied), ("credit", crediting)):
        text = request.GET.get(name, "") or request.POST.get(f"from_{name}", "")
        if (pk := id_of(text)) is not None:
            row = get_invoice(request.company, pk, side)
            return make(row, today_of(request.company))
    return None


def _page(request: CompanyRequest, form: InvoiceForm, row: WorkspaceInvoice | None, status: int = 200) -> HttpResponse:
    is_sales = form.side == Side.SALES
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "side": form.side,
        "is_sales": is_sales,
        "sums": form.sums() if form.is_bound else form.before or sum_up(()),
        "offered": offered(request.company, form.side),
        "from_copy": request.GET.get("copy", "") or request.POST.get("from_copy", ""),
        "from_credit": request.GET.get("credit", "") or request.POST.get("from_credit", ""),
        "version": request.POST.get("version") or (row.version_hash if row else ""),
        "rows_url": f"{form.side}-rows" if row is None else "workspace-invoice-rows",
    }
    return render(request, "workspace/form.html", context, status=status)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def invoice_new(request: CompanyRequest, side: str) -> HttpResponse:
    before = _start(request, side)
    return _edit(request, side, before, None)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def invoice_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    try:
        require_open(row)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)
    return _edit(request, row.direction, stored_invoice(row), row)


def _edit(request: CompanyRequest, side: str, before: Invoice | None, row: WorkspaceInvoice | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, InvoiceForm(request.company, side, before=before), row)
    data = request.POST.copy()
    if "add_row" in data:  # without scripts: the same page with one row more
        count = id_of(request.POST.get("rows", ""))
        data["rows"] = "1" if count is None else str(min(count + 1, MAX_ROWS))
        form = InvoiceForm(request.company, side, data=data, before=before)
        return _page(request, form, row)
    form = InvoiceForm(request.company, side, data=data, before=before)
    if not form.is_valid():
        return _page(request, form, row, 422)
    try:
        saved = saving.save_invoice(
            request.actor,
            form.invoice(),
            row=row,
            origin=InvoiceOrigin.HAND,
            source_party=form.head.found,
            expected_version=data.get("version", "") if row else "",
        )
    except saving.InvoiceInvalid as error:
        form.add_problems(error.problems)
        return _page(request, form, row, 422)
    except ServiceError as error:
        field = _FIELD_OF.get(error.code)
        form.head.add_error(field if field in form.head.fields else None, str(error))
        return _page(request, form, row, 422)
    messages.success(request, _("Saved."))
    return redirect("workspace-invoice", company_id=request.company.pk, pk=saved.pk)


# --- while one types -----------------------------------------------------------------------------------------


@workspace_view("POST", needed=Role.ACCOUNTANT)
def form_rows(request: CompanyRequest, side: str) -> HttpResponse:
    return _rows(request, side, _start(request, side))


@workspace_view("POST", needed=Role.ACCOUNTANT)
def edited_rows(request: CompanyRequest, pk: int) -> HttpResponse:
    row = get_invoice(request.company, pk)
    return _rows(request, row.direction, stored_invoice(row))


def _rows(request: CompanyRequest, side: str, before: Invoice | None) -> HttpResponse:
    """Answer with a fresh row, with a row filled from its item, or with the totals and each row's sum."""
    if "add" in request.GET:
        return _fresh_row(request, side, before)
    if (at := id_of(request.GET.get("fill", ""))) is not None:
        return _filled_row(request, side, before, at)
    form = InvoiceForm(request.company, side, data=request.POST, before=before)
    return render(request, "workspace/_sums.html", {"sums": form.sums(), "form": form, "is_live": True})


def _fresh_row(request: CompanyRequest, side: str, before: Invoice | None) -> HttpResponse:
    form = InvoiceForm(request.company, side, data=request.POST, before=before)
    at = len(form.rows)
    if at >= MAX_ROWS:
        return HttpResponse(status=204)
    fresh = RowForm(
        prefix=f"row-{at}", company=request.company, side=side, day=form.day,
        initial=empty_row(request.company, side, form.day),
    )  # fmt: skip
    context = {
        "row_form": fresh,
        "at": at,
        "count": at + 1,
        "is_last": True,
        "is_fresh": True,
        "rows_address": request.path,
        "side": side,
    }
    return render(request, "workspace/_row.html", context)


def _filled_row(request: CompanyRequest, side: str, before: Invoice | None, at: int) -> HttpResponse:
    """Fill a row's empty fields from the item that was chosen; what is written already stays."""
    form = InvoiceForm(request.company, side, data=request.POST, before=before)
    if at >= len(form.rows):
        raise Http404
    code = request.POST.get(f"row-{at}-item", "").strip()
    row = items.items(request.company).filter(code__iexact=code).first() if code else None
    data = request.POST.copy()
    if row is not None:
        item = items.canonical_item(row)
        price = item.sales_price if side == Side.SALES else item.purchase_price
        account = item.sales_account if side == Side.SALES else item.purchase_account
        vat = ""
        if item.vat_rate:
            vat = Vat(item.vat_rate, VatTreatment.DOMESTIC).key
        found = {"item": row.code, "description": item.name, "unit": item.unit, "account": account}
        found |= {"price": plain_number(price) if isinstance(price, Decimal) else ""}
        for name, value in found.items():
            key = f"row-{at}-{name}"
            if value and (name == "item" or not data.get(key, "").strip()):
                data[key] = value
        offers = {key for key, _label in form.rows[at].fields["vat"].choices}  # type: ignore[attr-defined]
        if vat in offers:
            data[f"row-{at}-vat"] = vat
    filled = InvoiceForm(request.company, side, data=data, before=before)
    sums = filled.sums()
    context = {
        "row_form": filled.rows[at],
        "at": at,
        "is_last": False,  # who fills a row has begun it, and so brought the next one
        "rows_address": request.path,
        "side": side,
        "sums": sums,
        "form": filled,
        "is_live": True,
        "is_quiet": True,
    }
    return render(request, "workspace/_row.html", context)
