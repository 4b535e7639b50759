"""Query parameters in every spelling that clients use.

Arrays: repeated (`a=1&a=2`), with brackets (`a[]=1`), with numbers (`a[0]=1`); guids and numbers also joined by commas.
Sort keys: `sortings[0].key=Name&sortings[0].value=Desc` and `sortings[0][key]`. Source: vendor sheet, A4.
"""

import re
from collections.abc import Iterable
from typing import Any

from tilisilta_emulators.severa.contract import Operation, Type
from tilisilta_emulators.severa.errors import bad_query
from tilisilta_emulators.severa.values import WrongValue, fold_guid, is_guid, scalar

_PAIR = re.compile(r"^(\w+)\[(\d*)\](?:\.(\w+)|\[(\w+)\])$")
_PLAIN = re.compile(r"^(\w+)(?:\[(\d*)\])?$")
_DIRECTION = Type("SortDirection")

Query = dict[str, Any]


def read_query(pairs: Iterable[tuple[str, str]], operation: Operation) -> Query:
    """Return the operation's parameters, converted; unknown ones are ignored, empty ones count as not given.

    `sortings` and `searchCriterias` become lists of (key, value).

    Raises:
        ApiError: 400 InvalidParameter with the parameter's name.

    """
    names = {name.lower(): name for name in operation.query}
    lists: dict[str, list[str]] = {}
    keyed: dict[str, dict[int, dict[str, str]]] = {}
    for key, text in pairs:
        match = _PAIR.match(key)
        if match:
            _collect(keyed, names, match, text)
            continue
        plain = _PLAIN.match(key)
        name = names.get(plain[1].lower()) if plain else None
        if name is not None:
            lists.setdefault(name, []).append(text)
    found = {name: _convert(name, texts, operation.query[name]) for name, texts in lists.items()}
    for name, entries in keyed.items():
        found[name] = [_pair(name, entries[at]) for at in sorted(entries)]
    return {name: value for name, value in found.items() if value not in (None, [])}


def _collect(
    keyed: dict[str, dict[int, dict[str, str]]], names: dict[str, str], match: re.Match[str], text: str
) -> None:
    name = names.get(match[1].lower())
    if name is None or name not in {"sortings", "searchCriterias"}:
        return
    part = (match[3] or match[4]).lower()
    entries = keyed.setdefault(name, {})
    # `sortings[][key]=..&sortings[][value]=..`: a part met again starts the next pair.
    at = int(match[2][:6]) if match[2] else max(entries, default=0)
    if not match[2] and part in entries.get(at, {}):
        at += 1
    entries.setdefault(at, {})[part] = text


def _pair(name: str, parts: dict[str, str]) -> tuple[str, str]:
    key = parts.get("key", "")
    if not key:
        raise bad_query(name, "key is missing")
    value = parts.get("value", "Asc" if name == "sortings" else "")
    if name == "sortings":
        try:
            return key, str(scalar(value or "Asc", _DIRECTION))
        except WrongValue as error:
            raise bad_query(name, str(error)) from None
    return key, value


def _convert(name: str, texts: list[str], kind: Type) -> Any:
    if name in {"sortings", "searchCriterias"}:
        raise bad_query(name, "a list of key and value is expected")
    if not kind.array:
        return None if texts[-1] == "" else _one(name, texts[-1], kind)
    one = Type(kind.name)
    splits = kind.name == "number" or name.endswith("Guids")
    parts = [part.strip() for text in texts for part in (text.split(",") if splits else [text])]
    return [_one(name, part, one) for part in parts if part]


def _one(name: str, text: str, kind: Type) -> Any:
    if name.lower().endswith(("guid", "guids")):
        if not is_guid(text):
            raise bad_query(name, f"{text[:40]!r} is not a valid guid")
        return fold_guid(text)
    try:
        return scalar(text, kind)
    except WrongValue as error:
        raise bad_query(name, str(error)) from None
