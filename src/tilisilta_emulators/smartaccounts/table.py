"""Records by id and in every order the API lists them in."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from tilisilta_emulators.kit import OrderedIndex
from tilisilta_emulators.smartaccounts.records import Record

T = TypeVar("T", bound=Record)

MODIFIED = "modifydate"


class Table(Generic[T]):
    """Records of one kind.

    Every index is kept by a key that may not change behind its back: an edit replaces the record,
    and `touch` moves it in the order of modification.
    """

    def __init__(self, keys: Mapping[str, Callable[[T], Any]] | None = None) -> None:
        self._keys: dict[str, Callable[[T], Any]] = {
            **(keys or {}),
            MODIFIED: lambda record: record.modified,
        }
        self.by_id: dict[str, T] = {}
        self.indexes: dict[str, OrderedIndex[T]] = {name: OrderedIndex() for name in self._keys}
        self.removed: list[tuple[datetime, str]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[T]:
        return iter(self.by_id.values())

    def next_sequence(self) -> int:
        """Return the next number in the order of entry."""
        self._sequence += 1
        return self._sequence

    def put(self, record: T) -> None:
        """Enter a record, or put an edited one in the place of the old."""
        old = self.by_id.get(record.id)
        if old is not None:
            self._unindex(old)
        self.by_id[record.id] = record
        for name, key in self._keys.items():
            self.indexes[name].add(key(record), record.sequence, record)

    def touch(self, record: T, moment: datetime) -> None:
        """Say that a record was changed at `moment`."""
        index = self.indexes[MODIFIED]
        index.remove(record.modified, record.sequence)
        record.modified = moment
        index.add(moment, record.sequence, record)

    def remove(self, record: T, moment: datetime) -> None:
        """Delete a record and remember that it was."""
        del self.by_id[record.id]
        self._unindex(record)
        self.removed.append((moment, record.id))

    def removed_since(self, moment: datetime | None) -> list[str]:
        """Return ids removed at or after `moment`."""
        return [identity for at, identity in self.removed if moment is None or at >= moment]

    def _unindex(self, record: T) -> None:
        for name, key in self._keys.items():
            self.indexes[name].remove(key(record), record.sequence)
