"""The audit log, for administrators and owners."""

from datetime import date, datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tilisilta.services import audit
from tilisilta.services.access import require
from tilisilta.store.models import Role
from tilisilta.web.audit.forms import AuditFilterForm
from tilisilta.web.paging import before_id, next_url
from tilisilta.web.request import CompanyRequest

_SHOWN = 50


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def audit_list(request: CompanyRequest, company_id: int) -> HttpResponse:
    """Who did what, the newest first; the filters live in the address, so that a view can be kept as a bookmark."""
    del company_id
    require(request.actor, Role.ADMIN)
    form = AuditFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    since, until = wanted.get("since"), wanted.get("until")
    found = audit.entries(
        request.company,
        action=wanted.get("action", ""),
        text=wanted.get("text", ""),
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        before_id=before_id(request),
        limit=_SHOWN + 1,
    )
    shown = found[:_SHOWN]
    return render(
        request,
        "audit/list.html",
        {
            "form": form,
            "is_filtered": any(wanted.values()),
            "entries": [(each, audit.action_text(each.action), audit.details_text(each)) for each in shown],
            "next_url": next_url(request, shown[-1].pk) if len(found) > _SHOWN else "",
        },
    )
