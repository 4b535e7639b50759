"""To approve: what waits for the reader, the steps of a circulation, and the company's default handlers."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tilisilta.services.access import Actor
from tilisilta.services.approval import circulation, defaults, handlers, lists
from tilisilta.services.approval.rules import in_turn
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import InvoiceHandler, InvoiceStage, Role, WorkspaceInvoice
from tilisilta.web.approval.forms import DefaultHandlerForm, HandlerForm
from tilisilta.web.approval.panel import STAGE_TONES
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import before_id, id_of, next_url
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.guarded import workspace_view

PAGE: Final = 50
_NAMES: Final[dict[str, Promise]] = {
    "mine": _("Waiting for me"),
    "received": _("Received"),
    "circulating": _("In circulation"),
    "rejected": _("Rejected"),
    "approved": _("Approved"),
}
_DONE: Final[dict[str, Promise]] = {
    "accept": _("Noted."),
    "reject": _("Rejected."),
    "start": _("Sent into circulation."),
    "approve": _("Approved."),
    "withdraw": _("Taken back."),
}


@workspace_view("GET")
def approval_list(request: CompanyRequest) -> HttpResponse:
    view = request.GET.get("view", "mine")
    view = view if view in lists.VIEWS else "mine"
    text = request.GET.get("q", "")[:100]
    who = circulation.acting_person(request.actor)
    found = lists.invoices(request.company, who, view, text=text)
    if last := before_id(request):
        found = found.filter(pk__lt=last)
    rows = list(found.prefetch_related("handlers", "handlers__user")[: PAGE + 1])
    shown = rows[:PAGE]
    counts = lists.counts(request.company, who)
    context = {
        "view": view,
        "text": text,
        "tabs": [(name, label, getattr(counts, name)) for name, label in _NAMES.items()],
        "rows": [_row(each) for each in shown],
        "may_start": view == "received" and request.actor.is_accountant and settings_of(request.company).circulation_on,
        "next_url": next_url(request, shown[-1].pk) if len(rows) > PAGE else "",
    }
    return render(request, "approval/list.html", context)


def _row(invoice: WorkspaceInvoice) -> dict[str, Any]:
    """Return an invoice with whom it waits for."""
    stage = InvoiceStage(invoice.stage)
    waits = in_turn(list(invoice.handlers.all())) if stage is InvoiceStage.CIRCULATING else []
    return {
        "invoice": invoice,
        "minor": -invoice.gross_minor if invoice.is_credit_note else invoice.gross_minor,
        "waits": [handlers.person(each.user) for each in waits],
        "stage": stage.label,
        "tone": STAGE_TONES.get(stage, "info"),
    }


def _ticked(request: CompanyRequest, step: Callable[[Actor, WorkspaceInvoice], object]) -> int:
    """Do a step with the ticked invoices, each for itself; those that cannot be are told. Return how many were."""
    chosen = (id_of(each) for each in request.POST.getlist("invoice"))
    ids = [each for each in chosen if each is not None][: PAGE * 2]
    done = 0
    for row in WorkspaceInvoice.objects.filter(company=request.company, pk__in=ids).order_by("pk"):
        try:
            step(request.actor, row)
        except ServiceError as error:
            messages.error(request, f"{row.number}: {error}")
        else:
            done += 1
    return done


@workspace_view("POST")
def accept_ticked(request: CompanyRequest) -> HttpResponse:
    """Check or approve the ticked invoices."""
    if done := _ticked(request, circulation.accept):
        messages.success(request, ngettext("%(count)d approved.", "%(count)d approved.", done) % {"count": done})
    return redirect("approval-list", company_id=request.company.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def start_ticked(request: CompanyRequest) -> HttpResponse:
    """Send the ticked invoices into circulation."""
    if _ticked(request, circulation.start):
        messages.success(request, str(_DONE["start"]))
    return redirect(f"{company_url(request.company, 'approval-list')}?view=received")


def _invoice(request: CompanyRequest, pk: int) -> WorkspaceInvoice:
    return lists.get_invoice(request.company, pk)


@workspace_view("POST")
def approval_step(request: CompanyRequest, pk: int) -> HttpResponse:
    """Do what the pressed button says with one invoice."""
    invoice = _invoice(request, pk)
    step = request.POST.get("step", "")
    if step not in _DONE:
        raise Http404
    with telling(request, str(_DONE[step])):
        if step == "reject":
            circulation.reject(request.actor, invoice, request.POST.get("reason", ""))
        else:
            {
                "accept": circulation.accept,
                "start": circulation.start,
                "approve": circulation.approve_at_once,
                "withdraw": circulation.withdraw,
            }[step](request.actor, invoice)
    if request.POST.get("back") == "list":
        return redirect("approval-list", company_id=request.company.pk)
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def handler_add(request: CompanyRequest, pk: int) -> HttpResponse:
    invoice = _invoice(request, pk)
    form = HandlerForm(request.POST, company=request.company)
    with telling(request):
        if form.is_valid():
            values = form.cleaned_data
            handlers.add_handler(
                request.actor, invoice, form.chosen, values["role"], is_mandatory=values["is_mandatory"]
            )
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("POST")
def handler_change(request: CompanyRequest, pk: int, handler_id: int) -> HttpResponse:
    """Hand a part on to somebody else, or remove it."""
    invoice = _invoice(request, pk)
    handler = InvoiceHandler.objects.select_related("user").get(pk=handler_id, invoice=invoice)
    with telling(request):
        if request.POST.get("step") == "remove":
            circulation.remove_handler(request.actor, invoice, handler)
        else:
            chosen = request.POST.get("user", "")
            people = {str(user.pk): user for user in handlers.people_of(request.company)}
            if chosen not in people:
                raise ServiceError("HANDLER_NOT_MEMBER")
            circulation.hand_on(request.actor, invoice, handler, people[chosen])
    return redirect("workspace-invoice", company_id=request.company.pk, pk=pk)


@workspace_view("GET", "POST", needed=Role.ADMIN)
def approval_settings(request: CompanyRequest) -> HttpResponse:
    form = DefaultHandlerForm(request.POST or None, company=request.company)
    if form.is_valid():
        values = form.cleaned_data
        with telling(request, str(_("Default handler added."))) as told:
            defaults.add_default(
                request.actor,
                form.chosen,
                values["role"],
                is_mandatory=values["is_mandatory"],
                from_amount=values["from_amount"],
            )
        if told.ok:
            return redirect("approval-settings", company_id=request.company.pk)
    context = {
        "form": form,
        "rows": list(defaults.default_handlers(request.company)),
        "currency": request.company.base_currency,
    }
    return render(request, "approval/settings.html", context)


@workspace_view("POST", needed=Role.ADMIN)
def default_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, str(_("Default handler removed."))):
        defaults.remove_default(request.actor, defaults.get_default(request.company, pk))
    return redirect("approval-settings", company_id=request.company.pk)
