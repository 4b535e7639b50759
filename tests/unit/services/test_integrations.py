import datetime as dt

import pytest
from django.utils import timezone
from tests.unit.web_transfer import factories as make

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.directory import ListedRow, save_list
from tilisilta.services import checklist, imports, integrations
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.schedules import Rhythm, Schedule, from_cron, schedule_text, to_cron
from tilisilta.store.models import (
    AuditEntry,
    CatalogueSnapshot,
    Connection,
    Flow,
    FlowKind,
    IntegrationState,
    MappingRow,
    MatchProposal,
    Role,
    RunMode,
    RunState,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return make.actor(make.company())


@pytest.fixture
def pair(actor):
    return make.integration(actor)


def _code(caught) -> str:
    return caught.value.code


def test_a_new_integration_has_every_flow_and_none_is_automatic(pair):
    flows = {flow.kind: flow for flow in Flow.objects.filter(integration=pair)}

    assert set(flows) == set(FlowKind.values) - integrations.PERIOD_FLOWS  # these systems keep no closed periods
    assert not any(flow.is_automatic for flow in flows.values())
    assert not flows[FlowKind.PAYMENTS_BACK].is_enabled
    assert flows[FlowKind.PAYMENTS_BACK].schedule == "0 * * * *"
    assert AuditEntry.objects.filter(action="integration.created").count() == 1


def test_files_give_purchase_invoices_but_no_payments_back(actor):
    kinds = {flow.kind for flow in integrations.flows_of(make.integration(actor, "files"))}
    assert FlowKind.PURCHASE_INVOICES in kinds
    assert FlowKind.PAYMENTS_BACK not in kinds


def test_a_pair_is_tied_once(actor, pair):
    with pytest.raises(ServiceError) as caught:
        integrations.create_integration(actor, pair.source, pair.target)
    assert _code(caught) == "INTEGRATION_EXISTS"


def test_two_targets_have_nothing_to_move(actor, pair):
    with pytest.raises(ServiceError) as caught:
        integrations.create_integration(actor, pair.target, pair.source)
    assert _code(caught) == "NOTHING_TO_MOVE"


def test_a_connection_of_another_company_is_not_found(actor, pair):
    stranger = make.connection(make.company("Teine OÜ"), "smartaccounts")
    with pytest.raises(Connection.DoesNotExist):
        integrations.create_integration(actor, pair.source, stranger)


def test_an_accountant_changes_no_settings(pair):
    accountant = make.actor(pair.company, Role.ACCOUNTANT)
    with pytest.raises(Forbidden):
        integrations.update_settings(accountant, pair, {"warehouse": "L1"})


def test_payments_go_back_only_when_the_target_keeps_them(actor, pair):
    with pytest.raises(ServiceError) as caught:
        integrations.update_settings(actor, pair, {"send_payments_back": True})
    assert _code(caught) == "PAYMENTS_KEPT_IN_SOURCE"

    integrations.update_settings(actor, pair, {"send_payments_back": True, "payments_master": "target"})
    back, forth = make.flow(pair, "payments_back"), make.flow(pair, "payments")
    assert back.is_enabled
    assert back.is_automatic
    assert back.automatic_since is not None
    assert not forth.is_enabled

    with pytest.raises(ServiceError) as caught:
        integrations.update_flow(actor, forth, is_enabled=True, is_automatic=False, schedule="")
    assert _code(caught) == "PAYMENTS_KEPT_IN_TARGET"

    integrations.update_settings(actor, pair, {"send_payments_back": False, "payments_master": "source"})
    assert not make.flow(pair, "payments_back").is_enabled
    assert make.flow(pair, "payments").is_enabled


def test_automatic_imports_are_due_only_while_the_integration_is_ready(actor, pair):
    flow = integrations.update_flow(
        actor,
        integrations.get_flow(pair.company, make.flow(pair).pk),
        is_enabled=True,
        is_automatic=True,
        schedule="30 0 * * *",
    )
    assert flow.next_due_at is None

    integrations.set_state(actor, pair, IntegrationState.READY)
    flow.refresh_from_db()
    assert flow.next_due_at is not None
    assert flow.next_due_at > timezone.now()

    integrations.pause(actor, pair)
    flow.refresh_from_db()
    assert flow.next_due_at is None
    assert flow.is_automatic


@pytest.mark.parametrize(
    ("schedule", "code"), [("", "SCHEDULE_MISSING"), ("every now and then", "SCHEDULE_NOT_UNDERSTOOD")]
)
def test_an_automatic_flow_needs_a_schedule_that_can_be_followed(actor, pair, schedule, code):
    flow = integrations.get_flow(pair.company, make.flow(pair).pk)
    with pytest.raises(ServiceError) as caught:
        integrations.update_flow(actor, flow, is_enabled=True, is_automatic=True, schedule=schedule)
    assert _code(caught) == code


def test_an_integration_that_moved_something_is_not_removed(actor, pair):
    make.delivery(make.flow(pair))
    with pytest.raises(ServiceError) as caught:
        integrations.remove(actor, pair)
    assert _code(caught) == "INTEGRATION_HAS_HISTORY"


def test_the_coverage_report_is_the_weaker_of_both_sides(pair):
    reports = {(each.flow, each.kind): each for each in integrations.coverage(pair)}
    sales = reports[FlowKind.SALES_INVOICES, DocumentKind.SALES_INVOICE]
    rows = {row.field: row for row in sales.rows}

    assert rows["number"].carried == "carried"
    assert rows["attachments"].carried == "not carried"
    assert sales.carried_count + sales.partly_count + sales.not_carried_count == len(sales.rows)
    assert [row.carried for row in sales.rows] == sorted(
        (row.carried for row in sales.rows), key=["not carried", "partly", "carried"].index
    )
    back = reports[FlowKind.PAYMENTS_BACK, DocumentKind.PAYMENT]
    assert (back.source, back.target) == ("SmartAccounts", "Scoro")


# --- the checklist -----------------------------------------------------------------------------------------


def _steps(pair):
    return {step.code: step for step in checklist.checklist(pair)}


def _map(pair, table, target="X"):
    MappingRow.objects.create(
        company=pair.company, integration=pair, table=table, source_key=f"{table}1", target_key=target
    )


def test_the_checklist_ends_in_ready(actor, pair):
    with pytest.raises(ServiceError) as caught:
        checklist.activate(actor, pair)
    assert _code(caught) == "CHECKLIST_NOT_DONE"

    _map(pair, "vat_codes")
    _map(pair, "bank_accounts")
    integrations.update_settings(actor, pair, {"warehouse": "L1"})
    for kind in (DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM):
        save_list(pair.target_id, kind, [])
    checklist.tick(actor, pair, "coverage_read")
    make.run(make.flow(pair), RunMode.PREVIEW, RunState.DONE)

    assert all(step.done for code, step in _steps(pair).items() if code != "activate")
    checklist.activate(actor, pair)
    pair.refresh_from_db()
    assert pair.state == IntegrationState.READY
    assert pair.activated_at is not None
    assert _steps(pair)["activate"].done


def test_a_row_without_match_keeps_the_vat_step_open(pair):
    _map(pair, "vat_codes")
    assert _steps(pair)["vat_codes"].done
    MappingRow.objects.create(company=pair.company, integration=pair, table="vat_codes", source_key="22")
    assert not _steps(pair)["vat_codes"].done


def test_an_empty_target_goes_straight_on_and_a_full_one_is_matched_first(actor, pair):
    for kind in (DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM):
        save_list(pair.target_id, kind, [])
    assert _steps(pair)["first_run_guard"].done

    save_list(pair.target_id, DocumentKind.CUSTOMER, [ListedRow(target_id="1", name="Kask & Pojad OÜ")])
    assert not _steps(pair)["first_run_guard"].done

    checklist.tick(actor, pair, "first_run_guard")
    assert _steps(pair)["first_run_guard"].done
    MatchProposal.objects.create(company=pair.company, integration=pair, delivery=make.delivery(make.flow(pair)))
    assert not _steps(pair)["first_run_guard"].done


def test_steps_follow_what_is_switched_on(actor, pair):
    Flow.objects.filter(integration=pair, kind=FlowKind.PAYMENTS).update(is_enabled=False)
    CatalogueSnapshot.objects.create(connection=pair.target, kind="warehouses", entries=[])
    assert {"bank_accounts", "warehouse"}.isdisjoint(_steps(pair))


def test_what_is_done_by_doing_is_not_ticked(actor, pair):
    with pytest.raises(ServiceError) as caught:
        checklist.tick(actor, pair, "source_tested")
    assert _code(caught) == "STEP_NOT_BY_HAND"


# --- imports -----------------------------------------------------------------------------------------------


def test_the_next_dates_follow_the_last_import(pair):
    flow = integrations.get_flow(pair.company, make.flow(pair).pk)
    flow.last_from, flow.last_to = dt.date(2026, 1, 1), dt.date(2026, 1, 10)
    assert imports.proposal(flow, dt.date(2026, 1, 13)) == (dt.date(2026, 1, 11), dt.date(2026, 1, 12))


def test_unfinished_days_are_asked_about(actor, pair):
    flow = integrations.get_flow(pair.company, make.flow(pair).pk)
    today = imports.today_in(pair.company)
    with pytest.raises(ServiceError) as caught:
        imports.request_preview(actor, flow, today, today)
    assert _code(caught) == "PERIOD_STILL_OPEN"

    run = imports.request_preview(actor, flow, today, today, accepts_open_days=True)
    assert (run.mode, run.date_to) == (RunMode.PREVIEW, today)


def test_a_preview_is_confirmed_with_its_own_dates_and_only_once_at_a_time(actor, pair):
    preview = make.run(
        integrations.get_flow(pair.company, make.flow(pair).pk),
        RunMode.PREVIEW,
        date_from=dt.date(2026, 1, 1),
        date_to=dt.date(2026, 1, 10),
    )
    run = imports.confirm_preview(actor, preview)
    assert (run.mode, run.date_from, run.date_to) == (RunMode.RUN, preview.date_from, preview.date_to)
    assert imports.confirm_preview(actor, preview).pk == run.pk


def test_a_failed_preview_is_not_confirmed(actor, pair):
    flow = integrations.get_flow(pair.company, make.flow(pair).pk)
    with pytest.raises(ServiceError) as caught:
        imports.confirm_preview(actor, make.run(flow, RunMode.PREVIEW, RunState.FAILED))
    assert _code(caught) == "PREVIEW_NOT_DONE"


def test_files_know_no_dates(actor):
    rows = imports.import_rows(make.integration(actor, "files"))
    assert rows
    assert not any(row.needs_dates for row in rows)


# --- schedules ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", list(Rhythm))
def test_a_schedule_comes_back_from_its_cron_line(rhythm):
    schedule = Schedule(rhythm, dt.time(6, 15), 5)
    again = from_cron(to_cron(schedule))
    assert again is not None
    assert again.rhythm is rhythm
    assert to_cron(again) == to_cron(schedule)


def test_a_cron_line_that_nobody_can_choose_is_shown_as_it_is():
    assert from_cron("*/7 3 * 2 *") is None
    assert schedule_text("*/7 3 * 2 *") == "*/7 3 * 2 *"
