"""What the resources show and do, beyond that they answer."""

import datetime as dt
import json

import pytest
from tests.unit.api.firm import csv_file, problem_of
from tests.unit.web_transfer import factories as make

from tilisilta.core.documents import encode_document
from tilisilta.store.models import (
    AuditEntry,
    Binding,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    DocumentVersion,
    MappingRow,
    MatchProposal,
    Membership,
    Notice,
    Run,
    RunMode,
)

pytestmark = pytest.mark.django_db


def test_a_document_shows_its_amounts_as_text_and_its_content(firm):
    body = firm.api("viewer").get(f"/documents/{firm.ids['document_id']}").json()
    assert (body["net"], body["vat"], body["gross"]) == ("100.00", "24.00", "124.00")
    assert body["date"] == "2026-01-08"
    assert body["payload"]["gross"] == "124.00"
    assert body["payload"]["lines"][0]["vat_rate"] == "24"
    assert [each["state"] for each in body["deliveries"]] == ["problem"]
    assert body["first_seen_at"].endswith("Z")


def test_amounts_keep_their_currencys_decimals(firm):
    row = make.document(firm.integration.source)
    row.currency, row.gross_minor = "JPY", 1500
    row.save()
    assert firm.api().get(f"/documents/{row.pk}").json()["gross"] == "1500"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("text=kask", 2),
        ("text=nobody", 0),
        ("kind=sales_invoice", 2),
        ("kind=purchase_invoice", 0),
        ("state=problem", 1),
        ("gross_from=124.00&gross_to=124.00", 2),
        ("gross_from=124.01", 0),
        ("date_from=2026-01-08&date_to=2026-01-08", 2),
        ("date_to=2026-01-07", 0),
        ("kind=customer", 1),
        ("connection_id=999", 0),
    ],
)
def test_documents_are_filtered(firm, query, count):
    assert len(firm.api().get(f"/documents?{query}").json()["items"]) == count


def test_totals_add_up_to_the_cent(firm):
    make.delivery(firm.flow, make.document(firm.integration.source, make.invoice(gross="0.62")))
    assert firm.api().get("/documents/totals").json() == [
        {"kind": "sales_invoice", "currency": "EUR", "count": 3, "net": "200.50", "vat": "48.12", "gross": "248.62"}
    ]


def test_a_changed_document_shows_what_changed(firm):
    row = make.document(firm.integration.source, make.invoice(gross="124.00"))
    DocumentVersion.objects.create(document=row, version=1, version_hash="x", payload=bytes(row.payload))
    row.version, row.payload = (
        2,
        encode_document(make.invoice(number=row.number, source_id=row.source_id, gross="62.00")),
    )
    row.save()
    versions = firm.api().get(f"/documents/{row.pk}/versions").json()
    assert versions[0]["version"] == 2
    assert {"path": "gross", "label": "With VAT", "before": "124.00", "after": "62.00"} in versions[0]["differences"]


def test_the_log_reads_in_the_callers_language(firm):
    row = Delivery.objects.get(state=DeliveryState.CONFIRMED, company=firm.company)
    texts = {
        language: firm.api()
        .get(f"/documents/{row.document_id}/events", Accept_Language=language)
        .json()["items"][0]["text"]
        for language in ("en", "et", "fi")
    }
    assert texts["en"] == "Sent; the target calls it M-1"
    assert all("M-1" in text for text in texts.values())


def test_a_problem_says_cause_remedy_place_and_the_raw_answer(firm):
    body = firm.api("viewer").get(f"/problems/{firm.ids['problem_id']}").json()
    assert body["code"] == "VAT_CODE_UNMAPPED"
    assert body["title"]
    assert body["cause"]
    assert body["remedy"]
    assert body["link"].startswith(f"/c/{firm.company.pk}/")
    assert body["evidence"] == {"status": 400, "body": "no such code"}
    assert body["place"] == "lines[0].vat_code"


