"""What the workspace's choices do when a program changes them."""

import pytest

from tilisilta.store.models import WorkspaceDimension, WorkspaceSettings

pytestmark = pytest.mark.django_db


def test_choices_that_are_not_named_stay(firm):
    api = firm.api("admin")
    assert api.call("PATCH", "/workspace/settings", {"city": "Tartu", "interest_percent": "8.50"}).status_code == 200
    body = api.call("PATCH", "/workspace/settings", {"payment_term_days": 21}).json()
    assert (body["city"], body["interest_percent"], body["payment_term_days"]) == ("Tartu", "8.5", 21)
    assert WorkspaceSettings.objects.get(company=firm.company).payment_term_days == 21
    assert api.call("PATCH", "/workspace/settings", {}).status_code == 422
    assert api.call("PATCH", "/workspace/settings", {"bank_iban": "EE00"}).json()["code"] == "IBAN_INVALID"


def test_the_next_number_is_shown_as_it_will_stand(firm):
    told = {each["next_shown"] for each in firm.api("viewer").get("/workspace/series").json()}
    assert told == {"1001", "K0001"}


def test_a_foreman_is_one_of_the_company_s_people(firm, other):
    stranger = other.company.memberships.first().user_id
    wanted = {"axis": "project", "code": "P-7", "foreman_id": stranger}
    assert firm.api("accountant").post("/workspace/dimensions", wanted).status_code == 404
    assert not WorkspaceDimension.objects.filter(code="P-7").exists()
    own = firm.company.memberships.first().user_id
    made = firm.api("accountant").post("/workspace/dimensions", wanted | {"foreman_id": own})
    assert (made.status_code, made.json()["foreman_id"]) == (201, own)
