"""Forms of clients and contacts. What may stand in a field is checked by the services."""

from typing import Any, Final

from babel import Locale
from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tilisilta.services.practice import client_lists, clients, groups
from tilisilta.services.practice.client_checks import LABELS, LIMITS, MAX_TERM_DAYS
from tilisilta.services.practice.clients import ClientContent
from tilisilta.services.practice.contacts import ContactContent
from tilisilta.services.practice.fields import by_group
from tilisilta.services.practice.settings import members_of
from tilisilta.store.models import Client, ClientContact, ClientKind, Company, FieldSubject
from tilisilta.web.practice import value_fields

_LANGUAGES: Final = ("et", "fi", "en", "ru", "lv", "lt", "sv", "de")
_NOBODY: Final = ("", "–")
_LABELS: Final[dict[str, Any]] = dict(LABELS)  # as form fields take them


def languages(also: str = "") -> list[tuple[str, str]]:
    """Return the languages that clients are written to in, by name in the active language."""
    locale = Locale((get_language() or "en").split("-")[0])
    codes = [*_LANGUAGES, *([also] if also and also not in _LANGUAGES else [])]
    return [_NOBODY, *((code, str(locale.languages.get(code, code))) for code in codes)]


def _text(name: str, *, required: bool = False, **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=_LABELS[name], max_length=LIMITS[name], required=required, widget=widget)


def _id(text: str) -> int | None:
    return int(text) if text else None


