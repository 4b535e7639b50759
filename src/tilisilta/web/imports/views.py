"""The page "Import from X": one row per kind, dates, a preview, then the confirmation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services import imports, integrations, run_lists, runs
from tilisilta.store.models import Flow, IntegrationState, Role, Run, RunMode
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.imports.forms import DatesForm
from tilisilta.web.request import CompanyRequest


def _flow(request: CompanyRequest, pk: int, flow_id: int) -> Flow:
    flow = integrations.get_flow(request.company, flow_id)
    if flow.integration_id != pk:
        raise Flow.DoesNotExist
    return flow


def _show_run(request: CompanyRequest, run: Run) -> HttpResponse:
    return redirect("run-detail", company_id=request.company.pk, pk=run.pk)


@company_view("GET")
def import_page(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = integrations.get_integration(request.company, pk)
    source, _target = integrations.manifests_of(integration)
    context = {
        "integration": integration,
        "source_name": source.name,
        "rows": imports.import_rows(integration),
        "is_setup": integration.state == IntegrationState.SETUP,
        "is_files": source.vendor == "files",
        "today": imports.today_in(request.company),
    }
    return render(request, "imports/page.html", context)


@company_view("GET", "POST", needed=Role.ACCOUNTANT)
def import_kind(request: CompanyRequest, pk: int, flow_id: int) -> HttpResponse:
    flow = _flow(request, pk, flow_id)
    if not imports.needs_dates(flow):
        return _without_dates(request, flow)
    today = imports.today_in(request.company)
    date_from, date_to = imports.proposal(flow, today)
    initial = {"date_from": date_from, "date_to": date_to}
    form = DatesForm(request.POST or None, initial=initial, today=today)
    if request.method == "POST" and form.is_valid():
        with telling(request) as told:
            run = imports.request_preview(
                request.actor,
                flow,
                form.cleaned_data["date_from"],
                form.cleaned_data["date_to"],
                accepts_open_days=form.cleaned_data["accepts_open_days"],
            )
        if told.ok:
            return _show_run(request, run)
    source, target = imports.direction_of(flow)
    context = {
        "integration": flow.integration,
        "flow": flow,
        "form": form,
        "source": source,
        "target": target,
        "today": today,
        "has_proposal": date_from is not None,
    }
    return render(request, "imports/dates.html", context, status=422 if form.errors else 200)


def _without_dates(request: CompanyRequest, flow: Flow) -> HttpResponse:
    """Flows that know no dates go straight to their preview."""
    if request.method == "POST":
        with telling(request) as told:
            run = imports.request_preview(request.actor, flow)
        if told.ok:
            return _show_run(request, run)
    return redirect("import", company_id=request.company.pk, pk=flow.integration_id)


@company_view("POST", needed=Role.ACCOUNTANT)
def import_confirm(request: CompanyRequest, pk: int) -> HttpResponse:
    preview = run_lists.get_run(request.company, pk)
    with telling(request) as told:
        run = imports.confirm_preview(request.actor, preview)
    return _show_run(request, run if told.ok else preview)


@company_view("POST", needed=Role.ACCOUNTANT)
def import_compare(request: CompanyRequest, pk: int, flow_id: int) -> HttpResponse:
    """Compare both sides of what the last import brought; writes nothing."""
    flow = _flow(request, pk, flow_id)
    with telling(request) as told:
        run = runs.request_run(request.actor, flow, RunMode.RECONCILE, date_from=flow.last_from, date_to=flow.last_to)
    if told.ok:
        messages.info(request, _("Both sides are being compared. Nothing is written."))
        return _show_run(request, run)
    return redirect("import", company_id=request.company.pk, pk=pk)
