"""What the ledger shows on an invoice's page: its postings and its payments."""

from collections.abc import Sequence
from typing import Any

from tilisilta.core.ledger import PostingLine, totals
from tilisilta.core.money import amount_minor
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import payments, postings
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.ledger.chart import TREATMENT_NAMES, accounts
from tilisilta.services.ledger.proposals import proposal
from tilisilta.services.ledger.texts import WHY
from tilisilta.services.workspace.content import today_of
from tilisilta.store.models import (
    AccountRole,
    BilledInvoice,
    InvoiceStage,
    PaymentStage,
    PostingStage,
    Side,
    WorkspaceInvoice,
)
from tilisilta.web.ledger.forms import PaymentForm
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.fields import plain_number


def shown_lines(lines: Sequence[PostingLine], book: AccountBook) -> list[dict[str, Any]]:
    """Return posting lines as the pages show them: with their account's name, the VAT and the reason in words."""
    names = {number: account.name for number, account in book.by_number.items()}
    currency = book.company.base_currency
    return [
        {
            "account": line.account,
            "name": names.get(line.account, ""),
            "debit": amount_minor(line.debit, currency) if line.debit else None,
            "credit": amount_minor(line.credit, currency) if line.credit else None,
            "debit_value": plain_number(line.debit) if line.debit else "",
            "credit_value": plain_number(line.credit) if line.credit else "",
            "vat_rate": line.vat_rate,
            "treatment": line.vat_treatment or "",
            "vat": TREATMENT_NAMES.get(line.vat_treatment or "", ""),
            "is_vat": line.part.is_vat,
            "description": line.description,
            "why": WHY.get(line.why, line.why),
            "is_missing": not line.account or (line.part == "base" and line.vat_treatment is None),
        }
        for line in lines
    ]


def posting_context(
    request: CompanyRequest, invoice: WorkspaceInvoice, book: AccountBook | None = None
) -> dict[str, Any]:
    """Return what the panel of postings shows: what is posted, else the proposal and what it lacks."""
    book = book or AccountBook(request.company)
    currency = request.company.base_currency
    context: dict[str, Any] = {
        "is_posted": invoice.posting_stage == PostingStage.POSTED,
        "may_post": invoice.stage not in {InvoiceStage.DRAFT, InvoiceStage.REJECTED},
        "is_draft": invoice.stage == InvoiceStage.DRAFT,
        "currency": currency,
    }
    lines: Sequence[PostingLine] = ()
    if context["is_posted"]:
        lines = postings.lines_of(invoice)
        context["is_ready"] = True
    else:
        try:
            found = proposal(invoice, book)
        except ServiceError as error:
            return context | {"lines": [], "error": str(error), "is_ready": False}
        lines = found.lines
        context |= {
            "is_ready": found.is_ready,
            "missing_accounts": found.missing_accounts,
            "missing_treatments": found.missing_treatments,
            "difference": amount_minor(found.difference, currency) or None,
        }
    debit, credit = totals(lines)
    return context | {
        "lines": shown_lines(lines, book),
        "debit": amount_minor(debit, currency),
        "credit": amount_minor(credit, currency),
    }


def postings_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of an invoice's postings."""
    # What billing made is booked in the bureau's own books: posting it here too is nobody's next step.
    is_billed = BilledInvoice.objects.filter(invoice=invoice).exists()
    return "ledger/_postings.html", posting_context(request, invoice) | {"is_billed": is_billed}


def bank_accounts(request: CompanyRequest) -> list[tuple[str, str]]:
    """Return the accounts that money may be booked on, the usual one first."""
    found = [each for each in accounts(request.company, only_active=True) if each.role in _MONEY]
    found.sort(key=lambda each: (_MONEY.index(each.role), each.number))
    return [(each.number, str(each)) for each in found]


_MONEY = [AccountRole.BANK.value, AccountRole.CASH.value]


def payments_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of an invoice's payments; a draft has none."""
    if invoice.stage == InvoiceStage.DRAFT:
        return None
    still_open = payments.open_amount(invoice)
    form = PaymentForm(
        bank_accounts=bank_accounts(request),
        initial={"date": today_of(request.company), "amount": still_open if still_open > 0 else None},
    )
    rows = [{"payment": each, "allocated": payments.allocation_of(each)} for each in payments.payments_of(invoice)]
    is_purchase = invoice.direction == Side.PURCHASES and not invoice.is_credit_note
    return "ledger/_payments.html", {
        "rows": rows,
        "open_minor": amount_minor(still_open, invoice.currency),
        "form": form,
        "is_paid": invoice.payment_stage == PaymentStage.PAID,
        "may_send": is_purchase
        and invoice.stage == InvoiceStage.APPROVED
        and invoice.bank_sent_at is None
        and invoice.payment_stage != PaymentStage.PAID,
        "is_at_bank": is_purchase and invoice.bank_sent_at is not None and invoice.payment_stage != PaymentStage.PAID,
    }
