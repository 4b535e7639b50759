"""One shape for all errors, in three languages."""

import json

import pytest
from tests.unit.api.firm import Api, problem_of
from tests.unit.api.samples import OPERATIONS, PRIVATE

from tilisilta.api import errors
from tilisilta.api.texts import TEXTS
from tilisilta.core.errors import Misconfigured, Retry, Unknown
from tilisilta.services import companies, connections

pytestmark = pytest.mark.django_db
WRITES = [each for each in PRIVATE if each.is_write]
WITH_JSON = [each for each in WRITES if each.takes_json]
BY_SYSTEM = [each for each in PRIVATE if "/books/{vendor}/" in each.path]
WITH_FILES = [each for each in WRITES if each.sample.files]


def test_a_wrong_method_names_the_right_ones(firm, subtests):
    for operation in OPERATIONS:
        with subtests.test(operation.name):
            response = firm.api().call("TRACE", operation.address(firm.ids))
            body = problem_of(response, 405, "METHOD_NOT_ALLOWED")
            assert operation.method in response["Allow"]
            assert operation.method in body["params"]["allowed"]


def test_rows_that_are_not_there_are_not_found(firm, subtests):
    nowhere = dict.fromkeys(firm.ids, 999_999_999)
    for operation in [each for each in PRIVATE if each.address(firm.ids) != each.address(nowhere)]:
        with subtests.test(operation.name):
            body = operation.sample.body(nowhere) if operation.sample.body else None
            files = operation.sample.files() if operation.sample.files else None
            response = firm.api().call(operation.method, operation.address(nowhere), body, files=files)
            problem_of(response, 404, "NOT_FOUND")


def test_systems_that_are_not_there_are_not_found(firm, subtests):
    for operation in BY_SYSTEM:
        body = operation.sample.body(firm.ids) if operation.sample.body else None
        address = operation.address(firm.ids)
        for vendor in ("scoro", "nothing"):  # one of ours that keeps no books to be counted, and none at all
            with subtests.test(operation.name, vendor=vendor):
                there = address.replace(f"/books/{operation.sample.path['vendor']}/", f"/books/{vendor}/")
                assert there != address
                response = firm.api().call(operation.method, there, body)
                if operation.name == "activate_system":  # it says which systems can be switched on
                    problem_of(response, 422, "BOOKS_VENDOR_UNKNOWN")
                else:
                    problem_of(response, 404, "NOT_FOUND")


def test_bodies_of_another_type_are_not_taken(firm, subtests):
    for operation in WITH_JSON:
        with subtests.test(operation.name):
            response = firm.api().call(operation.method, operation.address(firm.ids), b"a=1", Content_Type="text/plain")
            body = problem_of(response, 415, "BODY_TYPE_WRONG")
            assert body["params"] == {"wanted": "application/json", "type": "text/plain"}


def test_files_come_as_forms(firm, subtests):
    for operation in WITH_FILES:
        with subtests.test(operation.name):
            response = firm.api().call(operation.method, operation.address(firm.ids), {"file": "x"})
            problem_of(response, 415, "BODY_TYPE_WRONG")
            assert "errors" in problem_of(firm.api().call("POST", operation.address(firm.ids), files={}), 422)


@pytest.mark.parametrize("sent", [b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 5000])
def test_bodies_that_are_no_json_cannot_be_read(firm, sent, subtests):
    for operation in WITH_JSON:
        with subtests.test(operation.name):
            response = firm.api().call(operation.method, operation.address(firm.ids), sent)
            problem_of(response, 400, "BODY_UNREADABLE")


@pytest.mark.parametrize("sent", [[], "text", 5, {"no such field": 1}])
def test_wrong_fields_are_listed(firm, sent, subtests):
    for operation in WITH_JSON:
        with subtests.test(operation.name):
            body = problem_of(
                firm.api().call(operation.method, operation.address(firm.ids), sent), 422, "VALIDATION_FAILED"
            )
            assert body["errors"]
            assert all(each["field"].startswith("body") for each in body["errors"])


def test_bodies_have_a_limit(firm, settings, subtests):
    for operation in WRITES:
        with subtests.test(operation.name):
            settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
            big = b'{"x": "' + b"y" * (1 << 20) + b'"}'
            problem_of(firm.api().call(operation.method, operation.address(firm.ids), big), 413, "BODY_TOO_BIG")


def test_a_token_has_so_many_calls_a_minute(firm, settings, subtests):
    settings.API_REQUESTS_PER_MINUTE = 1
    caller = firm.api("viewer")
    assert caller.get("/company").status_code == 200
    for operation in PRIVATE:
        with subtests.test(operation.name):
            response = operation.call(caller, firm)
            problem_of(response, 429, "TOO_MANY_REQUESTS")
            assert 0 < int(response["Retry-After"]) <= 60
    assert firm.api("accountant").get("/company").status_code == 200


def test_what_nobody_foresaw_is_a_500_without_details(firm, monkeypatch, subtests):
    for operation in PRIVATE:
        with subtests.test(operation.name):

            def fail(self, *args, **kwargs):
                raise RuntimeError("the password is 1234")

            monkeypatch.setattr("ninja.operation.Operation._get_values", fail)
            response = operation.call(firm.api(), firm)
            problem_of(response, 500, "INTERNAL")
            assert b"1234" not in response.content


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/connections/1/nothing", "/company/", "/documents/x", "/connections/-1"]
)
def test_addresses_that_are_none(firm, path):
    problem_of(firm.api().get(path), 404, "ADDRESS_UNKNOWN")


