import base64
from decimal import Decimal

import pytest
from tests.emulator.merit_client import VAT24, Merit, period, purchase, row, sale

BILL_COLUMNS = [
    "PIHId", "DepartmentCode", "DepartmentName", "Dimension1Code", "Dimension7Code", "BatchInfo", "BillNo",
    "DocumentDate", "TransactionDate", "VendorId", "VendorName", "VendorRegNo", "DueDate", "Fine", "CurrencyCode",
    "CurrencyRate", "TaxAmount", "RoundingAmount", "TotalAmount", "ProfitAmount", "TotalSum", "ReferenceNo",
    "PriceInclVat", "VatRegNo", "PaidAmount", "FileExists", "InboundTime", "Operator", "Paid", "ChangedDate",
]  # fmt: skip
ENTRY = {
    "DocNo": "PK-1",
    "BatchDate": "20260430",
    "EntryRow": [
        {"AccountCode": "8600", "Debit": 24.5, "Memo": "Kulu", "DepartmentCode": "MAIN"},
        {"AccountCode": "1000", "Credit": "24.50"},
    ],
}


async def test_a_purchase_invoice_there_and_back(merit: Merit):
    content = base64.b64encode(b"%PDF-1.4").decode()
    made = await merit.bill(Attachment={"FileName": "arve.pdf", "FileContent": content})
    assert (made["BillNo"], made["BatchInfo"], made["NewVendor"]) == ("A-17", "OS-1", "Paberivabrik AS")
    (shown,) = await merit.ok("v2/getpurchorders", period(UnPaid=True))
    assert set(BILL_COLUMNS) <= set(shown)
    assert (shown["TotalSum"], shown["VendorRegNo"], shown["FileExists"]) == (124, "10000018", True)
    (old,) = await merit.ok("v1/getpurchorders", period())
    assert {"ProjectCode", "CostCenterCode"} <= set(old)
    detail = await merit.invoice(made["BillId"], "getpurchorder")
    assert detail["Attachment"] == {"Filename": "arve.pdf", "FileContent": content}
    assert detail["Lines"][0]["AccountCode"] == "4200"
    assert (await merit.invoice(made["BillId"], "getpurchorder", SkipAttachment=True))["Attachment"] is None
    (batch,) = await merit.ok("v1/GetGLBatchesFull", period(WithLines=1))
    lines = {one["AccountCode"]: one["DebitAmount"] - one["CreditAmount"] for one in batch["Entries"]}
    assert lines == {"2110": -124, "4200": 100, "2315": 24}


async def test_reverse_charge_owes_no_vat_to_the_vendor(merit: Merit):
    tax = next(one["Id"] for one in await merit.ok("v1/gettaxes") if one["Code"] == "ELTPK24")
    rows = [row(TaxId=tax, Quantity=1, Price=100, GLAccountCode="4210")]
    for amount in (24, 0):
        made = await merit.bill(InvoiceRow=rows, TaxAmount=[{"TaxId": tax, "Amount": amount}], TotalAmount=100)
        header = (await merit.invoice(made["BillId"], "getpurchorder"))["Header"]
        assert (header["TotalSum"], header["TaxAmount"]) == (100, 0)
    batch = (await merit.ok("v1/GetGLBatchesFull", period(WithLines=1)))[0]
    lines = {one["AccountCode"]: one["DebitAmount"] - one["CreditAmount"] for one in batch["Entries"]}
    assert lines == {"2110": -100, "4210": 100, "2315": 24, "2310": -24}


async def test_bills_without_items_and_refused_ones(merit: Merit):
    made = await merit.bill(
        InvoiceRow=[{"Quantity": 1, "Price": 100, "TaxId": VAT24, "GLAccountCode": "4220"}], BillNo=None
    )
    assert made["BillNo"] is None
    for change, message in (
        ({"Vendor": {"Name": "X"}}, "Hankijal mõni kohustuslik väli puudu."),
        ({"TotalAmount": 1}, "ei vasta"),
        ({"InvoiceRow": [row(GLAccountCode="1")]}, "Kontot 1 ei leitud"),
    ):
        assert message in await merit.refused("v2/sendpurchinvoice", purchase(**change))
    answer = await merit.call("v2/sendpurchinvoice", purchase(Vendor=None))
    assert answer.status == 500
    assert (await merit.summary())["purchase_invoices"]["count"] == 1


async def test_what_awaits_approval_is_in_no_ledger(merit: Merit):
    await merit.ok("v2/sendpurchorder", purchase())
    assert await merit.ok("v2/getpurchorders", period()) == []
    assert await merit.ok("v1/getglbatches", period()) == []
    (order,) = await merit.ok("v2/GetPOrders", period(DateFilter=0, WithAttachments=True))
    assert (order["BillNo"], order["Attachment"], order["BatchInfo"]) == ("A-17", None, None)
    assert await merit.ok("v2/GetPOrders", period("20260501", "20260531", DateFilter=2)) == []


