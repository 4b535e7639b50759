"""S05, S47-S52: payments kept in SmartAccounts go to Scoro every hour, if Scoro knows what they paid."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.acceptance.conftest import Firm
from tilisilta.core.period import previous_hour
from tilisilta.engine.rounds import look_round
from tilisilta.store.models import Flow, Run

HOUR = dt.timedelta(hours=1)
ELSEWHERE = "The payment is of a document from elsewhere"


def last_hour(minute: int = 30) -> dt.datetime:
    """Return a moment of the last full hour."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) - HOUR + dt.timedelta(minutes=minute)


@pytest.fixture
def paying(ready: Firm) -> Firm:
    """Invoices are made in Scoro, payments are kept in SmartAccounts and sent back."""
    ready.bring("sales_invoices", "2026-10-19", "2026-10-31")
    ready.bring("purchase_invoices", "2026-10-19", "2026-10-31")
    tick(ready)
    return ready


def tick(firm: Firm) -> None:
    """Choose on the settings page that payments are kept in SmartAccounts and sent to Scoro, some hours ago."""
    firm.pages.open(f"{firm.home}settings/").press("Save", payments_master="target", send_payments_back=True)
    Flow.objects.filter(pk=firm.flow("payments_back").pk).update(automatic_since=timezone.now() - 5 * HOUR)


def an_hour_passes(firm: Firm) -> Run | None:
    """Let the schedule's moment come, and wait for the run that it starts; None when it starts none."""
    before = set(Run.objects.values_list("pk", flat=True))
    due = timezone.now() - dt.timedelta(minutes=1)
    Flow.objects.filter(pk=firm.flow("payments_back").pk).exclude(next_due_at=None).update(next_due_at=due)
    look_round()
    firm.resent()
    return Run.objects.exclude(pk__in=before).first()


def received(firm: Firm, number: str) -> list[tuple[str, str]]:
    """Return the payments that Scoro has of a document: day and sum."""
    return [(each["date"], each["sum"]) for each in firm.scoro.receipts_of(number)]


@pytest.mark.feature("S05")
@pytest.mark.feature("S48")
def test_a_payment_of_the_books_settles_the_invoice_in_scoro(paying: Firm):
    sale, bill = paying.smart.sale("2026-057"), paying.smart.purchase("7911")
    with paying.smart.at(last_hour()):
        paying.smart.receive(sale, "2038.56", day="02.11.2026")
        paying.smart.pay(bill, "400.00", day="03.11.2026")
    assert received(paying, "2026-057") == received(paying, "7911") == []
    run = an_hour_passes(paying)
    assert run is not None
    assert received(paying, "2026-057") == [("2026-11-02", "2038.56")]
    assert received(paying, "7911") == [("2026-11-03", "400.00")]
    assert paying.scoro.invoice("2026-057")["status"] == "paid"
    assert paying.scoro.bill("7911")["status"] != "paid"
    (receipt,) = paying.scoro.receipts_of("2026-057")
    assert (receipt["sales_doc_type"], receipt["contact_id"], receipt["currency"]) == ("invoices", 34, "EUR")
    assert "Went to the target2" in paying.pages.open(f"runs/{run.pk}/").text
    # And never twice.
    an_hour_passes(paying)
    assert paying.scoro.emulated.summary()["duplicates"]["receipts"] == 0
    assert received(paying, "2026-057") == [("2026-11-02", "2038.56")]


@pytest.mark.feature("S05")
def test_payments_are_sent_by_hand_with_preview_and_confirmation(paying: Firm):
    paying.smart.receive(paying.smart.sale("2026-055"), "392.55", day="05.11.2026")
    pages = paying.pages.open(f"{paying.home}import/")
    assert "SmartAccounts → Scoro" in pages.row("Payments back to the source")
    pages.press("Import: Payments back to the source").wait_for_run()
    assert "392.55 EUR" in pages.text
    assert "What an import would add to Scoro" in pages.text
    assert received(paying, "2026-055") == []
    pages.press("Import").wait_for_run()
    assert received(paying, "2026-055") == [("2026-11-05", "392.55")]


@pytest.mark.feature("S47")
@pytest.mark.feature("S49")
def test_the_side_that_keeps_payments_is_chosen_and_the_tick_follows_it(ready: Firm):
    ready.bring("sales_invoices", "2026-06-01", "2026-10-31")
    pages = ready.pages.open(f"{ready.home}settings/")
    assert pages.value("payments_master") == "source"
    assert "Send payments to Scoro" in pages.text
    pages.press("Save", status=422, send_payments_back=True)
    assert "one payment would travel twice" in pages.text

    # Kept in Scoro: what is entered in the books stays there, what is entered in Scoro comes.
    with ready.smart.at(last_hour()):
        ready.smart.receive(ready.smart.sale("2026-057"), "38.56", day="02.11.2026")
    assert an_hour_passes(ready) is None
    assert received(ready, "2026-057") == []
    ready.bring("payments", "2026-06-01", "2026-06-30")
    assert ready.smart.sale("2026-041")["outstandingAmount"] == "0.00"

    # Kept in the books: the way from Scoro is closed and the way back is open.
    tick(ready)
    pages.open(f"{ready.home}import/")
    assert "SmartAccounts → Scoro" in pages.row("Payments back to the source")
    assert not [line for line in pages.rows() if line.startswith("Payments | Scoro")]
    assert "Sent every hour" in pages.open(ready.home).text
    with ready.smart.at(last_hour()):
        ready.smart.receive(ready.smart.sale("2026-057"), "100.00", day="03.11.2026")
    an_hour_passes(ready)
    assert ("2026-11-03", "100.00") in received(ready, "2026-057")
    assert received(ready, "2026-041") == [("2026-06-17", "2711.88")]

    # Without the tick nothing leaves any more.
    ready.pages.open(f"{ready.home}settings/").press("Save", send_payments_back=False)
    with ready.smart.at(last_hour(40)):
        ready.smart.receive(ready.smart.sale("2026-055"), "50.00", day="04.11.2026")
    assert an_hour_passes(ready) is None
    assert received(ready, "2026-055") == []


