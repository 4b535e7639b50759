"""The SOAP service: WSDL, key, quota, operations and faults. Source: vendor sheet, section B."""

from typing import Any

from aiohttp import web

from tilisilta_emulators.severa import soap_message, soap_operations
from tilisilta_emulators.severa.errors import SoapFault
from tilisilta_emulators.severa.soap_contract import PATH, wsdl
from tilisilta_emulators.severa.store import Store

_XML = "text/xml"
_SOURCE = "Severa.API"


def _respond(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=_XML, charset="utf-8")


def faulted(detail: str, reason: str) -> web.Response:
    """Return a fault as HTTP 500."""
    return _respond(soap_message.fault(SoapFault(detail, reason), _SOURCE), 500)


class Service:
    """The service at `/webservice/S3/API.svc`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._day = store.clock.now().date()
        self._used = 0

    async def handle(self, request: web.Request, rest: str) -> web.Response:
        """Answer a call of the service, or its WSDL."""
        wants_wsdl = rest.strip("/").lower() == "wsdl" or any(
            key.lower() in {"wsdl", "singlewsdl"} for key in request.query
        )
        if request.method == "GET":
            return self._describe(request, wants_wsdl=wants_wsdl or not rest.strip("/"))
        if request.method != "POST" or rest.strip("/"):
            return web.Response(status=405 if request.method != "POST" else 404)
        if request.content_type != _XML:
            reason = f"Cannot process the message because the content type '{request.content_type}' was not 'text/xml'."
            return web.Response(status=415, reason="Unsupported Media Type", text=reason)
        try:
            return _respond(self._answer(await request.read(), request.headers.get("SOAPAction", "")))
        except SoapFault as error:
            return _respond(soap_message.fault(error, _SOURCE), 500)

    def _describe(self, request: web.Request, *, wants_wsdl: bool) -> web.Response:
        if not wants_wsdl:
            return web.Response(status=404)
        return _respond(wsdl(f"{request.scheme}://{request.host}{PATH}"))

    def _answer(self, raw: bytes, action: str) -> bytes:
        options = self.store.options
        message = soap_message.Request(raw)
        operation = message.operation(action)
        if message.key is None or message.key.strip() != options.soap_key:
            raise SoapFault("AuthenticationFailureException", "Authentication failed: the API key is not valid")
        self._count()
        if not options.terms_approved:
            raise SoapFault("TosNotApprovedException", "The terms of service have not been approved")
        if not options.organization_active:
            raise SoapFault("GeneralFailureException", "The organization is not active")
        if options.soap_rights == "read" and operation.name in soap_operations.WRITES:
            raise SoapFault("NoPermissionException", "The user of the API key has no permission for the operation")
        parameters = message.parameters(operation, strict=options.soap_order == "fault")
        value: Any = soap_operations.run(self.store, operation.name, parameters)
        writer = soap_message.Writer(empty_as_nil=options.soap_empty == "nil")
        return soap_message.answer(operation, value, writer, (options.soap_quota, self._used))

    def _count(self) -> None:
        today = self.store.clock.now().date()
        if today != self._day:
            self._day, self._used = today, 0
        if self.store.options.limits and self._used >= self.store.options.soap_quota:
            raise SoapFault("Quota", "Quota limit reached")
        self._used += 1
