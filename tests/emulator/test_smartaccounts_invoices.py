import base64
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from tests.emulator.smart_client import Smart, receipt, row, sale

ADD = "purchasesales/clientinvoices:add"
GET = "purchasesales/clientinvoices:get"
EDIT = "purchasesales/clientinvoices:edit"
DELETE = "purchasesales/clientinvoices:delete"


@pytest.fixture
async def client(smart: Smart) -> str:
    await smart.article()
    return await smart.client(regCode="12345678", vatNumber="EE101234568")


async def test_an_invoice_is_answered_read_back_and_posted(smart: Smart, client: str):
    answer = await smart.invoice(client, comment="SC:501", objectId="TLN")
    assert {name: answer[name] for name in ("amount", "vatAmount", "totalAmount", "roundAmount")} == {
        "amount": 100,
        "vatAmount": 24,
        "totalAmount": 124,
        "roundAmount": 0,
    }
    assert (answer["number"], answer["invoiceNumber"], answer["dueDate"]) == ("1", "2026001", "30.04.2026")
    # 7-3-1 over 2026001: 1*7 + 0 + 0 + 6*7 + 2*3 + 0 + 2*7 = 69.
    assert answer["referenceNumber"] == "20260011"
    found = await smart.shown_invoice(answer["invoiceId"])
    assert found["client"] == {
        "id": client,
        "name": "Õunapuu OÜ",
        "regCode": "12345678",
        "vatNumber": "EE101234568",
    }
    assert (found["outstandingAmount"], found["objectId"], found["type"]) == (124, "obj-1", None)
    (shown,) = found["rows"]
    assert (shown["vat"], shown["sum"], shown["vatPc"], shown["order"]) == (24, 124, "24", 1)
    assert "comment" not in found
    assert await smart.balances() == {"1031": 124, "3020": -100, "2315": -24}


async def test_vat_is_counted_per_row_and_rounded_half_up(smart: Smart, client: str):
    rows = [
        row(price="0.125", quantity=1, vatPc=9),
        row(price=10.02, quantity=3, vatPc="24"),
        row(price=100, quantity=1, discount=12.5, vatPc="13"),
        row(price=50, quantity=-1, vatPc="22"),
        row(price=7, vatPc="0-EL-T"),
        row(price=8, vatPc="-"),
    ]
    answer = await smart.invoice(client, rows=rows)
    found = await smart.shown_invoice(answer["invoiceId"])
    assert [(item["sum"] - item["vat"], item["vat"]) for item in found["rows"]] == [
        (Decimal("0.13"), Decimal("0.01")),
        (Decimal("30.06"), Decimal("7.21")),
        (Decimal("87.50"), Decimal("11.38")),
        (Decimal(-50), Decimal(-11)),
        (Decimal(7), Decimal(0)),
        (Decimal(8), Decimal(0)),
    ]
    assert (answer["amount"], answer["vatAmount"]) == (Decimal("82.69"), Decimal("7.60"))
    assert answer["totalAmount"] == Decimal("90.29")
    assert (await smart.balances())["1031"] == Decimal("90.29")


async def test_a_given_total_wins_and_the_difference_is_rounding(smart: Smart, client: str):
    answer = await smart.invoice(client, totalAmount="124.01", amount=1, vatAmount=2)
    assert (answer["amount"], answer["totalAmount"], answer["roundAmount"]) == (
        100,
        Decimal("124.01"),
        Decimal("0.01"),
    )
    assert await smart.balances() == {
        "1031": Decimal("124.01"),
        "3020": -100,
        "2315": -24,
        "4990": Decimal("-0.01"),
    }
    answer = await smart.invoice(client, roundAmount=-0.04)
    assert (answer["totalAmount"], answer["roundAmount"]) == (Decimal("123.96"), Decimal("-0.04"))


@pytest.mark.parametrize("missing", ["clientId", "date", "currency", "rows"])
async def test_required_fields_are_asked_for_one_at_a_time(smart: Smart, client: str, missing):
    body = sale(client)
    del body[missing]
    answer = await smart.call(ADD, body)
    assert answer.json["errors"] == [{"key": "REQUIRED", "message": f"{missing} is required"}]


