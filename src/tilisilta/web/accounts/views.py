"""Set-up, home, language, colours, the profile and invitations."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tilisilta.services import audit, companies, members, profiles
from tilisilta.services.access import client_ip
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import User
from tilisilta.web.accounts.forms import NewCompanyForm, NewMemberForm, ProfileForm, SetupForm, code_warnings
from tilisilta.web.context import LANGUAGE_NAMES, THEMES
from tilisilta.web.request import UserRequest

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_YEAR_S = 60 * 60 * 24 * 365


def _next_url(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse("home")


def _add_service_error(form: Any, error: ServiceError) -> None:
    form.add_error("password" if error.code == "INVALID_PASSWORD" else None, str(error))


def home(request: HttpRequest) -> HttpResponse:
    """Send a person to the company they worked in last."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    user = request.user
    company = companies.home_company(user, request.session.get("company_id"))
    if company is None:
        return render(request, "accounts/no_company.html")
    return redirect("today", company.pk)


@sensitive_post_parameters("password", "password_again")
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first owner; gone once there is a user."""
    if not companies.first_run_needed():
        return redirect("home")
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user, company = companies.set_up_owner(
                email=data["email"],
                name=data["name"],
                password=data["password"],
                language=translation.get_language() or "en",
                company=form.company_fields(),
                ip=client_ip(request.META),
            )
        except ServiceError as error:
            _add_service_error(form, error)
        else:
            login(request, user, backend=_BACKEND)
            _warn_of_codes(request, form.company_fields())
            return redirect("today", company.pk)
    return render(request, "accounts/setup.html", {"form": form})


def _warn_of_codes(request: HttpRequest, fields: dict[str, str]) -> None:
    for warning in code_warnings(fields["country"], fields["registry_code"], fields["vat_number"]):
        messages.warning(request, str(warning))


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Turn to a language: remembered in a cookie, and on the person when one is signed in."""
    response = HttpResponseRedirect(_next_url(request))
    language = request.POST.get("language", "")
    if language in LANGUAGE_NAMES:
        if request.user.is_authenticated:
            profiles.set_language(request.user, language)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR_S, samesite="Lax")
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Turn to light or dark colours, or to what the device says."""
    response = HttpResponseRedirect(_next_url(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=_YEAR_S, samesite="Lax", httponly=True)
    return response


@login_required
def profile(request: UserRequest) -> HttpResponse:
    """A person's own name, language and sign-in."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        profiles.update_profile(request.user, **form.cleaned_data)
        translation.activate(request.user.language)
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render(
        request,
        "accounts/profile.html",
        {
            "form": form,
            "entries": [(audit.action_text(each.action), each) for each in audit.account_entries(request.user)],
            "has_mfa": profiles.has_two_step_sign_in(request.user),
            "memberships": companies.memberships_of(request.user),
        },
    )


@login_required
def company_new(request: UserRequest) -> HttpResponse:
    """One more company, for people who own one."""
    form = NewCompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        company = companies.create_company(request.user, ip=client_ip(request.META), **form.company_fields())
        _warn_of_codes(request, form.company_fields())
        return redirect("today", company.pk)
    companies.require_may_create(request.user)
    return render(request, "accounts/company_new.html", {"form": form})


@sensitive_post_parameters("password", "password_again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation, with an account or by making one."""
    try:
        found = members.open_invitation(token)
    except ServiceError as error:
        return render(request, "accounts/invitation_invalid.html", {"error": error}, status=404)
    context: dict[str, Any] = {"invitation": found, "has_account": members.has_account(found.email)}
    if request.user.is_authenticated:
        return _accept_signed_in(request, token, context)
    if context["has_account"]:
        context["login_url"] = f"{reverse('account_login')}?next={request.path}"
        return render(request, "accounts/invitation.html", context)
    form = NewMemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user, membership = members.accept_as_new_user(
                token,
                name=data["name"],
                password=data["password"],
                language=translation.get_language() or "en",
                ip=client_ip(request.META),
            )
        except ServiceError as error:
            _add_service_error(form, error)
        else:
            login(request, user, backend=_BACKEND)
            return redirect("today", membership.company_id)
    return render(request, "accounts/invitation.html", context | {"form": form})


def _accept_signed_in(request: HttpRequest, token: str, context: dict[str, Any]) -> HttpResponse:
    user = cast("User", request.user)
    if request.method == "POST":
        try:
            membership = members.accept_invitation(token, user=user, ip=client_ip(request.META))
        except ServiceError as error:
            messages.error(request, str(error))
        else:
            return redirect("today", membership.company_id)
    context["is_other_email"] = user.email != context["invitation"].email
    return render(request, "accounts/invitation.html", context)
