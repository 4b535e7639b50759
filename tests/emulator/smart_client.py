"""A plain client of the SmartAccounts emulator, written from the vendor sheet and nothing else."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import aiohttp
from yarl import URL

from tilisilta_emulators.server import Started

KEY = "sa-demo-public"
SECRET = "sa-demo-secret"


def signature(query: str, body: bytes = b"", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), query.encode() + body, hashlib.sha256).hexdigest()


def timestamp(moment: datetime | None = None) -> str:
    moment = moment or datetime.now(ZoneInfo("Europe/Tallinn"))
    return moment.astimezone(ZoneInfo("Europe/Tallinn")).strftime("%d%m%Y%H%M%S")


@dataclass
class Answer:
    status: int
    raw: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.raw, parse_float=Decimal)

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def keys(self) -> list[str]:
        return [error["key"] for error in self.json["errors"]]


class Smart:
    def __init__(self, started: Started, session: aiohttp.ClientSession) -> None:
        self.base_url = started.base_url
        self.session = session

    async def request(self, method: str, target: str, body: bytes | None = None) -> Answer:
        url = URL(self.base_url + target, encoded=True)
        # aiohttp warns of large bodies given as bytes.
        data = BytesIO(body) if body is not None and len(body) > 1_000_000 else body
        async with self.session.request(method, url, data=data) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def call(
        self, path: str, body: Any = None, *, api: str = "/api", stamp: str | None = None, **query: Any
    ) -> Answer:
        """GET without a body, POST with one; values of `query` are parameters."""
        parameters = {name: value for name, value in query.items() if value is not None}
        signed = urlencode({**parameters, "timestamp": stamp or timestamp(), "apikey": KEY})
        content = None if body is None else json.dumps(body, default=float, ensure_ascii=False).encode()
        target = f"{api}/{path}?{signed}&signature={signature(signed, content or b'')}"
        return await self.request("GET" if content is None else "POST", target, content)

    async def signed(self, path: str, body: bytes | None, **query: Any) -> Answer:
        """POST raw bytes, or nothing at all."""
        signed = urlencode({**query, "timestamp": timestamp(), "apikey": KEY})
        return await self.request("POST", f"/api/{path}?{signed}&signature={signature(signed, body or b'')}", body)

    async def ok(self, path: str, body: Any = None, **query: Any) -> Any:
        answer = await self.call(path, body, **query)
        assert answer.status == 200, answer.text
        return answer.json

    async def refused(self, path: str, body: Any = None, **query: Any) -> list[str]:
        answer = await self.call(path, body, **query)
        assert answer.status == 400, answer.text
        return answer.keys

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = await self.request(method, f"/_emulator/{path}", content)
        assert answer.status == 200, answer.text
        return answer.json

    async def reset(self, **options: Any) -> Any:
        return await self.control("POST", "reset", {"limits": False, **options})

    async def options(self, **options: Any) -> Any:
        return await self.control("POST", "options", options)

    async def faults(self, *rules: dict[str, Any]) -> Any:
        return await self.control("POST", "faults", list(rules))

    async def state(self) -> Any:
        return await self.control("GET", "state")

    async def summary(self) -> Any:
        return await self.control("GET", "state?summary=1")

    # What nearly every test needs first.

    async def client(self, name: str = "Õunapuu OÜ", **fields: Any) -> str:
        answer = await self.ok("purchasesales/clients:add", {"name": name, "vatPc": "24", **fields})
        return answer["clientId"]

    async def vendor(self, name: str = "Kontoritarbed OÜ", **fields: Any) -> str:
        answer = await self.ok("purchasesales/vendors:add", {"name": name, "vatPc": "24", **fields})
        return answer["vendorId"]

    async def article(self, code: str = "KONS-1", kind: str = "SERVICE", **fields: Any) -> str:
        body = {"code": code, "description": code, "type": kind, "activeSales": True, **fields}
        return (await self.ok("purchasesales/articles:add", body))["code"]

    async def invoice(self, client: str, **fields: Any) -> Any:
        return await self.ok("purchasesales/clientinvoices:add", sale(client, **fields))

    async def bill(self, vendor: str, **fields: Any) -> Any:
        return await self.ok("purchasesales/vendorinvoices:add", purchase(vendor, **fields))

    async def shown_invoice(self, identity: str, side: str = "client") -> Any:
        answer = await self.ok(f"purchasesales/{side}invoices:get", id=identity, fetchRows="true")
        (found,) = answer[f"{side}Invoices"]
        return found

    async def balances(self) -> dict[str, Decimal]:
        """Sum of postings by account, from the API's own ledger."""
        sums: dict[str, Decimal] = {}
        answer = await self.ok("general/entries:get", fetchRows="true")
        assert not answer["hasMoreEntries"]
        for entry in answer["entries"]:
            for row in entry["rows"]:
                change = Decimal(row["debitAmount"]) - Decimal(row["creditAmount"])
                sums[row["account"]] = sums.get(row["account"], Decimal(0)) + change
        assert sum(sums.values()) == 0
        return {account: amount for account, amount in sums.items() if amount}


def row(**fields: Any) -> dict[str, Any]:
    return {
        "code": "KONS-1",
        "description": "Nõustamine",
        "price": 100,
        "quantity": 1,
        "vatPc": "24",
        **fields,
    }


def sale(client: str, **fields: Any) -> dict[str, Any]:
    return {
        "clientId": client,
        "date": "16.04.2026",
        "entryDate": "16.04.2026",
        "currency": "EUR",
        "rows": [row()],
        **fields,
    }


def purchase(vendor: str, **fields: Any) -> dict[str, Any]:
    return {
        "vendorId": vendor,
        "date": "16.04.2026",
        "entryDate": "16.04.2026",
        "invoiceNumber": "A-1",
        "currency": "EUR",
        "rows": [row()],
        **fields,
    }


def receipt(client: str, invoice: str, amount: Any, **fields: Any) -> dict[str, Any]:
    return {
        "date": "20.04.2026",
        "partnerType": "CLIENT",
        "clientId": client,
        "accountType": "BANK",
        "accountName": "Swedbank",
        "currency": "EUR",
        "amount": amount,
        "rows": [{"type": "CLIENT_INVOICE", "id": invoice, "amount": amount}],
        **fields,
    }
