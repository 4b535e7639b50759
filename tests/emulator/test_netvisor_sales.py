from decimal import Decimal

import pytest
from tests.emulator.netvisor_client import Netvisor, file, invoice, payment, row

ADD = "salesinvoice.nv?method=add"
COMMENT = "<invoiceline><salesinvoicecommentline><comment>x</comment></salesinvoicecommentline></invoiceline>"
PRODUCT = "SalesInvoice/InvoiceLines/InvoiceLine/SalesInvoiceProductLine/"


async def test_the_sheets_invoice_is_posted_and_read_back(netvisor: Netvisor):
    body = invoice(number="1007", amount="125,50", tail=file("salesinvoiceattachment", attribute=' type="pdf"'),
                   before="<salesinvoicereferencenumber>10074</salesinvoicereferencenumber>")  # fmt: skip
    key = (await netvisor.ok(ADD, body)).key
    assert await netvisor.balance() == {"1702": Decimal("125.50"), "3000": Decimal(-100), "2939": Decimal("-25.50")}
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}&includeattachments=1&pdfimage=pdf")
    assert read.one("SalesInvoice/SalesInvoiceNumber") == "1007"
    assert read.one("SalesInvoice/SalesInvoiceDate") == "2025-03-31"
    assert read.one("SalesInvoice/SalesInvoiceDueDate") == "2025-04-14"
    assert read.one("SalesInvoice/SalesInvoiceAmount") == "125.50"
    assert read.one("SalesInvoice/SalesInvoiceReferencenumber") == "10074"
    assert read.root.find("SalesInvoice/InvoiceStatus").get("status") == "overdue"
    assert read.one(PRODUCT + "ProductUnitPrice") == "10,0000"
    assert read.one(PRODUCT + "SalesInvoiceProductLineVatSum") == "25,50"
    assert read.root.find(PRODUCT + "ProductVatPercentage").get("vatcode") == "KOMY"
    assert read.one("SalesInvoice/SalesInvoiceAttachments/SalesInvoiceAttachment/DocumentData") == "JVBERi0xLjQK"
    assert read.one("SalesInvoice/LastSentInvoicePDFBase64Data")
    listed = await netvisor.ok("salesinvoicelist.nv?invoicenumber=1007")
    assert listed.one("SalesInvoiceList/SalesInvoice/InvoiceSum") == "125,50"
    assert listed.one("SalesInvoiceList/SalesInvoice/Invoicedate") == "2025-03-31"
    assert listed.one("SalesInvoiceList/SalesInvoice/InvoiceStatus") == "open"
    voucher = await netvisor.ok("accountingledger.nv?startdate=2025-03-31&enddate=2025-03-31")
    source = voucher.root.find("Vouchers/Voucher/LinkedSourceNetvisorKey")
    assert (source.get("type"), source.text) == ("salesinvoice", str(key))


async def test_unsent_invoices_are_posted_when_their_status_changes(netvisor: Netvisor):
    keys = [(await netvisor.ok(ADD, invoice(status="unsent"))).key for _ in range(2)]
    assert await netvisor.balance() == {}
    await netvisor.ok(f"updatesalesinvoicestatus.nv?netvisorkeylist={keys[0]},{keys[1]}&status=open", "")
    assert (await netvisor.balance())["1702"] == 251
    await netvisor.ok(f"updatesalesinvoicestatus.nv?netvisorkey={keys[0]}&status=paid", "")
    assert (await netvisor.balance())["1702"] == 251
    listed = await netvisor.ok("salesinvoicelist.nv?invoicestatus=paid")
    assert listed.one("SalesInvoiceList/SalesInvoice/OpenSum") == "0,00"
    for query in ("status=open", "netvisorkey=99&status=open", f"netvisorkey={keys[0]}&status=unsent",
                  f"netvisorkey={keys[0]}",
                  "status=open&netvisorkeylist=" + ",".join(map(str, range(101)))):  # fmt: skip
        assert await netvisor.refused(f"updatesalesinvoicestatus.nv?{query}", "") == "INVALID_DATA"


async def test_numbers_and_references_are_given_when_missing(netvisor: Netvisor):
    await netvisor.ok(ADD, invoice(number="1007"))
    assert await netvisor.refused(ADD, invoice(number="1007")) == "DUPLICATE_DATA"
    key = (await netvisor.ok(ADD, invoice())).key
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}")
    assert read.one("SalesInvoice/SalesInvoiceNumber") == "1008"
    assert read.one("SalesInvoice/SalesInvoiceReferencenumber") == "1010086"


