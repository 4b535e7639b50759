"""The SmartAccounts connector: target of documents, source of payments."""

import datetime as dt
from base64 import b64encode
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.smartaccounts import assumptions, counts, find, mapper, source
from tilisilta.connectors.smartaccounts.client import Client
from tilisilta.connectors.smartaccounts.find import DayBook
from tilisilta.connectors.smartaccounts.wire import (
    Answer,
    ArticleRead,
    InvoiceRead,
    PartnerRead,
    PaymentRead,
    decode_answer,
    encode,
    wire_date,
)
from tilisilta.connectors.smartaccounts.write_invoice import PURCHASE_SERVICE, SALES_SERVICE, service_of, write_invoice
from tilisilta.connectors.smartaccounts.write_others import (
    ARTICLES_SERVICE,
    CLIENTS_SERVICE,
    PAYMENTS_SERVICE,
    VENDORS_SERVICE,
    write_item,
    write_party,
    write_payment,
)
from tilisilta.connectors.smartaccounts.write_text import Texts
from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Unknown, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.kit.gather import gather
from tilisilta.kit.values import identity, text
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
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

FEW_TOTALS = 20
DATES_KEPT = 20_000
BEGINNING = dt.date(2000, 1, 1)

_SERVICES = {
    DocumentKind.SALES_INVOICE: SALES_SERVICE,
    DocumentKind.SALES_CREDIT_NOTE: SALES_SERVICE,
    DocumentKind.PURCHASE_INVOICE: PURCHASE_SERVICE,
    DocumentKind.PURCHASE_CREDIT_NOTE: PURCHASE_SERVICE,
    DocumentKind.PAYMENT: PAYMENTS_SERVICE,
}
_FILE_KINDS = {
    DocumentKind.SALES_INVOICE: "CLIENT_INVOICE",
    DocumentKind.SALES_CREDIT_NOTE: "CLIENT_INVOICE",
    DocumentKind.PURCHASE_INVOICE: "VENDOR_INVOICE",
    DocumentKind.PURCHASE_CREDIT_NOTE: "VENDOR_INVOICE",
    DocumentKind.CUSTOMER: "CLIENT",
    DocumentKind.SUPPLIER: "VENDOR",
    DocumentKind.ITEM: "ARTICLE",
    DocumentKind.JOURNAL_ENTRY: "LEDGER_ENTRY",
}
_LISTS: dict[CatalogueKind, tuple[tuple[str, Callable[[Iterable[dict[str, Any]]], list[CatalogueEntry]]], ...]] = {
    CatalogueKind.VAT_CODES: (("settings/vatpcs", mapper.vat_codes),),
    CatalogueKind.ACCOUNTS: (("settings/accounts", mapper.accounts),),
    CatalogueKind.BANK_ACCOUNTS: (
        ("settings/bankaccounts", mapper.bank_accounts),
        ("settings/cashaccounts", mapper.cash_accounts),
    ),
    CatalogueKind.DIMENSIONS: (("settings/objects", mapper.dimensions),),
    CatalogueKind.PAYMENT_METHODS: (("settings/paymentmethods", mapper.named),),
}
# What a connection test tries to read, beside the VAT codes.
_RIGHTS: dict[str, dict[str, str]] = {
    CLIENTS_SERVICE: {"pageNumber": "1"},
    VENDORS_SERVICE: {"pageNumber": "1"},
    ARTICLES_SERVICE: {"pageNumber": "1"},
    SALES_SERVICE: {"paymentStatus": "overdue", "pageNumber": "1"},
    PURCHASE_SERVICE: {"paymentStatus": "overdue", "pageNumber": "1"},
    PAYMENTS_SERVICE: {"dateFrom": "01.01.2000", "dateTo": "01.01.2000", "pageNumber": "1"},
}


