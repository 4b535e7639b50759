"""The Netvisor connector and the emulator: send, read back, compare; send twice, find one; lose, refuse, replace."""

import asyncio
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End, RealClock
from tests.contract.examples import item_draft, line, party_draft, payment, payment_draft
from tests.unit.connectors.netvisor_parts import entry_draft, purchase_draft, sales_draft

from tilisilta.connectors import load
from tilisilta.connectors.netvisor import sending
from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    AttachmentRef,
    AttachmentRole,
    DocumentKind,
    LineKind,
    PartyRole,
)
from tilisilta.core.errors import Misconfigured, Refused, Retry, Unknown, Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, LineDraft
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.ports import (
    AttachedFile,
    CatalogueKind,
    FilesTaker,
    FindCertainty,
    LedgerReader,
    PartyDirectory,
    PeriodLocks,
    PeriodReader,
    TotalsReader,
)

D = Decimal
MARCH = (dt.date(2025, 3, 1), dt.date(2025, 3, 31))
PDF = AttachedFile(name="erittely.pdf", media_type="application/pdf", content=b"%PDF-1.4\n%%EOF\n")


def entry(**fields: Any) -> Any:
    return entry_draft(**({"dimensions": ()} | fields))


async def parties(books: Any) -> tuple[str, str, str]:
    """Make a customer, a vendor and a product; return their keys."""
    customer = (await books.send(party_draft())).target_id
    vendor = (await books.send(party_draft(PartyRole.SUPPLIER))).target_id
    product = (await books.send(item_draft(vat_rate=D("25.5")))).target_id
    return customer, vendor, product


def with_product(draft: Any, product: str) -> Any:
    lines = tuple(msgspec.structs.replace(each, item_id=product) for each in draft.lines)
    return msgspec.structs.replace(draft, lines=lines)


def warnings(sent: Any) -> list[str]:
    return [each["code"] for each in json.loads(sent.extra.get("warnings", "[]"))]


# --- vouchers ------------------------------------------------------------------------------------------------


async def test_a_voucher_stands_in_the_ledger_to_the_cent(netvisor: End) -> None:
    books = netvisor.connect()
    assert isinstance(books, LedgerReader | PeriodLocks)
    sent = await books.send(entry())
    rows = await books.read_ledger(*MARCH)
    assert [(row.account, row.vat_code, row.debit, row.credit) for row in rows] == [
        ("1701", "NONE", D(1255), D(0)),
        ("3000", "KOMY", D(0), D(1000)),
        ("2939", "NONE", D(0), D(255)),
    ]
    assert {(row.voucher_id, row.key, row.date) for row in rows} == {(sent.target_id, "k1", dt.date(2025, 3, 31))}
    assert (await books.read_totals(DocumentKind.JOURNAL_ENTRY, [sent.target_id]))[sent.target_id].gross == D(1255)
    assert await books.read_ledger(dt.date(2025, 4, 1), dt.date(2025, 4, 30)) == []


async def test_a_voucher_is_found_by_its_mark(netvisor: End) -> None:
    books = netvisor.connect()
    assert await books.find([entry()], fresh=True) == {}
    sent = await books.send(entry())
    found = await books.find([entry(), entry(key="k2")], fresh=True)
    assert set(found) == {"k1"}
    assert (found["k1"].sent.target_id, found["k1"].certainty) == (sent.target_id, FindCertainty.MARKED)


@pytest.mark.parametrize("kind", ["drop_after", "error_after"])
async def test_a_voucher_whose_answer_is_lost_is_found_and_not_doubled(netvisor: End, kind: str) -> None:
    books = netvisor.connect()
    netvisor.fault(kind, match={"path": "accounting.nv"})
    with pytest.raises(Unknown):
        await books.send(entry())
    found = await books.find([entry()], fresh=True)
    assert set(found) == {"k1"}
    assert len({row.voucher_id for row in await books.read_ledger(*MARCH)}) == 1


