"""Imports that people ask for: a month again, the last year with its warning, some months of some clients."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services.books import integrations, keys
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.clients import get_client, get_clients
from tilisilta.services.practice.settings import today_of
from tilisilta.services.summaries import runs, settings
from tilisilta.services.summaries.plan import reload_plan
from tilisilta.store.models import Client, Job, PracticeIntegration, Role
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.summaries.forms import PeriodForm
from tilisilta.web.summaries.guarded import client_ids, integration_of, names


def _asked() -> str:
    return _("The import is under way. You may leave this page: a notice comes when it has ended.")


def _clients(request: CompanyRequest) -> list[Client]:
    """Return the clients that were named, by name; none when all are meant."""
    return sorted(get_clients(request.company, client_ids(request)), key=lambda client: client.name)


@practice_view("POST", needed=Role.ACCOUNTANT)
def summary_month(request: CompanyRequest, vendor: str) -> HttpResponse:
    integration = integration_of(request, vendor)
    chosen = client_ids(request) or None
    with telling(request, _asked()):
        runs.request_month(request.actor, integration, clients=chosen)
    return redirect("summary-overview", company_id=request.company.pk, vendor=vendor)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def summary_reload(request: CompanyRequest, vendor: str) -> HttpResponse:
    integration = integration_of(request, vendor)
    clients = _clients(request)
    own = settings.settings_of(integration)
    if request.method == "POST":
        with telling(request, _asked()) as told:
            runs.request_reload(request.actor, integration, [each.pk for each in clients] or None)
        target = "summary-overview" if told.ok else "summary-settings"
        return redirect(target, company_id=request.company.pk, vendor=vendor)
    plan = reload_plan(own, today_of(request.company))
    context = {**names(integration), "clients": clients, "own": own, "first": plan.first, "last": plan.last}
    return render(request, "summaries/reload.html", context)


@practice_view("GET", needed=Role.ACCOUNTANT)
def summary_reload_chosen(request: CompanyRequest) -> HttpResponse:
    """Lead from ticked clients to the page of their system; with several systems the person chooses one."""
    return _lead_to_reload(request, integrations.integrations_of(request.company), _clients(request))


@practice_view("GET", needed=Role.ACCOUNTANT)
def summary_client(request: CompanyRequest, pk: int) -> HttpResponse:
    """Lead from a client's key to the page that imports its summaries now (U64)."""
    client = get_client(request.company, pk)
    active = [each.integration for each in keys.of_client(client) if each.integration.is_active]
    return _lead_to_reload(request, active, [client])


def _lead_to_reload(request: CompanyRequest, active: list[PracticeIntegration], clients: list[Client]) -> HttpResponse:
    query = ",".join(str(each.pk) for each in clients)
    if len(active) == 1:
        address = company_url(request.company, "summary-reload", active[0].vendor)
        return redirect(f"{address}?clients={query}")
    context = {"clients": clients, "systems": [names(each) for each in active], "query": query}
    return render(request, "summaries/choose.html", context)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def summary_period(request: CompanyRequest) -> HttpResponse:
    active = integrations.integrations_of(request.company)
    clients = _clients(request)
    form = PeriodForm(request.POST if request.method == "POST" else None, company=request.company, integrations=active)
    if request.method == "POST" and form.is_valid():
        integration = integration_of(request, form.cleaned_data["vendor"])
        try:
            runs.request_period(request.actor, integration, [each.pk for each in clients] or None, *form.months)
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _asked())
            return redirect("summary-overview", company_id=request.company.pk, vendor=integration.vendor)
    context = {
        "form": form,
        "clients": clients,
        "query": ",".join(str(each.pk) for each in clients),
        "has_systems": bool(active),
    }
    return render(request, "summaries/period.html", context)


@practice_view("POST", needed=Role.ACCOUNTANT)
def summary_cancel(request: CompanyRequest, pk: int) -> HttpResponse:
    job: Job = runs.get_job(request.company, pk)
    with telling(request, _("The import stops after the clients that are being asked now.")):
        runs.cancel(request.actor, job)
    integration = runs.integration_of(job)
    return redirect("summary-overview", company_id=request.company.pk, vendor=integration.vendor)
