"""Views of the practice module: as those of the company, and only while the module is on."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import is_on
from tilisilta.web.company_view import View, company_view
from tilisilta.web.request import CompanyRequest


def practice_view(*methods: str, needed: str = "") -> Callable[[View], View]:
    """Make a view of a page of the practice module. While it is off, it leads to where it is switched on."""

    def decorate(view: View) -> View:
        @company_view(*methods, needed=needed)
        @wraps(view)
        def inner(request: CompanyRequest, **kwargs: Any) -> HttpResponse:
            if not is_on(request.company):
                messages.info(request, str(ServiceError("PRACTICE_OFF")))
                return redirect("practice-settings", company_id=request.company.pk)
            return view(request, **kwargs)

        return inner

    return decorate
