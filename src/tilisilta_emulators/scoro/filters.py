"""List filters: what a request's `filter` asks, compiled to a test of one row.

Source: vendor sheet, section 5. Text compares without regard to case and range ends are inclusive: inferred.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tilisilta_emulators.scoro import values
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.options import Options
from tilisilta_emulators.scoro.rows import Row

Test = Callable[[Any], bool]
_AS_TEXT = (values.text, values.anything, values.mapped, values.objects, values.listed)
RANGE_KEYS = frozenset(("from_date", "to_date"))


@dataclass
class Selection:
    """A compiled filter: tests every row must pass, and day ranges that an index can answer."""

    tests: list[Test] = field(default_factory=list)
    ranges: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


def compile_filter(module: Module, wanted: object, options: Options, tag_names: Mapping[int, str]) -> Selection:
    """Turn a request's filter into tests.

    Raises:
        ApiError: 400 for an unknown field or a value that its field cannot hold.

    """
    chosen = Selection()
    if not wanted:
        return chosen
    if not isinstance(wanted, dict):
        raise ApiError(400, {"filter": "must be an object"})
    known: dict[str, str] = {module.aliases.get(name, name): name for name in module.row.__struct_fields__}
    known |= {name: name for name in module.row.__struct_fields__}
    problems: dict[str, str] = {}
    for name, condition in wanted.items():
        if f"{module.name}.{name}" in options.ignore_filters:
            continue
        try:
            _add(chosen, module, known.get(str(name), str(name)), condition, tag_names)
        except FieldError as error:
            problems[name] = str(error)
        except KeyError:
            if options.unknown_filters == "error":
                problems[name] = "is not a filter of this module"
    if problems:
        raise ApiError(400, problems)
    return chosen


def _add(chosen: Selection, module: Module, name: str, condition: Any, tag_names: Mapping[int, str]) -> None:
    if name == "custom_fields":
        if not isinstance(condition, dict):
            raise FieldError("must be an object of custom field IDs")
        chosen.tests += [_custom(field_id, value) for field_id, value in condition.items()]
    elif name == "means_of_contact" and name in module.row.__struct_fields__:
        chosen.tests.append(_means(condition))
    elif name in ("tag_ids", "tags") and {"tag", "tags"} & set(module.row.__struct_fields__):
        given = condition if isinstance(condition, list) else [condition]
        names = [tag_names.get(values.identifier(each), "") for each in given] if name == "tag_ids" else given
        chosen.tests.append(_tagged([str(each).casefold() for each in names]))
    elif name == "search_name" and "lastname" in module.row.__struct_fields__:
        match = _text(condition)
        chosen.tests.append(lambda row: match(f"{row.name or ''} {row.lastname or ''}".strip()))
    elif name not in module.row.__struct_fields__ or name in module.hidden - {"account_id", "created_date"}:
        raise KeyError(name)
    elif isinstance(condition, dict):
        _add_range(chosen, name, condition)
    else:
        chosen.tests.append(_simple(module, name, condition))


def _add_range(chosen: Selection, name: str, condition: dict[str, Any]) -> None:
    if name not in values.DATES | values.STAMPS:
        raise FieldError("cannot be filtered by a range")
    if set(condition) - RANGE_KEYS:
        raise FieldError("takes from_date and to_date")
    chosen.ranges[name] = values.day(condition.get("from_date")), values.day(condition.get("to_date"))


def in_range(value: str | None, low: str | None, high: str | None, *, inclusive: bool) -> bool:
    """Tell whether a date or stamp lies between two days; an empty value never does."""
    if not value:
        return False
    day = value[:10]
    if inclusive:
        return (low is None or low <= day) and (high is None or day <= high)
    return (low is None or low < day) and (high is None or day < high)


def _simple(module: Module, name: str, condition: Any) -> Test:
    if isinstance(condition, list):
        tests = [_simple(module, name, each) for each in condition]
        return lambda row: any(test(row) for test in tests)
    read = values.reader(name, module.id_lists)
    if name in module.id_lists:
        wanted_id = values.identifier(condition)
        return lambda row: wanted_id in (getattr(row, name) or [])
    if name in values.MONEY:
        amount = values.decimal(condition)
        return lambda row: values.decimal(getattr(row, name)) == amount
    if name in values.DATES | values.STAMPS:
        day = values.day(condition)
        return lambda row: ((getattr(row, name) or "")[:10] or None) == day
    if read in _AS_TEXT:
        match = _text(condition)
        return lambda row: match(str(getattr(row, name) or ""))
    wanted = read(condition)
    return lambda row: bool(getattr(row, name) == wanted)


def _text(condition: object) -> Callable[[str], bool]:
    wanted = str(condition if condition is not None else "").casefold()
    if "%" not in wanted:
        return lambda value: value.casefold() == wanted
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("%")), re.DOTALL)
    return lambda value: pattern.fullmatch(value.casefold()) is not None


def _custom(field_id: str, value: object) -> Test:
    wanted = value if isinstance(value, list) else [value]
    matches = [_text(each) for each in wanted]

    def test(row: Row) -> bool:
        held = (row.custom_fields or {}).get(field_id)
        return held is not None and any(match(str(held)) for match in matches)

    return test


def _means(condition: object) -> Test:
    pairs: list[tuple[str | None, Any]] = []
    if isinstance(condition, dict):
        for kind, wanted in condition.items():
            pairs += [(kind, each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    else:
        pairs = [(None, each) for each in (condition if isinstance(condition, list) else [condition])]
    matches = [(kind, _text(wanted)) for kind, wanted in pairs]

    def test(row: Any) -> bool:
        held: dict[str, list[str]] = row.means_of_contact or {}
        return any(
            match(text)
            for kind, match in matches
            for name, texts in held.items()
            if kind in (None, name)
            for text in texts
        )

    return test


def _tagged(names: list[str]) -> Test:
    def test(row: Any) -> bool:
        own = getattr(row, "tags", None)
        held = own if own is not None else (getattr(row, "tag", "") or "").split(",")
        return any(str(tag).strip().casefold() in names for tag in held)

    return test
