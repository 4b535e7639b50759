"""Targets that tell how much of a document is paid, for whoever sent it and waits for the money."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from tilisilta.core.documents import DocumentKind


class PaidState(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked and what was paid, in the document's currency, positive also for credit notes."""

    total: Decimal
    paid: Decimal
    due_date: dt.date | None = None

    @property
    def is_paid(self) -> bool:
        """Return whether nothing is left to pay."""
        return self.paid >= self.total

    @property
    def is_partly_paid(self) -> bool:
        """Return whether some of it is paid and some is not."""
        return not self.is_paid and self.paid > 0

    def is_overdue(self, today: dt.date) -> bool:
        """Return whether something is left to pay and its day has passed."""
        return not self.is_paid and self.due_date is not None and self.due_date < today


@runtime_checkable
class PaidReader(Protocol):
    """A target that tells what of its invoices is paid."""

    async def read_paid(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, PaidState]:
        """Return what is paid now, by id; ids that are gone are absent. Raises: Retry, Misconfigured, Unsupported."""
        ...
