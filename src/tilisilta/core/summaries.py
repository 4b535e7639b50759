"""Counting a client's entries by month so that each counts exactly once, however late it comes and however often
somebody looks.

The ledger remembers every entry that was ever seen, and the one month it counts in. `decide` compares a fresh listing
with that memory and says what changes. It is pure: the same memory and listing give the same answer, and deciding again
after the answer was stored changes nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

import msgspec


class Listed(Protocol):
    """An entry as the books show it now."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def date(self) -> dt.date: ...


Shown = TypeVar("Shown", bound=Listed)
Key = tuple[str, str]  # kind and id

# From how many entries on it is suspicious that more than nine of ten are gone at once.
_MANY: Final = 20
_MOST: Final = 0.9


class Remembered(msgspec.Struct, frozen=True):
    """What the ledger holds of an entry; `counted_in` is the first day of the month that it counts in."""

    date: dt.date
    counted_in: dt.date | None = None
    is_gone: bool = False


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which days were looked at, and where what is found there counts.

    Args:
        first: The first day, which begins a month.
        last: The last day, which ends a month; what is dated later waits until its own month comes.
        months: The months that are being made, by their first days, in order; not empty.
        by_date: Each entry counts in the month of its date. Otherwise one that was entered after its month had been
            counted is late, and counts in the last of `months`.
    """

    first: dt.date
    last: dt.date
    months: tuple[dt.date, ...]
    by_date: bool

    def __post_init__(self) -> None:
        if not self.months or self.first.day != 1 or (self.last + dt.timedelta(days=1)).day != 1:
            raise ValueError(f"a window is of whole months: {self.first} to {self.last}, {self.months}")

    def holds(self, day: dt.date) -> bool:
        """Return whether a day was looked at."""
        return self.first <= day <= self.last


class Fate(StrEnum):
    """What became of an entry since it was seen last."""

    NEW = "new"
    KEPT = "kept"  # still there; its date, rows or month may have changed
    BACK = "back"  # was gone, and is there again


class Ruling(msgspec.Struct, Generic[Shown], frozen=True):
    """One listed entry with the month that it counts in from now on, and the one that it counted in before."""

    entry: Shown
    fate: Fate
    month: dt.date
    before: dt.date | None = None


class Decision(msgspec.Struct, Generic[Shown], frozen=True, kw_only=True):
    """What a listing changes in the ledger.

    `rulings` has every listed entry of the window once. `gone` are entries that the window should hold and the books
    do not show any more. `touched` are the months whose counts may differ now.
    """

    rulings: tuple[Ruling[Shown], ...]
    gone: tuple[Key, ...]
    touched: frozenset[dt.date]


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a day's month, by which months are named."""
    return day.replace(day=1)


def decide(
    window: Window,
    remembered: Mapping[Key, Remembered],
    listed: Iterable[Shown],
    *,
    kinds: AbstractSet[str],
    counted: AbstractSet[tuple[dt.date, str]],
) -> Decision[Shown]:
    """Return what a listing of `window` changes.

    Args:
        window: What was looked at.
        remembered: What the ledger holds of entries dated in the window, and of every listed one wherever it is dated.
        listed: The books' answer. What is dated outside of the window is passed over; of an entry that is listed
            twice (it moved while the listing ran) the last counts.
        kinds: The kinds that were asked for; others are neither counted nor taken for gone.
        counted: Months with the kinds that were counted in them when they had ended: what turns up there now is late.
    """
    shown = {(str(entry.kind), entry.id): entry for entry in listed if entry.kind in kinds}
    inside = {key: entry for key, entry in shown.items() if window.holds(entry.date)}
    rulings = tuple(_rule(window, remembered.get(key), entry, counted) for key, entry in inside.items())
    gone = tuple(
        key
        for key, known in remembered.items()
        if key not in inside and key[0] in kinds and not known.is_gone and (key in shown or window.holds(known.date))
    )
    touched = {month for each in rulings for month in (each.month, each.before) if month is not None}
    touched |= {month for key in gone if (month := remembered[key].counted_in) is not None}
    return Decision(rulings=rulings, gone=gone, touched=frozenset(touched | set(window.months)))


def _rule(
    window: Window, known: Remembered | None, entry: Shown, counted: AbstractSet[tuple[dt.date, str]]
) -> Ruling[Shown]:
    own = month_of(entry.date)
    before = None if known is None or known.is_gone else known.counted_in
    fate = Fate.NEW if known is None else Fate.BACK if known.is_gone else Fate.KEPT
    if window.by_date:
        return Ruling(entry, fate, own, before)
    if before is not None:
        # It counted once already, and where somebody may have billed it: moving its date moves no work.
        return Ruling(entry, fate, before, before)
    is_late = own not in window.months and (own, str(entry.kind)) in counted
    return Ruling(entry, fate, window.months[-1] if is_late else own)


def emptied(window: Window, remembered: Mapping[Key, Remembered], gone: Iterable[Key]) -> frozenset[str]:
    """Return the kinds of which nearly everything is gone at once; so few as somebody may delete by hand are none.

    No bureau deletes half a year of invoices. A vendor in trouble that answers with nothing, or a key that opens the
    books of another company, looks like this.
    """
    alive: Counter[str] = Counter()
    for (kind, _id), known in remembered.items():
        if not known.is_gone and window.holds(known.date):
            alive[kind] += 1
    lost = Counter(key[0] for key in gone if window.holds(remembered[key].date))
    return frozenset(kind for kind, count in lost.items() if count >= _MANY and count > _MOST * alive[kind])


def difference(now: int, billed: int, found_before: Iterable[int]) -> int:
    """Return what is still to be told of a billed count: what it is now, less what was billed and what was told since.

    >>> difference(12, 10, [1])
    1
    """
    return now - billed - sum(found_before)
