"""Listings of Scoro: filters asked wide and applied again here, pages in order, nothing missed between them."""

import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from tilisilta.connectors.scoro import assumptions, mapper, read_others
from tilisilta.connectors.scoro.client import Client, Rows
from tilisilta.connectors.scoro.wire import Contact, Document, Product, Receipt, ReceiptGroup
from tilisilta.core.documents import Direction, DocumentKind, Payment, invoice_kind
from tilisilta.core.documents import Document as Canonical
from tilisilta.core.errors import BadInput, Refused, Unsupported
from tilisilta.core.problems import Problem
from tilisilta.kit.gather import gather
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import date, flag, identity, loose_decoder, text
from tilisilta.ports import FetchRequest, SourcePage, SourceRecord

T = TypeVar("T", bound=msgspec.Struct)
RAW_CHARS = 4000


class Listing(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """How one module is listed and read."""

    module: str
    key: str
    shape: type[T]
    kinds: tuple[DocumentKind, ...]
    read: Callable[[T, ZoneInfo], list[tuple[DocumentKind, Canonical]]]


def _sales(wire: Document, zone: ZoneInfo) -> list[tuple[DocumentKind, Canonical]]:
    invoice = mapper.read_document(wire, Direction.SALES, zone)
    return [(invoice_kind(invoice), invoice)]


def _purchases(wire: Document, zone: ZoneInfo) -> list[tuple[DocumentKind, Canonical]]:
    invoice = mapper.read_document(wire, Direction.PURCHASE, zone)
    return [(invoice_kind(invoice), invoice)]


def _receipts(wire: ReceiptGroup, zone: ZoneInfo) -> list[tuple[DocumentKind, Canonical]]:
    return [(DocumentKind.PAYMENT, each) for each in read_others.read_receipts(wire, zone)]


def _contacts(wire: Contact, zone: ZoneInfo) -> list[tuple[DocumentKind, Canonical]]:
    party = read_others.read_contact(wire, zone)
    kinds = [DocumentKind.CUSTOMER] if party.is_customer else []
    if party.is_supplier:
        kinds.append(DocumentKind.SUPPLIER)
    return [(kind, party) for kind in kinds]


def _products(wire: Product, zone: ZoneInfo) -> list[tuple[DocumentKind, Canonical]]:
    return [(DocumentKind.ITEM, read_others.read_product(wire, zone))]


INVOICES = Listing(
    module="invoices",
    key="id",
    shape=Document,
    kinds=(DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE),
    read=_sales,
)
BILLS = Listing(
    module="bills",
    key="id",
    shape=Document,
    kinds=(DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE),
    read=_purchases,
)
RECEIPTS = Listing(module="receipts", key="id", shape=ReceiptGroup, kinds=(DocumentKind.PAYMENT,), read=_receipts)
CONTACTS = Listing(
    module="contacts",
    key="contact_id",
    shape=Contact,
    kinds=(DocumentKind.CUSTOMER, DocumentKind.SUPPLIER),
    read=_contacts,
)
PRODUCTS = Listing(module="products", key="product_id", shape=Product, kinds=(DocumentKind.ITEM,), read=_products)
LISTINGS: tuple[Listing[Any], ...] = (INVOICES, BILLS, RECEIPTS, CONTACTS, PRODUCTS)


async def fetch(client: Client, request: FetchRequest, zone: ZoneInfo) -> AsyncIterator[SourcePage]:
    """Yield the pages of every listing that the wanted kinds need; tokens are "<module>:<page>".

    Raises:
        Unsupported: A kind that Scoro does not have.

    """
    wanted = [listing for listing in LISTINGS if set(listing.kinds) & set(request.kinds)]
    unknown = set(request.kinds) - {kind for listing in wanted for kind in listing.kinds}
    if unknown or not wanted:
        raise Unsupported(field="kinds", rule="not kept in Scoro", value=", ".join(sorted(unknown)))
    module, _, page = request.token.partition(":")
    names = [listing.module for listing in wanted]
    start = names.index(module) if module in names else 0
    for index in range(start, len(wanted)):
        walk = _Walk(client, wanted[index], request, zone)
        following = f"{wanted[index + 1].module}:1" if index + 1 < len(wanted) else ""
        if request.source_ids:
            yield await walk.chosen(request.source_ids, following, is_only=len(wanted) == 1)
            continue
        first = int(page) if index == start and page.isdigit() else 1
        async with aclosing(walk.pages(first, following)) as pages:
            async for found in pages:
                yield found


class _Walk(Generic[T]):
    """One listing walked for one request."""

    def __init__(self, client: Client, listing: Listing[T], request: FetchRequest, zone: ZoneInfo) -> None:
        self._client = client
        self._listing = listing
        self._request = request
        self._zone = zone
        self._seen: dict[str, str] = {}
        self._body = self._question()
        self._changed_from = (
            request.changed_since - assumptions.CHANGE_OVERLAP if request.changed_since is not None else None
        )

    def _question(self) -> dict[str, Any]:
        request, overlap = self._request, assumptions.DATE_OVERLAP
        wanted: dict[str, dict[str, str]] = {}
        if request.changed_since is not None:
            day = request.changed_since.astimezone(self._zone).date() - overlap
            wanted["modified_date"] = {"from_date": day.isoformat()}
        if request.date_from is not None or request.date_to is not None:
            bounds = {}
            if request.date_from is not None:
                bounds["from_date"] = (request.date_from - overlap).isoformat()
            if request.date_to is not None:
                bounds["to_date"] = (request.date_to + overlap).isoformat()
            wanted["date"] = bounds
        body: dict[str, Any] = {"filter": wanted} if wanted else {}
        if request.include_deleted:
            # The reference says "in the request object", a working client puts it on top: both.
            body["include_deleted"] = "1"
            body["request"] = {"include_deleted": "1"}
        return body

    async def pages(self, first: int, following: str) -> AsyncGenerator[SourcePage, None]:
        """Yield the pages from `first` on; then what slipped between pages while they were read."""
        listing = self._listing
        count = 0
        async with aclosing(
            self._client.pages(listing.module, self._body, listing.shape, first=first)
        ) as pages:  # whoever stops early must not leave pages being fetched ahead
            async for page in pages:
                count += 1
                token = f"{listing.module}:{page.number + 1}" if page.is_full else following
                yield SourcePage(records=tuple(self._records(page)), next_token=token)
        if count > 1 or first > 1:
            missed = await self._missed()
            if missed:
                yield SourcePage(records=tuple(missed), next_token=following)

    async def _missed(self) -> list[SourceRecord]:
        """Return records that moved to a page already read (a row before them was deleted or sorted elsewhere).

        Plain pages are four times as long as detailed ones, so looking again at the ids alone is cheap.
        """
        listing = self._listing
        ids: dict[str, None] = {}
        async for page in self._client.pages(listing.module, self._body, _ANY_KEY, is_detailed=False):
            ids.update(dict.fromkeys(_key(row) for row in page.rows))
        missing = [each for each in ids if each and each not in self._seen]
        if not missing:
            return []
        rows = await fetch_rows(self._client, listing, missing)
        return self._records(Rows(0, rows, [], is_full=False))

    async def chosen(self, source_ids: Sequence[str], following: str, *, is_only: bool) -> SourcePage:
        """Return chosen records, whatever their dates; ids that are gone come as deleted.

        Not when other listings are asked as well: an id that is not here may be there.
        """
        is_grouped = self._listing is RECEIPTS
        asked = [read_others.group_id(each) for each in source_ids] if is_grouped else source_ids
        rows = await fetch_rows(self._client, self._listing, asked)
        records = self._records(Rows(0, rows, [], is_full=False), is_filtered=False)
        found = {row_key(row, self._listing.key) for row in rows}
        if is_grouped:
            records = [each for each in records if each.source_id in source_ids]
            found = {each.source_id for each in records}
        gone = set(source_ids) - found
        records += [
            SourceRecord(kind=self._wanted_kinds[0], source_id=each, is_deleted=True)
            for each in source_ids
            if is_only and each in gone
        ]
        return SourcePage(records=tuple(records), next_token=following)

    # --- one page ------------------------------------------------------------------------------------------

    def _records(self, page: Rows[T], *, is_filtered: bool = True) -> list[SourceRecord]:
        records: list[SourceRecord] = []
        for row in page.rows:
            key, changed = row_key(row, self._listing.key), text(getattr(row, "modified_date", ""))
            if key and self._seen.get(key) == changed:
                continue  # the same row on two pages
            self._seen[key] = changed
            try:
                if not is_filtered or self._is_wanted(row):
                    records += self._read(row, key)
            except BadInput as error:
                records.append(self._unreadable(key, error, msgspec.json.encode(row, enc_hook=str)))
        for raw in page.unreadable:
            found = _key(_decode_key(raw))
            records.append(self._unreadable(found, BadInput(rule="shape"), raw))
            self._seen[found] = ""
        return records

    def _read(self, row: Any, key: str) -> list[SourceRecord]:
        if flag(row.is_deleted):
            number = text(getattr(row, "no", ""))
            ids = read_others.payment_ids(row) if isinstance(row, ReceiptGroup) else [key]
            return [
                SourceRecord(kind=kind, source_id=each, is_deleted=True, number=number)
                for kind in dict.fromkeys(self._kinds_of(row))
                for each in ids
            ]
        return [
            SourceRecord(
                kind=kind,
                source_id=document.source_id if isinstance(document, Payment) else key,
                document=document,
                number=getattr(document, "number", "") or "",
            )
            for kind, document in self._listing.read(row, self._zone)
            if kind in self._request.kinds
        ]

    def _kinds_of(self, row: Any) -> list[DocumentKind]:
        """Return what a deleted row was, as far as what is left of it tells."""
        try:
            return [kind for kind, _ in self._listing.read(row, self._zone) if kind in self._request.kinds]
        except BadInput:
            return self._wanted_kinds[:1]

    @property
    def _wanted_kinds(self) -> list[DocumentKind]:
        return [kind for kind in self._listing.kinds if kind in self._request.kinds]

    def _is_wanted(self, row: Any) -> bool:
        """Return whether a row lies in what was asked: the vendor may have taken the bounds its own way."""
        request = self._request
        if request.date_from is not None or request.date_to is not None:
            day = date(getattr(row, "date", None), "date")
            if day is not None and request.date_from is not None and day < request.date_from:
                return False
            if day is not None and request.date_to is not None and day > request.date_to:
                return False
        if self._changed_from is None:
            return True
        changed = mapper.stamp(row.modified_date, self._zone)
        return not changed or dt.datetime.fromisoformat(changed) >= self._changed_from

    def _unreadable(self, key: str, error: BadInput, raw: bytes) -> SourceRecord:
        return SourceRecord(
            kind=self._wanted_kinds[0],
            source_id=key,
            problems=(Problem(code=error.code, where=error.params.get("field", ""), params=error.params),),
            raw=scrub(raw.decode("utf-8", "replace"), limit=RAW_CHARS),
        )


# --- rows by id ----------------------------------------------------------------------------------------------


class _AnyKey(msgspec.Struct):
    id: Any = None
    contact_id: Any = None
    product_id: Any = None


_ANY_KEY = _AnyKey
_key_decoder = loose_decoder(_AnyKey)


def _decode_key(raw: bytes) -> _AnyKey:
    try:
        return _key_decoder.decode(raw)
    except msgspec.MsgspecError:
        return _AnyKey()


def _key(row: _AnyKey) -> str:
    return identity(row.id) or identity(row.contact_id) or identity(row.product_id)


def row_key(row: Any, name: str) -> str:
    """Return a row's id, by the key that its module uses; a flat receipt is known by its own."""
    found = identity(getattr(row, name))
    return found or (identity(row.receipt_id) if isinstance(row, Receipt) else "")


async def fetch_rows(client: Client, listing: Listing[T], ids: Sequence[str]) -> list[T]:
    """Return the rows of these ids in no particular order; ids that do not exist are absent.

    Asks for 25 at a time by a filter on the id; where the vendor refuses or ignores that filter, one by one.
    """
    wanted = list(dict.fromkeys(each for each in ids if each))
    found: dict[str, T] = {}
    size = assumptions.DETAILED_ROWS
    batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    if assumptions.IDS_AS_FILTER and len(wanted) > 1:
        for rows in await gather(lambda batch: _batch(client, listing, batch), batches):
            found |= rows
    missing = [each for each in wanted if each not in found]
    if listing is RECEIPTS and not assumptions.RECEIPTS_HAVE_VIEW:
        found |= await _by_walking(client, listing, set(missing))
    else:
        for row in await gather(lambda each: client.view(listing.module, each, listing.shape), missing):
            if row is not None and not flag(getattr(row, "is_deleted", None)):
                found[row_key(row, listing.key)] = row
    return list(found.values())


async def _batch(client: Client, listing: Listing[T], batch: Sequence[str]) -> dict[str, T]:
    ids = [int(each) if each.isdigit() else each for each in batch]
    try:
        page = await client.page(listing.module, 1, {"filter": {listing.key: ids}}, listing.shape)
    except Refused:
        return {}
    rows = {row_key(row, listing.key): row for row in page.rows}
    return {key: row for key, row in rows.items() if key in batch}


async def _by_walking(client: Client, listing: Listing[T], missing: set[str]) -> dict[str, T]:
    found: dict[str, T] = {}
    if not missing:
        return found
    async with aclosing(client.pages(listing.module, {}, listing.shape)) as pages:
        async for page in pages:
            for row in page.rows:
                key = row_key(row, listing.key)
                if key in missing:
                    found[key] = row
            if len(found) == len(missing):
                break
    return found
