"""One task: its page with checklist, time and fields, its form, its status."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values
from tilisilta.services.practice.fields import by_group, live_fields
from tilisilta.services.practice.settings import today_of
from tilisilta.services.tasks import lists, steps, tasks, time_entries
from tilisilta.services.tasks.people import person_of
from tilisilta.services.tasks.topics import ensure_topic, may_make
from tilisilta.store.models import FieldSubject, Role, Task, TaskStatus
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.value_fields import put_errors
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.forms import TaskForm, TimeForm
from tilisilta.web.tasks.lists import back_url, tone_of
from tilisilta.web.tasks.panels import panels_of


def _page(request: CompanyRequest, pk: int) -> str:
    return company_url(request.company, "task-detail", pk)


@practice_view("GET")
def task_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    return _detail(request, tasks.get_task(request.company, pk))


def _detail(request: CompanyRequest, task: Task, time_form: TimeForm | None = None) -> HttpResponse:
    entries = list(time_entries.entries_of(request.company, task=task))
    own = by_group([each for each in live_fields(request.company, FieldSubject.TASK) if each.is_visible])
    running = time_entries.running(request.actor)
    me = person_of(request.actor)
    context = {
        "task": task,
        "tone": tone_of(task.status),
        "is_overdue": lists.is_overdue(task, today_of(request.company)),
        "own": [(group, values.all_shown(members, task.values)) for group, members in own],
        "helpers": list(task.helpers.all()),
        "steps": list(task.steps.select_related("done_by").order_by("position", "pk")),
        "entries": [
            {
                "entry": each,
                "minutes": time_entries.minutes_of([each]),
                "may_change": request.actor.is_admin or (me is not None and each.user_id == me.pk),
            }
            for each in entries
        ],
        "minutes": time_entries.minutes_of(entries),
        "running": running,
        "is_running_here": running is not None and running.task_id == task.pk,
        "statuses": [(each.value, each.label) for each in TaskStatus],
        "time_form": time_form
        or TimeForm(company=request.company, task=task, is_admin=request.actor.is_admin, auto_id="time_%s"),
        "panels": panels_of(request, task),
    }
    return render(request, "tasks/detail.html", context, status=422 if time_form is not None else 200)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def task_new(request: CompanyRequest) -> HttpResponse:
    """A new task; `?client=` chooses its client beforehand."""
    initial = {name: value for name in ("client", "due_date") if (value := request.GET.get(name, "")[:20])}
    return _form_page(request, None, initial)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def task_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    return _form_page(request, tasks.get_task(request.company, pk), {})


def _form_page(request: CompanyRequest, task: Task | None, initial: dict[str, str]) -> HttpResponse:
    form = TaskForm(
        request.POST if request.method == "POST" else None,
        company=request.company,
        task=task,
        may_make_topics=may_make(request.actor),
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, form, task)
        except ServiceError as error:
            put_errors(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(_page(request, saved.pk))
    context = {"form": form, "task": task, "has_clients": len(choices.clients(request.company)) > 0}
    return render(request, "tasks/form.html", context, status=422 if form.errors else 200)


def _save(request: CompanyRequest, form: TaskForm, task: Task | None) -> Task:
    new_topic = form.cleaned_data.get("new_topic", "")
    topic_id = choices.number(form.cleaned_data["topic"])
    if new_topic:
        topic_id = ensure_topic(request.actor, new_topic).pk
    content = form.content(topic_id)
    if task is None:
        return tasks.create_task(request.actor, content)
    return tasks.update_task(request.actor, task, content)


@practice_view("POST", needed=Role.ACCOUNTANT)
def task_status(request: CompanyRequest, pk: int) -> HttpResponse:
    """Move a task to a status, from its page or from a list."""
    task = tasks.get_task(request.company, pk)
    with telling(request):
        task = tasks.set_status(request.actor, task, request.POST.get("status", ""))
        messages.success(request, f"{task.title}: {TaskStatus(task.status).label}")
    return redirect(back_url(request, _page(request, pk)))


@practice_view("POST", needed=Role.ACCOUNTANT)
def task_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, gettext("Deleted.")) as told:
        tasks.delete_task(request.actor, tasks.get_task(request.company, pk))
    return redirect(company_url(request.company, "task-list") if told.ok else _page(request, pk))


# --- checklist -----------------------------------------------------------------------------------------------


@practice_view("POST", needed=Role.ACCOUNTANT)
def step_add(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request):
        steps.add_step(request.actor, tasks.get_task(request.company, pk), request.POST.get("text", ""))
    return redirect(f"{_page(request, pk)}#steps")


@practice_view("POST", needed=Role.ACCOUNTANT)
def step_change(request: CompanyRequest, pk: int, step_id: int) -> HttpResponse:
    """Tick a line, take its tick away, write it anew or delete it: `what` is tick, untick, write or delete."""
    task = tasks.get_task(request.company, pk)
    what = request.POST.get("what", "")
    with telling(request):
        if what == "delete":
            steps.delete_step(request.actor, task, step_id)
        elif what == "write":
            steps.change_step(request.actor, task, step_id, request.POST.get("text", ""))
        else:
            steps.tick_step(request.actor, task, step_id, is_done=what == "tick")
    return redirect(f"{_page(request, pk)}#steps")


# --- time ----------------------------------------------------------------------------------------------------


@practice_view("POST", needed=Role.ACCOUNTANT)
def timer(request: CompanyRequest, pk: int) -> HttpResponse:
    """Start the reader's timer on a task (ending one that runs elsewhere when that was said), or stop it."""
    task = tasks.get_task(request.company, pk)
    with telling(request):
        if request.POST.get("what") == "stop":
            time_entries.stop_timer(request.actor, task, note=request.POST.get("note", ""))
            messages.success(request, gettext("The timer is stopped."))
        else:
            stops_other = request.POST.get("stops_other") == "1"
            time_entries.start_timer(request.actor, task, stops_other=stops_other)
            messages.success(request, gettext("The timer runs."))
    return redirect(back_url(request, f"{_page(request, pk)}#time"))


