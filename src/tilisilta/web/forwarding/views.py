"""Sending documents one by one into the bookkeeping: from an invoice's page, or many at once."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from tilisilta.services.forwarding import by_person, checking, sending
from tilisilta.services.ledger.postings import postable
from tilisilta.services.workspace.lists import get_invoice
from tilisilta.store.models import PostingStage, Role, Side, WorkspaceInvoice
from tilisilta.web.company_view import telling
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.guarded import workspace_view


def _send(request: CompanyRequest, rows: list[WorkspaceInvoice]) -> None:
    with telling(request):
        put = by_person.send_now(request.actor, rows)
        if put.count:
            text = ngettext("%(count)d invoice is on its way.", "%(count)d invoices are on their way.", put.count)
            messages.success(request, text % {"count": put.count})
        for each in put.left:
            messages.error(request, each.reason)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def forwarding_send(request: CompanyRequest, pk: int) -> HttpResponse:
    _send(request, [get_invoice(request.company, pk)])
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def forwarding_leave(request: CompanyRequest, pk: int) -> HttpResponse:
    """Leave an invoice as somebody completed it at its target."""
    with telling(request, gettext("The invoice stays as it is there; what waited for it goes on.")):
        by_person.leave_as_it_is(request.actor, get_invoice(request.company, pk))
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def forwarding_list(request: CompanyRequest, side: str) -> HttpResponse:
    """Show what has not gone yet, and send what was ticked."""
    if side not in set(Side.values):
        raise Http404
    if request.method == "POST":
        ids = [int(each) for each in request.POST.getlist("ids") if each.isdecimal()]
        _send(request, postable(request.company, ids))
        return redirect("forwarding-list", company_id=request.company.pk, side=side)
    rows = by_person.waiting_to_go(request.company, side)
    integrations = sending.integrations_of(request.company)
    here = any(sending.posts_here(each, side) for each in integrations)
    context = {
        "side": side,
        "is_sales": side == Side.SALES,
        "rows": [(row, not here or row.posting_stage == PostingStage.POSTED) for row in rows],
        "targets": ", ".join(each.target.name for each in integrations),
        "sides": [(each.value, each.label) for each in Side],
    }
    return render(request, "forwarding/list.html", context)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def forwarding_check(request: CompanyRequest) -> HttpResponse:
    """Show purchases that a target posted and nobody has looked at there, and tick those that were."""
    if request.method == "POST":
        ids = [int(each) for each in request.POST.getlist("ids") if each.isdecimal()]
        with telling(request):
            count = checking.mark_checked(request.actor, postable(request.company, ids))
            if count:
                text = ngettext("%(count)d posting is checked.", "%(count)d postings are checked.", count)
                messages.success(request, text % {"count": count})
        invoice = request.POST.get("invoice", "")
        if invoice.isdecimal():
            return redirect("workspace-invoice", company_id=request.company.pk, pk=int(invoice))
        return redirect("forwarding-check", company_id=request.company.pk)
    integrations = sending.integrations_of(request.company)
    context = {
        "rows": checking.to_check(request.company),
        "targets": ", ".join(each.target.name for each in integrations),
    }
    return render(request, "forwarding/check.html", context)
