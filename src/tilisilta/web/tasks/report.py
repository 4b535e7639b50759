"""The report of tasks and counts: its page, its file and its chart."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values
from tilisilta.services.practice.fields import WITH_CHOICES, live_fields
from tilisilta.services.practice.settings import add_months, last_day, month_of, today_of
from tilisilta.services.tasks import chart, report
from tilisilta.services.tasks.report import Column, ReportFilter, ReportRow
from tilisilta.store.models import Company, CustomField, FieldSubject, FieldType, Role, Task
from tilisilta.web.downloads import attachment, table_attachment
from tilisilta.web.navigation import company_url
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.forms import date_field
from tilisilta.web.tasks.lists import back_url, tone_of

PAGE_SIZE: Final = 100
_FIELD: Final = "field-"
# The chart bears its own small style sheet, which nothing else on its page may use: it is an answer of its own.
_CHART_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


class ReportForm(forms.Form):
    """What a report counts. Nonsense in the address narrows nothing."""

    due_from = date_field(_("Due from"))
    due_to = date_field(_("Due to"))
    client = forms.ChoiceField(label=_("Client"), required=False)
    member = forms.ChoiceField(label=_("Person"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    group_by = forms.ChoiceField(label=_("Grouped by"), required=False)
    group = forms.ChoiceField(label=_("Group of clients"), required=False)
    origin = forms.ChoiceField(label=_("Made by"), required=False)
    q = forms.CharField(label=_("Title"), required=False, max_length=100)
    measure = forms.ChoiceField(label=_("Chart"), required=False)

    def __init__(self, *args: Any, company: Company, columns: list[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices.offer(self, "client", choices.with_all(choices.clients(company)))
        choices.offer(self, "member", choices.with_all(choices.people(company)))
        choices.offer(self, "topic", choices.with_all(choices.topic_choices(company)))
        choices.offer(self, "status", choices.with_all(choices.statuses()))
        choices.offer(self, "group", choices.with_all(choices.groups(company)))
        choices.offer(self, "origin", choices.with_all(choices.origins()))
        groups = [(key, str(label)) for key, label in report.GROUPS.items()]
        choices.offer(self, "group_by", choices.with_none(groups))
        choices.offer(self, "measure", chart.measures(columns))
        self.own = [each for each in live_fields(company, FieldSubject.TASK) if each.is_listed]
        for field in self.own:
            self.fields[f"{_FIELD}{field.pk}"] = _filter_field(field)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Return the filters of the bureau's own fields."""
        return [self[f"{_FIELD}{field.pk}"] for field in self.own]

    def wanted(self) -> ReportFilter:
        """Return what the form narrows to."""
        self.is_valid()
        data = self.cleaned_data
        return ReportFilter(
            due_from=data.get("due_from"),
            due_to=data.get("due_to"),
            client_id=choices.number(data.get("client")),
            group_id=choices.number(data.get("group")),
            member_id=choices.number(data.get("member")),
            topic_id=choices.number(data.get("topic")),
            status=data.get("status", ""),
            origin=data.get("origin", ""),
            text=data.get("q", ""),
            values={str(each.pk): text for each in self.own if (text := data.get(f"{_FIELD}{each.pk}") or "")},
        )

    @property
    def grouping(self) -> str:
        """Return by what the tasks are grouped; empty when they are not."""
        return str(self.cleaned_data.get("group_by", ""))

    @property
    def measured(self) -> str:
        """Return what the chart shows."""
        return str(self.cleaned_data.get("measure") or chart.TASKS)


def _filter_field(field: CustomField) -> forms.Field:
    if field.type == FieldType.CHECKBOX:
        offered = choices.with_all([("1", str(_("Yes"))), ("0", str(_("No")))])
        return forms.ChoiceField(label=field.title, choices=offered, required=False)
    if field.type in WITH_CHOICES:
        offered = choices.with_all([(each, each) for each in field.choices])
        return forms.ChoiceField(label=field.title, choices=offered, required=False)
    if field.type == FieldType.DATE:
        return forms.CharField(label=field.title, required=False, widget=forms.DateInput(attrs={"type": "date"}))
    hint = "5..10" if field.type in values.NUMERIC else ""
    widget = forms.TextInput(attrs={"placeholder": hint} if hint else {})
    return forms.CharField(label=field.title, required=False, max_length=100, widget=widget)


class Asked:
    """What an address of the report asks for."""

    def __init__(self, request: CompanyRequest) -> None:
        today = today_of(request.company)
        data = request.GET.copy()
        if not data:
            # Up to the end of the present month, a year in all: where the monthly summaries stand.
            data["due_from"] = add_months(month_of(today), -11).isoformat()
            data["due_to"] = last_day(today).isoformat()
        self.columns = report.chosen_columns(request.company, request.user, data.getlist("column"))
        self.form = ReportForm(data, company=request.company, columns=report.columns_of(request.company))
        self.wanted = self.form.wanted()
        data.pop("after", None)
        self.query = data.urlencode()
        self.place = data


