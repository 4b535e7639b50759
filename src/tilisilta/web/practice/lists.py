"""The client list: filtered, sorted, with chosen columns, actions on ticked clients, taken out as a file."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_bulk, client_columns, client_lists, client_tables
from tilisilta.services.practice.client_columns import ClientRow, Column
from tilisilta.store.models import Role
from tilisilta.web.downloads import table_attachment
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import id_of
from tilisilta.web.practice.forms import FilterForm
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.panels import LIST_MENU, NEXT_STEPS, MenuItem, url_if_any
from tilisilta.web.request import CompanyRequest


def _filters(request: CompanyRequest) -> tuple[FilterForm, client_lists.Filters]:
    form = FilterForm(request.GET, company=request.company)
    return form, form.filters(imported=request.GET.get("import", ""), sort=request.GET.get("sort", ""))


def _query(request: CompanyRequest, **changes: str) -> str:
    """Return the address of the list with other values of these parameters; empty ones are left out."""
    query = request.GET.copy()
    for name in ("after", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _heads(request: CompanyRequest, columns: list[Column], sort: str) -> list[dict[str, Any]]:
    heads = []
    for column in columns:
        is_sorted = bool(column.sort) and sort.lstrip("-") == column.sort
        turned = f"-{column.sort}" if is_sorted and not sort.startswith("-") else column.sort
        heads.append(
            {
                "column": column,
                "url": _query(request, sort=turned) if column.sort else "",
                "direction": ("descending" if sort.startswith("-") else "ascending") if is_sorted else "",
            }
        )
    return heads


def key_url(request: CompanyRequest, row: ClientRow) -> str:
    """Return the page of a client's connection; the client's own page while there is none."""
    of_key = url_if_any(request.company, "client-key", args=(row.client.pk,))
    return of_key or company_url(request.company, "client-detail", row.client.pk)


def _shown(request: CompanyRequest, rows: list[ClientRow], columns: list[Column]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "key_url": key_url(request, row),
            "cells": [(column, client_columns.text_of(column, row)) for column in columns],
        }
        for row in rows
    ]


def next_steps(request: CompanyRequest) -> list[MenuItem]:
    """Return what is done after an import: main users, the client plan, the monthly summary, and what others add."""
    company = request.company
    steps = [
        MenuItem(
            url=_query(request, member="none"),
            text=gettext("Give the clients a main user"),
            about=gettext("Tick them in the list and choose “Set the main user” below it."),
        )
    ]
    plan = url_if_any(company, "plan-templates")
    if plan:
        about = gettext("Planned tasks come by themselves, from a template or one by one.")
        steps.append(MenuItem(url=plan, text=gettext("Make the client plan"), about=about))
    active = client_lists.active_integrations(company)
    summary = next(
        (url for each in active if (url := url_if_any(company, "summary-settings", args=(each.vendor,)))), ""
    ) or url_if_any(company, "books-list")
    if summary:
        about = gettext("Counts the work in each client's books every month.")
        steps.append(MenuItem(url=summary, text=gettext("Set up the monthly summary"), about=about))
    return [*steps, *NEXT_STEPS.given(request.actor)]


def _menu(request: CompanyRequest) -> list[MenuItem]:
    found = []
    if request.actor.is_accountant and (url := url_if_any(request.company, "client-import-new")):
        found.append(MenuItem(url=url, text=gettext("Import clients")))
    return [*found, *LIST_MENU.given(request.actor)]


@practice_view("GET")
def client_list(request: CompanyRequest) -> HttpResponse:
    form, filters = _filters(request)
    cursor = request.GET.get("after", "")
    try:
        rows, following = client_lists.search(request.company, filters, cursor=cursor)
    except ServiceError:  # a cursor of another list: begin again
        cursor, (rows, following) = "", client_lists.search(request.company, filters)
    columns = client_columns.chosen_columns(request.actor)
    is_last_import = filters.imported == client_lists.LAST_IMPORT
    query = request.GET.copy()
    query.pop("after", None)
    chosen = {each.code for each in columns}
    context = {
        "form": form,
        "filters": filters,
        "is_last_import": is_last_import,
        "is_more_open": bool(filters.field_id or filters.integration),
        "without_import_url": _query(request, **{"import": ""}),
        "steps": next_steps(request) if is_last_import and request.actor.is_accountant else [],
        "rows": _shown(request, rows, columns),
        "heads": _heads(request, columns, filters.sort),
        "total": client_lists.rows(request.company, filters).count(),
        "columns": [(each, each.code in chosen) for each in client_columns.all_columns(request.company)],
        "query": query.urlencode(),
        "next_url": _query(request) + f"&after={following}" if following else "",
        "first_url": _query(request) if cursor else "",
        "menu": _menu(request),
        "actions": client_bulk.offered(request.actor),
        "unconnected": client_lists.unconnected(request.company).count(),
    }
    return render(request, "practice/clients.html", context)


@practice_view("GET")
def client_export(request: CompanyRequest) -> HttpResponse:
    """Give out the list as it is filtered, with the reader's columns, all pages of it."""
    _form, filters = _filters(request)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    columns = client_columns.chosen_columns(request.actor)
    return table_attachment(client_lists.export(request.company, filters, columns, kind))


@practice_view("GET")
def client_template(request: CompanyRequest) -> HttpResponse:
    """Give out an empty table of clients, to be filled and imported."""
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    return table_attachment(client_tables.template_file(request.company, kind))


def _back(request: CompanyRequest) -> str:
    """Return the list's address with the filters that the form was sent with."""
    query = QueryDict(request.POST.get("query", "")[:2000])
    again = QueryDict(mutable=True)
    for name in _KEPT & query.keys():
        again[name] = query[name]
    return f"{company_url(request.company, 'client-list')}?{again.urlencode()}"


_KEPT = frozenset({*FilterForm.base_fields, "import", "sort"})


@practice_view("POST")
def choose_columns(request: CompanyRequest) -> HttpResponse:
    """Keep a reader's own columns; viewers choose theirs too."""
    codes = [] if request.POST.get("usual") else [client_columns.NAME, *request.POST.getlist("column")]
    client_columns.choose_columns(request.actor, codes)
    return redirect(_back(request))


@practice_view("POST", needed=Role.ACCOUNTANT)
def client_bulk_do(request: CompanyRequest) -> HttpResponse:
    """Do what was chosen with the ticked clients, or open the page that asks for more."""
    back = _back(request)
    code, _colon, value = request.POST.get("action", "").partition(":")
    try:
        pks = _ticked(request)
        action = client_bulk.action_of(code)
        if action.page:
            rows = client_bulk.ticked(request.company, pks)
            return redirect(
                f"{company_url(request.company, action.page)}?clients={','.join(str(each.pk) for each in rows)}"
            )
        messages.success(request, client_bulk.run(request.actor, code, pks, value))
    except ServiceError as error:
        messages.error(request, str(error))
    return redirect(back)


def _ticked(request: CompanyRequest) -> list[int]:
    if request.POST.get("everyone"):
        query = QueryDict(request.POST.get("query", "")[:2000])
        form = FilterForm(query, company=request.company)
        filters = form.filters(imported=query.get("import", ""))
        found = client_lists.rows(request.company, filters).values_list("pk", flat=True)
        return list(found[: client_bulk.MAX_CLIENTS + 1])
    found_ids = [id_of(each) for each in request.POST.getlist("client")]
    return [each for each in found_ids if each is not None]
