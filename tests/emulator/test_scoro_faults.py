"""Misbehaviour on order: what the sheet's checklist names (section 15)."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from tests.emulator.scoro_client import ACCOUNT, Client, open_site

LIST = {"path": "invoices/list"}


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site(now="2026-11-02T08:15:30Z") as client:
        yield client


async def test_html_instead_of_json(site):
    await site.control("POST", "faults", {"kind": "html", "match": LIST})
    answer = await site.call("invoices/list")
    assert answer.status == 200
    assert "<html>" in answer.body
    assert len((await site.call("invoices/list")).data) == 17


async def test_inner_error_before_and_after_the_books_change(site):
    request = {"company_id": 34, "lines": [{"price": 1}]}
    await site.control("POST", "faults", {"kind": "error_before", "status": 503, "match": {"path": "modify"}})
    assert (await site.call("invoices/modify", request)).status == 503
    assert len(await site.ids("invoices")) == 17
    await site.control("POST", "faults", {"kind": "error_after", "match": {"path": "modify"}})
    assert (await site.call("invoices/modify", request)).status == 500
    assert len(await site.ids("invoices")) == 18


async def test_the_answer_lost_after_the_payment_was_kept(site):
    await site.control("POST", "faults", {"kind": "drop_after", "match": {"path": "receipts/modify"}})
    with pytest.raises(aiohttp.ClientError):
        await site.call("receipts/modify", {"invoice_id": 508, "sum": "10"})
    assert (await site.data("invoices/view/508"))["paid_sum"] == "10.00"


async def test_slow_answer(site):
    await site.control("POST", "faults", {"kind": "delay", "ms": 300})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(site.call("tags/list"), 0.05)


async def test_throttled_window_and_spent_day_differ_in_headers(site):
    await site.control("POST", "faults", [{"kind": "throttle", "retry_after_s": 2}, {"kind": "daily_spent"}])
    window = await site.call("tags/list")
    assert (window.status, window.body["statusCode"]) == (429, "429")
    assert window.headers["x-ratelimit-remaining"] == "0"
    assert window.headers["x-ratelimit-reset"] == "2"
    assert int(window.headers["x-daily-requests-remaining"]) > 0
    day = await site.call("tags/list")
    assert (day.status, day.headers["x-daily-requests-remaining"]) == (429, "0")
    assert (await site.call("tags/list")).status == 200


async def test_refused_key(site):
    await site.control("POST", "faults", {"kind": "unauthorized"})
    answer = await site.call("tags/list")
    assert (answer.status, answer.code) == (200, 401)


async def test_numbers_as_strings(site):
    await site.control("POST", "faults", {"kind": "numbers_as_strings"})
    answer = await site.call("invoices/list", detailed_response=True, filter={"no": "2026-041"})
    row = answer.body["data"][0]
    assert (answer.body["statusCode"], row["id"], row["is_deleted"], row["lines"][0]["product_id"]) == (
        *("200", "502", "0"),
        "71",
    )


async def test_zero_dates_stand_for_empty_ones(site):
    await site.control("POST", "faults", {"kind": "zero_dates"})
    row = await site.data("bills/view/310")
    assert (row["dateofpayment"], row["deleted_date"]) == ("0000-00-00", "0000-00-00 00:00:00")
    assert row["date"] == "2026-10-27"
    row = await site.data("bills/modify/310", {"dateofpayment": "0000-00-00"}, return_data=1)
    assert row["dateofpayment"] is None


async def test_escaped_text_and_missing_fields(site):
    await site.control("POST", "faults", [{"kind": "escape_text"}])
    assert (await site.data("contacts/view/33"))["name"] == "Kuuse &amp; Pojad Disain OÜ"
    await site.control("POST", "faults", {"kind": "drop_fields", "data": {"fields": ["unit", "reference_no"]}})
    row = await site.data("invoices/view/502")
    assert "reference_no" not in row
    assert "unit" not in row["lines"][0]
    assert "price" in row["lines"][0]


async def test_a_row_comes_twice_across_pages(site):
    await site.control("POST", "faults", {"kind": "duplicate_row"})
    first = await site.data("invoices/list", per_page=5, page=1)
    second = await site.data("invoices/list", per_page=5, page=2)
    assert second[0]["id"] == first[-1]["id"]
    assert [row["id"] for row in second[1:]] == [506, 507, 508, 509, 510]
    assert [row["id"] for row in await site.data("invoices/list", per_page=5, page=3)] == [511, 512, 513, 514, 516]


@pytest.mark.parametrize(
    ("action", "expected"),
    [("touch", "2026-11-02 10:15:30"), ("delete", None), ("create", None)],
)
async def test_somebody_works_between_pages(site, action, expected):
    await site.reset(order="modified", now="2026-11-02T08:15:30Z")
    before = [row["id"] for row in await site.data("invoices/list", per_page=100)]
    await site.control("POST", "faults", {"kind": "change_between_pages", "data": {"action": action}})
    first = [row["id"] for row in await site.data("invoices/list", per_page=5, page=1)]
    assert first == before[:5]
    second = [row["id"] for row in await site.data("invoices/list", per_page=5, page=2)]
    after = [row["id"] for row in await site.data("invoices/list", per_page=100)]
    assert second == after[5:10]
    if action == "touch":
        assert second == before[6:11]
        assert (await site.data(f"invoices/view/{before[0]}"))["modified_date"] == expected
    elif action == "delete":
        assert after == before[1:]
    else:
        assert len(after) == len(before) + 1


async def test_an_unknown_change_is_refused(site):
    await site.control("POST", "faults", {"kind": "change_between_pages", "data": {"action": "burn"}})
    assert (await site.call("invoices/list")).code == 400


async def test_rate_headers_stay_on_spoiled_answers(site):
    await site.control("POST", "faults", {"kind": "zero_dates"})
    answer = await site.raw("/api/v2/bills/list", {"apiKey": site.key, "company_account_id": ACCOUNT})
    assert "x-ratelimit-limit" in answer.headers


async def test_rate_headers_stay_when_numbers_become_strings(site):
    await site.control("POST", "faults", {"kind": "numbers_as_strings"})
    assert "x-daily-requests-limit" in (await site.call("tags/list")).headers