def test_groups_gather_what_one_answer_solves(firm):
    for _ in range(3):
        make.problem(make.delivery(firm.flow, state="problem"))
    group = next(
        each
        for each in firm.api().get("/problem-groups").json()["items"]
        if each["sample"]["code"] == "VAT_CODE_UNMAPPED"
    )
    assert group["document_count"] == 4
    listed = firm.api().get(f"/problems?group={group['sample']['group']}").json()["items"]
    assert len(listed) == 4
    done = firm.api("accountant").post(f"/problem-groups/{group['sample']['id']}/skip", {"reason": "topelt"})
    assert done.json() == {"count": 4}
    skipped = Delivery.objects.filter(company=firm.company, state=DeliveryState.SKIPPED)
    assert skipped.count() == 4
    reason = firm.api().get(f"/deliveries/{skipped.first().pk}").json()["reason"]
    assert reason["code"] == "SKIPPED_BY_USER"
    assert reason["params"]["reason"] == "topelt"


def test_a_mapping_set_solves_and_releases(firm):
    answer = firm.api("accountant").call(
        "PATCH",
        f"/integrations/{firm.ids['integration_id']}/mappings/vat_codes",
        {"lines": [{"source_key": "24", "direction": "sales", "target_key": "M24"}]},
    )
    assert answer.json() == {"saved_count": 1, "cleared_count": 0, "released_count": 1}
    assert MappingRow.objects.get(integration=firm.integration, source_key="24").target_key == "M24"
    assert DeliveryProblem.objects.get(pk=firm.ids["problem_id"]).solved_at
    run = Run.objects.get(mode=RunMode.RESEND)
    assert run.selection == [firm.ids["delivery_id"]]
    assert AuditEntry.objects.filter(action="mapping.updated", token=firm.rows["accountant"]).exists()


def test_a_mapping_outside_of_the_targets_list_is_refused_whole(firm):
    lines = [
        {"source_key": "24", "direction": "sales", "target_key": "M24"},
        {"source_key": "9", "direction": "sales", "target_key": "NO-SUCH"},
    ]
    path = f"/integrations/{firm.ids['integration_id']}/mappings/vat_codes"
    problem_of(firm.api().call("PATCH", path, {"lines": lines}), 422, "MAPPING_TARGET_UNKNOWN")
    assert MappingRow.objects.get(integration=firm.integration, source_key="24").target_key == ""


def test_a_mapping_file_is_compared_then_confirmed_once(firm):
    api, place = firm.api("accountant"), f"/integrations/{firm.ids['integration_id']}"
    file = csv_file("kmk.csv", ["Source key", "Side", "Target key"], [["24", "sales", "M24"], ["9", "sales", "XX"]])
    made = api.call("POST", f"{place}/mappings/vat_codes/imports", files={"file": file}).json()
    assert made["counts"] == {"new": 1, "unknown_target": 1}
    rows = api.get(f"{place}/mapping-imports/{made['id']}/rows").json()["items"]
    assert [(row["line"], row["status"], row["is_writable"]) for row in rows] == [
        (2, "new", True),
        (3, "unknown_target", False),
    ]
    done = api.post(f"{place}/mapping-imports/{made['id']}/confirm").json()
    assert done["counts"] == {"saved": 1, "unknown_target": 1}
    problem_of(api.post(f"{place}/mapping-imports/{made['id']}/confirm"), 409, "STAGED_GONE")
    exported = api.get(f"{place}/mappings/vat_codes/export", Accept_Language="et")
    assert exported["Content-Type"].startswith("text/csv")
    assert "Allika tunnus" in exported.content.decode("utf-8-sig")


def test_an_import_of_a_mapping_is_no_import_of_an_id_map(firm):
    place = f"/integrations/{firm.ids['integration_id']}"
    problem_of(firm.api().get(f"{place}/id-map-imports/{firm.ids['import_id']}"), 404, "NOT_FOUND")
    problem_of(firm.api().get(f"{place}/mapping-imports/{firm.ids['id_import_id']}"), 404, "NOT_FOUND")


