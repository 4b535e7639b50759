import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from tests.emulator.merit_client import API_ID, API_KEY, Merit, signature, timestamp

from tilisilta_emulators.merit import sign

STAMP = "20240624205902"
# The four vectors of the vendor sheet; A is the example of the vendor's manual.
VECTORS = [
    (
        (
            '{"CustName":"Kliendinimi","CustId":"3a274294-9c60-4a3d-93f0-1874253f073e","OverDueDays":5,'
            '"DebtDate":"20220501"}'
        ),
        "dt6dkfuj+OfX01YkvvAoN/fekAUGr6AvVlQhUUja9Qc=",
    ),
    ("{}", "1hoHFAHLIcH/OKcAr8YRPKvqUjrqXIO5hxfbds+SZc0="),
    ("", "yqdBWlyS/O+ocPp4tOQyDsh6z3+hBDWGwv/WUJL1RkE="),
    ('{"Name":"Õunapuu OÜ"}', "3jZyUmZ43w+fPdplwXUl+boKT/sQguvqnmeFs3w3aOQ="),
]


async def send(merit: Merit, query: str, body: bytes = b"{}", path: str = "v1/gettaxes", method: str = "POST"):
    return await merit.request(method, f"/api/{path}?{query}", body)


def query(given: str, stamp: str | None = None, api_id: str = API_ID) -> str:
    return f"apiId={api_id}&timestamp={stamp or timestamp()}&signature={given}"


@pytest.mark.parametrize(("body", "expected"), VECTORS)
async def test_the_vectors_of_the_sheet(merit: Merit, body, expected):
    assert sign(API_ID, API_KEY, STAMP, body) == expected
    assert signature(STAMP, body.encode()) == expected
    await merit.control("POST", "clock", {"now": "2024-06-24T20:59:02Z"})
    answer = await send(merit, query(quote(expected, safe=""), STAMP), body.encode(), "v1/getcustdebtrep")
    assert answer.status == 200
    answer = await send(merit, query(quote(expected, safe=""), STAMP), body.encode() + b" ", "v1/getcustdebtrep")
    assert (answer.status, answer.text) == (401, "api-invalidSignature")


async def test_parameter_names_in_any_case_and_order(merit: Merit):
    stamp = timestamp()
    given = quote(signature(stamp, b"{}"), safe="")
    answer = await send(merit, f"Signature={given}&TIMESTAMP={stamp}&ApiId={API_ID}")
    assert answer.status == 200
    # What is signed is the id as it was sent, so capitals in the GUID are signed as capitals.
    upper = API_ID.upper()
    given = quote(signature(stamp, b"{}", upper), safe="")
    assert (await send(merit, query(given, stamp, upper))).status == 200


@pytest.mark.parametrize("missing", ["apiId", "timestamp", "signature"])
async def test_a_missing_parameter(merit: Merit, missing):
    stamp = timestamp()
    parts = {"apiId": API_ID, "timestamp": stamp, "signature": quote(signature(stamp, b"{}"), safe="")}
    shown = "&".join(f"{name}={value}" for name, value in parts.items() if name != missing)
    # The manual's answer; one client saw the other.
    answer = await send(merit, shown)
    assert (answer.status, answer.raw) == (404, b"")
    await merit.options(missing_parameter="text_401")
    answer = await send(merit, shown)
    assert (answer.status, answer.text) == (401, "api-missingurlparam")


async def test_wrong_id_key_and_stray_blanks(merit: Merit):
    answer = await merit.call("v1/gettaxes", credentials=("670fe52f-558a-4be8-ade0-526e01a10600", API_KEY))
    assert (answer.status, answer.raw) == (401, b"")
    answer = await merit.call("v1/gettaxes", credentials=(f"{API_ID}%20", API_KEY))
    assert answer.status == 401
    answer = await merit.call("v1/gettaxes", credentials=(API_ID, "wrong"))
    assert (answer.status, answer.text) == (401, "api-invalidSignature")
    await merit.options(bad_api_id="json_400")
    answer = await merit.call("v1/gettaxes", credentials=("x", API_KEY))
    assert (answer.status, list(answer.json)) == (400, ["Message"])
    await merit.options(bad_api_id="text_401")
    answer = await merit.call("v1/gettaxes", credentials=("x", API_KEY))
    assert (answer.status, answer.text) == (401, "api-missingurlparam")


@pytest.mark.parametrize("late", [-600, 600])
async def test_the_clock(merit: Merit, late):
    stamp = timestamp(datetime.now(UTC) + timedelta(seconds=late))
    assert (await merit.call("v1/gettaxes", stamp=stamp)).status == 401
    assert (await merit.call("v1/gettaxes", stamp=stamp[:8])).status == 401
    await merit.options(clock_skew_s=0)
    assert (await merit.call("v1/gettaxes", stamp=stamp)).status == 200
    assert (await merit.call("v1/gettaxes", stamp="yesterday")).status == 401


def dialects() -> dict[str, tuple[str, str]]:
    """What older clients send: their signature as it travels, and their timestamp."""
    # A stamp whose signature has a plus and a slash, so that every dialect differs from the strict form.
    moment = datetime.now(UTC)
    while True:
        stamp = timestamp(moment)
        right = signature(stamp, b"{}")
        if "+" in right and "/" in right:
            break
        moment += timedelta(seconds=1)
    local = timestamp(datetime.now(ZoneInfo("Europe/Tallinn")))
    return {
        "double_base64": (quote(base64.b64encode(right.encode()), safe=""), stamp),
        "url_safe": (right.replace("+", "-").replace("/", "_"), stamp),
        "unencoded": (right, stamp),
        "unpadded": (quote(right.rstrip("="), safe=""), stamp),
        "local_time": (quote(signature(local, b"{}"), safe=""), local),
    }


