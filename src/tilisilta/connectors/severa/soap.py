"""Calls of Severa's SOAP API: key in the header, the day's quota, faults by fate. Source: vendor sheet, section B."""

import asyncio
import re
from typing import Any

import msgspec
from lxml import etree
from zeep import helpers
from zeep.exceptions import Error, Fault

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.loop_lock import LoopLock
from tilisilta.connectors.severa.soap_fates import day_left_s, fate_of
from tilisilta.connectors.severa.soap_wsdl import load_client
from tilisilta.core.errors import BudgetSpent, Misconfigured, TilisiltaError
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import (
    Request,
    Response,
    Transport,
    check_status,
    evidence_of,
    is_html,
    lost_answer,
    repeat_read,
)
from tilisilta.ports import Clock

SOAP = "http://soap.severa.com/"
SERVER_FAULT = 500
NOT_FOUND = 404
FORBIDDEN = (401, 403)
TOO_MANY = 429
_quota = re.compile(rb"<(?:\w+:)?(Quota|UsedQuota)\b[^>]*>(\d+)<")
HEADER_BYTES = 2048
_plain: Any = helpers.serialize_object


class _Reply(msgspec.Struct, frozen=True):
    """An answer in the shape that zeep reads."""

    status_code: int
    content: bytes
    headers: dict[str, str]
    encoding: str = "utf-8"


class SoapClient:
    """One SOAP key. Reads are repeated a few times, writes never."""

    def __init__(self, *, address: str, key: str, transport: Transport, budget: Budget, clock: Clock) -> None:
        self._address = address
        self._key = key
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._client: Any = None
        self._lock = LoopLock()

    async def call(
        self, interface: str, operation: str, *arguments: Any, is_write: bool = False, is_interactive: bool = False
    ) -> Any:
        """Return what an operation answers, as dicts, lists and plain values; None for nil.

        Arguments stand in the operation's order, for their names differ between the sources; missing ones are nil.

        Raises: Retry, BudgetSpent, Refused (NOT_FOUND_AT_SOURCE, SOURCE_REFUSED), Misconfigured; Unknown for a write
            whose answer is lost.
        """
        binding = await self._binding(interface, operation, is_interactive=is_interactive)
        request = self._request(binding, operation, arguments, is_write=is_write)

        async def once() -> Any:
            async with self._budget.interactive() if is_interactive else self._budget:
                response = await self._transport.request(request)
            return await self._opened(request, response, binding, operation)

        return await (once() if is_write else repeat_read(once))

    async def parameters(self, interface: str, operation: str) -> int:
        """Return how many parameters an operation takes."""
        binding = await self._binding(interface, operation)
        return len(binding.get(operation).input.body.type.elements)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- asking --------------------------------------------------------------------------------------------

    async def _binding(self, interface: str, operation: str, *, is_interactive: bool = False) -> Any:
        async with self._lock.own():  # the first few calls at once need one description
            if self._client is None:
                self._client = await load_client(
                    f"{self._address}?wsdl", lambda url: self._described(url, is_interactive=is_interactive)
                )
        for binding in self._client.wsdl.bindings.values():
            is_ours = binding.port_name.localname == interface and operation in binding._operations  # noqa: SLF001
            if is_ours:
                return binding
        raise Misconfigured("INTERFACE_CHANGED", message=f"{interface}.{operation}")

    async def _described(self, url: str, *, is_interactive: bool) -> bytes:
        request = Request(method="GET", url=url, headers={"Accept": "text/xml"})

        async def once() -> bytes:
            async with self._budget.interactive() if is_interactive else self._budget:
                response = await self._transport.request(request)
            if response.status >= 300 or is_html(response.body):  # noqa: PLR2004
                raise self._no_envelope(request, response)
            return response.body

        return await repeat_read(once)

    def _request(self, binding: Any, operation: str, arguments: tuple[Any, ...], *, is_write: bool) -> Request:
        password = etree.Element(f"{{{SOAP}}}WebServicePassword")
        password.text = self._key
        asked = binding.get(operation)
        try:
            envelope = asked.create(*arguments, _soapheaders=[password]).content
        except (Error, ValueError, TypeError) as error:
            message = f"{operation}: {type(error).__name__}: {error}"[:400]
            raise Misconfigured("INTERFACE_CHANGED", message=message) from error
        return Request(
            method="POST",
            url=self._address,
            body=etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            headers={
                "Accept": "text/xml",
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{asked.soapaction}"',
            },
            is_write=is_write,
            read_timeout_s=assumptions.SOAP_READ_TIMEOUT_S,
        )

    # --- answers -------------------------------------------------------------------------------------------

    async def _opened(self, request: Request, response: Response, binding: Any, operation: str) -> Any:
        if response.status not in {200, SERVER_FAULT} or b"Envelope" not in response.body[:HEADER_BYTES]:
            raise self._no_envelope(request, response)
        self._note_quota(response)
        reply = _Reply(response.status, response.body, {"Content-Type": "text/xml"})
        try:
            if len(response.body) < assumptions.LARGE_ANSWER_BYTES:
                return self._read(binding, operation, reply)
            return await asyncio.to_thread(self._read, binding, operation, reply)
        except Fault as fault:
            error = fate_of(fault, request, self._clock.now(), (self._key,))
            if isinstance(error, BudgetSpent):
                self._budget.spent(error.after_s)
            raise error from fault
        except Error as error:
            raise lost_answer(request, "NOT_XML", evidence_of(request, response, (self._key,)), after_s=30) from error

    def _read(self, binding: Any, operation: str, reply: _Reply) -> Any:
        found: Any = _plain(binding.process_reply(self._client, binding.get(operation), reply), dict)
        if isinstance(found, dict) and set(found) == {"header", "body"}:
            found = found["body"]  # where the description declares headers of the answer
        name = f"{operation}Result"
        return found[name] if isinstance(found, dict) and set(found) == {name} else found

    def _no_envelope(self, request: Request, response: Response) -> TilisiltaError:
        """Return the fate of an answer that did not come from the service itself, or not whole."""
        evidence = evidence_of(request, response, (self._key,))
        if response.status == TOO_MANY:
            self._budget.pause(assumptions.THROTTLE_WAIT_S)
        if response.status in FORBIDDEN:
            return Misconfigured("KEY_REFUSED", evidence=evidence, message=response.text()[:400])
        if response.status == NOT_FOUND:
            return Misconfigured("CONNECTION_MISCONFIGURED", evidence=evidence, message=f"404 {request.url}")
        try:
            check_status(request, response, secrets=(self._key,))
        except TilisiltaError as error:
            return error
        code = "HTML_ANSWER" if is_html(response.body) else "NOT_XML"
        return lost_answer(request, code, evidence, after_s=30)

    def _note_quota(self, response: Response) -> None:
        told = {name: int(value) for name, value in _quota.findall(response.body[:HEADER_BYTES])}
        quota, used = told.get(b"Quota"), told.get(b"UsedQuota")
        if quota and used is not None and used >= quota:
            self._budget.spent(day_left_s(self._clock.now()))


def listed(value: Any) -> list[Any]:
    """Return a collection: nil is empty, frames around a list (one member that holds it) are opened, nil items go."""
    while isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        if inner is not None and not isinstance(inner, dict | list):
            break
        value = inner
    if value is None:
        return []
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]
