"""The one middleware of every emulator: logs each request and lets faults happen around the handler."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit.faults import ActiveRule, Rule
from tilisilta_emulators.kit.requests import Entry
from tilisilta_emulators.kit.wire import decode, encode, numbers_as_strings

if TYPE_CHECKING:
    from tilisilta_emulators.kit.emulator import Emulator

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTROL = "/_emulator/"
_DROPPED = 0
_REPLACING = frozenset({"drop_after", "error_after"})
_STALL_MS = 3_600_000
_HTML = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><h1>{status}</h1><p>The service is temporarily unavailable.</p></body></html>"
)


class _Exchange:
    """One request on its way through the rules."""

    def __init__(self, emulator: "Emulator[Any]", request: web.Request, handler: Handler) -> None:
        self.emulator = emulator
        self.request = request
        self.handler = handler
        self.fired: list[str] = []
        self.dropped = False
        self.replaced = False

    async def run(self, at: int = 0) -> web.StreamResponse:
        """Apply the rules from position `at` on, then the handler.

        Rules are asked one inside the other, so a rule that answers by itself leaves later ones unspent.
        """
        rules = self.emulator.faults.rules
        while at < len(rules):
            active: ActiveRule = rules[at]
            at += 1
            # An answer is taken away once; a second rule of that sort waits for the next request.
            if active.rule.kind in _REPLACING and self.replaced:
                continue
            if active.takes(self.request):
                self.fired.append(active.rule.kind)
                self.replaced |= active.rule.kind in _REPLACING
                return await self.misbehave(active.rule, at)
        return await self.handler(self.request)

    async def misbehave(self, rule: Rule, following: int) -> web.StreamResponse:
        """Let one rule happen."""
        instead = await self.instead(rule)
        if instead is not None:
            return instead
        if rule.kind in self.emulator.fault_kinds:

            async def onward(_request: web.Request) -> web.StreamResponse:
                return await self.run(following)

            return await self.emulator.apply_fault(rule, self.request, onward)
        if rule.kind == "expire_token":
            self.emulator.expire_tokens()
        elif rule.kind == "delay":
            await asyncio.sleep((rule.ms or 0) / 1000)
        response = await self.run(following)
        return await self.spoil(rule, response)

    async def instead(self, rule: Rule) -> web.StreamResponse | None:
        """Return the answer of a rule that keeps the request from the handler, else None."""
        response: web.StreamResponse | None = None
        match rule.kind:
            case "throttle":
                response = self.emulator.throttled(rule.retry_after_s)
            case "unauthorized":
                response = self.emulator.unauthorized()
            case "error_before":
                response = self.emulator.failed(rule.status or 503)
            case "html":
                status = rule.status or 200
                response = web.Response(text=_HTML.format(status=status), status=status, content_type="text/html")
            case "drop_before":
                response = self.drop()
            case "stall":
                await asyncio.sleep((rule.ms or _STALL_MS) / 1000)
                response = self.drop()
        return response

    async def spoil(self, rule: Rule, response: web.StreamResponse) -> web.StreamResponse:
        """Change an answer after the books were changed."""
        match rule.kind:
            case "drop_after":
                return self.drop()
            case "error_after":
                return self.emulator.failed(rule.status or 500)
            case "half":
                return await self.halve(rule, response)
            case "numbers_as_strings":
                return _stringify(response)
        return response

    async def halve(self, rule: Rule, response: web.StreamResponse) -> web.StreamResponse:
        """Send half of the body: either as if it were whole, or promising all and breaking off."""
        body = _body(response)
        if body is None:
            return response
        half = body[: len(body) // 2]
        content_type = response.headers.get("Content-Type", "application/json")
        if not rule.cut:
            return web.Response(body=half, status=response.status, headers={"Content-Type": content_type})
        broken = web.StreamResponse(status=response.status, headers={"Content-Type": content_type})
        broken.content_length = len(body)
        await broken.prepare(self.request)
        await broken.write(half)
        self.drop()
        return broken

    def drop(self) -> web.Response:
        """Close the connection; whatever the handler returns after this reaches nobody."""
        self.dropped = True
        if self.request.transport is not None:
            self.request.transport.close()
        return web.Response(status=500)


def _body(response: web.StreamResponse) -> bytes | None:
    if isinstance(response, web.Response) and isinstance(response.body, bytes | bytearray):
        return bytes(response.body)
    return None


def _stringify(response: web.StreamResponse) -> web.StreamResponse:
    body = _body(response)
    if body is None or response.content_type != "application/json":
        return response
    try:
        value = decode(body)
    except msgspec.DecodeError:
        return response
    if isinstance(response, web.Response):
        # In place, so that the vendor's own headers (limits, for one) stay on the answer.
        response.body = encode(numbers_as_strings(value))
    return response


def make_middleware(emulator: "Emulator[Any]") -> Any:
    """Return the aiohttp middleware of `emulator`; control calls pass untouched and uncounted."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(CONTROL):
            return await handler(request)
        exchange = _Exchange(emulator, request, handler)
        status = _DROPPED
        try:
            response = await exchange.run() if emulator.faults.rules else await handler(request)
            status = _DROPPED if exchange.dropped else response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        else:
            return response
        finally:
            await _log(emulator, request, status, exchange.fired)

    return middleware


async def _log(emulator: "Emulator[Any]", request: web.Request, status: int, fired: list[str]) -> None:
    # The body is in memory once the handler has read it; reading again costs nothing.
    body = (await request.read()).decode("utf-8", "replace") if emulator.options.log_bodies else None
    emulator.log.add(
        Entry(
            emulator.clock.now().isoformat(),
            request.method,
            request.path,
            request.query_string,
            status,
            fired,
            body,
        )
    )
