"""Filters of the audit log."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS


def _actions() -> list[tuple[str, str]]:
    return [
        ("", str(_("Everything"))),
        *sorted(((code, str(text)) for code, text in ACTIONS.items()), key=lambda x: x[1]),
    ]


class AuditFilterForm(forms.Form):
    """What to look for: an action, words, dates in the company's time zone."""

    action = forms.ChoiceField(label=_("What"), choices=_actions, required=False)
    text = forms.CharField(label=_("Who or what about"), max_length=100, required=False, widget=forms.SearchInput)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
