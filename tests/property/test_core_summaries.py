"""Random histories of a client's books: whatever is entered, moved, deleted and looked at, each entry counts once."""

import datetime as dt

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tilisilta.core.summaries import Fate, Remembered, Window, decide, month_of

KINDS = ("sales_invoice", "purchase_invoice")
LOOK_BACK, RELOAD = 6, 12


def add_months(month: dt.date, count: int) -> dt.date:
    place = month.year * 12 + month.month - 1 + count
    return dt.date(place // 12, place % 12 + 1, 1)


def end_of(month: dt.date) -> dt.date:
    return add_months(month, 1) - dt.timedelta(days=1)


class Entry(msgspec.Struct, frozen=True):
    kind: str
    id: str
    date: dt.date


class Books(RuleBasedStateMachine):
    """The other side's books, our ledger, and everything that may happen to either.

    A month's counts are what the ledger says; a billed month keeps what was billed and gains differences.
    """

    def __init__(self) -> None:
        super().__init__()
        self.books: dict[tuple[str, str], dt.date] = {}
        self.ledger: dict[tuple[str, str], Remembered] = {}
        self.done: set[tuple[dt.date, str]] = set()
        self.billed: dict[dt.date, dict[str, int]] = {}
        self.differences: dict[tuple[dt.date, str], list[int]] = {}
        self.month = dt.date(2026, 1, 1)
        self.today = self.month
        self.by_date = False
        self.number = 0
        self.window: Window | None = None

    @initialize(by_date=st.booleans())
    def begin(self, by_date: bool) -> None:
        self.by_date = by_date

    # --- what people do in the books -----------------------------------------------------------------------

    @rule(kind=st.sampled_from(KINDS), months=st.integers(-9, 2), day=st.integers(0, 27))
    def enter(self, kind: str, months: int, day: int) -> None:
        """An entry of this month, of one long past, or of one that has not come."""
        self.number += 1
        self.books[kind, f"e{self.number}"] = add_months(self.month, months) + dt.timedelta(days=day)

    @precondition(lambda self: self.books)
    @rule(data=st.data(), months=st.integers(-9, 2))
    def move(self, data: st.DataObject, months: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.books)))
        self.books[key] = add_months(self.month, months) + dt.timedelta(days=14)

    @precondition(lambda self: self.books)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.books[data.draw(st.sampled_from(sorted(self.books)))]

    @precondition(lambda self: any(key not in self.books for key in self.ledger))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """What was deleted comes back, as in books whose backup was put back."""
        key = data.draw(st.sampled_from(sorted(key for key in self.ledger if key not in self.books)))
        self.books[key] = self.ledger[key].date

    # --- what the bureau does ------------------------------------------------------------------------------

    @rule()
    def next_month(self) -> None:
        self.month = add_months(self.month, 1)

    @rule()
    def switch(self) -> None:
        self.by_date = not self.by_date

    @rule(crashes=st.booleans(), period=st.sampled_from([1, 1, 1, 3]))
    def monthly(self, crashes: bool, period: int) -> None:
        months = tuple(add_months(self.month, at) for at in range(1 - period, 1))
        first = add_months(months[0], -LOOK_BACK)
        self._look(Window(first=first, last=end_of(self.month), months=months, by_date=self.by_date), crashes)

    @rule(crashes=st.booleans())
    def reload(self, crashes: bool) -> None:
        months = tuple(add_months(self.month, at) for at in range(-RELOAD, 1))
        self._look(Window(first=months[0], last=end_of(self.month), months=months, by_date=True), crashes)

    @rule(back=st.integers(0, 8), length=st.integers(1, 3))
    def period(self, back: int, length: int) -> None:
        length = min(length, back + 1)
        months = tuple(add_months(self.month, at - back) for at in range(length))
        self._look(Window(first=months[0], last=end_of(months[-1]), months=months, by_date=True), False)

    @rule(back=st.integers(1, 8))
    def bill(self, back: int) -> None:
        month = add_months(self.month, -back)
        if month not in self.billed and {(month, kind) for kind in KINDS} <= self.done:
            self.billed[month] = {kind: self.count(month, kind) for kind in KINDS}

    def _look(self, window: Window, crashes: bool) -> None:
        listed = [Entry(kind, id_, date) for (kind, id_), date in self.books.items() if window.holds(date)]
        decision = decide(window, self.ledger, listed, kinds=set(KINDS), counted=self.done)
        if crashes:
            return  # before it was stored: nothing of it is there, and the next look does it all
        for each in decision.rulings:
            self.ledger[each.entry.kind, each.entry.id] = Remembered(each.entry.date, each.month)
        for key in decision.gone:
            self.ledger[key] = msgspec.structs.replace(self.ledger[key], is_gone=True)
        # What the books hold of these days is in the ledger, alive and once; what they do not hold is not alive there.
        assert {(each.kind, each.id) for each in listed} == {
            key for key, known in self.ledger.items() if not known.is_gone and window.holds(known.date)
        }
        if window.by_date:
            assert all(
                known.counted_in == month_of(known.date)
                for known in self.ledger.values()
                if not known.is_gone and window.holds(known.date)
            )
        months = {add_months(window.first, at) for at in range(40)}
        self.done |= {(month, kind) for month in months if end_of(month) <= window.last for kind in KINDS}
        self.window = window
        for month in decision.touched & set(self.billed):
            for kind in KINDS:
                now = self.count(month, kind)
                if found := now - self.billed[month][kind] - sum(self.differences.get((month, kind), [])):
                    self.differences.setdefault((month, kind), []).append(found)
        again = decide(window, self.ledger, listed, kinds=set(KINDS), counted=self.done)
        assert not again.gone
        assert all(each.fate is Fate.KEPT and each.month == each.before for each in again.rulings)

    def count(self, month: dt.date, kind: str) -> int:
        return sum(
            1
            for key, known in self.ledger.items()
            if key[0] == kind and known.counted_in == month and not known.is_gone
        )

    # --- what must always hold -----------------------------------------------------------------------------

    @invariant()
    def each_entry_within_the_window_counts_once(self) -> None:
        """The sum over all months of what was billed, told since, or is to be billed, is what the books hold."""
        if self.window is None:
            return
        for kind in KINDS:
            live = sum(1 for key, known in self.ledger.items() if key[0] == kind and not known.is_gone)
            months = {known.counted_in for known in self.ledger.values() if known.counted_in} | set(self.billed)
            shown = 0
            for month in months:
                if month in self.billed:
                    shown += self.billed[month][kind] + sum(self.differences.get((month, kind), []))
                else:
                    shown += self.count(month, kind)
            assert shown == live
        assert all(known.counted_in is not None for known in self.ledger.values())

    @invariant()
    def nothing_outside_of_any_window_counts(self) -> None:
        """What has not come yet counts nowhere."""
        assert all(
            known.counted_in is not None and known.counted_in <= self.month
            for known in self.ledger.values()
            if not known.is_gone
        )


