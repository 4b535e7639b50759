"""The chart of accounts: list, edit, template, as a file both ways."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import chart, chart_files, settings
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import LedgerAccount, Role
from tilisilta.web.company_view import telling
from tilisilta.web.downloads import table_attachment
from tilisilta.web.ledger.forms import AccountForm
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import one_file
from tilisilta.web.workspace.guarded import workspace_view

_MAX_ROWS: Final = 2_000


@workspace_view("GET")
def chart_list(request: CompanyRequest) -> HttpResponse:
    text, shows_all = request.GET.get("q", "")[:60], request.GET.get("all") == "1"
    rows = chart.accounts(request.company, text=text, only_active=not shows_all)
    context = {
        "rows": rows[:_MAX_ROWS],
        "text": text,
        "shows_all": shows_all,
        "treatments": chart.TREATMENT_NAMES,
        "templates": chart.TEMPLATE_NAMES.items(),
        "country": request.company.country,
        "settings": settings_of(request.company),
    }
    return render(request, "ledger/chart.html", context)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def account_new(request: CompanyRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    return _account_form(request, form, None)


@workspace_view("GET", "POST", needed=Role.ACCOUNTANT)
def account_edit(request: CompanyRequest, account_id: int) -> HttpResponse:
    account = chart.find_account(request.company, account_id)
    return _account_form(request, AccountForm.of(account, request.POST or None), account)


def _account_form(request: CompanyRequest, form: AccountForm, account: LedgerAccount | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            row = chart.save_account(request.actor, form.account_data(), account)
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Account %(account)s is saved.") % {"account": row})
            return redirect("chart", request.company.pk)
    context = {"form": form, "account": account, "is_used": account is not None and chart.is_used(account)}
    return render(request, "ledger/account.html", context, status=422 if form.errors else 200)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def account_delete(request: CompanyRequest, account_id: int) -> HttpResponse:
    account = chart.find_account(request.company, account_id)
    with telling(request, _("Account %(account)s is deleted.") % {"account": account}):
        chart.delete_account(request.actor, account)
    return redirect("chart", request.company.pk)


@workspace_view("POST", needed=Role.ACCOUNTANT)
def chart_template(request: CompanyRequest) -> HttpResponse:
    with telling(request):
        count = chart.apply_template(request.actor, request.POST.get("template", ""))
        told = ngettext("%(count)d account was added.", "%(count)d accounts were added.", count) % {"count": count}
        messages.success(request, told)
    return redirect("chart", request.company.pk)


@workspace_view("GET")
def chart_export(request: CompanyRequest) -> HttpResponse:
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_attachment(chart_files.export(request.company, file_format))


@workspace_view("POST", needed=Role.ACCOUNTANT)
def chart_import(request: CompanyRequest) -> HttpResponse:
    with telling(request) as told:
        name, content = one_file(request)
        imported = chart_files.read(request.actor, name, content)
    if not told.ok:
        return redirect("chart", request.company.pk)
    return render(request, "ledger/chart_imported.html", {"imported": imported, "name": name})


@workspace_view("POST", needed=Role.ADMIN)
def posting_settings(request: CompanyRequest) -> HttpResponse:
    with telling(request, _("The setting is saved.")):
        settings.set_posts_on_sending(request.actor, is_on=request.POST.get("posts_on_sending") == "1")
    return redirect("chart", request.company.pk)
