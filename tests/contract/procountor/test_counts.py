"""Entries of the Procountor connector: each once, under an id that stays, with its rows."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from tests.contract.emulators.conftest import End
from tests.contract.merit.test_counts import entries
from tests.contract.procountor.parts import (
    DAY,
    PURCHASE,
    SALES,
    draft,
    invoice,
    journal,
    line,
    payment,
    posted,
    sent_with_steps,
)

from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.ports.counts import EntriesReader, EntryKind
from tilisilta_emulators.procountor import acts, invoices

ALL = frozenset(EntryKind)
INVOICES = frozenset(
    {EntryKind.SALES_INVOICE, EntryKind.SALES_CREDIT, EntryKind.PURCHASE_INVOICE, EntryKind.PURCHASE_CREDIT}
)


async def test_each_entry_is_told_once_with_its_rows(procountor: End) -> None:
    target = procountor.connect()
    sale = await sent_with_steps(target, posted(SALES))
    credit = (await target.send(draft(invoice(is_credit_note=True, direction=SALES, number="K-1"), key="c"))).target_id
    purchase = await sent_with_steps(target, posted(PURCHASE, key="p"))
    old = invoice(line(), number="V-1", date=DAY - dt.timedelta(days=90), due_date=DAY - dt.timedelta(days=60))
    await target.send(draft(old, key="old"))
    entry = await sent_with_steps(target, journal())
    await target.send(payment(sale, direction=SALES))
    await target.send(payment(purchase))
    told = await entries(target, kinds=ALL, rows_of=ALL)
    found = {kind: [(one.id, one.rows, one.date) for one in told if one.kind is kind] for kind in target.entry_kinds()}
    assert found[EntryKind.SALES_INVOICE] == [(sale, 2, DAY)]
    assert found[EntryKind.SALES_CREDIT] == [(credit, 2, DAY)]
    assert found[EntryKind.PURCHASE_INVOICE] == [(purchase, 2, DAY)]
    paid = dt.date(2026, 3, 16)
    assert [(key.split(":")[0], rows, day) for key, rows, day in found[EntryKind.PAYMENT_IN]] == [(sale, 1, paid)]
    assert [(key.split(":")[0], rows, day) for key, rows, day in found[EntryKind.PAYMENT_OUT]] == [(purchase, 1, paid)]
    pages = {row["invoiceId"]: row for row in procountor.emulator.state()["ledger_receipts"] if row["id"] == int(entry)}
    (manual_id,) = pages
    assert [(key, day) for key, _, day in found[EntryKind.MANUAL_ENTRY]] == [(str(manual_id), dt.date(2026, 3, 31))]
    assert {key for key, _, _ in found[EntryKind.LEDGER_BATCH]} == {sale, credit, purchase, str(manual_id)}
    assert all((rows or 0) >= 3 for _, rows, _ in found[EntryKind.LEDGER_BATCH])
    reader: object = target
    assert isinstance(reader, EntriesReader)
    told_sale = next(one for one in told if one.kind is EntryKind.SALES_INVOICE)
    assert (told_sale.number, told_sale.label, told_sale.entered_at[:4]) == ("T-7781", "Esimerkki Tukku Oy", "2026")


async def test_hundreds_are_read_by_pages_and_each_counts_once(procountor: End) -> None:
    procountor.emulator.seed({"purchases": 430, "suppliers": 40, "rows": 3, "paid": 300, "credits": 10})
    procountor.emulator.log.clear()
    target = procountor.connect()
    told = await entries(target, date_from=dt.date(2026, 2, 1), date_to=dt.date(2026, 7, 31), kinds=ALL, rows_of=ALL)
    assert len({(one.kind, one.id) for one in told}) == len(told)
    state = procountor.emulator.state()
    inside = [row for row in state["invoices"] if "2026-02-01" <= row["date"] <= "2026-07-31"]
    counted = Counter(one.kind for one in told)
    assert counted[EntryKind.PURCHASE_INVOICE] + counted[EntryKind.PURCHASE_CREDIT] == len(inside)
    assert counted[EntryKind.PURCHASE_CREDIT] == sum(row["invoiceRows"][0]["quantity"] < 0 for row in inside) > 0
    assert counted[EntryKind.LEDGER_BATCH] == len(inside)
    paid = [row for row in state["payment_events"] if "2026-02-01" <= row["paymentDate"] <= "2026-07-31"]
    assert counted[EntryKind.PAYMENT_OUT] == sum(row["amount"] > 0 for row in paid)
    assert counted[EntryKind.PAYMENT_IN] == sum(row["amount"] < 0 for row in paid) > 0
    assert {one.rows for one in told if one.kind in INVOICES} == {3}
    assert procountor.calls("paymentevents") <= 6
    assert procountor.calls() <= 24


async def test_known_rows_are_not_read_again_and_only_what_is_asked_for_is(procountor: End) -> None:
    procountor.emulator.seed({"purchases": 20, "rows": 2, "to": "2026-06-30"})
    target = procountor.connect()
    told = await entries(target, kinds=INVOICES, rows_of=INVOICES)
    before = procountor.calls()
    again = await entries(target, kinds=INVOICES, rows_of=INVOICES, known_rows={one.version: one.rows for one in told})
    assert again == told
    assert procountor.calls() == before + 1
    assert {one.rows for one in await entries(target, kinds=INVOICES)} == {None}
    assert await entries(target, kinds=frozenset({EntryKind.CASH_ENTRY})) == []
    assert procountor.calls() == before + 2


async def test_a_withdrawn_one_is_gone_and_an_edited_one_keeps_its_id(procountor: End) -> None:
    target = procountor.connect()
    first = (await target.send(draft(key="a"))).target_id
    second = (await target.send(draft(invoice(number="T-2"), key="b"))).target_id
    kinds = INVOICES | {EntryKind.LEDGER_BATCH}
    before = {(one.kind, one.id) for one in await entries(target, kinds=kinds)}
    emulator: Any = procountor.emulator
    site = emulator.site
    books = next(iter(site.companies.values()))
    page = books.invoices.rows[int(first)].receipt_id
    acts.recreate_receipt(site, books, {"id": int(first)})
    acts.set_status(site, books, {"id": int(second), "status": "INVALIDATED"})
    assert books.invoices.rows[int(first)].receipt_id != page
    after = {(one.kind, one.id) for one in await entries(target, kinds=kinds)}
    assert after == {one for one in before if one[1] != second}


async def test_a_key_that_may_not_see_payments_is_told_so(procountor: End) -> None:
    target = procountor.connect()
    await sent_with_steps(target, posted())
    right = {"rights": {"payments.payment": "NO_ACCESS"}}
    procountor.fault("revoke_rights", match={"path": "paymentevents"}, data=right)
    with pytest.raises(Misconfigured) as caught:
        await entries(target, kinds=frozenset({EntryKind.PAYMENT_OUT}))
    assert caught.value.code == "RIGHT_MISSING"


async def test_an_entry_without_a_date_stops_the_count(procountor: End, monkeypatch: pytest.MonkeyPatch) -> None:
    target = procountor.connect()
    await target.send(draft())
    plain = invoices.basic

    def without_date(books: Any, one: Any) -> dict[str, Any]:
        return {name: value for name, value in plain(books, one).items() if name != "date"}

    monkeypatch.setattr(invoices, "basic", without_date)
    with pytest.raises(BadInput):
        await entries(target, kinds=INVOICES)
