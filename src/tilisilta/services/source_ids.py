"""What is known of the source's ids: of which kind they are, and their names.

A customer's id in the list of items would tie an item to nothing or, worse, to the wrong thing. So each id is looked
for in what the source showed us, in its lists that people brought, and, when that says nothing, at the source itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from asgiref.sync import async_to_sync

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import TilisiltaError
from tilisilta.engine.connect import open_connector
from tilisilta.engine.directory import LISTED_KINDS, load_list
from tilisilta.ports import Source
from tilisilta.store.models import Binding, Connection, Document, Integration

# An answer costs requests of the source's budget, so only so many ids are asked for.
ASK_LIMIT: Final = 500
_BATCH: Final = 500


class KnownIds(msgspec.Struct, kw_only=True):
    """Ids by kind with their names. `is_complete` means that the source itself was asked about all others."""

    names: dict[DocumentKind, dict[str, str]]
    is_complete: bool = False

    def kinds_of(self, source_id: str) -> set[DocumentKind]:
        return {kind for kind, names in self.names.items() if source_id in names}

    def name_of(self, kind: DocumentKind, source_id: str) -> str:
        """Return an id's name; a party may be known by its other role only."""
        for each in (kind, *_alike(kind)):
            if name := self.names[each].get(source_id):
                return name
        return ""

    def is_of_kind(self, kind: DocumentKind, source_id: str) -> bool | None:
        """Return whether an id is of a kind, or None when nobody knows.

        Customers and suppliers are one list at most sources, so an id of one role may stand for the other. An id that
        is known both as a party's and as an item's (numbers repeat between lists) is of either kind.
        """
        kinds = self.kinds_of(source_id)
        if kinds:
            return bool(kinds & {kind, *_alike(kind)})
        return False if self.is_complete else None


def _alike(kind: DocumentKind) -> tuple[DocumentKind, ...]:
    if kind is DocumentKind.ITEM:
        return ()
    return (DocumentKind.SUPPLIER,) if kind is DocumentKind.CUSTOMER else (DocumentKind.CUSTOMER,)


def known_ids(integration: Integration, kind: DocumentKind, source_ids: Iterable[str]) -> KnownIds:
    """Return what is known of these ids; the source is asked about those that nothing here tells of."""
    ids = sorted(set(source_ids))
    found = KnownIds(names={each: {} for each in LISTED_KINDS})
    for each in LISTED_KINDS:
        found.names[each] = _stored_names(integration, each, ids)
    unknown = [each for each in ids if not found.kinds_of(each)]
    if not unknown:
        found.is_complete = True
    elif len(unknown) <= ASK_LIMIT:
        asked = ask_source(integration.source, kind, unknown)
        if asked is not None:
            for each, names in asked.items():
                found.names[each].update(names)
            found.is_complete = True
    return found


def _stored_names(integration: Integration, kind: DocumentKind, ids: Sequence[str]) -> dict[str, str]:
    wanted = set(ids)
    names = {row.target_id: row.name for row in load_list(integration.source_id, kind)[0] if row.target_id in wanted}
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        bound = Binding.objects.filter(
            source_connection=integration.source_id,
            target_connection=integration.target_id,
            kind=kind,
            source_id__in=part,
        ).exclude(origin="imported")  # what an earlier file said proves nothing
        seen = Document.objects.filter(connection=integration.source_id, kind=kind, source_id__in=part)
        for source_id, name in (
            *bound.values_list("source_id", "source_label"),
            *seen.values_list("source_id", "party_name"),
        ):
            names[source_id] = names.get(source_id) or name
    return names


def ask_source(
    connection: Connection, kind: DocumentKind, ids: Sequence[str]
) -> dict[DocumentKind, dict[str, str]] | None:
    """Return the names of ids by kind as the source tells them now, or None when it cannot be asked."""
    try:
        return async_to_sync(_ask)(connection, kind, ids)
    except TilisiltaError:
        return None


async def _ask(
    connection: Connection, kind: DocumentKind, ids: Sequence[str]
) -> dict[DocumentKind, dict[str, str]] | None:
    connector = open_connector(connection)
    try:
        if not isinstance(connector, Source):
            return None
        party_kind = DocumentKind.CUSTOMER if kind is DocumentKind.ITEM else kind
        names: dict[DocumentKind, dict[str, str]] = {party_kind: {}, DocumentKind.ITEM: {}}
        # Only ids that are not of the asked kind are looked for among the others.
        order = (DocumentKind.ITEM, party_kind) if kind is DocumentKind.ITEM else (party_kind, DocumentKind.ITEM)
        left = list(ids)
        for each in order:
            if not left:
                break
            if each is DocumentKind.ITEM:
                names[each] = {key: item.name for key, item in (await connector.fetch_items(left)).items()}
            else:
                names[each] = {key: party.name for key, party in (await connector.fetch_parties(left)).items()}
            left = [source_id for source_id in left if source_id not in names[each]]
        # Sources without lists of their own (files) know no id at all; that says nothing of these.
        return names if any(names.values()) else None
    finally:
        await connector.close()
