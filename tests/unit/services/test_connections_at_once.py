"""Two people at one connection, and a vendor that takes its time to answer."""

import pytest
from tests.unit.web_transfer import factories as make

from tilisilta.core.errors import Misconfigured
from tilisilta.ports import ConnectionInfo
from tilisilta.services import connections
from tilisilta.store import vault
from tilisilta.store.models import AuditEntry, Connection, ConnectionState

pytestmark = pytest.mark.django_db

OLD = {"api_key": "old-key-0001", "company_account_id": "naidis"}


@pytest.fixture
def actor():
    return make.actor(make.company())


@pytest.fixture
def connection(actor):
    return make.connection(actor.company, sealed_credentials=vault.seal(OLD), state=ConnectionState.NEW)


def answering(monkeypatch, answer, meanwhile=lambda: None):
    """Let the vendor give an answer, after what people do meanwhile."""

    def ask(connector):
        del connector
        meanwhile()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(connections, "_ask", ask)


def test_keys_entered_while_the_vendor_was_asked_stay(monkeypatch, actor, connection):
    def meanwhile():
        other = Connection.objects.get(pk=connection.pk)
        connections.update_connection(actor, other, credentials={"api_key": "new-key-0002"})

    answering(monkeypatch, ConnectionInfo(environment="Naidis"), meanwhile)
    assert connections.check_connection(actor, connection).ok
    stored = Connection.objects.get(pk=connection.pk)
    assert vault.unseal(bytes(stored.sealed_credentials))["api_key"] == "new-key-0002"
    assert stored.state == ConnectionState.NEW, "the answer was for the old key"
    assert not AuditEntry.objects.filter(action="connection.checked").exists()


@pytest.mark.parametrize("answer", [ConnectionInfo(environment="Naidis"), Misconfigured("KEY_REFUSED")])
def test_a_connection_put_aside_while_the_vendor_was_asked_stays_aside(monkeypatch, actor, connection, answer):
    answering(monkeypatch, answer, lambda: connections.deactivate(actor, Connection.objects.get(pk=connection.pk)))
    connections.check_connection(actor, connection)
    assert connection.state == ConnectionState.INACTIVE
    assert Connection.objects.get(pk=connection.pk).state == ConnectionState.INACTIVE


def test_a_new_name_given_meanwhile_does_not_spoil_the_answer(monkeypatch, actor, connection):
    def meanwhile():
        connections.update_connection(actor, Connection.objects.get(pk=connection.pk), name="Uus nimi")

    answering(monkeypatch, ConnectionInfo(environment="Naidis"), meanwhile)
    connections.check_connection(actor, connection)
    stored = Connection.objects.get(pk=connection.pk)
    assert (stored.name, stored.state, stored.environment) == ("Uus nimi", ConnectionState.ACTIVE, "Naidis")


def test_two_people_change_different_things_of_one_connection(actor, connection):
    first, second = (Connection.objects.get(pk=connection.pk) for _ in range(2))
    connections.update_connection(actor, first, credentials={"api_key": "new-key-0002"})
    connections.update_connection(actor, second, name="Uus nimi")
    stored = Connection.objects.get(pk=connection.pk)
    assert vault.unseal(bytes(stored.sealed_credentials))["api_key"] == "new-key-0002"
    assert stored.name == "Uus nimi"


def test_new_keys_do_not_take_a_connection_into_use_that_was_put_aside(actor, connection):
    connections.deactivate(actor, connection)
    connections.update_connection(actor, connection, credentials={"api_key": "new-key-0002"})
    assert Connection.objects.get(pk=connection.pk).state == ConnectionState.INACTIVE
