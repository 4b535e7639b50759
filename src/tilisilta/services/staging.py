"""Imports in two steps: a file is read and compared, a person looks at the differences, then confirms."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Integration, StagedTable

# A comparison grows old: what it was compared with moves on.
MAX_AGE: Final = dt.timedelta(hours=24)


class RowStatus(StrEnum):
    """What a row of the file would do. The first three can be confirmed."""

    NEW = "new"
    CHANGED = "changed"
    PROPOSED = "proposed"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    UNKNOWN_TARGET = "unknown_target"
    AMBIGUOUS_TARGET = "ambiguous_target"
    UNKNOWN_SOURCE = "unknown_source"
    WRONG_KIND = "wrong_kind"
    WRONG_SERVICE = "wrong_service"
    WRONG_SIDE = "wrong_side"
    DUPLICATE = "duplicate"
    TAKEN = "taken"
    UNREADABLE = "unreadable"
    NO_CANDIDATE = "no_candidate"
    # what became of it
    SAVED = "saved"
    LEFT_OUT = "left_out"
    MOVED_ON = "moved_on"


WRITABLE: Final = frozenset({RowStatus.NEW, RowStatus.CHANGED, RowStatus.PROPOSED})
_QUIET: Final = frozenset({RowStatus.UNCHANGED, RowStatus.EMPTY, RowStatus.LEFT_OUT, RowStatus.NO_CANDIDATE})
_GOOD: Final = frozenset({RowStatus.NEW, RowStatus.SAVED})

STATUS_TEXTS: Final[dict[str, Promise]] = {
    RowStatus.NEW: _("New"),
    RowStatus.CHANGED: _("Will be overwritten"),
    RowStatus.PROPOSED: _("Proposed match"),
    RowStatus.UNCHANGED: _("Unchanged"),
    RowStatus.EMPTY: _("Nothing filled in"),
    RowStatus.UNKNOWN_TARGET: _("Not in the other system's list"),
    RowStatus.AMBIGUOUS_TARGET: _("Fits several rows of the other system's list"),
    RowStatus.UNKNOWN_SOURCE: _("The source has no such id"),
    RowStatus.WRONG_KIND: _("The id belongs to another kind"),
    RowStatus.WRONG_SERVICE: _("Belongs to another service"),
    RowStatus.WRONG_SIDE: _("Cannot be used on this side of the trade"),
    RowStatus.DUPLICATE: _("The same id stands on another line"),
    RowStatus.TAKEN: _("Already tied to another id"),
    RowStatus.UNREADABLE: _("Cannot be read"),
    RowStatus.NO_CANDIDATE: _("Nothing alike in the other system"),
    RowStatus.SAVED: _("Saved"),
    RowStatus.LEFT_OUT: _("Left out"),
    RowStatus.MOVED_ON: _("Changed meanwhile, left out"),
}


class StagedRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One row of the file, compared.

    `key` is the source's key or id and `target` the target's; `old` is what we hold for it now. `detail` says more of
    the status: the other line, the other kind, the candidates. `codes` are an account's VAT codes of both sides,
    `off` names the sides that take no postings.
    """

    line: int
    status: RowStatus
    key: str = ""
    label: str = ""
    target: str = ""
    target_label: str = ""
    old: str = ""
    old_label: str = ""
    detail: str = ""
    direction: str = ""
    vat_rate: str = ""
    codes: dict[str, str] = {}
    old_codes: dict[str, str] = {}
    off: tuple[str, ...] = ()
    old_off: tuple[str, ...] = ()
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def is_writable(self) -> bool:
        return self.status in WRITABLE

    @property
    def percent(self) -> int:
        return round(self.confidence * 100)

    @property
    def status_text(self) -> str:
        return str(STATUS_TEXTS[self.status])

    @property
    def tone(self) -> str:
        """Return how the status is shown, as the pages' badges name it: ok, off, warn or bad."""
        if self.status in _GOOD:
            return "ok"
        if self.status in _QUIET:
            return "off"
        return "warn" if self.status in WRITABLE else "bad"


def stage(
    actor: Actor, integration: Integration, *, subject: str, kind: str, name: str, rows: Sequence[StagedRow]
) -> StagedTable:
    """Keep a compared file until it is confirmed, and clear away those that nobody confirmed in time."""
    StagedTable.objects.filter(company=actor.company, created_at__lt=timezone.now() - 7 * MAX_AGE).delete()
    return StagedTable.objects.create(
        company=actor.company,
        integration=integration,
        subject=subject,
        kind=kind,
        name=name[:255],
        rows=msgspec.to_builtins(rows),
        summary=summarise(rows),
        created_by=actor.user,
    )


def summarise(rows: Iterable[StagedRow]) -> dict[str, int]:
    """Return how many rows there are of each status."""
    return dict(Counter(row.status.value for row in rows))


class Count(msgspec.Struct, frozen=True):
    """How many rows have a status, with its words and how it is shown."""

    status: RowStatus
    text: str
    tone: str
    count: int


def shown_counts(rows: Iterable[StagedRow]) -> list[Count]:
    """Return the statuses that occur, in the order of `RowStatus`."""
    rows = list(rows)
    by_status = summarise(rows)
    tones = {row.status: row.tone for row in rows}
    return [
        Count(status, str(STATUS_TEXTS[status]), tones[status], by_status[status.value])
        for status in RowStatus
        if status.value in by_status
    ]


def by_weight(rows: Iterable[StagedRow]) -> list[StagedRow]:
    """Return the rows as a person wants to see them: what is wrong, what would change, what stays; by line in each."""
    order = {"bad": 0, "warn": 1, "ok": 2, "off": 3}
    return sorted(rows, key=lambda row: (order[row.tone], row.line))


def staged_rows(staged: StagedTable) -> list[StagedRow]:
    """Return a staged file's rows in the order of the file."""
    return msgspec.convert(staged.rows, list[StagedRow])


def find_staged(actor: Actor, integration: Integration, staged_id: int, *subjects: str) -> StagedTable:
    """Return a staged file of this integration.

    Raises:
        StagedTable.DoesNotExist: there is none, or it is another company's.
    """
    return StagedTable.objects.get(pk=staged_id, company=actor.company, integration=integration, subject__in=subjects)


def claim(staged: StagedTable) -> None:
    """Mark a staged file as confirmed, so that two clicks save it once. Call inside the saving transaction.

    Raises:
        ServiceError: STAGED_GONE when it was confirmed already or is too old.
    """
    now = timezone.now()
    waiting = StagedTable.objects.filter(pk=staged.pk, applied_at=None, created_at__gte=now - MAX_AGE)
    if not waiting.update(applied_at=now):
        raise ServiceError("STAGED_GONE")
    staged.applied_at = now


def finish(staged: StagedTable, rows: Sequence[StagedRow]) -> dict[str, int]:
    """Keep what became of each row, and return the counts by status."""
    staged.rows = msgspec.to_builtins(rows)
    staged.summary = summarise(rows)
    staged.save(update_fields=["rows", "summary"])
    return dict(staged.summary)


def with_status(row: StagedRow, status: RowStatus) -> StagedRow:
    """Return the row with another status."""
    return msgspec.structs.replace(row, status=status)
