"""The Scoro connector: source of invoices, bills, receipts, contacts and products; target of payments."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tilisilta.connectors.scoro import assumptions, mapper, read_others, source, write_receipt
from tilisilta.connectors.scoro.client import Client, require_id
from tilisilta.connectors.scoro.wire import Product, ReceiptGroup
from tilisilta.core.documents import DocumentKind, Item, Party
from tilisilta.core.errors import Misconfigured, Refused, Retry, Unknown, Unsupported
from tilisilta.core.mapping.draft import Draft, PaymentDraft
from tilisilta.kit.values import identity, plain, text
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    FetchRequest,
    Found,
    Sent,
    SourcePage,
    Totals,
)

_LISTS: dict[CatalogueKind, tuple[str, Callable[[Iterable[dict[str, Any]]], list[CatalogueEntry]]]] = {
    CatalogueKind.VAT_CODES: ("vatCodes", read_others.vat_codes),
    CatalogueKind.ACCOUNTS: ("financeAccounts", read_others.accounts),
    CatalogueKind.BANK_ACCOUNTS: ("receiptAccounts", read_others.bank_accounts),
    CatalogueKind.WAREHOUSES: ("depot", read_others.named),
    CatalogueKind.DIMENSIONS: ("financeObjects", read_others.named),
    CatalogueKind.STATUSES: ("statuses", read_others.named),
}
_BY_KIND = {kind: listing for listing in source.LISTINGS for kind in listing.kinds}


class ScoroConnector:
    """Answers `Connection`, `Source`, `TotalsReader`, and `Target` for payments."""

    def __init__(self, client: Client, *, zone: ZoneInfo, company_account_id: str) -> None:
        self._client = client
        self._zone = zone
        self._company_account_id = company_account_id

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Ask which business entity answers.

        Raises: Misconfigured (API_NOT_ACTIVATED, KEY_REFUSED, COMPANY_ACCOUNT_UNKNOWN, PLAN_TOO_LOW, HTML_ANSWER when
            the address is another kind of site), Retry.
        """
        try:
            rows = await self._client.rows("companyAccount", is_interactive=True)
        except Retry as error:
            if error.code in {"HTML_ANSWER", "NOT_JSON"}:
                # A person waits: a page where the API should be is a wrong address sooner than a passing fault.
                raise Misconfigured(error.code, evidence=error.evidence, **error.params) from error
            raise
        row = next((each for each in rows if self._is_ours(each)), rows[0] if rows else {})
        return ConnectionInfo(
            environment=plain(row.get("company_name")),
            registry_code=text(row.get("reg_no")),
            details={
                name: text(row.get(name))
                for name in ("vat_no", "base_currency", "language", "site_version")
                if text(row.get(name))
            },
        )

    def _is_ours(self, row: dict[str, Any]) -> bool:
        return self._company_account_id in {text(row.get(name)) for name in ("company_account_id", "account_id", "id")}

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of Scoro's lists; see `ports.Connection`."""
        if kind is CatalogueKind.ITEMS:
            found: list[CatalogueEntry] = []
            async for page in self._client.pages("products", {}, Product):
                for row in page.rows:
                    item = read_others.read_product(row, self._zone)
                    found.append(CatalogueEntry(key=item.source_id, label=f"{item.code} {item.name}".strip()))
            return found
        if kind not in _LISTS:
            return []
        module, read = _LISTS[kind]
        try:
            return read(await self._client.rows(module, is_interactive=True))
        except Refused:
            return []  # a module that this site does not have

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- source --------------------------------------------------------------------------------------------

    def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield records; see `ports.Source`. Kinds of several listings come one listing after the other."""
        return source.fetch(self._client, request, self._zone)

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return contacts by id."""
        rows = await source.fetch_rows(self._client, source.CONTACTS, source_ids)
        parties = [read_others.read_contact(row, self._zone) for row in rows]
        return {party.source_id: party for party in parties}

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return products by id, with their tags."""
        rows = await source.fetch_rows(self._client, source.PRODUCTS, source_ids)
        found = [read_others.read_product(row, self._zone) for row in rows]
        return {item.source_id: item for item in found}

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id of invoices, bills (credit notes positive) and receipts; ids that are gone are absent."""
        listing = _BY_KIND.get(kind)
        if listing is source.RECEIPTS:
            groups = await source.fetch_rows(self._client, source.RECEIPTS, target_ids)
            return {sent.target_id: sent.totals for sent in map(write_receipt.sent_receipt, groups)}
        if listing is source.INVOICES or listing is source.BILLS:
            rows = await source.fetch_rows(self._client, listing, target_ids)
            return {identity(row.id): mapper.read_totals(row) for row in rows}
        raise Unsupported(field="kind", rule="has no totals", value=kind.value)

    # --- target: payments back -----------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Record one payment as a receipt group; see `ports.Target`.

        Raises: Unsupported for all other kinds.
        """
        request = write_receipt.write_receipt(_payment(draft))
        data = await self._client.call("receipts/modify", {"request": request, "return_data": 1}, is_write=True)
        sent = write_receipt.sent_receipt(require_id(data, ReceiptGroup))
        if not sent.target_id:
            raise Unknown("ANSWER_LOST", rule="answer without an id")
        return sent

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:  # noqa: ARG002  always fresh
        """Return the receipts that Scoro already holds, by draft key; see `ports.Target`."""
        payments = [_payment(draft) for draft in drafts]
        if not payments:
            return {}
        days = [draft.payment.date for draft in payments]
        overlap = assumptions.DATE_OVERLAP
        bounds = {"from_date": (min(days) - overlap).isoformat(), "to_date": (max(days) + overlap).isoformat()}
        try:
            groups = await self._groups({"date": bounds})
        except Refused:
            groups = await self._groups({})  # which filters receipts take is not documented
        return write_receipt.matches(payments, groups)

    async def _groups(self, wanted: dict[str, Any]) -> list[ReceiptGroup]:
        """Return the receipts of a list; one of several pages is walked twice, since rows move up while it is read.

        A receipt missed here would be sent a second time.
        """
        body = {"filter": wanted} if wanted else {}
        found: dict[str, ReceiptGroup] = {}
        for _walk in range(2):
            pages = 0
            async for page in self._client.pages("receipts", body, ReceiptGroup):
                pages += 1
                found |= {source.row_key(row, "id"): row for row in page.rows}
            if pages == 1:
                break
        return list(found.values())


def _payment(draft: Draft) -> PaymentDraft:
    if not isinstance(draft, PaymentDraft):
        raise Unsupported(field="kind", rule="only payments are written into Scoro")
    return draft
