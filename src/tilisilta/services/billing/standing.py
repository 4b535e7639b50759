"""What stands on invoices already: which periods of which rows, by what terms, and what each task had in it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from tilisilta.core.billing import Kind, Period, Terms
from tilisilta.core.money import ZERO
from tilisilta.store.models import BilledLine, Company

if TYPE_CHECKING:
    from tilisilta.services.billing.work import Source


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of an invoice was priced by: `tasks` are pieces, or minutes as worked and as billed, by task."""

    terms: Terms
    field: int | None = None
    tasks: dict[str, str | tuple[int, int]] = {}

    @property
    def kind(self) -> Kind:
        return self.terms.kind


def basis_of(terms: Terms, field: int | None, sources: "Iterable[Source]") -> dict[str, Any]:
    """Return what an invoice's row keeps of how it came about, as the store takes it."""
    is_time = terms.kind is Kind.HOURLY
    tasks: dict[str, str | tuple[int, int]] = {
        str(each.task.pk): (each.worked, each.minutes) if is_time else format(each.quantity, "f") for each in sources
    }
    found: dict[str, Any] = msgspec.to_builtins(Basis(terms=terms, field=field, tasks=tasks))
    return found


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an invoice that still stands."""

    row_id: int
    client_id: int
    period: Period
    late: int
    quantity: Decimal
    basis: Basis | None


class Standing:
    """The rows on invoices of a company whose periods end on a day or later. Nothing is asked of the store later on."""

    def __init__(self, company: Company, since: dt.date) -> None:
        self.lines: dict[int, list[Line]] = defaultdict(list)  # by the contract's row
        found = BilledLine.objects.filter(billed__company=company, period_to__gte=since).exclude(contract_row=None)
        columns = ("contract_row_id", "client_id", "period_from", "period_to", "late", "quantity", "basis")
        for row_id, client_id, first, last, late, quantity, basis in found.order_by("late", "pk").values_list(*columns):
            self.lines[row_id or 0].append(
                Line(
                    row_id=row_id or 0,
                    client_id=client_id,
                    period=Period(first, last),
                    late=late,
                    quantity=quantity,
                    basis=msgspec.convert(basis, Basis) if basis else None,
                )
            )

    def own(self, row_id: int) -> list[Line]:
        """Return the rows of whole periods, without what came later to them."""
        return [each for each in self.lines.get(row_id, ()) if not each.late]

    def _of(self, row_id: int, first: dt.date) -> Iterator[Line]:
        return (each for each in self.lines.get(row_id, ()) if each.period.first == first)

    def basis(self, row_id: int, first: dt.date) -> Basis | None:
        """Return what the row of a period was priced by; None when it is not billed, or nobody noted it."""
        return next((each.basis for each in self._of(row_id, first) if not each.late), None)

    def quantity(self, row_id: int, first: dt.date) -> Decimal:
        """Return how much of a period was billed so far, what came later to it included."""
        return sum((each.quantity for each in self._of(row_id, first)), ZERO)

    def minutes(self, row_id: int, first: dt.date) -> dict[int, tuple[int, int]]:
        """Return by task how many minutes of a period were worked and billed when it was billed."""
        sums: dict[int, tuple[int, int]] = {}
        for line in self._of(row_id, first):
            for task_id, part in (line.basis.tasks if line.basis else {}).items():
                if not isinstance(part, str):
                    worked, billed = sums.get(int(task_id), (0, 0))
                    sums[int(task_id)] = (worked + part[0], billed + part[1])
        return sums

    def pieces(self, row_id: int, first: dt.date) -> dict[int, Decimal]:
        """Return by task how many pieces of a period were billed."""
        sums: dict[int, Decimal] = {}
        for line in self._of(row_id, first):
            for task_id, part in (line.basis.tasks if line.basis else {}).items():
                if isinstance(part, str):
                    sums[int(task_id)] = sums.get(int(task_id), ZERO) + Decimal(part)
        return sums

    def timed(self) -> Iterator[tuple[int, Period]]:
        """Yield the tasks whose time was billed, each with the period of it."""
        for lines in self.lines.values():
            for line in lines:
                for task_id, part in (line.basis.tasks if line.basis else {}).items():
                    if not isinstance(part, str):
                        yield int(task_id), line.period

    def task_ids(self) -> Iterator[int]:
        """Yield the ids of all tasks that stand on an invoice."""
        for lines in self.lines.values():
            for line in lines:
                yield from (int(task_id) for task_id in (line.basis.tasks if line.basis else {}))
