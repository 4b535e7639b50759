"""Integrations: the list, one of them with its flows and settings, its checklist and its coverage report."""

from collections.abc import Sequence

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.errors import TilisiltaError
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import checklist, connections, integrations, pairs, problems
from tilisilta.services.forwarding import level as forwarding
from tilisilta.services.forwarding.asking import ask_for
from tilisilta.services.imports import direction_of
from tilisilta.services.schedules import schedule_text
from tilisilta.store.models import Flow, FlowKind, Integration, IntegrationState, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.integrations.forms import FlowForm, NewIntegrationForm, SettingsForm
from tilisilta.web.request import CompanyRequest


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow as the integration's page shows it."""

    flow: Flow
    source: str
    target: str
    schedule: str


def _integration(request: CompanyRequest, pk: int) -> Integration:
    return integrations.get_integration(request.company, pk)


def _flow_rows(integration: Integration) -> list[FlowRow]:
    rows = []
    for flow in integrations.flows_of(integration):
        source, target = direction_of(flow)
        rows.append(FlowRow(flow=flow, source=source, target=target, schedule=schedule_text(flow.schedule)))
    return rows


@company_view("GET")
def integration_list(request: CompanyRequest) -> HttpResponse:
    found = list(integrations.list_integrations(request.company))
    waiting = problems.counts_by_integration(request.company)
    rows = [(each, integrations.flows_of(each), waiting.get(each.pk, 0)) for each in found]
    sources, targets = integrations.choices(request.company)
    context = {"rows": rows, "can_begin": bool(sources and targets)}
    return render(request, "integrations/list.html", context)


@company_view("GET", "POST", needed=Role.ADMIN)
def integration_new(request: CompanyRequest) -> HttpResponse:
    sources, targets = integrations.choices(request.company)
    form = NewIntegrationForm(request.POST or None, sources=sources, targets=targets)
    if request.method == "POST" and form.is_valid():
        with telling(request) as told:
            integration = integrations.create_integration(
                request.actor, form.chosen("source"), form.chosen("target"), form.cleaned_data["name"]
            )
        if told.ok:
            return redirect("integration-checklist", company_id=request.company.pk, pk=integration.pk)
    context = {"form": form, "can_begin": bool(sources and targets)}
    return render(request, "integrations/new.html", context, status=422 if form.errors else 200)


@company_view("GET")
def integration_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    steps = checklist.checklist(integration)
    context = {
        "integration": integration,
        "rows": _flow_rows(integration),
        "settings": integrations.settings_of(integration),
        "pair": pairs.pair_of_integration(integration),
        "status_names": pairs.status_names(integration),
        "open_steps": checklist.open_steps(steps),
        "waiting": problems.counts_by_integration(request.company).get(integration.pk, 0),
        "is_setup": integration.state == IntegrationState.SETUP,
        "is_paused": integration.state == IntegrationState.PAUSED,
        "has_payments_back": any(row.flow.kind == FlowKind.PAYMENTS_BACK for row in _flow_rows(integration)),
    }
    return render(request, "integrations/detail.html", context)


def _lists(integration: Integration) -> dict[str, Sequence[CatalogueEntry]]:
    """Return the lists that the settings choose from: the target's as last read, the source's statuses as they are."""
    kinds = (CatalogueKind.WAREHOUSES, CatalogueKind.ITEMS, CatalogueKind.VAT_CODES)
    found: dict[str, Sequence[CatalogueEntry]] = {}
    for kind in kinds:
        try:
            found[kind.value] = connections.catalogue(integration.target, kind)
        except TilisiltaError:
            found[kind.value] = ()  # then a code is typed; the connection's own page says what is wrong with it
    if pairs.pair_of_integration(integration).has_statuses:
        found[CatalogueKind.STATUSES.value] = pairs.statuses(integration)
    return found


