"""Bookkeeping systems of the bureau's clients: switched on and off, with their tabs."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.kit.manifest import Manifest
from tilisilta.services import guides
from tilisilta.services.books import imports, integrations, keys
from tilisilta.store.models import PracticeIntegration, Role
from tilisilta.web.books.panels import tabs_of
from tilisilta.web.company_view import telling
from tilisilta.web.connections.words import limit_texts
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest

_SHOWN = 20
_A_PAGE = 100


def manifest_or_404(vendor: str) -> Manifest:
    """Return the manifest of a system whose entries can be counted. Raises: Http404."""
    if vendor not in integrations.vendors():
        raise Http404
    return integrations.manifest_of(vendor)


def about(manifest: Manifest) -> dict[str, Any]:
    """Return what the panel about a system shows: how to get its keys, its plans and limits."""
    return {
        "manifest": manifest,
        "limits": limit_texts(manifest.limits),
        "has_guide": guides.has_guide("connectors", manifest.vendor),
        "guide_version": guides.VERSION,
    }


def find(request: CompanyRequest, vendor: str) -> PracticeIntegration | None:
    """Return how a system stands in the company; None when it was never switched on."""
    return integrations.find(request.company, vendor)


@practice_view("GET")
def books_list(request: CompanyRequest) -> HttpResponse:
    unconnected = integrations.unconnected_clients(request.company)
    cards = integrations.cards(request.company)
    context = {
        "cards": cards,
        "has_active": any(card.is_active for card in cards),
        "unconnected": unconnected[:_SHOWN],
        "unconnected_count": len(unconnected),
        "imports": imports.imports_of(request.company)[:5],
    }
    return render(request, "books/list.html", context)


@practice_view("GET")
def books_detail(request: CompanyRequest, vendor: str) -> HttpResponse:
    manifest, integration = manifest_or_404(vendor), find(request, vendor)
    connected = keys.connections_of(request.company, integration=integration) if integration else ()
    page = Paginator(connected, _A_PAGE).get_page(request.GET.get("page"))
    context = {
        **about(manifest),
        "integration": integration,
        "is_active": integration is not None and integration.is_active,
        "connected": page.object_list,
        "page": page,
        "tabs": tabs_of(request.company, vendor, integration),
        "tab": "overview",
    }
    return render(request, "books/detail.html", context)


@practice_view("POST", needed=Role.ADMIN)
def books_activate(request: CompanyRequest, vendor: str) -> HttpResponse:
    manifest = manifest_or_404(vendor)
    with telling(request, _("%(name)s is active.") % {"name": manifest.name}):
        integrations.activate(request.actor, vendor)
    if request.POST.get("next") == "import":
        return redirect("client-import-new", company_id=request.company.pk)
    return redirect("books-detail", company_id=request.company.pk, vendor=vendor)


@practice_view("POST", needed=Role.ADMIN)
def books_deactivate(request: CompanyRequest, vendor: str) -> HttpResponse:
    manifest, integration = manifest_or_404(vendor), find(request, vendor)
    if integration is None:
        raise Http404
    with telling(request, _("%(name)s is deactivated. Its data is kept.") % {"name": manifest.name}):
        integrations.deactivate(request.actor, integration)
    return redirect("books-detail", company_id=request.company.pk, vendor=vendor)


@practice_view("GET")
def books_import(request: CompanyRequest, vendor: str) -> HttpResponse:
    manifest, integration = manifest_or_404(vendor), find(request, vendor)
    source = next(each for each in imports.sources(request.company) if each.manifest.vendor == vendor)
    found = imports.imports_of(request.company)
    context = {
        **about(manifest),
        "integration": integration,
        "source": source,
        "imports": found.filter(integration=integration)[:_SHOWN] if integration else [],
        "tabs": tabs_of(request.company, vendor, integration),
        "tab": "import",
    }
    return render(request, "books/import.html", context)