@pytest.mark.parametrize("missing", ["code", "description", "price", "quantity", "vatPc"])
async def test_required_fields_of_rows(smart: Smart, client: str, missing):
    wrong = row()
    del wrong[missing]
    answer = await smart.call(ADD, sale(client, rows=[row(), wrong]))
    assert answer.json["errors"] == [{"key": "REQUIRED", "message": f"rows[1].{missing} is required"}]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"rows": []}, "REQUIRED"),
        ({"rows": [None]}, "INVALID-VALUE"),
        ({"date": "2026-04-16"}, "INVALID-DATE"),
        ({"date": "31.02.2026"}, "INVALID-DATE"),
        ({"dueDate": "1.5.2026"}, "INVALID-DATE"),
        ({"type": "CREDIT"}, "INVALID-VALUE"),
        ({"totalAmount": "1,5"}, "INVALID-VALUE"),
        ({"totalAmount": "NaN"}, "INVALID-VALUE"),
        ({"rows": [row(description="🍎")]}, "INVALID-CHARACTER"),
    ],
)
async def test_the_basic_stage(smart: Smart, client: str, fields, key):
    assert await smart.refused(ADD, sale(client, **fields)) == [key]
    assert (await smart.summary())["entries"]["count"] == 0


async def test_the_complex_stage_lists_all_and_saves_nothing(smart: Smart):
    wrong = row(code="X", vatPc="99", objectId="no", accountSales="9")
    keys = await smart.refused(
        ADD,
        sale("nobody", currency="XXX", warehouseId="no", paymentMethod="no", objectId="no", rows=[wrong, row()]),
    )
    assert keys == [
        "CLIENT-NOT-FOUND",
        "CURRENCY-NOT-FOUND",
        "OBJECT-NOT-FOUND",
        "WAREHOUSE-NOT-FOUND",
        "PAYMENT-METHOD-NOT-FOUND",
        "ARTICLE-NOT-FOUND",
        "OBJECT-NOT-FOUND",
        "ACCOUNT-NOT-FOUND",
        "VAT-PC-NOT-FOUND",
        "ARTICLE-NOT-FOUND",
    ]
    summary = await smart.summary()
    assert (summary["client_invoices"]["count"], summary["entries"]["count"]) == (0, 0)


async def test_a_purchase_code_is_not_for_sales_and_old_rates_can_be_refused(smart: Smart, client: str):
    assert await smart.refused(ADD, sale(client, rows=[row(vatPc="24-EL-K")])) == ["VAT-PC-NOT-ACTIVE"]
    await smart.invoice(client, rows=[row(vatPc="20")])
    await smart.options(check_vat_dates=True)
    assert await smart.refused(ADD, sale(client, rows=[row(vatPc="20")])) == ["VAT-PC-NOT-VALID-ON-DATE"]
    early = sale(client, date="30.06.2025")
    assert await smart.refused(ADD, early) == ["VAT-PC-NOT-VALID-ON-DATE"]
    await smart.ok(ADD, sale(client, date="30.06.2025", rows=[row(vatPc="22")]))
    await smart.ok(ADD, sale(client, date="01.07.2025", rows=[row(vatPc="24")]))


async def test_articles_that_are_not_active_are_refused_when_the_switch_says_so(smart: Smart, client: str):
    await smart.ok("purchasesales/articles:add", {"code": "OLD", "description": "x", "type": "SERVICE"})
    await smart.invoice(client, rows=[row(code="OLD")])
    await smart.options(refuse_inactive=True)
    assert await smart.refused(ADD, sale(client, rows=[row(code="OLD")])) == ["ARTICLE-NOT-ACTIVE"]


async def test_entry_date_is_today_unless_given(smart: Smart, client: str):
    await smart.reset(now="2026-05-04T21:30:00Z", check_clock=False)
    client, _ = await smart.client(invoiceDueDate=30), await smart.article()
    body = sale(client)
    del body["entryDate"]
    found = await smart.shown_invoice((await smart.ok(ADD, body))["invoiceId"])
    # Half past nine in the evening UTC is past midnight in Tallinn.
    assert (found["entryDate"], found["dueDate"]) == ("05.05.2026", "16.05.2026")


async def test_foreign_currency_is_posted_in_euros_at_the_rate(smart: Smart, client: str):
    answer = await smart.invoice(client, currency="USD", rows=[row(price=115)])
    assert answer["totalAmount"] == Decimal("142.60")
    assert await smart.balances() == {"1031": 124, "3020": -100, "2315": -24}
    assert await smart.refused(ADD, sale(client, currency="UAH")) == ["EXCHANGE-RATE-REQUIRED"]
    answer = await smart.invoice(client, currency="UAH", exchangeRate=48, rows=[row(price=100)])
    (entry,) = [
        item
        for item in (await smart.ok("general/entries:get", fetchRows="true"))["entries"]
        if item["currency"] == "UAH"
    ]
    assert sum(item["debitAmount"] - item["creditAmount"] for item in entry["rows"]) == 0
    assert entry["rows"][0]["debitAmountOriginalCurrency"] == 124


