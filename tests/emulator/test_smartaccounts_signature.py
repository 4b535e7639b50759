import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.emulator.smart_client import KEY, SECRET, Smart, signature, timestamp

from tilisilta_emulators.smartaccounts import sign

QUERY = "timestamp=16042026120000&apikey=sa-demo-public"
INVOICE = (
    '{"clientId":"c0ffee00-0000-4000-8000-000000000001","date":"16.04.2026","currency":"EUR","rows":'
    '[{"code":"KONS-1","description":"Nõustamine","price":100.00,"quantity":1,"vatPc":"24"}]}'
)
# The eight vectors of the vendor sheet: secret, query, body, signature.
VECTORS = [
    (
        SECRET,
        QUERY + "&code=KONS-1&pageNumber=1",
        "",
        "705a7bdf66ae110118750c1756916590739ddffe3eac75ddd2cc6a0990afdf55",
    ),
    (
        SECRET,
        QUERY,
        '{"name":"Õunapuu OÜ","regCode":"12345678"}',
        "abeb1c40ea8ecf3c66664f5dc9c31a53090272eb32f3b5aa22aa02927dc473da",
    ),
    (
        SECRET,
        QUERY + "&nameOrRegCode=%C3%95unapuu+O%C3%9C&pageNumber=1",
        "",
        "0863e8cd07dc42251a8d8678fb576f34401c86d987ee4523f5b298330d75ba7b",
    ),
    (
        SECRET,
        "apikey=sa-demo-public&timestamp=16042026120000",
        "{}",
        "cbbc24f7b8c4444ed71d8de424def49690ffba0eff4f15727f8b2b874fe73f95",
    ),
    (SECRET, QUERY + "&id=inv-1", "{}", "ee81ad5050f724013b04baf7c6e6da243882978c1e63eaba43b000f443f961cf"),
    (
        SECRET,
        "codes=kood1%2Ckood2%2Ckood3&timestamp=14022013133802&apikey=a066f7de6042458da916",
        "",
        "712a441ee2805dfc446011d9c675f02220b5ecf109822652ae2054579ea5a158",
    ),
    ("key", "data", "", "5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0"),
    (SECRET, QUERY, INVOICE, "91191fd774e5ab8c2f2f6a0aafb5edc662f543abbfe0a73148652dde7c8f931c"),
]


@pytest.mark.parametrize(("secret", "query", "body", "expected"), VECTORS)
def test_signature_is_that_of_the_sheet(secret, query, body, expected):
    assert sign(secret, query, body.encode()) == expected


def test_the_composed_body_has_the_stated_length():
    assert len(INVOICE.encode()) == 184


@pytest.mark.parametrize(
    ("method", "path", "vector", "status"),
    [
        ("GET", "purchasesales/articles:get", 0, 200),
        ("POST", "purchasesales/clients:add", 1, 200),
        ("GET", "purchasesales/clients:get", 2, 200),
        ("POST", "settings/vatpcs:get", 3, 200),
        ("POST", "purchasesales/clientinvoices:delete", 4, 400),
        ("POST", "purchasesales/clientinvoices:add", 7, 400),
    ],
)
async def test_vectors_pass_over_http_at_their_own_time(smart: Smart, method, path, vector, status):
    await smart.reset(now="2026-04-16T12:00:00+03:00")
    _, query, body, expected = VECTORS[vector]
    target = f"/api/{path}?{query}&signature={expected}"
    answer = await smart.request(method, target, body.encode() or None)
    assert answer.status == status, answer.text


async def get(smart: Smart, query: str, path: str = "/api/settings/accounts:get") -> tuple[int, str]:
    answer = await smart.request("GET", f"{path}?{query}")
    return answer.status, answer.json.get("message", "")


