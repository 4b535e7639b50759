"""Forms of the import wizard and of a client's key, built from the connector's manifest."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.books.key_lists import PASTED
from tilisilta.services.tables import MAX_BYTES
from tilisilta.store.models import KeyMode
from tilisilta.web.connections.forms import CREDENTIAL, SETTING, ConnectionForm

_COUNTRY = f"{SETTING}country"
_MOST_PASTED = 1_000_000


class SignInForm(forms.Form):
    """Country, e-mail and password of the bookkeeping system, and what is done about keys. Nothing is shown again."""

    country = forms.ChoiceField(label=_("Country"))
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("With which you sign in to the bookkeeping system."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        help_text=_("Used once, now, and stored nowhere."),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key_mode = forms.ChoiceField(
        label=_("API keys"),
        choices=[
            (KeyMode.CONTINUE, _("Continue (recommended): link our keys that are there, and make the missing ones")),
            (KeyMode.CUSTOM, _("Custom import: link only our keys that are there, and make none")),
        ],
        initial=KeyMode.CONTINUE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, countries: list[tuple[str, str]], country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"),
            choices=countries,
            initial=country or countries[0][0],
            help_text=_("Whose branch of the bookkeeping system the companies are in."),
        )


class ClientKeyForm(ConnectionForm):
    """A client's key: country, credentials, further settings folded. The connection's name is made, not typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"]

    def main_fields(self) -> list[forms.BoundField]:
        """Return country and credentials."""
        names = [name for name in self.fields if name not in self._folded()]
        return [self[name] for name in sorted(names, key=lambda name: name != _COUNTRY)]

    def _folded(self) -> set[str]:
        return super()._folded() - {_COUNTRY}


class _Unshown(forms.Textarea):
    """Text with keys in it: what was pasted is never written into a page again, whatever was wrong with it."""

    def format_value(self, value: Any) -> str | None:
        del value
        return None


class KeyListForm(ClientKeyForm):
    """A list of keys, pasted or as a file, and the settings that all of them work with."""

    pasted = forms.CharField(
        label=_("Pasted list"),
        required=False,
        strip=False,
        max_length=_MOST_PASTED,
        widget=_Unshown(attrs={"rows": 8, "spellcheck": "false", "class": "code", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a file, CSV or XLSX"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.manifest.credentials:
            del self.fields[CREDENTIAL + field.name]
        columns = ", ".join(
            [gettext("registry code"), gettext("name"), *(gettext(each.label) for each in self.manifest.credentials)]
        )
        self.fields["pasted"].help_text = gettext(
            "One company a row, cells apart by tabs, semicolons or commas: %(columns)s. A header is understood in "
            "English, Estonian and Finnish; without one the columns stand in this order."
        ) % {"columns": columns}

    def main_fields(self) -> list[forms.BoundField]:
        """Return the country, then the list itself."""
        own = [name for name in ("pasted", "file") if name in self.fields]
        others = [each.name for each in super().main_fields() if each.name not in own]
        return [self[name] for name in (*others, *own)]

    def content(self) -> tuple[str, bytes]:
        """Return name and bytes of the list; empty bytes when neither was given. A file goes before pasted text."""
        file = self.cleaned_data.get("file")
        if file:
            return str(file.name), file.read(MAX_BYTES + 1)
        return PASTED, str(self.cleaned_data.get("pasted") or "").encode()


class ClientTableForm(forms.Form):
    """A table of clients."""

    file = forms.FileField(label=_("File, CSV or XLSX"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"}))
