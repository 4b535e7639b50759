"""Calls before and around a token: logging in, refreshing, the user flow, heartbeats. Source: vendor sheet, A1, A2."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.severa.errors import ApiError, bad_body, bad_query
from tilisilta_emulators.severa.options import Options
from tilisilta_emulators.severa.tokens import Tokens
from tilisilta_emulators.severa.validate import check_object, parse_json

_PLACES = {
    ("token",): "POST",
    ("refreshtoken",): "POST",
    ("login", "oauth", "access_token"): "POST",
    ("login", "oauth", "authorize"): "GET",
}


def is_login(parts: list[str]) -> bool:
    """Tell whether the path after the version needs no token."""
    return tuple(part.lower() for part in parts) in _PLACES


def heartbeat(tokens: Tokens, request: web.Request, parts: list[str]) -> web.Response:
    """`GET /heartbeat/...`: plain text without a token, 204 for `authorized` with one."""
    name = parts[0].lower() if len(parts) == 1 else ""
    if request.method != "GET" or name not in {"server", "database", "authorized"}:
        raise ApiError(404, "InvalidRequest", "There is no such call")
    if name == "authorized":
        tokens.check(bearer(request))
        return web.Response(status=204)
    return web.Response(text=f"{name.title()} is OK")


def bearer(request: web.Request) -> str:
    """Return the token of the Authorization header.

    Raises:
        ApiError: 401, none.

    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(
            401, "AuthenticationRequired", "Authorization header is missing", "RequestHeader", "Authorization"
        )
    return token.strip()


def authorize(tokens: Tokens, options: Options, request: web.Request) -> frozenset[str]:
    """Return the scopes of a call's token.

    Raises:
        ApiError: 401, no good token or a client id that is not its own; 403, terms or organization.

    """
    scopes = tokens.check(bearer(request))
    client = request.headers.get("Client_Id") or request.headers.get("client-id")
    if (client is None and options.require_client_id) or (client is not None and client != options.client_id):
        raise ApiError(401, "AuthenticationRequired", "Client_Id is not valid", "RequestHeader", "Client_Id")
    if not options.organization_active:
        raise ApiError(403, "OrganizationNotActive", "The organization is not active")
    if not options.terms_approved:
        raise ApiError(403, "TermsOfServiceNotApproved", "The terms of service have not been approved")
    return scopes


def answer(tokens: Tokens, request: web.Request, parts: list[str], raw: bytes) -> web.Response:
    """Answer a call that gives tokens out.

    Raises:
        ApiError: 400, 401 or 403.

    """
    place = tuple(part.lower() for part in parts)
    if request.method != _PLACES[place]:
        raise ApiError(405, "InvalidRequest", "There is no such call")
    if place == ("login", "oauth", "authorize"):
        return _authorize_user(tokens, request)
    if place == ("refreshtoken",):
        text = parse_json(raw)
        if not isinstance(text, str) or not text:
            raise bad_body("refreshToken", "The refresh token is expected as a JSON string")
        return kit.json_response(tokens.refresh(text))
    body = _body(request, raw, place)
    grant = str(body.get("grant_type") or "client_credentials")
    if grant == "refresh_token":
        return kit.json_response(tokens.refresh(body.get("refresh_token")))
    if grant == "authorization_code" and len(place) == 3:
        tokens.check_client(body.get("client_id"), body.get("client_secret"))
        return kit.json_response(tokens.redeem(body.get("code")))
    scope = body.get("scope")
    if isinstance(scope, list):
        scope = " ".join(str(one) for one in scope)
    return kit.json_response(tokens.login(body.get("client_id"), body.get("client_secret"), scope))


def _body(request: web.Request, raw: bytes, place: tuple[str, ...]) -> dict[str, Any]:
    # JSON by the contract; only the OAuth call of the user flow is also met as a form.
    if request.content_type == "application/x-www-form-urlencoded":
        if "oauth" not in request.path.lower():
            raise ApiError(415, "InvalidRequest", "application/json is expected")
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    value = parse_json(raw)
    if isinstance(value, dict):
        lists = {key: " ".join(map(str, part)) for key, part in value.items() if isinstance(part, list)}
        value = {**value, **lists}
        if place == ("token",):
            # Its model has no grant type; refreshing alone is also met here (one client), any other goes unread.
            value = {key: part for key, part in value.items() if _is_read(key.lower(), part)}
    return check_object(value, "AccessTokenCredentials")


def _is_read(name: str, value: object) -> bool:
    if name == "grant_type":
        return value == "refresh_token"
    return name in {"client_id", "client_secret", "scope", "refresh_token"}


def _authorize_user(tokens: Tokens, request: web.Request) -> web.Response:
    """Grant at once, as an administrator would, and go back with a code."""
    query = request.query
    target = query.get("redirect_uri", "")
    if query.get("response_type", "code") != "code":
        raise bad_query("response_type", "Only code is supported")
    if query.get("client_id") != tokens.options.client_id:
        raise ApiError(401, "AuthenticationRequired", "client_id is not valid", "UriParameter", "client_id")
    if urlsplit(target).scheme not in {"http", "https"}:
        raise bad_query("redirect_uri", "redirect_uri is required")
    given = {"code": tokens.code(tokens.scopes(query.get("scope")))}
    if query.get("state"):
        given["state"] = query["state"]
    joined = f"{target}{'&' if '?' in target else '?'}{urlencode(given)}"
    return web.Response(status=302, headers={"Location": joined})
