"""What clients of other languages send for nothing, and the spellings of one question (sheet sections 3, 4 and 9)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.emulator.procountor_client import OWN_IBAN, SUPPLIER, Client, open_company, purchase, row

from tilisilta_emulators.procountor import schema

DEPTH = 4
JOURNAL = {
    "type": "JOURNAL",
    "name": "Jaksotus",
    "receiptDate": "2026-03-02",
    "vatType": "PURCHASE",
    "vatStatus": 12,
    "transactions": [
        {"transactionType": "ENTRY", "account": "4000", "accountingValue": 10, "vatPercent": 0},
        {"transactionType": "ENTRY", "account": "1910", "accountingValue": -10, "vatPercent": 0},
    ],
}
PRODUCT = {"type": "SALES", "name": "Rahti", "price": 1, "discount": 0, "currency": "EUR", "active": True}
PARTNER = {"name": "Uusi Oy", "type": "SUPPLIER", "paymentInfo": {"paymentMethod": "BANK_TRANSFER"}}
BODIES = {
    "Invoice": ("/invoices", purchase()),
    "LedgerReceipt": ("/ledgerreceipts", JOURNAL),
    "Product": ("/products", PRODUCT),
    "BusinessPartner": ("/businesspartners", PARTNER),
}


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


def zero(name: str, depth: int = 0) -> dict[str, Any]:
    """Return an object of a typed client of which nothing was filled in."""
    out: dict[str, Any] = {}
    for field, facts in schema.FACTS["schemas"][name].items():
        kind = str(facts.get("type", "string"))
        if facts.get("array"):
            out[field] = []
        elif kind in schema.FACTS["schemas"]:
            out[field] = zero(kind, depth + 1) if depth < DEPTH and not facts.get("required") else {}
        else:
            out[field] = {"number": 0, "boolean": False}.get(kind, "")
    return out


def filled(given: Any, base: Any) -> Any:
    """Return what is given, with the rest of its fields from `base`."""
    if isinstance(given, dict) and isinstance(base, dict):
        return {**base, **{name: filled(value, base.get(name)) for name, value in given.items()}}
    return given


def with_rows(name: str, body: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    rows = {"Invoice": ("invoiceRows", "InvoiceRow"), "LedgerReceipt": ("transactions", "Transaction")}
    if name not in rows:
        return whole
    field, schema_name = rows[name]
    return {**whole, field: [filled(each, zero(schema_name)) for each in body[field]]}


@pytest.mark.parametrize("name", BODIES)
async def test_typed_clients_may_send_every_field(company, name):
    path, body = BODIES[name]
    plain = await company.post(path, body)
    nulls = dict.fromkeys(schema.FACTS["schemas"][name])
    for whole in (filled(body, nulls), with_rows(name, body, filled(body, zero(name)))):
        made = await company.post(path, whole)
        for field in ("partnerId", "vatStatus", "vat", "type", "name"):
            assert made.get(field) == plain.get(field) or made.get(field) in {0, ""}, field
    assert (await company.call("PUT", f"{path}/{plain['id']}", plain)).status == 200


async def test_a_page_of_a_typed_client_keeps_its_balance_sheet_row_bare(company):
    _, receipt = await company.posted(purchase())
    rows = [filled(each, zero("Transaction")) for each in receipt["transactions"]]
    saved = await company.put(f"/ledgerreceipts/{receipt['id']}", {**receipt, "transactions": rows})
    assert {"vatType", "vatStatus"}.isdisjoint(saved["transactions"][0])
    wrong = {**saved["transactions"][0], "vatStatus": 1}
    body = {**saved, "transactions": [wrong, *saved["transactions"][1:]]}
    refused = await company.call("PUT", f"/ledgerreceipts/{receipt['id']}", body)
    assert (refused.status, refused.errors) == (400, [("transactions[0].vatStatus", "MUST_BE_NULL")])


async def test_a_patch_may_carry_nulls_but_no_other_fields(company):
    held = await company.get(f"/businesspartners/{SUPPLIER}")
    body = {**dict.fromkeys(held), "name": "Tukku Oy", "version": held["version"]}
    changed = (await company.call("PATCH", f"/businesspartners/{SUPPLIER}", body)).ok
    assert changed["name"] == "Tukku Oy"
    refused = await company.call(
        "PATCH", f"/businesspartners/{SUPPLIER}", {"registryInfo": {}, "version": changed["version"]}
    )
    assert refused.errors == [("registryInfo", "FIELD_CANNOT_BE_PATCHED")]


async def test_required_fields_stay_required_when_blank(company):
    refused = await company.call("POST", "/invoices", purchase(date="", originalInvoiceNumber=""))
    assert refused.errors == [("date", "MAY_NOT_BE_EMPTY")]


async def test_a_bank_account_is_changed_only_with_its_version(company):
    held = await company.get("/bankaccounts/1201")
    bare = {name: value for name, value in held.items() if name != "version"}
    assert (await company.call("PUT", "/bankaccounts/1201", bare)).errors == [("version", "MAY_NOT_BE_NULL")]
    assert (await company.call("PUT", "/bankaccounts/1201", {**bare, "version": "2020-01-01T00:00:00"})).status == 409
    assert (await company.call("PUT", "/bankaccounts/1201", held)).status == 200


@pytest.mark.parametrize("number", [OWN_IBAN, OWN_IBAN[4:], f"{OWN_IBAN[:4]} {OWN_IBAN[4:]}"])
async def test_statements_are_found_by_number_and_iban(company, number):
    for path in ("/bankstatements", "/referencepayments"):
        found = await company.get(path, headers={"accountNumber": number})
        assert [each["accountNumber"] for each in found["results"]] == [OWN_IBAN], path
    assert (await company.get("/bankstatements", headers={"accountNumber": "FI00"}))["results"] == []
    in_query = await company.get("/referencepayments", params={"accountNumber": number})
    assert len(in_query["results"]) == 1


async def test_journals_are_paged_and_chosen_by_several_statuses(company):
    made = [(await company.post("/ledgerreceipts", {**JOURNAL, "name": f"J{at}"}))["id"] for at in range(3)]
    await company.put(f"/ledgerreceipts/{made[0]}/approve")
    await company.put(f"/ledgerreceipts/{made[1]}/invalidate")
    seen: list[int] = []
    while True:
        params = {"size": "2", "page": str(len(seen) // 2)}
        page = await company.get("/journals", params=params)
        seen += [each["ledgerReceiptId"] for each in page["results"]]
        if page["meta"]["resultCount"] < page["meta"]["pageSize"]:
            break
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen))
    for spelled in ("statuses=APPROVED,INVALIDATED", "statuses=APPROVED&statuses=INVALIDATED"):
        chosen = {each["ledgerReceiptId"] for each in (await company.get(f"/journals?{spelled}"))["results"]}
        assert set(made) & chosen == set(made[:2]), spelled
    for spelled in ("status=APPROVED,INVALIDATED", "status=APPROVED&status=INVALIDATED"):
        chosen = {each["id"] for each in (await company.get(f"/ledgerreceipts?types=JOURNAL&{spelled}"))["results"]}
        assert set(made) & chosen == set(made[:2]), spelled


@pytest.mark.parametrize(("by_row", "account"), [(True, "4420"), (False, "4000")])
async def test_a_products_account_comes_along_only_row_by_row(company, by_row, account):
    product = await company.post("/products", {**PRODUCT, "type": "PURCHASE", "defaultAccount": "4420"})
    extra = {"accountingByRow": by_row, "unitPricesIncludeVat": False}
    _, receipt = await company.posted(purchase(row(productId=product["id"]), extraInfo=extra))
    assert [each["account"] for each in receipt["transactions"]] == ["2880", account]


@pytest.mark.parametrize("body", [b"", b"null", b"{}"])
async def test_approval_takes_any_body_that_says_nothing(company, body):
    invoice = await company.post("/invoices", purchase())
    answer = await company.call("PUT", f"/invoices/{invoice['id']}/approve", data=body)
    assert list(answer.ok) == ["message"]
    assert (await company.get(f"/invoices/{invoice['id']}"))["status"] == "APPROVED"
