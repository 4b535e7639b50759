"""Behind a count: the entries that it is made of, by kind and month, the late and the deleted ones among them."""

from typing import Final

import msgspec
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext

from tilisilta.services.summaries.counts import codes_of, count_label, counts_rows, kind_label, kind_of
from tilisilta.services.summaries.ledger import LATE, is_late
from tilisilta.services.tables import Cell, write_csv, write_xlsx
from tilisilta.store.models import Company, SeenEntry, Summary, SummaryDifference, Task

MOST_EXPORTED: Final = 100_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One count of a month: what the task shows, what came after it was billed, and how many entries came late."""

    code: str
    label: str
    kind: str
    number: int
    billed: int | None = None
    difference: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        """What counts by now."""
        return (self.number if self.billed is None else self.billed) + self.difference


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A month's counts as its task shows them. `differences` are those that were found after it was billed."""

    summary: Summary
    lines: tuple[Line, ...]
    differences: tuple[SummaryDifference, ...]

    @property
    def is_billed(self) -> bool:
        return self.summary.billed_counts is not None


def get_summary(company: Company, pk: int) -> Summary:
    """Return a summary of a company. Raises: Summary.DoesNotExist."""
    found = Summary.objects.select_related("client", "integration", "task")
    return found.get(company=company, pk=pk)


def panel_of(task: Task) -> Panel | None:
    """Return the counts behind a task; None for a task that no summary made."""
    summary = Summary.objects.filter(task=task).select_related("client", "integration").first()
    return None if summary is None else panel(summary)


def panel(summary: Summary) -> Panel:
    """Return a month's counts in the system's order, with what differs since it was billed."""
    differences = tuple(summary.differences.order_by("found_at", "pk"))
    told: dict[str, int] = {}
    for each in differences:
        told[each.count] = told.get(each.count, 0) + each.quantity
    counted = _behind(summary).filter(LATE, gone_at=None).values("kind").annotate(late=Count("id")).order_by()
    late = {row["kind"]: row["late"] for row in counted}
    billed = summary.billed_counts
    lines = tuple(
        Line(
            code=code,
            label=count_label(code),
            kind=str(kind_of(code)),
            number=int(summary.counts[code]),
            billed=None if billed is None else int(billed.get(code, summary.counts[code])),
            difference=told.get(code, 0),
            late=0 if counts_rows(code) else late.get(str(kind_of(code)), 0),
        )
        for code in codes_of(summary.integration.vendor)
        if code in summary.counts
    )
    return Panel(summary=summary, lines=lines, differences=differences)


def _behind(summary: Summary) -> QuerySet[SeenEntry]:
    return SeenEntry.objects.filter(
        client_id=summary.client_id, integration_id=summary.integration_id, counted_in=summary.month
    )


def entries(summary: Summary, kind: str = "", only: str = "") -> QuerySet[SeenEntry]:
    """Return the entries that a month counts, by date; deleted ones stay visible and count nothing.

    Args:
        summary: Client and month.
        kind: A code of `EntryKind`; empty for all.
        only: "late" or "gone" narrows to those.
    """
    found = _behind(summary)
    if kind:
        found = found.filter(kind=kind)
    if only == "late":
        found = found.filter(LATE, gone_at=None)
    elif only == "gone":
        found = found.exclude(gone_at=None)
    return found.order_by("entry_date", "number", "pk")


class Totals(msgspec.Struct, frozen=True):
    """How many entries of a list count, and their rows."""

    entries: int
    rows: int


def totals(found: QuerySet[SeenEntry]) -> Totals:
    """Return what a list of entries comes to; deleted ones are left out."""
    row = found.filter(gone_at=None).order_by().aggregate(entries=Count("id"), lines=Sum("rows"))
    return Totals(int(row["entries"]), int(row["lines"] or 0))


def export(summary: Summary, kind: str, only: str, file_format: str) -> tuple[str, bytes]:
    """Return the entries behind a month as a file: its name and content. `file_format` is "csv" or "xlsx"."""
    headers = [
        gettext("Client"),
        gettext("Month"),
        gettext("Kind"),
        gettext("Number"),
        gettext("Other party"),
        gettext("Date"),
        gettext("Entered"),
        gettext("Rows"),
        gettext("Late"),
        gettext("Deleted"),
        gettext("Id"),
    ]
    found = entries(summary, kind, only)[:MOST_EXPORTED]
    rows = [_exported(summary, each) for each in found]
    name = f"{summary.client.registry_code or summary.client_id}-{summary.month:%Y-%m}{f'-{kind}' if kind else ''}"
    if file_format == "xlsx":
        return f"{name}.xlsx", write_xlsx(headers, rows, title=f"{summary.month:%Y-%m}")
    return f"{name}.csv", write_csv(headers, rows)


def _exported(summary: Summary, entry: SeenEntry) -> list[Cell]:
    return [
        summary.client.name,
        f"{summary.month:%Y-%m}",
        kind_label(entry.kind),
        entry.number,
        entry.label,
        entry.entry_date.isoformat(),
        entry.entered_at,
        entry.rows,
        gettext("yes") if is_late(entry) else "",
        gettext("yes") if entry.gone_at is not None else "",
        entry.remote_id,
    ]


def months_of_client(company: Company, client_id: int, limit: int = 24) -> list[Summary]:
    """Return a client's newest summaries, newest first."""
    found = Summary.objects.filter(company=company, client_id=client_id).select_related("integration", "task")
    return list(found.order_by("-month", "integration_id")[:limit])
