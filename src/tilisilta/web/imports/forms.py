"""The date form of an import (S16-S19)."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DatesForm(forms.Form):
    """From and to, both included. `accepts_open_days` is asked for only when the range holds a day that is not over."""

    date_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    date_to = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    accepts_open_days = forms.BooleanField(
        label=_("Import unfinished days too"),
        required=False,
        help_text=_(
            "Documents of these days may still be changed or deleted at the source. What is imported once is not "
            "updated; a later change is only shown as a difference."
        ),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.asks_open_days = False

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        date_from, date_to = values.get("date_from"), values.get("date_to")
        if date_from and date_to and date_from > date_to:
            self.add_error("date_to", _("The last day is before the first one."))
        if date_to and date_to >= self.today and not values.get("accepts_open_days"):
            self.asks_open_days = True
            self.add_error(
                "date_to",
                _("Today is not over yet. End the range with yesterday, or tick that unfinished days come too."),
            )
        return values
