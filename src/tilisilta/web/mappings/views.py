"""Mapping tables: one table a page, what is missing first, and the same table as a file."""

from typing import Any, Final

import msgspec
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.account_codes import VAT_CODE_FIELDS
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import connections, integrations, mapping_files, mappings, staging
from tilisilta.services.mappings import Choices, Line
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import Integration, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.downloads import table_attachment
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import one_file

# A list longer than this is typed into with suggestions; a shorter one is chosen from.
_LONG_LIST: Final = 60
_MAX_LINES: Final = 1000


def _integration(request: CompanyRequest, pk: int) -> Integration:
    return integrations.get_integration(request.company, pk)


def _table(name: str) -> MappingTable:
    try:
        return MappingTable(name)
    except ValueError as error:
        raise Http404 from error


def _error_text(choices: Choices) -> str:
    return describe(choices.error).title if choices.error else ""


def _frame(integration: Integration, table: MappingTable) -> dict[str, Any]:
    return {
        "integration": integration,
        "table": table.value,
        "label": mappings.TABLES[table],
        "summaries": mappings.summaries(integration),
    }


def _codes_of(integration: Integration, table: MappingTable) -> dict[str, Any]:
    """Return what the VAT codes beside accounts are chosen from, where the table has them."""
    if not mappings.has_codes(integration, table):
        return {"has_codes": False}
    vat_codes = mappings.choices(integration.target, MappingTable.VAT_CODES)
    return {
        "has_codes": True,
        "codes_by_field": [(name, side, vat_codes.usable(side)) for side, name in VAT_CODE_FIELDS.items()],
        "off_fields": tuple(OFF_FIELDS.items()) if mappings.has_sides(integration, table) else (),
    }


def _given_codes(request: CompanyRequest) -> dict[str, dict[str, str]]:
    """Return the VAT codes of the form by line; a form without them changes none."""
    refs = request.POST.getlist("ref")
    given: dict[str, dict[str, str]] = {}
    for name in VAT_CODE_FIELDS.values():
        for ref, code in zip(refs, request.POST.getlist(name), strict=False):
            given.setdefault(ref, {})[name] = code.strip()
    return given


def _given_off(request: CompanyRequest) -> dict[str, frozenset[str]]:
    """Return by line the sides whose tick was taken off; a form without ticks changes none."""
    if "sides" not in request.POST:
        return {}
    ticked = {name: set(request.POST.getlist(name)) for name in OFF_FIELDS.values()}
    return {
        ref: frozenset(name for name, refs in ticked.items() if ref not in refs) for ref in request.POST.getlist("ref")
    }


def _sides(targets: Choices) -> dict[str, Any]:
    """Return the target's choices by side of the trade, as the rows offer them."""
    return {side or "both": [_without_key(each) for each in targets.usable(side)] for side in ("", "sales", "purchase")}


def _without_key(entry: CatalogueEntry) -> CatalogueEntry:
    """Return the entry without its key at the head of its label: rows show the key themselves."""
    return msgspec.structs.replace(entry, label=entry.label.removeprefix(f"{entry.key} "))


