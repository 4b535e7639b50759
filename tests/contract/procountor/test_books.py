"""Payments, products and journals into Procountor; periods and the ledger read back."""

import contextlib
import datetime as dt
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.procountor.parts import (
    DAY,
    PURCHASE,
    SALES,
    D,
    draft,
    entries,
    invoice,
    journal,
    line,
    payment,
    posted,
    sent_with_steps,
)

from tilisilta.core.documents import Allocation, AllocationKind, Direction, DocumentKind, Item
from tilisilta.core.errors import Misconfigured, Refused, Unknown, Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, ItemDraft, PaymentDraft
from tilisilta.ports import CatalogueKind, FindCertainty, Totals

JOURNAL = DocumentKind.JOURNAL_ENTRY


def events(end: End) -> list[Any]:
    return list(end.emulator.state()["payment_events"])


def status(end: End) -> str:
    return str(end.emulator.state()["invoices"][0]["status"])


@pytest.mark.parametrize("direction", [SALES, PURCHASE])
async def test_a_payment_marks_its_invoice_paid_and_is_found_again(procountor: End, direction: Direction) -> None:
    target = procountor.connect()
    target_id = await sent_with_steps(target, posted(direction))
    given = payment(target_id, direction=direction)
    assert await target.find([given]) == {}
    sent = await target.send(given)
    assert (status(procountor), events(procountor)[0]["amount"]) == ("MARKED_PAID", D("202.06"))
    found = await target.find([given])
    assert found["pay1"].sent.target_id == sent.target_id
    marked = FindCertainty.MARKED if direction is SALES else FindCertainty.MATCHED
    assert found["pay1"].certainty is marked
    assert await target.read_totals(DocumentKind.PAYMENT, [sent.target_id, "1:2"]) == {
        sent.target_id: Totals(gross=D("202.06"))
    }


async def test_a_payment_whose_answer_is_lost_is_booked_once(procountor: End) -> None:
    target = procountor.connect()
    given = payment(await sent_with_steps(target, posted()))
    procountor.fault("drop_after", match={"path": "markpaid"})
    with pytest.raises(Unknown):
        await target.send(given)
    # The call must not leave twice behind our back either: it would be booked twice.
    assert procountor.calls("markpaid") == 1
    assert set(await target.find([given])) == {"pay1"}
    assert len(events(procountor)) == 1


async def test_money_that_the_bank_brought_is_not_booked_again(procountor: End) -> None:
    target = procountor.connect()
    target_id = await sent_with_steps(target, posted(SALES))
    await target.send(payment(target_id, amount="100.00", direction=SALES))
    with pytest.raises(Refused) as caught:
        await target.send(msgspec.structs.replace(payment(target_id, direction=SALES), key="pay2"))
    assert caught.value.code == "PAID_ALREADY_IN_PROCOUNTOR"
    with pytest.raises(Refused) as gone:
        await target.send(payment("99", direction=SALES))
    assert gone.value.code == "PAID_DOCUMENT_GONE_AT_TARGET"
    assert [each["amount"] for each in events(procountor)] == [D("100.00")]


async def test_a_cent_between_two_ways_of_rounding_stops_no_payment(procountor: End) -> None:
    target = procountor.connect()
    rows = [line(price="0.33", quantity="1") for _ in range(3)]  # 0.08 of VAT a row; 0.25 of the whole
    target_id = await sent_with_steps(target, draft(invoice(*rows, vat=D("0.25"), gross=D("1.24")), approve="1"))
    assert (await target.read_totals(DocumentKind.PURCHASE_INVOICE, [target_id]))[target_id].gross == D("1.23")
    await target.send(payment(target_id, amount="1.24"))
    assert events(procountor)[0]["amount"] == D("1.24")


async def test_reference_payments_are_never_sent(procountor: End) -> None:
    target = procountor.connect()
    target_id = await sent_with_steps(target, posted(SALES))
    with pytest.raises(Unsupported) as caught:
        await target.send(payment(target_id, direction=SALES, is_reference_payment=True, reference_number="26013"))
    assert caught.value.code == "REFERENCE_PAYMENT_NOT_SENT"
    assert events(procountor) == []


async def test_payments_that_have_no_form_or_come_too_early_are_refused(procountor: End) -> None:
    target = procountor.connect()
    target_id = (await target.send(draft())).target_id
    with pytest.raises(Refused) as early:
        await target.send(payment(target_id))
    assert early.value.code == "INVOICE_NOT_APPROVED_IN_PROCOUNTOR"
    for wrong in (
        payment(target_id, amount="10"),
        payment(target_id, direction=SALES),
    ):
        unlike = msgspec.structs.replace(wrong, payment=msgspec.structs.replace(payment("1").payment, amount=D(11)))
        with pytest.raises(Unsupported):
            await target.send(unlike)
    with pytest.raises(Unsupported):
        await target.send(msgspec.structs.replace(payment(target_id), allocations=()))
    assert events(procountor) == []