@company_view("GET", "POST", needed=Role.ADMIN)
def integration_settings(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    has_back = any(flow.kind == FlowKind.PAYMENTS_BACK for flow in integrations.flows_of(integration))
    form = SettingsForm(
        request.POST or None,
        integration=integration,
        values=integrations.settings_of(integration),
        lists=_lists(integration),
        has_payments_back=has_back,
        has_levels=integrations.has_levels(integration),
        is_from_scoro=integration.source.vendor == "scoro",
        pair=pairs.pair_of_integration(integration),
    )
    if request.method == "POST" and form.is_valid():
        with telling(request, _("The settings are saved.")) as told:
            integrations.update_settings(request.actor, integration, form.chosen_values())
            integrations.rename(request.actor, integration, form.cleaned_data["name"])
        if told.ok:
            return redirect("integration-detail", company_id=request.company.pk, pk=pk)
    context = {
        "integration": integration,
        "form": form,
        "has_payments_back": has_back,
        "pair": pairs.pair_of_integration(integration),
        "may_ask_for_level": forwarding.is_switched(integration) and not forwarding.may_choose(request.company),
        "level_asked_at": parse_datetime(forwarding.requested_at(integration)),
    }
    return render(request, "integrations/settings.html", context, status=422 if form.errors else 200)


@company_view("GET", "POST", needed=Role.ADMIN)
def flow_edit(request: CompanyRequest, pk: int, flow_id: int) -> HttpResponse:
    flow = integrations.get_flow(request.company, flow_id)
    if flow.integration_id != pk:
        raise Flow.DoesNotExist
    form = FlowForm(request.POST or None, flow=flow)
    if request.method == "POST" and form.is_valid():
        with telling(request, _("%(flow)s: saved.") % {"flow": flow.get_kind_display()}) as told:
            integrations.update_flow(
                request.actor,
                flow,
                is_enabled=form.cleaned_data["is_enabled"],
                is_automatic=form.cleaned_data["is_automatic"],
                schedule=form.schedule(),
            )
        if told.ok:
            return redirect("integration-detail", company_id=request.company.pk, pk=pk)
    source, target = direction_of(flow)
    context = {"integration": flow.integration, "flow": flow, "form": form, "source": source, "target": target}
    return render(request, "integrations/flow.html", context, status=422 if form.errors else 200)


@company_view("GET")
def integration_checklist(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    steps = checklist.checklist(integration)
    waiting = checklist.open_steps(steps)
    context = {
        "integration": integration,
        "steps": steps,
        "answered": integration.checklist,
        "current": waiting[0].code if waiting else "activate",
        "done_count": sum(step.done for step in steps),
        "can_activate": not waiting and integration.state == IntegrationState.SETUP,
    }
    return render(request, "integrations/checklist.html", context)


@company_view("POST", needed=Role.ADMIN)
def integration_step(request: CompanyRequest, pk: int, step: str) -> HttpResponse:
    integration = _integration(request, pk)
    with telling(request):
        checklist.tick(request.actor, integration, step, done=request.POST.get("done", "1") == "1")
    return redirect("integration-checklist", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def integration_look(request: CompanyRequest, pk: int) -> HttpResponse:
    """Read what the target already holds, so that an empty one goes straight on and another is matched first."""
    integration = _integration(request, pk)
    with telling(request) as told:
        held = checklist.look_at_target(request.actor, integration)
    if told.ok:
        text = ngettext(
            "%(target)s holds %(count)d customer, supplier or item.",
            "%(target)s holds %(count)d customers, suppliers and items.",
            held,
        )
        messages.info(request, text % {"target": integration.target.name, "count": held})
    return redirect("integration-checklist", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def integration_ask_level(request: CompanyRequest, pk: int) -> HttpResponse:
    """Ask the operator to let the company send document by document."""
    with telling(request, _("Your request is noted; whoever runs Tilisilta is told of it.")):
        ask_for(request.actor, _integration(request, pk))
    return redirect("integration-settings", company_id=request.company.pk, pk=pk)


@company_view("GET")
def integration_coverage(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    context = {
        "integration": integration,
        "reports": integrations.coverage(integration),
        "is_read": "coverage_read" in integration.checklist,
    }
    return render(request, "integrations/coverage.html", context)


@company_view("POST", needed=Role.ADMIN)
def integration_activate(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    with telling(request, _("%(name)s is ready.") % {"name": integration.name}) as told:
        checklist.activate(request.actor, integration)
    page = "integration-detail" if told.ok else "integration-checklist"
    return redirect(page, company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def integration_pause(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, _("Automatic imports rest until you resume them.")):
        integrations.pause(request.actor, _integration(request, pk))
    return redirect("integration-detail", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def integration_resume(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, _("Automatic imports go on.")):
        integrations.resume(request.actor, _integration(request, pk))
    return redirect("integration-detail", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def integration_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    with telling(request, _("%(name)s is removed.") % {"name": integration.name}) as told:
        integrations.remove(request.actor, integration)
    if told.ok:
        return redirect("integration-list", company_id=request.company.pk)
    return redirect("integration-detail", company_id=request.company.pk, pk=pk)
