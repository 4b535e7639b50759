"""What connectors that have no vendor's network stand on: the stores of this installation.

The files connector reads an inbox; the workspace connector reads and writes a company's own invoices and books; the
pull connector puts documents on a shelf, from which another system fetches them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.mapping.draft import Draft
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    FetchRequest,
    Found,
    Inbox,
    ItemCandidate,
    PartyCandidate,
    Sent,
    SourcePage,
    Totals,
)
from tilisilta.ports.answers import Acknowledgement
from tilisilta.ports.postings import Booked


class WorkspaceBooks(Protocol):
    """The invoice workspace of one company. Ids are the workspace's own, as text."""

    async def describe(self) -> ConnectionInfo:
        """Return whose workspace it is and how much it holds; raise Misconfigured when it is switched off."""
        ...

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return the company's own accounts, VAT choices, dimensions, items or bank accounts."""
        ...

    async def list_documents(
        self, request: FetchRequest, *, limit: int, purchases_at_first_approval: bool = False
    ) -> SourcePage:
        """Return one page of what the request asks for, oldest first, with the token behind it.

        Kinds: invoices and credit notes of both sides, payments, customers and suppliers, items, and the journal
        entries of closed periods. Drafts and invoices that are not approved are not listed;
        `purchases_at_first_approval` lists purchases in circulation too, once one approver has approved them.

        Raises: Misconfigured (PAGE_TOKEN_WRONG).
        """
        ...

    async def load_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]: ...

    async def load_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]: ...

    async def load_postings(self, kind: DocumentKind, source_ids: Sequence[str]) -> Mapping[str, Booked]: ...

    async def load_file(self, source_id: str) -> bytes:
        """Return an attachment's bytes; raise Refused when it is gone."""
        ...

    async def keep_file(self, invoice_id: str, *, name: str, media_type: str, content: bytes) -> str:
        """Keep a file with an invoice and return its id; the same bytes are kept once. Raises: Refused."""
        ...

    async def put(self, draft: Draft) -> Sent:
        """Keep a document that another system made; the same draft key never makes a second record.

        Raises: Refused, Unsupported.
        """
        ...

    async def find(self, drafts: Sequence[Draft]) -> Mapping[str, Found]:
        """Return what the workspace holds already: by draft key, else by what makes a record the same."""
        ...

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]: ...

    def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]: ...

    def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]: ...


class ShelfStatuses(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the statuses that documents on a shelf wait in and are moved to; `others` are known and mean nothing."""

    waiting: str
    transferred: str
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every name, the waiting one first."""
        return (self.waiting, self.transferred, *self.others)


class Shelf(Protocol):
    """What lies ready for another system to fetch over one connection. Ids are the guids that it sees, as text."""

    async def describe(self) -> ConnectionInfo:
        """Return whose shelf it is and how much lies there.

        Raises: Misconfigured (PULL_SERVICE_OFF, PULL_KEY_MISSING).
        """
        ...

    async def put(self, draft: Draft) -> Sent:
        """Put a record in the waiting status; the same draft key never makes a second one, and what waits is replaced.

        Raises: Misconfigured (PULL_SERVICE_OFF), Refused (ALREADY_AT_TARGET) for a number that another document has or
            other content of what was fetched already, Unsupported.
        """
        ...

    async def find(self, drafts: Sequence[Draft]) -> Mapping[str, Found]:
        """Return what lies there as it would be put now, or was fetched; putting replaces the rest."""
        ...

    async def read_acknowledgements(self, target_ids: Sequence[str]) -> Mapping[str, Acknowledgement]:
        """Return what the fetcher said of documents by setting their status; what waits is absent."""
        ...

    async def read_totals(self, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return the totals of documents that were fetched."""
        ...

    def list_parties(self) -> AsyncIterator[Sequence[PartyCandidate]]: ...

    def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]: ...


class OwnStores(msgspec.Struct, frozen=True, kw_only=True):
    """The stores behind one connection; None where the connection is not stored yet.

    `folders` are the directories of this machine below which it may keep files, None while it is not known whose it is.
    With `public_only` it may call nothing but hosts of the public internet, whatever it speaks.
    """

    inbox: Inbox | None = None
    workspace: WorkspaceBooks | None = None
    shelf: Shelf | None = None
    folders: tuple[str, ...] | None = None
    public_only: bool = False


NO_STORES = OwnStores()
