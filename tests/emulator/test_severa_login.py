"""Tokens, scopes, versions, heartbeats and the limit. Sheet: A1, A2, A5, A6."""

import pytest
from tests.emulator.severa_client import open_severa


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


@pytest.mark.parametrize(
    "scope", ["invoices:read,settings:read", "invoices:read, settings:read", "invoices:read settings:read"]
)
async def test_every_spelling_of_scopes(severa, scope):
    body = await severa.login(scope)
    assert body["access_token_type"] == "Bearer"
    assert (body["access_token_expires_in"], body["access_token_expires_utc"]) == (3600, "2026-11-02T09:00:00Z")
    assert body["scope"] == "invoices:read,settings:read"
    assert "expires_in" not in body
    assert (await severa.call("GET", "invoices")).status == 200
    refused = await severa.call("GET", "customers")
    assert (refused.status, refused.error["type"]) == (403, "InsufficientApiScope")
    assert refused.error["details"][0]["message"] == "Scope customers:read is required."


async def test_names_of_any_case_and_unknown_fields(severa):
    body = {
        "client_Id": severa.credentials["client_id"],
        "client_Secret": severa.credentials["client_secret"],
        "grant_type": "client_credentials",
        "anything": 1,
    }
    answer = await severa.raw("POST", "/rest-api/v1.0/token", body)
    assert answer.status == 200
    assert "invoices:write" in answer.body["scope"].split(",")


@pytest.mark.parametrize("grant", ["password", "", None, 7, "authorization_code"])
async def test_the_token_call_knows_no_grant_type(severa, grant):
    body = {name: severa.credentials[name] for name in ("client_id", "client_secret")}
    answer = await severa.raw("POST", "/rest-api/v1/token", {**body, "Grant_Type": grant, "code": {"any": 1}})
    assert (answer.status, answer.body["access_token_type"]) == (200, "Bearer")


async def test_refreshing_is_also_met_at_the_token_call(severa):
    given = (await severa.login())["refresh_token"]
    body = {"grant_type": "refresh_token", "refresh_token": given}
    answer = await severa.raw("POST", "/rest-api/v1/token", body)
    assert answer.status == 200
    assert answer.body["refresh_token"] != given
    assert (await severa.raw("POST", "/rest-api/v1/token", body)).status == 401


async def test_a_form_is_not_json(severa):
    answer = await severa.raw("POST", "/rest-api/v1/token", data={"client_id": "x"})
    assert answer.status == 415


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"client_secret": "wrong"}, 401, "AuthenticationRequired"),
        ({"client_id": ""}, 400, "InvalidParameter"),
        ({"scope": "invoices:read,SeveraAll"}, 403, "InsufficientApiScope"),
    ],
)
async def test_wrong_credentials(severa, change, status, kind):
    body = {name: severa.credentials[name] for name in ("client_id", "client_secret")} | change
    answer = await severa.raw("POST", "/rest-api/v1/token", body)
    assert (answer.status, answer.error["httpStatusCode"], answer.error["type"]) == (status, status, kind)


async def test_a_token_ends_and_is_refreshed_once(severa):
    given = await severa.login()
    await severa.control("POST", "clock", {"advance_s": 3601})
    late = await severa.call("GET", "invoices")
    assert (late.status, late.error["type"]) == (401, "AuthenticationRequired")
    fresh = await severa.raw("POST", "/rest-api/v1/refreshtoken", given["refresh_token"])
    assert fresh.status == 200
    severa.token = fresh.body["access_token"]
    assert (await severa.call("GET", "invoices")).status == 200
    assert (await severa.raw("POST", "/rest-api/v1/refreshtoken", given["refresh_token"])).status == 401
    body = {"grant_type": "refresh_token", "refresh_token": fresh.body["refresh_token"]}
    assert (await severa.raw("POST", "/rest-api/v1/token", body)).status == 200


