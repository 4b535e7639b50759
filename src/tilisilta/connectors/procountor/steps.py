"""The writes after the first: our postings on the accounting page, approval, marking as sent.

Which of them a draft needs stands in its `extra`: `postings` (see `postings`), `approve` = "1", `mark_sent` = "1"
(sales only). Each may be asked for again at any time: it reads the record first and returns when it was taken. Ids of
accounting pages are never kept, because editing an invoice makes its page anew under another one.
"""

import datetime as dt
from collections.abc import Sequence

from tilisilta.connectors.procountor import assumptions, postings, reading
from tilisilta.connectors.procountor.client import Client, Row, the_rows
from tilisilta.connectors.procountor.lists import Lists
from tilisilta.core.documents import Direction
from tilisilta.core.errors import Refused
from tilisilta.core.mapping.draft import InvoiceDraft
from tilisilta.kit.values import identity, text

POSTINGS, APPROVE, MARK_SENT = "postings", "approve", "mark_sent"
COMMENT = "Tilisilta"
_TWICE = 2


def steps_of(draft: InvoiceDraft) -> Sequence[str]:
    """Return the steps of an invoice in their order: the page is rewritten before approval shuts it."""
    found = [POSTINGS] if postings.has_postings(draft) else []
    if draft.extra.get("approve") == "1":
        found.append(APPROVE)
    if draft.extra.get("mark_sent") == "1" and draft.invoice.direction is Direction.SALES:
        found.append(MARK_SENT)
    return tuple(found)


async def take(client: Client, lists: Lists, step: str, draft: InvoiceDraft, target_id: str) -> None:
    """Take one step of an invoice; see the module.

    Raises:
        Refused: GONE_AT_TARGET, INVOICE_WITHDRAWN_IN_PROCOUNTOR, LEDGER_RECEIPT_CHANGED, LEDGER_ROWS_COMBINED,
            POSTINGS_DIFFER, APPROVAL_WAITS_FOR_OTHERS, or what the vendor says.

    """
    if step == POSTINGS:
        if postings.has_postings(draft):  # else Procountor posts it by now, whatever was chosen when it went
            await write_postings(client, lists, draft, target_id)
    elif step == APPROVE:
        # A page that was made anew meanwhile would be approved with Procountor's postings instead of ours.
        is_ours = postings.has_postings(draft)
        held = await write_postings(client, lists, draft, target_id) if is_ours else await _invoice(client, target_id)
        await approve(client, lists, draft, held)
    elif step == MARK_SENT:
        await mark_sent(client, target_id)


async def _invoice(client: Client, target_id: str) -> Row:
    found = await client.maybe(f"/invoices/{target_id}")
    if found is None:
        raise Refused("GONE_AT_TARGET", number=target_id)
    status = text(found.get("status")).upper()
    if status in assumptions.WITHDRAWN:
        raise Refused("INVOICE_WITHDRAWN_IN_PROCOUNTOR", status=status, message=status)
    return found


def _status(invoice: Row) -> str:
    return text(invoice.get("status")).upper()


# --- postings ------------------------------------------------------------------------------------------------


async def write_postings(client: Client, lists: Lists, draft: InvoiceDraft, target_id: str) -> Row:
    """Put our postings on the accounting page of an invoice, unless they stand there; return the invoice."""
    for attempt in range(_TWICE):
        invoice = await _invoice(client, target_id)
        receipt_id = identity(invoice.get("ledgerReceiptId"))
        receipt = await client.maybe(f"/ledgerreceipts/{receipt_id}") if receipt_id else None
        if receipt is not None and await _rewritten(client, lists, draft, invoice, receipt):
            return invoice
        if attempt:
            break
    raise Refused("LEDGER_RECEIPT_CHANGED", message="the accounting page was made anew", receipt=receipt_id)