async def test_a_list_needs_a_date_a_status_or_an_id(smart: Smart, client: str):
    await smart.invoice(client)
    answer = await smart.call(GET, invoiceNumber="2026001")
    assert (answer.status, answer.json["errors"][0]["message"]) == (
        400,
        "dateFrom only allowed to be null when paymentStatus or id is provided",
    )
    assert len((await smart.ok(GET, invoiceNumber="2026001", dateFrom="01.01.2000"))["clientInvoices"]) == 1
    assert len((await smart.ok(GET, paymentStatus="unpaid"))["clientInvoices"]) == 1
    assert (await smart.ok(GET, id="no"))["clientInvoices"] == []
    assert await smart.refused(GET, dateFrom="2026-01-01") == ["INVALID-DATE"]
    assert await smart.refused(GET, dateFrom="01.01.2026", dateType="paydate") == ["INVALID-VALUE"]
    assert await smart.refused(GET, dateFrom="01.01.2026", pageNumber=0) == ["INVALID-VALUE"]


@pytest.mark.parametrize(
    ("kind", "day"), [(None, "16.04.2026"), ("date", "16.04.2026"), ("entrydate", "17.04.2026"),
                      ("duedate", "18.04.2026")],
)  # fmt: skip
async def test_dates_of_a_list_are_of_the_kind_asked_for(smart: Smart, client: str, kind, day):
    await smart.invoice(client, entryDate="17.04.2026", dueDate="18.04.2026")
    query = {"dateType": kind} if kind else {}
    assert len((await smart.ok(GET, dateFrom=day, dateTo=day, **query))["clientInvoices"]) == 1
    after = f"{int(day[:2]) + 1}{day[2:]}"
    assert (await smart.ok(GET, dateFrom=after, **query))["clientInvoices"] == []


async def test_filters_by_client_and_payment(smart: Smart, client: str):
    other = await smart.client("Pirn OÜ")
    paid = await smart.invoice(client, dueDate="17.04.2026")
    await smart.invoice(other, dueDate="31.12.2099", invoiceNumber="X-7")
    await smart.invoice(client, dueDate="18.04.2026")
    await smart.ok("purchasesales/payments:add", receipt(client, paid["invoiceId"], 124))

    async def count(**query):
        return len((await smart.ok(GET, **query))["clientInvoices"])

    assert await count(dateFrom="01.01.2026") == 3
    assert await count(dateFrom="01.01.2026", clientId=client) == 2
    assert await count(dateFrom="01.01.2026", clientName="pirn") == 1
    assert await count(dateFrom="01.01.2026", invoiceNumber="X-7") == 1
    assert await count(paymentStatus="unpaid") == 2
    assert await count(paymentStatus="overdue") == 1
    assert await count(paymentStatus="unpaid", clientId=other) == 1
    assert await count(paymentStatus="unpaid", dateFrom="17.04.2026") == 0


async def test_numbers_can_be_bare_json_numbers(smart: Smart, client: str):
    await smart.options(numbers_as_json=True)
    answer = await smart.invoice(client)
    assert (answer["number"], answer["invoiceNumber"]) == (1, 2026001)
    found = await smart.shown_invoice(answer["invoiceId"])
    assert (found["number"], found["referenceNumber"]) == (1, 20260011)
    kept = await smart.invoice(client, invoiceNumber="007")
    assert kept["invoiceNumber"] == "007"


async def test_edit_replaces_invoice_and_entry_and_keeps_the_numbers(smart: Smart, client: str):
    first = await smart.invoice(client, comment="a")
    body = {**sale(client, rows=[row(price=10), row(price=20)]), "id": first["invoiceId"]}
    answer = await smart.ok(EDIT, body)
    assert (answer["invoiceId"], answer["number"], answer["invoiceNumber"]) == (
        first["invoiceId"],
        first["number"],
        first["invoiceNumber"],
    )
    found = await smart.ok(GET, id=first["invoiceId"], fetchRows="true", fetchComments="true")
    assert found["clientInvoices"][0]["comment"] is None
    assert len(found["clientInvoices"][0]["rows"]) == 2
    assert await smart.balances() == {"1031": Decimal("37.2"), "3020": -30, "2315": Decimal("-7.2")}
    assert (await smart.summary())["entries"]["count"] == 1
    assert await smart.refused(EDIT, sale(client)) == ["REQUIRED"]
    assert await smart.refused(EDIT, {**sale(client), "id": "no"}) == ["NOT-FOUND"]


