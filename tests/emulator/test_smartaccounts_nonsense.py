"""Whatever is sent, the answer is one of the vendor's: nothing ends in an unplanned failure or half a record."""

import copy

import pytest
from tests.emulator.smart_client import Smart, purchase, receipt, row, sale

NONSENSE = [
    None, "", " ", "x", "Õ" * 300, "🍎", 0, -1, 1.5, 1e30, 10**20, "1e999", "1e99999999", "1e-99999999",
    "NaN", "-Infinity", True, [], [1],
    [[]], [{}], {}, {"a": 1}, "00.00.0000", "99.99.9999", "31.02.2026", "\u0000", "\ud7ff",
]  # fmt: skip


async def bodies(smart: Smart) -> dict[str, dict]:
    await smart.article("LAUD", "WH")
    await smart.article()
    client, vendor = await smart.client(), await smart.vendor()
    invoice = await smart.invoice(client)
    goods = row(
        code="LAUD", unit="tk", discount=1, order=1, objectId="TLN", accountSales="3010", accountPurchase="4010",
        accountWarehouse="1051", additionalExpenses=1,
    )  # fmt: skip
    head = {
        "dueDate": "01.05.2026", "roundAmount": 0, "totalAmount": 124, "exchangeRate": 1, "interest": 0,
        "objectId": "TLN", "paymentMethod": "Sularaha", "paymentAmount": 1, "warehouseId": "Põhiladu",
        "comment": "x", "referenceNumber": "1", "rows": [goods],
    }  # fmt: skip
    partner = {
        "name": "A", "vatPc": "24", "group": None, "invoiceDueDate": 1, "discount": 1, "invoiceInterest": 1,
        "address": {"country": "EE", "address1": "x"},
        "contacts": [{"type": "EMAIL", "value": "x", "description": "x"}],
    }  # fmt: skip
    credit = {"type": "CRE", "baseForCreditInvoiceId": invoice["invoiceId"], "invoiceNumber": "1"}
    pay = receipt(client, invoice["invoiceId"], 3)
    pay["rows"][0]["amount"] = 1
    pay |= {
        "prepayment": {"amount": 1, "description": "x"},
        "extras": [{"price": 1, "quantity": 1, "description": "x", "account": "8200", "objectId": "TLN"}],
        "exchangeRate": 1, "eurAmount": 3, "document": "x",
    }  # fmt: skip
    postings = [
        {"account": "4220", "description": "x", "debitAmount": 5, "objectId": "TLN"},
        {"account": "2110", "description": "x", "creditAmount": 5},
    ]
    return {
        "purchasesales/clients": partner,
        "purchasesales/vendors": dict(partner),
        "purchasesales/articles": {
            "code": "N", "description": "x", "type": "WH", "priceSales": 1, "vatPc": "24", "accountSales": "3010",
        },
        "purchasesales/clientinvoices": {**sale(client), **head, **credit},
        "purchasesales/vendorinvoices": {**purchase(vendor), **head, "isCalculateVat": False, "vatAmount": 1},
        "purchasesales/payments": pay,
        "general/entries": {"date": "30.04.2026", "currency": "EUR", "exchangeRate": 1, "rows": postings},
        "general/files": {"docType": "CLIENT", "docId": client, "fileName": "a", "fileContent": "YQ=="},
        "settings/vatpcs": {"vatPc": "7", "pc": 7, "descriptionEt": "x", "order": 1},
        "settings/accounts": {"code": "4299", "type": "EXPENSE", "descriptionEt": "x"},
        "settings/bankaccounts": {"name": "SEB", "account": "1021", "order": 1, "forNetting": False},
        "settings/cashaccounts": {"name": "K2", "account": "1010", "incomingOrderNumber": 1},
        "settings/objects": {"code": "X", "name": "X", "active": True},
    }  # fmt: skip


def paths(value, at=()):
    """Every place in a body: of fields, of objects in arrays, of fields in those."""
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


async def test_the_bodies_themselves_are_right(smart: Smart):
    for service, body in (await bodies(smart)).items():
        await smart.ok(f"{service}:add", body)


@pytest.mark.parametrize("service", [
    "purchasesales/clients", "purchasesales/vendors", "purchasesales/articles", "purchasesales/clientinvoices",
    "purchasesales/vendorinvoices", "purchasesales/payments", "general/entries", "general/files",
    "settings/vatpcs", "settings/accounts", "settings/bankaccounts", "settings/cashaccounts", "settings/objects",
])  # fmt: skip
async def test_nonsense_in_any_field_is_refused_or_taken_but_never_breaks(smart: Smart, service):
    body = (await bodies(smart))[service]
    for path in paths(body):
        for value in NONSENSE:
            answer = await smart.call(f"{service}:add", changed(body, path, value))
            assert answer.status in {200, 400}, (path, value, answer.text)
            if answer.status == 400:
                assert all(error["message"] for error in answer.json["errors"])
    summary = await smart.summary()
    assert summary["entries"]["unbalanced"] == 0
    await smart.state()


async def test_nonsense_in_parameters(smart: Smart):
    await bodies(smart)
    services = {
        "purchasesales/clients:get": ("nameOrRegCode", "id", "modifiedFrom", "modifiedTo", "fetchAddresses"),
        "purchasesales/articles:get": ("searchString", "code", "type", "modifiedFrom"),
        "purchasesales/clientinvoices:get": ("dateFrom", "dateTo", "dateType", "paymentStatus", "fetchRows"),
        "purchasesales/payments:get": ("dateFrom", "partnerType", "accountType", "partnerId"),
        "general/entries:get": ("dateFrom", "docType", "filterDescription"),
        "inventory/warehousemovements:get": ("dateFrom", "warehouseId", "includeAutoMovements"),
        "general/accountbalances:get": ("date",),
    }
    for path, names in services.items():
        for name in (*names, "pageNumber"):
            for value in NONSENSE:
                answer = await smart.call(path, **{"dateFrom": "01.01.2026", "dateType": "date", name: value})
                assert answer.status in {200, 400}, (path, name, value, answer.text)
