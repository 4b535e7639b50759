"""Payments: only what pays a document that the target knows."""

from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    DocumentKind,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
    party_key,
)
from tilisilta.core.mapping.draft import AllocationDraft, PaymentDraft
from tilisilta.core.mapping.settings import Lookups, Mapped, MappingSettings, finish, party_not_bound
from tilisilta.core.mapping.tables import MappingTable, MappingTables, bank_account_key, payment_direction
from tilisilta.core.problems import Problem, Severity, problem

_PAID_KINDS = {
    (AllocationKind.SALES_INVOICE, False): DocumentKind.SALES_INVOICE,
    (AllocationKind.SALES_INVOICE, True): DocumentKind.SALES_CREDIT_NOTE,
    (AllocationKind.PURCHASE_INVOICE, False): DocumentKind.PURCHASE_INVOICE,
    (AllocationKind.PURCHASE_INVOICE, True): DocumentKind.PURCHASE_CREDIT_NOTE,
}
_NO_PARTY = party_key(Party())


def payment_role(payment: Payment) -> PartyRole:
    """Return whom a payment is with: what it pays tells that, else the way the money went."""
    kinds = {allocation.kind for allocation in payment.allocations}
    if AllocationKind.SALES_INVOICE in kinds:
        return PartyRole.CUSTOMER
    if AllocationKind.PURCHASE_INVOICE in kinds:
        return PartyRole.SUPPLIER
    return PartyRole.CUSTOMER if payment.direction is PaymentDirection.INCOMING else PartyRole.SUPPLIER


def has_party(payment: Payment) -> bool:
    """Return whether the payment itself names whom it is with; if not, its document does."""
    return party_key(payment.party) != _NO_PARTY


def paid_kind(allocation: Allocation) -> DocumentKind | None:
    """Return the kind of the document that an allocation pays; None for prepayments and the like."""
    return _PAID_KINDS.get((allocation.kind, allocation.is_credit_note))


def apply_payment(
    payment: Payment, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings
) -> Mapped:
    """Return the draft of a payment.

    Each allocation must pay a document with a binding; PAYMENT_DOCUMENT_NOT_IMPORTED is an error that the engine
    lists as skipped. With `skip_unimported_allocations` the known part goes with a warning.
    """
    allocations, problems = _apply_allocations(payment, lookups, settings)
    role = payment_role(payment)
    party_id = lookups.party_ids.get((role, party_key(payment.party)), "")
    if not party_id and settings.payments_need_party and has_party(payment):
        problems.append(party_not_bound(role, payment.party))
    source_key = bank_account_key(payment)
    account = tables.find(MappingTable.BANK_ACCOUNTS, source_key, payment_direction(payment))
    if account is None and not settings.payment_accounts_optional:
        label = payment.account or ("cash" if payment.is_cash else "bank")
        problems.append(problem("BANK_ACCOUNT_UNMAPPED", where="account", key=source_key, account=label))
    draft = PaymentDraft(
        key=key,
        payment=payment,
        party_id=party_id,
        account=account.target_key if account else "",
        account_is_cash=_is_cash(account.extra.get("is_cash", "") if account else "", payment),
        allocations=allocations,
    )
    return finish(draft, tuple(problems))


def _is_cash(told: str, payment: Payment) -> bool:
    """The target's account decides; where the table does not tell, the source does."""
    return told.casefold() in {"1", "true", "yes"} if told else payment.is_cash


def _apply_allocations(
    payment: Payment, lookups: Lookups, settings: MappingSettings
) -> tuple[tuple[AllocationDraft, ...], list[Problem]]:
    drafts: list[AllocationDraft] = []
    unknown: list[tuple[str, str]] = []
    for index, allocation in enumerate(payment.allocations):
        kind = paid_kind(allocation)
        document_id = (
            lookups.document_id(kind, allocation.document_source_id, allocation.document_number) if kind else ""
        )
        if document_id or (kind is None and settings.payments_without_document):
            drafts.append(AllocationDraft(allocation=allocation, document_id=document_id))
        else:
            label = allocation.document_number or allocation.document_source_id or allocation.kind
            unknown.append((f"allocations[{index}]", label))
    if not payment.allocations and not settings.payments_without_document:
        unknown.append(("allocations", ""))
    severity = Severity.WARNING if drafts and settings.skip_unimported_allocations else Severity.ERROR
    problems = [
        problem(
            "PAYMENT_DOCUMENT_NOT_IMPORTED",
            where=where,
            severity=severity,
            payment=payment.number or payment.source_id,
            document=label,
        )
        for where, label in unknown
    ]
    return tuple(drafts), problems
