"""What people do while a run goes on: press twice, stop it, revoke keys, delete, lock, and set right again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from tests.faults.conftest import SEED, resume
from tests.faults.proof import assert_done, at_source, at_target, open_codes, prove
from tests.support.product import Office, wait_for
from tests.support.vendors import Scoro, SmartAccounts
from tilisilta.engine.database import in_store
from tilisilta.engine.dependencies import ensure_bound
from tilisilta.engine.lines import request_run
from tilisilta.services import connections, deliveries, runs
from tilisilta.store.models import ConnectionState, Delivery, DeliveryState, Run, RunMode

ADD = "clientinvoices:add"
SLOW = {"kind": "delay", "ms": 60, "match": {"path": ADD}, "times": None}


def fired(office: Office) -> list[int]:
    return [each["fired"] for each in office.smartaccounts.call("GET", "faults")]


# --- pressing twice --------------------------------------------------------------------------------------------


def test_two_people_press_import_at_once(shop: Office):
    # So slow that nobody presses after the end of the others' run.
    shop.smartaccounts.faults({"kind": "delay", "ms": 300, "match": {"path": ":add"}, "times": None})
    flow = shop.flow("sales_invoices")
    start = threading.Barrier(6)

    def press(_: int) -> int:
        start.wait()
        try:
            run = request_run(flow, RunMode.RUN, date_from=date(2026, 1, 1), date_to=date(2026, 10, 31))
            return int(run.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        asked = set(pool.map(press, range(6)))
    assert len(asked) == 1
    run = wait_for(Run.objects.get(pk=asked.pop()))
    assert_done(run)
    assert run.sent == 40
    assert prove(shop) == {}


def test_two_imports_of_overlapping_days_and_two_flows_at_once(shop: Office):
    shop.scoro.seed(bills=20, suppliers=3, items=3, rows=2, seed=5, **{"from": "2026-01-01", "to": "2026-03-31"})
    shop.smartaccounts.faults(SLOW)
    asked = [
        shop.ask("sales_invoices", date_from=date(2026, 1, 1), date_to=date(2026, 2, 15)),
        shop.ask("purchase_invoices"),
        shop.ask("sales_invoices", date_from=date(2026, 2, 1), date_to=date(2026, 3, 31)),
        shop.ask("sales_invoices", mode="preview"),
    ]
    done = [wait_for(each) for each in asked]
    for run in done:
        assert_done(run)
    assert done[0].sent + done[2].sent == 40
    assert done[0].known + done[2].known > 0
    assert prove(shop) == {}
    assert prove(shop, "purchase_invoices") == {}


# --- stopping --------------------------------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tilisilta.engine.fetching.BATCH", 8)


def _cancel_when(office: Office, run: Run, count: int) -> Run:
    while not at_target(office) or len(at_target(office)) < count:
        pass
    runs.cancel_run(office.actor, run)
    return wait_for(run)


def test_a_run_stopped_in_the_middle_leaves_nothing_half_sent_and_the_next_takes_the_rest(shop: Office, small_batches):
    shop.scoro.seed(**{**SEED, "invoices": 100, "seed": 12})
    shop.smartaccounts.faults(SLOW)
    run = _cancel_when(shop, shop.ask("sales_invoices"), 3)
    assert run.state == "cancelled"
    arrived = at_target(shop)
    assert 3 <= len(arrived) < 140
    assert run.sent == len(arrived)
    listed = shop.deliveries(kind="sales_invoice")
    assert {each.state for each in listed} <= {"confirmed", "sent", "skipped"}
    assert {each.reason for each in listed if each.state == "skipped"} <= {"RUN_CANCELLED"}
    shop.smartaccounts.clear_faults()
    again = shop.run("sales_invoices")
    assert_done(again)
    assert again.sent == 140 - len(arrived)
    assert again.known == len(arrived)
    assert prove(shop) == {}


def test_a_run_stopped_while_partners_go_is_taken_up_too(shop: Office):
    shop.smartaccounts.faults({"kind": "throttle", "match": {"path": "clients:add"}, "times": None, "retry_after_s": 1})
    run = shop.ask("sales_invoices")
    while not fired(shop)[0]:
        pass
    runs.cancel_run(shop.actor, run)
    assert wait_for(run).state == "cancelled"
    assert at_target(shop) == {}
    shop.smartaccounts.clear_faults()
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


def test_a_run_is_stopped_although_the_source_never_answers(shop: Office):
    shop.scoro.faults({"kind": "throttle", "times": None, "retry_after_s": 1})
    run = shop.ask("sales_invoices")
    while not next(each["fired"] for each in shop.scoro.call("GET", "faults")):
        pass
    runs.cancel_run(shop.actor, run)
    assert wait_for(run).state == "cancelled"


def test_a_waiting_run_that_is_stopped_leaves_its_rest_to_the_next_import(shop: Office):
    shop.smartaccounts.faults(
        {"kind": "throttle", "match": {"path": ADD}, "times": None, "after": 10, "retry_after_s": 4000}
    )
    run = _until_waiting(shop.ask("sales_invoices"))
    runs.cancel_run(shop.actor, run)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert Delivery.objects.filter(state=DeliveryState.READY).count() == 0
    shop.smartaccounts.clear_faults()
    _forget_pauses(shop)
    again = shop.run("sales_invoices")
    assert_done(again)
    assert again.sent == 30
    assert prove(shop) == {}


def _until_waiting(run: Run) -> Run:
    while run.state != "waiting":
        run.refresh_from_db()
        assert run.finished_at is None, (run.state, run.problem_code)
    return run


def _forget_pauses(office: Office) -> None:
    """As a person does who presses "Test" at the connection: what the vendor said about waiting is forgotten."""
    Delivery.objects.filter(flow__integration=office.integration).update(retry_at=None)
    from tilisilta.engine.connect import budget_store
    from tilisilta.kit import budget

    for shared in budget._shared.get(budget_store, {}).values():
        shared.paused_until = shared.spent_until = 0.0


# --- budgets ---------------------------------------------------------------------------------------------------


def test_the_days_requests_are_spent_in_the_middle_and_the_run_goes_on_the_next_day(shop: Office):
    shop.smartaccounts.faults(
        {"kind": "throttle", "match": {"path": ADD}, "times": None, "after": 15, "retry_after_s": 40_000}
    )
    run = _until_waiting(shop.ask("sales_invoices"))
    assert run.problem_code == "DAILY_BUDGET_SPENT"
    assert run.resume_at is not None
    assert len(at_target(shop)) == 15
    assert {each.state for each in shop.deliveries(kind="sales_invoice")} == {"confirmed", "ready"}
    shop.smartaccounts.clear_faults()
    _forget_pauses(shop)
    run = resume(run)
    assert_done(run)
    assert (run.sent, run.problem_code, run.evidence) == (40, "", {})
    assert prove(shop) == {}


def test_the_sources_day_is_spent_between_pages(shop: Office):
    shop.scoro.faults({"kind": "daily_spent", "match": {"path": "invoices/list"}, "times": None, "after": 1})
    run = _until_waiting(shop.ask("sales_invoices"))
    assert run.problem_code == "DAILY_BUDGET_SPENT"
    shop.scoro.clear_faults()
    _forget_pauses(shop)
    assert_done(resume(run))
    assert prove(shop) == {}


def test_a_vendor_that_stays_busy_makes_the_run_wait_with_its_reason_and_end_at_last(shop: Office, monkeypatch):
    monkeypatch.setattr("tilisilta.engine.ending.MOST_PAUSES", 2)
    monkeypatch.setattr("tilisilta.engine.workflows.MOST_SHORT_WAITS", 1)
    shop.scoro.faults({"kind": "error_before", "match": {"path": "invoices/list"}, "times": None, "status": 503})
    run = _until_waiting(shop.ask("sales_invoices"))
    assert run.problem_code == "TARGET_BUSY"
    for _ in range(2):
        Run.objects.filter(pk=run.pk).update(resume_at="2020-01-01T00:00:00Z")
        from tilisilta.engine.rounds import resume_waiting

        resume_waiting()
        run.refresh_from_db()
        while run.state not in {"waiting", "failed"}:
            run.refresh_from_db()
    assert (run.state, run.problem_code) == ("failed", "TARGET_BUSY")
    shop.scoro.clear_faults()
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


# --- keys ------------------------------------------------------------------------------------------------------


def test_keys_revoked_at_the_target_in_the_middle_and_given_back(shop: Office):
    shop.smartaccounts.faults({"kind": "unauthorized", "match": {"path": ADD}, "times": None, "after": 12})
    run = shop.run("sales_invoices")
    assert (run.state, run.problem_code) == ("failed", "KEY_REFUSED")
    shop.target.refresh_from_db()
    assert (shop.target.state, shop.target.problem_code) == (ConnectionState.NEEDS_RECONNECT, "KEY_REFUSED")
    assert len(at_target(shop)) == 12
    shop.smartaccounts.clear_faults()
    assert connections.check_connection(shop.actor, shop.target).ok
    shop.integration.refresh_from_db()
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


@pytest.mark.parametrize("path", ["invoices/list", "contacts/", "products/"])
def test_keys_revoked_at_the_source_name_the_source(shop: Office, path: str):
    shop.scoro.faults({"kind": "unauthorized", "match": {"path": path}, "times": None})
    run = shop.run("sales_invoices")
    assert (run.state, run.problem_code) == ("failed", "KEY_REFUSED")
    shop.source.refresh_from_db()
    shop.target.refresh_from_db()
    assert (shop.source.state, shop.target.state) == (ConnectionState.NEEDS_RECONNECT, ConnectionState.ACTIVE)
    shop.scoro.clear_faults()
    assert connections.check_connection(shop.actor, shop.source).ok
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


def test_a_clock_that_is_wrong_is_named(shop: Office):
    shop.smartaccounts.call("POST", "clock", {"advance_s": 7200})
    run = shop.run("sales_invoices")
    assert (run.state, run.problem_code) == ("failed", "CLOCK_SKEW")
    assert at_target(shop) == {}
    shop.smartaccounts.call("POST", "clock", {"real": True})
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


def test_an_unpaid_bill_stops_the_run_with_its_name(shop: Office):
    shop.smartaccounts.faults({"kind": "unpaid", "match": {"path": ADD}, "times": None, "after": 5})
    run = shop.run("sales_invoices")
    assert (run.state, run.problem_code) == ("failed", "VENDOR_BILLING")
    shop.smartaccounts.clear_faults()
    assert_done(shop.run("sales_invoices"))
    assert prove(shop) == {}


# --- locked, deleted, edited -------------------------------------------------------------------------------------


def test_a_locked_period_stops_its_documents_only_and_they_go_when_it_is_open(shop: Office):
    shop.smartaccounts.call("POST", "options", {"locked_until": "2026-02-10"})
    run = shop.run("sales_invoices")
    assert run.state == "done_with_problems"
    early = {each["no"] for each in shop.scoro.books()["invoices"] if each["date"] <= "2026-02-10"}
    assert 0 < len(early) < 40
    assert set(prove(shop, left=early).values()) == {"PERIOD_LOCKED"}
    assert open_codes(shop) == {"PERIOD_LOCKED": len(early)}
    assert run.problems == len(early)
    shop.smartaccounts.call("POST", "options", {"locked_until": None})
    assert deliveries.retry(shop.actor, [each.pk for each in shop.deliveries(state="parked")]) == len(early)
    assert_done(wait_for(Run.objects.latest("pk")))
    assert prove(shop) == {}
    assert not open_codes(shop)


def test_a_run_of_which_all_was_refused_is_not_green(shop: Office):
    shop.smartaccounts.call("POST", "options", {"locked_until": "2026-12-31"})
    run = shop.run("sales_invoices")
    assert (run.state, run.sent, run.problems) == ("done_with_problems", 0, 40)


def test_a_customer_deleted_at_the_target_is_named_and_the_document_goes_once_it_is_untied(shop: Office):
    february = {"date_from": date(2026, 2, 1), "date_to": date(2026, 3, 31)}
    assert_done(shop.run("sales_invoices", date_to=date(2026, 1, 31)))
    books = SmartAccounts(shop.smartaccounts)
    invoices = {each["invoiceNumber"]: each for each in books.books()["client_invoices"]}
    victim = next(iter(books.books()["clients"]))
    for each in invoices.values():
        if each["clientId"] == victim["id"]:
            books.call("purchasesales/clientinvoices:delete", {}, id=each["id"])
    books.call("purchasesales/clients:delete", {}, id=victim["id"])
    run = shop.run("sales_invoices", **february)
    refused = shop.deliveries(state="refused")
    assert {each.reason for each in refused} == {"PARTY_GONE_AT_TARGET"}
    assert {each.party_name for each in refused} == {victim["name"]}
    assert (run.state, run.problems) == ("done_with_problems", len(refused))
    from tilisilta.core.documents import DocumentKind
    from tilisilta.services.bindings import load_ties, unbind

    ties = load_ties(shop.integration, DocumentKind.CUSTOMER)
    gone = [tie.source_id for tie in ties if tie.target_id == victim["id"]]
    assert unbind(shop.integration, DocumentKind.CUSTOMER, gone, are_gone=True) == 1
    deliveries.retry(shop.actor, [each.pk for each in refused])
    assert_done(wait_for(Run.objects.latest("pk")))
    late = {number for number in at_source(shop) if number not in invoices}
    assert late <= at_target(shop).keys()


def test_a_customer_deleted_between_look_up_and_sending(shop: Office, small_batches):
    """Deleted while the run goes on: the documents after it say so, none is lost, none goes to somebody else."""
    shop.smartaccounts.faults(SLOW)
    run = shop.ask("sales_invoices")
    books = SmartAccounts(shop.smartaccounts)
    gone = ""
    while not gone:
        found = books.books()
        billed = {each["clientId"] for each in found["client_invoices"]}
        free = [each["id"] for each in found["clients"] if each["id"] not in billed]
        if not free or not found["clients"]:
            if len(billed) >= 5:
                pytest.skip("each customer had an invoice before one could be deleted")
            continue
        try:
            books.call("purchasesales/clients:delete", {}, id=free[0])
            gone = free[0]
        except OSError:
            continue  # an invoice was quicker
    run = wait_for(run)
    refused = {each.number: each.reason for each in shop.deliveries(kind="sales_invoice", state="refused")}
    assert set(refused.values()) <= {"PARTY_GONE_AT_TARGET"}
    assert run.state == ("done_with_problems" if refused else "done")
    target = at_target(shop)
    assert at_source(shop).keys() == target.keys() | refused.keys()


def test_documents_edited_and_deleted_at_the_source_after_their_import(shop: Office):
    assert_done(shop.run("sales_invoices"))
    before = shop.smartaccounts.books()["client_invoices"]
    scoro = Scoro(shop.scoro)
    first, second, *_ = scoro.books()["invoices"]
    scoro.write("invoices", first["id"], lines=[{"product_id": first["lines"][0]["product_id"], "price": "1.00"}])
    scoro.delete("invoices", second["id"])
    run = shop.run("sales_invoices")
    assert (run.state, run.sent, run.drifted) == ("done_with_problems", 0, 2)
    assert shop.smartaccounts.books()["client_invoices"] == before
    reasons = {each.number: each.reason for each in shop.deliveries(state="drifted")}
    assert reasons == {first["no"]: "CHANGED_AT_SOURCE", second["no"]: "DELETED_AT_SOURCE"}
    again = shop.run("sales_invoices")
    assert (again.sent, again.drifted) == (0, 0)
    assert again.problem_code == "NOTHING_NEW"


def test_a_document_skipped_by_a_person_while_it_waits_does_not_go(shop: Office, small_batches):
    shop.smartaccounts.faults(SLOW)
    run = shop.ask("sales_invoices")
    skipped = ""
    while not skipped:
        row = Delivery.objects.filter(kind="sales_invoice", state="ready").order_by("-pk").first()
        if row is not None and deliveries.skip(shop.actor, [row.pk], "seda ei saada"):
            row.refresh_from_db()
            skipped = row.number if row.state == "skipped" else ""
        run.refresh_from_db()
        assert run.finished_at is None
    wait_for(run)
    assert prove(shop, left=[skipped]) == {skipped: "SKIPPED_BY_USER"}


def test_one_that_is_left_out_while_it_is_being_worked_out_stays_left_out(shop: Office, monkeypatch):
    shop.smartaccounts.call("POST", "options", {"locked_until": "2026-12-31"})
    shop.run("sales_invoices")
    shop.smartaccounts.call("POST", "options", {"locked_until": None})
    rows = shop.deliveries(kind="sales_invoice")
    left = rows[0]

    async def meanwhile(ctx, works):
        await ensure_bound(ctx, works)
        await in_store(deliveries.skip, shop.actor, [left.pk], "seda ei saada")

    monkeypatch.setattr("tilisilta.engine.pipeline.ensure_bound", meanwhile)
    assert deliveries.retry(shop.actor, [each.pk for each in rows]) == 40
    wait_for(Run.objects.latest("pk"))
    assert prove(shop, left=[left.number]) == {left.number: "SKIPPED_BY_USER"}
