import aiohttp
import pytest
from tests.emulator.smart_client import Smart, row, sale

from tilisilta_emulators.kit import OrderedIndex, SlidingLimits, Window, decode, encode, numbers_as_strings


async def test_reset_forgets_books_faults_and_counts(smart: Smart):
    await smart.client()
    await smart.faults({"kind": "half", "after": 100})
    await smart.reset()
    assert (await smart.summary())["clients"] == {"count": 0}
    assert await smart.control("GET", "faults") == []
    assert (await smart.control("GET", "requests"))["total"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reset", b'{"typo": 1}'),
        ("reset", b'{"page_size": "many"}'),
        ("reset", b"[]"),
        ("reset", b"{"),
        ("options", b'{"typo": 1}'),
        ("seed", b'{"typo": 1}'),
        ("seed", b'{"client_invoices": 1}'),
        ("clock", b'{"now": "yesterday"}'),
    ],
)
async def test_a_mistake_in_a_control_call_is_said_and_changes_nothing(smart: Smart, path, body):
    await smart.client()
    answer = await smart.request("POST", f"/_emulator/{path}", body)
    assert answer.status == 400
    assert answer.json["error"]
    assert (await smart.summary())["clients"] == {"count": 1}


async def test_options_change_without_losing_the_books(smart: Smart):
    await smart.client()
    changed = await smart.options(unpaid_bill=True)
    assert (changed["unpaid_bill"], changed["limits"], changed["page_size"]) == (True, False, 100)
    assert (await smart.call("settings/accounts:get")).status == 503
    await smart.options(unpaid_bill=False)
    assert (await smart.summary())["clients"] == {"count": 1}


async def test_requests_are_counted_per_endpoint_with_status_and_fault(smart: Smart):
    await smart.faults({"kind": "drop_after", "after": 1})
    await smart.ok("settings/accounts:get")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await smart.call("settings/vatpcs:get", {})
    await smart.call("settings/nothing:get")
    report = await smart.control("GET", "requests?last=2")
    assert report["total"] == 3
    assert report["endpoints"]["POST /api/settings/vatpcs:get"] == 1
    assert report["statuses"] == {"200": 1, "0": 1, "404": 1}
    assert [(item["status"], item["faults"]) for item in report["last"]] == [(0, ["drop_after"]), (404, [])]
    narrowed = await smart.control("GET", "requests?path=accounts")
    assert (narrowed["total"], len(narrowed["last"])) == (1, 1)
    assert (await smart.control("DELETE", "requests"))["total"] == 0
    assert (await smart.request("GET", "/_emulator/requests?last=x")).status == 400


async def test_bodies_are_remembered_when_asked(smart: Smart):
    await smart.reset(log_bodies=True)
    await smart.client("Õunapuu OÜ")
    (entry,) = (await smart.control("GET", "requests"))["last"]
    assert decode(entry["body"])["name"] == "Õunapuu OÜ"


async def test_the_clock_can_be_stopped_moved_and_freed(smart: Smart):
    await smart.reset(now="2026-04-16T12:00:00+03:00")
    assert (await smart.control("GET", "clock"))["now"] == "2026-04-16T09:00:00Z"
    assert (await smart.control("POST", "clock", {"advance_s": 3600}))["now"] == "2026-04-16T10:00:00Z"
    assert (await smart.call("settings/accounts:get", stamp="16042026130000")).status == 200
    await smart.control("POST", "clock", {"real": True})
    assert (await smart.call("settings/accounts:get")).status == 200


async def test_state_shows_amounts_as_strings(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    await smart.ok("purchasesales/clientinvoices:add", sale(client, rows=[row(price="33.335", quantity=3)]))
    (invoice,) = (await smart.state())["client_invoices"]
    assert (invoice["amount"], invoice["vatAmount"], invoice["totalAmount"]) == ("100.01", "24.00", "124.01")
    assert invoice["rows"][0]["price"] == "33.335"


async def test_generated_books_add_up_and_are_the_same_every_time(smart: Smart):
    wanted = {
        "clients": 5, "vendors": 3, "articles": 4, "client_invoices": 40, "vendor_invoices": 10, "paid": 0.5,
    }  # fmt: skip
    seen = []
    for _ in range(2):
        await smart.reset()
        added = await smart.control("POST", "seed", wanted)
        summary = await smart.summary()
        assert (summary["client_invoices"]["count"], summary["vendor_invoices"]["count"]) == (40, 10)
        assert summary["payments"]["count"] == added["payments"] > 5
        assert summary["entries"]["unbalanced"] == 0
        seen.append(summary["client_invoices"])
    assert seen[0] == seen[1]


def test_windows_slide_and_refused_requests_do_not_count():
    limits = SlidingLimits([Window("minute", 2, 60), Window("day", 3, 86400)])
    assert [limits.take("a", at) for at in (0, 1)] == [None, None]
    refusal = limits.take("a", 30)
    assert refusal is not None
    assert (refusal.window.name, refusal.retry_after_s) == ("minute", 30)
    assert limits.take("b", 30) is None
    assert limits.take("a", 60) is None
    refusal = limits.take("a", 200)
    assert refusal is not None
    assert (refusal.window.name, refusal.retry_after_s) == ("day", 86400 - 200)
    assert limits.remaining("a", 200) == {"minute": 2, "day": 0}
    limits.clear()
    assert limits.take("a", 200) is None


def test_an_index_keeps_order_and_cuts_ranges():
    index: OrderedIndex[str] = OrderedIndex()
    for key, sequence, record in [(3, 1, "c"), (1, 2, "a"), (2, 3, "b"), (2, 4, "b2"), (3, 5, "c2")]:
        index.add(key, sequence, record)
    assert list(index) == ["a", "b", "b2", "c", "c2"]
    assert list(index.between(2, 3)) == ["b", "b2", "c", "c2"]
    assert index.slice(*index.bounds(None, 2)) == ["a", "b", "b2"]
    assert index.bounds(9, 1) == (5, 5)
    index.remove(2, 3)
    index.remove(2, 99)
    assert (list(index), len(index)) == (["a", "b2", "c", "c2"], 4)


def test_json_keeps_decimals_exact():
    text = b'{"a":0.10,"b":[1,true,null,"x"],"c":12345678901234.123456789}'
    assert encode(decode(text)) == text
    assert numbers_as_strings(decode(b'{"a":0.10,"b":[1,true,null]}')) == {"a": "0.10", "b": ["1", True, None]}
