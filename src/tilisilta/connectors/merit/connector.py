"""The Merit connector: target of documents, source of payments, reader of ledger, periods and entries."""

import datetime as dt
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.merit import assumptions, counts, find, ledger, mapper, payments, source
from tilisilta.connectors.merit.client import Client
from tilisilta.connectors.merit.find import DayBook
from tilisilta.connectors.merit.lists import Lists, spans_back
from tilisilta.connectors.merit.periods import period_entries, read_calendar, state_of
from tilisilta.connectors.merit.wire import InvoiceRead, ItemRead, ItemsSend, guid, is_guid
from tilisilta.connectors.merit.write_invoice import endpoint_of, write_invoice
from tilisilta.connectors.merit.write_others import write_item, write_party
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.documents import Direction, DocumentKind, Item, Party, PartyRole
from tilisilta.core.errors import Refused, TilisiltaError, Unknown, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, JournalEntryDraft, PartyDraft, PaymentDraft
from tilisilta.kit.gather import gather
from tilisilta.kit.values import maybe_decimal, text
from tilisilta.ports import (
    AttachedFile,
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    FetchRequest,
    Found,
    ItemCandidate,
    LedgerRow,
    PartyCandidate,
    PeriodState,
    Sent,
    SourcePage,
    Totals,
)
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind
from tilisilta.ports.paid import PaidState

FEW_TOTALS = 20
DIRECTIONS = {
    DocumentKind.SALES_INVOICE: Direction.SALES,
    DocumentKind.SALES_CREDIT_NOTE: Direction.SALES,
    DocumentKind.PURCHASE_INVOICE: Direction.PURCHASE,
    DocumentKind.PURCHASE_CREDIT_NOTE: Direction.PURCHASE,
}
_Reader = Callable[[Iterable[dict[str, Any]]], list[CatalogueEntry]]
_LISTS: dict[CatalogueKind, tuple[tuple[str, dict[str, Any], _Reader], ...]] = {
    CatalogueKind.VAT_CODES: (("gettaxes", {}, mapper.vat_codes),),
    CatalogueKind.ACCOUNTS: (("getaccounts", {}, mapper.accounts),),
    CatalogueKind.WAREHOUSES: (("getlocations", {}, mapper.coded),),
    CatalogueKind.UNITS: (("getunits", {}, mapper.coded),),
    CatalogueKind.PAYMENT_METHODS: (("getpaymenttypes", {"Type": 3}, mapper.payment_methods),),
    CatalogueKind.DIMENSIONS: (
        ("getdepartments", {}, mapper.departments),
        ("getdimensions", {"AllValues": True}, mapper.dimensions),
        ("getprojects", {}, mapper.projects),
        ("getcostcenters", {}, mapper.cost_centers),
    ),
}


