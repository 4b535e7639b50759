"""Misbehaviour on order, generated books, and nonsense that never makes a failure of our own."""

import time

import aiohttp
import pytest
from tests.emulator.severa_client import TRANSFERRED, WAITING, open_severa

from tilisilta_emulators.severa.contract import contract
from tilisilta_emulators.severa.records import make_guid
from tilisilta_emulators.severa.soap_contract import contract as soap_contract

NONSENSE = [
    "",
    "x",
    -1,
    2.5,
    1e300,
    True,
    None,
    [],
    [1],
    [{}],
    {},
    {"guid": "x"},
    {"a": [None]},
    "9" * 400,
    "\ud83d",
    "\x00",
]
TEXTS = ["", "x", "-1", "1e999", "NaN", "9" * 400, "\x00", "2026-99-99", "0001-01-01T00:00:00+23:00", "9999-12-31"]


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


async def test_refusals_in_the_shape_of_each_api(severa):
    kinds = {
        "revoke_rights": ("PermissionDenied", "NoPermissionException"),
        "addon_missing": ("AddonMissing", "NoPermissionException"),
        "terms_not_approved": ("TermsOfServiceNotApproved", "TosNotApprovedException"),
        "organization_inactive": ("OrganizationNotActive", "GeneralFailureException"),
        "internal_error": ("InternalSystemError", "GeneralFailureException"),
    }
    for kind, (rest, soap) in kinds.items():
        await severa.control("POST", "faults", {"kind": kind, "times": 2})
        assert (await severa.call("GET", "invoices")).error["type"] == rest
        assert (await severa.soap("IAPI/GetVersion")).fault[2] == soap
    await severa.control("POST", "faults", {"kind": "quota_spent", "times": 2})
    assert (await severa.call("GET", "invoices")).status == 429
    assert (await severa.soap("IAPI/GetVersion")).fault[1] == "Quota limit reached"
    await severa.control("POST", "faults", {"kind": "throttle", "retry_after_s": 2})
    assert (await severa.call("GET", "invoices")).headers["Retry-After"] == "2"


async def test_the_answer_lost_after_the_status_was_moved(severa):
    await severa.control("POST", "faults", {"kind": "drop_after", "match": {"method": "PATCH"}})
    path = f"invoices/{make_guid('invoices', 3)}"
    with pytest.raises(aiohttp.ClientError):
        await severa.patch(path, "/status/guid", TRANSFERRED)
    assert (await severa.get(path))["status"]["guid"] == TRANSFERRED


async def test_a_row_comes_twice_and_somebody_works_between_pages(severa):
    await severa.control("POST", "faults", {"kind": "duplicate_row"})
    numbers = [one["number"] for one in await severa.pages("invoices", rowCount=5)]
    assert numbers == [1001, 1002, 1003, 1004, 1005, *range(1005, 1011), None, 1011, 1012, 1013]
    await severa.control("POST", "faults", {"kind": "change_between_pages", "data": {"action": "delete"}})
    await severa.get("invoices?rowCount=5")
    assert (await severa.call("GET", f"invoices/{make_guid('invoices', 1)}")).status == 404
    await severa.control("POST", "faults", {"kind": "change_between_pages"})
    await severa.get(f"invoices?invoiceStatusGuids={WAITING}")
    assert len(await severa.get(f"invoices?invoiceStatusGuids={WAITING}")) == 10
    await severa.control(
        "POST", "faults", {"kind": "change_between_pages", "data": {"action": "rename", "name": "Muu"}}
    )
    await severa.get(f"invoices?invoiceStatusGuids={WAITING}")
    assert (await severa.get(f"invoicestatuses/{WAITING}"))["name"] == "Muu"
    await severa.control("POST", "faults", {"kind": "drop_fields", "data": {"fields": ["number", "status"]}})
    assert "status" not in (await severa.get("invoices"))[0]


async def test_chosen_invoices(severa):
    rows = [
        {"kind": "worktype", "code": "TYO-01", "quantity": 2, "price": "80.005"},
        {"kind": "flat", "price": 100, "vat": 14, "description": "Könttä"},
        {"kind": "product", "code": "EI OLE", "quantity": 0, "price": 5},
    ]
    put = [{"customer": "Kallion Kone Oy", "number": 1003, "rows": rows}, {"credits": 1004}]
    added = await severa.control(
        "POST", "seed", {"put": put, "records": {"worktypes": [{"name": "Uusi", "code": "W"}]}}
    )
    assert [one["number"] for one in added["put"]] == [1003, 1014]
    state = await severa.control("GET", "state")
    assert state["duplicates"]["invoices"] == ["1003"]
    last = [one for one in state["invoices"] if one["number"] == 1003][-1]
    assert [(row["codes"], row["net"]) for row in last["rows"]] == [
        (["TYO-01"], "160.01"),
        ([], "100.00"),
        ([], "0.00"),
    ]
    assert (last["net"], last["vat"], last["gross"]) == ("260.01", "54.80", "314.81")
    for wrong in (
        {"put": [{"customer": "Ei"}]},
        {"status": "Ei"},
        {"records": {"x": [{}]}},
        {"invoices": -1},
        {"a": 1},
    ):
        async with severa.session.post(f"{severa.base_url}/_emulator/seed", json=wrong) as answer:
            assert answer.status == 400, wrong