@pytest.mark.parametrize("how", ["edit", "invalidate"])
async def test_a_replaced_voucher_stands_once(netvisor: End, how: str) -> None:
    books = netvisor.connect(replacing=how)
    old = await books.send(entry())
    first = entry().entry
    changed = msgspec.structs.replace(
        first,
        postings=tuple(
            msgspec.structs.replace(each, debit=each.debit * 2, credit=each.credit * 2) for each in first.postings
        ),
    )
    draft = entry(entry=changed, extra={"replaces": old.target_id})
    assert await books.find([draft], fresh=True) == {}  # the old one bears the same key and is not the new one
    new = await books.send(draft)
    assert (new.target_id == old.target_id) is (how == "edit")
    rows = await books.read_ledger(*MARCH)
    assert {row.voucher_id for row in rows} == {new.target_id}
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows) == D(2510)
    found = await books.find([draft], fresh=True)
    assert found["k1"].sent.target_id == new.target_id
    # Once more, as after a lost answer with edit: the same books.
    again = await books.send(msgspec.structs.replace(draft, extra={"replaces": new.target_id}))
    rows = await books.read_ledger(*MARCH)
    assert {row.voucher_id for row in rows} == {again.target_id}
    assert sum(row.debit for row in rows) == D(2510)


async def test_an_entry_without_postings_withdraws_the_old_voucher_once(netvisor: End) -> None:
    books = netvisor.connect()
    old = await books.send(entry())
    plain = msgspec.structs.replace(entry().entry, postings=(), replaces="r1")
    draft = entry(key="w1", entry=plain, accounts=(), vat_codes=(), extra={"replaces": old.target_id})
    assert await books.find([draft], fresh=True) == {}
    netvisor.fault("drop_after", match={"path": "invalidatevouchers.nv"})
    with pytest.raises(Unknown):
        await books.send(draft)
    found = await books.find([draft], fresh=True)  # the answer was lost, what it did was not
    assert (found["w1"].sent.target_id, found["w1"].certainty) == (old.target_id, FindCertainty.MARKED)
    assert (await books.send(draft)).target_id == old.target_id
    assert netvisor.calls("invalidatevouchers") == 1
    assert await books.read_ledger(*MARCH) == []


async def test_replacing_goes_on_where_it_was_cut_off(netvisor: End) -> None:
    books = netvisor.connect(replacing="invalidate")
    old = await books.send(entry())
    draft = entry(extra={"replaces": old.target_id})
    netvisor.fault("drop_before", match={"path": "accounting.nv"})
    with pytest.raises((Unknown, Retry)):
        await books.send(draft)
    assert await books.read_ledger(*MARCH) == []
    assert await books.find([draft], fresh=True) == {}
    new = await books.send(draft)
    assert {row.voucher_id for row in await books.read_ledger(*MARCH)} == {new.target_id}
    assert await books.read_totals(DocumentKind.JOURNAL_ENTRY, [old.target_id]) == {}


async def test_a_replacement_that_is_refused_says_that_the_old_voucher_is_gone(netvisor: End) -> None:
    books = netvisor.connect(replacing="invalidate", voucher_class="Muut")
    old = await books.send(entry())
    books = netvisor.connect(replacing="invalidate", voucher_class="Ei sellaista")
    with pytest.raises(Refused) as caught:
        await books.send(entry(extra={"replaces": old.target_id}))
    assert caught.value.code == "OLD_VOUCHER_INVALIDATED"
    assert await books.read_ledger(*MARCH) == []


async def test_a_replacement_with_an_account_that_is_gone_leaves_the_old_voucher(netvisor: End) -> None:
    books = netvisor.connect(replacing="invalidate")
    old = await books.send(entry())
    netvisor.emulator.books.accounts.pop("3000")
    with pytest.raises(Refused) as caught:
        await books.send(entry(extra={"replaces": old.target_id}))
    assert caught.value.code == "ACCOUNT_NOT_IN_NETVISOR"
    assert {row.voucher_id for row in await books.read_ledger(*MARCH)} == {old.target_id}


