"""What other systems bring into the workspace: kept once by the key that they bear. Runs in a store thread."""

import hashlib
from decimal import Decimal

import msgspec
from django.db import transaction

from tilisilta.core.documents import (
    DimensionValue,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    PartyRole,
    VatTotal,
)
from tilisilta.core.errors import Refused, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, LineDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.core.vat import VatTreatment
from tilisilta.ports import Sent, Totals
from tilisilta.services.access import Actor, system_actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.attachments import keep
from tilisilta.services.workspace.invoices import save_invoice, stored_invoice
from tilisilta.services.workspace.items import save_item
from tilisilta.services.workspace.parties import hold_new_parties, save_party
from tilisilta.services.workspace_port import vat
from tilisilta.services.workspace_port.lists import DIMENSION_SEPARATOR
from tilisilta.services.workspace_port.marks import mark_party, marked_item, marked_party, with_mark
from tilisilta.services.workspace_port.payments import put_payment
from tilisilta.services.workspace_port.problems import refused, require_open_workspace
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    InvoiceOrigin,
    LedgerAccount,
    PeriodState,
    Side,
    WorkspaceAttachment,
    WorkspaceDimension,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
)


def put(company_id: int, draft: Draft) -> Sent:
    """Keep a document that another system made; the same key never makes a second record.

    Raises:
        Misconfigured: WORKSPACE_OFF.
        Refused: PERIOD_LOCKED, ALREADY_AT_TARGET, PARTY_GONE_AT_TARGET, NOT_FOUND_AT_TARGET, TARGET_REFUSED.
        Unsupported: a journal entry, or a payment of nothing that is here.
    """
    require_open_workspace(company_id)
    actor = system_actor(Company.objects.get(pk=company_id))
    try:
        with transaction.atomic():
            if isinstance(draft, InvoiceDraft):
                return _put_invoice(actor, draft)
            if isinstance(draft, PartyDraft):
                return _put_party(actor, draft)
            if isinstance(draft, ItemDraft):
                return _put_item(actor, draft)
            if isinstance(draft, PaymentDraft):
                return put_payment(actor, draft)
    except ServiceError as error:
        raise refused(error) from error
    raise Unsupported(field="kind", rule="journal entries are not kept in the workspace")


# --- invoices ----------------------------------------------------------------------------------------------


def _put_invoice(actor: Actor, draft: InvoiceDraft) -> Sent:
    known = WorkspaceInvoice.objects.filter(
        company=actor.company, origin=InvoiceOrigin.SOURCE, origin_id=draft.key
    ).first()
    if known is not None:
        return sent_invoice(known)
    side = Side(draft.invoice.direction.value)
    _require_open_day(actor.company, side, draft)
    party = _party(actor.company, draft.party_id, side)
    invoice = own_invoice(actor.company, draft, party)
    row = save_invoice(actor, invoice, origin=InvoiceOrigin.SOURCE, origin_id=draft.key, source_party=party)
    return sent_invoice(row)


def sent_invoice(row: WorkspaceInvoice) -> Sent:
    """Return a kept invoice as a record in the target; its totals are what the store holds."""
    return Sent(target_id=str(row.pk), number=row.number, totals=totals_of(row))


def totals_of(row: WorkspaceInvoice) -> Totals:
    """Return an invoice's totals; gross is with rounding and before what was prepaid."""
    invoice = stored_invoice(row)
    return Totals(net=invoice.net, vat=invoice.vat, gross=invoice.gross + invoice.rounding)


def _require_open_day(company: Company, side: Side, draft: InvoiceDraft) -> None:
    """Refuse what belongs to days that are closed: their vouchers are in the books already."""
    closed = ClosedPeriod.objects.filter(
        company=company, side=side, date_from__lte=draft.invoice.date, date_to__gte=draft.invoice.date
    ).exclude(state=PeriodState.REOPENED)
    if closed.exists():
        raise Refused("PERIOD_LOCKED", date=draft.invoice.date.isoformat(), number=draft.invoice.number)


