"""The report of tasks and the counts in their fields: filtered, in chosen columns, added up, grouped, taken out.

Numbers are added exactly, as decimals. The report reads the tasks that are there; planned ones have no counts yet.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import msgspec
from django.db.models import DecimalField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import values as field_values
from tilisilta.services.practice.client_checks import contains
from tilisilta.services.practice.client_lists import by_value
from tilisilta.services.practice.fields import live_fields
from tilisilta.services.practice.values import ValueText
from tilisilta.services.tables import Cell, write_csv, write_xlsx
from tilisilta.services.tasks import messages
from tilisilta.services.tasks.lists import UNDER_WAY, minutes, with_time
from tilisilta.services.tasks.tasks import tasks_of
from tilisilta.store.models import (
    Company,
    CustomField,
    FieldSubject,
    FieldType,
    ListChoice,
    Task,
    TaskOrigin,
    TaskStatus,
    User,
)

messages.make_known()

LIST_NAME: Final = "report"
MAX_SPAN: Final = dt.timedelta(days=3660)
PLAIN_COLUMNS: Final[dict[str, Promise]] = {
    "client": _("Client"),
    "title": _("Title"),
    "topic": _("Topic"),
    "assignee": _("Assignee"),
    "status": _("Status"),
    "start_date": _("Start"),
    "due_date": _("Deadline"),
    "done_at": _("Done"),
    "origin": _("Made by"),
    "estimate": _("Estimate, h"),
    "spent": _("Time, h"),
    "billable_spent": _("Billable time, h"),
}
USUAL: Final = ("client", "title", "due_date", "status", "assignee", "spent")
TIMES: Final = ("estimate", "spent", "billable_spent")
GROUPS: Final[dict[str, Promise]] = {
    "client": _("Client"),
    "member": _("Person"),
    "topic": _("Topic"),
    "month": _("Month"),
}
_RANGE: Final = ".."
_HOUR: Final = Decimal(60)
_CENT: Final = Decimal("0.01")


class ReportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks a report counts; what is empty does not narrow it. Days are due days, both included.

    `status` as in lists. `values` are of custom fields by the field's id: a number ("5"), a range ("5..10", "5.."), a
    choice (of several: one of them), a part of a text, "1" for ticked boxes.
    """

    due_from: dt.date | None = None
    due_to: dt.date | None = None
    client_id: int | None = None
    group_id: int | None = None
    member_id: int | None = None
    topic_id: int | None = None
    status: str = ""
    origin: str = ""
    text: str = ""
    values: Mapping[str, str] = {}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column: `key` is a plain one's name or "field:<id>"."""

    key: str
    label: str
    is_number: bool = False
    field: CustomField | None = None


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task with its cells as stored, in the order of the columns."""

    task: Task
    cells: tuple[Any, ...]


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks that belong together: how many, and the sums of the number columns."""

    key: str  # an id, a month's first day in ISO 8601, or empty for none
    label: str
    count: int
    sums: Mapping[str, Decimal]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """All tasks of a report: how many, sums by column, and its groups when it is grouped."""

    count: int
    sums: Mapping[str, Decimal]
    groups: tuple[GroupRow, ...] = ()


# --- columns ------------------------------------------------------------------------------------------------


def columns_of(company: Company) -> list[Column]:
    """Return every column that a bureau's report may have."""
    plain = [Column(key=key, label=str(label), is_number=key in TIMES) for key, label in PLAIN_COLUMNS.items()]
    return plain + [
        Column(key=f"field:{field.pk}", label=field.title, is_number=field.type in field_values.NUMERIC, field=field)
        for field in live_fields(company, FieldSubject.TASK)
    ]


def chosen_columns(company: Company, user: User | None, asked: Sequence[str] = ()) -> list[Column]:
    """Return the columns to show: those asked for, else those that the person chose, else the usual ones with the
    bureau's own number fields.
    """
    known = {each.key: each for each in columns_of(company)}
    keys = [key for key in asked if key in known]
    if not keys and user is not None:
        kept = ListChoice.objects.filter(company=company, user=user, name=LIST_NAME).first()
        keys = [key for key in (kept.columns if kept else []) if key in known]
    if not keys:
        listed = [key for key, each in known.items() if each.field and each.field.is_listed and each.is_number]
        keys = [*USUAL, *listed]
    return [known[key] for key in dict.fromkeys(keys)]


def keep_columns(company: Company, user: User, keys: Sequence[str]) -> None:
    """Remember which columns a person wants, in the report's own order; none brings the usual ones back."""
    known = [each.key for each in columns_of(company) if each.key in set(keys)]
    ListChoice.objects.update_or_create(company=company, user=user, name=LIST_NAME, defaults={"columns": known})


# --- which tasks --------------------------------------------------------------------------------------------


