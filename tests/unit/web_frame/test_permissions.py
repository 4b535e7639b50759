"""Every page and every form, walked as everyone."""

import pytest

from tilisilta.services import members, tokens
from tilisilta.store.models import Membership

EVERYONE = ["anonymous", "stranger", "viewer", "accountant", "admin", "owner"]
# path, the lowest role that may open it
PAGES = [
    ("", "viewer"),
    ("notices/", "viewer"),
    ("notices/?show=unread", "viewer"),
    ("people/", "viewer"),
    ("people/invite/", "admin"),
    ("settings/", "viewer"),
    ("settings/delete/", "owner"),
    ("tokens/", "admin"),
    ("tokens/new/", "admin"),
    ("audit/", "admin"),
]
RANK = {"viewer": 1, "accountant": 2, "admin": 3, "owner": 4}


def expected(who, needed, fine=200):
    if who == "anonymous":
        return 302
    if who == "stranger":
        return 404
    return fine if RANK[who] >= RANK[needed] else 403


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize(("path", "needed"), PAGES)
def test_pages_open_for_their_roles_only(world, who, path, needed):
    response = world.client(who).get(world.url(path))
    assert response.status_code == expected(who, needed)
    if response.status_code == 302:
        assert response["Location"].startswith("/account/login/?next=/c/")
    if response.status_code in {403, 404}:
        assert world.company.name not in response.content.decode()


@pytest.fixture
def posts(world):
    invitation, _ = members.invite(world.actor("owner"), email="uus@example.com", role="viewer")
    token, _ = tokens.create_token(world.actor("owner"), name="API", role="viewer")
    viewer = Membership.objects.get(user=world.people["viewer"])
    facts = {
        "name": "Uus nimi",
        "country": "EE",
        "time_zone": "Europe/Tallinn",
        "base_currency": "EUR",
        "language": "et",
    }
    return {
        "settings/": ("admin", facts, 302),
        "settings/delete/": ("owner", {"typed_name": "wrong"}, 200),
        "people/invite/": ("admin", {"email": "a@example.com", "role": "viewer"}, 200),
        f"people/{viewer.pk}/role/": ("admin", {"role": "accountant"}, 302),
        f"people/invitations/{invitation.pk}/revoke/": ("admin", {}, 302),
        "tokens/new/": ("admin", {"name": "Uus", "role": "viewer", "days": "90"}, 200),
        f"tokens/{token.pk}/revoke/": ("admin", {}, 302),
        "notices/read/": ("viewer", {}, 302),
    }


@pytest.mark.parametrize("who", EVERYONE)
def test_forms_are_taken_from_their_roles_only(world, posts, who):
    client = world.client(who)
    got = {path: client.post(world.url(path), data).status_code for path, (_, data, _fine) in posts.items()}
    assert got == {path: expected(who, needed, fine) for path, (needed, _, fine) in posts.items()}


def test_a_member_of_another_company_reaches_no_row_by_its_number(world):
    token, _ = tokens.create_token(world.actor("owner"), name="API", role="viewer")
    path = f"/c/{world.other.pk}/tokens/{token.pk}/revoke/"
    assert world.client("stranger").post(path).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_an_administrator_cannot_touch_owners(world):
    owner = Membership.objects.get(user=world.people["owner"])
    client = world.client("admin")
    assert client.post(world.url(f"people/{owner.pk}/role/"), {"role": "viewer"}).status_code == 403
    assert client.post(world.url(f"people/{owner.pk}/remove/")).status_code == 403
    viewer = Membership.objects.get(user=world.people["viewer"])
    assert client.post(world.url(f"people/{viewer.pk}/role/"), {"role": "owner"}).status_code == 403
    assert client.post(world.url("people/invite/"), {"email": "x@example.com", "role": "owner"}).status_code == 200
    assert not members.open_invitations(world.company)


def test_forms_that_change_something_refuse_get(world):
    for path in ("people/1/role/", "people/1/remove/", "tokens/1/revoke/", "notices/read/", "notices/1/"):
        assert world.client("owner").get(world.url(path)).status_code == 405


@pytest.mark.parametrize("path", ["/profile/", "/companies/new/", "/account/2fa/", "/account/password/change/"])
def test_pages_of_a_person_need_sign_in(world, path):
    assert world.client("anonymous").get(path).status_code == 302
    assert world.client("owner").get(path).status_code == 200


def test_only_owners_add_companies(world):
    fields = {"company_name": "Teine OÜ", "country": "EE"}
    assert world.client("admin").get("/companies/new/").status_code == 403
    assert world.client("admin").post("/companies/new/", fields).status_code == 403
    response = world.client("owner").post("/companies/new/", fields)
    assert Membership.objects.get(company__name="Teine OÜ").user == world.people["owner"]
    assert response.status_code == 302
