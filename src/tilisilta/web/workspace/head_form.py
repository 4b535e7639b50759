"""The head of an invoice's form: its party, dates, references."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import Address, BankAccount, Invoice, Party
from tilisilta.core.identifiers import iban, reference_number
from tilisilta.services.workspace.content import today_of
from tilisilta.services.workspace.parties import find_party
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import Company, Side, WorkspaceParty
from tilisilta.web.workspace.fields import NumberField

PLAIN: Final = (
    "date", "due_date", "delivery_date", "currency", "exchange_rate", "is_credit_note", "reference_number",
    "our_reference", "your_reference", "order_number", "note",
)  # fmt: skip
_NAMED: Final = re.compile(r"(?P<name>.+) \((?P<code>[^()\s]+)\)")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def party_label(row: WorkspaceParty) -> str:
    """Return what a party is chosen by: its name, and its code when it has one."""
    return f"{row.name} ({row.registry_code})" if row.registry_code else row.name


class HeadForm(forms.Form):
    """Everything but the rows. A party that is not known is made from the fields below its name."""

    party = forms.CharField(max_length=230, widget=forms.TextInput(attrs={"list": "parties", "autocomplete": "off"}))
    registry_code = forms.CharField(label=_("Registry code"), max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    street = forms.CharField(label=_("Street"), max_length=150, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    country = forms.CharField(label=_("Country"), max_length=2, required=False, help_text=_("Two letters: EE, FI, LV"))
    number = forms.CharField(label=_("Number of the supplier's invoice"), max_length=100)
    date = forms.DateField(label=_("Date"), widget=_date_input())
    due_date = forms.DateField(label=_("Due date"), required=False, widget=_date_input())
    delivery_date = forms.DateField(label=_("Delivery date"), required=False, widget=_date_input())
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="EUR")
    exchange_rate = NumberField(
        label=_("Exchange rate"), places=6, min_value=Decimal("0.000001"),
        help_text=_("Units of the books' currency for one unit of this one"),
    )  # fmt: skip
    is_credit_note = forms.BooleanField(label=_("Credit note"), required=False)
    credits = forms.CharField(label=_("Credits the invoice"), max_length=100, required=False, help_text=_("Its number"))
    reference_number = forms.CharField(label=_("Reference number"), max_length=35, required=False)
    iban = forms.CharField(label=_("Bank account"), max_length=42, required=False)
    our_reference = forms.CharField(label=_("Our reference"), max_length=70, required=False)
    your_reference = forms.CharField(label=_("Your reference"), max_length=70, required=False)
    order_number = forms.CharField(label=_("Order number"), max_length=70, required=False)
    reason = forms.CharField(
        label=_("Why no VAT is charged"), max_length=200, required=False,
        help_text=_("Printed on the invoice; needed for exempt rows, such as a section of the law"),
    )  # fmt: skip
    stated = NumberField(
        label=_("Total on the invoice"),
        help_text=_("What the supplier's invoice asks for, with VAT. It is compared with the rows."),
    )
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, company: Company, side: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.side = company, side
        self.found: WorkspaceParty | None = None
        is_sales = side == Side.SALES
        self.fields["party"].label = _("Customer") if is_sales else _("Supplier")
        for name in ("number", "iban", "stated") if is_sales else ("reason", "delivery_date"):
            del self.fields[name]
        if is_sales:
            del self.fields["reference_number"]

    def clean_party(self) -> str:
        text = " ".join(self.cleaned_data["party"].split())
        named = _NAMED.fullmatch(text)
        mine = WorkspaceParty.objects.filter(company=self.company)
        if named and (row := mine.filter(registry_code=named["code"], name__iexact=named["name"]).first()):
            self.found = row
        else:
            self.found = find_party(self.company, Party(name=text))
        return text

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if not _CURRENCY.fullmatch(currency):
            raise forms.ValidationError(gettext("Three letters, such as EUR."))
        return currency

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country and not (country.isalpha() and len(country) == 2):  # noqa: PLR2004  ISO 3166-1 alpha-2
            raise forms.ValidationError(gettext("Two letters, such as EE."))
        return country

    def clean_iban(self) -> str:
        number = str(self.cleaned_data["iban"]).replace(" ", "").upper()
        # Old and foreign accounts that are no IBAN at all do not begin with a country.
        if number[:2].isalpha() and not iban.is_valid(number):
            raise forms.ValidationError(gettext("The account's check digits do not agree."))
        return number

    def clean_reference_number(self) -> str:
        number = str(self.cleaned_data["reference_number"]).replace(" ", "")
        is_ours = number.isdecimal() or number.upper().startswith("RF")
        if number and is_ours and not reference_number.is_valid(number):
            raise forms.ValidationError(gettext("The reference number's check digit does not agree."))
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("date", "due_date", "delivery_date"):
            if (day := data.get(name)) and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                self.add_error(name, gettext("Check the year."))
        date, due = data.get("date"), data.get("due_date")
        if date and due and due < date and not data.get("is_credit_note"):
            self.add_error("due_date", gettext("The due date is before the invoice's date."))
        if data.get("currency") not in {None, self.company.base_currency} and data.get("exchange_rate") is None:
            self.add_error("exchange_rate", gettext("An invoice in another currency needs its rate."))
        return data

    def new_party(self) -> Party:
        """Return the party as its fields describe it, for one that is not known yet."""
        data = self.cleaned_data
        address = Address(
            street=data["street"], city=data["city"], postal_code=data["postal_code"], country=data["country"]
        )
        account = (BankAccount(iban=data["iban"]),) if data.get("iban") else ()
        return Party(
            name=data["party"],
            registry_code=data["registry_code"],
            vat_number=data["vat_number"].replace(" ", "").upper(),
            address=address,
            bank_accounts=account,
        )


def head_values(invoice: Invoice | None, company: Company, side: str) -> dict[str, Any]:
    """Return the head's fields as an invoice fills them; without one, those of a new invoice of today."""
    if invoice is None:
        today = today_of(company)
        term = dt.timedelta(days=settings_of(company).payment_term_days)
        return {"date": today, "due_date": today + term if side == Side.SALES else None, "currency": "EUR"}
    values: dict[str, Any] = {name: getattr(invoice, name) for name in PLAIN}
    party = find_party(company, invoice.party)
    values |= {
        "party": party_label(party) if party and party.name == invoice.party.name else invoice.party.name,
        "registry_code": invoice.party.registry_code,
        "vat_number": invoice.party.vat_number,
        "street": invoice.party.address.street,
        "postal_code": invoice.party.address.postal_code,
        "city": invoice.party.address.city,
        "country": invoice.party.address.country,
        "number": invoice.number,
        "credits": ", ".join(each.number for each in invoice.credits),
        "iban": invoice.bank_account.iban if invoice.bank_account else "",
        "reason": next((each.exemption_reason for each in invoice.vat_totals if each.exemption_reason), ""),
    }
    return values
