"""Forms of the ledger's pages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.core.vat import VatTreatment
from tilisilta.services.ledger.chart import TREATMENT_NAMES, AccountData
from tilisilta.store.models import AccountRole, AccountType, LedgerAccount

DAY_INPUT = {"type": "date"}


class AccountForm(forms.Form):
    """One account of the chart."""

    number = forms.CharField(label=_("Number"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=150)
    type = forms.ChoiceField(label=_("Type"), choices=AccountType.choices)
    role = forms.ChoiceField(
        label=_("Stands for"),
        required=False,
        choices=AccountRole.choices,
        help_text=_("Proposals use it. Several accounts may stand for sales or purchases, one for each VAT treatment."),
    )
    vat_treatment = forms.ChoiceField(
        label=_("Usual VAT treatment"), required=False, choices=[("", "–"), *TREATMENT_NAMES.items()]
    )
    vat_rate = forms.DecimalField(
        label=_("Usual VAT rate, %"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal("99.999"),
        decimal_places=3,
        localize=True,
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @classmethod
    def of(cls, account: LedgerAccount, data: Any = None) -> "AccountForm":
        """Return the form of an account, filled as it is."""
        return cls(
            data,
            initial={
                "number": account.number,
                "name": account.name,
                "type": account.type,
                "role": account.role,
                "vat_treatment": account.vat_treatment,
                "vat_rate": None if account.vat_rate is None else account.vat_rate.normalize(),
                "is_active": account.is_active,
            },
        )

    def account_data(self) -> AccountData:
        """Return what was filled in; the form must be valid."""
        values = self.cleaned_data
        return AccountData(
            number=values["number"],
            name=values["name"],
            type=AccountType(values["type"]),
            role=AccountRole(values["role"]),
            vat_treatment=VatTreatment(values["vat_treatment"]) if values["vat_treatment"] else None,
            vat_rate=values["vat_rate"],
            is_active=values["is_active"],
        )


class PaymentForm(forms.Form):
    """A payment by hand."""

    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs=DAY_INPUT, format="%Y-%m-%d"))
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2, localize=True
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    bank_account = forms.ChoiceField(label=_("Booked on"), required=False)
    allow_prepayment = forms.BooleanField(label=_("Keep what is over as a prepayment"), required=False)

    def __init__(self, *args: Any, bank_accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "payment_%s", **kwargs})
        field = self.fields["bank_account"]
        if isinstance(field, forms.ChoiceField):
            field.choices = bank_accounts
