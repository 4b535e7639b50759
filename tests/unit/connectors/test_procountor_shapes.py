"""Shapes that Procountor's answers may come in: shorter pages, older names, several countries (sheet 3, 6 and 7)."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from tests.contract.recorded import json_response
from tests.unit.connectors.test_procountor_client import Door, connect

from tilisilta.core.documents import DocumentKind, PartyRole
from tilisilta.core.errors import BadInput
from tilisilta.kit.http import Request, Response
from tilisilta.ports import CatalogueKind

PAGE = {
    "type": "JOURNAL",
    "status": "APPROVED",
    "name": "Jaksotus",
    "receiptDate": "2026-03-02",
    "vatType": "PURCHASE",
    "vatStatus": 12,
    "receiptNumber": 311,
    "version": "2017-09-27T12:12:42.382Z",
}
ROWS = [
    {"transactionType": "ENTRY", "account": "4000", "accountingValue": 10.5, "vatPercent": 0, "vatStatus": 12},
    {"transactionType": "ENTRY", "account": "1910", "accountingValue": -10.5, "vatPercent": 0, "vatStatus": None},
]


@pytest.mark.parametrize(("told", "calls"), [(50, 4), ("50", 4), (1000, 1), (None, 1), (0, 1)])
async def test_a_list_may_give_shorter_pages_than_were_asked_for(told: object, calls: int) -> None:
    """Whoever says how long a page is gets asked until one is shorter; where nobody does, ours counts."""

    def answer(request: Request) -> Response:
        before = int(parse_qs(urlsplit(request.url).query).get("previousId", ["161"])[0])
        rows = [{"id": key, "name": f"N{key}"} for key in range(before - 1, max(before - 51, 0), -1)]
        return json_response({"results": rows, "meta": {"pageSize": told, "resultCount": len(rows)}})

    target, transport = connect(Door(answer))
    found = [each async for page in target.list_parties(PartyRole.SUPPLIER) for each in page]
    assert len(transport.requests) - 1 == calls
    assert len(found) == (160 if calls > 1 else 50)


async def test_a_list_that_ends_with_a_full_page_ends() -> None:
    def answer(request: Request) -> Response:
        rows = [] if "previousId" in request.url else [{"id": 2, "name": "B"}, {"id": 1, "name": "A"}]
        return json_response({"results": rows, "meta": {"pageSize": 2}})

    target, _transport = connect(Door(answer))
    assert [len(page) async for page in target.list_parties(PartyRole.SUPPLIER)] == [2]


async def test_a_list_that_says_the_same_for_ever_is_named() -> None:
    target, _transport = connect(Door({"results": [{"id": 1, "name": "A"}], "meta": {"pageSize": 1}}))
    with pytest.raises(BadInput):
        [page async for page in target.list_parties(PartyRole.SUPPLIER)]


@pytest.mark.parametrize("names", [("id", "id"), ("receiptId", "transactionId")])
async def test_accounting_pages_are_read_by_older_names_of_their_ids(names: tuple[str, str]) -> None:
    page = {**PAGE, names[0]: 9902001, "transactions": [{**row, names[1]: at} for at, row in enumerate(ROWS, 1)]}
    target, _transport = connect(Door(page))
    totals = await target.read_totals(DocumentKind.JOURNAL_ENTRY, ["9902001"])
    assert {key: each.gross for key, each in totals.items()} == {"9902001": Decimal("10.5")}


@pytest.mark.parametrize("own_at", [0, 1])
async def test_the_companys_own_percentages_are_told_from_foreign_ones(own_at: int) -> None:
    def country(name: str, percent: str) -> dict[str, Any]:
        rate = {"vatPercent": msgspec.Raw(percent.encode()), "sales": True, "purchase": True}
        return {"country": name, "percentages": [rate]}

    countries = [country("Estonia", "24")]
    countries.insert(own_at, country("Finland", "25.5"))
    vat = {
        "vatInformation": countries,
        "vatStatuses": [{"vatStatus": 1, "description": "Domestic", "sales": True, "purchase": True}],
    }

    def answer(request: Request) -> Response:
        company = {"id": 4242, "name": "Yhtiö Oy", "country": "FINLAND", "companyCurrency": "EUR"}
        return json_response(vat if request.url.endswith("/vats/default") else company)

    target, _transport = connect(Door(answer))
    [code] = await target.catalogue(CatalogueKind.VAT_CODES)
    assert code.extra == {"percents_sales": "25.5", "percents_purchases": "25.5"}