async def _rewritten(client: Client, lists: Lists, draft: InvoiceDraft, invoice: Row, receipt: Row) -> bool:
    """Rewrite a page; return false when it was made anew under our hands."""
    direction = draft.invoice.direction
    found = postings.sort_lines(
        postings.read_lines(draft),
        vat_accounts=await lists.vat_accounts(),
        opposite_account=postings.opposite_account(receipt),
    )
    if postings.holds(receipt, found):
        return True
    if not postings.is_ours(receipt, draft.key):
        if _status(invoice) in assumptions.APPROVED and reading.invoice_mark(invoice) != draft.key:
            # Somebody entered and approved it there, with that posting.
            raise Refused("LEDGER_RECEIPT_CHANGED", message=_status(invoice), receipt=identity(receipt.get("id")))
        await _require_untouched(client, invoice, receipt)
    postings.require_known(found.base, await lists.accounts(), await lists.vat(), direction)
    body = postings.rewrite(receipt, found, direction, draft.key)
    receipt_id = identity(receipt.get("id"))
    try:
        await client.write("PUT", f"/ledgerreceipts/{receipt_id}", body)
    except Refused as error:
        if error.code == "NOT_FOUND_AT_TARGET":
            return False
        if is_conflict(error):
            message = error.params.get("message", "")
            raise Refused(
                "LEDGER_RECEIPT_CHANGED", evidence=error.evidence, message=message, receipt=receipt_id
            ) from error
        raise
    return True


def is_conflict(error: Refused) -> bool:
    """Return whether a refusal says that the record was changed since it was read."""
    return error.code == "PROCOUNTOR_VERSION_CONFLICT" or error.params.get("field") == "version"


async def _require_untouched(client: Client, invoice: Row, receipt: Row) -> None:
    """Raise when somebody worked on the page, or when its rows are not those of the invoice."""
    receipt_id = identity(receipt.get("id"))
    # Made together they bear one moment; only where they differ is a list asked when the page was made.
    together = text(receipt.get("version")) == text(invoice.get("version"))
    if not together and await _is_touched(client, receipt):
        raise Refused("LEDGER_RECEIPT_CHANGED", message=text(receipt.get("version")), receipt=receipt_id)
    rows, entries = len(the_rows(invoice.get("invoiceRows"))), len(postings.transactions(receipt))
    if rows != entries:
        raise Refused("LEDGER_ROWS_COMBINED", rows=rows, entries=entries)


async def _is_touched(client: Client, receipt: Row) -> bool:
    """Return whether a page was saved after it was made.

    Lists alone show when a record was made; asked for keys below the next one, the list begins with this one.
    """
    receipt_id = int(identity(receipt.get("id")))
    asked = {"previousId": str(receipt_id + 1), "orderById": "DESC", "size": "1"}
    for row in the_rows(await client.get("/ledgerreceipts", asked)):
        made, version = moment(row.get("created")), moment(receipt.get("version"))
        if identity(row.get("id")) == str(receipt_id) and made is not None and version is not None:
            return (version - made).total_seconds() > assumptions.UNTOUCHED_WITHIN_S
    return False


def moment(value: object) -> dt.datetime | None:
    """Return a local moment as the vendor writes it, with or without fractions and zone; None for anything else.

    >>> moment("2026-03-02T10:15:30.382Z") == moment("2026-03-02T10:15:30.382")
    True
    """
    try:
        return dt.datetime.fromisoformat(text(value)).replace(tzinfo=None)
    except ValueError:
        return None


# --- approval and sending ------------------------------------------------------------------------------------


async def approve(client: Client, lists: Lists, draft: InvoiceDraft, invoice: Row) -> None:
    """Approve an invoice that was just read, through circulation where the company has one."""
    target_id = identity(invoice.get("id"))
    if _status(invoice) in assumptions.APPROVED:
        return
    is_purchase = draft.invoice.direction is Direction.PURCHASE
    circulated = is_purchase and assumptions.CIRCULATE_BEFORE_APPROVAL and await lists.is_circulated()
    if circulated and _status(invoice) == "UNFINISHED":
        await client.write("PUT", f"/invoices/{target_id}/sendToCirculation")
    comment = {"comment": COMMENT} if is_purchase else {}
    await client.write("PUT", f"/invoices/{target_id}/approve", comment)
    if circulated and _status(await _invoice(client, target_id)) not in assumptions.APPROVED:
        raise Refused("APPROVAL_WAITS_FOR_OTHERS", number=identity(invoice.get("invoiceNumber")) or target_id)


async def mark_sent(client: Client, target_id: str) -> None:
    """Mark a sales invoice as sent; nothing leaves Procountor, because its channel is none."""
    if _status(await _invoice(client, target_id)) not in assumptions.SENT:
        await client.write("PUT", f"/invoices/{target_id}/send")
