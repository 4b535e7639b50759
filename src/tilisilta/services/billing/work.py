"""What was done for clients in a stretch of days, read once for all of them: counts of tasks, time, summaries.

Each minute is billed by one row, and each task is counted once for a product. What a row billed of a period is compared
with what stands there now, so that time entered later, or taken back, comes as a change of its own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Q, QuerySet

from tilisilta.core.billing import Kind, Period, hours, overlap, round_quantity, rounded_up
from tilisilta.core.money import ZERO
from tilisilta.services.billing.standing import Standing
from tilisilta.services.practice.settings import add_months, last_day, month_of
from tilisilta.services.practice.values import number
from tilisilta.store.models import (
    BilledLine,
    ClientConnection,
    Company,
    ContractRow,
    Product,
    Summary,
    SummaryField,
    Task,
    TaskStatus,
    TimeEntry,
)

_MOST_IDS: Final = 500
_MOVED: Final = dt.timedelta(days=400)
_SECONDS: Final = 60
_COLUMNS: Final = (
    "pk",
    "client_id",
    "title",
    "due_date",
    "topic_id",
    "topic__is_billable",
    "values",
    "summary__month",
    "is_billable",
    "status",
)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What billing has to know of a task; `month` is set on monthly summaries."""

    pk: int
    client_id: int
    title: str
    due_date: dt.date
    topic_id: int | None
    takes_time: bool
    values: Mapping[str, Any]
    month: dt.date | None
    is_out: bool = False  # not to be billed any more

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """Return the days that its counts belong to: of a summary its month, whenever the task is due."""
        return (self.month, last_day(self.month)) if self.month else (self.due_date, self.due_date)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part of a quantity comes from: a task with its count, or its minutes as billed and as `worked`.

    Of what was billed before, only the change.
    """

    task: Done
    quantity: Decimal
    minutes: int = 0
    worked: int = 0
    is_summary: bool = False


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity, the tasks that make it, and those whose timer is running."""

    quantity: Decimal
    sources: tuple[Source, ...] = ()
    running: tuple[Done, ...] = ()
    missing: tuple[dt.date, ...] = ()  # months whose counts have not been fetched


