"""Payments of an invoice by hand, and its way to the bank."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.services.ledger import payments, postings
from tilisilta.services.ledger.listing import find_invoice
from tilisilta.store.models import Role
from tilisilta.web.company_view import telling
from tilisilta.web.ledger.back import back
from tilisilta.web.ledger.forms import PaymentForm
from tilisilta.web.ledger.panels import bank_accounts
from tilisilta.web.ledger.postings import ids_of
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.guarded import workspace_view


@workspace_view("POST", needed=Role.ACCOUNTANT)
def add(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    row = find_invoice(request.company, invoice_id)
    form = PaymentForm(request.POST, bank_accounts=bank_accounts(request))
    if not form.is_valid():
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            messages.error(request, f"{label}: {' '.join(map(str, errors))}")
        return back(request, "workspace-invoice", row.pk)
    values = form.cleaned_data
    with telling(request, _("The payment is recorded and posted.")):
        payments.add_payment(
            request.actor,
            row,
            values["date"],
            values["amount"],
            note=values["note"],
            allow_prepayment=values["allow_prepayment"],
            bank_account=values["bank_account"],
        )
    return back(request, "workspace-invoice", row.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def remove(request: CompanyRequest, invoice_id: int, payment_id: int) -> HttpResponse:
    row = find_invoice(request.company, invoice_id)
    with telling(request, _("The payment and its posting are removed.")):
        payments.remove_payment(request.actor, payments.find_payment(row, payment_id))
    return back(request, "workspace-invoice", row.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def bank_state(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """Mark an invoice as sent to the bank, take the mark back, or keep the bank's error."""
    row = find_invoice(request.company, invoice_id)
    action = request.POST.get("action", "")
    with telling(request, _("Saved.")):
        if action == "withdraw":
            payments.withdraw_from_bank(request.actor, row)
        elif action == "error":
            payments.set_bank_error(request.actor, row, request.POST.get("error", ""))
        else:
            payments.send_to_bank(request.actor, row)
    return back(request, "workspace-invoice", row.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def send_many(request: CompanyRequest) -> HttpResponse:
    count, reasons = payments.send_many_to_bank(request.actor, postings.postable(request.company, ids_of(request)))
    if count:
        text = ngettext(
            "%(count)d invoice is marked as sent to the bank.",
            "%(count)d invoices are marked as sent to the bank.",
            count,
        )
        messages.success(request, text % {"count": count})
    for reason in reasons[:5]:
        messages.warning(request, reason)
    return back(request, "bank-list")
