"""Both paging styles, every spelling of arrays and sort keys, filters. Sheet: A3, A4, A8."""

import pytest
from tests.emulator.severa_client import TRANSFERRED, WAITING, open_severa

from tilisilta_emulators.severa.records import make_guid


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


@pytest.mark.parametrize(
    "query",
    [
        f"invoiceStatusGuids={WAITING}&invoiceStatusGuids={TRANSFERRED}",
        f"invoiceStatusGuids[]={WAITING}&invoiceStatusGuids[]={TRANSFERRED}",
        f"invoiceStatusGuids%5B%5D={WAITING}&invoiceStatusGuids%5B%5D={TRANSFERRED}",
        f"invoiceStatusGuids[0]={WAITING}&invoiceStatusGuids[1]={TRANSFERRED.upper()}",
        f"InvoiceStatusGuids={WAITING},{TRANSFERRED}",
    ],
)
async def test_every_spelling_of_an_array(severa, query):
    found = await severa.get(f"invoices?{query}&rowCount=100")
    assert len(found) == 12
    assert [one["number"] for one in found] == sorted(one["number"] for one in found)


@pytest.mark.parametrize(
    "query",
    [
        "sortings[0].key=Name&sortings[0].value=Desc",
        "sortings[0][key]=name&sortings[0][value]=desc",
        "sortings%5B0%5D%5Bkey%5D=name&sortings%5B0%5D%5Bvalue%5D=Desc",
        "sortings[][key]=name&sortings[][value]=Desc",
    ],
)
async def test_every_spelling_of_a_sort_key(severa, query):
    names = [one["name"] for one in await severa.get(f"worktypes?{query}&rowCount=100")]
    assert names == sorted(names, key=str.casefold, reverse=True)


async def test_empty_values_have_a_place_in_the_order(severa):
    async def codes(direction):
        path = f"worktypes?sortings[0].key=code&sortings[0].value={direction}"
        return [one["code"] for one in await severa.get(path)]

    assert (await codes("Asc"))[0] is None
    assert (await codes("AscNullsLast"))[-1] is None
    assert (await codes("Desc"))[-1] is None
    assert (await codes("DescNullsFirst"))[0] is None
    refused = await severa.call("GET", "worktypes?sortings[0].key=salesAccount")
    assert (refused.status, refused.error["type"]) == (400, "InvalidParameter")
    assert (await severa.call("GET", "worktypes?sortings[0].key=name&sortings[0].value=Up")).status == 400


async def test_page_tokens_walk_the_whole_list_once(severa):
    first = await severa.call("GET", "invoices", params={"rowCount": 5})
    assert len(first.body) == 5
    found = await severa.pages("invoices", rowCount=5)
    assert [one["number"] for one in found] == [*range(1001, 1011), None, 1011, 1012, 1013]
    last = await severa.call("GET", "invoices", params={"rowCount": 14})
    assert "NextPageToken" not in last.headers
    for wrong in ("x", "bm8", "eyJhZnRlciI6LTF9"):
        assert (await severa.call("GET", "invoices", params={"pageToken": wrong})).status == 400


async def test_moving_invoices_on_between_pages(severa):
    async def drain():
        moved, token = [], None
        while True:
            params = {"invoiceStatusGuids": WAITING, "rowCount": 4} | ({"pageToken": token} if token else {})
            page = await severa.call("GET", "invoices", params=params)
            for one in page.body:
                assert (await severa.patch(f"invoices/{one['guid']}", "/status/guid", TRANSFERRED)).status == 200
            moved += page.body
            token = page.headers.get("NextPageToken")
            if token is None:
                return moved

    assert len(await drain()) == 11
    await severa.control("POST", "reset", {"limits": False, "page_tokens": "offset"})
    await severa.login()
    assert len(await drain()) < 11


