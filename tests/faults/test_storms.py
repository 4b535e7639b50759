"""Throttling, lost answers, failures before and after the commit, answers that cannot be read: at both ends."""

import pytest

from tests.faults.proof import assert_done, events_of, prove
from tests.support.product import Office

ADD = "clientinvoices:add"
ANY_ADD = ":add"
ANY_GET = ":get"

TARGET_FAULTS = {
    "throttled, told when": [{"kind": "throttle", "match": {"path": ADD}, "times": 8, "after": 3, "retry_after_s": 1}],
    "throttled, not told": [{"kind": "throttle", "match": {"path": ADD}, "times": 8, "after": 3}],
    "throttled from the first": [{"kind": "throttle", "times": 6}],
    "throttled on partners": [{"kind": "throttle", "match": {"path": "clients:add"}, "times": 3}],
    "throttled on articles": [{"kind": "throttle", "match": {"path": "articles:add"}, "times": 3}],
    "dropped before": [{"kind": "drop_before", "match": {"path": ANY_ADD}, "times": 5, "after": 2}],
    "dropped after": [{"kind": "drop_after", "match": {"path": ANY_ADD}, "times": 5, "after": 2}],
    "partner lost before": [{"kind": "drop_before", "match": {"path": "clients:add"}, "times": 2}],
    "partner lost after": [{"kind": "drop_after", "match": {"path": "clients:add"}, "times": 2}],
    "article failed after": [{"kind": "error_after", "match": {"path": "articles:add"}, "times": 2}],
    "failed before": [{"kind": "error_before", "status": 500, "match": {"path": ADD}, "times": 5, "after": 3}],
    "failed after": [{"kind": "error_after", "status": 502, "match": {"path": ADD}, "times": 5, "after": 3}],
    "half an answer": [{"kind": "half", "match": {"path": ADD}, "times": 4}],
    "broken off": [{"kind": "half", "cut": True, "match": {"path": ADD}, "times": 4}],
    "a page for people": [{"kind": "html", "match": {"path": ADD}, "times": 4}],
    "a page from the gateway": [{"kind": "html", "status": 502, "match": {"path": ADD}, "times": 4}],
    "numbers as strings": [{"kind": "numbers_as_strings", "times": None}],
    "slow": [{"kind": "delay", "ms": 40, "match": {"path": ADD}, "times": None}],
    "lists fail": [{"kind": "error_before", "match": {"path": ANY_GET}, "times": 2, "status": 500}],
    "lists broken off": [{"kind": "half", "cut": True, "match": {"path": ANY_GET}, "times": 2}],
    "rows shift while it is searched": [
        {"kind": "drop_after", "match": {"path": ADD}, "times": 5},
        {"kind": "change_between_pages", "match": {"path": "clientinvoices:get"}, "times": 2},
    ],
}


@pytest.mark.parametrize("rules", TARGET_FAULTS.values(), ids=TARGET_FAULTS.keys())
def test_a_target_that_misbehaves_gets_each_document_once(shop: Office, rules: list[dict]):
    shop.smartaccounts.faults(*rules)
    run = shop.run("sales_invoices")
    assert_done(run)
    assert run.sent == 40
    assert prove(shop) == {}
    fired = [each["fired"] for each in shop.smartaccounts.call("GET", "faults")]
    assert all(fired), fired


SOURCE_FAULTS = {
    "throttled, told when": [{"kind": "throttle", "match": {"path": "list"}, "times": 3, "retry_after_s": 1}],
    "throttled, not told": [{"kind": "throttle", "match": {"path": "list"}, "times": 3}],
    "dropped": [{"kind": "drop_before", "match": {"path": "list"}, "times": 2}],
    "dropped later": [{"kind": "drop_after", "match": {"path": "invoices/list"}, "times": 2, "after": 1}],
    "failed": [{"kind": "error_before", "match": {"path": "list"}, "times": 2}],
    "half an answer": [{"kind": "half", "match": {"path": "invoices/list"}, "times": 1}],
    "broken off": [{"kind": "half", "cut": True, "match": {"path": "invoices/list"}, "times": 2}],
    "a page for people": [{"kind": "html", "match": {"path": "invoices/list"}, "times": 1}],
    "numbers as strings": [{"kind": "numbers_as_strings", "times": None}],
    "zero dates": [{"kind": "zero_dates", "times": None}],
    "text escaped": [{"kind": "escape_text", "times": None}],
    "slow": [{"kind": "delay", "ms": 150, "times": None}],
    "a row twice": [{"kind": "duplicate_row", "match": {"path": "invoices/list"}, "times": None}],
    "rows touched between pages": [{"kind": "change_between_pages", "match": {"path": "invoices/list"}, "times": 2}],
    "optional fields missing": [
        {
            "kind": "drop_fields",
            "times": None,
            "data": {"fields": ["reference_no", "description", "custom_fields", "owner_id", "phase", "email", "iban"]},
        }
    ],
}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that answered nonsense is asked again soon."""
    from tilisilta.connectors.scoro import client

    real = client.not_json

    def hurried(*given, **options):
        error = real(*given, **options)
        error.after_s = 0.2
        return error

    monkeypatch.setattr(client, "not_json", hurried)


@pytest.mark.parametrize("rules", SOURCE_FAULTS.values(), ids=SOURCE_FAULTS.keys())
def test_a_source_that_misbehaves_loses_nothing(shop: Office, soon: None, rules: list[dict]):
    shop.scoro.faults(*rules)
    run = shop.run("sales_invoices")
    assert_done(run)
    assert prove(shop) == {}
    fired = [each["fired"] for each in shop.scoro.call("GET", "faults")]
    assert all(fired), fired


def test_a_lost_answer_is_told_in_the_documents_log(shop: Office):
    shop.smartaccounts.faults({"kind": "drop_after", "match": {"path": ADD}, "times": 1})
    assert_done(shop.run("sales_invoices"))
    prove(shop)
    logs = [events_of(shop, each.number) for each in shop.deliveries(kind="sales_invoice")]
    assert sorted(logs).count(["drafted", "uncertain", "found_in_target"]) == 1
    assert logs.count(["drafted", "sent"]) == 39


def test_an_answer_that_is_always_lost_ends_with_a_person(shop: Office):
    """Never found and never answered: after some tries the document waits with a reason, and the others have gone."""
    one = next(iter(shop.scoro.books()["invoices"]))["no"]
    shop.smartaccounts.faults({"kind": "error_before", "status": 500, "match": {"path": ADD}, "times": None})
    run = shop.run("sales_invoices")
    assert run.state == "done_with_problems"
    reasons = prove(shop, left={str(each["no"]) for each in shop.scoro.books()["invoices"]})
    assert reasons[str(one)] == "ANSWER_LOST"
    assert run.sent == 0
    shop.smartaccounts.clear_faults()
