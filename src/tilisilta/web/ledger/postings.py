"""Postings of an invoice: accept the proposal, edit it line by line, take it back; many proposals at once."""

from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.ledger import Part, PostingLine
from tilisilta.core.vat import VatTreatment
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import postings
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.ledger.chart import TREATMENT_NAMES, accounts, valid_rate
from tilisilta.services.ledger.listing import find_invoice, unposted
from tilisilta.services.ledger.proposals import propose
from tilisilta.store.models import PostingStage, Role, Side
from tilisilta.web.company_view import telling
from tilisilta.web.ledger.back import back
from tilisilta.web.ledger.panels import posting_context
from tilisilta.web.paging import before_id, id_of, next_url
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.fields import NumberField
from tilisilta.web.workspace.guarded import workspace_view

MOST_AT_ONCE: Final = 500
_EMPTY_LINES: Final = 3
_SHOWN: Final = 50
_AMOUNT: Final = NumberField(places=2)
_FIELDS: Final = ("account", "debit", "credit", "treatment", "vat_rate", "description")


@workspace_view("GET")
def proposals(request: CompanyRequest) -> HttpResponse:
    """Show what is not posted yet, each with its proposal, to be accepted many at once."""
    side = Side.PURCHASES if request.GET.get("side") == Side.PURCHASES.value else Side.SALES
    found = unposted(request.company, side)
    before = before_id(request)
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: _SHOWN + 1])
    shown = rows[:_SHOWN]
    book = AccountBook(request.company)
    context = {
        "rows": [{"invoice": each, "panel": posting_context(request, each, book)} for each in shown],
        "side": side.value,
        "sides": [(each, each.label, unposted(request.company, each).count()) for each in Side],
        "next_url": next_url(request, shown[-1].pk) if len(rows) > _SHOWN else "",
        "is_first": before is None,
    }
    return render(request, "ledger/proposals.html", context)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def accept(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    row = find_invoice(request.company, invoice_id)
    with telling(request, _("Posted as proposed.")):
        postings.post(request.actor, row, propose(row))
    return back(request, "workspace-invoice", row.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def undo(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    row = find_invoice(request.company, invoice_id)
    with telling(request, _("The posting is taken back.")):
        postings.unpost(request.actor, row)
    return back(request, "workspace-invoice", row.pk)


def ids_of(request: CompanyRequest) -> list[int]:
    """Return the ids of the rows that were ticked in a list."""
    chosen = (id_of(each) for each in request.POST.getlist("ids"))
    return list(dict.fromkeys(each for each in chosen if each is not None))[:MOST_AT_ONCE]


@workspace_view("POST", needed=Role.ACCOUNTANT)
def accept_many(request: CompanyRequest) -> HttpResponse:
    rows = postings.postable(request.company, ids_of(request))
    told = postings.accept_proposals(request.actor, rows)
    if not rows:
        messages.warning(request, _("Tick the invoices first."))
    if told.posted:
        text = ngettext("%(count)d invoice is posted.", "%(count)d invoices are posted.", told.posted)
        messages.success(request, text % {"count": told.posted})
    for left in told.left[:5]:
        messages.warning(request, f"{left.invoice.number or left.invoice.party_name}: {left.reason}")
    if more := len(told.left[5:]):
        text = ngettext("%(count)d more invoice is not posted.", "%(count)d more invoices are not posted.", more)
        messages.warning(request, text % {"count": more})
    return back(request, "postings-list")


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def edit(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """Show the lines of an invoice as a form, and post them as they were filled in."""
    row = find_invoice(request.company, invoice_id)
    error = ""
    typed: list[dict[str, Any]] | None = None
    if request.method == "POST":
        typed = _typed(request)
        try:
            postings.post(request.actor, row, _lines(typed))
        except ServiceError as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Posted."))
            return back(request, "workspace-invoice", row.pk)
    context = posting_context(request, row)
    is_posted = row.posting_stage == PostingStage.POSTED
    shown = context["lines"] if typed is None else typed
    page = {
        "invoice": row,
        "panel": context,
        "lines": shown if is_posted else [*shown, *({} for _place in range(_EMPTY_LINES))],
        "error": error or context.get("error", ""),
        "accounts": accounts(request.company, only_active=True),
        "treatments": TREATMENT_NAMES.items(),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "ledger/postings.html", page, status=422 if error else 200)


def _typed(request: CompanyRequest) -> list[dict[str, Any]]:
    """Return the lines of the form as they were typed, without the empty ones."""
    columns = {name: request.POST.getlist(name)[: postings.MAX_LINES] for name in _FIELDS}
    count = max(map(len, columns.values()), default=0)
    lines = [
        {name: values[place].strip() if place < len(values) else "" for name, values in columns.items()}
        for place in range(count)
    ]
    kept = [line for line in lines if line["account"] or line["debit"] or line["credit"]]
    # What was typed is shown again as it was typed, so its values stand under the names of the form.
    return [line | {"debit_value": line["debit"], "credit_value": line["credit"]} for line in kept]


def _lines(typed: list[dict[str, Any]]) -> list[PostingLine]:
    """Return typed lines as posting lines.

    Raises:
        ServiceError: POSTING_AMOUNT_INVALID, POSTING_VAT_MISSING with the line.
    """
    return [_line(each, place) for place, each in enumerate(typed, start=1)]


def _line(typed: dict[str, Any], place: int) -> PostingLine:
    try:
        debit, credit = _amount(typed["debit"]), _amount(typed["credit"])
    except ValidationError:
        raise ServiceError("POSTING_AMOUNT_INVALID", line=place) from None
    try:
        treatment = VatTreatment(typed["treatment"]) if typed["treatment"] else None
        rate = valid_rate(typed["vat_rate"])
    except ValueError:
        raise ServiceError("POSTING_VAT_MISSING", line=place, number=typed["account"]) from None
    return PostingLine(
        account=typed["account"].split(" ")[0],
        part=Part.BASE,
        debit=debit,
        credit=credit,
        vat_rate=rate,
        vat_treatment=treatment,
        description=typed["description"][:200],
    )


def _amount(text: str) -> Decimal:
    """Return an amount as people type it; an empty one is 0."""
    amount: Decimal | None = _AMOUNT.clean(text)
    return amount or Decimal(0)
