"""Reads request bodies by the vendor's own field list: types, limits, enumerations, required fields.

Source: `fields.json` beside this file (API 26.04). Unknown fields and nulls are passed over, as the vendor's
framework does; numbers may come as strings and strings as numbers. What typed clients send for nothing is nothing: a
blank choice, date, number or yes-or-no, and 0 where an optional register's id or VAT status stands. All inferred.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any

import msgspec

from tilisilta_emulators.procountor.errors import MAY_NOT_BE_EMPTY, MAY_NOT_BE_NULL, Problems

FACTS: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath("fields.json").read_bytes())
ENUMS: dict[str, frozenset[str]] = {name: frozenset(values) for name, values in FACTS["enums"].items()}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LARGEST = Decimal(10) ** 12
_MOST_DECIMALS = 12
_INT_LIMIT = {"int32": 2**31, "int64": 2**53}

READ_ONLY: dict[str, frozenset[str]] = {
    "Invoice": frozenset(
        (
            *("id", "status", "invoiceNumber", "ledgerReceiptId", "attachments", "invoiceSumInfo", "paymentDate"),
            *("creatorId", "sum", "isOffer", "factoringText"),
        )
    ),
    "InvoiceRow": frozenset(("id",)),
    "PaymentInfo": frozenset(("newDueDate",)),
    "LedgerReceipt": frozenset(
        ("id", "status", "invoiceId", "receiptNumber", "invoiceNumber", "attachments", "serialNumber")
    ),
    "BusinessPartner": frozenset(("id", "attachments")),
    "Attachment": frozenset(("id", "mimeType")),
    "Webhook": frozenset(("uuid",)),
}
"""Fields that only answers carry: whatever a request says in them is passed over."""

_NONE_AT_ZERO = frozenset(
    ("id", "partnerId", "productId", "productGroupId", "vatStatus", "factoringContractId", "invoiceTemplateId")
)
_NAMES_OF_BLANK = frozenset(("name", "product", "account", "url", "comment", "firstName", "lastName", "email"))


class Field(msgspec.Struct, frozen=True):
    """One field as the field list describes it; `sub` names the schema of an object."""

    name: str
    kind: str
    required: bool
    array: bool
    whole: int
    form: str
    values: frozenset[str] | None
    sub: str
    shortest: int
    longest: int
    low: Decimal | None
    high: Decimal | None


def _field(name: str, facts: dict[str, Any]) -> Field:
    kind = str(facts.get("type", "string")).removesuffix("[]")
    enum = facts.get("enum")
    values = None
    if enum is not None:
        values = ENUMS[enum[1:]] if isinstance(enum, str) else frozenset(str(value) for value in enum)
    sub = kind if kind in FACTS["schemas"] else ""
    known = ("number", "string", "boolean")
    return Field(
        name=name,
        kind="object" if sub else kind if kind in known else "any",
        required=bool(facts.get("required")),
        array=bool(facts.get("array")),
        whole=_INT_LIMIT.get(facts.get("format", ""), 0) if kind == "number" else 0,
        form=str(facts.get("format", "")),
        values=values,
        sub=sub,
        shortest=int(facts.get("minLength", 0)),
        longest=int(facts.get("maxLength", 0)),
        low=Decimal(str(facts["min"])) if kind == "number" and "min" in facts else None,
        high=Decimal(str(facts["max"])) if kind == "number" and "max" in facts else None,
    )


SCHEMAS: dict[str, tuple[Field, ...]] = {
    name: tuple(_field(each, facts) for each, facts in fields.items() if each not in READ_ONLY.get(name, ()))
    for name, fields in FACTS["schemas"].items()
}


def read(name: str, value: Any, problems: Problems, path: str = "", *, partial: bool = False) -> dict[str, Any]:
    """Return the known, non-null fields of `value` with numbers as int or Decimal.

    Args:
        name: Schema in the field list.
        value: Decoded JSON.
        problems: Takes every error, with the field's path.
        path: Path of `value` itself; empty at the top.
        partial: Whether missing fields are fine (PATCH).

    """
    if not isinstance(value, dict):
        problems.invalid(path or name, value)
        return {}
    out: dict[str, Any] = {}
    for field in SCHEMAS[name]:
        given = value.get(field.name)
        where = f"{path}.{field.name}" if path else field.name
        if given is None or (field.required and (given == [] or (given == "" and not field.values))):
            if field.required and not partial:
                _missing(field, where, given, problems)
            continue
        if not field.required and not field.array and _is_nothing(field, given):
            continue
        if field.array:
            read_items = _items(field, given, where, problems)
            if read_items is not None:
                out[field.name] = read_items
        else:
            single = _one(field, given, where, problems)
            if single is not None:
                out[field.name] = single
    return out


def _is_nothing(field: Field, given: Any) -> bool:
    """Tell whether a client that sends every field means none by this value. A blank text is a text."""
    if given == "":
        return field.values is not None or bool(field.form) or field.kind in _NEVER_BLANK
    return given == 0 and not isinstance(given, bool) and field.name in _NONE_AT_ZERO


def _missing(field: Field, where: str, given: Any, problems: Problems) -> None:
    empty = field.array or given == "" or field.shortest or (field.kind == "string" and field.name in _NAMES_OF_BLANK)
    problems.add(MAY_NOT_BE_EMPTY if empty else MAY_NOT_BE_NULL, where)


def _items(field: Field, given: Any, where: str, problems: Problems) -> list[Any] | None:
    if not isinstance(given, list):
        problems.invalid(where, given)
        return None
    out = [_one(field, each, f"{where}[{at}]", problems) for at, each in enumerate(given)]
    return [each for each in out if each is not None]


def _one(field: Field, given: Any, where: str, problems: Problems) -> Any:
    if field.values is not None:
        if isinstance(given, str) and given in field.values:
            return given
        problems.invalid(where, given)
        return None
    if field.sub:
        return read(field.sub, given, problems, where)
    reader = _READERS.get(field.kind)
    return given if reader is None else reader(field, given, where, problems)


def _number(field: Field, given: Any, where: str, problems: Problems) -> int | Decimal | None:
    number = decimal(given)
    if number is None:
        problems.invalid(where, given)
        return None
    if field.whole:
        if number != number.to_integral_value() or abs(number) >= field.whole:
            problems.invalid(where, given)
            return None
        return int(number)
    if field.low is not None and number < field.low:
        problems.add(f"MUST_BE_AT_LEAST_{field.low}", where)
        return None
    if field.high is not None and number > field.high:
        problems.add(f"MUST_BE_AT_MOST_{field.high}", where)
        return None
    return number


def decimal(given: Any) -> Decimal | None:
    """Return a JSON number, or a number written as a string, exactly; None for anything else or absurdly large."""
    if isinstance(given, bool) or not isinstance(given, int | Decimal | str):
        return None
    if isinstance(given, str) and len(given) > 40:
        return None
    try:
        number = Decimal(given)
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number) >= _LARGEST:
        return None
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and exponent >= -_MOST_DECIMALS else None


def _text(field: Field, given: Any, where: str, problems: Problems) -> str | None:
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        problems.invalid(where, given)
        return None
    if field.form == "date":
        if day(given) is None:
            problems.invalid(where, given)
            return None
        return given
    if field.longest and not field.shortest <= len(given) <= field.longest:
        problems.add(f"SIZE_MUST_BE_BETWEEN_{field.shortest}_AND_{field.longest}", where)
        return None
    return given


def _boolean(_field: Field, given: Any, where: str, problems: Problems) -> bool | None:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    problems.invalid(where, given)
    return None


_NEVER_BLANK = ("number", "boolean")
_READERS = {"number": _number, "string": _text, "boolean": _boolean}


def day(text: str) -> date | None:
    """Return a `YYYY-MM-DD` date, or None when the text is none.

    >>> day("2026-02-29") is None
    True
    """
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
