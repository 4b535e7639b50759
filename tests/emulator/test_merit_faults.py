import aiohttp
import pytest
from tests.emulator.merit_client import Merit, period, sale


async def test_licence_and_revoked_keys(merit: Merit):
    await merit.faults({"kind": "wrong_license"})
    answer = await merit.call("v1/gettaxes")
    assert (answer.status, answer.text) == (401, "api-wronglicense")
    assert (await merit.call("v1/gettaxes")).status == 200
    await merit.faults({"kind": "revoke_key", "after": 1})
    assert [(await merit.call("v1/gettaxes")).status for _ in range(4)] == [200, 401, 401, 401]


async def test_traces_empty_answers_and_strings_of_json(merit: Merit):
    await merit.faults({"kind": "stack_trace", "match": {"path": "sendinvoice"}})
    answer = await merit.call("v2/sendinvoice", sale())
    assert answer.status == 200
    assert answer.text.startswith("System.NullReferenceException")
    assert (await merit.summary())["sales_invoices"]["count"] == 0
    await merit.faults({"kind": "empty", "match": {"path": "sendinvoice"}})
    answer = await merit.call("v2/sendinvoice", sale())
    assert (answer.status, answer.raw) == (200, b"")
    assert (await merit.summary())["sales_invoices"]["count"] == 1
    await merit.faults({"kind": "string_wrapped"})
    text = await merit.ok("v1/gettaxes")
    assert isinstance(text, str)
    assert text.startswith("[{")
    await merit.options(string_wrapped=True)
    assert isinstance(await merit.ok("v1/gettaxes"), str)


async def test_lists_that_change(merit: Merit):
    first = await merit.sale()
    await merit.sale(InvoiceNo="2")
    await merit.faults({"kind": "duplicate_row"})
    assert len(await merit.ok("v2/getinvoices", period())) == 3
    await merit.faults({"kind": "change_after", "data": {"action": "delete"}})
    found = await merit.ok("v2/getinvoices", period())
    assert found[0]["SIHId"] == first["InvoiceId"]
    assert len(await merit.ok("v2/getinvoices", period())) == 1
    await merit.faults({"kind": "change_after", "data": {"action": "move"}})
    await merit.ok("v2/getinvoices", period())
    assert await merit.ok("v2/getinvoices", period()) == []


async def test_a_period_locked_for_one_call(merit: Merit):
    await merit.faults({"kind": "lock_period", "data": {"until": "2026-04-30"}, "match": {"path": "sendinvoice"}})
    assert "suletud" in await merit.refused("v2/sendinvoice", sale())
    await merit.sale()


async def test_lost_answers_leave_the_invoice_to_be_found(merit: Merit):
    await merit.faults({"kind": "drop_after", "match": {"path": "sendinvoice"}})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await merit.call("v2/sendinvoice", sale())
    (found,) = await merit.ok("v2/getinvoices2", {"InvNo": "2026001"})
    assert found["InvoiceNo"] == "2026001"


async def test_throttle_and_failures_in_the_vendors_shape(merit: Merit):
    await merit.faults({"kind": "throttle", "retry_after_s": 2}, {"kind": "error_before", "status": 500})
    answer = await merit.call("v1/gettaxes")
    assert (answer.status, answer.raw, answer.headers["Retry-After"]) == (429, b"", "2")
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(answer.headers)
    answer = await merit.call("v1/gettaxes")
    assert (answer.status, set(answer.json)) == (500, {"Id", "ErrorCode", "Message"})
    await merit.faults({"kind": "unauthorized"}, {"kind": "numbers_as_strings"})
    assert (await merit.call("v1/gettaxes")).text == "api-invalidSignature"
    assert (await merit.ok("v1/gettaxes"))[0]["TaxPct"] == "24"


async def test_control(merit: Merit):
    await merit.sale()
    await merit.control("POST", "reset", {"typo": 1}, 400)
    summary = await merit.summary()
    assert summary["sales_invoices"] == {"count": 1, "net": "210.00", "vat": "50.40", "gross": "260.40"}
    assert summary["made_by_api"]["sales_invoices"]["count"] == 1
    (invoice,) = (await merit.state())["sales_invoices"]
    assert (invoice["number"], invoice["gross"], invoice["rows"][0]["tax"]) == ("2026001", "260.40", "24%")
    report = await merit.control("GET", "requests?path=sendinvoice")
    assert report["endpoints"] == {"POST /api/v2/sendinvoice": 1}
    await merit.reset()
    assert (await merit.summary())["sales_invoices"]["count"] == 0
