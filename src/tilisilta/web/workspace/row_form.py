"""The rows of an invoice's form."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast

import msgspec
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DimensionValue, Invoice, InvoiceLine, LineKind
from tilisilta.core.money import ZERO
from tilisilta.services.workspace import dimensions
from tilisilta.services.workspace.totals import line_net
from tilisilta.store.models import Company, LedgerAccount
from tilisilta.web.workspace.fields import NumberField, Vat, read_vat, vat_choices

_MONEY: Final = ("quantity", "price", "discount", "vat")


class RowForm(forms.Form):
    """One row; empty ones are left out. `place` is the row of the invoice that it shows, to keep what is not shown."""

    place = forms.IntegerField(required=False, widget=forms.HiddenInput)
    item = forms.CharField(
        label=_("Item"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"list": "items", "autocomplete": "off"}),
    )  # fmt: skip
    description = forms.CharField(label=_("Description"), max_length=500, required=False)
    quantity = NumberField(label=_("Quantity"), places=4)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    price = NumberField(label=_("Unit price"), places=6)
    discount = NumberField(label=_("Discount %"), places=4, min_value=Decimal(0), max_value=Decimal(100))
    vat = forms.ChoiceField(label=_("VAT"), required=False)
    account = forms.CharField(
        label=_("Account"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"}),
    )  # fmt: skip
    cost_centre = forms.CharField(
        label=_("Cost centre"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"list": "cost_centres", "autocomplete": "off"}),
    )  # fmt: skip
    project = forms.CharField(
        label=_("Project"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"list": "projects", "autocomplete": "off"}),
    )  # fmt: skip
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(self, *args: Any, company: Company, side: str, day: dt.date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.side = company, side
        self.net: Decimal | None = None  # what the row makes, for its last cell
        chosen = str(self.data.get(self.add_prefix("vat"), "")) if self.is_bound else str(self.initial.get("vat", ""))
        vat = cast("forms.ChoiceField", self.fields["vat"])
        vat.choices = vat_choices(company, side, day, [chosen] if chosen else [])
        for name, field in self.fields.items():
            if name != "place":
                field.widget.attrs["aria-label"] = field.label

    @property
    def is_left_out(self) -> bool:
        """Whether the row says nothing, or is to go."""
        data = self.cleaned_data
        return bool(data.get("remove")) or not (data.get("item") or data.get("description") or data.get("price"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.is_left_out:
            self.errors.clear()
            return data
        if "price" in data and data["price"] is None and not self.initial.get("is_text"):
            data["price"] = ZERO
        if data.get("quantity") is None and "quantity" in data:
            data["quantity"] = Decimal(1)
        account = data.get("account", "").split(" ")[0]
        known = LedgerAccount.objects.filter(company=self.company)
        if account and known.exists() and not known.filter(number=account, is_active=True).exists():
            self.add_error("account", gettext("There is no such account in the chart."))
        data["account"] = account
        for field in ("cost_centre", "project"):
            code = data.get(field, "")
            if code and not dimensions.dimensions(self.company, axis=field, is_active=None).filter(code=code).exists():
                self.add_error(field, gettext("There is no such code."))
        return data


def empty_row(company: Company, side: str, day: dt.date | None) -> dict[str, Any]:
    """Return the fields of a new row: one piece at the usual rate."""
    choices = vat_choices(company, side, day)
    return {"quantity": Decimal(1), "vat": choices[0][0] if choices else ""}


def row_values(invoice: Invoice | None) -> list[dict[str, Any]]:
    """Return the fields of an invoice's rows; a row whose price does not make its net shows the net as its price."""
    rows = []
    for place, line in enumerate(invoice.lines if invoice else ()):
        is_plain = line_net(line, invoice.currency if invoice else "EUR") == line.net
        codes = {each.axis: each.source_id for each in line.dimensions}
        rows.append(
            {
                "place": place,
                "kind": line.kind.value,
                "is_text": line.kind is LineKind.TEXT,
                "item": line.item_code,
                "description": line.description or line.item_name,
                "quantity": line.quantity if is_plain else Decimal(1),
                "unit": line.unit,
                "price": (line.unit_price if is_plain else line.net) if line.kind is not LineKind.TEXT else None,
                "discount": line.discount_percent if is_plain and line.discount_percent else None,
                "vat": Vat(line.vat_rate, line.vat_treatment).key,
                "account": line.ledger_account,
                "cost_centre": codes.get("cost_centre", ""),
                "project": codes.get("project", ""),
            }
        )
    return rows


def money_of(line: InvoiceLine) -> tuple[object, ...]:
    return line.kind, line.net, line.vat_rate, line.vat_treatment


def line_of(form: RowForm, position: int, before: Invoice | None, currency: str) -> InvoiceLine:
    """Return the row that a valid form describes, with everything of the one before that no field shows."""
    data = form.cleaned_data
    place = data.get("place")
    kept = before.lines[place] if before and place is not None and 0 <= place < len(before.lines) else None
    vat = read_vat(data.get("vat", "")) or Vat(ZERO, None)
    fields: dict[str, Any] = {
        "position": position,
        "item_code": data["item"],
        "unit": data["unit"],
        "ledger_account": data["account"],
        "dimensions": _dimensions(form.company, data, kept),
    }
    if kept is None or data["description"] != (kept.description or kept.item_name):
        fields["description"] = data["description"]
    if kept is not None and data["item"] != kept.item_code:
        fields |= {"item_source_id": "", "item_name": ""}
    money = {
        "quantity": data["quantity"],
        "unit_price": data["price"] or ZERO,
        "discount_percent": data["discount"] or ZERO,
        "vat_rate": vat.rate,
        "vat_treatment": vat.treatment,
    }
    if kept is not None and before is not None and place is not None:
        shown = row_values(before)[place]
        if all((data[name] or None) == (shown[name] or None) for name in _MONEY):
            unchanged: InvoiceLine = msgspec.structs.replace(kept, **fields)
            return unchanged
        made = msgspec.structs.replace(kept, **fields, **money, vat=None, vat_code="")
    else:
        made = InvoiceLine(**fields, **money)
    priced: InvoiceLine = msgspec.structs.replace(made, net=line_net(made, currency))
    return priced


def _dimensions(company: Company, data: Mapping[str, Any], kept: InvoiceLine | None) -> tuple[DimensionValue, ...]:
    shown = ("cost_centre", "project")
    others = tuple(each for each in kept.dimensions if each.axis not in shown) if kept else ()
    same = {(each.axis, each.source_id): each for each in kept.dimensions} if kept else {}
    wanted = [(axis, data[axis]) for axis in shown if data[axis]]
    known = {(each.axis, each.source_id): each for each in dimensions.values_of(company, wanted)}
    found = (known.get(key) or same.get(key) for key in wanted)
    return (*(each for each in found if each is not None), *others)
