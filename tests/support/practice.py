"""A bureau: a company that uses the practice module, with people of every role and a stranger's bureau beside it."""

from dataclasses import dataclass
from typing import Any

from django.test import Client as Browser

from tests.support.product import make_company
from tests.support.workspace import member
from tilisilta.services.access import Actor
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import switch_on
from tilisilta.store.models import (
    Client,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    PracticeIntegration,
    User,
)

ROLES = ("viewer", "accountant", "admin", "owner")


@dataclass
class Bureau:
    company: Company
    actors: dict[str, Actor]

    @property
    def owner(self) -> Actor:
        return self.actors["owner"]

    def user(self, who: str) -> User:
        user = self.actors[who].user
        assert user is not None
        return user

    def browser(self, who: str = "accountant") -> Browser:
        browser = Browser()
        browser.force_login(self.user(who), backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    def url(self, path: str = "") -> str:
        return f"/c/{self.company.pk}/{path}"

    def client(self, name: str = "Õunapuu OÜ", **more: Any) -> Client:
        return clients.create_client(self.actors["accountant"], clients.ClientContent(name=name, **more))


def make_bureau(name: str = "Büroo OÜ", email: str = "omanik@buroo.ee") -> Bureau:
    """Return a bureau, its practice module on, read in English by everyone."""
    company, owner = make_company(name, email)
    actors = {role: member(company, role, f"{role}@buroo.ee") for role in ROLES[:3]} | {"owner": owner}
    for actor in actors.values():
        assert actor.user is not None
        actor.user.language = "en"
        actor.user.save()
    switch_on(owner)
    return Bureau(company, actors)


def make_stranger() -> Bureau:
    """Return another bureau, whose owner has nothing to do with the first."""
    company, owner = make_company("Võõras OÜ", "voor@example.ee")
    assert owner.user is not None
    owner.user.language = "en"
    owner.user.save()
    switch_on(owner)
    return Bureau(company, {"owner": owner, "accountant": owner})


def active_integration(company: Company, vendor: str = "merit") -> PracticeIntegration:
    """Return a bookkeeping system that is switched on for a bureau's clients."""
    return PracticeIntegration.objects.create(company=company, vendor=vendor, is_active=True, country="ee")


def connect_by_hand(client: Client, integration: PracticeIntegration) -> ClientConnection:
    """Return a client's connection as rows alone: nothing is asked of the vendor."""
    connection = Connection.objects.create(
        company=client.company, vendor=integration.vendor, name=client.name, state=ConnectionState.ACTIVE
    )
    return ClientConnection.objects.create(
        company=client.company, client=client, integration=integration, connection=connection
    )
