"""Filters of the document list."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DocumentKind
from tilisilta.core.money import amount_minor
from tilisilta.services.documents import Filters
from tilisilta.store.models import DeliveryState
from tilisilta.web.documents.words import KIND_NAMES


class FilterForm(forms.Form):
    """All fields may stay empty. A field that cannot be read is shown with its error and does not narrow the list."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.SearchInput)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[("", _("All")), ("sales", _("Sales")), ("purchase", _("Purchases"))],
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    connection = forms.TypedChoiceField(label=_("Connection"), required=False, coerce=int, empty_value=None)
    integration = forms.IntegerField(required=False, widget=forms.HiddenInput)
    date_from = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    date_to = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    party = forms.CharField(label=_("Customer or supplier"), required=False, max_length=100)
    amount_from = forms.DecimalField(
        label=_("Amount from"), required=False, decimal_places=2, max_digits=14, localize=True
    )
    amount_to = forms.DecimalField(label=_("Amount to"), required=False, decimal_places=2, max_digits=14, localize=True)

    def __init__(self, *args: Any, connections: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "kind": [(kind.value, KIND_NAMES[kind]) for kind in DocumentKind],
            "state": list(DeliveryState.choices),
            "connection": list(connections),
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("All")), *found]
        self.fields["q"].widget.attrs["placeholder"] = _("Number or name")

    def filters(self) -> Filters:
        """Return the filters of the fields that could be read."""
        self.is_valid()
        values = self.cleaned_data
        return Filters(
            text=values.get("q") or "",
            kind=values.get("kind") or "",
            direction=values.get("direction") or "",
            state=values.get("state") or "",
            connection_id=values.get("connection"),
            integration_id=values.get("integration"),
            date_from=values.get("date_from"),
            date_to=values.get("date_to"),
            party=values.get("party") or "",
            gross_from=_minor(values.get("amount_from")),
            gross_to=_minor(values.get("amount_to")),
        )


def _minor(amount: Decimal | None) -> int | None:
    return None if amount is None else amount_minor(amount)


class SkipForm(forms.Form):
    """Why a document is left out: kept with the decision and shown in its log."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
