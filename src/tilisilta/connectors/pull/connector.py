"""The pull connector: says to the shelf's port what the engine asks of a vendor."""

from collections.abc import AsyncIterator, Mapping, Sequence

from tilisilta.core.documents import DocumentKind, PartyRole
from tilisilta.core.errors import Misconfigured
from tilisilta.core.mapping.draft import Draft
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    Found,
    ItemCandidate,
    PartyCandidate,
    Sent,
    Totals,
)
from tilisilta.ports.answers import Acknowledgements
from tilisilta.ports.own import Shelf


class PullConnector:
    """Answers `Connection`, `Target`, `PartyDirectory`, `TotalsReader` and `Acknowledger`."""

    def __init__(self, shelf: Shelf | None) -> None:
        self._kept = shelf

    @property
    def _shelf(self) -> Shelf:
        if self._kept is None:
            raise Misconfigured("PULL_SERVICE_OFF")
        return self._kept

    async def check_connection(self) -> ConnectionInfo:
        """Return how much lies ready.

        Raises: Misconfigured (PULL_SERVICE_OFF, PULL_KEY_MISSING).
        """
        return await self._shelf.describe()

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:  # noqa: ARG002
        """Return nothing: who fetches has lists of its own, and codes go as the source has them."""
        return ()

    async def close(self) -> None:
        """Do nothing: the store's connections are the engine's."""

    async def send(self, draft: Draft) -> Sent:
        """Put one record on the shelf; see `ports.Target`. Invoices have no totals until they are fetched.

        Raises: Misconfigured (PULL_SERVICE_OFF), Refused (ALREADY_AT_TARGET), Unsupported.
        """
        return await self._shelf.put(draft)

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:  # noqa: ARG002
        """Return what lies there or was fetched, by draft key; always asked now."""
        return await self._shelf.find(drafts) if drafts else {}

    async def read_acknowledgements(self, target_ids: Sequence[str]) -> Acknowledgements:
        """Return what the fetcher said: the transferred status confirms, any other is told as it is."""
        return Acknowledgements(by_id=dict(await self._shelf.read_acknowledgements(target_ids)))

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:  # noqa: ARG002
        """Return the totals of documents that were fetched."""
        return await self._shelf.read_totals(target_ids)

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield the customers that lie there; suppliers never do."""
        if role is PartyRole.CUSTOMER:
            async for page in self._shelf.list_parties():
                yield page

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield the items that lie there."""
        async for page in self._shelf.list_items():
            yield page
