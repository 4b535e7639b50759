import base64

import pytest
from tests.emulator.smart_client import Smart, receipt

ADD = "general/entries:add"
GET = "general/entries:get"


def entry(**fields):
    return {
        "date": "30.04.2026",
        "comment": "m",
        "rows": [
            {"account": "4220", "description": "Üür", "debitAmount": 500, "objectId": "TRT"},
            {"account": "2110", "description": "Üür", "creditAmount": "500.00"},
        ],
        **fields,
    }


async def test_an_entry_is_answered_and_read_back(smart: Smart):
    answer = await smart.ok(ADD, entry(document="KD-1"))
    assert (answer["number"], answer["amount"], answer["docType"]) == ("1", 500, "LEDGER_ENTRY")
    (found,) = (await smart.ok(GET, id=answer["id"], fetchRows="true", fetchComments="true"))["entries"]
    assert (found["comment"], found["document"], found["currency"]) == ("m", "KD-1", "EUR")
    assert [(row["account"], row["debitAmount"], row["creditAmount"]) for row in found["rows"]] == [
        ("4220", 500, 0),
        ("2110", 0, 500),
    ]
    assert found["rows"][0]["objectId"] == "obj-2"
    answer = await smart.call("general/entries:getpdf", id=answer["id"])
    assert answer.raw.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        (None, ["REQUIRED"]),
        ([{"account": "4220", "debitAmount": 1}], ["REQUIRED"]),
        ([{"account": "4220", "description": "x", "debitAmount": 1}], ["ENTRY-NOT-BALANCED"]),
        (
            [{"account": "9", "description": "x"}, {"account": "8", "description": "x", "objectId": "no"}],
            ["ACCOUNT-NOT-FOUND", "ENTRY-ROW-AMOUNT", "ACCOUNT-NOT-FOUND", "OBJECT-NOT-FOUND", "ENTRY-ROW-AMOUNT"],
        ),
    ],
)
async def test_refusals(smart: Smart, rows, keys):
    assert await smart.refused(ADD, entry(rows=rows)) == keys
    assert (await smart.summary())["entries"]["count"] == 0


async def test_foreign_currency_is_given_in_the_original_pair(smart: Smart):
    rows = [
        {"account": "4220", "description": "x", "debitAmountOriginalCurrency": 10, "debitAmount": 99},
        {"account": "4230", "description": "x", "debitAmountOriginalCurrency": 10},
        {"account": "2110", "description": "x", "creditAmountOriginalCurrency": 20},
    ]
    answer = await smart.ok(ADD, entry(currency="USD", rows=rows))
    (found,) = (await smart.ok(GET, id=answer["id"], fetchRows="true"))["entries"]
    assert [str(row["debitAmount"] - row["creditAmount"]) for row in found["rows"]] == ["8.70", "8.70", "-17.40"]


async def test_only_manual_entries_can_be_changed(smart: Smart):
    identity = (await smart.ok(ADD, entry()))["id"]
    await smart.ok("general/entries:edit", {**entry(document="B"), "id": identity})
    client, _ = await smart.client(), await smart.article()
    await smart.invoice(client)
    (posted,) = (await smart.ok(GET, docType="CLIENT_INVOICE"))["entries"]
    edited = {**entry(), "id": posted["id"]}
    assert await smart.refused("general/entries:edit", edited) == ["ENTRY-NOT-MANUAL"]
    assert await smart.refused("general/entries:delete", {}, id=posted["id"]) == ["ENTRY-NOT-MANUAL"]
    await smart.ok("general/entries:delete", {}, id=identity)
    assert [item["docType"] for item in (await smart.ok(GET))["entries"]] == ["CLIENT_INVOICE"]