@pytest.mark.parametrize(
    ("body", "gross", "ledger"),
    [
        (invoice(row(sort="gross", price="12,55")), "125.50", {"1702": "125.50", "3000": "-100.00", "2939": "-25.50"}),
        (invoice(row("-10")), "-125.50", {"1702": "-125.50", "3000": "100.00", "2939": "25.50"}),
        (invoice(row(rate="0", code="EUMY", account="3360")), "100.00", {"1702": "100.00", "3360": "-100.00"}),
        (invoice(amount="125,49"), "125.49", {"1702": "125.49", "3000": "-100", "2939": "-25.50", "8570": "0.01"}),
        (
            invoice(row(rest="<salesinvoiceproductlinediscountpercentage>50"
                             "</salesinvoiceproductlinediscountpercentage>")),
            "62.75",
            {"1702": "62.75", "3000": "-50.00", "2939": "-12.75"},
        ),
        (
            invoice(row(rest="<salesinvoiceproductlinevatsum>25,49</salesinvoiceproductlinevatsum>"
                             "<salesinvoiceproductlinesum>125,49</salesinvoiceproductlinesum>")),
            "125.49",
            {"1702": "125.49", "3000": "-100.00", "2939": "-25.49"},
        ),
        (
            invoice(row(rest="<salesinvoiceproductlinesum>1</salesinvoiceproductlinesum>")),
            "125.50",
            {"1702": "125.50", "3000": "-100.00", "2939": "-25.50"},
        ),
        (
            invoice(tail='<invoicevoucherlines><voucherline><linesum type="net">100,00</linesum>'
                         '<accountnumber>3100</accountnumber><vatpercent vatcode="KOMY">25,5</vatpercent></voucherline>'
                         '<voucherline><linesum type="net">25,50</linesum><accountnumber>2939</accountnumber>'
                         '<vatpercent vatcode="NONE">0</vatpercent></voucherline></invoicevoucherlines>'),
            "125.50",
            {"1702": "125.50", "3100": "-100.00", "2939": "-25.50"},
        ),
    ],
)  # fmt: skip
async def test_sums_and_postings(netvisor: Netvisor, body, gross, ledger):
    await netvisor.ok(ADD, body)
    assert await netvisor.balance() == {account: Decimal(amount) for account, amount in ledger.items()}
    assert Decimal((await netvisor.summary())["sales_invoices"]["gross"]) == Decimal(gross)


async def test_rows_without_product_orders_drafts_and_comments(netvisor: Netvisor):
    comment = "<invoiceline><salesinvoicecommentline><comment>Kiitos</comment></salesinvoicecommentline></invoiceline>"
    key = (await netvisor.ok(ADD, invoice(row(product="") + comment))).key
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}&showcommentlines=1")
    assert read.one("SalesInvoice/InvoiceLines/InvoiceLine/SalesInvoiceCommentLine/Comment") == "Kiitos"
    await netvisor.options(product_code_required=True)
    assert await netvisor.refused(ADD, invoice(row(product=""))) == "INVALID_DATA"
    order = (await netvisor.ok(ADD, invoice(sort="order", status="undelivered"))).key
    await netvisor.ok(ADD, invoice(sort="invoicedraft", status=""))
    orders = await netvisor.ok("salesinvoicelist.nv?listtype=preinvoice")
    assert orders.all("SalesInvoiceList/SalesInvoice/NetvisorKey") == [str(order)]
    await netvisor.ok(f"deletesalesinvoice.nv?orderid={order}")
    assert (await netvisor.summary())["orders"]["count"] == 0


@pytest.mark.parametrize(
    "body",
    [
        invoice(customer="nobody"),
        invoice(row(product="nothing")),
        invoice(row(account="9999")),
        invoice(row(code="RAMY")),
        invoice(row(rate="21")),
        invoice(status="paid"),
        invoice(sort="receipt"),
        invoice(terms=""),
        invoice(COMMENT),
        invoice(tail=file("salesinvoiceattachment", attribute=' type="doc"')),
        invoice(date="31.3.2025"),
        invoice(amount="x"),
        invoice(terms="<expectpartialpayments>1</expectpartialpayments><paymenttermnetdays>14</paymenttermnetdays>"),
        invoice().replace("<productname>", "<unknown/><productname>"),
        invoice().replace('type="net"', 'type="brutto"'),
        invoice().replace(' type="customer">1<', ">1<"),
        invoice().replace("<invoicelines>", "<invoicelines/><invoicelines>"),
    ],
)  # fmt: skip
async def test_what_is_refused(netvisor: Netvisor, body):
    assert await netvisor.refused(ADD, body) == "INVALID_DATA"
    assert (await netvisor.summary())["sales_invoices"]["count"] == 0


async def test_the_method_must_be_given_and_the_period_open(netvisor: Netvisor):
    assert await netvisor.refused("salesinvoice.nv", invoice()) == "INVALID_DATA"
    await netvisor.options(accounting_locked_until="2025-03-31")
    assert await netvisor.refused(ADD, invoice()) == "PERIOD_LOCK"
    key = (await netvisor.ok(ADD, invoice(status="unsent"))).key
    assert await netvisor.refused(f"updatesalesinvoicestatus.nv?netvisorkey={key}&status=open", "") == "PERIOD_LOCK"


