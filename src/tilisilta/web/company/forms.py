"""Forms of a company's settings and people."""

from typing import Any
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.store.models import Company, Role
from tilisilta.web.accounts.forms import COUNTRIES, language_choices

_NEAR_ZONES = ("Europe/Tallinn", "Europe/Helsinki")


def _zones() -> list[tuple[str, str]]:
    others = sorted(zone for zone in available_timezones() if "/" in zone and zone not in _NEAR_ZONES)
    return [(zone, zone.replace("_", " ")) for zone in (*_NEAR_ZONES, *others)]


def _currencies() -> list[tuple[str, str]]:
    others = sorted(code for code in list_currencies() if code != "EUR")
    return [(code, code) for code in ("EUR", *others)]


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Whose books these are, and how dates and amounts of them are meant."""

    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=_zones, help_text=_("Schedules and accounting dates follow it.")
    )
    base_currency = forms.ChoiceField(label=_("Currency of the books"), choices=_currencies)
    language = forms.ChoiceField(
        label=_("Language"), choices=language_choices, help_text=_("Of e-mails to people who chose none.")
    )

    class Meta:
        model = Company
        fields = ("name", "country", "registry_code", "vat_number", "time_zone", "base_currency", "language")


def roles_for(actor: Actor) -> list[tuple[str, str]]:
    """Return the roles an actor may give: owners are named by owners only."""
    return [(role.value, str(role.label)) for role in Role if role is not Role.OWNER or actor.is_owner]


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect, initial=Role.ACCOUNTANT)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = {
            Role.OWNER.value: _("Owner: everything, also deleting the company and naming owners"),
            Role.ADMIN.value: _("Administrator: connections, integrations, people and API tokens as well"),
            Role.ACCOUNTANT.value: _("Accountant: runs imports, solves problems, edits mappings, uploads files"),
            Role.VIEWER.value: _("Viewer: sees everything, changes nothing"),
        }
        self.fields["role"].choices = [(role, texts[role]) for role, _label in roles_for(actor)]  # type: ignore[attr-defined]


class DeleteCompanyForm(forms.Form):
    """The name typed by hand, so that nobody deletes a company by a slip."""

    typed_name = forms.CharField(label=_("Type the company's name"), widget=forms.TextInput({"autocomplete": "off"}))
