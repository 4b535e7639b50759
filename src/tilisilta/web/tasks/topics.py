"""The list of topics: made, renamed, put aside."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from tilisilta.services.tasks import topics
from tilisilta.store.models import Role
from tilisilta.web.company_view import telling
from tilisilta.web.navigation import company_url
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest


@practice_view("GET", "POST")
def topic_list(request: CompanyRequest) -> HttpResponse:
    """The topics; a sent form makes one. What the service refuses is told on the same page."""
    text, with_old = request.GET.get("q", "")[:80], request.GET.get("all") == "1"
    name = ""
    status = 200
    if request.method == "POST":
        name = request.POST.get("name", "")[:200]
        with telling(request, gettext("Saved.")) as told:
            topics.create_topic(request.actor, name, is_billable=bool(request.POST.get("is_billable")))
        if told.ok:
            return redirect(company_url(request.company, "topic-list"))
        status = 422
    found = topics.topics(request.company, is_active=None if with_old else True, text=text)
    context = {
        "rows": found,
        "text": text,
        "with_old": with_old,
        "name": name,
        "may_make": topics.may_make(request.actor),
    }
    return render(request, "tasks/topics.html", context, status=status)


@practice_view("POST", needed=Role.ACCOUNTANT)
def topic_change(request: CompanyRequest, pk: int) -> HttpResponse:
    """Rename a topic, change whether its tasks are billable, put it aside or take it into use again."""
    topic = topics.get_topic(request.company, pk)
    what = request.POST.get("what", "")
    with telling(request, gettext("Saved.")):
        if what in {"put_aside", "use"}:
            topics.update_topic(request.actor, topic, name=topic.name, is_active=what == "use")
        else:
            is_billable = bool(request.POST.get("is_billable"))
            topics.update_topic(request.actor, topic, name=request.POST.get("name", ""), is_billable=is_billable)
    back = "?all=1" if what in {"put_aside", "use"} else ""
    return redirect(f"{company_url(request.company, 'topic-list')}{back}")