async def test_the_users_own_flow(severa):
    query = {"response_type": "code", "client_id": severa.credentials["client_id"], "state": "s 1"}
    path = "/rest-api/v1/login/oauth/authorize"
    assert (await severa.raw("GET", path, params=query)).status == 400
    query["redirect_uri"] = "http://127.0.0.1:1/back?x=1"
    answer = await severa.raw("GET", path, params=query, allow_redirects=False)
    assert answer.status == 302
    location = answer.headers["Location"]
    assert location.startswith("http://127.0.0.1:1/back?x=1&code=")
    assert location.endswith("&state=s+1")
    form = {
        "grant_type": "authorization_code",
        "code": location.partition("code=")[2].partition("&")[0],
        "client_id": severa.credentials["client_id"],
        "client_secret": severa.credentials["client_secret"],
    }
    redeemed = await severa.raw("POST", "/rest-api/v1/login/oauth/access_token", data=form)
    assert redeemed.body["access_token"]
    assert (await severa.raw("POST", "/rest-api/v1/login/oauth/access_token", data=form)).status == 401


async def test_no_token_and_a_foreign_client_id(severa):
    bare = await severa.raw("GET", "/rest-api/v1/invoices")
    assert (bare.status, bare.error["details"][0]["location"]["type"]) == (401, "RequestHeader")
    own = {"Authorization": f"Bearer {severa.token}"}
    assert (await severa.raw("GET", "/rest-api/v1/invoices", headers=own)).status == 200
    assert (await severa.raw("GET", "/rest-api/v1/invoices", headers={**own, "Client_Id": "x"})).status == 401
    await severa.options(require_client_id=True)
    assert (await severa.raw("GET", "/rest-api/v1/invoices", headers=own)).status == 401


async def test_heartbeats_and_paths(severa):
    for name in ("server", "database"):
        answer = await severa.raw("GET", f"/rest-api/heartbeat/{name}")
        assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert (await severa.raw("GET", "/rest-api/heartbeat/authorized")).status == 401
    headers = {"Authorization": f"Bearer {severa.token}"}
    assert (await severa.raw("GET", "/rest-api/heartbeat/authorized", headers=headers)).status == 204
    for path in ("/v1/InvoiceStatuses", "/rest-api/v1.0/invoicestatuses/", "//rest-api/v1/invoicestatuses"):
        assert (await severa.raw("GET", path, headers=headers)).status == 200, path
    unknown = await severa.raw("GET", "/rest-api/v1/nothing", headers=headers)
    assert (unknown.status, unknown.raw) == (404, b"")
    assert (await severa.raw("GET", "/rest-api/v2/invoices", headers=headers)).status == 404
    assert (await severa.call("PUT", "invoices")).status == 405


async def test_ten_calls_a_second():
    async with open_severa(limits=True, now="2026-11-02T08:00:00Z") as severa:
        await severa.control("POST", "clock", {"advance_s": 1})
        statuses = [(await severa.call("GET", "vatrates")).status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        over = await severa.call("GET", "vatrates")
        assert over.raw.decode() == "API calls quota exceeded! maximum admitted 10 per 1s."
        assert "Retry-After" not in over.headers
        credentials = {name: severa.credentials[name] for name in ("client_id", "client_secret")}
        assert (await severa.raw("POST", "/rest-api/v1/token", credentials)).status == 429
        await severa.options(retry_after=True, throttle_body="envelope")
        await severa.control("POST", "clock", {"advance_s": 1})
        for _ in range(10):
            assert (await severa.call("GET", "vatrates")).status == 200
        over = await severa.call("GET", "vatrates")
        assert (over.error["httpStatusCode"], over.headers["Retry-After"]) == (429, "1")


async def test_scopes_of_the_credential_and_a_closed_organization(severa):
    await severa.options(scopes=["invoices:read"], unknown_scope="drop")
    assert (await severa.login("invoices:read settings:read"))["scope"] == "invoices:read"
    await severa.options(terms_approved=False)
    assert (await severa.call("GET", "invoices")).error["type"] == "TermsOfServiceNotApproved"
    await severa.options(terms_approved=True, organization_active=False)
    assert (await severa.call("GET", "invoices")).error["type"] == "OrganizationNotActive"


async def test_tokens_ended_by_order(severa):
    await severa.control("POST", "faults", {"kind": "expire_token"})
    assert (await severa.call("GET", "invoices")).status == 401
    given = await severa.login()
    await severa.control("POST", "revoke")
    assert (await severa.raw("POST", "/rest-api/v1/refreshtoken", given["refresh_token"])).status == 401
