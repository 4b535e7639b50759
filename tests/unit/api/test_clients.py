"""What the API shows of clients and changes of them."""

import pytest
from tests.unit.api.firm import problem_of

from tilisilta.services.practice import fields
from tilisilta.services.practice.settings import switch_off
from tilisilta.store.models import Client, ClientContact, CustomField

pytestmark = pytest.mark.django_db


def test_a_client_is_shown_with_its_own_fields_by_name(firm):
    body = firm.api("viewer").get(f"/clients/{firm.ids['client_id']}").json()
    assert (body["name"], body["values"], body["groups"]) == ("Kask ja Pojad OÜ", {"kaust": "K-7"}, ["Tartu"])
    assert (body["integrations"], body["warnings"], body["is_active"]) == ([], [], True)
    connected = firm.api("viewer").get(f"/clients/{firm.ids['books_client_id']}").json()
    assert connected["integrations"] == ["Merit Aktiva"]


def test_only_what_is_sent_is_changed(firm):
    path = f"/clients/{firm.ids['client_id']}"
    number = fields.create_field(firm.actor, subject="client", title="Arv", type="price")
    body = firm.api("accountant").call("PATCH", path, {"city": "Võru", "values": {"arv": "12.50"}}).json()
    assert (body["city"], body["registry_code"], body["groups"]) == ("Võru", "10000018", ["Tartu"])
    assert body["values"] == {"kaust": "K-7", "arv": "12.5"}
    body = firm.api("accountant").call("PATCH", path, {"values": {"arv": None}, "group_ids": []}).json()
    assert (body["values"], body["groups"]) == ({"kaust": "K-7"}, [])
    assert str(number.pk) not in Client.objects.get(pk=firm.ids["client_id"]).values


def test_mistakes_are_told_by_field(firm):
    sent = {"name": "X", "country": "QQ", "email": "pole", "values": {"puudub": "1"}}
    body = problem_of(firm.api().post("/clients", sent), 422, "VALIDATION_FAILED")
    assert {each["field"]: each["code"] for each in body["errors"]} == {
        "body.country": "CLIENT_COUNTRY_UNKNOWN",
        "body.email": "CLIENT_EMAIL_INVALID",
        "body.values": "VALUE_FIELD_UNKNOWN",
    }
    taken = {"name": "Teine OÜ", "registry_code": "1000 0018"}
    body = problem_of(firm.api().post("/clients", taken), 409, "CLIENT_CODE_TAKEN")
    assert body["params"]["client_id"] == firm.ids["client_id"]
    fields.create_field(firm.actor, subject="client", title="Nõutud", type="text", is_required=True)
    body = problem_of(firm.api().post("/clients", {"name": "Kolmas OÜ"}), 422)
    assert [each["code"] for each in body["errors"]] == ["VALUE_REQUIRED"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Kase Kaubandus AS", "Kask ja Pojad OÜ"]),
        ("text=1000001", ["Kask ja Pojad OÜ"]),
        ("status=inactive", []),
        ("integration=none", ["Kask ja Pojad OÜ"]),
        ("integration=connected", ["Kase Kaubandus AS"]),
        ("imported=last", []),
    ],
)
def test_clients_are_filtered(firm, query, names):
    shown = [each["name"] for each in firm.api().get(f"/clients?{query}").json()["items"]]
    assert [each for each in shown if each.startswith("Kas")] == names


def test_several_clients_are_changed_at_once(firm):
    ids = [firm.ids["client_id"], firm.ids["books_client_id"]]
    sent = {"client_ids": ids, "action": "add_group", "value": str(firm.ids["group_id"])}
    assert firm.api().post("/clients/actions", sent).json() == {"count": 2}
    shown = firm.api().get(f"/clients?group_id={firm.ids['group_id']}").json()["items"]
    assert len(shown) == 2
    problem_of(firm.api().post("/clients/actions", sent | {"value": "x"}), 422, "BULK_CHOICE_MISSING")


def test_contacts_and_fields_are_changed(firm):
    path = f"/clients/{firm.ids['client_id']}/contacts"
    made = firm.api().post(path, {"name": "Mari", "is_primary": True}).json()
    assert [each["name"] for each in firm.api().get(path).json()] == ["Mari", "Jaan"]
    firm.api().call("DELETE", f"{path}/{made['id']}")
    assert ClientContact.objects.get(is_primary=True).name == "Jaan"
    problem_of(firm.api().post(path, {"name": "Mari", "email": "pole"}), 422)
    field = firm.ids["field_id"]
    body = firm.api().call("PUT", f"/custom-fields/{field}", {"title": "Kausta number"}).json()
    assert (body["title"], body["name"]) == ("Kausta number", "kaust")
    firm.api().call("DELETE", f"/custom-fields/{field}")
    assert CustomField.objects.get(pk=field).deleted_at is not None
    assert firm.api().get("/custom-fields").json() == []
    problem_of(firm.api().call("DELETE", f"/custom-fields/{field}"), 404)


def test_while_the_module_is_off_there_are_no_clients(firm):
    switch_off(firm.actor)
    for path in ("/clients", "/client-groups", "/custom-fields", f"/clients/{firm.ids['client_id']}"):
        problem_of(firm.api().get(path), 409, "PRACTICE_OFF")
