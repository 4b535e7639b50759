"""The company that a request works in, the reader's language, and the headers that every page carries."""

from collections.abc import Callable
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.defaults import page_not_found

from tilisilta.services import access, companies
from tilisilta.store.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

# Nothing inline and nothing from elsewhere. `data:` serves the QR code of two-step sign-in.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_OPEN_BEFORE_SET_UP: Final = ("/setup/", "/static/", "/language/", "/theme/", "/api/", "/health", "/metrics")


class HeadersMiddleware:
    """Sends the content security policy, and keeps pages of signed-in people out of shared caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith("/static/") and "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response


class LanguageMiddleware:
    """Turns to the language a signed-in person chose; others keep what LocaleMiddleware found."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        return self.get_response(request)


class BodySizeMiddleware:
    """Turns requests away that are too big, before any of it is read: forms are read, and files lie on the disk, before
    a view can ask who sent them. The API looks at its own, for its answers have another shape.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.path.startswith("/api/") or length == "0":
            return self.get_response(request)
        is_member = request.user.is_authenticated
        limit = settings.REQUEST_MAX_BYTES if is_member else settings.STRANGERS_REQUEST_MAX_BYTES
        if not length.isdecimal() or int(length) > limit:
            return render(request, "413.html", {"limit": limit >> 20}, status=413)
        return self.get_response(request)


class CompanyMiddleware:
    """Sets `request.actor` and `request.company` where an address has `company_id`; sends a new installation to set-up.

    People who are no members get 404, the same as for a company that does not exist.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            not request.path.startswith(_OPEN_BEFORE_SET_UP)
            and not request.user.is_authenticated
            and companies.first_run_needed()
        ):
            return redirect("setup")
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        del view, args
        if request.path.startswith("/api/"):
            return None
        if "company_id" not in kwargs:
            self._keep_last_company(request)
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        try:
            self._enter(request, kwargs["company_id"])
        except ObjectDoesNotExist as error:
            raise Http404 from error
        self._require_storable(request)
        if request.session.get("company_id") != kwargs["company_id"]:
            request.session["company_id"] = kwargs["company_id"]
        return None

    @staticmethod
    def _require_storable(request: HttpRequest) -> None:
        """Refuse what no browser sends and PostgreSQL cannot compare or keep: a text with the character NUL.

        Fields of forms refuse it by themselves; views read filters and lists of rows without a form.
        """
        for _name, values in (*request.GET.lists(), *request.POST.lists()):
            if any("\x00" in value for value in values):
                raise BadRequest("a text with NUL")

    @staticmethod
    def _enter(request: HttpRequest, company_id: int) -> None:
        actor = access.actor_of(cast("User", request.user), company_id, ip=access.client_ip(request.META))
        request.actor = actor  # type: ignore[attr-defined]  # CompanyRequest names them for views
        request.company = actor.company  # type: ignore[attr-defined]
        timezone.activate(ZoneInfo(actor.company.time_zone))

    def _keep_last_company(self, request: HttpRequest) -> None:
        """Keep the frame of the company a person came from around their profile and sign-in pages."""
        last_id = request.session.get("company_id") if request.user.is_authenticated else None
        if last_id is None:
            return
        try:
            self._enter(request, last_id)
        except ObjectDoesNotExist:  # no member any more
            del request.session["company_id"]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 404 where a service found no such row in this company."""
        if isinstance(exception, ObjectDoesNotExist) and not request.path.startswith("/api/"):
            return page_not_found(request, exception)
        return None
