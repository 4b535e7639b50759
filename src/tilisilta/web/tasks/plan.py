"""A client's plan: its rows, the tasks that are there and those that are planned."""

import datetime as dt
from itertools import groupby
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.clients import get_client
from tilisilta.services.practice.settings import month_of, settings_of, today_of
from tilisilta.services.tasks import lists, patterns, plan, recurrences, tasks, templates
from tilisilta.services.tasks.lists import TaskFilter
from tilisilta.services.tasks.templates import Applied
from tilisilta.store.models import Client, Role, TaskStatus
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.value_fields import put_errors
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.lists import tone_of
from tilisilta.web.tasks.plan_forms import RecurrenceForm

_AHEAD: Final = dt.timedelta(days=366)
_BACK: Final = dt.timedelta(days=62)
_ADMITTED: Final = 10  # reasons that are told of several


def plan_url(request: CompanyRequest, client: Client) -> str:
    """Return the address of a client's plan."""
    return company_url(request.company, "client-plan", client.pk)


def _months(client: Client, today: dt.date) -> list[tuple[dt.date, list[dict[str, Any]]]]:
    """Return the client's tasks and planned ones by the month in which they are due: two months back, a year ahead."""
    wanted = TaskFilter(client_id=client.pk, due_from=today - _BACK, due_to=today + _AHEAD)
    real: list[dict[str, Any]] = [
        {"due": each.due_date, "title": each.title, "task": each, "tone": tone_of(each.status), "planned": None}
        for each in lists.tasks(client.company, wanted)
    ]
    later = plan.planned(client.company, due_to=today + _AHEAD, client_id=client.pk)
    real += [{"due": each.due_date, "title": each.title, "task": None, "planned": each} for each in later]
    real.sort(key=lambda each: (each["due"], each["title"]))
    return [(month, list(rows)) for month, rows in groupby(real, key=lambda each: month_of(each["due"]))]