async def test_a_long_stretch_of_the_ledger_is_read_month_by_month(netvisor: End) -> None:
    books = netvisor.connect()
    entries = [
        msgspec.structs.replace(entry().entry, date=day)
        for day in (dt.date(2025, 1, 15), dt.date(2025, 2, 28), dt.date(2025, 3, 1))
    ]
    for at, each in enumerate(entries):
        await books.send(entry(key=f"k{at}", entry=each))
    netvisor.emulator.log.clear()
    rows = await books.read_ledger(dt.date(2025, 1, 16), dt.date(2025, 3, 1))
    assert sorted({row.key for row in rows}) == ["k1", "k2"]
    assert netvisor.calls("accountingledger.nv") == 3


async def test_a_voucher_takes_dimensions_that_exist_and_no_others(netvisor: End) -> None:
    netvisor.reset(demo=True)
    books = netvisor.connect()
    known = (await books.catalogue(CatalogueKind.DIMENSIONS))[0].key
    assert "::" in known
    await books.send(entry(dimensions=("", known, "")))
    with pytest.raises(Refused) as caught:
        await books.send(entry(key="k2", dimensions=("", "Kustannuspaikka::Ei ole", "")))
    assert caught.value.code == "DIMENSION_REFUSED"
    assert "Ei ole" in caught.value.params["message"]
    assert len({row.voucher_id for row in await books.read_ledger(*MARCH)}) == 1


async def test_a_voucher_takes_its_files(netvisor: End) -> None:
    books = netvisor.connect()
    assert isinstance(books, FilesTaker)
    sent = await books.send_with_files(entry(), [PDF])
    voucher = next(each for each in netvisor.emulator.books.vouchers if str(each.key) == sent.target_id)
    assert [(each.file_name, each.content) for each in voucher.attachments] == [("erittely.pdf", PDF.content)]


async def test_an_account_that_netvisor_lacks_is_named(netvisor: End) -> None:
    books = netvisor.connect()
    with pytest.raises(Refused) as caught:
        await books.send(entry(accounts=("1701", "3999", "2939")))
    assert (caught.value.code, caught.value.params["account"]) == ("ACCOUNT_NOT_IN_NETVISOR", "3999")
    assert netvisor.calls("accounting.nv") == 0


async def test_an_account_removed_after_mapping_is_named(netvisor: End) -> None:
    books = netvisor.connect()
    await books.send(entry())
    netvisor.emulator.books.accounts.pop("3000")
    with pytest.raises(Refused) as caught:
        await books.send(entry(key="k2"))
    assert (caught.value.code, caught.value.params["account"]) == ("ACCOUNT_NOT_IN_NETVISOR", "3000")
    assert caught.value.evidence is not None


@pytest.mark.parametrize("code", ["PERIOD_LOCK", "INVALID_DATA"])
async def test_a_locked_period_is_named(netvisor: End, code: str) -> None:
    netvisor.reset(demo=False, accounting_locked_until="2025-03-31", locked_code=code)
    books = netvisor.connect()
    with pytest.raises(Refused) as caught:
        await books.send(entry())
    assert caught.value.code == "PERIOD_LOCKED"
    assert await books.locked_until() == dt.date(2025, 3, 31)


@pytest.mark.parametrize(("placement", "finnish"), [("beside", True), ("inside", False)])
async def test_periods_and_locks(netvisor: End, placement: str, *, finnish: bool) -> None:
    netvisor.reset(
        demo=False,
        period_placement=placement,
        finnish_dates=finnish,
        accounting_locked_until="2025-01-31",
        purchase_locked_until="2025-02-28",
    )
    books = netvisor.connect()
    assert isinstance(books, PeriodReader)
    state = await books.read_period(dt.date(2025, 2, 10), DocumentKind.JOURNAL_ENTRY)
    assert state.is_open
    assert state.fiscal_period is not None
    assert (state.fiscal_period.first, state.fiscal_period.last) == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    purchase = await books.read_period(dt.date(2025, 2, 10), DocumentKind.PURCHASE_INVOICE)
    assert (purchase.is_open, purchase.lock) == (False, "purchase")
    assert (await books.read_period(dt.date(2025, 1, 31), DocumentKind.JOURNAL_ENTRY)).lock == "accounting"
    assert (await books.read_period(dt.date(1999, 1, 1), DocumentKind.JOURNAL_ENTRY)).fiscal_period is None
    periods = await books.catalogue(CatalogueKind.PERIODS)
    assert periods[0].extra["first"] == "2024-01-01"
    assert periods[0].extra["purchase_locked_until"] == "2025-02-28"
    assert not periods[0].is_active


