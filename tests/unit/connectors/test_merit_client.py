"""Merit's client: signatures, addresses, and answers in all the shapes that were seen."""

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.contract.examples import party_draft
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import merit
from tilisilta.connectors.merit.connector import MeritConnector
from tilisilta.connectors.merit.fates import message_of, read_body
from tilisilta.connectors.merit.options import HOSTS, Country, Options, base_address
from tilisilta.connectors.merit.signature import FORMS, Signing, signature, signed_query
from tilisilta.connectors.merit.spans import full_ledger_spans, list_spans
from tilisilta.core.documents import PartyRole
from tilisilta.core.errors import BadInput, Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.core.mapping.draft import PartyDraft
from tilisilta.kit import http
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Response
from tilisilta.ports import CatalogueKind, Sent
from tilisilta.services.problem_catalogue import CATALOGUE

KEYS = {"api_id": "670fe52f-558a-4be8-ade0-526e01a106d0", "api_key": "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w="}
STAMP = "20240624205902"
MOMENT = dt.datetime(2024, 6, 24, 20, 59, 2, tzinfo=dt.UTC)
MADE = {"Id": "0b0b0b0b-0000-4000-8000-000000000001", "Name": "Tamm ja Pojad OÜ"}


def connector(transport: Recorded, clock: StillClock | None = None, **settings: str) -> MeritConnector:
    clock = clock or StillClock()
    return merit.build(
        KEYS, {"limits": "off", **settings}, transport=transport, budget=MemoryBudgetStore(clock), clock=clock
    )


# --- signatures and addresses ------------------------------------------------------------------------------

MANUAL = (
    '{"CustName":"Kliendinimi","CustId":"3a274294-9c60-4a3d-93f0-1874253f073e","OverDueDays":5,"DebtDate":"20220501"}'
)
VECTORS = [
    (MANUAL, "dt6dkfuj+OfX01YkvvAoN/fekAUGr6AvVlQhUUja9Qc="),
    ("{}", "1hoHFAHLIcH/OKcAr8YRPKvqUjrqXIO5hxfbds+SZc0="),
    ("", "yqdBWlyS/O+ocPp4tOQyDsh6z3+hBDWGwv/WUJL1RkE="),
    ('{"Name":"Õunapuu OÜ"}', "3jZyUmZ43w+fPdplwXUl+boKT/sQguvqnmeFs3w3aOQ="),
]


@pytest.mark.parametrize(("body", "expected"), VECTORS)
def test_signature_vectors(body: str, expected: str) -> None:
    assert signature(KEYS["api_id"], KEYS["api_key"], STAMP, body.encode()) == expected


def test_the_query_is_percent_encoded_and_stamped_in_utc() -> None:
    form = FORMS[Signing.STRICT][0]
    zone = Options().zone
    query = signed_query(KEYS["api_id"], KEYS["api_key"], MOMENT, MANUAL.encode(), form=form, zone=zone)
    assert query == (
        f"apiId={KEYS['api_id']}&timestamp={STAMP}&signature=dt6dkfuj%2BOfX01YkvvAoN%2FfekAUGr6AvVlQhUUja9Qc%3D"
    )


async def test_what_is_signed_is_what_is_sent() -> None:
    transport = Recorded(json_response(MADE))
    await connector(transport, StillClock(MOMENT)).send(party_draft(name="Õunapuu / Ko OÜ"))
    (request,) = transport.requests
    parts = urlsplit(request.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://aktiva.merit.ee/api/v2/sendcustomer"
    found = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert found["timestamp"] == STAMP
    assert found["signature"] == signature(KEYS["api_id"], KEYS["api_key"], STAMP, request.body or b"")
    assert "Õunapuu / Ko OÜ".encode() in (request.body or b"")
    assert request.is_write


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "https://aktiva.merit.ee"),
        ({"country": "FI"}, "https://app.passelimerit.fi"),
        ({"country": "FI_OLD"}, "https://aktiva.meritaktiva.fi"),
        ({"country": "PL"}, "https://program.360ksiegowosc.pl"),
        ({"base_url": "http://127.0.0.1:9003/fi/api/v2/"}, "http://127.0.0.1:9003/fi"),
        ({"base_url": "http://127.0.0.1:9003/"}, "http://127.0.0.1:9003"),
        ({"base_url": "aktiva.merit.ee/api"}, "https://aktiva.merit.ee"),
    ],
)
def test_addresses(settings: dict[str, str], address: str) -> None:
    assert base_address(settings, Options.read(settings).country) == address
    assert set(HOSTS) == set(Country)


