"""Accounting pages, journals, VAT, periods and payments (sheet sections 6 to 8)."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from tests.emulator.procountor_client import Client, open_company, purchase, row, sale


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


def entry(value: float, **changes):
    out = {"transactionType": "ENTRY", "account": "8700", "accountingValue": value, "vatPercent": 0}
    return {**out, "vatType": "PURCHASE", "vatStatus": 1, **changes}


def journal(*transactions, **changes):
    lines = transactions or (entry(100, vatPercent=25.5), entry(-125.5, account="2960", vatStatus=12))
    out = {"type": "JOURNAL", "name": "Maaliskuu", "receiptDate": "2026-03-31", "vatType": "PURCHASE", "vatStatus": 1}
    return {**out, "transactions": list(lines), **changes}


async def balance(company: Client) -> dict[str, Decimal]:
    ledger = (await company.control("GET", "state"))["ledger"]
    return {code: Decimal(amount) for code, amount in ledger.items()}


async def test_recipe_of_flow_b(company):
    before = await balance(company)
    invoice, receipt = await company.posted(purchase())
    receipt["transactions"][1]["account"] = "4450"
    receipt["transactions"][2]["account"] = "4420"
    path = f"/ledgerreceipts/{receipt['id']}"
    saved = await company.put(path, receipt)
    assert saved["version"] > receipt["version"]
    assert {**saved, "version": ""} == {**receipt, "version": ""}
    stale = await company.call("PUT", path, receipt)
    assert (stale.status, stale.errors) == (400, [("version", "VERSION_DOES_NOT_MATCH")])
    no_version = await company.call("PUT", path, {**saved, "version": None})
    assert no_version.errors == [("version", "MAY_NOT_BE_NULL")]
    await company.put(f"/invoices/{invoice['id']}/approve", {"comment": "Approved in source"})
    approved = await company.get(path)
    assert approved["status"] == "APPROVED"
    after = await balance(company)
    moved = {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)}
    assert {code: str(amount) for code, amount in moved.items()} == {
        "1763": "41.06",
        "2880": "-202.06",
        "4420": "36.00",
        "4450": "125.00",
    }
    assert sum(after.values()) == 0
    await company.put(path, approved)
    await company.options(approved_receipts="locked")
    assert (await company.call("PUT", path, await company.get(path))).status == 403


async def test_somebody_changes_the_page_meanwhile(company):
    _, receipt = await company.posted(purchase())
    await company.control("POST", "faults", {"kind": "touch_receipt", "match": {"method": "PUT"}})
    answer = await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)
    assert answer.errors == [("version", "VERSION_DOES_NOT_MATCH")]
    invoice, receipt = await company.posted(purchase())
    made = await company.act("recreate_receipt", id=invoice["id"])
    assert made["ledgerReceiptId"] != receipt["id"]
    assert (await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)).status == 404


@pytest.mark.parametrize(
    ("at", "change", "field", "message"),
    [
        (1, {"account": "0000"}, "transactions[1].account", "ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION"),
        (1, {"account": "9995"}, "transactions[1].account", "ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION"),
        (1, {"account": "5000"}, "transactions[1].account", "ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION"),
        (1, {"account": ""}, "transactions[1].account", "MAY_NOT_BE_EMPTY"),
        (1, {"vatStatus": 12}, "transactions[1].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (1, {"vatPercent": 17}, "transactions[1].vatStatus", "ERROR_VATSTATUS_VATPERC"),
        (0, {"vatStatus": 1}, "transactions[0].vatStatus", "MUST_BE_NULL"),
        (0, {"vatPercent": 25.5}, "transactions[0].vatPercent", "VAT_PERCENT_MUST_BE_ZERO"),
        (1, {"transactionType": "REVERSING_ENTRY"}, "transactions", "ONLY_ONE_REVERSING_ENTRY_ALLOWED"),
        (1, {"accountingValue": 1.001}, "transactions[1].accountingValue", "AT_MOST_2_DECIMALS"),
        (1, {"accountingValue": 120}, "transactions", "DEBIT_AND_CREDIT_DO_NOT_BALANCE"),
        (1, {"id": 99}, "transactions[1].id", "TRANSACTION_NOT_FOUND"),
        (1, {"id": 3}, "transactions", "DUPLICATE_TRANSACTION_ID"),
        (
            1,
            {"dimensionItemValues": [{"dimensionId": 1, "itemId": 1, "value": 125}]},
            "transactions[1].dimensionItemValues",
            "DIMENSION_OR_DIMENSION_ITEM_IDENTIFIERS_DOES_NOT_MATCH_THOSE_STORED_IN_DATABASE",
        ),
    ],
)
async def test_refused_pages(company, at, change, field, message):
    _, receipt = await company.posted(purchase())
    receipt["transactions"][at] |= change
    answer = await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)
    assert answer.status == 400
    assert (field, message) in answer.errors
    receipt["depreciation"] = " "
    sentence = await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", receipt)
    assert any(each[1].startswith("Value of the 'depreciation' field is invalid: ") for each in sentence.errors)


async def test_leftovers(company):
    lines = (entry(10.01, vatPercent=25.5), entry(-12.57, account="2960", vatStatus=12))
    made = await company.post("/ledgerreceipts", journal(*lines))
    assert made["transactions"][-1]["transactionType"] == "RECONCILIATION_ENTRY"
    assert made["transactions"][-1]["accountingValue"] == 0.01
    await company.options(balance="strict")
    assert (await company.call("POST", "/ledgerreceipts", journal(*lines))).status == 400
    big = journal(entry(100), entry(-100.75, account="2960"))
    assert (await company.call("POST", "/ledgerreceipts", big)).status == 400
    rounded = await company.call("POST", "/ledgerreceipts?createReconciliation=true", big)
    assert rounded.ok["transactions"][-1]["accountingValue"] == 0.75
    too_big = journal(entry(100), entry(-102, account="2960"))
    assert (await company.call("POST", "/ledgerreceipts?createReconciliation=true", too_big)).status == 400


async def test_journal_life(company):
    made = await company.post("/ledgerreceipts", journal())
    path = f"/ledgerreceipts/{made['id']}"
    assert (made["status"], made["invoiceId"] > 8801000) == ("UNFINISHED", True)
    assert (await company.call("GET", f"/invoices/{made['invoiceId']}")).status == 404
    meta = {"name": "kausi.pdf", "referenceType": "INVOICE", "referenceId": made["invoiceId"], "sendWithInvoice": False}
    file = (await company.attach(meta)).ok
    await company.put(f"{path}/approve")
    assert (await company.call("PUT", f"{path}/approve")).status == 403
    row_id = made["transactions"][0]["id"]
    dimension = (await company.get("/dimensions"))[0]
    values = [{"dimensionId": dimension["id"], "itemId": dimension["items"][0]["id"], "value": 100}]
    await company.put(f"{path}/transactions/{row_id}/dimensions", {"dimensionItemValues": values})
    shown = await company.get(path)
    assert (shown["status"], shown["attachments"]) == ("APPROVED", [file])
    assert shown["transactions"][0]["dimensionItemValues"] == values
    listed = await company.get("/journals?statuses=APPROVED")
    assert [each["ledgerReceiptId"] for each in listed["results"]] == [made["id"]]
    summary = await company.control("GET", "state?summary=1")
    assert summary["journals"] == {"count": 1, "net": "100.00", "vat": "25.50", "gross": "125.50"}
    await company.put(f"{path}/invalidate")
    await company.put(f"{path}/unfinished")
    await company.act("periods", until="2026-03-31")
    closed = await company.call("PUT", f"{path}/invalidate")
    assert (closed.status, closed.errors) == (403, [(None, "CLOSED_FISCAL_PERIOD")])
    refused = await company.call("POST", "/ledgerreceipts", journal())
    assert refused.errors == [("receiptDate", "CLOSED_FISCAL_PERIOD")]


async def test_only_journals_are_created_and_moved(company):
    assert (await company.call("POST", "/ledgerreceipts", journal(type="SALES_INVOICE"))).status == 400
    _, receipt = await company.posted(purchase())
    assert (await company.call("PUT", f"/ledgerreceipts/{receipt['id']}/approve")).status == 403
    empty = await company.call("POST", "/ledgerreceipts", journal(transactions=[]))
    assert empty.errors == [("transactions", "MAY_NOT_BE_EMPTY")]


async def test_receipt_lists(company):
    await company.post("/ledgerreceipts", journal())
    rows = await company.get("/ledgerreceipts?types=SALES_INVOICE,JOURNAL&orderByDate=ASC")
    assert [each["type"] for each in rows["results"]] == ["SALES_INVOICE"] * 3 + ["JOURNAL"]
    assert (await company.get("/ledgerreceipts?status=APPROVED"))["meta"]["resultCount"] == 1
    late = await company.get("/ledgerreceipts?startDate=2026-03-31&endDate=2026-03-31")
    assert late["meta"]["totalCount"] == 1
    fresh = await company.get("/ledgerreceipts?versionStartDate=2026-04-01T00:00:00")
    assert fresh["meta"]["totalCount"] == 1


async def test_rows_may_be_combined(company):
    lines = (row(10), row(20), row(5, vatPercent=10))
    loose = {"accountingByRow": False, "unitPricesIncludeVat": False}
    _, receipt = await company.posted(purchase(*lines, extraInfo=loose))
    assert [t["accountingValue"] for t in receipt["transactions"]] == [-43.15, 30, 5]
    await company.act("partner", id=50123, combine_rows=True)
    assert (await company.get("/businesspartners/50123/defaults/accounts"))["combineInvoiceRows"] is True
    _, receipt = await company.posted(purchase(*lines))
    assert len(receipt["transactions"]) == 3
    await company.options(accounting_by_row=False)
    settings = await company.get("/company/usagesettings")
    assert settings["accountingByRow"]["purchaseInvoicePosting"] is False


async def test_product_accounts_come_along(company):
    freight = (await company.get("/products?code=RAHTI"))["results"][0]
    _, receipt = await company.posted(purchase(row(40, productId=freight["id"]), row(1, vatStatus=900, vatPercent=0)))
    assert [t["account"] for t in receipt["transactions"]] == ["2880", "4420", "4110"]


async def test_vat_and_chart(company):
    vat = await company.get("/vats/default")
    assert [each["vatPercent"] for each in vat["vatInformation"][0]["percentages"]] == [25.5, 24, 14, 13.5, 10, 0]
    known = {each["vatStatus"]: each for each in vat["vatStatuses"]}
    assert known[1]["description"] == "Domestic"
    assert (known[3]["purchase"], known[5]["purchase"], known[12]["purchase"]) == (False, False, True)
    assert all("invented" in each["description"] for number, each in known.items() if number >= 900)
    assert (await company.get("/vats/country?countryCode=FI"))["vatPercentages"][0] == 25.5
    assert (await company.call("GET", "/vats/country")).status == 400
    coa = {each["ledgerAccountCode"]: each for each in (await company.get("/coa"))["ledgerAccounts"]}
    assert coa["2880"]["name"] == "Ostovelat"
    assert coa["9995"]["active"] is False
    assert set(coa["4000"]) == {"ledgerAccountCode", "name", "active", "translations"}
    await company.act("vat_status", number=900, purchase=False)
    lost = await company.call("POST", "/invoices", purchase(row(vatStatus=900, vatPercent=0)))
    assert lost.errors == [("invoiceRows[0].vatStatus", "ERROR_VATSTATUS_VATPERC")]


async def test_fiscal_years(company):
    years = (await company.get("/fiscalyears"))["fiscalYears"]
    assert [each["startDate"] for each in years] == sorted((each["startDate"] for each in years), reverse=True)
    state = {each["startDate"][:4]: each["isOpen"] for each in years}
    assert (state["2024"], state["2025"], state["2026"]) == (False, True, True)
    year = next(each for each in years if each["startDate"] == "2026-01-01")
    path = f"/fiscalyears/{year['id']}/trackingPeriods/{year['trackingPeriods'][0]['id']}"
    await company.put(path, {"status": "PENDING"})
    assert (await company.call("PUT", path, {"status": "PENDING"})).status == 409
    assert (await company.call("PUT", path, {"status": "OPEN"})).status == 409
    assert (
        await company.call("PUT", f"/fiscalyears/1/trackingPeriods/{path[-5:]}", {"status": "PENDING"})
    ).status == 404


async def test_paid_in_parts_and_twice(company):
    invoice = await company.post("/invoices", sale())
    path = f"/invoices/{invoice['id']}/paymentevents"
    pay = {"paymentDate": "2026-03-16", "amount": 100, "currency": "EUR", "description": "Käsin"}
    refused = await company.call("PUT", f"{path}/markpaid", pay)
    assert refused.status == 403
    await company.put(f"/invoices/{invoice['id']}/approve")
    first = await company.put(f"{path}/markpaid", {**pay, "paymentMethodType": "CASH"})
    assert (first["type"], first["status"], first["description"]) == ("CASH", "MARKED_PAID", "Käsin")
    assert (await company.get(f"/invoices/{invoice['id']}"))["status"] == "PARTLY_PAID"
    second = await company.put(f"{path}/markpaid", {**pay, "amount": 25.5})
    shown = await company.get(f"/invoices/{invoice['id']}")
    assert (shown["status"], shown["paymentDate"]) == ("MARKED_PAID", "2026-03-16")
    events = await company.get(path)
    assert [each["id"] for each in events["results"]] == [second["id"], first["id"]]
    assert await company.get(f"{path}/{first['id']}") == first
    await company.put(f"{path}/markpaid", {**pay, "amount": 25.5})
    summary = await company.control("GET", "state?summary=1")
    assert summary["duplicates"]["payments"] == 1
    assert sum((await balance(company)).values()) == 0
    assert (await company.get(f"/invoices/{invoice['id']}"))["status"] == "PARTLY_PAID"
    many = await company.get(f"/payments/paymentevents?invoiceId={invoice['id']}")
    assert many["meta"]["totalCount"] == 3


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"currency": "USD"}, 400, "currency"),
        ({"amount": None}, 400, "amount"),
        ({"amount": 0}, 400, "amount"),
        ({"amount": 1.005}, 400, "amount"),
        ({"paymentDate": "2024-12-31"}, 403, "paymentDate"),
        ({"paymentDate": None}, 400, "paymentDate"),
        ({"description": "x" * 141}, 400, "description"),
    ],
)
async def test_refused_payments(company, change, status, field):
    pay = {"paymentDate": "2026-03-16", "amount": 1, "currency": "EUR", **change}
    answer = await company.call("PUT", "/invoices/8801002/paymentevents/markpaid", pay)
    assert (answer.status, answer.errors[0][0]) == (status, field)


async def test_payment_options(company):
    invoice = await company.post("/invoices", purchase())
    pay = {"paymentDate": "2026-03-16", "amount": 202.06, "currency": "EUR"}
    path = f"/invoices/{invoice['id']}"
    await company.put(f"{path}/verify")
    await company.options(pay_only_approved=True, markpaid_twice="refuse")
    assert (await company.call("PUT", f"{path}/paymentevents/markpaid", pay)).status == 403
    await company.put(f"{path}/approve")
    event = await company.put(f"{path}/paymentevents/markpaid", pay)
    assert event["type"] == "BANKTRANSFERELSEWHERE"
    assert (await company.call("PUT", f"{path}/paymentevents/markpaid", pay)).status == 403
    assert (await company.call("PUT", f"{path}/unfinished")).status == 403
    assert (await company.call("PUT", f"{path}/invalidate")).status == 403


async def test_an_event_goes_only_by_a_persons_word(company):
    event = (await company.get("/invoices/8801001/paymentevents"))["results"][0]
    path = f"/invoices/8801001/paymentevents/{event['id']}"

    async def ask() -> str:
        answer = await company.call("DELETE", path)
        assert answer.status == 202
        return answer.body["transactionIdentifier"]

    one, two, three = await ask(), await ask(), await ask()
    assert (await company.call("GET", f"/mfatransactionresult/{one}")).status == 202
    await company.act("mfa", transactionIdentifier=one, decision="rejected")
    await company.act("mfa", transactionIdentifier=two, decision="expired")
    assert (await company.call("GET", f"/mfatransactionresult/{one}")).status == 406
    assert (await company.call("GET", f"/mfatransactionresult/{two}")).status == 408
    assert (await company.call("GET", path)).status == 200
    await company.act("mfa", transactionIdentifier=three, decision="confirmed")
    assert (await company.call("GET", f"/mfatransactionresult/{three}")).status == 200
    assert (await company.call("GET", f"/mfatransactionresult/{three}")).status == 409
    assert (await company.call("GET", "/mfatransactionresult/none")).status == 404
    assert (await company.call("GET", path)).status == 404
    assert (await company.get("/invoices/8801001"))["status"] == "APPROVED"


async def test_bank_payments_wait_for_a_person(company):
    invoice = await company.get("/invoices/8801002")
    pay = {
        "invoiceId": invoice["id"],
        "invoiceVersion": invoice["version"],
        "amount": 2321.75,
        "recipientBankAccount": "FI2112345600000785",
        "paymentMethod": "FINNISH_BANK_TRANSFER",
        "paymentDate": "2026-04-02",
        "recipientNameAndAddress": {"name": "Vuokratalo"},
    }
    asked = await company.call("POST", "/payments/", {"payments": [pay]})
    assert asked.status == 202
    assert (await company.get("/payments"))["results"] == []
    await company.act("mfa", transactionIdentifier=asked.body["transactionIdentifier"], decision="confirmed")
    made = (await company.get("/payments?invoiceId=8801002"))["results"][0]
    assert (made["status"], made["amount"]) == ("PAYMENT_QUEUED", 2321.75)
    assert (await company.get(f"/payments/{made['id']}"))["receiverName"] == "Vuokratalo"
    assert (await company.get("/invoices/8801002"))["status"] == "PAYMENT_QUEUED"
    cancel = await company.call("PUT", f"/payments/{made['id']}/cancel")
    await company.act("mfa", transactionIdentifier=cancel.body["transactionIdentifier"], decision="confirmed")
    assert (await company.get("/invoices/8801002"))["status"] == "APPROVED"
    assert (await company.call("POST", "/payments", {"payments": []})).status == 400
