from decimal import Decimal

import pytest
from tests.emulator.smart_client import Smart, receipt

FULL = {
    "name": "Õunapuu OÜ",
    "vatPc": "24",
    "group": "Püsikliendid",
    "regCode": "12345678",
    "vatNumber": "EE101234568",
    "bankAccount": "EE382200221020145685",
    "referenceNumber": "20260011",
    "ignoreOnVatDeclaration": False,
    "invoiceDueDate": 21,
    "invoiceInterest": Decimal("0.06"),
    "discount": 5,
    "accountUnpaid": "1032",
    "accountPrepayment": "2120",
    "address": {
        "country": "EE",
        "county": "Harjumaa",
        "city": "Tallinn",
        "address1": "Pikk 1",
        "address2": None,
        "postalCode": "10123",
    },
    "contacts": [{"type": "EMAIL", "value": "info@ounapuu.ee", "description": None}],
    "comment": "SC:34",
}


async def one(smart: Smart, service: str = "clients", **query):
    (found,) = (await smart.ok(f"purchasesales/{service}:get", **query))[service]
    return found


async def test_a_client_comes_back_as_it_was_sent(smart: Smart):
    added = await smart.ok("purchasesales/clients:add", FULL)
    assert added["referenceNumber"] == "20260011"
    found = await one(smart, id=added["clientId"], fetchAddresses="true", fetchContacts="true", fetchComments="true")
    assert {name: found[name] for name in FULL} == FULL


async def test_address_contacts_and_comment_are_absent_unless_asked_for(smart: Smart):
    await smart.ok("purchasesales/clients:add", FULL)
    found = await one(smart)
    assert not {"address", "contacts", "comment", "documents", "acceptsEinvoices"} & set(found)
    found = await one(smart, fetchAcceptsEinvoices="true", fetchDocuments="true")
    assert (found["acceptsEinvoices"], found["documents"]) == (True, [])
    await smart.options(einvoice_receivers=[])
    assert (await one(smart, fetchAcceptsEinvoices="1"))["acceptsEinvoices"] is False


async def test_a_reference_number_is_made_with_its_check_digit(smart: Smart):
    added = await smart.ok("purchasesales/clients:add", {"name": "A"})
    assert added["referenceNumber"] == "10016"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("õunapuu", ["Õunapuu OÜ"]),
        ("OÜ", ["Õunapuu OÜ", "Pirnipuu OÜ"]),
        ("12345678", ["Õunapuu OÜ"]),
        ("1234", ["Õunapuu OÜ"]),
        ("2345678", []),
        ("nobody", []),
    ],
)
async def test_search_is_partial_on_the_name(smart: Smart, wanted, found):
    await smart.client("Õunapuu OÜ", regCode="12345678")
    await smart.client("Pirnipuu OÜ")
    answer = await smart.ok("purchasesales/clients:get", nameOrRegCode=wanted)
    assert [item["name"] for item in answer["clients"]] == found


async def test_only_the_first_fault_of_the_basic_stage_is_said(smart: Smart):
    add = "purchasesales/clients:add"
    assert (await smart.call(add, {})).json["errors"] == [{"key": "REQUIRED", "message": "name is required"}]
    for wrong in (
        {"name": "A", "invoiceDueDate": "soon"},
        {"name": "A", "invoiceDueDate": 1.5},
        {"name": "A", "ignoreOnVatDeclaration": "maybe"},
        {"name": "A", "address": "Pikk 1"},
        {"name": "A", "contacts": {"type": "EMAIL"}},
        {"name": "A", "contacts": [{"type": "email", "value": "a@b.ee"}]},
        {"name": ["A"]},
        {"name": True},
    ):
        assert await smart.refused(add, wrong) == ["INVALID-VALUE"], wrong
    assert await smart.refused(add, {"name": "A", "address": {"address1": "x" * 65}}) == ["TOO-LONG"]
    assert await smart.refused(add, {"name": "Õun 🍎"}) == ["INVALID-CHARACTER"]
    assert (await smart.summary())["clients"]["count"] == 0


async def test_the_complex_stage_says_everything_at_once(smart: Smart):
    wrong = {"name": "A", "vatPc": "99", "group": "Hankijad", "accountUnpaid": "9", "accountPrepayment": "8"}
    keys = await smart.refused("purchasesales/clients:add", wrong)
    assert keys == ["VAT-PC-NOT-FOUND", "GROUP-NOT-FOUND", "ACCOUNT-NOT-FOUND", "ACCOUNT-NOT-FOUND"]


@pytest.mark.parametrize("body", [None, b"", b"{", b"[]", b'"text"', '{"name": "Õ"}'.encode("cp1257")])
async def test_a_body_must_be_there_and_be_a_json_object(smart: Smart, body):
    answer = await smart.signed("purchasesales/clients:add", body)
    assert (answer.status, answer.keys) == (400, ["BODY-READ-ERROR"])
    assert (await smart.summary())["clients"]["count"] == 0


async def test_the_dialects_of_live_clients_are_taken(smart: Smart):
    await smart.ok("purchasesales/clients:add", {"name": "A", "vatPc": 24, "invoiceDueDate": "14"})
    found = await one(smart)
    assert (found["vatPc"], found["invoiceDueDate"]) == ("24", 14)
    await smart.ok("purchasesales/clients:add", {"name": "B"})
    await smart.options(client_vat_pc_required=True)
    assert await smart.refused("purchasesales/clients:add", {"name": "C"}) == ["REQUIRED"]


