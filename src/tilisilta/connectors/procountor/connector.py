"""The Procountor connector: target of invoices with their postings, payments, parties, items and journals."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from tilisilta.connectors.procountor import counts, files, find, journals, ledger, reading, rights, sending, steps
from tilisilta.connectors.procountor import write_others as others
from tilisilta.connectors.procountor.amounts import text_of
from tilisilta.connectors.procountor.client import Client, Row, the_rows
from tilisilta.connectors.procountor.find import InvoiceBook
from tilisilta.connectors.procountor.lists import Account, Lists, OwnAccount, vat_sides
from tilisilta.connectors.procountor.options import JournalStatus, Options
from tilisilta.connectors.procountor.write_text import Texts
from tilisilta.core.documents import Direction, DocumentKind, PartyRole
from tilisilta.core.errors import Misconfigured, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, JournalEntryDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem
from tilisilta.kit.values import flag, identity, text
from tilisilta.ports import (
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


class ProcountorConnector:
    """Answers `Connection`, `Target`, `StepTaker`, `AttachmentTaker`, `PartyDirectory`, `TotalsReader`, `PeriodLocks`,
    `PeriodReader`, `LedgerReader` and `EntriesReader`.
    """

    def __init__(self, client: Client, options: Options) -> None:
        self._client = client
        self._options = options
        self._lists = Lists(client, options)
        self._books: dict[Direction, InvoiceBook] = {}

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Exchange the key for a new token, and tell the company it opens and the rights that its user lacks.

        Raises: Misconfigured (INVALID_TOKEN, KEY_REFUSED, API_VERSION_UNKNOWN), Retry.
        """
        self._client.tokens.forget()
        company = await self._lists.company(fresh=True)
        missing: list[str] = []
        details = {"company_id": company.company_id}
        looks = (self._see_rights, self._see_accounts, self._see_vat, self._see_banks, self._see_usage)
        for look in looks:
            try:
                await look(missing, details)
            except Misconfigured as error:
                if error.code != "RIGHT_MISSING":
                    raise
                missing.append(error.params.get("message", ""))
        return ConnectionInfo(
            environment=company.name,
            registry_code=company.business_id,
            missing_rights=tuple(missing),
            details={name: value for name, value in details.items() if value},
        )

    async def _see_rights(self, missing: list[str], details: dict[str, str]) -> None:
        held = await self._client.get("/users/rights")
        missing += rights.missing(held, circulated=await self._lists.is_circulated(fresh=True))
        details["role"] = text(held.get("role")) if isinstance(held, dict) else ""

    async def _see_accounts(self, _missing: list[str], details: dict[str, str]) -> None:
        details["accounts"] = str(len(await self._lists.accounts(fresh=True)))

    async def _see_vat(self, _missing: list[str], details: dict[str, str]) -> None:
        vat = await self._lists.vat(fresh=True)
        details |= {"vat_statuses": str(len(vat.statuses)), "vat_percents": vat_sides(vat)}

    async def _see_banks(self, _missing: list[str], details: dict[str, str]) -> None:
        banks = await self._lists.own_accounts(fresh=True)
        details["bank_accounts"] = str(sum(each.is_active for each in banks.values()))

    async def _see_usage(self, _missing: list[str], details: dict[str, str]) -> None:
        usage = await self._client.get("/company/usagesettings")
        by_row = usage.get("accountingByRow") if isinstance(usage, dict) else None
        if isinstance(by_row, dict):
            details["accounting_by_row"] = "yes" if flag(by_row.get("purchaseInvoicePosting")) else "no"

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of Procountor's lists; see `ports.Connection`.

        A VAT code is a VAT status by its number; `extra["percents"]` tells the percentages in use.
        """
        match kind:
            case CatalogueKind.ACCOUNTS:
                found = [_account(each) for each in (await self._lists.accounts(fresh=True)).values()]
            case CatalogueKind.VAT_CODES:
                found = await self._vat_codes()
            case CatalogueKind.BANK_ACCOUNTS | CatalogueKind.PAYMENT_METHODS:
                found = [_bank_account(each) for each in (await self._lists.own_accounts(fresh=True)).values()]
            case CatalogueKind.PERIODS:
                found = await self._periods()
            case CatalogueKind.DIMENSIONS:
                found = [entry for row in await self._lists.dimensions(fresh=True) for entry in _dimension(row)]
            case CatalogueKind.ITEMS:
                goods = [each async for page in self.list_items() for each in page]
                found = [CatalogueEntry(key=each.target_id, label=f"{each.code} {each.name}".strip()) for each in goods]
            case _:
                found = []
        return found

    async def _vat_codes(self) -> list[CatalogueEntry]:
        vat = await self._lists.vat(fresh=True)
        extra = {
            "percents_sales": ",".join(text_of(each) for each in sorted(vat.sales_percents, reverse=True)),
            "percents_purchases": ",".join(text_of(each) for each in sorted(vat.purchase_percents, reverse=True)),
        }
        return [
            CatalogueEntry(
                key=each.number,
                label=f"{each.number} {each.text}".strip(),
                for_sales=each.for_sales,
                for_purchases=each.for_purchases,
                is_active=each.for_sales or each.for_purchases,
                extra=extra,
            )
            for each in vat.statuses.values()
        ]

    async def _periods(self) -> list[CatalogueEntry]:
        calendar = await self._lists.calendar(fresh=True)
        return [
            CatalogueEntry(
                key=each.key,
                label=each.name,
                is_active=each.key not in calendar.closed_years and not calendar.is_closed(each.last),
                extra={"first": each.first.isoformat(), "last": each.last.isoformat()},
            )
            for each in calendar.years
        ]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Create one record with a single write; see `ports.Target`. What completes an invoice are `steps_after`.

        `Sent.extra["warnings"]` holds problems as JSON when something was cut or left out.
        """
        texts = Texts()
        return _with_warnings(await self._send(draft, texts), texts.warnings)

    async def _send(self, draft: Draft, texts: Texts) -> Sent:
        client, lists, options = self._client, self._lists, self._options
        if isinstance(draft, InvoiceDraft):
            return await sending.send_invoice(client, lists, draft, options, texts)
        if isinstance(draft, JournalEntryDraft):
            return await journals.send(client, lists, draft, texts)
        if isinstance(draft, PaymentDraft):
            return await sending.send_payment(client, draft, texts)
        if isinstance(draft, PartyDraft):
            made = await client.write("POST", "/businesspartners", others.write_partner(draft, options, texts))
            return Sent(target_id=identity(made.get("id")), number=text(made.get("name")) or draft.party.name)
        made = await client.write("POST", "/products", others.write_product(draft, texts))
        return Sent(target_id=identity(made.get("id")), number=text(made.get("code")) or others.item_code(draft))

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:
        """Return what Procountor already holds, by draft key; see `ports.Target`."""
        client = self._client
        if invoices := [draft for draft in drafts if isinstance(draft, InvoiceDraft)]:
            return await self._find_invoices(invoices, fresh=fresh)
        if entries := [draft for draft in drafts if isinstance(draft, JournalEntryDraft)]:
            return await journals.find(client, self._lists, entries)
        if payments := [draft for draft in drafts if isinstance(draft, PaymentDraft)]:
            return await find.find_payments(client, payments)
        if parties := [draft for draft in drafts if isinstance(draft, PartyDraft)]:
            return await find.find_parties(client, parties)
        if goods := [draft for draft in drafts if isinstance(draft, ItemDraft)]:
            return await find.find_items(client, goods)
        return {}

    async def _find_invoices(self, drafts: Sequence[InvoiceDraft], *, fresh: bool) -> dict[str, Found]:
        direction = drafts[0].invoice.direction
        if fresh or direction not in self._books:
            self._books[direction] = InvoiceBook()
        return await find.find_invoices(self._client, drafts, self._books[direction])

    # --- steps and files -----------------------------------------------------------------------------------

    def steps_after(self, draft: Draft) -> Sequence[str]:
        """Return the writes that complete a record; see `steps` and `ports.steps.StepTaker`."""
        if isinstance(draft, InvoiceDraft):
            return steps.steps_of(draft)
        approves = self._options.journal_status is JournalStatus.APPROVED
        if isinstance(draft, JournalEntryDraft) and approves and not journals.is_withdrawal(draft):
            return (steps.APPROVE,)
        return ()

    async def take_step(self, step: str, draft: Draft, target_id: str) -> None:
        """Take one step, or return when it was taken; see `ports.steps.StepTaker`."""
        if isinstance(draft, InvoiceDraft):
            await steps.take(self._client, self._lists, step, draft, target_id)
        elif isinstance(draft, JournalEntryDraft) and step == steps.APPROVE:
            await journals.approve(self._client, target_id)
        else:
            raise Unsupported(field="step", rule="this kind has no such step", value=step)

    async def attach(self, kind: DocumentKind, target_id: str, *, name: str, media_type: str, content: bytes) -> str:
        """Attach a picture; see `files.attach`."""
        return await files.attach(self._client, kind, target_id, name=name, media_type=media_type, content=content)

    # --- reading back --------------------------------------------------------------------------------------

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by id, of those that were not withdrawn; of journals the debit side, the tax included."""
        if kind in files.INVOICES:
            rows = await self._client.batch("/invoices", target_ids)
            return {key: reading.invoice_totals(row) for key, row in rows.items() if reading.is_live(row)}
        if kind is DocumentKind.JOURNAL_ENTRY:
            pages = await ledger.read_keys(self._client, target_ids)
            return {key: Totals(gross=page.debit) for key, page in pages.items() if page.is_valid}
        if kind is DocumentKind.PAYMENT:
            return await self._payment_totals(target_ids)
        raise Unsupported(field="kind", rule="has no totals", value=kind.value)

    async def _payment_totals(self, target_ids: Sequence[str]) -> dict[str, Totals]:
        parts = {each: each.split(reading.ID_SEPARATOR) for each in target_ids}
        invoices = {part.partition(reading.EVENT_SEPARATOR)[0] for keys in parts.values() for part in keys}
        held = await self._client.batch("/invoices", sorted(invoices))
        sums = {event.key: abs(event.amount) for key in held for event in await reading.read_events(self._client, key)}
        return {
            target_id: Totals(gross=sum((sums[key] for key in keys), ZERO))
            for target_id, keys in parts.items()
            if all(key in sums for key in keys)
        }

    async def read_ledger(self, date_from: dt.date, date_to: dt.date) -> Sequence[LedgerRow]:
        """Return the lines of all valid accounting pages of these days; see `ports.LedgerReader`."""
        pages = await ledger.read_days(self._client, date_from, date_to)
        return await ledger.ledger_rows(pages, self._lists)

    def entry_kinds(self) -> Sequence[EntryKind]:
        """Return what Procountor can tell; see `ports.counts.EntriesReader`."""
        return counts.KINDS

    def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        """Yield the entries of these days; see `ports.counts.EntriesReader`."""
        return counts.read_entries(self._client, request)

    # --- periods -------------------------------------------------------------------------------------------

    async def locked_until(self) -> dt.date | None:
        """Return the last day up to which every part of the fiscal years is closed."""
        return (await self._lists.calendar(fresh=True)).locked_until()

    async def read_period(self, day: dt.date, kind: DocumentKind) -> PeriodState:  # noqa: ARG002  one lock for all
        """Return of which fiscal year a day is and whether it is open; see `ports.PeriodReader`."""
        calendar = await self._lists.calendar(fresh=True)
        return PeriodState(
            day=day,
            fiscal_period=calendar.year_of(day),
            locked_until=calendar.locked_until(),
            lock="accounting" if calendar.is_closed(day) else "",
        )

    # --- directory -----------------------------------------------------------------------------------------

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:
        """Yield pages of the customers or suppliers in use."""
        async for page in self._client.pages("/businesspartners", {"type": others.PARTNER_TYPES[role]}):
            yield [reading.party_candidate(row) for row in page]

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield pages of products."""
        async for page in self._client.pages("/products"):
            yield [reading.item_candidate(row) for row in page]


def _account(each: Account) -> CatalogueEntry:
    return CatalogueEntry(key=each.code, label=f"{each.code} {each.name}".strip(), is_active=each.is_active)


def _bank_account(each: OwnAccount) -> CatalogueEntry:
    label = f"{each.iban} {each.name}".strip()
    return CatalogueEntry(key=each.iban, label=label, is_active=each.is_active, extra={"bic": each.bic})


def _dimension(row: Row) -> list[CatalogueEntry]:
    """Return the items of one dimension, keyed by both ids; "P" marks one that is out of use."""
    name, own = text(row.get("name")), identity(row.get("id"))
    return [
        CatalogueEntry(
            key=f"{own}:{identity(each.get('id'))}",
            label=f"{name}: {text(each.get('codeName'))}",
            is_active=text(each.get("status")) != "P",
        )
        for each in the_rows(row.get("items"))
    ]


def _with_warnings(sent: Sent, warnings: Sequence[Problem]) -> Sent:
    if not warnings:
        return sent
    return msgspec.structs.replace(sent, extra={**sent.extra, "warnings": msgspec.json.encode(warnings).decode()})