@practice_view("GET")
def report_page(request: CompanyRequest) -> HttpResponse:
    asked = Asked(request)
    context: dict[str, Any] = {"form": asked.form, "columns": asked.columns, "query": asked.query}
    error = ""
    try:
        context |= _content(request, asked)
    except ServiceError as found:
        error = str(found)
    chosen = {each.key for each in asked.columns}
    context |= {
        "error": error,
        "all_columns": [(each, each.key in chosen) for each in report.columns_of(request.company)],
        "is_more_open": any(request.GET.get(name) for name in ("group", "origin", "q"))
        or any(request.GET.get(each.html_name) for each in asked.form.own_fields),
        "is_filtered": bool(request.GET),
    }
    return render(request, "tasks/report.html", context, status=422 if error else 200)


def _content(request: CompanyRequest, asked: Asked) -> dict[str, Any]:
    company, wanted, group_by, measure = request.company, asked.wanted, asked.form.grouping, asked.form.measured
    found = report.found_tasks(company, wanted)
    totals = report.totals(found, asked.columns, group_by)
    begin = request.GET.get("from", "")
    first = min(int(begin), totals.count) if begin.isdecimal() and len(begin) < 9 else 0  # noqa: PLR2004  digits
    shown = found[first : first + PAGE_SIZE] if not group_by else found.none()
    numbers = [each for each in asked.columns if each.is_number]
    labels = dict(chart.measures(report.columns_of(company)))
    return {
        "totals": totals,
        "group_by": group_by,
        "group_label": report.GROUPS[group_by] if group_by else "",
        "numbers": numbers,
        "groups": [_group(asked, each, numbers, group_by) for each in totals.groups],
        "rows": [_row(each, asked.columns) for each in report.rows(shown, asked.columns)],
        "sums": [totals.sums.get(each.key) for each in asked.columns],
        "number_sums": [totals.sums[each.key] for each in numbers],
        "bars": chart.bars(company, wanted, measure),
        "measure": measure,
        "measure_label": labels.get(measure, ""),
        "chart_url": f"{company_url(company, 'task-report-chart')}?{asked.query}",
        "first_url": _at(asked, first - PAGE_SIZE) if first else "",
        "next_url": _at(asked, first + PAGE_SIZE) if not group_by and first + PAGE_SIZE < totals.count else "",
    }


def _at(asked: Asked, place: int) -> str:
    query = asked.place.copy()
    query["from"] = str(max(place, 0))
    return f"?{query.urlencode()}"


def _row(row: ReportRow, columns: list[Column]) -> dict[str, Any]:
    return {
        "task": row.task,
        "tone": tone_of(row.task.status),
        "cells": [(column, _shown(value, column, row.task)) for column, value in zip(columns, row.cells, strict=True)],
    }


def _shown(value: Any, column: Column, task: Task) -> Any:
    if column.field is not None:
        return values.shown(column.field, task.values.get(str(column.field.pk)))
    return value


def _group(asked: Asked, group: report.GroupRow, numbers: list[Column], group_by: str) -> dict[str, Any]:
    """Return a group's line, and the address that shows its tasks."""
    query = asked.place.copy()
    query.pop("group_by", None)
    url = ""
    if group_by == "month":
        first = dt.date.fromisoformat(group.key)
        query["due_from"] = max(first, asked.wanted.due_from or first).isoformat()
        query["due_to"] = min(last_day(first), asked.wanted.due_to or last_day(first)).isoformat()
        url = f"?{query.urlencode()}"
    elif group.key:
        query[group_by] = group.key
        url = f"?{query.urlencode()}"
    return {
        "label": group.label,
        "month": dt.date.fromisoformat(group.key) if group_by == "month" else None,
        "url": url,
        "count": group.count,
        "sums": [group.sums[each.key] for each in numbers],
    }


@practice_view("GET")
def report_export(request: CompanyRequest) -> HttpResponse:
    """Give out all tasks of the report, or its groups, with the reader's columns."""
    asked = Asked(request)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    try:
        return table_attachment(report.export(request.company, asked.wanted, asked.columns, kind, asked.form.grouping))
    except ServiceError as error:
        return render(request, "tasks/report.html", {"form": asked.form, "error": str(error)}, status=422)


@practice_view("GET")
def report_chart(request: CompanyRequest) -> HttpResponse:
    """Draw the report's measure over months, as a picture of its own."""
    asked = Asked(request)
    try:
        bars = chart.bars(request.company, asked.wanted, asked.form.measured)
    except ServiceError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=422)
    titles = dict(chart.measures(report.columns_of(request.company)))
    drawn = chart.draw(bars, titles[asked.form.measured], theme=request.COOKIES.get("theme", "auto"))
    if request.GET.get("download") == "1":
        return attachment("report.svg", drawn, "image/svg+xml")
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response["Content-Security-Policy"] = _CHART_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


@practice_view("POST", needed=Role.VIEWER)
def report_columns(request: CompanyRequest) -> HttpResponse:
    """Keep a reader's own columns; viewers choose theirs too."""
    keys = [] if request.POST.get("usual") else request.POST.getlist("column")
    report.keep_columns(request.company, request.user, keys)
    return redirect(back_url(request, company_url(request.company, "task-report")))
