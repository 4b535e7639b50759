"""The Netvisor connector: target of vouchers and documents, reader of ledger and periods."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from tilisilta.connectors.netvisor import assumptions, counts, diagnosis, find, ledger, reading, sending, vat_codes
from tilisilta.connectors.netvisor import write_others as others
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.find import InvoiceBook
from tilisilta.connectors.netvisor.lists import Account, Lists
from tilisilta.connectors.netvisor.options import Options
from tilisilta.connectors.netvisor.write_purchase import needs_posting_data
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.core.documents import Direction, DocumentKind, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Retry, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, JournalEntryDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.ports import (
    AttachedFile,
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    Found,
    ItemCandidate,
    LedgerRow,
    PartyCandidate,
    PeriodState,
    Sent,
    Totals,
)
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

_DIRECTIONS = {
    DocumentKind.SALES_INVOICE: Direction.SALES,
    DocumentKind.SALES_CREDIT_NOTE: Direction.SALES,
    DocumentKind.PURCHASE_INVOICE: Direction.PURCHASE,
    DocumentKind.PURCHASE_CREDIT_NOTE: Direction.PURCHASE,
}
_LONG_AGO = "1990-01-01"
# What a connection test tries to read; each question has a short answer.
_PROBES: dict[str, dict[str, str]] = {
    "accountlist.nv": {},
    "accountingperiodlist.nv": {},
    "accountingledger.nv": {"startdate": _LONG_AGO, "enddate": _LONG_AGO},
    "dimensionlist.nv": {},
    "vouchertypelist.nv": {},
    "salesinvoicelist.nv": {"begininvoicedate": _LONG_AGO, "endinvoicedate": _LONG_AGO},
    "purchaseinvoicelist.nv": {"begininvoicedate": _LONG_AGO, "endinvoicedate": _LONG_AGO},
    "salespaymentlist.nv": {"begindate": _LONG_AGO, "enddate": _LONG_AGO},
}
_PROBES_SINCE_NOW = ("customerlist.nv", "getvendor.nv", "productlist.nv")


class NetvisorConnector:
    """Answers `Connection`, `Target`, `FilesTaker`, `PartyDirectory`, `TotalsReader`, `PeriodLocks`, `PeriodReader`,
    `LedgerReader` and `EntriesReader`.
    """

    def __init__(self, client: Client, options: Options) -> None:
        self._client = client
        self._options = options
        self._lists = Lists(client)
        self._books: dict[Direction, InvoiceBook] = {}

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Read the chart of accounts and a little of each resource; name those that the key may not read.

        Rights to write cannot be tried without writing.

        Raises: Misconfigured (KEY_REFUSED, CLOCK_SKEW, PLAN_TOO_LOW when every resource is refused, SETTING_INVALID for
            a voucher type that the company does not have), Retry.
        """
        now = self._client.clock.now().astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        probes = {**_PROBES, **{resource: {"changedsince": now} for resource in _PROBES_SINCE_NOW}}
        missing: list[str] = []
        last: Misconfigured | None = None
        for resource, params in probes.items():
            try:
                await self._client.read(resource, params)
            except Misconfigured as error:
                if error.code != "RIGHT_MISSING":
                    raise
                missing.append(resource)
                last = error
        if last is not None and len(missing) == len(probes):
            raise Misconfigured("PLAN_TOO_LOW", evidence=last.evidence, message=last.params.get("message", ""))
        accounts = {} if "accountlist.nv" in missing else await self._lists.accounts()
        if "vouchertypelist.nv" not in missing:
            await self._require_voucher_class()
        organisation = self._client.organisation_id
        return ConnectionInfo(
            environment=organisation,
            registry_code=organisation,
            missing_rights=tuple(missing),
            details={"accounts": str(len(accounts))},
        )

    async def _require_voucher_class(self) -> None:
        wanted = self._options.voucher_class
        known = await self._lists.voucher_types()
        if known and wanted.casefold() not in {name.casefold() for name in known}:
            raise Misconfigured("SETTING_INVALID", field="voucher_class", value=wanted)

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of Netvisor's lists; VAT codes, payment methods and bank accounts have none to read."""
        match kind:
            case CatalogueKind.VAT_CODES:
                found = vat_codes.entries()
            case CatalogueKind.ACCOUNTS:
                found = [_account_entry(each) for each in (await self._lists.accounts(fresh=True)).values()]
            case CatalogueKind.DIMENSIONS:
                found = await self._lists.dimensions(fresh=True)
            case CatalogueKind.PERIODS:
                found = await self._periods()
            case CatalogueKind.PAYMENT_METHODS | CatalogueKind.BANK_ACCOUNTS:
                found = [CatalogueEntry(key=name, label=name) for name in self._options.payment_methods]
            case CatalogueKind.ITEMS:
                rows = await reading.list_products(self._client)
                found = [CatalogueEntry(key=each.key, label=f"{each.code} {each.name}".strip()) for each in rows]
            case _:
                found = []
        return found

    async def _periods(self) -> list[CatalogueEntry]:
        calendar = await self._lists.calendar(fresh=True)
        locks = {"accounting": calendar.accounting, "vat": calendar.vat, "purchase": calendar.purchase}
        shown = {f"{name}_locked_until": until.isoformat() for name, until in locks.items() if until is not None}
        return [
            CatalogueEntry(
                key=each.key or each.first.isoformat(),
                label=each.name or f"{each.first:%Y-%m-%d} - {each.last:%Y-%m-%d}",
                is_active=calendar.accounting is None or calendar.accounting < each.last,
                extra={"first": each.first.isoformat(), "last": each.last.isoformat(), **shown},
            )
            for each in calendar.periods
        ]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Create one record; see `ports.Target`. Files that the document names do not go this way.

        `Sent.extra["warnings"]` holds problems as JSON when something was cut, left out or could not be added.
        """
        return await self.send_with_files(draft, ())

    async def send_with_files(self, draft: Draft, files: Sequence[AttachedFile]) -> Sent:
        """Create one record with its files; see `ports.FilesTaker`.

        Raises:
            Refused: Also ACCOUNT_NOT_IN_NETVISOR, DIMENSION_REFUSED and PERIOD_LOCKED, found out by Netvisor's lists.
            Unsupported: The draft cannot be said to Netvisor.

        """
        texts = Texts()
        named = draft.invoice.attachments if isinstance(draft, InvoiceDraft) else ()
        if len(named) > len(files):
            texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=len(named) - len(files))
        # Before an old voucher is touched, what it is replaced with must be sure to be taken.
        await diagnosis.require_known(self._lists, draft, fresh=bool(draft.extra.get("replaces")))
        try:
            sent = await self._send(draft, texts, files)
        except Refused as refusal:
            raise await diagnosis.explained(self._lists, draft, refusal) from refusal
        return _with_warnings(sent, texts.warnings)

    async def _send(self, draft: Draft, texts: Texts, files: Sequence[AttachedFile]) -> Sent:
        client, options = self._client, self._options
        if isinstance(draft, JournalEntryDraft):
            return await sending.send_voucher(client, draft, options, texts, files)
        if isinstance(draft, PaymentDraft):
            return await sending.send_payment(client, draft, texts)
        if isinstance(draft, PartyDraft):
            if draft.role is PartyRole.CUSTOMER:
                key = await client.create(others.CUSTOMER, others.write_customer(draft, texts), others.ADD)
            else:
                key = await client.create(others.VENDOR, others.write_vendor(draft, texts), others.ADD)
                self._lists.forget("vendors")
            return Sent(target_id=key, number=draft.party.name)
        if isinstance(draft, ItemDraft):
            body = others.write_product(draft, options, texts)
            return Sent(target_id=await client.create(others.PRODUCT, body, others.ADD), number=others.item_code(draft))
        if draft.invoice.direction is Direction.SALES:
            return await sending.send_sales(client, draft, options, texts, files)
        return await sending.send_purchase(client, self._lists, draft, options, texts=texts, files=files)

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:
        """Return what Netvisor already holds, by draft key; see `ports.Target`."""
        if entries := [draft for draft in drafts if isinstance(draft, JournalEntryDraft)]:
            return await find.find_vouchers(self._client, entries)
        if invoices := [draft for draft in drafts if isinstance(draft, InvoiceDraft)]:
            return await self._find_invoices(invoices, fresh=fresh)
        if payments := [draft for draft in drafts if isinstance(draft, PaymentDraft)]:
            return await find.find_payments(self._client, payments)
        if parties := [draft for draft in drafts if isinstance(draft, PartyDraft)]:
            return await find.find_parties(self._client, self._lists, parties, fresh=fresh)
        if goods := [draft for draft in drafts if isinstance(draft, ItemDraft)]:
            return await find.find_items(self._client, goods)
        return {}

    async def _find_invoices(self, drafts: Sequence[InvoiceDraft], *, fresh: bool) -> dict[str, Found]:
        direction = drafts[0].invoice.direction
        if fresh or direction not in self._books:
            self._books[direction] = InvoiceBook()
        found = await find.find_invoices(self._client, drafts, self._books[direction])
        if direction is Direction.SALES:
            return found
        hidden = [draft for draft in drafts if draft.key not in found and draft.invoice.attachments]
        wait_s = sending.seconds_until_visible(self._client.organisation_id, assumptions.VISIBLE_AFTER_S)
        if fresh and hidden and wait_s:
            raise Retry(after_s=wait_s, rule="an invoice with attachments shows only after a minute")
        return {key: self._told(each, drafts, key) for key, each in found.items()}

    def _told(self, found: Found, drafts: Sequence[InvoiceDraft], key: str) -> Found:
        """Say of a purchase invoice that was found that its posting data may not have been sent any more."""
        if not any(draft.key == key and needs_posting_data(draft) for draft in drafts):
            return found
        told = problem("POSTING_DATA_NOT_SET", where="lines.vat_code", severity=Severity.WARNING, message="")
        return msgspec.structs.replace(found, sent=_with_warnings(found.sent, [told]))

    # --- reading back --------------------------------------------------------------------------------------

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id; of vouchers the debit side, and only of those that are valid."""
        if kind is DocumentKind.JOURNAL_ENTRY:
            vouchers = await ledger.read_keys(self._client, list(dict.fromkeys(target_ids)))
            return {key: Totals(gross=each.gross) for key, each in vouchers.items() if each.is_valid}
        if kind in _DIRECTIONS:
            keys = list(dict.fromkeys(target_ids))
            details = await reading.invoice_details(self._client, _DIRECTIONS[kind], keys)
            return {key: each.totals for key, each in details.items()}
        if kind is DocumentKind.PAYMENT:
            return await self._payment_totals(target_ids)
        raise Unsupported(field="kind", rule="has no totals", value=kind.value)

    async def _payment_totals(self, target_ids: Sequence[str]) -> dict[str, Totals]:
        parts = {each: each.split(find.KEY_SEPARATOR) for each in target_ids}
        numbers = [int(part) for keys in parts.values() for part in keys if part.isdigit()]
        if not numbers:
            return {}
        rows = await reading.list_payments(self._client, {"abovenetvisorkey": str(min(numbers) - 1)})
        sums = {row.key: row.total for row in rows}
        return {
            target_id: Totals(gross=sum((sums[key] for key in keys), ZERO))
            for target_id, keys in parts.items()
            if all(key in sums for key in keys)
        }

    async def read_ledger(self, date_from: dt.date, date_to: dt.date) -> Sequence[LedgerRow]:
        """Return the lines of all valid vouchers of these days; see `ports.LedgerReader`."""
        vouchers = await ledger.read_days(self._client, date_from, date_to)
        return [row for voucher in vouchers for row in ledger.ledger_rows(voucher)]

    # --- periods -------------------------------------------------------------------------------------------

    async def locked_until(self) -> dt.date | None:
        """Return the last day that entries with VAT cannot be posted to: the later of the two locks for all."""
        calendar = await self._lists.calendar(fresh=True)
        return max((each for each in (calendar.accounting, calendar.vat) if each is not None), default=None)

    async def read_period(self, day: dt.date, kind: DocumentKind) -> PeriodState:
        """Return of which fiscal year a day is and whether it is open; see `ports.PeriodReader`."""
        return diagnosis.period_state(await self._lists.calendar(fresh=True), day, kind)

    # --- directory -----------------------------------------------------------------------------------------

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield customers or vendors; Netvisor's lists come whole."""
        if role is PartyRole.CUSTOMER:
            yield [
                PartyCandidate(target_id=each.key, name=each.name, registry_code=each.organisation_id)
                for each in await reading.list_customers(self._client)
            ]
            return
        yield [
            PartyCandidate(
                target_id=each.vendor.key,
                name=each.vendor.name,
                registry_code=each.vendor.organisation_id,
                email=each.email,
            )
            for each in (await self._lists.vendors(fresh=True)).values()
        ]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield products."""
        rows = await reading.list_products(self._client)
        yield [ItemCandidate(target_id=each.key, code=each.code, name=each.name) for each in rows]

    # --- counting ------------------------------------------------------------------------------------------

    def entry_kinds(self) -> Sequence[EntryKind]:
        """Return what Netvisor can tell; see `ports.counts.EntriesReader`."""
        return counts.KINDS

    def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        """Yield the entries of these days; see `ports.counts.EntriesReader`."""
        return counts.read_entries(self._client, request)


def _account_entry(account: Account) -> CatalogueEntry:
    label = f"{account.number} {account.name}".strip()
    return CatalogueEntry(key=account.number, label=label, is_active=account.is_active)


def _with_warnings(sent: Sent, warnings: Sequence[Problem]) -> Sent:
    if not warnings:
        return sent
    return msgspec.structs.replace(sent, extra={**sent.extra, "warnings": msgspec.json.encode(warnings).decode()})
