"""The months of a bookkeeping system's clients side by side: what was counted, what is missing, which keys fail."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from django.db.models import Q, QuerySet, Sum

from tilisilta.services.practice.settings import add_months, month_of
from tilisilta.services.problem_catalogue import Description, describe
from tilisilta.store.models import (
    Client,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    Job,
    JobItem,
    JobItemState,
    PracticeIntegration,
    Summary,
    SummaryDifference,
)

MONTHS_SHOWN: Final = 12
CLIENTS_A_PAGE: Final = 50


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One client's month. `number` is what the summary shows; `difference` what came after it was billed."""

    month: dt.date
    summary: Summary | None = None
    number: int | None = None
    difference: int = 0

    @property
    def is_billed(self) -> bool:
        return self.summary is not None and self.summary.billed_counts is not None

    @property
    def total(self) -> int | None:
        """What counts by now: what is shown, and what came after it was billed."""
        return None if self.number is None else self.number + self.difference


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One client's months; `connection` is None when its key was removed."""

    client: Client
    cells: tuple[Cell, ...]
    connection: Connection | None = None

    @property
    def is_failing(self) -> bool:
        return self.connection is not None and self.connection.state == ConnectionState.NEEDS_RECONNECT


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A client that cannot be counted, and why."""

    client: Client
    problem: Description
    connection: Connection | None = None


def summaries(
    company: Company, *, vendor: str = "", client_id: int | None = None, month: dt.date | None = None
) -> QuerySet[Summary]:
    """Return a company's summaries, of one system, client or month where one is named."""
    found = Summary.objects.filter(company=company).select_related("client", "integration")
    if vendor:
        found = found.filter(integration__vendor=vendor)
    if client_id is not None:
        found = found.filter(client_id=client_id)
    if month is not None:
        found = found.filter(month=month)
    return found.prefetch_related("differences")


def months_shown(today: dt.date, last: dt.date | None = None) -> list[dt.date]:
    """Return the months of the overview, oldest first; without `last` they end with the one under way."""
    newest = month_of(last or today)
    return [add_months(newest, at) for at in range(1 - MONTHS_SHOWN, 1)]


def clients_of(integration: PracticeIntegration, text: str = "") -> QuerySet[Client]:
    """Return the clients that are connected with a system, or were and have summaries, by name."""
    connected = ClientConnection.objects.filter(integration=integration).values("client")
    summed = Summary.objects.filter(integration=integration).values("client")
    found = Client.objects.filter(Q(pk__in=connected) | Q(pk__in=summed), company_id=integration.company_id)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(registry_code=text))
    return found.order_by("name", "pk")


def rows_of(
    integration: PracticeIntegration, clients: Sequence[Client], months: Sequence[dt.date], code: str
) -> list[Row]:
    """Return the rows of some clients, with the number of one count in each month."""
    found = Summary.objects.filter(integration=integration, client__in=clients, month__in=months)
    by_place = {(each.client_id, each.month): each for each in found}
    told = (
        SummaryDifference.objects.filter(summary__in=by_place.values(), count=code)
        .values("summary_id")
        .annotate(sum=Sum("quantity"))
    )
    differences = {row["summary_id"]: row["sum"] for row in told.order_by()}
    connections = {
        each.client_id: each.connection
        for each in ClientConnection.objects.filter(integration=integration, client__in=clients).select_related(
            "connection"
        )
    }
    return [
        Row(
            client=client,
            connection=connections.get(client.pk),
            cells=tuple(_cell(month, by_place.get((client.pk, month)), code, differences) for month in months),
        )
        for client in clients
    ]


def _cell(month: dt.date, summary: Summary | None, code: str, differences: Mapping[int, int]) -> Cell:
    if summary is None:
        return Cell(month=month)
    number = summary.counts.get(code)
    return Cell(month=month, summary=summary, number=number, difference=differences.get(summary.pk, 0))


def totals_of(integration: PracticeIntegration, months: Sequence[dt.date], code: str) -> list[int]:
    """Return what counts in each month over all clients, differences of billed months among it."""
    found = Summary.objects.filter(integration=integration, month__in=months)
    summed = dict.fromkeys(months, 0)
    for month, counts in found.values_list("month", "counts").iterator():
        summed[month] += int(counts.get(code, 0))
    told = SummaryDifference.objects.filter(
        summary__integration=integration, summary__month__in=months, count=code
    ).values("summary__month")
    for row in told.annotate(sum=Sum("quantity")).order_by():
        summed[row["summary__month"]] += row["sum"]
    return [summed[month] for month in months]


def failing(integration: PracticeIntegration, newest: Job | None) -> list[Failing]:
    """Return the clients whose key fails, and those that the newest import could not count for another reason."""
    broken = ClientConnection.objects.filter(
        integration=integration, connection__state=ConnectionState.NEEDS_RECONNECT
    ).select_related("client", "connection")
    found = [
        Failing(
            client=each.client,
            connection=each.connection,
            problem=describe(each.connection.problem_code, each.connection.problem_params),
        )
        for each in broken.order_by("client__name", "client_id")
    ]
    if newest is None:
        return found
    named = {each.client.pk for each in found}
    items = [each for each in _failed_items(newest) if each.subject_id not in named]
    clients = Client.objects.in_bulk([each.subject_id for each in items if each.subject_id is not None])
    found += [
        Failing(client=clients[each.subject_id], problem=describe(each.problem_code, each.problem_params))
        for each in items
        if each.subject_id in clients
    ]
    return found


def _failed_items(job: Job) -> list[JobItem]:
    return list(job.items.filter(state=JobItemState.FAILED).order_by("position"))


def problem_of(job: Job) -> Description | None:
    """Return why a whole import failed, in the reader's language."""
    return describe(job.problem_code, job.problem_params) if job.problem_code else None
