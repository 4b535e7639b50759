"""A person's notices in a company."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tilisilta.services import notices
from tilisilta.web.paging import before_id, next_url
from tilisilta.web.request import CompanyRequest

_SHOWN = 50


def notice_list(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The newest notices, read and unread."""
    del company_id
    unread_only = request.GET.get("show") == "unread"
    found = notices.notices_of(
        request.user, request.company, unread_only=unread_only, before_id=before_id(request), limit=_SHOWN + 1
    )
    shown = found[:_SHOWN]
    return render(
        request,
        "notices/list.html",
        {
            "notices": [(each, notices.title(each), notices.text(each)) for each in shown],
            "unread_only": unread_only,
            "unread": notices.unread_count(request.user, request.company),
            "next_url": next_url(request, shown[-1].pk) if len(found) > _SHOWN else "",
        },
    )


@require_POST
def mark_all_read(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Mark all of the person's notices in the company read."""
    notices.mark_read(request.user, request.company)
    return redirect("notice-list", company_id)


@require_POST
def follow(request: CompanyRequest, company_id: int, notice_id: int) -> HttpResponse:
    """Mark a notice read and go where it points."""
    link = notices.mark_read_and_link(request.user, request.company, notice_id)
    if link and url_has_allowed_host_and_scheme(link, None):
        return HttpResponseRedirect(link)
    return redirect("notice-list", company_id)
