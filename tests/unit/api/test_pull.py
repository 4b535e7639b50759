"""The pull service over the API: the key is shown once, and opens the service."""

from typing import Any

import pytest
from tests.unit.api.firm import Firm, problem_of

from tilisilta.services import connections
from tilisilta.services.pull import access
from tilisilta.store.models import AuditEntry, IdempotencyRecord

pytestmark = pytest.mark.django_db


def test_the_key_is_shown_once_and_opens_the_service(firm: Firm, settings: Any) -> None:
    settings.PULL_SERVICE = True
    row = connections.create_connection(firm.actor, vendor="pull", name="Nouto", credentials={}, settings={})
    place = f"/connections/{row.pk}"
    before = firm.api("viewer").get(f"{place}/pull-service").json()
    assert (before["is_on"], before["key_hint"], before["key_made_at"]) == (True, "", None)
    assert before["address"].endswith(f"/pull/{row.pk}/webservice/S3/API.svc")
    assert {each["count"] for each in before["invoices"]} == {0}

    problem_of(firm.api("accountant").post(f"{place}/pull-key"), 403, "ROLE_TOO_LOW")
    made = firm.api("admin").post(f"{place}/pull-key")
    assert made.status_code == 201
    key = made.json()["key"]
    assert access.open_with(row.pk, key) == row
    after = firm.api("viewer").get(f"{place}/pull-service")
    assert key.endswith(after.json()["key_hint"].strip("•"))
    assert key not in after.content.decode()
    assert not AuditEntry.objects.filter(details__icontains=key).exists()
    second = firm.api("admin").post(f"{place}/pull-key", Idempotency_Key="once").json()["key"]
    assert access.open_with(row.pk, key) is None
    assert access.open_with(row.pk, second) == row
    assert not IdempotencyRecord.objects.exists(), "an answer that is kept would keep the key"


def test_other_connections_have_no_pull_service(firm: Firm) -> None:
    place = f"/connections/{firm.ids['target_id']}"
    problem_of(firm.api("admin").get(f"{place}/pull-service"), 404, "NOT_FOUND")
    problem_of(firm.api("admin").post(f"{place}/pull-key"), 404, "NOT_FOUND")