@practice_view("GET")
def client_plan(request: CompanyRequest, pk: int) -> HttpResponse:
    client = get_client(request.company, pk)
    rows = plan.recurrences_of(request.company, client=client)
    today = today_of(request.company)
    context = {
        "client": client,
        "rows": [(row, patterns.in_words(row)) for row in rows],
        "months": _months(client, today),
        "today": today,
        "days_ahead": settings_of(request.company).days_ahead,
        "templates": [(str(each.pk), each.name) for each in templates.templates(request.company)],
        "others": [each for each in choices.clients(request.company) if each[0] != str(pk)],
        "first": month_of(today),
    }
    return render(request, "tasks/plan.html", context)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def plan_row(request: CompanyRequest, pk: int, recurrence_id: int | None = None) -> HttpResponse:
    client = get_client(request.company, pk)
    row = recurrences.get_recurrence(request.company, recurrence_id) if recurrence_id else None
    if row is not None and row.client_id != client.pk:
        raise Http404
    form = RecurrenceForm(request.POST or None, company=request.company, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            if row is None:
                recurrences.create_recurrence(request.actor, client.pk, form.content())
            else:
                recurrences.update_recurrence(request.actor, row, form.content())
        except ServiceError as error:
            put_errors(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(plan_url(request, client))
    context = {"form": form, "client": client, "row": row}
    return render(request, "tasks/plan_row.html", context, status=422 if form.errors else 200)


@practice_view("POST", needed=Role.ACCOUNTANT)
def plan_row_change(request: CompanyRequest, pk: int, recurrence_id: int, what: str) -> HttpResponse:
    """Put a row aside ("pause"), take it into use again ("resume") or delete it."""
    client = get_client(request.company, pk)
    row = recurrences.get_recurrence(request.company, recurrence_id)
    done = {
        "pause": recurrences.pause_recurrence,
        "resume": recurrences.resume_recurrence,
        "delete": recurrences.delete_recurrence,
    }.get(what)
    if done is None or row.client_id != client.pk:
        raise Http404
    with telling(request, gettext("Deleted.") if what == "delete" else gettext("Saved.")):
        done(request.actor, row)
    return redirect(plan_url(request, client))


@practice_view("POST", needed=Role.ACCOUNTANT)
def plan_make_real(request: CompanyRequest, pk: int, recurrence_id: int) -> HttpResponse:
    """Make a planned task real: to open it, or as done at once where the form says so."""
    client = get_client(request.company, pk)
    row = recurrences.get_recurrence(request.company, recurrence_id)
    if row.client_id != client.pk:
        raise Http404
    try:
        key = dt.date.fromisoformat(request.POST.get("key", ""))
    except ValueError:
        raise Http404 from None
    is_done = request.POST.get("done") == "1"
    try:
        task = plan.make_real(request.actor, row, key)
        if is_done:
            task = tasks.set_status(request.actor, task, TaskStatus.DONE)
            messages.success(request, f"{task.title}: {TaskStatus(task.status).label}")
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect(plan_url(request, client))
    if is_done:
        return redirect(plan_url(request, client))
    return redirect("task-detail", company_id=request.company.pk, pk=task.pk)


def tell_applied(request: CompanyRequest, done: Applied) -> None:
    """Tell what giving a plan did."""
    told = ngettext("%(count)d row is added to plans.", "%(count)d rows are added to plans.", done.made)
    messages.success(request, told % {"count": done.made})
    if done.known:
        told = ngettext("%(count)d row was there already.", "%(count)d rows were there already.", done.known)
        messages.info(request, told % {"count": done.known})
    for what, reason in done.refused[:_ADMITTED]:
        messages.error(request, f"{what}: {reason}")


@practice_view("POST", needed=Role.ACCOUNTANT)
def plan_take(request: CompanyRequest, pk: int) -> HttpResponse:
    """Fill a client's plan from a template ("template"), from another client ("copy"), or keep it as one ("keep")."""
    client = get_client(request.company, pk)
    what = request.POST.get("what", "")
    with telling(request):
        if what == "keep":
            made = templates.from_plan(request.actor, client, request.POST.get("name", "")[:200])
            messages.success(request, gettext("The plan is kept as the template %(name)s.") % {"name": made.name})
        else:
            tell_applied(request, _taken(request, client, what))
    return redirect(plan_url(request, client))


def _taken(request: CompanyRequest, client: Client, what: str) -> Applied:
    starts_on = _first_start(request)
    chosen = id_of(request.POST.get("source", ""))
    if chosen is None:
        raise ServiceError("PLAN_SOURCE_MISSING")
    if what == "copy":
        source = get_client(request.company, chosen)
        return templates.copy_plan(request.actor, source, [client.pk], starts_on=starts_on)
    template = templates.get_template(request.company, chosen)
    return templates.apply(request.actor, template, [client.pk], starts_on=starts_on)


def _first_start(request: CompanyRequest) -> dt.date:
    text = request.POST.get("starts_on", "")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ServiceError("VALUE_NOT_DATE", field=gettext("First start"), value=text[:40]) from None


def tasks_panel(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]]:
    """Show a client's tasks that are under way, and its newest others, on the client's page."""
    found = lists.tasks(request.company, TaskFilter(client_id=client.pk))
    today = today_of(request.company)
    under_way = list(found.filter(status__in=lists.UNDER_WAY).order_by("due_date", "pk")[:30])
    others = list(found.exclude(status__in=lists.UNDER_WAY).order_by("-due_date", "-pk")[:10])
    shown = [
        {"task": each, "tone": tone_of(each.status), "is_overdue": lists.is_overdue(each, today)}
        for each in [*under_way, *others]
    ]
    return "tasks/_client_tasks.html", {"rows": shown}


def plan_panel(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]]:
    """Show the rows of a client's plan on the client's page."""
    rows = plan.recurrences_of(request.company, client=client, is_active=True)
    return "tasks/_client_plan.html", {"rows": [(row, patterns.in_words(row)) for row in rows]}