@pytest.mark.parametrize(
    "settings",
    [
        {"country": "SE"},
        {"signing": "none"},
        {"versions": "getinvoices=3"},
        {"versions": "getnothing=1"},
        {"versions": "getinvoices"},
        {"batch_codes": "PK=wages"},
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as caught:
        connector(Recorded(json_response([])), **settings)
    assert (caught.value.code, caught.value.params["field"]) == ("SETTING_INVALID", next(iter(settings)))


async def test_lenient_signing_finds_the_form_that_is_taken_and_keeps_it() -> None:
    no = Response(status=401, body=b"api-wrongsignature")
    transport = Recorded(no, no, json_response(MADE), json_response([]))
    target = connector(transport, StillClock(MOMENT), signing="lenient")
    assert (await target.send(party_draft())).target_id == MADE["Id"]
    await target.catalogue(CatalogueKind.VAT_CODES)
    queries = [parse_qs(urlsplit(each.url).query) for each in transport.requests]
    assert [each["timestamp"][0] for each in queries] == [STAMP, "20240624235902", STAMP, STAMP]
    lengths = [len(each["signature"][0]) for each in queries]
    assert lengths == [44, 44, 60, 60]  # the form that was taken goes first from then on


# --- answers -----------------------------------------------------------------------------------------------

TRACE = (
    b"System.NullReferenceException: Object reference not set to an instance of an object.\r\n"
    b"   at Merit.Api.Controllers.InvoiceController.Send(Object param) in D:\\api\\Invoice.cs:line 214\r\n"
)
FORMAT_TRACE = (
    b"System.FormatException: Input string was not in a correct format.\r\n   at System.Number.Parse(String s)"
)
ASYNC_TRACE = (
    b"Viga serveris\r\n   at Merit.Api.Controllers.SalesController.<Send>d__12`1.MoveNext() in D:\\a.cs:line 3"
)
ONE_LINE_TRACE = (
    b"Exception of type 'System.OutOfMemoryException' was thrown.   at System.String.Concat(String[] values)"
)
DOTNET_FAILURE = {
    "Message": "An error has occurred.",
    "ExceptionMessage": "Object reference not set to an instance of an object.",
    "ExceptionType": "System.NullReferenceException",
    "StackTrace": "   at Merit.Api.Controllers.SalesController.Send(Object param)",
}
ANSWERS: list[tuple[Response, type[TilisiltaError], str]] = [
    (Response(status=401, body=b"api-wronglicense"), Misconfigured, "PLAN_TOO_LOW"),
    (json_response("api-wronglicense", 401), Misconfigured, "PLAN_TOO_LOW"),
    (Response(status=200, body=b"api-wronglicense"), Misconfigured, "PLAN_TOO_LOW"),
    (Response(status=401), Misconfigured, "KEY_UNKNOWN_IN_COUNTRY"),
    (Response(status=401, body=b"api-missingurlparam"), Misconfigured, "KEY_UNKNOWN_IN_COUNTRY"),
    (json_response({"Message": "ApiId"}, 400), Misconfigured, "KEY_UNKNOWN_IN_COUNTRY"),
    (json_response({"Message": "Vale ApiId väärtus"}, 400), Misconfigured, "KEY_UNKNOWN_IN_COUNTRY"),
    (Response(status=401, body=b"api-invalidSignature"), Misconfigured, "KEY_REFUSED"),
    (
        Response(status=401, body=b"api-wrongsignature", headers={"Date": "Thu, 16 Apr 2026 09:20:00 GMT"}),
        Misconfigured,
        "CLOCK_SKEW",
    ),
    (Response(status=404), Misconfigured, "ENDPOINT_UNKNOWN"),
    (json_response({"Message": "no such method"}, 405), Misconfigured, "ENDPOINT_UNKNOWN"),
    (json_response({"Message": "Periood liiga pikk(max 3 kuud)"}, 400), Refused, "PERIOD_TOO_LONG"),
    (
        json_response({"Message": "Kliendil mõni kohustuslik väli puudu.\r\n"}, 400),
        Refused,
        "PARTY_FIELDS_MISSING",
    ),
    (json_response({"Message": "api-custexists"}, 400), Refused, "PARTY_NAME_TAKEN"),
    (Response(status=400, body=b"api-custexists"), Refused, "PARTY_NAME_TAKEN"),
    (json_response("api-custexists"), Refused, "PARTY_NAME_TAKEN"),
    (
        json_response({"Message": "Tasutud arvet ei saa kustutada. Enne kustutage makse."}, 400),
        Refused,
        "PAID_INVOICE_STAYS",
    ),
    (
        json_response({"Message": "Müügiarve seadistustes saatja e-mail täitmata"}, 400),
        Refused,
        "EMAIL_NOT_SET_UP",
    ),
    (json_response({"Message": "Puudub klient nimega ."}, 400), Refused, "PARTY_GONE_AT_TARGET"),
    (json_response({"Message": "api-uomexsist"}, 400), Refused, "ALREADY_AT_TARGET"),
    (json_response({"Message": "Midagi uut"}, 400), Refused, "UNKNOWN_VENDOR_ERROR"),
    (
        json_response({"Id": "x", "ErrorCode": "FormatException", "Message": "Input string"}, 500),
        Refused,
        "SHAPE_REFUSED",
    ),
    (Response(status=200, body=FORMAT_TRACE), Refused, "SHAPE_REFUSED"),
    (
        json_response({"Id": "x", "ErrorCode": "FormatException", "Message": "Input string"}),
        Refused,
        "SHAPE_REFUSED",
    ),
    (json_response('"{\\"Message\\":\\"api-custexists\\"}"', 400), Refused, "PARTY_NAME_TAKEN"),
    (Response(status=429, headers={"Retry-After": "2"}), Retry, "TARGET_BUSY"),
    (Response(status=302, headers={"Location": "/login"}), Misconfigured, "ADDRESS_MOVED"),
]
# What says nothing of what was done: a read is asked again, a write is looked for.
UNCLEAR = [
    (Response(status=200, body=TRACE), "STACK_TRACE_ANSWER", "STACK_TRACE_ANSWER"),
    (json_response(TRACE.decode()), "STACK_TRACE_ANSWER", "STACK_TRACE_ANSWER"),
    (Response(status=200, body=ASYNC_TRACE), "STACK_TRACE_ANSWER", "STACK_TRACE_ANSWER"),
    (Response(status=200, body=ONE_LINE_TRACE), "STACK_TRACE_ANSWER", "STACK_TRACE_ANSWER"),
    (json_response(DOTNET_FAILURE), "STACK_TRACE_ANSWER", "STACK_TRACE_ANSWER"),
    (Response(status=200, body=b"<html><body>Merit</body></html>"), "HTML_ANSWER", "HTML_ANSWER"),
    (Response(status=200, body=b'[{"Id":'), "NOT_JSON", "NOT_JSON"),
    (
        json_response({"Id": "x", "ErrorCode": "NullReferenceException", "Message": "Object"}, 500),
        "TARGET_BUSY",
        "ANSWER_LOST",
    ),
    (Response(status=500, body=TRACE), "TARGET_BUSY", "ANSWER_LOST"),
    (Response(status=502), "TARGET_BUSY", "ANSWER_LOST"),
]


async def failing(answer: Response, *, is_write: bool) -> TilisiltaError:
    target = connector(Recorded(answer))
    call = target.send(party_draft()) if is_write else target.catalogue(CatalogueKind.VAT_CODES)
    with pytest.raises(TilisiltaError) as caught:
        await call
    assert caught.value.code in CATALOGUE
    return caught.value


@pytest.mark.parametrize("is_write", [False, True])
@pytest.mark.parametrize(("answer", "fate", "code"), ANSWERS)
async def test_answers_by_fate(answer: Response, fate: type[TilisiltaError], code: str, is_write: bool) -> None:
    error = await failing(answer, is_write=is_write)
    assert (type(error), error.code) == (fate, code)
    assert KEYS["api_key"] not in str(error.evidence)
    assert error.evidence is not None


@pytest.mark.parametrize(("answer", "read_code", "write_code"), UNCLEAR)
async def test_unclear_answers(answer: Response, read_code: str, write_code: str) -> None:
    read, write = await failing(answer, is_write=False), await failing(answer, is_write=True)
    assert (type(read), read.code) == (Retry, read_code)
    assert (type(write), write.code) == (Unknown, write_code)


@pytest.mark.parametrize("answer", [Response(status=200), json_response("OK"), json_response([]), json_response({})])
async def test_a_write_that_tells_no_record_is_looked_for(answer: Response) -> None:
    assert isinstance(await failing(answer, is_write=True), Unknown)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'[{"TaxPct":24.00}]', [{"TaxPct": Decimal("24.00")}]),
        (b'"[{\\"TaxPct\\":24.5}]"', [{"TaxPct": Decimal("24.5")}]),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'"updated"', "updated"),
        (b"  ", None),
        (b'"null"', None),
        (b'"\\"updated\\""', "updated"),
        (b'"\\"[{\\\\\\"Id\\\\\\":1}]\\""', [{"Id": 1}]),
        (b'"{broken"', "{broken"),
    ],
)
def test_bodies(body: bytes, value: Any) -> None:
    assert read_body(body) == value