async def test_large_books_are_quick_to_make_and_to_page(severa):
    started = time.process_time()
    await severa.control("POST", "seed", {"invoices": 5000, "status": "Siirretty Maestroon", "credits": 100})
    assert time.process_time() - started < 5
    summary = await severa.control("GET", "state?summary=1")
    assert (summary["invoices"]["count"], summary["credit_notes"]["count"]) == (5013, 51)
    assert summary["duplicates"] == {"invoices": 0, "customers": 0, "products": 0}
    started = time.process_time()
    assert len(await severa.get(f"invoices?invoiceStatusGuids={WAITING}&rowCount=100")) == 11
    assert time.process_time() - started < 0.5


async def test_an_empty_organization():
    async with open_severa(data="empty") as severa:
        assert await severa.get("invoices") == []
        assert len(await severa.get("invoicestatuses")) == 6


async def test_nonsense_in_any_body_is_answered(severa):
    skipped = ("login", "token", "refreshtoken")
    writes = [one for one in contract().operations if one.method == "POST" and one.path.split("/")[2] not in skipped]
    for operation in writes:
        path = operation.path.removeprefix("/v1/").replace("{customerGuid}", make_guid("customers", 1))
        for name in contract().models[operation.body.name]:
            body = {
                name: NONSENSE[len(name) % len(NONSENSE)],
                "name": "N",
                "firstName": "N",
                "lastName": "N",
                "number": "1",
            }
            for value in NONSENSE[::5]:
                answer = await severa.call("POST", path, {**body, name: value})
                assert answer.status in (201, 400), (path, name, value, answer.raw)
    await severa.control("GET", "state")


async def test_nonsense_in_any_patch_and_query_is_answered(severa):
    for path, model in (
        ("invoices", "InvoiceOutputModel"),
        ("invoicerows", "InvoiceRowOutputModel"),
        ("customers", "CustomerModel"),
        ("workhours", "WorkHourOutputModel"),
        ("invoicestatuses", "InvoiceStatusModel"),
    ):
        guid = make_guid(path, 11 if path == "invoices" else 1)
        for name in contract().models[model]:
            for value in NONSENSE[::4]:
                answer = await severa.patch(f"{path}/{guid}", f"/{name}", value)
                assert answer.status in (200, 400), (path, name, value, answer.raw)
        assert (await severa.call("GET", f"{path}?rowCount=100")).status == 200
    for operation in contract().operations:
        if operation.path in ("/v1/invoices", "/v1/customers", "/v1/workhours", "/v1/worktypes", "/v1/contactpersons"):
            for name in operation.query if operation.method == "GET" else ():
                for value in TEXTS:
                    answer = await severa.call("GET", operation.path.removeprefix("/v1/"), params={name: value})
                    assert answer.status in (200, 400), (operation.path, name, value)
    assert (await severa.soap("IInvoice/GetInvoicesByDate", "<startDate>2000-01-01T00:00:00</startDate>")).status == 200
    await severa.control("GET", "state")


async def test_nonsense_in_soap_parameters_is_answered(severa):
    for operation in soap_contract().operations.values():
        for value in ("", "x", "-1", "9" * 30, "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "<a/>"):
            text = "".join(f"<{member.name}>{value}</{member.name}>" for member in operation.parameters)
            answer = await severa.soap(f"{operation.interface}/{operation.name}", text)
            assert answer.status == 200 or answer.fault[1], operation.name


async def test_what_the_books_stand_on_cannot_be_emptied(severa):
    for path, pointer, value in (
        (f"projects/{make_guid('projects', 1)}", "/currency", None),
        (f"projects/{make_guid('projects', 1)}", "/customer", {"guid": None}),
        ("organizationdetails", "/country", None),
        (f"vatrates/{make_guid('vatrates', 1)}", "/percentage", None),
    ):
        assert (await severa.patch(path, pointer, value)).status == 400, path
    for path, pointer in (
        (f"contactpersons/{make_guid('contactpersons', 1)}", "/emails"),
        (f"customers/{make_guid('customers', 1)}", "/currency"),
        (f"addresses/{make_guid('addresses', 1)}", "/country"),
        (f"invoices/{make_guid('invoices', 11)}", "/receiverAddress"),
    ):
        assert (await severa.patch(path, pointer, None)).status == 200, path
    mail = {"contact": {"guid": make_guid("contactpersons", 1)}, "value": "a@b.example"}
    mail["communicationType"] = {"guid": make_guid("communicationtypes", 3)}
    assert (await severa.call("POST", "contactcommunications", mail)).status == 201
    for path in ("invoices", "workhours", "addresses", f"invoices/{make_guid('invoices', 11)}/invoicerows"):
        await severa.get(path)
    assert (await severa.soap("IInvoice/GetInvoicesByStatus", "<status>Luonnos</status>")).status == 200
    assert (await severa.soap("IAddress/GetBillingAddress")).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("invoices/%FF", 400),
        ("invoices//invoicerows", 400),
        ("invoices?pageToken=%C3%A4", 400),
        ("invoices?changedSince=9999-12-31T23:59:59-14:00", 400),
        ("worktypes?sortings[999999999999].key=name", 200),
        ("worktypes?sortings=1", 400),
        ("localization/countries/%E4", 404),
    ],
)
async def test_odd_paths_are_answered(severa, path, status):
    assert (await severa.call("GET", path)).status == status
