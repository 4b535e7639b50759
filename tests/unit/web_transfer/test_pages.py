"""The pages as people use them: forms filled in, buttons pressed, what is shown after."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.unit.web_transfer import factories as make

from tilisilta.services.imports import today_in
from tilisilta.store.models import Connection, Delivery, Flow, Run, RunMode, RunState


@pytest.fixture
def owner(as_role):
    return as_role()


@pytest.fixture
def show(owner, firm):
    def get(name, /, *args, query="", **headers):
        response = owner.get(reverse(name, args=[firm.company.pk, *args]) + query, **headers)
        return response.content.decode()

    return get


@pytest.fixture
def press(owner, firm):
    def post(name, /, *args, **fields):
        return owner.post(reverse(name, args=[firm.company.pk, *args]), fields)

    return post


SCORO = {"name": "Scoro Eesti", "credential_api_key": "ScoroAPI_topsecret99", "credential_company_account_id": "acme"}


# --- connections -------------------------------------------------------------------------------------------


def test_the_form_has_the_connectors_fields_and_the_vendors_steps(show):
    shown = show("connection-add", "scoro")
    assert 'name="credential_api_key"' in shown
    assert 'type="password"' in shown
    assert "Scoro API" in shown  # the vendor's own name of the menu


def test_keys_are_sealed_and_never_shown_again(firm, show, press):
    response = press("connection-add", "scoro", **SCORO, setting_base_url="http://127.0.0.1:9", setting_language="est")
    assert response.status_code == 302, response.content.decode()
    saved = Connection.objects.get(name="Scoro Eesti")
    assert b"topsecret99" not in bytes(saved.sealed_credentials)
    for name in ("connection-detail", "connection-edit"):
        assert "topsecret" not in show(name, saved.pk)
    assert saved.checked_at is not None
    assert saved.problem_code  # nothing listens there


def test_a_missing_key_is_told_beside_its_field(firm, press):
    response = press("connection-add", "scoro", name="Scoro", credential_api_key="")
    assert response.status_code == 422
    assert "field-errors" in response.content.decode()
    assert Connection.objects.filter(company=firm.company).count() == 2


def test_a_broken_connection_shows_cause_remedy_and_the_raw_answer(firm, show):
    Connection.objects.filter(pk=firm.integration.source_id).update(
        state="needs_reconnect", problem_code="KEY_REFUSED", evidence={"status": 401, "body": "<b>Unauthorized</b>"}
    )
    shown = show("connection-detail", firm.integration.source_id)
    assert "The key was not accepted" in shown
    assert "Reconnect" in shown
    assert "&lt;b&gt;Unauthorized&lt;/b&gt;" in shown


def test_deactivating_keeps_everything_and_can_be_taken_back(firm, show, press):
    press("connection-deactivate", firm.integration.source_id)
    assert Connection.objects.get(pk=firm.integration.source_id).state == "inactive"
    assert Delivery.objects.filter(company=firm.company).count() == 2
    assert "Reactivate" in show("connection-detail", firm.integration.source_id)
    press("connection-reactivate", firm.integration.source_id)
    assert Connection.objects.get(pk=firm.integration.source_id).state != "inactive"


# --- integrations ------------------------------------------------------------------------------------------


def test_each_flow_shows_its_direction(firm, show):
    shown = show("integration-detail", firm.integration.pk)
    assert "Scoro → SmartAccounts" in shown
    assert "SmartAccounts → Scoro" in shown


def test_settings_tell_where_tags_are_set_and_send_payments_back(firm, show, press):
    shown = show("integration-settings", firm.integration.pk)
    assert "Send payments to Scoro" in shown
    assert "Product tags" in shown

    fields = {"name": "Meie", "stock_tag": "Ladu", "item_policy": "stop", "send_payments_back": "on"}
    refused = press("integration-settings", firm.integration.pk, **fields, payments_master="source")
    assert refused.status_code == 422
    press("integration-settings", firm.integration.pk, **fields, payments_master="target")
    firm.integration.refresh_from_db()
    assert firm.integration.name == "Meie"
    assert firm.integration.settings["stock_tag"] == "Ladu"
    assert make.flow(firm.integration, "payments_back").is_automatic
    assert not make.flow(firm.integration, "payments").is_enabled


def test_an_item_to_use_instead_must_be_chosen(firm, press):
    fields = {"name": "Meie", "payments_master": "source", "item_policy": "fallback", "purchase_rows_item": "OST"}
    assert press("integration-settings", firm.integration.pk, **fields).status_code == 422
    assert press("integration-settings", firm.integration.pk, **fields, fallback_item="MUU").status_code == 302
    firm.integration.refresh_from_db()
    chosen = {name: firm.integration.settings[name] for name in ("item_policy", "fallback_item", "purchase_rows_item")}
    assert chosen == {"item_policy": "fallback", "fallback_item": "MUU", "purchase_rows_item": "OST"}


def test_a_flow_becomes_automatic_with_its_schedule(firm, show, press):
    press(
        "flow-edit",
        firm.integration.pk,
        firm.flow.pk,
        is_enabled="on",
        is_automatic="on",
        rhythm="weekdays",
        at="06:30",
    )
    flow = Flow.objects.get(pk=firm.flow.pk)
    assert (flow.is_automatic, flow.schedule) == (True, "30 6 * * 1-5")
    assert "Monday to Friday at 06:30" in show("integration-detail", firm.integration.pk)


def test_the_coverage_report_is_read_from_its_own_page(firm, show, press):
    shown = show("integration-coverage", firm.integration.pk)
    assert "Left behind" in shown
    press("integration-step", firm.integration.pk, "coverage_read", done="1")
    firm.integration.refresh_from_db()
    assert "coverage_read" in firm.integration.checklist


def test_an_unfinished_checklist_does_not_activate(firm, owner):
    address = reverse("integration-activate", args=[firm.company.pk, firm.integration.pk])
    shown = owner.post(address, follow=True).content.decode()
    assert "These steps are not done yet" in shown
    firm.integration.refresh_from_db()
    assert firm.integration.state == "setup"


# --- imports -----------------------------------------------------------------------------------------------


def test_the_import_page_has_a_row_and_a_button_for_each_kind(firm, show):
    shown = show("import", firm.integration.pk)
    assert "Import from Scoro" in shown
    for kind in ("Sales invoices", "Purchase invoices", "Payments"):
        assert f": {kind}</span>" in shown
    assert "Payments back" not in shown  # switched off


def test_dates_are_filled_in_from_the_last_import(firm, show):
    today = today_in(firm.company)
    last = today - dt.timedelta(days=3)
    Flow.objects.filter(pk=firm.flow.pk).update(last_from=last, last_to=last)
    shown = show("import-kind", firm.integration.pk, firm.flow.pk)
    assert f'value="{(today - dt.timedelta(days=2)).isoformat()}"' in shown
    assert f'value="{(today - dt.timedelta(days=1)).isoformat()}"' in shown
    assert f'value="{today.isoformat()}"' not in shown


def test_today_is_warned_about_and_let_in_only_when_said_so(firm, press):
    today = today_in(firm.company).isoformat()
    warned = press("import-kind", firm.integration.pk, firm.flow.pk, date_from=today, date_to=today)
    assert warned.status_code == 422
    assert 'name="accepts_open_days"' in warned.content.decode()
    assert not Run.objects.filter(state=RunState.QUEUED).exists()

    press("import-kind", firm.integration.pk, firm.flow.pk, date_from=today, date_to=today, accepts_open_days="on")
    assert Run.objects.get(state=RunState.QUEUED).mode == RunMode.PREVIEW


@pytest.mark.parametrize(("first", "last"), [("2026-01-10", "2026-01-01"), ("", "2026-01-01"), ("x", "y")])
def test_dates_that_make_no_sense_are_told(firm, press, first, last):
    response = press("import-kind", firm.integration.pk, firm.flow.pk, date_from=first, date_to=last)
    assert response.status_code == 422
    assert not Run.objects.filter(state=RunState.QUEUED).exists()


def test_a_preview_lists_what_would_be_added_and_imports_it(firm, show, press):
    shown = show("run-detail", firm.preview.pk)
    for text in ("P-0", "372.00", "Kask &amp; Pojad OÜ", "KONS", "MÄND AS", "Needs solving", "Known already"):
        assert text in shown
    assert "P-KNOWN" not in show("run-detail", firm.preview.pk, query="?action=problem")

    press("import-confirm", firm.preview.pk)
    press("import-confirm", firm.preview.pk)  # a second click
    assert Run.objects.filter(mode=RunMode.RUN, state=RunState.QUEUED).count() == 1


# --- runs --------------------------------------------------------------------------------------------------


def test_progress_is_asked_for_while_a_run_lives_and_then_the_page_is_loaded(firm, owner, show):
    run = make.run(firm.flow, state=RunState.RUNNING, sent=3, expected=10)
    assert "hx-get" in show("run-detail", run.pk)
    address = reverse("run-progress", args=[firm.company.pk, run.pk])
    live = owner.get(address, headers={"hx-request": "true"})
    assert live.status_code == 200
    assert 'max="10"' in live.content.decode()

    Run.objects.filter(pk=run.pk).update(state=RunState.DONE)
    ended = owner.get(address, headers={"hx-request": "true"})
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")
    assert "hx-get" not in show("run-detail", run.pk)


def test_a_run_is_cancelled(firm, press):
    run = make.run(firm.flow, state=RunState.RUNNING)
    press("run-cancel", run.pk)
    run.refresh_from_db()
    assert run.cancel_requested_at is not None


def test_a_run_that_failed_says_why(firm, show):
    run = make.run(firm.flow, state=RunState.FAILED, problem_code="KEY_REFUSED", evidence={"status": 401})
    assert "The key was not accepted" in show("run-detail", run.pk)


def test_a_run_that_moved_nothing_says_so(firm, show):
    run = make.run(firm.flow, date_from=dt.date(2026, 1, 1), date_to=dt.date(2026, 1, 2))
    assert "There was nothing in these days" in show("run-detail", run.pk)


def test_a_comparison_shows_both_sides(firm, show):
    row = {
        "kind": "sales_invoice",
        "number": "D-1",
        "currency": "EUR",
        "source": {"gross": "124.00"},
        "target": {"id": "u", "gross": "125.00"},
        "differs": ["totals_differ"],
    }
    result = {
        "rows": [row],
        "equal": 7,
        "differences": 1,
        "totals": {
            "EUR": {"count": {"source": 8, "target": 8}, "source": "1.00", "target": "2.00", "difference": "-1.00"}
        },
    }
    run = make.run(firm.flow, RunMode.RECONCILE, seen=8, result=result)
    shown = show("run-detail", run.pk)
    for text in ("D-1", "124.00", "125.00", "Totals differ", "-1.00"):
        assert text in shown


def test_left_out_deliveries_of_a_run_name_their_reason(firm, show):
    make.delivery(firm.flow, state="skipped", run=firm.run, reason="NOT_FROM_SOURCE")
    assert "Left out or on hold" in show("run-detail", firm.run.pk)


# --- documents and problems --------------------------------------------------------------------------------


def test_the_document_page_shows_rows_totals_and_log(firm, show):
    shown = show("document-detail", firm.waiting.document_id)
    for text in ("KONS", "100.00", "24.00", "124.00", "VAT code 24 % has no counterpart", "Try again", "Event log"):
        assert text in shown
    assert shown.index("Event log</h2>") > shown.index("KONS")


def test_the_list_is_filtered_and_totals_come_after(firm, show):
    shown = show("document-list", query="?state=problem")
    assert firm.waiting.number in shown
    assert firm.confirmed.number not in shown
    assert "hx-trigger" in shown
    assert "248.00" in show("document-totals")
    assert "124.00" in show("document-totals", query="?state=problem")


def test_a_filter_that_cannot_be_read_does_not_take_the_page(firm, show):
    shown = show("document-list", query="?date_from=yesterday&amount_from=much&kind=nonsense&connection=x&after=y")
    assert firm.waiting.number in shown


def test_a_document_is_left_out_with_a_reason(firm, press):
    assert press("delivery-skip", firm.waiting.pk, reason="").status_code == 422
    press("delivery-skip", firm.waiting.pk, reason="Topelt")
    firm.waiting.refresh_from_db()
    assert firm.waiting.state == "skipped"


def test_a_record_without_document_has_a_page_of_its_own(firm, show):
    Delivery.objects.filter(pk=firm.waiting.pk).update(document=None)
    assert "could not be read at its source" in show("delivery-detail", firm.waiting.pk)


def test_problems_lead_to_their_mapping_row_and_are_retried_together(firm, show, press):
    shown = show("problem-list")
    assert "VAT code 24 % has no counterpart" in shown
    assert f"/integrations/{firm.integration.pk}/mappings/vat_codes/?missing=1&amp;q=24" in shown

    press("problem-retry", firm.problem.pk)
    firm.waiting.refresh_from_db()
    assert firm.waiting.state == "ready"
    assert "Nothing to solve" in show("problem-list")
    assert "This is settled" in show("problem-group", firm.problem.pk)


def test_empty_pages_say_what_to_do_next(as_role):
    other = make.company("Uus OÜ")
    owner = as_role("owner", other)
    for name, text in (
        ("connection-list", "Add a connection"),
        ("integration-list", "First connect a source and a target"),
        ("integration-new", "First connect a source and a target"),
        ("run-list", "Nothing has run yet"),
        ("document-list", "No documents yet"),
        ("problem-list", "Nothing to solve"),
    ):
        assert text in owner.get(reverse(name, args=[other.pk])).content.decode()
