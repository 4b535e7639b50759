"""Merit's lists by days: cut into the spans that a call may have, each record once."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from tilisilta.connectors.merit import assumptions
from tilisilta.connectors.merit.client import Client
from tilisilta.connectors.merit.fates import is_trace
from tilisilta.connectors.merit.mapper import bank_accounts, payment_id
from tilisilta.connectors.merit.shapes import rows_of
from tilisilta.connectors.merit.spans import full_ledger_spans, list_spans
from tilisilta.connectors.merit.wire import (
    BatchDetail,
    BatchRead,
    InvoiceDetail,
    InvoiceRead,
    PartnerRead,
    PaymentRead,
    guid,
    is_guid,
    wire_date,
)
from tilisilta.core.documents import Direction, PartyRole
from tilisilta.core.errors import Refused, Retry
from tilisilta.kit.values import flag
from tilisilta.ports import CatalogueEntry

BY_DATE, BY_CHANGE = 0, 1
GONE = frozenset({"NOT_FOUND_AT_TARGET", "PARTY_GONE_AT_TARGET"})
TOO_LONG = "STACK_TRACE_ANSWER"

T = TypeVar("T", bound=msgspec.Struct)


class Lists:
    """Reads of one company."""

    def __init__(self, client: Client) -> None:
        self.client = client
        # What `UnPaid` false leaves out is told in two ways; the first telling answer settles it.
        self._all_is: bool | None = None
        self._ways: list[CatalogueEntry] | None = None

    # --- invoices ------------------------------------------------------------------------------------------

    async def invoices(
        self, direction: Direction, first: dt.date, last: dt.date, *, by: int = BY_DATE
    ) -> list[InvoiceRead]:
        """Return the invoices and credit notes of these days, by document date or by day of change."""
        endpoint = "getinvoices" if direction is Direction.SALES else "getpurchorders"
        found: dict[str, InvoiceRead] = {}
        for start, end in list_spans(first, last):
            question = {**_days(start, end), "DateType": by}
            for row in await self._paid_and_unpaid(endpoint, question):
                found[row.key] = row
        return list(found.values())

    async def _paid_and_unpaid(self, endpoint: str, question: dict[str, Any]) -> list[InvoiceRead]:
        """Return invoices whether paid or not.

        The manual reads `UnPaid` as "unpaid ones only", one client as "unpaid ones too". Asked with false, a list
        with an unpaid row proves the first; a list without one is completed by asking with true.
        """
        rows = await self._listed(endpoint, question, unpaid=bool(self._all_is))
        if self._all_is is not None:
            return rows
        if any(not flag(row.paid) for row in rows):
            self._all_is = False
            return rows
        more = await self._listed(endpoint, question, unpaid=True)
        if any(flag(row.paid) for row in more):
            self._all_is = True
        known = {row.key for row in rows}
        return rows + [row for row in more if row.key not in known]

    async def _listed(self, endpoint: str, question: dict[str, Any], *, unpaid: bool) -> list[InvoiceRead]:
        return await self.client.rows(endpoint, {**question, "UnPaid": unpaid}, InvoiceRead)

    async def numbered(self, number: str, customer_id: str) -> list[InvoiceRead]:
        """Return the sales invoices of a number and customer, whatever their date."""
        return await self.client.rows("getinvoices2", {"InvNo": number, "CustId": customer_id}, InvoiceRead)

    async def invoice(self, direction: Direction, key: str) -> InvoiceDetail | None:
        """Return one invoice, or None when it is gone."""
        if not is_guid(key):
            return None
        if direction is Direction.SALES:
            return await _or_none(lambda: self.client.one("getinvoice", {"Id": key}, InvoiceDetail))
        question = {"Id": key, "SkipAttachment": True}
        return await _or_none(lambda: self.client.one("getpurchorder", question, InvoiceDetail))

    # --- payments and the ledger ---------------------------------------------------------------------------

    async def payments(self, first: dt.date, last: dt.date, *, by: int = BY_DATE) -> list[PaymentRead]:
        """Return the payments of these days."""
        found: dict[str, PaymentRead] = {}
        for start, end in list_spans(first, last):
            question = {**_days(start, end), "DateType": by}
            for row in await self.client.rows("getpayments", question, PaymentRead):
                found[payment_id(row)] = row
        return list(found.values())

    async def ways_of_paying(self, *, fresh: bool = False) -> list[CatalogueEntry]:
        """Return the bank and cash accounts that payments go through, read once unless `fresh`."""
        if self._ways is None or fresh:
            ways = [row for way in (1, 3) for row in await self.dicts("getpaymenttypes", {"Type": way})]
            self._ways = bank_accounts(ways, await self.dicts("getbanks", {}))
        return self._ways

    async def dicts(self, endpoint: str, question: dict[str, Any]) -> list[dict[str, Any]]:
        """Return one of the lists of settings, as it comes."""
        found = await self.client.read(endpoint, question, is_interactive=True)
        return [row for row in rows_of(found) if isinstance(row, dict)]

    async def batches(self, first: dt.date, last: dt.date) -> list[BatchRead]:
        """Return the headers of the ledger batches of these days."""
        found: dict[str, BatchRead] = {}
        for start, end in list_spans(first, last):
            question = {**_days(start, end), "DateType": BY_DATE}
            for row in await self.client.rows("getglbatches", question, BatchRead):
                found[guid(row.glb_id)] = row
        return list(found.values())

    async def full_batches(self, first: dt.date, last: dt.date) -> AsyncIterator[list[BatchRead]]:
        """Yield the ledger batches of these days with their lines, by spans of at most 31 days."""
        seen: set[str] = set()
        for start, end in full_ledger_spans(first, last):
            question = {**_days(start, end), "WithLines": 1, "WithCostAlloc": 0, "DateType": BY_DATE}
            rows = await self.client.rows("GetGLBatchesFull", question, BatchRead)
            unique = {guid(row.glb_id): row for row in rows if guid(row.glb_id) not in seen}
            seen |= unique.keys()
            yield list(unique.values())

    async def batch(self, key: str) -> BatchRead | None:
        """Return the header of one ledger batch, or None when it is gone."""
        if not is_guid(key):
            return None
        question = {"Id": key, "AddAttachment": False}
        detail = await _or_none(lambda: self.client.one("getglbatch", question, BatchDetail))
        return detail.header if detail else None

    # --- cards ---------------------------------------------------------------------------------------------

    async def partners(self, role: PartyRole, question: dict[str, Any] | None = None) -> list[PartnerRead]:
        """Return customers or vendors with their comments: those a question names, else all.

        On large companies the server dies over the whole list; it is then read by the letters of names.
        """
        endpoint = "getcustomers" if role is PartyRole.CUSTOMER else "getvendors"
        if question is not None:
            return await self._partners(endpoint, question)
        try:
            return await self._partners(endpoint, {})
        except Retry as error:
            if not _is_too_long(error):
                raise
        found: dict[str, PartnerRead] = {}
        for letter in assumptions.LETTERS:
            for row in await self._named(endpoint, letter):
                found[row.key] = row
        return list(found.values())

    async def _named(self, endpoint: str, letter: str) -> list[PartnerRead]:
        try:
            return await self._partners(endpoint, {"Name": letter})
        except Retry as error:
            if not _is_too_long(error):
                raise
        # Whatever name has this letter has it beside another one, before or behind it.
        pairs = {pair for other in assumptions.EXTENSIONS for pair in (letter + other, other + letter)}
        return [row for pair in sorted(pairs) for row in await self._partners(endpoint, {"Name": pair})]

    async def _partners(self, endpoint: str, question: dict[str, Any]) -> list[PartnerRead]:
        return await self.client.rows(endpoint, {**question, "WithComments": True}, PartnerRead)


def _days(first: dt.date, last: dt.date) -> dict[str, str]:
    return {"PeriodStart": wire_date(first), "PeriodEnd": wire_date(last)}


async def _or_none(call: Callable[[], Awaitable[T]]) -> T | None:
    try:
        return await call()
    except Refused as error:
        if error.code not in GONE:
            raise
        return None


def _is_too_long(error: Retry) -> bool:
    """Return whether the server died over a list, be its trace under status 200 or 500."""
    evidence = error.evidence
    return error.code == TOO_LONG or (evidence is not None and evidence.status == 500 and is_trace(evidence.body))  # noqa: PLR2004


def spans_back(today: dt.date) -> Sequence[tuple[dt.date, dt.date]]:
    """Return the spans in which a payment of unknown date is looked for, the newest first."""
    first = today - dt.timedelta(days=90 * assumptions.PAYMENT_SPANS_BACK)
    return list(reversed(list(list_spans(first, today + dt.timedelta(days=31)))))