def test_the_id_map_is_tied_and_untied(firm):
    api, place = firm.api("accountant"), f"/integrations/{firm.ids['integration_id']}/id-map/customer"
    assert api.call("PUT", place, {"source_id": "777", "target_id": "c3"}).status_code == 200
    assert Binding.objects.get(source_id="777").target_id == "c3"
    assert [row["source_id"] for row in api.get(place).json()["items"]] == ["501", "777"]
    assert api.call("DELETE", f"{place}?source_id=777").status_code == 204
    problem_of(api.call("DELETE", f"{place}?source_id=777"), 422, "MATCH_TARGET_UNKNOWN")
    problem_of(api.call("PUT", place, {"source_id": "1", "target_id": "nowhere"}), 422, "MATCH_TARGET_UNKNOWN")


def test_a_match_is_decided_once(firm):
    api, place = firm.api("accountant"), f"/matches/{firm.ids['match_id']}"
    shown = api.get(place).json()
    assert shown["candidates"][0]["percent"] == 97
    assert shown["candidates"][0]["reasons"] == ["same registry code"]
    assert api.post(f"{place}/accept", {"target_id": "c2"}).json()["decided_count"] == 1
    assert MatchProposal.objects.get(pk=firm.ids["match_id"]).state == "matched"
    problem_of(api.post(f"{place}/accept", {"target_id": "c2"}), 409, "MATCH_DECIDED")
    assert api.get("/matches").json()["items"] == []


def test_an_equal_run_is_not_asked_for_twice(firm):
    new = {"flow_id": firm.ids["flow_id"], "mode": "run", "date_from": "2026-01-01", "date_to": "2026-01-31"}
    first, again = firm.api("accountant").post("/runs", new), firm.api("accountant").post("/runs", new)
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["state"] == "queued"


def test_only_a_flows_own_deliveries_are_sent_again(firm, other):
    new = {"flow_id": firm.ids["flow_id"], "mode": "resend"}
    problem_of(firm.api().post("/runs", new), 409, "NOTHING_TO_RETRY")
    stranger = {**new, "delivery_ids": [other.ids["delivery_id"]]}
    problem_of(firm.api().post("/runs", stranger), 404, "NOT_FOUND")
    made = firm.api().post("/runs", {**new, "delivery_ids": [firm.ids["delivery_id"]] * 2})
    assert Run.objects.get(pk=made.json()["id"]).selection == [firm.ids["delivery_id"]]


def test_a_run_is_cancelled_and_its_preview_read(firm):
    assert firm.api("accountant").post(f"/runs/{firm.ids['run_id']}/cancel").json()["state"] == "cancelled"
    result = firm.api("viewer").get(f"/runs/{firm.ids['preview_id']}/result").json()["result"]
    assert result["totals"]["sales_invoice|EUR"]["gross"] == "372.00"


def test_deliveries_of_a_stranger_are_not_half_skipped(firm, other):
    ids = [firm.ids["delivery_id"], other.ids["delivery_id"]]
    problem_of(firm.api().post("/deliveries/skip", {"delivery_ids": ids, "reason": "x"}), 404, "NOT_FOUND")
    assert Delivery.objects.get(pk=ids[0]).state == DeliveryState.PROBLEM
    assert firm.api().post("/problems/solve", {"problem_ids": [other.ids["problem_id"]]}).status_code == 404
    assert DeliveryProblem.objects.get(pk=other.ids["problem_id"]).solved_at is None


@pytest.mark.parametrize("reason", ["", "   "])
def test_leaving_out_needs_a_reason(firm, reason):
    sent = {"delivery_ids": [firm.ids["delivery_id"]], "reason": reason}
    problem_of(firm.api().post("/deliveries/skip", sent), 422, "REASON_MISSING")


def test_a_connection_keeps_the_keys_it_has(firm):
    place = f"/connections/{firm.ids['spare_id']}"
    new = {
        "name": "Muudetud",
        "credentials": {"api_key": "", "company_account_id": "naidis"},
        "settings": {"site": "x"},
    }
    body = firm.api().call("PATCH", place, new).json()
    assert body["name"] == "Muudetud"
    assert body["state"] == "new"
    assert body["hints"]["api_key"].endswith("1234")


