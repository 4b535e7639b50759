"""Form fields of the workspace: amounts as accountants type them, VAT as one choice of rate and meaning."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.mapping.tables import rate_text
from tilisilta.core.vat import VatTreatment, rates_on, standard_rate
from tilisilta.services.workspace.content import today_of
from tilisilta.store.models import Company, Side

_SPACES: Final = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'")
_MAX_DIGITS: Final = 9  # of the whole part: a price times a quantity stays exact
_MAX_LENGTH: Final = 100


def plain_number(value: Decimal) -> str:
    """Return a number as it stands in a field: the reader's decimal mark, no thousands marks, no idle zeros."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    whole, _point, part = text.partition(".")
    if part and len(part) == 1:
        part += "0"  # "12,5" reads better as "12,50"
    return f"{whole}{get_format('DECIMAL_SEPARATOR')}{part}" if part else whole


class NumberField(forms.Field):
    """A decimal with comma or point, with or without spaces; the last of both marks is the decimal one."""

    default_error_messages = {
        "number": _("Write a number, such as 12,50."),
        "decimals": _("At most %(places)d decimals."),
        "digits": _("This number is too large."),
        "min": _("It cannot be less than %(limit)s."),
        "max": _("It cannot be more than %(limit)s."),
    }

    def __init__(
        self,
        *,
        places: int = 2,
        min_value: Decimal | None = None,
        max_value: Decimal | None = None,
        **kwargs: Any,
    ) -> None:
        self.places, self.min_value, self.max_value = places, min_value, max_value
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(**{"widget": widget, "required": False, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        text = str(value or "")[:_MAX_LENGTH].translate(_SPACES).replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        mark = max(text.rfind(","), text.rfind("."))
        if mark >= 0:
            text = f"{text[:mark].replace(',', '').replace('.', '')}.{text[mark + 1 :]}"
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValidationError(self.error_messages["number"], code="number") from None
        if not number.is_finite():
            raise ValidationError(self.error_messages["number"], code="number")
        return self._within(number)

    def _within(self, number: Decimal) -> Decimal:
        if number.adjusted() >= _MAX_DIGITS:
            raise ValidationError(self.error_messages["digits"], code="digits")
        if number != number.quantize(Decimal(1).scaleb(-self.places)):
            raise ValidationError(self.error_messages["decimals"] % {"places": self.places}, code="decimals")
        if self.min_value is not None and number < self.min_value:
            raise ValidationError(self.error_messages["min"] % {"limit": self.min_value}, code="min")
        if self.max_value is not None and number > self.max_value:
            raise ValidationError(self.error_messages["max"] % {"limit": self.max_value}, code="max")
        return number


# --- VAT ---------------------------------------------------------------------------------------------------

TREATMENT_NAMES: Final[dict[VatTreatment, Promise]] = {
    VatTreatment.DOMESTIC: _("Domestic"),
    VatTreatment.ZERO_RATED: _("0 % by law"),
    VatTreatment.EXEMPT: _("Exempt"),
    VatTreatment.OUTSIDE_SCOPE: _("Outside the scope of VAT"),
    VatTreatment.REVERSE_CHARGE: _("Reverse charge"),
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE: _("Construction, reverse charge"),
    VatTreatment.INTRA_EU_SUPPLY_GOODS: _("EU sale of goods"),
    VatTreatment.INTRA_EU_SUPPLY_SERVICES: _("EU sale of services"),
    VatTreatment.INTRA_EU_ACQUISITION_GOODS: _("EU purchase of goods"),
    VatTreatment.INTRA_EU_ACQUISITION_SERVICES: _("EU purchase of services"),
    VatTreatment.EXPORT: _("Export outside the EU"),
    VatTreatment.IMPORT_GOODS: _("Import of goods"),
    VatTreatment.IMPORT_SERVICES: _("Import of services"),
    VatTreatment.MARGIN_SCHEME: _("Margin scheme"),
}
_SALES: Final = (
    VatTreatment.ZERO_RATED,
    VatTreatment.EXEMPT,
    VatTreatment.REVERSE_CHARGE,
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE,
    VatTreatment.INTRA_EU_SUPPLY_GOODS,
    VatTreatment.INTRA_EU_SUPPLY_SERVICES,
    VatTreatment.EXPORT,
    VatTreatment.OUTSIDE_SCOPE,
)
_PURCHASES: Final = (
    VatTreatment.ZERO_RATED,
    VatTreatment.EXEMPT,
    VatTreatment.OUTSIDE_SCOPE,
)
# The buyer owes the VAT of these at the home rate, so the rate stands on the row while the document bears none.
_BUYER_OWES: Final = (
    VatTreatment.REVERSE_CHARGE,
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE,
    VatTreatment.INTRA_EU_ACQUISITION_GOODS,
    VatTreatment.INTRA_EU_ACQUISITION_SERVICES,
    VatTreatment.IMPORT_GOODS,
    VatTreatment.IMPORT_SERVICES,
)


class Vat(msgspec.Struct, frozen=True):
    """One choice: a rate in percent and its meaning; None where the source did not say what its rate means."""

    rate: Decimal
    treatment: VatTreatment | None

    @property
    def key(self) -> str:
        return f"{rate_text(self.rate)}|{self.treatment or ''}"

    @property
    def label(self) -> str:
        if self.treatment in {None, VatTreatment.DOMESTIC}:
            return f"{rate_text(self.rate)} %"
        name = str(TREATMENT_NAMES[self.treatment])
        return f"{name}, {rate_text(self.rate)} %" if self.rate else name


def read_vat(key: str) -> Vat | None:
    """Return the choice of a key; None when it is none."""
    rate, _bar, treatment = key.partition("|")
    try:
        number = Decimal(rate)
        meaning = VatTreatment(treatment) if treatment else None
    except (InvalidOperation, ValueError):
        return None
    return Vat(number, meaning) if number.is_finite() and 0 <= number <= 100 else None  # noqa: PLR2004  percent


def vat_choices(company: Company, side: str, day: Any = None, also: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return what rows of a side may bear on a day, the usual rate first; `also` are keys that stand there already."""
    country, on = company.country, day or today_of(company)
    usual = standard_rate(country, on)
    rates = {each.percent for each in rates_on(country, on) if each.percent}
    found = [Vat(rate, VatTreatment.DOMESTIC) for rate in sorted(rates, key=lambda rate: (rate != usual, -rate))]
    if side == Side.SALES:
        found += [Vat(Decimal(0), each) for each in _SALES]
    else:
        found += [Vat(usual or Decimal(0), each) for each in _BUYER_OWES]
        found += [Vat(Decimal(0), each) for each in _PURCHASES]
    known = {each.key for each in found}
    extra = (vat for key in dict.fromkeys(also) if key not in known and (vat := read_vat(key)) is not None)
    return [(each.key, each.label) for each in (*found, *extra)]