@company_view("GET")
def mapping_home(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    waiting = [each for each in mappings.summaries(integration) if each.missing]
    table = waiting[0].table if waiting else MappingTable.VAT_CODES
    return redirect("mapping-table", company_id=request.company.pk, pk=pk, table=table.value)


@company_view("GET")
def mapping_table(request: CompanyRequest, pk: int, table: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _table(table)
    targets = mappings.choices(integration.target, chosen)
    text, only_missing = request.GET.get("q", ""), request.GET.get("missing") == "1"
    lines = mappings.lines(integration, chosen, text=text, only_missing=only_missing, targets=targets)
    context = _frame(integration, chosen) | {
        "lines": lines[:_MAX_LINES],
        "cut": max(0, len(lines) - _MAX_LINES),
        "text": text,
        "only_missing": only_missing,
        "missing": sum(line.is_missing for line in lines),
        "gone": sum(line.is_gone for line in lines),
        "suggested": sum(line.suggestion is not None for line in lines),
        "targets": targets,
        "targets_error": _error_text(targets),
        "by_side": _sides(targets),
        "is_long": len(targets.entries) > _LONG_LIST,
        "has_sides": chosen is MappingTable.VAT_CODES,
        **_codes_of(integration, chosen),
    }
    return render(request, "mappings/table.html", context)


def _chosen(request: CompanyRequest, known: dict[str, Line]) -> dict[str, str]:
    """Return target key by line: what the form says, or the proved suggestions when their button was pressed."""
    refs, targets = request.POST.getlist("ref"), request.POST.getlist("target")
    use = request.POST.get("use", "")
    if use:
        wanted = known.values() if use == "all" else [known[use]] if use in known else []
        return {line.ref: line.suggestion.key for line in wanted if line.suggestion is not None}
    return dict(zip(refs, (target.strip() for target in targets), strict=False))


def _told(saved: mappings.Saved) -> str:
    parts = []
    if saved.saved:
        parts.append(ngettext("%(count)d row saved.", "%(count)d rows saved.", saved.saved) % {"count": saved.saved})
    if saved.cleared:
        parts.append(
            ngettext("%(count)d row emptied.", "%(count)d rows emptied.", saved.cleared) % {"count": saved.cleared}
        )
    if saved.released:
        parts.append(
            ngettext("%(count)d document goes on.", "%(count)d documents go on.", saved.released)
            % {"count": saved.released}
        )
    return " ".join(parts) or _("Nothing was changed: each choice is saved as it is made.")


@company_view("POST", needed=Role.ACCOUNTANT)
def mapping_save(request: CompanyRequest, pk: int, table: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _table(table)
    targets = mappings.choices(integration.target, chosen)
    known = {line.ref: line for line in mappings.lines(integration, chosen, targets=targets)}
    wanted = _chosen(request, known)
    codes, off = _given_codes(request), _given_off(request)
    if not request.htmx:
        with telling(request):
            saved = mappings.save(request.actor, integration, chosen, wanted, codes=codes, off=off)
            messages.success(request, _told(saved))
        return redirect("mapping-table", company_id=request.company.pk, pk=pk, table=table)
    # The browser sends every row of the form along; only the one that was changed is saved and shown again.
    if (row := request.GET.get("row", "")) in wanted:
        wanted = {row: wanted[row]}
    error, note = "", ""
    try:
        note = _told(mappings.save(request.actor, integration, chosen, wanted, codes=codes, off=off))
    except mappings.ServiceError as refusal:
        error = str(refusal)
    ref = next(iter(wanted), "")
    now = {line.ref: line for line in mappings.lines(integration, chosen, targets=targets)}
    context = _frame(integration, chosen) | {
        "line": now.get(ref) or mappings.parse_ref(ref),
        "note": note,
        "error": error,
        "by_side": _sides(targets),
        "is_long": len(targets.entries) > _LONG_LIST,
        "has_sides": chosen is MappingTable.VAT_CODES,
        "targets": targets,
        **_codes_of(integration, chosen),
    }
    return render(request, "mappings/_row.html", context, status=200)


@company_view("POST", needed=Role.ACCOUNTANT)
def mapping_refresh(request: CompanyRequest, pk: int, table: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _table(table)
    for connection in (integration.target, integration.source):
        try:
            entries = connections.refresh_catalogue(request.actor, connection, CatalogueKind(chosen.value))
        except TilisiltaError as error:
            messages.error(request, f"{connection.name}: {describe(error.code, error.params).title}")
        else:
            told = {"name": connection.name, "count": len(entries)}
            messages.success(request, _("%(name)s: %(count)d rows read.") % told)
    return redirect("mapping-table", company_id=request.company.pk, pk=pk, table=table)


@company_view("GET")
def mapping_export(request: CompanyRequest, pk: int, table: str) -> HttpResponse:
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_attachment(mapping_files.export(_integration(request, pk), _table(table), file_format))


@company_view("POST", needed=Role.ACCOUNTANT)
def mapping_import(request: CompanyRequest, pk: int, table: str) -> HttpResponse:
    integration, chosen = _integration(request, pk), _table(table)
    staged_id = 0
    with telling(request) as told:
        name, content = one_file(request)
        staged_id = mapping_files.stage_file(request.actor, integration, chosen, name=name, content=content).pk
    if not told.ok:
        return redirect("mapping-table", company_id=request.company.pk, pk=pk, table=table)
    return redirect("mapping-staged", company_id=request.company.pk, pk=pk, table=table, staged_id=staged_id)


@company_view("GET", "POST", needed=Role.ACCOUNTANT)
def mapping_staged(request: CompanyRequest, pk: int, table: str, staged_id: int) -> HttpResponse:
    integration, chosen = _integration(request, pk), _table(table)
    staged = staging.find_staged(request.actor, integration, staged_id, mapping_files.SUBJECT)
    if request.method == "POST":
        with telling(request) as told:
            _counts, released = mapping_files.confirm(request.actor, integration, staged)
            told_text = _("The table is saved.")
            if released:
                told_text += " " + ngettext("%(count)d document goes on.", "%(count)d documents go on.", released) % {
                    "count": released
                }
            messages.success(request, told_text)
        if not told.ok:
            return redirect("mapping-table", company_id=request.company.pk, pk=pk, table=table)
        return redirect(request.path)
    rows = staging.staged_rows(staged)
    context = _frame(integration, chosen) | {
        "staged": staged,
        "rows": staging.by_weight(rows)[:_MAX_LINES],
        "cut": max(0, len(rows) - _MAX_LINES),
        "counts": staging.shown_counts(rows),
        "writable": sum(row.is_writable for row in rows),
        "has_sides": chosen is MappingTable.VAT_CODES,
        "has_codes": mappings.has_codes(integration, chosen),
    }
    return render(request, "mappings/staged.html", context)
