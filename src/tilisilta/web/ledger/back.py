"""Where a person goes on after an action: back to the page that its form stood on."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from tilisilta.web.request import CompanyRequest


def back(request: CompanyRequest, otherwise: str, *args: object) -> HttpResponse:
    """Return to the page that the form names, when it is a page of this company; else to the page `otherwise`."""
    wanted = request.POST.get("next", "")
    own = f"/c/{request.company.pk}/"
    if wanted.startswith(own) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect(otherwise, request.company.pk, *args)
