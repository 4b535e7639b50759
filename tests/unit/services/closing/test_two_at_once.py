"""Several people at one month in the same moment, on whichever database: one closes it, and nothing slips through."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from tests.support.closing import OCTOBER
from tests.support.workspace import invoice

from tilisilta.core.documents import encode_document
from tilisilta.services.closing import closing
from tilisilta.services.closing.books import Range
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import payments, postings, wiring
from tilisilta.services.ledger.locks import require_day_open
from tilisilta.store.models import ClosedPeriod, InvoicePosting, Role, Side, WorkspaceInvoice, WorkspacePayment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 4
DAY = dt.date(2026, 10, 16)
BEING_CLOSED = {"LEDGER_BEING_CLOSED", "LEDGER_PERIOD_CLOSED"}  # PostgreSQL tells at once, SQLite lets wait


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    wiring.wire()
    with ThreadPoolExecutor(PEOPLE) as pool:
        yield pool


def told(act: Callable[[], Any]) -> Any:
    """Return what an act gives, or the code of what it refuses; its thread leaves the database behind."""
    try:
        return act()
    except ServiceError as error:
        return error.code
    finally:
        connection.close()


def meanwhile(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> "Future[Any]":
    """Let somebody else act now; who must wait for us is left waiting."""
    begun = pool.submit(told, act)
    with suppress(NotYet):
        begun.result(timeout=0.5)
    return begun


def close(firm, days: Range = OCTOBER) -> ClosedPeriod:
    return closing.close(firm.actor, Side.SALES, days, per_day=False)


def sale(firm) -> WorkspaceInvoice:
    content = encode_document(invoice("sales", number="M-16", date=DAY, due_date=None))
    return firm.invoice(DAY, payload=content)


@pytest.mark.parametrize("overlap", [False, True], ids=["same month", "days in common"])
def test_of_several_who_close_the_same_month_one_does(firm, pool, overlap):
    firm.invoice(DAY)
    roles = [firm.actor, *(firm.as_role(role) for role in (Role.ADMIN, Role.ACCOUNTANT))]
    ready = Barrier(len(roles))

    def act(place: int) -> Any:
        days = Range(OCTOBER.first, OCTOBER.last - dt.timedelta(days=place * overlap))
        ready.wait()
        return closing.close(roles[place], Side.SALES, days, per_day=False).pk

    ends = [each.result() for each in [pool.submit(told, lambda at=at: act(at)) for at in range(len(roles))]]
    period = ClosedPeriod.objects.get()
    assert sorted(map(str, ends)) == sorted([str(period.pk), *["PERIOD_ALREADY_CLOSED"] * 2])
    assert (period.revision, period.document_count) == (1, 1)


def test_who_pays_while_the_month_is_being_closed_is_told_so(firm, pool, monkeypatch):
    row = sale(firm)
    others = []
    begin = closing._begin

    def while_it_begins(*args: Any, **options: Any) -> Any:
        others.append(meanwhile(pool, lambda: payments.add_payment(firm.actor, row, DAY, Decimal(1)).pk))
        return begin(*args, **options)

    monkeypatch.setattr(closing, "_begin", while_it_begins)
    period = close(firm)
    assert others[0].result() in BEING_CLOSED
    assert (period.document_count, WorkspacePayment.objects.count()) == (1, 0)


def test_a_payment_under_way_is_waited_for_and_closed_with_the_rest(firm, pool):
    row = sale(firm)
    with transaction.atomic():
        WorkspaceInvoice.objects.select_for_update().get(pk=row.pk)
        require_day_open(firm.company, Side.SALES, DAY)
        closed = meanwhile(pool, lambda: close(firm).document_count)
        firm.pay(row, DAY, 100)
    assert closed.result() == 2
    assert not WorkspacePayment.objects.filter(closed_period=None).exists()


def test_a_posting_taken_back_under_way_is_seen(firm, pool):
    row = sale(firm)
    with transaction.atomic():
        postings.unpost(firm.actor, row)
        closed = meanwhile(pool, lambda: close(firm).pk)
    assert closed.result() == "PERIOD_HAS_UNPOSTED"
    assert not ClosedPeriod.objects.exists()


@pytest.mark.parametrize("how", ["unpost", "edit"])
def test_what_is_looked_at_cannot_change_before_it_is_closed(firm, pool, monkeypatch, how):
    row = sale(firm)
    others = []
    look = closing.local_blockers

    def by_edit() -> str:
        with transaction.atomic():
            held = postings._locked(firm.actor, row)
            postings.require_invoice_open(held)
            postings.take_back(firm.actor, held, "posting.undone")
        return "taken back"

    def while_they_look(*args: Any) -> Any:
        found = look(*args)
        others.append(meanwhile(pool, by_edit if how == "edit" else lambda: postings.unpost(firm.actor, row)))
        return found

    monkeypatch.setattr(closing, "local_blockers", while_they_look)
    period = close(firm)
    assert others[0].result() in {"LEDGER_INVOICE_CLOSED", *BEING_CLOSED}
    assert period.gross_minor == row.gross_minor
    assert InvoicePosting.objects.filter(invoice__closed_period=period).count() == 3


def test_an_invoice_that_comes_in_while_the_month_is_closed_stays_out_of_it(firm, pool, monkeypatch):
    firm.invoice(DAY)
    look = closing.local_blockers

    def while_they_look(*args: Any) -> Any:
        found = look(*args)
        meanwhile(pool, lambda: firm.invoice(DAY, posted=False).pk)
        return found

    monkeypatch.setattr(closing, "local_blockers", while_they_look)
    assert close(firm).document_count == 1
    pool.shutdown()
    assert WorkspaceInvoice.objects.get(closed_period=None).posting_stage == "none"
