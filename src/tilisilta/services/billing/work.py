"""What was done for clients in a stretch of days, read once for all of them: counts of tasks, time, summaries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Q

from tilisilta.core.billing import Kind, Period, hours, overlap, round_quantity, rounded_up
from tilisilta.core.money import ZERO
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


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part of a quantity comes from: a task with its count or its minutes."""

    task: Task
    quantity: Decimal
    minutes: int = 0
    is_summary: bool = False


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity, the tasks that make it, and those whose timer is running."""

    quantity: Decimal
    sources: tuple[Source, ...] = ()
    running: tuple[Task, ...] = ()
    missing: tuple[dt.date, ...] = ()  # months whose counts have not been fetched


class Work:
    """Tasks and time of some clients over some days. Nothing is asked of the store after it is made."""

    def __init__(self, company: Company, client_ids: Collection[int], window: Period, *, minutes_step: int) -> None:
        self.zone = ZoneInfo(company.time_zone)
        self.minutes_step = minutes_step
        self._tasks: dict[int, list[Task]] = defaultdict(list)
        self._months: dict[int, dt.date] = {}
        self._time: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
        self._running: dict[int, list[dt.date]] = defaultdict(list)
        ids = sorted(client_ids)
        for start in range(0, len(ids), _MOST_IDS):
            self._load(ids[start : start + _MOST_IDS], window)
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
        timed = self._moments(window)
        tasks = Task.objects.filter(client__in=ids, is_billable=True).exclude(status=TaskStatus.CANCELLED)
        tasks = tasks.filter(due | Q(time_entries__started_at__range=timed)).select_related("topic", "summary")
        for task in tasks.distinct().order_by("due_date", "pk"):
            self._tasks[task.client_id].append(task)
            if (summary := getattr(task, "summary", None)) is not None:
                self._months[task.pk] = summary.month
        entries = TimeEntry.objects.filter(task__client__in=ids, is_billable=True, started_at__range=timed)
        for task_id, begun, ended in entries.values_list("task_id", "started_at", "ended_at"):
            day = begun.astimezone(self.zone).date()
            if ended is None:
                self._running[task_id].append(day)
            else:
                # Whole minutes: a second begun is not a minute worked.
                self._time[task_id].append((day, max(int((ended - begun).total_seconds()) // _SECONDS, 0)))

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

    def measure(self, row: ContractRow, client_id: int, period: Period) -> Measure:
        """Return the quantity of a contract's row in a period."""
        product = row.product
        kind = Kind(product.kind)
        if kind is Kind.FIXED:
            return Measure(quantity=row.quantity)
        tasks = [each for each in self._tasks[client_id] if product.topic_id in (None, each.topic_id)]
        if kind is Kind.HOURLY:
            return self._hours(tasks, period)
        return self._pieces(product, tasks, client_id, period)

    def _hours(self, tasks: list[Task], period: Period) -> Measure:
        """Sum billable time by task; the time of each task in the period is rounded up once."""
        found: list[Source] = []
        running: list[Task] = []
        for task in tasks:
            if any(period.first <= day <= period.last for day in self._running[task.pk]):
                running.append(task)
            if task.topic is not None and not task.topic.is_billable:
                continue
            spent = sum(minutes for day, minutes in self._time[task.pk] if period.first <= day <= period.last)
            if minutes := rounded_up(spent, self.minutes_step):
                found.append(Source(task=task, quantity=hours(minutes), minutes=minutes))
        total = hours(sum(each.minutes for each in found))
        return Measure(quantity=total, sources=tuple(found), running=tuple(running))

    def _pieces(self, product: Product, tasks: list[Task], client_id: int, period: Period) -> Measure:
        """Sum a field over the tasks due in the period; a summary counts in its month, whenever its task is due.

        A task is counted once for a product: one whose day was moved, or whose month two contracts share, is not
        billed twice.
        """
        found: list[Source] = []
        for task in tasks:
            month = self._months.get(task.pk)
            first, last = (month, last_day(month)) if month else (task.due_date, task.due_date)
            if (task.pk, product.pk) in self.taken or not overlap(first, last, period.first, period.last):
                continue
            value = number(task.values.get(str(product.field_id)))
            if value is not None:
                found.append(Source(task=task, quantity=value, is_summary=month is not None))
                self.taken.add((task.pk, product.pk))
        total = round_quantity(sum((each.quantity for each in found), ZERO))
        return Measure(quantity=total, sources=tuple(found), missing=self._missing(product, client_id, period))

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
