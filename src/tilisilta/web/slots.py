"""Places on pages that other subjects fill, so that a page knows none of those who show something on it.

A subject puts its functions in when its addresses are loaded (`web/<subject>/urls.py`).
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
R = TypeVar("R")


class Slot(Generic[P, R]):
    """Functions in the order in which they were put in; each gives one thing to show, or None for nothing."""

    def __init__(self) -> None:
        self._put: list[Callable[P, R | None]] = []

    def put(self, function: Callable[P, R | None]) -> Callable[P, R | None]:
        """Put a function in; the same one twice stands once."""
        if function not in self._put:
            self._put.append(function)
        return function

    def given(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Return what the functions give."""
        found = (function(*args, **kwargs) for function in self._put)
        return [each for each in found if each is not None]

    def __bool__(self) -> bool:
        return bool(self._put)

    def __len__(self) -> int:
        return len(self._put)


# A panel: its template, and the context for it.
Given = tuple[str, dict[str, Any]]


class ShownPanel(msgspec.Struct, frozen=True):
    """A panel as a page includes it: `{% include each.template with panel=each.context %}`."""

    template: str
    context: dict[str, Any]


def shown(given: Iterable[Given]) -> list[ShownPanel]:
    """Return panels as pages include them."""
    return [ShownPanel(*each) for each in given]