class ClientForm(forms.Form):
    """A client with all of its fields, the bureau's own included."""

    name = _text("name", required=True)
    kind = forms.ChoiceField(label=_LABELS["kind"], choices=ClientKind.choices, required=False)
    registry_code = _text("registry_code")
    vat_number = _text("vat_number")
    street = _text("street")
    postal_code = _text("postal_code")
    city = _text("city")
    country = forms.CharField(
        label=_LABELS["country"], max_length=40, required=False, help_text=_("Two letters: EE, FI, LV")
    )
    email = _text("email", inputmode="email")
    phone = _text("phone", inputmode="tel")
    language = forms.ChoiceField(label=_LABELS["language"], required=False)
    initials = _text("initials")
    code = _text("code")
    default_member = forms.ChoiceField(
        label=_LABELS["default_member"],
        required=False,
        help_text=_("Does the client's tasks unless a task says otherwise."),
    )
    groups = forms.MultipleChoiceField(label=_LABELS["groups"], required=False, widget=forms.CheckboxSelectMultiple)
    is_active = forms.BooleanField(label=pgettext_lazy("client", "Active"), required=False, initial=True)
    needs_time = forms.BooleanField(label=_("Tasks need time written down"), required=False)
    needs_topic = forms.BooleanField(label=_("Tasks need a topic"), required=False)
    notes = forms.CharField(
        label=_LABELS["notes"], max_length=LIMITS["notes"], required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    billing_email = _text("billing_email", inputmode="email")
    payment_term_days = forms.IntegerField(
        label=_LABELS["payment_term_days"], required=False, min_value=0, max_value=MAX_TERM_DAYS
    )
    billed_to = forms.ChoiceField(
        label=_LABELS["billed_to"], required=False, help_text=_("Another client that pays this one's invoices.")
    )

    _SECTIONS: Final[tuple[tuple[Promise, tuple[str, ...]], ...]] = (
        (_("Who it is"), ("name", "kind", "registry_code", "vat_number")),
        (_("Address"), ("street", "postal_code", "city", "country", "email", "phone", "language")),
        (
            _("In the bureau"),
            ("is_active", "default_member", "groups", "initials", "code", "needs_time", "needs_topic"),
        ),
        (_("Billing"), ("billing_email", "payment_term_days", "billed_to")),
        (_("Notes"), ("notes",)),
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, client: Client | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(company, client) | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.company, self.client = company, client
        self.own = value_fields.visible_fields(company, FieldSubject.CLIENT)
        value_fields.add_value_fields(self, self.own, client.values if client else {})
        self._choose("language", languages(client.language if client else ""))
        people = {each.pk: str(each) for each in members_of(company)}
        if client is not None and client.default_member is not None:
            people.setdefault(client.default_member.pk, str(client.default_member))
        self._choose("default_member", [_NOBODY, *((str(pk), name) for pk, name in people.items())])
        self._choose("groups", [(str(each.pk), each.name) for each in groups.groups_of(company)])
        itself = ("", str(_("Itself")))
        self._choose("billed_to", [itself, *((str(pk), name) for pk, name in clients.payers_for(company, client))])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under their headings, the bureau's own before billing."""
        plain = [(str(title), [self[name] for name in names]) for title, names in self._SECTIONS]
        own = [
            (group or str(_("Own fields")), value_fields.bound_fields(self, fields))
            for group, fields in by_group(self.own)
        ]
        return [*plain[:3], *own, *plain[3:]]

    def content(self) -> ClientContent:
        """Return the client as a valid form describes it."""
        data = self.cleaned_data
        plain = {name: data[name] for name in ClientContent.__struct_fields__ if name in data}
        return ClientContent(
            **plain | {"kind": data["kind"] or ClientKind.COMPANY.value, "country": data["country"] or "EE"},
            default_member_id=_id(data["default_member"]),
            group_ids=tuple(int(each) for each in data["groups"]),
            billed_to_id=_id(data["billed_to"]),
            values=value_fields.values_of(self, self.own),
            keeps_other_values=True,  # those that forms do not show
        )


def _initial(company: Company, client: Client | None) -> dict[str, Any]:
    if client is None:
        return {"country": company.country, "kind": ClientKind.COMPANY.value, "is_active": True}
    content = clients.content_of(client)
    names = set(ClientForm.base_fields) & set(ClientContent.__struct_fields__)
    return {name: getattr(content, name) for name in names} | {
        "default_member": str(content.default_member_id or ""),
        "groups": [str(each) for each in content.group_ids],
        "billed_to": str(content.billed_to_id or ""),
    }


class ContactForm(forms.Form):
    """A contact of a client."""

    name = forms.CharField(label=_("First name"), max_length=100)
    surname = forms.CharField(label=_("Last name"), max_length=100, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    mobile_phone = forms.CharField(label=_("Mobile phone"), max_length=40, required=False)
    work_phone = forms.CharField(label=_("Work phone"), max_length=40, required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=100, required=False)
    birthday = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_primary = forms.BooleanField(
        label=_("Primary contact"), required=False, help_text=_("One of the contacts is the primary one.")
    )
    external_id = forms.CharField(label=_("Id in another system"), max_length=60, required=False)

    def content(self) -> ContactContent:
        """Return the contact as a valid form describes it."""
        return ContactContent(**self.cleaned_data)


def contact_initial(contact: ClientContact | None) -> dict[str, Any]:
    """Return what a contact's form begins with."""
    return {name: getattr(contact, name) for name in ContactForm.base_fields} if contact else {}


class FilterForm(forms.Form):
    """How the client list is narrowed. Nonsense in the address narrows nothing."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=100, widget=forms.TextInput(
        attrs={"type": "search", "data-search": ""}))  # fmt: skip
    status = forms.ChoiceField(label=_LABELS["status"], required=False)
    group = forms.ChoiceField(label=_("Group"), required=False)
    member = forms.ChoiceField(label=_LABELS["default_member"], required=False)
    integration = forms.ChoiceField(label=_("Integration"), required=False)
    field = forms.ChoiceField(label=_("Own field"), required=False)
    value = forms.CharField(label=_("Its value"), required=False, max_length=100)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.fields
        anyone = ("", str(_("All")))
        choices: dict[str, list[tuple[str, str]]] = {
            "status": [
                ("", pgettext("client", "Active")),
                (client_lists.INACTIVE, pgettext("client", "Inactive")),
                (client_lists.ALL, str(_("All"))),
            ],
            "group": [anyone, *((str(each.pk), each.name) for each in groups.groups_of(company))],
            "member": [
                anyone, ("none", str(_("Nobody"))), *((str(each.pk), str(each)) for each in members_of(company)),
            ],
            "integration": [
                anyone, (client_lists.CONNECTED, str(_("Connected"))),
                (client_lists.NOT_CONNECTED, str(_("Not connected"))), *client_lists.integration_names(company),
            ],
            "field": [("", "–"), *((str(each.pk), each.title) for each in client_lists.listed_fields(company))],
        }  # fmt: skip
        for name, offered in choices.items():
            field = names[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
            field.choices = offered
        self.has_own_fields = len(choices["field"]) > 1

    def filters(self, *, imported: str = "", sort: str = "") -> client_lists.Filters:
        """Return the filters that the form names; fields with nonsense count as empty."""
        self.is_valid()
        data = self.cleaned_data
        member = data.get("member", "")
        return client_lists.Filters(
            text=data.get("q", ""),
            status=data.get("status", "") or client_lists.ACTIVE,
            group_id=_id(data.get("group", "")),
            member_id=client_lists.NO_MEMBER if member == "none" else _id(member),
            integration=data.get("integration", ""),
            field_id=_id(data.get("field", "")),
            field_value=data.get("value", ""),
            imported=client_lists.LAST_IMPORT if imported == client_lists.LAST_IMPORT else "",
            sort=sort or "name",
        )