class SmartAccountsConnector:
    """Answers `Connection`, `Target`, `Source` (payments), `PartyDirectory`, `TotalsReader`, `AttachmentTaker` and
    `EntriesReader`.
    """

    def __init__(self, client: Client, settings: Mapping[str, str]) -> None:
        self._client = client
        self._settings = settings
        # When a document's date is known, reading it back costs a page of a list instead of a call of its own.
        self._books: dict[str, DayBook] = {}
        self._dates: OrderedDict[str, dt.date] = OrderedDict()

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Read the VAT codes and one page of each service; list the services that the key may not read.

        Raises: Misconfigured (KEY_REFUSED, CLOCK_SKEW, VENDOR_BILLING, PLAN_TOO_LOW), Retry.
        """
        codes = await self._client.settings_list("settings/vatpcs", is_interactive=True)
        missing = []
        for service, params in _RIGHTS.items():
            try:
                await self._client.get(service, params, is_interactive=True)
            except Misconfigured as error:
                if error.code != "RIGHT_MISSING":
                    raise
                missing.append(service)
        return ConnectionInfo(missing_rights=tuple(missing), details={"vat_codes": str(len(codes))})

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of SmartAccounts' lists; see `ports.Connection`."""
        if kind is CatalogueKind.WAREHOUSES:
            return await self._warehouses()
        if kind is CatalogueKind.ITEMS:
            return [
                CatalogueEntry(key=each.code, label=f"{each.code} {each.name}".strip())
                async for page in self.list_items()
                for each in page
            ]
        return [
            entry
            for service, read in _LISTS.get(kind, ())
            for entry in read(await self._client.settings_list(service, is_interactive=True))
        ]

    async def _warehouses(self) -> list[CatalogueEntry]:
        typed = [name.strip() for name in self._settings.get("warehouses", "").split(",") if name.strip()]
        if typed:
            return [CatalogueEntry(key=name, label=name) for name in typed]
        try:
            rows = await self._client.settings_list(assumptions.WAREHOUSES_SERVICE, is_interactive=True)
        except (Refused, Misconfigured) as error:
            if error.code in {"KEY_REFUSED", "CLOCK_SKEW", "VENDOR_BILLING"}:
                raise
            return []  # the address of this list is our guess; the setting stands in for it
        return mapper.warehouses(rows)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Create one record with a single call; see `ports.Target`.

        `Sent.extra["warnings"]` holds problems as JSON when texts were cut or left out.
        """
        texts = Texts()
        service, wire = _written(draft, texts)
        answer = await self._client.add_decoded(service, encode(wire), decode_answer)
        sent = _sent(service, answer)
        if isinstance(draft, InvoiceDraft):
            self._remember(sent.target_id, draft.invoice.date)
        if texts.warnings:
            return msgspec.structs.replace(sent, extra={"warnings": msgspec.json.encode(texts.warnings).decode()})
        return sent

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:
        """Return what SmartAccounts already holds, by draft key; see `ports.Target`."""
        if not drafts:
            return {}
        invoices = [draft for draft in drafts if isinstance(draft, InvoiceDraft)]
        if invoices:
            found = await find.find_invoices(
                self._client, invoices, self._book(invoices[0].invoice.direction, fresh=fresh)
            )
            for draft in invoices:
                if draft.key in found:
                    self._remember(found[draft.key].sent.target_id, draft.invoice.date)
            return found
        payments = [draft for draft in drafts if isinstance(draft, PaymentDraft)]
        if payments:
            return await find.find_payments(self._client, payments, self._book("payments", fresh=fresh))
        parties = [draft for draft in drafts if isinstance(draft, PartyDraft)]
        if parties:
            return await find.find_parties(self._client, parties)
        goods = [draft for draft in drafts if isinstance(draft, ItemDraft)]
        if goods:
            return await find.find_items(self._client, goods)
        raise Unsupported(field="kind", rule="journal entries are not sent to SmartAccounts")

    def _book(self, name: str, *, fresh: bool) -> DayBook:
        """Return what was listed of a kind so far; a new one when the vendor must be asked again."""
        if fresh or name not in self._books or self._books[name].is_full:
            self._books[name] = DayBook()
        return self._books[name]

    def _remember(self, target_id: str, date: dt.date) -> None:
        self._dates[target_id] = date
        while len(self._dates) > DATES_KEPT:
            self._dates.popitem(last=False)

    async def attach(self, kind: DocumentKind, target_id: str, *, name: str, media_type: str, content: bytes) -> str:
        """Attach a file (at most about 10 MB) and return an empty id: the vendor names none.

        Raises: Unsupported for kinds that take no files; Retry, Unknown, Refused, Misconfigured.
        """
        if kind not in _FILE_KINDS:
            raise Unsupported(field="attachments", rule="no files on this kind", value=kind.value)
        body = encode(
            {
                "docType": _FILE_KINDS[kind],
                "docId": target_id,
                "fileName": name,
                "mimeType": media_type,
                "fileContent": b64encode(content).decode(),
            }
        )
        answer = await self._client.add_decoded("general/files", body, msgspec.json.Decoder(dict[str, Any]).decode)
        return text(answer.get("fileId") or answer.get("id"))

    # --- reading back --------------------------------------------------------------------------------------

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id; `gross` includes what SmartAccounts keeps apart as rounding."""
        if kind not in _SERVICES:
            raise Unsupported(field="kind", rule="has no totals", value=kind.value)
        wanted = set(target_ids)
        totals: dict[str, Totals] = {}
        if len(wanted) > FEW_TOTALS:
            totals = await self._totals_from_list(kind, wanted)
        rest = sorted(wanted - totals.keys())
        for target_id, found in zip(
            rest, await gather(lambda target_id: self._one_total(kind, target_id), rest), strict=True
        ):
            if found is not None:
                totals[target_id] = found
        return totals

    async def _totals_from_list(self, kind: DocumentKind, wanted: set[str]) -> dict[str, Totals]:
        known = [self._dates[each] for each in wanted if each in self._dates]
        first = min(known) if len(known) == len(wanted) else BEGINNING
        params = {"dateFrom": wire_date(first)}
        if len(known) == len(wanted):
            params["dateTo"] = wire_date(max(known))
        totals: dict[str, Totals] = {}
        pages = 0
        shape: type[PaymentRead | InvoiceRead] = PaymentRead if kind is DocumentKind.PAYMENT else InvoiceRead
        async for page in self._client.pages(_SERVICES[kind], params, shape):
            for row in page.rows:
                if identity(row.id) in wanted:
                    totals[identity(row.id)] = _totals(row)
            pages += 1
            # Walking on must stay cheaper than asking for the rest one by one.
            if len(totals) == len(wanted) or pages >= len(wanted) - len(totals):
                break
        return totals

    async def _one_total(self, kind: DocumentKind, target_id: str) -> Totals | None:
        shape: type[PaymentRead | InvoiceRead] = PaymentRead if kind is DocumentKind.PAYMENT else InvoiceRead
        try:
            async for page in self._client.pages(_SERVICES[kind], {"id": target_id}, shape):
                for row in page.rows:
                    if identity(row.id) == target_id:
                        return _totals(row)
        except Refused as error:
            if error.code != "NOT_FOUND_AT_TARGET":
                raise
        return None

    # --- directory -----------------------------------------------------------------------------------------

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield pages of clients or vendors with e-mail addresses."""
        service = CLIENTS_SERVICE if role is PartyRole.CUSTOMER else VENDORS_SERVICE
        async for page in self._client.pages(service, {"fetchContacts": "true"}, PartnerRead):
            yield [mapper.party_candidate(row) for row in page.rows]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield pages of articles."""
        async for page in self._client.pages(ARTICLES_SERVICE, {}, ArticleRead):
            yield [mapper.item_candidate(row) for row in page.rows]

    # --- source --------------------------------------------------------------------------------------------

    def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield payments by date or by time of change; see `ports.Source`."""
        return source.fetch_payments(self._client, request)

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return clients and vendors by id."""
        found = await gather(self._party, list(source_ids))
        return {party.source_id: party for party in found if party is not None}

    async def _party(self, source_id: str) -> Party | None:
        for service, role in ((CLIENTS_SERVICE, PartyRole.CUSTOMER), (VENDORS_SERVICE, PartyRole.SUPPLIER)):
            params = {"id": source_id, "fetchAddresses": "true", "fetchContacts": "true"}
            try:
                async for page in self._client.pages(service, params, PartnerRead):
                    for row in page.rows:
                        if identity(row.id) == source_id:
                            return mapper.read_party(row, role)
            except Refused:
                continue  # a client's id is unknown among vendors, and the other way round
        return None

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return articles by code."""
        found = await gather(self._item, list(source_ids))
        return {item.source_id: item for item in found if item is not None}

    async def _item(self, code: str) -> Item | None:
        async for page in self._client.pages(ARTICLES_SERVICE, {"code": code}, ArticleRead):
            for row in page.rows:
                if text(row.code) == code:
                    return mapper.read_item(row)
        return None

    # --- counting ------------------------------------------------------------------------------------------

    def entry_kinds(self) -> Sequence[EntryKind]:
        """Return what SmartAccounts can tell; see `ports.counts.EntriesReader`."""
        return counts.KINDS

    def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        """Yield the entries of these days; see `ports.counts.EntriesReader`."""
        return counts.read_entries(self._client, request)


def _totals(row: InvoiceRead | PaymentRead) -> Totals:
    if isinstance(row, InvoiceRead):
        return mapper.read_totals(row)
    return Totals(gross=mapper.read_payment(row).amount)


def _written(draft: Draft, texts: Texts) -> tuple[str, msgspec.Struct]:
    if isinstance(draft, InvoiceDraft):
        return service_of(draft.invoice.direction), write_invoice(draft, texts)
    if isinstance(draft, PaymentDraft):
        return PAYMENTS_SERVICE, write_payment(draft, texts)
    if isinstance(draft, PartyDraft):
        service = CLIENTS_SERVICE if draft.role is PartyRole.CUSTOMER else VENDORS_SERVICE
        return service, write_party(draft, texts)
    if isinstance(draft, ItemDraft):
        return ARTICLES_SERVICE, write_item(draft, texts)
    raise Unsupported(field="kind", rule="journal entries are not sent to SmartAccounts")


def _sent(service: str, answer: Answer) -> Sent:
    names: dict[str, tuple[Any, Any]] = {
        SALES_SERVICE: (answer.invoice_id, answer.invoice_number or answer.number),
        PURCHASE_SERVICE: (answer.invoice_id, answer.invoice_number or answer.number),
        PAYMENTS_SERVICE: (answer.payment_id, answer.number),
        CLIENTS_SERVICE: (answer.client_id, ""),
        VENDORS_SERVICE: (answer.vendor_id, ""),
        ARTICLES_SERVICE: (answer.code, answer.code),
    }
    target_id, number = names[service]
    if not text(target_id):
        # It said yes without saying what it made: only looking in the target can tell.
        raise Unknown("ANSWER_LOST", rule="answer without an id")
    totals = mapper.read_totals(answer) if service in {SALES_SERVICE, PURCHASE_SERVICE} else Totals()
    return Sent(target_id=text(target_id), number=text(number), totals=totals)
