"""Whatever is sent, the answer is one of the vendor's: nothing ends in an unplanned failure or half a record."""

import copy
import json

import pytest
from tests.emulator.merit_client import VAT24, Merit, period, purchase, row, sale

NONSENSE = [
    None, "", " ", "x", "Õ" * 300, "🍎", 0, -1, 1.5, 1e30, 10**20, "1e999", "1e-999999", "NaN", "-Infinity", True, [],
    [1], [None], [[]], [{}], {}, {"a": 1}, "00000000", "99999999", "20260231", "99991231", "00010101", "\u0000",
    "\ud7ff", "00000000-0000-0000-0000-000000000000", "0b0b0b0b-0000-4000-8000-000000000001", "1" * 5000,
]  # fmt: skip
# What our own failure would look like: aiohttp's 500 page is plain text.
PLANNED = {200, 400, 500}


def bodies() -> dict[str, dict]:
    full_row = row(
        Item={"Code": "N", "Description": "x", "Type": 2, "UOMName": "h", "SalesAccCode": "3000", "GTUCode": "x",
              "DefLocationCode": "1", "EANCode": "x"},
        DiscountPct=0, DiscountAmount=0, LocationCode="1", DepartmentCode="MAIN", GLAccountCode="3000",
        ProjectCode="P-1", CostCenterCode="KK-1", ItemCostAmount=0, VatDate="20260416",
        Dimensions=[{"DimId": 1, "DimCode": "P-1", "DimValueId": None}],
    )  # fmt: skip
    head = {
        "TransactionDate": "20260416", "RefNo": "1", "AccountingDoc": 1, "CurrencyRate": 1, "DepartmentCode": "MAIN",
        "ProjectCode": "P-1", "Dimensions": [{"DimId": 1, "DimCode": "P-1"}], "Hcomment": "x", "Fcomment": "x",
        "ContractNo": "x", "PDF": "YQ==", "FileName": "x", "ReserveItems": False, "PolDocType": 1,
        "Payment": {"PaymentMethod": "Sularaha", "PaidAmount": 1, "PaymDate": "20260416"}, "InvoiceRow": [full_row],
    }  # fmt: skip
    partner = {
        "Name": "A", "CountryCode": "EE", "RegNo": "1", "VatRegNo": "1", "PaymentDeadLine": 1, "OverDueCharge": 0.05,
        "SalesInvLang": "ET", "CurrencyCode": "EUR", "EInvOperator": 1, "CustGrCode": "PYSI", "CustGrId": None,
        "NotTDCustomer": False, "GroupInv": False, "BankOnSalesInvoice": None,
        "Dimensions": [{"DimId": 1, "DimCode": "P-1"}], "Comments": [{"CommDate": "20260101", "Comment": "x"}],
    }  # fmt: skip
    bill = {key: value for key, value in head.items() if key not in {"AccountingDoc", "PDF", "FileName"}}
    bill |= {"TotalAmount": 210, "TaxAmount": [{"TaxId": VAT24, "Amount": 50.4}]}
    bill["Attachment"] = {"FileName": "a.pdf", "FileContent": "YQ=="}
    ledger_row = {
        "AccountCode": "8600", "Debit": 5, "Credit": 0, "DepartmentCode": "MAIN", "Memo": "x", "ProjectCode": "P-1",
        "CostCenterCode": "KK-1", "TaxId": VAT24, "VatAmount": 1,
    }  # fmt: skip
    return {
        "v2/sendinvoice": sale(**head),
        "v2/sendpurchinvoice": purchase(**bill),
        "v2/sendpurchorder": purchase(**bill),
        "v2/sendcustomer": partner,
        "v2/sendvendor": {**partner, "VatAccountable": True, "VendorType": 1},
        "v2/senditems": {"Items": [{"Type": 2, "Usage": 3, "Code": "S", "Description": "x", "TaxId": VAT24,
                                    "SalesPrice": 1, "ItemGrCode": "KAUP", "UOMName": "tk"}]},
        "v1/sendglbatch": {"DocNo": "1", "BatchDate": "20260430", "CurrencyCode": "EUR", "CurrencyRate": 1,
                           "Attachment": {"FileName": "a", "FileContent": "YQ=="},
                           "EntryRow": [ledger_row, {"AccountCode": "1000", "Credit": 5}]},
        "v2/sendpayment": {"CustomerName": "Õunapuu OÜ", "InvoiceNo": "P-1", "PaymentDate": "20260420", "Amount": 1,
                           "IBAN": None, "BankId": None, "RefNo": None, "CurrencyCode": "EUR", "CurrencyRate": 1},
        "v2/senduom": {"Name": "u", "Code": "u"},
        "v2/sendcustomergroup": {"Id": None, "Name": "g", "Code": "g"},
    }  # fmt: skip


def paths(value, at=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*at, name)
        yield from paths(item, (*at, name))


