"""Several people at the same invoices in the same moment, on whichever database: each thing happens once."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from decimal import Decimal
from threading import Barrier
from typing import Any

import msgspec
import pytest
from django.db import connection
from tests.support.workspace import SUPPLIER, invoice, make_workspace
from tests.unit.formats.banking import camt, entry, payment, statement

from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import bank_files, payments, wiring
from tilisilta.services.workspace import attachments
from tilisilta.services.workspace.invoices import save_invoice, send_sales
from tilisilta.store.models import BankEntry, WorkspaceInvoice, WorkspaceParty, WorkspacePayment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 4
DAY = dt.date(2026, 10, 16)


@pytest.fixture
def firm(monkeypatch):
    monkeypatch.setattr("tilisilta.services.workspace.outputs.make_image", lambda *_told: None)
    wiring.wire()
    return make_workspace()[1]


def bank_file(reference: str) -> bytes:
    return camt(statement(entry("124.00", payment(role="Dbtr", reference=reference), ref="r1", day=str(DAY))))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
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


def at_once(pool: ThreadPoolExecutor, *acts: Callable[[], Any]) -> list[Any]:
    ready = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        ready.wait()
        return told(act)

    return [each.result() for each in [pool.submit(run, act) for act in acts]]


def meanwhile(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> "Future[Any]":
    """Let somebody else act now; who must wait for us is left waiting."""
    begun = pool.submit(told, act)
    with suppress(NotYet):
        begun.result(timeout=0.3)
    return begun


def test_sent_invoices_bear_numbers_without_doubles_and_holes(firm, pool):
    drafts = [save_invoice(firm, invoice()) for _ in range(PEOPLE)]
    sent = at_once(pool, *(lambda row=row: send_sales(firm, row).number for row in drafts))
    assert sorted(sent) == ["1001", "1002", "1003", "1004"]


def test_one_draft_is_sent_once(firm, pool):
    draft = save_invoice(firm, invoice())
    sent = at_once(pool, *(lambda: send_sales(firm, draft).number for _ in range(PEOPLE)))
    assert sorted(sent) == ["1001", *["INVOICE_NOT_DRAFT"] * (PEOPLE - 1)]


@pytest.mark.parametrize("is_known", [True, False], ids=["known supplier", "new supplier"])
def test_a_purchase_invoice_that_several_bring_is_kept_once(firm, pool, is_known):
    if is_known:
        save_invoice(firm, invoice("purchase", number="B-1"))
    taken = at_once(pool, *(lambda: save_invoice(firm, invoice("purchase")).number for _ in range(PEOPLE)))
    assert sorted(taken) == ["A-1", *["INVOICE_DUPLICATE"] * (PEOPLE - 1)]
    assert WorkspaceInvoice.objects.filter(number="A-1").count() == 1
    assert WorkspaceParty.objects.count() == 1


def test_invoices_of_one_new_supplier_make_one_supplier(firm, pool):
    bare = msgspec.structs.replace(SUPPLIER, registry_code="", vat_number="")
    numbers = [f"A-{at}" for at in range(PEOPLE)]
    at_once(
        pool,
        *(
            lambda number=number: save_invoice(firm, invoice("purchase", number=number, party=bare))
            for number in numbers
        ),
    )
    assert WorkspaceInvoice.objects.count() == PEOPLE
    assert WorkspaceParty.objects.count() == 1


def test_one_origin_gives_one_row(firm, pool):
    made = at_once(
        pool, *(lambda: save_invoice(firm, invoice("purchase"), origin="api", origin_id="x").pk for _ in range(PEOPLE))
    )
    assert set(made) == {WorkspaceInvoice.objects.get().pk}


def test_an_invoice_is_paid_once(firm, pool):
    sale = send_sales(firm, save_invoice(firm, invoice()))
    paid = at_once(
        pool, *(lambda: payments.add_payment(firm, sale, DAY, Decimal(124)).amount_minor for _ in range(PEOPLE))
    )
    assert sorted(map(str, paid)) == ["12400", *["PAYMENT_OVER"] * (PEOPLE - 1)]


def test_one_bank_file_that_several_bring_pays_once(firm, pool):
    sale = send_sales(firm, save_invoice(firm, invoice()))
    content = bank_file(sale.reference_number)
    taken = at_once(pool, *(lambda: bank_files.take(firm, "a.xml", content).new for _ in range(PEOPLE)))
    assert sorted(taken) == [0, 0, 0, 1]
    assert WorkspacePayment.objects.count() == 1


def test_who_pays_by_hand_while_a_bank_file_is_read_pays_once(firm, pool, monkeypatch):
    sale = send_sales(firm, save_invoice(firm, invoice()))
    others = []
    recorded = bank_files._recorded

    def while_it_is_recorded(*args: Any) -> Any:
        others.append(meanwhile(pool, lambda: payments.add_payment(firm, sale, DAY, Decimal(124)).pk))
        return recorded(*args)

    monkeypatch.setattr(bank_files, "_recorded", while_it_is_recorded)
    taken = bank_files.take(firm, "a.xml", bank_file(sale.reference_number))
    by_hand = others[0].result()
    assert WorkspacePayment.objects.count() == 1
    assert (taken.matched, by_hand) == (1, "PAYMENT_OVER") or (taken.proposed, type(by_hand)) == (1, int)


def test_an_entry_that_somebody_records_while_all_are_matched_again_pays_once(firm, pool, monkeypatch):
    content = bank_file("2347")
    bank_files.take(firm, "a.xml", content)
    row = BankEntry.objects.get()
    first, second = (
        send_sales(firm, save_invoice(firm, invoice("sales", reference_number=each))) for each in ("2347", "1232")
    )
    others = []
    settle = bank_files._settle

    def while_they_are_matched(*args: Any) -> Any:
        others.append(meanwhile(pool, lambda: bank_files.post_entry(firm, row, second).invoice_id))
        return settle(*args)

    monkeypatch.setattr(bank_files, "_settle", while_they_are_matched)
    bank_files.match_again(firm)
    assert others[0].result() == "BANK_ENTRY_DONE"
    row.refresh_from_db()
    assert (row.state, row.invoice_id) == ("matched", first.pk)
    assert WorkspacePayment.objects.get().invoice_id == first.pk


def test_two_pictures_at_once_leave_one(firm, pool):
    row = save_invoice(firm, invoice("purchase"))
    acts = (
        lambda at=at: attachments.add_attachment(firm, row, f"{at}.pdf", b"%%PDF-%d" % at, is_image=True).pk
        for at in range(PEOPLE)
    )
    made = at_once(pool, *acts)
    assert len(set(made)) == PEOPLE
    assert row.attachments.filter(is_image=True).count() == 1
