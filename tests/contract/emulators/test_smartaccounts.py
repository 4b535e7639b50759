"""The SmartAccounts connector against the emulator's books: once, to the cent, and found again."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.examples import invoice, invoice_draft, item_draft, line, party_draft, payment, payment_draft

from tilisilta.core.documents import AllocationKind, Direction, DocumentKind, PartyRole, StockKind, invoice_kind
from tilisilta.core.errors import BudgetSpent, Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.core.mapping.draft import InvoiceDraft
from tilisilta.ports import CatalogueKind, FetchRequest, FindCertainty, Totals

D = Decimal


async def partners(target: Any) -> tuple[str, str]:
    customer = await target.send(party_draft())
    supplier = await target.send(party_draft(PartyRole.SUPPLIER))
    await target.send(item_draft())
    return customer.target_id, supplier.target_id


def draft(key: str, party: str, **fields: Any) -> InvoiceDraft:
    return invoice_draft(invoice(number=f"N-{key}", **fields), key=key, party_id=party)


@pytest.mark.parametrize(
    ("direction", "is_credit_note"),
    [(Direction.SALES, False), (Direction.SALES, True), (Direction.PURCHASE, False), (Direction.PURCHASE, True)],
)
async def test_an_invoice_goes_out_is_found_and_read_back(
    smart: End, direction: Direction, is_credit_note: bool
) -> None:
    target = smart.connect()
    customer, supplier = await partners(target)
    party = customer if direction is Direction.SALES else supplier
    wanted = draft("k1", party, direction=direction, is_credit_note=is_credit_note)
    before = smart.calls()
    sent = await target.send(wanted)
    assert smart.calls() - before == 1
    assert sent.number == "N-k1"
    assert sent.totals == Totals(net=D(200), vat=D(48), gross=D(248))
    found = await target.find([wanted, draft("k2", party, direction=direction)])
    assert set(found) == {"k1"}
    assert (found["k1"].sent.target_id, found["k1"].certainty) == (sent.target_id, FindCertainty.MARKED)
    kind = invoice_kind(wanted.invoice)
    assert await target.read_totals(kind, [sent.target_id, "gone"]) == {sent.target_id: sent.totals}
    rows = smart.emulator.state()["client_invoices" if direction is Direction.SALES else "vendor_invoices"]
    assert [row["id"] for row in rows] == [sent.target_id]
    assert rows[0]["entryDate"] == "05.01.2026"


async def test_a_cent_of_rounding_lands_where_the_vendor_keeps_it(smart: End) -> None:
    target = smart.connect()
    _customer, supplier = await partners(target)
    odd = draft("k1", supplier, direction=Direction.PURCHASE, vat=D("47.99"), gross=D("247.99"), rounding=D("0.01"))
    sent = await target.send(odd)
    assert sent.totals == Totals(net=D(200), vat=D("47.99"), gross=D(248))
    assert smart.emulator.state()["vendor_invoices"][0]["roundAmount"] == D("0.01")


async def test_records_without_our_mark_are_matched_by_what_they_are(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    await target.send(draft("k1", customer))
    book = smart.emulator.books.client_invoices
    next(iter(book)).comment = None
    same = draft("k1", customer)
    found = await target.find([same, draft("other", customer)])
    assert {key: each.certainty for key, each in found.items()} == {"k1": FindCertainty.MATCHED}
    next(iter(book)).comment = "[TS:somebody-else]"
    assert await target.find([same], fresh=True) == {}


async def test_two_alike_are_for_a_person_to_choose(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    for key in ("a", "b"):
        await target.send(msgspec.structs.replace(draft("k1", customer), key=key))
    for each in smart.emulator.books.client_invoices:
        each.comment = None
    found = await target.find([draft("k1", customer)])
    assert len(found["k1"].others) == 1


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "half", "html", "drop_before", "error_before"])
async def test_whatever_happens_to_the_answer_the_books_tell(smart: End, kind: str) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    wanted = draft("k1", customer)
    smart.fault(kind, match={"path": "clientinvoices:add"}, status=500)
    with pytest.raises(Unknown):
        await target.send(wanted)
    assert smart.calls("clientinvoices:add") == 1
    held = smart.emulator.summary()["client_invoices"]["count"]
    found = await target.find([wanted])
    assert len(found) == held
    if not found:
        await target.send(wanted)
    assert smart.emulator.summary()["client_invoices"]["count"] == 1


async def test_numbers_as_text_make_no_difference(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    smart.fault("numbers_as_strings", times=None)
    sent = await target.send(draft("k1", customer))
    assert sent.totals == Totals(net=D(200), vat=D(48), gross=D(248))
    assert set(await target.find([draft("k1", customer)])) == {"k1"}


@pytest.mark.parametrize("shape", ["errors", "message", "error", "text"])
@pytest.mark.parametrize("language", ["en", "et"])
async def test_refusals_are_understood_in_every_shape_and_language(smart: End, shape: str, language: str) -> None:
    smart.reset(error_shape=shape, locked_until="2026-01-31")
    target = smart.connect(language=language)
    customer, _supplier = await partners(target)
    with pytest.raises(Refused) as locked:
        await target.send(draft("k1", customer))
    assert locked.value.code == "PERIOD_LOCKED"
    with pytest.raises(Refused) as gone:
        await target.send(draft("k2", "nobody", date=dt.date(2026, 2, 1)))
    assert gone.value.code == "PARTY_GONE_AT_TARGET"
    assert smart.emulator.summary()["client_invoices"]["count"] == 0


async def test_what_stands_in_the_way_of_the_connection_is_named(smart: End) -> None:
    async def code_of(target: Any) -> str:
        with pytest.raises(TilisiltaError) as caught:
            await target.check_connection()
        assert isinstance(caught.value, Misconfigured | BudgetSpent)
        return caught.value.code

    assert await code_of(smart.connect({"api_secret": "wrong"})) == "KEY_REFUSED"
    assert await code_of(smart.connect({"api_key": "wrong"})) == "KEY_REFUSED"
    smart.emulator.clock.advance(3600)
    assert await code_of(smart.connect()) == "CLOCK_SKEW"
    smart.reset(unpaid_bill=True)
    smart.emulator.clock.thaw()
    assert await code_of(smart.connect()) == "VENDOR_BILLING"
    smart.reset(rights={"purchasesales/payments": "none"})
    assert (await smart.connect().check_connection()).missing_rights == ("purchasesales/payments",)


async def test_throttling_waits_and_the_spent_day_stops(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    smart.fault("throttle", match={"path": "clientinvoices:add"}, retry_after_s=3)
    with pytest.raises(Retry) as caught:
        await target.send(draft("k1", customer))
    assert 3 <= caught.value.after_s <= 4
    smart.reset(limits=True, per_day=8, per_minute=100)
    target = smart.connect()
    for _ in range(8):
        await target.catalogue(CatalogueKind.VAT_CODES)
    with pytest.raises(BudgetSpent) as spent:
        await target.catalogue(CatalogueKind.VAT_CODES)
    assert spent.value.after_s > 60


async def test_the_connectors_own_limits_spare_the_vendors(smart: End) -> None:
    smart.reset(limits=True, per_day=20, per_minute=100)
    target = smart.connect(limits="on", requests_per_day="20", requests_per_minute="100")
    for _ in range(19):
        await target.read_totals(DocumentKind.SALES_INVOICE, ["x"])
    with pytest.raises(BudgetSpent):
        await target.read_totals(DocumentKind.SALES_INVOICE, ["x"])
    assert "503" not in smart.emulator.log.statuses


# --- parties, items, stock -------------------------------------------------------------------------------------


async def test_parties_and_items_are_found_by_mark_code_and_name(smart: End) -> None:
    target = smart.connect()
    for key, name, code in (("x1", "Õunapuu OÜ", "12345678"), ("x2", "Tamme Kohvik", "")):
        await target.send(msgspec.structs.replace(party_draft(name=name, registry_code=code), key=key))
    for code in ("KONS-1", "T-1", "LAUD"):
        await target.send(item_draft(code=code))
    by_code = party_draft(name="Ounapuu", registry_code="12345678")
    by_name = party_draft(name="tamme  kohvik", registry_code="")
    other = party_draft(name="Tamme Kohvik", registry_code="99999999")
    drafts = [
        msgspec.structs.replace(each, key=key)
        for key, each in (("code", by_code), ("name", by_name), ("other", other), ("none", party_draft()))
    ]
    found = await target.find(drafts)
    assert {key: each.sent.number for key, each in found.items()} == {
        "code": "Õunapuu OÜ",
        "name": "Tamme Kohvik",
        "other": "Tamme Kohvik",
    }
    goods = [msgspec.structs.replace(item_draft(code=code), key=code) for code in ("T-1", "LAUD", "T-9")]
    assert set(await target.find(goods)) == {"T-1", "LAUD"}
    names = [each.name async for page in target.list_parties(PartyRole.CUSTOMER) for each in page]
    assert "Õunapuu OÜ" in names
    assert {each.code async for page in target.list_items() for each in page} == {"KONS-1", "T-1", "LAUD"}


async def test_many_parties_are_looked_for_in_a_few_calls(smart: End) -> None:
    smart.emulator.seed({"clients": 230})
    target = smart.connect()
    drafts = [
        msgspec.structs.replace(party_draft(name=f"Klient {at:06} OÜ", registry_code=f"{20_000_000 + at}"), key=str(at))
        for at in range(225, 235)
    ]
    assert set(await target.find(drafts)) == {str(at) for at in range(225, 230)}
    assert smart.calls() <= 6


async def test_stock_rows_move_stock(smart: End) -> None:
    target = smart.connect()
    customer, supplier = await partners(target)
    await target.send(item_draft(code="LAUD", stock_kind=StockKind.STOCK))
    warehouse = (await target.catalogue(CatalogueKind.WAREHOUSES))[0].key
    row = line(item_code="LAUD", stock_kind=StockKind.STOCK)
    for key, party, direction in (("b", supplier, Direction.PURCHASE), ("s", customer, Direction.SALES)):
        document = invoice(row, number=key, direction=direction)
        goods = invoice_draft(document, key=key, party_id=party, warehouse=warehouse)
        rows = tuple(msgspec.structs.replace(each, item_id="LAUD") for each in goods.lines)
        await target.send(msgspec.structs.replace(goods, lines=rows))
    movements = smart.emulator.state()["movements"]
    assert [each["rows"][0].code for each in movements] == ["LAUD", "LAUD"]


async def test_attachments(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    sent = await target.send(draft("k1", customer))
    await target.attach(
        DocumentKind.SALES_INVOICE, sent.target_id, name="arve.pdf", media_type="application/pdf", content=b"%PDF"
    )
    assert [(each["docId"], each["fileName"], each["size"]) for each in smart.emulator.state()["files"]] == [
        (sent.target_id, "arve.pdf", 4)
    ]


# --- payments --------------------------------------------------------------------------------------------------


async def test_a_payment_pays_is_found_and_comes_back_with_our_key(smart: End) -> None:
    target = smart.connect()
    customer, _supplier = await partners(target)
    sent = await target.send(draft("k1", customer))
    wanted = payment_draft(payment(), party_id=customer, account="Swedbank")
    rows = tuple(msgspec.structs.replace(each, document_id=sent.target_id) for each in wanted.allocations)
    wanted = msgspec.structs.replace(wanted, allocations=rows)
    paid = await target.send(wanted)
    assert set(await target.find([wanted])) == {"pay1"}
    assert await target.read_totals(DocumentKind.PAYMENT, [paid.target_id]) == {paid.target_id: Totals(gross=D(248))}
    assert smart.emulator.state()["client_invoices"][0]["outstandingAmount"] == 0
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    request = FetchRequest(kinds=(DocumentKind.PAYMENT,), changed_since=since)
    records = [each async for page in target.fetch(request) for each in page.records]
    [record] = records
    assert record.document.extra == {"our_key": "pay1"}
    assert [(each.kind, each.document_source_id) for each in record.document.allocations] == [
        (AllocationKind.SALES_INVOICE, sent.target_id)
    ]
    next_hour = FetchRequest(
        kinds=(DocumentKind.PAYMENT,), changed_since=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    )
    assert [page.records async for page in target.fetch(next_hour)] == [()]


@pytest.mark.parametrize("data", [{}, {"delete": True}])
async def test_payments_that_shift_while_they_are_read_all_arrive(smart: End, data: dict[str, Any]) -> None:
    smart.emulator.seed({"clients": 3, "articles": 3, "client_invoices": 250, "paid": 1.0})
    before = {each.id for each in smart.emulator.books.payments}
    smart.fault("change_between_pages", match={"path": "payments:get"}, data=data)
    smart.fault("duplicate_row", match={"path": "payments:get"}, times=None)
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    request = FetchRequest(kinds=(DocumentKind.PAYMENT,), changed_since=since)
    ids = [each.source_id async for page in smart.connect().fetch(request) for each in page.records]
    after = {each.id for each in smart.emulator.books.payments}
    assert before & after <= set(ids)


async def test_many_documents_are_found_and_read_back_in_pages(smart: End) -> None:
    smart.emulator.seed({"clients": 3, "articles": 3, "client_invoices": 300, "comment": True})
    target = smart.connect()
    customer, _supplier = await partners(target)
    drafts = [draft(f"k{at}", customer) for at in range(60)]
    sent = await asyncio.gather(*(target.send(each) for each in drafts))
    smart.emulator.log.clear()
    found = await target.find(drafts)
    assert {key: each.sent.target_id for key, each in found.items()} == {
        each.key: one.target_id for each, one in zip(drafts, sent, strict=True)
    }
    totals = await target.read_totals(DocumentKind.SALES_INVOICE, [each.target_id for each in sent])
    assert totals == {each.target_id: Totals(net=D(200), vat=D(48), gross=D(248)) for each in sent}
    assert smart.calls() <= 4