def changed(body, path, value):
    body = copy.deepcopy(body)
    inner = body
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return body


@pytest.mark.parametrize("path", list(bodies()))
async def test_nonsense_in_any_field_is_refused_or_taken_but_never_breaks(merit: Merit, path):
    await merit.sale(InvoiceNo="P-1")
    # A year stopped in the midst keeps the timestamps cheap to make.
    await merit.options(clock_skew_s=0)
    body = bodies()[path]
    await merit.ok(path, body)
    places = list(paths(body))
    for number, place in enumerate(places):
        for at, value in enumerate(NONSENSE):
            # Every value in every field would be slow for nothing: deep fields take every third value in turn.
            if len(places) > 25 and (at + number) % 3:
                continue
            answer = await merit.call(path, changed(body, place, value))
            assert answer.status in PLANNED, (place, value, answer.text)
            if answer.status != 200:
                assert answer.json["Message"], (place, value)
    summary = await merit.summary()
    assert summary["batches"]["unbalanced"] == 0
    await merit.state()
    for read in ("v1/getcustomers", "v1/getvendors", "v1/getitems", "v1/getcustdebtrep", "v1/getbalancerep"):
        await merit.ok(read)
    for kind in ("v2/getinvoices", "v2/getpurchorders", "v1/getglbatches", "v2/getpayments", "v2/GetPOrders"):
        await merit.ok(kind, period())
    await merit.ok("v1/GetGLBatchesFull", period(WithLines=1, WithCostAlloc=1))


FIELDS = {
    "v1/getcustomers": ("Id", "RegNo", "VatRegNo", "Name", "WithComments", "CommentsFrom", "ChangedDate"),
    "v1/getvendors": ("Id", "Name", "ChangedDate"),
    "v1/getitems": ("Id", "Code", "Description", "LocationCode", "Usage", "Type"),
    "v2/getinvoices": ("PeriodStart", "PeriodEnd", "UnPaid", "BankId", "DateType"),
    "v2/getinvoices2": ("InvNo", "CustName", "CustId"),
    "v2/getinvoice": ("Id", "AddAttachment"),
    "v1/deleteinvoice": ("Id",),
    "v2/getsalesinvpdf": ("Id", "DelivNote"),
    "v2/sendinvoicebyemail": ("Id", "DelivNote"),
    "v1/updatecustomer": ("Id", "Name"),
    "v1/updateitem": ("Id", "Code"),
    "v2/getpurchorder": ("Id", "SkipAttachment"),
    "v1/deletepurchinvoice": ("Id",),
    "v2/GetPOrders": ("PeriodStart", "PeriodEnd", "DateFilter", "StatusFilter", "WithAttachments"),
    "v2/getpayments": ("PeriodStart", "PeriodEnd", "PaymentType", "paymType", "BankId", "DateType"),
    "v1/deletepayment": ("Id",),
    "v2/getpaymenttypes": ("Type",),
    "v2/getdimensions": ("AllValues",),
    "v1/getaccounts": ("UsageFilter",),
    "v1/GetGLBatchesFull": ("PeriodStart", "PeriodEnd", "WithLines", "WithCostAlloc", "DateType"),
    "v1/getglbatch": ("Id", "AddAttachment"),
    "v2/SendInvMovement": ("Type", "DocDate", "LocationCode", "ToLocationCode", "Rows"),
    "v2/getinvmovements": ("PeriodStart", "PeriodEnd"),
    "v1/getcustdebtrep": ("CustName", "CustId", "OverDueDays", "DebtDate"),
    "v2/getcustpaymrep": ("CustId", "PeriodStart"),
    "v2/getmoredata": ("Id",),
    "v2/getsalesrep": ("StartDate", "EndDate", "ReportType"),
    "v1/getprofitrep": ("EndDate", "PerCount"),
}


async def test_nonsense_in_the_fields_of_reads(merit: Merit):
    await merit.sale()
    await merit.options(clock_skew_s=0)
    base = {**period(), "StartDate": "20260401", "EndDate": "20260430"}
    for path, names in FIELDS.items():
        for name in names:
            for value in NONSENSE:
                answer = await merit.call(path, {**base, name: value})
                assert answer.status in PLANNED, (path, name, value)
                if answer.status == 500:
                    assert "ErrorCode" in answer.json, (path, name, value, answer.text)


async def test_nonsense_in_the_address(merit: Merit):
    for target in ("/api/v2/getinvoices?", "/api/v2/getinvoices?apiId=%ff&timestamp=%00&signature=%F0%9F", "/%ff"):
        answer = await merit.request("POST", target, b"{}")
        assert answer.status in {401, 404}
    # Names that differ in case only are the same field; the later one wins.
    answer = await merit.call("v1/getitems", raw=json.dumps({"Code": "a", "CODE": "b"}).encode())
    assert answer.json == []
