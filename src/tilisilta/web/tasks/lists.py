"""The task list: mine or all, filtered, with statuses changed in it."""

import datetime as dt
from itertools import islice
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.listings import page
from tilisilta.services.practice.settings import today_of
from tilisilta.services.tasks import lists, time_entries
from tilisilta.services.tasks.people import person_of
from tilisilta.services.tasks.plan import planned
from tilisilta.services.tasks.tasks import bulk
from tilisilta.store.models import Role, TaskStatus
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.forms import TaskFilterForm

PAGE_SIZE: Final = 50
_AHEAD: Final = dt.timedelta(days=366)
_BACK: Final = dt.timedelta(days=62)  # planned tasks of before were made real or put aside
_MAX_PLANNED: Final = 200
_VIEWS: Final = ("mine", "all")


def tone_of(status: str) -> str:
    """Return the tone of a status' badge."""
    return {"open": "info", "in_progress": "busy", "waiting": "wait", "done": "ok", "cancelled": "off"}[status]


@practice_view("GET")
def task_list(request: CompanyRequest) -> HttpResponse:
    person = person_of(request.actor)
    view = request.GET.get("view", "")
    view = view if view in _VIEWS else ("mine" if person else "all")
    is_overdue = request.GET.get("overdue") == "1"
    asked = request.GET.copy()
    asked.setdefault("status", "under_way")
    form = TaskFilterForm(asked, company=request.company)
    more: dict[str, Any] = {"is_overdue": is_overdue}
    if view == "mine" and person is not None:
        more["person_id"] = person.pk
    wanted = form.wanted(**more)
    found = lists.tasks(request.company, wanted)
    cursor = request.GET.get("after", "")
    try:
        shown = page(found, lists.ORDER, cursor=cursor, limit=PAGE_SIZE)
    except ServiceError:  # a cursor of another list: begin again
        cursor, shown = "", page(found, lists.ORDER, limit=PAGE_SIZE)
    query = request.GET.copy()
    query.pop("after", None)
    today = today_of(request.company)
    context = {
        "form": form,
        "view": view,
        "has_person": person is not None,
        "is_overdue": is_overdue,
        "counts": lists.counts(request.company, person if view == "mine" else None),
        "rows": _shown(shown.rows, today),
        "planned": _planned(request, wanted, person if view == "mine" else None),
        "today": today,
        "running": time_entries.running(request.actor),
        "statuses": [(each.value, each.label) for each in TaskStatus],
        "people": choices.people(request.company),
        "topics": choices.topic_choices(request.company),
        "query": query.urlencode(),
        "first_url": f"?{query.urlencode()}" if cursor else "",
        "next_url": f"?{query.urlencode()}&after={shown.next_cursor}" if shown.next_cursor else "",
        "is_filtered": any(value for name, value in request.GET.items() if name not in {"view", "after"}),
        "is_more_open": any(request.GET.get(name) for name in ("group", "origin", "topic", "important", "planned")),
        "shows_planned": request.GET.get("planned") == "1",
    }
    return render(request, "tasks/list.html", context)


def _shown(rows: Any, today: dt.date) -> list[dict[str, Any]]:
    steps = lists.step_counts(rows)
    return [
        {
            "task": task,
            "tone": tone_of(task.status),
            "is_overdue": lists.is_overdue(task, today),
            "steps": steps.get(task.pk),
        }
        for task in rows
    ]


def _planned(request: CompanyRequest, wanted: lists.TaskFilter, person: Any) -> list[Any]:
    """Return planned tasks of the filter's span, when they are asked for: the next ones, at most a year ahead."""
    if request.GET.get("planned") != "1":
        return []
    today = today_of(request.company)
    until = min(wanted.due_to or today + dt.timedelta(days=92), today + _AHEAD)
    found = planned(
        request.company,
        due_from=wanted.due_from or today - _BACK,
        due_to=until,
        client_id=wanted.client_id,
        topic_id=wanted.topic_id,
        assignee=person,
    )
    text = wanted.text.casefold()
    fitting = (each for each in found if text in f"{each.title} {each.recurrence.client.name}".casefold())
    return list(islice(fitting, _MAX_PLANNED))


def back_url(request: CompanyRequest, default: str) -> str:
    """Return where a form wants its reader to go on, inside this company only; else `default`."""
    asked = request.POST.get("next", "")[:2000]
    inside = asked.startswith(f"/c/{request.company.pk}/")
    is_safe = inside and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_safe else default


@practice_view("POST", needed=Role.ACCOUNTANT)
def task_bulk(request: CompanyRequest) -> HttpResponse:
    back = back_url(request, company_url(request.company, "task-list"))
    action, _colon, value = request.POST.get("action", "").partition(":")
    if action == "due_date":
        value = request.POST.get("due_date", "")
    pks = [pk for each in request.POST.getlist("task") if (pk := id_of(each)) is not None]
    if action not in {"status", "assignee", "topic", "due_date", "delete"}:
        messages.error(request, gettext("Choose what to do with the ticked tasks."))
        return redirect(back)
    try:
        done = bulk(request.actor, pks, action, value)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect(back)
    if done.done:
        told = ngettext("%(count)d task is changed.", "%(count)d tasks are changed.", done.done) % {"count": done.done}
        messages.success(request, told)
    for title, reason in done.refused[:10]:
        messages.error(request, f"{title}: {reason}")
    return redirect(back)
