"""The pull service on a live server, with Severa's demo on its shelf, and the emulator beside it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.emulators import Emulated, Emulators
from tests.support.product import make_company

from tilisilta.connectors import load
from tilisilta.core.documents import Direction, DocumentKind, Invoice, Item, Party, PartyRole
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, LineDraft, PartyDraft
from tilisilta.engine.connect import open_connector
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import HttpTransport
from tilisilta.ports import FetchRequest, SourceRecord
from tilisilta.services import connections
from tilisilta.services.access import Actor
from tilisilta.services.pull import access
from tilisilta.store.models import Connection

WAITING, TRANSFERRED = "Odottaa siirtoa Maestroon", "Siirretty Maestroon"
INVOICES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)


class Clock:
    def now(self) -> Any:
        import datetime as dt

        return dt.datetime.now(dt.UTC)


@dataclass
class Shelf:
    """A pull connection with its key, and what was put on it."""

    connection: Connection
    actor: Actor
    key: str

    @property
    def address(self) -> str:
        return access.service_address(self.connection)

    @property
    def base(self) -> str:
        return self.address.partition("/pull/")[0]

    def put(self, *drafts: Any) -> list[Any]:
        async def each() -> list[Any]:
            connector: Any = open_connector(self.connection)
            return [await connector.send(draft) for draft in drafts]

        return asyncio.run(each())


def make_shelf(name: str = "Naava Oy", email: str = "omistaja@naava.example") -> Shelf:
    _company, actor = make_company(name, email)
    connection = connections.create_connection(actor, vendor="pull", name="Pull", credentials={}, settings={})
    return Shelf(connection, actor, access.make_key(actor, connection))


def read(base_url: str, key: str, kinds: tuple[DocumentKind, ...], status: str = "") -> list[SourceRecord]:
    """Return what our own Severa connector reads over SOAP."""

    async def walk() -> list[SourceRecord]:
        clock = Clock()
        source: Any = load("severa").build(
            {"soap_key": key},
            {"base_url": base_url, "api": "soap", "limits": "off"},
            transport=HttpTransport(),
            budget=MemoryBudgetStore(clock),
            clock=clock,
        )
        found: list[SourceRecord] = []
        try:
            async for page in source.fetch_by_status(status, FetchRequest(kinds=kinds)):
                found += page.records
        finally:
            await source.close()
        return found

    return asyncio.run(walk())


def drafts_of(records: Any, shelf: Shelf) -> None:
    """Put on the shelf what was read, customers and items first."""
    parties: dict[str, str] = {}
    for record in records:
        if isinstance(record.document, Party):
            draft = PartyDraft(key=f"p-{record.source_id}", party=record.document, role=PartyRole.CUSTOMER)
            (sent,) = shelf.put(draft)
            parties[record.source_id] = sent.target_id
        elif isinstance(record.document, Item):
            shelf.put(ItemDraft(key=f"i-{record.source_id}", item=record.document))
    ids: dict[str, str] = {}
    invoices = [record.document for record in records if isinstance(record.document, Invoice)]
    for invoice in sorted(invoices, key=lambda each: each.is_credit_note):
        assert invoice.direction is Direction.SALES
        credited = ids.get(invoice.credits[0].source_id, "") if invoice.credits else ""
        draft = InvoiceDraft(
            key=f"d-{invoice.source_id}",
            invoice=invoice,
            party_id=parties[invoice.party.source_id],
            lines=tuple(LineDraft(line=line) for line in invoice.lines),
            credited_id=credited,
        )
        (sent,) = shelf.put(draft)
        ids[invoice.source_id] = sent.target_id


@pytest.fixture(scope="session")
def severa(running_emulators: Emulators) -> Emulated:
    return running_emulators["severa"]


@pytest.fixture
def shelf(transactional_db: None, live_server: Any, settings: Any) -> Iterator[Shelf]:
    from tilisilta import bootstrap

    bootstrap.tie_services()
    settings.PULL_SERVICE = True
    settings.BASE_URL = live_server.url
    return make_shelf()
