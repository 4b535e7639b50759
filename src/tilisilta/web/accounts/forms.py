"""Forms of people and of their first company."""

from typing import Any, Final

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from stdnum.ee import kmkr, registrikood
from stdnum.fi import alv, ytunnus

from tilisilta.store.models import User
from tilisilta.web.context import LANGUAGE_NAMES

COUNTRIES: Final = [("EE", _("Estonia")), ("FI", _("Finland"))]
_REGISTRY_RULES: Final = {"EE": registrikood, "FI": ytunnus}
_VAT_RULES: Final = {"EE": kmkr, "FI": alv}
# Django's own list of rules says the same in four lines and, in Estonian, with another word for password.
_PASSWORD_RULES: Final = _("At least 10 characters. No common password, not only digits, not your name or address.")


def language_choices() -> list[tuple[str, str]]:
    return list(LANGUAGE_NAMES.items())


class CompanyFieldsMixin(forms.Form):
    """Name, country and codes of a company. A code that fails its check digit is shown, and taken when sent again."""

    company_name = forms.CharField(
        label=_("Company"), max_length=200, widget=forms.TextInput({"autocomplete": "organization"})
    )
    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES)
    registry_code = forms.CharField(label=_("Registry code"), max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)

    def company_fields(self) -> dict[str, str]:
        data = self.cleaned_data
        return {
            "name": data["company_name"],
            "country": data["country"],
            "registry_code": data["registry_code"],
            "vat_number": data["vat_number"],
        }


def code_warnings(country: str, registry_code: str, vat_number: str) -> list[Any]:
    """Return warnings about codes that fail their country's check; they warn and never stop anyone."""
    warnings = []
    registry_rule, vat_rule = _REGISTRY_RULES.get(country), _VAT_RULES.get(country)
    if registry_code and registry_rule and not registry_rule.is_valid(registry_code):
        warnings.append(_("The registry code does not pass its check digit. Look whether it was typed right."))
    if vat_number and vat_rule and not vat_rule.is_valid(vat_number):
        warnings.append(_("The VAT number does not pass its check digit. Look whether it was typed right."))
    return warnings


def _password(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )


class PasswordTwiceMixin(forms.Form):
    """A new password, typed twice."""

    password = _password(_("Password"), _PASSWORD_RULES)
    password_again = _password(_("Password again"))

    def clean_password_again(self) -> str:
        again: str = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The passwords differ."))
        return again


class SetupForm(PasswordTwiceMixin, CompanyFieldsMixin):
    """The first owner and their company."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput({"autocomplete": "username"}))
    field_order = [
        "name",
        "email",
        "password",
        "password_again",
        "company_name",
        "country",
        "registry_code",
        "vat_number",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (get_language() or "").startswith("fi"):
            self.fields["country"].initial = "FI"

    def person(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "email", "password", "password_again")]

    def company(self) -> list[forms.BoundField]:
        return [self[name] for name in ("company_name", "country", "registry_code", "vat_number")]


class NewCompanyForm(CompanyFieldsMixin):
    """One more company of a person who has one."""


class NewMemberForm(PasswordTwiceMixin):
    """A person who joins by invitation and has no account yet."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    field_order = ["name", "password", "password_again"]


class _Plain:
    """Takes the hints out of the boxes of allauth's forms: a label stays when one types."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""  # the way to a new password stands below the form
            if name == "password1":
                field.help_text = _PASSWORD_RULES
            if name in {"login", "email"}:
                field.label = _("E-mail address")


class SignInForm(_Plain, LoginForm):  # type: ignore[misc]  # allauth has no types
    """Sign-in by e-mail address."""


class PasswordAgainForm(_Plain, ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""


class PasswordChangeForm(_Plain, ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""


class PasswordForgottenForm(_Plain, ResetPasswordForm):  # type: ignore[misc]
    """Where to send the link."""


class NewPasswordForm(_Plain, ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password of someone who has the link."""


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a person changes about themselves. The address is the sign-in name and stays."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices)

    class Meta:
        model = User
        fields = ("name", "language", "emails_notices")
        labels = {"emails_notices": _("Send me notices by e-mail too")}