def _party(company: Company, party_id: str, side: Side) -> WorkspaceParty:
    """Return the party that a draft names, marked as what it is to this invoice."""
    found = WorkspaceParty.objects.filter(company=company, pk=int(party_id)).first() if party_id.isdecimal() else None
    if found is None:
        raise Refused("PARTY_GONE_AT_TARGET", message=party_id)
    flag = "is_customer" if side is Side.SALES else "is_supplier"
    if not getattr(found, flag):
        setattr(found, flag, True)
        found.save(update_fields=[flag])
    return found


def own_invoice(company: Company, draft: InvoiceDraft, party: WorkspaceParty) -> Invoice:
    """Return a draft's invoice in the workspace's own words: its accounts, dimensions, items and meanings of VAT.

    What the mapping did not name is left empty rather than kept under a number that means something else here.
    """
    invoice = draft.invoice
    names = _dimension_names(company, draft)
    codes = _item_codes(company, draft)
    lines = tuple(_own_line(each, names, codes) for each in draft.lines)
    stored = msgspec.structs.replace(invoice.party, source_id="", name=invoice.party.name or party.name)
    return msgspec.structs.replace(
        invoice,
        source_id="",
        party=stored,
        lines=lines,
        vat_totals=_own_totals(invoice, draft.lines),
        dimensions=_own_dimensions(draft.dimensions, names),
        credits=_own_credits(draft),
        paid=ZERO,
        status="",
        extra={},
    )


def _own_line(draft: LineDraft, names: dict[str, str], codes: dict[str, str]) -> InvoiceLine:
    line = draft.line
    return msgspec.structs.replace(
        line,
        source_id="",
        item_source_id=draft.item_id,
        item_code=codes.get(draft.item_id, line.item_code),
        vat_code="",
        vat_treatment=vat.meaning_of(draft.vat_code) or line.vat_treatment,
        ledger_account=draft.account,
        dimensions=_own_dimensions(draft.dimensions, names),
        warehouse="",
        stock_kind=None,
        extra={},
    )


def _own_dimensions(mapped: dict[str, str], names: dict[str, str]) -> tuple[DimensionValue, ...]:
    found = []
    for key in mapped.values():
        axis, _, code = key.partition(DIMENSION_SEPARATOR)
        found.append(DimensionValue(axis, code, names.get(key, "")))
    return tuple(found)


def _dimension_names(company: Company, draft: InvoiceDraft) -> dict[str, str]:
    keys = set(draft.dimensions.values())
    for each in draft.lines:
        keys |= set(each.dimensions.values())
    if not keys:
        return {}
    rows = WorkspaceDimension.objects.filter(
        company=company, code__in={key.partition(DIMENSION_SEPARATOR)[2] for key in keys}
    )
    return {f"{row.axis}{DIMENSION_SEPARATOR}{row.code}": row.name for row in rows}


def _item_codes(company: Company, draft: InvoiceDraft) -> dict[str, str]:
    ids = {int(each.item_id) for each in draft.lines if each.item_id.isdecimal()}
    if not ids:
        return {}
    rows = WorkspaceItem.objects.filter(company=company, pk__in=ids).values_list("pk", "code")
    return {str(pk): code for pk, code in rows}


def _own_totals(invoice: Invoice, lines: tuple[LineDraft, ...]) -> tuple[VatTotal, ...]:
    """Return the document's own VAT totals under what they mean; several that come to mean the same become one."""
    meanings: dict[tuple[Decimal, str, VatTreatment | None], VatTreatment | None] = {}
    by_rate: dict[Decimal, set[VatTreatment | None]] = {}
    for each in lines:
        meaning = vat.meaning_of(each.vat_code) or each.line.vat_treatment
        meanings[each.line.vat_rate, each.line.vat_code, each.line.vat_treatment] = meaning
        by_rate.setdefault(each.line.vat_rate, set()).add(meaning)
    merged: dict[tuple[Decimal, VatTreatment | None], VatTotal] = {}
    for total in invoice.vat_totals:
        known = by_rate.get(total.rate, set())
        alone = next(iter(known)) if len(known) == 1 else total.treatment
        meaning = meanings.get((total.rate, total.code, total.treatment), alone)
        before = merged.get((total.rate, meaning))
        merged[total.rate, meaning] = msgspec.structs.replace(
            total,
            code="",
            treatment=meaning,
            net=total.net + (before.net if before else ZERO),
            vat=total.vat + (before.vat if before else ZERO),
            exemption_reason=total.exemption_reason or (before.exemption_reason if before else ""),
        )
    return tuple(merged.values())


