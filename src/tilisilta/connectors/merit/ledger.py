"""Merit's general ledger: its rows, batches of ours, and reversals, since no call changes or deletes a batch."""

import datetime as dt
from collections.abc import Sequence

from tilisilta.connectors.merit import mapper
from tilisilta.connectors.merit.find import batch_mark
from tilisilta.connectors.merit.lists import Lists
from tilisilta.connectors.merit.options import Options
from tilisilta.connectors.merit.wire import BatchRead, BatchSend, EntryRow, guid, plain_decimal, require_date, wire_date
from tilisilta.connectors.merit.write_others import MEMO_CHARS, reversal_key, write_batch
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.errors import Refused, Unknown, Unsupported
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.money import vat_amount
from tilisilta.kit.marker import write_marker
from tilisilta.kit.values import decimal, maybe_decimal, text
from tilisilta.ports import AttachedFile, LedgerRow, Sent, Totals

REVERSE = "reverse"


async def read_ledger(lists: Lists, first: dt.date, last: dt.date) -> list[LedgerRow]:
    """Return the rows of all batches of these days, both included."""
    found: list[LedgerRow] = []
    async for batches in lists.full_batches(first, last):
        for batch in batches:
            found += ledger_rows(batch)
    return found


def ledger_rows(batch: BatchRead) -> list[LedgerRow]:
    """Return the rows of one batch."""
    date, key = require_date(batch.batch_date, "BatchDate"), batch_mark(batch)
    return [
        LedgerRow(
            account=text(row.account_code),
            vat_code=guid(row.tax_id),
            debit=decimal(row.debit_amount, "DebitAmount"),
            credit=decimal(row.credit_amount, "CreditAmount"),
            voucher_id=guid(batch.glb_id),
            date=date,
            vat_rate=maybe_decimal(row.tax_pct, "TaxPct") if guid(row.tax_id) else None,
            voucher_number=mapper.batch_number(batch),
            key=key,
        )
        for row in batch.entries or ()
    ]


# --- entries of ours -------------------------------------------------------------------------------------------


def is_withdrawal(draft: JournalEntryDraft) -> bool:
    """Return whether a draft only takes back the batch that it names."""
    return bool(draft.extra.get("replaces")) and not draft.entry.postings


async def send_entry(
    lists: Lists, draft: JournalEntryDraft, options: Options, texts: Texts, files: Sequence[AttachedFile]
) -> Sent:
    """Enter a batch. A draft without postings enters the reversal of the batch that it takes back."""
    if is_withdrawal(draft):
        old = await _whole(lists, draft.extra["replaces"])
        if old is None:
            return Sent(target_id=draft.extra["replaces"])  # it is gone already
        return await _enter(lists, _reversal(old, draft.key))
    sent = await _enter(lists, write_batch(draft, options, texts, files))
    return Sent(target_id=sent.target_id, number=sent.number, totals=Totals(gross=draft.entry.debit_total))


async def _enter(lists: Lists, body: BatchSend) -> Sent:
    answer = await lists.client.write("sendglbatch", body)
    key = guid(answer.get("BatchId") or answer.get("GLBId") or answer.get("Id"))
    if not key:
        raise Unknown("ANSWER_LOST", rule="answer without an id", endpoint="sendglbatch")
    return Sent(target_id=key, number=text(answer.get("BatchInfo")))


def steps_after(draft: JournalEntryDraft) -> tuple[str, ...]:
    """Return what completes an entry: the reversal of the one that it replaces."""
    return (REVERSE,) if draft.extra.get("replaces") and draft.entry.postings else ()


async def reverse_replaced(lists: Lists, draft: JournalEntryDraft) -> None:
    """Enter the reversal of the batch that a draft replaces, unless the ledger shows it already."""
    old = await _whole(lists, draft.extra["replaces"])
    if old is None:
        return
    key = reversal_key(draft.key)
    day = require_date(old.batch_date, "BatchDate")
    async for rows in lists.full_batches(day, day):
        if any(batch_mark(row) == key for row in rows):
            return
    await _enter(lists, _reversal(old, key))


async def _whole(lists: Lists, key: str) -> BatchRead | None:
    """Return a batch with its lines; only the list of its day tells their tax ids."""
    header = await lists.batch(key)
    if header is None:
        return None
    day = require_date(header.batch_date, "BatchDate")
    async for rows in lists.full_batches(day, day):
        for row in rows:
            if guid(row.glb_id) == key.lower():
                return row
    raise Refused("NOT_FOUND_AT_TARGET", message=f"GLBId {key}")


def _reversal(old: BatchRead, key: str) -> BatchSend:
    """Return the batch that takes another one back: debits and credits changed over, on the same day."""
    currency = text(old.currency_code) or "EUR"
    rows: list[EntryRow] = []
    for index, row in enumerate(old.entries or ()):
        debit, credit = decimal(row.debit_amount, "DebitAmount"), decimal(row.credit_amount, "CreditAmount")
        tax = guid(row.tax_id)
        vat = vat_amount(debit or credit, decimal(row.tax_pct, "TaxPct"), currency) if tax else None
        memo = f"Storno {mapper.batch_number(old)}"
        rows.append(
            EntryRow(
                account_code=text(row.account_code),
                debit=plain_decimal(credit) if credit else None,
                credit=plain_decimal(debit) if debit else None,
                memo=memo if index else write_marker(key, memo, limit=MEMO_CHARS),
                department_code=text(row.department_code),
                tax_id=tax,
                vat_amount=None if vat is None else plain_decimal(vat),
            )
        )
    if not rows:
        raise Unsupported(field="replaces", rule="a batch without rows cannot be reversed")
    return BatchSend(
        doc_no=(text(old.document) or mapper.batch_number(old))[:35],
        batch_date=wire_date(require_date(old.batch_date, "BatchDate")),
        currency_code=currency,
        entry_row=rows,
    )
