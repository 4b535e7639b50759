"""Keys of dimension values: Merit keeps departments, projects and cost centres beside its own dimensions."""

from collections.abc import Iterable

import msgspec

from tilisilta.connectors.merit.wire import DimensionRef
from tilisilta.connectors.merit.write_text import Texts

DEPARTMENT = "department:"
PROJECT = "project:"
COST_CENTER = "cost_center:"


class Places(msgspec.Struct):
    """Where a row or document belongs: codes of v1, and values of dimensions of v2."""

    department: str = ""
    project: str = ""
    cost_center: str = ""
    dimensions: list[DimensionRef] = []


def dimension_key(dimension: int | str, value_id: str) -> str:
    """Return the key of a dimension's value in our lists: the dimension's number and the value's id."""
    return f"{dimension}:{value_id}"


def places_of(keys: Iterable[str], version: int, texts: Texts, where: str) -> Places:
    """Return mapped dimensions sorted by what they are; what this version of the call cannot say is told.

    v1 knows projects and cost centres by code, v2 has made them dimensions like all others.
    """
    found = Places(dimensions=[])
    for key in keys:
        if key.startswith(DEPARTMENT):
            found.department = key.removeprefix(DEPARTMENT)
        elif version == 1 and key.startswith(PROJECT):
            found.project = key.removeprefix(PROJECT)
        elif version == 1 and key.startswith(COST_CENTER):
            found.cost_center = key.removeprefix(COST_CENTER)
        elif version > 1 and key.partition(":")[0].isdigit():
            number, _, value_id = key.partition(":")
            found.dimensions.append(DimensionRef(int(number), value_id))
        elif key:
            texts.warn("DIMENSION_LEFT_OUT", where, value=key, version=version)
    return found
