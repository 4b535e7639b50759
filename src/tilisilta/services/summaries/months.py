"""What the ledger says, put where people see it: a summary and a task for each month, differences of billed ones.

Runs in the store, inside the transaction that also changes the ledger.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Sum
from django.utils import timezone

from tilisilta.core.summaries import difference
from tilisilta.services.practice.settings import add_months, last_day, month_of, today_of
from tilisilta.services.summaries.counts import kind_of
from tilisilta.services.summaries.plan import Plan, Tasks
from tilisilta.services.tasks.people import assignee_for
from tilisilta.store.models import (
    Client,
    CustomField,
    PracticeIntegration,
    Summary,
    SummaryDifference,
    SummarySettings,
    Task,
    TaskOrigin,
    TaskStatus,
    User,
)


class Written(msgspec.Struct, kw_only=True):
    """What became of a client's months. `changes` are counts that were there and are others now: [before, now]."""

    tasks_made: int = 0
    differences: int = 0
    changes: dict[str, dict[str, list[int]]] = {}


def summaries_of(client: Client, integration: PracticeIntegration) -> dict[dt.date, Summary]:
    """Return a client's summaries by month, locked: whoever bills one of them meanwhile waits."""
    found = Summary.objects.select_for_update(no_key=True, of=("self",)).select_related("task")
    found = found.filter(client=client, integration=integration)
    return {each.month: each for each in found}


def counted_months(summaries: Collection[Summary], codes: Collection[str], zone: str) -> set[tuple[dt.date, str]]:
    """Return the months with the kinds that were counted in them when they had ended.

    A summary that was made during its month, by hand, is not it: what is entered until the month's end is not late.
    A kind that was not fetched then was not counted either.
    """
    kinds = {code: str(kind_of(code)) for code in codes}
    return {
        (each.month, kind)
        for each in summaries
        if has_ended(each, zone)
        for code, kind in kinds.items()
        if code in each.counts
    }


def has_ended(summary: Summary, zone: str) -> bool:
    """Return whether a summary was fetched when its month had ended."""
    if summary.fetched_at is None:
        return False
    return summary.fetched_at.astimezone(ZoneInfo(zone)).date() >= last_day(summary.month)


