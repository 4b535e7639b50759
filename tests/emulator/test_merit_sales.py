import base64
from decimal import Decimal

import pytest
from tests.emulator.merit_client import VAT24, Merit, period, row, sale

ROW_V1 = {"ProjectCode", "CostCenterCode"}
COLUMNS = [
    "SIHId", "DepartmentCode", "DepartmentName", "Dimension1Code", "Dimension7Code", "AccountingDoc", "BatchInfo",
    "InvoiceNo", "DocumentDate", "TransactionDate", "CustomerId", "CustomerName", "CustomerRegNo", "HComment",
    "FComment", "DueDate", "CurrencyCode", "CurrencyRate", "TaxAmount", "RoundingAmount", "TotalAmount",
    "ProfitAmount", "TotalSum", "UserName", "ReferenceNo", "PriceInclVat", "VatRegNo", "PaidAmount", "EInvSent",
    "EInvSentDate", "EmailSent", "Paid", "ChangedDate",
]  # fmt: skip


async def test_the_sheets_sample_comes_back_as_the_sheet_shows_it(merit: Merit):
    made = await merit.sale()
    assert (made["InvoiceNo"], made["RefNo"], made["NewCustomer"]) == ("2026001", "20260011", "Õunapuu OÜ")
    (shown,) = await merit.ok("v2/getinvoices", period(UnPaid=False, DateType=0))
    assert set(COLUMNS) <= set(shown)
    assert shown["SIHId"] == made["InvoiceId"]
    assert shown["CustomerId"] == made["CustomerId"]
    assert (shown["BatchInfo"], shown["AccountingDoc"], shown["UserName"]) == ("MA-1", 1, "Merit API")
    assert (shown["DocumentDate"], shown["DueDate"]) == ("2026-04-16T00:00:00", "2026-04-30T00:00:00")
    amounts = [shown[name] for name in ("TaxAmount", "TotalAmount", "TotalSum", "PaidAmount", "ProfitAmount")]
    assert amounts == [Decimal("50.40"), 210, Decimal("260.40"), 0, 210]
    assert (shown["EmailSent"], shown["Paid"], shown["EInvSentDate"]) == ("1901-01-01T00:00:00", False, None)
    again = await merit.ok("v2/sendinvoice", sale(InvoiceNo="2026002"))
    assert again["NewCustomer"] is None
    assert again["CustomerId"] == made["CustomerId"]


async def test_the_ledger_holds_the_invoice_as_the_sheet_shows_it(merit: Merit):
    made = await merit.sale()
    (batch,) = await merit.ok("v1/GetGLBatchesFull", period(WithLines=1, WithCostAlloc=0, DateType=0))
    assert (batch["BatchCode"], batch["No"], batch["Document"]) == ("MA", "1", "2026001")
    assert (batch["DocId"], batch["TotalAmount"]) == (made["InvoiceId"], Decimal("260.40"))
    lines = [(one["AccountCode"], one["DebitAmount"], one["CreditAmount"]) for one in batch["Entries"]]
    assert lines == [("1200", Decimal("260.40"), 0), ("3000", 0, 210), ("2310", 0, Decimal("50.40"))]
    assert batch["Entries"][1]["TaxId"] == VAT24


async def test_v1_lacks_dimensions_and_accounting_doc(merit: Merit):
    made = await merit.sale(version=1, ProjectCode="P-1", Dimensions=[{"DimId": 9}])
    (shown,) = await merit.ok("v1/getinvoices", period())
    assert "Dimension1Code" not in shown
    assert "AccountingDoc" not in shown
    assert shown["ProjectCode"] == "P-1"
    detail = await merit.invoice(made["InvoiceId"], version=1, AddAttachment=True)
    assert detail["Allocations"] == []
    assert "DicountAmount" in detail["Lines"][0]
    assert "FileContent" in detail["Header"]