def test_messages() -> None:
    assert message_of(b'"{\\"Message\\":\\"Tere\\"}"') == "Tere"
    assert message_of(b'{"ErrorCode":"X","Message":"y"}') == "X: y"
    assert message_of(b"") == ""


async def test_an_empty_answer_to_a_read_is_believed_the_second_time() -> None:
    transport = Recorded(Response(status=200))
    assert await connector(transport).catalogue(CatalogueKind.VAT_CODES) == []
    assert len(transport.requests) == 2


async def test_an_empty_object_is_no_row_and_a_bare_one_is_one() -> None:
    assert await connector(Recorded(json_response({}))).catalogue(CatalogueKind.ITEMS) == []
    (entry,) = await connector(Recorded(json_response({"code": "A", "NAME": "Laud"}))).catalogue(CatalogueKind.ITEMS)
    assert (entry.key, entry.label) == ("A", "A Laud")


async def test_no_answer_of_periods_leaves_nothing_locked() -> None:
    silent = Response(status=200)
    assert await connector(Recorded(silent)).catalogue(CatalogueKind.PERIODS) == []
    year = {"AccPeriodId": None, "StartDate": "20260101", "EndDate": "2026/12/31", "Active": True}
    answer = json_response({"saveFrom": "2026-02-01T00:00:00", "SaveTo": "0001-01-01T00:00:00", "accPeriods": year})
    target = connector(Recorded(answer))
    assert await target.locked_until() == dt.date(2026, 1, 31)
    (entry,) = await target.catalogue(CatalogueKind.PERIODS)
    assert (entry.key, entry.label) == ("2026-01-01", "2026")


