"""A bureau whose clients' books are counted: in memory for quick tests, in the Merit emulator for acceptance."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

from tests.support.emulators import Emulated
from tests.support.pages import Pages
from tests.support.product import make_company
from tilisilta.engine.job_workflow import work_here
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind
from tilisilta.services.access import Actor
from tilisilta.services.practice.settings import add_months, last_day, month_of, switch_on, today_of
from tilisilta.services.summaries import runs
from tilisilta.services.summaries import settings as summary_settings
from tilisilta.services.summaries.counts import kinds_of
from tilisilta.services.summaries.settings import SummaryContent
from tilisilta.store import vault
from tilisilta.store.models import (
    Client,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    Job,
    Membership,
    PracticeIntegration,
    Summary,
    SummarySettings,
    User,
)

COUNTS = {"sales_invoice": "new", "purchase_invoice": "new", "ledger_batch": "none"}


class Books:
    """One client's books in memory: an `EntriesReader` whose entries a test puts in, moves and deletes."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self.asked: list[EntriesRequest] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[], None] | None = None
        self._number = 0

    def enter(self, date: dt.date, kind: EntryKind = EntryKind.SALES_INVOICE, rows: int | None = None) -> Entry:
        self._number += 1
        entry = Entry(
            kind=kind, id=f"e{self._number}", date=date, rows=rows, number=f"A-{self._number}", label="Kask OÜ"
        )
        self.entries[str(kind), entry.id] = entry
        return entry

    def change(self, entry: Entry, **fields: Any) -> Entry:
        kept = {name: getattr(entry, name) for name in entry.__struct_fields__}
        changed = Entry(**{**kept, "changed_at": f"{len(self.asked) + 1}", **fields})
        self.entries[str(entry.kind), entry.id] = changed
        return changed

    def delete(self, entry: Entry) -> None:
        del self.entries[str(entry.kind), entry.id]

    def entry_kinds(self) -> Sequence[EntryKind]:
        return kinds_of("merit")

    async def read_entries(self, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        found = [
            each
            for each in self.entries.values()
            if each.kind in request.kinds and request.date_from <= each.date <= request.date_to
        ]
        yield found[:1]
        if self.meanwhile is not None:
            self.meanwhile()
        yield found[1:]

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Bureau:
    """A bureau with an active bookkeeping system and some clients that are connected with it."""

    company: Company
    actor: Actor
    integration: PracticeIntegration
    clients: list[Client] = field(default_factory=list)
    books: dict[int, Books] = field(default_factory=dict)  # by the connection's id

    @property
    def today(self) -> dt.date:
        return today_of(self.company)

    @property
    def month(self) -> dt.date:
        """The month that ended last."""
        return self.back(1)

    def back(self, count: int) -> dt.date:
        """Return the first day of a month so many months ago; 0 is the one under way."""
        return add_months(month_of(self.today), -count)

    @property
    def client(self) -> Client:
        return self.clients[0]

    def books_of(self, client: Client) -> Books:
        return self.books[self.connection_of(client).pk]

    def connection_of(self, client: Client) -> Connection:
        return ClientConnection.objects.select_related("connection").get(client=client).connection

    def add_client(self, name: str = "", **columns: Any) -> Client:
        """A client with books in memory."""
        name = name or f"Klient {len(self.clients) + 1} OÜ"
        client = self._connected(name, {"api_id": "id", "api_key": "key"}, {}, columns)
        self.books[self.connection_of(client).pk] = Books()
        return client

    def add_merit_client(self, merit: Emulated, listed: dict[str, Any], **columns: Any) -> Client:
        """A client whose books the Merit emulator keeps; `listed` is its line of the emulator's companies."""
        key = listed["keys"][0]
        keys = {"api_id": key["api_id"], "api_key": key["api_key"]}
        columns = {"registry_code": listed["reg_no"] or "", **columns}
        return self._connected(listed["name"], keys, {"country": "EE", "base_url": merit.base_url}, columns)

    def _connected(self, name: str, keys: dict[str, str], chosen: dict[str, str], columns: dict[str, Any]) -> Client:
        client = Client.objects.create(company=self.company, name=name, **columns)
        connection = Connection.objects.create(
            company=self.company,
            vendor=self.integration.vendor,
            name=f"Merit Aktiva: {name}",
            settings=chosen,
            sealed_credentials=vault.seal(keys),
            state=ConnectionState.ACTIVE,
        )
        ClientConnection.objects.create(
            company=self.company, client=client, integration=self.integration, connection=connection
        )
        self.clients.append(client)
        return client

    def set_up(self, **content: Any) -> SummarySettings:
        """Save the settings of the summaries as a person would."""
        values = {"title": "Kuu kokkuvõte", "new_topic": "Raamatupidamine", "counts": COUNTS, **content}
        return summary_settings.save(self.actor, self.integration, SummaryContent(**values))

    def work(self, job: Job) -> Job:
        """Do a job here until it ends or pauses."""
        asyncio.run(work_here(job.pk))
        job.refresh_from_db()
        return job

    def run_month(self, month: dt.date | None = None, clients: Iterable[int] | None = None) -> Job:
        ids = None if clients is None else list(clients)
        return self.work(runs.request_month(self.actor, self.integration, month, ids))

    def reload(self, clients: Iterable[int] | None = None) -> Job:
        ids = None if clients is None else list(clients)
        return self.work(runs.request_reload(self.actor, self.integration, ids))

    def run_period(self, first: dt.date, last: dt.date, clients: Iterable[int] | None = None) -> Job:
        ids = [each.pk for each in self.clients] if clients is None else list(clients)
        return self.work(runs.request_period(self.actor, self.integration, ids, first, last))

    def summary(self, month: dt.date, client: Client | None = None) -> Summary:
        found = Summary.objects.select_related("task__assignee", "task__topic")
        return found.get(client=client or self.client, integration=self.integration, month=month)

    def count(self, month: dt.date, code: str = "sales_invoice", client: Client | None = None) -> int:
        """Return what a month's summary shows; 0 for a month without one."""
        found = Summary.objects.filter(client=client or self.client, integration=self.integration, month=month).first()
        return int(found.counts.get(code, 0)) if found else 0

    def total(self, code: str = "sales_invoice", client: Client | None = None) -> int:
        """Return the sum over all months of what is shown or was billed, with the differences told since."""
        summed = 0
        for each in Summary.objects.filter(client=client or self.client, integration=self.integration):
            billed = each.billed_counts if each.billed_counts is not None else each.counts
            summed += int(billed.get(code, 0)) + sum(row.quantity for row in each.differences.filter(count=code))
        return summed

    def bill(self, month: dt.date, client: Client | None = None) -> Summary:
        """Let a month be billed as it stands."""
        summary = self.summary(month, client)
        summary.billed_counts = dict(summary.counts)
        summary.save(update_fields=["billed_counts"])
        return summary


def browser(bureau: Bureau, role: str) -> Pages:
    """Return the browser of another member."""
    user = User.objects.create_user(f"{role}@buroo.example", "kolm-siili-metsas")
    Membership.objects.create(company=bureau.company, user=user, role=role)
    return Pages(bureau.company, user)


def make_bureau(email: str = "omanik@buroo.example", vendor: str = "merit") -> Bureau:
    company, actor = make_company("Buroo OÜ", email)
    switch_on(actor)
    integration = PracticeIntegration.objects.create(company=company, vendor=vendor, is_active=True)
    return Bureau(company, actor, integration)


def _in_this_store() -> Callable[..., Any]:
    """Return what stands in for `in_store`: the same thread and connection, so that a test's transaction holds all."""
    mine = connections["default"]

    async def here(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        connections["default"] = mine  # inside of an event loop Django would open another one
        return function(*args, **kwargs)

    return here


def with_books(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """Let the bureau's connections open the books in memory, and its jobs run in the test's own transaction."""
    from tilisilta.engine import heartbeat, job_workflow
    from tilisilta.services.summaries import doer
    from tilisilta.services.summaries.wiring import wire

    wire()
    monkeypatch.setattr(doer, "open_connector", lambda connection: bureau.books[connection.pk])
    for module in (doer, heartbeat, job_workflow):
        monkeypatch.setattr(module, "in_store", _in_this_store())
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    monkeypatch.setattr("tilisilta.engine.jobs._tell", lambda *_: None)
    return bureau


__all__ = ["Books", "Bureau", "browser", "last_day", "make_bureau", "with_books"]
