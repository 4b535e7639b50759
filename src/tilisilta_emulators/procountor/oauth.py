"""Tokens and the browser's way to codes.

Source: vendor sheet, section 2. Inferred: the swap of a `keylogin` code for an API key happens at the token
endpoint and answers `api_key`; the login pages' fields.
"""

import base64
import binascii
from html import escape
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tilisilta_emulators.kit import json_response
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.site import COMPANY_ID, USER_ID, Grant, Site

FORM = "application/x-www-form-urlencoded"
_PAGE = """<!DOCTYPE html><html lang="fi"><head><meta charset="utf-8"><title>Procountor</title></head><body>
<h1>{title}</h1><p>{text}</p><form method="post" action="{action}">
<label>Käyttäjätunnus <input name="username"></label><label>Salasana <input name="password" type="password"></label>
<label>Ympäristö <input name="company" value="{company}"></label><button>Kirjaudu</button></form></body></html>"""


class TokenRefused(Exception):
    """A token request that gets no token."""

    def __init__(self, code: str, text: str, status: int = 401) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


def refuse_token(options: Options, error: TokenRefused) -> web.Response:
    """Answer a refused token request; the body's shape is unknown: option `token_error`."""
    body: dict[str, Any] = {}
    if options.token_error in ("errors", "both"):
        body["errors"] = [{"status": error.status, "message": str(error)}]
    if options.token_error in ("oauth", "both"):
        body |= {"error": error.code, "error_description": str(error)}
    return json_response(body, error.status)


async def token(site: Site, request: web.Request) -> web.Response:
    """`POST /oauth/token`."""
    try:
        return _token(site, request, await _form(site.options, request))
    except TokenRefused as error:
        return refuse_token(site.options, error)


async def _form(options: Options, request: web.Request) -> dict[str, str]:
    content_type = request.headers.get("Content-Type", "")
    if request.content_type != FORM or (options.token_charset == "refuse" and "charset" in content_type.lower()):  # noqa: S105 - not a password
        raise TokenRefused("invalid_request", f"Content type '{content_type}' not supported", 415)
    try:
        fields = await request.post()
    except (ValueError, LookupError):
        raise TokenRefused("invalid_request", "Request body cannot be read", 400) from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _token(site: Site, request: web.Request, form: dict[str, str]) -> web.Response:
    client_id, redirect_uri = _client(site, request, form)
    grant_type = form.get("grant_type", "")
    if grant_type == "client_credentials":
        return _by_key(site, form, client_id)
    if grant_type == "authorization_code":
        return _by_code(site, form, client_id, redirect_uri)
    if grant_type == "refresh_token":
        return _by_refresh(site, form, client_id)
    if not grant_type:
        raise TokenRefused("invalid_request", "Missing grant type", 400)
    raise TokenRefused("unsupported_grant_type", f"Unsupported grant type: {grant_type[:40]}", 400)


def _client(site: Site, request: web.Request, form: dict[str, str]) -> tuple[str, str]:
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    basic = request.headers.get("Authorization", "")
    if site.options.token_basic and basic.lower().startswith("basic "):
        try:
            given = base64.b64decode(basic[6:].strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise TokenRefused("invalid_client", "Bad credentials") from None
        client_id, _, secret = given.partition(":")
    known = site.clients.get(client_id)
    if known is None or known[0] != secret:
        raise TokenRefused("invalid_client", "Bad credentials")
    redirect_uri = form.get("redirect_uri")
    if redirect_uri and redirect_uri != known[1]:
        raise TokenRefused("invalid_grant", "redirect_uri does not match the client's")
    return client_id, known[1]


def _by_key(site: Site, form: dict[str, str], client_id: str) -> web.Response:
    if site.options.m2m_redirect_uri == "required" and not form.get("redirect_uri"):
        raise TokenRefused("invalid_request", "redirect_uri is missing", 400)
    key = site.key_of(form.get("api_key", ""), client_id)
    if key is None:
        raise TokenRefused("invalid_grant", "invalid token")
    return _give(site, Grant(key.company, key.user, client_id, 0, key.id))


def _by_code(site: Site, form: dict[str, str], client_id: str, redirect_uri: str) -> web.Response:
    if form.get("redirect_uri") != redirect_uri:
        raise TokenRefused("invalid_grant", "redirect_uri does not match the client's")
    grant = site.take_code(form.get("code", ""), client_id)
    if grant is None:
        raise TokenRefused("invalid_grant", "invalid code")
    if grant.kind == "key":
        try:
            key = site.make_key(grant.company, grant.user, client_id)
        except ValueError as error:
            raise TokenRefused("invalid_grant", str(error)) from None
        return json_response({"api_key": key.secret})
    return _give(site, grant, refresh=site.make_refresh(grant))


def _by_refresh(site: Site, form: dict[str, str], client_id: str) -> web.Response:
    given = form.get("refresh_token", "")
    grant = site.refresh_tokens.get(given)
    if grant is None or grant.client_id != client_id:
        raise TokenRefused("invalid_grant", "invalid token")
    refresh = None
    if site.options.refresh_rotates:
        del site.refresh_tokens[given]
        refresh = site.make_refresh(grant)
    return _give(site, grant, refresh=refresh)


def _give(site: Site, grant: Grant, refresh: str | None = None) -> web.Response:
    body: dict[str, Any] = {
        "access_token": site.make_token(grant.company, grant.user, grant.client_id, grant.key),
        "expires_in": site.options.token_lifetime_s,
    }
    if site.options.token_type != "absent":  # noqa: S105 - not a password
        body["token_type"] = site.options.token_type
    if refresh is not None:
        body["refresh_token"] = refresh
    return json_response(body, headers={"Cache-Control": "no-store"})


async def login(site: Site, request: web.Request, kind: str) -> web.Response:
    """Show the login page, or with the right password send the browser back with a code.

    Args:
        site: Where codes are made.
        request: GET shows the page, POST carries its form.
        kind: `code` (`/oauth/login`), `key` (`/keylogin`) or `authz` (the removed form login).

    """
    query = request.query
    form = await request.post() if request.method == "POST" else {}
    redirect_uri = query.get("redirect_uri") or str(form.get("redirect_uri", ""))
    known = site.clients.get(query.get("client_id", ""))
    if known is None or redirect_uri != known[1] or query.get("response_type", "code") != "code":
        return _page("Virhe", "Unknown client, redirect address or response type", "", 400)
    if request.method != "POST":
        return _page("Kirjaudu Procountoriin", "", str(request.rel_url))
    company = str(form.get("company", COMPANY_ID))
    options = site.options
    right = (form.get("username"), form.get("password")) == (options.user_name, options.user_password)
    if not right or not company.isdecimal() or int(company) not in site.companies:
        return _page("Kirjaudu Procountoriin", "Väärä käyttäjätunnus tai salasana", str(request.rel_url), 401)
    if options.api_login_only:
        return _page("Kirjaudu Procountoriin", "Käyttäjä voi kirjautua vain rajapinnan kautta", "", 403)
    code = site.make_code(int(company), USER_ID, query["client_id"], "key" if kind == "key" else "code")
    back = {"code": code} | ({"state": query["state"]} if "state" in query else {})
    raise web.HTTPFound(f"{redirect_uri}?{urlencode(back)}")


def _page(title: str, text: str, action: str, status: int = 200) -> web.Response:
    shown = _PAGE.format(title=escape(title), text=escape(text), action=escape(action), company=COMPANY_ID)
    return web.Response(text=shown, status=status, content_type="text/html")
