"""Monthly summaries of clients whose books the Merit emulator keeps (U02, U03, U34, U38-U55, U62-U73)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from django.utils import timezone

from tests.support.bureau import Bureau, last_day, make_bureau
from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tilisilta.engine.database import close_store
from tilisilta.services.summaries import runs
from tilisilta.services.summaries.settings import settings_of
from tilisilta.services.summaries.wiring import wire
from tilisilta.store.models import (
    AuditEntry,
    ClientImport,
    ConnectionState,
    CustomField,
    ImportState,
    ImportWay,
    Job,
    Membership,
    Role,
    SeenEntry,
    Summary,
    SummarySettings,
    Task,
    User,
)

HALF_PAST_MIDNIGHT = (0, 30)


class MeritBooks:
    """The books of one client as the emulator shows them, and what people do in them."""

    def __init__(self, merit: Emulated, mark: int) -> None:
        self.merit = merit
        self.mark = mark

    def read(self) -> dict[str, Any]:
        return self.merit.call("GET", f"companies/{self.mark}")

    def dated_in(self, month: dt.date, kind: str = "sales_invoices") -> list[dict[str, Any]]:
        """Return the documents of a month: sales without credit notes."""
        found = [each for each in self.read()[kind] if each["date"][:7] == f"{month:%Y-%m}"]
        return [each for each in found if kind == "batches" or not each["gross"].startswith("-")]

    def count(self, month: dt.date, kind: str = "sales_invoices") -> int:
        return len(self.dated_in(month, kind))

    def enter(self, *dates: dt.date) -> None:
        """Enter ledger batches dated on these days, now."""
        now = dt.datetime.now().isoformat(timespec="seconds")  # noqa: DTZ005  as the books keep it
        batches = [{"date": each.isoformat(), "entered": now} for each in dates]
        self.merit.seed(company=self.mark, batches=batches, answer="counts")

    def edit(self, document: dict[str, Any], action: str, **more: Any) -> None:
        self.merit.call("POST", "edit", {"company": self.mark, "id": document["id"], "action": action, **more})


class Firm:
    """A bureau with two Merit clients, and its owner's browser."""

    def __init__(self, merit: Emulated) -> None:
        self.bureau: Bureau = make_bureau()
        listed = merit.call("GET", "companies?limit=3")[1:]
        for each in listed:
            self.bureau.add_merit_client(merit, each)
        self.merit = merit
        self.listed = listed
        self.books = [MeritBooks(merit, each["mark"]) for each in listed]
        self.pages = Pages(self.bureau.company, self.bureau.actor.user)

    def set_up(self, **values: Any) -> Pages:
        """Fill in the settings of summaries on their page."""
        self.pages.go("summary-settings", "merit")
        chosen = {"title": "Kuu kokkuvõte", "new_topic": "Raamatupidamine", **values}
        return self.pages.press("Save", **chosen)

    def work(self) -> Job:
        return self.bureau.work(Job.objects.latest("pk"))


