"""The Scoro API v2 site as an aiohttp application: paths, envelopes, limits and faults.

Source: vendor sheet, sections 1 to 6 and 15.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.scoro import books, demo, seeding
from tilisilta_emulators.scoro.actions import ABSENT, ACTIONS, user_auth
from tilisilta_emulators.scoro.call import (
    COMPANIES,
    PREFIX,
    USER_AUTH,
    Call,
    check_credentials,
    find_module,
    parse_body,
    read_id,
    require_post,
    split_path,
)
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.limits import RateLimits
from tilisilta_emulators.scoro.modules import MODULES
from tilisilta_emulators.scoro.options import Options
from tilisilta_emulators.scoro.pdf import one_page
from tilisilta_emulators.scoro.render import with_escaped_text, with_zero_dates, without_fields
from tilisilta_emulators.scoro.site import Site

OK = 200
TOO_MANY = 429
QUIRKS = frozenset(("duplicate_row", "change_between_pages", "zero_dates", "escape_text", "drop_fields"))
"""Faults that change what a list or an answer holds.

`duplicate_row`: the last row of this page comes again as the first of the next. `change_between_pages`: after
this page the first row of the list is touched, or what `data: {"action": "touch" | "delete" | "create"}` says.
`drop_fields` takes `data: {"fields": [...]}`.
"""
QUIRKS_KEY: web.RequestKey[dict[str, dict[str, Any]]] = web.RequestKey("quirks", dict)


class ScoroEmulator(kit.Emulator[Options]):
    """One Scoro site of one company (or several, by option) with its books.

    Fault kinds beyond the kit's: QUIRKS, and `daily_spent` (429 with nothing left of the day).
    """

    vendor = "scoro"
    options_type = Options
    fault_kinds: ClassVar[frozenset[str]] = QUIRKS | {"daily_spent"}

    def credentials(self) -> dict[str, str]:
        """Return `api_key` and `company_account_id`, as Scoro's API page shows them."""
        return {"api_key": self.options.api_key, "company_account_id": self.options.accounts[0]}

    def open_books(self) -> None:
        """Open the demo company's books, or empty ones with the catalogues only."""
        if not self.options.accounts:
            raise ValueError("accounts: at least one business entity")
        self.site = Site(self.options, self.clock)
        self.site.issued_tokens.add(self.options.user_token)
        self.limits = RateLimits(self.options, self.clock)
        demo.open_site(self.site, documents=self.options.data == "demo")

    def options_changed(self) -> None:
        """Let the site follow the options; requests are counted anew by the limits in force."""
        self.site.options = self.options
        self.limits = RateLimits(self.options, self.clock)

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated or literal rows; see `seeding`."""
        return seeding.seed(self.site, spec)

    def state(self) -> dict[str, Any]:
        """Return every live invoice, bill, receipt group, contact and product as a view shows them."""
        return books.state(self.site)

    def summary(self) -> dict[str, Any]:
        """Return count, net, vat and gross per kind, and what is there twice."""
        return books.summary(self.site)

    def routes(self, app: web.Application) -> None:
        """Every method of the vendor's one path; the path says the rest."""
        app.router.add_get("/files/{module}/{id}.pdf", self.file)
        app.router.add_route("*", "/{tail:.*}", self.handle)

    def expire_tokens(self) -> None:
        """End every user token; the site's API key stays good."""
        self.site.issued_tokens.clear()

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return the answer to a full window; `retry_after_s` becomes `x-ratelimit-reset`."""
        headers = self.limits.headers() | {"x-ratelimit-remaining": "0"}
        if retry_after_s is not None:
            headers["x-ratelimit-reset"] = str(int(retry_after_s))
        return self._too_many(headers)

    def unauthorized(self) -> web.Response:
        """Return the answer to a wrong key."""
        return self._refuse(ApiError(401, "API key or user token is invalid"))

    async def apply_fault(self, rule: kit.Rule, request: web.Request, handler: kit.Handler) -> web.StreamResponse:
        """Note a quirk for this request, or spend the day."""
        if rule.kind == "daily_spent":
            return self._too_many(self.limits.headers() | {"x-daily-requests-remaining": "0"})
        request[QUIRKS_KEY] = {**request.get(QUIRKS_KEY, {}), rule.kind: rule.data}
        return await handler(request)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer any call of the API."""
        path = "/" + request.path.lstrip("/")
        if not f"{path}/".startswith(PREFIX):
            return web.Response(status=404, text=_NOT_HERE, content_type="text/html")
        if not self.limits.take():
            return self._too_many(self.limits.headers())
        quirks = request.get(QUIRKS_KEY, {})
        try:
            require_post(request.method, allow_get=self.options.allow_get)
            body = parse_body(await request.read())
            data = self._answer(path, body, f"{request.scheme}://{request.host}", quirks)
        except ApiError as error:
            return self._refuse(error)
        except FieldError as error:
            return self._refuse(ApiError(400, str(error)))
        return self._accept(_spoiled(data, quirks))

    def _answer(self, path: str, body: dict[str, Any], origin: str, quirks: dict[str, dict[str, Any]]) -> Any:
        name, action, row_id = split_path(path)
        if name == USER_AUTH and action == "modify":
            return user_auth(self.site, body)
        check_credentials(self.site, body)
        module = find_module(name, action)
        if name == COMPANIES and action == "list":
            body = {**body, "filter": {**_object(body.get("filter")), "contact_type": "company"}}
        call = Call(self.site, module, action, read_id(row_id), body, origin, quirks)
        return ACTIONS[action](call)

    async def file(self, request: web.Request) -> web.Response:
        """Serve the PDF that `pdf_link` points to."""
        name, row_id = request.match_info["module"], request.match_info["id"]
        module = MODULES.get(name)
        row = self.site.tables[name].rows.get(int(row_id)) if module and row_id.isdigit() else None
        if row is None or module is None or module.line is None:
            raise web.HTTPNotFound
        title = f"{name} {row.no} {row.date} {row.sum} {row.vat_sum} {row.currency}"
        return web.Response(body=one_page(title), content_type="application/pdf")

    def _code(self, code: int) -> int | str:
        return str(code) if self.options.status_codes == "string" else code

    def _accept(self, data: Any) -> web.Response:
        envelope = {"status": "OK", "statusCode": self._code(OK), "messages": None}
        if data is not ABSENT:
            envelope["data"] = data
        return kit.json_response(envelope, headers=self.limits.headers())

    def _refuse(self, error: ApiError) -> web.Response:
        envelope = {
            "status": "ERROR",
            "statusCode": self._code(error.code),
            "messages": _messages(error, self.options.error_shape),
        }
        status = error.code if self.options.errors_http else OK
        return kit.json_response(envelope, status, self.limits.headers())

    def _too_many(self, headers: dict[str, str]) -> web.Response:
        # The code is text here whatever the switch says: that is how it has been seen.
        envelope = {
            "status": "ERROR",
            "statusCode": str(TOO_MANY),
            "messages": {"error": ["Too many requests"]},
        }
        return kit.json_response(envelope, TOO_MANY, headers)


_NOT_HERE = "<!DOCTYPE html><html><body><h1>Page not found</h1></body></html>"


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _messages(error: ApiError, shape: str) -> dict[str, Any]:
    texts = [f"{name} {text}".strip() for name, text in error.messages.items()]
    if shape == "map" and "" not in error.messages:
        return dict(error.messages)
    return {"error": "; ".join(texts) if shape == "string" else texts}


def _spoiled(data: Any, quirks: dict[str, dict[str, Any]]) -> Any:
    if "zero_dates" in quirks:
        data = with_zero_dates(data)
    if "escape_text" in quirks:
        data = with_escaped_text(data)
    if "drop_fields" in quirks:
        data = without_fields(data, frozenset(quirks["drop_fields"].get("fields", [])))
    return data