class Months:
    """Writes the months of one client."""

    def __init__(
        self,
        own: SummarySettings,
        client: Client,
        plan: Plan,
        *,
        fields: Mapping[str, CustomField],
        summaries: Mapping[dt.date, Summary],
        asked_at: dt.datetime,
        owed: Collection[dt.date] = (),
    ) -> None:
        self._own = own
        self._client = client
        self._plan = plan
        self._fields = fields
        self._summaries = dict(summaries)
        self._asked_at = asked_at
        self._owed = set(owed)
        self._told: dict[tuple[int, str], int] = {}

    def write(self, counts: Mapping[dt.date, Mapping[str, int]]) -> Written:
        """Write what counts in each month now; months that were looked at are marked with when that was."""
        written = Written(changes={})
        looked_at = set(self._plan.all_months)
        wanted = self._months_with_task(counts)
        self._told = self._told_before(counts)
        only_seen: list[int] = []
        new: list[Summary] = []
        for month in sorted(counts):
            summary = self._summaries.get(month) or Summary(
                company_id=self._client.company_id,
                client=self._client,
                integration=self._own.integration,
                month=month,
            )
            before = (dict(summary.counts), summary.task_id)
            self._count(summary, counts[month], written)
            if summary.task is not None:
                self._fill(summary.task, summary)
            elif month in wanted:
                summary.task = self._task(month, summary)
                written.tasks_made += 1
            if month in looked_at:
                summary.fetched_at = self._asked_at
            if month not in self._summaries:
                new.append(summary)
            elif before != (summary.counts, summary.task_id):
                summary.save(update_fields=["counts", "task", "fetched_at"])
            elif month in looked_at:
                only_seen.append(summary.pk)
        Summary.objects.bulk_create(new)
        Summary.objects.filter(pk__in=only_seen).update(fetched_at=self._asked_at)
        return written

    def _months_with_task(self, counts: Mapping[dt.date, Mapping[str, int]]) -> set[dt.date]:
        found = {month for month, by_code in counts.items() if any(by_code.values())}
        if self._plan.tasks is Tasks.ALL:
            return set(self._plan.all_months)
        if self._plan.tasks is Tasks.FOUND:
            return found & set(self._plan.all_months)
        made = set(self._plan.months)
        first = min((month for month, each in self._summaries.items() if each.task is not None), default=None)
        missed = {month for month in self._plan.all_months if not self._was_counted(month)}
        # A month that an earlier import missed has its own task; months before the first one were not ours.
        made |= self._owed & missed
        if first is not None:
            made |= {month for month in missed if first < month < self._plan.months[0]}
        if self._plan.by_date:
            made |= missed & found
        return made

    def _was_counted(self, month: dt.date) -> bool:
        """Return whether a month was counted after it had ended, so that its task was made if it was to have one."""
        summary = self._summaries.get(month)
        return summary is not None and has_ended(summary, self._client.company.time_zone)

    def _told_before(self, counts: Mapping[dt.date, Mapping[str, int]]) -> dict[tuple[int, str], int]:
        billed = [each for month in counts if (each := self._summaries.get(month)) and each.billed_counts is not None]
        if not billed:
            return {}
        rows = SummaryDifference.objects.filter(summary__in=billed).values("summary_id", "count")
        return {
            (row["summary_id"], row["count"]): row["told"] for row in rows.annotate(told=Sum("quantity")).order_by()
        }

    def _count(self, summary: Summary, now: Mapping[str, int], written: Written) -> None:
        """Let a summary show what counts now; of a billed one only say what differs from what was billed."""
        if summary.billed_counts is None:
            changes = {
                code: [summary.counts[code], number]
                for code, number in now.items()
                if code in summary.counts and summary.counts[code] != number
            }
            if changes:
                written.changes[f"{summary.month:%Y-%m}"] = changes
            summary.counts = {**summary.counts, **now}
            return
        # A number that is fetched for the first time was not billed and is no difference: it begins here.
        summary.counts = {**now, **summary.counts}
        for code, number in now.items():
            billed = int(summary.billed_counts.get(code, summary.counts[code]))
            found = difference(number, billed, [self._told.get((summary.pk, code), 0)])
            if found:
                SummaryDifference.objects.create(summary=summary, count=code, quantity=found, found_at=timezone.now())
                written.differences += 1

    def _task(self, month: dt.date, summary: Summary) -> Task:
        # What is brought in of months long ended is no work that waits for anybody.
        is_past = month < add_months(month_of(today_of(self._client.company)), -1)
        return Task.objects.create(
            company_id=self._client.company_id,
            client=self._client,
            title=self._own.title,
            topic=self._own.topic,
            due_date=last_day(month),
            assignee=self._assignee,
            is_billable=self._own.topic.is_billable if self._own.topic is not None else True,
            origin=TaskOrigin.SUMMARY,
            status=TaskStatus.DONE if is_past else TaskStatus.OPEN,
            done_at=timezone.now() if is_past else None,
            values=self._values(summary),
        )

    @cached_property
    def _assignee(self) -> User | None:
        return assignee_for(self._client)

    def _fill(self, task: Task, summary: Summary) -> None:
        """Put the counts into the task's fields; what else people wrote into the task stays as it is."""
        values = self._values(summary)
        if {**task.values, **values} == task.values:
            return
        # Read again under its lock, so that what a person saves in this moment stays.
        locked = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
        locked.values, locked.updated_at = {**locked.values, **values}, timezone.now()
        locked.save(update_fields=["values", "updated_at"])

    def _values(self, summary: Summary) -> dict[str, Any]:
        return {
            str(field.pk): str(summary.counts[code]) for code, field in self._fields.items() if code in summary.counts
        }