def _own_credits(draft: InvoiceDraft) -> tuple[InvoiceRef, ...]:
    """Return what a credit note credits: by our id where it is known, else by number alone."""
    refs = draft.invoice.credits
    if draft.credited_id and len(refs) == 1:
        return (msgspec.structs.replace(refs[0], source_id=draft.credited_id),)
    return tuple(msgspec.structs.replace(ref, source_id="") for ref in refs if ref.number)


# --- parties and items -------------------------------------------------------------------------------------


def _put_party(actor: Actor, draft: PartyDraft) -> Sent:
    """Keep a party. One of the same registry code is the same company in another part, never a second one."""
    known = _known_party(actor.company, draft)
    if known is None:
        hold_new_parties(actor.company)
        known = _known_party(actor.company, draft)
    if known is not None:
        mark_party(known, draft)
        return sent_party(known)
    is_customer = draft.role is PartyRole.CUSTOMER
    party = msgspec.structs.replace(
        draft.party,
        source_id="",
        is_customer=is_customer,
        is_supplier=not is_customer,
        modified_at="",
        extra=with_mark({}, draft.key),
    )
    return sent_party(save_party(actor, party))


def _known_party(company: Company, draft: PartyDraft) -> WorkspaceParty | None:
    known = marked_party(company, draft)
    code = draft.party.registry_code.strip()
    if known is None and code:
        known = WorkspaceParty.objects.filter(company=company, registry_code=code).order_by("pk").first()
    return known


def sent_party(row: WorkspaceParty) -> Sent:
    return Sent(target_id=str(row.pk), number=row.name)


def _put_item(actor: Actor, draft: ItemDraft) -> Sent:
    item = draft.item
    code = (item.code.strip() or item.name.strip())[:60]
    known = marked_item(actor.company, code, draft.key)
    if known is not None:
        return sent_item(known)
    meaning = vat.meaning_of(draft.vat_code)
    kept = msgspec.structs.replace(
        item,
        source_id="",
        code=code,
        name=item.name.strip() or code,
        vat_code="",
        modified_at="",
        extra=with_mark({"vat_treatment": meaning.value} if meaning else {}, draft.key),
    )
    row = save_item(
        actor,
        kept,
        sales_account=_account(actor.company, draft.sales_account),
        purchase_account=_account(actor.company, draft.purchase_account),
    )
    return sent_item(row)


def sent_item(row: WorkspaceItem) -> Sent:
    return Sent(target_id=str(row.pk), number=row.code)


def _account(company: Company, number: str) -> LedgerAccount | None:
    return LedgerAccount.objects.filter(company=company, number=number).first() if number else None


# --- files -------------------------------------------------------------------------------------------------


def keep_file(company_id: int, invoice_id: str, name: str, content: bytes) -> str:
    """Keep a file with an invoice; the first that can be one is the picture of a purchase invoice.

    Raises:
        Refused: NOT_FOUND_AT_TARGET, TARGET_REFUSED for a kind of file that is not kept.
    """
    row = (
        WorkspaceInvoice.objects.filter(company_id=company_id, pk=int(invoice_id)).first()
        if invoice_id.isdecimal()
        else None
    )
    if row is None:
        raise Refused("NOT_FOUND_AT_TARGET", message=invoice_id)
    known = WorkspaceAttachment.objects.filter(invoice=row, sha256=hashlib.sha256(content).hexdigest()).first()
    if known is not None:
        return str(known.pk)
    has_image = WorkspaceAttachment.objects.filter(invoice=row, is_image=True).exists()
    may_be_image = row.direction == Side.PURCHASES and not has_image and content.startswith(b"%PDF-")
    try:
        with transaction.atomic():
            return str(keep(row, name, content, is_image=may_be_image).pk)
    except ServiceError as error:
        raise refused(error) from error


def load_file(company_id: int, source_id: str) -> bytes:
    """Return an attachment's bytes.

    Raises:
        Refused: FILE_GONE.
    """
    found = (
        WorkspaceAttachment.objects.filter(invoice__company_id=company_id, pk=int(source_id)).first()
        if source_id.isdecimal()
        else None
    )
    if found is None:
        raise Refused("FILE_GONE", file=source_id)
    return bytes(found.content)
