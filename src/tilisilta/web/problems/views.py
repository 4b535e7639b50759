"""Problems: in groups, settled one by one or all at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from tilisilta.services import integrations, problems
from tilisilta.store.models import Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.documents.forms import SkipForm
from tilisilta.web.problems.cards import problem_card
from tilisilta.web.request import CompanyRequest

_SEVERITIES = ("error", "warning", "info")


@company_view("GET")
def problem_list(request: CompanyRequest) -> HttpResponse:
    asked = request.GET.get("integration", "")
    severity = request.GET.get("severity", "error")
    filters = problems.GroupFilters(
        integration_id=int(asked) if asked.isdecimal() else None,
        severity=severity if severity in _SEVERITIES else "",
    )
    groups = problems.groups(request.company, filters)
    context = {
        "groups": [(group, problem_card(group.sample)) for group in groups],
        "documents": sum(group.documents for group in groups),
        "integrations": integrations.list_integrations(request.company),
        "integration_id": filters.integration_id,
        "severity": filters.severity,
    }
    return render(request, "problems/list.html", context)


@company_view("GET")
def problem_group(request: CompanyRequest, pk: int) -> HttpResponse:
    problem = problems.get_problem(request.company, pk)
    before = request.GET.get("before", "")
    rows, next_id = problems.group_page(problem, int(before) if before.isdecimal() else None)
    context = {
        "problem": problem,
        "card": problem_card(rows[0] if rows else problem),
        "rows": [(each, problem_card(each)) for each in rows],
        "documents": problems.group_of(problem).values("delivery_id").distinct().count(),
        "skip_form": SkipForm(),
        "next_url": f"?before={next_id}" if next_id else "",
        "first_url": "?" if before else "",
    }
    return render(request, "problems/group.html", context)


def _after(request: CompanyRequest, *, is_settled: bool, pk: int) -> HttpResponse:
    if is_settled:
        return redirect("problem-list", company_id=request.company.pk)
    return redirect("problem-group", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ACCOUNTANT)
def problem_retry(request: CompanyRequest, pk: int) -> HttpResponse:
    problem = problems.get_problem(request.company, pk)
    with telling(request) as told:
        count = problems.retry_group(request.actor, problem)
    if told.ok:
        text = ngettext("%(count)d document is tried again.", "%(count)d documents are tried again.", count)
        messages.success(request, text % {"count": count})
    return _after(request, is_settled=told.ok, pk=pk)


@company_view("POST", needed=Role.ACCOUNTANT)
def problem_skip(request: CompanyRequest, pk: int) -> HttpResponse:
    problem = problems.get_problem(request.company, pk)
    with telling(request) as told:
        count = problems.skip_group(request.actor, problem, request.POST.get("reason", ""))
    if told.ok:
        text = ngettext("%(count)d document is left out.", "%(count)d documents are left out.", count)
        messages.success(request, text % {"count": count})
    return _after(request, is_settled=told.ok, pk=pk)
