"""Views of billing: as those of the practice module, and only once billing is set up."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from tilisilta.services.billing.settings import is_on
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_right
from tilisilta.web.company_view import View
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest


def billing_view(*methods: str, needed: str = "", right: str = "") -> Callable[[View], View]:
    """Make a view of a page of billing.

    Until billing is set up, it leads to where that is done; viewers, who may not go there, to the first page.

    Args:
        methods: The methods that it answers.
        needed: The least role.
        right: The right of billing that it needs; administrators have all, accountants those that the bureau chose.
    """

    def decorate(view: View) -> View:
        @practice_view(*methods, needed=needed)
        @wraps(view)
        def inner(request: CompanyRequest, **kwargs: Any) -> HttpResponse:
            if right:
                require_right(request.actor, right)
            if not is_on(request.company):
                if not request.actor.is_admin:  # administrators are told by the page, with the button
                    messages.info(request, str(ServiceError("BILLING_OFF")))
                page = "billing-settings" if request.actor.is_accountant else "today"
                return redirect(page, company_id=request.company.pk)
            return view(request, **kwargs)

        return inner

    return decorate
