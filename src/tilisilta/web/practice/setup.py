"""Custom fields and client groups."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import fields, groups
from tilisilta.store.models import CustomField, FieldSubject, FieldType, Role
from tilisilta.web.company_view import telling
from tilisilta.web.practice.guarded import practice_view
from tilisilta.web.request import CompanyRequest


class FieldForm(forms.Form):
    """A custom field. The type is chosen once."""

    title = forms.CharField(label=_("Title"), max_length=100)
    type = forms.ChoiceField(label=_("Type"), choices=FieldType.choices)
    choices = forms.CharField(
        label=_("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("For “One of a list” and “Several of a list”: each choice on a line of its own."),
    )  # fmt: skip
    group = forms.CharField(
        label=_("Group"), max_length=60, required=False, help_text=_("The heading under which the field stands.")
    )
    is_required = forms.BooleanField(label=_("Must be filled in"), required=False)
    is_listed = forms.BooleanField(label=_("Offered as a column of lists"), required=False, initial=True)
    is_visible = forms.BooleanField(label=_("Shown on pages and in forms"), required=False, initial=True)


_BESIDE = {
    "FIELD_TITLE_MISSING": "title", "FIELD_TITLE_TAKEN": "title", "FIELD_TYPE_UNKNOWN": "type",
    "FIELD_CHOICES_MISSING": "choices", "FIELD_CHOICE_INVALID": "choices", "FIELD_CHOICE_TWICE": "choices",
}  # fmt: skip


def _subject(request: CompanyRequest) -> str:
    asked = request.GET.get("of", "")
    return asked if asked in FieldSubject.values else FieldSubject.CLIENT.value


@practice_view("GET")
def field_list(request: CompanyRequest) -> HttpResponse:
    subject = _subject(request)
    context = {
        "subject": subject,
        "subjects": FieldSubject.choices,
        "fields": fields.live_fields(request.company, subject),
        "deleted": fields.deleted_fields(request.company, subject),
    }
    return render(request, "practice/fields.html", context)


@practice_view("GET", "POST", needed=Role.ADMIN)
def field_edit(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    field = fields.get_field(request.company, pk) if pk else None
    form = FieldForm(request.POST or None, initial=_field_initial(field))
    if field is not None:
        form.fields["type"].disabled = True
    subject = field.subject if field else _subject(request)
    if request.method == "POST" and form.is_valid():
        try:
            _save_field(request, form.cleaned_data, subject, field)
        except ServiceError as error:
            form.add_error(_BESIDE.get(error.code), str(error))
        else:
            messages.success(request, gettext("Saved."))
            return _to_fields(request, subject)
    context = {"form": form, "field": field, "subject": subject, "subject_name": FieldSubject(subject).label}
    return render(request, "practice/field_form.html", context, status=422 if form.errors else 200)


def _field_initial(field: CustomField | None) -> dict[str, Any]:
    if field is None:
        return {"type": FieldType.TEXT.value}
    plain = {name: getattr(field, name) for name in FieldForm.base_fields}
    return plain | {"choices": "\n".join(field.choices)}


def _save_field(request: CompanyRequest, data: dict[str, Any], subject: str, field: CustomField | None) -> None:
    given = {**data, "choices": str(data["choices"]).splitlines()}
    kind = given.pop("type")
    if field is None:
        fields.create_field(request.actor, subject=subject, type=kind, **given)
    else:
        fields.update_field(request.actor, field, **given)


def _to_fields(request: CompanyRequest, subject: str) -> HttpResponse:
    response = redirect("custom-fields", company_id=request.company.pk)
    response["Location"] += f"?of={subject}"
    return response


@practice_view("POST", needed=Role.ADMIN)
def field_move(request: CompanyRequest, pk: int) -> HttpResponse:
    field = fields.get_field(request.company, pk)
    fields.move_field(request.actor, field, -1 if request.POST.get("by") == "up" else 1)
    return _to_fields(request, field.subject)


@practice_view("POST", needed=Role.ADMIN)
def field_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    field = fields.get_field(request.company, pk)
    with telling(request, gettext("The field is deleted. Its values are kept; it can be restored below.")):
        fields.delete_field(request.actor, field)
    return _to_fields(request, field.subject)


@practice_view("POST", needed=Role.ADMIN)
def field_restore(request: CompanyRequest, pk: int) -> HttpResponse:
    field = fields.get_deleted(request.company, pk)
    with telling(request, gettext("The field is back, with its values.")):
        fields.restore_field(request.actor, field)
    return _to_fields(request, field.subject)


# --- groups --------------------------------------------------------------------------------------------------


@practice_view("GET", "POST")
def group_list(request: CompanyRequest) -> HttpResponse:
    """Everyone sees the groups; accountants add them on the same page."""
    if request.method == "POST":
        with telling(request, gettext("Saved.")):
            groups.create_group(request.actor, request.POST.get("name", "")[:200])
        return redirect("client-groups", company_id=request.company.pk)
    return render(request, "practice/groups.html", {"groups": groups.groups_of(request.company)})


@practice_view("POST", needed=Role.ACCOUNTANT)
def group_change(request: CompanyRequest, pk: int, what: str) -> HttpResponse:
    group = groups.get_group(request.company, pk)
    if what == "rename":
        with telling(request, gettext("Saved.")):
            groups.rename_group(request.actor, group, request.POST.get("name", "")[:200])
    elif what == "delete":
        with telling(request, gettext("The group is deleted. Its clients are still there.")):
            groups.delete_group(request.actor, group)
    else:
        raise Http404
    return redirect("client-groups", company_id=request.company.pk)
