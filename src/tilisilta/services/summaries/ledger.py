"""The ledger of seen entries: what is remembered of a client's books, in few statements however many entries.

The decision is `core.summaries.decide`; here it is loaded for and stored after. All of it runs in the store, inside the
transaction that also ends the client's item of a job, so that a crash leaves either all of a look or nothing.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from tilisilta.core.errors import Refused
from tilisilta.core.summaries import Decision, Fate, Key, Remembered, Ruling, Window, decide, emptied
from tilisilta.engine.bulk import BulkInsert, day, moment
from tilisilta.engine.database import execute_many
from tilisilta.ports.counts import Entry, EntryKind
from tilisilta.services.summaries.counts import counts_rows, kind_of, system_name
from tilisilta.store.models import Client, PracticeIntegration, SeenEntry

_ID_LENGTH: Final = 120
_AT_ONCE: Final = 500  # names in one IN
_COLUMNS: Final = (
    "company_id", "client_id", "integration_id", "kind", "remote_id", "entry_date", "counted_in", "rows", "version",
    "number", "label", "entered_at", "first_seen_at", "gone_at",
)  # fmt: skip
_INSERT: Final = BulkInsert(SeenEntry, *_COLUMNS)
_UPDATE: Final = (
    f'UPDATE "{SeenEntry._meta.db_table}" SET "entry_date" = %s, "counted_in" = %s, "rows" = %s, "version" = %s, '  # noqa: S608, SLF001  names of our own
    '"number" = %s, "label" = %s, "entered_at" = %s, "gone_at" = NULL WHERE "id" = %s'
)


def stored_id(remote_id: str) -> str:
    """Return an entry's id as the ledger keeps it: itself, or what stands for one that is too long."""
    return remote_id if len(remote_id) <= _ID_LENGTH else f"sha256:{hashlib.sha256(remote_id.encode()).hexdigest()}"


def entries_of(client: Client, integration: PracticeIntegration) -> QuerySet[SeenEntry]:
    """Return what is remembered of a client's books, also entries that are gone."""
    return SeenEntry.objects.filter(client=client, integration=integration)


def known_rows(
    client: Client, integration: PracticeIntegration, window: Window, kinds: Collection[EntryKind]
) -> dict[str, int]:
    """Return the rows that are known of the entries of a window, by `Entry.version`, so that nobody asks again."""
    if not kinds:
        return {}
    found = entries_of(client, integration).filter(
        entry_date__range=(window.first, window.last), kind__in=[str(kind) for kind in kinds], gone_at=None
    )
    return {version: rows for version, rows in found.values_list("version", "rows") if rows is not None}


def take_in(
    client: Client,
    integration: PracticeIntegration,
    window: Window,
    listed: Sequence[Entry],
    *,
    kinds: Collection[EntryKind],
    counted: Collection[tuple[dt.date, str]],
    may_be_emptied: bool = True,
) -> Decision[Entry]:
    """Bring the ledger up to what the books show in a window, and return what that changed.

    Raises:
        Refused: SUMMARY_BOOKS_EMPTIED, unless they `may_be_emptied`; see `core.summaries.emptied`.
    """
    rows = _remembered(client, integration, window, listed)
    memory = {
        (row["kind"], row["remote_id"]): Remembered(row["entry_date"], row["counted_in"], row["gone_at"] is not None)
        for row in rows.values()
    }
    decision = decide(
        window,
        memory,
        [_stored(each) for each in listed],
        kinds={str(kind) for kind in kinds},
        counted=frozenset(counted),
    )
    if not may_be_emptied and (kinds_emptied := emptied(window, memory, decision.gone)):
        count = sum(key[0] in kinds_emptied for key in decision.gone)
        raise Refused("SUMMARY_BOOKS_EMPTIED", system=system_name(integration.vendor), count=count)
    now = timezone.now()
    _INSERT([_new(client, integration, each, now) for each in decision.rulings if each.fate is Fate.NEW])
    known = [(rows[_key(each)], each) for each in decision.rulings if each.fate is not Fate.NEW]
    execute_many(_UPDATE, [_changed(row, each) for row, each in known if _differs(row, each)])
    gone = [rows[key]["id"] for key in decision.gone]
    for start in range(0, len(gone), _AT_ONCE):
        SeenEntry.objects.filter(pk__in=gone[start : start + _AT_ONCE]).update(gone_at=now)
    return decision


