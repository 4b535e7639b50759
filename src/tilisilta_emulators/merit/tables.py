"""Records by id, by date and by when they were changed."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Generic, Protocol, TypeVar

from tilisilta_emulators.kit import OrderedIndex


class Dated(Protocol):
    """What a table needs of a record."""

    @property
    def seq(self) -> int:
        """Number in the order of entry."""

    @property
    def id(self) -> str:
        """GUID."""

    @property
    def date(self) -> date:
        """Day of the document."""

    changed: datetime


R = TypeVar("R", bound=Dated)


class Table(Generic[R]):
    """Dated records of one kind."""

    __slots__ = ("by_changed", "by_date", "by_id")

    def __init__(self) -> None:
        self.by_id: dict[str, R] = {}
        self.by_date: OrderedIndex[R] = OrderedIndex()
        self.by_changed: OrderedIndex[R] = OrderedIndex()

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[R]:
        return iter(self.by_id.values())

    def put(self, record: R) -> None:
        """Enter a record."""
        self.by_id[record.id] = record
        self.by_date.add(record.date, record.seq, record)
        self.by_changed.add(record.changed, record.seq, record)

    def put_all(self, records: list[R]) -> None:
        """Enter many records of an empty table, each index sorted once."""
        self.by_id = {record.id: record for record in records}
        for record in sorted(records, key=lambda one: (one.date, one.seq)):
            self.by_date.add(record.date, record.seq, record)
        for record in sorted(records, key=lambda one: (one.changed, one.seq)):
            self.by_changed.add(record.changed, record.seq, record)

    def touch(self, record: R, moment: datetime) -> None:
        """Say that a record was changed at `moment`."""
        self.by_changed.remove(record.changed, record.seq)
        record.changed = moment
        self.by_changed.add(moment, record.seq, record)

    def remove(self, record: R) -> None:
        """Take a record out."""
        del self.by_id[record.id]
        self.by_date.remove(record.date, record.seq)
        self.by_changed.remove(record.changed, record.seq)

    def within(self, start: date, end: date, *, changed: bool) -> Iterator[R]:
        """Walk the records dated, or changed, from `start` to `end`, both days included."""
        if not changed:
            return self.by_date.between(start, end)
        return self.by_changed.between(datetime.combine(start, time.min), datetime.combine(end, time.max))