@pytest.fixture
def merit_firm(transactional_db: None, emulators: Emulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[Firm]:
    monkeypatch.setattr("tilisilta.engine.jobs._tell", lambda *_: None)
    wire()
    yield Firm(emulators["merit"])
    close_store()


@pytest.mark.feature("U34")
@pytest.mark.feature("U38")
@pytest.mark.feature("U39")
@pytest.mark.feature("U40")
@pytest.mark.feature("U41")
@pytest.mark.feature("U42")
@pytest.mark.feature("U48")
@pytest.mark.feature("U49")
@pytest.mark.feature("U50")
@pytest.mark.feature("U51")
def test_settings_with_their_required_fields_their_numbers_and_new_fields(merit_firm: Firm) -> None:
    bureau, pages = merit_firm.bureau, merit_firm.pages
    done = ClientImport.objects.create(
        company=bureau.company, integration=bureau.integration, way=ImportWay.KEYS, state=ImportState.CONFIRMED,
        confirmed_at=timezone.now(),
    )  # fmt: skip
    bureau.client.last_import = done
    bureau.client.save()
    pages.go("client-list", **{"import": "last"}).click("Set up the monthly summary")
    pages.press("Save", title="")
    assert "Write a title: each month's task is called so." in pages.text
    assert "Choose the topic of the tasks" in pages.text
    assert list(pages.choices("rhythm").values()) == ["Monthly", "Quarterly", "Yearly"]
    assert len(pages.choices("import_day")) == 29
    further = pages.document.xpath(".//details[summary[contains(., 'Show more')]]//select/@name")
    assert {"count-bank_entry", "count-payroll_run", "count-vat_return", "count-sales_invoice.rows"} <= set(further)
    own_field = bureau_field(bureau)
    pages = merit_firm.set_up(
        title="Kokkuvõte", new_topic="Kuutöö", rhythm="monthly", import_day="3",
        **{"count-payroll_run": str(own_field.pk), "count-purchase_invoice": "new"},
    )  # fmt: skip
    assert "The settings are saved." in pages.messages()
    runs.request_month(bureau.actor, bureau.integration)
    assert merit_firm.work().done == 2
    task = bureau.summary(bureau.month).task
    assert (task.title, task.topic.name) == ("Kokkuvõte", "Kuutöö")
    values = {CustomField.objects.get(pk=pk).title: value for pk, value in task.values.items()}
    books = merit_firm.books[0]
    assert values == {
        "Palgaarvestused": str(sum(each["code"] == "PK" for each in books.dated_in(bureau.month, "batches"))),
        "Sales invoices": str(books.count(bureau.month)),
        "Purchase invoices": str(books.count(bureau.month, "purchase_invoices")),
        "Ledger entries": str(books.count(bureau.month, "batches")),
    }


def bureau_field(bureau: Bureau) -> CustomField:
    from tilisilta.services.practice.fields import create_field

    return create_field(bureau.actor, subject="task", title="Palgaarvestused", type="integer")


@pytest.mark.feature("U02")
@pytest.mark.feature("U45")
@pytest.mark.feature("U46")
@pytest.mark.feature("U47")
@pytest.mark.feature("U71")
def test_the_night_makes_a_task_for_each_client_on_the_last_day_of_the_month(merit_firm: Firm) -> None:
    bureau = merit_firm.bureau
    member = User.objects.create_user("liis@buroo.example", "kolm-siili-metsas")
    Membership.objects.create(company=bureau.company, user=member, role=Role.ACCOUNTANT)
    other = bureau.clients[1]
    other.default_member = member
    other.save()
    merit_firm.set_up(**{"count-sales_invoice.rows": "new"})
    own = settings_of(bureau.integration)
    local = timezone.localtime(own.next_due_at, ZoneInfo(bureau.company.time_zone))
    assert ((local.hour, local.minute), local.day) == (HALF_PAST_MIDNIGHT, 1)
    # The night has come: the month that ended last is due.
    SummarySettings.objects.update(next_due_at=dt.datetime.combine(bureau.back(0), dt.time(0), dt.UTC))
    assert runs.request_due() == 1
    job = merit_firm.work()
    while job.state == "waiting":  # clients have their own seconds of the hour
        job.items.filter(state="waiting").update(due_at=None)
        job = merit_firm.work()
    assert (job.is_automatic, job.state, job.done) == (True, "done", 2)
    for client, books, person in zip(bureau.clients, merit_firm.books, (bureau.actor.user, member), strict=True):
        task = bureau.summary(bureau.month, client).task
        assert (task.due_date, task.assignee) == (last_day(bureau.month), person)
        invoices = books.dated_in(bureau.month)
        assert bureau.count(bureau.month, "sales_invoice", client) == len(invoices)
        assert bureau.count(bureau.month, "sales_invoice.rows", client) == sum(len(each["rows"]) for each in invoices)
    assert Task.objects.count() == 2
    assert [each.code for each in bureau.actor.user.notices.all()] == ["SUMMARIES_DONE"]


@pytest.mark.feature("U03")
@pytest.mark.feature("U43")
@pytest.mark.feature("U72")
@pytest.mark.feature("U73")
def test_work_added_to_earlier_months_counts_in_the_month_under_way_and_never_twice(merit_firm: Firm) -> None:
    bureau, books = merit_firm.bureau, merit_firm.books[0]
    merit_firm.set_up()
    bureau.run_month(bureau.back(2))
    before = books.count(bureau.month, "batches")
    # Three months late, seven months late, and one whose month has not come.
    books.enter(bureau.back(4), bureau.back(8), bureau.back(0))
    job = bureau.run_month()
    assert bureau.count(bureau.month, "ledger_batch") == before + 1
    assert job.result["late"] == 1
    assert bureau.run_month().result["new"] == 0
    assert bureau.count(bureau.month, "ledger_batch") == before + 1
    counted = SeenEntry.objects.filter(client=bureau.client, kind="ledger_batch", gone_at=None)
    window = [bureau.back(back) for back in range(1, 9)]
    assert counted.count() == sum(books.count(month, "batches") for month in window) - 1


@pytest.mark.feature("U44")
def test_with_the_switch_off_work_counts_by_its_own_date_and_a_moved_entry_moves(merit_firm: Firm) -> None:
    bureau, books = merit_firm.bureau, merit_firm.books[0]
    merit_firm.set_up(late_in_current=None)
    bureau.run_month(bureau.back(2))
    books.enter(bureau.back(4))
    moved = books.dated_in(bureau.back(3))[0]
    books.edit(moved, "move", date=bureau.back(2).isoformat())
    bureau.run_month()
    for back in (4, 3, 2, 1):
        month = bureau.back(back)
        assert bureau.count(month, "ledger_batch") == books.count(month, "batches")
        assert bureau.count(month) == books.count(month)


@pytest.mark.feature("U52")
@pytest.mark.feature("U53")
@pytest.mark.feature("U54")
@pytest.mark.feature("U55")
@pytest.mark.feature("U62")
@pytest.mark.feature("U64")
@pytest.mark.feature("U65")
def test_importing_summaries_now_brings_the_last_year_and_overwrites_it_later(merit_firm: Firm) -> None:
    bureau, books, pages = merit_firm.bureau, merit_firm.books[0], merit_firm.pages
    merit_firm.set_up()
    pages.go("summary-settings", "merit").click("Import summaries now")
    assert "Everything that was counted in the last 12 months" in pages.text
    assert "is overwritten with fresh data from Merit Aktiva" in pages.text
    pages.press("Overwrite with fresh data")
    assert merit_firm.work().done == 2
    for client, each in zip(bureau.clients, merit_firm.books, strict=True):
        for back in range(1, 13):
            assert bureau.count(bureau.back(back), "ledger_batch", client) == each.count(bureau.back(back), "batches")
    # A late entry first counts in the month under way; the reload of this one client takes it to its own month.
    SeenEntry.objects.filter(client=bureau.client, counted_in=bureau.month).update(counted_in=None)
    Summary.objects.filter(month=bureau.month).delete()
    books.enter(bureau.back(3))
    bureau.run_month()
    late_in = bureau.count(bureau.month, "ledger_batch")
    gone = books.dated_in(bureau.back(5))[0]
    books.edit(gone, "delete")
    pages.go("summary-reload", "merit", clients=str(bureau.client.pk)).press("Overwrite with fresh data")
    job = merit_firm.work()
    assert (job.total, job.kind) == (1, "summary_reload")
    assert bureau.count(bureau.month, "ledger_batch") == late_in - 1
    for back in range(1, 13):
        assert bureau.count(bureau.back(back), "ledger_batch") == books.count(bureau.back(back), "batches")
        assert bureau.count(bureau.back(back)) == books.count(bureau.back(back))
    changed = AuditEntry.objects.filter(action="summary.changed").latest("pk")
    now = books.count(bureau.back(5))
    assert changed.details["changes"][f"{bureau.back(5):%Y-%m} sales_invoice"] == [now + 1, now]
    assert (changed.user, changed.subject) == (bureau.actor.user, bureau.client.name)


@pytest.mark.feature("U66")
@pytest.mark.feature("U67")
@pytest.mark.feature("U68")
def test_chosen_months_of_chosen_clients_are_imported_with_a_notice_at_the_end(merit_firm: Firm) -> None:
    bureau, pages = merit_firm.bureau, merit_firm.pages
    merit_firm.set_up()
    other = bureau.clients[1]
    pages.go("client-list").press("Do it", action="summary-period:", client=[str(other.pk)])
    assert other.name in pages.text
    first, last = bureau.back(6), bureau.back(5)
    pages.press("Import", vendor="merit", month_from=f"{first:%Y-%m}", month_to=f"{last:%Y-%m}")
    assert "a notice comes when it has ended" in pages.messages()
    assert merit_firm.work().total == 1
    assert [each.due_date for each in Task.objects.order_by("due_date")] == [last_day(first), last_day(last)]
    for month in (first, last):
        assert bureau.count(month, client=other) == merit_firm.books[1].count(month)
    assert not Summary.objects.filter(client=bureau.client).exists()
    shown = [format_date(month, "LLL yyyy", locale="en_GB") for month in (first, last)]
    assert f"summaries of {shown[0]} – {shown[1]} are ready" in pages.open("notices/").text


@pytest.mark.feature("U63")
@pytest.mark.feature("U69")
@pytest.mark.feature("U70")
def test_the_task_stands_in_the_report_and_shows_the_entries_behind_its_numbers(merit_firm: Firm) -> None:
    bureau, books, pages = merit_firm.bureau, merit_firm.books[0], merit_firm.pages
    merit_firm.set_up()
    pages.go("client-list").press("Do it", action="summary-reload:", client=[str(bureau.client.pk)])
    pages.press("Overwrite with fresh data")
    merit_firm.work()
    month = bureau.month
    pages.go("task-report", due_from=month.isoformat(), due_to=last_day(month).isoformat())
    count = books.count(month)
    row = pages.row(bureau.client.name)
    assert "Kuu kokkuvõte" in row
    assert str(count) in row.split(" | ")
    pages.go("task-detail", bureau.summary(month).task_id)
    assert pages.row("Sales invoices").split(" | ")[1] == str(count)
    pages.click("Sales invoices")
    shown = {row.split(" | ")[0] for row in pages.rows("Entries behind")}
    assert shown == {each["number"] for each in books.dated_in(month)}


def test_a_revoked_key_is_named_and_the_others_are_counted(merit_firm: Firm) -> None:
    bureau, pages = merit_firm.bureau, merit_firm.pages
    merit_firm.set_up()
    key = merit_firm.listed[0]["keys"][0]["api_id"]
    merit_firm.merit.call("POST", "keys", {"api_id": key, "revoked": True})
    job = bureau.run_month()
    assert (job.done, job.failed) == (1, 1)
    assert bureau.connection_of(bureau.client).state == ConnectionState.NEEDS_RECONNECT
    assert bureau.summary(bureau.month, bureau.clients[1]).task is not None
    assert "1 client could not be counted" in pages.go("summary-overview", "merit").text
    merit_firm.merit.call("POST", "keys", {"api_id": key, "revoked": False})
    pages.press("Count these again")
    assert merit_firm.work().done == 1
    assert bureau.count(bureau.month) == merit_firm.books[0].count(bureau.month)


def test_what_changes_after_a_month_was_billed_is_a_difference(merit_firm: Firm) -> None:
    bureau, books = merit_firm.bureau, merit_firm.books[0]
    merit_firm.set_up(late_in_current=None)
    bureau.run_month()
    summary = bureau.bill(bureau.month)
    shown = dict(summary.task.values)
    gone = books.dated_in(bureau.month)[0]
    books.edit(gone, "delete")
    books.enter(bureau.month, bureau.month)
    bureau.run_month()
    found = {each.count: each.quantity for each in summary.differences.all()}
    assert found["sales_invoice"] == -1
    assert bureau.total() == sum(books.count(bureau.back(back)) for back in range(1, 8))
    assert bureau.total("ledger_batch") == sum(books.count(bureau.back(back), "batches") for back in range(1, 8))
    assert Task.objects.get(pk=summary.task_id).values == shown
