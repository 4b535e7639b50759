"""Keeping an invoice: checked, tied to its party, told apart from its doubles, logged."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from tilisilta.core.checks import check_invoice
from tilisilta.core.documents import Direction, Invoice, InvoiceLine, PartyRole, encode_document, version_hash
from tilisilta.core.money import ZERO, amount_minor
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.workspace import hooks
from tilisilta.services.workspace.content import require_open, stored_invoice
from tilisilta.services.workspace.events import log_event
from tilisilta.services.workspace.messages import FIELD_NAMES
from tilisilta.services.workspace.parties import find_or_create
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import (
    InvoiceOrigin,
    InvoiceStage,
    Role,
    Side,
    WorkspaceInvoice,
    WorkspaceParty,
)

# What a sent sales invoice has told its customer.
TOLD: Final = ("number", "date", "currency", "is_credit_note", "net", "vat", "gross", "rounding", "prepaid")
_LOGGED: Final = (
    *TOLD, "due_date", "lines", "note", "reference_number", "bank_account", "dimensions", "our_reference",
    "your_reference", "order_number", "delivery_date", "credits", "exchange_rate",
)  # fmt: skip
MAX_AMOUNT: Final = 10**13  # in minor units it fits a 64-bit column many times over, so that sums of a list do too
_OTHERS_DECIDE: Final = frozenset({InvoiceOrigin.SOURCE, InvoiceOrigin.FILE})


class InvoiceInvalid(ServiceError):
    """An invoice that does not add up or breaks a rule: `problems`, each with its place in the document."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        told = [describe(each.code, each.params) for each in self.problems]
        super().__init__("INVOICE_INVALID", reasons=" ".join(each.cause or each.title for each in told))


def problems_of(invoice: Invoice, *, country: str, origin: str = InvoiceOrigin.HAND) -> tuple[Problem, ...]:
    """Return what is wrong with an invoice that is to be kept here, grave or not.

    A row of 0 % on a sales invoice that we make ourselves must say why; what others have made stands as it is.
    """
    found = check_invoice(invoice, own_country=country)
    if invoice.direction is Direction.SALES and origin not in _OTHERS_DECIDE:
        found += tuple(
            problem("ZERO_RATE_WITHOUT_REASON", where=f"lines[{at}].vat_treatment", number=invoice.number)
            for at, line in enumerate(invoice.lines)
            if not line.vat_rate and line.net and line.vat_treatment is None
        )
    return found


