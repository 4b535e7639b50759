"""Payments into Merit and back out of it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.emulators.conftest import End
from tests.contract.merit.drafts import GONE, draft, partners

from tilisilta.core.documents import Allocation, AllocationKind, Direction, DocumentKind, Payment, PaymentDirection
from tilisilta.core.errors import Refused, Unknown, Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, PaymentDraft
from tilisilta.ports import CatalogueKind, FetchRequest, Totals
from tilisilta.ports.paid import PaidReader

D = Decimal
DAY = dt.date(2026, 1, 12)


def paying(key: str, *documents: str, amount: str = "248", purchase: bool = False, **fields: Any) -> PaymentDraft:
    """Return a payment of documents by their ids, the last one being the account."""
    *paid, account = documents
    kind = AllocationKind.PURCHASE_INVOICE if purchase else AllocationKind.SALES_INVOICE
    allocations = tuple(Allocation(kind=kind, amount=D(amount), document_source_id=each) for each in paid)
    payment = Payment(
        **{
            "source_id": key,
            "direction": PaymentDirection.OUTGOING if purchase else PaymentDirection.INCOMING,
            "date": DAY,
            "amount": D(amount) * len(paid),
            "allocations": allocations,
            **fields,
        }
    )
    drafts = tuple(
        AllocationDraft(allocation=each, document_id=one) for each, one in zip(payment.allocations, paid, strict=False)
    )
    return PaymentDraft(key=key, payment=payment, party_id="", account=account, allocations=drafts)


async def cash(target: Any) -> str:
    return next(
        each.key for each in await target.catalogue(CatalogueKind.BANK_ACCOUNTS) if each.extra["is_cash"] == "1"
    )


async def test_a_payment_goes_in_is_found_and_comes_back(merit: End) -> None:
    target = merit.connect()
    customer, supplier = await partners(target)
    sold = (await target.send(draft("k1", customer))).target_id
    bought = (await target.send(draft("k2", supplier, direction=Direction.PURCHASE))).target_id
    account = await cash(target)
    in_, out = paying("p1", sold, account, amount="100"), paying("p2", bought, account, purchase=True)
    assert await target.find([in_, out]) == {}
    sent = {each.key: await target.send(each) for each in (in_, out)}
    found = await target.find([in_, out, paying("p3", sold, account, amount="99")])
    assert {key: each.sent.target_id for key, each in found.items()} == {
        key: each.target_id for key, each in sent.items()
    }
    ids = [each.target_id for each in sent.values()]
    assert await target.read_totals(DocumentKind.PAYMENT, [*ids, "gone"]) == {
        ids[0]: Totals(gross=D(100)),
        ids[1]: Totals(gross=D(248)),
    }
    request = FetchRequest(kinds=(DocumentKind.PAYMENT,), date_from=dt.date(2025, 10, 1), date_to=dt.date(2026, 2, 1))
    pages = [page async for page in target.fetch(request)]
    assert [page.next_token for page in pages] == ["2026-01-01", ""]
    records = [record for page in pages for record in page.records]
    told = {record.source_id: record.document for record in records}
    assert {key: (each.direction, each.amount) for key, each in told.items()} == {
        ids[0]: (PaymentDirection.INCOMING, D(100)),
        ids[1]: (PaymentDirection.OUTGOING, D(248)),
    }
    paid = told[ids[0]].allocations[0]
    assert (paid.kind, paid.document_source_id, paid.document_number) == (AllocationKind.SALES_INVOICE, sold, "N-k1")
    assert told[ids[0]].party.source_id == customer
    assert (told[ids[0]].account, told[ids[0]].is_cash) == (account, True)
    again = FetchRequest(kinds=(DocumentKind.PAYMENT,), source_ids=(ids[1],))
    assert [record.source_id async for page in target.fetch(again) for record in page.records] == [ids[1]]
    changed = FetchRequest(kinds=(DocumentKind.PAYMENT,), changed_since=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    assert {record.source_id async for page in target.fetch(changed) for record in page.records} == set(ids)
    assert set(await target.fetch_parties([customer, supplier, GONE])) == {customer, supplier}
    assert set(await target.fetch_items(["T-1", "T-"])) == {"T-1"}


async def test_several_invoices_are_paid_one_by_one_and_only_what_is_left(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    keys = [(await target.send(draft(f"k{at}", customer))).target_id for at in range(3)]
    wanted = paying("p1", *keys, await cash(target))
    merit.fault("drop_after", match={"path": "sendpayment"}, after=1)
    with pytest.raises(Unknown):
        await target.send(wanted)
    assert await target.find([wanted]) == {}
    sent = await target.send(wanted)
    assert len(sent.target_id.split(",")) == 3
    assert [row["amount"] for row in merit.emulator.state()["payments"]] == [248, 248, 248]
    assert (await target.find([wanted]))["p1"].sent.target_id == sent.target_id


async def test_a_refused_part_is_told_with_what_is_there(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    first, second = [(await target.send(draft(f"k{at}", customer))).target_id for at in range(2)]
    account = await cash(target)
    await target.send(paying("p0", second, account))
    with pytest.raises(Refused) as caught:
        await target.send(paying("p1", first, second, account, date=DAY + dt.timedelta(days=1)))
    assert (caught.value.code, caught.value.params["sent"]) == ("PAYMENT_PARTLY_SENT", "1")
    with pytest.raises(Refused) as caught:
        await target.send(paying("p2", second, account))
    assert caught.value.code == "PAYMENT_TOO_LARGE"
    with pytest.raises(Refused) as caught:
        await target.send(paying("p2", GONE, account))
    assert caught.value.code == "PAID_DOCUMENT_GONE_AT_TARGET"


async def test_what_is_paid_is_told(merit: End) -> None:
    target = merit.connect()
    assert isinstance(target, PaidReader)
    customer, _ = await partners(target)
    keys = [(await target.send(draft(f"k{at}", customer))).target_id for at in range(3)]
    account = await cash(target)
    await target.send(paying("p1", keys[0], account))
    await target.send(paying("p2", keys[1], account, amount="100"))
    told = await target.read_paid(DocumentKind.SALES_INVOICE, [*keys, GONE])
    assert set(told) == set(keys)
    shown = [(each.paid, each.is_paid, each.is_partly_paid) for each in (told[key] for key in keys)]
    assert shown == [(D(248), True, False), (D(100), False, True), (D(0), False, False)]
    late = told[keys[2]]
    assert (late.due_date, late.is_overdue(dt.date(2026, 1, 19))) == (dt.date(2026, 1, 19), False)
    assert late.is_overdue(dt.date(2026, 1, 20))
    assert not told[keys[0]].is_overdue(dt.date(2026, 1, 20))
    with pytest.raises(Unsupported):
        await target.read_paid(DocumentKind.PAYMENT, keys)


async def test_a_credit_note_is_paid_out(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    credit = (await target.send(draft("k1", customer, is_credit_note=True))).target_id
    wanted = paying("p1", credit, await cash(target), direction=PaymentDirection.OUTGOING)
    await target.send(wanted)
    assert merit.emulator.state()["payments"][0]["amount"] == -248
    assert set(await target.find([wanted])) == {"p1"}


async def test_what_merit_cannot_enter_is_not_tried(merit: End) -> None:
    target = merit.connect()
    customer, supplier = await partners(target)
    sold = (await target.send(draft("k1", customer))).target_id
    bought = (await target.send(draft("k2", supplier, direction=Direction.PURCHASE))).target_id
    account = await cash(target)
    cases = {
        "PAYMENT_NOT_IN_FULL": paying("p1", bought, account, purchase=True, amount="100"),
        "NOT_SUPPORTED_BY_TARGET": paying("p2", sold, account, direction=PaymentDirection.OUTGOING),
    }
    for code, wanted in cases.items():
        with pytest.raises(Unsupported) as caught:
            await target.send(wanted)
        assert caught.value.code == code
    with pytest.raises(Unsupported):
        await target.send(paying("p3", account, amount="5"))
    assert merit.emulator.state()["payments"] == []
