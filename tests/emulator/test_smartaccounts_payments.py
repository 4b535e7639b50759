from decimal import Decimal

import pytest
from tests.emulator.smart_client import Smart, receipt, row

ADD = "purchasesales/payments:add"
GET = "purchasesales/payments:get"
EDIT = "purchasesales/payments:edit"
DELETE = "purchasesales/payments:delete"


@pytest.fixture
async def client(smart: Smart) -> str:
    await smart.article()
    return await smart.client()


@pytest.fixture
async def invoice(smart: Smart, client: str) -> str:
    return (await smart.invoice(client))["invoiceId"]


async def outstanding(smart: Smart, identity: str) -> Decimal:
    return (await smart.shown_invoice(identity))["outstandingAmount"]


async def test_a_payment_settles_its_invoice_and_posts(smart: Smart, client: str, invoice: str):
    answer = await smart.ok(ADD, receipt(client, invoice, 100, document="KV1", comment="m"))
    assert (answer["number"], answer["amount"]) == ("1", 100)
    assert await outstanding(smart, invoice) == 24
    assert await smart.balances() == {"1021": 100, "1031": 24, "3020": -100, "2315": -24}
    (found,) = (await smart.ok(GET, id=answer["paymentId"], fetchRows="true", fetchComments="true"))["payments"]
    assert found["rows"] == [{"type": "CLIENT_INVOICE", "id": invoice, "amount": 100}]
    assert (found["clientId"], found["comment"], found["document"]) == (client, "m", "KV1")
    await smart.ok(ADD, receipt(client, invoice, "24.00"))
    assert await outstanding(smart, invoice) == 0
    assert (await smart.ok("purchasesales/clientinvoices:get", paymentStatus="unpaid"))["clientInvoices"] == []


async def test_more_than_is_outstanding_is_refused(smart: Smart, client: str, invoice: str):
    await smart.ok(ADD, receipt(client, invoice, 100))
    answer = await smart.call(ADD, receipt(client, invoice, 24.01))
    assert answer.json["errors"][0]["message"] == "payment amount larger than outstanding amount on row 1"
    twice = receipt(client, invoice, 40)
    twice["rows"] = [{"type": "CLIENT_INVOICE", "id": invoice, "amount": 20}] * 2
    assert await smart.refused(ADD, twice) == ["PAYMENT-ROW-AMOUNT-TOO-LARGE"]
    assert await outstanding(smart, invoice) == 24


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"clientId": "no"}, ["CLIENT-NOT-FOUND"]),
        ({"accountName": "swedbank"}, ["BANK-ACCOUNT-NOT-FOUND"]),
        ({"accountName": "Swedbank", "accountType": "CASH"}, ["CASH-ACCOUNT-NOT-FOUND"]),
        ({"currency": "XXX"}, ["CURRENCY-NOT-FOUND", "PAYMENT-ROW-WRONG-CURRENCY"]),
        ({"currency": "USD"}, ["PAYMENT-ROW-WRONG-CURRENCY"]),
        ({"amount": 11}, ["PAYMENT-AMOUNT-MISMATCH"]),
        ({"amount": -10}, ["PAYMENT-AMOUNT-NEGATIVE", "PAYMENT-AMOUNT-MISMATCH"]),
        ({"rows": [{"type": "CLIENT_INVOICE", "id": "no", "amount": 10}]}, ["PAYMENT-ROW-NOT-FOUND"]),
        ({"rows": []}, ["PAYMENT-AMOUNT-MISMATCH"]),
        ({"extras": [{"price": 1, "quantity": 0, "description": "x", "account": "9"}]}, ["ACCOUNT-NOT-FOUND"]),
        ({"date": "2026-04-20"}, ["INVALID-DATE"]),
        ({"partnerType": "client"}, ["INVALID-VALUE"]),
        ({"rows": [{"type": "INVOICE", "id": "x", "amount": 10}]}, ["INVALID-VALUE"]),
        ({"prepayment": {"amount": 1}}, ["REQUIRED"]),
    ],
)
async def test_refusals(smart: Smart, client: str, invoice: str, fields, keys):
    assert await smart.refused(ADD, {**receipt(client, invoice, 10), **fields}) == keys
    assert await outstanding(smart, invoice) == 124


