"""What the workspace holds already of what another system is about to send. Runs in a store thread."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from django.db.models import QuerySet

from tilisilta.core.documents import DocumentKind
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import amount_from_minor, amount_minor
from tilisilta.ports import FindCertainty, Found, Totals
from tilisilta.services.workspace_port.intake import sent_invoice, sent_item, sent_party, totals_of
from tilisilta.services.workspace_port.marks import marked_parties, marks_of
from tilisilta.services.workspace_port.payments import find_payments
from tilisilta.store.models import (
    Company,
    InvoiceOrigin,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspacePayment,
)

_AT_ONCE = 200


def find(company_id: int, drafts: Sequence[Draft]) -> dict[str, Found]:
    """Return what is here by draft key: what bears the key, else what is the same by number, party and total."""
    company = Company.objects.get(pk=company_id)
    found: dict[str, Found] = {}
    for start in range(0, len(drafts), _AT_ONCE):
        part = drafts[start : start + _AT_ONCE]
        found |= _find_invoices(company, [each for each in part if isinstance(each, InvoiceDraft)])
        found |= _find_parties(company, [each for each in part if isinstance(each, PartyDraft)])
        found |= _find_items(company, [each for each in part if isinstance(each, ItemDraft)])
        found |= find_payments(company, [each for each in part if isinstance(each, PaymentDraft)])
    return found


def _sign(row: WorkspaceInvoice) -> Hashable:
    return row.direction, row.is_credit_note, row.number.casefold(), row.party_id, row.gross_minor


def _sign_of(draft: InvoiceDraft) -> Hashable:
    invoice = draft.invoice
    party = int(draft.party_id) if draft.party_id.isdecimal() else None
    return (
        invoice.direction.value,
        invoice.is_credit_note,
        invoice.number.strip()[:100].casefold(),
        party,
        amount_minor(invoice.payable, invoice.currency),
    )


def _find_invoices(company: Company, drafts: Sequence[InvoiceDraft]) -> dict[str, Found]:
    if not drafts:
        return {}
    mine = WorkspaceInvoice.objects.filter(company=company)
    keys = [each.key for each in drafts]
    found = {
        row.origin_id: Found(sent=sent_invoice(row), certainty=FindCertainty.MARKED)
        for row in mine.filter(origin=InvoiceOrigin.SOURCE, origin_id__in=keys)
    }
    rest = [each for each in drafts if each.key not in found and each.invoice.number.strip()]
    alike = _alike(mine, rest)
    for draft in rest:
        rows = alike.get(_sign_of(draft), [])
        if rows:
            first, *others = [sent_invoice(row) for row in rows]
            found[draft.key] = Found(sent=first, certainty=FindCertainty.MATCHED, others=tuple(others))
    return found


def _alike(
    mine: "QuerySet[WorkspaceInvoice]", drafts: Sequence[InvoiceDraft]
) -> dict[Hashable, list[WorkspaceInvoice]]:
    numbers = {each.invoice.number.strip()[:100] for each in drafts}
    found: dict[Hashable, list[WorkspaceInvoice]] = {}
    if numbers:
        for row in mine.filter(number__in=numbers).order_by("pk"):
            found.setdefault(_sign(row), []).append(row)
    return found


def _find_parties(company: Company, drafts: Sequence[PartyDraft]) -> dict[str, Found]:
    """Return parties that bear a key; who only looks alike is a person's question, asked from the list before."""
    if not drafts:
        return {}
    found = marked_parties(company, drafts)
    return {key: Found(sent=sent_party(row), certainty=FindCertainty.MARKED) for key, row in found.items()}


def _find_items(company: Company, drafts: Sequence[ItemDraft]) -> dict[str, Found]:
    if not drafts:
        return {}
    codes = {(each.item.code.strip() or each.item.name.strip())[:60] for each in drafts}
    rows = {row.code: row for row in WorkspaceItem.objects.filter(company=company, code__in=codes)}
    found: dict[str, Found] = {}
    for draft in drafts:
        row = rows.get((draft.item.code.strip() or draft.item.name.strip())[:60])
        if row is not None:
            is_marked = draft.key in marks_of(bytes(row.payload), DocumentKind.ITEM)
            certainty = FindCertainty.MARKED if is_marked else FindCertainty.MATCHED
            found[draft.key] = Found(sent=sent_item(row), certainty=certainty)
    return found


# --- totals ------------------------------------------------------------------------------------------------


def read_totals(company_id: int, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
    """Return the totals of invoices or payments by id; ids that are gone are absent, others have no totals."""
    ids = [int(each) for each in target_ids if each.isdecimal()]
    if kind is DocumentKind.PAYMENT:
        return dict(_payment_totals(company_id, ids))
    if kind in {DocumentKind.CUSTOMER, DocumentKind.SUPPLIER}:
        rows = WorkspaceParty.objects.filter(company_id=company_id, pk__in=ids).values_list("pk", flat=True)
        return {str(pk): Totals() for pk in rows}
    found: dict[str, Totals] = {}
    for start in range(0, len(ids), _AT_ONCE):
        part = WorkspaceInvoice.objects.filter(company_id=company_id, pk__in=ids[start : start + _AT_ONCE])
        found |= {str(row.pk): totals_of(row) for row in part}
    return found


def _payment_totals(company_id: int, ids: Sequence[int]) -> Iterator[tuple[str, Totals]]:
    rows = WorkspacePayment.objects.filter(company_id=company_id, pk__in=ids)
    for pk, minor, currency in rows.values_list("pk", "amount_minor", "currency"):
        yield str(pk), Totals(gross=abs(amount_from_minor(minor, currency)))