async def test_sales_are_paid_in_parts_and_bills_whole(merit: Merit):
    made = await merit.sale()
    pay = {"CustomerName": "õunapuu oü", "InvoiceNo": "2026001", "PaymentDate": "202604201530", "Amount": "100.00"}
    await merit.ok("v2/sendpayment", pay)
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["PaidAmount"], header["Paid"]) == (100, False)
    assert "ei sobi" in await merit.refused("v2/sendpayment", {**pay, "Amount": 160.41})
    await merit.ok("v1/sendpayment", {**pay, "Amount": 160.40, "RefNo": "20260011", "InvoiceNo": None})
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["PaidAmount"], header["Paid"]) == (Decimal("260.40"), True)
    assert "juba tasutud" in await merit.refused("v2/sendpayment", pay)
    await merit.bill()
    bill = {"VendorName": "Paberivabrik AS", "BillNo": "A-17", "PaymentDate": "20260421", "Amount": 100}
    assert "kogu summa" in await merit.refused("v2/sendPaymentV", bill)
    paid = await merit.ok("v2/sendPaymentV", {**bill, "Amount": 124, "IBAN": "EE38 2200 2210 2014 5685"})
    assert paid["BillNo"] == "A-17"
    shown = await merit.ok("v2/getpayments", period())
    assert [(one["Direction"], one["CounterPartType"], one["Amount"], one["BankName"]) for one in shown] == [
        (1, 2, 100, "Sularaha"), (1, 2, Decimal("160.40"), "Sularaha"), (2, 3, 124, "Swedbank"),
    ]  # fmt: skip
    (detail,) = shown[2]["PaymAPIDetails"]
    assert (detail["DocNo"], detail["PaidAmount"], detail["DocId"]) == ("A-17", 124, paid["BillId"])
    assert len(await merit.ok("v2/getpayments", period(PaymentType=2))) == 1
    bank = (await merit.ok("v1/getbanks"))[0]["BankId"]
    assert len(await merit.ok("v2/getpayments", period(BankId=bank))) == 1
    balances = {one["AccountCode"]: one["Balance"] for one in (await merit.ok("v1/getbalancerep"))["Rows"]}
    assert (balances["1200"], balances["2110"], balances["1020"]) == (0, 0, -124)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CustomerName": None}, "Puudub klient nimega ."),
        ({"CustomerName": "Keegi"}, "Puudub klient nimega Keegi."),
        ({"InvoiceNo": "X"}, "Arvet X ei leitud"),
        ({"IBAN": "EE00"}, "Pangakontot EE00 ei leitud"),
        ({"BankId": "0b0b0b0b-0000-4000-8000-000000000001"}, "Makseviisi ei leitud"),
        ({"CurrencyCode": "USD"}, "Arve valuuta on EUR"),
        ({"Amount": -1}, "ei sobi"),
        ({"Amount": 0}, "ei sobi"),
    ],
)
async def test_refused_payments(merit: Merit, change, message):
    await merit.sale()
    pay = {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "2026001", "PaymentDate": "20260420", "Amount": 10}
    assert message in await merit.refused("v2/sendpayment", {**pay, **change})
    assert (await merit.summary())["payments"]["count"] == 0


async def test_older_rule_and_whether_a_payment_touches_its_invoice(merit: Merit):
    await merit.options(now="2026-04-16T09:00:00Z", clock_skew_s=0)
    made = await merit.sale()
    await merit.options(now="2026-04-20T09:00:00Z", partial_sales_payments=False)
    pay = {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "2026001", "PaymentDate": "20260420", "Amount": 100}
    assert "kogu summa" in await merit.refused("v2/sendpayment", pay)
    await merit.options(partial_sales_payments=True)
    await merit.ok("v2/sendpayment", pay)
    changed = (await merit.invoice(made["InvoiceId"]))["Header"]["ChangedDate"]
    assert changed == "2026-04-16T12:00:00"
    await merit.options(payment_bumps_invoice=True)
    await merit.ok("v2/sendpayment", pay)
    changed = (await merit.invoice(made["InvoiceId"]))["Header"]["ChangedDate"]
    assert changed == "2026-04-20T12:00:00"


async def test_several_payments_with_the_invoice(merit: Merit):
    parts = [
        {"PaymentMethod": "Sularaha", "PaidAmount": 60.4, "PaymDate": "20260416"},
        {"PaymentMethod": "pangakaart", "PaidAmount": 200},
    ]
    made = await merit.ok("v1/sendinvoice2", sale(Payments=parts))
    detail = await merit.invoice(made["InvoiceId"])
    assert (detail["Header"]["Paid"], len(detail["Payments"])) == (True, 2)


