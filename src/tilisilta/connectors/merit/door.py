"""The door of the import wizard: a sign-in that lists the companies of a bureau and makes their keys.

Merit publishes no such interface, and its browser's sign-in is not imitated: the door is open only at an address that
the operator names (FEATURES.md, note 3), and never at Merit's own hosts. Calls: `POST provisioning/login`,
`GET provisioning/companies`, `POST provisioning/keys`, `POST provisioning/logout`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from tilisilta.connectors.merit.options import HOSTS, Country
from tilisilta.core.errors import Evidence, Misconfigured, Refused
from tilisilta.kit.addresses import require_safe_address
from tilisilta.kit.http import Request, Response, Transport, check_status, evidence_of, not_json, repeat_read
from tilisilta.kit.scrub import scrub
from tilisilta.ports.keys import DoorSession, RemoteCompany, RemoteKey

PORTION: Final = 100
_OK: Final = 200
_OWN_HOSTS: Final = frozenset(urlsplit(address).hostname for address in HOSTS.values())
_SIGN_IN: Final = {
    "credentials": "SIGN_IN_REFUSED",
    "two-factor": "TWO_FACTOR_ON",
    "country": "NO_COMPANIES_IN_COUNTRY",
}
_WITHOUT_API: Final = frozenset({"standard"})

T = TypeVar("T")


class _Opened(msgspec.Struct):
    session: str
    companies: int = 0
    signed_out: int = 0


class _Key(msgspec.Struct):
    name: str
    api_id: str
    api_key: str


class _Company(msgspec.Struct):
    company_id: str
    name: str
    reg_no: str | None = None
    vat_no: str | None = None
    country: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    email: str | None = None
    phone: str | None = None
    plan: str = ""
    keys: list[_Key] = []


class _Listing(msgspec.Struct):
    companies: list[_Company]
    total: int = 0


class _Refusal(msgspec.Struct):
    error: str = ""


class MeritDoor:
    """Answers `ports.keys.KeyDoor`. The password and the session's token are in no error and no log."""

    def __init__(self, address: str, transport: Transport) -> None:
        self._address = address.strip().rstrip("/")
        require_safe_address(self._address)
        host = urlsplit(self._address).hostname or ""
        if any(host == own or host.endswith(f".{own}") for own in _OWN_HOSTS):
            raise Misconfigured("DOOR_NOT_PUBLIC", address=self._address)
        self._transport = transport

    def connection_settings(self, country: str) -> Mapping[str, str]:
        """Return the settings with which a country's keys work: at the door's own address, below the country's path."""
        return {"country": country, "base_url": f"{self._address}/{Country(country).code.lower()}"}

    async def sign_in(self, *, country: str, email: str, password: str) -> DoorSession:
        """Open a session; see `ports.keys.KeyDoor`. Never tried twice: another sign-in would end the first session."""
        body = {"country": _code(country), "email": email.strip(), "password": password}
        request = self._request("login", body)
        response = await self._transport.request(request)
        if response.status == _OK:
            opened = self._read(request, response, _Opened)
            return DoorSession(token=opened.session, companies=opened.companies, signed_out=opened.signed_out)
        # A vendor may repeat what it was sent, written in ways that nobody foresees: the answer itself is not kept.
        silent = Response(status=response.status, headers=response.headers)
        evidence = evidence_of(request, silent)
        code = _SIGN_IN.get(_why(response))
        if code:
            raise Misconfigured(code, evidence=evidence, country=_code(country))
        check_status(request, silent)
        message = scrub(_why(response), (password, email)) or str(response.status)
        raise Refused("DOOR_REFUSED", evidence=evidence, message=message)

    async def companies(self, session: str) -> AsyncIterator[Sequence[RemoteCompany]]:
        """Yield the companies in portions; see `ports.keys.KeyDoor`."""
        offset = 0
        while True:
            request = self._request(f"companies?offset={offset}&limit={PORTION}", None, session)

            async def once(request: Request = request) -> _Listing:
                return await self._ask(request, session, _Listing)

            listing = await repeat_read(once)
            if not listing.companies:
                return
            yield [_company(each) for each in listing.companies]
            offset += len(listing.companies)
            if offset >= listing.total:
                return

    async def make_key(self, session: str, company_id: str, name: str) -> RemoteKey:
        """Make a key; see `ports.keys.KeyDoor`."""
        request = self._request("keys", {"company_id": company_id, "name": name}, session, is_write=True)
        return _key(await self._ask(request, session, _Key))

    async def sign_out(self, session: str) -> None:
        """End the session; one that has ended already is no error."""
        request = self._request("logout", {}, session)
        response = await self._transport.request(request)
        if response.status != 401:  # noqa: PLR2004  it has ended
            check_status(request, response, secrets=(session,))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- one call ------------------------------------------------------------------------------------------

    def _request(
        self, action: str, body: dict[str, str] | None, session: str = "", *, is_write: bool = False
    ) -> Request:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if session:
            headers["Authorization"] = f"Bearer {session}"
        return Request(
            method="GET" if body is None else "POST",
            url=f"{self._address}/provisioning/{action}",
            body=None if body is None else msgspec.json.encode(body),
            headers=headers,
            is_write=is_write,
        )

    async def _ask(self, request: Request, session: str, shape: type[T]) -> T:
        response = await self._transport.request(request)
        if response.status == _OK:
            return self._read(request, response, shape)
        why, evidence = _why(response), evidence_of(request, response, (session,))
        if response.status == 401:  # noqa: PLR2004
            raise Misconfigured("SESSION_ENDED", evidence=evidence)
        if why == "api-wronglicense":
            raise Refused("PLAN_TOO_LOW", evidence=evidence, message=why)
        check_status(request, response, secrets=(session,))
        raise Refused("DOOR_REFUSED", evidence=evidence, message=why or str(response.status))

    def _read(self, request: Request, response: Response, shape: type[T]) -> T:
        """Return a good answer. Its text is never kept as evidence: it holds a session or keys."""
        try:
            return msgspec.json.decode(response.body, type=shape)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            error = not_json(request, Response(status=response.status, body=b"", headers=response.headers))
            error.evidence = Evidence(status=response.status, url=scrub(request.url))
            raise error from None


def _code(country: str) -> str:
    return Country(country).code if country in list(Country) else country


def _why(response: Response) -> str:
    try:
        return msgspec.json.decode(response.body, type=_Refusal).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _key(key: _Key) -> RemoteKey:
    return RemoteKey(name=key.name, credentials={"api_id": key.api_id, "api_key": key.api_key})


def _company(each: _Company) -> RemoteCompany:
    texts: dict[str, Any] = {
        name: getattr(each, name) or "" for name in ("country", "street", "city", "postal_code", "email", "phone")
    }
    return RemoteCompany(
        id=each.company_id,
        name=each.name,
        registry_code=each.reg_no or "",
        vat_number=each.vat_no or "",
        plan=each.plan,
        may_have_keys=each.plan.lower() not in _WITHOUT_API,
        keys=tuple(_key(key) for key in each.keys),
        **texts,
    )
