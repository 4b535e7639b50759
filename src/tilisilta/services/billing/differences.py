"""Differences of billed months: counts that turned out otherwise later, and what of them was billed so far."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from tilisilta.core.money import ZERO
from tilisilta.services.billing.standing import Standing
from tilisilta.store.models import Company, SummaryDifference, SummaryField


def pending(company: Company, client_ids: Collection[int]) -> list[tuple[SummaryDifference, int | None]]:
    """Return the differences that no invoice has taken yet, oldest month first, each with the task field it counts in.

    Args:
        company: Whose.
        client_ids: Only those of these clients.
    """
    wanted = set(client_ids)
    fields = {
        (integration_id, count): field_id
        for integration_id, count, field_id in SummaryField.objects.filter(
            settings__integration__company=company
        ).values_list("settings__integration_id", "count", "field_id")
    }
    found = SummaryDifference.objects.filter(summary__company=company, is_billed=False).exclude(quantity=0)
    rows = found.select_related("summary", "summary__client").order_by("summary__month", "found_at", "pk")
    return [
        (each, fields.get((each.summary.integration_id, each.count)))
        for each in rows
        if each.summary.client_id in wanted
    ]


def months(company: Company) -> list[dt.date]:
    """Return the oldest month of which a difference waits, if there is one."""
    found = SummaryDifference.objects.filter(summary__company=company, is_billed=False).exclude(quantity=0)
    return list(found.order_by("summary__month").values_list("summary__month", flat=True)[:1])


def waiting_count(company: Company) -> int:
    """Return how many differences wait for the next invoice."""
    return SummaryDifference.objects.filter(summary__company=company, is_billed=False).exclude(quantity=0).count()


def label(count: str) -> str:
    """Return how a count is called in the reader's language."""
    from tilisilta.services.summaries.counts import count_label  # noqa: PLC0415  summaries build on billing's marks

    return str(count_label(count))


class Counted:
    """How much of a row's period was billed so far, differences included, and what the same invoice adds."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._added: dict[tuple[int, dt.date], Decimal] = {}

    def of(self, row_id: int, first: dt.date) -> Decimal:
        """Return the quantity of the period that begins on a day; nothing when it was not billed."""
        return self._standing.quantity(row_id, first) + self._added.get((row_id, first), ZERO)

    def add(self, row_id: int, first: dt.date, quantity: Decimal) -> None:
        """Count in what the same invoice bills."""
        self._added[row_id, first] = self._added.get((row_id, first), ZERO) + quantity
