from decimal import Decimal

import pytest
from tests.emulator.smart_client import Smart, purchase, receipt, row

ADD = "purchasesales/vendorinvoices:add"
GET = "purchasesales/vendorinvoices:get"


@pytest.fixture
async def vendor(smart: Smart) -> str:
    await smart.article()
    return await smart.vendor()


async def test_a_bill_is_answered_read_back_and_posted(smart: Smart, vendor: str):
    answer = await smart.bill(vendor, referenceNumber="123")
    assert (answer["vendorId"], answer["invoiceNumber"], answer["referenceNumber"]) == (vendor, "A-1", "123")
    found = await smart.shown_invoice(answer["invoiceId"], "vendor")
    assert (found["outstandingAmount"], found["vendor"]["name"]) == (124, "Kontoritarbed OÜ")
    assert not {"type", "invoiceNote", "offerId", "baseForCreditInvoiceId"} & set(found)
    assert not {"discount", "accountSales"} & set(found["rows"][0])
    assert await smart.balances() == {"2110": -124, "4210": 100, "1085": 24}


@pytest.mark.parametrize("missing", ["vendorId", "date", "invoiceNumber", "currency", "rows"])
async def test_the_vendors_number_is_required_here(smart: Smart, vendor: str, missing):
    body = purchase(vendor)
    del body[missing]
    answer = await smart.call(ADD, body)
    assert answer.json["errors"] == [{"key": "REQUIRED", "message": f"{missing} is required"}]


async def test_vat_is_counted_or_taken_from_the_document(smart: Smart, vendor: str):
    counted = await smart.bill(vendor, isCalculateVat=True, vatAmount=99)
    assert counted["vatAmount"] == 24
    given = await smart.bill(vendor, isCalculateVat=False, vatAmount=23.99)
    assert (given["vatAmount"], given["totalAmount"]) == (Decimal("23.99"), Decimal("123.99"))
    answer = await smart.call(ADD, purchase(vendor, isCalculateVat=False))
    assert answer.json["errors"][0]["message"] == "vatAmount is required"
    assert (await smart.balances())["1085"] == Decimal("47.99")


@pytest.mark.parametrize(
    ("country", "code", "kind"),
    [("EE", "24-PM", "NATIONAL"), ("DE", "24-EL-T", "UNION"), ("US", "24-V", "OTHER"), ("EE", "24", None)],
)
async def test_reverse_charge_is_derived_and_posted_on_both_sides(smart: Smart, vendor: str, country, code, kind):
    vendor = await smart.vendor("Muu", address={"country": country})
    answer = await smart.bill(vendor, rows=[row(vatPc=code)])
    found = await smart.shown_invoice(answer["invoiceId"], "vendor")
    assert found["reverseVatChargeType"] == kind
    balances = await smart.balances()
    if kind is None:
        assert balances == {"2110": -124, "4210": 100, "1085": 24}
    else:
        assert found["totalAmount"] == 100
        assert balances == {"2110": -100, "4210": 100, "1085": 24, "2315": -24}


async def test_a_negative_quantity_is_a_credit(smart: Smart, vendor: str):
    answer = await smart.bill(vendor, rows=[row(quantity=-1)])
    found = await smart.shown_invoice(answer["invoiceId"], "vendor")
    assert found["totalAmount"] == found["outstandingAmount"] == -124
    assert await smart.balances() == {"2110": 124, "4210": -100, "1085": -24}


async def test_refusals(smart: Smart, vendor: str):
    keys = await smart.refused(ADD, purchase("no", rows=[row(code="X", vatPc="0-EX", accountPurchase="9")]))
    assert keys == ["VENDOR-NOT-FOUND", "ARTICLE-NOT-FOUND", "ACCOUNT-NOT-FOUND", "VAT-PC-NOT-ACTIVE"]
    assert await smart.refused(GET) == ["DATE-FROM-REQUIRED"]


async def test_edit_delete_and_pdf(smart: Smart, vendor: str):
    identity = (await smart.bill(vendor))["invoiceId"]
    body = {**purchase(vendor, rows=[row(accountPurchase="4240")]), "id": identity}
    await smart.ok("purchasesales/vendorinvoices:edit", body)
    assert await smart.balances() == {"2110": -124, "4240": 100, "1085": 24}
    answer = await smart.call("purchasesales/vendorinvoices:getpdf", id=identity)
    assert answer.raw.startswith(b"%PDF")
    assert (await smart.call("purchasesales/vendorinvoices:getxml", id=identity)).status == 404
    await smart.ok("purchasesales/vendorinvoices:delete", {}, id=identity)
    assert await smart.balances() == {}
    assert (await smart.ok(GET, paymentStatus="unpaid"))["vendorInvoices"] == []


async def test_filters_and_payment(smart: Smart, vendor: str):
    first = await smart.bill(vendor, invoiceNumber="A-1")
    await smart.bill(vendor, invoiceNumber="A-2")
    pay = {
        **receipt("", first["invoiceId"], 124),
        "partnerType": "VENDOR",
        "vendorId": vendor,
        "rows": [{"type": "VENDOR_INVOICE", "id": first["invoiceId"], "amount": 124}],
    }
    await smart.ok("purchasesales/payments:add", pay)
    unpaid = (await smart.ok(GET, paymentStatus="unpaid", vendorId=vendor))["vendorInvoices"]
    assert [item["invoiceNumber"] for item in unpaid] == ["A-2"]
    found = (await smart.ok(GET, dateFrom="01.01.2026", vendorName="kontori"))["vendorInvoices"]
    assert len(found) == 2
    assert (await smart.balances())["1021"] == -124
    assert (await smart.summary())["duplicates"]["vendor_invoices"] == []
    await smart.bill(vendor, invoiceNumber="A-2")
    assert (await smart.summary())["duplicates"]["vendor_invoices"] == ["A-2"]
