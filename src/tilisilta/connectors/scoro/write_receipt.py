"""Payments back into Scoro: receipts in the grouped form, and looking for them again."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from tilisilta.connectors.scoro import assumptions
from tilisilta.connectors.scoro.read_others import doc_type, receipts_of
from tilisilta.connectors.scoro.wire import ReceiptGroup
from tilisilta.core.documents import AllocationKind, PaymentDirection
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import PaymentDraft
from tilisilta.kit.values import date, decimal, flag, identity
from tilisilta.ports import FindCertainty, Found, Sent, Totals

_DOC_TYPES = {AllocationKind.SALES_INVOICE: "invoices", AllocationKind.PURCHASE_INVOICE: "bills"}
ZERO = Decimal(0)


def write_receipt(draft: PaymentDraft) -> dict[str, Any]:
    """Return the `request` of receipts/modify for one payment.

    Raises:
        Unsupported: Nothing that Scoro knows is paid; invoices and bills in one; money paid back.

    """
    kind = draft_type(draft)
    date_text = draft.payment.date.isoformat()
    contact = _number(draft.party_id)
    receipts = [
        {
            "date": date_text,
            assumptions.BILL_ID_FIELD if kind == "bills" else "invoice_id": _number(each.document_id),
            "sum": f"{each.allocation.amount:f}",
            "sales_doc_type": kind,
            **({"contact_id": contact} if contact else {}),
        }
        for each in draft.allocations
        if each.document_id
    ]
    paid = sum((each.allocation.amount for each in draft.allocations if each.document_id), ZERO)
    total = paid if assumptions.GROUP_SUM_IS_ITS_RECEIPTS else draft.payment.amount
    request: dict[str, Any] = {
        "date": date_text,
        "sum": f"{total:f}",
        "currency": draft.payment.currency,
        "sales_doc_type": kind,
        "receipts": receipts,
    }
    if contact:
        request["contact_id"] = contact
    if draft.account:
        request["receipt_account_id"] = _number(draft.account)
    return request


def draft_type(draft: PaymentDraft) -> str:
    """Return the module whose documents a draft pays.

    Raises:
        Unsupported: None, several, or money paid back.

    """
    paid = [each for each in draft.allocations if each.document_id]
    kinds = {each.allocation.kind for each in paid}
    if len(kinds) != 1 or not kinds <= _DOC_TYPES.keys():
        raise Unsupported(field="allocations", rule="a receipt pays invoices or bills, not both and nothing else")
    kind = _DOC_TYPES[kinds.pop()]
    is_usual = (kind == "invoices") is (draft.payment.direction is PaymentDirection.INCOMING)
    if not assumptions.REFUNDS_ARE_WRITTEN and (not is_usual or any(each.allocation.amount < 0 for each in paid)):
        raise Unsupported(field="allocations", rule="money paid back is not written into Scoro")
    return kind


def sent_receipt(group: ReceiptGroup) -> Sent:
    """Return a receipt group as a record in the target; `extra["receipt_ids"]` are its receipts' own ids."""
    ids = [identity(each.receipt_id) for each in receipts_of(group)]
    total = decimal(group.sum, "sum")
    return Sent(
        target_id=identity(group.id) or identity(group.receipt_id),
        totals=Totals(gross=abs(total)),
        extra={"receipt_ids": ",".join(each for each in ids if each)},
    )


def sign_of_group(group: ReceiptGroup) -> Hashable:
    """Return what makes a listed group the same as a draft: day, module, and what each document gets."""
    receipts = receipts_of(group)
    parts = frozenset((identity(each.invoice_id), decimal(each.sum, "sum")) for each in receipts)
    kind = doc_type(group) if group.sales_doc_type or not receipts else doc_type(receipts[0])
    return date(group.date, "date"), kind, parts


def sign_of_draft(draft: PaymentDraft) -> Hashable:
    """Return the same for a draft."""
    parts = frozenset((each.document_id, each.allocation.amount) for each in draft.allocations if each.document_id)
    return draft.payment.date, draft_type(draft), parts


def matches(drafts: Sequence[PaymentDraft], groups: Iterable[ReceiptGroup]) -> dict[str, Found]:
    """Return what is there already, by draft key. Receipts take no mark, so all certainty is by content."""
    held: dict[Hashable, dict[str, Sent]] = {}
    for group in groups:
        if not flag(group.is_deleted):
            sent = sent_receipt(group)
            held.setdefault(sign_of_group(group), {})[sent.target_id] = sent
    answers: dict[str, Found] = {}
    for draft in drafts:
        try:
            sign = sign_of_draft(draft)
        except Unsupported:
            continue  # what cannot be written was not written; `send` says so for this draft alone
        candidates = list(held.get(sign, {}).values())
        if candidates:
            answers[draft.key] = Found(
                sent=candidates[0], certainty=FindCertainty.MATCHED, others=tuple(candidates[1:])
            )
    return answers


def _number(value: str) -> int | str:
    return int(value) if value.isdigit() else value