def test_ids_beyond_any_database_are_wrong_fields(firm):
    body = problem_of(firm.api().get(f"/connections/{10**30}"), 422, "VALIDATION_FAILED")
    assert body["errors"][0]["field"] == "path.connection_id"


@pytest.mark.parametrize("value", ["a\x00b", "a\\ud800b"])
def test_characters_that_no_database_stores(firm, value):
    raw = json.dumps({"name": value}).replace("\\\\u", "\\u").encode()
    response = firm.api().call("PATCH", "/company", raw)
    assert response.status_code in {400, 422}
    assert problem_of(response, response.status_code)["code"] in {"CHARACTER_NOT_ALLOWED", "BODY_UNREADABLE"}
    problem_of(firm.api().get("/documents?text=a%00b"), 422, "CHARACTER_NOT_ALLOWED")


LANGUAGES = {"en": "Not found", "et": None, "fi": None}


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("et", "et"),
        ("fi-FI,fi;q=0.9", "fi"),
        ("en-GB", "en"),
        ("sv, fi;q=0.5", "fi"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;,,q=", "en"),
    ],
)
def test_texts_come_in_the_language_asked_for(firm, asked, language):
    headers = {"Accept-Language": asked} if asked else {}
    response = firm.api("owner").get("/runs/999", **headers)
    problem_of(response, 404, "NOT_FOUND")
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


def test_the_language_of_a_session_is_not_the_callers(firm, client):
    firm.actor.user.language = "fi"
    firm.actor.user.save()
    client.force_login(firm.actor.user)
    token = firm.tokens["viewer"]
    response = client.get("/api/v1/runs/999", headers={"Authorization": f"Bearer {token}", "Accept-Language": "et"})
    assert response["Content-Language"] == "et"


def test_fields_are_named_with_their_mistake(firm):
    sent = {"flow_id": "x", "mode": "sometimes", "date_from": "31.12.2026", "surprise": 1}
    body = problem_of(firm.api().post("/runs", sent), 422, "VALIDATION_FAILED")
    assert {each["field"]: each["code"] for each in body["errors"]} == {
        "body.flow_id": "int_parsing",
        "body.mode": "enum",
        "body.date_from": "date_from_datetime_parsing",
        "body.surprise": "extra_forbidden",
    }
    assert "31.12.2026" not in json.dumps(body)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"vendor": "no-such", "credentials": {}}, 422, "CONNECTOR_UNKNOWN"),
        ({"vendor": "scoro", "credentials": {}}, 422, "CREDENTIAL_MISSING"),
    ],
)
def test_services_mistakes_keep_their_codes(firm, sent, status, code):
    problem_of(firm.api().post("/connections", sent), status, code)


def test_conflicts_are_told_from_wrong_values(firm):
    api = firm.api()
    run = {"flow_id": firm.ids["flow_id"], "mode": "run"}
    problem_of(api.post("/runs", run), 422, "DATES_MISSING")
    problem_of(api.post("/runs", {**run, "date_from": "2026-02-01", "date_to": "2026-01-01"}), 422, "DATES_REVERSED")
    problem_of(api.post("/runs", {**run, "date_from": "2026-01-01", "date_to": "2099-01-01"}), 409, "PERIOD_STILL_OPEN")
    api.post(f"/connections/{firm.ids['target_id']}/deactivate")
    dated = {**run, "date_from": "2026-01-01", "date_to": "2026-01-31"}
    problem_of(api.post("/runs", dated), 409, "CONNECTION_NOT_USABLE")


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (Retry("TARGET_BUSY", after_s=7.2, vendor="Scoro"), 503),
        (Misconfigured("KEY_REFUSED"), 409),
        (Unknown("ANSWER_LOST"), 502),
    ],
)
def test_vendors_fates_have_their_statuses(firm, monkeypatch, raised, status):
    def fail(connection):
        raise raised

    monkeypatch.setattr(connections, "open_connector", fail)
    response = firm.api().post(f"/connections/{firm.ids['connection_id']}/catalogues/vat_codes/refresh")
    problem_of(response, status, raised.code)
    if status == 503:
        assert response["Retry-After"] == "8"


def test_a_failed_check_is_an_answer(firm):
    response = firm.api("accountant").post(f"/connections/{firm.ids['connection_id']}/check")
    assert response.status_code == 200
    body = response.json()
    assert body["ok"] is False
    assert body["problem"]["code"] == "TARGET_BUSY"
    assert body["problem"]["remedy"]


def test_every_code_is_explained_without_a_token(firm):
    listed = Api().get("/problem-codes").json()
    assert [each["code"] for each in listed] == errors.all_codes()
    assert {*TEXTS, "VAT_CODE_UNMAPPED", "DATES_REVERSED"} <= {each["code"] for each in listed}
    for each in listed:
        assert each["title"], each
        assert "%(" not in each["cause"], each
    explained = Api().get("/problem-codes/VAT_CODE_UNMAPPED").json()
    assert explained["remedy"]
    problem_of(Api().get("/problem-codes/NO_SUCH"), 404, "ADDRESS_UNKNOWN")


def test_a_setting_out_of_the_world_names_itself(firm):
    problem_of(firm.api().call("PATCH", "/company", {"time_zone": "Mars/Base"}), 422, "UNKNOWN_TIME_ZONE")
    assert companies.Company.objects.get(pk=firm.company.pk).time_zone == "Europe/Tallinn"
