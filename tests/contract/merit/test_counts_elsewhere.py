"""SmartAccounts and Netvisor tell their entries for counting by the same port as Merit."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.emulators.conftest import End
from tests.contract.examples import invoice, invoice_draft, item_draft, line, party_draft, payment, payment_draft
from tests.contract.merit.test_counts import entries

from tilisilta.core.documents import AllocationKind, Direction, PartyRole
from tilisilta.core.mapping.draft import AllocationDraft
from tilisilta.ports.counts import EntriesReader, EntryKind
from tilisilta_emulators.registry import make
from tilisilta_emulators.server import start

D = Decimal
ALL = frozenset(EntryKind)


@pytest.fixture
async def smart() -> AsyncIterator[End]:
    end = End(await start(make("smartaccounts")))
    end.reset()
    yield end
    await end.close()


@pytest.fixture
async def netvisor() -> AsyncIterator[End]:
    end = End(await start(make("netvisor")))
    end.reset(demo=False)
    yield end
    await end.close()


async def test_smartaccounts(smart: End) -> None:
    target: Any = smart.connect()
    assert isinstance(target, EntriesReader)
    customer, supplier = [(await target.send(party_draft(role))).target_id for role in PartyRole]
    await target.send(item_draft())
    sent: dict[str, str] = {}
    for key, party, fields in (
        ("s", customer, {}),
        ("c", customer, {"is_credit_note": True}),
        ("p", supplier, {"direction": Direction.PURCHASE}),
        ("n", supplier, {"direction": Direction.PURCHASE, "is_credit_note": True}),
        ("old", customer, {"date": dt.date(2025, 12, 31)}),
    ):
        lines = (line("200.00"), line("100.00", position=2))
        given = invoice(*lines, number=f"N-{key}", **fields)
        sent[key] = (await target.send(invoice_draft(given, key=key, party_id=party))).target_id
    given_payment = payment("372.00", AllocationKind.SALES_INVOICE)
    paid = tuple(AllocationDraft(allocation=each, document_id=sent["s"]) for each in given_payment.allocations)
    account = next(each.key for each in await target.catalogue("bank_accounts") if not each.extra["is_cash"])
    await target.send(payment_draft(given_payment, party_id=customer, account=account, allocations=paid))
    told = await entries(target, kinds=ALL, rows_of=ALL)
    by_kind = {kind: [one for one in told if one.kind is kind] for kind in target.entry_kinds()}
    kinds = {"s": "SALES_INVOICE", "c": "SALES_CREDIT", "p": "PURCHASE_INVOICE", "n": "PURCHASE_CREDIT"}
    for key, name in kinds.items():
        assert [(one.id, one.rows, one.number) for one in by_kind[EntryKind[name]]] == [(sent[key], 2, f"N-{key}")]
    assert len(by_kind[EntryKind.PAYMENT_IN]) == len(by_kind[EntryKind.BANK_ENTRY]) == 1
    assert len(by_kind[EntryKind.LEDGER_BATCH]) == 5
    assert all((one.rows or 0) >= 2 for one in by_kind[EntryKind.LEDGER_BATCH])
    assert [one.rows for one in await entries(target, kinds=frozenset({EntryKind.PAYMENT_IN}))] == [None]


async def test_netvisor(netvisor: End) -> None:
    target: Any = netvisor.connect()
    assert isinstance(target, EntriesReader)
    customer, supplier = [(await target.send(party_draft(role))).target_id for role in PartyRole]
    product = (await target.send(item_draft())).target_id
    sent: dict[str, str] = {}
    for number, party, fields in (
        ("11", customer, {}),
        ("12", customer, {"is_credit_note": True}),
        ("13", supplier, {"direction": Direction.PURCHASE}),
        ("14", customer, {"date": dt.date(2025, 12, 31)}),
    ):
        given = invoice(line("200.00"), line("100.00", position=2), number=number, **fields)
        made = invoice_draft(given, key=number, party_id=party)
        rows = tuple(
            type(each)(line=each.line, vat_code="KOMY", item_id=product, account="3000") for each in made.lines
        )
        sent[number] = (await target.send(type(made)(key=number, invoice=given, party_id=party, lines=rows))).target_id
    told = await entries(target, kinds=ALL, rows_of=ALL)
    found = {(one.kind, one.id): one.rows for one in told}
    assert found[EntryKind.SALES_INVOICE, sent["11"]] == 2
    assert found[EntryKind.SALES_CREDIT, sent["12"]] == 2
    assert found[EntryKind.PURCHASE_INVOICE, sent["13"]] == 2
    assert sent["14"] not in {one.id for one in told if one.kind is EntryKind.SALES_INVOICE}
    assert {one.kind for one in told} <= set(target.entry_kinds())
