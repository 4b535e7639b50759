"""The form of a new API token."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.store.models import Role
from tilisilta.web.company.forms import roles_for

_LIVES: Final = [("90", _("90 days")), ("365", _("One year")), ("", _("Until it is revoked"))]


class TokenForm(forms.Form):
    """A name to know the token by, the most it may do, and how long it works."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Where it will be used, so that you know it later.")
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.ACCOUNTANT)
    days = forms.ChoiceField(label=_("Works for"), choices=_LIVES, initial="365", required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in roles_for(actor) if choice[0] != Role.OWNER]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
