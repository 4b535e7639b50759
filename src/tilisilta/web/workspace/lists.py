"""The lists of sales and purchase invoices, and the upload of e-invoice files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import ServiceError
from tilisilta.services.files import require_count
from tilisilta.services.workspace import intake, lists
from tilisilta.services.workspace.content import today_of
from tilisilta.services.workspace.parties import get_party
from tilisilta.store.models import (
    InvoiceOrigin,
    InvoiceStage,
    PaymentStage,
    PostingStage,
    Role,
    Side,
    WorkspaceParty,
)
from tilisilta.web.downloads import table_attachment
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import contents, many_files
from tilisilta.web.workspace.guarded import workspace_view
from tilisilta.web.workspace.panels import list_links_of

_STAGES = {
    Side.SALES: (InvoiceStage.DRAFT, InvoiceStage.SENT),
    Side.PURCHASES: (
        InvoiceStage.RECEIVED,
        InvoiceStage.CIRCULATING,
        InvoiceStage.APPROVED,
        InvoiceStage.REJECTED,
    ),
}


class FilterForm(forms.Form):
    """All fields may stay empty; one that cannot be read is shown with its error and narrows nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.SearchInput)
    stage = forms.ChoiceField(label=_("State"), required=False)
    due = forms.ChoiceField(
        label=_("Money"), required=False,
        choices=[("", _("All")), ("open", _("Not paid yet")), ("overdue", _("Overdue"))],
    )  # fmt: skip
    date_from = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    date_to = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False,
        choices=[("", _("All")), ("invoice", _("Invoices")), ("credit_note", _("Credit notes"))],
    )  # fmt: skip
    posting = forms.ChoiceField(label=_("Posting"), required=False, choices=[("", _("All")), *PostingStage.choices])
    payment = forms.ChoiceField(label=_("Payment"), required=False, choices=[("", _("All")), *PaymentStage.choices])
    origin = forms.ChoiceField(label=_("Came by"), required=False, choices=[("", _("All")), *InvoiceOrigin.choices])
    closed = forms.ChoiceField(
        label=_("Period"), required=False,
        choices=[("", _("All")), ("no", _("Not closed")), ("yes", _("In a closed period"))],
    )  # fmt: skip
    party = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, side: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stage = self.fields["stage"]
        assert isinstance(stage, forms.ChoiceField)  # noqa: S101  for the type checker
        stage.choices = [("", _("All")), *((each.value, each.label) for each in _STAGES[Side(side)])]
        self.fields["q"].widget.attrs["placeholder"] = _("Number, name or reference")

    def filters(self) -> lists.Filters:
        """Return the filters of the fields that could be read."""
        self.is_valid()
        values = self.cleaned_data
        closed = values.get("closed")
        return lists.Filters(
            text=values.get("q") or "",
            stage=values.get("stage") or "",
            posting_stage=values.get("posting") or "",
            payment_stage=values.get("payment") or "",
            due=values.get("due") or "",
            kind=values.get("kind") or "",
            origin=values.get("origin") or "",
            date_from=values.get("date_from"),
            date_to=values.get("date_to"),
            party_id=values.get("party"),
            is_closed=None if not closed else closed == "yes",
        )


def _filters(request: CompanyRequest, side: str) -> tuple[FilterForm, lists.Filters]:
    form = FilterForm(request.GET or None, side=side)
    return form, form.filters() if form.is_bound else lists.Filters()


def _party(request: CompanyRequest, filters: lists.Filters) -> WorkspaceParty | None:
    return get_party(request.company, filters.party_id) if filters.party_id is not None else None


@workspace_view("GET")
def invoice_list(request: CompanyRequest, side: str) -> HttpResponse:
    form, filters = _filters(request, side)
    cursor = request.GET.get("after", "")
    try:
        page = lists.search(request.company, side, filters, cursor=cursor)
    except ServiceError:  # a cursor of another list: begin again
        cursor, page = "", lists.search(request.company, side, filters)
    narrowed = request.GET.copy()
    narrowed.pop("after", None)
    following = narrowed.copy()
    following["after"] = page.next_cursor
    today = today_of(request.company)
    context = {
        "side": side,
        "is_sales": side == Side.SALES,
        "form": form,
        "filters": filters,
        "party": _party(request, filters),
        "rows": [(row, lists.is_overdue(row, today)) for row in page.rows],
        "next_url": f"?{following.urlencode()}" if page.next_cursor else "",
        "first_url": f"?{narrowed.urlencode()}" if cursor else "",
        "query": narrowed.urlencode(),
        "is_filtered": filters != lists.Filters(),
        "is_more_open": any((filters.kind, filters.posting_stage, filters.payment_stage, filters.origin))
        or filters.is_closed is not None,
        "counts": lists.counts(request.company, side),
        "stages": [(each.value, each.label) for each in _STAGES[Side(side)]],
        "totals": lists.totals(request.company, side, filters) if request.GET.get("totals") else None,
        "links": list_links_of(request, side),
        "limit": intake.MAX_FILES,
        "limit_mb": intake.LIMIT_MB,
    }
    return render(request, "workspace/list.html", context)


@workspace_view("GET")
def invoice_totals(request: CompanyRequest, side: str) -> HttpResponse:
    """Answer with the sums alone: the list shows its rows first and asks for these after."""
    _form, filters = _filters(request, side)
    return render(request, "workspace/_totals.html", {"totals": lists.totals(request.company, side, filters)})


@workspace_view("GET")
def invoice_export(request: CompanyRequest, side: str) -> HttpResponse:
    _form, filters = _filters(request, side)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_attachment(lists.export(request.company, side, filters, kind))


@workspace_view("POST", needed=Role.ACCOUNTANT)
def purchase_upload(request: CompanyRequest) -> HttpResponse:
    """Take e-invoice files and show what became of each document."""
    chosen = many_files(request)
    try:
        require_count(len(chosen))
        results = intake.take_files(request.actor, contents(chosen))
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect("purchase-list", company_id=request.company.pk)
    order = {intake.REFUSED: 0, intake.KNOWN: 1, intake.TAKEN: 2}
    context = {
        "results": sorted(results, key=lambda each: order[each.outcome]),
        "counts": {each: sum(row.outcome == each for row in results) for each in order},
    }
    return render(request, "workspace/uploaded.html", context)
