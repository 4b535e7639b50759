"""What typed and older clients send: zero values for what they leave out, other shapes of the same, old modules."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site

LINE = {"comment": "x", "price": "10", "amount": 1, "vat_code_id": 1}
ZERO_LINE = {
    "id": 0, "product_id": 0, "comment2": "", "amount2": 0, "unit": "", "discount": 0, "sum": 0, "vat": None,
    "finance_account_id": 0, "project_id": 0, "cost": 0, "supplier_id": 0, "doer_id": 0, "role_id": None,
    "depot_amounts": {}, "dates": [], "is_internal": False, "custom_fields": [],
}  # fmt: skip
ZERO_INVOICE = {
    "id": 0, "no": "", "date": "", "deadline": "0000-00-00", "status": "", "person_id": 0, "currency": "",
    "currency_rate": 0, "sum": 0, "vat_sum": 0, "vat": 0, "vat_code_id": 0, "discount": 0, "discount2": 0,
    "paid_sum": 0, "payment_type": "", "credited_invoices": None, "quote_id": None, "order_id": [],
    "prepayment_id": 0, "reference_no": "", "fine": 0.05, "project_id": 0, "owner_id": 0, "is_sent": False,
    "account_id": "", "generation_type": "", "custom_fields": None,
}  # fmt: skip


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site() as client:
        yield client


@pytest.fixture
async def company(site: Client) -> int:
    return (await site.ids("contacts", "contact_id"))[0]


async def made(site: Client, company: int, **fields) -> dict:
    return await site.data("invoices/modify", {"company_id": company, "lines": [LINE], **fields}, return_data=1)


async def test_zero_values_of_a_typed_client_mean_nothing(site, company):
    plain = await made(site, company)
    typed = await made(site, company, **ZERO_INVOICE, lines=[{**LINE, **ZERO_LINE}])
    for name in ("status", "payment_type", "currency", "currency_rate", "sum", "vat_sum", "account_id", "date"):
        assert typed[name] == plain[name], name
    assert (typed["vat_sum"], typed["lines"][0]["vat"], typed["fine"]) == ("2.40", "24.00", "0.05")
    assert (await site.data(f"invoices/view/{typed['id']}"))["no"] == typed["no"]


@pytest.mark.parametrize("vat", [None, "", 0, "0.00"])
async def test_a_vat_code_says_more_than_an_empty_percent(site, company, vat):
    assert (await made(site, company, lines=[{**LINE, "vat": vat}]))["vat_sum"] == "2.40"


async def test_null_lines_leave_the_lines_as_they_are(site, company):
    invoice = await made(site, company)
    changed = await site.data(
        f"invoices/modify/{invoice['id']}", {"lines": None, "description": "y", "discount2": None}, return_data=1
    )
    assert (len(changed["lines"]), changed["description"], changed["discount2"]) == (1, "y", None)
    refused = await site.call("invoices/modify", {"company_id": company, "lines": None})
    assert refused.errors == {"error": ["lines is required"]}


async def test_a_business_entity_that_is_not_there_is_refused(site, company):
    answer = await site.call("invoices/modify", {"company_id": company, "lines": [LINE], "account_id": "muu"})
    assert answer.errors == {"error": ["account_id with ID muu was not found"]}
    assert (await made(site, company, account_id="naidis"))["account_id"] == "naidis"


async def test_zero_values_of_receipts_contacts_and_products(site, company):
    invoice = await made(site, company)
    part = {"receipt_id": 0, "date": "2026-01-12", "invoice_id": invoice["id"], "invoice_no": "", "prepayment_id": 0,
            "sum": 5, "sales_doc_type": "", "contact_id": 0, "contact_name": ""}  # fmt: skip
    group = {"id": 0, "date": "2026-01-12", "contact_id": 0, "sum": "5", "currency": "", "sales_doc_type": "",
             "receipt_account_id": 0, "receipts": [part], "custom_fields": None}  # fmt: skip
    receipt = await site.data("receipts/modify", group, return_data=1)
    assert (receipt["currency"], receipt["sales_doc_type"], receipt["contact_id"]) == ("EUR", "invoices", company)
    assert (await site.data(f"invoices/view/{invoice['id']}"))["paid_sum"] == "5.00"
    contact = {"contact_id": 0, "name": "X", "contact_type": "", "means_of_contact": [], "tags": None, "id_code": 1.5}
    shown = await site.data("contacts/modify", contact, return_data=1)
    assert (shown["contact_type"], shown["tags"], shown["id_code"]) == ("company", [], "1.5")
    product = {"product_id": 0, "name": "Tool", "default_type": "", "depot_amounts": []}
    shown = await site.data("products/modify", product, return_data=1)
    assert (shown["default_type"], shown["depot_amounts"]) == ("inhouse", {})


async def test_a_flat_receipt_may_bring_empty_receipts_and_the_sum_of_one_part_follows(site, company):
    invoice = await made(site, company)
    flat = {"date": "2026-01-12", "invoice_id": invoice["id"], "sum": 5, "receipts": None}
    group = await site.data("receipts/modify", flat, return_data=1)
    assert [part["sum"] for part in group["receipts"]] == ["5.00"]
    await site.data(f"receipts/modify/{group['id']}", {"sum": "7"})
    assert (await site.data(f"invoices/view/{invoice['id']}"))["paid_sum"] == "7.00"


async def test_plain_lists_show_what_is_not_kept_for_views(site):
    for module in ("invoices", "bills"):
        row = (await site.data(f"{module}/list", per_page=1))[0]
        assert {"vat_code", "owner_email"} <= row.keys()
        assert not {"company_name", "person_name", "company_address", "custom_fields"} & row.keys()
        assert row["lines"] is None


async def test_lines_of_bills_lack_only_what_the_vendor_leaves_out(site):
    row = (await site.data("bills/list", detailed_response=True))[0]["lines"][0]
    assert (row["dates"], row["is_internal"]) == ({}, 0)
    absent = {"amount2", "cost", "supplier_id", "supplier_name", "doer_id", "doer_email", "role_id", "depot_amounts"}
    assert not absent & row.keys()


async def test_a_range_without_ends_is_no_range(site):
    whole = await site.ids("invoices")
    for ends in ({}, {"from_date": "", "to_date": None}):
        assert await site.ids("invoices", filter={"date": ends}) == whole


async def test_companies_are_the_contacts_of_that_type(site):
    expected = await site.ids("contacts", "contact_id", filter={"contact_type": "company"})
    assert await site.ids("companies", "contact_id") == expected
    assert await site.ids("companies", "contact_id", filter={"contact_id": expected[:2]}) == expected[:2]
    assert (await site.data(f"companies/view/{expected[0]}"))["contact_id"] == expected[0]
