"""Finds the handler of a path: version prefix off, trailing slash off, then the table of calls.

Source: vendor sheet, section 1.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.options import Options

Deed = Callable[[Call], Any]
_NUMBERED = re.compile(r"v\d{4}", re.ASCII)


class Route(NamedTuple):
    """One call: method, path as in the field list, what answers it."""

    method: str
    path: str
    deed: Deed


class Found(NamedTuple):
    """A route and the values of its path's variables."""

    route: Route
    ids: tuple[str, ...]


class Router:
    """The table of calls; a literal segment wins over a variable one."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_shape: dict[tuple[str, int], list[tuple[tuple[str, ...], dict[str, Route]]]] = {}
        for route in routes:
            parts = tuple(route.path.strip("/").split("/"))
            shapes = self._by_shape.setdefault((parts[0], len(parts)), [])
            for known, methods in shapes:
                if _bare(known) == _bare(parts):
                    methods[route.method] = route
                    break
            else:
                shapes.append((parts, {route.method: route}))
        for shapes in self._by_shape.values():
            shapes.sort(key=lambda shape: [part.startswith("{") for part in shape[0]])

    def find(self, method: str, parts: list[str]) -> Found | bool:
        """Return the route with its ids; True when only the method is wrong, False when there is no such path."""
        seen = False
        for pattern, methods in self._by_shape.get((parts[0], len(parts)), ()):
            if all(want == got or want.startswith("{") for want, got in zip(pattern, parts, strict=True)):
                route = methods.get(method)
                if route is not None:
                    ids = tuple(got for want, got in zip(pattern, parts, strict=True) if want.startswith("{"))
                    return Found(route, ids)
                seen = True
        return seen


def _bare(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("{}" if part.startswith("{") else part for part in parts)


def strip_prefix(path: str, options: Options) -> list[str] | None:
    """Return the segments after `/api` or a versioned `/.../api`; None when there is no such version."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[0] == "api":
        return parts[1:]
    if len(parts) > 1 and parts[1] == "api":
        version = parts[0]
        if version in ("latest", "supported"):
            return parts[2:]
        if not _NUMBERED.fullmatch(version) or not 1 <= int(version[3:]) <= 12:
            return None
        if options.live_versions is not None and version not in options.live_versions:
            return None
        return parts[2:]
    return parts if options.bare_paths else None
