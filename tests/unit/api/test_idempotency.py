"""Writes that are sent twice happen once."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from tests.unit.api.firm import make_firm, problem_of
from tests.unit.api.samples import PRIVATE

from tilisilta.services import connections, idempotency
from tilisilta.store.models import ApiToken, AuditEntry, Connection, IdempotencyRecord, StoredFile

NEW = {"vendor": "files", "name": "E-arved"}
KEY = "5f1c6a3e-8a1b-4a55-9a53-1f3a2f4d8f00"


def _count() -> int:
    return Connection.objects.filter(name="E-arved", vendor="files").count()


@pytest.mark.django_db
def test_the_same_key_and_body_gets_the_same_answer(firm):
    before = _count()
    first = firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    again = firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again["Content-Type"] == first["Content-Type"]
    assert _count() == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize("operation", [each for each in PRIVATE if each.is_write], ids=lambda each: each.name)
def test_every_write_may_be_sent_twice(firm, operation):
    first = operation.call(firm.api(), firm, Idempotency_Key=KEY)
    written = AuditEntry.objects.count()
    again = operation.call(firm.api(), firm, Idempotency_Key=KEY)
    assert again.status_code == first.status_code
    if first.status_code < 400:
        assert again.content == first.content
        assert again["Idempotency-Replayed"] == "true"
        assert AuditEntry.objects.count() == written


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["body", "path", "method"])
def test_another_request_with_the_key_is_refused(firm, change):
    firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    path, method, body = "/connections", "POST", NEW
    if change == "body":
        body = {**NEW, "name": "Teine"}
    elif change == "path":
        path, body = f"/connections/{firm.ids['spare_id']}/deactivate", {}
    else:
        path, method = "/company", "PATCH"
    problem_of(firm.api().call(method, path, body, Idempotency_Key=KEY), 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.django_db
def test_keys_belong_to_their_token(firm, other):
    mine = firm.api().post("/connections", NEW, Idempotency_Key=KEY).json()
    theirs = other.api().post("/connections", NEW, Idempotency_Key=KEY).json()
    assert mine["id"] != theirs["id"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 129, "võti"])
def test_keys_have_a_form(firm, key):
    problem_of(firm.api().post("/connections", NEW, Idempotency_Key=key), 422, "IDEMPOTENCY_KEY_INVALID")


@pytest.mark.django_db
def test_a_mistake_leaves_the_key_free(firm):
    problem_of(firm.api().post("/connections", {"vendor": "scoro"}, Idempotency_Key=KEY), 422, "CREDENTIAL_MISSING")
    assert firm.api().post("/connections", NEW, Idempotency_Key=KEY).status_code == 201


@pytest.mark.django_db
def test_a_failure_writes_nothing_and_leaves_the_key_free(firm, monkeypatch):
    before = _count()
    monkeypatch.setattr(connections.audit, "record", lambda *_, **__: 1 / 0)
    problem_of(firm.api().post("/connections", NEW, Idempotency_Key=KEY), 500, "INTERNAL")
    assert _count() == before
    assert not IdempotencyRecord.objects.exists()
    monkeypatch.undo()
    assert firm.api().post("/connections", NEW, Idempotency_Key=KEY).status_code == 201


@pytest.mark.django_db
def test_an_answer_that_cannot_be_kept_undoes_the_write(firm, monkeypatch):
    before = _count()
    monkeypatch.setattr(idempotency, "finish", lambda *_: 1 / 0)
    problem_of(firm.api().post("/connections", NEW, Idempotency_Key=KEY), 500, "INTERNAL")
    assert _count() == before


@pytest.mark.django_db
def test_a_file_sent_again_is_told_by_its_content(firm):
    def send(content: bytes):
        file = SimpleUploadedFile("arve.xml", content, content_type="application/xml")
        return firm.api().call(
            "POST", "/files", {"connection_id": firm.ids["files_id"]}, files={"file": file}, Idempotency_Key=KEY
        )

    first, again = send(b"<Finvoice>1</Finvoice>"), send(b"<Finvoice>1</Finvoice>")
    assert first.status_code == 201, first.content
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert StoredFile.objects.get(pk=first.json()["id"]).size_bytes == len(b"<Finvoice>1</Finvoice>")
    problem_of(send(b"<Finvoice>2</Finvoice>"), 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.django_db
def test_a_request_under_way_is_waited_for(firm):
    token = ApiToken.objects.get(pk=firm.rows["owner"].pk)
    firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    IdempotencyRecord.objects.update(status=0)
    response = firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    problem_of(response, 409, "REQUEST_UNDER_WAY")
    assert int(response["Retry-After"]) > 0
    lost = timezone.now() - idempotency.LOST_AFTER - dt.timedelta(seconds=1)
    IdempotencyRecord.objects.filter(token=token).update(created_at=lost)
    assert firm.api().post("/connections", NEW, Idempotency_Key=KEY).status_code == 201


@pytest.mark.django_db
def test_keys_are_forgotten_after_a_day(firm):
    before = _count()
    firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    IdempotencyRecord.objects.update(created_at=timezone.now() - idempotency.KEPT_FOR - dt.timedelta(seconds=1))
    assert "Idempotency-Replayed" not in firm.api().post("/connections", NEW, Idempotency_Key=KEY)
    assert _count() == before + 2
    assert IdempotencyRecord.objects.count() == 1


@pytest.mark.django_db
def test_reading_takes_no_keys(firm):
    assert firm.api().get("/company", Idempotency_Key=KEY).status_code == 200
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_write_once():
    firm = make_firm()
    before, together = _count(), 8
    gate = threading.Barrier(together)

    def send(_number: int) -> tuple[int, bytes]:
        try:
            gate.wait()
            response = firm.api().post("/connections", NEW, Idempotency_Key=KEY)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(together) as pool:
        answers = list(pool.map(send, range(together)))
    made = {body for status, body in answers if status == 201}
    assert {status for status, _body in answers} <= {201, 409}
    assert len(made) == 1
    assert _count() == before + 1
    assert firm.api().post("/connections", NEW, Idempotency_Key=KEY).content == made.pop()
