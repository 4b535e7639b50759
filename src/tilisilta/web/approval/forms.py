"""Forms of approval: whom to add, and whom the company adds by itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.approval.handlers import people_of, person
from tilisilta.store.models import Company, HandlerRole, User


class HandlerForm(forms.Form):
    """One of the company's people as a checker or approver."""

    user = forms.TypedChoiceField(label=_("Person"), coerce=int)
    role = forms.ChoiceField(label=_("Role"), choices=HandlerRole.choices)
    is_mandatory = forms.BooleanField(label=_("Mandatory"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.pk: user for user in people_of(company)}
        field = self.fields["user"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  for the type checker
        field.choices = [(pk, person(user)) for pk, user in self.people.items()]

    @property
    def chosen(self) -> User:
        """Return the chosen person; the form is valid."""
        return self.people[self.cleaned_data["user"]]


class DefaultHandlerForm(HandlerForm):
    """A default handler: also from which amount on."""

    from_amount = forms.DecimalField(
        label=_("From the amount"), min_value=0, max_digits=12, decimal_places=2, initial=0, localize=True
    )
