"""Forms of integrations: the pair, the settings, and each flow's switches."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.mapping import ItemPolicy
from tilisilta.ports import CatalogueEntry
from tilisilta.services.forwarding import level as forwarding
from tilisilta.services.pairs import Pair, takes_what_waits
from tilisilta.services.schedules import Rhythm, Schedule, from_cron, to_cron
from tilisilta.store.models import Connection, Flow, Integration
from tilisilta.web.integrations.pair_fields import PairFields


class NewIntegrationForm(forms.Form):
    source = forms.ChoiceField(label=_("Source"), help_text=_("Where documents come from."))
    target = forms.ChoiceField(label=_("Target"), help_text=_("Where documents go: the bookkeeping."))
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: the names of the two connections.")
    )

    def __init__(self, *args: Any, sources: Sequence[Connection], targets: Sequence[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(each.pk): each for each in (*sources, *targets)}
        for name, found in (("source", sources), ("target", targets)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [(str(each.pk), each.name) for each in found]

    def chosen(self, name: str) -> Connection:
        """Return the connection chosen as "source" or "target"."""
        return self.connections[self.cleaned_data[name]]


class SettingsForm(PairFields):
    """Settings of an integration. Lists that the target gave become choices; without them a code is typed."""

    field_order = ("name", "level", "purchase_posting", "vouchers")
    name = forms.CharField(label=_("Name"), max_length=120)
    level = forms.ChoiceField(
        label=_("What is transferred"),
        widget=forms.RadioSelect,
        choices=[
            ("period", _("Closed periods: closing sends the month as vouchers")),
            ("document", _("Documents: each invoice and payment by itself; closing sends nothing")),
        ],
        help_text=_("Close earlier periods before you change this, so that nothing is booked twice or left out."),
    )
    purchase_posting = forms.ChoiceField(
        label=_("Purchase invoices are posted"),
        widget=forms.RadioSelect,
        help_text=_("Sales invoices are always posted here. This counts while documents are sent one by one."),
    )
    vouchers = forms.ChoiceField(
        label=_("Vouchers of a closed period"),
        widget=forms.RadioSelect,
        choices=[("period", _("One for the period")), ("day", _("One for each day"))],
        help_text=_("What closing proposes; it can be chosen anew for each period."),
    )
    payments_master = forms.ChoiceField(label=_("Payments are kept in"), widget=forms.RadioSelect)
    send_payments_back = forms.BooleanField(required=False)
    warehouse = forms.CharField(label=_("Warehouse of stock items"), required=False, max_length=120)
    stock_tag = forms.CharField(label=_("Tag of stock items"), required=False, max_length=60)
    default_item = forms.CharField(label=_("Item of rows that name none"), required=False, max_length=120)
    allowance_item = forms.CharField(
        label=_("Item of allowances on the whole document"), required=False, max_length=120
    )
    charge_item = forms.CharField(label=_("Item of charges on the whole document"), required=False, max_length=120)
    party_vat_code = forms.CharField(label=_("VAT code of new customers and suppliers"), required=False, max_length=120)
    purchase_rows_item = forms.CharField(
        label=_("One item for all purchase rows"),
        required=False,
        max_length=120,
        help_text=_("For suppliers' e-invoices, whose items are the supplier's own and not yours."),
    )
    rounding_item = forms.CharField(label=_("Item of rounding rows"), required=False, max_length=120)
    item_policy = forms.ChoiceField(
        label=_("When the target does not know a row's item"),
        choices=[
            (ItemPolicy.STOP.value, _("Stop the document and ask")),
            (ItemPolicy.FALLBACK.value, _("Use the item below, with a warning")),
        ],
    )
    fallback_item = forms.CharField(label=_("Item to use instead"), required=False, max_length=120)
    payments_without_document = forms.BooleanField(
        label=_("Send payments that pay no document too, as prepayments"), required=False
    )
    skip_unimported_allocations = forms.BooleanField(
        label=_("Of a payment for several documents, send the part whose documents are known"), required=False
    )

    def __init__(
        self,
        *args: Any,
        integration: Integration,
        values: dict[str, Any],
        lists: dict[str, Sequence[CatalogueEntry]],
        has_payments_back: bool,
        has_levels: bool,
        is_from_scoro: bool,
        pair: Pair,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{**kwargs, "initial": {**values, "name": integration.name}})
        names = {"source": integration.source.name, "target": integration.target.name}
        if has_payments_back:
            self._payments(names)
        else:
            del self.fields["payments_master"], self.fields["send_payments_back"]
        if not has_levels:
            del self.fields["level"], self.fields["vouchers"]
        self._one_by_one(integration, names)
        tag_help = gettext("Items with this tag become stock items in %(target)s.") % names
        if is_from_scoro:
            tag_help += " " + gettext(
                "In Scoro, tags of products are set under Settings > Site settings > Tags and settings > Product tags."
            )
        self.fields["stock_tag"].help_text = tag_help
        for field, kind in _LISTS.items():
            self._choices(field, lists.get(kind, ()), str(values.get(field) or ""))
        self.fit(pair, integration, values, lists.get("statuses", ()))

    def _one_by_one(self, integration: Integration, names: dict[str, str]) -> None:
        """Offer who posts purchases; the level itself only where the operator lets the company choose it (P24, P25)."""
        posting = self.fields["purchase_posting"]
        if not forwarding.is_switched(integration):
            del self.fields["purchase_posting"]
        elif isinstance(posting, forms.ChoiceField):
            posting.choices = [
                ("target", gettext("In %(target)s, by its own rules and for the accounting firm to check") % names),
                ("source", gettext("Here, before they are sent to %(target)s") % names),
            ]
        is_chosen = self.initial.get("level") == forwarding.DOCUMENT
        if forwarding.is_switched(integration) and not is_chosen and not forwarding.may_choose(integration.company):
            self.fields.pop("level", None)

    def _payments(self, names: dict[str, str]) -> None:
        master = self.fields["payments_master"]
        if isinstance(master, forms.ChoiceField):
            master.choices = [("source", names["source"]), ("target", names["target"])]
        master.help_text = gettext("Payments move one way only: from the system that keeps them to the other one.")
        back = self.fields["send_payments_back"]
        back.label = gettext("Send payments to %(source)s") % names
        back.help_text = (
            gettext(
                "Every hour, payments added to %(target)s during the hour before are sent to %(source)s: only those of "
                "invoices that came from %(source)s. The others are listed with the reason."
            )
            % names
        )

    def _choices(self, name: str, entries: Sequence[CatalogueEntry], chosen: str) -> None:
        if not entries:
            return
        old = self.fields[name]
        choices = [
            ("", "–"),
            *((each.key, _entry_text(each)) for each in entries if each.is_active or each.key == chosen),
        ]
        if chosen and chosen not in dict(choices):
            choices.append((chosen, chosen))
        self.fields[name] = forms.ChoiceField(label=old.label, help_text=old.help_text, required=False, choices=choices)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("send_payments_back") and values.get("payments_master") == "source":
            self.add_error(
                "send_payments_back",
                gettext("Choose first that payments are kept in the target; otherwise one payment would travel twice."),
            )
        if values.get("item_policy") == ItemPolicy.FALLBACK and not values.get("fallback_item"):
            self.add_error("fallback_item", gettext("Choose the item that is used instead."))
        return values

    def main_fields(self) -> list[forms.BoundField]:
        """Return what every integration decides."""
        return [self[name] for name in self.fields if name not in self._folded()]

    def more_fields(self) -> list[forms.BoundField]:
        """Return what few integrations need."""
        return [self[name] for name in self.fields if name in self._folded()]

    def _folded(self) -> tuple[str, ...]:
        """Return what stands folded away; the general product is no side matter where rows are found by code."""
        return tuple(name for name in _FOLDED if not (self.is_by_code and name in _OF_FALLBACK))

    def has_more_open(self) -> bool:
        """Return whether a folded field is in use or wrong, so that it must be seen."""
        return any(each.errors or self.initial.get(each.name) not in _UNUSED for each in self.more_fields())


_FOLDED = (
    "rounding_item",
    "item_policy",
    "fallback_item",
    "payments_without_document",
    "skip_unimported_allocations",
)
_OF_FALLBACK = frozenset({"item_policy", "fallback_item"})
_UNUSED = ("", None, False, ItemPolicy.STOP.value)

_LISTS = {
    "warehouse": "warehouses",
    "default_item": "items",
    "allowance_item": "items",
    "charge_item": "items",
    "purchase_rows_item": "items",
    "rounding_item": "items",
    "fallback_item": "items",
    "party_vat_code": "vat_codes",
}


def _entry_text(entry: CatalogueEntry) -> str:
    if not entry.label:
        return entry.key
    return entry.label if entry.label.startswith(entry.key) else f"{entry.key} · {entry.label}"


class FlowForm(forms.Form):
    is_enabled = forms.BooleanField(label=_("Switched on"), required=False)
    is_automatic = forms.BooleanField(
        label=_("Automatic import"),
        required=False,
        help_text=_("Only documents entered after the integration was activated are imported automatically."),
    )
    rhythm = forms.ChoiceField(
        label=_("When"),
        required=False,
        choices=[
            (Rhythm.NONE.value, "–"),
            (Rhythm.HOURLY.value, _("Every hour")),
            (Rhythm.DAILY.value, _("Every day")),
            (Rhythm.WEEKDAYS.value, _("Monday to Friday")),
            (Rhythm.MONTHLY.value, _("Once a month")),
            (Rhythm.MONTH_END.value, _("On the last day of the month")),
        ],
    )
    at = forms.TimeField(
        label=_("At"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("In the company's time zone."),
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        min_value=1,
        max_value=28,
        help_text=_("For an import once a month."),
    )

    def __init__(self, *args: Any, flow: Flow, **kwargs: Any) -> None:
        schedule = from_cron(flow.schedule)
        self.kept = "" if schedule else flow.schedule  # a line that people cannot choose here stays as it is
        shown = schedule or Schedule()
        initial = {
            "is_enabled": flow.is_enabled,
            "is_automatic": flow.is_automatic,
            "rhythm": shown.rhythm.value,
            "at": shown.at,
            "day": shown.day,
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        if takes_what_waits(flow.kind, flow.integration):
            self.fields["is_automatic"].help_text = gettext("What waits in the chosen status is fetched, of any date.")

    def schedule(self) -> str:
        """Return the chosen schedule as a cron line."""
        rhythm = Rhythm(self.cleaned_data["rhythm"])
        if rhythm is Rhythm.NONE and self.kept:
            return self.kept
        at = self.cleaned_data["at"] or dt.time(0, 30)
        return to_cron(Schedule(rhythm, at, self.cleaned_data["day"] or 1))
