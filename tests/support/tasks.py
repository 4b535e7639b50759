"""A bureau with its people, a client and tasks, as its members would make them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.test import Client as Browser

from tests.support.product import make_company
from tests.support.workspace import member
from tilisilta.services.access import Actor
from tilisilta.services.practice.clients import ClientContent, create_client
from tilisilta.services.practice.fields import create_field
from tilisilta.services.practice.settings import switch_on
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.recurrences import RecurrenceContent
from tilisilta.services.tasks.tasks import TaskContent, create_task
from tilisilta.store.models import Client, Company, CustomField, Task, User


@dataclass
class Bureau:
    company: Company
    actors: dict[str, Actor]
    client: Client

    @property
    def owner(self) -> Actor:
        return self.actors["owner"]

    @property
    def accountant(self) -> Actor:
        return self.actors["accountant"]

    def user(self, role: str) -> User:
        user = self.actors[role].user
        assert user is not None
        return user

    def browser(self, who: str = "accountant") -> Browser:
        browser = Browser()
        browser.force_login(self.user(who), backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    def url(self, path: str) -> str:
        return f"/c/{self.company.pk}/{path}"

    def new_client(self, name: str, **content: Any) -> Client:
        return create_client(self.owner, ClientContent(name=name, **content))

    def task(self, who: str = "accountant", **content: Any) -> Task:
        given = {"client_id": self.client.pk, "title": "Käibedeklaratsioon", "due_date": dt.date(2026, 11, 20)}
        return create_task(self.actors[who], TaskContent(**given | content))

    def field(self, title: str, kind: str = "integer", **more: Any) -> CustomField:
        return create_field(self.owner, subject="task", title=title, type=kind, **more)


def make_bureau(name: str = "Büroo OÜ", email: str = "omanik@buroo.ee") -> Bureau:
    """Return a bureau with people of every role and one client, whose default member is the accountant."""
    company, owner = make_company(name, email)
    switch_on(owner)
    domain = email.rpartition("@")[2]
    actors = {role: member(company, role, f"{role}@{domain}") for role in ("viewer", "accountant", "admin")}
    User.objects.filter(memberships__company=company).update(language="en")
    for actor in (owner, *actors.values()):
        assert actor.user is not None
        actor.user.refresh_from_db()
    accountant = actors["accountant"].user
    assert accountant is not None
    client = create_client(owner, ClientContent(name="Kask OÜ", default_member_id=accountant.pk))
    return Bureau(company, {"owner": owner, **actors}, client)


def monthly(title: str = "Käibedeklaratsioon", **more: Any) -> RecurrenceContent:
    """Return a plan row that comes every month, due on the 20th, from the first of November 2026 on."""
    own = {name: more.pop(name) for name in ("starts_on", "ends_on", "assignee_id") if name in more}
    given = {"starts_on": dt.date(2026, 11, 1)} | own
    return RecurrenceContent(pattern=PatternContent(title=title, **more), **given)
