import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.contract.examples import invoice_draft
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import smartaccounts
from tilisilta.connectors.smartaccounts.client import error_text, signature, the_list
from tilisilta.connectors.smartaccounts.manifest import MANIFEST
from tilisilta.connectors.smartaccounts.mapper import read_party
from tilisilta.connectors.smartaccounts.wire import PartnerRead
from tilisilta.core.documents import DocumentKind, PartyRole
from tilisilta.core.errors import BadInput, BudgetSpent, Misconfigured, Parked, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.addresses import address_of
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Request, Response
from tilisilta.ports import CatalogueKind, FetchRequest

KEYS = {"api_key": "sa-demo-public", "api_secret": "sa-demo-secret"}


def connector(
    transport: Recorded, clock: StillClock | None = None, **settings: str
) -> smartaccounts.SmartAccountsConnector:
    clock = clock or StillClock()
    return smartaccounts.build(
        KEYS, {"limits": "off", **settings}, transport=transport, budget=MemoryBudgetStore(clock), clock=clock
    )


VECTORS = [
    (
        "timestamp=16042026120000&apikey=sa-demo-public&code=KONS-1&pageNumber=1",
        "",
        "705a7bdf66ae110118750c1756916590739ddffe3eac75ddd2cc6a0990afdf55",
    ),
    (
        "timestamp=16042026120000&apikey=sa-demo-public",
        '{"name":"Õunapuu OÜ","regCode":"12345678"}',
        "abeb1c40ea8ecf3c66664f5dc9c31a53090272eb32f3b5aa22aa02927dc473da",
    ),
    (
        "timestamp=16042026120000&apikey=sa-demo-public&nameOrRegCode=%C3%95unapuu+O%C3%9C&pageNumber=1",
        "",
        "0863e8cd07dc42251a8d8678fb576f34401c86d987ee4523f5b298330d75ba7b",
    ),
    (
        "apikey=sa-demo-public&timestamp=16042026120000",
        "{}",
        "cbbc24f7b8c4444ed71d8de424def49690ffba0eff4f15727f8b2b874fe73f95",
    ),
    (
        "timestamp=16042026120000&apikey=sa-demo-public&id=inv-1",
        "{}",
        "ee81ad5050f724013b04baf7c6e6da243882978c1e63eaba43b000f443f961cf",
    ),
    (
        "codes=kood1%2Ckood2%2Ckood3&timestamp=14022013133802&apikey=a066f7de6042458da916",
        "",
        "712a441ee2805dfc446011d9c675f02220b5ecf109822652ae2054579ea5a158",
    ),
    (
        "timestamp=16042026120000&apikey=sa-demo-public",
        (
            '{"clientId":"c0ffee00-0000-4000-8000-000000000001","date":"16.04.2026","currency":"EUR","rows":'
            '[{"code":"KONS-1","description":"Nõustamine","price":100.00,"quantity":1,"vatPc":"24"}]}'
        ),
        "91191fd774e5ab8c2f2f6a0aafb5edc662f543abbfe0a73148652dde7c8f931c",
    ),
]


@pytest.mark.parametrize(("query", "body", "expected"), VECTORS)
def test_signature_vectors(query: str, body: str, expected: str) -> None:
    assert signature("sa-demo-secret", query, body.encode()) == expected


def test_the_primitive() -> None:
    assert signature("key", "data") == "5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0"


@pytest.mark.parametrize(
    ("now", "stamp"),
    [
        (dt.datetime(2026, 4, 16, 9, 0, tzinfo=dt.UTC), "16042026120000"),  # summer, three hours ahead
        (dt.datetime(2026, 1, 16, 22, 30, 1, tzinfo=dt.UTC), "17012026003001"),  # winter, already tomorrow
    ],
)
async def test_calls_are_stamped_in_tallinn_time_and_signed_as_sent(now: dt.datetime, stamp: str) -> None:
    transport = Recorded(json_response({"vatPcs": []}))
    await connector(transport, StillClock(now)).catalogue(CatalogueKind.VAT_CODES)
    url = transport.requests[0].url
    query, _, given = url.partition("?")[2].rpartition("&signature=")
    assert urlsplit(url).path == "/en/api/settings/vatpcs:get"
    assert dict(parse_qsl(query)) == {"timestamp": stamp, "apikey": "sa-demo-public"}
    assert given == signature("sa-demo-secret", query)