# --- parties, items ------------------------------------------------------------------------------------------


async def test_parties_and_items_are_made_once_and_found(netvisor: End) -> None:
    books = netvisor.connect()
    customer, vendor, product = await parties(books)
    found = await books.find([party_draft()], fresh=True)
    assert (found["party1"].sent.target_id, found["party1"].certainty) == (customer, FindCertainty.MARKED)
    found = await books.find([party_draft(PartyRole.SUPPLIER)], fresh=True)
    assert (found["party1"].sent.target_id, found["party1"].certainty) == (vendor, FindCertainty.MARKED)
    found = await books.find([item_draft()], fresh=True)
    assert found["item1"].sent.target_id == product
    other = party_draft(name="Tuntematon Oy", registry_code="")
    assert await books.find([other], fresh=True) == {}
    assert isinstance(books, PartyDirectory)
    listed = [each async for page in books.list_parties(PartyRole.SUPPLIER) for each in page]
    assert [(each.target_id, each.name, each.registry_code) for each in listed] == [
        (vendor, "Tamm ja Pojad OÜ", "10000003")
    ]
    assert [each.code async for page in books.list_items() for each in page] == ["T-1"]


async def test_a_party_by_hand_is_matched_by_business_id(netvisor: End) -> None:
    books = netvisor.connect()
    await books.send(party_draft())
    again = msgspec.structs.replace(party_draft(name="Toinen nimi"), key="party2")
    assert (await books.find([again], fresh=True))["party2"].certainty is FindCertainty.MATCHED
    conflicting = msgspec.structs.replace(party_draft(registry_code="10000018"), key="party3")
    assert await books.find([conflicting], fresh=True) == {}


async def test_vendors_on_many_pages(netvisor: End) -> None:
    netvisor.reset(demo=False, vendor_page_size=2)
    books = netvisor.connect()
    for at in range(5):
        party = party_draft(PartyRole.SUPPLIER, name=f"Toimittaja {at}", registry_code=f"1000000{at}")
        await books.send(msgspec.structs.replace(party, key=f"p{at}"))
    listed = [each.name async for page in books.list_parties(PartyRole.SUPPLIER) for each in page]
    assert sorted(listed) == [f"Toimittaja {at}" for at in range(5)]


async def test_a_vendor_that_slips_past_between_two_pages_is_seen(netvisor: End) -> None:
    netvisor.reset(demo=False, vendor_page_size=2)
    books = netvisor.connect()
    for at in range(5):
        party = party_draft(PartyRole.SUPPLIER, name=f"Toimittaja {at}", registry_code=f"1000000{at}")
        await books.send(msgspec.structs.replace(party, key=f"p{at}"))
    netvisor.emulator.clock.advance(5)  # so that the touched one moves to the end of the list
    netvisor.fault("change_between_pages", match={"path": "getvendor.nv"})
    listed = [each.name async for page in books.list_parties(PartyRole.SUPPLIER) for each in page]
    assert sorted(listed) == [f"Toimittaja {at}" for at in range(5)]


# --- sales ---------------------------------------------------------------------------------------------------


