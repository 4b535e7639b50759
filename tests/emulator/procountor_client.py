"""A plain HTTP client of the emulated Procountor, for the tests beside it."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tilisilta_emulators.procountor import ProcountorEmulator
from tilisilta_emulators.server import start

SUPPLIER, CUSTOMER = 50123, 50128
OWN_IBAN = "FI4815900000000001"
NOW = "2026-04-01T08:00:00Z"


class Answer:
    """One HTTP answer."""

    def __init__(self, status: int, headers: dict[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def ok(self) -> Any:
        assert self.status in {200, 202, 204}, (self.status, self.body)
        return self.body

    @property
    def errors(self) -> list[tuple[str | None, str]]:
        """Field and message of each error; every error repeats the HTTP status."""
        assert {each["status"] for each in self.body["errors"]} == {self.status}, self.body
        return [(each.get("field"), each["message"]) for each in self.body["errors"]]


class Client:
    """Calls the API with the demo key's token, and the emulator's control."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, credentials: dict[str, str]) -> None:
        self.session = session
        self.base_url = base_url
        self.credentials = credentials
        self.bearer = ""

    async def raw(self, method: str, path: str, **kwargs: Any) -> Answer:
        async with self.session.request(method, self.base_url + path, **kwargs) as response:
            data = await response.read()
            body = json.loads(data) if "json" in response.content_type else data
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)

    async def token(self, **form: str | None) -> Answer:
        sent = {"grant_type": "client_credentials", **self.credentials, **form}
        return await self.raw(
            "POST", "/api/oauth/token", data={name: value for name, value in sent.items() if value is not None}
        )

    async def login(self) -> None:
        self.bearer = (await self.token()).ok["access_token"]

    async def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.bearer}", **kwargs.pop("headers", {})}
        if body is not None:
            kwargs["json"] = body
        return await self.raw(method, f"/api{path}", headers=headers, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> Any:
        return (await self.call("GET", path, **kwargs)).ok

    async def post(self, path: str, body: Any) -> Any:
        return (await self.call("POST", path, body)).ok

    async def put(self, path: str, body: Any = None) -> Any:
        return (await self.call("PUT", path, body)).ok

    async def control(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        async with self.session.request(method, f"{self.base_url}/_emulator/{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def act(self, name: str, **data: Any) -> Any:
        return await self.control("POST", f"act/{name}", data)

    async def options(self, **changes: Any) -> Any:
        return await self.control("POST", "options", changes)

    async def reset(self, **options: Any) -> None:
        await self.control("POST", "reset", {"limits": False, "now": NOW, **options})
        await self.login()

    async def attach(self, meta: Any, content: bytes = b"%PDF-1.4", **kwargs: Any) -> Answer:
        form = aiohttp.FormData()
        form.add_field("meta", json.dumps(meta), content_type=kwargs.get("meta_type", "application/json"))
        form.add_field(
            "file", io.BytesIO(content), filename=kwargs.get("filename", "a.pdf"), content_type="application/pdf"
        )
        return await self.call("POST", "/attachments", data=form)

    async def posted(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Post an invoice and read its accounting page."""
        invoice = await self.post("/invoices", body)
        return invoice, await self.get(f"/ledgerreceipts/{invoice['ledgerReceiptId']}")


@asynccontextmanager
async def open_company(**options: Any) -> AsyncIterator[Client]:
    """Start an emulator on a free port; limits are off unless asked for."""
    started = await start(ProcountorEmulator())
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(session, started.base_url, started.credentials)
            await client.reset(**options)
            yield client
    finally:
        await started.stop()


def row(price: float = 100, **changes: Any) -> dict[str, Any]:
    out = {"product": "Tavara", "quantity": 1, "unit": "PIECE", "unitPrice": price, "discountPercent": 0}
    return {**out, "vatPercent": 25.5, "vatStatus": 1, **changes}


def purchase(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The sheet's sample of section 12."""
    lines = rows or (
        row(12.5, product="Pahvilaatikko", productCode="PL-10", quantity=10),
        row(40, product="Rahti", unit="LOT", discountPercent=10),
    )
    return {
        "type": "PURCHASE_INVOICE",
        "date": "2026-03-02",
        "partnerId": SUPPLIER,
        "counterParty": {
            "identifier": "1234567-1",
            "taxCode": "FI12345671",
            "counterPartyAddress": {
                "name": "Esimerkki Tukku Oy",
                "street": "Satamakatu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country": "FINLAND",
            },
        },
        "paymentInfo": {
            "paymentMethod": "BANK_TRANSFER",
            "currency": "EUR",
            "currencyRate": 1,
            "dueDate": "2026-03-16",
            "bankAccount": {"accountNumber": "FI2112345600000785", "bic": "NDEAFIHH"},
            "bankReferenceCode": "26013",
        },
        "extraInfo": {"accountingByRow": True, "unitPricesIncludeVat": False},
        "discountPercent": 0,
        "vatStatus": 1,
        "invoiceChannel": "NO_SENDING",
        "originalInvoiceNumber": "T-7781",
        "invoiceRows": list(lines),
        **changes,
    }


def sale(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    out = purchase(*(rows or (row(),)))
    out |= {"type": "SALES_INVOICE", "partnerId": CUSTOMER, "language": "FINNISH", "originalInvoiceNumber": "M-77"}
    out["counterParty"] = {"counterPartyAddress": {"name": "Pohjolan Puu Oy"}}
    out["paymentInfo"] = {**out["paymentInfo"], "bankAccount": {"accountNumber": OWN_IBAN}, "bankReferenceCode": ""}
    return {**out, **changes}
