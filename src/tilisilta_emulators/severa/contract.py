"""The REST contract as data: enums, models and operations, read once from `contract.json`.

A type is `string`, `int`, `number`, `bool`, `date`, `datetime`, an enum, a model, or one of these in brackets for an
array; `?` says that null is allowed, `*` that the property is required, `<=n` is the greatest length of a string.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

SCALARS = frozenset({"string", "int", "number", "bool", "date", "datetime"})


class Type(msgspec.Struct, frozen=True):
    """One type as parsed from its short spelling."""

    name: str
    array: bool = False
    nullable: bool = False
    required: bool = False
    longest: int | None = None

    @property
    def scalar(self) -> bool:
        return self.name in SCALARS


class Operation(msgspec.Struct, frozen=True):
    """One call: where it is, what it needs and what it takes and gives."""

    method: str
    path: str
    scope: str
    query: dict[str, Type]
    body: Type | None
    answer: Type | None
    status: int

    @property
    def paging(self) -> str:
        """`token`, `offset` or nothing."""
        if "pageToken" in self.query:
            return "token"
        return "offset" if "firstRow" in self.query else ""


class Contract(msgspec.Struct, frozen=True):
    """Everything REST calls are checked against."""

    enums: dict[str, list[str]]
    models: dict[str, dict[str, Type]]
    operations: list[Operation]
    folded: dict[str, dict[str, str]]
    """Per model the property names by their lower case: matching ignores case."""


def parse_type(text: str) -> Type:
    """Return the type that a short spelling means.

    >>> parse_type("[string]?").array, parse_type("string<=25?").longest
    (True, 25)
    """
    required = text.endswith("*")
    text = text.removesuffix("*")
    nullable = text.endswith("?")
    text, _, longest = text.removesuffix("?").partition("<=")
    array = text.startswith("[")
    return Type(text.strip("[]"), array, nullable, required, int(longest) if longest else None)


@cache
def contract() -> Contract:
    """Return the contract; parsed once per process."""
    raw: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath("contract.json").read_bytes())
    models = {
        name: {field: parse_type(text) for field, text in fields.items()} for name, fields in raw["models"].items()
    }
    operations = [
        Operation(
            method,
            path,
            scope,
            {name: parse_type(text) for name, text in query.items()},
            parse_type(body) if body else None,
            parse_type(answer) if answer else None,
            status,
        )
        for method, path, scope, query, body, answer, status in raw["operations"]
    ]
    folded = {name: {field.lower(): field for field in fields} for name, fields in models.items()}
    return Contract(raw["enums"], models, operations, folded)