def test_the_checklist_says_what_is_left(firm):
    place = f"/integrations/{firm.ids['integration_id']}/checklist"
    steps = {step["code"]: step for step in firm.api().get(place).json()}
    assert steps["source_tested"]["is_done"]
    assert not steps["coverage_read"]["is_done"]
    after = firm.api().call("PUT", f"{place}/coverage_read", {"is_done": True}).json()
    assert next(step for step in after if step["code"] == "coverage_read")["is_done"]
    problem_of(firm.api().call("PUT", f"{place}/preview_made", {"is_done": True}), 422, "STEP_NOT_BY_HAND")


def test_a_flow_is_switched(firm):
    place = f"/flows/{firm.ids['flow_id']}"
    body = firm.api().call("PATCH", place, {"is_automatic": True, "schedule": "0 6 * * 1-5"}).json()
    assert body["schedule_text"] == "Monday to Friday at 06:00"
    problem_of(firm.api().call("PATCH", place, {"schedule": "every day"}), 422, "SCHEDULE_NOT_UNDERSTOOD")


def test_a_window_ends_yesterday(firm):
    body = firm.api().get(f"/flows/{firm.ids['flow_id']}/window").json()
    assert body["needs_dates"]
    assert dt.date.fromisoformat(body["date_to"]) < dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)


def test_a_file_says_what_is_wrong_in_it_and_is_taken_once(firm):
    def send():
        file = csv_file("broken.xml", ["no", "xml"], [["1", "2"]])
        return (
            firm.api("accountant")
            .call("POST", "/files", {"connection_id": firm.ids["files_id"]}, files={"file": file})
            .json()
        )

    first, again = send(), send()
    assert first["state"] == "refused"
    assert first["origin"] == "api"
    assert first["problems"][0]["remedy"]
    assert not first["is_known"]
    assert again["is_known"]
    assert again["id"] == first["id"]


def test_files_go_only_where_files_belong(firm, other):
    for target in (firm.ids["connection_id"], other.ids["files_id"]):
        file = csv_file("a.xml", ["a"], [["1"]])
        response = firm.api().call("POST", "/files", {"connection_id": target}, files={"file": file})
        problem_of(response, 404, "NOT_FOUND")


def test_notices_are_those_of_the_tokens_maker(firm):
    api = firm.api("viewer")
    shown = api.get("/notices?is_unread=true").json()["items"]
    assert [each["code"] for each in shown] == ["RUN_FAILED"]
    assert api.post("/notices/read", {"notice_id": shown[0]["id"]}).json() == {"count": 1}
    assert api.post("/notices/read", {"notice_id": shown[0]["id"]}).json() == {"count": 0}
    stranger = make.member(firm.company)
    foreign = Notice.objects.create(company=firm.company, user=stranger, code="RUN_FAILED")
    problem_of(api.post("/notices/read", {"notice_id": foreign.pk}), 404, "NOT_FOUND")
    Membership.objects.filter(user=firm.actor.user).delete()
    assert api.get("/notices").json()["items"] == []
    assert api.post("/notices/read").json() == {"count": 0}


def test_writes_stand_in_the_audit_log_under_the_tokens_name(firm):
    firm.api("admin").post(f"/connections/{firm.ids['spare_id']}/deactivate")
    entry = firm.api("admin").get("/audit-entries?action=connection.deactivated").json()["items"][0]
    assert entry["actor"] == "API: token of admin"
    assert entry["action_text"] == "Connection deactivated"
    since = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert firm.api().get(f"/audit-entries?since={since}").json()["items"] == []


def test_the_company_changes_only_what_was_sent(firm):
    before = firm.api().get("/company").json()
    after = firm.api("admin").call("PATCH", "/company", {"vat_number": "EE123456789"}).json()
    assert {**before, "vat_number": "EE123456789", "role": "admin"} == after
    assert json.dumps(after)
