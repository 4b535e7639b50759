"""Bank files: every payment kept once, reference payments recorded, the rest proposed or listed with the reason."""

from collections.abc import Sequence
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.errors import BadInput
from tilisilta.core.money import amount_from_minor, amount_minor
from tilisilta.core.problems import Problem
from tilisilta.formats import BankTransaction, Statement, read_camt
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.matching import Candidate, OpenInvoices, Verdict, comes_in, plain_reference
from tilisilta.services.ledger.payments import add_payment, remove_payment
from tilisilta.services.ledger.texts import BANK_WHY
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import (
    BankEntry,
    BankEntryState,
    Company,
    InvoiceStage,
    PaymentOrigin,
    PaymentStage,
    Role,
    WorkspaceInvoice,
    WorkspacePayment,
)

audit.ACTIONS.update({"bank.file_read": _("Bank file read"), "bank.entry_posted": _("Bank entry tied to an invoice")})
_KEPT: Final = 500  # rows that are written at once
# Reasons for which an invoice is proposed, and that stay true once the proposal is accepted.
_PROPOSING: Final = frozenset({"reference", "reference_amount_differs", "number_and_amount", "party_and_amount"})


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bank file."""

    name: str
    new: int
    known: int  # doubles of entries that came before
    announced: int  # not booked yet: they come again when they are
    matched: int
    proposed: int
    unmatched: int
    remarks: tuple[str, ...] = ()


def take(actor: Actor, name: str, content: bytes, *, bank_account: str = "") -> Taken:
    """Read a camt.053 or camt.054 file: new entries are kept, payments by a sure reference number recorded.

    An entry that came before, in this or any other file, is counted and otherwise left alone. Entries that cannot be
    read become remarks, and the others go on.

    Args:
        actor: An accountant or higher.
        name: The file's name.
        content: Its bytes.
        bank_account: Number of the account in our chart that the file is of; empty for the usual one.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_FILE_REFUSED with the file, what is wrong with it and where.
    """
    require(actor, Role.ACCOUNTANT)
    try:
        file = read_camt(content, name)
    except BadInput as error:
        said = describe(error.code, error.params)
        raise ServiceError("BANK_FILE_REFUSED", file=name, title=said.title, cause=said.cause) from None
    with transaction.atomic():
        # Two uploads at once keep each entry once. Payments that refer to the company meanwhile need not wait for it.
        Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)
        fresh, known, announced = _fresh(actor, name, file.statements)
        BankEntry.objects.bulk_create(fresh, batch_size=_KEPT)
        counts = _settle(actor, fresh, bank_account)
        audit.record(actor, "bank.file_read", name, _link(actor), count=len(fresh))
    return Taken(
        name=name,
        new=len(fresh),
        known=known,
        announced=announced,
        matched=counts[BankEntryState.MATCHED],
        proposed=counts[BankEntryState.PROPOSED],
        unmatched=counts[BankEntryState.OPEN],
        remarks=tuple(_said(each) for each in file.problems),
    )


def _said(problem: Problem) -> str:
    said = describe(problem.code, problem.params)
    return f"{said.title}. {said.cause}"


def _fresh(actor: Actor, name: str, statements: Sequence[Statement]) -> tuple[list[BankEntry], int, int]:
    """Return the entries that are new, and how many were known or only announced."""
    transactions = [(each, statement.account.iban) for statement in statements for each in statement.transactions]
    ids = [each.id for each, _iban in transactions]
    held: set[str] = set()
    for start in range(0, len(ids), _KEPT):
        some = ids[start : start + _KEPT]
        found = BankEntry.objects.filter(company=actor.company, entry_id__in=some)
        held |= set(found.values_list("entry_id", flat=True))
    fresh: list[BankEntry] = []
    known = announced = 0
    for each, iban in transactions:
        if not each.is_booked:
            announced += 1
        elif each.id in held:
            known += 1
        else:
            held.add(each.id)
            fresh.append(_entry(actor, name, each, iban))
    return fresh, known, announced


def _entry(actor: Actor, name: str, each: BankTransaction, iban: str) -> BankEntry:
    why = "reversal" if each.is_reversal else "returned" if each.is_return else "fee" if each.is_fee else ""
    return BankEntry(
        company=actor.company,
        entry_id=each.id,
        file_name=name[:255],
        account_iban=iban[:34],
        date=each.booking_date,
        amount_minor=amount_minor(each.signed, each.currency),
        currency=each.currency,
        counterparty_name=each.counterparty_name[:200],
        counterparty_iban=each.counterparty_iban[:34],
        reference_number=each.reference[:35],
        message=each.message[:500],
        numbers=list(each.document_numbers[:20]),
        is_special=bool(why),
        why=why,
        created_by=actor.user,
    )


def _settle(actor: Actor, entries: Sequence[BankEntry], bank_account: str) -> dict[BankEntryState, int]:
    """Match entries against open invoices, in their order, and record what is sure."""
    counts = dict.fromkeys(BankEntryState, 0)
    waiting = OpenInvoices(actor.company)
    for entry in entries:
        verdict = waiting.judge(entry)
        if verdict.is_certain and verdict.candidate is not None:
            verdict = _recorded(actor, entry, verdict, verdict.candidate, bank_account)
        entry.state, entry.why = verdict.state, verdict.why
        entry.invoice_id = verdict.candidate.pk if verdict.candidate else None
        counts[BankEntryState(entry.state)] += 1
    BankEntry.objects.bulk_update(entries, ["state", "why", "invoice", "payment"], batch_size=_KEPT)
    return counts


def _recorded(actor: Actor, entry: BankEntry, verdict: Verdict, candidate: Candidate, bank_account: str) -> Verdict:
    """Record a sure match; one that cannot be recorded now is proposed with the reason."""
    if candidate.rule_payment is not None:
        WorkspacePayment.objects.filter(pk=candidate.rule_payment).update(bank_entry_id=entry.entry_id)
        entry.payment_id = candidate.rule_payment
        candidate.open_minor = 0
        return verdict
    invoice = WorkspaceInvoice.objects.get(pk=candidate.pk)
    try:
        entry.payment = _pay(actor, entry, invoice, origin=PaymentOrigin.REFERENCE, bank_account=bank_account)
    except ServiceError as error:
        why = "period_closed" if error.code == "LEDGER_PERIOD_CLOSED" else "not_recorded"
        return Verdict(BankEntryState.PROPOSED, why, candidate)
    candidate.open_minor -= abs(entry.amount_minor)
    return verdict


def _pay(
    actor: Actor,
    entry: BankEntry,
    invoice: WorkspaceInvoice,
    *,
    origin: PaymentOrigin,
    bank_account: str = "",
    allow_prepayment: bool = False,
) -> WorkspacePayment:
    return add_payment(
        actor,
        invoice,
        entry.date,
        amount_from_minor(abs(entry.amount_minor), entry.currency),
        origin=origin,
        reference_number=entry.reference_number,
        bank_entry_id=entry.entry_id,
        note=entry.counterparty_name,
        allow_prepayment=allow_prepayment,
        bank_account=bank_account,
    )


# --- the list -------------------------------------------------------------------------------------------------


def entries(company: Company, *, state: str = "", text: str = "") -> QuerySet[BankEntry]:
    """Return a company's bank entries, those of a state, whose counterparty or reference has `text` in it."""
    found = BankEntry.objects.filter(company=company).select_related("invoice", "payment", "payment__closed_period")
    if state:
        found = found.filter(state=state)
    if text := text.strip():
        by_name = found.filter(counterparty_name__icontains=text)
        found = by_name | found.filter(reference_number=text.replace(" ", ""))
    return found