async def test_what_is_not_signed_right_is_refused(smart: Smart):
    query = f"timestamp={timestamp()}&apikey={KEY}"
    good = signature(query)
    assert await get(smart, query) == (401, "signature is missing")
    assert await get(smart, f"{query}&signature={'0' * 64}") == (401, "signature does not match")
    assert await get(smart, f"{query}&signature={good}&code=1") == (401, "signature must be the last parameter")
    assert await get(smart, f"{query}&signature={good.upper()}") == (401, "signature does not match")
    other = f"timestamp={timestamp()}&apikey=another"
    assert await get(smart, f"{other}&signature={signature(other)}") == (401, "apikey is missing or unknown")
    assert (await get(smart, f"{query}&signature={good}"))[0] == 200


async def test_the_query_is_signed_as_sent_not_decoded(smart: Smart):
    await smart.article("a,b")
    stamp = timestamp()
    sent = f"code=a%2Cb&timestamp={stamp}&apikey={KEY}"
    decoded = f"code=a,b&timestamp={stamp}&apikey={KEY}"
    path = "/api/purchasesales/articles:get"
    assert (await smart.request("GET", f"{path}?{sent}&signature={signature(sent)}")).status == 200
    assert (await smart.request("GET", f"{path}?{sent}&signature={signature(decoded)}")).status == 401
    # A comma that travels as it is may be signed as it is.
    answer = await smart.request("GET", f"{path}?{decoded}&signature={signature(decoded)}")
    assert [item["code"] for item in answer.json["articles"]] == ["a,b"]


async def test_the_body_is_signed_too(smart: Smart):
    query = f"timestamp={timestamp()}&apikey={KEY}"
    body = json.dumps({"name": "A"}).encode()
    target = f"/api/purchasesales/clients:add?{query}&signature={signature(query, body)}"
    assert (await smart.request("POST", target, body.replace(b"A", b"B"))).status == 401
    assert (await smart.request("POST", target, body)).status == 200


@pytest.mark.parametrize(("minutes", "status"), [(-16, 401), (-14, 200), (14, 200), (16, 401)])
async def test_a_timestamp_may_be_quarter_of_an_hour_off(smart: Smart, minutes, status):
    stamp = timestamp(datetime.now(UTC) + timedelta(minutes=minutes))
    assert (await smart.call("settings/vatpcs:get", stamp=stamp)).status == status


async def test_a_clock_in_utc_is_stale_and_nonsense_is_refused(smart: Smart):
    stamp = datetime.now(UTC).strftime("%d%m%Y%H%M%S")
    assert (await smart.call("settings/vatpcs:get", stamp=stamp)).status == 401
    for wrong in ("2026-04-16", "1604202612000", "99999999999999"):
        answer = await smart.call("settings/vatpcs:get", stamp=wrong)
        assert (answer.status, answer.json) == (401, {"message": "timestamp must be ddMMyyyyHHmmss"})


@pytest.mark.parametrize("now", ["2026-10-25T00:30:00", "2026-10-25T01:30:00"])
async def test_both_meanings_of_the_repeated_hour_are_taken(smart: Smart, now):
    await smart.reset(now=now)
    assert (await smart.call("settings/vatpcs:get", stamp="25102026033000")).status == 200


async def test_summer_time_is_kept(smart: Smart):
    await smart.reset(now="2026-07-01T09:00:00Z")
    assert (await smart.call("settings/vatpcs:get", stamp="01072026120000")).status == 200
    await smart.reset(now="2026-01-01T09:00:00Z")
    assert (await smart.call("settings/vatpcs:get", stamp="01012026110000")).status == 200
    assert (await smart.call("settings/vatpcs:get", stamp="01012026120000")).status == 401


@pytest.mark.parametrize("api", ["/api", "/en/api", "/et/api"])
async def test_every_address_form_and_method_reads(smart: Smart, api):
    for body in (None, {}):
        answer = await smart.call("settings/accounts:get", body, api=api)
        assert "1031" in {account["code"] for account in answer.json["accounts"]}


async def test_unknown_addresses_and_wrong_methods(smart: Smart):
    assert (await smart.call("settings/nothing:get")).status == 404
    assert (await smart.call("settings/accounts:fetch")).status == 404
    assert (await smart.call("settings/accounts:get", api="/fi/api")).status == 404
    assert (await smart.call("purchasesales/clients:add")).status == 405
