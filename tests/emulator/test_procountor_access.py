"""Tokens, keys, versions, limits and the shape of errors (sheet sections 1 to 3 and 10)."""

import base64
import json
from collections.abc import AsyncIterator

import pytest
from tests.emulator.procountor_client import NOW, Client, open_company


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


async def test_key_becomes_a_token(company):
    answer = await company.token()
    assert answer.status == 200
    assert answer.body["expires_in"] == 3600
    assert answer.body["token_type"] == "bearer"
    assert "refresh_token" not in answer.body
    head, payload, _ = answer.body["access_token"].split(".")
    assert len(answer.body["access_token"]) > 255
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["company"] == 4242
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "JWT"


async def test_dialects_of_the_token_call(company):
    assert (await company.token(redirect_uri=None)).status == 200
    assert (await company.token(scope="*")).status == 200
    sent = {"grant_type": "client_credentials", **company.credentials}
    assert (await company.raw("POST", "/api/oauth/token/", data=sent)).status == 200
    for prefix in ("/latest/api", "/supported/api", "/v2408/api", ""):
        assert (await company.raw("POST", f"{prefix}/oauth/token", data=sent)).status == 200
    key = company.credentials
    pair = base64.b64encode(f"{key['client_id']}:{key['client_secret']}".encode()).decode()
    short = {"grant_type": "client_credentials", "api_key": key["api_key"]}
    assert (
        await company.raw("POST", "/api/oauth/token", data=short, headers={"Authorization": f"Basic {pair}"})
    ).status == 200
    assert (await company.raw("POST", "/v26080/api/oauth/token", data=sent)).status == 404
    await company.options(live_versions=["v2608"])
    assert (await company.raw("POST", "/v2408/api/oauth/token", data=sent)).status == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"api_key": "prck-nothing"}, 401),
        ({"api_key": None}, 401),
        ({"client_id": "other"}, 401),
        ({"client_secret": "wrong"}, 401),
        ({"redirect_uri": "https://elsewhere.example/"}, 401),
        ({"grant_type": "password"}, 400),
        ({"grant_type": None}, 400),
        ({"grant_type": "authorization_code", "code": "x"}, 401),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 401),
    ],
)
async def test_refused_tokens(company, form, status):
    answer = await company.token(**form)
    assert answer.status == status
    assert answer.body["errors"][0]["status"] == status
    assert answer.body["error"]


async def test_the_token_body_must_be_a_plain_form(company):
    form = {"grant_type": "client_credentials", **company.credentials}
    answer = await company.raw("POST", "/api/oauth/token", json=form)
    assert answer.status == 415
    charset = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert (await company.raw("POST", "/api/oauth/token", data=form, headers=charset)).status == 415
    await company.options(token_charset="accept")
    assert (await company.raw("POST", "/api/oauth/token", data=form, headers=charset)).status == 200
    assert (await company.raw("POST", "/api/oauth/token", params=form, data={"a": "b"})).status == 401


@pytest.mark.parametrize(("shape", "keys"), [("errors", {"errors"}), ("oauth", {"error", "error_description"})])
async def test_shapes_of_a_token_error(company, shape, keys):
    await company.options(token_error=shape)
    assert set((await company.token(api_key="x")).body) == keys


async def test_tokens_expire_and_log_out(company):
    assert (await company.call("GET", "/company")).status == 200
    await company.control("POST", "clock", {"advance_s": 3601})
    answer = await company.call("GET", "/company")
    assert answer.status == 401
    assert answer.errors == [(None, "invalid token")]
    await company.login()
    assert (await company.raw("POST", "/logout", headers={"Authorization": f"Bearer {company.bearer}"})).status == 200
    assert (await company.call("GET", "/company")).status == 401
    assert (await company.raw("GET", "/api/company")).status == 401
    assert (await company.raw("GET", "/api/status")).body["status"] == "OK"


async def test_a_key_is_made_on_its_page_and_dies_when_revoked(company):
    async with company.session.get(f"{company.base_url}/_emulator/apikeys") as response:
        page = await response.text()
    assert "API-avaimet" in page
    assert "Esimerkki Konepaja Oy" in page
    assert company.credentials["api_key"] not in page
    url = f"{company.base_url}/_emulator/apikeys"
    async with company.session.post(url, data={"user": "31001", "client_id": "tilisiltaClient"}) as response:
        made = (await response.text()).split('<code id="key">')[1].split("<")[0]
    token = (await company.token(api_key=made)).ok["access_token"]
    company.bearer = token
    assert (await company.get("/sessioninfo"))["companyId"] == 4242
    await company.control("DELETE", "apikeys/2")
    assert (await company.call("GET", "/company")).errors == [(None, "invalid token")]
    assert (await company.token(api_key=made)).status == 401
    await company.control("POST", "apikeys", {"client_id": "nobody"}, status=400)
    await company.reset(api_clients_allowed=True)
    await company.options(api_clients_allowed=False)
    assert (await company.token()).status == 401


