"""One request to the site, read and checked: envelope fields, credentials and business entity.

Source: vendor sheet, sections 1 to 4.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tilisilta_emulators.kit import decode
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.modules import MODULES, Module
from tilisilta_emulators.scoro.render import Renderer
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import identifier

PREFIX = "/api/v2/"
USER_AUTH = "userAuth"
COMPANIES = "companies"
"""Older sites, and clients of their time, show companies as a module of their own: contacts of one type."""


@dataclass
class Call:
    """What a client asks: the module and action of the path and the body's envelope."""

    site: Site
    module: Module
    action: str
    row_id: int
    body: dict[str, Any]
    origin: str = ""
    """Scheme and host as the client addressed us, for links."""
    quirks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Faults that fire on this request, with their data."""

    @property
    def account(self) -> str:
        return str(self.body["company_account_id"])

    @property
    def request(self) -> Any:
        return self.body.get("request")

    @property
    def renderer(self) -> Renderer:
        return Renderer(self.site, str(self.body.get("lang") or ""))

    def wants(self, name: str) -> bool:
        """Tell whether a switch is on, at the top level or inside `request` (both are met)."""
        request = self.request
        return truthy(self.body.get(name)) or (isinstance(request, dict) and truthy(request.get(name)))


def truthy(value: object) -> bool:
    return value in (1, True, "1", "true", "True")


def split_path(path: str) -> tuple[str, str, str]:
    """Return module, action and id of a path; a missing action is `list`.

    >>> split_path("/api/v2/invoices/modify/0"), split_path("//api/v2/invoices/")
    (('invoices', 'modify', '0'), ('invoices', 'list', ''))

    Raises:
        ApiError: 404, the path names no module or has too many parts.

    """
    parts = [part for part in path.split("/") if part][2:]
    if not 1 <= len(parts) <= 3:
        raise ApiError(404, "Method not found")
    module, action, row_id = (*parts, "", "")[:3]
    return module, action or "list", row_id


def require_post(method: str, *, allow_get: bool) -> None:
    """Refuse any other method; one client sends GET with a body, which a switch lets through.

    Raises:
        ApiError: 405.

    """
    if method != "POST" and not (allow_get and method == "GET"):
        raise ApiError(405, "Only POST requests are accepted")


def parse_body(raw: bytes) -> dict[str, Any]:
    """Read a request's JSON object whatever its content type; an empty body is an empty object.

    Raises:
        ApiError: 400, not a JSON object.

    """
    if not raw.strip():
        return {}
    try:
        body = decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ApiError(400, "Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Request body must be a JSON object")
    return body


def check_credentials(site: Site, body: dict[str, Any]) -> None:
    """Refuse a request without a right key or token, or for an unknown business entity.

    Raises:
        ApiError: 403 API not activated, 401 key, 403 company account; texts and codes unknown.

    """
    if not site.options.api_activated:
        raise ApiError(403, "API is not activated for this account")
    key = body.get("apiKey")
    token = body.get("user_token")
    if not key and not token:
        raise ApiError(401, "API key or user token is missing")
    if not (key == site.options.api_key if key else str(token) in site.issued_tokens):
        raise ApiError(401, "API key or user token is invalid")
    account = body.get("company_account_id")
    if not account:
        raise ApiError(403, "company_account_id is missing")
    if account not in site.options.accounts:
        raise ApiError(403, "company_account_id is invalid")


def find_module(name: str, action: str) -> Module:
    """Return the module of a path; case matters.

    Raises:
        ApiError: 404 unknown module, 405 an action that it does not have.

    """
    module = MODULES.get("contacts" if name == COMPANIES else name)
    if module is None:
        raise ApiError(404, f"Module {name} was not found")
    if action not in module.actions:
        raise ApiError(405, f"Action {action} is not available in module {name}")
    return module


def read_id(text: str) -> int:
    """Return the id of a path; none is 0.

    Raises:
        ApiError: 400, not an id.

    """
    try:
        return identifier(text)
    except FieldError as error:
        raise ApiError(400, {"id": str(error)}) from None