Books.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestBooks = Books.TestCase


entries = st.lists(
    st.builds(
        Entry,
        kind=st.sampled_from(KINDS),
        id=st.integers(1, 12).map(lambda number: f"e{number}"),
        date=st.dates(dt.date(2025, 6, 1), dt.date(2026, 12, 31)),
    ),
    max_size=20,
)


@given(entries, st.booleans(), st.sets(st.integers(-6, -1)))
def test_a_look_counts_every_entry_of_the_window_once_and_no_other(
    listed: list[Entry], by_date: bool, counted: set[int]
) -> None:
    month = dt.date(2026, 8, 1)
    window = Window(first=add_months(month, -6), last=end_of(month), months=(month,), by_date=by_date)
    done = {(add_months(month, back), kind) for back in counted for kind in KINDS}
    decision = decide(window, {}, listed, kinds=set(KINDS), counted=done)
    keys = [(each.entry.kind, each.entry.id) for each in decision.rulings]
    last = {(each.kind, each.id): each for each in listed}
    assert len(keys) == len(set(keys))
    assert set(keys) == {key for key, each in last.items() if window.holds(each.date)}
    for each in decision.rulings:
        own = month_of(each.entry.date)
        is_late = not by_date and (own, each.entry.kind) in done and own != month
        assert each.month == (month if is_late else own)
