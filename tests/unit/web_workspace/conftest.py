"""A company that keeps invoices here, with people of every role, and a stranger with a workspace of their own."""

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client
from tests.support.workspace import make_workspace, member

from tilisilta.services.access import Actor
from tilisilta.store.models import Company, User


@dataclass
class Office:
    company: Company
    actors: dict[str, Actor]

    def client(self, who: str = "accountant") -> Client:
        client = Client()
        user = self.actors[who].user
        assert isinstance(user, User)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def url(self, path: str) -> str:
        return f"/c/{self.company.pk}/{path}"


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture
def office(db):
    company, owner = make_workspace()
    actors = {role: member(company, role, f"{role}@naidis.ee") for role in ("viewer", "accountant", "admin")}
    _other, stranger = make_workspace("Võõras OÜ", "voor@example.ee")
    User.objects.update(language="en")
    for actor in (owner, stranger, *actors.values()):
        assert actor.user is not None
        actor.user.refresh_from_db()
    return Office(company, {"owner": owner, "stranger": stranger, **actors})