async def test_a_batch_by_hand(merit: Merit):
    made = await merit.ok("v1/sendglbatch", ENTRY)
    (header,) = await merit.ok("v1/getglbatches", period())
    assert (header["GLBId"], header["BatchCode"], header["No"], header["Document"]) == (
        made["BatchId"], "PÄ", "1", "PK-1",
    )  # fmt: skip
    assert set(header) == {
        "GLBId", "BatchCode", "No", "Document", "BatchDate", "CurrencyCode", "CurrencyRate", "TotalAmount",
        "PriceInclVat", "FileExists", "ChangedDate",
    }  # fmt: skip
    detail = await merit.ok("v1/getglbatch", {"Id": made["BatchId"], "AddAttachment": True})
    assert [(one["AccountCode"], one["DebitAmount"]) for one in detail["Lines"]] == [("8600", 24.5), ("1000", 0)]
    (full,) = await merit.ok("v1/GetGLBatchesFull", period(WithLines=1, WithCostAlloc=1))
    assert full["Entries"][0]["AccontName"] == "Muud kulud"
    assert full["Entries"][0]["DepartmentCode"] == "MAIN"
    assert "Entries" not in (await merit.ok("v1/getglbatchesfull", period(WithLines=0)))[0]
    await merit.options(batch_no="number")
    assert (await merit.ok("v1/getglbatches", period()))[0]["No"] == 1


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"DocNo": None}, 400, "DocNo"),
        ({"EntryRow": None}, 500, "EntryRow"),
        ({"EntryRow": [{"AccountCode": "1000", "Debit": 1}]}, 400, "ei ole võrdsed"),
        ({"EntryRow": [{"AccountCode": "1", "Debit": 0}]}, 400, "Kontot 1 ei leitud"),
        ({"EntryRow": [{"AccountCode": "1000", "Debit": 1, "Credit": 1}]}, 400, "kas deebet või kreedit"),
        ({"EntryRow": [{"AccountCode": "1000", "DepartmentCode": "X"}]}, 400, "Osakonda X ei leitud"),
        ({"EntryRow": [{"AccountCode": "1000", "TaxId": VAT24}]}, 500, "Nullable"),
        ({"BatchDate": None}, 500, "BatchDate"),
    ],
)
async def test_refused_batches(merit: Merit, change, status, message):
    assert message in await merit.refused("v1/sendglbatch", {**ENTRY, **change}, status)
    assert await merit.ok("v1/getglbatches", period()) == []


async def test_the_full_ledger_takes_31_days(merit: Merit):
    for start, end, status in (("20260101", "20260131", 200), ("20260101", "20260201", 400)):
        answer = await merit.call("v1/GetGLBatchesFull", period(start, end, WithLines=1))
        assert answer.status == status
    assert answer.message == "Periood liiga pikk(max 31 päeva)"


async def test_foreign_batches_and_invoices_in_local_money(merit: Merit):
    await merit.sale(CurrencyCode="USD", CurrencyRate=2)
    batch = (await merit.ok("v1/GetGLBatchesFull", period(WithLines=1)))[0]
    receivable = batch["Entries"][0]
    assert (receivable["DebitAmount"], receivable["DebitCurrency"]) == (Decimal("130.20"), Decimal("260.40"))


async def test_reports(merit: Merit):
    made = await merit.sale()
    body = {"CustName": "Õunapuu OÜ", "OverDueDays": 5, "DebtDate": "20260510"}
    (debt,) = await merit.ok("v1/getcustdebtrep", body)
    assert (debt["DocNo"], debt["UnPaidAmount"]) == ("2026001", Decimal("260.40"))
    assert await merit.ok("v1/getcustdebtrep", {**body, "OverDueDays": 50}) == []
    (row_,) = await merit.ok("v2/getsalesrep", {"StartDate": "20260401", "EndDate": "20260430", "ReportType": 1})
    assert (row_["invoiceNo"], row_["customerId"]) == ("2026001", made["CustomerId"])
    pay = {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "2026001", "PaymentDate": "20260420", "Amount": 10}
    for _ in range(5):
        await merit.ok("v2/sendpayment", pay)
    await merit.options(report_rows=2)
    page = await merit.ok("v2/getcustpaymrep", period(CustId=made["CustomerId"]))
    sizes = [len(page["Data"])]
    while page["HasMore"]:
        page = await merit.ok("v2/getmoredata", {"Id": page["Id4More"]})
        sizes.append(len(page["Data"]))
    assert sizes == [2, 2, 1]
    profit = await merit.ok("v1/getprofitrep", {"EndDate": "20260430", "PerCount": 1})
    assert profit["Rows"] == [{"AccountCode": "3000", "Description": "Müügitulu", "Balance": -210}]
