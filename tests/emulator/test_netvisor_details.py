"""Small print of the vendor's pages and DTDs that clients lean on."""

from decimal import Decimal

from tests.emulator.netvisor_client import Netvisor, bill, customer, headers_for, invoice, line, payment, voucher

LEDGER = "accountingledger.nv?startdate=2025-01-01&enddate=2025-12-31"
ADD = "salesinvoice.nv?method=add"
STATUS = "updatesalesinvoicestatus.nv"


async def test_zero_filters_nothing(netvisor: Netvisor):
    """Typed clients write 0 for a key that they do not have."""
    await netvisor.ok("accounting.nv", voucher())
    await netvisor.ok(ADD, invoice())
    await netvisor.ok("purchaseinvoice.nv", bill())
    for query, path in (
        (f"{LEDGER}&vouchertype=0&accountnumberstart=0&accountnumberend=0", "Vouchers/Voucher"),
        ("salesinvoicelist.nv?customernetvisorkey=0&salesinvoicebatchid=0", "SalesInvoiceList/SalesInvoice"),
        ("purchaseinvoicelist.nv?purchaseinvoicebatchid=0", "PurchaseInvoiceList/PurchaseInvoice"),
    ):
        assert (await netvisor.ok(query)).root.find(path) is not None, query
    assert (await netvisor.ok("salesinvoicelist.nv?salesinvoicebatchid=1")).all("SalesInvoiceList/SalesInvoice") == []


async def test_vouchers_have_the_lengths_of_the_vendors_page(netvisor: Netvisor):
    await netvisor.ok("accounting.nv", voucher(text="x" * 255))
    assert await netvisor.refused("accounting.nv", voucher(text="x" * 256)) == "INVALID_DATA_SIZE"


async def test_amounts_may_be_binary_floats_written_out(netvisor: Netvisor):
    lines = line("1701", "30.299999999999997") + line("3000", "-30.3")
    await netvisor.ok("accounting.nv", voucher(lines))
    assert await netvisor.balance() == {"1701": Decimal("30.3"), "3000": Decimal("-30.3")}


async def test_accounts_of_the_balance_sheet_are_cumulative(netvisor: Netvisor):
    answer = await netvisor.ok("accountlist.nv")
    shown = {
        item.findtext("Number"): item.findtext("IsCumulative")
        for item in answer.root.iterfind("AccountList/Accounts/*")
    }
    assert (shown["1701"], shown["2871"], shown["3000"], shown["8570"]) == ("1", "1", "0", "0")


async def test_pages_of_vendors_are_told_in_headers(netvisor: Netvisor):
    await netvisor.reset(vendor_page_size=3)
    target = "getvendor.nv?changedsince=2000-01-01"
    told = []
    for at in ("&page=1", "&page=2", ""):
        url = f"{netvisor.base_url}/{target}{at}"
        async with netvisor.session.get(url, headers=headers_for(url)) as response:
            told.append({name: value for name, value in response.headers.items() if "Pagination" in name})
    prefix = "X-Netvisor-Pagination-"
    counts = {prefix + "Limit": "3", prefix + "Total-Count": "4"}
    assert told == [
        {**counts, prefix + "Current-Page": "1", prefix + "Next-Page": "2"},
        {**counts, prefix + "Current-Page": "2", prefix + "Previous-Page": "1"},
        {},
    ]


async def test_products_are_listed_as_wanted(netvisor: Netvisor):
    passive = (
        "<root><product><productbaseinformation><productcode>OLD</productcode><productgroup>Palvelut</productgroup>"
        '<name>Vanha</name><unitprice type="net">1</unitprice><isactive>0</isactive><issalesproduct>1</issalesproduct>'
        "</productbaseinformation></product></root>"
    )
    key = (await netvisor.ok("product.nv?method=add", passive)).key

    async def codes(query: str) -> list[str]:
        return (await netvisor.ok(f"productlist.nv?{query}")).all("ProductList/Product/ProductCode")

    everything = await codes("")
    assert await codes("published=1&unpublished=1&deleted=1") == everything
    assert await codes("deleted=0") == everything
    assert await codes("published=1&deleted=1") == [code for code in everything if code != "OLD"]
    assert await codes("published=0") == ["OLD"]
    assert await codes("published=0&unpublished=0") == []
    for option in (1, 2, 3):
        shown = await netvisor.ok(f"getproduct.nv?id={key}&replyoption={option}")
        assert not len(shown.root.find("Product")), option
    assert len((await netvisor.ok(f"getproduct.nv?id={key}&replyoption=0")).root.find("Product"))


