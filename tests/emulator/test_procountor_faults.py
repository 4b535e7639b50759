"""Rights per operation, faults, books, seeds and nonsense (sheet sections 9 and 11)."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import cycle

import pytest
from stdnum import iban
from stdnum.ee import registrikood
from stdnum.fi import ytunnus
from tests.emulator.procountor_client import CUSTOMER, SUPPLIER, Client, open_company, purchase, row, sale

from tilisilta_emulators.kit import encode_exact
from tilisilta_emulators.procountor import ProcountorEmulator

PAY = {"paymentDate": "2026-03-16", "amount": 1, "currency": "EUR"}
PARTNER = {"name": "A", "type": "SUPPLIER", "paymentInfo": {"paymentMethod": "CASH"}}
JOURNAL = {
    "type": "JOURNAL",
    "name": "J",
    "receiptDate": "2026-03-31",
    "vatType": "PURCHASE",
    "vatStatus": 1,
    "transactions": [
        {"transactionType": "ENTRY", "account": "8700", "accountingValue": 1, "vatPercent": 0},
        {"transactionType": "ENTRY", "account": "2960", "accountingValue": -1, "vatPercent": 0},
    ],
}


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


@pytest.mark.parametrize(
    ("right", "value", "method", "path", "body"),
    [
        ("purchases.purchaseInvoices", "VIEWING_RIGHTS", "POST", "/invoices", purchase()),
        ("purchases.purchaseInvoices", "NO_ACCESS", "GET", "/invoices/8801001", None),
        ("sales.salesOrGroupInvoices", "NO_ACCESS", "POST", "/invoices", sale()),
        ("accounting.preventCreatingEditingInvoices", True, "POST", "/invoices", sale()),
        ("accounting.preventCreatingEditingInvoices", True, "PUT", "/invoices/8801006/approve", None),
        ("invoiceCirculation.approval", "NO_ACCESS", "PUT", "/invoices/8801003/approve", {}),
        ("invoiceCirculation.verification", "NO_ACCESS", "PUT", "/invoices/8801003/verify", {}),
        ("payments.markAsPaid", "VIEWING_RIGHTS", "PUT", "/invoices/8801002/paymentevents/markpaid", PAY),
        ("accounting.journalReceipts", "VIEWING_RIGHTS", "POST", "/ledgerreceipts", JOURNAL),
        ("accounting.preventEditingAccountingPage", True, "POST", "/ledgerreceipts", JOURNAL),
        ("purchases.supplierRegister", "VIEWING_RIGHTS", "POST", "/businesspartners", PARTNER),
        ("purchases.supplierRegister", "NO_ACCESS", "GET", f"/businesspartners/{SUPPLIER}", None),
        ("sales.customerRegister", "NOT_ENABLED", "GET", f"/businesspartners/{CUSTOMER}", None),
        ("sales.productRegister", "NO_ACCESS", "GET", "/products/30001", None),
        ("payments.bankStatementAndReferencePayment", "NO_ACCESS", "GET", "/referencepayments", None),
        ("payments.payment", "NO_ACCESS", "GET", "/payments", None),
        ("management.basicCompanyInfo", "VIEWING_RIGHTS", "POST", "/bankaccounts", {}),
        ("accounting.closingOfAccountTools", "NO_ACCESS", "PUT", "/fiscalyears/8004/trackingPeriods/90037", {}),
    ],
)
async def test_each_operation_needs_its_right(company, right, value, method, path, body):  # noqa: PLR0917
    allowed = await company.call(method, path, body)
    assert allowed.status in {200, 400, 409}, allowed.body
    await company.reset(rights={right: value})
    refused = await company.call(method, path, body)
    assert refused.status == 403
    assert refused.errors[0][1].startswith("insufficient access rights to ")
    group, name = right.split(".")
    assert (await company.get("/users/rights"))["rights"][group][name] == value


async def test_rights_are_taken_between_two_writes(company):
    _, receipt = await company.posted(purchase())
    await company.control("POST", "faults", {"kind": "revoke_rights", "match": {"method": "PUT"}})
    answer = await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)
    assert answer.status == 403
    assert answer.body == {
        "errors": [{"status": 403, "message": "insufficient access rights to modify the ledger receipt"}]
    }
    await company.options(ledger_rights_status=400)
    assert (await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)).status == 400
    await company.act("rights", rights={"accounting.preventEditingAccountingPage": False})
    await company.put(f"/ledgerreceipts/{receipt['id']}", receipt)
    await company.control("POST", "act/rights", {"rights": {"sales.nothing": "NO_ACCESS"}}, status=400)


async def test_lists_leave_out_what_may_not_be_seen(company):
    await company.act(
        "rights", rights={"sales.salesOrGroupInvoices": "NO_ACCESS", "sales.customerRegister": "NO_ACCESS"}
    )
    assert {each["type"] for each in (await company.get("/invoices"))["results"]} == {"PURCHASE_INVOICE"}
    assert {each["type"] for each in (await company.get("/businesspartners"))["results"]} == {"SUPPLIER"}
    assert {each["type"] for each in (await company.get("/ledgerreceipts"))["results"]} == {"PURCHASE_INVOICE"}


async def test_a_period_closes_and_the_answer_is_lost(company):
    await company.control("POST", "faults", {"kind": "drop_after", "match": {"path": "/invoices$", "method": "POST"}})
    with pytest.raises(Exception, match="disconnected"):
        await company.call("POST", "/invoices", purchase())
    found = await company.get("/invoices?types=PURCHASE_INVOICE&originalInvoiceNumber=T-7781&startDate=2026-03-02")
    assert [each["counterParty"]["identifier"] for each in found["results"]] == ["1234567-1"]
    assert found["results"][0]["invoiceSumInfo"][0]["invoiceSumTotal"] == 202.06
    await company.control("POST", "faults", {"kind": "close_period", "data": {"until": "2026-03-31"}})
    answer = await company.call("PUT", "/invoices/8801002/paymentevents/markpaid", PAY)
    assert answer.errors == [("paymentDate", "CLOSED_FISCAL_PERIOD")]


async def test_lists_change_while_they_are_read(company):
    await company.control("POST", "faults", [{"kind": "duplicate_row"}, {"kind": "change_between_pages", "after": 2}])
    first = (await company.get("/invoices?size=2"))["results"]
    second = (await company.get("/invoices?size=2&page=1"))["results"]
    assert second[0]["id"] == first[-1]["id"]
    third = await company.get("/invoices?size=2&page=2")
    assert third["meta"]["resultCount"] == 2
    touched = await company.get("/invoices?versionStartDate=2026-04-01T00:00:00")
    assert [each["id"] for each in touched["results"]] == [8801006]
    data = {"act": "copy_invoice", "id": 8801001}
    await company.control("POST", "faults", {"kind": "change_between_pages", "data": data})
    await company.get("/invoices")
    assert (await company.control("GET", "state?summary=1"))["duplicates"]["invoices"] == 1


async def test_acts_of_people(company):
    assert (await company.act("account", code="4000", active=False))["active"] is False
    assert (await company.act("set_status", id=8801003, status="APPROVED"))["status"] == "APPROVED"
    assert (await company.act("reference_payment", sum="12.50", bankReference="15446"))["sum"] == "12.50"
    assert (await company.act("touch_invoice"))["id"] == 8801006
    assert len(await company.act("revoke_key")) == 1
    for name, body in (
        ("nothing", {}),
        ("touch_receipt", {"id": 1}),
        ("touch_invoice", {"id": 1}),
        ("periods", {"until": "x"}),
        ("periods", {"until": "2026-01-01", "status": "SHUT"}),
        ("set_status", {"status": "PAID"}),
        ("vat_status", {"number": 2}),
        ("account", {"code": "0"}),
        ("partner", {"id": 1}),
        ("mfa", {"transactionIdentifier": "x", "decision": "confirmed"}),
        ("mfa", {"transactionIdentifier": "x", "decision": "maybe"}),
        ("revoke_key", {"id": 9}),
        ("reference_payment", {"sum": "much"}),
    ):
        await company.control("POST", f"act/{name}", body, status=400)
    await company.control("POST", "act/rights?company=1", {}, status=400)
    await company.control("DELETE", "apikeys/99", status=400)


async def test_books_tell_what_came(company):
    await company.reset(data="empty")
    supplier = {**PARTNER, "name": "Esimerkki Tukku Oy"}
    partner = await company.post("/businesspartners", supplier)
    await company.post("/businesspartners", supplier)
    for _ in range(2):
        invoice = await company.post("/invoices", purchase(partnerId=partner["id"]))
    await company.put(f"/invoices/{invoice['id']}/verify")
    await company.put(f"/invoices/{invoice['id']}/paymentevents/markpaid", {**PAY, "amount": 202.06})
    summary = await company.control("GET", "state?summary=1")
    assert summary["purchase_invoices"] == {"count": 2, "net": "322.00", "vat": "82.12", "gross": "404.12"}
    assert summary["purchase_payments"] == {"count": 1, "net": "202.06", "vat": "0.00", "gross": "202.06"}
    assert summary["sales_invoices"]["count"] == 0
    duplicates = {"invoices": 1, "business_partners": 1, "journals": 0, "payments": 0, "products": 0, "attachments": 0}
    assert summary["duplicates"] == duplicates
    state = await company.control("GET", "state")
    assert sum(Decimal(amount) for amount in state["ledger"].values()) == 0
    assert state["invoices"][1]["openSum"] == "0.00"
    assert [each["ledgerReceiptId"] for each in state["invoices"]] == [each["id"] for each in state["ledger_receipts"]]


def test_the_demo_is_the_same_every_time_and_its_numbers_are_right():
    emulator = ProcountorEmulator()
    state = emulator.state()
    keys = {"keys"}
    again = ProcountorEmulator().state()
    assert encode_exact({k: v for k, v in state.items() if k not in keys}) == encode_exact(
        {k: v for k, v in again.items() if k not in keys}
    )
    for partner in state["business_partners"]:
        info = partner["invoicingInfo"]
        check = ytunnus if info["identifierType"] == "FI" else registrikood
        assert check.is_valid(info["identifier"]), info
    assert all(iban.is_valid(each["iban"]) for each in state["bank_accounts"])
    assert set(emulator.summary()["duplicates"].values()) == {0}
    assert set(emulator.credentials()) == {"client_id", "client_secret", "redirect_uri", "api_key"}


async def test_a_large_seed_is_quick_and_pages_stay_quick(company):
    added = await company.control("POST", "seed", {"sales": 1600, "purchases": 800, "paid": 300, "credits": 40})
    assert (added["sales_invoices"]["count"], added["purchase_invoices"]["count"]) == (1600, 800)
    begun = time.perf_counter()
    for page in range(8):
        assert len((await company.get(f"/invoices?size=200&page={page}&types=SALES_INVOICE"))["results"]) == 200
    assert time.perf_counter() - begun < 5
    summary = await company.control("GET", "state?summary=1")
    assert set(summary["duplicates"].values()) == {0}
    assert summary["statuses"]["PURCHASE_INVOICE MARKED_PAID"] == 301
    state = await company.control("GET", "state")
    assert sum(Decimal(amount) for amount in state["ledger"].values()) == 0
    await company.control("POST", "seed", {"sales": -1}, status=400)
    await company.control("POST", "seed", {"unknown": 1}, status=400)


NONSENSE = [
    None,
    "",
    "x" * 300,
    "Ä\u0000\ud83d\ude00",
    -1,
    10**30,
    1.5e300,
    True,
    [],
    {},
    [[]],
    {"a": 1},
    "1e999",
    "NaN",
]


def spoiled(value, bad):
    """Every copy of `value` in which one part is `bad`."""
    inside = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
    for key in inside:
        for part in (bad, *spoiled(value[key], bad)):
            copy = value.copy()
            copy[key] = part
            yield copy


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/invoices", sale(row(productId=30001, comment="x"))),
        ("/ledgerreceipts", JOURNAL),
        ("/businesspartners", {**PARTNER, "invoicingInfo": {"identifier": "1"}, "registryInfo": {"active": True}}),
        ("/products", {"type": "SALES", "name": "A", "price": 1, "discount": 0, "currency": "EUR", "active": True}),
        ("/webhooks", {"url": "https://a.example", "authenticationType": "NONE", "subscriptions": ["USER_UPDATED"]}),
    ],
)
async def test_nonsense_is_never_our_failure(company, path, body):
    bads = cycle(NONSENSE)
    for _ in range(4):
        for broken in spoiled(body, next(bads)):
            answer = await company.call("POST", path, broken)
            assert answer.status in {200, 400, 403}, (broken, answer.body)
    for bad in NONSENSE:
        for key in body:
            assert (await company.call("POST", path, {**body, key: bad})).status in {200, 400, 403}, (key, bad)
    assert (await company.call("GET", "/invoices")).status == 200
    await company.control("GET", "state")


async def test_nonsense_in_paths_and_queries(company):
    for path in (
        "/invoices/0", "/invoices/-1", "/invoices/99999999999999999999", "/invoices/1,x", "/invoices/,",
        "/invoices/%00",
        "/invoices/1/paymentevents/x", "/ledgerreceipts/x", "/attachments/x", "/webhooks/x/y", "//", "/oauth/x",
        "/invoices/8801001/comments/x", "/users/profiles/x", "/bankstatements/1/events/2/invoices",
    ):  # fmt: skip
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            assert (await company.call(method, path)).status in {400, 404, 405}, (method, path)
    for query in (
        "size=99999999999999999999",
        "page=9999999",
        "previousId=-5",
        "status=,",
        "startDate=",
        "productId=x",
    ):
        assert (await company.call("GET", f"/invoices?{query}")).status in {200, 400}, query
    assert (await company.call("GET", "/businesspartners", headers={"identifier": "x" * 3000})).status == 200
