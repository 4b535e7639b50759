"""Settings of billing: the bureau's own books with their test, and the choices of billing (U74 to U77)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services import connections
from tilisilta.services.billing import settings, target
from tilisilta.services.practice.settings import MEMBER_RIGHTS
from tilisilta.services.practice.settings import settings_of as practice_settings
from tilisilta.store.models import Connection, ConnectionState, IntegrationState, Role
from tilisilta.web.billing.forms import SettingsForm
from tilisilta.web.billing.guarded import billing_view
from tilisilta.web.company_view import telling
from tilisilta.web.connections.forms import ConnectionForm
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.problems.cards import card
from tilisilta.web.request import CompanyRequest


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def billing_settings(request: CompanyRequest) -> HttpResponse:
    kept = settings.settings_of(request.company)
    form = SettingsForm(request.POST or None, kept=kept)
    if request.method == "POST" and form.is_valid():
        with telling(request, _("Saved.")) as told:
            settings.save_settings(request.actor, **form.cleaned_data)
        if told.ok:
            return redirect("billing-settings", company_id=request.company.pk)
    if not request.actor.is_admin:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "billing/settings.html", _context(request, form), status=422 if form.errors else 200)


def _context(request: CompanyRequest, form: SettingsForm) -> dict[str, Any]:
    kept, books = settings.settings_of(request.company), settings.books_of(request.company)
    connection = books.target if books is not None else None
    failed = connection is not None and connection.problem_code
    chosen = practice_settings(request.company).member_rights
    return {
        "form": form,
        "kept": kept,
        "is_on": settings.is_on(request.company),
        "books": books,
        "connection": connection,
        "problem": card(connection.problem_code, connection.problem_params, evidence=connection.evidence)
        if connection is not None and failed
        else None,
        "choices": [each for each in target.choices(request.company) if connection is None or each.pk != connection.pk],
        "manifests": [connections.manifest(vendor) for vendor in target.VENDORS],
        "is_tested": connection is not None and connection.state == ConnectionState.ACTIVE,
        "is_ready": books is not None and books.state == IntegrationState.READY,
        "rights": [(name, code in chosen) for code, name in MEMBER_RIGHTS.items()],
    }


@practice_view("POST", needed=Role.ADMIN)
def switch_on(request: CompanyRequest) -> HttpResponse:
    with telling(request, _("Billing is on. Its invoices are kept in the invoice workspace.")):
        settings.switch_on(request.actor)
    return redirect("billing-settings", company_id=request.company.pk)


@billing_view("POST", needed=Role.ADMIN)
def books_choose(request: CompanyRequest) -> HttpResponse:
    """Take a connection that is there as the bureau's own books."""
    pk = id_of(request.POST.get("connection", ""))
    if pk is None:
        messages.error(request, _("Choose a connection first."))
    else:
        connection = target.get_choice(request.company, pk)
        with telling(request, _("%(name)s takes the bureau's invoices.") % {"name": connection.name}):
            target.choose(request.actor, connection)
    return redirect("billing-settings", company_id=request.company.pk)


@billing_view("GET", "POST", needed=Role.ADMIN)
def books_connect(request: CompanyRequest, vendor: str) -> HttpResponse:
    """Enter the keys of the bureau's own books, and test them (U75, U76)."""
    if vendor not in target.VENDORS:
        raise Http404
    manifest = connections.manifest(vendor)
    form = ConnectionForm(request.POST or None, manifest=manifest)
    if request.method == "POST" and form.is_valid():
        with telling(request) as told:
            made, check = target.connect(
                request.actor,
                vendor=vendor,
                name=form.cleaned_data["name"],
                credentials=form.credentials(),
                settings=form.settings(),
            )
        if told.ok:
            _tell(request, made, check)
            return redirect("billing-settings", company_id=request.company.pk)
    context = {"form": form, "manifest": manifest}
    return render(request, "billing/books.html", context, status=422 if form.errors else 200)


def _tell(request: CompanyRequest, connection: Connection, check: connections.ConnectionCheck) -> None:
    if check.ok:
        messages.success(request, _("The connection to %(name)s works.") % {"name": connection.name})
    else:
        told = card(check.code, check.params)
        messages.error(request, " ".join(part for part in (told.title, told.cause, told.remedy) if part))


@billing_view("POST", needed=Role.ACCOUNTANT)
def books_test(request: CompanyRequest) -> HttpResponse:
    with telling(request):
        check = target.test(request.actor)
        books = settings.books_of(request.company)
        if books is not None:
            _tell(request, books.target, check)
    return redirect("billing-settings", company_id=request.company.pk)


@billing_view("POST", needed=Role.ADMIN)
def books_switch(request: CompanyRequest, *, is_on: bool) -> HttpResponse:
    """Begin or stop sending invoices to the books."""
    done = _("Invoices made from now on can be sent.") if is_on else _("No invoices are sent any more.")
    with telling(request, done):
        (target.activate if is_on else target.pause)(request.actor)
    return redirect("billing-settings", company_id=request.company.pk)