async def test_an_edit_blanks_what_is_empty_and_keeps_what_must_be_there(netvisor: Netvisor):
    product = "<root><product><productbaseinformation>{}</productbaseinformation></product></root>"
    for name in ("name", "productgroup", "isactive"):
        body = product.format(f"<{name}></{name}>")
        assert await netvisor.refused("product.nv?method=edit&id=1", body) == "INVALID_DATA", name
    await netvisor.ok("product.nv?method=edit&id=1", product.format("<unit></unit>"))
    assert (await netvisor.ok("getproduct.nv?id=1")).one("Product/ProductBaseInformation/Unit") == ""
    terms = (
        "<paymenttermnetdays>14</paymenttermnetdays><paymenttermcashdiscountdays>7</paymenttermcashdiscountdays>"
        '<paymenttermcashdiscount type="percentage">2</paymenttermcashdiscount>'
    )
    key = (await netvisor.ok(ADD, invoice(terms=terms))).key
    edit = f"salesinvoice.nv?method=edit&id={key}"
    empty = "<paymenttermcashdiscountdays></paymenttermcashdiscountdays><paymenttermcashdiscount/>"
    await netvisor.ok(edit, f"<root><salesinvoice>{empty}</salesinvoice></root>")
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}")
    assert read.one("SalesInvoice/PaymentTermCashDiscountDays") == ""
    assert read.one("SalesInvoice/PaymentTermCashDiscount") == "0"
    assert read.one("SalesInvoice/PaymentTermNetDays") == "14"
    dateless = "<root><salesinvoice><salesinvoicedate></salesinvoicedate></salesinvoice></root>"
    assert await netvisor.refused(edit, dateless) == "INVALID_DATA"


async def test_attributes_that_the_dtds_require(netvisor: Netvisor):
    def lines(attribute: str) -> str:
        return (
            f'<voucherline><linesum type="net">1</linesum><accountnumber>3000</accountnumber>'
            f"<vatpercent{attribute}>0</vatpercent></voucherline>"
        )

    own = "<invoicevoucherlines>{}</invoicevoucherlines>"
    assert await netvisor.refused(ADD, invoice(tail=own.format(lines("")))) == "INVALID_DATA"
    key = (await netvisor.ok(ADD, invoice(tail=own.format(lines(' vatcode="NONE"'))))).key
    paid = payment(str(key), "125,50", sort="netvisor")
    with_lines = "<salespaymentvoucherlines>{}</salespaymentvoucherlines></salespayment>"
    bare = paid.replace("</salespayment>", with_lines.format(lines("")))
    assert await netvisor.refused("salespayment.nv", bare) == "INVALID_DATA"
    tag = "<customtags><tag><tagname>a</tagname><tagvalue{}>b</tagvalue></tag></customtags>"
    assert await netvisor.refused(ADD, invoice(tail=tag.format(""))) == "INVALID_DATA"
    await netvisor.ok(ADD, invoice(tail=tag.format(' datatype="text"')))
    part = "<partialpaymentdetails><paidamount{}>1</paidamount></partialpaymentdetails>"
    assert await netvisor.refused("purchaseinvoice.nv", bill(tail=part.format(""))) == "INVALID_DATA"
    await netvisor.ok("purchaseinvoice.nv", bill(tail=part.format(' amountcurrencyidentifier="EUR"')))


async def test_long_numbers_and_rates_of_nothing(netvisor: Netvisor):
    body = invoice(number="202503310001").replace('code="EUR"', 'code="EUR" currencyrate="0"')
    await netvisor.ok(ADD, body)
    listed = await netvisor.ok("salesinvoicelist.nv?invoicenumber=202503310001")
    assert listed.one("SalesInvoiceList/SalesInvoice/InvoiceSum") == "125,50"
    negative = invoice().replace('code="EUR"', 'code="EUR" currencyrate="-1"')
    assert await netvisor.refused(ADD, negative) == "INVALID_DATA"


