"""What sources can do that keep statuses, registers and logs of their own beside their invoices.

Named for the ability, not for the vendor: any source of invoices may answer them.
"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from tilisilta.ports import FetchRequest, SourcePage


class RegisterKind(StrEnum):
    """Which register of the source an invoice row's code comes from."""

    PRODUCT = "product"
    WORK_TYPE = "work_type"
    TRAVEL_EXPENSE = "travel_expense"
    OTHER = "other"  # a row that comes from no register, such as a flat rate


class RegisterEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry of a register. `code` may be empty, and may come again in another register or in the same."""

    kind: RegisterKind
    source_id: str
    code: str
    name: str
    is_active: bool = True
    unit: str = ""
    vat_rate: Decimal | None = None  # percent
    sales_price: Decimal | None = None
    purchase_price: Decimal | None = None
    sales_account: str = ""  # number of the ledger account, where the source gives it
    subtype: str = ""  # the source's own word
    modified_at: str = ""


@runtime_checkable
class RegisterReader(Protocol):
    """A source whose rows come from registers that can be read whole, for the pages that show what lacks a code."""

    async def read_register(self) -> Sequence[RegisterEntry]:
        """Return every entry of every register, out of use or not, asked of the source now.

        Raises: Misconfigured, Retry.
        """
        ...


@runtime_checkable
class StatusSource(Protocol):
    """A source whose invoices wait in a status until they are fetched."""

    def fetch_by_status(self, status: str, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield the documents in a status (its key or its name), as `Source.fetch`; an empty one means any status.

        Times of change are not looked at when a status is given: whatever waits is listed.

        Raises: Misconfigured (STATUS_NOT_FOUND, STATUS_NOT_ACTIVE, STATUS_NOT_UNIQUE), Retry.
        """
        ...


@runtime_checkable
class InvoiceLogger(Protocol):
    """A source that keeps a log with each invoice and lets us write into it."""

    async def log_invoice(self, source_id: str, text: str, *, context: str = "") -> None:
        """Add one entry; the same entry again changes nothing.

        Raises: Refused when the invoice is gone, Misconfigured, Retry.
        """
        ...


@runtime_checkable
class FinvoiceGiver(Protocol):
    """A source that writes Finvoice files itself."""

    async def fetch_finvoice(self, source_id: str) -> bytes:
        """Return the invoice as the source's own Finvoice, without any frame around it.

        Raises: Unsupported (FINVOICE_NOT_GIVEN) when the source gives none for this invoice, Refused, Retry.
        """
        ...
