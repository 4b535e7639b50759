"""The door: guessing, planted sessions, forged ways back, and links that forget nobody."""

import re

import pytest
from django.core import mail
from django.test import Client

from tilisilta.store.models import AuditEntry

PASSWORD = "kolm-siili-metsas"
LOGIN = "/account/login/"


def sign_in(client, password=PASSWORD, email="viewer@example.com", **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def test_a_password_cannot_be_guessed_by_trying_on(world):
    client = Client()
    for _ in range(5):
        assert sign_in(client, "wrong-password").status_code == 200
    assert sign_in(client).status_code == 200, "even the right one waits now"
    assert client.get("/").status_code == 302
    assert client.get("/profile/")["Location"].startswith(LOGIN)
    assert sign_in(Client(), email="admin@example.com").status_code == 302, "others are not locked out"
    assert AuditEntry.objects.filter(action="user.sign_in_failed", user__email="viewer@example.com").count() >= 5


def test_one_address_cannot_try_many_accounts(world):
    tried = [sign_in(Client(), "wrong-password", f"nobody{n}@example.com").status_code for n in range(12)]
    assert tried[:10] == [200] * 10
    assert sign_in(Client()).status_code in {200, 429}, "the address waits"


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(world):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client)
    assert client.cookies["sessionid"].value != session.session_key
    thief = Client()
    thief.cookies["sessionid"] = session.session_key
    assert thief.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    "forged",
    ["https://kuri.example/", "//kuri.example/", "/\\kuri.example", "javascript:alert(1)", "http:kuri.example"],
)
def test_the_way_back_leads_nowhere_else(world, forged):
    assert sign_in(Client(), next=forged)["Location"] == "/"
    client = world.client("viewer")
    assert client.post("/language/", {"language": "et", "next": forged})["Location"] == "/"
    assert client.post("/theme/", {"theme": "dark", "next": forged})["Location"] == "/"


def test_a_new_password_ends_every_other_session(world):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        sign_in(client)
    new = {"oldpassword": PASSWORD, "password1": "viis-rebast-metsas", "password2": "viis-rebast-metsas"}
    assert here.post("/account/password/change/", new).status_code == 302
    assert elsewhere.get("/profile/").status_code == 302


def test_a_forgotten_password_tells_nobody_who_has_an_account(world):
    answers = []
    for email in ("viewer@example.com", "nobody@example.com"):
        response = Client().post("/account/password/reset/", {"email": email})
        answers.append((response.status_code, response.get("Location")))
    assert answers[0] == answers[1]


def test_a_reset_link_works_once(world):
    Client().post("/account/password/reset/", {"email": "viewer@example.com"})
    (message,) = [each for each in mail.outbox if each.to == ["viewer@example.com"]]
    path = re.search(r"https?://[^/\s]+(/account/\S+)", message.body)[1]
    client = Client()
    form = client.get(path)
    new = {"password1": "viis-rebast-metsas", "password2": "viis-rebast-metsas"}
    assert client.post(form["Location"], new).status_code == 302
    assert sign_in(Client(), "viis-rebast-metsas").status_code == 302
    second = Client().get(path)
    assert second.status_code == 200, "no form any more"
    assert 'name="password1"' not in second.content.decode()
