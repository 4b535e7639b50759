"""Rows by id with look-ups by key and remembered selections, so that walking a long list stays cheap."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

R = TypeVar("R")
REMEMBERED = 12
Lookup = Callable[[Any], Hashable]


class Ids:
    """Ids by key. Most keys have one id, kept bare: a set for each would weigh more than the rows."""

    def __init__(self) -> None:
        self._ids: dict[Hashable, int | set[int]] = {}

    def add(self, key: Hashable, row_id: int) -> bool:
        """Add an id; True when the key is new."""
        held = self._ids.get(key)
        if held is None:
            self._ids[key] = row_id
            return True
        if isinstance(held, int):
            held = self._ids[key] = {held}
        held.add(row_id)
        return False

    def remove(self, key: Hashable, row_id: int) -> bool:
        """Take an id out; True when the key has none left."""
        held = self._ids.get(key)
        if isinstance(held, set):
            held.discard(row_id)
            if held:
                return False
        elif held != row_id:
            return False
        del self._ids[key]
        return True

    def get(self, key: Hashable) -> set[int]:
        """Return the ids of a key."""
        held = self._ids.get(key)
        if held is None:
            return set()
        return {held} if isinstance(held, int) else held


class Moments(Ids):
    """Ids in order of a text key such as a date or version."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[str] = []

    def put(self, key: str, row_id: int) -> None:
        if not self.add(key, row_id):
            return
        if not self._keys or self._keys[-1] < key:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def take(self, key: str, row_id: int) -> None:
        if self.remove(key, row_id):
            del self._keys[bisect_left(self._keys, key)]

    def between(self, low: str | None, high: str | None) -> Iterable[int]:
        """Return ids whose keys lie in [`low`, `high`]; None leaves an end open."""
        start = 0 if low is None else bisect_left(self._keys, low)
        stop = len(self._keys) if high is None else bisect_right(self._keys, high)
        for key in self._keys[start:stop]:
            yield from self.get(key)


class Table(Generic[R]):
    """The rows of one kind. Every change goes through `put` or `drop`, else look-ups go stale.

    Args:
        first_id: Id of the first row.
        lookups: Named exact keys of a row; None keys are not indexed.
        moments: Named ordered text keys of a row.

    """

    def __init__(
        self,
        first_id: int,
        lookups: dict[str, Lookup] | None = None,
        moments: dict[str, Callable[[Any], str]] | None = None,
    ) -> None:
        self.rows: dict[int, R] = {}
        self.next_id = first_id
        self.revision = 0
        self._lookups = lookups or {}
        self._moments = moments or {}
        self.by: dict[str, Ids] = {name: Ids() for name in self._lookups}
        self.at: dict[str, Moments] = {name: Moments() for name in self._moments}
        self._keys: dict[int, tuple[Hashable, ...]] = {}
        self._chosen: dict[Hashable, tuple[int, list[int]]] = {}

    def take_id(self) -> int:
        """Return the next free id and count it as used."""
        self.next_id += 1
        return self.next_id - 1

    def put(self, row_id: int, row: R) -> None:
        """Add a row, or index anew one that has changed."""
        keys = (
            *(key(row) for key in self._lookups.values()),
            *(moment(row) for moment in self._moments.values()),
        )
        known = self._keys.get(row_id)
        if known != keys:
            if known is not None:
                self._forget(row_id, known)
            self._index(row_id, keys)
        self.rows[row_id] = row
        self.revision += 1

    def drop(self, row_id: int) -> None:
        """Take a row out; unknown ids are ignored."""
        known = self._keys.pop(row_id, None)
        if known is not None:
            self._forget(row_id, known)
            del self.rows[row_id]
            self.revision += 1

    def _index(self, row_id: int, keys: tuple[Hashable, ...]) -> None:
        self._keys[row_id] = keys
        for name, key in zip(self._lookups, keys, strict=False):
            if key is not None:
                self.by[name].add(key, row_id)
        for name, moment in zip(self._moments, keys[len(self._lookups) :], strict=True):
            self.at[name].put(str(moment), row_id)

    def _forget(self, row_id: int, keys: tuple[Hashable, ...]) -> None:
        for name, key in zip(self._lookups, keys, strict=False):
            self.by[name].remove(key, row_id)
        for name, moment in zip(self._moments, keys[len(self._lookups) :], strict=True):
            self.at[name].take(str(moment), row_id)

    def found(self, name: str, key: Hashable) -> set[int]:
        """Return the ids of the rows with a key."""
        return self.by[name].get(key)

    def remembered(self, key: Hashable, choose: Callable[[], list[int]]) -> list[int]:
        """Return the ids that `choose` gives, from memory as long as no row has changed."""
        known = self._chosen.get(key)
        if known is not None and known[0] == self.revision:
            return known[1]
        ids = choose()
        if len(self._chosen) >= REMEMBERED:
            self._chosen.pop(next(iter(self._chosen)))
        self._chosen.pop(key, None)
        self._chosen[key] = (self.revision, ids)
        return ids