async def test_a_write_is_signed_with_its_body() -> None:
    transport = Recorded(json_response({"invoiceId": "i1"}))
    await connector(transport, language="et").send(invoice_draft())
    request = transport.requests[0]
    query, _, given = request.url.partition("?")[2].rpartition("&signature=")
    assert urlsplit(request.url).path == "/et/api/purchasesales/clientinvoices:add"
    assert given == signature("sa-demo-secret", query, request.body or b"")
    assert request.is_write
    assert len(transport.requests) == 1  # one call, nothing asked before


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("", "https://sa.smartaccounts.eu"),
        ("sa.smartaccounts.eu", "https://sa.smartaccounts.eu"),
        ("https://sa.smartaccounts.eu/en/api/", "https://sa.smartaccounts.eu"),
        ("http://127.0.0.1:9001/api", "http://127.0.0.1:9001"),
    ],
)
def test_addresses(pasted: str, address: str) -> None:
    assert address_of(pasted, MANIFEST.default_host) == address


REFUSALS: list[tuple[Response, type[TilisiltaError], str]] = [
    (
        json_response({"errors": [{"key": "PERIOD-LOCKED", "message": "Period is locked"}]}, 400),
        Parked,
        "PERIOD_LOCKED",
    ),
    (json_response({"message": "Adding to a locked period"}, 400), Parked, "PERIOD_LOCKED"),
    (json_response({"error": "Client not found: c1"}, 400), Refused, "PARTY_GONE_AT_TARGET"),
    (Response(status=400, body=b"Artiklit ei leitud: T-1"), Refused, "ITEM_GONE_AT_TARGET"),
    (json_response({"errors": [{"message": "API has no rights to x"}]}, 400), Misconfigured, "RIGHT_MISSING"),
    (json_response({"message": "Something new"}, 400), Refused, "UNKNOWN_VENDOR_ERROR"),
    (json_response({"message": "signature is wrong"}, 401), Misconfigured, "KEY_REFUSED"),
    (json_response({"message": "timestamp is too old"}, 401), Misconfigured, "CLOCK_SKEW"),
    (
        json_response({"message": "no"}, 401, {"Date": "Thu, 16 Apr 2026 10:00:00 GMT"}),
        Misconfigured,
        "CLOCK_SKEW",
    ),
    (json_response({"message": "no"}, 401, {"Date": "Thu, 16 Apr 2026 09:01:00 GMT"}), Misconfigured, "KEY_REFUSED"),
    (Response(status=403), Misconfigured, "RIGHT_MISSING"),
    (json_response({"message": "Request limit exceeded"}, 503), Retry, "TARGET_BUSY"),
    (json_response({"message": "limit of 1000 requests per day"}, 503), BudgetSpent, "DAILY_BUDGET_SPENT"),
    (json_response({"message": "You have unpaid bills"}, 503), Misconfigured, "VENDOR_BILLING"),
    (Response(status=503, body=b"<html>gateway"), Unknown, "ANSWER_LOST"),
    (Response(status=500, body=b"oops"), Unknown, "ANSWER_LOST"),
    (Response(status=200, body=b"<html>"), Unknown, "HTML_ANSWER"),
    (Response(status=200, body=b'{"invoiceId":"i'), Unknown, "NOT_JSON"),
    (json_response({}), Unknown, "ANSWER_LOST"),
    (Response(status=404, body=b"<html>"), Misconfigured, "HTML_ANSWER"),
]


@pytest.mark.parametrize(("answer", "fate", "code"), REFUSALS)
async def test_refusals_of_a_write_by_fate(answer: Response, fate: type[TilisiltaError], code: str) -> None:
    transport = Recorded(answer)
    with pytest.raises(fate) as caught:
        await connector(transport).send(invoice_draft())
    assert (type(caught.value), caught.value.code) == (fate, code)
    assert len(transport.requests) == 1
    if caught.value.evidence is not None:
        assert "sa-demo" not in caught.value.evidence.url + caught.value.evidence.body


@pytest.mark.parametrize("answer", [Response(status=500), Response(status=200, body=b"<html>"), Response(status=503)])
async def test_the_same_on_a_read_is_retry(answer: Response) -> None:
    with pytest.raises(Retry):
        await connector(Recorded(answer)).catalogue(CatalogueKind.VAT_CODES)


async def test_limits_hold_for_the_next_call_too() -> None:
    clock = StillClock()
    transport = Recorded(json_response({"message": "1000 requests per 24 hours"}, 503), json_response({"vatPcs": []}))
    target = smartaccounts.build(KEYS, {}, transport=transport, budget=MemoryBudgetStore(clock), clock=clock)
    for _ in range(2):
        with pytest.raises(BudgetSpent):
            await target.catalogue(CatalogueKind.VAT_CODES)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"errors":[{"key":"A-B","message":"one"},{"message":"two"}]}', "A-B: one; two"),
        (b'{"message":"one"}', "one"),
        (b'{"error":"one"}', "one"),
        (b'["one","two"]', "one; two"),
        (b'{"name":"is required"}', "name: is required"),
        (b'{"errors":{"name":["is required","is odd"]}}', "name: is required; name: is odd"),
        (b'{"errors":[],"message":"one"}', "one"),
        (b"plain text", "plain text"),
        (b"", ""),
    ],
)
def test_every_shape_of_a_refusal(body: bytes, expected: str) -> None:
    assert error_text(body) == expected


