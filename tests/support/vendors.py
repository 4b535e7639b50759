"""What people do in Scoro and in SmartAccounts themselves, over the vendors' own interfaces."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from tests.support.emulators import Emulated

TALLINN = ZoneInfo("Europe/Tallinn")


def _post(url: str, body: bytes | None, content_type: str = "application/json") -> Any:
    method = "GET" if body is None else "POST"
    request = Request(url, data=body, method=method, headers={"content-type": content_type})  # noqa: S310  loopback
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read())


class Scoro:
    """The people who make invoices in Scoro."""

    def __init__(self, emulated: Emulated) -> None:
        self.emulated = emulated

    def call(self, path: str, request: Any = None, **envelope: Any) -> Any:
        keys = self.emulated.credentials
        body = {
            "apiKey": keys["api_key"],
            "company_account_id": keys["company_account_id"],
            "lang": "est",
            "request": request or {},
            **envelope,
        }
        answer = _post(f"{self.emulated.base_url}/api/v2/{path}", json.dumps(body).encode())
        assert answer["status"] == "OK", answer
        return answer.get("data")

    def books(self) -> dict[str, Any]:
        return self.emulated.books()

    def invoice(self, number: str) -> dict[str, Any]:
        return self._document("invoices", number)

    def bill(self, number: str) -> dict[str, Any]:
        return self._document("bills", number)

    def _document(self, kind: str, number: str) -> dict[str, Any]:
        (found,) = [each for each in self.books()[kind] if each["no"] == number]
        return dict(found)

    def write(self, module: str, key: int = 0, **fields: Any) -> Any:
        return self.call(f"{module}/modify" + (f"/{key}" if key else ""), fields)

    def delete(self, module: str, key: int) -> None:
        self.call(f"{module}/delete/{key}")

    def receipts_of(self, number: str) -> list[dict[str, Any]]:
        """Return the payments of one document, each with its group's account and currency."""
        return [
            {**group, **part}
            for group in self.books()["receipts"]
            for part in group["receipts"]
            if part["invoice_no"] == number
        ]


class SmartAccounts:
    """The bookkeepers who work in SmartAccounts."""

    def __init__(self, emulated: Emulated) -> None:
        self.emulated = emulated
        self._moment: dt.datetime | None = None

    def call(self, path: str, body: Any = None, **query: Any) -> Any:
        keys = self.emulated.credentials
        moment = (self._moment or dt.datetime.now(TALLINN)).astimezone(TALLINN)
        signed = urlencode({**query, "timestamp": moment.strftime("%d%m%Y%H%M%S"), "apikey": keys["api_key"]})
        content = b"" if body is None else json.dumps(body).encode()
        signature = hmac.new(keys["api_secret"].encode(), signed.encode() + content, hashlib.sha256).hexdigest()
        url = f"{self.emulated.base_url}/api/{path}?{signed}&signature={signature}"
        return _post(url, None if body is None else content)

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[None]:
        """Do what follows at another moment of the company's clock."""
        self._moment = moment
        self.emulated.call("POST", "clock", {"now": moment.isoformat()})
        yield
        self._moment = None
        self.emulated.call("POST", "clock", {"real": True})

    def books(self) -> dict[str, Any]:
        return self.emulated.books()

    def sale(self, number: str) -> dict[str, Any]:
        return self._document("client_invoices", number)

    def purchase(self, number: str) -> dict[str, Any]:
        return self._document("vendor_invoices", number)

    def _document(self, kind: str, number: str) -> dict[str, Any]:
        (found,) = [each for each in self.books()[kind] if each["invoiceNumber"] == number]
        return dict(found)

    def receive(self, sale: dict[str, Any], amount: str, *, day: str, account: str = "Swedbank") -> str:
        """Enter that a client paid."""
        return self._pay("CLIENT", sale, amount, day, account)

    def pay(self, purchase: dict[str, Any], amount: str, *, day: str, account: str = "Swedbank") -> str:
        """Enter that a vendor was paid."""
        return self._pay("VENDOR", purchase, amount, day, account)

    def _pay(self, side: str, document: dict[str, Any], amount: str, day: str, account: str) -> str:
        answer = self.call(
            "purchasesales/payments:add",
            {
                "date": day,
                "partnerType": side,
                f"{side.lower()}Id": document[f"{side.lower()}Id"],
                "accountType": "CASH" if account == "Kassa" else "BANK",
                "accountName": account,
                "currency": document["currency"],
                "amount": amount,
                "rows": [{"type": f"{side}_INVOICE", "id": document["id"], "amount": amount}],
            },
        )
        return str(answer["paymentId"])

    def own_sale(self, client_id: str, price: str, *, day: str) -> dict[str, Any]:
        """Enter an invoice that no other system knows."""
        row = {"code": "OMA", "description": "Oma teenus", "price": price, "quantity": 1, "vatPc": "24"}
        self.call(
            "purchasesales/articles:add",
            {"code": "OMA", "description": "Oma teenus", "type": "SERVICE", "activeSales": True},
        )
        body = {"clientId": client_id, "date": day, "entryDate": day, "currency": "EUR", "rows": [row]}
        answer = self.call("purchasesales/clientinvoices:add", body)
        (found,) = [each for each in self.books()["client_invoices"] if each["id"] == answer["invoiceId"]]
        return dict(found)

    def csv(self, kind: str) -> bytes:
        """Export a list from the pages: clients, vendors or articles."""
        with urlopen(f"{self.emulated.base_url}/_emulator/csv/{kind}", timeout=60) as answer:  # noqa: S310
            return bytes(answer.read())

    def load_csv(self, kind: str, content: bytes) -> Any:
        """Import a list on the pages."""
        return _post(f"{self.emulated.base_url}/_emulator/csv/{kind}", content, "text/csv")
