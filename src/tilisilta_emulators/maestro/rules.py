"""Faults of what is no HTTP request: steps of the SFTP server and of the import, asked by a method and a path."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import cast

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import Faults, Rule


class _Step(msgspec.Struct, frozen=True):
    """What a rule looks at in a request."""

    method: str
    path: str


class Rules:
    """Asks the kit's rules about a step. `faults` is looked up each time, since a reset keeps the object."""

    def __init__(self, faults: Callable[[], Faults], root: Callable[[], Path]) -> None:
        self._faults = faults
        self._root = root

    def fired(self, method: str, path: Path | PurePosixPath | str, kinds: AbstractSet[str]) -> Rule | None:
        """Return the first rule of these kinds that fires on the step; others are not counted."""
        shown = str(path)
        root = str(self._root())
        step = _Step(method, shown.removeprefix(root))
        for active in self._faults().rules:
            if active.rule.kind in kinds and active.takes(cast("web.Request", step)):
                return active.rule
        return None