@practice_view("POST", needed=Role.ACCOUNTANT)
def time_add(request: CompanyRequest, pk: int) -> HttpResponse:
    task = tasks.get_task(request.company, pk)
    form = TimeForm(
        request.POST, company=request.company, task=task, is_admin=request.actor.is_admin, auto_id="time_%s"
    )
    if form.is_valid():
        started_at, ended_at = form.span()
        data = form.cleaned_data
        try:
            time_entries.add_time(
                request.actor,
                task,
                started_at=started_at,
                ended_at=ended_at,
                user_id=choices.number(data.get("person")),
                is_billable=data["is_billable"],
                note=data["note"],
            )
        except ServiceError as error:
            form.add_error("end", str(error))
        else:
            messages.success(request, gettext("The time is written down."))
            return redirect(f"{_page(request, pk)}#time")
    return _detail(request, task, form)


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def time_edit(request: CompanyRequest, pk: int, entry_id: int) -> HttpResponse:
    task = tasks.get_task(request.company, pk)
    entry = time_entries.entries_of(request.company, task=task).get(pk=entry_id)
    form = TimeForm(request.POST or None, company=request.company, task=task, entry=entry)
    if request.method == "POST" and form.is_valid():
        started_at, ended_at = form.span()
        data = form.cleaned_data
        try:
            time_entries.change_time(
                request.actor,
                task,
                entry_id,
                started_at=started_at,
                ended_at=ended_at,
                is_billable=data["is_billable"],
                note=data["note"],
            )
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect(f"{_page(request, pk)}#time")
    context = {"form": form, "task": task, "entry": entry}
    return render(request, "tasks/time.html", context, status=422 if form.errors else 200)


@practice_view("POST", needed=Role.ACCOUNTANT)
def time_delete(request: CompanyRequest, pk: int, entry_id: int) -> HttpResponse:
    with telling(request, gettext("Deleted.")):
        time_entries.delete_time(request.actor, tasks.get_task(request.company, pk), entry_id)
    return redirect(f"{_page(request, pk)}#time")
