"""Behind a count: the entries that a month is made of (U70)."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from tilisilta.ports.counts import EntryKind
from tilisilta.services.summaries import documents
from tilisilta.services.summaries.counts import kind_label
from tilisilta.services.summaries.ledger import is_late
from tilisilta.web.downloads import table_attachment
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest
from tilisilta.web.summaries.guarded import names

_ROWS_A_PAGE = 100


def _filters(request: CompanyRequest) -> tuple[str, str]:
    kind, only = request.GET.get("kind", ""), request.GET.get("only", "")
    return (kind if kind in set(EntryKind) else "", only if only in {"late", "gone"} else "")


@practice_view("GET")
def summary_documents(request: CompanyRequest, pk: int) -> HttpResponse:
    summary = documents.get_summary(request.company, pk)
    kind, only = _filters(request)
    found = documents.entries(summary, kind, only)
    page = Paginator(found, _ROWS_A_PAGE).get_page(request.GET.get("page"))
    shown = documents.panel(summary)
    context = {
        **names(summary.integration),
        "summary": summary,
        "panel": shown,
        "kind": kind,
        "only": only,
        "kinds": sorted({(line.kind, kind_label(line.kind)) for line in shown.lines}, key=lambda each: each[1]),
        "page": page,
        "rows": [(each, kind_label(each.kind), is_late(each)) for each in page.object_list],
        "totals": documents.totals(found),
    }
    return render(request, "summaries/documents.html", context)


@practice_view("GET")
def summary_export(request: CompanyRequest, pk: int) -> HttpResponse:
    summary = documents.get_summary(request.company, pk)
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_attachment(documents.export(summary, *_filters(request), file_format))
