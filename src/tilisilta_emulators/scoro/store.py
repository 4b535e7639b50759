"""Rows of one module, with day indexes and remembered selections, so that walking a long list stays cheap."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.rows import Row

INDEXED = ("date", "modified_date")
REMEMBERED = 16


class DayIndex:
    """Ids by calendar day of one field; rows without a day are under ""."""

    def __init__(self) -> None:
        self._ids: dict[str, set[int]] = {}
        self._days: list[str] = []

    def add(self, value: str | None, row_id: int) -> None:
        day = value[:10] if value else ""
        ids = self._ids.get(day)
        if ids is None:
            ids = self._ids[day] = set()
            insort(self._days, day)
        ids.add(row_id)

    def remove(self, value: str | None, row_id: int) -> None:
        self._ids.get(value[:10] if value else "", set()).discard(row_id)

    def between(self, low: str | None, high: str | None, *, inclusive: bool = True) -> Iterator[int]:
        """Walk ids of the days from `low` to `high`; a missing bound leaves that end open."""
        left, right = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        start = left(self._days, low) if low else bisect_right(self._days, "")
        stop = right(self._days, high) if high else len(self._days)
        for day in self._days[start:stop]:
            yield from self._ids[day]


class Table:
    """The rows of one module by id. Every change goes through `put` or `touch`, else indexes go stale."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.rows: dict[int, Any] = {}
        self.version = 0
        self.next_id = 1
        self.days = {name: DayIndex() for name in INDEXED if name in module.row.__struct_fields__}
        self._chosen: dict[bytes, tuple[int, list[int]]] = {}

    def put(self, row: Row) -> None:
        """Add a row, or index anew one that is stored; an id of 0 gets the next free one."""
        key = self.module.key
        row_id = getattr(row, key)
        if not row_id:
            row_id = self.next_id
            setattr(row, key, row_id)
        self.next_id = max(self.next_id, row_id + 1)
        self.rows[row_id] = row
        for name, index in self.days.items():
            index.add(getattr(row, name), row_id)
        self.version += 1

    def forget(self, row_id: int) -> None:
        """Take a row out, e.g. before it is changed and put back."""
        row = self.rows.pop(row_id)
        for name, index in self.days.items():
            index.remove(getattr(row, name), row_id)
        self.version += 1

    def touch(self, row: Row, modified: str) -> None:
        """Move `modified_date` of a stored row."""
        row_id = getattr(row, self.module.key)
        index = self.days["modified_date"]
        index.remove(row.modified_date, row_id)
        row.modified_date = modified
        index.add(modified, row_id)
        self.version += 1

    def live(self) -> Iterator[Any]:
        """Walk the rows that are not deleted, by id."""
        return (row for _, row in sorted(self.rows.items()) if not row.is_deleted)

    def remembered(self, key: bytes, choose: Callable[[], Iterable[int]]) -> list[int]:
        """Return the ids that `choose` gives, from memory as long as no row has changed."""
        known = self._chosen.get(key)
        if known is not None and known[0] == self.version:
            return known[1]
        ids = list(choose())
        if len(self._chosen) >= REMEMBERED:
            self._chosen.pop(next(iter(self._chosen)))
        self._chosen.pop(key, None)
        self._chosen[key] = (self.version, ids)
        return ids
