"""The Procountor API as an aiohttp application: paths, tokens, limits, errors and faults.

Source: vendor sheet, sections 1 to 3 and 10.
"""

from collections.abc import Mapping
from decimal import InvalidOperation
from typing import Any, ClassVar

from aiohttp import BodyPartReader, web

from tilisilta_emulators import kit
from tilisilta_emulators.procountor import (
    attachments,
    bank,
    company,
    control,
    demo,
    invoice_extras,
    invoice_states,
    invoices,
    oauth,
    partners,
    payments,
    products,
    receipts,
    registers,
    report,
    seeding,
)
from tilisilta_emulators.procountor.acts import ACTS
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call, FormFile
from tilisilta_emulators.procountor.errors import Refused, entry
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.routing import Found, Router, strip_prefix
from tilisilta_emulators.procountor.site import Site
from tilisilta_emulators.procountor.webhooks import Pusher

ROUTER = Router(
    route
    for module in (
        *(invoices, invoice_states, invoice_extras, payments, receipts, partners, products, attachments, bank),
        *(company, registers),
    )
    for route in module.ROUTES
)
QUIRKS = frozenset(("duplicate_row", "change_between_pages"))
"""`duplicate_row`: the last row of this page comes again as the first of the next. `change_between_pages`: after
this page an act of `acts` happens, `{"act": "touch_invoice", ...}` by default on the newest invoice."""
BEFORE = frozenset(
    ("close_period", "revoke_rights", "revoke_key", "touch_receipt", "touch_invoice", "recreate_receipt")
)
"""An act that happens just before the request is answered; `data` is the act's. `close_period` closes up to
`until`, or all periods; `revoke_rights` takes `rights`, by default those to the accounting page."""
QUIRKS_KEY: web.RequestKey[dict[str, dict[str, Any]]] = web.RequestKey("quirks", dict)
_ACTS_OF: dict[str, tuple[str, dict[str, Any]]] = {
    "close_period": ("periods", {"until": "2999-12-31"}),
    "revoke_rights": ("rights", {"rights": {"accounting.preventEditingAccountingPage": True}}),
}
_HTML = (
    "<html>\r\n<head><title>{status} {text}</title></head>\r\n<body>\r\n<center><h1>{status} {text}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_TEXTS = {400: "Bad Request", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class ProcountorEmulator(kit.Emulator[Options]):
    """Procountor with one company or several.

    Fault kinds beyond the kit's: QUIRKS, BEFORE, and `refuse`: an error in the vendor's shape from
    `data: {"status", "message", "field"}`.
    """

    vendor = "procountor"
    options_type = Options
    fault_kinds: ClassVar[frozenset[str]] = QUIRKS | BEFORE | {"refuse"}

    def credentials(self) -> dict[str, str]:
        """Return what an integration and its customer have in hand."""
        return {
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "redirect_uri": self.options.redirect_uri,
            "api_key": self.options.api_key,
        }

    def open_books(self) -> None:
        """Open the companies' books."""
        if self.options.companies < 1:
            raise ValueError("companies: at least one")
        self.pusher = Pusher()
        self.site = Site(self.options, self.clock)
        for at, books in enumerate(self.site.companies.values()):
            push = self.pusher.for_books(lambda held=books: held)  # type: ignore[misc]
            demo.open_books(books, push, documents=at == 0 and self.options.data == "demo")
        self._limit()

    def _limit(self) -> None:
        window = kit.Window("minute", self.options.requests_per_minute, 60)
        self.limits = kit.SlidingLimits([window] if self.options.limits else [])

    def options_changed(self) -> None:
        """Let the companies follow the options; requests are counted anew."""
        self.site.options = self.options
        for books in self.site.companies.values():
            books.options = self.options
        self._limit()

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated invoices; see `seeding.SeedSpec`."""
        return seeding.seed(self.site.main, spec)

    def state(self) -> dict[str, Any]:
        """Return the first company's books, those of the others under `companies`, and the keys."""
        others = {str(key): report.state(books) for key, books in self.site.companies.items()}
        first = others.pop(str(self.site.main.id))
        return {**first, "companies": others, "keys": list(self.site.all_keys())}

    def summary(self) -> dict[str, Any]:
        """Return counts and totals of the first company, those of the others under `companies`."""
        others = {str(key): report.summary(books) for key, books in self.site.companies.items()}
        return {**others.pop(str(self.site.main.id)), "companies": others}

    def routes(self, app: web.Application) -> None:
        """Control of the vendor's own, then every path of the vendor."""
        control.add_control(app, lambda: self.site)
        app.router.add_route("*", "/{tail:.*}", self.handle)

    def expire_tokens(self) -> None:
        """End every access token; keys and refresh tokens stay good."""
        self.site.tokens.clear()

    async def stopped(self) -> None:
        """End webhook deliveries."""
        await self.pusher.stop()

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return a 429; its body is inferred."""
        headers = {} if retry_after_s is None else {"Retry-After": str(max(1, int(retry_after_s + 0.999)))}
        return kit.json_response({"errors": [entry(429, "Too many requests")]}, 429, headers)

    def unauthorized(self) -> web.Response:
        """Return the answer to a token that is not good."""
        return kit.json_response({"errors": [entry(401, self.options.unauthorized_message)]}, 401)

    def failed(self, status: int) -> web.Response:
        """Return a failure of the gateway, which speaks HTML."""
        return _html(status)

    async def apply_fault(self, rule: kit.Rule, request: web.Request, handler: kit.Handler) -> web.StreamResponse:
        """Let somebody act before the request, or note a quirk for its answer."""
        data = dict(rule.data)
        if rule.kind == "refuse":
            status = int(data.get("status", rule.status or 400))
            return kit.json_response(
                {"errors": [entry(status, str(data.get("message", "")), data.get("field"))]}, status
            )
        if rule.kind in BEFORE:
            name, default = _ACTS_OF.get(rule.kind, (rule.kind, {}))
            ACTS[name](self.site, self.site.main, data or dict(default))
        else:
            request[QUIRKS_KEY] = {**request.get(QUIRKS_KEY, {}), rule.kind: data}
        return await handler(request)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any call."""
        parts = strip_prefix(request.path, self.options)
        if not parts:
            return _plain(404, "Not found")
        if parts[0] in ("oauth", "keylogin", "logout"):
            return await self._access(request, parts)
        checked = request.method == "GET" and self.options.get_with_body == "refuse" and request.can_read_body
        if checked and await request.read():
            return _html(400)
        found = ROUTER.find(request.method, parts)
        if isinstance(found, bool):
            return _plain(405 if found else 404, "Method not allowed" if found else "Not found")
        if found.route.path == "/status":
            return kit.json_response(found.route.deed(None))  # type: ignore[arg-type]
        return await self._answer(request, found)

    async def _access(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        asked = (request.method, *parts)
        if asked == ("POST", "oauth", "token"):
            return await oauth.token(self.site, request)
        if parts == ["oauth", "login"] and request.method in ("GET", "POST"):
            return await oauth.login(self.site, request, "code")
        if parts == ["keylogin"] and request.method in ("GET", "POST"):
            return await oauth.login(self.site, request, "key")
        if asked == ("POST", "oauth", "authz") and self.options.legacy_authz:
            return await oauth.login(self.site, request, "authz")
        if asked == ("POST", "logout"):
            token = request.headers.get("Authorization", "").partition(" ")[2].strip()
            return (
                kit.json_response({"message": "Logged out."})
                if self.site.tokens.pop(token, None)
                else self.unauthorized()
            )
        return _plain(404, "Not found")

    async def _answer(self, request: web.Request, found: Found) -> web.StreamResponse:
        grant = self.site.grant_of(request.headers.get("Authorization"))
        if grant is None:
            return self.unauthorized()
        full = self.limits.take(str(grant.company), self.clock.now().timestamp())
        if full is not None:
            return self.throttled(full.retry_after_s if self.options.retry_after else None)
        books = self.site.companies[grant.company]
        try:
            form = await _form(request)
            body = b"" if form else await request.read()
            call = Call(books, grant.user, raw_query=request.query, headers=request.headers, body=body, form=form)
            call.ids, call.quirks = found.ids, request.get(QUIRKS_KEY, {})
            call.read_query(f"{found.route.method} {found.route.path}")
            response = _respond(found.route.deed(call))
        except Refused as error:
            return kit.json_response(error.body(), error.status)
        except (InvalidOperation, OverflowError):
            return kit.json_response({"errors": [entry(400, "Value of an amount is out of range")]}, 400)
        if "change_between_pages" in call.quirks:
            self._act_after(books, dict(call.quirks["change_between_pages"]))
        return response

    def _act_after(self, books: Books, data: dict[str, Any]) -> None:
        name = str(data.pop("act", "touch_invoice"))
        if name in ACTS:
            ACTS[name](self.site, books, data)


def _respond(value: Any) -> web.Response:
    """Turn what a handler gives into an answer: None is 204, a pair carries a status."""
    if isinstance(value, web.Response):
        return value
    if value is None:
        return web.Response(status=204)
    if isinstance(value, tuple):
        return kit.json_response(value[0], value[1])
    return kit.json_response(value)


async def _form(request: web.Request) -> list[FormFile]:
    """Return the parts of a multipart body; none for any other body.

    Raises:
        Refused: 400, it cannot be read.

    """
    if not request.content_type.startswith("multipart/"):
        return []
    parts: list[FormFile] = []
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                content = bytes(await part.read(decode=True))
                kind = part.headers.get("Content-Type", "").split(";")[0]
                parts.append(FormFile(part.name or "", part.filename, kind, content))
    except (ValueError, KeyError, AssertionError, RuntimeError, LookupError):
        raise Refused(400, "Multipart body cannot be read") from None
    if not parts:
        raise Refused(400, "Multipart body has no parts")
    return parts


def _plain(status: int, text: str) -> web.Response:
    return kit.json_response({"errors": [entry(status, text)]}, status)


def _html(status: int) -> web.Response:
    text = _HTML.format(status=status, text=_TEXTS.get(status, "Error"))
    return web.Response(text=text, status=status, content_type="text/html")
