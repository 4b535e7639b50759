"""The emulated Maestro in this process, with connectors that reach it by each of their routes."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.examples import invoice, line

from tilisilta.connectors import load
from tilisilta.core.documents import Address, LineKind, Party, PartyRole
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft, PartyDraft
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.ports.own import OwnStores
from tilisilta_emulators.kit.faults import Rule
from tilisilta_emulators.maestro import MaestroEmulator
from tilisilta_emulators.server import Started, start

D = Decimal
ROUTES = ("folder", "sftp", "https")
KEY = "0123456789abcdef"
SELLER = {
    "seller_name": "Esimerkki Konsultit Oy",
    "seller_registry_code": "1234567-1",
    "seller_vat_number": "FI12345671",
    "seller_street": "Esimerkkikatu 1",
    "seller_postal_code": "00100",
    "seller_city": "Helsinki",
    "seller_iban": "FI2112345600000785",
}


class RealClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class Office:
    """A company with its Maestro. `books()` reads what waits before it answers."""

    def __init__(self, started: Started) -> None:
        self.started = started
        self.emulator: MaestroEmulator = started.emulator  # type: ignore[assignment]
        self._made: list[Any] = []

    def connect(self, route: str = "folder", **settings: str) -> Any:
        keys = dict(self.started.credentials)
        clock = RealClock()
        pinned = {"sftp_host_key": keys.pop("sftp_host_key")}
        made = load("maestro").build(
            keys,
            {**SELLER, "route": route, "with_pdf": "off", **pinned, **settings},
            transport=None,
            budget=MemoryBudgetStore(clock),
            clock=clock,
            own=OwnStores(folders=(str(self.emulator.root),)),
        )
        self._made.append(made)
        return made

    def reset(self, **options: Any) -> None:
        self.emulator.reset({"limits": False, **options})

    def fault(self, kind: str, **rule: Any) -> None:
        self.emulator.faults.add([msgspec.convert({"kind": kind, **rule}, Rule)])

    def books(self) -> dict[str, Any]:
        state: dict[str, Any] = msgspec.to_builtins(self.emulator.state())
        return state

    def numbers(self) -> list[str]:
        return [each["number"] for each in self.books()["invoices"]]

    def files(self, part: str = "") -> list[str]:
        return [name for name in self.emulator._files() if part in name]

    async def close(self) -> None:
        for each in self._made:
            await each.close()
        await self.started.stop()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office(await start(MaestroEmulator()))
    yield made
    await made.close()


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def party(**fields: Any) -> Party:
    values: dict[str, Any] = {
        "source_id": "c-120",
        "name": "Kallion Kone Oy",
        "registry_code": "7654321-2",
        "vat_number": "FI76543212",
        "email": "laskut@kallionkone.example",
        "phone": "+358 40 123 4567",
        "address": Address(street="Konekatu 3", city="Helsinki", postal_code="00530", country="FI"),
        "extra": {"number": "120"},
    }
    return Party(**(values | fields))


def customer(key: str = "fedcba9876543210", **fields: Any) -> PartyDraft:
    return PartyDraft(key=key, party=party(**fields), role=PartyRole.CUSTOMER)


def draft(key: str = KEY, *products: str, **fields: Any) -> InvoiceDraft:
    """Return an invoice of one row for each product ("A1" when none is named), 80.00 a row at 25.5 %."""
    codes = products or ("A1",)
    rows = [
        line("80.00", position=at, item_code=code, item_name=f"Työ {at}", unit="h", vat_rate=D("25.5"), description="")
        for at, code in enumerate(codes, start=1)
    ]
    net = sum((each.net for each in rows), D(0))
    values: dict[str, Any] = {
        "number": "1042",
        "party": party(),
        "vat": net * D("0.255"),
        "gross": net * D("1.255"),
        "reference_number": "10427",
    }
    document = invoice(*rows, **(values | fields))
    lines = tuple(
        LineDraft(line=each, vat_code="S", item_id=each.item_code if each.kind is LineKind.ITEM else "")
        for each in document.lines
    )
    return InvoiceDraft(key=key, invoice=document, party_id="120", lines=lines)
