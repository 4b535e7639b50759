"""Bodies against the models of the contract: names whatever their case, unknown ones ignored.

Source: vendor sheet, A2 (case-insensitive matching, seen in production) and the OpenAPI subset.
"""

from typing import Any

import msgspec

from tilisilta_emulators.kit import decode
from tilisilta_emulators.severa.contract import Type, contract
from tilisilta_emulators.severa.errors import ApiError, bad_body
from tilisilta_emulators.severa.values import WrongValue, fold_guid, is_guid, scalar

_DEEPEST = 8


def parse_json(raw: bytes) -> Any:
    """Read a body as JSON.

    Raises:
        ApiError: 400 InvalidRequest, it is not JSON.

    """
    try:
        return decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise ApiError(400, "InvalidRequest", "The request body is not valid JSON", "RequestBody") from None


def check_object(value: object, model: str, at: str = "", depth: int = 0) -> dict[str, Any]:
    """Return the known properties of `value` under their own names, converted.

    Properties given as null are kept as None; `guid`s are folded.

    Raises:
        ApiError: 400 InvalidParameter with the property's path.

    """
    if not isinstance(value, dict) or depth > _DEEPEST:
        raise bad_body(at or model, "An object is expected")
    kinds, names = contract().models[model], contract().folded[model]
    found: dict[str, Any] = {}
    for key, part in value.items():
        name = names.get(str(key).lower())
        if name is not None:
            found[name] = check_value(part, kinds[name], f"{at}.{name}" if at else name, depth)
    for name, kind in kinds.items():
        if kind.required and found.get(name) in (None, "", []) and found.get(name) != []:
            raise bad_body(f"{at}.{name}" if at else name, f"{name} is required")
    return found


def check_value(value: object, kind: Type, at: str, depth: int = 0) -> Any:
    """Return `value` converted to `kind`; null is let through where it is allowed.

    Raises:
        ApiError: 400 InvalidParameter.

    """
    if value is None:
        if kind.nullable or not kind.required or kind.array:
            return None
        raise bad_body(at, f"{at} must not be null")
    if kind.array:
        if not isinstance(value, list):
            raise bad_body(at, "An array is expected")
        one = Type(kind.name)
        return [check_value(part, one, f"{at}[{place}]", depth + 1) for place, part in enumerate(value)]
    if kind.name in contract().models:
        return check_object(value, kind.name, at, depth + 1)
    if at.rpartition(".")[2].lower().endswith("guid") and kind.name == "string":
        if not is_guid(value):
            raise bad_body(at, f"{str(value)[:40]!r} is not a valid guid")
        return fold_guid(str(value))
    try:
        return scalar(value, kind)
    except WrongValue as error:
        raise bad_body(at, str(error)) from None
