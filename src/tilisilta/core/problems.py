"""What a person must settle, or should know: a code of the catalogue, its parameters, and where.

Texts live in one catalogue (`services/problem_catalogue.py`): cause and remedy in three languages, and the page that
solves it. Core and connectors name only codes.
"""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    ERROR = "error"  # stops the document
    WARNING = "warning"  # the document goes on
    INFO = "info"  # no effect


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One problem of one document. `where` points inside it: "lines[2].vat_code"."""

    code: str
    severity: Severity = Severity.ERROR
    where: str = ""
    params: dict[str, str] = {}


def problem(code: str, *, where: str = "", severity: Severity = Severity.ERROR, **params: object) -> Problem:
    """Return a problem; parameters become text."""
    return Problem(
        code=code, severity=severity, where=where, params={name: str(value) for name, value in params.items()}
    )


def stops(problems: "tuple[Problem, ...] | list[Problem]") -> bool:
    """Return whether any of the problems stops its document."""
    return any(each.severity is Severity.ERROR for each in problems)