def found_tasks(company: Company, wanted: ReportFilter) -> QuerySet[Task]:
    """Return the tasks that a report counts, by due day.

    Raises:
        ServiceError: DATES_REVERSED, REPORT_SPAN, REPORT_FILTER_NUMBER.
    """
    if wanted.due_from and wanted.due_to:
        if wanted.due_from > wanted.due_to:
            raise ServiceError("DATES_REVERSED")
        if wanted.due_to - wanted.due_from > MAX_SPAN:
            raise ServiceError("REPORT_SPAN")
    found = tasks_of(company)
    plain = {
        "due_date__gte": wanted.due_from,
        "due_date__lte": wanted.due_to,
        "client_id": wanted.client_id,
        "client__groups": wanted.group_id,
        "assignee_id": wanted.member_id,
        "topic_id": wanted.topic_id,
        "origin": wanted.origin,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value not in (None, "")})
    if wanted.text:
        found = found.filter(contains("title", wanted.text))
    if wanted.status == "under_way":
        found = found.filter(status__in=UNDER_WAY)
    elif wanted.status:
        found = found.filter(status=wanted.status)
    fields = {str(field.pk): field for field in live_fields(company, FieldSubject.TASK)}
    for key, text in wanted.values.items():
        if key in fields and text.strip():
            found = _with_value(found, fields[key], text.strip())
    return found.order_by("due_date", "pk")


def _with_value(found: QuerySet[Task], field: CustomField, text: str) -> QuerySet[Task]:
    name = f"field_{field.pk}"
    value = ValueText(field)
    if field.type == FieldType.CHECKBOX:
        is_ticked = {f"{name}__isnull": text != "1"}
        return found.alias(**{name: value}).filter(**is_ticked)
    if field.type in field_values.NUMERIC:
        low, high = _range(field, text)
        found = found.alias(**{name: Cast(value, DecimalField(max_digits=24, decimal_places=6))})
        bounds = {f"{name}__gte": low, f"{name}__lte": high}
        return found.filter(**{key: bound for key, bound in bounds.items() if bound is not None})
    return by_value(found, field, text)


def _range(field: CustomField, text: str) -> tuple[Decimal | None, Decimal | None]:
    low, mark, high = text.replace(" ", "").replace(",", ".").partition(_RANGE)
    ends = [field_values.number(each) if each else None for each in ((low, high) if mark else (low, low))]
    if any(each and end is None for each, end in zip((low, high if mark else ""), ends, strict=True)):
        raise ServiceError("REPORT_FILTER_NUMBER", field=field.title)
    if ends == [None, None]:
        raise ServiceError("REPORT_FILTER_NUMBER", field=field.title)
    return ends[0], ends[1]


# --- rows and sums ------------------------------------------------------------------------------------------


def hours(whole_minutes: int | None) -> Decimal:
    """Return minutes as hours with two decimals, rounded half up.

    >>> hours(50)
    Decimal('0.83')
    """
    return (Decimal(whole_minutes or 0) / _HOUR).quantize(_CENT, rounding=ROUND_HALF_UP)


def rows(found: QuerySet[Task], columns: Sequence[Column]) -> Iterator[ReportRow]:
    """Return tasks with the cells of these columns; times are hours as decimals, numbers decimals."""
    needs_time = any(each.key in {"spent", "billable_spent"} for each in columns)
    for task in (with_time(found) if needs_time else found).iterator(chunk_size=1000):
        yield ReportRow(task=task, cells=tuple(_cell(task, column) for column in columns))


def _cell(task: Task, column: Column) -> Any:
    if column.field is not None:
        stored = task.values.get(str(column.field.pk))
        return field_values.number(stored) if column.is_number else stored
    plain: dict[str, Callable[[], Any]] = {
        "client": lambda: task.client.name,
        "topic": lambda: task.topic.name if task.topic else "",
        "assignee": lambda: str(task.assignee or ""),
        "status": lambda: str(TaskStatus(task.status).label),
        "origin": lambda: str(TaskOrigin(task.origin).label),
        "estimate": lambda: hours(task.estimate_minutes) if task.estimate_minutes else None,
        "spent": lambda: _spent(task, "spent"),
        "billable_spent": lambda: _spent(task, "billable_spent"),
    }
    return plain[column.key]() if column.key in plain else getattr(task, column.key)


def _spent(task: Task, name: str) -> Decimal | None:
    found = minutes(getattr(task, name))
    return hours(found) if found else None


