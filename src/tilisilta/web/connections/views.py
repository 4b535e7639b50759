"""Connected services: each system's access, its test, and its end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import TilisiltaError
from tilisilta.kit.manifest import Ability, Manifest
from tilisilta.ports import CatalogueKind
from tilisilta.services import connection_lists, connections, guides
from tilisilta.services.pull import access as pull
from tilisilta.store.models import Connection, ConnectionState, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.connections.forms import ConnectionForm
from tilisilta.web.connections.words import CATALOGUE_NAMES, limit_texts, shown_details, shown_settings
from tilisilta.web.problems.cards import ProblemCard, card
from tilisilta.web.request import CompanyRequest


def _manifest(vendor: str) -> Manifest:
    for each in connections.all_manifests():
        if each.vendor == vendor:
            return each
    raise Http404


def _connection(request: CompanyRequest, pk: int) -> Connection:
    return connection_lists.get_connection(request.company, pk)


@company_view("GET")
def connection_list(request: CompanyRequest) -> HttpResponse:
    manifests = {each.vendor: each for each in connections.all_manifests()}
    rows = [(each, manifests.get(each.vendor)) for each in connection_lists.list_connections(request.company)]
    return render(request, "connections/list.html", {"rows": rows, "manifests": manifests.values()})


def _gives_documents(manifest: Manifest) -> bool:
    return Ability.SOURCE in manifest.abilities and bool(set(manifest.reads) - {DocumentKind.PAYMENT})


def _takes_documents(manifest: Manifest) -> bool:
    return Ability.TARGET in manifest.abilities and bool(set(manifest.writes) - {DocumentKind.PAYMENT})


@company_view("GET", needed=Role.ADMIN)
def connection_new(request: CompanyRequest) -> HttpResponse:
    manifests = [each for each in connections.all_manifests() if not each.is_own]
    return render(
        request,
        "connections/choose.html",
        {
            "sources": [each for each in manifests if _gives_documents(each)],
            "targets": [each for each in manifests if _takes_documents(each)],
        },
    )


@company_view("GET", "POST", needed=Role.ADMIN)
def connection_add(request: CompanyRequest, vendor: str) -> HttpResponse:
    manifest = _manifest(vendor)
    form = ConnectionForm(request.POST or None, manifest=manifest)
    if request.method == "POST" and form.is_valid():
        with telling(request) as told:
            connection = connections.create_connection(
                request.actor,
                vendor=vendor,
                name=form.cleaned_data["name"],
                credentials=form.credentials(),
                settings=form.settings(),
            )
        if told.ok:
            return _check(request, connection)
    return _form_page(request, form, manifest, None)


def _about(manifest: Manifest) -> dict[str, Any]:
    return {
        "limits": limit_texts(manifest.limits),
        "has_guide": guides.has_guide("connectors", manifest.vendor),
        "guide_version": guides.VERSION,
    }


def _form_page(
    request: HttpRequest, form: ConnectionForm, manifest: Manifest, connection: Connection | None
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "manifest": manifest, "connection": connection, **_about(manifest)}
    return render(request, "connections/form.html", context, status=status)


@company_view("GET", "POST", needed=Role.ADMIN)
def connection_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    manifest = _manifest(connection.vendor)
    form = ConnectionForm(request.POST or None, manifest=manifest, connection=connection)
    if request.method == "POST" and form.is_valid():
        with telling(request) as told:
            connections.update_connection(
                request.actor,
                connection,
                credentials=form.credentials() or None,
                settings=form.settings(),
                name=form.cleaned_data["name"],
            )
        if told.ok:
            return _check(request, connection)
    return _form_page(request, form, manifest, connection)


def _check(request: CompanyRequest, connection: Connection) -> HttpResponse:
    with telling(request):
        _tell_check(request, connection, connections.check_connection(request.actor, connection))
    return redirect("connection-detail", company_id=request.company.pk, pk=connection.pk)


def _tell_check(request: CompanyRequest, connection: Connection, check: connections.ConnectionCheck) -> None:
    if check.ok:
        messages.success(request, _("%(name)s answers. The connection works.") % {"name": connection.name})
    else:
        messages.error(request, _("The test failed: %(reason)s.") % {"reason": card(check.code, check.params).title})
    if check.missing_rights:
        rights = ", ".join(check.missing_rights)
        messages.warning(request, _("These rights are missing: %(rights)s.") % {"rights": rights})


@company_view("GET")
def connection_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    manifest = _manifest(connection.vendor)
    integrations = connection_lists.integrations_of(connection)
    context: dict[str, Any] = {
        "connection": connection,
        "manifest": manifest,
        **_about(manifest),
        "settings": shown_settings(manifest, connection.settings),
        "details": shown_details(connection.details),
        "problem": _problem(connection),
        "other_company": connections.other_company(connection),
        "integrations": integrations,
        "lists": [
            (kind.value, CATALOGUE_NAMES[kind], snapshot)
            for kind in CatalogueKind
            if (snapshot := connection_lists.snapshot(connection, kind)) is not None
        ],
        "list_kinds": [(kind.value, CATALOGUE_NAMES[kind]) for kind in CatalogueKind],
        "is_inactive": connection.state == ConnectionState.INACTIVE,
        "pull": pull.overview(connection) if connection.vendor == pull.VENDOR else None,
    }
    return render(request, "connections/detail.html", context)


def _problem(connection: Connection) -> ProblemCard | None:
    if not connection.problem_code:
        return None
    return card(connection.problem_code, connection.problem_params, evidence=connection.evidence)


@company_view("POST", needed=Role.ACCOUNTANT)
def connection_test(request: CompanyRequest, pk: int) -> HttpResponse:
    return _check(request, _connection(request, pk))


@company_view("POST", needed=Role.ADMIN)
def connection_deactivate(request: CompanyRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    with telling(request, _("%(name)s is deactivated. Its data is kept.") % {"name": connection.name}):
        connections.deactivate(request.actor, connection)
    return redirect("connection-detail", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def connection_reactivate(request: CompanyRequest, pk: int) -> HttpResponse:
    connection = _connection(request, pk)
    with telling(request):
        _tell_check(request, connection, connections.reactivate(request.actor, connection))
    return redirect("connection-detail", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ACCOUNTANT)
def connection_refresh(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    connection = _connection(request, pk)
    if kind not in list(CatalogueKind):
        raise Http404
    try:
        connections.refresh_catalogue(request.actor, connection, CatalogueKind(kind))
    except TilisiltaError as error:
        messages.error(request, card(error.code, error.params).title)
    else:
        messages.success(request, _("The list is read again."))
    return redirect("connection-detail", company_id=request.company.pk, pk=pk)