async def test_a_month_is_counted_by_kind_without_reading_documents(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    vendor = await smart.vendor()
    invoice = await smart.invoice(client)
    await smart.invoice(client, entryDate="01.05.2026")
    await smart.bill(vendor)
    await smart.ok("purchasesales/payments:add", receipt(client, invoice["invoiceId"], 10))
    await smart.ok(ADD, entry())
    found = (await smart.ok(GET, dateFrom="01.04.2026", dateTo="30.04.2026"))["entries"]
    assert sorted(item["docType"] for item in found) == [
        "BANK_PAYMENT",
        "CLIENT_INVOICE",
        "LEDGER_ENTRY",
        "VENDOR_INVOICE",
    ]
    assert len((await smart.ok(GET, filterDescription="üür"))["entries"]) == 1
    assert await smart.refused(GET, docType="INVOICE") == ["INVALID-VALUE"]


async def test_every_list_of_the_settings_is_there(smart: Smart):
    expected = {
        "accounts": ("accounts", "1031"),
        "vatpcs": ("vatPcs", "24"),
        "bankaccounts": ("bankAccounts", "Swedbank"),
        "cashaccounts": ("cashAccounts", "Kassa"),
        "objects": ("objects", "TLN"),
        "paymentmethods": ("templates", "Kaardimakse"),
        "groups": ("groups", "Hankijad"),
        "countries": ("countries", "EE"),
        "documenttemplates": ("documentTemplates", "DEFAULT"),
        "warehouses": ("warehouses", "Põhiladu"),
    }
    for service, (key, value) in expected.items():
        answer = await smart.ok(f"settings/{service}:get")
        assert list(answer) == [key]
        assert any(value in item.values() for item in answer[key]), service
    await smart.options(warehouse_ids=True)
    assert (await smart.ok("settings/warehouses:get"))["warehouses"] == [{"id": "1", "name": "Põhiladu"}]


async def test_vat_codes_are_those_of_the_law(smart: Smart):
    codes = {item["vatPc"]: item for item in (await smart.ok("settings/vatpcs:get"))["vatPcs"]}
    assert [codes[code]["pc"] for code in ("24", "22", "20", "13", "9", "5", "0", "-")] == [
        24,
        22,
        20,
        13,
        9,
        5,
        0,
        0,
    ]
    assert (codes["24-PM"]["activeSales"], codes["24-PM"]["activePurchase"]) == (False, True)
    assert codes["24"]["inUse"] is False
    client, _ = await smart.client(), await smart.article()
    await smart.invoice(client)
    codes = {item["vatPc"]: item for item in (await smart.ok("settings/vatpcs:get"))["vatPcs"]}
    assert [code for code, item in codes.items() if item["inUse"]] == ["24"]


@pytest.mark.parametrize(
    ("service", "identity", "body"),
    [
        ("accounts", "code", {"code": "4299", "type": "EXPENSE", "descriptionEt": "Muu"}),
        ("bankaccounts", "name", {"name": "SEB", "account": "1021", "iban": "EE721010220014568519"}),
        ("cashaccounts", "name", {"name": "Kassa 2", "account": "1010"}),
        ("paymentmethods", "name", {"name": "PayPal", "account": "1021"}),
        ("groups", "name", {"name": "Uued", "clients": True}),
        ("countries", "code", {"code": "JP", "name": "Jaapan"}),
        ("objects", "id", {"id": "obj-9", "code": "PRN", "name": "Pärnu"}),
        ("vatpcs", "vatPc", {"vatPc": "7", "pc": 7, "descriptionEt": "7%", "activeSales": True}),
    ],
)
async def test_lists_can_be_changed(smart: Smart, service, identity, body):
    async def found():
        ((_, items),) = (await smart.ok(f"settings/{service}:get")).items()
        return [item for item in items if item[identity] == body[identity]]

    path = f"settings/{service}"
    assert await smart.ok(f"{path}:add", body) == {identity: body[identity]}
    assert await smart.refused(f"{path}:add", body) == ["EXISTS"]
    changed = body | {name: "Muudetud" for name in ("descriptionEt", "iban") if name in body}
    await smart.ok(f"{path}:edit", changed)
    (item,) = await found()
    assert {name: item[name] for name in changed} == changed
    await smart.ok(f"{path}:delete", {}, **{identity: body[identity]})
    assert await found() == []
    answer = await smart.call(f"{path}:delete", {}, **{identity: body[identity]})
    assert answer.status == 400


async def test_what_lists_refuse(smart: Smart):
    bank = {"name": "SEB", "account": "9999"}
    assert await smart.refused("settings/bankaccounts:add", bank) == ["ACCOUNT-NOT-FOUND"]
    assert await smart.refused("settings/vatpcs:delete", {}, vatPc="24") == ["BUILT-IN"]
    assert await smart.refused("settings/accounts:edit", {"code": "x", "type": "ASSET", "descriptionEt": "x"}) == [
        "NOT-FOUND"
    ]
    await smart.ok(ADD, entry())
    assert await smart.refused("settings/accounts:delete", {}, code="4220") == ["IN-USE"]
    assert (await smart.call("settings/documenttemplates:add", {})).status == 404


async def test_files_are_attached_read_and_detached(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    invoice = (await smart.invoice(client))["invoiceId"]
    body = {
        "docType": "CLIENT_INVOICE",
        "docId": invoice,
        "fileName": "arve.pdf",
        "fileContent": base64.b64encode(b"%PDF-x").decode(),
        "mimeType": "application/pdf",
    }
    identity = (await smart.ok("general/files:add", body))["fileId"]
    query = {"docType": "CLIENT_INVOICE", "docId": invoice}
    (found,) = (await smart.ok("general/files:get", **query))["files"]
    assert (found["fileName"], base64.b64decode(found["fileContent"])) == ("arve.pdf", b"%PDF-x")
    (found,) = (await smart.ok("general/files:getDetails", fileId=identity))["files"]
    assert (found["size"], "fileContent" in found) == (6, False)
    shown = await smart.ok("purchasesales/clientinvoices:get", id=invoice, fetchDocuments="true")
    assert shown["clientInvoices"][0]["documents"][0]["fileId"] == identity
    assert await smart.refused("general/files:add", {**body, "docId": "no"}) == ["NOT-FOUND"]
    assert await smart.refused("general/files:add", {**body, "fileContent": "%%%"}) == ["FILE-CONTENT"]
    large = base64.b64encode(bytes(10 * 1024 * 1024 + 1)).decode()
    assert await smart.refused("general/files:add", {**body, "fileContent": large}) == ["FILE-TOO-LARGE"]
    assert await smart.refused("general/files:get") == ["REQUIRED"]
    await smart.ok("general/files:delete", {}, fileId=identity)
    assert (await smart.ok("general/files:get", **query))["files"] == []
    assert await smart.refused("general/files:delete", {}, fileId=identity) == ["NOT-FOUND"]