async def test_lists_of_invoices_by_status_and_country(netvisor: Netvisor):
    keys = [(await netvisor.ok(ADD, invoice(date="2025-03-31", number=str(at)))).key for at in (1, 2, 3)]
    await netvisor.ok(f"{STATUS}?netvisorkey={keys[0]}&status=reminded", "")
    await netvisor.ok(f"{STATUS}?netvisorkey={keys[1]}&status=collected", "")

    async def found(query: str) -> list[int]:
        answer = await netvisor.ok(f"salesinvoicelist.nv?{query}")
        return [int(key) for key in answer.all("SalesInvoiceList/SalesInvoice/NetvisorKey")]

    assert await found("invoicestatus=overdue") == keys
    assert await found("invoicestatus=open") == keys
    assert await found("invoicestatus=reminded") == [keys[0]]
    for name in ("invoicingcustomercontrycode", "invoicingcustomercountrycode"):
        assert await found(f"{name}=DE") == []
        assert await found(f"{name}=FI") == keys


async def test_orders_have_a_resource_and_statuses_of_their_own(netvisor: Netvisor):
    key = (await netvisor.ok(ADD, invoice(sort="order", status="undelivered"))).key
    orders = "salesinvoicelist.nv?listtype=preinvoice&invoicestatus="
    listed = await netvisor.ok(orders + "undelivered")
    assert listed.one("SalesInvoiceList/SalesInvoice/Uri").endswith(f"/getorder.nv?netvisorkey={key}")
    assert (await netvisor.ok(orders + "delivered")).all("SalesInvoiceList/SalesInvoice") == []
    read = await netvisor.ok(f"getorder.nv?netvisorkey={key}")
    assert read.root.find("SalesInvoice/InvoiceStatus").get("status") == "undelivered"


async def test_an_invoice_may_be_unsent_again_until_money_came(netvisor: Netvisor):
    key = (await netvisor.ok(ADD, invoice())).key
    await netvisor.ok(f"{STATUS}?netvisorkey={key}&status=unsent", "")
    assert await netvisor.balance() == {}
    await netvisor.ok(f"{STATUS}?netvisorkeylist={key}&status=open", "")
    assert (await netvisor.balance())["1702"] > 0
    await netvisor.ok("salespayment.nv", payment(str(key), "125,50", sort="netvisor"))
    assert await netvisor.refused(f"{STATUS}?netvisorkey={key}&status=unsent", "") == "INVALID_DATA"


async def test_payments_are_listed_in_the_types_of_the_vendors_page(netvisor: Netvisor):
    await netvisor.reset(now="2025-04-02T09:05:06Z", clock_skew_s=None)
    bank = '<paymentmethod type="bankaccount">FI21 1234 5600 0007 85</paymentmethod>'
    for method in ("", bank):
        key = (await netvisor.ok(ADD, invoice())).key
        await netvisor.ok("salespayment.nv", payment(str(key), "125,50", sort="netvisor", method=method))
    listed = await netvisor.ok("salespaymentlist.nv?limitlinkedpayments=1")
    path = "SalesPaymentList/SalesPayment/"
    assert listed.all(path + "LastModifiedTimestamp") == ["2.4.2025 12:05:06"] * 2
    assert listed.all(path + "PaymentAccountNumber") == ["", "FI2112345600000785"]
    assert all(source.isdigit() for source in listed.all(path + "PaymentSource"))
    assert (await netvisor.ok("salespaymentlist.nv?limitlinkedpayments=0")).all(path + "NetvisorKey") == []


async def test_paid_purchase_invoices_stand_in_the_list_of_payments(netvisor: Netvisor):
    keys = []
    for at, ready in ((1, "<readyforaccounting>1</readyforaccounting>"), (2, "")):
        keys.append((await netvisor.ok("purchaseinvoice.nv", bill(f"OL-{at}", ready=ready))).key)
        await netvisor.act("pay_purchase_invoice", key=keys[-1], amount="25.50", date=f"2025-04-0{at}")

    async def invoices(query: str) -> list[str]:
        return (await netvisor.ok(f"paymentlist.nv?{query}")).all("PaymentList/Payment/InvoiceKey")

    first, second = (str(key) for key in keys)
    assert await invoices("") == [first, second]
    assert await invoices("limitabovenetvisorkey=1") == [second]
    assert await invoices("limitbegindate=2025-04-01&limitenddate=2025-04-01") == [first]
    assert await invoices(f"limitinvoiceid={second}") == [second]
    assert await invoices("limitreference=1") == []
    listed = await netvisor.ok("paymentlist.nv")
    assert listed.all("PaymentList/Payment/InvoiceNumber") == ["OL-1", "OL-2"]
    voucher_key = listed.all("PaymentList/Payment/VoucherKey")[0]
    ledger = await netvisor.ok(f"accountingledger.nv?netvisorkey={voucher_key}")
    assert "OL-1" in ledger.one("Vouchers/Voucher/VoucherDescription")
    assert [item["invoice"] for item in (await netvisor.state())["payments"]] == keys