async def test_totals_are_a_switch(netvisor: Netvisor):
    await netvisor.options(total_tolerance="0.01")
    await netvisor.ok(ADD, invoice(amount="125,51"))
    assert await netvisor.refused(ADD, invoice(amount="125,60")) == "INVALID_DATA"


async def test_edit_and_delete(netvisor: Netvisor):
    key = (await netvisor.ok(ADD, invoice(number="5"))).key
    answer = await netvisor.ok(f"salesinvoice.nv?method=edit&id={key}", invoice(row("20"), number="6"))
    assert answer.root.find("Replies") is None
    assert (await netvisor.balance())["1702"] == 251
    edit = "<root><salesinvoice><salesinvoiceprivatecomment>huom</salesinvoiceprivatecomment></salesinvoice></root>"
    await netvisor.ok(f"salesinvoice.nv?method=edit&id={key}", edit)
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}")
    assert read.one("SalesInvoice/SalesInvoicePrivateComment") == "huom"
    assert read.one("SalesInvoice/SalesInvoiceNumber") == "6"
    assert read.one("SalesInvoice/SalesInvoiceAmount") == "251.00"
    assert await netvisor.refused("salesinvoice.nv?method=edit&id=99", invoice()) == "INVALID_DATA"
    await netvisor.ok(f"deletesalesinvoice.nv?invoiceid={key}")
    assert await netvisor.balance() == {}
    gone = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}")
    assert not len(gone.root.find("SalesInvoice"))
    today = (await netvisor.control("GET", "clock"))["now"][:10]
    deleted = await netvisor.ok(f"deletedsalesinvoices.nv?deletedsince={today}")
    assert deleted.one("DeletedSalesInvoices/DeletedSalesInvoice/NetvisorKey") == str(key)
    assert await netvisor.refused(f"deletesalesinvoice.nv?invoiceid={key}") == "INVALID_DATA"


async def test_lists_are_filtered(netvisor: Netvisor):
    first = (await netvisor.ok(ADD, invoice(date="2025-01-15", number="1"))).key
    second = (await netvisor.ok(ADD, invoice(date="2025-02-15", number="2", customer="2", status="unsent"))).key

    async def keys(query: str) -> list[int]:
        answer = await netvisor.ok(f"salesinvoicelist.nv?{query}")
        return [int(key) for key in answer.all("SalesInvoiceList/SalesInvoice/NetvisorKey")]

    assert await keys("") == [first, second]
    assert await keys(f"InvoicesAboveNetvisorKey={first}") == [second]
    assert await keys("begininvoicedate=2025-02-01&endinvoicedate=2025-02-28") == [second]
    assert await keys("customercode=1") == [first]
    assert await keys("customernetvisorkey=2") == [second]
    assert await keys("invoicestatus=unsent") == [second]
    assert await keys("invoicestatus=overdue") == [first]
    assert await keys("lastmodifiedstart=2020-01-01T00:00:00") == [first, second]
    assert await keys("lastmodifiedstart=2099-01-01T00:00:00") == []
    assert await keys("invoicenumber=3") == []
    both = await netvisor.ok(f"getsalesinvoice.nv?netvisorkeylist={first},{second},99")
    assert len(both.all("SalesInvoices/SalesInvoice")) == 2
    for query in ("listtype=x", "invoicestatus=x", "begininvoicedate=x", "invoicesabovenetvisorkey=x"):
        assert await netvisor.refused(f"salesinvoicelist.nv?{query}") == "INVALID_DATA"


async def test_payments(netvisor: Netvisor):
    key = (await netvisor.ok(ADD, invoice(number="1007"))).key
    for body in (payment("99", "1"), payment("1007", "100,00"), payment("1007", "200"), payment("1007", "0"),
                 payment("1007", "-125,50"), payment("1007", "x"), payment("1007", "125,50", date="2.4.2025"),
                 payment("1007", "125,50", method="<paymentmethod>x</paymentmethod>")):  # fmt: skip
        assert await netvisor.refused("salespayment.nv", body) == "INVALID_DATA"
    made = (await netvisor.ok("salespayment.nv", payment("1007", "125,50"))).key
    assert await netvisor.balance() == {"1930": Decimal("125.50"), "3000": Decimal(-100), "2939": Decimal("-25.50")}
    assert await netvisor.refused("salespayment.nv", payment("1007", "125,50")) == "INVALID_DATA"
    listed = await netvisor.ok(f"salespaymentlist.nv?invoicenetvisorkey={key}")
    assert listed.one("SalesPaymentList/SalesPayment/Date") == "2.4.2025"
    assert listed.one("SalesPaymentList/SalesPayment/Sum") == "125,50"
    assert listed.one("SalesPaymentList/SalesPayment/BankStatus") == "OK"
    assert await netvisor.refused(f"deletesalesinvoice.nv?invoiceid={key}") == "INVALID_DATA"
    assert await netvisor.refused(f"salesinvoice.nv?method=edit&id={key}", invoice()) == "INVALID_DATA"
    await netvisor.ok(f"deletesalespayment.nv?paymentid={made}")
    assert (await netvisor.balance())["1702"] == Decimal("125.50")
    assert await netvisor.refused(f"deletesalespayment.nv?paymentid={made}") == "INVALID_DATA"
    empty = await netvisor.ok("salespaymentlist.nv")
    assert not len(empty.root.find("SalesPaymentList"))


