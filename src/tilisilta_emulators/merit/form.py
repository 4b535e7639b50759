"""What a client sends, read as the vendor's server reads it: names in any case, numbers and booleans as text too."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tilisilta_emulators.merit.errors import Refused, bad_format, business, inner, no_value
from tilisilta_emulators.merit.values import LARGEST, ZERO_GUID, is_guid, read_day

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})


class Form:
    """One JSON object. Every reader returns None when the field is absent, null or empty.

    Raises (all readers): Refused, 500 FormatException for a value of the wrong form.
    """

    __slots__ = ("_cut", "_values")

    def __init__(self, values: Mapping[str, Any], *, cut: bool = False) -> None:
        self._values = {name.lower(): value for name, value in values.items()}
        self._cut = cut

    def has(self, name: str) -> bool:
        """Return whether the field was sent at all, null included."""
        return name.lower() in self._values

    def raw(self, name: str) -> Any:
        """Return the value as it came; empty text is None."""
        value = self._values.get(name.lower())
        return None if value == "" else value

    def text(self, name: str, limit: int | None = None) -> str | None:
        """Return text; a number becomes text as .NET does it."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str | int | Decimal):
            raise bad_format(name, value)
        shown = str(value)
        if limit is None or len(shown) <= limit:
            return shown
        if self._cut:
            return shown[:limit]
        raise business(f"Välja {name} väärtus on liiga pikk (max {limit})")

    def decimal(self, name: str) -> Decimal | None:
        """Return a number, sent as one or as text with a dot."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise bad_format(name, value)
        try:
            number = Decimal(value.strip() if isinstance(value, str) else value)
        except InvalidOperation:
            raise bad_format(name, value) from None
        if not number.is_finite():
            raise bad_format(name, value)
        if abs(number) >= LARGEST:
            raise inner("OverflowException", f"Value was either too large or too small for a Decimal. ({name})")
        # Anything finer than the finest column is rounded away, so that sums stay cheap.
        return number if -number.as_tuple().exponent <= 12 else round(number, 12)  # type: ignore[operator]

    def integer(self, name: str, allowed: range | None = None) -> int | None:
        """Return a whole number."""
        number = self.decimal(name)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise bad_format(name, number)
        if allowed is not None and int(number) not in allowed:
            raise business(f"Välja {name} väärtus ei ole lubatud: {int(number)}")
        return int(number)

    def flag(self, name: str) -> bool | None:
        """Return a boolean, sent as one, as text or as 0 and 1."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        known = str(value).strip().lower() if isinstance(value, str | int) else ""
        if known in _TRUE:
            return True
        if known in _FALSE:
            return False
        raise bad_format(name, value)

    def day(self, name: str) -> date | None:
        """Return a date of 8, 12 or 14 digits or in ISO form."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise bad_format(name, value)
        try:
            return read_day(str(value).strip())
        except ValueError:
            raise bad_format(name, value) from None

    def need_day(self, name: str) -> date:
        """Return a date that must be there."""
        found = self.day(name)
        if found is None:
            raise bad_format(name, None)
        return found

    def guid(self, name: str) -> str | None:
        """Return an id in lower case; the zero id is none."""
        value = self.raw(name)
        if value is None:
            return None
        shown = str(value).strip().strip("{}").lower()
        if not isinstance(value, str) or not is_guid(shown):
            raise bad_format(name, value)
        return None if shown == ZERO_GUID else shown

    def need_guid(self, name: str = "Id") -> str:
        """Return an id that must be there."""
        found = self.guid(name)
        if found is None:
            raise bad_format(name, self.raw(name))
        return found

    def child(self, name: str) -> "Form | None":
        """Return a nested object."""
        value = self.raw(name)
        if value is None or value == []:
            return None
        if not isinstance(value, dict):
            raise bad_format(name, value)
        return Form(value, cut=self._cut)

    def children(self, name: str) -> "list[Form] | None":
        """Return an array of objects."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad_format(name, value)
        forms = []
        for item in value:
            if item is None:
                raise no_value(name)
            if not isinstance(item, dict):
                raise bad_format(name, item)
            forms.append(Form(item, cut=self._cut))
        return forms

    def need_children(self, name: str) -> "list[Form]":
        """Return an array that must be there, else the NullReferenceException it ends in."""
        found = self.children(name)
        if found is None:
            raise no_value(name)
        return found

    def need_text(self, name: str, limit: int, refusal: Refused | None = None) -> str:
        """Return text that must be there."""
        found = self.text(name, limit)
        if found is None or not found.strip():
            raise refusal or business(f"Kohustuslik väli puudu: {name}")
        return found
