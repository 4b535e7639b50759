"""URL grammar, credentials, envelopes and limits (sheet sections 1 to 4 and 6)."""

import re
from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import ACCOUNT, Client, open_site

from tilisilta_emulators.scoro import ScoroEmulator

RATE_HEADERS = (
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-daily-requests-limit",
    "x-daily-requests-remaining",
    "x-daily-requests-reset",
)


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site() as client:
        yield client


def test_credentials_have_the_names_outsiders_use():
    given = ScoroEmulator().credentials()
    assert re.fullmatch(r"ScoroAPI_[0-9a-f]+", given["api_key"])
    assert given == {"api_key": given["api_key"], "company_account_id": "naidis"}


async def test_success_envelope_is_exact(site):
    answer = await site.call("vatCodes/list")
    assert answer.status == 200
    assert list(answer.body) == ["status", "statusCode", "messages", "data"]
    assert answer.body["status"] == "OK"
    assert answer.body["statusCode"] == 200
    assert answer.body["messages"] is None
    assert isinstance(answer.data, list)


@pytest.mark.parametrize(
    "path",
    ["/api/v2/invoices", "/api/v2/invoices/", "/api/v2/invoices/list", "/api/v2/invoices/list/", "//api/v2//invoices"],
)
async def test_list_is_the_default_action_and_slashes_do_not_matter(site, path):
    answer = await site.raw(path, {"apiKey": site.key, "company_account_id": ACCOUNT, "request": []})
    assert len(answer.data) == 17


async def test_a_body_without_content_type_is_read(site):
    body = f'{{"apiKey":"{site.key}","company_account_id":"{ACCOUNT}"}}'.encode()
    async with site.session.post(
        f"{site.base_url}/api/v2/tags/list", data=body, skip_auto_headers=["Content-Type"]
    ) as response:
        assert "Content-Type" not in response.request_info.headers
        assert (await response.json())["status"] == "OK"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 401),
        ({"apiKey": "ScoroAPI_wrong", "company_account_id": ACCOUNT}, 401),
        ({"user_token": "nobody", "company_account_id": ACCOUNT}, 401),
        ({"apiKey": "KEY"}, 403),
        ({"apiKey": "KEY", "company_account_id": "other"}, 403),
    ],
)
async def test_wrong_credentials_are_refused_with_http_200(site, body, code):
    if body.get("apiKey") == "KEY":
        body = {**body, "apiKey": site.key}
    answer = await site.raw("/api/v2/invoices/list", body)
    assert (answer.status, answer.code, answer.body["status"]) == (200, code, "ERROR")
    assert isinstance(answer.errors["error"], list)
    assert "data" not in answer.body


async def test_a_user_token_works_in_place_of_the_key_until_it_expires(site):
    given = await site.data(
        "userAuth/modify", {"username": "liis", "password": "naidis"}, apiKey=None, device_type="server"
    )
    with_token = {"user_token": given["token"], "company_account_id": ACCOUNT}
    assert (await site.raw("/api/v2/users/list", with_token)).data[0]["username"] == "liis"
    await site.control("POST", "faults", {"kind": "expire_token", "match": {"path": "tags"}})
    await site.call("tags/list")
    assert (await site.raw("/api/v2/users/list", with_token)).code == 401
    refused = await site.call("userAuth/modify", {"username": "liis", "password": "x"}, device_type="server")
    assert refused.code == 401
    assert (await site.call("userAuth/modify", {"username": "liis"})).code == 400


async def test_errors_can_carry_their_code_as_http_status(site):
    await site.reset(errors_http=True)
    assert (await site.raw("/api/v2/invoices/list", {})).status == 401
    assert (await site.call("invoices/view/999999")).status == 404
    assert (await site.call("invoices/modify", {})).status == 400


