"""Procountor's tokens, pages and refusals, against recorded answers."""

import asyncio
from typing import Any

import pytest
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import load
from tilisilta.connectors.procountor.connector import ProcountorConnector
from tilisilta.connectors.procountor.errors import ERRORS
from tilisilta.connectors.procountor.fates import refusal
from tilisilta.core.documents import DocumentKind, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Request, Response
from tilisilta.ports import CatalogueKind

KEYS = {"client_id": "tilisiltaClient", "client_secret": "geheim-1", "api_key": "prck-4242-geheim"}
HTML = b"<html><head><title>500 Internal Server Error</title></head><body>nginx</body></html>"


class Door:
    """Answers token requests with numbered tokens, and everything else with `answer`."""

    def __init__(self, answer: Any = None, *, lifetime_s: object = 3600) -> None:
        self.given = 0
        self.lifetime_s = lifetime_s
        self.answer = answer if callable(answer) else (lambda _request: json_response(answer or {}))

    def __call__(self, request: Request) -> Response:
        if request.url.endswith("/oauth/token"):
            self.given += 1
            return json_response({"access_token": f"t{self.given}", "expires_in": self.lifetime_s})
        return self.answer(request)


def connect(door: Any, clock: StillClock | None = None, **settings: str) -> tuple[ProcountorConnector, Recorded]:
    moment = clock or StillClock()
    transport = Recorded(door)
    made = load("procountor").build(
        KEYS,
        {"limits": "off", **settings},
        transport=transport,
        budget=MemoryBudgetStore(moment),
        clock=moment,
    )
    assert isinstance(made, ProcountorConnector)
    return made, transport


def tokens_asked(transport: Recorded) -> list[Request]:
    return [request for request in transport.requests if request.url.endswith("/oauth/token")]


async def test_the_key_goes_into_the_body_of_the_token_request_without_a_charset() -> None:
    target, transport = connect(Door({"ledgerAccounts": []}))
    await target.catalogue(CatalogueKind.ACCOUNTS)
    [asked] = tokens_asked(transport)
    assert asked.url == "https://api.procountor.com/api/oauth/token"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.body is not None
    assert b"grant_type=client_credentials" in asked.body
    assert b"api_key=prck-4242-geheim" in asked.body
    assert b"redirect_uri" not in asked.body
    assert transport.requests[1].headers["Authorization"] == "Bearer t1"
    assert transport.requests[1].body is None


@pytest.mark.parametrize("lifetime_s", [3600, "3600", None])
async def test_a_token_is_renewed_a_minute_before_its_end(lifetime_s: object) -> None:
    clock = StillClock()
    target, transport = connect(Door({"dimensions": []}, lifetime_s=lifetime_s), clock)
    await target.catalogue(CatalogueKind.DIMENSIONS)
    clock.advance(3530)
    await target.catalogue(CatalogueKind.DIMENSIONS)
    assert len(tokens_asked(transport)) == 1
    clock.advance(15)
    await target.catalogue(CatalogueKind.DIMENSIONS)
    assert len(tokens_asked(transport)) == 2


class Slow(Recorded):
    """Gives others their turn before each answer."""

    async def request(self, request: Request) -> Response:
        await asyncio.sleep(0)
        return await super().request(request)


async def test_parallel_calls_renew_a_refused_token_once() -> None:
    def answer(request: Request) -> Response:
        if request.headers["Authorization"] == "Bearer t1":
            return json_response({"errors": [{"status": 401, "message": "Unauthorized"}]}, 401)
        return json_response({"results": []})

    door = Door(answer)
    clock = StillClock()
    transport = Slow(door)
    target = load("procountor").build(
        KEYS, {"limits": "off"}, transport=transport, budget=MemoryBudgetStore(clock), clock=clock
    )
    assert isinstance(target, ProcountorConnector)

    async def read() -> int:
        return len([page async for page in target.list_parties(PartyRole.CUSTOMER)])

    await asyncio.gather(*(read() for _ in range(6)))
    assert len(tokens_asked(transport)) == 2


