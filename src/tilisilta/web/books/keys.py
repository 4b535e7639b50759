"""A client's key: the dialog behind the key icon, and the same for several clients at once."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from tilisilta.services.access import require
from tilisilta.services.books import integrations, keys
from tilisilta.services.connections import ConnectionCheck
from tilisilta.services.practice import clients
from tilisilta.store.models import Client, ClientConnection, PracticeIntegration, Role
from tilisilta.web.books.forms import ClientKeyForm
from tilisilta.web.books.systems import about
from tilisilta.web.company_view import telling
from tilisilta.web.connections.words import shown_details
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.panels import url_if_any
from tilisilta.web.problems.cards import card
from tilisilta.web.request import CompanyRequest

_MOST = 500
_UNPROCESSABLE = 422


def _client(request: CompanyRequest, pk: int) -> Client:
    return clients.get_client(request.company, pk)


def _active(request: CompanyRequest, vendor: str) -> PracticeIntegration:
    """Return a system that is switched on. Raises: Http404."""
    found = next((each for each in integrations.integrations_of(request.company) if each.vendor == vendor), None)
    if found is None:
        raise Http404
    return found


@practice_view("GET")
def client_key(request: CompanyRequest, pk: int) -> HttpResponse:
    """Show a client's key: the one it has, else the only system there is, else which systems to choose from."""
    client = _client(request, pk)
    own = [each for each in keys.of_client(client) if each.integration.is_active]
    active = integrations.integrations_of(request.company)
    chosen = own[0].integration if own else active[0] if len(active) == 1 else None
    return _page(request, client, chosen)


@sensitive_post_parameters()
@practice_view("GET", "POST")
def client_key_edit(request: CompanyRequest, pk: int, vendor: str) -> HttpResponse:
    """Show or save a client's key to one system."""
    client, integration = _client(request, pk), _active(request, vendor)
    if request.method != "POST":
        return _page(request, client, integration)
    require(request.actor, Role.ADMIN)  # reading does without
    form = _form(request, client, integration)
    if not form.is_valid():
        return _page(request, client, integration, form=form, status=_UNPROCESSABLE)
    with telling(request) as told:
        saved = keys.connect(request.actor, client, integration, form.credentials(), form.settings())
    if not told.ok:
        return _page(request, client, integration, form=form, status=_UNPROCESSABLE)
    if request.POST.get("action") == "save":
        messages.success(request, _("The key is saved. It has not been tested yet."))
    else:
        _check(request, saved)
    return redirect("client-key-edit", company_id=request.company.pk, pk=pk, vendor=vendor)


def _form(request: CompanyRequest, client: Client, integration: PracticeIntegration) -> ClientKeyForm:
    own = keys.connections_of(request.company, clients=[client.pk], integration=integration).first()
    initial = {} if own is not None or not integration.country else {"setting_country": integration.country}
    return ClientKeyForm(
        request.POST or None,
        manifest=integrations.manifest_of(integration.vendor),
        connection=own.connection if own else None,
        initial=initial,
    )


def _page(
    request: CompanyRequest,
    client: Client,
    integration: PracticeIntegration | None,
    *,
    form: ClientKeyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "client": client,
        "integration": integration,
        "systems": [(each, integrations.name_of(each)) for each in integrations.integrations_of(request.company)],
    }
    if integration is not None:
        own = keys.connections_of(request.company, clients=[client.pk], integration=integration).first()
        connection = own.connection if own else None
        context |= {
            **about(integrations.manifest_of(integration.vendor)),
            "form": form or (_form(request, client, integration) if request.actor.is_admin else None),
            "own": own,
            "connection": connection,
            "details": shown_details(connection.details) if connection else [],
            "problem": card(connection.problem_code, connection.problem_params, evidence=connection.evidence)
            if connection and connection.problem_code
            else None,
            "summaries_url": _summaries_url(request, client, integration) if own else "",
        }
    return render(request, "books/key.html", context, status=status)


