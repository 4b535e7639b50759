"""Values of custom fields: cleaned as they come in, shown in the reader's way, searched in the store.

Stored by the field's id as text: whole numbers, numbers and prices as text with a decimal point, dates in ISO 8601,
a choice by its text, several choices as a list, a ticked box as true. What is empty is not stored.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import format_decimal
from django.db.models import F, Func, TextField
from django.utils.translation import get_language, gettext

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.fields import SEPARATOR, live_fields
from tilisilta.services.tables import Cell
from tilisilta.store.models import Company, CustomField, FieldType

Stored = str | bool | list[str]
Raw = str | bool | int | Decimal | Sequence[str] | None

MAX_TEXT: Final = 1_000
_MAX_DIGITS: Final = 12
_PLACES: Final = {FieldType.NUMBER.value: 6, FieldType.PRICE.value: 4}
_SPACES: Final = str.maketrans("", "", " '\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DOTTED: Final = re.compile(r"(\d{1,2})[.](\d{1,2})[.](\d{4})")
# English, Estonian, Finnish, and what spreadsheets write.
_YES: Final = frozenset({"1", "true", "on", "x", "yes", "jah", "kyllä"})
_NO: Final = frozenset({"0", "false", "off", "no", "ei"})
_LOCALES: Final = {"en": "en_GB", "et": "et", "fi": "fi"}
_DATE_PATTERNS: Final = {"en": "d MMM yyyy", "et": "dd.MM.yyyy", "fi": "d.M.yyyy"}


def clean(
    company: Company,
    subject: str,
    raw: Mapping[str, Raw],
    *,
    before: Mapping[str, Any] | None = None,
    is_partial: bool = False,
) -> dict[str, Stored]:
    """Return the values of a row as they are stored.

    Args:
        company: Whose fields.
        subject: "client", "task" or "product".
        raw: What was given, by the field's id as text or by its name. Text as people type it; several choices as a
            list, or as text with semicolons between them.
        before: What the row has; values of fields that were deleted stay, and so does a choice that was taken away.
        is_partial: Fields that `raw` does not name stay as they are, required or not.

    Raises:
        FieldErrors: VALUE_..., by "values.<id>"; VALUE_FIELD_UNKNOWN by "values".
    """
    before = dict(before or {})
    if is_partial and not raw:
        return before
    fields = live_fields(company, subject)
    known = {key for field in fields for key in (str(field.pk), field.name)}
    errors: dict[str, ServiceError] = {}
    if unknown := [key for key in raw if key not in known]:
        errors["values"] = ServiceError("VALUE_FIELD_UNKNOWN", field=unknown[0][:60])
    kept = dict(before)
    for field in fields:
        key = str(field.pk)
        given = raw.get(key, raw.get(field.name, ""))
        if is_partial and key not in raw and field.name not in raw:
            continue
        try:
            value = clean_one(field, given, before=before.get(key))
        except ServiceError as error:
            errors[f"values.{key}"] = error
            continue
        kept.pop(key, None)
        if value not in ("", [], False):
            kept[key] = value
    if errors:
        raise FieldErrors(errors)
    return kept


def clean_one(field: CustomField, given: Raw, before: Any = None) -> Stored:
    """Return one value as it is stored; an empty text, an empty list or False for none.

    Raises: ServiceError: VALUE_REQUIRED, VALUE_TOO_LONG, VALUE_NOT_..., VALUE_DECIMALS, VALUE_NUMBER_TOO_LARGE.
    """
    if field.type == FieldType.CHECKBOX:
        return _flag(field, _text(given))
    value: Stored
    if field.type == FieldType.CHOICES:
        value = _choices(field, given, before if isinstance(before, list) else [])
    else:
        value = _CLEANERS[FieldType(field.type)](field, _text(given), before) if _text(given) else ""
    if field.is_required and not value:
        raise ServiceError("VALUE_REQUIRED", field=field.title)
    return value


def _text(given: Raw) -> str:
    if given is None:
        return ""
    if isinstance(given, bool):
        return "1" if given else "0"
    if isinstance(given, Decimal):
        return format(given, "f")
    if isinstance(given, str | int):
        return str(given).replace("\x00", "").strip()
    return SEPARATOR.join(given)


def _plain(field: CustomField, text: str, before: Any) -> str:
    del before
    if len(text) > MAX_TEXT:
        raise ServiceError("VALUE_TOO_LONG", field=field.title, limit=MAX_TEXT)
    return text


def _integer(field: CustomField, text: str, before: Any) -> str:
    del before
    bare = text.translate(_SPACES).replace("\N{MINUS SIGN}", "-")
    if not re.fullmatch(r"[+-]?[0-9]+", bare):
        raise ServiceError("VALUE_NOT_INTEGER", field=field.title, value=text[:40])
    if len(bare.lstrip("+-0")) > _MAX_DIGITS:
        raise ServiceError("VALUE_NUMBER_TOO_LARGE", field=field.title, value=text[:40])
    return str(int(bare))


def _number(field: CustomField, text: str, before: Any) -> str:
    del before
    bare = text.translate(_SPACES).replace("\N{MINUS SIGN}", "-").replace("€", "")
    mark = max(bare.rfind(","), bare.rfind("."))
    if mark >= 0:
        # The last mark is the decimal one, unless it stands more than once: then it parts thousands.
        is_decimal = bare.count(bare[mark]) == 1
        whole, rest = bare[:mark].replace(",", "").replace(".", ""), bare[mark + 1 :]
        bare = f"{whole}.{rest}" if is_decimal else f"{whole}{rest}"
    try:
        value = Decimal(bare) if len(bare) <= MAX_TEXT else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ServiceError("VALUE_NOT_NUMBER", field=field.title, value=text[:40])
    if value.adjusted() >= _MAX_DIGITS:
        raise ServiceError("VALUE_NUMBER_TOO_LARGE", field=field.title, value=text[:40])
    places = _PLACES[field.type]
    if value != value.quantize(Decimal(1).scaleb(-places)):
        raise ServiceError("VALUE_DECIMALS", field=field.title, places=places)
    return _without_idle_zeros(value)


def _without_idle_zeros(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _date(field: CustomField, text: str, before: Any) -> str:
    del before
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text.replace(" ", ""))
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
        if dotted:
            return dt.date(int(dotted[3]), int(dotted[2]), int(dotted[1])).isoformat()
    except ValueError:
        pass
    raise ServiceError("VALUE_NOT_DATE", field=field.title, value=text[:40])


def _flag(field: CustomField, text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO or not word:
        return False
    raise ServiceError("VALUE_NOT_FLAG", field=field.title, value=text[:40])


def _choice(field: CustomField, text: str, before: Any) -> str:
    allowed = [*field.choices, before] if isinstance(before, str) else field.choices
    found = next((each for each in allowed if each.casefold() == text.casefold()), None)
    if found is None:
        raise _not_choice(field, text)
    return str(found)


def _choices(field: CustomField, given: Raw, before: Sequence[str]) -> list[str]:
    plain = given is None or isinstance(given, str | int | Decimal)
    parts = _text(given).split(SEPARATOR) if plain else [str(each) for each in given]  # type: ignore[union-attr]
    wanted = {part.strip().casefold(): part.strip() for part in parts if part.strip()}
    allowed = [*field.choices, *(each for each in before if each not in field.choices)]
    found = [each for each in allowed if each.casefold() in wanted]
    unknown = wanted.keys() - {each.casefold() for each in allowed}
    if unknown:
        raise _not_choice(field, wanted[min(unknown)])
    return found


def _not_choice(field: CustomField, text: str) -> ServiceError:
    return ServiceError("VALUE_NOT_CHOICE", field=field.title, value=text[:40], choices=", ".join(field.choices))


_CLEANERS: Final = {
    FieldType.TEXT: _plain,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.PRICE: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
}

NUMERIC: Final = frozenset({FieldType.INTEGER.value, FieldType.NUMBER.value, FieldType.PRICE.value})


def number(stored: Any) -> Decimal | None:
    """Return the number of a stored value; None when it is none.

    >>> number("12.5"), number("Õun"), number(None)
    (Decimal('12.5'), None, None)
    """
    if not isinstance(stored, str):
        return None
    try:
        value = Decimal(stored)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def shown(field: CustomField, stored: Any) -> str:
    """Return a stored value as the reader sees it: numbers and dates in their way; empty for none."""
    if stored in (None, "", [], False):
        return ""
    language = (get_language() or "en").split("-")[0]
    locale = _LOCALES.get(language, "en_GB")
    if isinstance(stored, bool):
        return gettext("Yes")
    if isinstance(stored, list):
        return ", ".join(str(each) for each in stored)
    value = number(stored) if field.type in NUMERIC else None
    if value is not None:
        pattern = "#,##0.00##" if field.type == FieldType.PRICE else "#,##0.######"
        return str(format_decimal(value, format=pattern, locale=locale))
    if field.type == FieldType.DATE and (day := _day(stored)) is not None:
        return str(format_date(day, _DATE_PATTERNS.get(language, "d MMM yyyy"), locale=locale))
    return str(stored)


def typed(field: CustomField, stored: Any) -> str | bool | list[str]:
    """Return a stored value as it stands in a form: numbers with the reader's decimal mark, dates in ISO 8601."""
    if field.type == FieldType.CHECKBOX:
        return stored is True
    if field.type == FieldType.CHOICES:
        return list(stored) if isinstance(stored, list) else []
    text = str(stored or "")
    if field.type in {FieldType.NUMBER.value, FieldType.PRICE.value}:
        return text.replace(".", ",") if (get_language() or "en")[:2] != "en" else text
    return text


