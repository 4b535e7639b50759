"""The practice module's settings: switched on and off, what members may do, how far ahead tasks become real."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import require
from tilisilta.services.practice import settings as service
from tilisilta.store.models import Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.practice.panels import url_if_any
from tilisilta.web.request import CompanyRequest

MAX_DAYS_AHEAD = 366


class SettingsForm(forms.Form):
    """The bureau's choices."""

    members_make_topics = forms.BooleanField(label=_("Accountants may make topics"), required=False)
    days_ahead = forms.IntegerField(
        label=_("Planned tasks become real, days before they are due"), min_value=1, max_value=MAX_DAYS_AHEAD,
        help_text=_("Until then they stand in the client plan and not in lists and reports."),
    )  # fmt: skip
    member_rights = forms.MultipleChoiceField(
        label=_("What accountants may do in billing"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=list(service.MEMBER_RIGHTS.items()), help_text=_("Administrators may do all of it."),
    )  # fmt: skip


def _elsewhere(request: CompanyRequest) -> list[tuple[str, str]]:
    pages = (
        (("custom-fields",), gettext("Custom fields")),
        (("client-groups",), gettext("Client groups")),
        (("topic-list",), gettext("Topics")),
        (("plan-templates",), gettext("Templates of client plans")),
        (("books-list",), gettext("Clients' bookkeeping systems")),
    )
    found = ((url_if_any(request.company, *names), text) for names, text in pages)
    return [(url, text) for url, text in found if url]


@company_view("GET", "POST")
def practice_settings(request: CompanyRequest) -> HttpResponse:
    """Everyone sees the choices, administrators change them; while the module is off, it is switched on here."""
    kept = service.settings_of(request.company)
    initial: dict[str, Any] = {name: getattr(kept, name) for name in SettingsForm.base_fields}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST":
        require(request.actor, Role.ADMIN)
        if form.is_valid():
            with telling(request, gettext("Saved.")):
                service.save_settings(request.actor, **form.cleaned_data)
            return redirect("practice-settings", company_id=request.company.pk)
    if not request.actor.is_admin:
        for field in form.fields.values():
            field.disabled = True
    is_on = service.is_on(request.company)
    context = {"form": form, "is_on": is_on, "elsewhere": _elsewhere(request) if is_on else []}
    return render(request, "practice/settings.html", context, status=422 if form.errors else 200)


@company_view("POST", needed=Role.ADMIN)
def practice_switch(request: CompanyRequest) -> HttpResponse:
    if request.POST.get("on") == "1":
        with telling(request, gettext("The practice module is on.")):
            service.switch_on(request.actor)
    else:
        with telling(request, gettext("The practice module is off. Nothing was deleted.")):
            service.switch_off(request.actor)
    return redirect("practice-settings", company_id=request.company.pk)
