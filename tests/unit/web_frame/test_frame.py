import re

import pytest
from django.test import Client

from tilisilta.services import companies
from tilisilta.store.models import AuditEntry, Membership, User

PASSWORD = "kolm-siili-metsas"
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)


@pytest.mark.parametrize(
    "path", ["", "people/", "people/invite/", "settings/", "settings/delete/", "tokens/", "notices/", "audit/"]
)
def test_pages_carry_the_policy_and_nothing_inline(world, path):
    response = world.client("owner").get(world.url(path))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not INLINE.search(response.content.decode())
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/account/login/", "/account/password/reset/", "/account/signup/", "/nothing/here/"])
def test_pages_outside_do_too(world, path):
    response = Client().get(path)
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not INLINE.search(response.content.decode())


def test_the_way_in_and_out_is_logged(world):
    client = Client()
    bad = client.post("/account/login/", {"login": "viewer@example.com", "password": "wrong-password"})
    assert bad.status_code == 200
    good = client.post("/account/login/", {"login": "Viewer@example.com", "password": PASSWORD})
    assert good["Location"] == "/"
    assert client.get("/")["Location"] == world.url("")
    actions = list(AuditEntry.objects.filter(company=None).order_by("pk").values_list("action", "user__email"))
    assert actions == [("user.sign_in_failed", "viewer@example.com"), ("user.signed_in", "viewer@example.com")]
    client.post("/account/logout/")
    assert client.get(world.url("")).status_code == 302


def test_sign_in_leads_back_to_the_page_that_was_asked_for(world):
    client = Client()
    asked = client.get(world.url("notices/"))
    assert asked["Location"] == f"/account/login/?next={world.url('notices/')}"
    page = client.get(asked["Location"])
    form = {"login": "viewer@example.com", "password": PASSWORD, "next": world.url("notices/")}
    assert 'name="next"' in page.content.decode()
    assert client.post("/account/login/", form)["Location"] == world.url("notices/")


def test_home_remembers_the_company_of_the_last_visit(world):
    user = world.people["owner"]
    second = companies.create_company(user, name="Aaa OÜ", country="EE", registry_code="", vat_number="")
    client = world.client("owner")
    client.get(world.url(""))
    assert client.get("/")["Location"] == world.url("")
    client.get(f"/c/{second.pk}/")
    assert client.get("/")["Location"] == f"/c/{second.pk}/"
    page = client.get(f"/c/{second.pk}/").content.decode()
    assert "Raamatupidaja OÜ" in page
    assert "Võõras AS" not in page


def test_someone_without_a_company_is_told_what_to_do(world):
    User.objects.create_user("alone@example.com", PASSWORD)
    client = Client()
    client.login(email="alone@example.com", password=PASSWORD)
    assert "invites you" in client.get("/").content.decode()


def test_the_bars_show_what_a_role_may_open(world):
    for who, shown in (("viewer", False), ("accountant", False), ("admin", True)):
        page = world.client(who).get(world.url("")).content.decode()
        assert (world.url("audit/") in page) is shown
        assert (world.url("tokens/") in page) is shown
    current = re.findall(
        r'href="([^"]+)" aria-current="page"', world.client("owner").get(world.url("people/")).content.decode()
    )
    assert set(current) == {world.url("people/")}


def test_the_profile_keeps_the_frame_of_the_last_company_for_members_only(world):
    client = world.client("viewer")
    client.get(world.url(""))
    assert "Raamatupidaja OÜ" in client.get("/profile/").content.decode()
    Membership.objects.filter(user=world.people["viewer"]).delete()
    assert "Raamatupidaja OÜ" not in client.get("/profile/").content.decode()


def test_a_theme_is_kept_in_a_cookie_and_shown_by_the_server(world):
    client = world.client("viewer")
    response = client.post("/theme/", {"theme": "dark", "next": world.url("notices/")})
    assert response["Location"] == world.url("notices/")
    assert 'data-theme="dark"' in client.get(world.url("")).content.decode()
    client.post("/theme/", {"theme": '"><script>'})
    assert 'data-theme="dark"' in client.get(world.url("")).content.decode()


@pytest.mark.parametrize("form", ["/theme/", "/language/"])
def test_switches_lead_nowhere_else(world, form):
    client = world.client("viewer")
    assert client.post(form, {"next": "https://evil.example/"})["Location"] == "/"
    assert client.get(form).status_code == 405


def test_missing_pages_and_broken_ones_have_pages_of_their_own(world, settings):
    page = world.client("viewer").get("/c/999999/")
    assert (page.status_code, "There is no such page" in page.content.decode()) == (404, True)
    forbidden = world.client("viewer").get(world.url("audit/"))
    assert "Your role does not allow this" in forbidden.content.decode()


def test_forms_need_their_token(world):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "open too long" in response.content.decode()


def test_deleting_the_company_needs_its_name(world):
    client = world.client("owner")
    page = client.post(world.url("settings/delete/"), {"typed_name": "raamatupidaja"})
    assert "does not match" in page.content.decode()
    assert client.post(world.url("settings/delete/"), {"typed_name": "Raamatupidaja OÜ"})["Location"] == "/"
    assert not Membership.objects.filter(company_id=world.company.pk).exists()
    assert AuditEntry.objects.get(action="company.deleted").details["company"] == "Raamatupidaja OÜ"


def test_a_change_of_settings_is_logged_with_before_and_after(world):
    client = world.client("admin")
    facts = {
        "name": "Uus nimi OÜ",
        "country": "EE",
        "time_zone": "Europe/Tallinn",
        "base_currency": "EUR",
        "language": "et",
    }
    client.post(world.url("settings/"), facts)
    world.company.refresh_from_db()
    assert world.company.name == "Uus nimi OÜ"
    page = client.get(world.url("audit/") + "?action=company.updated").content.decode()
    assert "Raamatupidaja OÜ → Uus nimi OÜ" in page