async def test_a_sales_invoice_comes_back_to_the_cent(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    draft = with_product(sales_draft(party_id=customer), product)
    sent = await books.send(draft)
    assert sent.number == "1007"
    totals = (await books.read_totals(DocumentKind.SALES_INVOICE, [sent.target_id]))[sent.target_id]
    assert (totals.net, totals.vat, totals.gross) == (D(100), D("25.50"), D("125.50"))
    found = await books.find([draft], fresh=True)
    assert (found["abc123"].sent.target_id, found["abc123"].certainty) == (sent.target_id, FindCertainty.MARKED)
    rows = await books.read_ledger(*MARCH)
    assert sum(row.credit for row in rows if row.account == "3000") == D(100)
    assert isinstance(books, TotalsReader)


async def test_rows_that_round_otherwise_keep_the_cents_of_the_document(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    rows = [
        line("3.33", position=at, quantity=D(3), unit_price=D("1.11"), vat_rate=D("25.5"), vat=D("0.85"))
        for at in range(3)
    ]
    draft = with_product(sales_draft(*rows, party_id=customer, vat=D("2.54"), gross=D("12.53")), product)
    sent = await books.send(draft)
    totals = (await books.read_totals(DocumentKind.SALES_INVOICE, [sent.target_id]))[sent.target_id]
    assert (totals.net, totals.vat, totals.gross) == (D("9.99"), D("2.54"), D("12.53"))
    ledger = await books.read_ledger(*MARCH)
    assert sum(row.debit for row in ledger) == sum(row.credit for row in ledger) == D("12.53")


async def test_a_credit_note_is_matched_with_its_invoice(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    invoice = await books.send(with_product(sales_draft(party_id=customer), product))
    credit = with_product(
        sales_draft(party_id=customer, key="cr1", number="1008", is_credit_note=True, credited_id=invoice.target_id),
        product,
    )
    sent = await books.send(credit)
    assert warnings(sent) == []
    totals = (await books.read_totals(DocumentKind.SALES_CREDIT_NOTE, [sent.target_id]))[sent.target_id]
    assert (totals.net, totals.vat, totals.gross) == (D(100), D("25.50"), D("125.50"))
    ledger = await books.read_ledger(*MARCH)
    sales = [(row.debit, row.credit) for row in ledger if row.account == "3000"]
    assert sorted(sales) == [(D(0), D(100)), (D(100), D(0))]
    found = await books.find([credit], fresh=True)
    assert found["cr1"].sent.target_id == sent.target_id


async def test_a_credit_note_that_cannot_be_matched_is_there_with_a_warning(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    draft = sales_draft(party_id=customer, key="cr1", number="1008", is_credit_note=True, credited_id="999999")
    sent = await books.send(with_product(draft, product))
    assert warnings(sent) == ["CREDIT_NOTE_NOT_MATCHED"]


async def test_an_invoice_entered_by_hand_is_matched_by_number_and_total(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    draft = with_product(sales_draft(party_id=customer), product)
    await books.send(draft)
    for each in netvisor.emulator.books.sales:
        each.head["salesinvoiceprivatecomment"] = ""
    found = await books.find([draft], fresh=True)
    assert found["abc123"].certainty is FindCertainty.MATCHED
    other = with_product(sales_draft(party_id=customer, gross=D("125.51"), vat=D("25.51")), product)
    assert await books.find([other], fresh=True) == {}
    for each in netvisor.emulator.books.sales:
        each.head["salesinvoiceprivatecomment"] = "Tilisilta [TS:someoneelse]"
    assert await books.find([draft], fresh=True) == {}


async def test_a_sales_invoice_takes_files_words_and_rounding(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    rows = (
        line("100.00", quantity=D(1), unit_price=D(100), vat_rate=D("25.5")),
        line("0", position=2, kind=LineKind.TEXT, description="Kiitos tilauksesta", quantity=D(0)),
    )
    draft = with_product(sales_draft(*rows, party_id=customer, rounding=D("-0.02")), product)
    with pytest.raises(Unsupported) as caught:
        await books.send(draft)
    assert caught.value.code == "ROUNDING_PRODUCT_MISSING"
    books = netvisor.connect(rounding_product=product)
    sent = await books.send_with_files(draft, [PDF])
    kept = next(each for each in netvisor.emulator.books.sales if str(each.key) == sent.target_id)
    assert [each.file_name for each in kept.attachments] == ["erittely.pdf"]
    totals = (await books.read_totals(DocumentKind.SALES_INVOICE, [sent.target_id]))[sent.target_id]
    assert totals.gross == D("125.48")


async def test_an_invoice_number_with_letters(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    draft = with_product(sales_draft(party_id=customer, number="2025-A7"), product)
    with pytest.raises(Unsupported) as caught:
        await books.send(draft)
    assert caught.value.code == "NUMBER_NOT_WHOLE"
    books = netvisor.connect(numbering="netvisor")
    sent = await books.send(draft)
    found = await books.find([draft], fresh=True)
    assert (found["abc123"].sent.target_id, found["abc123"].certainty) == (sent.target_id, FindCertainty.MARKED)
    kept = next(iter(netvisor.emulator.books.sales))
    assert kept.head["salesinvoiceourreference"].startswith("2025-A7")


# --- payments ------------------------------------------------------------------------------------------------


async def test_payments_of_sales_invoices(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    invoice = await books.send(with_product(sales_draft(party_id=customer), product))
    paid = payment("125.50")
    draft = payment_draft(
        paid,
        account="Korttimaksu",
        allocations=(AllocationDraft(allocation=paid.allocations[0], document_id=invoice.target_id),),
    )
    assert await books.find([draft], fresh=True) == {}
    sent = await books.send(draft)
    found = await books.find([draft], fresh=True)
    assert (found["pay1"].sent.target_id, found["pay1"].certainty) == (sent.target_id, FindCertainty.MARKED)
    assert (await books.read_totals(DocumentKind.PAYMENT, [sent.target_id]))[sent.target_id].gross == D("125.50")
    assert next(iter(netvisor.emulator.books.sales)).status == "paid"


async def test_a_payment_of_two_invoices_goes_on_where_it_was_cut_off(netvisor: End) -> None:
    books = netvisor.connect()
    customer, _, product = await parties(books)
    ids = []
    for at in range(2):
        draft = with_product(sales_draft(party_id=customer, key=f"i{at}", number=str(1100 + at)), product)
        ids.append((await books.send(draft)).target_id)
    parts = tuple(
        Allocation(kind=AllocationKind.SALES_INVOICE, amount=D("125.50"), document_source_id=each) for each in ids
    )
    paid = payment("251.00", allocations=parts)
    draft = payment_draft(
        paid,
        account="FI2112345600000785",
        allocations=tuple(
            AllocationDraft(allocation=part, document_id=each) for part, each in zip(parts, ids, strict=True)
        ),
    )
    netvisor.fault("drop_before", match={"path": "salespayment.nv"}, after=1)
    with pytest.raises(Unknown):
        await books.send(draft)
    assert len(list(netvisor.emulator.books.sales_payments)) == 1
    assert await books.find([draft], fresh=True) == {}
    sent = await books.send(draft)
    assert len(list(netvisor.emulator.books.sales_payments)) == 2
    assert (await books.find([draft], fresh=True))["pay1"].sent.target_id == sent.target_id
    assert (await books.read_totals(DocumentKind.PAYMENT, [sent.target_id]))[sent.target_id].gross == D(251)


async def test_payments_without_a_form_are_refused_by_us(netvisor: End) -> None:
    books = netvisor.connect()
    with pytest.raises(Unsupported):
        await books.send(payment_draft(payment(kind=AllocationKind.PURCHASE_INVOICE)))
    with pytest.raises(Unsupported):
        await books.send(payment_draft(payment(), allocations=()))
    assert netvisor.calls("salespayment.nv") == 0


# --- purchases -----------------------------------------------------------------------------------------------


def costs(draft: Any) -> Any:
    lines = tuple(msgspec.structs.replace(each, account="4000") for each in draft.lines)
    return msgspec.structs.replace(draft, lines=lines)


async def test_a_purchase_invoice_goes_to_its_very_vendor(netvisor: End) -> None:
    books = netvisor.connect(purchase_ready="on")
    _, vendor, _ = await parties(books)
    draft = costs(purchase_draft(party_id=vendor))
    sent = await books.send(draft)
    kept = next(iter(netvisor.emulator.books.purchases))
    assert str(kept.vendor.key) == vendor
    assert len(list(netvisor.emulator.books.vendors)) == 1
    totals = (await books.read_totals(DocumentKind.PURCHASE_INVOICE, [sent.target_id]))[sent.target_id]
    assert totals.gross == D("125.50")
    found = await books.find([draft], fresh=True)
    assert (found["abc123"].sent.target_id, found["abc123"].certainty) == (sent.target_id, FindCertainty.MARKED)
    rows = await books.read_ledger(*MARCH)
    assert [(row.vat_code, row.debit) for row in rows if row.account == "4000"] == [("KOOS", D(100))]


async def test_reverse_charge_travels_as_posting_data(netvisor: End) -> None:
    books = netvisor.connect(purchase_ready="on")
    _, vendor, _ = await parties(books)
    row = line("100.00", quantity=D(1), unit_price=D(100), vat_rate=D("25.5"), vat=D(0))
    draft = purchase_draft(row, vat_code="RAOS", party_id=vendor, vat=D(0), gross=D(100))
    draft = msgspec.structs.replace(
        draft, lines=tuple(LineDraft(line=each.line, vat_code="RAOS", account="4450") for each in draft.lines)
    )
    sent = await books.send(draft)
    assert warnings(sent) == []
    rows = await books.read_ledger(*MARCH)
    assert [(row.vat_code, row.debit) for row in rows if row.account == "4450"] == [("RAOS", D(100))]
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert sum(row.debit for row in rows if row.account == "1763") == D("25.50")


async def test_posting_data_that_fails_is_told(netvisor: End) -> None:
    netvisor.reset(demo=False, denied=["purchaseinvoicepostingdata.nv"])
    books = netvisor.connect()
    _, vendor, _ = await parties(books)
    draft = costs(purchase_draft(vat_code="EUOS", party_id=vendor, vat=D(0), gross=D(100)))
    sent = await books.send(draft)
    assert warnings(sent) == ["POSTING_DATA_NOT_SET"]
    assert warnings((await books.find([draft], fresh=True))["abc123"].sent) == ["POSTING_DATA_NOT_SET"]


async def test_a_purchase_credit_note(netvisor: End) -> None:
    books = netvisor.connect(purchase_ready="on")
    _, vendor, _ = await parties(books)
    draft = costs(purchase_draft(party_id=vendor, is_credit_note=True, number="H-1"))
    sent = await books.send(draft)
    totals = (await books.read_totals(DocumentKind.PURCHASE_CREDIT_NOTE, [sent.target_id]))[sent.target_id]
    assert totals.gross == D("125.50")
    rows = await books.read_ledger(*MARCH)
    assert [(row.debit, row.credit) for row in rows if row.account == "4000"] == [(D(0), D(100))]
    assert set(await books.find([draft], fresh=True)) == {"abc123"}


async def test_an_invoice_image_travels_with_its_invoice(netvisor: End, monkeypatch: pytest.MonkeyPatch) -> None:
    netvisor.reset(demo=False, finvoice_delay_s=60)
    books = netvisor.connect()
    _, vendor, _ = await parties(books)
    reference = AttachmentRef(source_id="f1", name="lasku.pdf", media_type="application/pdf")
    draft = costs(purchase_draft(party_id=vendor, attachments=(reference,)))
    image = msgspec.structs.replace(PDF, role=AttachmentRole.IMAGE)
    sent = await books.send_with_files(draft, [image])
    assert warnings(sent) == []
    kept = next(iter(netvisor.emulator.books.purchases))
    assert [(each.kind, each.content) for each in kept.attachments] == [("invoiceimage", PDF.content)]
    with pytest.raises(Retry) as caught:  # it shows only later: nobody may say that it is absent
        await books.find([draft], fresh=True)
    assert 60 < caught.value.after_s <= 90
    monkeypatch.setattr(sending, "seconds_until_visible", lambda _organisation, _after_s: 0.0)
    assert await books.find([draft], fresh=True) == {}
    netvisor.emulator.books.purchases.by_key[int(sent.target_id)].visible = kept.modified
    assert set(await books.find([draft], fresh=True)) == {"abc123"}


async def test_a_vendor_that_is_gone_is_named(netvisor: End) -> None:
    books = netvisor.connect()
    with pytest.raises(Refused) as caught:
        await books.send(costs(purchase_draft(party_id="4711")))
    assert caught.value.code == "PARTY_GONE_AT_TARGET"


# --- the door ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["HMACSHA256", "SHA256", "MD5"])
async def test_the_connection_test_sees_the_company(netvisor: End, algorithm: str) -> None:
    info = await netvisor.connect(algorithm=algorithm).check_connection()
    assert (info.registry_code, info.missing_rights) == ("1234567-1", ())
    assert int(info.details["accounts"]) > 20


async def test_a_voucher_type_that_the_company_lacks_is_told_by_the_connection_test(netvisor: End) -> None:
    with pytest.raises(Misconfigured) as caught:
        await netvisor.connect(voucher_class="Tuodut tapahtumat 2").check_connection()
    assert caught.value.params == {"field": "voucher_class", "value": "Tuodut tapahtumat 2"}
    await netvisor.connect(voucher_class="muut").check_connection()


async def test_missing_rights_are_listed_and_named(netvisor: End) -> None:
    netvisor.reset(demo=False, denied=["accounting.nv", "getvendor.nv", "accountlist.nv"])
    books = netvisor.connect()
    info = await books.check_connection()
    assert set(info.missing_rights) == {"getvendor.nv", "accountlist.nv"}
    with pytest.raises(Misconfigured) as caught:
        await books.send(entry())
    assert (caught.value.code, caught.value.params["resource"]) == ("RIGHT_MISSING", "accounting.nv")


@pytest.mark.parametrize("code", ["SERVICE_ACCESS_ERROR", "AUTHENTICATION_FAILED"])
async def test_a_package_without_the_interface(netvisor: End, code: str) -> None:
    netvisor.reset(demo=False, plan="Basic", plan_code=code)
    with pytest.raises(Misconfigured) as caught:
        await netvisor.connect().check_connection()
    assert caught.value.code == ("PLAN_TOO_LOW" if code == "SERVICE_ACCESS_ERROR" else "KEY_REFUSED")


async def test_wrong_keys(netvisor: End) -> None:
    for name in ("customer_key", "partner_key", "partner_id", "organisation_id"):
        with pytest.raises(Misconfigured) as caught:
            await netvisor.connect({name: "7654321-0"}).check_connection()
        assert caught.value.code == "KEY_REFUSED", name


async def test_one_request_at_a_time_over_all_connections(netvisor: End) -> None:
    netvisor.emulator.change_options({"limits": True, "processing_ms": 20})
    store = MemoryBudgetStore(RealClock())  # as two workers share one database
    first, second = (
        load("netvisor").build(
            netvisor.started.credentials,
            {"base_url": netvisor.started.base_url},
            transport=None,
            budget=store,
            clock=RealClock(),
        )
        for _ in range(2)
    )
    drafts = [entry(key=f"k{at}") for at in range(10)]
    await asyncio.gather(*((first if at % 2 else second).send(draft) for at, draft in enumerate(drafts)))
    assert len({row.voucher_id for row in await first.read_ledger(*MARCH)}) == 10
    await asyncio.gather(first.close(), second.close())


async def test_maintenance_waits_and_nothing_is_written(netvisor: End) -> None:
    books = netvisor.connect()
    netvisor.fault("maintenance", match={"path": "accounting.nv"})
    with pytest.raises(Retry) as caught:
        await books.send(entry())
    assert caught.value.code == "NETVISOR_MAINTENANCE"
    assert await books.find([entry()], fresh=True) == {}
    netvisor.fault("transaction_used", match={"path": "accounting.nv"})
    with pytest.raises(Unknown) as unsure:
        await books.send(entry())
    assert unsure.value.code == "REQUEST_REPEATED"


async def test_thousands_of_vouchers_are_found_in_one_look(netvisor: End) -> None:
    books = netvisor.connect()
    drafts = [entry(key=f"k{at}") for at in range(60)]
    for draft in drafts[:40]:
        await books.send(draft)
    netvisor.emulator.log.clear()
    found = await books.find(drafts, fresh=True)
    assert set(found) == {draft.key for draft in drafts[:40]}
    assert netvisor.calls("accountingledger.nv") == 1
