"""The import wizard: where from, signing in or a list of keys, progress that may be left, and the list to confirm."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from tilisilta.core.errors import TilisiltaError
from tilisilta.engine.log import evidence_json
from tilisilta.services.books import confirming, imports, staging
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_tables
from tilisilta.services.tables import MAX_BYTES
from tilisilta.store.models import ClientImport, ImportOutcome, ImportState, ImportWay, Role
from tilisilta.web.books.forms import ClientTableForm, KeyListForm, SignInForm
from tilisilta.web.books.systems import about, find, manifest_or_404
from tilisilta.web.company_view import telling
from tilisilta.web.downloads import TYPES, table_attachment
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.problems.cards import ProblemCard, card
from tilisilta.web.request import CompanyRequest

_STOPPED_BY_CLIENT = 286  # htmx: take this answer and stop asking
_UNPROCESSABLE = 422
_A_PAGE = 100  # of an import that has ended; what is confirmed stands on one page, in one form


def _to(request: CompanyRequest, client_import: ClientImport) -> HttpResponse:
    return redirect("client-import", company_id=request.company.pk, pk=client_import.pk)


@practice_view("GET", needed=Role.ACCOUNTANT)
def choose(request: CompanyRequest) -> HttpResponse:
    """Show every system that clients can be imported from, and the table of clients (U09)."""
    running = imports.imports_of(request.company).filter(state__in=[ImportState.RUNNING, ImportState.READY])
    context = {"sources": imports.sources(request.company), "open_imports": running}
    return render(request, "books/choose.html", context)


@sensitive_post_parameters("password", "email")
@practice_view("GET", "POST", needed=Role.ADMIN)
@sensitive_variables("form")
def sign_in(request: CompanyRequest, vendor: str) -> HttpResponse:
    """Ask for country, e-mail and password, and start the import with them."""
    manifest, integration = manifest_or_404(vendor), find(request, vendor)
    source = next(each for each in imports.sources(request.company) if each.manifest.vendor == vendor)
    if ImportWay.SIGN_IN not in source.ways:
        raise Http404
    form = SignInForm(
        request.POST or None,
        countries=imports.countries(vendor),
        country=integration.country if integration else "",
    )
    problem: ProblemCard | None = None
    if request.method == "POST" and form.is_valid():
        try:
            started = imports.start_sign_in(request.actor, vendor=vendor, **form.cleaned_data)
        except ServiceError as error:
            messages.error(request, str(error))
        except TilisiltaError as error:
            problem = card(error.code, error.params, evidence=evidence_json(error.evidence))
        else:
            return _to(request, started)
    context = {
        **about(manifest),
        "form": form,
        "source": source,
        "problem": problem,
        "key_name": staging.key_names()[0],
    }
    return render(request, "books/sign_in.html", context, status=_UNPROCESSABLE if request.method == "POST" else 200)


@sensitive_post_parameters()
@practice_view("GET", "POST", needed=Role.ADMIN)
@sensitive_variables("form", "content")
def key_list(request: CompanyRequest, vendor: str) -> HttpResponse:
    """Take a list of keys, pasted or as a file."""
    manifest, integration = manifest_or_404(vendor), find(request, vendor)
    form = KeyListForm(
        request.POST or None,
        request.FILES or None,
        manifest=manifest,
        initial={"setting_country": integration.country} if integration and integration.country else None,
    )
    if request.method == "POST" and form.is_valid():
        name, content = form.content()
        try:
            started = imports.start_keys(
                request.actor, vendor=vendor, name=name, content=content, settings=form.settings()
            )
        except (ServiceError, TilisiltaError) as error:
            form.add_error(None, _words(error))
        else:
            return _to(request, started)
    source = next(each for each in imports.sources(request.company) if each.manifest.vendor == vendor)
    context = {**about(manifest), "form": form, "source": source}
    return render(request, "books/key_list.html", context, status=_UNPROCESSABLE if request.method == "POST" else 200)


def _words(error: ServiceError | TilisiltaError) -> str:
    return str(error) if isinstance(error, ServiceError) else card(error.code, error.params).title


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def table(request: CompanyRequest) -> HttpResponse:
    """Take a table of clients."""
    form = ClientTableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            started = imports.start_table(request.actor, name=file.name, content=file.read(MAX_BYTES + 1))
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            return _to(request, started)
    status = _UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "books/table.html", {"form": form}, status=status)


@practice_view("GET", needed=Role.ACCOUNTANT)
def table_template(request: CompanyRequest, file_format: str) -> HttpResponse:
    """Give an empty table to fill."""
    if file_format not in TYPES:
        raise Http404
    return table_attachment(client_tables.template_file(request.company, file_format))


# --- one import ----------------------------------------------------------------------------------------------


def _context(client_import: ClientImport) -> dict[str, Any]:
    return {
        "client_import": client_import,
        "source": imports.source_name(client_import),
        "is_live": client_import.state == ImportState.RUNNING,
        "progress": imports.progress(client_import),
    }


@practice_view("GET", needed=Role.ACCOUNTANT)
def show(request: CompanyRequest, pk: int) -> HttpResponse:
    """Show an import as it stands: running, to be confirmed, or ended."""
    client_import = imports.get_import(request.company, pk)
    context = _context(client_import)
    if client_import.state == ImportState.RUNNING:
        context["may_change"] = _may_change(request, client_import)
        return render(request, "books/progress.html", context)
    context["failure"] = (
        card(client_import.problem_code, client_import.problem_params) if client_import.problem_code else None
    )
    views = confirming.row_views(client_import)
    context |= {
        "rows": views,
        "page": Paginator(views, _A_PAGE).get_page(request.GET.get("page")),
        "may_change": _may_change(request, client_import),
        "usable": sum(not each.row.error_code for each in views),
        "made_keys": sum(each.row.key_is_new and each.has_key for each in views),
        "left_keys": [each for each in views if each.leaves_key],
        "key_name": staging.key_names()[0],
        "not_found": sum(each.is_not_found for each in views),
        "outcomes": [
            (outcome, outcome.label, sum(each.row.outcome == outcome for each in views))
            for outcome in ImportOutcome
            if outcome is not ImportOutcome.NONE
        ],
    }
    template = "books/confirm.html" if client_import.state == ImportState.READY else "books/ended.html"
    return render(request, template, context)


def _may_change(request: CompanyRequest, client_import: ClientImport) -> bool:
    return request.actor.is_admin or (client_import.way == ImportWay.TABLE and request.actor.is_accountant)


@practice_view("GET", needed=Role.ACCOUNTANT)
def progress(request: CompanyRequest, pk: int) -> HttpResponse:
    """Answer with the present progress; when the import has ended, tell htmx to load the whole page."""
    client_import = imports.get_import(request.company, pk)
    if not request.htmx:
        return _to(request, client_import)
    response = render(request, "books/_progress.html", _context(client_import))
    if client_import.state != ImportState.RUNNING:
        response.status_code = _STOPPED_BY_CLIENT
        response["HX-Refresh"] = "true"
    return response


@practice_view("POST", needed=Role.ACCOUNTANT)
def confirm(request: CompanyRequest, pk: int) -> HttpResponse:
    """Import the ticked rows and go to the client list, filtered by this import."""
    client_import = imports.get_import(request.company, pk)
    wanted = [found for value in request.POST.getlist("row") if (found := id_of(value)) is not None]
    with telling(request) as told:
        confirming.confirm(request.actor, client_import, wanted)
        counted = client_import.rows.filter(outcome__in=[ImportOutcome.CREATED, ImportOutcome.UPDATED]).count()
        messages.success(request, _("Imported clients: %(count)s.") % {"count": counted})
    if not told.ok:
        return _to(request, client_import)
    if client_import.rows.filter(outcome=ImportOutcome.FAILED).exists():
        messages.warning(request, _("Some rows could not be saved. The page of the import says why."))
    return redirect(f"{reverse('client-list', args=[request.company.pk])}?import=last")


@practice_view("POST", needed=Role.ACCOUNTANT)
def cancel(request: CompanyRequest, pk: int) -> HttpResponse:
    """Stop an import that nobody has confirmed."""
    client_import = imports.get_import(request.company, pk)
    with telling(request) as told:
        imports.cancel(request.actor, client_import)
    if told.ok and client_import.state == ImportState.CANCELLED:
        messages.success(request, _("The import is cancelled. Nothing was imported."))
    elif told.ok:
        messages.info(request, _("The import stops after what is on its way."))
    return _to(request, client_import)