class Work:
    """Tasks and time of some clients over some days. Nothing is asked of the store after it is made."""

    def __init__(
        self,
        company: Company,
        client_ids: Collection[int],
        window: Period,
        *,
        minutes_step: int,
        standing: Standing,
    ) -> None:
        self.zone = ZoneInfo(company.time_zone)
        self.minutes_step, self.standing = minutes_step, standing
        self._tasks: dict[int, Done] = {}
        self._of_client: dict[int, list[Done]] = defaultdict(list)
        self._time: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
        self._running: dict[int, list[dt.date]] = defaultdict(list)
        self._claimed: dict[int, list[Period]] = defaultdict(list)
        for task_id, period in standing.timed():
            self._claimed[task_id].append(period)
        ids = sorted(client_ids)
        for part in _parts(ids):
            self._load(part, window)
        for part in _parts(sorted(set(standing.task_ids()) - self._tasks.keys())):
            # What was billed and has another day since, or is not to be billed any more.
            self._keep(Task.objects.filter(pk__in=part))
        for task in sorted(self._tasks.values(), key=lambda each: (each.due_date, each.pk)):
            if not task.is_out:
                self._of_client[task.client_id].append(task)
        self._load_summaries(company, window)
        counted = BilledLine.tasks.through.objects.filter(
            billedline__billed__company=company, billedline__contract_row__product__field__isnull=False
        )
        self.taken: set[tuple[int, int]] = set(
            counted.filter(
                task__due_date__gte=window.first - _MOVED, task__due_date__lte=window.last + _MOVED
            ).values_list("task_id", "billedline__contract_row__product_id")
        )

    def _load(self, ids: list[int], window: Period) -> None:
        months = (month_of(window.first), window.last)
        due = Q(due_date__range=(window.first, window.last)) | Q(summary__month__range=months)
        self._keep(_billable().filter(due, client__in=ids).exclude(values={}))
        entries = TimeEntry.objects.filter(
            task__client__in=ids, task__is_billable=True, is_billable=True, started_at__range=self._moments(window)
        ).exclude(task__status=TaskStatus.CANCELLED)
        for task_id, begun, ended in entries.values_list("task_id", "started_at", "ended_at"):
            day = begun.astimezone(self.zone).date()
            if ended is None:
                self._running[task_id].append(day)
            else:
                # Whole minutes: a second begun is not a minute worked.
                self._time[task_id].append((day, max(int((ended - begun).total_seconds()) // _SECONDS, 0)))
        for part in _parts(sorted((self._time.keys() | self._running.keys()) - self._tasks.keys())):
            self._keep(_billable().filter(pk__in=part))

    def _keep(self, found: QuerySet[Task]) -> None:
        for (
            pk, client_id, title, due_date, topic_id, topic_is_billable, values, month, is_billable, status,
        ) in found.values_list(*_COLUMNS):  # fmt: skip
            self._tasks[pk] = Done(
                pk=pk,
                client_id=client_id,
                title=title,
                due_date=due_date,
                topic_id=topic_id,
                takes_time=topic_is_billable is not False,
                values=values,
                month=month,
                is_out=not is_billable or status == TaskStatus.CANCELLED,
            )

    def _moments(self, window: Period) -> tuple[dt.datetime, dt.datetime]:
        first = dt.datetime.combine(window.first, dt.time.min, self.zone)
        return first, dt.datetime.combine(window.last, dt.time.max, self.zone)

    def _load_summaries(self, company: Company, window: Period) -> None:
        """Note which months of which client are counted, and which fields take counts."""
        self._counting: dict[int, set[int]] = defaultdict(set)  # client: integrations
        for client_id, integration_id in ClientConnection.objects.filter(
            company=company, integration__is_active=True, integration__summary__is_on=True
        ).values_list("client_id", "integration_id"):
            self._counting[client_id].add(integration_id)
        self._counted: set[tuple[int, int, dt.date]] = set(
            Summary.objects.filter(company=company, month__range=(month_of(window.first), window.last)).values_list(
                "client_id", "integration_id", "month"
            )
        )
        self._fields: dict[int, set[int]] = defaultdict(set)  # integration: fields
        for integration_id, field_id in SummaryField.objects.filter(settings__integration__company=company).values_list(
            "settings__integration_id", "field_id"
        ):
            if field_id:
                self._fields[integration_id].add(field_id)

    # --- what a row makes ------------------------------------------------------------------------------------

    def measure(self, row: ContractRow, client_id: int, period: Period) -> Measure:
        """Return the quantity of a contract's row in a period, without what was billed of it already.

        Each minute and each count goes to the row that asks first.
        """
        product = row.product
        kind = Kind(product.kind)
        if kind is Kind.FIXED:
            return Measure(quantity=row.quantity)
        fresh = [each for each in self._of_client[client_id] if product.topic_id in (None, each.topic_id)]
        if kind is Kind.HOURLY:
            return self._hours(row, fresh, period)
        return self._pieces(row, fresh, client_id, period)

    def change(self, row: ContractRow, client_id: int, period: Period) -> Measure:
        """Return by how much a billed period turned out otherwise since; counts of summaries are told elsewhere.

        What was billed is held against what the same tasks show now, whatever their topic is today; further work counts
        as long as the product is measured as it was then.
        """
        basis = self.standing.basis(row.pk, period.first)
        kind = Kind(row.product.kind)
        if basis is None or basis.kind is not kind or (kind.counts_pieces and basis.field != row.product.field_id):
            return Measure(quantity=ZERO)
        return self.measure(row, client_id, period)

    def _worked(self, task: Done, period: Period) -> int:
        return sum(minutes for day, minutes in self._time.get(task.pk, ()) if period.first <= day <= period.last)

    def _is_free(self, task: Done, period: Period) -> bool:
        return not any(
            overlap(each.first, each.last, period.first, period.last) for each in self._claimed.get(task.pk, ())
        )

    def _free_minutes(self, task: Done, period: Period) -> int:
        claimed = self._claimed.get(task.pk, ())
        return sum(
            minutes
            for day, minutes in self._time.get(task.pk, ())
            if period.first <= day <= period.last and not any(each.first <= day <= each.last for each in claimed)
        )

    def _hours(self, row: ContractRow, fresh: Iterable[Done], period: Period) -> Measure:
        """Sum billable time by task; the time of each task in the period is rounded up once."""
        own = self.standing.minutes(row.pk, period.first)
        found: list[Source] = []
        running: list[Done] = []
        for task_id, (worked, billed) in own.items():
            task = self._tasks[task_id]
            now = self._worked(task, period)
            if now != worked and (minutes := rounded_up(now, self.minutes_step) - billed):
                found.append(Source(task=task, quantity=hours(minutes), minutes=minutes, worked=now - worked))
        for task in fresh:
            if task.pk in own:
                continue
            if self._is_free(task, period) and any(
                period.first <= day <= period.last for day in self._running.get(task.pk, ())
            ):
                running.append(task)
            if not task.takes_time:
                continue
            if spent := self._free_minutes(task, period):
                minutes = rounded_up(spent, self.minutes_step)
                found.append(Source(task=task, quantity=hours(minutes), minutes=minutes, worked=spent))
                self._claimed[task.pk].append(period)
        total = hours(sum(each.minutes for each in found))
        return Measure(quantity=total, sources=tuple(found), running=tuple(running))

    def _pieces(self, row: ContractRow, fresh: Iterable[Done], client_id: int, period: Period) -> Measure:
        """Sum a field over the tasks due in the period.

        A task is counted once for a product: one whose day was moved, or whose month two contracts share, is not
        billed twice.
        """
        product = row.product
        own = self.standing.pieces(row.pk, period.first)
        found = [*self._changed_pieces(product, own)]
        for task in fresh:
            if task.pk in own or (task.pk, product.pk) in self.taken:
                continue
            if not overlap(*task.days, period.first, period.last):
                continue
            value = number(task.values.get(str(product.field_id)))
            if value is not None:
                found.append(Source(task=task, quantity=value, is_summary=task.month is not None))
                self.taken.add((task.pk, product.pk))
        total = round_quantity(sum((each.quantity for each in found), ZERO))
        return Measure(quantity=total, sources=tuple(found), missing=self._missing(product, client_id, period))

    def _changed_pieces(self, product: Product, own: Mapping[int, Decimal]) -> Iterator[Source]:
        for task_id, billed in own.items():
            task = self._tasks[task_id]
            if task.month is not None:
                continue  # a count of a billed month stays; what differs is a difference of the summary
            now = ZERO if task.is_out else number(task.values.get(str(product.field_id))) or ZERO
            if now != billed:
                yield Source(task=task, quantity=now - billed)

    def _missing(self, product: Product, client_id: int, period: Period) -> tuple[dt.date, ...]:
        """Return the months of a period whose counts should be there and are not."""
        months: list[dt.date] = []
        month = month_of(period.first)
        while month <= period.last:
            for integration_id in self._counting.get(client_id, ()):
                is_mapped = product.field_id in self._fields[integration_id]
                if is_mapped and (client_id, integration_id, month) not in self._counted:
                    months.append(month)
                    break
            month = add_months(month, 1)
        return tuple(months)


def _parts(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + _MOST_IDS] for start in range(0, len(ids), _MOST_IDS))


def _billable() -> QuerySet[Task]:
    return Task.objects.filter(is_billable=True).exclude(status=TaskStatus.CANCELLED)
