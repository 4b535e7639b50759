"""Every operation, called by every role, without a token, and by another company."""

import json

import pytest
from tests.unit.api.firm import ROLES, Api, problem_of
from tests.unit.api.samples import OPERATIONS, PRIVATE, SAMPLES

from tilisilta.services.access import ROLE_RANK
from tilisilta.services.tokens import create_token, revoke_token
from tilisilta.store.models import AuditEntry

pytestmark = pytest.mark.django_db
PUBLIC = {"list_codes", "get_code"}


def test_every_operation_has_a_sample():
    assert {each.name for each in OPERATIONS} == set(SAMPLES)
    assert {each.name for each in OPERATIONS} - {each.name for each in PRIVATE} == PUBLIC


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", PRIVATE, ids=lambda each: each.name)
def test_roles_may_what_they_may(firm, operation, role):
    before = AuditEntry.objects.count()
    response = operation.call(firm.api(role), firm)
    if ROLE_RANK[role] >= ROLE_RANK[operation.role]:
        assert response.status_code in operation.sample.statuses, response.content
        return
    body = problem_of(response, 403, "ROLE_TOO_LOW")
    assert body["params"] == {"role": role, "needed": operation.role}
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("operation", PRIVATE, ids=lambda each: each.name)
def test_another_company_sees_nothing(firm, other, operation):
    response = operation.call(other.api("owner"), firm)
    if operation.names_ids():
        problem_of(response, 404, "NOT_FOUND")
        return
    assert response.status_code in operation.sample.statuses
    if b'"items"' in response.content:
        mine = json.loads(operation.call(firm.api("owner"), firm).content)["items"]
        theirs = json.loads(response.content)["items"]
        assert not {row["id"] for row in mine if "id" in row} & {row["id"] for row in theirs if "id" in row}


def test_a_token_is_needed(firm, subtests):
    for operation in PRIVATE:
        with subtests.test(operation.name):
            missing = operation.call(Api(), firm)
            problem_of(missing, 401, "TOKEN_MISSING")
            assert missing["WWW-Authenticate"].startswith("Bearer")
            problem_of(operation.call(Api("tls_not-a-token"), firm), 401, "TOKEN_INVALID")


def test_a_revoked_token_stops_at_once(firm):
    row, plain = create_token(firm.actor, name="short", role="viewer")
    assert Api(plain).get("/company").status_code == 200
    revoke_token(firm.actor, row.pk)
    problem_of(Api(plain).get("/company"), 401, "TOKEN_INVALID")


def test_a_session_is_no_token(firm, client):
    client.force_login(firm.actor.user)
    problem_of(client.get("/api/v1/company"), 401, "TOKEN_MISSING")


def test_the_other_company_keeps_its_rows_after_a_strangers_writes(firm, other):
    for operation in PRIVATE:
        if operation.is_write and operation.names_ids():
            operation.call(other.api("owner"), firm)
    named = AuditEntry.objects.filter(company=firm.company, token__company=other.company)
    assert not named.exists()
    firm.integration.refresh_from_db()
    assert firm.integration.name == "Scoro – SmartAccounts"