@pytest.mark.parametrize("amount", [0, -10])
async def test_rows_that_are_not_positive_are_refused(smart: Smart, client: str, invoice: str, amount):
    answer = await smart.call(ADD, receipt(client, invoice, amount))
    assert answer.json["errors"][0]["message"] == "payment amount must be positive on row 1"


@pytest.mark.parametrize(
    "missing", ["date", "partnerType", "clientId", "accountType", "accountName", "currency", "amount"]
)
async def test_required_fields(smart: Smart, client: str, invoice: str, missing):
    body = receipt(client, invoice, 10)
    del body[missing]
    answer = await smart.call(ADD, body)
    assert answer.json["errors"] == [{"key": "REQUIRED", "message": f"{missing} is required"}]


async def test_an_invoice_of_another_client_cannot_be_paid(smart: Smart, invoice: str):
    other = await smart.client("B")
    assert await smart.refused(ADD, receipt(other, invoice, 10)) == ["PAYMENT-ROW-WRONG-PARTNER"]


@pytest.mark.parametrize("sign", [1, -1])
async def test_netting_takes_two_positive_rows_and_moves_no_money(smart: Smart, client: str, invoice: str, sign):
    credit = await smart.invoice(client, type="CRE", rows=[row(quantity=sign)])
    body = receipt(client, invoice, 248, accountName="Tasaarveldus")
    body["rows"] = [
        {"type": "CLIENT_INVOICE", "id": invoice, "amount": 124},
        {"type": "CLIENT_INVOICE", "id": credit["invoiceId"], "amount": 124},
    ]
    await smart.ok(ADD, body)
    assert await outstanding(smart, invoice) == await outstanding(smart, credit["invoiceId"]) == 0
    assert await smart.balances() == {}


async def test_a_prepayment_is_kept_and_used_up_later(smart: Smart, client: str, invoice: str):
    body = receipt(client, invoice, 200)
    body["rows"][0]["amount"] = 100
    body["prepayment"] = {"amount": 100, "description": "Ettemaks"}
    first = await smart.ok(ADD, body)
    assert (await smart.balances())["2120"] == -100
    use = receipt(client, invoice, 48, accountName="Tasaarveldus")
    use["rows"] = [
        {"type": "CLIENT_INVOICE", "id": invoice, "amount": 24},
        {"type": "PREPAYMENT_PAYMENT", "id": first["paymentId"], "amount": 24},
    ]
    await smart.ok(ADD, use)
    assert await outstanding(smart, invoice) == 0
    balances = await smart.balances()
    assert (balances["2120"], balances["1021"], "1029" in balances) == (-76, 200, False)
    assert await smart.refused(DELETE, {}, id=first["paymentId"]) == ["IN-USE"]


async def test_the_part_that_no_row_names_can_become_a_prepayment(smart: Smart, client: str, invoice: str):
    body = receipt(client, invoice, 150)
    body["rows"][0]["amount"] = 124
    assert await smart.refused(ADD, body) == ["PAYMENT-AMOUNT-MISMATCH"]
    await smart.options(payment_remainder="prepayment")
    await smart.ok(ADD, body)
    assert (await smart.balances())["2120"] == -26


async def test_extras_salaries_and_vat_returns_post_to_their_accounts(smart: Smart, client: str, invoice: str):
    body = receipt(client, invoice, 126)
    body["rows"][0]["amount"] = 124
    body["extras"] = [{"price": 1, "quantity": 2, "description": "Intress", "account": "8200", "objectId": "TLN"}]
    await smart.ok(ADD, body)
    vendor = await smart.vendor()
    out = receipt("", "x", 30, partnerType="VENDOR", vendorId=vendor)
    out["rows"] = [
        {"type": "VAT_RETURN", "id": "2026-03", "amount": 10},
        {"type": "SALARY", "id": "2026-03", "amount": 20},
    ]
    await smart.ok(ADD, out)
    balances = await smart.balances()
    assert (balances["8200"], balances["2310"], balances["2340"], balances["1021"]) == (-2, 10, 20, 96)
    payments = (await smart.ok(GET, partnerType="CLIENT", fetchRows="true"))["payments"]
    assert payments[0]["extras"][0]["amount"] == 2


