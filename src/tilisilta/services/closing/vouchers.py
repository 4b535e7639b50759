"""The vouchers of a period and what they take the place of.

Every sending again makes a revision of its own, whose vouchers replace what stands in the target. What stands there is
told by the id map alone: a voucher that never arrived is passed over for the one that it should have replaced.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from tilisilta.core.documents import DocumentKind, JournalEntry, encode_document
from tilisilta.services.closing import sums
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.sums import Entry
from tilisilta.store.models import Binding, ClosedPeriod, Integration, PeriodVoucher

_WITHDRAWAL: Final = re.compile(r"-w\d+\Z")


class Standing(msgspec.Struct, frozen=True):
    """A voucher that stands in the target."""

    source_id: str
    date: dt.date


def standing(periods: Iterable[ClosedPeriod], integration: Integration) -> list[Standing]:
    """Return what the last revisions of these periods left in the integration's target, in order of their days."""
    found: dict[str, Standing] = {}
    for period in periods:
        every = PeriodVoucher.objects.filter(period__company_id=period.company_id, period__side=period.side)
        known = {row.source_id: row for row in every.only("source_id", "date", "replaces", "revision", "period_id")}
        replaced = {row.replaces for row in known.values() if row.replaces}
        arrived = _arrived(known, integration)
        last = [row for row in known.values() if (row.period_id, row.revision) == (period.pk, period.revision)]
        for leaf in last:
            if leaf.source_id in replaced:
                continue
            row: PeriodVoucher | None = leaf
            while row is not None and row.source_id not in arrived:
                row = known.get(row.replaces)
            if row is not None and not is_withdrawal(row.source_id):
                found[row.source_id] = Standing(row.source_id, row.date)
    return sorted(found.values(), key=lambda each: (each.date, each.source_id))


def _arrived(source_ids: Iterable[str], integration: Integration) -> set[str]:
    wanted = sorted(source_ids)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        rows = Binding.objects.filter(
            source_connection_id=integration.source_id,
            target_connection_id=integration.target_id,
            kind=DocumentKind.JOURNAL_ENTRY,
            source_id__in=wanted[start : start + 500],
        )
        found.update(rows.values_list("source_id", flat=True))
    return found


def is_withdrawal(source_id: str) -> bool:
    """Return whether a voucher only takes an older one back.

    >>> is_withdrawal("period-3-r2-w1"), is_withdrawal("period-3-r2-2026-10-31")
    (True, False)
    """
    return _WITHDRAWAL.search(source_id) is not None


def write(period: ClosedPeriod, entries: Sequence[Entry], old: Sequence[Standing]) -> list[PeriodVoucher]:
    """Store the vouchers of a period's present revision and return them.

    Each replaces the old one of its own day, else one that is left over; old ones beyond that are withdrawn.
    """
    company, days = period.company, Range(period.date_from, period.date_to)
    left = list(old)
    by_entry: dict[dt.date, str] = {}
    for entry in entries:
        same = next((each for each in left if each.date == entry.date), None)
        if same is not None:
            by_entry[entry.date] = same.source_id
            left.remove(same)
    for entry in entries:
        if entry.date not in by_entry and left:
            by_entry[entry.date] = left.pop(0).source_id
    number = f"{period.pk}/{period.revision}"
    stem = f"period-{period.pk}-r{period.revision}"
    documents: list[JournalEntry] = [
        sums.journal_entry(
            entry,
            company=company,
            side=period.side,
            days=days,
            source_id=f"{stem}-{entry.date.isoformat()}",
            number=number,
            replaces=by_entry.get(entry.date, ""),
        )
        for entry in entries
    ]
    documents += [
        sums.withdrawal(
            company=company,
            side=period.side,
            days=days,
            # The run asks for the period's days, so that is where what is taken back must be listed.
            date=min(max(each.date, days.first), days.last),
            source_id=f"{stem}-w{index}",
            number=number,
            replaces=each.source_id,
        )
        for index, each in enumerate(left, 1)
    ]
    return PeriodVoucher.objects.bulk_create(_row(period, each) for each in documents)


def _row(period: ClosedPeriod, document: JournalEntry) -> PeriodVoucher:
    return PeriodVoucher(
        period=period,
        source_id=document.source_id,
        date=document.date,
        revision=period.revision,
        replaces=document.replaces,
        payload=encode_document(document),
    )
