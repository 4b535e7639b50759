"""Two companies with people of every role."""

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from tilisilta.services import companies
from tilisilta.services.access import Actor, actor_of
from tilisilta.store.models import Company, Membership, Role, User

PASSWORD = "kolm-siili-metsas"
ROLES = ["viewer", "accountant", "admin", "owner"]


@dataclass
class World:
    company: Company
    other: Company
    people: dict[str, User]

    def actor(self, role: str) -> Actor:
        return actor_of(self.people[role], self.company.pk, ip="192.0.2.7")

    def client(self, who: str) -> Client:
        client = Client()
        if who != "anonymous":
            client.force_login(self.people[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def url(self, path: str) -> str:
        return f"/c/{self.company.pk}/{path}"


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture
def world(db):
    owner, company = companies.set_up_owner(
        email="owner@example.com",
        name="Mari Maasikas",
        password=PASSWORD,
        language="en",
        company={"name": "Raamatupidaja OÜ", "country": "EE", "registry_code": "", "vat_number": ""},
    )
    people = {"owner": owner}
    for role in ("viewer", "accountant", "admin"):
        people[role] = User.objects.create_user(f"{role}@example.com", PASSWORD, name=role.title(), language="en")
        Membership.objects.create(company=company, user=people[role], role=role)
    people["stranger"] = User.objects.create_user("stranger@example.com", PASSWORD, name="Stranger", language="en")
    other = Company.objects.create(name="Võõras AS")
    Membership.objects.create(company=other, user=people["stranger"], role=Role.OWNER)
    return World(company=company, other=other, people=people)
