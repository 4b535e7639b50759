"""The pull service's address, and the page that makes its key."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from ninja.throttling import SimpleRateThrottle

from tilisilta.services import connection_lists
from tilisilta.services.access import client_ip
from tilisilta.services.pull import access
from tilisilta.services.pull.contract import wsdl
from tilisilta.services.pull.messages import GENERAL, Fault, write_fault
from tilisilta.services.pull.service import Answer, answer
from tilisilta.store.models import Role
from tilisilta.web.company_view import company_view
from tilisilta.web.request import CompanyRequest

MOST_BYTES: Final = 256 * 1024  # a request names an invoice, a status, a few dates
_XML: Final = "text/xml"
_TYPE: Final = "text/xml; charset=utf-8"


class _Throttle(SimpleRateThrottle):
    """One for each request: calls of one shelf by one address, so that a guesser does not lock the right one out."""

    def __init__(self, connection_id: int | None) -> None:
        self._connection_id = connection_id
        super().__init__(f"{settings.API_REQUESTS_PER_MINUTE}/min")

    def get_cache_key(self, request: HttpRequest) -> str | None:
        return f"pull-rate-{self._connection_id}-{client_ip(request.META)}"


@csrf_exempt
def endpoint(request: HttpRequest, connection_id: int | None = None, rest: str = "") -> HttpResponse:
    """Answer a SOAP call, or show the service's description, which is the same for connections that do not exist.

    Without an id, at the path that Severa itself has, the key tells the connection: some systems let only the host be
    changed. 404 while the operator has the service switched off.
    """
    if not settings.PULL_SERVICE:
        raise Http404
    if rest.strip("/").lower() not in {"", "wsdl"}:
        raise Http404
    throttle = _Throttle(connection_id)
    if not throttle.allow_request(request):
        refused = _respond(Answer(write_fault(Fault(GENERAL, "Too many calls; try again later")), is_fault=True), 429)
        refused.headers["Retry-After"] = str(int(throttle.wait() or 1) + 1)
        return refused
    if request.method in {"GET", "HEAD"}:
        path, _, _ = request.path.partition(access.PATH)
        address = request.build_absolute_uri(f"{path}{access.PATH}")
        return HttpResponse(wsdl(address), content_type=_TYPE)
    if request.method != "POST" or rest:
        return HttpResponseNotAllowed(["GET", "POST"])
    if request.content_type != _XML:
        return HttpResponse("text/xml is expected", status=415, content_type="text/plain")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        too_big = Fault("", f"The message is larger than {MOST_BYTES >> 10} kB", "a:MaxMessageSize")
        return _respond(Answer(write_fault(too_big), is_fault=True), 413)
    action = request.headers.get("SOAPAction", "")
    return _respond(answer(connection_id, request.body, action=action, ip=client_ip(request.META)))


def _respond(found: Answer, status: int = 0) -> HttpResponse:
    response = HttpResponse(found.body, status=status or (500 if found.is_fault else 200), content_type=_TYPE)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  SOAP's faults are 500, ours are logged
    return response


@company_view("POST", needed=Role.ADMIN)
def make_key(request: CompanyRequest, pk: int) -> HttpResponse:
    """Make the connection's key; its text is on the answer and nowhere else."""
    connection = connection_lists.get_connection(request.company, pk)
    if connection.vendor != access.VENDOR:
        return redirect("connection-detail", company_id=request.company.pk, pk=pk)
    plain = access.make_key(request.actor, connection)
    address = access.service_address(connection)
    return render(request, "pull/key.html", {"connection": connection, "plain": plain, "address": address})
