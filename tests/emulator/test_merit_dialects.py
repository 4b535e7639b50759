"""What the vendor sheet says that real clients send and the server takes, beyond the usual."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from tests.emulator.merit_client import VAT24, Merit, period, row, sale, timestamp


@pytest.mark.parametrize("hours", [1, 2, 3, -5, 5.5, 14])
async def test_local_time_of_any_machine_is_taken_leniently_alone(merit: Merit, hours):
    stamp = timestamp(datetime.now(UTC) + timedelta(hours=hours))
    assert (await merit.call("v1/gettaxes", stamp=stamp)).text == "api-invalidSignature"
    await merit.options(lenient_signing=True)
    assert (await merit.call("v1/gettaxes", stamp=stamp)).status == 200
    (key,) = (await merit.control("GET", "companies/1?summary=1"))["keys"]
    assert (key["signing"], key["dialects"]) == ("insecure", {"local_time": 2})


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(hours=-13), timedelta(hours=15), timedelta(days=1)])
async def test_what_is_no_zones_time_stays_stale(merit: Merit, late):
    await merit.options(lenient_signing=True)
    assert (await merit.call("v1/gettaxes", stamp=timestamp(datetime.now(UTC) + late))).status == 401


async def test_an_address_that_ends_in_a_slash(merit: Merit):
    assert (await merit.call("v1/gettaxes", host="/")).status == 200
    assert (await merit.call("V1/GETTAXES/")).status == 200


async def test_finnish_ledger_headers_come_by_get_alone(merit: Merit):
    added = await merit.control("POST", "seed", {"companies": 1, "country": "FI"})
    key = added["keys"][0]["keys"][0]
    finnish = {"credentials": (key["api_id"], key["api_key"]), "host": "/fi"}
    answer = await merit.call("v1/getglbatches", period(), **finnish)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert await merit.ok("v1/getglbatches", period(), method="GET", **finnish)
    assert await merit.ok("v1/GetGLBatchesFull", period(), **finnish)
    assert await merit.ok("v1/getglbatches", period()) == []
    await merit.options(glbatches_get_only=False)
    assert await merit.ok("v1/getglbatches", period(), **finnish)


async def test_the_words_of_a_long_period_are_the_same_whatever_passes(merit: Merit):
    await merit.options(period_months=6)
    assert await merit.refused("v2/getinvoices", period("20260101", "20260731")) == "Periood liiga pikk(max 3 kuud)"


@pytest.mark.parametrize("value", [1, "1", True, "true"])
async def test_lines_of_the_full_ledger_are_asked_for_in_any_form(merit: Merit, value):
    await merit.sale()
    (batch,) = await merit.ok("v1/GetGLBatchesFull", period(WithLines=value, WithCostAlloc=value))
    assert [one["CostAllocLines"] for one in batch["Entries"]] == [[], [], []]
    (batch,) = await merit.ok("v1/GetGLBatchesFull", period(WithLines=0))
    assert "Entries" not in batch


async def test_version_1_changes_the_dimensions_of_a_card(merit: Merit):
    value = next(one for one in await merit.ok("v2/getdimensions") if one["Code"] == "KK-1")
    identity = await merit.customer()
    dimension = {"DimId": value["DimId"], "DimValueId": value["Id"], "DimCode": "KK-1"}
    assert await merit.ok("v1/updatecustomer", {"Id": identity, "Dimensions": [dimension]}) == "updated"
    (card,) = await merit.ok("v1/getcustomers", {"Id": identity})
    assert [(one["DimId"], one["DimCode"]) for one in card["Dimensions"]] == [(2, "KK-1")]


async def test_a_file_in_lines_of_base64(merit: Merit):
    content = b"%PDF-1.4 " + bytes(200)
    made = await merit.sale(PDF=base64.encodebytes(content).decode(), FileName="arve.pdf")
    printed = await merit.ok("v2/getsalesinvpdf", {"Id": made["InvoiceId"], "DelivNote": False})
    assert base64.b64decode(printed["FileContent"], validate=True) == content


async def test_zero_values_of_typed_clients_are_as_good_as_nothing(merit: Merit):
    zero = "00000000-0000-0000-0000-000000000000"
    item = {"Code": "UUS", "Description": "Uus", "Type": 0, "UOMName": "", "DefLocationCode": "", "SalesAccCode": ""}
    fields = {
        "Customer": {**sale()["Customer"], "Id": zero, "EInvOperator": 0, "CustGrId": zero, "Email": ""},
        "AccountingDoc": 0, "PolDocType": 0, "CurrencyRate": 0, "DepartmentCode": "", "ProjectCode": "", "RefNo": "",
        "Payment": {"PaymentMethod": "", "PaidAmount": 0, "PaymDate": ""}, "Dimensions": None, "PDF": "",
        "InvoiceRow": [row(Item=item, DiscountPct=0, DiscountAmount=0, LocationCode="", GLAccountCode="", VatDate="")],
    }  # fmt: skip
    made = await merit.sale(**fields)
    shown = await merit.invoice(made["InvoiceId"])
    assert (shown["Header"]["ReferenceNo"], shown["Header"]["PaidAmount"], shown["Payments"]) == ("20260011", 0, [])
    assert (shown["Lines"][0]["ArticleCode"], shown["Lines"][0]["AccountCode"]) == ("UUS", "3000")
    vendor = await merit.ok("v2/sendvendor", {"Name": "Hankija", "CountryCode": "EE", "VendorType": 0, "Id": zero})
    (card,) = await merit.ok("v1/getvendors", {"Id": vendor["Id"]})
    assert card["VendorType"] == 1
    # A payment that names an amount still has to say how it was paid.
    await merit.refused("v2/sendinvoice", sale(Payment={"PaymentMethod": "", "PaidAmount": 5}))


async def test_a_cards_description_is_shorter_than_a_rows(merit: Merit):
    item = {"Type": 2, "Usage": 1, "Code": "PIKK", "Description": "d" * 101, "TaxId": VAT24}
    await merit.refused("v2/senditems", {"Items": [item]})
    await merit.ok("v2/senditems", {"Items": [{**item, "Description": "d" * 100}]})
    await merit.sale(InvoiceRow=[row(Item={"Code": "PIKEM", "Description": "d" * 150, "Type": 2})])


async def test_a_report_goes_on_from_its_id_under_either_name(merit: Merit):
    await merit.options(report_rows=1)
    for number in ("1", "2", "3"):
        payment = {"PaymentMethod": "Sularaha", "PaidAmount": 260.40, "PaymDate": "202604161200"}
        await merit.sale(InvoiceNo=number, Payment=payment)
    first = await merit.ok("v2/getcustpaymrep", period())
    second = await merit.ok("v2/getmoredata", {"Id4More": first["Id4More"]})
    third = await merit.ok("v2/getmoredata", {"Id": second["Id4More"]})
    assert [one["Data"][0]["InvoiceNo"] for one in (first, second, third)] == ["1", "2", "3"]
    assert [one["HasMore"] for one in (first, second, third)] == [True, True, False]


async def test_a_payment_finds_the_invoice_beside_a_credit_of_the_same_number(merit: Merit):
    credit = sale(InvoiceRow=[row(Quantity=-3.5)], TotalAmount=-210)
    await merit.ok("v2/sendinvoice", credit)
    made = await merit.sale()
    paid = await merit.ok(
        "v2/sendpayment",
        {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "2026001", "PaymentDate": "20260420", "Amount": "100.00"},
    )
    assert paid["InvoiceId"] == made["InvoiceId"]