async def test_exchange_differences_have_an_account(smart: Smart, client: str):
    identity = (await smart.invoice(client, currency="USD", rows=[row(price=100)]))["invoiceId"]
    # 124 USD were 107.83 EUR by the bill; the bank got 110 EUR for them.
    await smart.ok(ADD, receipt(client, identity, 124, currency="USD", eurAmount=110))
    balances = await smart.balances()
    assert "1031" not in balances
    assert (balances["1021"], balances["8110"]) == (110, Decimal("-2.17"))


async def test_cash_has_order_numbers(smart: Smart, client: str, invoice: str):
    for expected in ("1", "2"):
        answer = await smart.ok(ADD, receipt(client, invoice, 1, accountType="CASH", accountName="Kassa"))
        (found,) = (await smart.ok(GET, id=answer["paymentId"]))["payments"]
        assert found["orderNumber"] == expected
    assert (await smart.balances())["1010"] == 2
    kinds = (await smart.ok("general/entries:get", docType="CASH_PAYMENT"))["entries"]
    assert len(kinds) == 2


async def test_edit_and_delete_open_the_invoice_again(smart: Smart, client: str, invoice: str):
    first = await smart.ok(ADD, receipt(client, invoice, 124))
    await smart.ok(EDIT, {**receipt(client, invoice, 24), "id": first["paymentId"]})
    assert await outstanding(smart, invoice) == 100
    too_much = {**receipt(client, invoice, 125), "id": first["paymentId"]}
    assert await smart.refused(EDIT, too_much) == ["PAYMENT-ROW-AMOUNT-TOO-LARGE"]
    assert await outstanding(smart, invoice) == 100
    await smart.ok(EDIT, {**receipt(client, invoice, 124), "id": first["paymentId"]})
    assert await outstanding(smart, invoice) == 0
    await smart.ok(DELETE, {}, id=first["paymentId"])
    assert await outstanding(smart, invoice) == 124
    assert "1021" not in await smart.balances()
    assert await smart.refused(DELETE, {}, id=first["paymentId"]) == ["NOT-FOUND"]


async def test_lists_filter_and_tell_what_was_entered_since(smart: Smart, client: str):
    await smart.reset(now="2026-04-16T12:00:00+03:00", check_clock=False)
    client, _ = await smart.client(), await smart.article()
    invoice = (await smart.invoice(client))["invoiceId"]
    first = await smart.ok(ADD, receipt(client, invoice, 1))
    await smart.control("POST", "clock", {"advance_s": 3600})
    second = await smart.ok(ADD, receipt(client, invoice, 2, date="01.04.2026", accountName="LHV"))

    async def ids(**query):
        return [item["id"] for item in (await smart.ok(GET, **query))["payments"]]

    assert await ids() == [second["paymentId"], first["paymentId"]]
    assert await ids(dateType="modifydate", dateFrom="16.04.2026_13:00:00") == [second["paymentId"]]
    assert await ids(dateType="modifydate", dateTo="16.04.2026_12:59:59") == [first["paymentId"]]
    assert await ids(dateFrom="20.04.2026", dateTo="20.04.2026") == [first["paymentId"]]
    assert await ids(accountName="LHV") == [second["paymentId"]]
    assert await ids(partnerType="VENDOR") == await ids(partnerId="no") == await ids(accountType="CASH") == []
    assert len(await ids(partnerName="õun", partnerId=client)) == 2
    await smart.ok(DELETE, {}, id=first["paymentId"])
    page = await smart.ok(GET, dateType="modifydate", dateFrom="16.04.2026_13:00:00")
    assert page["deleted"] == [first["paymentId"]]
