"""Invoices: sums, refusals, states, lists (sheet sections 4 and 12)."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from tests.emulator.procountor_client import CUSTOMER, OWN_IBAN, SUPPLIER, Client, open_company, purchase, row, sale


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


async def test_the_sheets_purchase(company):
    invoice, receipt = await company.posted(purchase())
    assert (invoice["status"], invoice["attachments"]) == ("UNFINISHED", [])
    assert invoice["invoiceSumInfo"] == [
        {
            "currency": "EUR",
            "inAccountingCurrency": True,
            "excludingVatTotal": 161.00,
            "vatSumTotal": 41.06,
            "invoiceSumTotal": 202.06,
        }
    ]
    assert invoice["version"] == "2026-04-01T11:00:00"
    assert [(t["transactionType"], t["account"], t["accountingValue"]) for t in receipt["transactions"]] == [
        ("REVERSING_ENTRY", "2880", -202.06),
        ("ENTRY", "4000", 125.00),
        ("ENTRY", "4000", 36.00),
    ]
    assert {"vatType", "vatStatus"}.isdisjoint(receipt["transactions"][0])
    assert receipt["invoiceId"] == invoice["id"]
    assert await company.get(f"/invoices/{invoice['id']}") == invoice


async def test_sales_signs_reference_and_addresses(company):
    invoice, receipt = await company.posted(sale(row(100), row(50, vatPercent=13.5)))
    assert [t["accountingValue"] for t in receipt["transactions"]] == [182.25, -100, -50]
    assert receipt["vatType"] == "SALES"
    reference = invoice["paymentInfo"]["bankReferenceCode"]
    assert reference.startswith(str(invoice["invoiceNumber"]))
    assert len(reference) == len(str(invoice["invoiceNumber"])) + 1
    assert invoice["billingAddress"] == {"name": "Pohjolan Puu Oy"}
    bare = await company.post("/invoices", sale(billingAddress={}))
    assert bare["billingAddress"] == {}


@pytest.mark.parametrize(
    ("changes", "net", "vat"),
    [
        ({"discountPercent": 10}, "90.00", "22.95"),
        ({"extraInfo": {"accountingByRow": True, "unitPricesIncludeVat": True}}, "79.68", "20.32"),
        ({"invoiceRows": [row(-100)]}, "-100.00", "-25.50"),
        ({"invoiceRows": [row(10, quantity=0.5, vatPercent=10), row("3.335", vatPercent=0)]}, "8.34", "0.50"),
        ({"invoiceRows": [row(100, vatPercent=0, vatStatus=900)]}, "100.00", "0.00"),
    ],
)
async def test_sums(company, changes, net, vat):
    invoice, receipt = await company.posted(purchase(row(), **changes))
    info = invoice["invoiceSumInfo"][0]
    assert (Decimal(str(info["excludingVatTotal"])), Decimal(str(info["vatSumTotal"]))) == (Decimal(net), Decimal(vat))
    total = sum(
        Decimal(str(t["accountingValue"]))
        + round(Decimal(str(t["accountingValue"])) * Decimal(str(t["vatPercent"])) / 100, 2)
        for t in receipt["transactions"]
    )
    assert abs(total) <= Decimal("0.01")


async def test_foreign_currency_has_two_sums(company):
    body = purchase(row(110))
    body["paymentInfo"] |= {"currency": "USD", "currencyRate": 1.1, "paymentMethod": "FOREIGN_PAYMENT"}
    invoice, receipt = await company.posted(body)
    assert [(i["currency"], i["inAccountingCurrency"], i["invoiceSumTotal"]) for i in invoice["invoiceSumInfo"]] == [
        ("USD", False, 138.05),
        ("EUR", True, 125.50),
    ]
    assert receipt["transactions"][0]["accountingValue"] == -125.5


async def test_rounding_by_total(company):
    rows = [row("0.335", vatPercent=0) for _ in range(3)]
    assert (await company.post("/invoices", purchase(*rows)))["invoiceSumInfo"][0]["invoiceSumTotal"] == 1.02
    await company.options(rounding="total")
    invoice, receipt = await company.posted(purchase(*rows))
    assert invoice["invoiceSumInfo"][0]["invoiceSumTotal"] == 1.01
    assert receipt["transactions"][-1]["transactionType"] == "RECONCILIATION_ENTRY"
    assert receipt["transactions"][-1]["accountingValue"] == -0.01


def _without(name: str) -> dict:
    body = purchase()
    del body[name]
    return body


def _paid_with(**info) -> dict:
    body = purchase()
    body["paymentInfo"] |= info
    return body


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (purchase(invoiceRows=[]), "invoiceRows", "MAY_NOT_BE_EMPTY"),
        (_without("invoiceRows"), "invoiceRows", "MAY_NOT_BE_EMPTY"),
        *((_without(name), name, "MAY_NOT_BE_NULL") for name in ("type", "date", "counterParty", "paymentInfo")),
        *((_without(name), name, "MAY_NOT_BE_NULL") for name in ("extraInfo", "discountPercent", "vatStatus")),
        (_without("invoiceChannel"), "invoiceChannel", "MAY_NOT_BE_NULL"),
        (purchase(row(product="")), "invoiceRows[0].product", "MAY_NOT_BE_EMPTY"),
        (purchase(row(), row(vatPercent=24.5)), "invoiceRows[1].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (purchase(row(vatStatus=12)), "invoiceRows[0].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (purchase(row(vatStatus=3, vatPercent=0)), "invoiceRows[0].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (purchase(row(vatStatus=77, vatPercent=0)), "invoiceRows[0].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (purchase(row(productId=1)), "invoiceRows[0].productId", "PRODUCT_NOT_FOUND"),
        (_paid_with(dueDate="2026-03-01"), None, "DUE_DATE_BEFORE_BILL_DATE"),
        (_paid_with(bankReferenceCode="26014"), "paymentInfo.bankReferenceCode", "INVALID_BANK_REFERENCE_CODE"),
        (
            _paid_with(bankReferenceCodeType="KID"),
            "paymentInfo.bankReferenceCodeType",
            "BANK_REFERENCE_CODE_TYPE_NOT_ALLOWED_IN_COUNTRY",
        ),
        (
            _paid_with(bankAccount={"accountNumber": "FI21 1234 5600 0007 85"}),
            "paymentInfo.bankAccount.accountNumber",
            "INVALID_BANK_ACCOUNT",
        ),
        (_paid_with(currencyRate=1000001), "paymentInfo.currencyRate", "MUST_BE_AT_MOST_1000000"),
        (purchase(discountPercent=101), "discountPercent", "MUST_BE_AT_MOST_100"),
        (purchase(discountPercent=1.00001), "discountPercent", "AT_MOST_4_DECIMALS"),
        (purchase(originalInvoiceNumber="x" * 41), "originalInvoiceNumber", "SIZE_MUST_BE_BETWEEN_0_AND_40"),
        (purchase(date="02.03.2026"), None, "Value of the 'date' field is invalid: 02.03.2026"),
        (purchase(type="BILL"), None, "Value of the 'type' field is invalid: BILL"),
        (purchase(row(unit="BUCKET")), None, "Value of the 'invoiceRows[0].unit' field is invalid: BUCKET"),
        (purchase(invoiceChannel="PAPER_INVOICE"), None, "Value of the 'invoiceChannel' field is invalid: read only"),
        (purchase(partnerId=1), "partnerId", "BUSINESS_PARTNER_NOT_FOUND"),
        (purchase(partnerId=CUSTOMER), "partnerId", "BUSINESS_PARTNER_TYPE_DOES_NOT_MATCH_INVOICE_TYPE"),
        (sale(language=None), "language", "MAY_NOT_BE_NULL"),
    ],
)
async def test_refused_invoices(company, body, field, message):
    before = await company.control("GET", "state?summary=1")
    answer = await company.call("POST", "/invoices", body)
    assert answer.status == 400
    assert (field, message) in answer.errors
    assert await company.control("GET", "state?summary=1") == before


async def test_every_problem_is_named_at_once(company):
    body = purchase(row(vatPercent=33), discountPercent=200)
    body["counterParty"]["identifier"] = "1234567-2"
    answer = await company.call("POST", "/invoices", body)
    assert {field for field, _ in answer.errors} == {
        "invoiceRows[0].vatStatus",
        "discountPercent",
        "counterParty.identifier",
    }
    assert ("counterParty.identifier", "ERROR_BRN_CODE") in answer.errors


async def test_sales_bank_account_must_be_the_companys(company):
    wrong = sale()
    wrong["paymentInfo"]["bankAccount"] = {"accountNumber": "FI2112345600000785"}
    answer = await company.call("POST", "/invoices", wrong)
    assert answer.errors == [("paymentInfo.bankAccount", "BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY")]
    inactive = (await company.get("/bankaccounts"))["results"][2]
    assert inactive["status"] == "INACTIVE"
    wrong["paymentInfo"]["bankAccount"] = {"accountNumber": inactive["iban"]}
    assert (await company.call("POST", "/invoices", wrong)).status == 400
    wrong["paymentInfo"]["bankAccount"] = {"accountNumber": OWN_IBAN, "bic": "NDEAFIHH"}
    assert (await company.call("POST", "/invoices", wrong)).errors == [
        ("paymentInfo.bankAccount.bic", "BIC_NOT_ALLOWED")
    ]
    await company.options(sales_bic="ignore")
    assert (await company.call("POST", "/invoices", wrong)).status == 200
    del wrong["paymentInfo"]["bankAccount"]
    assert (await company.call("POST", "/invoices", wrong)).errors == [("paymentInfo.bankAccount", "MAY_NOT_BE_EMPTY")]
    wrong["paymentInfo"]["paymentMethod"] = "CASH"
    assert (await company.call("POST", "/invoices", wrong)).status == 200


@pytest.mark.parametrize(
    ("channel", "fields"),
    [
        ("EMAIL", {"counterParty.email"}),
        ("MAIL", {f"counterParty.counterPartyAddress.{name}" for name in ("street", "zip", "city")}),
        (
            "ELECTRONIC_INVOICE",
            {f"counterParty.counterPartyAddress.{name}" for name in ("street", "zip", "city")}
            | {"counterParty.einvoiceAddress.operator", "counterParty.einvoiceAddress.address"},
        ),
    ],
)
async def test_channels_ask_for_addresses(company, channel, fields):
    answer = await company.call("POST", "/invoices", sale(invoiceChannel=channel))
    assert {field for field, _ in answer.errors} == fields


async def test_closed_periods(company):
    await company.act("periods", until="2026-03-31")
    answer = await company.call("POST", "/invoices", purchase())
    assert (answer.status, answer.errors) == (403, [("date", "CLOSED_FISCAL_PERIOD")])
    await company.options(closed_period_status=400)
    assert (await company.call("POST", "/invoices", purchase(date="1999-01-01"))).status == 400
    await company.act("periods", until="2026-03-31", status="OPEN")
    assert (await company.call("POST", "/invoices", purchase())).status == 200


async def test_put_needs_the_version_and_recreates_the_page(company):
    invoice = await company.post("/invoices", purchase())
    path = f"/invoices/{invoice['id']}"
    changed = {**invoice, "invoiceRows": [row(50)]}
    assert (await company.call("PUT", path, {**changed, "version": None})).errors == [("version", "MAY_NOT_BE_NULL")]
    stale = await company.call("PUT", path, {**changed, "version": "2026-01-01T00:00:00"})
    assert (stale.status, stale.errors) == (400, [("version", "VERSION_DOES_NOT_MATCH")])
    saved = await company.put(path, changed)
    assert saved["invoiceSumInfo"][0]["invoiceSumTotal"] == 62.75
    assert saved["version"] > invoice["version"]
    assert saved["ledgerReceiptId"] != invoice["ledgerReceiptId"]
    assert (await company.call("GET", f"/ledgerreceipts/{invoice['ledgerReceiptId']}")).status == 404
    again = await company.call("PUT", path, changed)
    assert again.status == 400
    moved = await company.call("PUT", path, {**saved, "partnerId": SUPPLIER + 1})
    assert moved.errors == [("partnerId", "BUSINESS_PARTNER_CANNOT_BE_CHANGED")]
    await company.options(recreate_receipt="never")
    kept = await company.put(path, {**saved, "version": saved["version"] + ".000"})
    assert kept["ledgerReceiptId"] == saved["ledgerReceiptId"]
    await company.put(f"{path}/approve")
    latest = await company.get(path)
    assert (await company.call("PUT", path, latest)).status == 403


async def test_purchase_states(company):
    invoice = await company.post("/invoices", purchase(status="APPROVED"))
    path = f"/invoices/{invoice['id']}"
    assert invoice["status"] == "UNFINISHED"
    assert "message" in await company.put(f"{path}/verify", {"comment": "ok"})
    assert "message" in await company.put(f"{path}/approve", {"comment": "Approved in source"})
    assert (await company.get(path))["status"] == "APPROVED"
    assert (await company.get(f"/ledgerreceipts/{invoice['ledgerReceiptId']}"))["status"] == "APPROVED"
    assert (await company.call("PUT", f"{path}/approve", {"comment": "x"})).status == 403
    assert (await company.call("PUT", f"{path}/send")).status == 403
    long = await company.call("PUT", f"{path}/reject", {"comment": "x" * 101})
    assert long.errors == [("comment", "SIZE_MUST_BE_BETWEEN_0_AND_100")]
    await company.put(f"{path}/reject", {"comment": "no"})
    await company.put(f"{path}/unfinished")
    await company.put(f"{path}/invalidate")
    assert (await company.call("PUT", f"{path}/invalidate")).status == 403
    trail = (await company.get(f"{path}/transactions"))["transactions"]
    assert [each["action"] for each in trail] == [
        "VERIFICATION",
        "APPROVAL",
        "DENY_PAYMENT",
        "UNFINISHED",
        "UNFINISHED",
    ]
    many = await company.get("/invoices/transactions", params=[("invoiceIds", invoice["id"]), ("invoiceIds", 8801001)])
    assert [each["invoiceId"] for each in many["results"]] == [8801001, invoice["id"]]
    assert (await company.control("GET", "state?summary=1"))["invalidated"]["count"] == 1


async def test_sales_states(company):
    path = f"/invoices/{(await company.post('/invoices', sale()))['id']}"
    assert (await company.call("PUT", f"{path}/send")).status == 403
    await company.put(f"{path}/approve")
    assert (await company.get(path))["status"] == "NOT_SENT"
    await company.options(sent_no_sending_status="INVOICED")
    await company.put(f"{path}/send")
    assert (await company.get(path))["status"] == "INVOICED"
    assert (await company.call("PUT", f"{path}/verify")).status == 403
    assert (await company.call("GET", f"{path}/comments")).status == 403


async def test_circulation(company):
    await company.options(circulation=True)
    first = f"/invoices/{(await company.post('/invoices', purchase()))['id']}"
    assert (await company.call("PUT", f"{first}/approve")).status == 403
    await company.put(f"{first}/sendToCirculation")
    ids = (await company.get("/invoices/personalapprovals?types=PURCHASE_INVOICE"))["invoiceIds"]
    assert [f"/invoices/{each}" for each in ids] == [first]
    await company.put(f"{first}/approve")
    assert (await company.get(first))["status"] == "APPROVED"
    nobody = f"/invoices/{(await company.post('/invoices', purchase(invoiceApprovalInformation={})))['id']}"
    assert (await company.call("PUT", f"{nobody}/sendToCirculation")).status == 403
    named = {"acceptors": [{"userId": 31001}, {"userId": 31002}]}
    both = await company.post("/invoices", purchase(invoiceApprovalInformation=named))
    path = f"/invoices/{both['id']}"
    await company.put(f"{path}/sendToCirculation")
    await company.put(f"{path}/approve")
    assert (await company.get(path))["status"] == "RECEIVED"
    await company.act("approve_as", id=both["id"], user=31002)
    assert (await company.get(path))["status"] == "APPROVED"


async def test_notes_comments_and_image(company):
    path = f"/invoices/{(await company.post('/invoices', purchase()))['id']}"
    await company.put(f"{path}/approve")
    await company.put(f"{path}/notes", {"notes": "Muistiin"})
    assert (await company.get(path))["notes"] == "Muistiin"
    made = await company.post(f"{path}/comments", {"comment": "Hei"})
    assert (await company.get(f"{path}/comments"))["comments"] == [made]
    assert (await company.get(f"{path}/comments/{made['id']}"))["comment"] == "Hei"
    image = await company.call("GET", f"{path}/image?page=1&format=PNG")
    assert image.headers["content-type"] == "image/png"
    assert image.body.startswith(b"\x89PNG")
    assert (await company.call("GET", f"{path}/image?page=2")).status == 404


async def test_batch_get(company):
    both = await company.get("/invoices/8801003,8801001,8801003,99")
    assert [each["id"] for each in both] == [8801001, 8801003]
    assert (await company.get("/invoices/8801001"))["id"] == 8801001
    assert (await company.call("GET", "/invoices/98,99")).status == 404
    assert (await company.call("GET", "/invoices/" + ",".join(map(str, range(201))))).status == 400
    assert (await company.call("GET", "/invoices/abc")).status == 404
    assert [each["id"] for each in await company.get("/ledgerreceipts/9902002,9902001")] == [9902001, 9902002]
    assert len(await company.get("/businesspartners/50123,50124")) == 2
    assert len(await company.get("/products/30001,30002")) == 2


async def test_lists_filter_and_page_both_ways(company):
    await company.control("POST", "seed", {"sales": 120, "purchases": 30, "rows": 1})
    first = await company.get("/invoices?size=200")
    ids = [each["id"] for each in first["results"]]
    assert first["meta"] == {"pageNumber": 0, "pageSize": 200, "resultCount": 156, "totalCount": 156}
    assert ids == sorted(ids, reverse=True)
    by_page = []
    for page in range(4):
        by_page += [each["id"] for each in (await company.get(f"/invoices?size=50&page={page}"))["results"]]
    assert by_page == ids
    by_key, previous = [], ""
    while rows := (await company.get(f"/invoices?orderById=asc&size=60{previous}"))["results"]:
        by_key += [each["id"] for each in rows]
        previous = f"&previousId={by_key[-1]}"
    assert by_key == ids[::-1]
    sales = await company.get("/invoices?types=SALES_INVOICE,SALES_ORDER&status=UNFINISHED&startDate=2026-05-01")
    assert {each["type"] for each in sales["results"]} == {"SALES_INVOICE"}
    assert min(each["date"] for each in sales["results"]) >= "2026-05-01"
    repeated = await company.get(
        "/invoices?types=SALES_INVOICE&types=SALES_ORDER&status=UNFINISHED&startDate=2026-05-01"
    )
    assert repeated == sales
    wanted = (await company.get(f"/invoices/{ids[0]}"))["originalInvoiceNumber"]
    found = await company.get(f"/invoices?originalInvoiceNumber={wanted}&types=PURCHASE_INVOICE")
    assert [each["id"] for each in found["results"]] == [ids[0]]
    assert (await company.get("/invoices?originalInvoiceNumber=T-7700&invoiceNumber=1"))["results"] == []
    dates = [each["date"] for each in (await company.get("/invoices?orderByDate=ASC"))["results"]]
    assert dates == sorted(dates)
    assert (await company.get("/invoices?searchTerm=m-1002"))["meta"]["resultCount"] == 1
    assert (await company.get("/invoices?isOffer=true"))["results"] == []
    late = await company.get("/invoices?versionStartDate=2026-10-31T00:00:00&size=200")
    assert 0 < late["meta"]["resultCount"] < 20
    await company.options(total_count=False)
    assert "totalCount" not in (await company.get("/invoices"))["meta"]


@pytest.mark.parametrize(
    "query",
    ["size=0", "size=201", "page=-1", "size=x", "types=BILL", "startDate=1.1.2026", "orderById=UP", "isOffer=maybe"],
)
async def test_wrong_queries(company, query):
    assert (await company.call("GET", f"/invoices?{query}")).status == 400


async def test_partner_matching_is_an_option(company):
    body = purchase(partnerId=None)
    assert "partnerId" not in await company.post("/invoices", body)
    await company.options(match_partners="match")
    assert (await company.post("/invoices", body))["partnerId"] == SUPPLIER
    body["counterParty"] = {"counterPartyAddress": {"name": "Aivan Uusi Oy"}}
    assert "partnerId" not in await company.post("/invoices", body)
    await company.options(match_partners="create", unique_original_number=True)
    made = (await company.post("/invoices", {**body, "originalInvoiceNumber": "U-1"}))["partnerId"]
    assert (await company.get(f"/businesspartners/{made}"))["name"] == "Aivan Uusi Oy"
    twice = await company.call("POST", "/invoices", {**body, "originalInvoiceNumber": "U-1"})
    assert twice.errors == [("originalInvoiceNumber", "ORIGINAL_INVOICE_NUMBER_ALREADY_EXISTS")]


async def test_travel_invoices_and_orders(company):
    person = purchase(row(50, vatPercent=0), type="TRAVEL_INVOICE", partnerId=None, vatStatus=None)
    invoice, receipt = await company.posted(person)
    assert [t["account"] for t in receipt["transactions"]] == ["2891", "7800"]
    await company.put(f"/invoices/{invoice['id']}/approve")
    order = await company.post("/invoices", sale(type="SALES_ORDER"))
    assert "ledgerReceiptId" not in order
    pay = {"paymentDate": "2026-03-16", "amount": 1, "currency": "EUR"}
    assert (await company.call("PUT", f"/invoices/{order['id']}/paymentevents/markpaid", pay)).status == 403


async def test_moments_in_queries_may_carry_a_zone(company):
    made = await company.post("/invoices", purchase())
    for moment in (made["version"], made["version"] + "Z", made["version"] + ".000Z"):
        found = await company.get("/invoices", params={"versionStartDate": moment})
        assert [each["id"] for each in found["results"]] == [made["id"]]
