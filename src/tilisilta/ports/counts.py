"""What a system can tell for counting: every entry of a span of days, once, with what makes it the same next time.

A monthly summary counts work by the entry's date and must count each entry exactly once, however late it was entered.
For that it keeps a ledger of the entries it has seen, by kind and id; what it needs of a system is only this listing.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec


class EntryKind(StrEnum):
    """What may be counted. One record may be an entry of several kinds: a payroll run is a ledger batch too."""

    SALES_INVOICE = "sales_invoice"
    SALES_CREDIT = "sales_credit"
    PURCHASE_INVOICE = "purchase_invoice"
    PURCHASE_CREDIT = "purchase_credit"
    PAYMENT_IN = "payment_in"
    PAYMENT_OUT = "payment_out"
    LEDGER_BATCH = "ledger_batch"  # every entry of the general ledger, whatever made it
    BANK_ENTRY = "bank_entry"
    CASH_ENTRY = "cash_entry"
    PAYROLL_RUN = "payroll_run"
    VAT_RETURN = "vat_return"
    FIXED_ASSET_ENTRY = "fixed_asset_entry"
    STOCK_ENTRY = "stock_entry"
    MANUAL_ENTRY = "manual_entry"  # a ledger batch that no document and no other kind stands behind
    OTHER_ENTRY = "other_entry"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry. `id` stays the same as long as the record lives, also when its date is changed.

    `rows` is None when nobody asked for rows or the vendor tells none. `entered_at` and `changed_at` are ISO 8601 in
    the company's own time, empty where the vendor does not tell. `number` and `label` are for people who look behind a
    count.
    """

    kind: EntryKind
    id: str
    date: dt.date
    rows: int | None = None
    entered_at: str = ""
    changed_at: str = ""
    number: str = ""
    label: str = ""

    @property
    def version(self) -> str:
        """What tells this state of the entry from a later one; the key of `EntriesRequest.known_rows`."""
        return f"{self.kind}:{self.id}:{self.changed_at}"


class EntriesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: those dated on these days, both included, whenever they were entered.

    Kinds that the system does not have are passed over. `rows_of` are kinds whose rows are to be counted, which may
    cost a call for each entry; `known_rows` holds rows by `Entry.version`, which are not asked for again.
    """

    date_from: dt.date
    date_to: dt.date
    kinds: frozenset[EntryKind]
    rows_of: frozenset[EntryKind] = frozenset()
    known_rows: Mapping[str, int] = msgspec.field(default_factory=dict)


@runtime_checkable
class EntriesReader(Protocol):
    """A system whose entries can be counted."""

    def entry_kinds(self) -> Sequence[EntryKind]:
        """Return the kinds that this system can tell, in the order in which people expect them."""
        ...

    def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        """Yield the entries in portions; each record once for each of its kinds that is asked for.

        An entry that was deleted since is absent. What is entered while the listing runs may be absent too; the next
        listing shows it.

        Raises: Retry, Misconfigured; BadInput when a listed entry has no id or no date, since a count that leaves
            something out is no count.
        """
        ...
