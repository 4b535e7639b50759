"""What one import of summaries is to do, as its job carries it: which months, which days are looked at, which tasks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from tilisilta.core.summaries import Window
from tilisilta.services.practice.settings import add_months, last_day, month_of
from tilisilta.store.models import SummarySettings


class Tasks(StrEnum):
    """For which months without a task one is made, besides those whose counts change and that have one."""

    MADE = "made"  # the months that are being made, and those that an earlier import missed
    FOUND = "found"  # every month in which something is found
    ALL = "all"  # every month that is looked at


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One import: of the months from `first` to `last`, of which `months` are being made.

    `clients` are the ids of the clients it is for; None for all that are connected. `skipped` are months whose own
    import nobody asked for, because no worker ran then. An import that `overwrites` was asked for by a person to
    replace what was counted: it believes the books even when they are empty all at once.
    """

    integration_id: int
    first: dt.date
    last: dt.date
    months: tuple[dt.date, ...]
    by_date: bool
    tasks: Tasks
    overwrites: bool = False
    clients: tuple[int, ...] | None = None
    skipped: tuple[dt.date, ...] = ()

    @property
    def window(self) -> Window:
        """The days that are looked at."""
        return Window(first=self.first, last=last_day(self.last), months=self.months, by_date=self.by_date)

    @property
    def all_months(self) -> list[dt.date]:
        """Every month that is looked at, in order."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        return [add_months(self.first, at) for at in range(count)]

    @property
    def words(self) -> str:
        """The months as notices name them: "2026-10", or the first and the last."""
        first, last = (self.months[0], self.months[-1]) if not self.overwrites else (self.first, self.last)
        return f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} – {last:%Y-%m}"

    def params(self) -> dict[str, Any]:
        """Return the plan as a job keeps it."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept


def read_plan(params: Mapping[str, Any]) -> Plan:
    """Return the plan that a job keeps."""
    return msgspec.convert(dict(params), Plan)


def month_plan(own: SummarySettings, months: Sequence[dt.date], clients: tuple[int, ...] | None = None) -> Plan:
    """Return the plan of a month's end: the months being made, and as many before them as the look-back has."""
    return Plan(
        integration_id=own.integration_id,
        first=add_months(months[0], -own.look_back_months),
        last=months[-1],
        months=tuple(months),
        by_date=not own.late_in_current,
        tasks=Tasks.MADE,
        clients=clients,
    )


def reload_plan(own: SummarySettings, today: dt.date, clients: tuple[int, ...] | None = None) -> Plan:
    """Return the plan of the last months and the one under way, each entry in the month of its date (U54, U55)."""
    last = month_of(today)
    months = tuple(add_months(last, at) for at in range(-own.reload_months, 1))
    return Plan(
        integration_id=own.integration_id,
        first=months[0],
        last=last,
        months=months,
        by_date=True,
        tasks=Tasks.FOUND,
        overwrites=True,
        clients=clients,
    )


def period_plan(own: SummarySettings, first: dt.date, last: dt.date, clients: tuple[int, ...] | None) -> Plan:
    """Return the plan of some months by the dates of their entries: a task for each of them (U66, U67)."""
    plan = Plan(
        integration_id=own.integration_id,
        first=first,
        last=last,
        months=(first,),
        by_date=True,
        tasks=Tasks.ALL,
        overwrites=True,
        clients=clients,
    )
    return msgspec.structs.replace(plan, months=tuple(plan.all_months))