async def test_old_dialects_are_refused_strictly_and_taken_and_recorded_leniently(merit: Merit):
    sent = dialects()
    await merit.options(clock_skew_s=900)
    for given, stamp in sent.values():
        assert (await send(merit, query(given, stamp))).text == "api-invalidSignature"
    await merit.options(lenient_signing=True, clock_skew_s=900)
    for name, (given, stamp) in sent.items():
        assert (await send(merit, query(given, stamp))).status == 200, name
    assert (await send(merit, query("bm8="))).status == 401
    (key,) = (await merit.control("GET", "companies/1?summary=1"))["keys"]
    assert key["signing"] == "insecure"
    assert set(sent) | {"wrong"} == set(key["dialects"])


async def test_unenforced_signatures_are_answered_and_flagged(merit: Merit):
    await merit.options(signature_enforced=False)
    assert (await send(merit, query("nonsense"))).status == 200
    (key,) = (await merit.control("GET", "companies/1?summary=1"))["keys"]
    assert (key["signing"], key["dialects"]) == ("insecure", {"wrong": 1})


async def test_get_with_a_body_or_with_param4net(merit: Merit):
    assert (await merit.call("v1/gettaxes", method="GET")).status == 200
    stamp = timestamp()
    body = b'{"Code":"KONS"}'
    given = quote(signature(stamp, body), safe="")
    target = f"/api/v1/getitems?{query(given, stamp)}&Param4Net={quote(body.decode())}"
    assert (await merit.request("GET", target)).json == []
    await merit.options(allow_get=False)
    answer = await merit.call("v1/gettaxes", method="GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    await merit.options(allow_get=True, glbatches_get_only=True)
    assert (await merit.call("v1/getglbatches", {"PeriodStart": "20260101", "PeriodEnd": "20260102"})).status == 405
    body = {"PeriodStart": "20260101", "PeriodEnd": "20260102"}
    assert (await merit.call("v1/getglbatches", body, method="GET")).json == []
    assert (await merit.call("v1/gettaxes", method="DELETE")).status == 405


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"  {} "])
async def test_bodies_of_nothing(merit: Merit, raw):
    assert len((await merit.call("v1/gettaxes", raw=raw)).json) > 5


async def test_bodies_that_are_no_object(merit: Merit):
    answer = await merit.call("v1/gettaxes", raw=b"{broken")
    assert answer.status == 200
    assert answer.text.startswith("System.")
    assert "   at " in answer.text
    for raw in (b'"x"', b"[1]", b"7", b"\xff\xfe"):
        answer = await merit.call("v1/gettaxes", raw=raw)
        assert answer.status in {200, 500}
    await merit.options(malformed_body="json_500")
    answer = await merit.call("v1/gettaxes", raw=b"{broken")
    assert (answer.status, answer.json["ErrorCode"]) == (500, "JsonReaderException")


async def test_versions_and_paths(merit: Merit):
    for path in ("v2/gettaxes", "v1/sendcustomer", "v1/getinvoices2", "v3/gettaxes", "v1/nothing", "gettaxes"):
        answer = await merit.call(path)
        assert (answer.status, answer.raw) == (404, b""), path
    assert (await merit.call("v1/GetTaxes")).status == 200
    assert (await merit.request("GET", "/")).status == 404


async def test_plan(merit: Merit):
    await merit.options(plan="standard")
    answer = await merit.call("v1/gettaxes")
    assert (answer.status, answer.text) == (401, "api-wronglicense")
    await merit.options(plan="pro")
    assert (await merit.call("v1/gettaxes")).status == 200


async def test_hosts_of_other_countries_know_other_keys(merit: Merit):
    added = await merit.control("POST", "seed", {"companies": 1, "country": "FI"})
    key = added["keys"][0]["keys"][0]
    finnish = (key["api_id"], key["api_key"])
    taxes = await merit.ok("v1/gettaxes", credentials=finnish, host="/fi")
    assert {one["TaxPct"] for one in taxes} >= {25.5}
    assert (await merit.call("v1/gettaxes", credentials=finnish)).status == 401
    answer = await merit.call("v1/gettaxes", host="/fi")
    assert (answer.status, list(answer.json)) == (400, ["Message"])
    wrong = await merit.call("v1/gettaxes", credentials=(finnish[0], "x"), host="/fi")
    assert (wrong.status, wrong.text) == (401, "api-wrongsignature")


async def test_rate_limit(merit: Merit):
    await merit.reset(limits=True, now="2026-04-16T09:00:00Z")
    stamp = "20260416090000"
    for left in range(59, -1, -1):
        answer = await merit.call("v1/getunits", stamp=stamp)
        assert answer.status == 200
        assert answer.headers["X-RateLimit-Remaining"] == str(left)
    answer = await merit.call("v1/getunits", stamp=stamp)
    assert (answer.status, answer.raw) == (429, b"")
    assert answer.headers["X-RateLimit-Limit"] == "60"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000
    await merit.control("POST", "clock", {"advance_s": 61})
    assert (await merit.call("v1/getunits", stamp=stamp)).status == 200
    await merit.options(per_minute=100, now="2026-04-16T09:00:00Z")
    for _ in range(100):
        assert (await merit.call("v1/getunits", stamp=stamp)).status == 200
    assert (await merit.call("v1/getunits", stamp=stamp)).status == 429