async def test_edit_replaces_the_whole_client(smart: Smart):
    added = await smart.ok("purchasesales/clients:add", FULL)
    await smart.ok("purchasesales/clients:edit", {"id": added["clientId"], "name": "Pirn OÜ"})
    found = await one(smart, id=added["clientId"], fetchAddresses="true")
    assert (found["name"], found["regCode"], found["address"], found["referenceNumber"]) == (
        "Pirn OÜ",
        None,
        None,
        "20260011",
    )
    assert await smart.refused("purchasesales/clients:edit", {"name": "A"}) == ["REQUIRED"]
    assert await smart.refused("purchasesales/clients:edit", {"id": "no", "name": "A"}) == ["NOT-FOUND"]


async def test_delete_takes_the_id_in_the_query_and_a_body(smart: Smart):
    client = await smart.client()
    delete = "purchasesales/clients:delete"
    assert await smart.refused(delete, {"id": client}) == ["NOT-FOUND"]
    answer = await smart.signed(delete, None, id=client)
    assert answer.json["errors"][0]["message"] == "POST body read error"
    assert (await smart.summary())["clients"]["count"] == 1
    await smart.ok(delete, {}, id=client)
    assert (await smart.summary())["clients"]["count"] == 0


async def test_a_partner_in_use_stays(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    invoice = await smart.invoice(client)
    assert await smart.refused("purchasesales/clients:delete", {}, id=client) == ["IN-USE"]
    await smart.ok("purchasesales/clientinvoices:delete", {}, id=invoice["invoiceId"])
    await smart.ok("purchasesales/clients:delete", {}, id=client)


async def test_the_tax_office_is_built_in(smart: Smart):
    office = await one(smart, "vendors", nameOrRegCode="Tolliamet")
    assert await smart.refused("purchasesales/vendors:delete", {}, id=office["id"]) == ["BUILT-IN"]
    assert (await smart.summary())["vendors"]["count"] == 0


async def test_vendors_have_no_client_fields(smart: Smart):
    vendor = await smart.vendor("Kontoritarbed OÜ", discount=5, group="Hankijad", address={"country": "FI"})
    found = await one(smart, "vendors", id=vendor, fetchAddresses="true")
    assert "discount" not in found
    assert (found["group"], found["address"]["country"]) == ("Hankijad", "FI")
    answer = await smart.ok("purchasesales/vendors:edit", {"id": vendor, "name": "B", "vatPc": "24"})
    assert answer["vendorId"] == vendor
    await smart.ok("purchasesales/vendors:delete", {}, id=vendor)


async def test_changes_are_listed_by_moment_with_deletions_on_page_one(smart: Smart):
    await smart.reset(now="2026-04-16T12:00:00+03:00", check_clock=False, page_size=2)
    first = await smart.client("A")
    gone = await smart.client("B")
    await smart.control("POST", "clock", {"advance_s": 60})
    names = [await smart.client(name) for name in "CDE"]
    await smart.ok("purchasesales/clients:delete", {}, id=gone)
    since = "16.04.2026_12:01:00"
    page = await smart.ok("purchasesales/clients:get", modifiedFrom=since)
    assert [item["id"] for item in page["clients"]] == names[:2]
    assert (page["hasMoreEntries"], page["deleted"]) == (True, [gone])
    page = await smart.ok("purchasesales/clients:get", modifiedFrom=since, pageNumber=2)
    assert [item["id"] for item in page["clients"]] == names[2:]
    assert (page["hasMoreEntries"], "deleted" in page) == (False, False)
    await smart.control("POST", "clock", {"advance_s": 1})
    await smart.ok("purchasesales/clients:edit", {"id": first, "name": "A2"})
    page = await smart.ok("purchasesales/clients:get", modifiedFrom=since, pageNumber=2)
    assert [item["name"] for item in page["clients"]] == ["E", "A2"]
    before = await smart.ok("purchasesales/clients:get", modifiedTo="16.04.2026_12:00:59")
    assert before["clients"] == []


async def test_balance_of_a_client(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    invoice = (await smart.invoice(client))["invoiceId"]
    await smart.invoice(client, entryDate="20.05.2026")
    await smart.ok("purchasesales/payments:add", receipt(client, invoice, 100))
    path = "purchasesales/clients:getbalance"
    assert (await smart.ok(path, id=client, balanceDate="15.04.2026"))["balance"] == 0
    assert (await smart.ok(path, id=client, balanceDate="19.04.2026"))["balance"] == 124
    assert (await smart.ok(path, id=client, balanceDate="20.04.2026"))["balance"] == 24
    answer = await smart.ok(path, id=client, balanceDate="31.12.2026", fetchDetails="true")
    assert (answer["balance"], len(answer["details"])) == (148, 2)
    assert await smart.refused(path) == ["REQUIRED"]


async def test_partners_of_the_demo_can_be_asked_for(smart: Smart):
    await smart.reset(partners=True)
    found = await one(smart, nameOrRegCode="12345678", fetchContacts="true")
    assert (found["name"], found["contacts"][0]["value"]) == ("Õunapuu OÜ", "info@ounapuu.example")
    summary = await smart.summary()
    assert [summary[kind]["count"] for kind in ("clients", "vendors", "articles")] == [7, 4, 3]
