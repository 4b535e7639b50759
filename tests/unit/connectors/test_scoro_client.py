import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import scoro
from tilisilta.connectors.scoro.client import normalise_address
from tilisilta.core.documents import DocumentKind as Kind
from tilisilta.core.errors import BudgetSpent, Misconfigured, Refused, Retry, TilisiltaError, Unknown, Unsupported
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Request, Response
from tilisilta.ports import FetchRequest, SourceRecord

KEYS = {"api_key": "ScoroAPI_0000000000000000", "company_account_id": "naidis"}
SALES = (Kind.SALES_INVOICE, Kind.SALES_CREDIT_NOTE)


def connector(transport: Recorded, **settings: str) -> scoro.ScoroConnector:
    clock = StillClock()
    return scoro.build(
        KEYS, {"limits": "off", **settings}, transport=transport, budget=MemoryBudgetStore(clock), clock=clock
    )


def ok(data: Any, **envelope: Any) -> Response:
    return json_response({"status": "OK", "statusCode": 200, "messages": None, "data": data, **envelope})


def error(code: int | str, messages: Any, http: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return json_response({"status": "ERROR", "statusCode": code, "messages": messages}, http, headers)


def invoice(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "no": str(number),
        "date": "2026-01-05",
        "company_id": 34,
        "sum": "100.00",
        "vat_sum": "24.00",
        "modified_date": "2026-01-05 14:02:11",
        "lines": [],
        **fields,
    }


class Site:
    """Pages of a list, as the vendor cuts them."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        body = msgspec.json.decode(request.body or b"{}")
        if "/view/" in request.url:
            wanted = int(request.url.rpartition("/")[2])
            found = next((row for row in self.rows if row["id"] == wanted), None)
            return ok(found) if found else error(404, {"error": ["not found"]})
        self.asked.append(body)
        cap = 25 if body.get("detailed_response") else 100
        start = (body["page"] - 1) * cap
        return ok(self.rows[start : start + cap])


async def records(transport: Recorded, request: FetchRequest, **settings: str) -> list[SourceRecord]:
    return [each async for page in connector(transport, **settings).fetch(request) for each in page.records]


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("acme", "https://acme.scoro.com/api/v2"),
        ("acme.scoro.com", "https://acme.scoro.com/api/v2"),
        ("https://acme.scoro.com/", "https://acme.scoro.com/api/v2"),
        ("http://Acme.scoro.com/api/v2/", "https://acme.scoro.com/api/v2"),
        ("https://acme.scoro.com/mcp", "https://acme.scoro.com/api/v2"),
        ("acme.scoro.ee", "https://acme.scoro.ee/api/v2"),
        (" http://127.0.0.1:8101 ", "http://127.0.0.1:8101/api/v2"),
        ("http://[::1]:8101/api/v2", "http://[::1]:8101/api/v2"),
    ],
)
def test_every_form_of_the_address_people_paste(pasted: str, address: str) -> None:
    assert normalise_address(pasted) == address


@pytest.mark.parametrize("pasted", ["", "  ", "not a site", "ac me", "http://evil.example"])
def test_no_address_no_call(pasted: str) -> None:
    clock = StillClock()
    with pytest.raises(Misconfigured):
        scoro.build(
            {**KEYS, "company_account_id": pasted or " "},
            {"site": pasted},
            transport=None,
            budget=MemoryBudgetStore(clock),
            clock=clock,
        )


@pytest.mark.parametrize("missing", ["api_key", "company_account_id"])
def test_missing_keys_are_named(missing: str) -> None:
    clock = StillClock()
    keys = {**KEYS, missing: ""}
    with pytest.raises(Misconfigured) as caught:
        scoro.build(keys, {"site": "a"}, transport=None, budget=MemoryBudgetStore(clock), clock=clock)
    assert (caught.value.code, caught.value.params["field"]) == ("KEY_MISSING", missing)


CASES: list[tuple[Response, type[TilisiltaError], str]] = [
    (error(401, {"error": ["API key is invalid"]}), Misconfigured, "KEY_REFUSED"),
    (error("401", "API key is invalid"), Misconfigured, "KEY_REFUSED"),
    (error(403, {"error": ["x"]}, http=403), Misconfigured, "KEY_REFUSED"),
    (error(403, {"error": ["API access is not activated"]}), Misconfigured, "API_NOT_ACTIVATED"),
    (error(403, {"error": ["upgrade your plan"]}), Misconfigured, "PLAN_TOO_LOW"),
    (error(403, {"error": ["no permission for invoices"]}), Misconfigured, "RIGHT_MISSING"),
    (error(400, {"error": ["unknown company_account_id"]}), Misconfigured, "COMPANY_ACCOUNT_UNKNOWN"),
    (error(400, {"date": ["is locked"]}), Refused, "PERIOD_LOCKED"),
    (error(400, {"event_id": "is strange", "user_id": ["odd"]}), Refused, "UNKNOWN_VENDOR_ERROR"),
    (error(500, None), Retry, "TARGET_BUSY"),
    (Response(status=500, body=b"oops"), Retry, "TARGET_BUSY"),
    (Response(status=404, body=b"<html>no such site</html>"), Misconfigured, "HTML_ANSWER"),
    (Response(status=200, body=b"<!doctype html>"), Retry, "HTML_ANSWER"),
    (Response(status=200, body=b'{"status":"OK","dat'), Retry, "NOT_JSON"),
]


@pytest.mark.parametrize(("answer", "fate", "code"), CASES)
async def test_errors_by_fate(answer: Response, fate: type[TilisiltaError], code: str) -> None:
    with pytest.raises(fate) as caught:
        await records(Recorded(answer), FetchRequest(kinds=SALES))
    assert caught.value.code == code
    assert caught.value.evidence is not None
    assert KEYS["api_key"] not in caught.value.evidence.body


async def test_a_field_map_of_messages_is_shown_as_it_came() -> None:
    with pytest.raises(Refused) as caught:
        await records(Recorded(error(400, {"a": "is strange", "b": ["odd", "old"]})), FetchRequest(kinds=SALES))
    assert caught.value.params["message"] == "a: is strange; b: odd; b: old"


async def test_throttling_is_waited_for_and_a_spent_day_is_not() -> None:
    busy = error("429", {"error": ["slow down"]}, 429, {"x-ratelimit-reset": "1"})
    assert await records(Recorded(busy, ok([invoice(1)])), FetchRequest(kinds=SALES))
    spent = error(
        "429", {"error": ["enough"]}, 429, {"x-daily-requests-remaining": "0", "x-daily-requests-reset": "7200"}
    )
    with pytest.raises(BudgetSpent) as caught:
        await records(Recorded(spent), FetchRequest(kinds=SALES))
    assert caught.value.after_s == 7200


async def test_a_page_for_people_at_the_connection_test_is_a_wrong_address() -> None:
    with pytest.raises(Misconfigured) as caught:
        await connector(Recorded(Response(status=200, body=b"<html>"))).check_connection()
    assert caught.value.code == "HTML_ANSWER"


async def test_a_bad_code_beside_a_good_status_is_an_error() -> None:
    answer = json_response({"status": "OK", "statusCode": "403", "messages": {"error": "no"}, "data": None})
    with pytest.raises(Misconfigured) as caught:
        await connector(Recorded(answer)).check_connection()
    assert caught.value.code == "KEY_REFUSED"


@pytest.mark.parametrize("shape", [lambda row: row, lambda row: [row]])
async def test_a_viewed_row_may_come_as_a_list_of_one(shape: Callable[[Any], Any]) -> None:
    transport = Recorded(ok(shape({"contact_id": "34", "name": "Naidis"})))
    parties = await connector(transport).fetch_parties(["34"])
    assert parties["34"].name == "Naidis"


async def test_status_codes_as_text_are_good_too() -> None:
    assert len(await records(Recorded(ok([invoice(1)], statusCode="200")), FetchRequest(kinds=SALES))) == 1


# --- lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 50, 130])
@pytest.mark.parametrize("prefetch", ["1", "4"])
async def test_every_row_arrives_once_and_in_order(count: int, prefetch: str) -> None:
    site = Site([invoice(number) for number in range(1, count + 1)])
    found = await records(Recorded(site), FetchRequest(kinds=SALES), prefetch=prefetch)
    assert [each.source_id for each in found] == [str(number) for number in range(1, count + 1)]
    if count < 25:
        assert len(site.asked) == 1  # a short list costs one request


async def test_tokens_continue_a_listing() -> None:
    site = Site([invoice(number) for number in range(1, 61)])
    source = connector(Recorded(site))
    pages = [page async for page in source.fetch(FetchRequest(kinds=SALES))]
    assert [page.next_token for page in pages] == ["invoices:2", "invoices:3", ""]
    rest = [page async for page in source.fetch(FetchRequest(kinds=SALES, token="invoices:3"))]
    assert {each.source_id for page in rest for each in page.records} >= {str(number) for number in range(51, 61)}
    assert rest[-1].next_token == ""


async def test_several_listings_come_one_after_the_other() -> None:
    site = Site([invoice(1)])
    kinds = (Kind.SALES_INVOICE, Kind.PURCHASE_INVOICE)
    pages = [page async for page in connector(Recorded(site)).fetch(FetchRequest(kinds=kinds))]
    assert [(page.next_token, page.records[0].kind) for page in pages] == [
        ("bills:1", Kind.SALES_INVOICE),
        ("", Kind.PURCHASE_INVOICE),
    ]


async def test_a_row_that_slips_between_pages_is_found_again() -> None:
    """A row on a page already read is deleted: what follows moves up, and one row is on neither page."""
    rows = [invoice(number) for number in range(1, 61)]
    site = Site(list(rows))

    def moving(request: Request) -> Response:
        answer = site(request)
        if site.asked[-1]["page"] == 1 and len(site.asked) == 1:
            del site.rows[3]
        return answer

    found = await records(Recorded(moving), FetchRequest(kinds=SALES), prefetch="1")
    assert {each.source_id for each in found} == {str(row["id"]) for row in rows}


async def test_the_same_row_on_two_pages_comes_once() -> None:
    rows = [invoice(number) for number in range(1, 26)] + [invoice(25), invoice(26)]
    found = await records(Recorded(Site(rows)), FetchRequest(kinds=SALES))
    assert len(found) == 26


async def test_ranges_are_asked_wide_and_kept_narrow() -> None:
    site = Site([invoice(day, date=f"2026-01-{day:02}") for day in range(1, 12)])
    request = FetchRequest(kinds=SALES, date_from=dt.date(2026, 1, 3), date_to=dt.date(2026, 1, 5))
    found = await records(Recorded(site), request)
    assert [each.source_id for each in found] == ["3", "4", "5"]
    assert site.asked[0]["filter"] == {"date": {"from_date": "2026-01-02", "to_date": "2026-01-06"}}


async def test_changes_are_reread_by_a_day() -> None:
    moment = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
    stamps = {1: "2026-01-04 13:00:00", 2: "2026-01-04 15:00:00", 3: "2026-01-05 15:00:00", 4: "0000-00-00 00:00:00"}
    site = Site([invoice(number, modified_date=stamp) for number, stamp in stamps.items()])
    found = await records(Recorded(site), FetchRequest(kinds=SALES, changed_since=moment))
    assert [each.source_id for each in found] == ["2", "3", "4"]
    assert site.asked[0]["filter"] == {"modified_date": {"from_date": "2026-01-04"}}


async def test_deleted_rows_say_so() -> None:
    site = Site([invoice(1, is_deleted="1", deleted_date="2026-01-06T10:00:00+02:00"), invoice(2)])
    found = await records(Recorded(site), FetchRequest(kinds=SALES, include_deleted=True))
    assert [(each.source_id, each.is_deleted, each.document is None) for each in found] == [
        ("1", True, True),
        ("2", False, False),
    ]
    assert site.asked[0]["include_deleted"] == "1"
    assert site.asked[0]["request"] == {"include_deleted": "1"}


async def test_one_bad_row_does_not_stop_its_page() -> None:
    site = Site([invoice(1, sum="a lot"), invoice(2, lines="none"), invoice(3, date="0000-00-00"), invoice(4)])
    found = await records(Recorded(site), FetchRequest(kinds=SALES))
    problems = {each.source_id: each.problems[0].params for each in found if each.problems}
    assert {key: params["rule"] for key, params in problems.items()} == {"1": "number", "2": "shape", "3": "present"}
    assert [each.source_id for each in found if each.document is not None] == ["4"]
    assert all(each.raw for each in found if each.problems)


async def test_credit_notes_are_told_apart_by_kind() -> None:
    site = Site([invoice(1), invoice(2, payment_type="credit"), invoice(3, sum="-5", vat_sum="-1")])
    found = await records(Recorded(site), FetchRequest(kinds=(Kind.SALES_CREDIT_NOTE,)))
    assert [each.source_id for each in found] == ["2", "3"]


async def test_chosen_documents_and_those_that_are_gone() -> None:
    site = Site([invoice(1), invoice(2), invoice(3)])
    found = await records(Recorded(site), FetchRequest(kinds=SALES, source_ids=("2", "9")))
    assert [(each.source_id, each.is_deleted) for each in found] == [("2", False), ("9", True)]


async def test_a_deleted_credit_note_is_still_a_credit_note() -> None:
    site = Site([invoice(1, is_deleted=1, payment_type="credit"), invoice(2, is_deleted=1, date="0000-00-00")])
    found = await records(Recorded(site), FetchRequest(kinds=SALES, include_deleted=True))
    assert [(each.source_id, each.kind) for each in found] == [
        ("1", Kind.SALES_CREDIT_NOTE),
        ("2", Kind.SALES_INVOICE),
    ]


async def test_an_id_of_another_listing_is_not_gone() -> None:
    def answer(request: Request) -> Response:
        return Site([invoice(1)] if "/invoices/" in request.url else [])(request)

    kinds = (Kind.SALES_INVOICE, Kind.PURCHASE_INVOICE)
    found = await records(Recorded(answer), FetchRequest(kinds=kinds, source_ids=("1",)))
    assert [(each.source_id, each.is_deleted) for each in found] == [("1", False)]


async def test_one_payment_that_cannot_be_written_does_not_hide_the_others() -> None:
    from tests.contract.examples import payment, payment_draft

    good = payment_draft()
    bad = msgspec.structs.replace(payment_draft(payment("-5")), key="bad", allocations=())
    group = {
        "id": 880,
        "date": "2026-01-12",
        "sales_doc_type": "invoices",
        "receipts": [{"invoice_id": 501, "sum": 248}],
    }
    assert set(await connector(Recorded(ok([group]))).find([bad, good])) == {"pay1"}


async def test_a_kind_that_scoro_has_not_is_refused() -> None:
    with pytest.raises(Unsupported):
        await records(Recorded(ok([])), FetchRequest(kinds=(Kind.JOURNAL_ENTRY,)))


async def test_leaving_a_listing_early_leaves_nothing_running() -> None:
    site = Site([invoice(number) for number in range(1, 500)])
    pages = connector(Recorded(site)).fetch(FetchRequest(kinds=SALES))
    async for _page in pages:
        break
    await pages.aclose()  # type: ignore[attr-defined]
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_lost_answer_to_a_write_is_never_asked_again() -> None:
    from tests.contract.examples import payment_draft

    transport = Recorded(Response(status=500, body=b"oops"))
    with pytest.raises(Unknown):
        await connector(transport).send(payment_draft())
    assert len(transport.requests) == 1
    assert transport.requests[0].is_write


async def test_a_yes_without_an_id_is_unknown() -> None:
    from tests.contract.examples import payment_draft

    for answer in (ok(None), ok([]), ok({"date": "2026-01-12"})):
        with pytest.raises(Unknown):
            await connector(Recorded(answer)).send(payment_draft())


async def test_a_payment_goes_out_as_a_group() -> None:
    from tests.contract.examples import payment_draft

    answer = ok({"id": 880, "sum": "248.00", "receipts": [{"receipt_id": 1771, "invoice_id": 501, "sum": "248.00"}]})
    transport = Recorded(answer)
    sent = await connector(transport).send(payment_draft())
    assert (sent.target_id, sent.extra) == ("880", {"receipt_ids": "1771"})
    body = transport.bodies()[0]
    assert body["return_data"] == 1
    assert body["request"] == {
        "date": "2026-01-12",
        "sum": "248.00",
        "currency": "EUR",
        "sales_doc_type": "invoices",
        "contact_id": 34,
        "receipt_account_id": 2,
        "receipts": [
            {
                "date": "2026-01-12",
                "invoice_id": 501,
                "sum": "248.00",
                "sales_doc_type": "invoices",
                "contact_id": 34,
            }
        ],
    }
