"""Entries of the Merit connector: every entry of a span once, whatever made it and whenever it was entered."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from tests.contract.emulators.conftest import End
from tests.contract.merit.drafts import draft, entry, partners

from tilisilta.core.documents import Direction
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind
from tilisilta_emulators.merit.ledger import lines_of

ALL = frozenset(EntryKind)
LAST = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 1, 1)


async def entries(target: Any, **fields: Any) -> list[Entry]:
    request = EntriesRequest(**{"date_from": FIRST, "date_to": LAST, "kinds": ALL, **fields})
    return [one async for page in target.read_entries(request) for one in page]


@pytest.fixture
async def busy(merit: End) -> End:
    """Two years of books up to the middle of 2026, with late entries, seen from a year later."""
    merit.emulator.reset({"limits": False, "data": "empty", "clock_skew_s": 0})
    merit.emulator.clock.freeze(dt.datetime(2027, 6, 1, 9, tzinfo=dt.UTC))
    merit.emulator.seed(
        {"history": {"start": "2025-01-01", "end": "2026-06-30", "sales": 7, "purchases": 5, "late": 0.3}}
    )
    return merit


async def test_each_entry_is_told_once_with_its_rows(busy: End) -> None:
    target = busy.connect()
    told = await entries(target, rows_of=frozenset({EntryKind.LEDGER_BATCH, EntryKind.PAYROLL_RUN}))
    assert len({(one.kind, one.id) for one in told}) == len(told)
    assert all(FIRST <= one.date <= LAST for one in told)
    books = busy.emulator.site.books(busy.emulator.site.main)
    sales = [one for one in books.sales if FIRST <= one.date <= LAST]
    batches = [one for one in books.batches if FIRST <= one.date <= LAST]
    counted = Counter(one.kind for one in told)
    assert counted[EntryKind.SALES_INVOICE] == sum(one.total >= 0 for one in sales)
    assert counted[EntryKind.SALES_CREDIT] == sum(one.total < 0 for one in sales) > 0
    purchases = [one for one in books.purchases if FIRST <= one.date <= LAST]
    assert counted[EntryKind.PURCHASE_INVOICE] == sum(one.total >= 0 for one in purchases)
    assert counted[EntryKind.PURCHASE_CREDIT] == sum(one.total < 0 for one in purchases)
    assert counted[EntryKind.PAYMENT_IN] == sum(
        one.direction == 1 and FIRST <= one.date <= LAST for one in books.payments
    )
    assert counted[EntryKind.LEDGER_BATCH] == len(batches)
    assert counted[EntryKind.PAYROLL_RUN] == counted[EntryKind.VAT_RETURN] == 6
    assert counted[EntryKind.MANUAL_ENTRY] == sum(one.code == "PÄ" for one in batches)
    rows = sum(one.rows or 0 for one in told if one.kind is EntryKind.LEDGER_BATCH)
    assert rows == sum(len(lines_of(one)) for one in batches)
    assert set(counted) <= set(target.entry_kinds())


async def test_only_what_is_asked_for_is_read(busy: End) -> None:
    target = busy.connect()
    busy.emulator.log.clear()
    assert await entries(target, kinds=frozenset({EntryKind.OTHER_ENTRY})) == []
    assert busy.calls() == 0
    await entries(target, kinds=frozenset({EntryKind.LEDGER_BATCH, EntryKind.VAT_RETURN}))
    assert (busy.calls("getglbatches"), busy.calls("GetGLBatchesFull")) == (2, 0)
    await entries(target, kinds=frozenset({EntryKind.PAYMENT_OUT}))
    assert busy.calls("getpayments") == 2


async def test_rows_of_invoices_are_read_once_while_nothing_changes(merit: End) -> None:
    target = merit.connect()
    customer, supplier = await partners(target)
    await target.send(draft("k1", customer))
    await target.send(draft("k2", supplier, direction=Direction.PURCHASE))
    await target.send(entry())
    kinds = frozenset({EntryKind.SALES_INVOICE, EntryKind.PURCHASE_INVOICE})
    told = await entries(target, kinds=kinds, rows_of=kinds)
    assert [(one.kind, one.rows, one.number, one.label) for one in told] == [
        (EntryKind.SALES_INVOICE, 1, "N-k1", "Tamm ja Pojad OÜ"),
        (EntryKind.PURCHASE_INVOICE, 1, "N-k2", "Tamm ja Pojad OÜ"),
    ]
    assert (told[0].entered_at, told[1].entered_at[:4]) == ("", str(dt.datetime.now(dt.UTC).year))
    before = merit.calls("getinvoice?") + merit.calls("getpurchorder?")
    again = await entries(target, kinds=kinds, rows_of=kinds, known_rows={one.version: one.rows for one in told})
    assert again == told
    assert merit.calls("getinvoice?") + merit.calls("getpurchorder?") == before
    plain = await entries(target, kinds=kinds)
    assert [one.rows for one in plain] == [None, None]


async def test_an_entry_keeps_its_id_when_it_is_moved_and_is_gone_when_deleted(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    first = await target.send(draft("k1", customer))
    second = await target.send(draft("k2", customer))
    from tilisilta_emulators.merit import edits

    site = merit.emulator.site
    edits.edit(site, site.main, edits.Edit(first.target_id, "move", dt.date(2026, 3, 1)))
    edits.edit(site, site.main, edits.Edit(second.target_id, "delete"))
    told = await entries(target, kinds=frozenset({EntryKind.SALES_INVOICE}))
    assert [(one.id, one.date) for one in told] == [(first.target_id, dt.date(2026, 3, 1))]


async def test_codes_of_batches_may_mean_something_else(busy: End) -> None:
    target = busy.connect(batch_codes="PÄ=other_entry; pk=manual_entry")
    told = Counter(one.kind for one in await entries(target, kinds=ALL - {EntryKind.SALES_INVOICE}))
    assert told[EntryKind.PAYROLL_RUN] == 0
    assert told[EntryKind.MANUAL_ENTRY] == 6
    assert told[EntryKind.OTHER_ENTRY] == 12
