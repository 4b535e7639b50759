"""Parties and items that a system already holds: read whole, kept as a snapshot, searched for likenesses."""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
from django.utils import timezone

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.matching import LIMIT, ItemIndex, MatchProposal, PartyIndex
from tilisilta.ports import Connection as Connector
from tilisilta.ports import PartyDirectory
from tilisilta.store.models import CatalogueSnapshot

LISTED_KINDS = (DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM)
_ROLES = {DocumentKind.CUSTOMER: PartyRole.CUSTOMER, DocumentKind.SUPPLIER: PartyRole.SUPPLIER}


class ListedRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A customer, supplier or item as one system lists it. `target_id` is that system's own id."""

    target_id: str
    name: str
    code: str = ""
    registry_code: str = ""
    vat_number: str = ""
    email: str = ""
    unit: str = ""


class Directory:
    """One list, searchable by id and by likeness. Building it takes time with its length; looking up does not."""

    def __init__(self, kind: DocumentKind, rows: Iterable[ListedRow]) -> None:
        self.kind = kind
        self.by_id = {row.target_id: row for row in rows}
        self._parties = None if kind is DocumentKind.ITEM else PartyIndex(self.by_id.values())
        self._items = ItemIndex(self.by_id.values()) if kind is DocumentKind.ITEM else None

    def __len__(self) -> int:
        return len(self.by_id)

    def propose(self, record: Party | Item, limit: int = LIMIT) -> tuple[MatchProposal, ...]:
        """Return the rows most like a record of the other system, best first."""
        if self._items is not None and isinstance(record, Item):
            return self._items.propose(record, limit)
        if self._parties is not None and isinstance(record, Party):
            return self._parties.propose(record, limit)
        raise TypeError(f"a list of {self.kind} holds nothing like {type(record).__name__}")


async def fetch_list(connector: Connector, kind: DocumentKind) -> list[ListedRow]:
    """Return all customers, suppliers or items of a system; none when it cannot list them.

    Raises: the connector's errors, sorted by fate.
    """
    if not isinstance(connector, PartyDirectory):
        return []
    rows: list[ListedRow] = []
    if kind is DocumentKind.ITEM:
        async for items in connector.list_items():
            rows += [
                ListedRow(target_id=each.target_id, name=each.name, code=each.code, unit=each.unit) for each in items
            ]
        return rows
    async for parties in connector.list_parties(_ROLES[kind]):
        rows += [
            ListedRow(
                target_id=each.target_id,
                name=each.name,
                registry_code=each.registry_code,
                vat_number=each.vat_number,
                email=each.email,
            )
            for each in parties
        ]
    return rows


def save_list(connection_id: int, kind: DocumentKind, rows: Sequence[ListedRow]) -> None:
    """Keep a list as last read, for the pages."""
    CatalogueSnapshot.objects.update_or_create(
        connection_id=connection_id,
        kind=f"list_{kind}",
        defaults={"entries": msgspec.to_builtins(rows), "fetched_at": timezone.now()},
    )


def load_list(connection_id: int, kind: DocumentKind) -> tuple[list[ListedRow], dt.datetime | None]:
    """Return a list as last kept and when that was; None when it was never read."""
    snapshot = CatalogueSnapshot.objects.filter(connection_id=connection_id, kind=f"list_{kind}").first()
    if snapshot is None:
        return [], None
    return msgspec.convert(snapshot.entries, list[ListedRow]), snapshot.fetched_at


def record_of(row: ListedRow, kind: DocumentKind) -> Party | Item:
    """Return a listed row as the record that it stands for, as far as the list tells."""
    if kind is DocumentKind.ITEM:
        return Item(source_id=row.target_id, code=row.code, name=row.name, unit=row.unit)
    return Party(
        source_id=row.target_id,
        name=row.name,
        registry_code=row.registry_code,
        vat_number=row.vat_number,
        email=row.email,
    )
