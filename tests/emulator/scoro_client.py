"""A plain HTTP client of the emulated Scoro site, for the tests beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tilisilta_emulators.scoro import ScoroEmulator
from tilisilta_emulators.server import start

ACCOUNT = "naidis"


class Answer:
    """One HTTP answer of the API."""

    def __init__(self, status: int, headers: dict[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def data(self) -> Any:
        assert self.body["status"] == "OK", self.body
        assert int(self.body["statusCode"]) == 200
        return self.body["data"]

    @property
    def errors(self) -> Any:
        assert self.body["status"] == "ERROR", self.body
        return self.body["messages"]

    @property
    def code(self) -> int:
        return int(self.body["statusCode"])


class Client:
    """Calls the site with its demo credentials and the emulator's control."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, key: str) -> None:
        self.session = session
        self.base_url = base_url
        self.key = key

    async def call(self, path: str, request: Any = None, **envelope: Any) -> Answer:
        body = {"apiKey": self.key, "company_account_id": ACCOUNT, "lang": "est", "request": request or {}, **envelope}
        return await self.raw(f"/api/v2/{path}", {name: value for name, value in body.items() if value is not None})

    async def raw(self, path: str, body: Any, method: str = "POST") -> Answer:
        kwargs = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.session.request(method, f"{self.base_url}{path}", **kwargs) as response:
            content = await response.json() if "json" in response.content_type else await response.text()
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)

    async def data(self, path: str, request: Any = None, **envelope: Any) -> Any:
        return (await self.call(path, request, **envelope)).data

    async def ids(self, module: str, key: str = "id", **envelope: Any) -> list[int]:
        return [row[key] for row in await self.data(f"{module}/list", per_page=100, **envelope)]

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, f"{self.base_url}/_emulator/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def reset(self, **options: Any) -> Any:
        return await self.control("POST", "reset", {"limits": False, **options})


@asynccontextmanager
async def open_site(**options: Any) -> AsyncIterator[Client]:
    """Start an emulator on a free port; limits are off unless asked for."""
    emulator = ScoroEmulator()
    started = await start(emulator)
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(session, started.base_url, started.credentials["api_key"])
            await client.reset(**options)
            yield client
    finally:
        await started.stop()
