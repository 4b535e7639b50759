"""One request as the services see it, and how a list is cut into pages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tilisilta_emulators.kit import Rule, decode
from tilisilta_emulators.smartaccounts.dates import local, parse_moment
from tilisilta_emulators.smartaccounts.errors import Language, Refused, fault
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.records import Record
from tilisilta_emulators.smartaccounts.table import MODIFIED, Table

if TYPE_CHECKING:
    from tilisilta_emulators.smartaccounts.books import Books
    from tilisilta_emulators.smartaccounts.options import SmartOptions

T = TypeVar("T", bound=Record)
Filter = Callable[[T], bool]


class Call:
    """What was asked: parameters, body, language, the moment, the books and the switches."""

    def __init__(
        self,
        query: Mapping[str, str],
        body: bytes,
        *,
        language: Language,
        now: datetime,
        books: "Books",
        options: "SmartOptions",
        misdeed: Rule | None = None,
    ) -> None:
        self.query = Form(dict(query))
        self._body = body
        self.language = language
        self.moment = local(now)
        self.now = now
        self.books = books
        self.options = options
        self.misdeed = misdeed

    @property
    def today(self) -> date:
        """The day in Estonia."""
        return self.moment.date()

    def form(self) -> Form:
        """Return the JSON object of the body.

        Raises:
            Refused: There is none.
        """
        try:
            value = decode(self._body)
        except msgspec.DecodeError:
            value = None
        if not isinstance(value, dict):
            raise Refused(fault("BODY-READ-ERROR"))
        return Form(value)

    def deleted_id(self) -> str:
        """Return the id of a deletion: it stands in the query, and the body may not be empty."""
        if not self._body.strip():
            raise Refused(fault("BODY-READ-ERROR"))
        return self.query.text("id") or ""

    def wants(self, name: str) -> bool:
        """Return whether a `fetch...` parameter is on."""
        return bool(self.query.boolean(name))

    def require_open(self, *days: date) -> None:
        """Refuse when one of the days lies in a locked period."""
        until = self.options.locked_until
        if self.misdeed is not None and self.misdeed.kind == "lock_period":
            until = date.fromisoformat(self.misdeed.data.get("until", "9999-12-31"))
        if until is None:
            return
        faults = [
            fault("PERIOD-LOCKED", until=f"{until:%d.%m.%Y}", date=f"{day:%d.%m.%Y}")
            for day in dict.fromkeys(days)
            if day <= until
        ]
        if faults:
            raise Refused(*faults)

    def moment_of(self, name: str, *, end: bool) -> datetime | None:
        """Return a bound of a filter, or None."""
        text = self.query.text(name)
        if text is None:
            return None
        try:
            return parse_moment(text, end=end)
        except ValueError:
            raise Refused(fault("INVALID-DATE", field=name, value=text)) from None

    def page_number(self) -> int:
        """Return the number of the page asked for, 1 by default."""
        number = self.query.integer("pageNumber")
        if number is None:
            return 1
        if number < 1:
            raise Refused(fault("INVALID-VALUE", field="pageNumber", value=number))
        return number


def page_of(call: Call, found: Iterable[T]) -> tuple[list[T], bool]:
    """Return one page of `found` and whether more follow; costs no more than walking that far."""
    start = (call.page_number() - 1) * call.options.page_size
    # A repeated row is the last one of the page before, as when rows shift while a list is read.
    repeated = start > 0 and call.misdeed is not None and call.misdeed.kind == "duplicate_row"
    records = list(islice(found, start - repeated, start + call.options.page_size + 1))
    size = call.options.page_size + repeated
    return records[:size], len(records) > size


def page_of_range(
    call: Call, table: Table[T], order: str, bounds: tuple[Any, Any], keep: Filter[T] | None = None
) -> tuple[list[T], bool]:
    """Return one page of the records whose key in `order` lies within `bounds`.

    Without a filter the page is cut out by position, however far down the list it is.
    """
    index = table.indexes[order]
    if keep is not None:
        return page_of(call, (record for record in index.between(*bounds) if keep(record)))
    start, stop = index.bounds(*bounds)
    first = start + (call.page_number() - 1) * call.options.page_size
    if call.misdeed is not None and call.misdeed.kind == "duplicate_row" and first > start:
        return page_of(call, index.between(*bounds))
    last = min(first + call.options.page_size, stop)
    return index.slice(min(first, stop), last), last < stop


def envelope(
    call: Call, key: str, items: list[dict[str, Any]], more: bool, removed: Iterator[str] | list[str] | None
) -> dict[str, Any]:
    """Return a list as the vendor wraps it; `deleted` stands on the first page of a change list only."""
    answer: dict[str, Any] = {key: items, "hasMoreEntries": more}
    if removed is not None and call.page_number() == 1:
        answer["deleted"] = list(removed)
    return answer


def change_window(call: Call) -> tuple[datetime | None, datetime | None]:
    """Return `modifiedFrom` and `modifiedTo` of partners and articles."""
    return call.moment_of("modifiedFrom", end=False), call.moment_of("modifiedTo", end=True)


def document_range(call: Call, kinds: Iterable[str]) -> tuple[str, tuple[Any, Any]]:
    """Return which order a document list is read in and between which dates or moments."""
    kind = call.query.choice("dateType", {*kinds, MODIFIED}) or "date"
    low, high = call.moment_of("dateFrom", end=False), call.moment_of("dateTo", end=True)
    if kind == MODIFIED:
        return kind, (low, high)
    return kind, (low.date() if low else None, high.date() if high else None)


def as_number(text: str, call: Call) -> Any:
    """Return a number that is declared a string, as a JSON number when the switch says so."""
    if call.options.numbers_as_json and text.isdigit() and str(int(text)) == text:
        return int(text)
    return text


def plain(value: Decimal | None) -> Decimal | None:
    """Return an amount with two places at least, for display."""
    if value is None or value.as_tuple().exponent <= -2:  # type: ignore[operator]
        return value
    return value.quantize(Decimal("0.01"))