async def test_a_payment_of_several_invoices_goes_on_where_it_stopped(procountor: End) -> None:
    target = procountor.connect()
    ids = [
        await sent_with_steps(target, draft(invoice(number=f"T-{at}"), key=f"k{at}", approve="1")) for at in range(2)
    ]
    kind = AllocationKind.PURCHASE_INVOICE
    parts = tuple(Allocation(kind=kind, amount=D("202.06"), document_source_id=each) for each in ids)
    one = payment(ids[0], amount="404.12", allocations=parts)
    both: PaymentDraft = msgspec.structs.replace(
        one,
        allocations=tuple(
            AllocationDraft(allocation=part, document_id=each) for part, each in zip(parts, ids, strict=True)
        ),
    )
    procountor.fault(
        "refuse", match={"path": f"{ids[1]}/paymentevents/markpaid"}, data={"message": "CLOSED_FISCAL_PERIOD"}
    )
    with pytest.raises(Refused) as caught:
        await target.send(both)
    assert (caught.value.code, caught.value.params["sent"]) == ("PAYMENT_PARTLY_SENT", "1")
    assert await target.find([both]) == {}
    sent = await target.send(both)
    assert len(events(procountor)) == 2
    assert sent.totals == Totals(gross=D("404.12"))
    assert (await target.find([both]))["pay1"].sent.target_id == sent.target_id


async def test_money_of_a_credit_note_goes_the_other_way(procountor: End) -> None:
    target = procountor.connect()
    target_id = await sent_with_steps(target, draft(invoice(is_credit_note=True), approve="1"))
    kind = AllocationKind.PURCHASE_INVOICE
    back = Allocation(kind=kind, amount=D("202.06"), document_source_id="501", is_credit_note=True)
    given = payment(target_id)
    given = msgspec.structs.replace(given, allocations=(AllocationDraft(allocation=back, document_id=target_id),))
    await target.send(given)
    assert (events(procountor)[0]["amount"], status(procountor)) == (D("-202.06"), "MARKED_PAID")


async def test_products_are_found_by_code_in_their_own_register(procountor: End) -> None:
    target = procountor.connect()
    sold = ItemDraft(
        key="i1",
        item=Item(
            source_id="7", code="PL-10", name="Pahvilaatikko", unit="kpl", sales_price=D("12.50"), vat_rate=D("25.5")
        ),
        vat_code="1",
        sales_account="3000",
    )
    bought = ItemDraft(key="i2", item=Item(code="PL-10", name="Pahvi", purchase_price=D(5)), purchase_account="4000")
    made = await target.send(sold)
    found = await target.find([sold, bought])
    assert {key: each.sent.target_id for key, each in found.items()} == {"i1": made.target_id}
    [held] = procountor.emulator.state()["products"]
    assert (held["type"], held["unit"], held["price"], held["defaultAccount"]) == ("SALES", "PIECE", D("12.50"), "3000")
    assert [entry.label for entry in await target.catalogue(CatalogueKind.ITEMS)] == ["PL-10 Pahvilaatikko"]


# --- journals ------------------------------------------------------------------------------------------------


def balances(end: End) -> dict[str, Any]:
    return dict(end.emulator.state()["ledger"])