def counts(company: Company) -> dict[str, int]:
    """Return how many entries a company has in each state."""
    found = BankEntry.objects.filter(company=company).order_by().values_list("state").annotate(Count("pk"))
    return dict(found)


def find_entry(company: Company, pk: int) -> BankEntry:
    """Return one entry.

    Raises:
        BankEntry.DoesNotExist: it is another company's or gone.
    """
    return BankEntry.objects.select_related("invoice", "payment").get(company=company, pk=pk)


def why_text(why: str) -> Promise | str:
    """Return why an entry matched or did not, in the reader's language."""
    return BANK_WHY.get(why, why)


def payable_by(entry: BankEntry, *, limit: int = 200) -> list[WorkspaceInvoice]:
    """Return open invoices that an entry could pay: same way of the money and currency, nearest amount first."""
    found = WorkspaceInvoice.objects.filter(company=entry.company, currency=entry.currency).exclude(
        payment_stage=PaymentStage.PAID
    )
    found = found.exclude(stage__in=[InvoiceStage.DRAFT, InvoiceStage.REJECTED])
    is_in, amount = entry.amount_minor > 0, abs(entry.amount_minor)
    fitting = [
        row
        for row in found.order_by("-date", "-pk").defer("payload")[: limit * 5]
        if comes_in(row.direction, is_credit_note=row.is_credit_note) == is_in
    ]
    fitting.sort(key=lambda row: abs(row.gross_minor - row.paid_minor - amount))
    return fitting[:limit]


