"""A billing run: what would be billed, row by row with its sources, and the invoices that a person confirms."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.billing import Period
from tilisilta.services.billing import classifiers, making, preview
from tilisilta.services.billing.proposals import Preview, vat_name
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import has_right, today_of
from tilisilta.web.billing.forms import RunForm
from tilisilta.web.billing.guarded import billing_view
from tilisilta.web.request import CompanyRequest


@billing_view("GET", "POST", right="create_invoices")
def billing_run(request: CompanyRequest) -> HttpResponse:
    """Show what would be billed of some days; pressed, make the invoices of what stayed ticked."""
    given = request.POST if request.method == "POST" else request.GET
    usual = RunForm.usual(today_of(request.company))
    form = RunForm(given if "date_from" in given else usual)
    shown: Preview | None = None
    if form.is_valid():
        window = Period(form.cleaned_data["date_from"], form.cleaned_data["date_to"])
        try:
            if request.method == "POST":
                made = _confirm(request, form, window)
                return _done(request, made)
            shown = preview.make(request.actor, window)
        except ServiceError as error:
            form.add_error(None, str(error))
            shown = _again(request, window, error)
    context: dict[str, Any] = {
        "form": form,
        "preview": shown,
        "bills": _bills(request, shown) if shown is not None else [],
        "may_choose": has_right(request.actor, "confirm_rows"),
    }
    return render(request, "billing/run.html", context, status=422 if form.errors else 200)


def _confirm(request: CompanyRequest, form: RunForm, window: Period) -> making.Made:
    return making.confirm(
        request.actor,
        window,
        form.cleaned_data["invoice_date"],
        expected=request.POST.get("fingerprint", ""),
        chosen=request.POST.getlist("rows"),
    )


def _again(request: CompanyRequest, window: Period, error: ServiceError) -> Preview | None:
    """Return the present state beside a mistake, unless the days themselves are the mistake."""
    if error.code in {"DATES_REVERSED", "BILLING_YEARS", "BILLING_WINDOW"}:
        return None
    return preview.make(request.actor, window)


def _bills(request: CompanyRequest, shown: Preview) -> list[tuple[Any, list[tuple[Any, str]]]]:
    lists = classifiers.lists_of(request.company)
    return [(bill, [(each, vat_name(each, lists)) for each in bill.proposals]) for bill in shown.bills]


def _done(request: CompanyRequest, made: making.Made) -> HttpResponse:
    if made.invoices:
        count = len(made.invoices)
        text = ngettext("%(count)d draft invoice is made.", "%(count)d draft invoices are made.", count)
        messages.success(request, text % {"count": count})
    if made.settled:
        messages.info(request, _("Differences that cost nothing: %(count)d.") % {"count": made.settled})
    for reason in made.failed:
        messages.error(request, reason)
    address = reverse("billing-home", args=[request.company.pk])
    return redirect(f"{address}?run={made.run.pk}" if made.run is not None and made.invoices else address)