async def test_detail_with_dimensions_payment_and_attachment(merit: Merit):
    content = base64.b64encode(b"%PDF-1.4 own").decode()
    made = await merit.sale(
        Dimensions=[{"DimId": 1, "DimCode": "P-1"}], DepartmentCode="TRT", Hcomment="Tere", ContractNo="L-7",
        Payment={"PaymentMethod": "Sularaha", "PaidAmount": 100, "PaymDate": "20260417"}, PDF=content, FileName="a.pdf",
        InvoiceRow=[row(Dimensions=[{"DimId": 2, "DimCode": "kk-1"}], DepartmentCode="MAIN")],
    )  # fmt: skip
    detail = await merit.invoice(made["InvoiceId"], AddAttachment=True)
    header, (line,), (payment,) = detail["Header"], detail["Lines"], detail["Payments"]
    assert (header["Dimension1Code"], header["DepartmentName"], header["HComment"]) == ("P-1", "Tartu", "Tere")
    assert header["Dimensions"][0]["DimCode"] == "P-1"
    assert (header["PaidAmount"], header["FileExists"], header["ContractNo"]) == (100, True, "L-7")
    assert line["DimAllocation"] == [{"DimId": 2, "Code": "KK-1", "AllocPct": 100, "AllocAmount": 210}]
    assert (line["AmountExclVat"], line["AmountInclVat"], line["TaxPct"]) == (210, Decimal("260.40"), 24)
    assert (payment["Amount"], payment["PaymentMethod"]) == (100, "Sularaha")
    assert detail["Attachment"] == {"Filename": "a.pdf", "FileContent": content}
    assert (await merit.invoice(made["InvoiceId"]))["Attachment"] is None
    printed = await merit.invoice(made["InvoiceId"], "getsalesinvpdf", DelivNote=False)
    assert printed == {"FileName": "a.pdf", "FileContent": content}


async def test_the_servers_own_pdf(merit: Merit):
    made = await merit.sale()
    printed = await merit.invoice(made["InvoiceId"], "getsalesinvpdf", DelivNote="false")
    assert printed["FileName"] == "Arve_2026001.pdf"
    content = base64.b64decode(printed["FileContent"])
    assert content.startswith(b"%PDF-1.4")
    assert b"260.40" in content
    note = base64.b64decode((await merit.invoice(made["InvoiceId"], "getsalesinvpdf", DelivNote=True))["FileContent"])
    assert b"260.40" not in note


async def test_a_credit_invoice_has_negative_sums_and_a_positive_tax_amount(merit: Merit):
    made = await merit.sale(InvoiceNo="K-1", InvoiceRow=[row(Quantity=-3.5)], TotalAmount=-210)
    assert made["RefNo"] is None
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["TotalAmount"], header["TaxAmount"], header["TotalSum"]) == (
        -210,
        Decimal("-50.40"),
        Decimal("-260.40"),
    )
    summary = await merit.summary()
    assert summary["credit_invoices"] == {"count": 1, "net": "-210.00", "vat": "-50.40", "gross": "-260.40"}
    assert summary["batches"]["unbalanced"] == 0


@pytest.mark.parametrize("number", ["15", "1121", "KALA00009", None])
async def test_reference_numbers(merit: Merit, number):
    made = await merit.sale(InvoiceNo=number)
    assert made["InvoiceNo"] == number
    assert made["RefNo"] == {"15": "152", "1121": "11219"}.get(number or "")
    assert (await merit.sale(RefNo="anything"))["RefNo"] == "anything"


async def test_dialects_of_dates_numbers_and_booleans(merit: Merit):
    made = await merit.sale(
        Customer={"Name": "Uus", "CountryCode": "EE", "NotTDCustomer": "true"}, DocDate="20260416121530",
        DueDate="202604301200", InvoiceRow=[row(Quantity="3.5", Price="60.00")], TotalAmount="210.00",
        TaxAmount=[{"taxid": VAT24.upper(), "amount": "50.40"}], UnknownField={"a": [1]},
    )  # fmt: skip
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["DocumentDate"], header["DueDate"]) == ("2026-04-16T00:00:00", "2026-04-30T00:00:00")
    (card,) = await merit.ok("v1/getcustomers", {"name": "uus"})
    assert card["NotTDCustomer"] is True
    assert len(await merit.ok("v2/getinvoices", {"periodstart": "20260401", "PERIODEND": 20260430})) == 1


async def test_items_and_customers_are_made_with_the_invoice_and_looked_up_after(merit: Merit):
    await merit.sale()
    (item,) = await merit.ok("v1/getitems", {"Code": "KONS-1"})
    assert (item["Name"], item["Type0"], item["Type"], item["UnitofMeasureName"]) == ("Nõustamine", 2, "Teenus", "h")
    # An existing card overrides what is sent with the name.
    await merit.sale(Customer={"Name": "õunapuu oü", "CountryCode": "FI", "RegNo": "9"}, InvoiceNo="2")
    (card,) = await merit.ok("v1/getcustomers", {})
    assert (card["CountryCode"], card["RegNo"]) == ("EE", "12345678")
    # An id wins over everything else.
    made = await merit.sale(Customer={"Id": card["CustomerId"], "Name": "Hoopis muu"}, InvoiceNo="3")
    assert (made["CustomerId"], made["NewCustomer"]) == (card["CustomerId"], None)


