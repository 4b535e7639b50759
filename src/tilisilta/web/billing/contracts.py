"""Contracts of clients, each with its rows."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.core.billing import PLACEHOLDERS
from tilisilta.services.access import require
from tilisilta.services.billing import contracts
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import today_of
from tilisilta.store.models import Contract, Role
from tilisilta.web.billing.forms import ContractForm, RowForm, row_values
from tilisilta.web.billing.guarded import billing_view
from tilisilta.web.company_view import telling
from tilisilta.web.paging import id_of
from tilisilta.web.request import CompanyRequest

_SPARE = 3  # empty rows that a form offers


@billing_view("GET", right="view_contracts")
def contract_list(request: CompanyRequest) -> HttpResponse:
    text, with_old = request.GET.get("q", ""), request.GET.get("all") == "1"
    found = contracts.contracts(request.actor, text=text, is_active=None if with_old else True)
    context = {"rows": found[:500], "text": text, "with_old": with_old}
    return render(request, "billing/contracts.html", context)


def _row_forms(request: CompanyRequest, contract: Contract | None) -> list[RowForm]:
    known = contracts.rows_of(contract) if contract is not None else []
    if request.method != "POST":
        filled = [
            RowForm(company=request.company, prefix=f"r{at}", initial=row_values(row)) for at, row in enumerate(known)
        ]
        return filled + [
            RowForm(company=request.company, prefix=f"r{len(known) + at}", initial={}) for at in range(_SPARE)
        ]
    count = min(id_of(request.POST.get("rows", "")) or 0, contracts.MOST_ROWS + _SPARE)
    return [RowForm(request.POST, company=request.company, prefix=f"r{at}") for at in range(count)]


@billing_view("GET", "POST", right="view_contracts")
def contract_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    if pk is None or request.method == "POST":
        require(request.actor, Role.ADMIN)
    row = contracts.get_contract(request.actor, pk) if pk else None
    initial = {"client": request.GET.get("client"), "starts_on": today_of(request.company).replace(day=1)}
    form = ContractForm(request.POST or None, company=request.company, row=row, initial={} if row else initial)
    rows = _row_forms(request, row)
    if request.method == "POST" and all([form.is_valid(), *(each.is_valid() for each in rows)]):
        content = form.content([each.content() for each in rows if not each.is_left_out])
        try:
            row = contracts.save_contract(request.actor, content, row=row)
        except ServiceError as error:
            form.add_error(_FIELD_OF.get(error.code), str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("billing-contract", company_id=request.company.pk, pk=row.pk)
    if not request.actor.is_admin:
        for each in (form, *rows):
            for field in each.fields.values():
                field.disabled = True
    has_errors = bool(form.errors) or any(each.errors for each in rows)
    context = {
        "form": form,
        "rows": rows,
        "row": row,
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
    }
    return render(request, "billing/contract.html", context, status=422 if has_errors else 200)


_FIELD_OF = {"CONTRACT_DATES": "ends_on"}


@billing_view("POST", needed=Role.ADMIN)
def contract_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    row = contracts.get_contract(request.actor, pk)
    with telling(request, _("Deleted.")) as told:
        contracts.delete_contract(request.actor, row)
    if told.ok:
        return redirect("billing-contracts", company_id=request.company.pk)
    return redirect("billing-contract", company_id=request.company.pk, pk=pk)