async def test_parts_references_banks_and_discounts(netvisor: Netvisor):
    terms = "<paymenttermnetdays>14</paymenttermnetdays><expectpartialpayments>1</expectpartialpayments>"
    reference = "<salesinvoicereferencenumber>0010074</salesinvoicereferencenumber>"
    await netvisor.ok(ADD, invoice(number="1", terms=terms, before=reference))
    bank = '<paymentmethod type="bankaccount">FI21 1234 5600 0007 85</paymentmethod>'
    await netvisor.ok("salespayment.nv", payment("10074", "100", sort="reference", method=bank))
    listed = await netvisor.ok("salesinvoicelist.nv?invoicenumber=1")
    assert listed.one("SalesInvoiceList/SalesInvoice/OpenSum") == "25,50"
    assert await netvisor.refused("salespayment.nv", payment("1", "25,51")) == "INVALID_DATA"
    await netvisor.ok("salespayment.nv", payment("1", "25,50"))
    terms = (
        "<paymenttermnetdays>14</paymenttermnetdays><paymenttermcashdiscountdays>5</paymenttermcashdiscountdays>"
        '<paymenttermcashdiscount type="percentage">2</paymenttermcashdiscount>'
    )
    await netvisor.ok(ADD, invoice(number="2", terms=terms))
    assert await netvisor.refused("salespayment.nv", payment("2", "122,99", date="2025-04-06")) == "INVALID_DATA"
    override = (
        '<paymentmethod type="alternative" overrideaccountingaccountnumber="1900" '
        'overridesalesreceivableaccountnumber="1701">Muu</paymentmethod>'
    )
    assert await netvisor.refused("salespayment.nv", payment("2", "122,98", method=override)) == "INVALID_DATA"
    await netvisor.ok("salespayment.nv", payment("2", "122,99", method=override))
    balance = await netvisor.balance()
    assert (balance["1910"], balance["1900"], balance["3500"]) == (100, Decimal("122.99"), Decimal("2.51"))
    await netvisor.options(payment_methods="known")
    await netvisor.ok(ADD, invoice(number="3"))
    assert await netvisor.refused("salespayment.nv", payment("3", "125,50", method=override.replace(
        ' overrideaccountingaccountnumber="1900"', ""))) == "INVALID_DATA"  # fmt: skip


async def test_a_credit_note_is_matched_by_hand(netvisor: Netvisor):
    whole = (await netvisor.ok(ADD, invoice())).key
    credit = (await netvisor.ok(ADD, invoice(row("-4")))).key
    body = (f"<root><matchcreditnote><creditnotenetvisorkey>{credit}</creditnotenetvisorkey>"
            f"<invoicenetvisorkey>{whole}</invoicenetvisorkey></matchcreditnote></root>")  # fmt: skip
    await netvisor.ok("matchcreditnote.nv", body)
    listed = await netvisor.ok("salesinvoicelist.nv")
    assert listed.all("SalesInvoiceList/SalesInvoice/OpenSum") == ["75,30", "0,00"]
    assert await netvisor.refused("matchcreditnote.nv", body) == "INVALID_DATA"
    assert await netvisor.refused("matchcreditnote.nv", body.replace(f">{whole}<", ">99<")) == "INVALID_DATA"


async def test_foreign_currency(netvisor: Netvisor):
    body = invoice(amount="125,50").replace('"EUR"', '"SEK" currencyrate="10"')
    key = (await netvisor.ok(ADD, body)).key
    assert (await netvisor.balance())["1702"] == Decimal("12.55")
    pay = payment(str(key), "125,50", sort="netvisor").replace('"EUR"', '"SEK"')
    await netvisor.ok("salespayment.nv", pay)
    assert (await netvisor.balance())["1930"] == Decimal("12.55")
    listed = await netvisor.ok("salespaymentlist.nv")
    assert listed.one("SalesPaymentList/SalesPayment/ForeignCurrencyAmount") == "125,50"
