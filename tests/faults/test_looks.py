"""Previews and comparisons: they write nothing, whatever goes wrong, and they see a cent."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.apps import apps

from tests.faults.proof import assert_done, prove
from tests.support.product import Office
from tests.support.vendors import SmartAccounts
from tilisilta.store.models import AuditEntry, BudgetWindow, Flow, Integration, Notice, Run

# What a look may leave: the run itself with its result, the entry about who asked and the notice of its end, the
# requests it cost, and the two flows that each integration has from its first run on.
ITS_OWN = {Run, AuditEntry, BudgetWindow, Flow, Notice, Integration}
LEASE = {"fence", "lease_run_id", "lease_until", "settings"}


def rows() -> dict[str, list[Any]]:
    models = [each for each in apps.get_app_config("store").get_models() if each not in ITS_OWN]
    found = {each.__name__: sorted(map(repr, each.objects.values())) for each in models}
    kept = [each.name for each in Integration._meta.local_fields if each.attname not in LEASE]
    return {**found, "Integration": sorted(map(repr, Integration.objects.values(*kept)))}


def books(office: Office) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return office.scoro.books(), office.smartaccounts.books()


def writes(office: Office) -> list[str]:
    endpoints = [*office.smartaccounts.requests()["endpoints"], *office.scoro.requests()["endpoints"]]
    return [each for each in endpoints if each.endswith((":add", ":edit", ":delete")) or "/modify" in each]


@pytest.mark.parametrize("mode", ["preview", "reconcile"])
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [None, {"kind": "half", "cut": True, "times": 2}, {"kind": "throttle", "times": 3}])
def test_a_look_writes_nothing_anywhere(shop: Office, mode: str, is_after: bool, fault: dict[str, Any] | None):
    if is_after:
        assert_done(shop.run("sales_invoices", date_to=date(2026, 2, 1)))
    own, others, wrote = rows(), books(shop), writes(shop)
    if fault:
        shop.smartaccounts.faults(fault)
        shop.scoro.faults({**fault, "match": {"path": "list"}})
    run = shop.run("sales_invoices", mode=mode)
    assert run.state == ("done" if mode == "preview" else "done_with_problems")
    assert rows() == own
    assert books(shop) == others
    assert writes(shop) == wrote


def test_a_preview_says_what_the_import_then_does(shop: Office):
    told = shop.run("sales_invoices", mode="preview").result
    assert told["actions"] == {"create": 40}
    assert len(told["new_parties"]) == 5
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}
    after = shop.run("sales_invoices", mode="preview").result
    assert after["actions"] == {"known": 40}
    clients = shop.smartaccounts.books()["clients"]
    assert len([each for each in clients if each["name"] in {party["name"] for party in told["new_parties"]}]) == 5


def test_a_comparison_finds_what_was_changed_and_deleted_in_the_targets_books(shop: Office):
    assert_done(shop.run("sales_invoices"))
    clean = shop.run("sales_invoices", mode="reconcile")
    assert (clean.state, clean.result["equal"], clean.result["differences"]) == ("done", 40, 0)
    assert clean.result["totals"]["EUR"]["difference"] == "0.00"
    smart = SmartAccounts(shop.smartaccounts)
    gone, changed, *_ = smart.books()["client_invoices"]
    smart.call("purchasesales/clientinvoices:delete", {}, id=gone["id"])
    rows = [dict(each) for each in changed["rows"]]
    names = ("code", "description", "price", "quantity", "vatPc", "discount")
    body = [{name: row[name] for name in names if row.get(name) is not None} for row in rows]
    body[0]["price"] = str(float(body[0]["price"]) + 1)
    head = {name: changed[name] for name in ("id", "clientId", "date", "entryDate", "invoiceNumber", "currency")}
    smart.call("purchasesales/clientinvoices:edit", {**head, "rows": body})
    found = shop.run("sales_invoices", mode="reconcile")
    assert (found.state, found.result["differences"]) == ("done_with_problems", 2)
    verdicts = {row["number"]: row["differs"] for row in found.result["rows"]}
    assert verdicts == {gone["invoiceNumber"]: ["gone_at_target"], changed["invoiceNumber"]: ["totals_differ"]}
