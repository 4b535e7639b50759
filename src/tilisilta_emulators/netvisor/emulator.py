"""The Netvisor emulator: who may ask, one call at a time, in which language, and who answers."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from tilisilta_emulators.kit import Emulator, Handler, Rule, SlidingLimits, Window, exact_response
from tilisilta_emulators.netvisor import actions, demo, door, report, xml
from tilisilta_emulators.netvisor.books import Books
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import LANGUAGES, STATUS, Refused
from tilisilta_emulators.netvisor.options import NetvisorOptions
from tilisilta_emulators.netvisor.services import services
from tilisilta_emulators.netvisor.values import local

SENDER = "HubDemo"
# Demo keys, those of the worked examples in the vendor sheet.
KEYS = door.Keys(
    customer_id="AA_demo_12345",
    customer_key="0123456789abcdef0123456789abcdef",
    partner_id="PA_demo_12345",
    partner_key="fedcba9876543210fedcba9876543210",
    organisation_id="1234567-1",
)


class NetvisorEmulator(Emulator[NetvisorOptions]):
    """One company, Hubin Demo Oy, with a usual chart of accounts and some parties.

    Faults of its own, which happen before the request they fire on and stay until options change:
    `lock_period` (data.until, data.lock: accounting, vat or purchase), `revoke_right` (data.resource),
    `revoke_key`, `downgrade_plan` (data.plan), `remove_account` (data.number). For the one request only:
    `maintenance`, `overlap` (refused as if another call ran), `transaction_used`. After the request:
    `change_between_pages` (the oldest record of the list is touched, or deleted with data.delete).
    """

    vendor = "netvisor"
    options_type = NetvisorOptions
    fault_kinds: ClassVar[frozenset[str]] = frozenset(
        {
            "lock_period", "revoke_right", "revoke_key", "downgrade_plan", "remove_account", "maintenance",
            "overlap", "transaction_used", "change_between_pages",
        }
    )  # fmt: skip

    books: Books

    def __init__(self) -> None:
        self.services = services()
        self.base_url = "https://isvapi.netvisor.fi"
        self._company = asyncio.Lock()
        super().__init__()

    def credentials(self) -> dict[str, str]:
        """Return both key pairs of the demo company with sender name and business id."""
        return {
            "sender": SENDER,
            "customer_id": KEYS.customer_id,
            "customer_key": KEYS.customer_key,
            "partner_id": KEYS.partner_id,
            "partner_key": KEYS.partner_key,
            "organisation_id": KEYS.organisation_id,
        }

    def open_books(self) -> None:
        """Open new books, with demo parties when asked."""
        self.books = Books()
        self.door = door.Door(KEYS)
        if self.options.demo:
            demo.fill(self.own_call())
        self.options_changed()

    def options_changed(self) -> None:
        """Begin to count requests anew by the limit in force."""
        limit = self.options.per_minute
        self.limits = SlidingLimits([] if limit is None else [Window("minute", limit, 60)])

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated records; see `demo.Seed`."""
        return demo.generate(self.own_call(), spec)

    def state(self) -> dict[str, Any]:
        """Return every record of the books."""
        return report.whole(self.books)

    def summary(self) -> dict[str, Any]:
        """Return counts, totals and duplicates of the books."""
        return report.short(self.books)

    def own_call(self) -> Call:
        """Return a call of our own, for the demo, seeds and actions."""
        return Call(
            {}, b"", language="FI", now=self.clock.now(), books=self.books, options=self.options,
            base_url=self.base_url,
        )  # fmt: skip

    async def started(self, base_url: str) -> None:
        """Remember the address that clients sign."""
        self.base_url = base_url

    def routes(self, app: web.Application) -> None:
        """Add what a person would do in Netvisor's own pages, and every resource."""
        app.router.add_post("/_emulator/act", self.act)
        app.router.add_route("*", "/{path:.*}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the interface."""
        name = unquote(request.raw_path.partition("?")[0]).strip("/").lower()
        if name not in self.services:
            return web.Response(text="404 Not Found", status=404)
        language = request.headers.get(door.LANGUAGE, "").upper()
        language = language if language in LANGUAGES else "FI"
        try:
            self._admit(request)
            if not self.options.limits:
                return await self._answer(request, name, language)
            self._require_free()
            async with self._company:
                # Let calls that came at the same moment reach the door while this one holds the company.
                await asyncio.sleep(self.options.processing_ms / 1000)
                return await self._answer(request, name, language)
        except Refused as refusal:
            return self._refuse(refusal, request, language)

    def _require_free(self) -> None:
        if self._company.locked() and self.options.overlap == "refuse":
            raise Refused("TECHNICAL_ERROR", "overlap")

    def _admit(self, request: web.Request) -> None:
        options = self.options
        if options.maintenance:
            raise Refused(options.maintenance_code, "maintenance")
        host = request.headers.get("Host", "")
        bases = dict.fromkeys((self.base_url, f"http://{host}", f"https://{host}", *options.public_urls))
        self.door.admit(request.headers, request.raw_path, bases, self.clock.now(), options)
        if options.limits and self.limits.take(KEYS.customer_id, self.clock.now().timestamp()) is not None:
            raise Refused("TECHNICAL_ERROR", "rate")

    async def _answer(self, request: web.Request, name: str, language: str) -> web.Response:
        method, service = self.services[name]
        door.require_right(name, self.options)
        if request.method != method:
            raise Refused("INVALID_DATA", "method", name=method)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Refused("INVALID_DATA_SIZE", "body_size") from None
        raw_query = request.raw_path.partition("?")[2]
        query = {key.lower(): value for key, value in parse_qsl(raw_query, keep_blank_values=True)}
        now = self.clock.now()
        call = Call(
            query, body, language=language, now=now, books=self.books, options=self.options, base_url=self.base_url
        )
        response = self._send(xml.answer(call.now, service(call)), 200)
        response.headers.update(call.headers)
        return response

    def _send(self, body: bytes, status: int) -> web.Response:
        return web.Response(body=body, status=status, content_type=self.options.content_type, charset="utf-8")

    def _refuse(self, refusal: Refused, request: web.Request, language: str) -> web.Response:
        use_status = request.headers.get(door.STATUS_CODES, "").strip() == "1"
        body = xml.failure(local(self.clock.now()), refusal, language)
        return self._send(body, STATUS[refusal.code] if use_status else 200)

    def _plain(self, refusal: Refused, status: int) -> web.Response:
        return self._send(xml.failure(local(self.clock.now()), refusal, "FI"), status)

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return an answer to too many requests; the vendor publishes no limit, so its form is ours."""
        response = self._plain(Refused("TECHNICAL_ERROR", "rate"), 429)
        if retry_after_s is not None:
            response.headers["Retry-After"] = str(int(retry_after_s))
        return response

    def unauthorized(self) -> web.Response:
        """Return the answer to dead keys."""
        return self._plain(Refused("AUTHENTICATION_FAILED", "keys"), 401)

    def failed(self, status: int) -> web.Response:
        """Return the answer to an inner failure; 503 is maintenance."""
        if status == 503:
            return self._plain(Refused(self.options.maintenance_code, "maintenance"), status)
        return self._plain(Refused("TECHNICAL_ERROR", "technical", id=secrets.token_hex(4)), status)

    async def apply_fault(self, rule: Rule, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let one of the faults named in the class happen."""
        language = request.headers.get(door.LANGUAGE, "").upper()
        one_off = {
            "maintenance": Refused(self.options.maintenance_code, "maintenance"),
            "overlap": Refused("TECHNICAL_ERROR", "overlap"),
            "transaction_used": Refused("REQUEST_NOT_UNIQUE", "unique", value="?"),
        }.get(rule.kind)
        if one_off is not None:
            return self._refuse(one_off, request, language)
        if rule.kind == "change_between_pages":
            response = await handler(request)
            actions.shift(self.own_call(), request.path, delete=bool(rule.data.get("delete")))
            return response
        self._worsen(rule)
        return await handler(request)

    def _worsen(self, rule: Rule) -> None:
        data = rule.data
        match rule.kind:
            case "lock_period":
                lock = data.get("lock", "accounting")
                until = data.get("until") or date.max.isoformat()
                with suppress(ValueError):
                    self.change_options({f"{lock}_locked_until": until})
            case "revoke_right":
                self.change_options({"denied": [*self.options.denied, str(data.get("resource", "accounting.nv"))]})
            case "revoke_key":
                self.change_options({"key_revoked": True})
            case "downgrade_plan":
                self.change_options({"plan": data.get("plan", "Basic")})
            case "remove_account":
                self.books.accounts.pop(str(data.get("number", "")), None)

    async def act(self, request: web.Request) -> web.Response:
        """`POST /_emulator/act`: what a person does in Netvisor's pages; see `actions.perform`."""
        try:
            answer = actions.perform(self.own_call(), await request.read())
        except (ValueError, Refused) as error:
            return exact_response({"error": str(error)}, 400)
        return exact_response(answer)