async def test_rows_of_purchase_invoices_know_no_vat_code(netvisor: Netvisor):
    body = bill().replace("<vatpercent>", '<vatpercent vatcode="RAOS">')
    key = (await netvisor.ok("purchaseinvoice.nv", body)).key
    read = await netvisor.ok(f"getpurchaseinvoice.nv?netvisorkey={key}")
    assert read.one("PurchaseInvoice/InvoiceLines/PurchaseInvoiceLine/VatCode") == "KOOS"


async def test_dimension_items_with_codes(netvisor: Netvisor):
    def item(inner: str) -> str:
        return f"<root><dimensionitem><name>Projekti</name>{inner}</dimensionitem></root>"

    async def shown() -> dict[str, tuple[str | None, str | None]]:
        answer = await netvisor.ok("dimensionlist.nv")
        details = answer.root.iterfind("DimensionNameList/DimensionName/DimensionDetails/DimensionDetail")
        return {each.findtext("Name"): (each.findtext("Code"), each.findtext("Label")) for each in details}

    new = "<item>Sivusto</item><code>P001</code><label>Sivusto</label><activityperiodstart>{}</activityperiodstart>"
    assert await netvisor.refused("dimensionitem.nv?method=add", item(new.format("soon"))) == "INVALID_DATA"
    await netvisor.ok("dimensionitem.nv?method=add", item(new.format("2025-01-01")))
    assert (await shown())["P001 Sivusto"] == ("P001", "Sivusto")
    child = "<item>Osa</item><fathercode>P001</fathercode><fatherlabel>Sivusto</fatherlabel>"
    await netvisor.ok("dimensionitem.nv?method=add", item(child))
    assert (await shown())["Osa"] == (None, None)
    old = "<item>Kauppa</item><code>P002</code><oldcode>P001</oldcode><oldlabel>Sivusto</oldlabel>"
    await netvisor.ok("dimensionitem.nv?method=edit", item(old))
    assert (await shown())["P002 Kauppa"] == ("P002", "Kauppa")
    await netvisor.ok("dimensionitem.nv?method=edit", item("<item>Verkko</item><olditem>P002 Kauppa</olditem>"))
    assert (await shown())["Verkko"] == (None, None)


async def test_a_cash_discount_may_be_a_sum(netvisor: Netvisor):
    terms = (
        "<paymenttermnetdays>14</paymenttermnetdays><paymenttermcashdiscountdays>7</paymenttermcashdiscountdays>"
        '<paymenttermcashdiscount type="sum">5,50</paymenttermcashdiscount>'
    )
    key = (await netvisor.ok(ADD, invoice(terms=terms))).key
    read = await netvisor.ok(f"getsalesinvoice.nv?netvisorkey={key}")
    assert read.root.find("SalesInvoice/PaymentTermCashDiscount").get("type") == "sum"
    low = payment(str(key), "119,99", sort="netvisor")
    assert await netvisor.refused("salespayment.nv", low) == "INVALID_DATA"
    await netvisor.ok("salespayment.nv", payment(str(key), "120,00", sort="netvisor"))
    assert "1702" not in await netvisor.balance()


async def test_groups_of_accounts_have_balances_by_key(netvisor: Netvisor):
    await netvisor.ok("accounting.nv", voucher())
    accounts = (await netvisor.ok("accountlist.nv")).root.find("AccountList/Accounts")
    sales = next(item for item in accounts if item.findtext("Number") == "3000")
    target = f"accountbalance.nv?balancedates=2025-12-31&netvisorkey={sales.findtext('FatherNetvisorKey')}"
    assert (await netvisor.ok(target)).one("AccountBalances/Account/AccountBalance/Balance") == "-1000,00"
    everything = await netvisor.ok("accountbalance.nv?balancedates=2025-12-31")
    assert len(everything.all("AccountBalances/Account")) == sum(item.findtext("Number") != "" for item in accounts)


async def test_a_customer_is_active_unless_said_otherwise(netvisor: Netvisor):
    for at, (given, shown) in enumerate((("", "1"), ("0", "0"), ("True", "1"))):
        key = (await netvisor.ok(
            "customer.nv?method=add", customer(code=f"A{at}", base=f"<isactive>{given}</isactive>")
        )).key  # fmt: skip
        read = await netvisor.ok(f"getcustomer.nv?id={key}")
        assert read.one("Customer/CustomerBaseInformation/IsActive") == shown
