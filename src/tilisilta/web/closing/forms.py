"""Forms of closing: the days, and why a period is opened again."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.closing.books import Range


class CloseForm(forms.Form):
    """The days to be closed, both included, and how many vouchers they make (N19)."""

    date_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    date_to = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    vouchers = forms.ChoiceField(
        label=_("Vouchers"),
        widget=forms.RadioSelect,
        choices=[("period", _("One for the period, on its last day")), ("day", _("One for each day"))],
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("date_from"), values.get("date_to")
        if first and last and first > last:
            self.add_error("date_to", _("The last day is before the first one."))
        if last and last > self.today:
            self.add_error("date_to", _("This day has not come yet."))
        return values

    @property
    def days(self) -> Range:
        """Return the chosen days of a valid form."""
        return Range(self.cleaned_data["date_from"], self.cleaned_data["date_to"])

    @property
    def per_day(self) -> bool:
        """Return whether each day has a voucher of its own."""
        return bool(self.cleaned_data["vouchers"] == "day")


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is opened again"),
        max_length=200,
        help_text=_("Stays in the history of closed periods and in the logs of its documents."),
    )
