"""What the engine asks of the outside: sources, targets, clock, secrets.

Connectors answer `Source` and `Target`; abilities that only some vendors have are protocols of their own, and the
engine asks `isinstance`. All network methods raise the errors of `core.errors`, sorted by fate.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from tilisilta.core.documents import AttachmentRole, Direction, Document, DocumentKind, Item, Party, PartyRole
from tilisilta.core.mapping.draft import Draft
from tilisilta.core.problems import Problem


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """Return the present moment, with time zone UTC."""
        ...


# --- what a source gives -----------------------------------------------------------------------------------


class SourceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a source's page.

    `document` is None when the record could not be read (then `problems` says why) or was deleted at the source.
    """

    kind: DocumentKind
    source_id: str
    document: Document | None = None
    number: str = ""
    problems: tuple[Problem, ...] = ()
    is_deleted: bool = False
    raw: str = ""  # the scrubbed record, kept only when it could not be read


class FetchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to fetch: kinds that share one listing, by document date or by time of change; bounds are inclusive.

    `changed_until` ends a time of change, itself not included; sources that cannot may go on after it. `source_ids`
    narrows to chosen documents (resend). `side` narrows journal entries to sales or purchases. `token` continues a
    listing that an earlier page began.
    """

    kinds: tuple[DocumentKind, ...]
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    changed_since: dt.datetime | None = None
    changed_until: dt.datetime | None = None
    include_deleted: bool = False
    source_ids: tuple[str, ...] = ()
    side: Direction | None = None
    token: str = ""


class SourcePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of records and the token after it; an empty token ends the listing."""

    records: tuple[SourceRecord, ...]
    next_token: str = ""


@runtime_checkable
class Source(Protocol):
    """Where documents come from."""

    def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield pages in listing order from `request.token` on. Pages may repeat or miss nothing that did not change;
        the caller removes doubles by source id.
        """
        ...

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return the parties of these ids; ids the source does not know are absent."""
        ...

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return the items of these ids; ids the source does not know are absent."""
        ...


# --- what a target takes -----------------------------------------------------------------------------------


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts as the target computed them; None where it does not say."""

    net: Decimal | None = None
    vat: Decimal | None = None
    gross: Decimal | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A record now in the target: its id, printed number and totals as the answer gave them."""

    target_id: str
    number: str = ""
    totals: Totals = Totals()
    url: str = ""
    extra: dict[str, str] = {}


class FindCertainty(StrEnum):
    MARKED = "marked"  # it bears our key
    MATCHED = "matched"  # number, partner and total agree


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the target already holds for a draft.

    `others` lists further candidates: then nobody may choose but a person.
    """

    sent: Sent
    certainty: FindCertainty
    others: tuple[Sent, ...] = ()


class PartyCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A party that the target already holds, for matching."""

    target_id: str
    name: str
    registry_code: str = ""
    vat_number: str = ""
    email: str = ""


class ItemCandidate(msgspec.Struct, frozen=True, kw_only=True):
    target_id: str
    code: str
    name: str
    unit: str = ""


class CatalogueKind(StrEnum):
    ACCOUNTS = "accounts"
    VAT_CODES = "vat_codes"
    BANK_ACCOUNTS = "bank_accounts"
    WAREHOUSES = "warehouses"
    DIMENSIONS = "dimensions"
    ITEMS = "items"
    STATUSES = "statuses"
    PERIODS = "periods"
    PAYMENT_METHODS = "payment_methods"
    UNITS = "units"


class CatalogueEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One choice of a vendor's list.

    `rate` is the percent of a VAT code; `for_sales` and `for_purchases` tell where it may stand.
    """

    key: str
    label: str
    rate: Decimal | None = None
    for_sales: bool | None = None
    for_purchases: bool | None = None
    is_active: bool = True
    extra: dict[str, str] = {}


class ConnectionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection test saw. `environment` names the company at the other end where the vendor says it."""

    environment: str = ""
    registry_code: str = ""
    plan: str = ""
    missing_rights: tuple[str, ...] = ()
    details: dict[str, str] = {}


@runtime_checkable
class Connection(Protocol):
    """What every connector answers."""

    async def check_connection(self) -> ConnectionInfo:
        """Return what answers at the other end; raise Misconfigured with the reason when nothing usable does."""
        ...

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return one of the vendor's lists; an empty one where the vendor has none of this kind."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Target(Protocol):
    """Where documents go."""

    async def send(self, draft: Draft) -> Sent:
        """Create the record once. Never retries a write by itself.

        Raises: Retry (nothing was written), Refused, Unsupported, Misconfigured, Unknown (the answer is lost).
        """
        ...

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:
        """Return what the target already holds, by draft key, in as few calls as the vendor allows.

        A draft whose key is absent from the answer is certainly not in the target. All drafts are of one kind. Drafts
        that were never sent may be answered from lists that this object read before; with `fresh` the vendor is
        asked now, because one of them may have arrived since.
        """
        ...


# --- optional abilities ------------------------------------------------------------------------------------


@runtime_checkable
class PartyDirectory(Protocol):
    """A target that can list the parties and items it has, for the first-run guard and the id map."""

    def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]: ...

    def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]: ...


@runtime_checkable
class TotalsReader(Protocol):
    """A target whose documents can be read back for confirming and reconciling."""

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return the totals the target holds now, by id; ids that are gone are absent."""
        ...