async def test_a_closed_period_is_one_journal_to_the_cent(procountor: End) -> None:
    target = procountor.connect()
    given = journal()
    target_id = await sent_with_steps(target, given)
    assert balances(procountor) == {"1701": D("1255.03"), "2939": D("-255.03"), "3000": D("-1000.00")}
    [held] = procountor.emulator.state()["ledger_receipts"]
    assert (held["type"], held["status"], str(held["receiptDate"])) == ("JOURNAL", "APPROVED", "2026-03-31")
    found = await target.find([given, journal(key="j2")])
    assert {key: each.sent.target_id for key, each in found.items()} == {"j1": target_id}
    rows = await target.read_ledger(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    ours: dict[str, Any] = {}
    for row in rows:
        ours[row.account] = ours.get(row.account, D(0)) + row.debit - row.credit
    assert ours == balances(procountor)
    assert {row.key for row in rows} == {"j1"}
    assert (await target.read_totals(JOURNAL, [target_id]))[target_id].gross == D("1255.03")


async def test_a_period_sent_again_takes_the_place_of_the_old_one(procountor: End) -> None:
    target = procountor.connect()
    old_id = await sent_with_steps(target, journal())
    new = journal(key="j2", amount="2000.00", replaces=old_id)
    assert await target.find([new]) == {}
    assert await sent_with_steps(target, new) == old_id
    assert balances(procountor) == {"1701": D("2510.03"), "2939": D("-510.03"), "3000": D("-2000.00")}
    found = await target.find([new])
    assert found["j2"].sent.target_id == old_id
    await sent_with_steps(target, new)
    assert procountor.emulator.summary()["journals"]["count"] == 1


async def test_a_withdrawn_period_leaves_the_books(procountor: End) -> None:
    target = procountor.connect()
    old_id = await sent_with_steps(target, journal())
    gone = journal(key="j2", replaces=old_id, postings=())
    assert target.steps_after(gone) == ()
    assert await target.find([gone]) == {}
    for _ in range(2):
        assert (await target.send(gone)).target_id == old_id
    assert balances(procountor) == {}
    assert set(await target.find([gone])) == {"j2"}
    # What was withdrawn cannot be written into: the next one is new.
    again = await sent_with_steps(target, journal(key="j3", replaces=old_id))
    assert again != old_id


@pytest.mark.parametrize("path", ["/unfinished", "PUT /ledgerreceipts/", "/approve"])
@pytest.mark.parametrize("kind", ["drop_after", "error_after", "drop_before"])
async def test_a_replacement_that_is_broken_off_is_completed(procountor: End, path: str, kind: str) -> None:
    target = procountor.connect()
    old_id = await sent_with_steps(target, journal())
    new = journal(key="j2", amount="2000.00", replaces=old_id)
    method, _, part = path.rpartition(" ")
    procountor.fault(kind, match={"path": part} | ({"method": method} if method else {}), status=500)
    for _ in range(3):
        with contextlib.suppress(Unknown):
            found = await target.find([new], fresh=True)
            target_id = found["j2"].sent.target_id if found else (await target.send(new)).target_id
            for step in target.steps_after(new):
                await target.take_step(step, new, target_id)
            break
    [held] = procountor.emulator.state()["ledger_receipts"]
    assert held["status"] == "APPROVED"
    assert balances(procountor)["3000"] == D("-2000.00")


async def test_journals_that_cannot_be_written_are_refused_before_the_old_one_is_touched(procountor: End) -> None:
    target = procountor.connect(journal_status="unfinished")
    old_id = await sent_with_steps(target, journal())
    wrong = msgspec.structs.replace(journal(key="j2", replaces=old_id), accounts=("4999", "2939", "1701"))
    with pytest.raises(Refused) as caught:
        await target.send(wrong)
    assert caught.value.code == "ACCOUNT_OR_VAT_UNMAPPED"
    blind = procountor.connect(vat_accounts="9999")
    with pytest.raises(Refused) as unknown:
        await blind.send(journal(key="j3"))
    assert unknown.value.code == "VAT_ACCOUNTS_UNKNOWN"
    procountor.fault("touch_receipt", match={"path": "/ledgerreceipts/", "method": "PUT"})
    with pytest.raises(Refused) as changed:
        await target.send(journal(key="j2", amount="2000.00", replaces=old_id))
    assert changed.value.code == "JOURNAL_CHANGED"
    assert balances(procountor)["3000"] == D("-1000.00")


# --- the connection ------------------------------------------------------------------------------------------


async def test_periods_tell_what_is_closed(procountor: End) -> None:
    procountor.reset(data="empty", open_from="2026-02-01")
    target = procountor.connect()
    assert await target.locked_until() == dt.date(2026, 1, 31)
    closed = await target.read_period(dt.date(2026, 1, 31), DocumentKind.SALES_INVOICE)
    assert (closed.is_open, closed.lock) == (False, "accounting")
    assert (await target.read_period(DAY, DocumentKind.SALES_INVOICE)).is_open
    assert not (await target.read_period(dt.date(1999, 1, 1), JOURNAL)).is_open
    periods = await target.catalogue(CatalogueKind.PERIODS)
    assert all(entry.extra["first"] < entry.extra["last"] for entry in periods)


async def test_catalogues_come_from_the_company(procountor: End) -> None:
    procountor.reset(data="demo", vat_percents=["25.5", "13.5", "0"])
    target = procountor.connect()
    codes = {entry.key: entry for entry in await target.catalogue(CatalogueKind.VAT_CODES)}
    assert (codes["3"].for_sales, codes["3"].for_purchases) == (True, False)
    assert codes["1"].extra["percents_sales"] == "25.5,13.5,0"
    accounts = {entry.key: entry.is_active for entry in await target.catalogue(CatalogueKind.ACCOUNTS)}
    assert (accounts["3000"], accounts["9995"]) == (True, False)
    banks = await target.catalogue(CatalogueKind.BANK_ACCOUNTS)
    assert [entry.is_active for entry in banks] == [True, True, False]
    dimensions = await target.catalogue(CatalogueKind.DIMENSIONS)
    assert "Kustannuspaikka: Konepaja" in {entry.label for entry in dimensions}
    assert await target.catalogue(CatalogueKind.WAREHOUSES) == []


async def test_the_company_of_the_key_is_shown_and_missing_rights_by_operation(procountor: End) -> None:
    info = await procountor.connect().check_connection()
    assert (info.environment, info.missing_rights) == ("Esimerkki Konepaja Oy", ())
    assert info.registry_code.count("-") == 1
    assert info.details["role"] == "ACCOUNTANT"
    taken = {
        "purchases.purchaseInvoices": "VIEWING_RIGHTS",
        "payments.markAsPaid": "NO_ACCESS",
        "accounting.preventEditingAccountingPage": True,
    }
    procountor.reset(data="empty", rights=taken)
    info = await procountor.connect().check_connection()
    assert set(info.missing_rights) == {
        "purchase_invoice: purchases.purchaseInvoices",
        "payment: payments.markAsPaid",
        "ledger_receipt: accounting.preventEditingAccountingPage",
    }


@pytest.mark.parametrize("redirect", ["", "https://tilisilta.example/procountor/callback"])
async def test_the_redirect_address_is_optional(procountor: End, redirect: str) -> None:
    info = await procountor.connect({"redirect_uri": redirect}).check_connection()
    assert info.environment


@pytest.mark.parametrize("shape", ["errors", "oauth", "both"])
async def test_a_wrong_key_is_an_invalid_token_in_every_shape(procountor: End, shape: str) -> None:
    procountor.reset(data="empty", token_error=shape)
    with pytest.raises(Misconfigured) as caught:
        await procountor.connect({"api_key": "prck-wrong"}).check_connection()
    assert caught.value.code == "INVALID_TOKEN"
    with pytest.raises(Misconfigured) as client:
        await procountor.connect({"client_secret": "wrong"}).check_connection()
    assert client.value.code == "KEY_REFUSED"
    assert "prck-wrong" not in str(caught.value.evidence)


async def test_a_key_revoked_in_the_middle_stops_the_connection(procountor: End) -> None:
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    procountor.fault("revoke_key", match={"path": "/ledgerreceipts", "method": "PUT"})
    with pytest.raises(Misconfigured) as caught:
        await target.take_step("postings", given, target_id)
    assert caught.value.code == "INVALID_TOKEN"
    assert entries(procountor)[0][0] == "4000"


async def test_a_token_that_ended_is_renewed_once_and_the_call_goes_on(procountor: End) -> None:
    target = procountor.connect()
    await target.catalogue(CatalogueKind.ACCOUNTS)
    procountor.emulator.expire_tokens()
    sent = await target.send(draft())
    assert sent.target_id
    assert procountor.calls("oauth/token") == 2
    assert len(procountor.emulator.state()["invoices"]) == 1


async def test_other_versions_of_the_interface_have_other_addresses(procountor: End) -> None:
    procountor.reset(data="empty", live_versions=["v2608"])
    base = procountor.started.base_url
    for address, works in ((f"{base}/v2608/api/", True), (f"{base}/latest/api", True), (f"{base}/v2408/api", False)):
        target = procountor.connect(base_url=address)
        if works:
            assert (await target.check_connection()).environment
            continue
        with pytest.raises(Misconfigured) as caught:
            await target.check_connection()
        assert caught.value.code == "API_VERSION_UNKNOWN"


async def test_pages_are_complete_while_the_list_changes(procountor: End) -> None:
    procountor.emulator.seed({"purchases": 450, "suppliers": 230, "rows": 1})
    target = procountor.connect()
    procountor.fault("duplicate_row", match={"path": "/businesspartners"})
    from tilisilta.core.documents import PartyRole

    pages = [page async for page in target.list_parties(PartyRole.SUPPLIER)]
    ids = [each.target_id for page in pages for each in page]
    assert (len(ids), len(set(ids))) == (230, 230)
    rows = await target.read_ledger(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert len({row.voucher_id for row in rows}) == 450
