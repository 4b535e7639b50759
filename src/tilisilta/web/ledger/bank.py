"""Bank files: what came, what it paid, what it did not and why."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.services.ledger import bank_files
from tilisilta.services.ledger.listing import find_invoice
from tilisilta.store.models import BankEntry, BankEntryState, Role
from tilisilta.web.company_view import telling
from tilisilta.web.ledger.back import back
from tilisilta.web.ledger.panels import bank_accounts
from tilisilta.web.ledger.postings import ids_of
from tilisilta.web.paging import before_id, id_of, next_url
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import one_file
from tilisilta.web.workspace.guarded import workspace_view

_ROWS: Final = 100


@workspace_view("GET")
def bank_list(request: CompanyRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:60]
    state = request.GET.get("state", "")
    state = state if state in BankEntryState.values else ""
    found = bank_files.entries(request.company, state=state, text=text)
    before = before_id(request)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: _ROWS + 1])
    shown = rows[:_ROWS]
    context = {
        "rows": [{"entry": each, "why": bank_files.why_text(each.why)} for each in shown],
        "next_url": next_url(request, shown[-1].pk) if len(rows) > _ROWS else "",
        "is_first": before is None,
        "state": state,
        "states": BankEntryState.choices,
        "counts": bank_files.counts(request.company),
        "text": text,
        "bank_accounts": bank_accounts(request),
    }
    return render(request, "ledger/bank.html", context)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def upload(request: CompanyRequest) -> HttpResponse:
    with telling(request) as told:
        name, content = one_file(request)
        taken = bank_files.take(request.actor, name, content, bank_account=request.POST.get("bank_account", ""))
    if not told.ok:
        return redirect("bank-list", request.company.pk)
    return render(request, "ledger/bank_uploaded.html", {"taken": taken})


@workspace_view("POST", needed=Role.ACCOUNTANT)
def match_again(request: CompanyRequest) -> HttpResponse:
    counts = bank_files.match_again(request.actor)
    matched, proposed = counts[BankEntryState.MATCHED], counts[BankEntryState.PROPOSED]
    text = ngettext("%(count)d entry paid an invoice", "%(count)d entries paid invoices", matched) % {"count": matched}
    more = ngettext("%(count)d is proposed.", "%(count)d are proposed.", proposed) % {"count": proposed}
    messages.success(request, f"{text}, {more}")
    return back(request, "bank-list")


@workspace_view("POST", needed=Role.ACCOUNTANT)
def post_proposed(request: CompanyRequest) -> HttpResponse:
    """Record the ticked proposals."""
    found = bank_files.entries(request.company, state=BankEntryState.PROPOSED).filter(pk__in=ids_of(request))
    count, reasons = bank_files.post_proposed(request.actor, list(found.order_by("date", "pk")))
    if count:
        text = ngettext("%(count)d payment is recorded.", "%(count)d payments are recorded.", count)
        messages.success(request, text % {"count": count})
    for reason in reasons[:5]:
        messages.warning(request, reason)
    return back(request, "bank-list")


def _shown(request: CompanyRequest, entry_id: int) -> BankEntry:
    return bank_files.find_entry(request.company, entry_id)


@workspace_view("GET")
def entry(request: CompanyRequest, entry_id: int) -> HttpResponse:
    row = _shown(request, entry_id)
    is_done = row.state == BankEntryState.MATCHED
    context = {
        "entry": row,
        "why": bank_files.why_text(row.why),
        "is_done": is_done,
        "choices": [] if is_done else bank_files.payable_by(row),
        "bank_accounts": bank_accounts(request),
    }
    return render(request, "ledger/bank_entry.html", context)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def entry_post(request: CompanyRequest, entry_id: int) -> HttpResponse:
    row = _shown(request, entry_id)
    chosen = id_of(request.POST.get("invoice", ""))
    invoice = find_invoice(request.company, chosen) if chosen is not None else None
    with telling(request, _("The payment is recorded and posted.")) as told:
        bank_files.post_entry(
            request.actor,
            row,
            invoice,
            allow_prepayment=request.POST.get("allow_prepayment") == "1",
            bank_account=request.POST.get("bank_account", ""),
        )
    if not told.ok:
        return redirect("bank-entry", request.company.pk, row.pk)
    return back(request, "bank-list")


@workspace_view("POST", needed=Role.ACCOUNTANT)
def entry_undo(request: CompanyRequest, entry_id: int) -> HttpResponse:
    with telling(request, _("The payment is taken back; the entry is open again.")):
        bank_files.undo_entry(request.actor, _shown(request, entry_id))
    return back(request, "bank-entry", entry_id)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def entry_leave_out(request: CompanyRequest, entry_id: int) -> HttpResponse:
    with telling(request, _("The entry is left out.")):
        bank_files.leave_out(request.actor, _shown(request, entry_id))
    return back(request, "bank-list")
