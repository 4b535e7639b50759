"""Codes of products, work types and travel expenses: what lacks one or fits nothing, and where to mend it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.core.errors import TilisiltaError
from tilisilta.services import integrations, pairs, register_codes
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import Integration, Role
from tilisilta.web.company_view import company_view
from tilisilta.web.downloads import table_attachment
from tilisilta.web.request import CompanyRequest


def _integration(request: CompanyRequest, pk: int) -> Integration:
    """Return an integration whose two sides keep registers; any other has no such page."""
    found = integrations.get_integration(request.company, pk)
    if not pairs.pair_of_integration(found).has_registers:
        raise Http404
    return found


@company_view("GET")
def register_codes_page(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    found = register_codes.report(integration)
    shows_all = request.GET.get("show") == "all"
    context = {
        "integration": integration,
        "report": found,
        "rows": found.rows if shows_all else found.to_mend,
        "shows_all": shows_all,
        "error_text": describe(found.error).title if found.error else "",
        "settings": integrations.settings_of(integration),
        "is_read": "codes_read" in integration.checklist,
    }
    return render(request, "register_codes/page.html", context)


@company_view("POST", needed=Role.ACCOUNTANT)
def register_codes_refresh(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    try:
        found = register_codes.refresh(request.actor, integration)
    except TilisiltaError as error:
        messages.error(request, describe(error.code, error.params).title)
    else:
        count = len(found.to_mend)
        told = _("Both registers are read; %(count)d entries ask for something.") % {"count": count}
        messages.success(request, told)
    return redirect("register-codes", company_id=request.company.pk, pk=pk)


@company_view("GET")
def register_codes_export(request: CompanyRequest, pk: int) -> HttpResponse:
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    only_to_mend = request.GET.get("show") != "all"
    return table_attachment(register_codes.export(_integration(request, pk), file_format, only_to_mend=only_to_mend))
