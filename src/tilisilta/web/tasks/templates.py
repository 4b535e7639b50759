"""Plan templates: their rows, given to clients, taken out and brought in as tables."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.client_lists import Filters
from tilisilta.services.practice.client_lists import rows as client_rows
from tilisilta.services.tasks import patterns, plan_tables, templates
from tilisilta.services.tasks.plan import recurrences_of
from tilisilta.store.models import PlanTemplate, Role
from tilisilta.web.company_view import telling
from tilisilta.web.downloads import table_attachment
from tilisilta.web.navigation import company_url
from tilisilta.web.paging import id_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.practice.value_fields import put_errors
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.plan import tell_applied
from tilisilta.web.tasks.plan_forms import GiveForm, PatternForm
from tilisilta.web.uploads import one_file


def _page(request: CompanyRequest, template: PlanTemplate) -> str:
    return company_url(request.company, "plan-template", template.pk)


@practice_view("GET", "POST")
def template_list(request: CompanyRequest) -> HttpResponse:
    """The templates; a sent form makes an empty one."""
    status = 200
    if request.method == "POST":
        try:
            made = templates.save_template(request.actor, name=request.POST.get("name", ""))
        except ServiceError as error:
            messages.error(request, str(error))
            status = 422
        else:
            return redirect(_page(request, made))
    context = {
        "rows": templates.templates(request.company, is_active=None),
        "name": request.POST.get("name", ""),
        "clients": ",".join(str(pk) for pk in _asked_clients(request)),
    }
    return render(request, "tasks/templates.html", context, status=status)


@practice_view("POST", needed=Role.ACCOUNTANT)
def template_upload(request: CompanyRequest) -> HttpResponse:
    """Make a template of a table, or add its rows to the one that the form names."""
    pk = id_of(request.POST.get("template", ""))
    template = templates.get_template(request.company, pk) if pk else None
    try:
        name, content = one_file(request)
        made, count = plan_tables.import_template(request.actor, name, content, template=template)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect(_page(request, template) if template else company_url(request.company, "plan-templates"))
    told = ngettext("%(count)d row is read.", "%(count)d rows are read.", count) % {"count": count}
    messages.success(request, told)
    return redirect(_page(request, made))


@practice_view("GET", "POST")
def template_page(request: CompanyRequest, pk: int) -> HttpResponse:
    """A template with its rows; a sent form renames it, puts it aside or takes it into use again."""
    template = templates.get_template(request.company, pk)
    if request.method == "POST":
        is_active = template.is_active if "is_active" not in request.POST else request.POST["is_active"] == "1"
        name = request.POST.get("name", template.name)
        with telling(request, gettext("Saved.")):
            templates.save_template(request.actor, name=name, is_active=is_active, template=template)
        return redirect(_page(request, template))
    in_use = recurrences_of(request.company, is_active=True).filter(template_row__template=template)
    context = {
        "template": template,
        "rows": [(row, patterns.in_words(row)) for row in templates.rows_of(template)],
        "client_count": in_use.order_by().values("client_id").distinct().count(),
    }
    return render(request, "tasks/template.html", context)


@practice_view("POST", needed=Role.ACCOUNTANT)
def template_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    with telling(request, gettext("Deleted.")):
        templates.delete_template(request.actor, templates.get_template(request.company, pk))
    return redirect("plan-templates", company_id=request.company.pk)


@practice_view("GET")
def template_export(request: CompanyRequest, pk: int) -> HttpResponse:
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    return table_attachment(plan_tables.export(templates.get_template(request.company, pk), kind))


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def template_row(request: CompanyRequest, pk: int, row_id: int | None = None) -> HttpResponse:
    template = templates.get_template(request.company, pk)
    row = templates.get_row(template, row_id) if row_id else None
    form = PatternForm(request.POST or None, company=request.company, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            templates.save_row(request.actor, template, form.pattern(), row=row)
        except ServiceError as error:
            put_errors(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(_page(request, template))
    context = {"form": form, "template": template, "row": row}
    return render(request, "tasks/template_row.html", context, status=422 if form.errors else 200)


@practice_view("POST", needed=Role.ACCOUNTANT)
def template_row_change(request: CompanyRequest, pk: int, row_id: int, what: str) -> HttpResponse:
    """Move a row up or down, or delete it."""
    template = templates.get_template(request.company, pk)
    row = templates.get_row(template, row_id)
    with telling(request):
        if what == "delete":
            templates.delete_row(request.actor, row)
        elif what in {"up", "down"}:
            templates.move_row(request.actor, row, -1 if what == "up" else 1)
        else:
            raise Http404
    return redirect(_page(request, template))


def _asked_clients(request: CompanyRequest) -> list[int]:
    """Return the clients that the address names: those ticked in the client list."""
    found = (id_of(each) for each in request.GET.get("clients", "")[:20_000].split(","))
    return [pk for pk in found if pk is not None]


@practice_view("GET", "POST", needed=Role.ACCOUNTANT)
def template_give(request: CompanyRequest, pk: int) -> HttpResponse:
    """Give a template to clients: ticked ones and those of a group. `?clients=1,2` ticks some beforehand."""
    template = templates.get_template(request.company, pk)
    initial: dict[str, Any] = {"clients": [str(each) for each in _asked_clients(request)]}
    form = GiveForm(request.POST or None, company=request.company, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        ids = {int(each) for each in data["clients"]}
        if group := choices.number(data["group"]):
            ids |= set(client_rows(request.company, Filters(group_id=group)).values_list("pk", flat=True))
        try:
            done = templates.apply(
                request.actor,
                template,
                ids,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                assignee_id=choices.number(data["assignee"]),
            )
        except ServiceError as error:
            put_errors(form, error)
        else:
            tell_applied(request, done)
            return redirect(_page(request, template))
    context = {"form": form, "template": template}
    return render(request, "tasks/give.html", context, status=422 if form.errors else 200)
