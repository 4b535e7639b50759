"""Closed periods: the list of what is closed, closing, one period with its vouchers, sending and opening again."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tilisilta.core.errors import TilisiltaError
from tilisilta.services import integrations
from tilisilta.services.closing import closing, history, preview, reconcile, targets
from tilisilta.services.closing.preview import Blocker, CannotClose, Preview
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import ClosedPeriod, PeriodState, Role, Side
from tilisilta.web.closing.forms import CloseForm, ReopenForm
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.problems.cards import card
from tilisilta.web.request import CompanyRequest

_ROWS_A_PAGE = 50


def _side(name: str) -> Side:
    try:
        return Side(name)
    except ValueError as error:
        raise Http404 from error


@company_view("GET")
def period_list(request: CompanyRequest) -> HttpResponse:
    side = request.GET.get("side", "")
    chosen = side if side in Side.values else ""
    page = Paginator(history.list_periods(request.company, chosen), _ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = history.refreshed(list(page.object_list))
    context = {
        "page": page,
        "rows": [(period, history.target_keys(period)) for period in rows],
        "side": chosen,
        "sides": Side.choices,
        "currency": request.company.base_currency,
    }
    return render(request, "closing/list.html", context)


@company_view("GET", "POST", needed=Role.ACCOUNTANT)
def period_close(request: CompanyRequest, side: str) -> HttpResponse:
    chosen = _side(side)
    company = request.company
    with telling(request) as told:
        require_on(company)
    if not told.ok:
        return redirect("company-settings", company_id=company.pk)
    proposed = preview.propose(company, chosen)
    given = request.POST or (request.GET if "date_from" in request.GET else None)
    initial = {"date_from": proposed.first, "date_to": proposed.last, "vouchers": _usual_vouchers(request, chosen)}
    # A link may name the days alone.
    values = initial if given is None else {**initial, **given.dict()}
    form = CloseForm(values, today=preview.today_of(company))
    seen: Preview | None = None
    blockers: tuple[Blocker, ...] = ()
    error = ""
    unready = None
    if form.is_valid():
        try:
            if request.method == "POST":
                period = closing.close(request.actor, chosen, form.days, per_day=form.per_day)
                messages.success(request, _told(period))
                return redirect("period-detail", company_id=company.pk, pk=period.pk)
            # Only who asks for days lets the other system be asked; opening the page does not.
            seen = preview.preview(request.actor, chosen, form.days, per_day=form.per_day, ask_target=given is not None)
            blockers = seen.blockers
        except CannotClose as refusal:
            blockers = refusal.blockers
            seen = preview.preview(request.actor, chosen, form.days, per_day=form.per_day, ask_target=False)
        except ServiceError as refusal:
            error = str(refusal)
            if refusal.code == "NOT_ACTIVATED_YET":
                unready = targets.integrations_for(company, chosen)[0]
    context = {
        "form": form,
        "side": chosen,
        "preview": seen,
        "blockers": [_shown(each) for each in blockers],
        "error": error,
        "unready": unready,
        "last_closed": preview.last_closed(company, chosen),
        "currency": company.base_currency,
        "list_url": "sales-list" if chosen == Side.SALES else "purchase-list",
    }
    return render(request, "closing/close.html", context)


def _usual_vouchers(request: CompanyRequest, side: Side) -> str:
    found = targets.integrations_for(request.company, side)
    return str(integrations.settings_of(found[0])["vouchers"]) if found else "period"


def _shown(blocker: Blocker) -> dict[str, Any]:
    words = blocker.words
    return {"problem": card(blocker.code, blocker.params), "blocker": blocker, "title": words.title}


def _told(period: ClosedPeriod) -> str:
    if period.integration is None:
        return _("The period is closed. Nothing is sent at this level.")
    if period.state == PeriodState.CLOSED:
        return _("The period is closed. It has nothing to send.")
    return _("The period is closed and on its way to %(target)s.") % {"target": period.integration.target.name}


@company_view("GET")
def period_detail(request: CompanyRequest, pk: int) -> HttpResponse:
    return _detail(request, history.get_period(request.company, pk))


def _detail(
    request: CompanyRequest, period: ClosedPeriod, *, form: ReopenForm | None = None, blockers: tuple[Blocker, ...] = ()
) -> HttpResponse:
    vouchers = history.vouchers_of(period)
    context = {
        "period": period,
        "vouchers": [row for row in vouchers if row.voucher.revision == period.revision],
        "older": [row for row in vouchers if row.voucher.revision != period.revision],
        "totals": [
            (*key.partition("|")[::2], both["debit"], both["credit"]) for key, both in sorted(period.totals.items())
        ],
        "runs": history.runs_of(period),
        "failure": card(period.problem_code, period.problem_params) if history.problem_of(period) else None,
        "blockers": [_shown(each) for each in blockers],
        "form": form or ReopenForm(),
        "currency": request.company.base_currency,
    }
    return render(request, "closing/detail.html", context)


@company_view("POST", needed=Role.ACCOUNTANT)
def period_resend(request: CompanyRequest, pk: int) -> HttpResponse:
    period = history.get_period(request.company, pk)
    try:
        with telling(request, _("The period is on its way again.")):
            closing.resend(request.actor, period)
    except TilisiltaError as error:
        messages.error(request, card(error.code, error.params).title)
    return redirect("period-detail", company_id=request.company.pk, pk=pk)


@company_view("POST", needed=Role.ADMIN)
def period_reopen(request: CompanyRequest, pk: int) -> HttpResponse:
    period = history.get_period(request.company, pk)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _detail(request, period, form=form)
    with telling(request, _("The period is open again. Closing it anew replaces what was sent.")):
        closing.reopen(request.actor, period, form.cleaned_data["reason"])
    return redirect("period-detail", company_id=request.company.pk, pk=pk)


@company_view("GET")
def period_reconcile(request: CompanyRequest, pk: int) -> HttpResponse:
    period = history.get_period(request.company, pk)
    found: reconcile.Reconciled | None = None
    problem = None
    try:
        found = reconcile.reconcile(request.actor, period)
    except TilisiltaError as error:
        problem = card(error.code, error.params)
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect("period-detail", company_id=request.company.pk, pk=pk)
    context = {
        "period": period,
        "found": found,
        "problem": problem,
        "unmapped": [card(each.code, each.params) for each in found.unmapped] if found is not None else [],
        "currency": request.company.base_currency,
    }
    return render(request, "closing/reconcile.html", context)
