"""Severa as an aiohttp application: REST under `/rest-api`, SOAP under `/webservice/S3/API.svc`, one set of books.

Source: vendor sheet, A1, A2, A5, B.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.severa import books, demo, invoicing, login, rest, seeding, soap
from tilisilta_emulators.severa.call import Answer
from tilisilta_emulators.severa.demo_settings import TRANSFERRED
from tilisilta_emulators.severa.errors import ApiError
from tilisilta_emulators.severa.lists import NEXT, make_token
from tilisilta_emulators.severa.options import Options
from tilisilta_emulators.severa.records import Invoice
from tilisilta_emulators.severa.soap_contract import PATH
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.tokens import Tokens

_QUIRKS = frozenset({"duplicate_row", "change_between_pages", "drop_fields"})
_REFUSALS: dict[str, tuple[int, str, str]] = {
    "revoke_rights": (403, "PermissionDenied", "NoPermissionException"),
    "addon_missing": (403, "AddonMissing", "NoPermissionException"),
    "terms_not_approved": (403, "TermsOfServiceNotApproved", "TosNotApprovedException"),
    "organization_inactive": (403, "OrganizationNotActive", "GeneralFailureException"),
    "internal_error": (500, "InternalSystemError", "GeneralFailureException"),
    "quota_spent": (429, "", "Quota"),
}
_KEY: web.RequestKey[dict[str, dict[str, Any]]] = web.RequestKey("severa_quirks", dict)
_SECONDS = "second"


class SeveraEmulator(kit.Emulator[Options]):
    """One Severa organization.

    Fault kinds beyond the kit's: `duplicate_row` (the last row of this page comes again on the next),
    `change_between_pages` (after this page, `data: {"action": "touch" | "delete" | "status" | "rename"}` happens to the
    first invoice of the list), `drop_fields` (`data: {"fields": [...]}`), and refusals in the vendor's shape:
    `revoke_rights`, `addon_missing`, `terms_not_approved`, `organization_inactive`, `internal_error`, `quota_spent`.
    """

    vendor = "severa"
    options_type = Options
    fault_kinds: ClassVar[frozenset[str]] = _QUIRKS | frozenset(_REFUSALS)

    def credentials(self) -> dict[str, str]:
        """Return REST credentials and the SOAP API key, as the integration settings show them."""
        return {
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
            "soap_key": self.options.soap_key,
        }

    def open_books(self) -> None:
        """Open the demo organization's books, or those of one with settings only."""
        self.store = Store(self.options, self.clock)
        demo.open_books(self.store, documents=self.options.data == "demo")
        self.tokens = Tokens(self.options, self.clock)
        self.service = soap.Service(self.store)
        self._make_limits()

    def options_changed(self) -> None:
        """Let books and tokens follow the options; requests are counted anew."""
        self.store.options = self.tokens.options = self.options
        self._make_limits()

    def _make_limits(self) -> None:
        windows = [kit.Window(_SECONDS, self.options.calls_per_second, 1.0)] if self.options.limits else []
        self.limits = kit.SlidingLimits(windows)

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated or chosen invoices and records; see `seeding`."""
        try:
            return seeding.seed(self.store, spec)
        except ApiError as error:
            raise ValueError(error.message) from None

    def state(self) -> dict[str, Any]:
        """Return every invoice, customer and register."""
        return books.state(self.store)

    def summary(self) -> dict[str, Any]:
        """Return counts and totals, also per status, and what is there twice."""
        return books.summary(self.store)

    def expire_tokens(self) -> None:
        """End every access token."""
        self.tokens.expire_all()

    def routes(self, app: web.Application) -> None:
        """SOAP at its path, everything else is REST."""
        app.router.add_post("/_emulator/revoke", self.revoke)
        app.router.add_route("*", "/{tail:.*}", self.handle)

    async def revoke(self, _request: web.Request) -> web.Response:
        """`POST /_emulator/revoke`: end every token, refresh tokens too."""
        self.tokens.revoke_all()
        return kit.exact_response({"revoked": True})

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return the answer to too many calls."""
        text = f"API calls quota exceeded! maximum admitted {self.options.calls_per_second} per 1s."
        headers = {} if retry_after_s is None else {"Retry-After": str(max(1, int(retry_after_s)))}
        if self.options.throttle_body == "envelope":
            error = ApiError(429, "InvalidRequest", text)
            return kit.json_response(error.body(), 429, headers)
        return web.Response(text=text, status=429, headers=headers)

    def unauthorized(self) -> web.Response:
        """Return the answer to a call without a good token."""
        return rest.refuse(ApiError(401, "AuthenticationRequired", "Access token is not valid or it has expired"))

    async def apply_fault(self, rule: kit.Rule, request: web.Request, handler: kit.Handler) -> web.StreamResponse:
        """Refuse in the shape of the API that is called, or note a quirk for this request."""
        refusal = _REFUSALS.get(rule.kind)
        if refusal is not None:
            status, kind, soap_name = refusal
            if request.path.lower().startswith(PATH.lower()):
                reason = "Quota limit reached" if soap_name == "Quota" else f"{kind} by order"
                return soap.faulted(soap_name, reason)
            return self.throttled(None) if status == 429 else rest.refuse(ApiError(status, kind, f"{kind} by order"))
        request[_KEY] = {**request.get(_KEY, {}), rule.kind: rule.data}
        return await handler(request)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any call of either API."""
        path = "/" + request.path.strip("/")
        if path.lower().startswith(PATH.lower()):
            return await self.service.handle(request, path[len(PATH) :])
        parts = [part for part in path.split("/") if part]
        if parts and parts[0].lower() == "rest-api":
            parts = parts[1:]
        try:
            return await self._rest(request, parts)
        except ApiError as error:
            return rest.refuse(error)

    async def _rest(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        if parts and parts[0].lower() == "heartbeat":
            return login.heartbeat(self.tokens, request, parts[1:])
        if not parts or parts[0].lower() not in {"v1", "v1.0"}:
            raise ApiError(404, "InvalidApiVersion", "There is no such version")
        raw = await request.read()
        logging_in = login.is_login(parts[1:])
        scopes = frozenset[str]() if logging_in else login.authorize(self.tokens, self.options, request)
        refusal = self._limited()
        if refusal is not None:
            return refusal
        if logging_in:
            return login.answer(self.tokens, request, parts[1:], raw)
        answer, operation = rest.run(rest.routes(), self.store, scopes, request, parts=parts[1:], raw=raw)
        quirks = request.get(_KEY)
        if quirks:
            self._spoil(answer, quirks)
        return rest.respond(answer, operation.status)

    def _limited(self) -> web.Response | None:
        refused = self.limits.take(self.options.client_id, self.clock.now().timestamp())
        if refused is None:
            return None
        return self.throttled(refused.retry_after_s if self.options.retry_after else None)

    def _spoil(self, answer: Answer, quirks: dict[str, dict[str, Any]]) -> None:
        fields = quirks.get("drop_fields", {}).get("fields", [])
        if fields and isinstance(answer.value, list | dict):
            rows = answer.value if isinstance(answer.value, list) else [answer.value]
            for one in rows:
                for name in fields:
                    one.pop(name, None)
        page = answer.page
        if page is None or not page.records:
            return
        if "duplicate_row" in quirks and NEXT in answer.headers and len(page.records) > 1:
            answer.headers[NEXT] = make_token("after", page.records[-2].number_in_kind)
        change = quirks.get("change_between_pages")
        first = page.records[0]
        if change is not None and isinstance(first, Invoice):
            self._change(first, change)

    def _change(self, invoice: Invoice, change: dict[str, Any]) -> None:
        action = change.get("action", "status")
        if action == "delete":
            self.store.unplace(invoice)
            invoicing.drop_number(self.store, invoice)
            for row in invoice.rows:
                self.store.rows.remove(row)
            self.store.invoices.remove(invoice)
        elif action == "touch":
            self.store.touch(invoice)
        elif action == "rename":
            invoice.status.data["name"] = change.get("name", "Nimi muutettu")
        elif action == "status":
            status = self.store.status_named(change.get("status", TRANSFERRED))
            if status is not None:
                invoicing.set_status(self.store, invoice, status)
        else:
            raise ApiError(400, "InvalidOperation", f"change_between_pages: unknown action {action!r}")
