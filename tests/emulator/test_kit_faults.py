import asyncio
import time

import aiohttp
import pytest
from tests.emulator.smart_client import Smart

CLIENT = {"name": "Õunapuu OÜ"}
ADD = "purchasesales/clients:add"


async def clients(smart: Smart) -> int:
    return (await smart.summary())["clients"]["count"]


@pytest.mark.parametrize(("kind", "kept"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_answer_leaves_the_books_as_the_kind_says(smart: Smart, kind, kept):
    await smart.faults({"kind": kind, "match": {"path": "clients:add"}})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await smart.call(ADD, CLIENT)
    assert await clients(smart) == kept
    await smart.ok(ADD, CLIENT)
    assert await clients(smart) == kept + 1


@pytest.mark.parametrize(("kind", "status", "kept"), [("error_before", 503, 0), ("error_after", 500, 1)])
async def test_errors_before_and_after_committing(smart: Smart, kind, status, kept):
    await smart.faults({"kind": kind}, {"kind": kind, "status": 502})
    assert (await smart.call(ADD, CLIENT)).status == status
    assert (await smart.call(ADD, CLIENT)).status == 502
    assert await clients(smart) == 2 * kept


async def test_html_instead_of_json(smart: Smart):
    await smart.faults({"kind": "html"}, {"kind": "html", "status": 502})
    for status in (200, 502):
        answer = await smart.call("settings/accounts:get")
        assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert answer.text.startswith("<!DOCTYPE html>")


async def test_half_an_answer_ends_early_or_breaks_off(smart: Smart):
    whole = (await smart.call("settings/accounts:get")).raw
    await smart.faults({"kind": "half"})
    assert (await smart.call("settings/accounts:get")).raw == whole[: len(whole) // 2]
    await smart.faults({"kind": "half", "cut": True})
    with pytest.raises(aiohttp.ClientPayloadError):
        await smart.call("settings/accounts:get")


async def test_numbers_as_strings(smart: Smart):
    await smart.faults({"kind": "numbers_as_strings"})
    codes = (await smart.ok("settings/vatpcs:get"))["vatPcs"]
    assert (codes[0]["pc"], codes[0]["order"], codes[0]["activeSales"]) == ("24", "1", True)


async def test_throttle_and_unauthorized_are_the_vendors_own_answers(smart: Smart):
    await smart.faults({"kind": "throttle", "retry_after_s": 7}, {"kind": "unauthorized"})
    answer = await smart.call("settings/accounts:get")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "8")
    assert "limit" in answer.text
    assert (await smart.call("settings/accounts:get")).status == 401


async def test_delay_and_stall(smart: Smart):
    await smart.faults({"kind": "delay", "ms": 150}, {"kind": "stall", "ms": 60_000, "after": 1})
    began = time.monotonic()
    await smart.ok("settings/accounts:get")
    assert time.monotonic() - began >= 0.15
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(smart.call("settings/accounts:get"), 0.2)


async def test_a_rule_counts_skips_and_ends(smart: Smart):
    await smart.faults({"kind": "error_before", "status": 500, "times": 2, "after": 1, "match": {"method": "post"}})
    statuses = [(await smart.call(ADD, CLIENT)).status for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert (await smart.call("settings/accounts:get")).status == 200
    (rule,) = await smart.control("GET", "faults")
    assert (rule["seen"], rule["fired"]) == (5, 2)


async def test_probability_is_repeatable_and_null_means_always(smart: Smart):
    rule = {"kind": "error_before", "times": None, "probability": 0.5, "seed": 3}
    seen = []
    for _ in range(2):
        await smart.reset()
        await smart.faults(rule)
        seen.append([(await smart.call("settings/accounts:get")).status for _ in range(30)])
    assert seen[0] == seen[1]
    assert {200, 503} == set(seen[0])


async def test_a_rule_that_answers_leaves_later_ones_unspent_and_others_add_up(smart: Smart):
    await smart.faults({"kind": "throttle"}, {"kind": "numbers_as_strings"}, {"kind": "half"})
    assert (await smart.call("settings/vatpcs:get")).status == 503
    assert [rule["fired"] for rule in await smart.control("GET", "faults")] == [1, 0, 0]
    whole = len((await smart.call("settings/vatpcs:get")).raw)
    assert [rule["fired"] for rule in await smart.control("GET", "faults")] == [1, 1, 1]
    assert whole < len((await smart.call("settings/vatpcs:get")).raw)


async def test_faults_can_be_cleared_and_wrong_ones_are_refused(smart: Smart):
    await smart.faults({"kind": "throttle", "times": None})
    assert await smart.control("DELETE", "faults") == []
    assert (await smart.call("settings/accounts:get")).status == 200
    for wrong in (
        b'[{"kind": "nonsense"}]',
        b'[{"kind": "half", "match": {"path": "("}}]',
        b'[{"kind": "half", "typo": 1}]',
        b"{",
    ):
        answer = await smart.request("POST", "/_emulator/faults", wrong)
        assert answer.status == 400
        assert answer.json["error"]
    assert await smart.control("GET", "faults") == []
