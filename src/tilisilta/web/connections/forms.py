"""The form of a connection, built from its connector's manifest."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.kit.manifest import LIMITS_SETTINGS, CredentialField, Manifest, SettingField
from tilisilta.store.models import Connection

CREDENTIAL, SETTING = "credential_", "setting_"


class ConnectionForm(forms.Form):
    """Name, credentials and settings. Saved credentials are never shown: an empty field keeps what is there."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("How you tell this connection from others, for example by company."),
    )

    def __init__(self, *args: Any, manifest: Manifest, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manifest = manifest
        self.fields["name"].initial = connection.name if connection else gettext(manifest.name)
        for field in manifest.credentials:
            self.fields[CREDENTIAL + field.name] = _credential_field(field, connection)
        for setting in manifest.settings:
            self.fields[SETTING + setting.name] = _setting_field(setting, connection)

    def main_fields(self) -> list[forms.BoundField]:
        """Return what nearly everybody fills in: the name, what decides about the rest, the keys, other settings."""
        leading = ["name", *(SETTING + each.name for each in self.manifest.settings if each.leads)]
        others = [name for name in self.fields if name not in self._folded() and name not in leading]
        return [self[name] for name in (*leading, *others)]

    def more_fields(self) -> list[forms.BoundField]:
        """Return the settings that have a usual value, which few people change."""
        return [self[name] for name in self.fields if name in self._folded()]

    def has_more_errors(self) -> bool:
        """Return whether a folded field has an error, so that it must be seen."""
        return any(field.errors for field in self.more_fields())

    def _folded(self) -> set[str]:
        limits = {each.name for each in LIMITS_SETTINGS}
        return {
            SETTING + each.name
            for each in self.manifest.settings
            if not each.leads and (each.default or each.is_rare or each.name in limits or each.name == "base_url")
        }

    def credentials(self) -> dict[str, str]:
        """Return the credentials that were entered."""
        return self._chosen(CREDENTIAL, keep_empty=False)

    def settings(self) -> dict[str, str]:
        """Return the settings as chosen."""
        return self._chosen(SETTING, keep_empty=True)

    def _chosen(self, prefix: str, *, keep_empty: bool) -> dict[str, str]:
        values = {
            name: str(value or "").strip() for name, value in self.cleaned_data.items() if name.startswith(prefix)
        }
        return {name.removeprefix(prefix): value for name, value in values.items() if value or keep_empty}


def _credential_field(field: CredentialField, connection: Connection | None) -> forms.Field:
    hint = str(connection.hints.get(field.name, "")) if connection else ""
    attributes = {"autocomplete": "off", "spellcheck": "false", "placeholder": hint or field.placeholder}
    widget: forms.Widget = forms.TextInput(attrs=attributes)
    if field.is_secret:
        widget = forms.PasswordInput(attrs={**attributes, "autocomplete": "new-password"}, render_value=False)
    help_text = gettext(field.help) if field.help else ""
    if hint:
        keeps = gettext("Leave empty to keep the saved one.")  # not inside the f-string: messages are not found there
        help_text = f"{help_text} {keeps}".strip()
    return forms.CharField(
        label=gettext(field.label),
        help_text=help_text,
        required=field.is_required and not hint,
        widget=widget,
        max_length=4000,
    )


def _setting_field(setting: SettingField, connection: Connection | None) -> forms.Field:
    initial = (connection.settings.get(setting.name) if connection else None) or setting.default
    common: dict[str, Any] = {
        "label": gettext(setting.label),
        "help_text": gettext(setting.help) if setting.help else "",
        "initial": initial,
        "required": setting.is_required and not setting.default,
    }
    if setting.choices:
        choices = [(value, gettext(label)) for value, label in setting.choices]
        if not common["required"] and "" not in dict(choices) and not setting.default:
            choices.insert(0, ("", "–"))
        return forms.ChoiceField(choices=choices, **common)
    return forms.CharField(
        widget=forms.TextInput(attrs={"placeholder": setting.placeholder, "autocomplete": "off"}),
        max_length=500,
        **common,
    )
