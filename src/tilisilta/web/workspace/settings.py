"""The workspace's settings: switched on and off, the company as it stands on its invoices, numbers, approval."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.identifiers import iban
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import numbering
from tilisilta.services.workspace import settings as service
from tilisilta.store.models import NumberSeries, Role, WorkspaceSettings
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.fields import NumberField
from tilisilta.web.workspace.guarded import workspace_view


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The choices that stand on invoices, and how purchases are approved."""

    interest_percent = NumberField(label=_("Late payment interest, % a year"), max_value=Decimal(100))

    class Meta:
        model = WorkspaceSettings
        fields = (*service.EDITABLE,)
        labels = {
            "bank_iban": _("Bank account"),
            "bank_bic": "BIC",
            "street": _("Street"),
            "city": _("City"),
            "postal_code": _("Postal code"),
            "email": _("E-mail"),
            "phone": _("Phone"),
            "einvoice_address": _("E-invoice address"),
            "einvoice_operator": _("E-invoice operator"),
            "payment_term_days": _("Payment term, days"),
            "circulation_on": _("Purchase invoices go through approval circulation"),
            "checkers_needed": _("Mandatory checkers, at least"),
            "approvers_needed": _("Mandatory approvers, at least"),
            "foreman_part": _("A project's foreman becomes"),
            "foreman_is_mandatory": _("The foreman's part is mandatory"),
            "days_until_paid": _("Days past the due date until an invoice at the bank counts as paid"),
        }
        help_texts = {
            "days_until_paid": _("Unless the bank has told of an error."),
            "foreman_part": _("When a project's number stands in an invoice's references."),
        }

    SECTIONS = (
        (
            _("On your invoices"),
            ("bank_iban", "bank_bic", "street", "postal_code", "city", "email", "phone", "einvoice_address",
             "einvoice_operator", "payment_term_days", "interest_percent"),
        ),
        (
            _("Approval of purchase invoices"),
            ("circulation_on", "checkers_needed", "approvers_needed", "foreman_part", "foreman_is_mandatory"),
        ),
        (_("Payments"), ("days_until_paid",)),
    )  # fmt: skip

    def clean_bank_iban(self) -> str:
        number = str(self.cleaned_data["bank_iban"]).replace(" ", "").upper()
        if number and not iban.is_valid(number):
            raise forms.ValidationError(gettext("The account's check digits do not agree."))
        return number

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        return [(name, [self[field] for field in fields]) for name, fields in self.SECTIONS]


@company_view("GET", "POST")
def workspace_settings(request: CompanyRequest) -> HttpResponse:
    """Everyone sees the choices, administrators change them; while the workspace is off, it is switched on here."""
    kept = service.settings_of(request.company)
    form = SettingsForm(request.POST or None, instance=kept)
    if request.method == "POST":
        if not request.actor.is_admin:
            service.update_settings(request.actor)  # refuses
        if form.is_valid():
            with telling(request, gettext("Saved.")):
                service.update_settings(request.actor, **form.cleaned_data)
            return redirect("workspace-settings", company_id=request.company.pk)
    if not request.actor.is_admin:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "is_on": service.is_on(request.company),
        "series": [(each, numbering.shown_number(each)) for each in numbering.series_of(request.company)],
    }
    return render(request, "workspace/settings.html", context, status=422 if form.errors else 200)


@company_view("POST", needed=Role.ADMIN)
def workspace_switch(request: CompanyRequest) -> HttpResponse:
    if request.POST.get("on") == "1":
        with telling(request, gettext("The invoice workspace is on.")):
            service.switch_on(request.actor)
    else:
        with telling(request, gettext("The invoice workspace is off. Nothing was deleted.")):
            service.switch_off(request.actor)
    return redirect("workspace-settings", company_id=request.company.pk)


class SeriesForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    begins_with = forms.CharField(label=_("Prefix"), max_length=12, required=False)
    next_number = forms.IntegerField(label=_("Next number"), min_value=1, max_value=999_999_999)
    width = forms.IntegerField(
        label=_("Digits"), min_value=0, max_value=12, help_text=_("Shorter numbers get zeros in front.")
    )
    is_for_credit_notes = forms.BooleanField(label=_("For credit notes"), required=False)
    is_default = forms.BooleanField(label=_("Used unless another one is chosen"), required=False)


@workspace_view("GET", "POST", needed=Role.ADMIN)
def series_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    series = NumberSeries.objects.get(company=request.company, pk=pk) if pk else None
    names = ("name", "next_number", "width", "is_for_credit_notes", "is_default")
    initial: dict[str, Any] = (
        {name: getattr(series, name) for name in names} | {"begins_with": series.prefix}
        if series
        else {"next_number": 1, "width": 0}
    )
    form = SeriesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            data = dict(form.cleaned_data)
            numbering.save_series(request.actor, series=series, prefix=data.pop("begins_with"), **data)
        except ServiceError as error:
            form.add_error("next_number", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace-settings", company_id=request.company.pk)
    context = {"form": form, "series": series}
    return render(request, "workspace/series.html", context, status=422 if form.errors else 200)


@workspace_view("POST", needed=Role.ADMIN)
def series_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    series = NumberSeries.objects.get(company=request.company, pk=pk)
    with telling(request, gettext("Deleted.")):
        numbering.delete_series(request.actor, series)
    return redirect("workspace-settings", company_id=request.company.pk)
