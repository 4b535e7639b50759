"""Sending of what takes more than one call: replaced vouchers, parts of payments, posting data, matched credit notes.

The call that makes the record decides; what comes after it can be repeated without harm, and what fails there is told
in a warning, for the record itself is in Netvisor.
"""

import time
from collections.abc import Sequence

from tilisilta.connectors.netvisor import find, ledger, reading
from tilisilta.connectors.netvisor import write_others as others
from tilisilta.connectors.netvisor import write_purchase as purchase
from tilisilta.connectors.netvisor import write_sales as sales
from tilisilta.connectors.netvisor import write_voucher as voucher
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.lists import Lists
from tilisilta.connectors.netvisor.options import Options, Replacing
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.core.errors import Refused, TilisiltaError, Unknown
from tilisilta.core.mapping.draft import InvoiceDraft, JournalEntryDraft, PaymentDraft
from tilisilta.ports import AttachedFile, Sent, Totals

_SHOWN_LATE: dict[str, float] = {"process": time.monotonic()}


def seconds_until_visible(organisation_id: str, after_s: float) -> float:
    """Return how long an invoice with attachments may still be hidden.

    Whatever was sent without an answer was sent before this process began, or by it.
    """
    last = max(_SHOWN_LATE["process"], _SHOWN_LATE.get(organisation_id, 0.0))
    return max(0.0, last + after_s - time.monotonic())


async def send_voucher(
    client: Client, draft: JournalEntryDraft, options: Options, texts: Texts, files: Sequence[AttachedFile]
) -> Sent:
    """Create a voucher, or put it in the place of the one that `draft.extra["replaces"]` names.

    A draft without postings only withdraws that one. All of it may be repeated: an edit writes the same lines again,
    and a voucher that is not valid any more is not invalidated again. An old voucher that is gone makes this one a new
    one.
    """
    replaces = draft.extra.get("replaces", "")
    if replaces and voucher.is_withdrawal(draft):
        return await _withdraw(client, replaces)
    voucher.lines_of(draft)  # what cannot be written must not cost the old voucher
    if replaces:
        old = (await ledger.read_keys(client, [replaces])).get(replaces)
        if old is not None and old.is_valid:
            if options.replacing is Replacing.EDIT:
                if files:
                    # Editing adds files to those that are there, so that each resend would add them again.
                    texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=len(files))
                body = voucher.write_voucher(draft, options, texts, replaces=replaces)
                await client.write(voucher.EDIT, body)
                return Sent(target_id=replaces, number=old.number, totals=Totals(gross=draft.entry.debit_total))
            await client.write(voucher.INVALIDATE, voucher.write_invalidation(replaces))
            try:
                return await _new_voucher(client, draft, options, texts, files)
            except Refused as error:
                message = error.params.get("message", error.code)
                raise Refused(
                    "OLD_VOUCHER_INVALIDATED", evidence=error.evidence, voucher=old.number or replaces, message=message
                ) from error
    return await _new_voucher(client, draft, options, texts, files)


async def _withdraw(client: Client, voucher_id: str) -> Sent:
    """Invalidate a voucher that nothing takes the place of; one that is not valid any more is left as it is."""
    old = (await ledger.read_keys(client, [voucher_id])).get(voucher_id)
    if old is not None and old.is_valid:
        await client.write(voucher.INVALIDATE, voucher.write_invalidation(voucher_id))
    return Sent(target_id=voucher_id, number=old.number if old is not None else "")


async def _new_voucher(
    client: Client, draft: JournalEntryDraft, options: Options, texts: Texts, files: Sequence[AttachedFile]
) -> Sent:
    key = await client.create(voucher.ACCOUNTING, voucher.write_voucher(draft, options, texts, files))
    return Sent(target_id=key, totals=Totals(gross=draft.entry.debit_total))


async def send_sales(
    client: Client, draft: InvoiceDraft, options: Options, texts: Texts, files: Sequence[AttachedFile]
) -> Sent:
    """Create a sales invoice or credit note; a credit note is then matched with its invoice."""
    body = sales.write_sales_invoice(draft, options, texts, files)
    key = await client.create(sales.SALES, body, others.ADD)
    if draft.invoice.is_credit_note and draft.credited_id and options.match_credit_notes:
        try:
            await client.write(sales.MATCH, sales.write_match(key, draft.credited_id))
        except TilisiltaError as error:
            texts.warn("CREDIT_NOTE_NOT_MATCHED", "credits", message=error.params.get("message", error.code))
    return Sent(target_id=key, number=sales.sales_number(draft.invoice, options))


async def send_purchase(
    client: Client, lists: Lists, draft: InvoiceDraft, options: Options, *, texts: Texts, files: Sequence[AttachedFile]
) -> Sent:
    """Create a purchase invoice; VAT codes that its message cannot carry follow as posting data.

    Raises:
        Refused: PARTY_GONE_AT_TARGET when Netvisor has no vendor of this key.

    """
    vendor = (await lists.vendors()).get(draft.party_id) or (await lists.vendors(fresh=True)).get(draft.party_id)
    if vendor is None:
        raise Refused("PARTY_GONE_AT_TARGET", message=f"NetvisorKey {draft.party_id}")
    body = purchase.write_purchase_invoice(draft, vendor.vendor, options, texts, files)
    try:
        key = await client.create(purchase.PURCHASE, body)
    finally:
        if files:
            _SHOWN_LATE[client.organisation_id] = time.monotonic()
    if purchase.needs_posting_data(draft):
        try:
            await client.write(purchase.POSTING, purchase.write_posting_data(draft, key, options, texts))
        except TilisiltaError as error:
            texts.warn("POSTING_DATA_NOT_SET", "lines.vat_code", message=error.params.get("message", error.code))
    return Sent(target_id=key, number=draft.invoice.number)


async def send_payment(client: Client, draft: PaymentDraft, texts: Texts) -> Sent:
    """Create a payment: one record for each invoice that it pays.

    Of a payment with several parts those that Netvisor has already are not sent again.

    Raises:
        Refused: The vendor's reason; PAYMENT_PARTLY_SENT when earlier parts are in Netvisor.

    """
    others.require_payment(draft)
    bodies = [others.write_payment(draft, index, texts) for index in range(len(draft.allocations))]
    there: dict[str, str] = {}
    if len(bodies) > 1:
        day = draft.payment.date.isoformat()
        rows = await reading.list_payments(client, {"begindate": day, "enddate": day})
        there = {row.mark: row.key for row in rows if row.mark}
    keys: list[str] = []
    for index, body in enumerate(bodies):
        own = others.payment_key(draft, index)
        if own not in there:
            try:
                there[own] = await client.create(others.PAYMENT, body)
            except Refused as error:
                if not keys:
                    raise
                raise _partly(error, keys, len(bodies)) from error
            except Unknown:
                raise
            except TilisiltaError as error:
                if not keys:
                    raise
                # Part of it is there: only looking tells the next attempt what is left.
                raise Unknown("ANSWER_LOST", evidence=error.evidence, rule="sent in part") from error
        keys.append(there[own])
    return Sent(target_id=find.KEY_SEPARATOR.join(keys), totals=Totals(gross=draft.payment.amount))


def _partly(error: Refused, keys: list[str], parts: int) -> Refused:
    message = error.params.get("message", error.code)
    return Refused(
        "PAYMENT_PARTLY_SENT",
        evidence=error.evidence,
        sent=len(keys),
        parts=parts,
        keys=", ".join(keys),
        message=message,
    )
