"""The workspace connector: says to the workspace's port what the engine asks of a vendor."""

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.errors import Misconfigured, Unsupported
from tilisilta.core.mapping.draft import Draft, JournalEntryDraft
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    FetchRequest,
    Found,
    ItemCandidate,
    PartyCandidate,
    Sent,
    SourcePage,
    Totals,
)
from tilisilta.ports.own import WorkspaceBooks
from tilisilta.ports.postings import Booked

PAGE = 200
MOST_PAGES = 100_000

_WITH_FILES = frozenset(
    {
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
    }
)


class WorkspaceConnector:
    """Answers `Connection`, `Source`, `Target`, `PartyDirectory`, `TotalsReader`, `AttachmentGiver`,
    `PostingGiver` and `AttachmentTaker`.
    """

    def __init__(self, books: WorkspaceBooks | None, *, purchases_at_first_approval: bool = False) -> None:
        self._kept = books
        self._at_first = purchases_at_first_approval

    @property
    def _books(self) -> WorkspaceBooks:
        if self._kept is None:
            raise Misconfigured("WORKSPACE_OFF")
        return self._kept

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Return whose workspace answers.

        Raises: Misconfigured (WORKSPACE_OFF).
        """
        return await self._books.describe()

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of the workspace's own lists; an empty one where it keeps none of this kind."""
        return await self._books.catalogue(kind)

    async def close(self) -> None:
        """Do nothing: the store's connections are the engine's."""

    # --- source --------------------------------------------------------------------------------------------

    async def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield pages, oldest first; the token names the last record of a page, so that new ones move nothing.

        Raises: Misconfigured (WORKSPACE_OFF, PAGE_TOKEN_WRONG).
        """
        token = request.token
        for _page in range(MOST_PAGES):
            page = await self._books.list_documents(
                msgspec.structs.replace(request, token=token), limit=PAGE, purchases_at_first_approval=self._at_first
            )
            yield page
            token = page.next_token
            if not token:
                return

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return the parties of these ids; see `ports.Source`."""
        return await self._books.load_parties(source_ids) if source_ids else {}

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return the items of these ids; see `ports.Source`."""
        return await self._books.load_items(source_ids) if source_ids else {}

    async def fetch_attachment(self, source_id: str) -> bytes:
        """Return an attachment's bytes.

        Raises: Refused when it is gone.
        """
        return await self._books.load_file(source_id)

    async def fetch_postings(self, kind: DocumentKind, source_ids: Sequence[str]) -> Mapping[str, Booked]:
        """Return how documents are booked here; see `ports.postings.PostingGiver`."""
        return await self._books.load_postings(kind, source_ids) if source_ids else {}

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Keep one record; see `ports.Target`. The same key never makes a second one.

        Raises: Refused (PERIOD_LOCKED, ALREADY_AT_TARGET, TARGET_REFUSED), Unsupported for journal entries.
        """
        if isinstance(draft, JournalEntryDraft):
            raise Unsupported(field="kind", rule="journal entries are not kept in the workspace")
        return await self._books.put(draft)

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:  # noqa: ARG002
        """Return what the workspace holds already, by draft key; always asked anew."""
        return await self._books.find(drafts) if drafts else {}

    async def attach(self, kind: DocumentKind, target_id: str, *, name: str, media_type: str, content: bytes) -> str:
        """Keep a file with an invoice and return its id; the same bytes are kept once.

        Raises: Unsupported for kinds that take no files; Refused.
        """
        if kind not in _WITH_FILES:
            raise Unsupported(field="attachments", rule="no files on this kind", value=kind.value)
        return await self._books.keep_file(target_id, name=name, media_type=media_type, content=content)

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return the totals the workspace holds now, by id; ids that are gone are absent."""
        return await self._books.read_totals(kind, target_ids) if target_ids else {}

    def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield pages of all parties: who is a customer today may be a supplier tomorrow."""
        return self._books.list_parties(role)

    def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield pages of items."""
        return self._books.list_items()
