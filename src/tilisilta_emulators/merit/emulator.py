"""The Merit emulator: hosts, paths and versions, callers and limits, the ways of answering."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, NamedTuple

import msgspec
from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.kit import Handler as KitHandler
from tilisilta_emulators.kit import Rule, decode, encode
from tilisilta_emulators.merit import (
    batches,
    caller,
    classifiers,
    control,
    demo,
    errors,
    items,
    misdeeds,
    payments,
    purchases,
    report,
    sales,
    seeding,
)
from tilisilta_emulators.merit.call import Call, Handler
from tilisilta_emulators.merit.errors import Refused
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.limits import MinuteLimit
from tilisilta_emulators.merit.options import Country, MeritOptions
from tilisilta_emulators.merit.partners import Partners
from tilisilta_emulators.merit.provisioning import Provisioning
from tilisilta_emulators.merit.reports import Reports
from tilisilta_emulators.merit.site import API_ID, API_KEY, Credential, Site

_PATH = re.compile(r"/*(?:/(ee|fi|pl))?/+api/v([12])/([A-Za-z0-9]+)/?\Z", re.IGNORECASE)
_EMPTY_BODIES = frozenset({b"", b"{}", b"[]", b"null", b'""'})
_MISDEED = web.RequestKey("misdeed", Rule)


class _Asked(NamedTuple):
    """One call whose caller is known."""

    credential: Credential
    body: bytes
    version: int
    action: str
    service: Handler
    rule: Rule | None


class MeritEmulator(kit.Emulator[MeritOptions]):
    """The bureau's own company and the companies of its clients.

    Faults of its own: `wrong_license`; `revoke_key` (the key that calls is gone for good, or `data.api_id`);
    `lock_period` (`data.until`, for that call); `stack_trace` (200 with a trace, nothing done); `empty` (200
    without a body, done); `string_wrapped` (an answer in the old form); `duplicate_row` (the first row of a list
    comes twice); `change_after` (after the answer the first document of the list is touched, or moved or deleted
    as `data.action` says).
    """

    vendor = "merit"
    options_type = MeritOptions
    fault_kinds: ClassVar[frozenset[str]] = misdeeds.KINDS

    site: Site
    limit: MinuteLimit

    def credentials(self) -> dict[str, str]:
        """Return the API id and key of the bureau's own company."""
        return {"api_id": API_ID, "api_key": API_KEY}

    def open_books(self) -> None:
        """Open the bureau's company and, for the demo, its clients."""
        self.site = Site(self.options, self.clock)
        self.reports = Reports()
        self.provisioning = Provisioning(self.site)
        demo.open_site(self.site)
        self.services: dict[str, tuple[tuple[int, ...], Handler]] = {
            **Partners(customer=True).endpoints(),
            **Partners(customer=False).endpoints(),
            **items.endpoints(),
            **classifiers.endpoints(),
            **sales.endpoints(),
            **purchases.endpoints(),
            **payments.endpoints(),
            **batches.endpoints(),
            **self.reports.endpoints(),
        }
        self.options_changed()

    def options_changed(self) -> None:
        """Let the site follow the options and count requests anew."""
        self.site.options = self.options
        self.site.main.plan = self.options.plan
        self.limit = MinuteLimit(self.options.per_minute)

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add companies, or documents to one; see `seeding`."""
        return seeding.seed(self.site, spec)

    def state(self) -> dict[str, Any]:
        """Return the books of the bureau's company and of every company that was changed, and all keys."""
        return report.whole(self.site)

    def summary(self) -> dict[str, Any]:
        """Return counts, totals and duplicates over those companies."""
        return report.short(self.site)

    def routes(self, app: web.Application) -> None:
        """Add control of companies, the provisioning door, and the API."""
        control.add_routes(app, self)
        self.provisioning_routes(app)
        app.router.add_route("*", "/{path:.*}", self.handle)

    def provisioning_routes(self, app: web.Application) -> None:
        """Add the sign-in that stands outside the vendor's API."""
        for path in ("login", "logout", "companies", "keys"):
            app.router.add_route("*", f"/provisioning/{path}", self._provision)

    async def _provision(self, request: web.Request) -> web.StreamResponse:
        return await self.provisioning.answer(request)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the API."""
        raw = await request.read()
        path, _, raw_query = request.raw_path.partition("?")
        found = _PATH.match(path)
        service = self.services.get(found[3].lower()) if found else None
        if found is None or service is None or int(found[2]) not in service[0]:
            return web.Response(status=404)
        country: Country = found[1].upper() if found[1] else self.options.country  # type: ignore[assignment]
        refusal = self._method(request.method, found[3].lower(), country)
        if refusal is not None:
            return refusal
        query = caller.parameters(raw_query)
        body = raw or (query.get("param4net", "").encode() if request.method == "GET" else b"")
        rule = request.get(_MISDEED)
        try:
            credential = caller.identify(self.site, self.clock, query, body, country)
        except Refused as refused:
            return refused.response()
        headers: dict[str, str] = {}
        if self.options.limits:
            headers, wait = self.limit.take(credential.api_id, self.clock.now().timestamp())
            if wait is not None:
                return web.Response(status=429, headers={**headers, "Retry-After": str(int(wait) + 1)})
        response = self._answer(_Asked(credential, body, int(found[2]), found[3], service[1], rule))
        response.headers.update(headers)
        return response

    def _method(self, method: str, action: str, country: Country) -> web.Response | None:
        chosen = self.options.glbatches_get_only
        get_only = country == "FI" if chosen is None else chosen
        allowed = {"POST", "GET"} if self.options.allow_get else {"POST"}
        if get_only and action == "getglbatches":
            allowed = {"GET"}
        if method in allowed:
            return None
        text = f"The requested resource does not support http method '{method}'."
        return kit.json_response({"Message": text}, 405, {"Allow": ", ".join(sorted(allowed))})

    def _answer(self, asked: "_Asked") -> web.Response:
        credential, rule = asked.credential, asked.rule
        try:
            if rule is not None:
                misdeeds.before(rule, self.site, credential, asked.action)
            form = self._form(asked.body, asked.action)
            until = misdeeds.locked_until(rule) or self._locked(credential)
            call = Call(
                self.site, credential.company, form, version=asked.version, action=asked.action, locked_until=until
            )
            value = asked.service(call)
            if rule is not None:
                value = misdeeds.after(rule, call, value)
        except Refused as refused:
            return refused.response()
        if value is misdeeds.NOTHING:
            return web.Response(status=200)
        wrapped = self.options.string_wrapped or (rule is not None and rule.kind == "string_wrapped")
        content = encode(value)
        if wrapped:
            content = encode(content.decode())
        return web.Response(body=content, content_type="application/json", charset="utf-8")

    def _locked(self, credential: Credential) -> date | None:
        return self.options.locked_until if credential.company is self.site.main else None

    def _form(self, body: bytes, action: str) -> Form:
        """Return the fields of a call.

        Raises:
            Refused: The body is no JSON object, nor one of the empty forms that clients send.
        """
        if body.strip() in _EMPTY_BODIES:
            return Form({})
        try:
            value = decode(body)
        except msgspec.DecodeError:
            if self.options.malformed_body == "json_500":
                raise errors.inner("JsonReaderException", "Unexpected character encountered.") from None
            raise errors.trace(action) from None
        if not isinstance(value, dict):
            raise errors.inner("JsonSerializationException", "Cannot deserialize the current JSON.")
        return Form(value, cut=self.options.too_long == "cut")

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return the answer to too many requests."""
        reset = self.clock.now().timestamp() + (retry_after_s or 2)
        headers = self.limit.headers(0, reset) | {"Retry-After": str(int(retry_after_s or 2))}
        return web.Response(status=429, headers=headers)

    def expire_tokens(self) -> None:
        """End the sessions of the provisioning door; keys of the API do not expire."""
        self.provisioning.sessions.clear()

    def unauthorized(self) -> web.Response:
        """Return the answer to a wrong signature."""
        return web.Response(text=errors.INVALID_SIGNATURE, status=401)

    def failed(self, status: int) -> web.Response:
        """Return the answer to an inner failure."""
        return errors.Refused(status, errors.inner("Exception", "An error has occurred.").body).response()

    async def apply_fault(self, rule: Rule, request: web.Request, handler: KitHandler) -> web.StreamResponse:
        """Let one of the faults named in the class happen."""
        request[_MISDEED] = rule
        return await handler(request)
