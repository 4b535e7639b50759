"""Payments that other systems bring: entered on the invoices that they pay, once by their key.

A payment of several invoices is one record for each of them; the first stands for all.
"""

from collections.abc import Sequence

from tilisilta.core.documents import AllocationKind
from tilisilta.core.errors import Refused, Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, PaymentDraft
from tilisilta.core.money import ZERO, amount_from_minor
from tilisilta.ports import FindCertainty, Found, Sent, Totals
from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.payments import add_payment
from tilisilta.services.workspace_port.lists import BANK
from tilisilta.store.models import Company, PaymentOrigin, WorkspaceInvoice, WorkspacePayment

_PREFIX = "key:"
_TO_INVOICES = frozenset({AllocationKind.SALES_INVOICE, AllocationKind.PURCHASE_INVOICE})


def mark_of(key: str) -> str:
    """Return the mark that a payment bears in the place of a bank entry's id."""
    return f"{_PREFIX}{key}"


def put_payment(actor: Actor, draft: PaymentDraft) -> Sent:
    """Enter a payment on each invoice that it pays. The caller holds the transaction.

    Raises:
        Unsupported: a part that pays no invoice, such as a prepayment.
        Refused: NOT_FOUND_AT_TARGET.
        ServiceError: as adding a payment by hand.
    """
    known = _kept(actor.company, [draft.key]).get(draft.key)
    if known:
        return _sent(known)
    if not draft.allocations or any(each.allocation.kind not in _TO_INVOICES for each in draft.allocations):
        raise Unsupported(field="allocations", rule="a payment pays invoices of the workspace")
    payment = draft.payment
    rows = [
        add_payment(
            actor,
            _invoice(actor.company, each, payment.currency),
            payment.date,
            each.allocation.amount,
            origin=PaymentOrigin.REFERENCE if payment.is_reference_payment else PaymentOrigin.HAND,
            reference_number=payment.reference_number,
            bank_entry_id=mark_of(draft.key),
            note=payment.note or payment.number,
            bank_account="" if draft.account == BANK else draft.account,
        )
        for each in draft.allocations
    ]
    return _sent(rows)


def _invoice(company: Company, allocation: AllocationDraft, currency: str) -> WorkspaceInvoice:
    target_id = allocation.document_id
    row = WorkspaceInvoice.objects.filter(company=company, pk=int(target_id)).first() if target_id.isdecimal() else None
    if row is None:
        raise Refused("NOT_FOUND_AT_TARGET", message=target_id)
    if row.currency != currency:
        raise ServiceError("BANK_ENTRY_CURRENCY", entry=currency, number=row.number, invoice=row.currency)
    return row


def _sent(rows: Sequence[WorkspacePayment]) -> Sent:
    total = sum((amount_from_minor(row.amount_minor, row.currency) for row in rows), ZERO)
    return Sent(target_id=str(rows[0].pk), number=rows[0].invoice.number, totals=Totals(gross=abs(total)))


def _kept(company: Company, keys: Sequence[str]) -> dict[str, list[WorkspacePayment]]:
    found: dict[str, list[WorkspacePayment]] = {}
    rows = WorkspacePayment.objects.filter(company=company, bank_entry_id__in=[mark_of(key) for key in keys])
    for row in rows.select_related("invoice").defer("invoice__payload").order_by("pk"):
        found.setdefault(row.bank_entry_id.removeprefix(_PREFIX), []).append(row)
    return found


def find_payments(company: Company, drafts: Sequence[PaymentDraft]) -> dict[str, Found]:
    """Return the payments that bear the drafts' keys, else the one of the same invoice, day and amount."""
    if not drafts:
        return {}
    marked = _kept(company, [draft.key for draft in drafts])
    found = {key: Found(sent=_sent(rows), certainty=FindCertainty.MARKED) for key, rows in marked.items()}
    for draft in drafts:
        if draft.key not in found and len(draft.allocations) == 1 and (same := _same(company, draft)):
            first, *others = [_sent([row]) for row in same]
            found[draft.key] = Found(sent=first, certainty=FindCertainty.MATCHED, others=tuple(others))
    return found


def _same(company: Company, draft: PaymentDraft) -> list[WorkspacePayment]:
    """Return payments without another system's key that are the same; two equal ones of a day may both be real."""
    (only,) = draft.allocations
    if not only.document_id.isdecimal():
        return []
    rows = WorkspacePayment.objects.filter(
        company=company, invoice_id=int(only.document_id), date=draft.payment.date
    ).exclude(bank_entry_id__startswith=_PREFIX)
    wanted = abs(only.allocation.amount)
    found = rows.select_related("invoice").defer("invoice__payload").order_by("pk")
    return [row for row in found if abs(amount_from_minor(row.amount_minor, row.currency)) == wanted]
