"""A sign-in that lists the companies of a bureau and makes their keys.

Merit has no public interface for this; the sheet says not to imitate its browser login. This door exists so that an
import wizard can be shown and tested whole. Signing in ends every other session of the user; two-factor login must be
off; keys are made only where the plan has the API.

- `POST /provisioning/login` `{country, email, password}` -> `{session, companies, signed_out}`
- `GET /provisioning/companies?offset=&limit=` with `Authorization: Bearer {session}` -> `{total, companies: [...]}`
- `POST /provisioning/keys` `{company_id, name}` -> `{name, api_id, api_key}`
- `POST /provisioning/logout`
"""

import secrets
from typing import Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import decode, json_response
from tilisilta_emulators.merit.site import Company, Credential, Site

EMAIL = "raamatupidaja@naidis.example"
PASSWORD = "naidis-parool-2026"  # noqa: S105  a demo password, published on purpose
_WEB_SESSIONS = 2


class Provisioning:
    """The bureau's one user and the sessions of that user."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.sessions: dict[str, str] = {}
        self.web_sessions = _WEB_SESSIONS
        self.made = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call: 401 without a session, 400 for a body of the wrong shape."""
        action = request.path.rpartition("/")[2]
        body = await request.read()
        try:
            value = decode(body) if body.strip() else {}
        except msgspec.DecodeError:
            value = None
        if not isinstance(value, dict):
            return _refuse(400, "body")
        if action == "login":
            return self.login(value)
        country = self.sessions.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if country is None:
            return _refuse(401, "session")
        if action == "companies":
            return self.companies(country, request.query.get("offset", "0"), request.query.get("limit", "100"))
        if action == "keys":
            return self.make_key(country, value)
        self.sessions.clear()
        return json_response({})

    def login(self, value: dict[str, Any]) -> web.Response:
        """Open a session; sessions in the vendor's own pages end."""
        country = str(value.get("country", "EE")).upper()
        if value.get("email") != EMAIL or value.get("password") != PASSWORD:
            return _refuse(401, "credentials")
        if self.site.options.two_factor:
            return _refuse(403, "two-factor")
        found = self._companies(country)
        if not found:
            return _refuse(403, "country")
        signed_out = self.web_sessions + len(self.sessions)
        self.web_sessions = 0
        session = secrets.token_hex(16)
        self.sessions = {session: country}
        return json_response({"session": session, "companies": len(found), "signed_out": signed_out})

    def companies(self, country: str, offset: str, limit: str) -> web.Response:
        """List companies with their keys."""
        if not (offset.isdigit() and limit.isdigit() and len(offset) < 10 and len(limit) < 10):
            return _refuse(400, "page")
        found = self._companies(country)
        page = found[int(offset) : int(offset) + min(int(limit), 500)]
        return json_response({"total": len(found), "companies": [show(one) for one in page]})

    def make_key(self, country: str, value: dict[str, Any]) -> web.Response:
        """Make a named key for a company."""
        name = value.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= 100:
            return _refuse(400, "name")
        company = next((one for one in self._companies(country) if one.id == value.get("company_id")), None)
        if company is None:
            return _refuse(404, "company")
        if company.plan == "standard":
            return _refuse(403, "api-wronglicense")
        self.made += 1
        return json_response(show_key(self.site.add_key(company, name)))

    def _companies(self, country: str) -> list[Company]:
        return [one for one in self.site.companies[1:] if one.country == country]


def show_key(one: Credential) -> dict[str, Any]:
    """Return a key with its secret."""
    return {"name": one.name, "api_id": one.api_id, "api_key": one.api_key}


def show(company: Company) -> dict[str, Any]:
    """Return a company with its keys that still work."""
    return {
        "company_id": company.id,
        "name": company.name,
        "reg_no": company.reg_no,
        "vat_no": company.vat_no,
        "country": company.country,
        "plan": company.plan,
        "keys": [show_key(one) for one in company.keys if not one.revoked],
    }


def _refuse(status: int, why: str) -> web.Response:
    return json_response({"error": why}, status)
