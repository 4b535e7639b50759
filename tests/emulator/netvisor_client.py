"""A plain client of the Netvisor emulator, written from the vendor sheet and nothing else."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp
from lxml import etree
from yarl import URL

from tilisilta_emulators.server import Started

CUSTOMER_KEY = "0123456789abcdef0123456789abcdef"
PARTNER_KEY = "fedcba9876543210fedcba9876543210"
AUTH = "X-Netvisor-Authentication-"


@dataclass
class Answer:
    status: int
    raw: bytes
    content_type: str

    @property
    def root(self) -> Any:
        return etree.fromstring(self.raw)

    @property
    def statuses(self) -> list[str]:
        return [item.text for item in self.root.findall("ResponseStatus/Status")]

    @property
    def code(self) -> str:
        """The error code, or OK."""
        first, *rest = self.statuses
        return rest[0].split(" :: ", 1)[0] if first == "FAILED" else first

    @property
    def text(self) -> str:
        return self.statuses[1].split(" :: ", 1)[1]

    @property
    def key(self) -> int:
        return int(self.root.findtext("Replies/InsertedDataIdentifier"))

    def all(self, path: str) -> list[str]:
        return [item.text or "" for item in self.root.iterfind(path)]

    def one(self, path: str) -> str:
        (found,) = self.all(path)
        return found


def headers_for(url: str, *, algorithm: str = "HMACSHA256", **changes: str) -> dict[str, str]:
    """Headers of a request; `changes` replace values by short name before they are signed."""
    now = datetime.now(UTC)
    values = {
        "Sender": "HubDemo",
        "CustomerId": "AA_demo_12345",
        "PartnerId": "PA_demo_12345",
        "Timestamp": now.strftime("%Y-%m-%d %H:%M:%S.000"),
        "TimestampUnix": str(int(now.timestamp())),
        "TransactionId": uuid.uuid4().hex,
        "Language": "EN",
        "Organisation": "1234567-1",
        **changes,
    }
    parts = [
        url, values["Sender"], values["CustomerId"], values["Timestamp"], values["Language"],
        values["Organisation"], values["TransactionId"],
    ]  # fmt: skip
    if algorithm == "HMACSHA256":
        parts.append(values["TimestampUnix"])
    message = "&".join([*parts, CUSTOMER_KEY, PARTNER_KEY]).encode("iso-8859-15")
    if algorithm == "HMACSHA256":
        mac = hmac.new(f"{CUSTOMER_KEY}&{PARTNER_KEY}".encode(), message, hashlib.sha256).hexdigest()
    else:
        mac = hashlib.new(algorithm.lower(), message).hexdigest()
    headers = {AUTH + name: values[name] for name in
               ("Sender", "CustomerId", "PartnerId", "Timestamp", "TimestampUnix", "TransactionId")}  # fmt: skip
    return headers | {
        AUTH + "MAC": mac,
        AUTH + "MACHashCalculationAlgorithm": algorithm,
        AUTH + "UseHTTPResponseStatusCodes": "1",
        "X-Netvisor-Interface-Language": values["Language"],
        "X-Netvisor-Organisation-ID": values["Organisation"],
        "Content-Type": "text/plain",
    }


class Netvisor:
    def __init__(self, started: Started, session: aiohttp.ClientSession) -> None:
        self.base_url = started.base_url
        self.session = session

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        url = URL(f"{self.base_url}/{target}", encoded=True)
        async with self.session.request(method, url, data=body, headers=headers) as response:
            return Answer(response.status, await response.read(), response.content_type)

    async def call(self, target: str, body: str | bytes | None = None, *, method: str = "", **changes: str) -> Answer:
        """GET without a body, POST with one (an empty one for `""`)."""
        content = body.encode() if isinstance(body, str) else body
        headers = headers_for(f"{self.base_url}/{target}", **changes)
        return await self.send(method or ("GET" if body is None else "POST"), target, content, headers)

    async def ok(self, target: str, body: str | bytes | None = None, **changes: str) -> Answer:
        answer = await self.call(target, body, **changes)
        assert (answer.status, answer.code) == (200, "OK"), answer.raw.decode()
        return answer

    async def refused(self, target: str, body: str | bytes | None = None, **changes: str) -> str:
        answer = await self.call(target, body, **changes)
        assert answer.statuses[0] == "FAILED", answer.raw.decode()
        assert answer.status >= 400
        return answer.code

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        url = f"{self.base_url}/_emulator/{path}"
        async with self.session.request(method, url, data=content) as response:
            text = await response.text()
            assert response.status == 200, text
            return json.loads(text)

    async def reset(self, **options: Any) -> Any:
        return await self.control("POST", "reset", options)

    async def options(self, **options: Any) -> Any:
        return await self.control("POST", "options", options)

    async def faults(self, *rules: dict[str, Any]) -> Any:
        return await self.control("POST", "faults", list(rules))

    async def act(self, do: str, **values: Any) -> Any:
        return await self.control("POST", "act", {"do": do, **values})

    async def state(self) -> Any:
        return await self.control("GET", "state")

    async def summary(self) -> Any:
        return await self.control("GET", "state?summary=1")

    async def balance(self) -> dict[str, Decimal]:
        """Sum of valid vouchers by account, from the vendor's own ledger."""
        answer = await self.ok("accountingledger.nv?startdate=2000-01-01&enddate=2099-12-31&voucherstatus=2")
        sums: dict[str, Decimal] = {}
        for line in answer.root.iterfind("Vouchers/Voucher/VoucherLine"):
            account = line.findtext("AccountNumber")
            sums[account] = sums.get(account, Decimal(0)) + number(line.findtext("LineSum"))
        assert sum(sums.values()) == 0
        return {account: amount for account, amount in sums.items() if amount}


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def line(
    account: str, amount: str, rate: str = "0", code: str | None = "NONE", extra: str = "", *, sort: str = ""
) -> str:
    vatcode = "" if code is None else f' vatcode="{code}"'
    kind = f' type="{sort}"' if sort else ""
    return (
        f"<voucherline><linesum{kind}>{amount}</linesum><accountnumber>{account}</accountnumber>"
        f"<vatpercent{vatcode}>{rate}</vatpercent>{extra}</voucherline>"
    )