def cell(field: CustomField, stored: Any) -> Cell:
    """Return a stored value for a file: numbers as numbers, dates in ISO 8601, choices with semicolons between."""
    if stored in (None, "", [], False):
        return "0" if field.type == FieldType.CHECKBOX else ""
    if isinstance(stored, bool):
        return "1"
    if isinstance(stored, list):
        return f"{SEPARATOR} ".join(str(each) for each in stored)
    value = number(stored) if field.type in NUMERIC else None
    return str(stored) if value is None else value


def _day(stored: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(stored)
    except ValueError:
        return None


def all_shown(fields: Iterable[CustomField], stored: Mapping[str, Any]) -> list[tuple[CustomField, str]]:
    """Return each field that pages show with its value in words."""
    return [(field, shown(field, stored.get(str(field.pk)))) for field in fields if field.is_visible]


class ValueText(Func):
    """A custom field's stored value as text, for filters and sums of a query; NULL when there is none.

    Django's own `values__12` would take the id for a place in a list.
    """

    output_field = TextField()

    def __init__(self, field: CustomField, column: str = "values") -> None:
        self.key = int(field.pk)
        super().__init__(F(column))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for SQLite."""
        template = f"CAST(JSON_EXTRACT(%(expressions)s, '$.\"{self.key}\"') AS TEXT)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for PostgreSQL."""
        return self.as_sql(compiler, connection, template=f"(%(expressions)s ->> '{self.key}')", **context)
