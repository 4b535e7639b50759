"""Reads request bodies and parameters leniently as the vendor does; the first fault ends the basic stage.

Numbers may come as strings and strings as numbers, for both PHP clients of the sheet send them so.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tilisilta_emulators.smartaccounts.dates import parse_date
from tilisilta_emulators.smartaccounts.errors import Refused, fault

# Beyond the basic plane the vendor's text columns fail.
_LAST_CHARACTER = "\uffff"
# Arithmetic and plain writing cannot bear exponents of millions.
_MOST_DIGITS = 300
_TRUE = {"true", "1"}
_FALSE = {"false", "0"}


def _is_endless(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return not isinstance(exponent, int) or exponent < -_MOST_DIGITS or number.adjusted() > _MOST_DIGITS


class Form:
    """One JSON object of a request; `where` names it in faults, such as `rows[2].`."""

    def __init__(self, data: dict[str, Any], where: str = "") -> None:
        self.data = data
        self.where = where

    def has(self, name: str) -> bool:
        """Return whether the field is there with a value."""
        return self.data.get(name) not in (None, "")

    def _value(self, name: str, required: bool) -> Any:
        value = self.data.get(name)
        if value is None or value == "":
            if required:
                raise Refused(fault("REQUIRED", field=self.where + name))
            return None
        return value

    def _wrong(self, name: str, value: Any) -> Refused:
        return Refused(fault("INVALID-VALUE", field=self.where + name, value=value))

    def text(self, name: str, *, required: bool = False, limit: int | None = None) -> str | None:
        """Return a text or None; numbers become text, whole ones without a point."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self._wrong(name, value)
        if isinstance(value, Decimal):
            if _is_endless(value):
                raise self._wrong(name, value)
            value = format(value.to_integral_value() if value == value.to_integral_value() else value, "f")
        text = str(value)
        if max(text) > _LAST_CHARACTER:
            raise Refused(fault("INVALID-CHARACTER", field=self.where + name))
        if limit is not None and len(text) > limit:
            raise Refused(fault("TOO-LONG", field=self.where + name, limit=limit))
        return text

    def need(self, name: str) -> str:
        """Return a required text."""
        text = self.text(name, required=True)
        if text is None:
            raise Refused(fault("REQUIRED", field=self.where + name))
        return text

    def decimal(self, name: str, *, required: bool = False) -> Decimal | None:
        """Return a number or None."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self._wrong(name, value)
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self._wrong(name, value) from None
        if not number.is_finite() or _is_endless(number) or abs(number) > 10**12:
            raise self._wrong(name, value)
        return number

    def need_decimal(self, name: str) -> Decimal:
        """Return a required number."""
        number = self.decimal(name, required=True)
        if number is None:
            raise Refused(fault("REQUIRED", field=self.where + name))
        return number

    def integer(self, name: str) -> int | None:
        """Return a whole number or None."""
        number = self.decimal(name)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise self._wrong(name, number)
        return int(number)

    def boolean(self, name: str) -> bool | None:
        """Return a truth value or None; `true`, `"true"`, 1 and `"1"` are the same."""
        value = self._value(name, required=False)
        if value is None or isinstance(value, bool):
            return value
        text = str(value).lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self._wrong(name, value)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """Return a date written dd.MM.yyyy, or None."""
        value = self._value(name, required)
        if value is None:
            return None
        try:
            return parse_date(value)
        except (ValueError, TypeError):
            raise Refused(fault("INVALID-DATE", field=self.where + name, value=value)) from None

    def need_date(self, name: str) -> date:
        """Return a required date."""
        found = self.day(name, required=True)
        if found is None:
            raise Refused(fault("REQUIRED", field=self.where + name))
        return found

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Return one of `allowed` (case matters) or None."""
        value = self.text(name, required=required)
        if value is not None and value not in allowed:
            raise self._wrong(name, value)
        return value

    def need_choice(self, name: str, allowed: Collection[str]) -> str:
        """Return a required one of `allowed`."""
        value = self.choice(name, allowed, required=True)
        if value is None:
            raise Refused(fault("REQUIRED", field=self.where + name))
        return value

    def child(self, name: str) -> "Form | None":
        """Return an object inside this one, or None; PHP writes an empty object as an empty array."""
        value = self._value(name, required=False)
        if value is None or value == []:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, value)
        return Form(value, f"{self.where}{name}.")

    def children(self, name: str, *, required: bool = False) -> "list[Form]":
        """Return the objects of an array; a required array may not be empty."""
        value = self._value(name, required)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, value)
        if required and not value:
            raise Refused(fault("REQUIRED", field=self.where + name))
        return [Form(item, f"{self.where}{name}[{at}].") for at, item in enumerate(value)]