# --- decisions ------------------------------------------------------------------------------------------------


@transaction.atomic
def post_entry(
    actor: Actor,
    entry: BankEntry,
    invoice: WorkspaceInvoice | None = None,
    *,
    allow_prepayment: bool = False,
    bank_account: str = "",
) -> WorkspacePayment:
    """Record an entry as the payment of an invoice: the proposed one, or another that a person chose.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_ENTRY_DONE, BANK_ENTRY_NOT_DONE when nothing is proposed or chosen, BANK_ENTRY_DIRECTION,
            BANK_ENTRY_CURRENCY, and those of `add_payment`.
    """
    require(actor, Role.ACCOUNTANT)
    held = BankEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk, company=actor.company)
    if held.state == BankEntryState.MATCHED:
        raise ServiceError("BANK_ENTRY_DONE")
    chosen = invoice or held.invoice
    if chosen is None or chosen.company_id != actor.company.pk:
        raise ServiceError("BANK_ENTRY_NOT_DONE")
    if comes_in(chosen.direction, is_credit_note=chosen.is_credit_note) != (held.amount_minor > 0):
        raise ServiceError("BANK_ENTRY_DIRECTION", number=chosen.number)
    if chosen.currency != held.currency:
        raise ServiceError("BANK_ENTRY_CURRENCY", entry=held.currency, number=chosen.number, invoice=chosen.currency)
    was_proposed = invoice is None or invoice.pk == held.invoice_id
    is_same = plain_reference(held.reference_number) == plain_reference(chosen.reference_number)
    by_reference = bool(held.reference_number) and is_same
    payment = _pay(
        actor,
        held,
        chosen,
        origin=PaymentOrigin.REFERENCE if by_reference else PaymentOrigin.BANK,
        bank_account=bank_account,
        allow_prepayment=allow_prepayment,
    )
    held.state, held.invoice, held.payment = BankEntryState.MATCHED, chosen, payment
    held.why = held.why if was_proposed and held.why in _PROPOSING else "hand"
    held.save(update_fields=["state", "invoice", "payment", "why"])
    audit.record(actor, "bank.entry_posted", str(chosen), _link(actor))
    return payment


def post_proposed(actor: Actor, company_entries: Sequence[BankEntry]) -> tuple[int, list[str]]:
    """Record many proposed entries; return how many, and why the others were not."""
    count, reasons = 0, []
    for entry in company_entries:
        try:
            post_entry(actor, entry)
        except ServiceError as error:
            reasons.append(str(error))
        else:
            count += 1
    return count, reasons


@transaction.atomic
def undo_entry(actor: Actor, entry: BankEntry) -> None:
    """Take back that an entry paid an invoice: its payment is removed, and it is open again.

    A payment by rule that the entry only confirmed stays, unconfirmed.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_ENTRY_NOT_DONE, LEDGER_PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    held = BankEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk, company=actor.company)
    if held.state != BankEntryState.MATCHED or held.payment is None:
        raise ServiceError("BANK_ENTRY_NOT_DONE")
    if held.payment.origin == PaymentOrigin.RULE:
        WorkspacePayment.objects.filter(pk=held.payment.pk).update(bank_entry_id="")
        BankEntry.objects.filter(pk=held.pk).update(state=BankEntryState.OPEN, why="undone", payment=None)
        return
    remove_payment(actor, held.payment)


def leave_out(actor: Actor, entry: BankEntry) -> None:
    """Put an entry aside that pays no invoice: a fee, a transfer of one's own, a salary.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: BANK_ENTRY_DONE.
    """
    require(actor, Role.ACCOUNTANT)
    changed = BankEntry.objects.filter(pk=entry.pk, company=actor.company).exclude(state=BankEntryState.MATCHED)
    if not changed.update(state=BankEntryState.IGNORED, why="left_out"):
        raise ServiceError("BANK_ENTRY_DONE")


@transaction.atomic
def match_again(actor: Actor) -> dict[BankEntryState, int]:
    """Look again for invoices that open entries pay, after invoices came or were sent; sure ones are recorded.

    Entries that somebody took back or left out stay as they are.

    Raises:
        Forbidden: the role is lower than an accountant's.
    """
    require(actor, Role.ACCOUNTANT)
    Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)
    waiting = BankEntry.objects.select_for_update(of=("self",)).filter(
        company=actor.company, state__in=[BankEntryState.OPEN, BankEntryState.PROPOSED], is_special=False
    )
    return _settle(actor, list(waiting.exclude(why="undone").order_by("date", "pk")[:5_000]), "")


def _link(actor: Actor) -> str:
    return reverse("bank-list", args=[actor.company.pk])
