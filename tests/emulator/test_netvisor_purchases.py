from decimal import Decimal

import pytest
from tests.emulator.netvisor_client import Netvisor, bill, file

IMAGE = file("purchaseinvoiceattachment", attribute=' documenttype="invoiceimage"')
READY = "<readyforaccounting>1</readyforaccounting>"


async def test_an_invoice_with_its_image_is_read_back(netvisor: Netvisor):
    key = (await netvisor.ok("purchaseinvoice.nv", bill(tail=IMAGE))).key
    read = await netvisor.ok(f"getpurchaseinvoice.nv?netvisorkey={key}&version=2&include=invoiceimage")
    base = "PurchaseInvoice/"
    assert read.one(base + "PurchaseInvoiceNumber") == "OL-778"
    assert read.one(base + "PurchaseInvoiceDate") == "2025-03-20"
    assert read.one(base + "PurchaseInvoiceAmount") == "125,50"
    assert read.one(base + "InvoiceImage") == "JVBERi0xLjQK"
    assert read.one(base + "Attachments/Attachment/AttachmentBase64Data") == "JVBERi0xLjQK"
    assert read.one(base + "InvoiceLines/PurchaseInvoiceLine/LineNetSum") == "100,00"
    assert read.one(base + "InvoiceLines/PurchaseInvoiceLine/VatCode") == "KOOS"
    assert read.one(base + "IsAccounted") == "False"
    inside = base + "InvoiceLines/PurchaseInvoiceLine/PurchaseInvoiceLineDimensions/Dimension/DimensionDetailName"
    assert read.one(inside) == "P-100"
    first = await netvisor.ok(f"getpurchaseinvoice.nv?netvisorkey={key}&omitattachments=1")
    assert first.one(base + "InvoiceLines/PurchaseInvoiceLineDimensions/Dimension/DimensionName") == "Projekti"
    assert first.root.find(base + "Attachments") is None
    listed = await netvisor.ok("purchaseinvoicelist.nv?invoicenumber=OL-778&paymentstatus=unpaid")
    assert listed.one("PurchaseInvoiceList/PurchaseInvoice/Vendor") == "Toimittaja Oy"
    assert listed.one("PurchaseInvoiceList/PurchaseInvoice/OpenSum") == "125,50"
    files = await netvisor.ok(f"getattachments.nv?netvisorkey={key}")
    assert files.one("Attachments/Attachment/FileName") == "e.pdf"
    assert await netvisor.balance() == {}


async def test_posting_and_paying(netvisor: Netvisor):
    key = (await netvisor.ok("purchaseinvoice.nv", bill(ready=READY))).key
    assert await netvisor.balance() == {"4000": Decimal(100), "1763": Decimal("25.50"), "2871": Decimal("-125.50")}
    await netvisor.act("pay_purchase_invoice", key=key, amount="125.50", date="2025-04-03")
    paid = await netvisor.ok("purchaseinvoicelist.nv?paymentstatus=paid")
    assert paid.one("PurchaseInvoiceList/PurchaseInvoice/Payments") == "125,50"
    assert (await netvisor.balance())["1910"] == Decimal("-125.50")


async def test_posting_data_comes_later(netvisor: Netvisor):
    key = (await netvisor.ok("purchaseinvoice.nv", bill())).key
    line = (
        "<purchaseinvoicepostingline><productname>Vuokra</productname><deliveredamount>1</deliveredamount>"
        '<unitprice>125,50</unitprice><vatpercent vatcode="NONE">0</vatpercent><linesum type="gross">{}</linesum>'
        "<accountingsuggestion>7230</accountingsuggestion></purchaseinvoicepostingline>"
    )
    body = (
        f"<root><purchaseinvoicepostingdata><purchaseinvoicenetvisorkey>{key}</purchaseinvoicenetvisorkey>"
        "<status>accepted</status><isreadyforaccounting>1</isreadyforaccounting>{}</purchaseinvoicepostingdata></root>"
    )
    assert await netvisor.refused("purchaseinvoicepostingdata.nv", body.format(line.format("1,00"))) == "INVALID_DATA"
    await netvisor.options(accounting_locked_until="2025-03-31")
    assert await netvisor.refused("purchaseinvoicepostingdata.nv", body.format("")) == "PERIOD_LOCK"
    await netvisor.options(accounting_locked_until=None)
    await netvisor.ok("purchaseinvoicepostingdata.nv", body.format(line.format("125,50")))
    assert await netvisor.balance() == {"7230": Decimal("125.50"), "2871": Decimal("-125.50")}
    assert await netvisor.refused("purchaseinvoicepostingdata.nv", body.format("")) == "INVALID_DATA"


async def test_reverse_charge_from_another_country(netvisor: Netvisor):
    country = "<vendorcountry>EE</vendorcountry>"
    body = bill(country=country, status="accepted", vendor="<vendorname>Elektriabi OÜ</vendorname>", account="")
    await netvisor.ok("purchaseinvoice.nv", body)
    balance = await netvisor.balance()
    assert balance["2871"] == Decimal("-125.50")
    assert balance["1763"] == -balance["2939"] == Decimal("32.00")


