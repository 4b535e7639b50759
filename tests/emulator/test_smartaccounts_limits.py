import pytest
from tests.emulator.smart_client import Smart, receipt, sale

STAMP = "16042026120000"
NOW = "2026-04-16T12:00:00+03:00"


async def test_sixty_a_minute(smart: Smart):
    await smart.reset(limits=True, now=NOW)
    statuses = [(await smart.call("settings/accounts:get", stamp=STAMP)).status for _ in range(61)]
    assert statuses == [200] * 60 + [503]
    await smart.control("POST", "clock", {"advance_s": 45})
    answer = await smart.call("settings/accounts:get", stamp=STAMP)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "16")
    assert answer.text == "Request limit exceeded: 60 requests per minute"
    await smart.control("POST", "clock", {"advance_s": 16})
    assert (await smart.call("settings/accounts:get", stamp=STAMP)).status == 200


async def test_a_thousand_a_day(smart: Smart):
    await smart.reset(limits=True, now=NOW, per_minute=10_000, per_day=100, retry_after=False)
    for _ in range(100):
        assert (await smart.call("settings/accounts:get", stamp=STAMP)).status == 200
    answer = await smart.call("settings/accounts:get", stamp=STAMP)
    assert (answer.status, answer.text) == (503, "Request limit exceeded: 100 requests per day")
    assert "Retry-After" not in answer.headers
    await smart.control("POST", "clock", {"advance_s": 86_401})
    assert (await smart.call("settings/accounts:get", stamp="17042026120001")).status == 200


async def test_wrongly_signed_calls_are_not_counted(smart: Smart):
    await smart.reset(limits=True, per_minute=1)
    for _ in range(3):
        assert (await smart.call("settings/accounts:get", stamp="01012020000000")).status == 401
    assert (await smart.call("settings/accounts:get")).status == 200
    assert (await smart.call("settings/accounts:get")).status == 503


async def test_an_unpaid_bill_differs_from_a_limit_by_its_text_only(smart: Smart):
    await smart.reset(unpaid_bill=True)
    answer = await smart.call("settings/accounts:get")
    assert answer.status == 503
    assert "unpaid" in answer.text
    await smart.reset()
    await smart.faults({"kind": "unpaid"})
    assert (await smart.call("settings/accounts:get")).text == answer.text
    assert (await smart.call("settings/accounts:get")).status == 200


async def test_rights_are_kept_per_service(smart: Smart):
    client = await smart.client()
    await smart.options(rights={"purchasesales/clients": "read", "settings/accounts": "none"})
    assert (await smart.call("purchasesales/clients:get")).status == 200
    assert await smart.refused("purchasesales/clients:edit", {"id": client, "name": "B"}) == ["NO-RIGHTS"]
    assert await smart.refused("settings/accounts:get") == ["NO-RIGHTS"]
    assert (await smart.call("settings/vatpcs:get")).status == 200


@pytest.mark.parametrize("shape", ["errors", "message", "error", "text"])
async def test_refusals_come_in_every_shape_that_clients_have_seen(smart: Smart, shape):
    await smart.reset(error_shape=shape)
    answer = await smart.call("purchasesales/clients:add", {})
    assert answer.status == 400
    if shape == "errors":
        assert answer.json == {"errors": [{"key": "REQUIRED", "message": "name is required"}]}
    elif shape == "text":
        assert answer.text == "name is required"
    else:
        assert answer.json == {shape: "name is required"}


async def test_complex_messages_are_in_the_language_of_the_address(smart: Smart):
    body = sale("nobody")
    for api, text in (("/en/api", "Client not found: nobody"), ("/et/api", "Klienti ei leitud: nobody")):
        answer = await smart.call("purchasesales/clientinvoices:add", body, api=api)
        assert text in [error["message"] for error in answer.json["errors"]]
    basic = await smart.call("purchasesales/clientinvoices:add", {}, api="/et/api")
    assert basic.json["errors"][0]["message"] == "clientId is required"


async def test_a_locked_period_refuses_what_is_entered_changed_or_deleted_in_it(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    old = await smart.invoice(client)
    add, edit, delete = (f"purchasesales/clientinvoices:{name}" for name in ("add", "edit", "delete"))
    await smart.options(locked_until="2026-04-30")
    assert await smart.refused(add, sale(client)) == ["PERIOD-LOCKED"]
    assert await smart.refused(delete, {}, id=old["invoiceId"]) == ["PERIOD-LOCKED"]
    moved = {**sale(client, entryDate="02.05.2026"), "id": old["invoiceId"]}
    assert await smart.refused(edit, moved) == ["PERIOD-LOCKED"]
    pay = receipt(client, old["invoiceId"], 10)
    assert await smart.refused("purchasesales/payments:add", pay) == ["PERIOD-LOCKED"]
    answer = await smart.call(add, sale(client), api="/et/api")
    assert answer.json["errors"][0]["message"] == "Periood on lukustatud kuni 30.04.2026: 16.04.2026"
    # It is the entry date that counts, not the invoice's own.
    await smart.ok(add, sale(client, entryDate="01.05.2026"))
    summary = await smart.summary()
    assert (summary["client_invoices"]["count"], summary["payments"]["count"]) == (2, 0)


async def test_a_period_can_be_locked_for_single_calls(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    await smart.faults({"kind": "lock_period", "match": {"path": "clientinvoices:add"}})
    assert await smart.refused("purchasesales/clientinvoices:add", sale(client)) == ["PERIOD-LOCKED"]
    await smart.invoice(client)
    assert (await smart.summary())["client_invoices"]["count"] == 1


async def test_balances_of_accounts_only_once_an_hour(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    await smart.invoice(client)
    await smart.options(limits=True)
    answer = await smart.ok("general/accountbalances:get", date="31.12.2026")
    assert {item["accountCode"]: item["balance"] for item in answer["accountBalances"]} == {
        "1031": 124,
        "2315": -24,
        "3020": -100,
    }
    assert (await smart.call("general/accountbalances:get", date="31.12.2026")).status == 503
    await smart.options(limits=False)
    assert await smart.ok("general/accountbalances:get", date="15.04.2026") == {"accountBalances": []}
