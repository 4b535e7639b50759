"""What must never leave: keys of other systems, tokens, hashes of them."""

import pytest
from tests.unit.api.firm import SECRET
from tests.unit.api.samples import OPERATIONS

from tilisilta.store.models import ApiToken, IdempotencyRecord

pytestmark = pytest.mark.django_db
GIVEN = "abcdefghijklmnop"  # the key that the sample of create_connection hands in


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_no_answer_holds_a_secret(firm, operation):
    content = operation.call(firm.api(), firm).content
    for secret in (SECRET, GIVEN, *firm.tokens.values(), *ApiToken.objects.values_list("token_hash", flat=True)):
        assert secret.encode() not in content


def test_kept_answers_and_the_log_hold_no_secret(firm):
    new = {
        "vendor": "scoro",
        "credentials": {"api_key": GIVEN, "company_account_id": "naidis"},
        "settings": {"site": "x"},
    }
    response = firm.api().post("/connections", new, Idempotency_Key="k1")
    assert response.status_code == 201, response.content
    assert response.json()["hints"]["api_key"].endswith(GIVEN[-4:])
    assert GIVEN.encode() not in bytes(IdempotencyRecord.objects.get().response)
    assert GIVEN.encode() not in firm.api().get("/audit-entries").content


def test_a_wrong_field_is_not_repeated(firm):
    sent = {"vendor": "scoro", "credentials": {"api_key": ["my-secret-in-a-list"]}}
    response = firm.api().post("/connections", sent)
    assert response.status_code == 422
    assert b"my-secret" not in response.content


def test_downloads_never_open_in_a_browser(firm):
    response = firm.api().get(f"/files/{firm.ids['file_id']}/content")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content == b"<Finvoice/>"
