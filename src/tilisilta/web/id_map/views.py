"""The id map: the target's customers, suppliers and items with the source's ids, and the same as files."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.documents import DocumentKind
from tilisilta.services import id_map, id_map_assist, id_map_files, integrations, matches, staging
from tilisilta.store.models import BindingOrigin, Integration, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.downloads import table_attachment
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import one_file

PAGE_SIZE: Final = 100
_MAX_LINES: Final = 5000  # what cannot be seen cannot be ticked


def _integration(request: CompanyRequest, pk: int) -> Integration:
    return integrations.get_integration(request.company, pk)


def _kind(name: str) -> DocumentKind:
    kind = next((each for each in id_map.KINDS if each.value == name), None)
    if kind is None:
        raise Http404
    return kind


def _back(request: CompanyRequest, pk: int, kind: DocumentKind) -> HttpResponse:
    return redirect(reverse("id-map", args=[request.company.pk, pk]) + f"?kind={kind.value}")


@company_view("GET")
def id_map_home(request: CompanyRequest) -> HttpResponse:
    """The map of the only integration, or the choice between several."""
    found = list(integrations.list_integrations(request.company))
    asked = request.GET.get("integration", "")
    if asked.isdecimal() and any(each.pk == int(asked) for each in found):
        return redirect("id-map", company_id=request.company.pk, pk=int(asked))
    if len(found) == 1:
        return redirect("id-map", company_id=request.company.pk, pk=found[0].pk)
    return render(request, "id_map/home.html", {"integrations": found})


@company_view("GET")
def id_map_page(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    kind = _kind(request.GET.get("kind") or DocumentKind.CUSTOMER.value)
    text, show = request.GET.get("q", ""), request.GET.get("show", "")
    asked = request.GET.get("from", "")
    offset = int(asked[:9]) if asked.isdecimal() else 0
    page = id_map.page(integration, kind, text=text, show=show, offset=offset, limit=PAGE_SIZE)
    context = {
        "integration": integration,
        "kinds": [(each.value, label) for each, label in id_map.KINDS.items()],
        "kind": kind.value,
        "label": id_map.KINDS[kind],
        "is_item": kind is DocumentKind.ITEM,
        "page": page,
        "text": text,
        "show": show,
        "mark": id_map.service_code(integration),
        "first": offset + 1,
        "last": offset + len(page.rows),
        "previous": max(0, offset - PAGE_SIZE) if offset else None,
        "next": offset + PAGE_SIZE if offset + len(page.rows) < page.total else None,
        "open_matches": matches.counts(request.company, integration).get(kind.value, 0),
    }
    return render(request, "id_map/page.html", context)


@company_view("POST", needed=Role.ACCOUNTANT)
def id_map_read(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _kind(kind)
    with telling(request):
        count = id_map.read_target_list(request.actor, integration, chosen)
        told = {"name": integration.target.name, "count": count}
        messages.success(request, _("%(name)s: %(count)d rows read.") % told)
    return _back(request, pk, chosen)


@company_view("GET")
def id_map_export(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_attachment(id_map.export(_integration(request, pk), _kind(kind), file_format))


def _stage(request: CompanyRequest, pk: int, kind: str, service: Any) -> HttpResponse:
    integration, chosen = _integration(request, pk), _kind(kind)
    staged_id = 0
    with telling(request) as told:
        name, content = one_file(request)
        staged_id = service(request.actor, integration, chosen, name=name, content=content).pk
    if not told.ok:
        return _back(request, pk, chosen)
    return redirect("id-map-staged", company_id=request.company.pk, pk=pk, kind=kind, staged_id=staged_id)


@company_view("POST", needed=Role.ACCOUNTANT)
def id_map_import(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    return _stage(request, pk, kind, id_map_files.stage_file)


@company_view("POST", needed=Role.ACCOUNTANT)
def id_map_assist_upload(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    return _stage(request, pk, kind, id_map_assist.stage_list)


@company_view("GET", "POST", needed=Role.ACCOUNTANT)
def id_map_staged(request: CompanyRequest, pk: int, kind: str, staged_id: int) -> HttpResponse:
    integration, chosen = _integration(request, pk), _kind(kind)
    subjects = (id_map_files.SUBJECT, id_map_assist.SUBJECT)
    staged = staging.find_staged(request.actor, integration, staged_id, *subjects)
    is_list = staged.subject == id_map_assist.SUBJECT
    if request.method == "POST":
        lines = frozenset(int(each) for each in request.POST.getlist("line") if each.isdecimal()) if is_list else None
        origin = BindingOrigin.MATCHED if is_list else BindingOrigin.IMPORTED
        with telling(request) as told:
            _counts, released = id_map_files.confirm(request.actor, integration, staged, lines=lines, origin=origin)
            text = _("The id map is saved.")
            if released:
                text += " " + ngettext("%(count)d document goes on.", "%(count)d documents go on.", released) % {
                    "count": released
                }
            messages.success(request, text)
        return redirect(request.path) if told.ok else _back(request, pk, chosen)
    rows = staging.staged_rows(staged)
    context = {
        "integration": integration,
        "kind": kind,
        "label": id_map.KINDS[chosen],
        "staged": staged,
        "is_list": is_list,
        "rows": staging.by_weight(rows)[:_MAX_LINES],
        "cut": max(0, len(rows) - _MAX_LINES),
        "counts": staging.shown_counts(rows),
        "writable": sum(row.is_writable for row in rows),
        "ticked_from": id_map_assist.TICKED_FROM,
        "reasons": {name: str(text) for name, text in matches.REASONS.items()},
    }
    return render(request, "id_map/staged.html", context)


@company_view("POST", needed=Role.ACCOUNTANT)
def id_map_tie(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _kind(kind)
    with telling(request, _("The id is tied.")):
        id_map.tie_one(
            request.actor,
            integration,
            chosen,
            source_id=request.POST.get("source_id", ""),
            target_id=request.POST.get("target_id", ""),
        )
    return _back(request, pk, chosen)


@company_view("POST", needed=Role.ACCOUNTANT)
def id_map_remove(request: CompanyRequest, pk: int, kind: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _kind(kind)
    with telling(request, _("The id is untied. The next import asks about it again.")):
        id_map.remove(request.actor, integration, chosen, request.POST.get("source_id", ""))
    return _back(request, pk, chosen)
