"""The first page of billing: its invoices with their payment, what waits, and what is done with many at once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tilisilta.services.billing import differences, lists, preview, sending, status
from tilisilta.services.billing.settings import books_of, settings_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import has_right
from tilisilta.store.models import Role
from tilisilta.web.billing.guarded import billing_view
from tilisilta.web.company_view import telling
from tilisilta.web.paging import id_of
from tilisilta.web.request import CompanyRequest

ISSUE, SEND, BOTH = "issue", "send", "both"
_MOST = 500  # invoices that one press may reach


class FilterForm(forms.Form):
    """All fields may stay empty; one that cannot be read is shown with its error and narrows nothing."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100, widget=forms.SearchInput)
    state = forms.ChoiceField(label=gettext_lazy("Payment"), required=False)
    date_from = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    date_to = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    run = forms.IntegerField(required=False, widget=forms.HiddenInput)
    client = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)  # noqa: S101  for the type checker
        state.choices = [("", _("All")), *((code, str(name)) for code, name in lists.STATES.items())]
        self.fields["q"].widget.attrs["placeholder"] = _("Number or client")

    def filters(self) -> lists.Filters:
        """Return the filters of the fields that could be read."""
        self.is_valid()
        values = self.cleaned_data
        return lists.Filters(
            text=values.get("q") or "",
            state=values.get("state") or "",
            client_id=id_of(str(values.get("client") or "")),
            run_id=id_of(str(values.get("run") or "")),
            date_from=values.get("date_from"),
            date_to=values.get("date_to"),
        )


@billing_view("GET")
def billing_home(request: CompanyRequest) -> HttpResponse:
    form = FilterForm(request.GET or None)
    filters = form.filters() if form.is_bound else lists.Filters()
    cursor = request.GET.get("after", "")
    try:
        page = lists.search(request.company, filters, cursor=cursor)
    except ServiceError:  # a cursor of another list: begin again
        cursor, page = "", lists.search(request.company, filters)
    narrowed = request.GET.copy()
    narrowed.pop("after", None)
    following = narrowed.copy()
    following["after"] = page.next_cursor
    kept, books = settings_of(request.company), books_of(request.company)
    counts = lists.counts(request.company)
    late = preview.waiting(request.company)
    context = {
        "form": form,
        "filters": filters,
        "is_filtered": filters != lists.Filters(),
        "rows": page.rows,
        "next_url": f"?{following.urlencode()}" if page.next_cursor else "",
        "first_url": f"?{narrowed.urlencode()}" if cursor else "",
        "counts": counts,
        "states": [(code, name) for code, name in lists.STATES.items() if counts.get(code)],
        "open_total": lists.open_total(request.company),
        "differences": [(each, differences.label(each.count)) for each in lists.differences(request.company, limit=10)],
        "late": late[:10],
        "difference_count": differences.waiting_count(request.company) + len(late),
        "last_run": lists.last_run(request.company),
        "kept": kept,
        "books": books,
        "job": status.newest_job(request.company),
        "may_create": has_right(request.actor, "create_invoices"),
        "may_send": has_right(request.actor, "send_invoices"),
        "may_see_contracts": has_right(request.actor, "view_contracts"),
    }
    return render(request, "billing/home.html", context)


def _tell(request: CompanyRequest, done: sending.Done, text: str) -> None:
    if done.count:
        messages.success(request, text % {"count": done.count})
    for each in done.left:
        messages.error(request, each.reason)


def _issue(request: CompanyRequest, ids: list[int]) -> None:
    done = sending.issue(request.actor, sending.invoices_of(request.company, ids))
    _tell(request, done, ngettext("%(count)d invoice is issued.", "%(count)d invoices are issued.", done.count))


def _send(request: CompanyRequest, ids: list[int]) -> None:
    done = sending.send_to_books(request.actor, sending.invoices_of(request.company, ids))
    text = ngettext("%(count)d invoice is on its way.", "%(count)d invoices are on their way.", done.count)
    _tell(request, done, text)


@billing_view("POST", right="send_invoices")
def billing_chosen(request: CompanyRequest) -> HttpResponse:
    """Issue the chosen invoices, send them to the books, or both."""
    ids = [found for each in request.POST.getlist("ids") if (found := id_of(each)) is not None][:_MOST]
    action = request.POST.get("action", "")
    if not ids:
        messages.error(request, _("Tick the invoices first."))
    else:
        if action in {ISSUE, BOTH}:
            drafts = [each for each in sending.invoices_of(request.company, ids) if each.sent_at is None]
            if drafts or action == ISSUE:
                with telling(request):
                    _issue(request, [each.pk for each in drafts] if action == BOTH else ids)
        if action in {SEND, BOTH}:
            with telling(request):
                _send(request, ids)
    return redirect("billing-home", company_id=request.company.pk)


@billing_view("POST", needed=Role.ACCOUNTANT)
def status_all(request: CompanyRequest) -> HttpResponse:
    with telling(request, _("The books are being asked what is paid. You are told when that has ended.")):
        status.fetch_all(request.actor)
    return redirect("billing-home", company_id=request.company.pk)


@billing_view("POST", needed=Role.ACCOUNTANT)
def status_one(request: CompanyRequest, pk: int) -> HttpResponse:
    """Ask what of one invoice is paid, from its open page (U77)."""
    billed = lists.get_billed(request.company, pk)
    with telling(request) as told:
        billed = status.fetch_now(request.actor, billed)
    if told.ok:
        shown = lists.shown(request.company, [billed])[0]
        messages.success(request, _("Payment status: %(state)s.") % {"state": shown.state_text})
    return redirect("workspace-invoice", company_id=request.company.pk, pk=billed.invoice_id)


@billing_view("POST", right="send_invoices")
def send_one(request: CompanyRequest, pk: int) -> HttpResponse:
    billed = lists.get_billed(request.company, pk)
    with telling(request):
        _send(request, [billed.invoice_id])
    return redirect("workspace-invoice", company_id=request.company.pk, pk=billed.invoice_id)