async def test_row_counts(severa):
    await severa.control("POST", "seed", {"invoices": 130, "rows": 1, "customers": 120})
    assert len(await severa.get("invoices")) == 20
    assert len(await severa.get("invoices?rowCount=5000")) == 144
    assert len(await severa.get("customers?rowCount=1000")) == 128
    assert len(await severa.get("addresses?rowCount=1000")) == 100
    assert len(await severa.get("addresses?rowCount=100&firstRow=100")) == 27
    assert (await severa.call("GET", "invoices?rowCount=0")).status == 400
    assert (await severa.call("GET", "addresses?firstRow=-1")).status == 400
    counted = await severa.call("GET", "addresses?calculateRowCount=true&rowCount=1")
    assert (counted.headers["RowCount"], len(counted.body)) == ("127", 1)
    for at in range(25):
        body = {"name": f"Kulu {at}", "expenseClass": "OtherTravelExpense", "unitCost": {"currencyCode": "EUR"}}
        assert (await severa.call("POST", "travelexpensetypes", body)).status == 201
    assert len(await severa.get("travelexpensetypes")) == 29
    assert len(await severa.get("products")) == 20


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("numbers=1003&numbers=1004", [1003, 1004]),
        ("numbers[]=1003", [1003]),
        ("referenceNumbers=10032", [1003]),
        ("startDate=2026-10-06&endDate=2026-10-07T00:00:00Z", [1006, 1007]),
        ("minimumTotalExcludingTax=1000&maximumTotalExcludingTax=1250", [1001, 1013]),
        (f"customerGuids={make_guid('customers', 3)}", [1005]),
        (f"projectGuids={make_guid('projects', 3)}", [1005]),
        ("paymentDateStart=2026-09-01", [1002]),
        (f"projectBusinessUnitGuids={make_guid('businessunits', 2)}", []),
        (f"createdByUserGuids={make_guid('users', 2)}", []),
        (f"invoiceStatusGuids={make_guid('invoicestatuses', 99)}", []),
        ("changedSince=2026-11-02T08:00:01Z", []),
        ("invoiceStatusGuids=", [*range(1001, 1011), None, 1011, 1012, 1013]),
    ],
)
async def test_filters_of_invoices(severa, query, numbers):
    assert [one["number"] for one in await severa.get(f"invoices?{query}")] == numbers


async def test_changed_since_is_inclusive_and_a_plus_must_be_encoded(severa):
    await severa.control("POST", "clock", {"advance_s": 60})
    await severa.patch(f"invoices/{make_guid('invoices', 5)}", "/status/guid", TRANSFERRED)
    for moment in ("2026-11-02T08:01:00Z", "2026-11-02T10:01:00%2B02:00", "2026-11-02T08:01:00"):
        assert [one["number"] for one in await severa.get(f"invoices?changedSince={moment}")] == [1005]
    wrong = await severa.call("GET", "invoices?changedSince=2026-11-02T10:01:00+02:00")
    assert (wrong.status, wrong.error["details"][0]["location"]["name"]) == (400, "changedSince")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("invoicestatuses?active=false", ["Valmis lähetettäväksi Netvisoriin"]),
        ("invoicestatuses?textToSearch=maestro", ["Odottaa siirtoa Maestroon", "Siirretty Maestroon"]),
        ("products?code=A100", ["Lisenssi, vuosi"]),
        ("products?type=Materials&isActive=true", ["Kirja: Suunnittelun käsikirja", "Asennustarvikkeet"]),
        ("products?isActive=false", ["Lisenssi, vanha hinnasto"]),
        ("products?code=B/20", ["Kirja: Suunnittelun käsikirja"]),
        ("worktypes?productive=false", ["Sisäinen työ"]),
        ("travelexpensetypes?code=KM", ["Kilometrikorvaus"]),
        ("customers?numbers=102", ["Tammisto Rakennus Oy"]),
        ("customers?customerNames=kallion%20kone%20oy", ["Kallion Kone Oy"]),
        ("customers?vatNumber=EE101234563", ["Põhjala Disain OÜ"]),
        ("customers?emailAddresses[]=LASKUT@asiakas1.example", ["Kallion Kone Oy"]),
        ("customers?isInternal=true", []),
    ],
)
async def test_filters_of_registers(severa, path, names):
    assert [one["name"] for one in await severa.get(path)] == names


async def test_what_is_not_a_guid_a_number_or_a_choice(severa):
    for path in (
        "invoices?invoiceStatusGuids=abc",
        "invoices?numbers=x",
        "invoices?rowCount=ten",
        "products?type=Nothing",
        "customers?isActive=maybe",
        "invoicestatuses?firstRow=1.5",
    ):
        answer = await severa.call("GET", path)
        assert (answer.status, answer.error["type"]) == (400, "InvalidParameter"), path
        assert answer.error["details"][0]["location"]["type"] == "UriParameter"
