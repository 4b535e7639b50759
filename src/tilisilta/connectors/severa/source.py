"""Listings of Severa: customers, register entries as items, invoices by status, by day or by change."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Mapping, Sequence

from tilisilta.connectors.severa.api import Api, Question
from tilisilta.connectors.severa.mapper import read_invoice, read_party
from tilisilta.connectors.severa.registers import read_item
from tilisilta.connectors.severa.wire import Bill, Customer, Status, Unreadable
from tilisilta.core.documents import DocumentKind, Item, invoice_kind
from tilisilta.core.errors import Unsupported
from tilisilta.core.problems import Problem, problem
from tilisilta.kit.gather import gather
from tilisilta.ports import FetchRequest, SourcePage, SourceRecord

INVOICES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
KINDS = (DocumentKind.CUSTOMER, DocumentKind.ITEM, *INVOICES)
_PART_OF = {
    DocumentKind.CUSTOMER: "customers",
    DocumentKind.ITEM: "items",
    DocumentKind.SALES_INVOICE: "invoices",
    DocumentKind.SALES_CREDIT_NOTE: "invoices",
}
PARTS = ("customers", "items", "invoices")
_guid = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def _unreadable(kind: DocumentKind, given: Unreadable) -> SourceRecord:
    error = given.error
    found = Problem(code=error.code, where=error.params.get("field", ""), params=error.params)
    return SourceRecord(kind=kind, source_id=given.guid, number=given.number, problems=(found,), raw=given.raw)


class Walk:
    """One request walked over one API. `status` narrows invoices; None means any."""

    def __init__(self, api: Api, request: FetchRequest, statuses: Mapping[str, Status], status: Status | None) -> None:
        self._api = api
        self._request = request
        self._statuses = statuses
        self._status = status

    async def pages(self) -> AsyncIterator[SourcePage]:
        """Yield customers, then items, then invoices, as far as they are wanted; tokens are "<part>:<place>".

        Raises:
            Unsupported: A kind that Severa does not have.

        """
        unknown = sorted(kind for kind in self._request.kinds if kind not in KINDS)
        if unknown or not self._request.kinds:
            raise Unsupported(field="kinds", rule="not kept in Severa", value=", ".join(unknown))
        wanted = [each for each in PARTS if each in {_PART_OF[kind] for kind in self._request.kinds}]
        part, _, token = self._request.token.partition(":")
        start = wanted.index(part) if part in wanted else 0
        for at in range(start, len(wanted)):
            following = f"{wanted[at + 1]}:" if at + 1 < len(wanted) else ""
            async for page in self._part(wanted[at], token if at == start else "", following, len(wanted) == 1):
                yield page

    async def _part(self, part: str, token: str, following: str, is_only: bool) -> AsyncIterator[SourcePage]:
        if self._request.source_ids:
            records = await self._chosen(part, is_only=is_only)
            yield SourcePage(records=tuple(records), next_token=following)
        elif part == "invoices":
            async for found, place in self._api.invoices(self._question(), token):
                records = [record for each in found for record in self._invoice(each)]
                yield SourcePage(records=tuple(records), next_token=f"{part}:{place}" if place else following)
        elif part == "customers":
            async for customers, place in self._api.customers(self._request.changed_since, token):
                records = [_customer(each) for each in customers]
                yield SourcePage(records=tuple(records), next_token=f"{part}:{place}" if place else following)
        else:
            yield SourcePage(records=tuple(await self._items()), next_token=following)

    def _question(self) -> Question:
        request = self._request
        return Question(
            status=self._status,
            first=request.date_from,
            last=request.date_to,
            # Whatever waits in a status is listed, however long ago it changed: it waits until it has gone.
            changed_since=request.changed_since if self._status is None else None,
        )

    async def _chosen(self, part: str, *, is_only: bool) -> list[SourceRecord]:
        """Return chosen records, whatever their status and dates; those that are gone come as deleted.

        Not when other parts are asked as well: an id that is not here may be there.
        """
        asked = list(dict.fromkeys(self._request.source_ids))
        ids = guids_among(asked)
        if part == "items":
            items = {entry.source_id: entry for entry in await self._api.register()}
            found = [_item(read_item(items[each])) for each in ids if each in items]
        elif part == "customers":
            customers = await gather(self._api.customer, ids)
            found = [_customer(each) for each in customers if each is not None]
        else:
            await self._api.prepare()
            bills = await gather(self._api.invoice, ids)
            found = [record for each in bills if each is not None for record in self._invoice(each, is_chosen=True)]
        known = {record.source_id for record in found}
        kind = next(each for each in self._request.kinds if _PART_OF[each] == part)
        gone = [each for each in asked if each.lower() not in known] if is_only else []
        return found + [SourceRecord(kind=kind, source_id=each, is_deleted=True) for each in gone]

    async def _items(self) -> list[SourceRecord]:
        since = self._request.changed_since
        after = since.astimezone(dt.UTC).isoformat() if since else ""
        return [
            _item(read_item(entry))
            for entry in await self._api.register()
            if not after or not entry.modified_at or _is_later(entry.modified_at, after)
        ]

    def _invoice(self, given: Bill | Unreadable, *, is_chosen: bool = False) -> Sequence[SourceRecord]:
        if isinstance(given, Unreadable):
            return [_unreadable(next(each for each in self._request.kinds if each in INVOICES), given)]
        invoice = read_invoice(given, self._statuses)
        kind = invoice_kind(invoice)
        if not is_chosen and (kind not in self._request.kinds or not self._is_dated(given)):
            return []
        if not invoice.number:
            missing = problem("INVOICE_NUMBER_MISSING", where="number", status=given.status)
            return [SourceRecord(kind=kind, source_id=invoice.source_id, problems=(missing,))]
        return [SourceRecord(kind=kind, source_id=invoice.source_id, document=invoice, number=invoice.number)]

    def _is_dated(self, bill: Bill) -> bool:
        first, last = self._request.date_from, self._request.date_to
        return (first is None or bill.day >= first) and (last is None or bill.day <= last)


def guids_among(ids: Sequence[str]) -> list[str]:
    """Return what has the form of a guid, in lower case; nothing else can be an id of Severa's.

    >>> guids_among(["0D7D4F1E-0000-4000-8000-000000000042", "42"])
    ['0d7d4f1e-0000-4000-8000-000000000042']
    """
    return [each.lower() for each in ids if _guid.fullmatch(each)]


def _is_later(stamp: str, than: str) -> bool:
    return stamp[:19] >= than[:19]


def _item(item: Item) -> SourceRecord:
    return SourceRecord(kind=DocumentKind.ITEM, source_id=item.source_id, document=item, number=item.code)


def _customer(given: Customer | Unreadable) -> SourceRecord:
    if isinstance(given, Unreadable):
        return _unreadable(DocumentKind.CUSTOMER, given)
    party = read_party(given)
    number = party.extra.get("number", "")
    return SourceRecord(kind=DocumentKind.CUSTOMER, source_id=party.source_id, document=party, number=number)