async def test_vendors_are_matched_or_made(netvisor: Netvisor):
    async def vendor(**parts: str) -> tuple[str, str]:
        key = (await netvisor.ok("purchaseinvoice.nv", bill(**parts))).key
        read = await netvisor.ok(f"getpurchaseinvoice.nv?netvisorkey={key}")
        return read.one("PurchaseInvoice/VendorNetvisorKey"), read.one("PurchaseInvoice/VendorName")

    known = "<accountnumber>FI42 5000 1510 0000 23</accountnumber>"
    assert await vendor(account=known, vendor="<vendorname>Joku muu</vendorname>") == ("1", "Toimittaja Oy")
    assert await vendor(account="", vendor="<vendorname>pilvipalvelu oy</vendorname>") == ("3", "Pilvipalvelu Oy")
    by_id = "<organizationidentifier>2468013-1</organizationidentifier>"
    assert await vendor(account=by_id, vendor="<vendorname>Valo</vendorname>") == ("2", "Sähköliike Valo Oy")
    code = "<vendorcode>T2</vendorcode><vendorname>Toimittaja Oy</vendorname>"
    forced = "<primaryvendormatchtype>code</primaryvendormatchtype>"
    assert (await vendor(vendor=code, account=known + "", extra=forced))[0] == "2"
    new = await vendor(vendor="<vendorname>Uusi Oy</vendorname>")
    assert new == ("5", "Uusi Oy")
    assert (await vendor(vendor="<vendorname>Uusi Oy</vendorname>"))[0] == "5"
    assert await netvisor.refused("purchaseinvoice.nv", bill(vendor="", account="")) == "INVALID_DATA"


async def test_locked_dates_move_only_when_asked(netvisor: Netvisor):
    await netvisor.options(purchase_locked_until="2025-03-31")
    assert await netvisor.refused("purchaseinvoice.nv", bill()) == "PERIOD_LOCK"
    key = (await netvisor.ok("purchaseinvoice.nv", bill(find="true"))).key
    read = await netvisor.ok(f"getpurchaseinvoice.nv?netvisorkey={key}")
    assert read.one("PurchaseInvoice/PurchaseInvoiceDate") == "2025-04-01"


@pytest.mark.parametrize(
    "body",
    [
        bill(number=""), bill(date="x"), bill(source="fax"), bill(status="done"), bill(amount="x"), bill(value=""),
        bill().replace('"brutto"', '"gross"'), bill().replace(">4000<", ">9999<"), bill().replace(">25,5<", ">21<"),
        bill(tail=file("purchaseinvoiceattachment", attribute=' documenttype="photo"')),
        bill(extra="<unknown>1</unknown>"), bill(country="<vendorcountry>Finland</vendorcountry>", account="",
                                                 vendor="<vendorname>Tuntematon</vendorname>"),
    ],
)  # fmt: skip
async def test_what_is_refused(netvisor: Netvisor, body):
    assert await netvisor.refused("purchaseinvoice.nv", body) == "INVALID_DATA"
    assert (await netvisor.summary())["purchase_invoices"]["count"] == 0


async def test_switches(netvisor: Netvisor):
    for rule, count in (("ignore", 0), ("accept", 1)):
        await netvisor.reset(manual_attachments=rule)
        key = (await netvisor.ok("purchaseinvoice.nv", bill(source="manual", tail=IMAGE))).key
        files = await netvisor.ok(f"getattachments.nv?netvisorkey={key}")
        assert len(files.all("Attachments/Attachment")) == count
    await netvisor.reset(manual_attachments="refuse", purchase_duplicates="refuse", valuedate_required=False)
    assert await netvisor.refused("purchaseinvoice.nv", bill(source="manual", tail=IMAGE)) == "INVALID_DATA"
    await netvisor.ok("purchaseinvoice.nv", bill(value=""))
    assert await netvisor.refused("purchaseinvoice.nv", bill()) == "DUPLICATE_DATA"
    await netvisor.reset(finvoice_delay_s=60, clock_skew_s=None)
    key = (await netvisor.ok("purchaseinvoice.nv", bill(tail=IMAGE))).key
    listed = await netvisor.ok("purchaseinvoicelist.nv")
    assert not listed.all("PurchaseInvoiceList/PurchaseInvoice")
    await netvisor.control("POST", "clock", {"advance_s": 61})
    listed = await netvisor.ok("purchaseinvoicelist.nv")
    assert listed.all("PurchaseInvoiceList/PurchaseInvoice/NetvisorKey") == [str(key)]


async def test_an_unknown_invoice_is_an_empty_element(netvisor: Netvisor):
    read = await netvisor.ok("getpurchaseinvoice.nv?netvisorkey=99")
    assert not len(read.root.find("PurchaseInvoice"))
    for query in ("", "netvisorkey=1&include=x", "netvisorkey=1&version=3"):
        assert await netvisor.refused(f"getpurchaseinvoice.nv?{query}") == "INVALID_DATA"
    for query in ("invoicestatus=x", "paymentstatus=x", "begininvoicedate=x"):
        assert await netvisor.refused(f"purchaseinvoicelist.nv?{query}") == "INVALID_DATA"


async def test_payment_orders(netvisor: Netvisor):
    body = (
        "<root><payment><bankpaymentmessagetype>FinnishReference</bankpaymentmessagetype>"
        "<bankpaymentmessage>1070</bankpaymentmessage><recipient><name>Toimittaja Oy</name>"
        '<country type="ISO-3166">FI</country></recipient>'
        "<sourcebankaccountnumber>FI2112345600000785</sourcebankaccountnumber><destinationbankaccount>"
        "<destinationbankaccountnumber>FI4250001510000023</destinationbankaccountnumber></destinationbankaccount>"
        "<duedate>3.4.2025</duedate><amount>125,50</amount></payment></root>"
    )
    await netvisor.ok("payment.nv", body)
    listed = await netvisor.ok("paymentlist.nv")
    assert listed.one("PaymentList/Payment/HomeCurrencySum") == "125,50"
    assert listed.one("PaymentList/Payment/Date") == "2025-04-03"
    for old, new in ((">125,50<", ">-1<"), ("FinnishReference", "Morse"), ("FI2112345600000785", "FI00")):
        assert await netvisor.refused("payment.nv", body.replace(old, new)) == "INVALID_DATA"
