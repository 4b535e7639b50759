"""Monthly summaries of clients in SmartAccounts, Netvisor and Procountor, counted as the other side holds them."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.bureau import Bureau, last_day, make_bureau
from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tilisilta.engine.database import close_store
from tilisilta.services.books import integrations, keys
from tilisilta.services.summaries.wiring import wire
from tilisilta.store.models import Client, Job, SeenEntry

Row = dict[str, Any]


def _month(text: str) -> str:
    """Return the year and month of a day in one of the emulators' forms: 2026-10-31 or 31.10.2026."""
    day, _dot, rest = text.partition(".")
    return f"{rest[3:]}-{rest[:2]}" if rest else day[:7]


def _smartaccounts(since: dt.date, until: dt.date, count: int) -> Row:
    return {
        "clients": 2, "vendors": 2, "articles": 2, "client_invoices": count, "vendor_invoices": count // 2,
        "since": since.isoformat(), "until": until.isoformat(),
    }  # fmt: skip


def _netvisor(since: dt.date, until: dt.date, count: int) -> Row:
    return {
        "customers": 2, "vendors": 2, "products": 2, "sales_invoices": count, "purchase_invoices": count // 2,
        "vouchers": 2, "since": since.isoformat(), "until": until.isoformat(),
    }  # fmt: skip


def _procountor(since: dt.date, until: dt.date, count: int) -> Row:
    return {
        "customers": 2, "suppliers": 2, "sales": count, "purchases": count // 2, "approved": True,
        "from": since.isoformat(), "to": until.isoformat(),
    }  # fmt: skip


# What the seed takes; then for each count: the list of the books, the name of its day, and which of its rows are meant.
VENDORS: dict[str, tuple[Callable[[dt.date, dt.date, int], Row], dict[str, tuple[str, str, Callable[[Row], bool]]]]] = {
    "smartaccounts": (
        _smartaccounts,
        {
            "sales_invoice": ("client_invoices", "date", lambda row: row["type"] is None),
            "purchase_invoice": ("vendor_invoices", "date", lambda row: row["type"] is None),
            "ledger_batch": ("entries", "date", lambda _row: True),
        },
    ),
    "netvisor": (
        _netvisor,
        {
            "sales_invoice": ("sales_invoices", "date", lambda row: row["kind"] == "invoice"),
            "purchase_invoice": ("purchase_invoices", "date", lambda _row: True),
            "ledger_batch": ("vouchers", "date", lambda row: row["status"] == "valid"),
        },
    ),
    "procountor": (
        _procountor,
        {
            "sales_invoice": ("invoices", "date", lambda row: row["type"] == "SALES_INVOICE"),
            "purchase_invoice": ("invoices", "date", lambda row: row["type"] == "PURCHASE_INVOICE"),
            "ledger_batch": ("ledger_receipts", "receiptDate", lambda _row: True),
        },
    ),
}
ROWS = {"smartaccounts": "rows", "netvisor": "rows", "procountor": "invoiceRows"}


class House:
    """A bureau with one client whose books one of the emulators keeps."""

    def __init__(self, emulated: Emulated) -> None:
        self.emulated = emulated
        self.seed_of, self.lists = VENDORS[emulated.vendor]
        emulated.reset()
        self.bureau: Bureau = make_bureau(vendor=emulated.vendor)
        actor = self.bureau.actor
        self.bureau.integration.delete()
        self.bureau.integration = integrations.activate(actor, emulated.vendor)
        client = Client.objects.create(company=self.bureau.company, name="Kask OÜ")
        self.bureau.clients.append(client)
        self.key = keys.connect(
            actor, client, self.bureau.integration, emulated.credentials, {"base_url": emulated.base_url}
        )
        self.pages = Pages(self.bureau.company, actor.user)

    def enter(self, first: dt.date, last: dt.date, count: int) -> None:
        """Let people in the other system enter documents of these months."""
        self.emulated.seed(**self.seed_of(first, last_day(last), count))

    def held(self, code: str, month: dt.date | None = None) -> list[Row]:
        """Return what the other side's books hold of a count, of a month or of all time."""
        name, day, is_meant = self.lists[code]
        rows = [row for row in self.emulated.books()[name] if is_meant(row)]
        return [row for row in rows if month is None or _month(row[day]) == f"{month:%Y-%m}"]


@pytest.fixture
def house(
    request: pytest.FixtureRequest, transactional_db: None, emulators: Emulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setattr("tilisilta.engine.jobs._tell", lambda *_: None)
    wire()
    yield House(emulators[request.param])
    close_store()


@pytest.mark.feature("U71")
@pytest.mark.feature("U72")
@pytest.mark.parametrize("house", sorted(VENDORS), indirect=True)
def test_a_client_is_counted_as_its_books_hold_it_and_late_work_once(house: House) -> None:
    bureau, pages = house.bureau, house.pages
    assert keys.check(bureau.actor, house.key).ok
    house.enter(bureau.back(3), bureau.month, 9)
    pages.go("summary-settings", house.emulated.vendor)
    chosen = {f"count-{code}": "new" for code in (*house.lists, "sales_invoice.rows")}
    pages.press("Save", title="Kuu kokkuvõte", new_topic="Raamatupidamine", **chosen)
    assert "The settings are saved." in pages.messages()
    pages.go("summary-overview", house.emulated.vendor)
    job = bureau.run_month()
    assert (job.state, job.done) == ("done", 1), list(job.items.values("problem_code", "problem_params", "evidence"))
    for back in (3, 2, 1):
        month = bureau.back(back)
        for code in house.lists:
            assert bureau.count(month, code) == len(house.held(code, month)), (code, month)
        rows = sum(len(row[ROWS[house.emulated.vendor]]) for row in house.held("sales_invoice", month))
        assert bureau.count(month, "sales_invoice.rows") == rows
    assert all(house.held(code, bureau.month) for code in house.lists)
    task = bureau.summary(bureau.month).task
    assert (task.due_date, task.assignee) == (last_day(bureau.month), bureau.actor.user)
    before = {code: bureau.count(bureau.month, code) for code in house.lists}
    known = {code: len(house.held(code)) for code in house.lists}
    # Entered after its month was counted: it counts in the month that is made, once.
    house.enter(bureau.back(2), bureau.back(2), 4)
    for _again in range(2):
        bureau.run_month()
    for code in house.lists:
        late = len(house.held(code)) - known[code]
        assert late > 0
        assert bureau.count(bureau.month, code) == before[code] + late
        assert bureau.count(bureau.back(2), code) == len(house.held(code, bureau.back(2))) - late
        live = SeenEntry.objects.filter(kind=code, gone_at=None)
        window = [bureau.back(back) for back in range(1, 8)]
        assert live.count() == sum(len(house.held(code, month)) for month in window)
    assert Job.objects.latest("pk").result["new"] == 0
