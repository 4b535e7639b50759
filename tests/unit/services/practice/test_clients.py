import datetime as dt

import pytest
from django.db import transaction

from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import clients, contacts, fields, groups
from tilisilta.services.practice.clients import ClientContent
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import switch_off
from tilisilta.store.models import AuditEntry, BusinessRegisterEntry, Client, ClientGroup

ACORN = {"name": "Tammetõru OÜ", "registry_code": "10000018", "country": "EE"}


@pytest.fixture
def in_register(db):
    return BusinessRegisterEntry.objects.create(
        country="EE", registry_code="10000018", name="Tammetõru OÜ", search_name="tammetoru ou",
        vat_number="EE100594102", street="Pikk 1", place="Tartu linn", postal_code="51003", status="R",
    )  # fmt: skip


def test_a_client_is_written_with_all_its_fields(bureau):
    group = groups.create_group(bureau.owner, "Tartu")
    fields.create_field(bureau.owner, subject="client", title="Kaust", type="integer")
    payer = bureau.client("Maksja OÜ")
    accountant = bureau.user("accountant")
    made = bureau.client(
        "  Uus   OÜ ", kind="sole_trader", initials="uus", code="K7", registry_code="100 000 18",
        vat_number="ee 100 594 102", street="Lai 1", city="Tartu", postal_code="51003", country="eesti",
        language="soome", email="a@b.ee", phone="+372 5", default_member_id=accountant.pk, group_ids=(group.pk,),
        notes="Esimene\r\nteine", needs_time=True, needs_topic=True, values={"kaust": "12"},
        billing_email="arved@b.ee", payment_term_days=7, billed_to_id=payer.pk,
    )  # fmt: skip
    row = Client.objects.get(pk=made.pk)
    assert (row.name, row.initials, row.registry_code, row.vat_number) == ("Uus OÜ", "UUS", "10000018", "EE100594102")
    assert (row.country, row.language, row.default_member, row.billed_to) == ("EE", "fi", accountant, payer)
    assert list(row.values.values()) == ["12"]
    assert list(row.groups.all()) == [group]
    assert row.notes == "Esimene\nteine"
    again = clients.update_client(bureau.owner, row, clients.content_of(row))  # nothing is lost on the way round
    fresh = Client.objects.get(pk=made.pk)
    skipped = {"updated_at", "_state"}
    assert {k: v for k, v in vars(fresh).items() if k not in skipped} == {
        k: v for k, v in vars(Client.objects.get(pk=again.pk)).items() if k not in skipped
    }
    assert AuditEntry.objects.filter(action="client.updated").count() == 0  # and nothing was told as changed


def test_what_is_changed_stands_in_the_audit_log(bureau):
    row = bureau.client(**ACORN)
    clients.change_client(bureau.owner, row, city="Võru", is_active=False)
    entry = AuditEntry.objects.get(action="client.updated")
    assert entry.details["changes"] == {"city": ["", "Võru"], "is_active": [True, False]}
    assert entry.subject_link == bureau.url(f"clients/{row.pk}/")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": "  "}, "name", "CLIENT_FIELD_REQUIRED"),
        ({"name": "x" * 201}, "name", "CLIENT_FIELD_TOO_LONG"),
        ({"initials": "ABCD"}, "initials", "CLIENT_FIELD_TOO_LONG"),
        ({"city": "a\x00b"}, "city", "CLIENT_FIELD_CHARACTER"),
        ({"email": "pole"}, "email", "CLIENT_EMAIL_INVALID"),
        ({"billing_email": "a@"}, "billing_email", "CLIENT_EMAIL_INVALID"),
        ({"kind": "planet"}, "kind", "CLIENT_KIND_UNKNOWN"),
        ({"country": "Atlantis"}, "country", "CLIENT_COUNTRY_UNKNOWN"),
        ({"country": "ZZ"}, "country", "CLIENT_COUNTRY_UNKNOWN"),
        ({"language": "klingoni keel vist"}, "language", "CLIENT_LANGUAGE_UNKNOWN"),
        ({"payment_term_days": 400}, "payment_term_days", "CLIENT_TERM_INVALID"),
    ],
)
def test_each_mistake_is_told_beside_its_field(bureau, given, field, code):
    with pytest.raises(FieldErrors) as told:
        bureau.client(**{"name": "Õun OÜ", **given})
    assert told.value.errors[field].code == code
    assert "%(" not in str(told.value)
    assert not Client.objects.exists()


def test_several_mistakes_are_told_together(bureau):
    needed = fields.create_field(bureau.owner, subject="client", title="Kaust", type="text", is_required=True)
    with pytest.raises(FieldErrors) as told:
        bureau.client("", email="x")
    assert set(told.value.errors) == {"name", "email", f"values.{needed.pk}"}
    assert all(str(each) in str(told.value) for each in told.value.errors.values())


def test_a_registry_code_stands_once_in_a_bureau(bureau):
    first = bureau.client(**ACORN)
    with pytest.raises(ServiceError) as told:
        bureau.client("Teine OÜ", registry_code="1000 0018")
    assert (told.value.code, told.value.params["client_id"]) == ("CLIENT_CODE_TAKEN", first.pk)
    assert "Tammetõru OÜ" in str(told.value)
    bureau.client("Soome oma Oy", registry_code="10000018", country="FI")  # another country's code is another company
    bureau.client("Koodita OÜ")
    bureau.client("Koodita OÜ")  # without a code nothing clashes


