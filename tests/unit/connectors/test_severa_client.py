"""The two clients of Severa against recorded answers: fates, tokens, paging, budgets."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors.severa import MANIFEST, build, soap_fates
from tilisilta.connectors.severa.connector import LoggingSeveraConnector, SeveraConnector
from tilisilta.connectors.severa.rest import RestClient
from tilisilta.connectors.severa.rest_api import RestApi
from tilisilta.connectors.severa.tokens import Token, Tokens, renew_at
from tilisilta.connectors.severa.wire import Status
from tilisilta.core.errors import BudgetSpent, Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import Budget, MemoryBudgetStore
from tilisilta.kit.http import Request, Response
from tilisilta.kit.manifest import Limits

SECRET = "9d2a5be0-demo-secret"
TOKEN = {
    "access_token": "token-one",
    "access_token_type": "Bearer",
    "access_token_expires_in": 3600,
    "refresh_token": "refresh-one",
    "scope": "invoices:read,settings:read",
}
REST = {"client_id": "c-1", "client_secret": SECRET}


def client(*answers: Any, clock: StillClock | None = None) -> tuple[RestClient, Recorded]:
    transport = Recorded(json_response(TOKEN), *answers)
    still = clock or StillClock()
    made = RestClient(
        address="https://api.severa.example/rest-api/v1",
        client_id="c-1",
        client_secret=SECRET,
        transport=transport,
        budget=Budget("t", Limits(per_window=100), store=MemoryBudgetStore(still), clock=still),
        clock=still,
    )
    return made, transport


def refused(kind: str, status: int = 403, message: str = "words") -> Response:
    return json_response({"error": {"httpStatusCode": status, "type": kind, "details": [{"message": message}]}}, status)


# --- REST ----------------------------------------------------------------------------------------------------


async def test_a_call_bears_the_token_and_the_client_id() -> None:
    rest, transport = client(json_response([{"guid": "A"}]))
    assert await rest.get("/invoices", {"invoiceStatusGuids": ["a", "b"], "startDate": "2026-01-01T00:00:00+02:00"})
    log_in, call = transport.requests
    assert log_in.url == "https://api.severa.example/rest-api/v1/token"
    scopes = transport.bodies()[0]["scope"].split()
    assert {"invoices:read", "invoices:write", "customers:read", "settings:read", "organization:read"} <= set(scopes)
    assert call.headers["Authorization"] == "Bearer token-one"
    assert call.headers["Client_Id"] == "c-1"
    assert call.url.endswith(
        "/invoices?invoiceStatusGuids=a&invoiceStatusGuids=b&startDate=2026-01-01T00%3A00%3A00%2B02%3A00"
    )
    assert not call.is_write


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused("InsufficientApiScope"), Misconfigured, "RIGHT_MISSING"),
        (refused("PermissionDenied"), Misconfigured, "RIGHT_MISSING"),
        (refused("AddonMissing"), Misconfigured, "PLAN_TOO_LOW"),
        (refused("TrialExpired"), Misconfigured, "PLAN_TOO_LOW"),
        (refused("TermsOfServiceNotApproved"), Misconfigured, "TERMS_NOT_APPROVED"),
        (refused("OrganizationNotActive"), Misconfigured, "ORGANISATION_NOT_ACTIVE"),
        (refused("InvalidApiVersion", 404), Misconfigured, "CONNECTION_MISCONFIGURED"),
        (refused("InvalidParameter", 400), Refused, "SOURCE_REFUSED"),
        (refused("SomethingNew", 400), Refused, "SOURCE_REFUSED"),
        (refused("InternalSystemError", 500), Retry, "TARGET_BUSY"),
        (
            json_response({"httpStatusCode": 403, "type": "PermissionDenied", "message": "no"}, 403),
            Misconfigured,
            "RIGHT_MISSING",
        ),
        (json_response(b"", 404), Refused, "NOT_FOUND_AT_SOURCE"),
        (json_response(b"nothing", 403), Misconfigured, "RIGHT_MISSING"),
        (json_response(b"", 401), Misconfigured, "KEY_REFUSED"),
        (json_response({"error": "Unauthorized"}, 401), Misconfigured, "KEY_REFUSED"),
        (json_response(b"<html>lost</html>", 404), Misconfigured, "HTML_ANSWER"),
        (json_response(b"<html>soon</html>", 503), Retry, "TARGET_BUSY"),
        (json_response(b"moved", 302), Misconfigured, "ADDRESS_MOVED"),
        (json_response(b"[{", 200), Retry, "NOT_JSON"),
        (json_response(b"<html>hello</html>", 200), Retry, "HTML_ANSWER"),
        (json_response(b"API calls quota exceeded! maximum admitted 10 per 1s.", 429), Retry, "TARGET_BUSY"),
    ],
)
async def test_refusals_have_their_fates(answer: Response, error: type[TilisiltaError], code: str) -> None:
    rest, _transport = client(answer)
    with pytest.raises(error) as caught:
        await rest.get("/invoicestatuses")
    assert caught.value.code == code
    assert caught.value.evidence is not None
    assert "token-one" not in repr(caught.value.evidence)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_response(b"", 502), Unknown),
        (json_response(b"<html>hello</html>", 200), Unknown),
        (json_response(b"[{", 200), Unknown),
        (refused("InternalSystemError", 500), Unknown),
        (refused("InvalidOperation", 400), Refused),
        (json_response(b"", 429), Retry),
    ],
)
async def test_writes_are_never_repeated(answer: Response, error: type[TilisiltaError]) -> None:
    rest, transport = client(answer)
    with pytest.raises(error):
        await rest.patch("/invoices/g", [{"op": "Replace", "path": "/status/guid", "value": "x"}])
    assert len(transport.requests) == 2
    assert transport.requests[1].is_write
    assert transport.bodies()[1] == [{"op": "Replace", "path": "/status/guid", "value": "x"}]


@pytest.mark.parametrize("name", ["status", "invoiceStatus"])
async def test_a_moved_invoice_shows_its_status_by_either_name(name: str) -> None:
    rest, _transport = client(json_response([{"guid": "G", name: {"guid": "S-2"}}]))
    await RestApi(rest).set_status("g", Status(guid="s-2", name="Siirretty"))
    with pytest.raises(Unknown):
        await RestApi(rest).set_status("g", Status(guid="s-3", name="Muu"))


async def test_too_many_calls_make_all_wait() -> None:
    clock = StillClock()
    rest, _transport = client(json_response(b"", 429, {"Retry-After": "7"}), clock=clock)
    with pytest.raises(Retry) as caught:
        await rest.get("/vatrates")
    assert caught.value.after_s == 7
    assert rest._budget.seconds_until_free == 7


async def test_both_paging_styles_end_where_they_end() -> None:
    def by_offset(request: Request) -> Response:
        first = int(request.url.split("firstRow=")[1].split("&")[0])
        return json_response([{"n": each} for each in range(first, min(first + 20, 45))])

    rest, transport = client(by_offset)
    # The server gives twenty however many are asked for.
    assert [row["n"] for row in await rest.all_by_offset("/worktypes")] == list(range(45))
    assert len(transport.requests) == 1 + 3
    whole, transport = client(json_response([{"n": each} for each in range(20)]))
    assert len(await whole.all_by_offset("/travelexpensetypes")) == 20
    assert len(transport.requests) == 1 + 2
    first = json_response([{"n": 1}], 200, {"NextPageToken": "abc"})
    tokens, transport = client(first, json_response([{"n": 2}]))
    assert [row["n"] for row in await tokens.all_by_token("/invoices", {})] == [1, 2]
    assert "pageToken=abc" in transport.requests[2].url
    stuck, _transport = client(first, json_response([], 200, {"NextPageToken": "abc"}))
    assert await stuck.all_by_token("/invoices", {}) == [{"n": 1}]


async def test_a_list_that_is_none_is_not_taken_for_empty() -> None:
    rest, _transport = client(json_response({"rows": []}))
    with pytest.raises(Retry, match="NOT_JSON"):
        await rest.all_by_token("/invoices", {})


async def test_scopes_that_were_not_granted_are_left_out() -> None:
    transport = Recorded(
        refused("InsufficientApiScope"), refused("InsufficientApiScope"), json_response(TOKEN), json_response([])
    )
    rest, _other = client()
    rest._transport = transport
    assert await rest.scopes() == {"invoices:read", "settings:read"}
    asked = [body.get("scope", "") for body in transport.bodies()]
    assert "files:read" in asked[0]
    assert "files:read" not in asked[1]
    assert asked[2] == ""


@pytest.mark.parametrize(
    "answer", [refused("AuthenticationRequired", 401), refused("InvalidRequest", 400), json_response(b"", 401)]
)
async def test_wrong_keys_are_named(answer: Response) -> None:
    rest, _other = client()
    rest._transport = Recorded(answer)
    with pytest.raises(Misconfigured, match="KEY_REFUSED"):
        await rest.get("/vatrates")


# --- tokens --------------------------------------------------------------------------------------------------


async def test_tokens_are_renewed_before_they_end_and_by_one_only() -> None:
    clock, made = StillClock(), []

    async def log_in() -> Token:
        await asyncio.sleep(0)
        made.append(f"t{len(made)}")
        return Token(text=made[-1], until=renew_at(clock.now().timestamp(), 1000))

    tokens = Tokens(log_in, clock)
    assert {token.text for token in await asyncio.gather(*(tokens.get() for _each in range(5)))} == {"t0"}
    clock.advance(899)
    first = await tokens.get()
    assert first.text == "t0"
    clock.advance(2)
    assert {token.text for token in await asyncio.gather(*(tokens.get() for _each in range(5)))} == {"t1"}
    # Two calls found the same token refused: one logs in, both go on with what it got.
    held = await tokens.get()
    assert {token.text for token in await asyncio.gather(tokens.renew(held), tokens.renew(held))} == {"t2"}


# --- building ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "settings", "kind", "api"),
    [
        (REST, {}, SeveraConnector, "RestApi"),
        ({"soap_key": "k"}, {}, LoggingSeveraConnector, "SoapApi"),
        ({**REST, "soap_key": "k"}, {}, LoggingSeveraConnector, "RestApi"),
        ({**REST, "soap_key": "k"}, {"api": "soap"}, LoggingSeveraConnector, "SoapApi"),
        (REST, {"api": "rest", "base_url": "api.severa.stag.visma.com/rest-api"}, SeveraConnector, "RestApi"),
    ],
)
def test_the_keys_or_the_setting_choose_the_api(
    credentials: Mapping[str, str], settings: Mapping[str, str], kind: type, api: str
) -> None:
    clock = StillClock()
    made = build(
        credentials, settings, transport=Recorded(json_response({})), budget=MemoryBudgetStore(clock), clock=clock
    )
    assert type(made) is kind
    assert type(made._api).__name__ == api


@pytest.mark.parametrize(
    ("credentials", "settings", "params"),
    [
        ({}, {}, {"field": "client_id"}),
        ({"client_id": "c"}, {}, {"field": "client_secret"}),
        (REST, {"api": "soap"}, {"field": "soap_key"}),
        ({"soap_key": "k"}, {"api": "rest"}, {"field": "client_id"}),
        (REST, {"api": "xml"}, {"field": "api", "value": "xml"}),
    ],
)
def test_what_is_missing_is_named(
    credentials: Mapping[str, str], settings: Mapping[str, str], params: Mapping[str, str]
) -> None:
    clock = StillClock()
    with pytest.raises(Misconfigured) as caught:
        build(credentials, settings, transport=None, budget=MemoryBudgetStore(clock), clock=clock)
    assert caught.value.params == params


def test_the_manifest_asks_for_no_key_that_the_other_api_needs() -> None:
    assert not any(field.is_required for field in MANIFEST.credentials)
    assert {field.name for field in MANIFEST.credentials if field.is_secret} == {"client_secret", "soap_key"}


# --- SOAP ----------------------------------------------------------------------------------------------------


def soap(*answers: Any) -> tuple[Any, Recorded]:
    from tilisilta_emulators.severa.soap_contract import wsdl

    clock, transport = StillClock(), Recorded(json_response(wsdl("http://127.0.0.1/API.svc")), *answers)
    budget = MemoryBudgetStore(clock)
    made = build({"soap_key": "k-1234"}, {}, transport=transport, budget=budget, clock=clock)
    return made._api._client, transport  # type: ignore[attr-defined]


def fault(name: str, words: str = "words", code: str = "s:Client") -> Response:
    from tilisilta_emulators.severa.errors import SoapFault
    from tilisilta_emulators.severa.soap_message import fault as written

    return json_response(written(SoapFault(name, words, code), "x"), 500)


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (fault("AuthenticationFailureException"), Misconfigured, "KEY_REFUSED"),
        (fault("NoPermissionException"), Misconfigured, "RIGHT_MISSING"),
        (fault("TosNotApprovedException"), Misconfigured, "TERMS_NOT_APPROVED"),
        (fault("NotFoundException"), Refused, "NOT_FOUND_AT_SOURCE"),
        (fault("ValidationException"), Refused, "SOURCE_REFUSED"),
        (fault("GeneralFailureException"), Unknown, "ANSWER_LOST"),
        (fault("GeneralFailureException", "The organization is not active"), Misconfigured, "ORGANISATION_NOT_ACTIVE"),
        (fault("QuotaLimitExceededException"), BudgetSpent, "DAILY_BUDGET_SPENT"),
        (fault("Quota", "Quota limit reached"), BudgetSpent, "DAILY_BUDGET_SPENT"),
        (fault("", "no such action", "a:ActionNotSupported"), Misconfigured, "INTERFACE_CHANGED"),
        (json_response(b"<html>soon</html>", 503), Unknown, "ANSWER_LOST"),
        (json_response(b"<html>hello</html>", 200), Unknown, "HTML_ANSWER"),
        (json_response(b"<s:Envelope xmlns:s='x'><half", 200), Unknown, "NOT_XML"),
        (json_response(b"no", 401), Misconfigured, "KEY_REFUSED"),
        (json_response(b"no", 404), Misconfigured, "CONNECTION_MISCONFIGURED"),
        (json_response(b"", 429), Retry, "TARGET_BUSY"),
    ],
)
async def test_faults_have_their_fates(answer: Response, error: type[TilisiltaError], code: str) -> None:
    calls, transport = soap(answer)
    with pytest.raises(error) as caught:
        await calls.call("IInvoice", "SetInvoiceStatus", "g", "Siirretty", is_write=True)
    assert caught.value.code == code
    assert len(transport.requests) == 2
    described, sent = transport.requests
    assert (described.method, described.url) == ("GET", "https://sync.severa.com/webservice/S3/API.svc?wsdl")
    assert (sent.method, sent.url, sent.is_write) == ("POST", "https://sync.severa.com/webservice/S3/API.svc", True)
    assert sent.headers["SOAPAction"] == '"http://soap.severa.com/IInvoice/SetInvoiceStatus"'
    assert b"WebServicePassword" in (sent.body or b"")
    assert b"k-1234" in (sent.body or b"")


async def test_an_operation_that_is_gone_is_named() -> None:
    calls, _transport = soap()
    with pytest.raises(Misconfigured, match=r"INTERFACE_CHANGED.*IInvoice.Forget"):
        await calls.call("IInvoice", "Forget")
    with pytest.raises(Misconfigured, match="INTERFACE_CHANGED"):
        await calls.call("IInvoice", "SetInvoiceStatus", *"abcdef")


async def test_entities_may_not_hide_in_an_answer() -> None:
    evil = b"<!DOCTYPE x [<!ENTITY a 'b'>]><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>"
    calls, _transport = soap(json_response(evil))
    with pytest.raises(Retry, match="NOT_XML"):
        await calls.call("IAPI", "GetVersion")


def test_the_day_of_the_quota_ends_at_midnight_utc() -> None:
    assert soap_fates.day_left_s(StillClock().now()) == 15 * 3600


async def test_answers_with_headers_of_their_own_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's own description may declare the quota's headers; zeep then gives header and body."""
    calls, _transport = soap(fault("NotFoundException"))
    with pytest.raises(Refused):
        await calls.call("IAPI", "GetVersion")
    binding = next(each for each in calls._client.wsdl.bindings.values() if each.port_name.localname == "IAPI")
    given = {"header": {"Quota": 5}, "body": {"GetVersionResult": "3.1"}}
    monkeypatch.setattr(binding, "process_reply", lambda *_arguments: given)
    assert calls._read(binding, "GetVersion", None) == "3.1"