async def test_a_paid_invoice_cannot_shrink_below_what_was_paid_nor_go(smart: Smart, client: str):
    first = await smart.invoice(client)
    await smart.ok("purchasesales/payments:add", receipt(client, first["invoiceId"], 100))
    small = {**sale(client, rows=[row(price=50)]), "id": first["invoiceId"]}
    assert await smart.refused(EDIT, small) == ["TOTAL-LESS-THAN-PAID"]
    await smart.ok(EDIT, {**sale(client, rows=[row(price=200)]), "id": first["invoiceId"]})
    assert (await smart.shown_invoice(first["invoiceId"]))["outstandingAmount"] == 148
    assert await smart.refused(DELETE, {}, id=first["invoiceId"]) == ["HAS-PAYMENTS"]


async def test_delete_says_what_it_cannot_find(smart: Smart, client: str):
    answer = await smart.invoice(client)
    body = {"id": answer["invoiceId"]}
    refusal = await smart.call(DELETE, body, api="/en/api")
    assert refusal.json["errors"][0]["message"] == "Invoice by id not found"
    await smart.ok(DELETE, {}, id=answer["invoiceId"])
    assert await smart.balances() == {}
    assert (await smart.ok(GET, paymentStatus="unpaid"))["clientInvoices"] == []


async def test_payment_at_creation(smart: Smart, client: str):
    answer = await smart.invoice(client, paymentMethod="Kaardimakse", paymentAmount=24)
    found = await smart.shown_invoice(answer["invoiceId"])
    assert (found["outstandingAmount"], found["paymentAmount"]) == (100, 24)
    assert await smart.balances() == {"1031": 100, "1021": 24, "3020": -100, "2315": -24}
    whole = await smart.invoice(client, paymentMethod="Sularaha")
    assert (await smart.shown_invoice(whole["invoiceId"]))["outstandingAmount"] == 0
    too_much = sale(client, paymentMethod="Sularaha", paymentAmount=125)
    assert await smart.refused(ADD, too_much) == ["PAYMENT-AMOUNT-TOO-LARGE"]


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_credit_lowers_the_receivable_whatever_the_sign_of_its_rows(smart: Smart, client: str, sign):
    base = await smart.invoice(client)
    credit = await smart.invoice(
        client, type="CRE", baseForCreditInvoiceId=base["invoiceId"], rows=[row(price=40, quantity=sign)]
    )
    found = await smart.shown_invoice(credit["invoiceId"])
    assert (found["type"], found["baseForCreditInvoiceId"]) == ("CRE", base["invoiceId"])
    assert found["totalAmount"] == found["outstandingAmount"] == sign * Decimal("49.6")
    assert (await smart.balances())["1031"] == Decimal("74.4")
    summary = await smart.summary()
    assert (summary["client_invoices"]["count"], summary["credit_invoices"]["gross"]) == (1, "-49.60")
    assert await smart.refused(DELETE, {}, id=base["invoiceId"]) == ["HAS-CREDIT-INVOICES"]
    await smart.ok(DELETE, {}, id=credit["invoiceId"])
    await smart.ok(DELETE, {}, id=base["invoiceId"])


async def test_rules_of_credit_invoices(smart: Smart, client: str):
    base = (await smart.invoice(client))["invoiceId"]
    early = sale(client, type="CRE", baseForCreditInvoiceId=base, entryDate="15.04.2026")
    assert await smart.refused(ADD, early) == ["CREDIT-INVOICE-ENTRY-EARLIER-THAN-BASE"]
    unknown = sale(client, type="CRE", baseForCreditInvoiceId="no")
    assert await smart.refused(ADD, unknown) == ["CREDIT-INVOICE-BASE-NOT-FOUND"]
    other = sale(await smart.client("B"), type="CRE", baseForCreditInvoiceId=base)
    assert await smart.refused(ADD, other) == ["CREDIT-INVOICE-BASE-OTHER-CLIENT"]
    await smart.ok(ADD, sale(client, type="CRE"))


