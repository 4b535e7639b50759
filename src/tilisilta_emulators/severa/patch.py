"""PATCH: a list of replacements over the properties of the answer. Source: vendor sheet, A7."""

from typing import Any

import msgspec

from tilisilta_emulators.severa.contract import Type, contract
from tilisilta_emulators.severa.errors import ApiError, bad_body, not_allowed
from tilisilta_emulators.severa.records import Record
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.validate import check_value
from tilisilta_emulators.severa.values import is_guid
from tilisilta_emulators.severa.writing import OWN, REFERENCES, resolve, settle_defaults

_COMPUTED = frozenset(
    {"sortOrderComputed", "isMileage", "isDailyAllowance", "contacts", "rootPhase", "calculatedCompletionPercentage"}
)

_KEPT: dict[str, tuple[str, ...]] = {
    "projects": ("customer", "currency", "businessUnit"),
    "organizations": ("country", "currency"),
    "vatrates": ("percentage",),
    "contactpersons": ("customer",),
    "contactcommunications": ("contact", "communicationType", "value"),
    "addresses": ("customer",),
    "customercountrysettings": ("customer", "country"),
}
"""Properties that the books cannot do without, beyond the name."""


class Change(msgspec.Struct, frozen=True):
    """One replacement: the property, the part of it ("" for the whole) and the new value, converted."""

    name: str
    part: str
    value: Any


def read_changes(body: object, model: str) -> list[Change]:
    """Return the replacements that a PATCH asks for.

    Raises:
        ApiError: 400, not a list of replacements or a property that cannot be replaced.

    """
    if not isinstance(body, list):
        raise ApiError(400, "InvalidRequest", "An array of operations is expected", "RequestBody")
    return [_read_change(step, model, f"[{place}]") for place, step in enumerate(body)]


def _read_change(step: object, model: str, at: str) -> Change:
    if not isinstance(step, dict):
        raise bad_body(at, "An operation is an object with op, path and value")
    parts = {str(key).lower(): value for key, value in step.items()}
    if str(parts.get("op", "")).lower() != "replace":
        raise ApiError(400, "InvalidOperation", "Only the operation Replace is supported", "RequestBody", f"{at}.op")
    path = parts.get("path")
    if not isinstance(path, str) or not path.startswith("/") or not 1 <= path.count("/") <= 2:
        raise bad_body(f"{at}.path", f"{str(path)[:60]!r} is not a valid path")
    first, _, second = path[1:].partition("/")
    kinds, names = contract().models[model], contract().folded[model]
    name = names.get(first.lower())
    if name is None or name in OWN or name in _COMPUTED:
        raise bad_body(f"{at}.path", f"{path[:60]!r} cannot be replaced")
    kind = kinds[name]
    value = parts.get("value")
    if not second:
        return Change(name, "", _whole(value, kind, name))
    if kind.name not in contract().models or kind.array:
        raise bad_body(f"{at}.path", f"{path[:60]!r} does not exist")
    part = contract().folded[kind.name].get(second.lower())
    if part is None:
        raise bad_body(f"{at}.path", f"{path[:60]!r} does not exist")
    part_kind = contract().models[kind.name][part]
    return Change(name, part, check_value(value, Type(part_kind.name, part_kind.array), f"{name}.{part}"))


def _whole(value: Any, kind: Type, name: str) -> Any:
    # A reference is also met as a bare guid.
    if name in REFERENCES and isinstance(value, str) and is_guid(value):
        value = {"guid": value}
    if value is None and kind.required:
        raise bad_body(name, f"{name} must not be null")
    return check_value(value, Type(kind.name, kind.array, longest=kind.longest), name)


def apply_to_record(store: Store, record: Record, changes: list[Change]) -> None:
    """Replace properties of a list's or register's record, all or none.

    Raises:
        ApiError: 400, a reference does not exist or a required property would be empty.

    """
    data = dict(record.data)
    for change in changes:
        data[change.name] = merged(store, data.get(change.name), change)
    if "name" in data and not data["name"]:
        raise bad_body("name", "name is required")
    for name in _KEPT.get(record.kind, ()):
        if data.get(name) is None or (name in REFERENCES and not isinstance(data[name], Record)):
            raise bad_body(name, f"{name} is required")
    if record.kind in {"addresses", "contactpersons"} and data.get("customer") is not record.data.get("customer"):
        raise not_allowed("The customer cannot be changed")
    if record.kind == "contactpersons":
        data["name"] = f"{data.get('firstName') or ''} {data.get('lastName') or ''}".strip()
    record.data = data
    settle_defaults(store, record)
    store.touch(record)


def merged(store: Store, present: Any, change: Change) -> Any:
    """Return a property's value after `change`.

    Raises:
        ApiError: 400, a reference does not exist.

    """
    if not change.part:
        return resolve(store, change.name, change.value)
    if change.part == "guid" and change.name in REFERENCES:
        return resolve(store, change.name, {"guid": change.value})
    if isinstance(present, Record):
        raise bad_body(f"{change.name}.{change.part}", "Only the guid of a reference can be replaced")
    return {**(present or {}), change.part: change.value}
