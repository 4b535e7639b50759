"""What needs me today."""

from django.http import HttpResponse
from django.shortcuts import render

from tilisilta.services import notices
from tilisilta.services import today as service
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.today_bureau import today_of_bureau
from tilisilta.web.request import CompanyRequest


def today(request: CompanyRequest, company_id: int) -> HttpResponse:
    """The first page of a company: what waits for a person, what runs, what came in."""
    del company_id
    found = service.today(request.company, request.user)
    bureau = today_of_bureau(request.actor)
    return render(
        request,
        "today/today.html",
        {
            "today": found,
            "bureau": bureau,
            # Somebody who keeps clients need not tie two systems to each other first.
            "first_step": "" if bureau else found.first_step,
            "groups": [(group, describe(group.code, group.params)) for group in found.problem_groups],
            "notices": [(each, notices.title(each)) for each in found.notices],
        },
    )