async def test_pdf_comes_as_bytes_or_as_json(smart: Smart, client: str):
    identity = (await smart.invoice(client, rows=[row(description="Õlu (pudel)\\")]))["invoiceId"]
    path = "purchasesales/clientinvoices:getpdf"
    answer = await smart.call(path, id=identity, template="DEFAULT")
    assert answer.headers["Content-Type"] == "application/pdf"
    content = answer.raw
    assert content.startswith(b"%PDF-1.4")
    # The cross-reference table points at the objects, as readers need it to.
    table = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    entries = content[table:].split(b"\n")[3:8]
    for number, entry in enumerate(entries, start=1):
        assert content[int(entry[:10]) :].startswith(b"%d 0 obj" % number)
    assert "Õlu \\(pudel\\)\\\\".encode("cp1252") in content
    await smart.options(pdf_answer="json")
    answer = await smart.ok(path, id=identity)
    assert (answer["fileName"], base64.b64decode(answer["fileContent"])) == ("invoice_2026001.pdf", content)
    assert await smart.refused(path, id="no") == ["NOT-FOUND"]


async def test_xml_is_an_estonian_e_invoice(smart: Smart, client: str):
    identity = (await smart.invoice(client, rows=[row(), row(price=10, vatPc="9")]))["invoiceId"]
    answer = await smart.call("purchasesales/clientinvoices:getxml", id=identity)
    assert answer.headers["Content-Type"] == "application/xml"
    root = etree.fromstring(answer.raw)
    assert root.findtext(".//BuyerParty/Name") == "Õunapuu OÜ"
    assert root.findtext(".//InvoiceSumGroup/TotalSum") == root.findtext("Footer/TotalAmount") == "134.90"
    rates = [item.findtext("VATRate") for item in root.findall(".//InvoiceSumGroup/VAT")]
    assert rates == ["24", "9"]


async def test_sending_an_e_invoice_needs_the_switch_and_a_willing_client(smart: Smart, client: str):
    path = "purchasesales/clientinvoices:sendeinvoice"
    identity = (await smart.invoice(client))["invoiceId"]
    await smart.options(einvoices_enabled=False)
    assert await smart.refused(path, {}, id=identity) == ["EINVOICES-NOT-ENABLED"]
    await smart.options(einvoices_enabled=True, einvoice_receivers=["10000018"])
    assert await smart.refused(path, {}, id=identity) == ["EINVOICES-NOT-ACCEPTED"]
    await smart.options(einvoice_receivers=None)
    await smart.ok(path, {}, id=identity)
    assert [item["einvoiceSent"] for item in (await smart.state())["client_invoices"]] == [True]


async def test_doubles_are_named_in_the_summary(smart: Smart, client: str):
    await smart.invoice(client, comment="SC:1")
    await smart.invoice(client, comment="SC:1")
    await smart.invoice(client, comment="SC:2", invoiceNumber="A")
    await smart.invoice(client, comment="SC:3", invoiceNumber="A")
    assert (await smart.summary())["duplicates"]["client_invoices"] == ["A", "SC:1"]


async def test_modification_time_is_estonian_and_payments_move_it_by_switch(smart: Smart, client: str):
    identity = (await smart.invoice(client))["invoiceId"]
    moment = datetime.now(ZoneInfo("Europe/Tallinn"))
    hour_ago = moment.replace(microsecond=0).strftime("%d.%m.%Y_%H:%M:%S")
    assert len((await smart.ok(GET, dateFrom=hour_ago[:10], dateType="modifydate"))["clientInvoices"]) == 1
    await smart.reset(now="2026-04-16T12:00:00+03:00", check_clock=False)
    client, _ = await smart.client(), await smart.article()
    for bumps in (False, True):
        identity = (await smart.invoice(client))["invoiceId"]
        await smart.options(payment_bumps_invoice=bumps)
        await smart.control("POST", "clock", {"advance_s": 3600})
        now = (await smart.control("GET", "clock"))["now"]
        since = datetime.fromisoformat(now).astimezone(ZoneInfo("Europe/Tallinn"))
        await smart.ok("purchasesales/payments:add", receipt(client, identity, 1))
        changed = await smart.ok(GET, dateFrom=since.strftime("%d.%m.%Y_%H:%M:%S"), dateType="modifydate")
        assert [item["id"] for item in changed["clientInvoices"]] == ([identity] if bumps else [])
