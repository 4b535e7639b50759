"""Forms of billing: settings, products, contracts with their rows, and the days of a run."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tilisilta.core.money import ZERO
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services.billing import classifiers, lists
from tilisilta.services.billing.contracts import ContractContent, RowContent
from tilisilta.services.billing.products import TREATMENT, ProductContent, fields_to_count, products, topics
from tilisilta.services.billing.settings import STEPS
from tilisilta.services.ledger.chart import TREATMENT_NAMES
from tilisilta.store.models import (
    BillingPeriod,
    BillingSettings,
    Client,
    Company,
    Contract,
    ContractRow,
    CustomField,
    Product,
    ProductKind,
    Topic,
)
from tilisilta.web.workspace.fields import NumberField, plain_number

_ZERO_REASONS: Final = (
    VatTreatment.ZERO_RATED, VatTreatment.EXEMPT, VatTreatment.OUTSIDE_SCOPE, VatTreatment.REVERSE_CHARGE,
    VatTreatment.INTRA_EU_SUPPLY_SERVICES, VatTreatment.EXPORT,
)  # fmt: skip
_PRICE_PLACES: Final = 4
_QUANTITY_PLACES: Final = 3
_TIER: Final = re.compile(r"^\s*(?P<first>\S+)\s*[:=\s]\s*(?P<price>\S+)\s*$")
_DATE: Final = {"type": "date"}


def _day(label: Any, *, required: bool = False, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"), **more
    )


class TiersField(forms.CharField):
    """Tiers as lines "101: 0,40": from which piece on, and what one costs. Gives pairs of texts."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "placeholder": "1: 0,50\n101: 0,40"})
        super().__init__(**{"required": False, "max_length": 1000, "widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return "\n".join(f"{first}: {plain_number(Decimal(price))}" for first, price in value)
        return value

    def to_python(self, value: Any) -> Any:
        pairs: list[list[str]] = []
        for line in re.split(r"[;\n]", str(super().to_python(value) or "")):
            if not line.strip():
                continue
            match = _TIER.match(line)
            if match is None:
                raise forms.ValidationError(gettext("Write each tier on its own line, such as 101: 0,40."))
            pairs.append([match["first"].rstrip(":"), match["price"].replace(",", ".")])
        return pairs


class SettingsForm(forms.Form):
    payment_term_days = forms.IntegerField(
        label=_("Payment term, days"), min_value=0, max_value=365, help_text=_("Unless the client has its own.")
    )
    rounds_minutes_to = forms.TypedChoiceField(
        label=_("Time is rounded up to"), coerce=int, help_text=_("Minutes; the time of each task once a period.")
    )
    needs_classifiers = forms.BooleanField(
        label=_("Only classifiers imported from the books may be used on invoices"), required=False
    )
    fetches_status = forms.BooleanField(label=_("Fetch the payment status of invoices every day"), required=False)
    status_at = forms.TimeField(
        label=_("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("By the clock of the company's time zone."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, kept: BillingSettings) -> None:
        super().__init__(data, initial={name: getattr(kept, name) for name in self.base_fields})
        steps = self.fields["rounds_minutes_to"]
        assert isinstance(steps, forms.TypedChoiceField)  # noqa: S101  for the type checker
        steps.choices = [(str(step), f"{step} min") for step in STEPS]


class ProductForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("How the price is made"), choices=ProductKind.choices)
    price = NumberField(
        label=_("Price without VAT"), places=_PRICE_PLACES, min_value=ZERO, required=True,
        help_text=_("Of one unit, hour or piece; of a basic fee with pieces, the fee."),
    )  # fmt: skip
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    field = forms.ModelChoiceField(
        label=_("Pieces are the sum of this field of tasks"), queryset=CustomField.objects.none(), required=False
    )
    included = NumberField(
        label=_("Pieces included in the basic fee"), places=_QUANTITY_PLACES, min_value=ZERO,
        help_text=_("The first ones of each period."),
    )  # fmt: skip
    tiers = TiersField(
        label=_("Tiers"),
        help_text=_("From which piece on a piece costs how much. Every piece costs the price of the tier it lies in."),
    )
    topic = forms.ModelChoiceField(label=_("Only tasks of this topic"), queryset=Topic.objects.none(), required=False)
    item = forms.ChoiceField(label=_("Item in the books"), required=False)
    vat_code = forms.ChoiceField(label=_("VAT code in the books"), required=False)
    vat_rate = NumberField(
        label=_("VAT %"), places=3, min_value=ZERO, max_value=Decimal(100),
        help_text=_("Empty: the rate of the VAT code."),
    )  # fmt: skip
    treatment = forms.ChoiceField(
        label=_("Why no VAT is charged"), required=False, help_text=_("Only when the rate is zero.")
    )
    account = forms.ChoiceField(
        label=_("Account in the books"), required=False, help_text=_("Empty: the item's own account.")
    )
    book_unit = forms.ChoiceField(label=_("Unit in the books"), required=False)
    dimensions = forms.MultipleChoiceField(
        label=_("Departments, projects and cost centres"), required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    CLASSIFIERS: Final = {
        "item": CatalogueKind.ITEMS,
        "vat_code": CatalogueKind.VAT_CODES,
        "account": CatalogueKind.ACCOUNTS,
        "book_unit": CatalogueKind.UNITS,
    }

    def __init__(self, data: Any = None, *, company: Company, row: Product | None = None) -> None:
        super().__init__(data, initial=_product_values(row))
        found = self.fields["field"], self.fields["topic"]
        for field, rows in zip(found, (fields_to_count(company), topics(company)), strict=True):
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
            field.queryset = rows
        known = classifiers.lists_of(company)
        had = row.classifiers if row is not None else {}
        for name, kind in self.CLASSIFIERS.items():
            entries = [(each.key, each.label) for each in known[kind].values()]
            before = str(had.get("unit" if name == "book_unit" else name, ""))
            if before and before not in known[kind]:
                entries.append((before, gettext("%(code)s – gone from the books") % {"code": before}))
            self._choices(name, [("", "–"), *entries])
        named = had.get(classifiers.DIMENSIONS, [])
        gone = [each for each in named if each not in known[CatalogueKind.DIMENSIONS]]
        self._choices(
            "dimensions",
            [(each.key, each.label) for each in each_once(known[CatalogueKind.DIMENSIONS].values(), named)]
            + [(each, gettext("%(code)s – gone from the books") % {"code": each}) for each in gone],
        )
        self._choices(
            "treatment", [("", "–"), *((each.value, str(TREATMENT_NAMES[each.value])) for each in _ZERO_REASONS)]
        )

    def _choices(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = list(choices)

    def content(self, values: dict[str, Any]) -> ProductContent:
        """Return the product as the form describes it, with its custom fields' values."""
        data = self.cleaned_data
        return ProductContent(
            code=data["code"],
            name=data["name"],
            kind=data["kind"],
            unit=data["unit"],
            price=data["price"],
            vat_rate=data["vat_rate"],
            field=data["field"],
            included=data["included"] or ZERO,
            tiers=data["tiers"],
            topic=data["topic"],
            classifiers={
                "item": data["item"],
                "vat_code": data["vat_code"],
                "account": data["account"],
                "unit": data["book_unit"],
                classifiers.DIMENSIONS: data["dimensions"],
                TREATMENT: data["treatment"],
            },
            values=values,
            is_active=data["is_active"],
        )


def each_once(values: Iterable[CatalogueEntry], named: Collection[str] = ()) -> list[CatalogueEntry]:
    """Return values of dimensions without those that the books list twice, as Merit does projects and cost centres.

    "P-1 Maja" is the same as "Projekt: P-1 Maja", and the longer one stays: calls of today take that one. What the
    product names already stays too.
    """
    values = list(values)
    longer = {label for each in values for title, _colon, label in [each.label.partition(": ")] if title and label}
    return [each for each in values if each.label not in longer or each.key in named]


def _product_values(row: Product | None) -> dict[str, Any]:
    if row is None:
        return {"kind": ProductKind.FIXED, "is_active": True}
    names = ("code", "name", "kind", "price", "unit", "field", "included", "tiers", "topic", "vat_rate", "is_active")
    codes = row.classifiers
    return {name: getattr(row, name) for name in names} | {
        "item": codes.get("item", ""),
        "vat_code": codes.get("vat_code", ""),
        "account": codes.get("account", ""),
        "book_unit": codes.get("unit", ""),
        "dimensions": codes.get(classifiers.DIMENSIONS, []),
        "treatment": codes.get(TREATMENT, ""),
    }


class ContractForm(forms.Form):
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.none())
    number = forms.CharField(label=_("Contract number"), max_length=40, required=False)
    starts_on = _day(_("Begins"), required=True)
    ends_on = _day(_("Ends"))
    period = forms.ChoiceField(label=pgettext_lazy("rhythm", "Billed"), choices=BillingPeriod.choices)
    bills_in_advance = forms.BooleanField(
        label=_("In advance"), required=False,
        help_text=_("Fixed prices on the first day of the period. Hours and pieces are billed when it has ended."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text of the invoice"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(
        self, data: Any = None, *, company: Company, row: Contract | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        stored = {name: getattr(row, name) for name in self.base_fields} if row is not None else {}
        super().__init__(data, initial={**stored, **(initial or {})})
        client = self.fields["client"]
        assert isinstance(client, forms.ModelChoiceField)  # noqa: S101  for the type checker
        client.queryset = lists.clients(company)

    def content(self, rows: list[RowContent]) -> ContractContent:
        """Return the contract as the form describes it."""
        return ContractContent(rows=rows, **self.cleaned_data)


class RowForm(forms.Form):
    """One row of a contract; empty ones are left out."""

    row_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none(), required=False)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    quantity = NumberField(label=_("Quantity"), places=_QUANTITY_PLACES, min_value=ZERO)
    price = NumberField(label=_("Price"), places=_PRICE_PLACES, min_value=ZERO)
    included = NumberField(label=_("Included"), places=_QUANTITY_PLACES, min_value=ZERO)
    tiers = TiersField(label=_("Tiers"))
    discount_percent = NumberField(label=_("Discount %"), places=2, min_value=ZERO, max_value=Decimal(100))
    starts_on = _day(_("From"))
    ends_on = _day(_("Until"))
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.fields["product"]
        assert isinstance(product, forms.ModelChoiceField)  # noqa: S101  for the type checker
        product.queryset = products(company, is_active=None)
        self.fields["tiers"].widget.attrs.update({"rows": 1, "placeholder": "101: 0,40"})
        for name, field in self.fields.items():
            if name != "row_id":
                field.widget.attrs["aria-label"] = field.label

    @property
    def is_left_out(self) -> bool:
        return bool(self.cleaned_data.get("remove")) or not self.cleaned_data.get("product")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("remove"):
            self.errors.clear()
        elif not data.get("product") and (data.get("description") or data.get("price") is not None):
            self.add_error("product", gettext("Choose the product of this row."))
        return data

    def content(self) -> RowContent:
        """Return the row as the form describes it."""
        data = self.cleaned_data
        return RowContent(
            product=data["product"],
            row_id=data["row_id"],
            description=data["description"],
            quantity=Decimal(1) if data["quantity"] is None else data["quantity"],
            price=data["price"],
            included=data["included"],
            tiers=data["tiers"],
            discount_percent=data["discount_percent"] or ZERO,
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
        )


def row_values(row: ContractRow) -> dict[str, Any]:
    """Return the fields of a row that is there."""
    names = ("product", "description", "quantity", "price", "included", "tiers", "starts_on", "ends_on")
    return {name: getattr(row, name) for name in names} | {
        "row_id": row.pk,
        "discount_percent": row.discount_percent or None,
    }


class RunForm(forms.Form):
    date_from = _day(_("From"), required=True)
    date_to = _day(_("To"), required=True, help_text=_("Periods that come to be billed on these days."))
    invoice_date = _day(_("Date of the invoices"), required=True)

    @classmethod
    def usual(cls, today: dt.date) -> dict[str, dt.date]:
        """Return the days that are proposed: the month before and this one so far, invoices of today."""
        first = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
        return {"date_from": first, "date_to": today, "invoice_date": today}
