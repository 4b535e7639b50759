"""The guides of this version, to be read beside the work that they tell of."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tilisilta.services import guides
from tilisilta.web.company_view import company_view
from tilisilta.web.request import CompanyRequest


@company_view("GET")
def guide(request: CompanyRequest, part: str, name: str) -> HttpResponse:
    def link_to(other_part: str, other: str) -> str:
        return reverse("guide", args=[request.company.pk, other_part, other])

    found = guides.read_guide(part, name, link_to)
    if found is None:
        raise Http404
    return render(request, "guides/guide.html", {"guide": found, "version": guides.VERSION})
