"""What other subjects do when something happens to an invoice here: they append their functions when they are loaded.

The workspace knows neither the ledger nor approval nor closing; each of them builds on it.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from tilisilta.core.documents import Invoice
from tilisilta.services.access import Actor
from tilisilta.store.models import WorkspaceInvoice, WorkspacePayment, WorkspaceSettings


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A saved invoice: its row, what it was before (None when it is new) and what it is now."""

    row: WorkspaceInvoice
    before: Invoice | None
    after: Invoice

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_amount_changed(self) -> bool:
        """Whether what is to be paid, to whom or how it is taxed differs from before; a new invoice has not changed."""
        if self.before is None:
            return False
        return any(getattr(self.before, name) != getattr(self.after, name) for name in _MONEY)


_MONEY: Final = ("net", "vat", "gross", "rounding", "prepaid", "currency", "party", "bank_account", "vat_totals")

# All run inside the transaction of what happened, so that one that raises undoes it.
switched_on: Final[list[Callable[[Actor, WorkspaceSettings], None]]] = []
saved: Final[list[Callable[[Actor, Change], None]]] = []
sent: Final[list[Callable[[Actor, WorkspaceInvoice], None]]] = []
deleting: Final[list[Callable[[Actor, WorkspaceInvoice], None]]] = []
posted: Final[list[Callable[[Actor, WorkspaceInvoice], None]]] = []
unposting: Final[list[Callable[[Actor, WorkspaceInvoice], None]]] = []  # by a person; its lines still stand
paid: Final[list[Callable[[Actor, WorkspacePayment], None]]] = []
unpaying: Final[list[Callable[[Actor, WorkspacePayment], None]]] = []