def test_the_list_of_an_envelope() -> None:
    assert the_list({"templates": [1], "hasMoreEntries": False, "deleted": ["x"]}) == [1]
    assert the_list({"hasMoreEntries": False}) == []
    with pytest.raises(BadInput):
        the_list({"a": [], "b": []})


def test_of_several_contacts_the_first_counts_and_empty_ones_do_not() -> None:
    given = [("EMAIL", ""), ("EMAIL", "a@b.ee"), ("EMAIL", "c@d.ee"), ("PHONE", None)]
    wire = PartnerRead(id="1", contacts=[{"type": kind, "value": value} for kind, value in given])
    party = read_party(wire, PartyRole.CUSTOMER)
    assert (party.email, party.phone) == ("a@b.ee", "")


async def test_an_invoice_that_shows_its_client_only_as_an_object_is_found() -> None:
    draft = invoice_draft()
    row = {
        "id": "i1",
        "client": {"id": draft.party_id},
        "invoiceNumber": draft.invoice.number,
        "totalAmount": str(draft.invoice.gross),
    }
    transport = Recorded(json_response({"clientInvoices": [row], "hasMoreEntries": "false"}))
    found = await connector(transport).find([draft])
    assert found[draft.key].sent.target_id == "i1"
    assert len(transport.requests) == 1


async def test_payments_are_asked_by_second_of_change_and_walked_to_the_end() -> None:
    def page(request: Request) -> Response:
        number = int(dict(parse_qsl(urlsplit(request.url).query))["pageNumber"])
        row: dict[str, Any] = {"id": f"p{number}", "date": "20.04.2026", "partnerType": "CLIENT", "amount": 1}
        answer: dict[str, Any] = {"payments": [row], "hasMoreEntries": number < 3}
        if number == 1:
            answer["deleted"] = ["old"]
        return json_response(answer)

    transport = Recorded(page)
    since = dt.datetime(2026, 4, 16, 8, 0, 5, tzinfo=dt.UTC)
    request = FetchRequest(kinds=(DocumentKind.PAYMENT,), changed_since=since, include_deleted=True)
    pages = [each async for each in connector(transport).fetch(request)]
    assert [(each.source_id, each.is_deleted) for page in pages for each in page.records] == [
        ("p1", False),
        ("old", True),
        ("p2", False),
        ("p3", False),
    ]
    assert [each.next_token for each in pages] == ["2", "3", ""]
    assert "dateFrom=16.04.2026_11%3A00%3A05" in transport.requests[0].url
    assert "dateType=modifydate" in transport.requests[0].url


async def test_a_payment_that_cannot_be_read_does_not_stop_its_page() -> None:
    rows = [{"id": "p1", "date": "soon", "amount": 1}, {"id": "p2", "date": "20.04.2026", "amount": 1}, "nonsense"]
    transport = Recorded(json_response({"payments": rows, "hasMoreEntries": False}))
    request = FetchRequest(kinds=(DocumentKind.PAYMENT,), date_from=dt.date(2026, 4, 1))
    records = [each async for page in connector(transport).fetch(request) for each in page.records]
    assert [(each.source_id, bool(each.problems)) for each in records] == [("p1", True), ("p2", False), ("", True)]


async def test_the_list_of_warehouses_is_a_guess_with_a_way_out() -> None:
    refused = json_response({"message": "no such service"}, 400)
    assert await connector(Recorded(refused)).catalogue(CatalogueKind.WAREHOUSES) == []
    typed = await connector(Recorded(refused), warehouses="Ladu 1, Ladu 2").catalogue(CatalogueKind.WAREHOUSES)
    assert [each.key for each in typed] == ["Ladu 1", "Ladu 2"]


async def test_rights_that_are_missing_are_listed() -> None:
    def answer(request: Request) -> Response:
        if "payments" in request.url:
            return json_response({"errors": [{"key": "NO-RIGHTS", "message": "no"}]}, 400)
        return json_response({"rows": []})

    info = await connector(Recorded(answer)).check_connection()
    assert info.missing_rights == ("purchasesales/payments",)