SALE = line("1701", "1255,00") + line("3000", "-1000,00", "25,5", "KOMY") + line("2939", "-255,00")


def voucher(
    lines: str = SALE, *, date: str = "2025-03-31", mode: str = "net", head: str = "", tail: str = "",
    sort: str = "Tuodut tapahtumat", text: str = "Myynti 03/2025",
) -> str:  # fmt: skip
    return (
        f'<root><voucher><calculationmode>{mode}</calculationmode><voucherdate format="ansi">{date}</voucherdate>'
        f"{head}<description>{text}</description><voucherclass>{sort}</voucherclass>{lines}{tail}</voucher></root>"
    )


def file(tag: str, *, data: str = "JVBERi0xLjQK", attribute: str = "") -> str:
    return (
        f"<{tag}s><{tag}><mimetype>application/pdf</mimetype><attachmentdescription>Erittely</attachmentdescription>"
        f"<filename>e.pdf</filename><documentdata{attribute}>{data}</documentdata></{tag}></{tag}s>"
    )


def customer(name: str = "Uusi Oy", code: str = "C-100", *, base: str = "", rest: str = "") -> str:
    return (
        f"<root><customer><customerbaseinformation><internalidentifier>{code}</internalidentifier>"
        f"<externalidentifier>1234567-1</externalidentifier><name>{name}</name>{base}</customerbaseinformation>{rest}"
        "</customer></root>"
    )