@pytest.mark.parametrize("field", ["Customer", "TaxAmount", "InvoiceRow"])
async def test_what_is_missing_altogether_ends_in_500(merit: Merit, field):
    answer = await merit.call("v2/sendinvoice", {k: v for k, v in sale().items() if k != field})
    assert (answer.status, answer.json["ErrorCode"]) == (500, "NullReferenceException")
    answer = await merit.call("v2/sendinvoice", sale(InvoiceRow=[{**row(), "Item": None}]))
    assert answer.status == 500
    assert (await merit.summary())["sales_invoices"]["count"] == 0


REFUSED = [
    ({"Customer": {"Name": "Uus"}}, "Kliendil mõni kohustuslik väli puudu.\r\n"),
    ({"Customer": {"CountryCode": "EE"}}, "Kliendil mõni kohustuslik väli puudu.\r\n"),
    ({"Customer": {"Id": "0b0b0b0b-0000-4000-8000-000000000001"}}, "Klienti ei leitud"),
    ({"TotalAmount": 210.01}, "Arve summa 210.01 ei vasta ridade summale 210.00"),
    ({"TaxAmount": [{"TaxId": VAT24, "Amount": 50.41}]}, "Käibemaksu summa 50.41 ei vasta ridade käibemaksule 50.40"),
    ({"InvoiceRow": [row(TaxId="0b0b0b0b-0000-4000-8000-000000000001")]}, "Käibemaksu"),
    ({"InvoiceRow": [row(TaxId=None)]}, "Käibemaksu"),
    ({"InvoiceRow": [row(Item={"Code": "X"})]}, "Kohustuslik väli puudu: Description"),
    ({"InvoiceRow": [row(Item={"Description": "X"})]}, "Kohustuslik väli puudu: Code"),
    ({"InvoiceRow": [row(Item={"Code": "X" * 21, "Description": "x"})]}, "liiga pikk"),
    ({"InvoiceRow": [row(GLAccountCode="9999")]}, "Kontot 9999 ei leitud"),
    ({"InvoiceRow": [row(LocationCode="77")]}, "Ladu 77 ei leitud"),
    ({"InvoiceRow": [row()] * 201, "TaxAmount": []}, "liiga palju ridu"),
    ({"InvoiceRow": [row(DiscountPct=101)]}, "Allahindluse"),
    ({"DepartmentCode": "X"}, "Osakonda X ei leitud"),
    ({"Dimensions": [{"DimId": 1, "DimCode": "X"}]}, "Dimensiooni"),
    ({"CurrencyCode": "XXX"}, "Valuutat XXX ei leitud"),
    ({"AccountingDoc": 10}, "AccountingDoc"),
    ({"InvoiceNo": "1" * 36}, "InvoiceNo"),
    ({"Payment": {"PaymentMethod": "Bitcoin", "PaidAmount": 1}}, "Makseviisi Bitcoin ei leitud"),
    ({"Payment": {"PaymentMethod": "Sularaha", "PaidAmount": 300}}, "Makse summa"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
async def test_refusals_leave_nothing_behind(merit: Merit, change, message):
    before = await merit.state()
    assert message in await merit.refused("v2/sendinvoice", sale(**change))
    assert await merit.state() == before


@pytest.mark.parametrize("field", ["DocDate", "DueDate", "InvoiceRow", "TaxAmount", "TotalAmount", "Customer"])
async def test_values_of_the_wrong_form_are_a_format_exception(merit: Merit, field):
    answer = await merit.call("v2/sendinvoice", sale(**{field: "16.04.2026"}))
    assert (answer.status, answer.json["ErrorCode"]) == (500, "FormatException")
    assert set(answer.json) == {"Id", "ErrorCode", "Message"}


async def test_every_row_is_rounded_by_itself(merit: Merit):
    rows = [row(Quantity=1, Price=0.335)] * 3
    # 0.34 and 0.08 a row; the sum of unrounded rows would be 1.01 and 0.24.
    made = await merit.sale(InvoiceRow=rows, TotalAmount=1.02, TaxAmount=[{"TaxId": VAT24, "Amount": 0.24}])
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert header["TotalAmount"] == Decimal("1.02")
    assert "ei vasta" in await merit.refused("v2/sendinvoice", sale(InvoiceRow=rows, TotalAmount=1.01, TaxAmount=[]))
    # Half to even is taken as well: the mode is unknown.
    even = [row(Quantity=1, Price=0.125)]
    for total, vat in ((0.13, 0.03), (0.12, 0.03)):
        await merit.sale(InvoiceRow=even, TotalAmount=total, TaxAmount=[{"TaxId": VAT24, "Amount": vat}])
    await merit.options(check_totals=False)
    await merit.sale(TotalAmount=1)
    assert (await merit.summary())["batches"]["unbalanced"] == 0


async def test_discounts_rounding_and_empty_tax_amount(merit: Merit):
    rows = [row(Quantity=2, Price=100, DiscountPct=10), row(Quantity=1, Price=50, DiscountAmount=5)]
    made = await merit.sale(InvoiceRow=rows, TotalAmount=225, TaxAmount=[], RoundingAmount=0.01)
    detail = await merit.invoice(made["InvoiceId"])
    assert [line["DiscountAmount"] for line in detail["Lines"]] == [20, 5]
    assert (detail["Header"]["TaxAmount"], detail["Header"]["TotalSum"]) == (54, Decimal("279.01"))
    await merit.options(empty_tax_amount="zero")
    assert "ei vasta" in await merit.refused("v2/sendinvoice", sale(TaxAmount=[]))


async def test_duplicate_numbers_are_taken_counted_and_refused_on_demand(merit: Merit):
    await merit.sale()
    await merit.sale()
    assert (await merit.summary())["duplicates"]["sales_invoices"] == ["2026001"]
    assert len(await merit.ok("v2/getinvoices2", {"InvNo": "2026001"})) == 2
    await merit.options(duplicate_numbers="refuse")
    assert "2026001" in await merit.refused("v2/sendinvoice", sale())


async def test_search_by_number_and_customer(merit: Merit):
    made = await merit.sale()
    await merit.sale(InvoiceNo="7", Customer={"Name": "Teine", "CountryCode": "EE"})
    for body in ({"InvNo": "2026001"}, {"CustName": "õunapuu oü"}, {"CustId": made["CustomerId"]}):
        (found,) = await merit.ok("v2/getinvoices2", body)
        assert found["SIHId"] == made["InvoiceId"]
    assert await merit.ok("v2/getinvoices2", {"InvNo": "7", "CustId": made["CustomerId"]}) == []
    await merit.refused("v2/getinvoices2", {})


async def test_currency(merit: Merit):
    made = await merit.sale(CurrencyCode="USD")
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["CurrencyCode"], header["CurrencyRate"]) == ("USD", Decimal("1.084"))
    made = await merit.sale(CurrencyCode="SEK", CurrencyRate="11.5")
    assert (await merit.invoice(made["InvoiceId"]))["Header"]["CurrencyRate"] == Decimal("11.5")
    answer = await merit.call("v1/sendinvoice", sale(CurrencyCode="USD"))
    assert answer.status == 400


async def test_stock_moves_and_crediting_it_needs_a_cost(merit: Merit):
    item = {"Code": "TOOL", "Description": "Tool", "Type": 1, "UOMName": "tk"}
    await merit.bill(InvoiceRow=[row(Item=item, Quantity=10, Price=10)], TaxAmount=[], TotalAmount=100)
    made = await merit.sale(InvoiceRow=[row(Item=item, Quantity=3, Price=20)], TaxAmount=[], TotalAmount=60)
    assert (await merit.ok("v1/getitems", {"Code": "TOOL"}))[0]["InventoryQty"] == 7
    credit = sale(InvoiceRow=[row(Item=item, Quantity=-1, Price=20)], TaxAmount=[], TotalAmount=-20)
    assert "ItemCostAmount" in await merit.refused("v2/sendinvoice", credit)
    credit["InvoiceRow"][0]["ItemCostAmount"] = 10
    await merit.ok("v2/sendinvoice", credit)
    await merit.ok("v1/deleteinvoice", {"Id": made["InvoiceId"]})
    assert (await merit.ok("v1/getitems", {"Code": "TOOL"}))[0]["InventoryQty"] == 11


async def test_delete(merit: Merit):
    made = await merit.sale()
    identity = made["InvoiceId"]
    pay = {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "2026001", "PaymentDate": "20260420", "Amount": 260.40}
    paid = await merit.ok("v2/sendpayment", pay)
    message = await merit.refused("v1/deleteinvoice", {"Id": identity})
    assert message == "Tasutud arvet ei saa kustutada. Enne kustutage makse."
    await merit.ok("v1/deletepayment", {"Id": paid["PaymentId"]})
    assert await merit.ok("v1/deleteinvoice", {"Id": identity}) == "Müügiarve 2026001 16/04/2026 kustutatud."
    assert "ei leitud" in await merit.refused("v2/getinvoice", {"Id": identity})
    assert await merit.ok("v1/getglbatches", period()) == []
    assert await merit.ok("v2/getinvoices2", {"InvNo": "2026001"}) == []


async def test_email_and_einvoice(merit: Merit):
    made = await merit.sale()
    body = {"Id": made["InvoiceId"], "DelivNote": False}
    assert await merit.refused("v2/sendinvoicebyemail", body) == "Müügiarve seadistustes saatja e-mail täitmata"
    await merit.options(sender_email=True)
    await merit.refused("v2/sendinvoicebyemail", body)
    await merit.ok("v1/updatecustomer", {"Id": made["CustomerId"], "Email": "a@b.example"})
    assert await merit.ok("v2/sendinvoicebyemail", body) == "OK"
    assert await merit.ok("v2/sendinvoiceaseinv", body) == "api-noeinv"
    await merit.options(einvoice_ready=True)
    assert await merit.ok("v2/sendinvoiceaseinv", body) == "OK"
    await merit.refused("v2/sendinvoiceaseinv", body)
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert header["EInvSent"] is True
    assert header["EmailSent"] > "2000"


async def test_a_locked_period(merit: Merit):
    made = await merit.sale()
    await merit.options(locked_until="2026-04-30")
    assert "suletud" in await merit.refused("v2/sendinvoice", sale(InvoiceNo="2"))
    assert "suletud" in await merit.refused("v1/deleteinvoice", {"Id": made["InvoiceId"]})
    await merit.sale(InvoiceNo="3", DocDate="20260501")
    assert (await merit.ok("v2/getaccperiods"))["SaveFrom"] == "2026-05-01T00:00:00"


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("20260101", "20260331", 200), ("20260101", "20260401", 200), ("20260101", "20260402", 400),
        ("20260430", "20260401", 200), ("20251130", "20260228", 200), ("20251130", "20260301", 400),
    ],
)  # fmt: skip
async def test_lists_take_three_months(merit: Merit, start, end, status):
    for path in ("v2/getinvoices", "v1/getinvoices", "v2/getpurchorders", "v1/getglbatches", "v2/getpayments"):
        answer = await merit.call(path, period(start, end))
        assert answer.status == status
        if status == 400:
            assert answer.message == "Periood liiga pikk(max 3 kuud)"


