"""A plain client of the Merit emulator, written from the vendor sheet and nothing else."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from tilisilta_emulators.server import Started

API_ID = "670fe52f-558a-4be8-ade0-526e01a106d0"
API_KEY = "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w="
VAT24 = "b9b25735-6a15-4d4e-8720-25b254ae3d21"


def signature(timestamp: str, body: bytes, api_id: str = API_ID, key: str = API_KEY) -> str:
    digest = hmac.new(key.encode("ascii"), api_id.encode() + timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def timestamp(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).strftime("%Y%m%d%H%M%S")


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
    def message(self) -> str:
        return self.json["Message"]


class Merit:
    def __init__(self, started: Started, session: aiohttp.ClientSession) -> None:
        self.base_url = started.base_url
        self.emulator = started.emulator
        self.session = session

    async def request(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        url = URL(self.base_url + target, encoded=True)
        async with self.session.request(method, url, data=body, headers=headers) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def call(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        raw: bytes | None = None,
        stamp: str | None = None,
        credentials: tuple[str, str] = (API_ID, API_KEY),
        host: str = "",
    ) -> Answer:
        """POST `path` (`v2/getinvoices`) with a signed JSON body; `raw` sends bytes as they are."""
        content = raw if raw is not None else json.dumps(body or {}, default=str, ensure_ascii=False).encode()
        stamp = stamp or timestamp()
        signed = quote(signature(stamp, content, *credentials), safe="")
        target = f"{host}/api/{path}?apiId={credentials[0]}&timestamp={stamp}&signature={signed}"
        return await self.request(method, target, content, **{"Content-Type": "application/json; charset=utf-8"})

    async def ok(self, path: str, body: Any = None, **options: Any) -> Any:
        answer = await self.call(path, body, **options)
        assert answer.status == 200, (answer.status, answer.text)
        return answer.json

    async def refused(self, path: str, body: Any = None, status: int = 400) -> str:
        answer = await self.call(path, body)
        assert answer.status == status, (answer.status, answer.text)
        return answer.message

    async def control(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        content = None if body is None else json.dumps(body).encode()
        answer = await self.request(method, f"/_emulator/{path}", content)
        assert answer.status == status, answer.text
        return answer.json

    async def reset(self, **options: Any) -> Any:
        return await self.control("POST", "reset", {"limits": False, "data": "empty", **options})

    async def options(self, **options: Any) -> Any:
        return await self.control("POST", "options", options)

    async def faults(self, *rules: dict[str, Any]) -> Any:
        return await self.control("POST", "faults", list(rules))

    async def summary(self) -> Any:
        return await self.control("GET", "state?summary=1")

    async def state(self) -> Any:
        return await self.control("GET", "state")

    async def customer(self, name: str = "Õunapuu OÜ", **fields: Any) -> str:
        body = {"Name": name, "CountryCode": "EE", "NotTDCustomer": False, **fields}
        return (await self.ok("v2/sendcustomer", body))["Id"]

    async def sale(self, version: int = 2, **fields: Any) -> Any:
        return await self.ok(f"v{version}/sendinvoice", sale(**fields))

    async def bill(self, **fields: Any) -> Any:
        return await self.ok("v2/sendpurchinvoice", purchase(**fields))

    async def invoice(self, identity: str, kind: str = "getinvoice", version: int = 2, **fields: Any) -> Any:
        return await self.ok(f"v{version}/{kind}", {"Id": identity, **fields})


def row(**fields: Any) -> dict[str, Any]:
    return {
        "Item": {"Code": "KONS-1", "Description": "Nõustamine", "Type": 2, "UOMName": "h"},
        "Quantity": 3.5,
        "Price": 60.00,
        "TaxId": VAT24,
        **fields,
    }


def sale(**fields: Any) -> dict[str, Any]:
    """The sheet's own sample."""
    return {
        "Customer": {
            "Name": "Õunapuu OÜ",
            "RegNo": "12345678",
            "CountryCode": "EE",
            "NotTDCustomer": False,
            "PaymentDeadLine": 14,
        },
        "InvoiceNo": "2026001",
        "DocDate": "20260416",
        "DueDate": "20260430",
        "CurrencyCode": "EUR",
        "InvoiceRow": [row()],
        "TaxAmount": [{"TaxId": VAT24, "Amount": 50.40}],
        "TotalAmount": 210.00,
        "RoundingAmount": 0.00,
        **fields,
    }


def purchase(**fields: Any) -> dict[str, Any]:
    return {
        "Vendor": {"Name": "Paberivabrik AS", "RegNo": "10000018", "CountryCode": "EE", "VatAccountable": True},
        "BillNo": "A-17",
        "DocDate": "20260410",
        "DueDate": "20260424",
        "InvoiceRow": [row(GLAccountCode="4200", Quantity=2, Price=50)],
        "TaxAmount": [{"TaxId": VAT24, "Amount": 24}],
        "TotalAmount": 100,
        **fields,
    }


def period(start: str = "20260401", end: str = "20260430", **fields: Any) -> dict[str, Any]:
    return {"PeriodStart": start, "PeriodEnd": end, **fields}
