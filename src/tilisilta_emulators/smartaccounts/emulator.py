"""The SmartAccounts emulator: who may ask, how often, in which language, and who answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from tilisilta_emulators.kit import (
    Emulator,
    Handler,
    Rule,
    SlidingLimits,
    Window,
    exact_response,
    json_response,
)
from tilisilta_emulators.smartaccounts import (
    articles,
    csv_exchange,
    demo,
    entries,
    files,
    movements,
    payments,
    report,
    settings_lists,
    signature,
)
from tilisilta_emulators.smartaccounts.books import Books
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.errors import Language, Refused, body_of, fault
from tilisilta_emulators.smartaccounts.invoices import Invoices
from tilisilta_emulators.smartaccounts.options import SmartOptions
from tilisilta_emulators.smartaccounts.partners import Partners

API_KEY = "sa-demo-public"
API_SECRET = "sa-demo-secret"  # noqa: S105  a demo key, published in the docs on purpose

_PATH = re.compile(r"/(?:(en|et)/)?api/([a-z]+/[a-z]+):([A-Za-z]+)\Z")
_WRITES = {"add", "edit", "delete", "sendeinvoice"}
# The sheet names the HTTP method of these only; `sendeinvoice` is taken either way.
_POSTED = {"add", "edit", "delete"}
_HOUR_S = 3600
_UNPAID = "Service is suspended because of an unpaid SmartAccounts invoice"
_MISDEED = web.RequestKey("misdeed", Rule)


class SmartAccountsEmulator(Emulator[SmartOptions]):
    """One company, Näidis OÜ, with a usual chart of accounts and no documents.

    Faults of its own: `unpaid` (503 with the billing text), `lock_period` (data.until), `duplicate_row`
    (a page begins with the last row of the one before) and `change_between_pages` (after the answer the
    oldest record that the list shows is touched, so that rows shift; data.delete removes it instead).
    """

    vendor = "smartaccounts"
    options_type = SmartOptions
    fault_kinds: ClassVar[frozenset[str]] = frozenset(
        {"unpaid", "lock_period", "duplicate_row", "change_between_pages"}
    )

    books: Books
    limits: SlidingLimits

    def __init__(self) -> None:
        self.services: dict[str, dict[str, Callable[[Call], Any]]] = {
            "purchasesales/clients": Partners("client").methods(),
            "purchasesales/vendors": Partners("vendor").methods(),
            "purchasesales/articles": articles.methods(),
            "purchasesales/clientinvoices": Invoices("client").methods(),
            "purchasesales/vendorinvoices": Invoices("vendor").methods(),
            "purchasesales/payments": payments.methods(),
            "general/entries": entries.methods(),
            "general/files": files.methods(),
            "general/accountbalances": {"get": entries.balances},
            "inventory/warehousemovements": movements.methods(),
            **settings_lists.services(),
        }
        super().__init__()

    def credentials(self) -> dict[str, str]:
        """Return the demo company's public and secret key."""
        return {"api_key": API_KEY, "api_secret": API_SECRET}

    def open_books(self) -> None:
        """Open new books: settings, the tax office and, when asked, some partners."""
        self.books = Books()
        call = self._own_call()
        demo.add_tax_office(self.books, call)
        if self.options.partners:
            demo.add_partners(self.books, call)
        self.options_changed()

    def options_changed(self) -> None:
        """Begin to count requests anew by the limits in force."""
        self.limits = SlidingLimits(
            [Window("minute", self.options.per_minute, 60), Window("day", self.options.per_day, 24 * _HOUR_S)]
        )
        self.balance_limit = SlidingLimits([Window("hour", 1, _HOUR_S)])

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated records; see `demo.Seed`."""
        return demo.generate(self.books, self._own_call(), spec)

    def state(self) -> dict[str, Any]:
        """Return every record of the books."""
        return report.whole(self.books)

    def summary(self) -> dict[str, Any]:
        """Return counts, totals and duplicates of the books."""
        return report.short(self.books)

    def _own_call(self) -> Call:
        return Call({}, b"", language="en", now=self.clock.now(), books=self.books, options=self.options)

    def routes(self, app: web.Application) -> None:
        """Add the CSV exchange of the vendor's pages, and everything under /api."""
        app.router.add_get("/_emulator/csv/{kind}", self.export_csv)
        app.router.add_post("/_emulator/csv/{kind}", self.import_csv)
        app.router.add_route("*", "/{path:.*}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the API."""
        body = await request.read()
        path, _, raw_query = request.raw_path.partition("?")
        found = _PATH.match(unquote(path))
        method = self.services.get(found[2], {}).get(found[3]) if found else None
        if found is None or method is None:
            return json_response({"message": "Not found"}, 404)
        if request.method not in ({"POST"} if found[3] in _POSTED else {"GET", "POST"}):
            return json_response({"message": "Method not allowed"}, 405)
        window_s = signature.WINDOW_S if self.options.check_clock else None
        try:
            signature.check(raw_query, body, {API_KEY: API_SECRET}, self.clock.now(), window_s)
        except signature.Unsigned as error:
            return json_response({"message": str(error)}, 401)
        hindrance = self._hindrance(found[2])
        if hindrance is not None:
            return hindrance
        language: Language = "et" if found[1] == "et" else "en"
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        call = Call(
            query,
            body,
            language=language,
            now=self.clock.now(),
            books=self.books,
            options=self.options,
            misdeed=request.get(_MISDEED),
        )
        return self._answer(call, method, found[2], found[3])

    def _answer(self, call: Call, method: Callable[[Call], Any], service: str, name: str) -> web.StreamResponse:
        try:
            self._require_right(service, name)
            answer = method(call)
        except Refused as refusal:
            body = body_of(refusal.faults, call.language, self.options.error_shape)
            if isinstance(body, str):
                return web.Response(text=body, status=refusal.status)
            return json_response(body, refusal.status)
        return answer if isinstance(answer, web.StreamResponse) else json_response(answer)

    def _require_right(self, service: str, name: str) -> None:
        right = self.options.rights.get(service, "full")
        if right == "none" or (right == "read" and name in _WRITES):
            raise Refused(fault("NO-RIGHTS", service=service), status=self.options.rights_status)

    def _hindrance(self, service: str) -> web.Response | None:
        if self.options.unpaid_bill:
            return web.Response(text=_UNPAID, status=503)
        if not self.options.limits:
            return None
        at = self.clock.now().timestamp()
        refusal = self.limits.take(API_KEY, at)
        if refusal is None and service == "general/accountbalances":
            refusal = self.balance_limit.take(API_KEY, at)
        if refusal is None:
            return None
        wait_s = refusal.retry_after_s if self.options.retry_after else None
        return self._limited(f"{refusal.window.limit} requests per {refusal.window.name}", wait_s)

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return the answer to too many requests: a 503, not a 429."""
        return self._limited(f"{self.options.per_minute} requests per minute", retry_after_s)

    def _limited(self, what: str, wait_s: float | None) -> web.Response:
        headers = {} if wait_s is None else {"Retry-After": str(max(1, round(wait_s + 0.5)))}
        return web.Response(text=f"Request limit exceeded: {what}", status=503, headers=headers)

    def unauthorized(self) -> web.Response:
        """Return the answer to a wrong signature."""
        return json_response({"message": "signature does not match"}, 401)

    def failed(self, status: int) -> web.Response:
        """Return the answer to an inner failure."""
        return json_response({"message": "Internal error"}, status)

    async def apply_fault(self, rule: Rule, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let one of the faults named in the class happen."""
        if rule.kind == "unpaid":
            return web.Response(text=_UNPAID, status=503)
        if rule.kind != "change_between_pages":
            request[_MISDEED] = rule
            return await handler(request)
        response = await handler(request)
        self._shift(request, delete=bool(rule.data.get("delete")))
        return response

    def _shift(self, request: web.Request, *, delete: bool) -> None:
        tables: dict[str, Any] = {
            "clients": self.books.clients,
            "vendors": self.books.vendors,
            "articles": self.books.articles,
            "clientinvoices": self.books.client_invoices,
            "vendorinvoices": self.books.vendor_invoices,
            "payments": self.books.payments,
            "entries": self.books.entries,
        }
        found = _PATH.match(request.path)
        table = tables.get(found[2].partition("/")[2]) if found else None
        oldest = next(iter(table.indexes["modifydate"]), None) if table is not None else None
        if table is None or oldest is None:
            return
        call = self._own_call()
        if not delete:
            table.touch(oldest, call.moment)
        elif table is self.books.client_invoices or table is self.books.vendor_invoices:
            side = Invoices("client" if table is self.books.client_invoices else "vendor")
            side.withdraw(call, oldest)
            table.remove(oldest, call.moment)
        else:
            table.remove(oldest, call.moment)

    async def export_csv(self, request: web.Request) -> web.Response:
        """`GET /_emulator/csv/{clients|vendors|articles}`: the list as the vendor's page exports it."""
        kind = next((item for item in csv_exchange.KINDS if item == request.match_info["kind"]), None)
        if kind is None:
            return exact_response({"error": f"known lists: {', '.join(csv_exchange.KINDS)}"}, 404)
        content = csv_exchange.export(self.books, kind, request.query.get("separator", ";"))
        return web.Response(body=content, content_type="text/csv", charset="utf-8")

    async def import_csv(self, request: web.Request) -> web.Response:
        """`POST` to the same address: the file comes back; the answer counts rows and lists refusals."""
        kind = next((item for item in csv_exchange.KINDS if item == request.match_info["kind"]), None)
        if kind is None:
            return exact_response({"error": f"known lists: {', '.join(csv_exchange.KINDS)}"}, 404)
        try:
            result = csv_exchange.load(self.books, kind, await request.read(), request.query.get("separator", ";"))
        except csv_exchange.BadFile as error:
            return exact_response({"error": str(error)}, 400)
        return exact_response(result)