async def test_period_switch_and_missing_dates(merit: Merit):
    await merit.options(period_months=6)
    assert await merit.ok("v2/getinvoices", period("20260101", "20260630")) == []
    assert (await merit.call("v2/getinvoices", period("20260101", "20260731"))).status == 400
    for body in ({}, {"PeriodStart": "20260101"}, period("", ""), period("2026-13-01", "x")):
        answer = await merit.call("v2/getinvoices", body)
        assert (answer.status, answer.json["ErrorCode"]) == (500, "FormatException")


async def test_by_changed_date_unpaid_and_payment_method(merit: Merit):
    await merit.options(now="2026-06-10T08:00:00Z", clock_skew_s=0)
    await merit.sale()
    await merit.sale(InvoiceNo="2", Payment={"PaymentMethod": "Swedbank", "PaidAmount": 260.40})
    june = period("20260601", "20260630")
    assert await merit.ok("v2/getinvoices", june) == []
    changed = await merit.ok("v2/getinvoices", {**june, "DateType": 1})
    assert [one["Paid"] for one in changed] == [False, True]
    assert [one["InvoiceNo"] for one in await merit.ok("v2/getinvoices", period(UnPaid=True))] == ["2026001"]
    assert len(await merit.ok("v2/getinvoices", period(UnPaid="false"))) == 2
    bank = next(one for one in await merit.ok("v2/getpaymenttypes", {"Type": 3}) if one["Name"] == "Swedbank")
    assert [one["InvoiceNo"] for one in await merit.ok("v2/getinvoices", period(BankId=bank["Id"]))] == ["2"]
    await merit.options(unpaid_filter="include")
    assert [one["InvoiceNo"] for one in await merit.ok("v2/getinvoices", period(UnPaid=False))] == ["2"]