async def test_a_list_that_dies_with_a_trace_under_500_is_read_by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_backoff", lambda _error: False)

    class Large(Recorded):
        async def request(self, request: Any) -> Response:
            await super().request(request)
            if b'"Name"' not in (request.body or b""):
                return Response(status=500, body=TRACE)
            rows = [{"CustomerId": MADE["Id"], "Name": MADE["Name"]}] if b'"Name":"t"' in request.body else []
            return json_response(rows)

    target = connector(Large(json_response([])))
    found = [row async for page in target.list_parties(PartyRole.CUSTOMER) for row in page]
    assert [row.target_id for row in found] == [MADE["Id"]]


async def test_rows_of_another_shape_are_never_passed_over() -> None:
    target = connector(Recorded(json_response(["a", 1])))
    with pytest.raises(BadInput):
        await target.fetch_items(["T-1"])


async def test_writes_of_a_company_go_one_after_another() -> None:
    import asyncio

    inside, most = 0, 0

    class Slow(Recorded):
        async def request(self, request: Any) -> Response:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            return await super().request(request)

    target = connector(Slow(json_response(MADE)))
    drafts: list[PartyDraft] = [party_draft(name=f"Nimi {at}") for at in range(4)]
    sent: list[Sent] = list(await asyncio.gather(*(target.send(each) for each in drafts)))
    assert ({each.target_id for each in sent}, most) == ({MADE["Id"]}, 1)


async def test_a_limit_that_was_told_holds_for_the_next_call() -> None:
    clock = StillClock()
    transport = Recorded(Response(status=429, headers={"Retry-After": "30"}), json_response([]))
    store = MemoryBudgetStore(clock)
    target = merit.build(KEYS, {}, transport=transport, budget=store, clock=clock)
    with pytest.raises(Retry) as caught:
        await target.catalogue(CatalogueKind.VAT_CODES)
    assert caught.value.after_s == 30


# --- spans -------------------------------------------------------------------------------------------------


def test_spans_cover_every_day_once() -> None:
    first, last = dt.date(2023, 11, 30), dt.date(2026, 3, 1)
    for cut, most in ((list_spans, 92), (full_ledger_spans, 31)):
        spans = list(cut(first, last))
        days = [start + dt.timedelta(days=at) for start, end in spans for at in range((end - start).days + 1)]
        assert days == [first + dt.timedelta(days=at) for at in range((last - first).days + 1)]
        assert max((end - start).days + 1 for start, end in spans) <= most
    assert list(list_spans(last, first)) == []