@pytest.mark.feature("S50")
def test_each_hour_sends_what_was_entered_in_the_hour_before(paying: Firm, monkeypatch: pytest.MonkeyPatch):
    flow = paying.flow("payments_back")
    assert "Every hour" in paying.pages.open(paying.home).row("Payments back")
    assert flow.next_due_at is not None
    assert timezone.now() < flow.next_due_at < timezone.now() + HOUR + dt.timedelta(minutes=15)
    sale = paying.smart.sale("2026-057")
    with paying.smart.at(last_hour(0)):
        paying.smart.receive(sale, "10.00", day="02.11.2026")
    with paying.smart.at(last_hour(59)):
        paying.smart.receive(sale, "20.00", day="02.11.2026")
    with paying.smart.at(last_hour() + HOUR):
        paying.smart.receive(sale, "40.00", day="02.11.2026")
    an_hour_passes(paying)
    assert sorted(amount for _day, amount in received(paying, "2026-057")) == ["10.00", "20.00"]

    def an_hour_later(now: dt.datetime, zone: Any) -> Any:
        return previous_hour(now + HOUR, zone)

    monkeypatch.setattr("tilisilta.engine.context.previous_hour", an_hour_later)
    an_hour_passes(paying)
    assert sorted(amount for _day, amount in received(paying, "2026-057")) == ["10.00", "20.00", "40.00"]
    assert paying.scoro.emulated.summary()["duplicates"]["receipts"] == 0


@pytest.mark.feature("S51")
@pytest.mark.feature("S52")
def test_payments_of_other_documents_stay_and_are_listed_with_the_reason(paying: Firm):
    client = paying.smart.sale("2026-057")["clientId"]
    own = paying.smart.own_sale(client, "50.00", day="01.11.2026")
    before = paying.scoro.emulated.summary()["receipts"]["count"]
    with paying.smart.at(last_hour()):
        paying.smart.receive(own, "62.00", day="02.11.2026")
        paying.smart.receive(paying.smart.sale("2026-057"), "38.56", day="02.11.2026")
    run = an_hour_passes(paying)
    assert run is not None
    assert paying.scoro.emulated.summary()["receipts"]["count"] == before + 1
    assert received(paying, "2026-057") == [("2026-11-02", "38.56")]
    pages = paying.pages.open(f"runs/{run.pk}/")
    assert "Left out1" in pages.text
    line = pages.row(ELSEWHERE)
    assert "62.00 EUR" in line
    assert "did not come from the other side" in line


@pytest.mark.feature("S51")
def test_a_payment_that_came_from_scoro_is_not_sent_back_to_it(ready: Firm):
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    ready.bring("payments", "2026-06-01", "2026-07-10")
    assert len(ready.smart.books()["payments"]) == 3
    before = ready.scoro.books()["receipts"]
    tick(ready)
    pages = ready.pages.open(f"{ready.home}import/").press("Import: Payments back to the source").wait_for_run()
    pages.press("Import").wait_for_run()
    assert "Seen at the source3" in pages.text
    assert ready.scoro.books()["receipts"] == before


@pytest.mark.feature("S48")
@pytest.mark.feature("S50")
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before"])
def test_a_lost_answer_of_scoro_makes_no_double_and_no_loss(paying: Firm, fault: str):
    with paying.smart.at(last_hour()):
        paying.smart.receive(paying.smart.sale("2026-057"), "38.56", day="02.11.2026")
    paying.scoro.emulated.faults({"kind": fault, "times": 1, "match": {"path": "receipts/modify"}})
    an_hour_passes(paying)
    an_hour_passes(paying)
    assert received(paying, "2026-057") == [("2026-11-02", "38.56")]


@pytest.mark.feature("S52")
def test_a_payment_whose_invoice_comes_later_goes_then(paying: Firm):
    """What was left out for want of a document goes when the document has come."""
    paying.scoro.write(
        "invoices",
        no="HILISEM-1",
        date="2026-11-03",
        company_id=34,
        lines=[{"product_id": 75, "price": "100.00", "amount": "1", "vat_code_id": 1}],
    )
    paying.bring("sales_invoices", "2026-11-03", "2026-11-03")
    with paying.smart.at(last_hour()):
        paying.smart.receive(paying.smart.sale("HILISEM-1"), "124.00", day="04.11.2026")
    an_hour_passes(paying)
    assert received(paying, "HILISEM-1") == [("2026-11-04", "124.00")]
