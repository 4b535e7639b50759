"""Settings of pairs whose source keeps statuses and registers, or whose target answers later or takes files."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.ports import CatalogueEntry
from tilisilta.services import source_paths
from tilisilta.services.forwarding.level import is_switched
from tilisilta.services.pairs import (
    ACCEPTED,
    CONFIRMED,
    FILES_ALL,
    FILES_IMAGE,
    FILES_NONE,
    PREFIX_KINDS,
    Pair,
)
from tilisilta.store.models import Integration

# What rows need where they stand on items of their own; found by code they need none of it.
_OF_ITEMS = (
    "warehouse",
    "stock_tag",
    "default_item",
    "allowance_item",
    "charge_item",
    "party_vat_code",
    "purchase_rows_item",
    "rounding_item",
)
# Beside them, where rows go in words and no stock is followed: what tells a stock item, and what rows without item do.
_OF_STOCK = (*_OF_ITEMS, "item_policy", "fallback_item")
# Without a choice to be made they keep their defaults: payments that pay no document, and parts of one, have no place.
_OF_PAYMENTS = ("payments_without_document", "skip_unimported_allocations")
_PREFIX = "prefix_"


def _goes_in_words(integration: Integration) -> bool:
    """Return whether rows of a target that completes invoices go as they are: no items, no stock, no prepayments."""
    return is_switched(integration) and not integration.settings.get("needs_items", True)


class PairFields(forms.Form):
    """The fields; `fit` leaves those that make sense for the two systems."""

    waiting_status = forms.CharField(label=_("Status in which invoices wait"), required=False, max_length=200)
    written_status = forms.CharField(label=_("Status after the transfer"), required=False, max_length=200)
    status_after = forms.ChoiceField(
        label=_("The status changes"),
        widget=forms.RadioSelect,
        choices=[
            (ACCEPTED, _("When the target has taken the invoice")),
            (CONFIRMED, _("When the invoice is confirmed: acknowledged by the target, or marked by a person")),
        ],
        help_text=_("Only the chosen one changes it. An invoice that did not get there stays in the waiting status."),
    )
    attachments = forms.ChoiceField(
        label=_("Files of invoices"),
        choices=[
            (FILES_ALL, _("All files")),
            (FILES_IMAGE, _("The invoice's picture alone")),
            (FILES_NONE, _("None")),
        ],
    )
    prefix_product = forms.CharField(label=_("Before codes of products"), required=False, max_length=20)
    prefix_work_type = forms.CharField(label=_("Before codes of work types"), required=False, max_length=20)
    prefix_travel_expense = forms.CharField(
        label=_("Before codes of travel expenses"),
        required=False,
        max_length=20,
        help_text=_("Tells products, work types and travel expenses apart that bear the same code."),
    )
    customers_again = forms.BooleanField(label=_("Send a customer again when it changes at the source"), required=False)

    def fit(
        self, pair: Pair, integration: Integration, values: dict[str, Any], statuses: Sequence[CatalogueEntry]
    ) -> None:
        """Keep the fields that the pair has use for, with their choices and what is chosen."""
        self.is_by_code = pair.finds_by_code
        unused = [
            *(() if pair.has_statuses else ("waiting_status", "written_status")),
            *(() if pair.has_statuses and pair.answers_later else ("status_after",)),
            *(() if pair.carries_files else ("attachments",)),
            *(() if pair.has_registers else [f"{_PREFIX}{kind.value}" for kind in PREFIX_KINDS]),
            *(_OF_ITEMS if pair.finds_by_code else ("customers_again",)),
            *((*_OF_STOCK, *_OF_PAYMENTS) if _goes_in_words(integration) else ()),
        ]
        for name in unused:
            self.fields.pop(name, None)
        for kind in PREFIX_KINDS:
            self.initial[f"{_PREFIX}{kind.value}"] = dict(values.get("code_prefixes") or {}).get(kind.value, "")
        if pair.has_statuses:
            self._statuses(integration, values, statuses)

    def _statuses(self, integration: Integration, values: dict[str, Any], statuses: Sequence[CatalogueEntry]) -> None:
        path = source_paths.statuses_path(integration.source.vendor)
        helps = {
            "waiting_status": gettext(
                "Invoices in this status are fetched, whatever their date. A new or renamed status is here at once."
            ),
            "written_status": gettext("An invoice moves to it when it is in %(target)s.")
            % {"target": integration.target.name},
        }
        for name, help_text in helps.items():
            chosen = str(values.get(name) or "")
            choices = [("", "–"), *((each.key, each.label) for each in statuses if each.is_active)]
            if chosen and chosen not in dict(choices):
                known = next((each.label for each in statuses if each.key == chosen), chosen)
                choices.append((chosen, gettext("%(status)s (not in use)") % {"status": known}))
            label, text = self.fields[name].label, f"{help_text} {path if name == 'waiting_status' else ''}".strip()
            if statuses:
                self.fields[name] = forms.ChoiceField(label=label, help_text=text, required=False, choices=choices)
            else:
                self.fields[name].help_text = text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("waiting_status") and values.get("waiting_status") == values.get("written_status"):
            self.add_error("written_status", gettext("Choose another status than the one in which invoices wait."))
        return values

    def chosen_values(self) -> dict[str, Any]:
        """Return the settings as they are kept: the prefixes together, the name left out."""
        values = {
            name: value for name, value in self.cleaned_data.items() if name != "name" and not name.startswith(_PREFIX)
        }
        prefixes = {
            kind.value: str(self.cleaned_data[f"{_PREFIX}{kind.value}"]).strip()
            for kind in PREFIX_KINDS
            if f"{_PREFIX}{kind.value}" in self.cleaned_data
        }
        if prefixes:
            values["code_prefixes"] = {kind: prefix for kind, prefix in prefixes.items() if prefix}
        return values