class _Sum:
    """Numbers of several columns added up; times in whole minutes until the end, so that nothing is rounded twice."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = [each for each in columns if each.is_number]
        self.count = 0
        self.found = {each.key: Decimal(0) for each in self.columns}

    def add(self, values: Mapping[str, Any], times: Mapping[str, int]) -> None:
        self.count += 1
        for each in self.columns:
            if each.field is None:
                self.found[each.key] += times[each.key]
            else:
                self.found[each.key] += field_values.number(values.get(str(each.field.pk))) or 0

    @property
    def sums(self) -> dict[str, Decimal]:
        return {
            each.key: hours(int(self.found[each.key])) if each.field is None else self.found[each.key]
            for each in self.columns
        }


_GROUP_FIELDS: Final = {
    "client": ("client_id", "client__name"),
    "member": ("assignee_id", "assignee__name", "assignee__email"),
    "topic": ("topic_id", "topic__name"),
    "month": ("due_date",),
}


def totals(found: QuerySet[Task], columns: Sequence[Column], group_by: str = "") -> Totals:
    """Return how many tasks there are and the sums of the number columns, for all and for each group.

    Args:
        found: The tasks.
        columns: Those that are numbers are added up.
        group_by: "client", "member", "topic" or "month"; empty for no groups. Months stand in their order, others by
            name, those without one last.
    """
    needs_time = any(each.key in {"spent", "billable_spent"} for each in columns)
    times = ("spent", "billable_spent") if needs_time else ()
    keys = _GROUP_FIELDS.get(group_by, ())
    # The counts of a task are read only where they are added up: they are most of what a task weighs.
    counts = ("values",) if any(each.field is not None and each.is_number for each in columns) else ()
    asked = (with_time(found) if needs_time else found).order_by()
    read = asked.values_list("estimate_minutes", *counts, *times, *keys)
    whole = _Sum(columns)
    parts: dict[tuple[str, str], _Sum] = {}
    for estimate, *rest in read.iterator(chunk_size=2000):
        stored = rest.pop(0) if counts else {}
        spent = dict(zip(times, map(minutes, rest[: len(times)]), strict=True)) | {"estimate": estimate or 0}
        whole.add(stored, spent)
        if keys:
            group = _group(group_by, rest[len(times) :])
            if group not in parts:
                parts[group] = _Sum(columns)
            parts[group].add(stored, spent)
    order = sorted(parts, key=lambda group: (not group[0], group[0] if group_by == "month" else group[1].casefold()))
    groups = tuple(
        GroupRow(key=group[0], label=group[1], count=parts[group].count, sums=parts[group].sums) for group in order
    )
    return Totals(count=whole.count, sums=whole.sums, groups=groups)


def _group(group_by: str, parts: Sequence[Any]) -> tuple[str, str]:
    if group_by == "month":
        month = parts[0].replace(day=1)
        return month.isoformat(), f"{month:%Y-%m}"
    key = "" if parts[0] is None else str(parts[0])
    label = next((str(each) for each in parts[1:] if each), "")
    return key, label


# --- out ----------------------------------------------------------------------------------------------------


def export(
    company: Company, wanted: ReportFilter, columns: Sequence[Column], file_format: str, group_by: str = ""
) -> tuple[str, bytes]:
    """Return name and bytes of a report as a file: tasks, or groups when it is grouped; the last row is the total.

    Args:
        company: Whose report.
        wanted: Which tasks.
        columns: In this order.
        file_format: "csv" or "xlsx".
        group_by: As in `totals`.

    Raises:
        ServiceError: as `found_tasks`.
    """
    found = found_tasks(company, wanted)
    summed = totals(found, columns, group_by)
    if group_by:
        numbers = [each for each in columns if each.is_number]
        headers = [str(GROUPS[group_by]), gettext("Tasks"), *(each.label for each in numbers)]
        table: list[list[Cell]] = [
            [each.label, each.count, *(each.sums[column.key] for column in numbers)] for each in summed.groups
        ]
        table.append([gettext("Total"), summed.count, *(summed.sums[column.key] for column in numbers)])
    else:
        headers = [each.label for each in columns]
        table = [
            [_file_cell(value, column) for value, column in zip(row.cells, columns, strict=True)]
            for row in rows(found, columns)
        ]
        if any(each.is_number for each in columns):
            table.append(_total_row(summed, columns))
    title = gettext("Tasks")
    name = f"{title} {wanted.due_from or ''}{'–' if wanted.due_from or wanted.due_to else ''}{wanted.due_to or ''}"
    name = f"{name.strip()}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, table, title=title)
    return name, write_csv(headers, table)


def _total_row(summed: Totals, columns: Sequence[Column]) -> list[Cell]:
    first = next((place for place, each in enumerate(columns) if not each.is_number), None)
    cells: list[Cell] = [summed.sums.get(each.key) for each in columns]
    if first is not None:
        cells[first] = gettext("Total")
    return cells


def _file_cell(value: Any, column: Column) -> Cell:
    if column.field is not None and not column.is_number:
        return field_values.cell(column.field, value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if value is None else value if isinstance(value, Decimal | int) else str(value)
