"""Work that is entered, changed or taken back after its period was billed: each change comes once, as its own row."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.support.billing import OCTOBER, Billing, make_billing
from tests.support.pages import Pages

from tilisilta.core.billing import Period
from tilisilta.services.billing import making, sending, wiring
from tilisilta.services.billing.contracts import ContractContent, RowContent, rows_of, save_contract
from tilisilta.services.billing.settings import save_settings
from tilisilta.services.workspace import outputs
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.invoices import credit, delete_draft
from tilisilta.store.models import BilledLine, Client, Task, TimeEntry, Topic

pytestmark = pytest.mark.django_db
NOVEMBER = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
DECEMBER = Period(dt.date(2026, 12, 1), dt.date(2026, 12, 31))


def settle_on(billing: Billing, step: int) -> None:
    save_settings(
        billing.owner, payment_term_days=7, rounds_minutes_to=step, needs_classifiers=False, fetches_status=False,
        status_at=dt.time(6),
    )  # fmt: skip


@pytest.fixture
def billing(monkeypatch) -> Billing:
    wiring.wire()
    monkeypatch.setattr(outputs, "make_image", lambda *_: None)
    made = make_billing()
    settle_on(made, 15)
    return made


@pytest.fixture
def client(billing) -> Client:
    return billing.bureau.client("Kask OÜ", language="en")


def worked(billing: Billing, task: Task, minutes: int, day: int = 5, month: int = 10) -> TimeEntry:
    start = dt.datetime(2026, month, day, 9, tzinfo=dt.UTC)
    return TimeEntry.objects.create(
        company=billing.company, task=task, user=billing.owner.user, started_at=start,
        ended_at=start + dt.timedelta(minutes=minutes),
    )  # fmt: skip


def shown(billing: Billing, window: Period = NOVEMBER) -> list[tuple[str, Decimal, Decimal]]:
    return [(each.description, each.quantity, each.net) for each in billing.preview(window).proposals]


def late(quantity: str, net: str, month: str = "October", name: str = "Toode H") -> tuple[str, Decimal, Decimal]:
    return (f"Difference for {month} 2026: {name}", Decimal(quantity), Decimal(net))


@pytest.fixture
def task(billing, client) -> Task:
    """A task with an hour in October, which is billed."""
    billing.contract(client, billing.product("H", kind="hourly", unit="h", price=Decimal(60)))
    made = billing.task(client, dt.date(2026, 10, 31))
    worked(billing, made, 60)
    billing.bill()
    assert shown(billing) == []
    return made


def test_time_entered_later_comes_once_in_steps_of_the_whole(billing, client, task):
    worked(billing, task, 5)
    assert shown(billing) == [late("0.25", "15.00")]  # 65 minutes are 75, of which 60 are billed
    assert shown(billing, OCTOBER) == shown(billing)  # whatever days are chosen
    [row] = billing.preview(NOVEMBER).proposals
    assert [(each.task.title, each.minutes) for each in row.sources] == [("Töö", 15)]
    billing.bill(NOVEMBER)
    assert shown(billing, DECEMBER) == []
    worked(billing, task, 5)  # 70 minutes are 75 still
    assert shown(billing, DECEMBER) == []
    worked(billing, task, 10)
    assert shown(billing, DECEMBER) == [late("0.25", "15.00")]
    billing.bill(DECEMBER)
    assert [line.late for line in BilledLine.objects.order_by("pk")] == [0, 1, 2]
    assert sum(line.quantity for line in BilledLine.objects.all()) == Decimal("1.5")


def test_time_on_another_task_and_of_an_empty_period_comes_too(billing, client, task):
    other = billing.task(client, dt.date(2026, 12, 24))
    worked(billing, other, 30, day=31)
    assert shown(billing) == [late("0.5", "30.00")]
    billing.bill(NOVEMBER)  # November itself is empty
    worked(billing, other, 15, day=9, month=11)
    # It was never billed, so it comes as the row of its period.
    assert shown(billing, DECEMBER) == [("Toode H, November 2026", Decimal("0.25"), Decimal("15.00"))]
    billing.bill(DECEMBER)
    assert shown(billing, DECEMBER) == []


def test_what_was_never_looked_at_is_no_late_work(billing, client, task):
    worked(billing, task, 60, month=8)  # before the bureau billed here
    assert shown(billing) == []
    assert "August" in shown(billing, Period(dt.date(2026, 8, 1), dt.date(2026, 8, 31)))[0][0]


@pytest.mark.parametrize("how", ["shorter", "deleted", "not billable", "moved", "task", "cancelled"])
def test_time_that_is_taken_back_is_given_back(billing, client, task, how):
    entry = TimeEntry.objects.get()
    if how == "shorter":
        entry.ended_at = entry.started_at + dt.timedelta(minutes=30)
    entry.is_billable = how != "not billable"
    entry.save()
    if how == "deleted":
        entry.delete()
    elif how == "moved":
        entry.started_at, entry.ended_at = (each - dt.timedelta(days=90) for each in (entry.started_at, entry.ended_at))
        entry.save()
    elif how in {"task", "cancelled"}:
        Task.objects.update(**({"is_billable": False} if how == "task" else {"status": "cancelled"}))
    back = "0.5" if how == "shorter" else "1"
    assert shown(billing) == [late(f"-{back}", f"-{Decimal(back) * 60:.2f}")]
    assert billing.preview(NOVEMBER).bills[0].is_credit
    billing.bill(NOVEMBER)
    note = billing.invoices()[-1]
    assert (note.is_credit_note, note.net_minor) == (True, int(Decimal(back) * 6000))
    assert BilledLine.objects.latest("pk").net_minor == -note.net_minor
    assert shown(billing, DECEMBER) == []


def test_settings_and_prices_of_today_change_nothing_that_was_billed(billing, client, task):
    settle_on(billing, 60)
    contract = client.contracts.get()
    row = rows_of(contract)[0]
    content = RowContent(product=row.product, row_id=row.pk, price=Decimal(90))
    save_contract(
        billing.owner, ContractContent(client=client, starts_on=contract.starts_on, rows=[content]), row=contract
    )
    topic = Topic.objects.create(company=billing.company, name="Maksud", is_billable=False)
    Task.objects.update(topic=topic)
    row.product.topic = Topic.objects.create(company=billing.company, name="Muu")
    row.product.save()
    assert shown(billing) == []
    worked(billing, task, 1)  # 61 minutes are two hours now, at the price of then
    assert shown(billing) == [late("1", "60.00")]


def test_each_minute_goes_to_one_row(billing, client):
    topic = Topic.objects.create(company=billing.company, name="Maksud")
    every = billing.product("H", kind="hourly", price=Decimal(60))
    taxes = billing.product("M", kind="hourly", price=Decimal(90), topic=topic)
    billing.contract(client, every, taxes)
    task = billing.task(client, dt.date(2026, 10, 31), topic=topic)
    worked(billing, task, 60)
    worked(billing, billing.task(client, dt.date(2026, 10, 31)), 30)
    assert [(name, str(net)) for name, _, net in shown(billing, OCTOBER)] == [
        ("Toode H, October 2026", "30.00"),
        ("Toode M, October 2026", "90.00"),
    ]
    billing.bill()
    worked(billing, task, 30)
    assert shown(billing) == [late("0.5", "45.00", name="Toode M")]


def test_a_credited_period_is_billed_anew_without_what_later_rows_hold(billing, client, task):
    worked(billing, task, 30)
    billing.bill(NOVEMBER)
    sending.issue(billing.owner, billing.invoices())
    sending.issue(billing.owner, [credit(billing.owner, billing.invoices()[0])])
    assert shown(billing, OCTOBER) == [("Toode H, October 2026", Decimal(1), Decimal("60.00"))]


def test_a_deleted_draft_of_late_work_waits_again(billing, client, task):
    worked(billing, task, 30)
    billing.bill(NOVEMBER)
    delete_draft(billing.owner, billing.invoices()[-1])
    assert shown(billing) == [late("0.5", "30.00")]


def test_counts_that_change_later_come_at_the_price_of_their_tier(billing, client):
    counted = billing.count_field()
    pieces = billing.product("A", kind="per_piece", field=counted, price=Decimal(1), tiers=[["101", "0.50"]])
    billing.contract(client, pieces)
    task = billing.task(client, dt.date(2026, 10, 30), {counted: 90})
    billing.bill()
    task.values = {str(counted.pk): "100"}  # exactly at the boundary
    task.save()
    assert shown(billing) == [late("10", "10.00", name="Toode A")]
    billing.task(client, dt.date(2026, 10, 15), {counted: 1})  # piece 101
    assert shown(billing) == [late("11", "10.50", name="Toode A")]
    billing.bill(NOVEMBER)
    task.due_date = dt.date(2026, 11, 30)  # moved, and counted once all the same
    task.save()
    assert shown(billing, DECEMBER) == []
    task.values = {}
    task.save()
    assert shown(billing, DECEMBER) == [late("-100", "-99.50", name="Toode A")]


def test_the_store_itself_takes_late_work_once(billing, client, task, monkeypatch):
    worked(billing, task, 30)
    billing.bill(NOVEMBER)
    line = BilledLine.objects.latest("pk")
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()
    worked(billing, task, 30, day=6)
    seen = billing.preview(DECEMBER).fingerprint
    monkeypatch.setattr(making, "_next_late", lambda _: line.late)  # as somebody who looked at the same moment
    made = making.confirm(billing.owner, DECEMBER, dt.date(2027, 1, 2), expected=seen)
    assert made.invoices == ()
    assert "somebody else billed a row of this period meanwhile" in made.failed[0]


def test_the_first_page_shows_what_waits(billing, client, task):
    worked(billing, task, 30)
    pages = Pages(billing.company, billing.owner.user).go("billing-home")
    assert "+0.5" in pages.text
    assert "2026-10 · Toode H" in pages.text
    invoice = stored_invoice(billing.invoices()[0])
    assert invoice.net == sum(each.net for each in invoice.lines) == Decimal("60.00")
