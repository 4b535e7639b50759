"""Plain clients of the emulated Severa, REST and SOAP, for the tests beside it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from lxml import etree

from tilisilta_emulators.server import start
from tilisilta_emulators.severa import SeveraEmulator
from tilisilta_emulators.severa.records import make_guid

SOAP = "http://soap.severa.com/"
ENTITIES = "http://schemas.datacontract.org/2004/07/Severa.Entities.API"
WAITING = make_guid("invoicestatuses", 2)
TRANSFERRED = make_guid("invoicestatuses", 3)
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class Answer:
    """One HTTP answer."""

    def __init__(self, status: int, headers: Any, raw: bytes) -> None:
        self.status = status
        self.headers = headers
        self.raw = raw

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> Any:
        return self.body["error"]


class Soap:
    """One SOAP answer: its body's first element."""

    def __init__(self, status: int, raw: bytes) -> None:
        self.status = status
        self.root = etree.fromstring(raw)
        self.element = self.root.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]

    @property
    def fault(self) -> tuple[str, str, str]:
        """Code, reason and the name of the detail's element."""
        detail = self.element.find("detail")
        name = "" if detail is None or not len(detail) else etree.QName(detail[0]).localname
        return self.element.findtext("faultcode"), self.element.findtext("faultstring"), name

    def all(self, name: str) -> list[Any]:
        return list(self.root.iter(f"{{{ENTITIES}}}{name}"))

    def texts(self, name: str) -> list[str | None]:
        return [one.text for one in self.all(name)]


class Client:
    """Calls the organization with its demo credentials and the emulator's control."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, credentials: dict[str, str]) -> None:
        self.session = session
        self.base_url = base_url
        self.credentials = credentials
        self.token = ""

    async def login(self, scope: str | None = None) -> dict[str, Any]:
        body = {name: self.credentials[name] for name in ("client_id", "client_secret")}
        answer = await self.raw("POST", "/rest-api/v1/token", body | ({"scope": scope} if scope else {}))
        assert answer.status == 200, answer.raw
        self.token = answer.body["access_token"]
        return answer.body

    async def raw(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Answer:
        sent = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        async with self.session.request(method, self.base_url + path, **sent, **kwargs) as response:
            return Answer(response.status, response.headers, await response.read())

    async def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Client_Id": self.credentials["client_id"]}
        return await self.raw(method, f"/rest-api/v1/{path}", body, headers=headers, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> Any:
        answer = await self.call("GET", path, **kwargs)
        assert answer.status == 200, (path, answer.status, answer.raw)
        return answer.body

    async def patch(self, path: str, pointer: str, value: Any, op: str = "replace") -> Answer:
        return await self.call("PATCH", path, [{"op": op, "path": pointer, "value": value}])

    async def pages(self, path: str, **params: Any) -> list[Any]:
        """Walk a list by its page tokens."""
        found, token = [], ""
        while True:
            answer = await self.call("GET", path, params={**params, **({"pageToken": token} if token else {})})
            found += answer.body
            token = answer.headers.get("NextPageToken", "")
            if not token:
                return found

    async def soap(self, action: str, parameters: str = "", key: str | None = None, **kwargs: Any) -> Soap:
        name = action.rpartition("/")[2]
        password = self.credentials["soap_key"] if key is None else key
        text = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><s:Header>'
            f'<WebServicePassword xmlns="{SOAP}">{password}</WebServicePassword></s:Header>'
            f'<s:Body><{name} xmlns="{SOAP}" xmlns:e="{ENTITIES}">{parameters}</{name}></s:Body></s:Envelope>'
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{SOAP}{action}"'} | kwargs
        answer = await self.raw("POST", "/webservice/S3/API.svc", text.encode(), headers=headers)
        return Soap(answer.status, answer.raw)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, f"{self.base_url}/_emulator/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def options(self, **changes: Any) -> Any:
        return await self.control("POST", "options", changes)


@asynccontextmanager
async def open_severa(**options: Any) -> AsyncIterator[Client]:
    """Start an emulator on a free port, logged in; limits are off unless asked for."""
    emulator = SeveraEmulator()
    emulator.reset({"limits": False, **options})
    started = await start(emulator)
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(session, started.base_url, started.credentials)
            await client.login()
            yield client
    finally:
        await started.stop()