async def test_status_codes_can_be_strings(site):
    await site.reset(status_codes="string")
    assert (await site.call("tags/list")).body["statusCode"] == "200"
    assert (await site.call("tagz/list")).body["statusCode"] == "404"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Invoices/list", 404),
        ("unicorns/list", 404),
        ("invoices/explode", 405),
        ("tags/modify", 405),
        ("bills/pdf/301", 405),
        ("invoices/view/abc", 400),
        ("invoices/view", 400),
        ("invoices/view/1/2", 404),
        ("", 404),
    ],
)
async def test_unknown_paths_get_the_vendors_error_shape(site, path, code):
    answer = await site.call(path)
    assert (answer.status, answer.code) == (200, code)
    assert answer.errors["error"]


async def test_paths_outside_the_api_answer_html(site):
    answer = await site.raw("/mcp", {})
    assert answer.status == 404
    assert "<html>" in answer.body


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe"])
async def test_what_is_not_a_json_object_is_refused(site, body):
    assert (await site.raw("/api/v2/invoices/list", body)).code == 400


async def test_only_post_is_accepted_unless_switched(site):
    body = {"apiKey": site.key, "company_account_id": ACCOUNT}
    assert (await site.raw("/api/v2/tags/list", body, "GET")).code == 405
    await site.reset(allow_get=True)
    assert (await site.raw("/api/v2/tags/list", body, "GET")).data[0]["tag_name"] == "Laoartikkel"


@pytest.mark.parametrize(
    ("shape", "messages"),
    [
        ("list", {"error": ["company_id is required", "lines is required"]}),
        ("map", {"company_id": "is required", "lines": "is required"}),
        ("string", {"error": "company_id is required; lines is required"}),
    ],
)
async def test_validation_messages_come_in_every_shape_met(site, shape, messages):
    await site.reset(error_shape=shape)
    answer = await site.call("invoices/modify", {"description": "x"})
    assert answer.code == 400
    assert answer.errors == messages


async def test_rate_headers_are_on_every_answer(site):
    for path in ("invoices/list", "invoices/view/999999", "unicorns/list"):
        headers = (await site.call(path)).headers
        assert all(headers[name].isdigit() for name in RATE_HEADERS)


async def test_the_window_fills_and_empties():
    async with open_site(limits=True, window_limit=3, now="2026-11-02T10:00:00Z") as site:
        left = [int((await site.call("tags/list")).headers["x-ratelimit-remaining"]) for _ in range(3)]
        assert left == [2, 1, 0]
        refused = await site.call("tags/list")
        assert refused.status == 429
        assert refused.body["statusCode"] == "429"
        assert refused.errors["error"]
        assert refused.headers["x-ratelimit-reset"] == "2"
        assert int(refused.headers["x-daily-requests-remaining"]) > 0
        await site.control("POST", "clock", {"advance_s": 2.1})
        assert (await site.call("tags/list")).status == 200


async def test_the_day_ends_at_midnight_utc():
    async with open_site(limits=True, window_limit=0, daily_limit=2, now="2026-11-02T23:59:00Z") as site:
        await site.call("tags/list")
        last = (await site.call("tags/list")).headers
        assert (last["x-daily-requests-remaining"], last["x-daily-requests-reset"]) == ("0", "60")
        assert (await site.call("tags/list")).status == 429
        await site.control("POST", "clock", {"advance_s": 60})
        assert (await site.call("tags/list")).status == 200


async def test_each_business_entity_sees_its_own_documents(site):
    await site.reset(accounts=["naidis", "teine"])
    row = await site.data(
        "invoices/modify",
        {"company_id": 31, "lines": [{"price": 1, "vat": 24}]},
        company_account_id="teine",
        return_data=1,
    )
    assert row["account_id"] == "teine"
    assert await site.ids("invoices", company_account_id="teine") == [row["id"]]
    assert row["id"] not in await site.ids("invoices")
    assert (await site.call(f"invoices/view/{row['id']}")).code == 404
    assert len(await site.ids("contacts", "contact_id", company_account_id="teine")) == 13


async def test_a_wrong_option_is_refused(site):
    async with site.session.post(f"{site.base_url}/_emulator/reset", json={"credit_sign": "maybe"}) as response:
        assert response.status == 400
