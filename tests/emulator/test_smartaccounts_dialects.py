"""What live clients send beside the plain form: empty values of typed languages, PHP's empties, other HTTP methods."""

import base64

import pytest
from tests.emulator.smart_client import Smart, receipt, sale

ENTRY = {
    "date": "30.04.2026",
    "rows": [
        {"account": "4220", "description": "Üür", "debitAmount": 5, "creditAmount": 0},
        {"account": "2110", "description": "Üür", "debitAmount": 0, "creditAmount": 5},
    ],
}
SEND = "purchasesales/clientinvoices:sendeinvoice"


@pytest.fixture
async def client(smart: Smart) -> str:
    await smart.article()
    return await smart.client(regCode="12345678")


async def test_empties_of_php_and_of_shops_are_taken(smart: Smart):
    body = {
        "name": "A",
        "address": [],
        "contacts": [{"type": "EMAIL", "value": "a@b.ee"}, {"type": "PHONE", "value": ""}],
    }
    identity = (await smart.ok("purchasesales/clients:add", body))["clientId"]
    (found,) = (await smart.ok("purchasesales/clients:get", id=identity, fetchContacts=1, fetchAddresses=1))["clients"]
    assert (found["address"], [item["value"] for item in found["contacts"]]) == (None, ["a@b.ee", ""])


async def test_a_payment_with_an_empty_prepayment_has_none(smart: Smart, client: str):
    identity = (await smart.invoice(client))["invoiceId"]
    empty = {"prepayment": {"amount": 0, "description": ""}, "extras": [], "vendorId": "", "eurAmount": 0}
    await smart.ok("purchasesales/payments:add", receipt(client, identity, 24, **empty))
    (found,) = (await smart.ok("purchasesales/payments:get", dateFrom="01.04.2026"))["payments"]
    assert (found["prepayment"], found["eurAmount"], found["amount"]) == (None, None, 24)
    lacking = receipt(client, identity, 24, prepayment={"amount": 1, "description": ""})
    assert await smart.refused("purchasesales/payments:add", lacking) == ["REQUIRED"]


async def test_an_e_invoice_is_sent_by_either_method_with_the_id_in_either_place(smart: Smart, client: str):
    identity = (await smart.invoice(client))["invoiceId"]
    shown = await smart.shown_invoice(identity)
    assert (shown["omnivaLastSentDate"], shown["periodicInvoiceId"]) == (None, None)
    for body, query in ((None, {"id": identity}), ({}, {"id": identity}), ({"id": identity}, {})):
        assert await smart.ok(SEND, body, **query) == {"invoiceId": identity}
    assert len((await smart.shown_invoice(identity))["omnivaLastSentDate"]) == len("16.04.2026")
    assert await smart.refused(SEND, {}) == ["REQUIRED"]
    await smart.options(rights={"purchasesales/clientinvoices": "read"})
    assert await smart.refused(SEND, None, id=identity) == ["NO-RIGHTS"]


async def test_the_reference_number_of_an_answer_follows_the_switch(smart: Smart, client: str):
    await smart.options(numbers_as_json=True)
    answer = await smart.ok("purchasesales/clientinvoices:add", sale(client))
    assert all(isinstance(answer[name], int) for name in ("number", "invoiceNumber", "referenceNumber"))


async def test_only_manual_entries_can_be_added(smart: Smart):
    await smart.ok("general/entries:add", {**ENTRY, "docType": "LEDGER_ENTRY"})
    assert await smart.refused("general/entries:add", {**ENTRY, "docType": "BANK_PAYMENT"}) == ["ENTRY-NOT-MANUAL"]
    assert await smart.refused("general/entries:add", {**ENTRY, "docType": "ELSE"}) == ["INVALID-VALUE"]


async def test_entries_are_listed_by_whether_their_document_is_paid(smart: Smart, client: str):
    await smart.ok("general/entries:add", ENTRY)
    paid = (await smart.invoice(client))["invoiceId"]
    await smart.invoice(client, invoiceNumber="O", dueDate="01.01.2099")
    await smart.invoice(client, invoiceNumber="L", dueDate="01.01.2020")
    await smart.ok("purchasesales/payments:add", receipt(client, paid, 124))
    for status, numbers in (("unpaid", ["O", "L"]), ("overdue", ["L"]), ("", None)):
        found = (await smart.ok("general/entries:get", dateFrom="01.01.2026", paymentStatus=status))["entries"]
        assert numbers is None or [item["document"] for item in found] == numbers
    assert len(found) == 5
    assert await smart.refused("general/entries:get", dateFrom="01.01.2026", paymentStatus="open") == ["INVALID-VALUE"]


async def test_a_files_content_may_be_broken_into_lines(smart: Smart, client: str):
    content = base64.encodebytes(b"x" * 100).decode()
    body = {"docType": "CLIENT", "docId": client, "fileName": "a.txt", "fileContent": content}
    identity = (await smart.ok("general/files:add", body))["fileId"]
    (file,) = (await smart.ok("general/files:get", fileId=identity))["files"]
    assert base64.b64decode(file["fileContent"]) == b"x" * 100
