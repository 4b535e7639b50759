"""Custom fields as fields of a form: added to it, read from it, their mistakes put beside them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.fields import live_fields
from tilisilta.store.models import Company, CustomField, FieldType

PREFIX: Final = "value-"


def form_name(field: CustomField) -> str:
    """Return the name of a custom field in forms."""
    return f"{PREFIX}{field.pk}"


def visible_fields(company: Company, subject: str) -> list[CustomField]:
    """Return the custom fields that forms show."""
    return [each for each in live_fields(company, subject) if each.is_visible]


def add_value_fields(form: forms.Form, fields: Iterable[CustomField], stored: Mapping[str, Any]) -> None:
    """Add custom fields to a form, with what is stored as their initial values.

    Their values are checked by the service alone, so that pages, files and the API say the same.
    """
    for field in fields:
        before = stored.get(str(field.pk))
        made = _form_field(field, before)
        made.initial = values.typed(field, before)
        form.fields[form_name(field)] = made


def _form_field(field: CustomField, before: Any) -> forms.Field:
    options: dict[str, Any] = {"label": field.title, "required": False}
    if field.type == FieldType.CHECKBOX:
        return forms.BooleanField(**options)
    gone = before if isinstance(before, list) else [before] if isinstance(before, str) and before else []
    choices = [(each, each) for each in [*field.choices, *(each for each in gone if each not in field.choices)]]
    if field.type == FieldType.CHOICES:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **options)
    if field.type == FieldType.CHOICE:
        made: forms.Field = forms.ChoiceField(choices=[("", "–"), *choices], **options)
    elif field.type == FieldType.DATE:
        made = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **options)
    elif field.type in values.NUMERIC:
        mode = "numeric" if field.type == FieldType.INTEGER else "decimal"
        widget = forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off", "class": "num"})
        made = forms.CharField(widget=widget, **options)
    else:
        made = forms.CharField(**options)
    if field.is_required:
        made.label = field.title
        made.help_text = str(_("Must be filled in."))
    return made


def values_of(form: forms.Form, fields: Iterable[CustomField]) -> dict[str, values.Raw]:
    """Return what a valid form says of custom fields, as `services.practice.values.clean` takes it."""
    return {str(field.pk): form.cleaned_data.get(form_name(field)) for field in fields}


def put_errors(form: forms.Form, error: ServiceError) -> None:
    """Put a service's mistakes beside the fields they are about; what is about none stands above the form."""
    errors = error.errors if isinstance(error, FieldErrors) else {"": error}
    for name, each in errors.items():
        place = PREFIX + name.removeprefix("values.") if name.startswith("values.") else name
        form.add_error(place if place in form.fields else None, str(each))


def bound_fields(form: forms.Form, fields: Iterable[CustomField]) -> list[forms.BoundField]:
    """Return custom fields as a template shows them."""
    return [form[form_name(field)] for field in fields]
