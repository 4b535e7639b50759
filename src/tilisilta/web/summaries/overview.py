"""The overview of one system's summaries: months by clients, the imports, the keys that fail."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from tilisilta.services.practice.settings import last_day, today_of
from tilisilta.services.summaries import overview, settings
from tilisilta.services.summaries.calendar import newest_period
from tilisilta.services.summaries.counts import codes_of, count_label
from tilisilta.services.summaries.runs import jobs_of
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.summaries.guarded import integration_of, live_job, names

_STOPPED_BY_CLIENT = 286  # htmx: take this answer and stop asking


@practice_view("GET")
def summary_overview(request: CompanyRequest, vendor: str) -> HttpResponse:
    integration = integration_of(request, vendor)
    own = settings.settings_of(integration)
    chosen = list(settings.chosen_counts(own)) if own.title else []
    code = request.GET.get("count", "")
    if code not in codes_of(vendor):
        code = chosen[0] if chosen else ""
    text = request.GET.get("text", "").strip()[:100]
    today = today_of(request.company)
    months = overview.months_shown(today)
    page = Paginator(overview.clients_of(integration, text), overview.CLIENTS_A_PAGE).get_page(request.GET.get("page"))
    imports = jobs_of(integration)
    newest = next((each for each in imports if each.finished_at is not None), None)
    context = {
        **names(integration),
        "own": own,
        "counts": [(each, count_label(each)) for each in chosen],
        "count": code,
        "text": text,
        "months": months,
        "rows": overview.rows_of(integration, list(page.object_list), months, code),
        "totals": overview.totals_of(integration, months, code) if code else [],
        "page": page,
        "job": live_job(integration),
        "imports": imports,
        "failure": overview.problem_of(newest) if newest is not None else None,
        "failing": overview.failing(integration, newest),
        "lost": settings.lost_fields(own),
        "period": [last_day(each) for each in newest_period(own, today)],
    }
    return render(request, "summaries/overview.html", context)


@practice_view("GET")
def summary_progress(request: CompanyRequest, vendor: str) -> HttpResponse:
    integration = integration_of(request, vendor)
    job = live_job(integration)
    response = render(request, "summaries/_progress.html", {"job": job})
    if job is None:
        response.status_code = _STOPPED_BY_CLIENT
        response["HX-Refresh"] = "true"
    return response