async def test_a_token_refused_twice_stops_the_connection() -> None:
    def refuse(_request: Request) -> Response:
        return json_response({"errors": [{"status": 401, "message": "invalid token"}]}, 401)

    target, transport = connect(Door(refuse))
    with pytest.raises(Misconfigured) as caught:
        await target.catalogue(CatalogueKind.DIMENSIONS)
    assert caught.value.code == "INVALID_TOKEN"
    assert len(tokens_asked(transport)) == 2
    assert len(transport.requests) == 4


async def test_a_connector_goes_from_one_event_loop_to_another() -> None:
    target, _transport = connect(Door([]))
    await asyncio.to_thread(lambda: asyncio.run(_read(target)))
    await _read(target)


async def _read(target: ProcountorConnector) -> None:
    assert await target.catalogue(CatalogueKind.DIMENSIONS) == []


async def test_pages_go_on_below_the_last_key_and_names_stay_out_of_addresses() -> None:
    def answer(request: Request) -> Response:
        before = int(request.url.rpartition("previousId=")[2]) if "previousId" in request.url else 451
        rows = [{"id": key, "name": f"N{key}"} for key in range(before - 1, max(before - 201, 0), -1)]
        return json_response({"results": rows, "meta": {"resultCount": len(rows)}})

    target, transport = connect(Door(answer))
    pages = [page async for page in target.list_parties(PartyRole.SUPPLIER)]
    assert [len(page) for page in pages] == [200, 200, 50]
    assert [request.url.rpartition("?")[2] for request in transport.requests[1:]][-1] == (
        "type=SUPPLIER&size=200&orderById=DESC&previousId=51"
    )


def told(status: int, body: Any, *, is_write: bool = True, headers: dict[str, str] | None = None) -> TilisiltaError:
    request = Request(method="POST", url="https://api.procountor.com/api/invoices", is_write=is_write)
    return refusal(request, json_response(body, status, headers), ERRORS, ("geheim-1",))


def one(message: str, field: str | None = None, status: int = 400) -> dict[str, Any]:
    entry: dict[str, Any] = {"status": status, "message": message}
    return {"errors": [entry if field is None else {**entry, "field": field}]}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, one("MAY_NOT_BE_EMPTY", "invoiceRows"), "PROCOUNTOR_ROWS_EMPTY"),
        (
            403,
            one("insufficient access rights to modify the ledger receipt", status=403),
            "LEDGER_RECEIPT_RIGHTS_MISSING",
        ),
        (
            400,
            one("insufficient access rights to modify the ledger receipt", "undefined"),
            "LEDGER_RECEIPT_RIGHTS_MISSING",
        ),
        (
            400,
            one("BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY", "paymentInfo.bankAccount"),
            "BANK_ACCOUNT_NOT_OF_COMPANY",
        ),
        (401, one("invalid token", status=401), "INVALID_TOKEN"),
        (401, one("Unauthorized", status=401), "INVALID_TOKEN"),
        (
            400,
            one("ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION", "transactions[2].account"),
            "ACCOUNT_VAT_COMBINATION_REFUSED",
        ),
        (400, one("ERROR_VATSTATUS_VATPERC", "invoiceRows[3].vatStatus"), "VAT_STATUS_PERCENT_REFUSED"),
        (
            400,
            one("DIMENSION_OR_DIMENSION_ITEM_IDENTIFIERS_DOES_NOT_MATCH_THOSE_STORED_IN_DATABASE"),
            "DIMENSION_REFUSED",
        ),
        (403, one("CLOSED_FISCAL_PERIOD", status=403), "PERIOD_LOCKED"),
        (400, one("ERROR_BRN_CODE", "counterParty.identifier"), "BUSINESS_ID_REFUSED"),
        (400, one("DUE_DATE_BEFORE_BILL_DATE"), "DUE_DATE_REFUSED"),
        (400, one("INVALID_OVT", "invoicingInfo.ovt"), "EINVOICE_ADDRESS_REFUSED"),
        (400, one("UNABLE_TO_GET_CONNECTION"), "TARGET_BUSY"),
        (400, one("Value of the 'depreciation' field is invalid: "), "PROCOUNTOR_FIELD_REFUSED"),
        (400, one("Value of the 'deliveryAddress.country' cannot be blank."), "PROCOUNTOR_FIELD_REFUSED"),
        (403, one("insufficient access rights to mark the invoice paid", status=403), "RIGHT_MISSING"),
        (403, one("Invoice in status SENT cannot be approved", status=403), "PROCOUNTOR_STATUS_WRONG"),
        (404, one("Invoice not found", status=404), "NOT_FOUND_AT_TARGET"),
        (409, one("Somebody else", status=409), "PROCOUNTOR_VERSION_CONFLICT"),
        (400, {"constraintViolations": [{"errorCode": "ERROR_BRN_CODE"}]}, "BUSINESS_ID_REFUSED"),
    ],
)
def test_every_named_error_has_its_code(status: int, body: Any, code: str) -> None:
    assert told(status, body).code == code