class MeritConnector:
    """Answers `Connection`, `Target`, `Source` (payments), `FilesTaker`, `StepTaker`, `PartyDirectory`, `TotalsReader`,
    `PaidReader`, `PeriodLocks`, `PeriodReader`, `LedgerReader` and `EntriesReader`.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._options = client.options
        self._lists = Lists(client)
        self._books: dict[Direction, DayBook] = {}
        # When a document's date is known, reading it back costs a list instead of a call of its own.
        self._dates: OrderedDict[str, dt.date] = OrderedDict()

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Read the VAT codes, which proves key, signature and plan; Merit does not tell whose books they are.

        Raises: Misconfigured (KEY_REFUSED, KEY_UNKNOWN_IN_COUNTRY, CLOCK_SKEW, PLAN_TOO_LOW, ENDPOINT_UNKNOWN), Retry.
        """
        taxes = await self._lists.dicts("gettaxes", {})
        calendar = await read_calendar(self._client)
        locked = calendar.locked_until
        return ConnectionInfo(
            details={
                "country": self._options.country.value,
                "vat_codes": str(len(taxes)),
                "locked_until": locked.isoformat() if locked else "",
            }
        )

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of Merit's lists; see `ports.Connection`."""
        if kind is CatalogueKind.BANK_ACCOUNTS:
            return await self._lists.ways_of_paying(fresh=True)
        if kind is CatalogueKind.PERIODS:
            return period_entries(await read_calendar(self._client))
        if kind is CatalogueKind.ITEMS:
            rows = await self._client.rows("getitems", {}, ItemRead, is_interactive=True)
            return [CatalogueEntry(key=text(row.code), label=f"{text(row.code)} {text(row.name)}") for row in rows]
        return [
            entry
            for endpoint, question, read in _LISTS.get(kind, ())
            for entry in read(await self._lists.dicts(endpoint, question))
        ]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Create one record; see `ports.Target`. Files that the document names do not go this way.

        `Sent.extra["warnings"]` holds problems as JSON when texts were cut or something was left out.
        """
        return await self.send_with_files(draft, ())

    async def send_with_files(self, draft: Draft, files: Sequence[AttachedFile]) -> Sent:
        """Create one record with its files; see `ports.FilesTaker`. Merit takes one file a document."""
        texts = Texts()
        named = draft.invoice.attachments if isinstance(draft, InvoiceDraft) else ()
        if len(named) > len(files):
            texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=len(named) - len(files))
        sent = await self._send(draft, texts, files)
        if texts.warnings:
            return msgspec.structs.replace(sent, extra={"warnings": msgspec.json.encode(texts.warnings).decode()})
        return sent

    async def _send(self, draft: Draft, texts: Texts, files: Sequence[AttachedFile]) -> Sent:
        if isinstance(draft, InvoiceDraft):
            return await self._send_invoice(draft, texts, files)
        if isinstance(draft, PaymentDraft):
            return await payments.send_payment(self._lists, draft, texts)
        if isinstance(draft, JournalEntryDraft):
            return await ledger.send_entry(self._lists, draft, self._options, texts, files)
        if isinstance(draft, PartyDraft):
            endpoint = "sendcustomer" if draft.role is PartyRole.CUSTOMER else "sendvendor"
            body = write_party(draft, self._options, texts, self._today())
            answer = await self._client.write(endpoint, body)
            return Sent(target_id=_id(answer, endpoint, "Id"), number=text(answer.get("Name")) or body.name)
        item = write_item(draft, texts)
        await self._client.write("senditems", ItemsSend([item]))
        return Sent(target_id=item.code, number=item.code)

    async def _send_invoice(self, draft: InvoiceDraft, texts: Texts, files: Sequence[AttachedFile]) -> Sent:
        invoice = draft.invoice
        endpoint = endpoint_of(invoice.direction)
        answer = await self._client.write(endpoint, write_invoice(draft, self._options, texts, files))
        key = _id(answer, endpoint, "InvoiceId", "BillId", "Id")
        self._remember(key, invoice.date)
        number = text(answer.get("InvoiceNo") or answer.get("BillNo")) or invoice.number
        return Sent(target_id=key, number=number, totals=await self._shown(invoice.direction, key))

    async def _shown(self, direction: Direction, key: str) -> Totals:
        """Return the totals that Merit shows of an invoice just made, since its answer tells none.

        The invoice is there whatever becomes of this look at it.
        """
        if not self._options.read_back:
            return Totals()
        try:
            detail = await self._lists.invoice(direction, key)
        except TilisiltaError:
            return Totals()
        return mapper.read_totals(detail.header) if detail else Totals()

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:
        """Return what Merit already holds, by draft key; see `ports.Target`."""
        if invoices := [draft for draft in drafts if isinstance(draft, InvoiceDraft)]:
            return await self._find_invoices(invoices, fresh=fresh)
        if paid := [draft for draft in drafts if isinstance(draft, PaymentDraft)]:
            return await payments.find_payments(self._lists, paid)
        if parties := [draft for draft in drafts if isinstance(draft, PartyDraft)]:
            return await find.find_parties(self._lists, parties)
        if goods := [draft for draft in drafts if isinstance(draft, ItemDraft)]:
            return await find.find_items(self._lists, goods)
        if entries := [draft for draft in drafts if isinstance(draft, JournalEntryDraft)]:
            return await find.find_batches(self._lists, entries)
        return {}

    async def _find_invoices(self, drafts: Sequence[InvoiceDraft], *, fresh: bool) -> dict[str, Found]:
        direction = drafts[0].invoice.direction
        if fresh or direction not in self._books or self._books[direction].is_full:
            self._books[direction] = DayBook()
        found = await find.find_invoices(self._lists, drafts, self._books[direction])
        for draft in drafts:
            if draft.key in found:
                self._remember(found[draft.key].sent.target_id, draft.invoice.date)
        return found

    def steps_after(self, draft: Draft) -> Sequence[str]:
        """Return the writes that complete a record: an entry that replaces another is followed by a reversal."""
        return ledger.steps_after(draft) if isinstance(draft, JournalEntryDraft) else ()

    async def take_step(self, step: str, draft: Draft, target_id: str) -> None:  # noqa: ARG002  the draft knows it all
        """Take a step of `steps_after`; see `ports.steps.StepTaker`."""
        if step == ledger.REVERSE and isinstance(draft, JournalEntryDraft):
            await ledger.reverse_replaced(self._lists, draft)

    def _remember(self, target_id: str, date: dt.date) -> None:
        self._dates[target_id] = date
        while len(self._dates) > assumptions.DATES_KEPT:
            self._dates.popitem(last=False)

    def _today(self) -> dt.date:
        return self._client.clock.now().astimezone(self._options.zone).date()

    # --- reading back --------------------------------------------------------------------------------------

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id; `gross` includes what Merit keeps apart as rounding."""
        if kind in DIRECTIONS:
            invoices = await self._invoices(DIRECTIONS[kind], target_ids)
            return {key: mapper.read_totals(row) for key, row in invoices.items()}
        if kind is DocumentKind.PAYMENT:
            return await self._payment_totals(target_ids)
        if kind is DocumentKind.JOURNAL_ENTRY:
            keys = list(dict.fromkeys(target_ids))
            found = await gather(self._lists.batch, keys)
            return {
                key: Totals(gross=maybe_decimal(row.total_amount, "TotalAmount"))
                for key, row in zip(keys, found, strict=True)
                if row is not None
            }
        raise Unsupported(field="kind", rule="has no totals", value=kind.value)

    async def read_paid(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, PaidState]:
        """Return what of invoices is paid, by id; see `ports.paid.PaidReader`."""
        if kind not in DIRECTIONS:
            raise Unsupported(field="kind", rule="is not paid", value=kind.value)
        invoices = await self._invoices(DIRECTIONS[kind], target_ids)
        return {key: mapper.read_paid(row) for key, row in invoices.items()}

    async def _invoices(self, direction: Direction, target_ids: Sequence[str]) -> dict[str, InvoiceRead]:
        """Return invoices by id: many of known dates from the list of their days, the others one by one."""
        keys = list(dict.fromkeys(target_ids))
        found: dict[str, InvoiceRead] = {}
        known = [self._dates[key] for key in keys if key in self._dates]
        if known and len(keys) > FEW_TOTALS:
            wanted = set(keys)
            for row in await self._lists.invoices(direction, min(known), max(known)):
                if row.key in wanted:
                    found[row.key] = row
        rest = [key for key in keys if key not in found]
        details = await gather(lambda key: self._lists.invoice(direction, key), rest)
        for key, detail in zip(rest, details, strict=True):
            if detail is not None:
                found[key] = detail.header
        return found

    async def _payment_totals(self, target_ids: Sequence[str]) -> dict[str, Totals]:
        rows: list[Any] = []
        totals: dict[str, Totals] = {}
        for first, last in spans_back(self._today()):
            rows += await self._lists.payments(first, last)
            totals = payments.payment_totals(rows, target_ids)
            if len(totals) == len(set(target_ids)):
                break
        return totals

    async def read_ledger(self, date_from: dt.date, date_to: dt.date) -> Sequence[LedgerRow]:
        """Return the lines of all ledger batches of these days; see `ports.LedgerReader`."""
        return await ledger.read_ledger(self._lists, date_from, date_to)

    async def locked_until(self) -> dt.date | None:
        """Return the last day that nothing may be posted to, or None when Merit names no first open day."""
        return (await read_calendar(self._client)).locked_until

    async def read_period(self, day: dt.date, kind: DocumentKind) -> PeriodState:  # noqa: ARG002  one lock for all
        """Return of which financial year a day is and whether it is open; see `ports.PeriodReader`."""
        return state_of(await read_calendar(self._client), day)

    # --- directory -----------------------------------------------------------------------------------------

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield customers or vendors; Merit's lists come whole."""
        yield [mapper.party_candidate(row) for row in await self._lists.partners(role)]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield the articles; Merit's list comes whole."""
        yield [mapper.item_candidate(row) for row in await self._client.rows("getitems", {}, ItemRead)]

    # --- source --------------------------------------------------------------------------------------------

    def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield payments by date or by day of change; see `ports.Source`."""
        return source.fetch_payments(self._lists, request)

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return customers and vendors by id."""
        found = await gather(self._party, list(source_ids))
        return {party.source_id: party for party in found if party is not None}

    async def _party(self, source_id: str) -> Party | None:
        if not is_guid(source_id):
            return None
        for role in PartyRole:
            try:
                rows = await self._lists.partners(role, {"Id": source_id})
            except Refused:
                continue  # a customer's id is unknown among vendors, and the other way round
            for row in rows:
                if row.key == source_id.lower():
                    return mapper.read_party(row, role)
        return None

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return articles by code."""
        found = await gather(self._item, list(source_ids))
        return {item.source_id: item for item in found if item is not None}

    async def _item(self, code: str) -> Item | None:
        rows = await self._client.rows("getitems", {"Code": code}, ItemRead)
        return next((mapper.read_item(row) for row in rows if text(row.code) == code), None)

    # --- counting ------------------------------------------------------------------------------------------

    def entry_kinds(self) -> Sequence[EntryKind]:
        """Return what Merit can tell; see `ports.counts.EntriesReader`."""
        return counts.KINDS

    def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        """Yield the entries of these days; see `ports.counts.EntriesReader`."""
        return counts.read_entries(self._lists, request)


def _id(answer: Mapping[str, Any], endpoint: str, *names: str) -> str:
    found = next((key for name in names if (key := guid(answer.get(name)))), "")
    if not found:
        # It said yes without saying what it made: only looking in the books can tell.
        raise Unknown("ANSWER_LOST", rule="answer without an id", endpoint=endpoint)
    return found