def _stored(entry: Entry) -> Entry:
    if len(entry.id) <= _ID_LENGTH:
        return entry
    return msgspec.structs.replace(entry, id=stored_id(entry.id))


def _key(ruling: Ruling[Entry]) -> Key:
    return str(ruling.entry.kind), ruling.entry.id


def _remembered(
    client: Client, integration: PracticeIntegration, window: Window, listed: Iterable[Entry]
) -> dict[Key, dict[str, Any]]:
    """Return what the ledger holds of the days of a window, and of listed entries that were dated elsewhere before."""
    names = ("id", "kind", "remote_id", "entry_date", "counted_in", "rows", "version", "number", "label", "entered_at")
    mine = entries_of(client, integration).values(*names, "gone_at")
    found = {
        (row["kind"], row["remote_id"]): row
        for row in mine.filter(entry_date__range=(window.first, window.last)).iterator()
    }
    missing = sorted({stored_id(each.id) for each in listed if (str(each.kind), stored_id(each.id)) not in found})
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        for row in mine.filter(remote_id__in=part, kind__in=[kind.value for kind in EntryKind]).iterator():
            found.setdefault((row["kind"], row["remote_id"]), row)
    return found


def _new(client: Client, integration: PracticeIntegration, ruling: Ruling[Entry], now: dt.datetime) -> tuple[Any, ...]:
    entry = ruling.entry
    return (
        client.company_id,
        client.pk,
        integration.pk,
        str(entry.kind),
        entry.id,
        day(entry.date),
        day(ruling.month),
        entry.rows,
        *_words(entry),
        moment(now),
        None,
    )


def _words(entry: Entry) -> tuple[str, str, str, str]:
    return entry.version[:200], entry.number[:100], entry.label[:200], entry.entered_at[:40]


def _rows(row: Mapping[str, Any], entry: Entry) -> int | None:
    """Return the rows of an entry: as told now, or as known as long as the entry is the same version."""
    if entry.rows is not None:
        return entry.rows
    return row["rows"] if row["version"] == entry.version[:200] else None


def _differs(row: Mapping[str, Any], ruling: Ruling[Entry]) -> bool:
    entry = ruling.entry
    if ruling.fate is Fate.BACK or row["entry_date"] != entry.date or row["counted_in"] != ruling.month:
        return True
    stored = (row["version"], row["number"], row["label"], row["entered_at"])
    return stored != _words(entry) or bool(row["rows"] != _rows(row, entry))


def _changed(row: Mapping[str, Any], ruling: Ruling[Entry]) -> tuple[Any, ...]:
    entry = ruling.entry
    return day(entry.date), day(ruling.month), _rows(row, entry), *_words(entry), row["id"]


def counts_in(
    client: Client, integration: PracticeIntegration, months: Collection[dt.date], codes: Collection[str]
) -> dict[dt.date, dict[str, int]]:
    """Return what counts in each month by the ledger; every code has a number in every month, zero for none."""
    kinds = {code: str(kind_of(code)) for code in codes}
    found = (
        entries_of(client, integration)
        .filter(counted_in__in=list(months), kind__in=set(kinds.values()), gone_at=None)
        .values("counted_in", "kind")
        .annotate(entries=Count("id"), lines=Sum("rows"))
        .order_by()
    )
    by_month = {(row["counted_in"], row["kind"]): row for row in found}
    nothing = {"entries": 0, "lines": 0}
    return {
        month: {
            code: int(by_month.get((month, kind), nothing)["lines" if counts_rows(code) else "entries"] or 0)
            for code, kind in kinds.items()
        }
        for month in months
    }


def is_late(entry: SeenEntry) -> bool:
    """Return whether an entry counts in a later month than that of its date."""
    return entry.counted_in is not None and entry.counted_in > entry.entry_date.replace(day=1)


# The same as `is_late`, for queries: late entries count after the month of their date has ended.
LATE: Final = Q(counted_in__gt=F("entry_date"))