async def test_one_key_is_one_company(company):
    await company.reset(companies=2)
    key = await company.control("POST", "apikeys?company=4243", {"client_id": "tilisiltaClient"})
    first = await company.get("/company")
    company.bearer = (await company.token(api_key=key["secret"])).ok["access_token"]
    second = await company.get("/company")
    assert (first["id"], second["id"]) == (4242, 4243)
    assert first["businessIdentifier"] != second["businessIdentifier"]
    assert (await company.get("/invoices"))["results"] == []
    assert set((await company.control("GET", "state?summary=1"))["companies"]) == {"4243"}


async def test_code_flow_with_refresh(company):
    key = company.credentials
    query = {
        "response_type": "code",
        "client_id": key["client_id"],
        "redirect_uri": key["redirect_uri"],
        "state": "s1",
    }
    assert (await company.raw("GET", "/api/oauth/login", params=query)).status == 200
    form = {"username": "tekninen.kayttaja", "password": "salasana", "company": "4242"}

    async def code(path: str) -> str:
        answer = await company.raw("POST", path, params=query, data=form, allow_redirects=False)
        assert answer.status == 302
        assert answer.headers["location"].startswith(key["redirect_uri"] + "?code=")
        assert answer.headers["location"].endswith("&state=s1")
        return answer.headers["location"].split("code=")[1].split("&")[0]

    one = await code("/api/oauth/login")
    swap = {"grant_type": "authorization_code", "code": one, "api_key": None}
    assert (await company.token(**swap, redirect_uri=None)).status == 401
    tokens = (await company.token(**swap)).ok
    assert (await company.token(**swap)).status == 401
    renewed = (await company.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])).ok
    assert "refresh_token" not in renewed
    company.bearer = renewed["access_token"]
    assert (await company.get("/sessioninfo"))["userName"] == "tekninen.kayttaja"
    made = (await company.token(grant_type="authorization_code", code=await code("/keylogin"))).ok["api_key"]
    assert (await company.token(api_key=made)).status == 200
    assert (await company.raw("GET", "/api/oauth/login", params={**query, "redirect_uri": "x"})).status == 400
    wrong = await company.raw("POST", "/api/oauth/login", params=query, data={**form, "password": "x"})
    assert wrong.status == 401
    assert (await company.raw("POST", "/api/oauth/authz", params=query, data=form)).status == 404
    await company.options(api_login_only=True)
    assert (await company.raw("POST", "/api/oauth/login", params=query, data=form)).status == 403


async def test_paths(company):
    assert (await company.call("GET", "/vats/default/")).status == 200
    assert (await company.call("GET", "/nothing")).errors == [(None, "Not found")]
    assert (await company.call("PATCH", "/coa")).status == 405
    assert (await company.call("POST", "/invoices/8801001/send")).status == 405
    assert (await company.call("DELETE", "/invoices/8801001")).status == 405
    refused = await company.call("GET", "/coa", {})
    assert refused.status == 400
    assert b"nginx" in refused.body
    await company.options(get_with_body="accept")
    assert (await company.call("GET", "/coa", {})).status == 200


async def test_requests_per_minute(company):
    await company.control("POST", "reset", {"now": NOW, "requests_per_minute": 3})
    await company.login()
    for _ in range(3):
        assert (await company.call("GET", "/coa")).status == 200
    await company.control("POST", "clock", {"advance_s": 20})
    full = await company.call("GET", "/coa")
    assert full.status == 429
    assert full.headers["retry-after"] == "40"
    assert full.errors == [(None, "Too many requests")]
    await company.control("POST", "clock", {"advance_s": 40})
    assert (await company.call("GET", "/coa")).status == 200


async def test_gateway_failures_are_html_and_refusals_are_not(company):
    await company.control("POST", "faults", {"kind": "error_before", "status": 500})
    broken = await company.call("GET", "/coa")
    assert (broken.status, broken.headers["content-type"].split(";")[0]) == (500, "text/html")
    await company.control("POST", "faults", {"kind": "refuse", "data": {"status": 403, "message": "insufficient"}})
    assert (await company.call("GET", "/coa")).errors == [(None, "insufficient")]
    await company.control("POST", "faults", {"kind": "expire_token"})
    assert (await company.call("GET", "/coa")).status == 401
    await company.login()
    await company.control("POST", "faults", {"kind": "revoke_key", "after": 1})
    assert (await company.call("GET", "/coa")).status == 200
    assert (await company.call("GET", "/coa")).status == 401
    assert (await company.token()).status == 401


async def test_broken_bodies(company):
    for data in (b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 5000):
        headers = {"Content-Type": "application/json"}
        answer = await company.call("POST", "/invoices", data=data, headers=headers)
        assert answer.status == 400, data
        assert answer.errors
