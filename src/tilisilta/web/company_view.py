"""What views of company pages share: their shape, and how a user's mistake is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from tilisilta.services.access import require
from tilisilta.services.errors import ServiceError
from tilisilta.web.request import CompanyRequest

View = Callable[..., HttpResponse]


def company_view(*methods: str, needed: str = "") -> Callable[[View], View]:
    """Make a view of a company page: these methods only, and only for actors of role `needed` or higher.

    The company comes from the address by way of the middleware, so the view itself is not handed its id.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, company_id: int, **kwargs: Any) -> HttpResponse:
            del company_id
            if request.method not in {*methods, "HEAD" if "GET" in methods else ""}:
                return HttpResponseNotAllowed(methods)
            asked = cast("CompanyRequest", request)
            if needed:
                require(asked.actor, needed)
            return view(asked, **kwargs)

        return inner

    return decorate


class Told:
    """Whether the work inside `telling` went through."""

    ok = False


@contextmanager
def telling(request: HttpRequest, done: str = "") -> Iterator[Told]:
    """Tell a user's mistake as a message on the next page, and `done` when there was none."""
    told = Told()
    try:
        yield told
    except ServiceError as error:
        messages.error(request, str(error))
    else:
        told.ok = True
        if done:
            messages.success(request, done)
