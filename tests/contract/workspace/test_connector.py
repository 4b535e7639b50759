"""The workspace connector over a fake port: what it asks, what it refuses, how it walks."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from tilisilta.connectors import workspace
from tilisilta.connectors.workspace.connector import WorkspaceConnector
from tilisilta.core.documents import DocumentKind, Item, JournalEntry, Party, PartyRole
from tilisilta.core.errors import Misconfigured, Unsupported
from tilisilta.core.mapping.draft import Draft, JournalEntryDraft, PartyDraft
from tilisilta.ports import (
    AttachmentGiver,
    AttachmentTaker,
    CatalogueEntry,
    CatalogueKind,
    Connection,
    ConnectionInfo,
    FetchRequest,
    Found,
    ItemCandidate,
    PartyCandidate,
    PartyDirectory,
    Sent,
    Source,
    SourcePage,
    SourceRecord,
    Target,
    Totals,
    TotalsReader,
)
from tilisilta.ports.own import OwnStores, WorkspaceBooks


class FakeBooks:
    """Five parties in memory; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    async def describe(self) -> ConnectionInfo:
        return ConnectionInfo(environment="Näidis OÜ")

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        return [CatalogueEntry(key=kind.value, label=kind.value)]

    async def list_documents(
        self, request: FetchRequest, *, limit: int, purchases_at_first_approval: bool = False
    ) -> SourcePage:
        self.asked.append((request.token, purchases_at_first_approval))
        start = int(request.token or 0)
        ids = range(start, min(start + 2, 5))
        records = tuple(
            SourceRecord(kind=DocumentKind.CUSTOMER, source_id=str(each), document=Party(name=str(each)))
            for each in ids
        )
        assert limit > 0
        return SourcePage(records=records, next_token=str(start + 2) if start + 2 < 5 else "")

    async def load_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        return {each: Party(source_id=each) for each in source_ids}

    async def load_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        return {each: Item(source_id=each) for each in source_ids}

    async def load_file(self, source_id: str) -> bytes:
        return source_id.encode()

    async def keep_file(self, invoice_id: str, *, name: str, media_type: str, content: bytes) -> str:
        self.asked.append((invoice_id, (name, media_type, content)))
        return "f1"

    async def put(self, draft: Draft) -> Sent:
        self.asked.append(("put", draft.key))
        return Sent(target_id="7")

    async def find(self, drafts: Sequence[Draft]) -> Mapping[str, Found]:
        self.asked.append(("find", [draft.key for draft in drafts]))
        return {}

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        return {each: Totals() for each in target_ids if kind}

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        yield [PartyCandidate(target_id="1", name=role.value)]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        yield [ItemCandidate(target_id="1", code="T", name="Töö")]


def build(books: WorkspaceBooks | None, **settings: str) -> WorkspaceConnector:
    return workspace.build({}, settings, own=OwnStores(workspace=books))


PARTIES = FetchRequest(kinds=(DocumentKind.CUSTOMER,))


async def test_it_walks_all_pages_and_goes_on_from_a_token() -> None:
    books = FakeBooks()
    connector = build(books)
    found = [record.source_id async for page in connector.fetch(PARTIES) for record in page.records]
    assert found == ["0", "1", "2", "3", "4"]
    later = [page async for page in connector.fetch(FetchRequest(kinds=PARTIES.kinds, token="4"))]
    assert [(len(page.records), page.next_token) for page in later] == [(1, "")]
    assert [token for token, _ in books.asked] == ["", "2", "4", "4"]


@pytest.mark.parametrize(("chosen", "is_first"), [("", False), ("approved", False), ("first_approval", True)])
async def test_when_purchases_go_on_is_a_setting(chosen: str, is_first: bool) -> None:
    books = FakeBooks()
    async for _page in build(books, purchases_when=chosen).fetch(PARTIES):
        break
    assert books.asked == [("", is_first)]


def test_a_setting_that_is_no_choice_is_told() -> None:
    with pytest.raises(Misconfigured) as told:
        build(None, purchases_when="someday")
    assert told.value.params["field"] == "purchases_when"


async def test_a_connection_that_is_not_stored_has_no_workspace() -> None:
    connector = build(None)
    asked = [connector.check_connection(), connector.catalogue(CatalogueKind.ACCOUNTS), connector.fetch_parties(["1"])]
    for each in asked:
        with pytest.raises(Misconfigured) as told:
            await each
        assert told.value.code == "WORKSPACE_OFF"


async def test_journal_entries_stay_out_and_all_else_is_put_once_asked() -> None:
    books = FakeBooks()
    connector = build(books)
    entry = JournalEntryDraft(key="j", entry=JournalEntry(source_id="1", date=dt.date(2026, 10, 1)))
    with pytest.raises(Unsupported):
        await connector.send(entry)
    party = PartyDraft(key="p", party=Party(name="Ostja"), role=PartyRole.CUSTOMER)
    assert (await connector.send(party)).target_id == "7"
    assert await connector.find([party], fresh=True) == {}
    assert books.asked == [("put", "p"), ("find", ["p"])]


async def test_files_go_with_invoices_only() -> None:
    books = FakeBooks()
    connector = build(books)
    file = {"name": "a.pdf", "media_type": "application/pdf", "content": b"%PDF"}
    assert await connector.attach(DocumentKind.SALES_INVOICE, "3", **file) == "f1"  # type: ignore[arg-type]
    assert books.asked == [("3", ("a.pdf", "application/pdf", b"%PDF"))]
    with pytest.raises(Unsupported):
        await connector.attach(DocumentKind.CUSTOMER, "3", **file)  # type: ignore[arg-type]
    assert await connector.fetch_attachment("9") == b"9"


async def test_it_answers_every_ability_that_the_engine_may_ask_for() -> None:
    connector = build(FakeBooks())
    for ability in (Connection, Source, Target, PartyDirectory, TotalsReader, AttachmentGiver, AttachmentTaker):
        assert isinstance(connector, ability)
    assert (await connector.check_connection()).environment == "Näidis OÜ"
    assert (await anext(aiter(connector.list_parties(PartyRole.CUSTOMER))))[0].name == "customer"
    assert (await anext(aiter(connector.list_items())))[0].code == "T"
    assert set(await connector.read_totals(DocumentKind.SALES_INVOICE, ["1"])) == {"1"}
