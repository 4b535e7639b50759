import pytest
from django.utils import translation

from tilisilta.services import audit
from tilisilta.services.access import Forbidden, require, system_actor
from tilisilta.store.models import AuditEntry, Company


@pytest.fixture
def actor(db):
    return system_actor(Company.objects.create(name="Raamatupidaja OÜ"))


def test_values_under_names_of_secrets_are_hidden_at_any_depth(actor):
    entry = audit.record(
        actor,
        "connection.created",
        "Scoro",
        credentials={"api_key": "hunter2"},
        settings={"site": "acme", "api_secret": "hunter3", "more": [{"password": "hunter4"}]},
        user_token="hunter5",
    )
    entry.refresh_from_db()
    assert "hunter" not in str(entry.details)
    assert entry.details["settings"]["site"] == "acme"


def test_entries_are_found_by_action_words_and_page(actor):
    audit.record(actor, "connection.created", "Scoro")
    audit.record(actor, "connection.updated", "SmartAccounts")
    audit.record(actor, "run.requested", "Müügiarved")
    company = actor.company
    assert [each.action for each in audit.entries(company, action="connection")] == [
        "connection.updated",
        "connection.created",
    ]
    assert [each.subject for each in audit.entries(company, action="run.requested")] == ["Müügiarved"]
    assert [each.subject for each in audit.entries(company, text="smart")] == ["SmartAccounts"]
    newest = audit.entries(company, limit=1)[0]
    assert [each.subject for each in audit.entries(company, before_id=newest.pk)] == ["SmartAccounts", "Scoro"]
    assert audit.entries(Company.objects.create(name="Teine")) == []


def test_a_change_reads_before_and_after_in_the_readers_words(actor):
    entry = audit.record(actor, "x.y", changes={"role": ["viewer", "admin"]}, expires_at="2027-02-19", nothing="")
    with translation.override("et"):
        assert audit.details_text(entry) == [("roll", "Vaataja → Administraator"), ("kehtib kuni", "19.02.2027")]
    assert audit.action_text("x.y") == "x.y"


def test_long_names_are_cut_to_what_the_log_holds(actor):
    audit.record(actor, "x.y", "a" * 500, "/" + "b" * 500)
    assert len(AuditEntry.objects.get().subject) == 200


def test_the_ladder_of_roles(actor):
    roles = ["viewer", "accountant", "admin", "owner"]
    for rank, role in enumerate(roles):
        who = system_actor(actor.company)
        who = type(who)(company=who.company, role=role)
        assert [who.may(needed) for needed in roles] == [True] * (rank + 1) + [False] * (3 - rank)
        for needed in roles[rank + 1 :]:
            with pytest.raises(Forbidden):
                require(who, needed)
