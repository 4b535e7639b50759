"""Control of Merit's own beside the kit's: companies, their books, keys and what people do in Merit's pages.

- `GET /_emulator/companies?offset=&limit=&key_name=`: companies with plan, keys and how their calls were signed
- `GET /_emulator/companies/{mark or api id}`: books of one; `?summary=1` counts and totals only, and counts by month
- `POST /_emulator/edit` `{"company": mark or api id, "id", "action": touch | move | delete, "date"}`
- `POST /_emulator/keys` `{"api_id", "revoked"}` revokes a key or gives it back; `{"company", "plan"}` changes a plan
- `GET /_emulator/sessions`: the provisioning door's user and sessions
"""

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import decode, exact_response
from tilisilta_emulators.merit import edits, provisioning, report
from tilisilta_emulators.merit.options import Plan
from tilisilta_emulators.merit.site import Company, Site

if TYPE_CHECKING:
    from tilisilta_emulators.merit.emulator import MeritEmulator


class KeyChange(msgspec.Struct, forbid_unknown_fields=True):
    """A change of one key or of one company's plan."""

    api_id: str | None = None
    revoked: bool | None = None
    company: str | int | None = None
    plan: Plan | None = None


def find(site: Site, which: object) -> Company:
    """Return a company by its number or by an API id.

    Raises:
        ValueError: There is none.
    """
    credential = site.credentials.get(str(which).lower())
    if credential is not None:
        return credential.company
    if str(which).isdigit() and 0 < int(str(which)) <= len(site.companies):
        return site.companies[int(str(which)) - 1]
    raise ValueError(f"no company {which!r}")


def describe(company: Company) -> dict[str, Any]:
    """Return what a company is and how its keys have been used."""
    shown = provisioning.show(company) | {"mark": company.mark}
    shown["keys"] = [
        provisioning.show_key(one)
        | {
            "revoked": one.revoked,
            "signing": "insecure" if one.insecure_at else "ok",
            "insecure_at": one.insecure_at,
            "dialects": dict(one.dialects),
        }
        for one in company.keys
    ]
    return shown


class Control:
    """The endpoints; a mistake in a call is answered 400 with what was wrong."""

    def __init__(self, emulator: "MeritEmulator") -> None:
        self.emulator = emulator

    async def companies(self, request: web.Request) -> web.Response:
        """List companies, perhaps only those with a key of a name."""
        offset, limit = request.query.get("offset", "0"), request.query.get("limit", "1000")
        if not (offset.isdigit() and limit.isdigit()):
            return exact_response({"error": "offset and limit must be whole numbers"}, 400)
        name = request.query.get("key_name")
        everyone = self.emulator.site.companies
        found = [one for one in everyone if name is None or any(key.name == name for key in one.keys)]
        return exact_response([describe(one) for one in found[int(offset) : int(offset) + int(limit)]])

    async def company(self, request: web.Request) -> web.Response:
        """Show the books of one company."""
        site = self.emulator.site
        try:
            one = find(site, request.match_info["which"])
        except ValueError as error:
            return exact_response({"error": str(error)}, 404)
        if request.query.get("summary", "") in {"", "0", "false"}:
            return exact_response(describe(one) | report.books(site, one))
        return exact_response(describe(one) | report.totals(site, [one]) | {"months": report.months(site, one)})

    async def edit(self, request: web.Request) -> web.Response:
        """Change a document as a person does in Merit's pages."""
        site = self.emulator.site
        try:
            body = _object(await request.read())
            one = find(site, body.pop("company", 1))
            kind = edits.edit(site, one, msgspec.convert(body, edits.Edit))
        except (ValueError, msgspec.MsgspecError) as error:
            return exact_response({"error": str(error)}, 400)
        return exact_response({"changed": kind})

    async def keys(self, request: web.Request) -> web.Response:
        """Revoke a key, give it back, or change a company's plan."""
        try:
            change = msgspec.convert(_object(await request.read()), KeyChange)
            one = _change_keys(self.emulator.site, change)
        except (ValueError, msgspec.MsgspecError) as error:
            return exact_response({"error": str(error)}, 400)
        return exact_response(describe(one))

    async def sessions(self, _request: web.Request) -> web.Response:
        """Show who may sign in at the provisioning door and how many have."""
        door = self.emulator.provisioning
        shown = {"email": provisioning.EMAIL, "password": provisioning.PASSWORD, "sessions": len(door.sessions)}
        return exact_response(shown | {"web_sessions": door.web_sessions, "keys_made": door.made})


def add_routes(app: web.Application, emulator: "MeritEmulator") -> None:
    """Add the endpoints to `app`."""
    control = Control(emulator)
    app.router.add_get("/_emulator/companies", control.companies)
    app.router.add_get("/_emulator/companies/{which}", control.company)
    app.router.add_post("/_emulator/edit", control.edit)
    app.router.add_post("/_emulator/keys", control.keys)
    app.router.add_get("/_emulator/sessions", control.sessions)


def _change_keys(site: Site, change: KeyChange) -> Company:
    if change.api_id is not None:
        credential = site.credentials.get(change.api_id.lower())
        if credential is None:
            raise ValueError(f"no key {change.api_id}")
        if change.revoked is not None:
            credential.revoked = change.revoked
        company = credential.company
    else:
        company = find(site, change.company)
    if change.plan is not None:
        company.plan = change.plan
    return company


def _object(body: bytes) -> dict[str, Any]:
    value = decode(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  a bad request, not a bad type
    return value