@runtime_checkable
class PeriodLocks(Protocol):
    async def locked_until(self) -> dt.date | None:
        """Return the last locked day, or None when all periods are open."""
        ...


@runtime_checkable
class AttachmentTaker(Protocol):
    async def attach(
        self, kind: DocumentKind, target_id: str, *, name: str, media_type: str, content: bytes
    ) -> str: ...


@runtime_checkable
class AttachmentGiver(Protocol):
    async def fetch_attachment(self, source_id: str) -> bytes: ...


@runtime_checkable
class StatusWriter(Protocol):
    """A source whose documents bear a status that we write back after a confirmed transfer."""

    async def write_status(self, kind: DocumentKind, source_id: str, status: str) -> None: ...


class AttachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file with its bytes, for targets that take files only inside the document."""

    name: str
    media_type: str
    content: bytes
    role: AttachmentRole = AttachmentRole.OTHER


@runtime_checkable
class FilesTaker(Protocol):
    """A target whose documents take their files with them and none afterwards."""

    async def send_with_files(self, draft: Draft, files: Sequence[AttachedFile]) -> Sent:
        """Create the record with its files; otherwise as `Target.send`."""
        ...


class FiscalPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A fiscal year as the target keeps it; both days included."""

    key: str
    name: str
    first: dt.date
    last: dt.date


class PeriodState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a day may be posted to: its fiscal year (None when it lies in none) and the last locked day.

    `lock` names the lock that holds the day ("accounting", "vat", "purchase"); empty when none does.
    """

    day: dt.date
    fiscal_period: FiscalPeriod | None = None
    locked_until: dt.date | None = None
    lock: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the target takes documents of this day."""
        return self.fiscal_period is not None and not self.lock


@runtime_checkable
class PeriodReader(Protocol):
    """A target that tells of which fiscal year a day is, and whether it is open for a kind of document."""

    async def read_period(self, day: dt.date, kind: DocumentKind) -> PeriodState: ...


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a valid voucher in the target's ledger; one of the two amounts is zero.

    `key` is the idempotency key that the voucher bears when it is ours, else empty.
    """

    account: str
    vat_code: str
    debit: Decimal
    credit: Decimal
    voucher_id: str
    date: dt.date
    vat_rate: Decimal | None = None
    voucher_number: str = ""
    key: str = ""


@runtime_checkable
class LedgerReader(Protocol):
    """A target whose ledger can be read line by line, for comparing what was closed with what stands there."""

    async def read_ledger(self, date_from: dt.date, date_to: dt.date) -> Sequence[LedgerRow]:
        """Return the lines of all valid vouchers of these days, both included."""
        ...


# --- files -------------------------------------------------------------------------------------------------


class InboxFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came in by upload, API or watched folder; `file_id` grows with arrival."""

    file_id: int
    name: str
    sha256: str
    received_at: dt.datetime


class Inbox(Protocol):
    """The files of one connection, oldest first."""

    async def list_files(self, *, after_id: int, limit: int) -> Sequence[InboxFile]: ...

    async def load_file(self, file_id: int) -> bytes: ...


# --- request budgets ---------------------------------------------------------------------------------------


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests may go now; when none, how long to wait in seconds."""

    granted: int
    wait_s: float = 0.0


class BudgetStore(Protocol):
    """Counts requests per vendor and credential over all workers."""

    async def reserve(self, key: str, *, limit: int, window_s: float, wanted: int) -> Reservation:
        """Take up to `wanted` requests of the window that holds now; windows start at multiples of `window_s`."""
        ...


@runtime_checkable
class TurnStore(Protocol):
    """Lets one caller at a time through, over all workers. What also counts budgets may answer it."""

    async def enter(self, key: str, *, holder: int, lease_s: float) -> bool:
        """Take the turn, or make one's own last longer; false while another holder's lease runs."""
        ...

    async def leave(self, key: str, *, holder: int) -> None:
        """Give the turn back; nothing happens when it is not one's own any more."""
        ...