def row(quantity: str = "10", price: str = "10,00", *, rate: str = "25,5", code: str = "KOMY", rest: str = "",
        product: str = "HUB-1", sort: str = "net", account: str = "3000") -> str:  # fmt: skip
    return (
        f'<invoiceline><salesinvoiceproductline><productidentifier type="customer">{product}</productidentifier>'
        f'<productname>Kuukausimaksu</productname><productunitprice type="{sort}">{price}</productunitprice>'
        f'<productvatpercentage vatcode="{code}">{rate}</productvatpercentage>'
        f"<salesinvoiceproductlinequantity>{quantity}</salesinvoiceproductlinequantity>{rest}"
        f"<accountingaccountsuggestion>{account}</accountingaccountsuggestion></salesinvoiceproductline></invoiceline>"
    )


def invoice(
    rows: str | None = None, *, number: str = "", status: str = "open", date: str = "2025-03-31", amount: str = "",
    before: str = "", terms: str = "<paymenttermnetdays>14</paymenttermnetdays>", tail: str = "", sort: str = "invoice",
    customer: str = "1",
) -> str:  # fmt: skip
    head = f"<salesinvoicenumber>{number}</salesinvoicenumber>" if number else ""
    return (
        f'<root><salesinvoice>{head}<salesinvoicedate format="ansi">{date}</salesinvoicedate>{before}'
        f'<salesinvoiceamount iso4217currencycode="EUR">{amount}</salesinvoiceamount><invoicetype>{sort}</invoicetype>'
        f'<salesinvoicestatus type="netvisor">{status}</salesinvoicestatus>'
        f'<invoicingcustomeridentifier type="customer">{customer}</invoicingcustomeridentifier>{terms}'
        f"<invoicelines>{rows or row()}</invoicelines>{tail}</salesinvoice></root>"
    )


def payment(
    number: str, amount: str, *, sort: str = "invoicenumber", method: str = "", date: str = "2025-04-02"
) -> str:
    method = method or '<paymentmethod type="alternative">Korttimaksu</paymentmethod>'
    return (
        f'<root><salespayment><sum currency="EUR">{amount}</sum><paymentdate>{date}</paymentdate>'
        f'<targetidentifier type="{sort}" targettype="invoice">{number}</targetidentifier>'
        f"<sourcename>Asiakas Oy</sourcename>{method}</salespayment></root>"
    )


def bill(
    number: str = "OL-778", *, date: str = "2025-03-20", find: str = "", source: str = "finvoice", status: str = "open",
    vendor: str = "<vendorname>Toimittaja Oy</vendorname>", ready: str = "", tail: str = "", amount: str = "125,50",
    account: str = "<accountnumber>FI2112345600000785</accountnumber>", country: str = "", extra: str = "",
    value: str | None = None,
) -> str:  # fmt: skip
    attribute = f' findopendate="{find}"' if find else ""
    value_date = f"<valuedate>{date}</valuedate>" if value is None else value
    return (
        f"<root><purchaseinvoice><invoicenumber>{number}</invoicenumber><invoicedate{attribute}>{date}</invoicedate>"
        f"<invoicesource>{source}</invoicesource>{value_date}<duedate>2025-04-03</duedate>"
        f'<purchaseinvoiceonround type="netvisor">{status}</purchaseinvoiceonround>{vendor}{country}'
        f"<amount>{amount}</amount>{account}{extra}{ready}<purchaseinvoicelines><purchaseinvoiceline>"
        "<productname>Toimistotarvikkeet</productname><deliveredamount>1</deliveredamount><unitprice>100,00</unitprice>"
        f'<vatpercent>25,5</vatpercent><linesum type="brutto">{amount}</linesum>'
        "<accountingsuggestion>4000</accountingsuggestion><dimension><dimensionname>Projekti</dimensionname>"
        "<dimensionitem>P-100</dimensionitem></dimension></purchaseinvoiceline></purchaseinvoicelines>"
        f"{tail}</purchaseinvoice></root>"
    )
