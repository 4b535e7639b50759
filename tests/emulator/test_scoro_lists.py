"""Filters, pages and what lists show (sheet sections 3, 5, 7 and 8)."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site() as client:
        yield client


@pytest.fixture
async def many() -> AsyncIterator[Client]:
    async with open_site(data="empty") as client:
        await client.control("POST", "seed", {"invoices": 230, "from": "2026-01-01", "to": "2026-08-18"})
        yield client


@pytest.mark.parametrize(
    ("envelope", "size"),
    [
        ({}, 50),
        ({"per_page": 100}, 100),
        ({"per_page": "20"}, 20),
        ({"per_page": 500}, 100),
        ({"per_page": 0}, 50),
        ({"detailed_response": True}, 25),
        ({"detailed_response": True, "per_page": 100}, 25),
        ({"detailed_response": True, "per_page": 10}, 10),
        ({"per_page": 100, "page": 3}, 30),
        ({"per_page": 100, "page": 4}, 0),
    ],
)
async def test_page_sizes_are_capped(many, envelope, size):
    assert len(await many.data("invoices/list", **envelope)) == size


async def test_pages_cover_everything_once(many):
    seen = []
    for page in range(1, 11):
        seen += [row["id"] for row in await many.data("invoices/list", detailed_response=True, page=str(page))]
    assert sorted(seen) == list(range(1, 231))


@pytest.mark.parametrize("envelope", [{"page": "x"}, {"per_page": [1]}, {"filter": [1]}])
async def test_unreadable_paging_and_filters_are_refused(site, envelope):
    assert (await site.call("invoices/list", **envelope)).code == 400


async def test_plain_lists_have_null_lines_and_no_custom_fields(site):
    row = (await site.data("invoices/list", filter={"no": "2026-041"}))[0]
    assert row["lines"] is None
    assert not {"custom_fields", "company_name", "person_name", "company_address", "prepayment_sum"} & row.keys()
    assert row["sum"] == "2187.00"
    contact = (await site.data("contacts/list", filter={"contact_id": 31}))[0]
    assert "custom_fields" not in contact


async def test_detailed_rows_are_filled_as_in_view(site):
    row = (await site.data("invoices/list", filter={"no": "2026-041"}, detailed_response=True))[0]
    assert row == await site.data(f"invoices/view/{row['id']}")
    assert row["company_name"] == "Põhjala Puit OÜ"
    assert row["person_name"] == "Rein Kask"
    assert row["company_address"]["street"] == "Saeveski tee 12\r\nHoone B, 2. korrus"
    assert row["custom_fields"] == [
        {"id": "c_ostutellimus", "name": "Ostutellimuse nr", "value": "PO-7781", "type": "text"}
    ]
    first = row["lines"][0]
    assert first["product_id"] == 71
    assert (first["product_name"], first["product_code"], first["unit"]) == ("Kontorilaud", "LAUD-01", "tk")
    assert (first["price"], first["amount"], first["sum"], first["vat"]) == ("289.00", "4.00", "1156.00", "24.00")
    assert (first["vat_code_id"], first["vat_code"]) == (1, "24")
    assert (first["finance_account_symbol"], first["finance_account_name"]) == ("3000", "Müügitulu 24%")
    assert (first["depot_amounts"], first["custom_fields"]) == ([], [])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"company_id": 31}, {"2026-041", "2026-044", "2026-052", "2026-056"}),
        ({"company_id": "31", "status": "unpaid"}, {"2026-044", "2026-052", "2026-056"}),
        ({"company_id": [35, "36"]}, {"2026-045", "2026-046", "2026-053"}),
        ({"currency": "usd"}, {"2026-046"}),
        ({"no": "2025%"}, {"2025-117"}),
        ({"description": "%arvele 2026-04%"}, {"2026-051", "2026-056"}),
        ({"sum": 1900}, {"2026-046"}),
        ({"date": "2026-08-10"}, {"2026-047"}),
        ({"date": {"from_date": "2026-06-29", "to_date": "2026-07-14"}}, {"2026-043", "2026-044", "2026-045"}),
        ({"date": {"from_date": "2026-10-20"}}, {"2026-056", "2026-057"}),
        ({"date": {"to_date": "2026-06-03"}}, {"2025-117", "2026-041"}),
        ({"date": {"from_date": "2026-08-10", "to_date": "2026-09-30"}, "company_id": 32}, {"2026-047", "2026-051"}),
        ({"modified_date": {"from_date": "2026-10-19"}}, {"2026-055", "2026-056", "2026-057"}),
        ({"modified_date": {"from_date": "2026-06-17 00:00:00", "to_date": "2026-06-17"}}, {"2026-041"}),
        ({"custom_fields": {"c_ostutellimus": "PO-7781"}}, {"2026-041"}),
        ({"custom_fields": {"c_ostutellimus": ["no", "PO-%"]}}, {"2026-041"}),
        ({"custom_fields": {"c_other": "PO-7781"}}, set()),
    ],
)
async def test_document_filters(site, wanted, numbers):
    rows = await site.data("invoices/list", filter=wanted)
    assert {row["no"] for row in rows} == numbers


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"name": "Põhjala%"}, [31]),
        ({"name": "kontorikaup as"}, [40]),
        ({"contact_type": "person"}, [37, 38, 43]),
        ({"is_client": 1, "is_supplier": "1"}, [33]),
        ({"is_supplier": True, "contact_type": "company"}, [33, 39, 40, 41, 42]),
        ({"means_of_contact": {"email": "arve@elektriabi.example"}}, [39]),
        ({"means_of_contact": "%@pohjalapuit.example"}, [31, 43]),
        ({"tag_ids": [4]}, [31]),
        ({"tags": "püsiklient"}, [31]),
        ({"custom_fields": {"c_tier": "Gold"}}, [31]),
        ({"search_name": "maris tamm"}, [37]),
        ({"id_code": ["19900568", "19900678"]}, [39, 40]),
    ],
)
async def test_contact_filters(site, wanted, ids):
    assert await site.ids("contacts", "contact_id", filter=wanted) == ids


@pytest.mark.parametrize(
    "wanted",
    [
        {"date": {"from": "2026-01-01"}},
        {"modified_date": {"start": "2026-01-01", "end": "2026-02-01"}},
        {"date": {"from_date": "01.01.2026"}},
        {"date": {"from_date": "2026-02-30"}},
        {"company_id": "x"},
        {"company_id": {"from_date": "2026-01-01"}},
        {"colour": "red"},
    ],
)
async def test_wrong_filters_are_refused(site, wanted):
    assert (await site.call("invoices/list", filter=wanted)).code == 400


async def test_filters_can_be_switched_off_or_left_unknown(site):
    await site.reset(ignore_filters=["receipts.date"], unknown_filters="ignore")
    assert len(await site.ids("receipts", filter={"date": {"from_date": "2030-01-01"}})) == 16
    assert len(await site.ids("invoices", filter={"colour": "red"})) == 17
    assert await site.ids("invoices", filter={"date": {"from_date": "2030-01-01"}}) == []


async def test_ranges_can_leave_out_their_ends(site):
    await site.reset(range_inclusive=False)
    rows = await site.data("invoices/list", filter={"date": {"from_date": "2026-06-29", "to_date": "2026-07-14"}})
    assert [row["no"] for row in rows] == ["2026-044"]


async def test_receipts_can_be_filtered_by_kind_and_days(site):
    bills = await site.data("receipts/list", filter={"sales_doc_type": "bills", "date": {"from_date": "2026-09-01"}})
    assert [group["date"] for group in bills] == ["2026-09-01", "2026-09-22", "2026-10-28"]
    assert all(part["sales_doc_type"] == "bills" for group in bills for part in group["receipts"])


@pytest.mark.parametrize("placed", ["top", "request"])
async def test_deleted_rows_are_listed_for_thirty_days_when_asked(placed):
    async with open_site(now="2026-11-10T12:00:00Z") as site:
        given = {"include_deleted": "1"} if placed == "top" else {"request": {"include_deleted": 1}}
        plain = await site.ids("invoices")
        with_deleted = await site.data("invoices/list", per_page=100, **given)
        gone = [row for row in with_deleted if row["id"] not in plain]
        assert [(row["no"], row["is_deleted"]) for row in gone] == [("2026-054", 1)]
        assert gone[0]["deleted_date"] == "2026-10-13T10:00:00+03:00"
        await site.control("POST", "clock", {"advance_s": 3 * 86400})
        assert [row["id"] for row in await site.data("invoices/list", per_page=100, **given)] == plain


async def test_basic_data_is_short(site):
    rows = await site.data("invoices/list", basic_data="1", per_page=2)
    assert set(rows[0]) == {
        *("id", "no", "date", "deadline", "status", "company_id", "currency", "sum", "vat_sum"),
        *("paid_sum", "receivable_sum"),
    }
    contacts = await site.data("contacts/list", {"basic_data": "1"}, filter={"contact_id": 37})
    assert contacts[0]["search_name"] == "Maris Tamm"
    assert "addresses" not in contacts[0]


async def test_a_bookmark_narrows_a_list(site):
    unpaid = await site.ids("invoices", filter={"status": "unpaid"})
    assert await site.ids("invoices", bookmark={"bookmark_id": "111"}) == unpaid
    both = await site.ids("invoices", bookmark={"bookmark_id": 111}, filter={"company_id": 34})
    assert len(both) == 1
    assert (await site.call("invoices/list", bookmark={"bookmark_id": 5})).code == 404
    assert (await site.call("bills/list", bookmark={"bookmark_id": 111})).code == 400


async def test_orders_differ_but_hold_the_same(site):
    plain = await site.ids("invoices")
    assert plain == sorted(plain)
    for order in ("id_desc", "shuffled", "modified"):
        await site.reset(order=order)
        shown = await site.ids("invoices")
        assert sorted(shown) == plain
        assert shown != plain


async def test_stamps_have_the_formats_of_their_modules(site):
    invoice = (await site.data("invoices/list", filter={"no": "2026-041"}))[0]
    assert invoice["modified_date"] == "2026-06-17 10:35:05"
    assert invoice["created_date"] == "2026-06-03 10:14:02"
    contact = await site.data("contacts/view/31")
    assert contact["modified_date"] == "2026-01-05T09:00:00+02:00"
    assert contact["deleted_date"] is None


async def test_amounts_can_be_json_numbers(site):
    await site.reset(amounts="number")
    row = (await site.data("invoices/list", filter={"no": "2026-044"}, detailed_response=True))[0]
    assert (row["sum"], row["vat_sum"]) == (1519.81, 364.75)
    assert row["lines"][0]["amount"] == 12.5