def _summaries_url(request: CompanyRequest, client: Client, integration: PracticeIntegration) -> str:
    """Return where a client's summaries are fetched again; empty while there is no such page."""
    url = url_if_any(request.company, "summary-reload", args=(integration.vendor,))
    return f"{url}?clients={client.pk}" if url else ""


def _check(request: CompanyRequest, own: ClientConnection) -> None:
    with telling(request):
        tell(request, own, keys.check(request.actor, own))


def tell(request: CompanyRequest, own: ClientConnection, check: ConnectionCheck) -> None:
    """Tell what a test found; cause and remedy stand on the page that follows."""
    names = {"system": integrations.name_of(own.integration), "client": own.client.name}
    if check.ok:
        messages.success(request, _("Connection successful: %(system)s answers for %(client)s.") % names)
        return
    told = card(check.code, check.params)
    messages.error(
        request, _("The test failed: %(reason)s. %(remedy)s") % {"reason": told.title, "remedy": told.remedy}
    )


@practice_view("POST", needed=Role.ACCOUNTANT)
def client_key_test(request: CompanyRequest, pk: int, vendor: str) -> HttpResponse:
    """Ask the system whether the client's key works."""
    _check(request, keys.get_key(request.company, pk, vendor))
    return redirect("client-key", company_id=request.company.pk, pk=pk)


@practice_view("POST", needed=Role.ADMIN)
def client_key_delete(request: CompanyRequest, pk: int, vendor: str) -> HttpResponse:
    """Delete the client's connection and erase its key."""
    own = keys.get_key(request.company, pk, vendor)
    done = _("The connection of %(client)s is deleted and its key erased.") % {"client": own.client.name}
    with telling(request, done):
        keys.remove(request.actor, own)
    return redirect("client-key", company_id=request.company.pk, pk=pk)


# --- several clients -----------------------------------------------------------------------------------------


def _ticked(asked: QueryDict) -> list[int]:
    """Return the ids of ticked clients: one field each, or all in one with commas between."""
    values = [*asked.getlist("client"), *asked.get("clients", "").split(",")]
    return list(dict.fromkeys(each for value in values[:_MOST] if (each := id_of(value)) is not None))


@practice_view("GET", "POST")
def several(request: CompanyRequest) -> HttpResponse:
    """Show the keys of the ticked clients; of one client its own page (U63). Changes nothing, however it is asked."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = _ticked(asked)
    if not ids:
        messages.error(request, _("Tick at least one client first."))
        return redirect("client-list", company_id=request.company.pk)
    if len(ids) == 1:
        return redirect("client-key", company_id=request.company.pk, pk=ids[0])
    chosen = clients.get_clients(request.company, ids)
    own: dict[int, list[ClientConnection]] = {}
    for each in keys.connections_of(request.company, clients=ids):
        if each.integration.is_active:
            own.setdefault(each.client_id, []).append(each)
    rows = [(client, own.get(client.pk, [])) for client in chosen]
    return render(request, "books/several.html", {"rows": rows, "connected": sum(bool(found) for _c, found in rows)})


@practice_view("POST", needed=Role.ACCOUNTANT)
def test_several(request: CompanyRequest) -> HttpResponse:
    """Test the keys of the ticked clients, one after another."""
    ids = _ticked(request.POST)
    good, bad = 0, 0
    for each in keys.connections_of(request.company, clients=ids):
        if not each.integration.is_active:
            continue
        with telling(request) as told:
            check = keys.check(request.actor, each)
        if not told.ok:
            break
        if check.ok:
            good += 1
        else:
            bad += 1
            tell(request, each, check)
    if good:
        messages.success(request, _("Connections that work: %(count)s.") % {"count": good})
    if not good and not bad:
        messages.info(request, _("None of these clients has a key yet."))
    return redirect(f"{company_url(request.company, 'client-keys')}?clients={','.join(map(str, ids))}")