def test_two_who_write_the_same_code_at_once_get_the_same_answer(bureau, monkeypatch):
    checked = clients._require_free_code
    calls = []

    def late(client, country, code):
        calls.append(code)
        if len(calls) == 1:  # somebody else saves it between the check and the writing
            with transaction.atomic():
                Client.objects.create(company=bureau.company, name="Kiirem OÜ", registry_code=code, country=country)
            return
        checked(client, country, code)

    monkeypatch.setattr(clients, "_require_free_code", late)
    with pytest.raises(ServiceError, match="Kiirem OÜ"):
        bureau.client("Aeglane OÜ", registry_code="10000018")
    assert Client.objects.count() == 1


def test_wrong_check_digits_only_warn(bureau):
    row = bureau.client("Õun OÜ", registry_code="10000019", vat_number="EE100594103")
    assert len(clients.warnings(row)) == 2
    assert clients.warnings(bureau.client("Hea OÜ", registry_code="10000018", vat_number="EE100594102")) == []
    assert clients.warnings(bureau.client("Foreign", registry_code="HRB 1", country="DE")) == []


def test_the_register_marks_a_client_when_its_code_changes(bureau, in_register):
    row = bureau.client(**ACORN)
    assert row.register_mark == "found"
    clients.change_client(bureau.owner, row, registry_code="12345678")
    assert row.register_mark == "not_found"
    clients.change_client(bureau.owner, row, city="Võru")
    assert row.register_mark == "not_found"
    clients.change_client(bureau.owner, row, registry_code="")
    assert row.register_mark == "unchecked"
    told = bureau.client("Teine OÜ", registry_code="10000024", register_mark="found")  # who asked already says so
    assert told.register_mark == "found"


def test_the_register_fills_name_address_and_vat_number(bureau, in_register):
    entry = clients.registered("EE", " 100 000 18")
    filled = clients.filled(ClientContent(name="", email="mina@b.ee", city="vana"), entry)
    assert (filled.name, filled.street, filled.city, filled.postal_code, filled.vat_number, filled.email) == (
        "Tammetõru OÜ", "Pikk 1", "Tartu linn", "51003", "EE100594102", "mina@b.ee",
    )  # fmt: skip
    assert [each.registry_code for each in clients.search_register("tammet")] == ["10000018"]
    assert clients.registered("EE", "12345678") is None


def test_main_users_are_people_who_may_work(bureau):
    for wrong in (bureau.user("viewer").pk, 10**9):
        with pytest.raises(ServiceError) as told:
            bureau.client("Õun OÜ", default_member_id=wrong)
        assert told.value.code == "CLIENT_MEMBER_UNKNOWN"
    row = bureau.client("Õun OÜ", default_member_id=bureau.user("accountant").pk)
    bureau.company.memberships.filter(user=bureau.user("accountant")).delete()
    clients.change_client(bureau.owner, row, city="Võru")  # who has left stays until somebody else is chosen
    assert Client.objects.get().default_member == bureau.user("accountant")


def test_nobody_pays_for_itself_or_in_a_circle(bureau):
    first, second = bureau.client("A"), bureau.client("B")
    clients.change_client(bureau.owner, first, billed_to_id=second.pk)
    for row, payer in ((second, first), (first, first)):
        with pytest.raises(ServiceError, match="payer"):
            clients.change_client(bureau.owner, row, billed_to_id=payer.pk)
    assert (first.pk, "A") not in clients.payers_for(bureau.company, first)


def test_viewers_change_nothing_and_nobody_does_while_it_is_off(bureau):
    content = ClientContent(name="X")
    with pytest.raises(Forbidden):
        clients.create_client(bureau.actors["viewer"], content)
    switch_off(bureau.owner)
    with pytest.raises(ServiceError, match="practice module is off"):
        clients.create_client(bureau.owner, content)


def test_groups_have_one_name_and_leave_their_clients(bureau):
    group = groups.create_group(bureau.actors["accountant"], "  Tartu  linn ")
    assert group.name == "Tartu linn"
    row = bureau.client("Õun OÜ", group_ids=(group.pk,))
    for name, code in (("tartu LINN", "GROUP_NAME_TAKEN"), (" ", "GROUP_NAME_MISSING")):
        with pytest.raises(ServiceError) as told:
            groups.create_group(bureau.owner, name)
        assert told.value.code == code
    groups.rename_group(bureau.owner, group, "TARTU linn")  # its own name in other capitals
    assert groups.groups_of(bureau.company).get().active_clients == 1
    with pytest.raises(ClientGroup.DoesNotExist):
        clients.change_client(bureau.owner, row, group_ids=(group.pk, 10**9))
    groups.delete_group(bureau.owner, group)
    assert Client.objects.get().groups.count() == 0


def test_one_contact_is_the_primary_one(bureau):
    row = bureau.client("Õun OÜ")

    def save(name, contact=None, **more):
        content = contacts.ContactContent(name=name, **more)
        return contacts.save_contact(bureau.owner, row, content, contact=contact)

    mari, jaan = save("Mari", surname="Mets"), save("Jaan", email="jaan@b.ee", is_primary=True)
    assert [str(each) for each in contacts.contacts_of(row)] == ["Jaan", "Mari Mets"]
    assert contacts.primary_of(row) == jaan
    save("Jaan", contact=jaan, is_primary=False)  # the only one that could be asked to step back
    assert contacts.primary_of(row) is not None
    save("Mari", contact=mari, is_primary=True)
    assert contacts.primary_of(row) == mari
    contacts.delete_contact(bureau.owner, contacts.get_contact(row, mari.pk))
    assert contacts.primary_of(row).name == "Jaan"
    with pytest.raises(ServiceError, match="first name"):
        save(" ")
    with pytest.raises(ServiceError, match="future"):
        save("Laps", birthday=dt.date(2999, 1, 1))
