"""The Severa emulator in this process, and the connector over either of its APIs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.contract.emulators.conftest import End

from tilisilta.core.documents import DocumentKind
from tilisilta.kit import http
from tilisilta.ports import FetchRequest, SourceRecord
from tilisilta_emulators.registry import make
from tilisilta_emulators.server import start

WAITING, TRANSFERRED = "Odottaa siirtoa Maestroon", "Siirretty Maestroon"
INVOICES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of reads come out at once; that they are tried again is the kit's own test."""
    monkeypatch.setattr(http, "_backoff", lambda _error: False)


class Severa(End):
    """The emulator with a connector over one of its APIs."""

    api = "rest"

    def source(self, api: str = "", **settings: str) -> Any:
        """Return a connector over this API, or over the one named; over REST without a SOAP key."""
        chosen = api or self.api
        keys = {"soap_key": ""} if chosen == "rest" else {"client_id": "", "client_secret": ""}
        return self.connect(keys, api=chosen, **settings)

    @property
    def store(self) -> Any:
        return self.emulator.store

    def invoice(self, number: int) -> Any:
        """Return an invoice of the books by its number."""
        return self.store.by_number[number][0]

    def fault_of_write(self, kind: str, **rule: Any) -> None:
        """Let the next change of a status go wrong; over SOAP reading the invoice comes before it."""
        match = {"path": "invoices/", "method": "PATCH"} if self.api == "rest" else {"path": "API.svc"}
        self.fault(kind, match=match, after=0 if self.api == "rest" else 1, **rule)


@pytest.fixture
async def emulated() -> AsyncIterator[Severa]:
    end = Severa(await start(make("severa")))
    end.reset()
    yield end
    await end.close()


@pytest.fixture(params=["rest", "soap"])
def severa(emulated: Severa, request: pytest.FixtureRequest) -> Severa:
    emulated.api = str(request.param)
    return emulated


async def read(source: Any, kinds: tuple[DocumentKind, ...] = INVOICES, status: str = "", **request: Any) -> list[Any]:
    """Return the records of a listing."""
    found: list[SourceRecord] = []
    async for page in source.fetch_by_status(status, FetchRequest(kinds=kinds, **request)):
        found += page.records
    return found
