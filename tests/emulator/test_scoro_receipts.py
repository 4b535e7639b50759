"""Receipts, grouped and flat, and what they do to the documents they pay (sheet section 10)."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site

UNPAID = 508
GROSS = "1370.05"


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site(now="2026-11-02T08:15:30Z") as client:
        yield client


def grouped(invoice_id: int, amount: str, **more: object) -> dict[str, object]:
    part = {"date": "2026-11-01", "invoice_id": invoice_id, "sum": amount, "sales_doc_type": "invoices"}
    group = {"date": "2026-11-01", "contact_id": 32, "sum": amount, "currency": "EUR", "receipt_account_id": 2}
    return {**group, "sales_doc_type": "invoices", "receipts": [part], **more}


async def test_a_grouped_write_is_answered_grouped_and_pays_the_invoice(site):
    answer = await site.data("receipts/modify", grouped(UNPAID, GROSS), return_data=1)
    part = answer.pop("receipts")[0]
    assert answer == {
        "id": 896,
        "date": "2026-11-01",
        "contact_id": 32,
        "sum": GROSS,
        "currency": "EUR",
        "sales_doc_type": "invoices",
        "receipt_account_id": 2,
        "modified_date": "2026-11-02 10:15:30",
        "is_deleted": 0,
        "deleted_date": None,
        "custom_fields": [],
    }
    assert part == {
        "receipt_id": part["receipt_id"],
        "date": "2026-11-01",
        "invoice_id": UNPAID,
        "prepayment_id": 0,
        "sum": GROSS,
        "sales_doc_type": "invoices",
        "contact_id": 32,
        "contact_name": "Mereranna Majutus AS",
        "invoice_no": "2026-047",
    }
    invoice = await site.data(f"invoices/view/{UNPAID}")
    assert (invoice["status"], invoice["paid_sum"], invoice["receivable_sum"]) == ("paid", GROSS, "0.00")
    assert invoice["modified_date"] == "2026-11-02 10:15:30"
    viewed = await site.data("receipts/view/896")
    assert "invoice_no" not in viewed["receipts"][0]


async def test_a_flat_write_is_answered_grouped(site):
    flat = {"invoice_id": UNPAID, "date": "2026-11-01", "sum": "70.05"}
    answer = await site.data("receipts/modify/0", flat, return_data=1)
    assert (answer["sum"], answer["currency"], answer["contact_id"]) == ("70.05", "EUR", 32)
    assert [part["sum"] for part in answer["receipts"]] == ["70.05"]
    invoice = await site.data(f"invoices/view/{UNPAID}")
    assert (invoice["status"], invoice["paid_sum"], invoice["receivable_sum"]) == ("unpaid", "70.05", "1300.00")

    receipt_id = answer["receipts"][0]["receipt_id"]
    changed = await site.data("receipts/modify", {"receipt_id": receipt_id, "sum": "50"}, return_data=1)
    assert (changed["id"], changed["sum"]) == (answer["id"], "50.00")
    assert changed["receipts"][0]["receipt_id"] == receipt_id
    assert (await site.data(f"invoices/view/{UNPAID}"))["paid_sum"] == "50.00"
    assert (await site.call("receipts/modify", {"receipt_id": 1, "sum": 1})).code == 404


async def test_one_movement_over_several_documents(site):
    parts = [{"invoice_id": 513, "sum": "266.79"}, {"invoice_id": 505, "sum": "84.56"}]
    group = await site.data("receipts/modify", {"date": "2026-11-02", "receipts": parts}, return_data=1)
    assert group["sum"] == "351.35"
    assert (await site.data("invoices/view/513"))["status"] == "paid"
    half = await site.data("invoices/view/505")
    assert (half["status"], half["paid_sum"], half["receivable_sum"]) == ("unpaid", "584.56", "1300.00")


async def test_changing_a_group_moves_the_money(site):
    group = await site.data("receipts/modify", grouped(UNPAID, GROSS), return_data=1)
    part = {"receipt_id": group["receipts"][0]["receipt_id"], "invoice_id": 518, "sum": "38.56"}
    await site.data(f"receipts/modify/{group['id']}", {"receipts": [part]})
    assert (await site.data(f"invoices/view/{UNPAID}"))["receivable_sum"] == GROSS
    assert (await site.data("invoices/view/518"))["receivable_sum"] == "2000.00"
    moved = await site.data(f"receipts/modify/{group['id']}", {"date": "2026-11-03"}, return_data=1)
    assert moved["receipts"][0]["invoice_id"] == 518
    assert (await site.data("invoices/view/518"))["paid_sum"] == "38.56"


async def test_deleting_a_group_takes_the_payment_back(site):
    group = await site.data("receipts/modify", grouped(UNPAID, GROSS))
    await site.control("POST", "clock", {"advance_s": 60})
    await site.call(f"receipts/delete/{group['id']}")
    invoice = await site.data(f"invoices/view/{UNPAID}")
    assert (invoice["status"], invoice["receivable_sum"]) == ("unpaid", GROSS)
    assert invoice["modified_date"] == "2026-11-02 10:16:30"
    assert group["id"] not in await site.ids("receipts")
    assert group["id"] in await site.ids("receipts", include_deleted=1)


async def test_a_bill_shows_payment_only_by_status_and_day(site):
    def bill_part(amount: str) -> dict[str, object]:
        return {"date": "2026-11-01", "sales_doc_type": "bills", "receipts": [{"invoice_id": 310, "sum": amount}]}

    await site.data("receipts/modify", bill_part("900.00"))
    assert (await site.data("bills/view/310"))["status"] == "unpaid"
    last = await site.data("receipts/modify", bill_part("9.54"))
    bill = await site.data("bills/view/310")
    assert (bill["status"], bill["dateofpayment"]) == ("paid", "2026-11-01")
    assert "paid_sum" not in bill
    await site.call(f"receipts/delete/{last['id']}")
    bill = await site.data("bills/view/310")
    assert (bill["status"], bill["dateofpayment"]) == ("unpaid", None)


async def test_a_refund_is_negative(site):
    await site.data("receipts/modify", grouped(UNPAID, GROSS))
    await site.data("receipts/modify", grouped(UNPAID, "-70.05"))
    invoice = await site.data(f"invoices/view/{UNPAID}")
    assert (invoice["status"], invoice["paid_sum"], invoice["receivable_sum"]) == ("unpaid", "1300.00", "70.05")
    credit = await site.data("receipts/modify", grouped(512, "-153.68"), return_data=1)
    assert credit["receipts"][0]["invoice_no"] == "2026-051"
    assert (await site.data("invoices/view/512"))["status"] == "paid"


async def test_a_prepayment_is_paid_by_its_own_id(site):
    made = await site.data(
        "prepayments/modify", {"company_id": 34, "lines": [{"price": 100, "amount": 1, "vat": 24}]}, return_data=1
    )
    await site.data("receipts/modify", {"prepayment_id": made["id"], "sum": "124"})
    assert (await site.data(f"prepayments/view/{made['id']}"))["status"] == "paid"


@pytest.mark.parametrize(
    ("request_body", "fields"),
    [
        ({}, {"receipts"}),
        ({"receipts": []}, {"receipts"}),
        ({"invoice_id": 99999, "sum": 1}, {"receipts[0].invoice_id"}),
        ({"invoice_id": 515, "sum": 1}, {"receipts[0].invoice_id"}),
        ({"invoice_id": UNPAID}, {"receipts[0].sum"}),
        ({"invoice_id": UNPAID, "sum": "abc"}, {"sum", "receipts[0].sum"}),
        ({"invoice_id": UNPAID, "sum": 1, "sales_doc_type": "wages"}, {"sales_doc_type", "receipts[0].sales_doc_type"}),
        ({"invoice_id": UNPAID, "sum": 1, "receipt_account_id": 77}, {"receipt_account_id"}),
        ({"receipts": [{"sum": 5}]}, {"receipts[0].invoice_id"}),
    ],
)
async def test_wrong_payments_are_refused_and_nothing_moves(site, request_body, fields):
    await site.reset(error_shape="map")
    before = await site.control("GET", "state?summary=1")
    answer = await site.call("receipts/modify", request_body)
    assert answer.code == 400
    assert set(answer.errors) == fields
    assert await site.control("GET", "state?summary=1") == before


async def test_view_and_locks_are_switches(site):
    await site.reset(receipts_view=False, locked_until="2026-10-31")
    assert (await site.call("receipts/view/880")).code == 405
    assert (await site.call("receipts/delete/880")).code == 400
    assert (await site.call("receipts/modify", grouped(UNPAID, "1", date="2026-10-31"))).code == 400


async def test_the_same_payment_twice_is_seen_in_the_books(site):
    for _ in range(3):
        await site.data("receipts/modify", grouped(UNPAID, "10.00"))
    assert (await site.control("GET", "state?summary=1"))["duplicates"]["receipts"] == 2
    state = await site.control("GET", "state")
    assert state["duplicates"]["receipts"] == ["invoices / 508 / 0 / 2026-11-01 / 10.00"] * 2
