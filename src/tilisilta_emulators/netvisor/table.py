"""Records by key and in the orders that lists ask for."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Generic, TypeVar

from tilisilta_emulators.kit import OrderedIndex
from tilisilta_emulators.netvisor.records import Record

T = TypeVar("T", bound=Record)


class Table(Generic[T]):
    """Records of one kind; `day` names the date that lists filter by."""

    def __init__(self, day: Callable[[T], date] | None = None) -> None:
        self._day = day
        self.by_key: dict[int, T] = {}
        self.ordered: OrderedIndex[T] = OrderedIndex()
        self.modified: OrderedIndex[T] = OrderedIndex()
        self.days: OrderedIndex[T] = OrderedIndex()
        self.deleted: list[tuple[datetime, int]] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self.by_key)

    def __iter__(self) -> Iterator[T]:
        return iter(self.by_key.values())

    def next_key(self) -> int:
        """Return the next free key."""
        self._next += 1
        return self._next

    def put(self, record: T) -> None:
        """Enter a record, or put a changed one in the place of the old."""
        old = self.by_key.get(record.key)
        if old is not None:
            self._unindex(old)
        self.by_key[record.key] = record
        self.ordered.add(record.key, record.key, record)
        self.modified.add(record.modified, record.key, record)
        if self._day is not None:
            self.days.add(self._day(record), record.key, record)

    def touch(self, record: T, moment: datetime) -> None:
        """Say that a record was changed at `moment`."""
        if moment == record.modified:
            return
        self.modified.remove(record.modified, record.key)
        record.modified = moment
        self.modified.add(moment, record.key, record)

    def remove(self, record: T, moment: datetime) -> None:
        """Delete a record and remember that it was."""
        del self.by_key[record.key]
        self._unindex(record)
        self.deleted.append((moment, record.key))

    def _unindex(self, record: T) -> None:
        self.ordered.remove(record.key, record.key)
        self.modified.remove(record.modified, record.key)
        if self._day is not None:
            self.days.remove(self._day(record), record.key)
