"""What the connector asks of either API; `rest_api` and `soap_api` answer it."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from tilisilta.connectors.severa.wire import Bill, Customer, Status, Unreadable
from tilisilta.ports import CatalogueEntry, ConnectionInfo
from tilisilta.ports.register import RegisterEntry

Found = Sequence[Bill | Unreadable]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoices: in a status, of days (both included), changed since a moment; None and nothing mean any.

    Without a status, invoices that have no number yet are left out.
    """

    status: Status | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    changed_since: dt.datetime | None = None


class Api(Protocol):
    """One of Severa's two APIs. Raises the errors of `core.errors`, sorted by fate."""

    async def about(self) -> ConnectionInfo:
        """Return who answers and which rights are missing."""
        ...

    async def statuses(self) -> Sequence[Status]: ...

    async def register(self) -> Sequence[RegisterEntry]: ...

    async def vat_rates(self) -> Sequence[CatalogueEntry]: ...

    async def bank_accounts(self) -> Sequence[CatalogueEntry]: ...

    async def prepare(self) -> None:
        """Read what rows of invoices refer to; before invoices are asked for one by one."""
        ...

    def invoices(self, question: Question, token: str = "") -> AsyncIterator[tuple[Found, str]]:
        """Yield pages of invoices with their rows, and the token behind each; an empty one ends the list."""
        ...

    async def invoice(self, guid: str) -> Bill | Unreadable | None:
        """Return one invoice with its rows, or None when there is none of this guid."""
        ...

    def customers(
        self, changed_since: dt.datetime | None, token: str = ""
    ) -> AsyncIterator[tuple[Sequence[Customer | Unreadable], str]]:
        """Yield pages of customers, all or what changed, and the token behind each; an empty one ends the list."""
        ...

    async def customer(self, guid: str) -> Customer | Unreadable | None: ...

    async def status_of(self, guid: str) -> str | None:
        """Return the key (see `Status`) of an invoice's status, or None when the invoice is gone."""
        ...

    async def set_status(self, guid: str, status: Status) -> None: ...

    async def finvoice(self, guid: str) -> bytes: ...

    async def pdf(self, guid: str) -> bytes: ...

    async def close(self) -> None: ...