def test_unknown_words_are_shown_as_they_came() -> None:
    error = told(400, one("SOMETHING_NEW_26_08", "invoiceRows[0].unit"))
    assert isinstance(error, Refused)
    assert error.code == "UNKNOWN_VENDOR_ERROR"
    assert error.params["message"] == "invoiceRows[0].unit SOMETHING_NEW_26_08"
    assert error.evidence is not None
    assert "SOMETHING_NEW_26_08" in error.evidence.body


def test_several_errors_are_told_together() -> None:
    body = {"errors": [*one("MAY_NOT_BE_NULL", "language")["errors"], *one("ERROR_BRN_CODE", "x")["errors"]]}
    error = told(400, body)
    assert error.code == "BUSINESS_ID_REFUSED"
    assert error.params["message"] == "language MAY_NOT_BE_NULL; x ERROR_BRN_CODE"


def test_pages_of_the_gateway_leave_a_write_unknown_and_a_read_to_be_tried_again() -> None:
    assert isinstance(told(500, HTML), Unknown)
    assert isinstance(told(502, HTML, is_write=False), Retry)
    busy = told(429, one("Too many requests", status=429), headers={"Retry-After": "7"})
    assert isinstance(busy, Retry)
    assert busy.after_s == 7
    assert told(400, HTML).code == "HTML_ANSWER"


async def test_secrets_stand_in_no_evidence() -> None:
    def refuse(_request: Request) -> Response:
        return json_response(one("token t1 of geheim-1 and prck-4242-geheim"), 400)

    target, _transport = connect(Door(refuse))
    with pytest.raises(Refused) as caught:
        await target.read_totals(DocumentKind.SALES_INVOICE, ["5"])
    shown = str(caught.value.evidence)
    assert "geheim-1" not in shown
    assert "prck-4242-geheim" not in shown


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("", "https://api.procountor.com/api"),
        ("pts-api.procountor.com", "https://pts-api.procountor.com/api"),
        ("https://pts-api.procountor.com/api/", "https://pts-api.procountor.com/api"),
        ("https://api.procountor.com/v2408/api", "https://api.procountor.com/v2408/api"),
    ],
)
async def test_the_address_may_hold_a_version(given: str, root: str) -> None:
    target, transport = connect(Door([]), base_url=given)
    await target.catalogue(CatalogueKind.DIMENSIONS)
    assert transport.requests[1].url == f"{root}/dimensions"


@pytest.mark.parametrize("name", ["language", "circulation", "journal_status", "no_vat_status"])
def test_settings_that_are_no_choice_are_named(name: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        connect(Door(), **{name: "klingon"})
    assert caught.value.params["field"] == name
