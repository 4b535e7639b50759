"""The shelf as the pull connector asks it: each question becomes one call of a plain function in a store thread.

What waits may be replaced; what was fetched stays as the fetcher saw it.
"""

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tilisilta.connectors.pull import read_statuses
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.core.mapping.draft import Draft
from tilisilta.core.money import amount_from_minor
from tilisilta.engine.database import in_store
from tilisilta.ports import ConnectionInfo, FindCertainty, Found, ItemCandidate, PartyCandidate, Sent, Totals
from tilisilta.ports.answers import Acknowledgement, AckState
from tilisilta.services.pull.records import INVOICES, Record, guid_of, item_records, party_guid, read_payload, record_of
from tilisilta.store.models import Connection, ShelfAccess, ShelfDocument, ShelfKind, ShelfState

_PAGE = 500


def open_shelf(connection: Connection) -> "StoredShelf":
    """Return the shelf of a stored connection."""
    return StoredShelf(connection)


def require_service() -> None:
    """Let pass when the operator has switched the service on.

    Raises:
        Misconfigured: PULL_SERVICE_OFF.
    """
    if not settings.PULL_SERVICE:
        raise Misconfigured("PULL_SERVICE_OFF")


class StoredShelf:
    """One connection's shelf in the store; answers `ports.own.Shelf`."""

    def __init__(self, connection: Connection) -> None:
        self._connection_id = connection.pk
        self._company_id = connection.company_id
        self._settings = {name: str(value) for name, value in connection.settings.items()}

    async def describe(self) -> ConnectionInfo:
        """Return how much lies ready; raise Misconfigured (PULL_SERVICE_OFF, PULL_KEY_MISSING)."""
        return await in_store(self._describe)

    async def put(self, draft: Draft) -> Sent:
        """Put a record there; see the port."""
        return await in_store(self._put, draft)

    async def find(self, drafts: Sequence[Draft]) -> Mapping[str, Found]:
        """Return what lies there, by draft key; see the port."""
        return await in_store(self._find, drafts)

    async def read_acknowledgements(self, target_ids: Sequence[str]) -> Mapping[str, Acknowledgement]:
        """Return what the fetcher said; see the port."""
        return await in_store(self._answers, target_ids)

    async def read_totals(self, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return the totals of what was fetched."""
        answers = await in_store(self._answers, target_ids)
        return {key: each.totals for key, each in answers.items() if each.state is AckState.CONFIRMED}

    async def list_parties(self) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield pages of customers."""
        after = 0
        while rows := await in_store(self._page, ShelfKind.CUSTOMER, after):
            after = rows[-1].pk
            yield [
                PartyCandidate(
                    target_id=str(row.guid),
                    name=party.name,
                    registry_code=party.registry_code,
                    vat_number=party.vat_number,
                    email=party.email,
                )
                for row in rows
                if (party := read_payload(row).party)
            ]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield pages of items."""
        after = 0
        while rows := await in_store(self._page, ShelfKind.ITEM, after):
            after = rows[-1].pk
            yield [
                ItemCandidate(target_id=str(row.guid), code=item.code, name=item.name, unit=item.unit)
                for row in rows
                if (item := read_payload(row).item)
            ]

    # --- in the store ----------------------------------------------------------------------------------------

    def _page(self, kind: ShelfKind, after: int) -> list[ShelfDocument]:
        rows = ShelfDocument.objects.filter(connection_id=self._connection_id, kind=kind, pk__gt=after)
        return list(rows.order_by("pk")[:_PAGE])

    def _describe(self) -> ConnectionInfo:
        require_service()
        statuses = read_statuses(self._settings)
        if not ShelfAccess.objects.filter(connection_id=self._connection_id).exists():
            raise Misconfigured("PULL_KEY_MISSING")
        connection = Connection.objects.select_related("company").get(pk=self._connection_id)
        waiting = ShelfDocument.objects.filter(
            connection_id=self._connection_id, kind__in=INVOICES, state=ShelfState.WAITING
        )
        return ConnectionInfo(
            environment=connection.company.name,
            registry_code=connection.company.registry_code,
            details={"waiting": str(waiting.count()), "status": statuses.waiting},
        )

    def _put(self, draft: Draft) -> Sent:
        require_service()
        record = record_of(draft)
        with transaction.atomic():
            # One writer at a time for each shelf: a number is looked for and taken in one go.
            Connection.objects.select_for_update(no_key=True).get(pk=self._connection_id)
            row = self._save(record)
            for each in item_records(draft):
                if not ShelfDocument.objects.filter(connection_id=self._connection_id, key=each.key).exists():
                    self._save(each)
        sent = Sent(target_id=str(row.guid), number=row.number)
        return Sent(target_id=sent.target_id, number=row.number, extra=record.extra) if record.extra else sent

    def _save(self, record: Record) -> ShelfDocument:
        now = timezone.now()
        guid = guid_of(self._connection_id, record.key)
        row = ShelfDocument.objects.filter(connection_id=self._connection_id, key=record.key).first()
        if row is not None and row.payload == record.payload:
            return row
        if record.kind in INVOICES:
            self._require_free(record, row)
        if row is None:
            row = ShelfDocument(
                company_id=self._company_id,
                connection_id=self._connection_id,
                key=record.key,
                guid=guid,
                created_at=now,
            )
        for name in ("kind", "number", "register", "party_name", "date", "gross_minor", "currency", "payload"):
            setattr(row, name, getattr(record, name))
        row.party_guid = party_guid(record.party_id) if record.party_id else None
        row.is_reverse_charge, row.is_active, row.changed_at = record.is_reverse_charge, record.is_active, now
        row.state, row.status, row.taken_at = ShelfState.WAITING, "", None
        row.save()
        if row.is_reverse_charge and row.party_guid:  # the mark stands with the customer
            customers = ShelfDocument.objects.filter(connection_id=self._connection_id, guid=row.party_guid)
            customers.filter(is_reverse_charge=False).update(is_reverse_charge=True, changed_at=now)
        return row

    def _require_free(self, record: Record, row: ShelfDocument | None) -> None:
        if row is not None and row.state == ShelfState.TRANSFERRED:
            raise Refused("ALREADY_AT_TARGET", message=f"{row.number}: {read_statuses(self._settings).transferred}")
        same = ShelfDocument.objects.filter(
            connection_id=self._connection_id, kind__in=INVOICES, number=record.number
        ).exclude(key=record.key)
        if same.exists():
            raise Refused("ALREADY_AT_TARGET", message=record.number)

    def _find(self, drafts: Sequence[Draft]) -> dict[str, Found]:
        records = {}
        for draft in drafts:
            with contextlib.suppress(Unsupported):  # what cannot be put there does not lie there
                records[draft.key] = record_of(draft)
        keys = {record.key: key for key, record in records.items()}
        rows = ShelfDocument.objects.filter(connection_id=self._connection_id, key__in=list(keys))
        found: dict[str, Found] = {}
        for row in rows:
            record = records[keys[row.key]]
            is_fetched = row.state == ShelfState.TRANSFERRED
            if is_fetched or row.payload == record.payload:
                sent = Sent(target_id=str(row.guid), number=row.number, totals=_totals(row) if is_fetched else Totals())
                found[keys[row.key]] = Found(sent=sent, certainty=FindCertainty.MARKED)
        return found

    def _answers(self, target_ids: Sequence[str]) -> dict[str, Acknowledgement]:
        guids = [guid for each in target_ids if (guid := _guid(each))]
        rows = ShelfDocument.objects.filter(
            connection_id=self._connection_id, kind__in=INVOICES, guid__in=guids
        ).exclude(state=ShelfState.WAITING)
        told = partial(_answer, transferred=read_statuses(self._settings).transferred)
        return {str(row.guid): told(row) for row in rows}


def _guid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _totals(row: ShelfDocument) -> Totals:
    if row.gross_minor is None:
        return Totals()
    return Totals(gross=amount_from_minor(row.gross_minor, row.currency or "EUR"))


def _answer(row: ShelfDocument, transferred: str) -> Acknowledgement:
    if row.state == ShelfState.TRANSFERRED:
        state = AckState.CONFIRMED
        return Acknowledgement(state=state, number=row.number, totals=_totals(row), text=transferred)
    return Acknowledgement(state=AckState.ACCEPTED, number=row.number, text=row.status)
