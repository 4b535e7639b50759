"""Runs: the list, one of them with its live progress, and its end."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.services import imports, integrations, problems, run_lists, runs
from tilisilta.store.models import FlowKind, Role, Run, RunMode, RunState
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.problems.cards import card, problem_card
from tilisilta.web.request import CompanyRequest
from tilisilta.web.runs.results import (
    ACTION_NAMES,
    ROWS_A_PAGE,
    chosen_rows,
    compare_rows,
    compare_totals,
    preview_rows,
    preview_totals,
)

_STOPPED_BY_CLIENT = 286  # htmx: take this answer and stop asking


@company_view("GET")
def run_list(request: CompanyRequest) -> HttpResponse:
    asked = request.GET
    integration_id = asked.get("integration", "")
    filters = run_lists.RunFilters(
        integration_id=int(integration_id) if integration_id.isdecimal() else None,
        kind=_known(asked.get("kind", ""), FlowKind.values),
        mode=_known(asked.get("mode", ""), RunMode.values),
        state=_known(asked.get("state", ""), RunState.values),
    )
    rows, next_key = run_lists.list_runs(request.company, filters, asked.get("after", ""))
    query = asked.copy()
    query["after"] = next_key
    first = asked.copy()
    first.pop("after", None)
    context = {
        "rows": [(run, imports.direction_of(run.flow)) for run in rows],
        "filters": filters,
        "integrations": integrations.list_integrations(request.company),
        "kinds": FlowKind.choices,
        "modes": RunMode.choices,
        "states": RunState.choices,
        "next_url": f"?{query.urlencode()}" if next_key else "",
        "first_url": f"?{first.urlencode()}" if asked.get("after") else "",
        "is_filtered": any(asked.get(name) for name in ("integration", "kind", "mode", "state")),
    }
    return render(request, "runs/list.html", context)


def _known(value: str, values: list[str]) -> str:
    return value if value in values else ""


def _progress(run: Run) -> dict[str, Any]:
    done = run.known + run.sent + run.skipped + run.problems + run.drifted
    return {
        "run": run,
        "is_live": run_lists.is_under_way(run),
        "done": min(done, run.expected) if run.expected else done,
        "left": max(0, run.expected - done) if run.expected is not None else None,
        "is_cancelling": run.cancel_requested_at is not None,
    }


@company_view("GET")
def run_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    run = run_lists.get_run(request.company, pk)
    source, target = imports.direction_of(run.flow)
    groups = problems.groups(request.company, problems.GroupFilters(run_id=run.pk))
    context = {
        **_progress(run),
        "integration": run.flow.integration,
        "source": source,
        "target": target,
        "failure": card(run.problem_code, run.problem_params, evidence=run.evidence) if run.problem_code else None,
        "groups": [(group, problem_card(group.sample)) for group in groups],
        "counts": run_lists.delivery_counts(run),
        "left_out": [(each, card(each.reason, each.reason_params)) for each in run_lists.left_out(run)],
        "may_confirm": imports.may_confirm(run) and request.actor.is_accountant,
        "unknown_answers": run.result.get("unknown_answers", []),
        **_result(request, run),
    }
    return render(request, "runs/detail.html", context)


def _result(request: CompanyRequest, run: Run) -> dict[str, Any]:
    """Return what a preview or a comparison found, one page of its rows."""
    if not run.result.get("rows") and "actions" not in run.result and run.mode != RunMode.RECONCILE:
        return {}
    action = request.GET.get("action", "")
    is_compare = run.mode == RunMode.RECONCILE
    rows: list[Any] = compare_rows(run) if is_compare else list(preview_rows(chosen_rows(run, action)))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    query = f"&action={action}" if action else ""
    counts = run.result.get("actions", {})
    return {
        "page": page,
        "action": action,
        "tabs": [(name, words, counts.get(name, 0)) for name, words in ACTION_NAMES.items() if counts.get(name)],
        "action_names": ACTION_NAMES,
        "totals": compare_totals(run) if is_compare else preview_totals(run),
        "new_parties": run.result.get("new_parties", []),
        "new_items": run.result.get("new_items", []),
        "to_match": run.result.get("to_match", []),
        "equal_count": int(run.result.get("equal") or 0),
        "differ_count": int(run.result.get("differences") or 0),
        "cut": int(run.result.get("cut") or 0),
        "previous_url": f"?page={page.previous_page_number()}{query}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}{query}" if page.has_next() else "",
    }


@company_view("GET")
def run_progress(request: CompanyRequest, pk: int) -> HttpResponse:
    """Answer with the present progress; when the run has ended, tell htmx to load the whole page."""
    run = run_lists.get_run(request.company, pk)
    if not request.htmx:
        return redirect("run-detail", company_id=request.company.pk, pk=pk)
    response = render(request, "runs/_progress.html", _progress(run))
    if not run_lists.is_under_way(run):
        response.status_code = _STOPPED_BY_CLIENT
        response["HX-Refresh"] = "true"
    return response


@company_view("POST", needed=Role.ACCOUNTANT)
def run_cancel(request: CompanyRequest, pk: int) -> HttpResponse:
    run = run_lists.get_run(request.company, pk)
    with telling(request, _("The run stops after the documents that are on their way.")):
        runs.cancel_run(request.actor, run)
    return redirect("run-detail", company_id=request.company.pk, pk=pk)