@transaction.atomic
def save_invoice(
    actor: Actor,
    invoice: Invoice,
    *,
    row: WorkspaceInvoice | None = None,
    origin: str = InvoiceOrigin.HAND,
    origin_id: str = "",
    source_party: WorkspaceParty | None = None,
    expected_version: str = "",
    how: str = "",
    how_params: dict[str, Any] | None = None,
) -> WorkspaceInvoice:
    """Keep an invoice, new or changed, and return its row.

    A new sales invoice without a number is a draft; one that bears a number was sent before it came here. A new
    purchase invoice is received.

    Args:
        actor: Who keeps it.
        invoice: The whole document; its `source_id` and files do not matter.
        row: The invoice that changes; None for a new one.
        origin: Where a new one comes from.
        origin_id: What makes it the same there: a second call with the same origin gives the row that is there.
        source_party: Its party when it is known; else it is found by what identifies it, or made.
        expected_version: The row's `version_hash` as the editor saw it; empty to overwrite whatever is there.
        how: The log's line for it, in place of "created" or "changed".
        how_params: What that line names.

    Raises:
        Forbidden: the role is too low.
        InvoiceInvalid: it does not add up or breaks a rule; `problems` name the places.
        ServiceError: WORKSPACE_OFF, PERIOD_CLOSED, INVOICE_DUPLICATE, INVOICE_NUMBER_MISSING, INVOICE_IS_SENT,
            INVOICE_OTHER_SIDE, INVOICE_CHANGED_MEANWHILE, CREDITED_ALREADY.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    if row is None and (known := _of_origin(actor, origin, origin_id)) is not None:
        return known
    _require_valid(invoice, actor.company.country, origin if row is None else row.origin)
    before: Invoice | None = None
    if row is not None:
        row = (
            WorkspaceInvoice.objects.select_for_update(of=("self",))
            .select_related("closed_period")
            .get(pk=row.pk, company=actor.company)
        )
        before = stored_invoice(row)
        _require_change(row, before, invoice, origin=origin, expected_version=expected_version)
    party = source_party or _party(actor, invoice)
    # Whoever saves the same supplier's invoice at the same moment waits here, and then finds this one.
    party = WorkspaceParty.objects.select_for_update(of=("self",)).get(pk=party.pk, company=actor.company)
    if row is None and (known := _of_origin(actor, origin, origin_id)) is not None:
        return known  # it came while we waited
    _require_single(actor, invoice, party, row)
    kept = _written(actor, invoice, party, row, origin=origin, origin_id=origin_id)
    _require_not_credited_twice(kept)
    after = stored_invoice(kept)
    change = hooks.Change(row=kept, before=before, after=after)
    _log(actor, change, how, how_params or {})
    for also in hooks.saved:
        also(actor, change)
    return kept


def _of_origin(actor: Actor, origin: str, origin_id: str) -> WorkspaceInvoice | None:
    mine = WorkspaceInvoice.objects.filter(company=actor.company, origin=origin, origin_id=origin_id[:120])
    return mine.first() if origin_id else None


def _require_valid(invoice: Invoice, country: str, origin: str) -> None:
    grave = [each for each in problems_of(invoice, country=country, origin=origin) if each.severity is Severity.ERROR]
    if not invoice.party.name.strip():
        raise ServiceError("PARTY_NAME_MISSING")
    if invoice.direction is Direction.PURCHASE and not invoice.number.strip():
        raise ServiceError("INVOICE_NUMBER_MISSING")
    if grave:
        raise InvoiceInvalid(grave)
    if any(abs(each) >= MAX_AMOUNT for each in (invoice.net, invoice.vat, invoice.gross, invoice.payable)):
        raise ServiceError("AMOUNT_TOO_LARGE")


def _require_change(
    row: WorkspaceInvoice, before: Invoice, invoice: Invoice, *, origin: str, expected_version: str
) -> None:
    require_open(row)
    if row.direction != invoice.direction.value:
        raise ServiceError("INVOICE_OTHER_SIDE")
    if expected_version and expected_version != row.version_hash:
        raise ServiceError("INVOICE_CHANGED_MEANWHILE")
    if row.direction == Side.SALES and row.stage == InvoiceStage.SENT and origin != InvoiceOrigin.SOURCE:
        changed = [name for name in TOLD if getattr(before, name) != getattr(invoice, name)]
        if before.party.name != invoice.party.name:
            changed.append("party")
        if [_told(line) for line in before.lines] != [_told(line) for line in invoice.lines]:
            changed.append("lines")
        if changed:
            raise ServiceError("INVOICE_IS_SENT", fields=", ".join(str(FIELD_NAMES[name]) for name in changed))


def _told(line: InvoiceLine) -> tuple[object, ...]:
    """Return what the customer was told of a row; its accounts and dimensions are our own matter."""
    return line.description, line.quantity, line.unit, line.unit_price, line.discount_percent, line.vat_rate, line.net


def _require_not_credited_twice(row: WorkspaceInvoice) -> None:
    """Check that credit notes of ours do not take back more than their invoice came to.

    Raises:
        ServiceError: CREDITED_ALREADY.
    """
    if not row.is_credit_note or row.credits_id is None or row.origin in _OTHERS_DECIDE:
        return
    # Two credit notes of one invoice at once: the second waits here.
    credited = WorkspaceInvoice.objects.select_for_update(of=("self",)).get(pk=row.credits_id)
    notes = credited.credited_by.filter(is_credit_note=True).exclude(stage=InvoiceStage.REJECTED)
    taken = notes.aggregate(sum=Sum("gross_minor"))["sum"] or 0
    if abs(taken) > abs(credited.gross_minor):
        others = ", ".join(each.number or f"#{each.pk}" for each in notes.exclude(pk=row.pk).order_by("pk")[:5])
        raise ServiceError("CREDITED_ALREADY", number=credited.number, notes=others or "–")


def _party(actor: Actor, invoice: Invoice) -> WorkspaceParty:
    role = PartyRole.CUSTOMER if invoice.direction is Direction.SALES else PartyRole.SUPPLIER
    return find_or_create(actor.company, invoice.party, role)


def find_double(actor: Actor, invoice: Invoice, party: WorkspaceParty | None) -> WorkspaceInvoice | None:
    """Return the invoice that this one repeats: same party, number, date and kind; of sales, the same number."""
    number = invoice.number.strip()
    if not number:
        return None
    same = WorkspaceInvoice.objects.filter(company=actor.company, direction=invoice.direction.value)
    if invoice.direction is Direction.SALES:
        return same.filter(number=number).first()
    if party is None:
        return None
    return same.filter(
        party=party, number__iexact=number, date=invoice.date, is_credit_note=invoice.is_credit_note
    ).first()


def _require_single(actor: Actor, invoice: Invoice, party: WorkspaceParty, row: WorkspaceInvoice | None) -> None:
    double = find_double(actor, invoice, party)
    if double is not None and (row is None or double.pk != row.pk):
        raise ServiceError(
            "INVOICE_DUPLICATE", number=invoice.number, date=invoice.date.isoformat(), party=party.name, id=double.pk
        )


def _written(
    actor: Actor,
    invoice: Invoice,
    party: WorkspaceParty,
    row: WorkspaceInvoice | None,
    *,
    origin: str,
    origin_id: str,
) -> WorkspaceInvoice:
    if row is None:
        is_sales = invoice.direction is Direction.SALES
        is_sent = is_sales and bool(invoice.number)
        stage = InvoiceStage.RECEIVED if not is_sales else InvoiceStage.SENT if is_sent else InvoiceStage.DRAFT
        row = WorkspaceInvoice(
            company=actor.company,
            direction=invoice.direction.value,
            stage=stage,
            origin=origin,
            origin_id=origin_id[:120],
            created_by=actor.user,
            sent_at=timezone.now() if is_sent else None,
        )
    write_columns(row, invoice, party)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ServiceError("NUMBER_TAKEN", number=invoice.number) from error
    return row


def write_columns(row: WorkspaceInvoice, invoice: Invoice, party: WorkspaceParty | None = None) -> None:
    """Let a row say what its document says; the row is not saved."""
    stored = msgspec.structs.replace(
        invoice,
        source_id="",
        number=invoice.number.strip(),
        party=msgspec.structs.replace(invoice.party, source_id="", modified_at=""),
        attachments=(),
        paid=ZERO,
        is_sent=None,
        status="",
        created_at="",
        modified_at="",
    )
    if party is not None:
        row.party = party
    row.payload = encode_document(stored)
    row.version_hash = version_hash(stored)
    row.number = stored.number[:100]
    row.is_credit_note = stored.is_credit_note
    row.date, row.due_date = stored.date, stored.due_date
    row.party_name = stored.party.name.strip()[:200]
    row.currency = stored.currency
    row.net_minor = _minor(stored.net, stored)
    row.vat_minor = _minor(stored.vat, stored)
    row.gross_minor = _minor(stored.payable, stored)
    row.reference_number = stored.reference_number.replace(" ", "")[:35]
    row.credits = _credited(row, stored)
    row.updated_at = timezone.now()


def _minor(amount: Decimal, invoice: Invoice) -> int:
    return amount_minor(amount, invoice.currency)


def _credited(row: WorkspaceInvoice, invoice: Invoice) -> WorkspaceInvoice | None:
    """Return the invoice of ours that a credit note credits, when it names one."""
    mine = WorkspaceInvoice.objects.filter(company_id=row.company_id, direction=row.direction).exclude(pk=row.pk)
    for ref in invoice.credits:
        if ref.source_id.isdecimal() and (found := mine.filter(pk=int(ref.source_id)).first()) is not None:
            return found
        of_number = mine.filter(number=ref.number, is_credit_note=False)
        if row.direction == Side.PURCHASES:
            of_number = of_number.filter(party_id=row.party_id)
        if ref.number and (found := of_number.order_by("-date").first()) is not None:
            return found
    return None


def _log(actor: Actor, change: hooks.Change, how: str, params: dict[str, Any]) -> None:
    row, before, after = change.row, change.before, change.after
    if before is None:
        usual = "invoice.received" if row.origin == InvoiceOrigin.SOURCE else "invoice.created"
        log_event(row, how or usual, actor, **params)
        return
    changed = [name for name in _LOGGED if getattr(before, name) != getattr(after, name)]
    if before.party != after.party:
        changed.append("party")
    if changed:
        log_event(row, how or "invoice.edited", actor, **{"fields": ", ".join(changed), **params})
