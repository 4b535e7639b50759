"""Records in order of a key, so that a page of a long list costs as much as the page, not the list."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class OrderedIndex(Generic[R]):
    """Records sorted by (key, sequence); keys of one index must be comparable with each other."""

    def __init__(self) -> None:
        self._entries: list[tuple[Any, int, R]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[R]:
        return (entry[2] for entry in self._entries)

    def add(self, key: Any, sequence: int, record: R) -> None:
        """Put `record` in its place; `sequence` must be unique among records of the same key."""
        entry = (key, sequence, record)
        if not self._entries or self._entries[-1][:2] < (key, sequence):
            self._entries.append(entry)
        else:
            insort(self._entries, entry, key=_position)

    def remove(self, key: Any, sequence: int) -> None:
        """Take out the record that was added with this key and sequence; unknown ones are ignored."""
        at = bisect_left(self._entries, (key, sequence), key=_position)
        if at < len(self._entries) and self._entries[at][:2] == (key, sequence):
            del self._entries[at]

    def bounds(self, low: Any = None, high: Any = None) -> tuple[int, int]:
        """Return the half-open range of positions whose keys lie in [`low`, `high`]; None leaves an end open."""
        start = 0 if low is None else bisect_left(self._entries, low, key=_key)
        stop = len(self._entries) if high is None else bisect_right(self._entries, high, key=_key)
        return start, max(start, stop)

    def slice(self, start: int, stop: int) -> list[R]:
        """Return the records at positions `start` to `stop`, the end not included."""
        return [entry[2] for entry in self._entries[start:stop]]

    def between(self, low: Any = None, high: Any = None) -> Iterator[R]:
        """Walk the records whose keys lie in [`low`, `high`], in order."""
        start, stop = self.bounds(low, high)
        for at in range(start, stop):
            yield self._entries[at][2]


def _key(entry: tuple[Any, int, R]) -> Any:
    return entry[0]


def _position(entry: tuple[Any, int, R]) -> tuple[Any, int]:
    return entry[:2]
