"""The port itself: each question of a connector becomes one call of a plain function in a store thread."""

from collections.abc import AsyncIterator, Mapping, Sequence

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.mapping.draft import Draft
from tilisilta.engine.database import in_store
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
from tilisilta.ports.postings import Booked
from tilisilta.services.workspace_port import finding, intake, listing, lists, postings
from tilisilta.services.workspace_port.problems import require_open_workspace

_PAGE = 500


class StoredBooks:
    """One company's workspace in the store; answers `ports.own.WorkspaceBooks`."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id

    async def describe(self) -> ConnectionInfo:
        """Return whose workspace it is; raise Misconfigured (WORKSPACE_OFF)."""
        return await in_store(lists.describe, self._company_id)

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of the company's own lists."""
        return await in_store(lists.catalogue, self._company_id, kind)

    async def list_documents(
        self, request: FetchRequest, *, limit: int, purchases_at_first_approval: bool = False
    ) -> SourcePage:
        """Return one page; raise Misconfigured (WORKSPACE_OFF, PAGE_TOKEN_WRONG)."""
        return await in_store(self._list, request, limit, at_first=purchases_at_first_approval)

    def _list(self, request: FetchRequest, limit: int, *, at_first: bool) -> SourcePage:
        require_open_workspace(self._company_id)
        return listing.list_documents(self._company_id, request, limit=limit, purchases_at_first_approval=at_first)

    async def load_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return parties by id; unknown ids are absent."""
        return await in_store(listing.load_parties, self._company_id, source_ids)

    async def load_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return items by id; unknown ids are absent."""
        return await in_store(listing.load_items, self._company_id, source_ids)

    async def load_postings(self, kind: DocumentKind, source_ids: Sequence[str]) -> Mapping[str, Booked]:
        """Return how documents are booked, by id; unknown ids are absent."""
        return await in_store(postings.load_booked, self._company_id, kind, source_ids)

    async def load_file(self, source_id: str) -> bytes:
        """Return an attachment's bytes; raise Refused (FILE_GONE)."""
        return await in_store(intake.load_file, self._company_id, source_id)

    async def keep_file(self, invoice_id: str, *, name: str, media_type: str, content: bytes) -> str:
        """Keep a file with an invoice and return its id; what kind it is, its content tells."""
        del media_type
        return await in_store(intake.keep_file, self._company_id, invoice_id, name, content)

    async def put(self, draft: Draft) -> Sent:
        """Keep a document once; see `intake.put` for what it raises."""
        return await in_store(intake.put, self._company_id, draft)

    async def find(self, drafts: Sequence[Draft]) -> Mapping[str, Found]:
        """Return what is here already, by draft key."""
        return await in_store(finding.find, self._company_id, drafts)

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id; ids that are gone are absent."""
        return await in_store(finding.read_totals, self._company_id, kind, target_ids)

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield pages of all parties, whatever they are so far: one company may be both."""
        del role
        after = 0
        while True:
            page, after = await in_store(lists.party_page, self._company_id, after, _PAGE)
            yield page
            if not after:
                return

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield pages of items."""
        after = 0
        while True:
            page, after = await in_store(lists.item_page, self._company_id, after, _PAGE)
            yield page
            if not after:
                return


def open_books(company_id: int) -> StoredBooks:
    """Return the workspace of a company. Asks nothing of the store yet."""
    return StoredBooks(company_id)
