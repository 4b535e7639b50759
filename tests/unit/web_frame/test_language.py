import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from tilisilta.services import notices
from tilisilta.store.models import User
from tilisilta.web.templatetags import tilisilta as tags


def html_language(response):
    return response.content.decode().split('<html lang="')[1].split('"')[0]


def test_languages_are_offered_under_their_own_names(world):
    page = Client().get("/account/login/").content.decode()
    assert all(name in page for name in ("Eesti", "Suomi", "English"))


def test_the_browsers_language_is_taken_before_sign_in(world):
    assert html_language(Client(headers={"accept-language": "fi"}).get("/account/login/")) == "fi"
    assert html_language(Client(headers={"accept-language": "sv"}).get("/account/login/")) == "en"


def test_a_signed_out_reader_switches_language(world):
    client = Client()
    assert client.post("/language/", {"language": "et", "next": "/account/login/"})["Location"] == "/account/login/"
    assert html_language(client.get("/account/login/")) == "et"
    client.post("/language/", {"language": "xx"})
    assert html_language(client.get("/account/login/")) == "et"


def test_the_persons_language_wins_over_the_browsers(world):
    client = world.client("viewer")
    client.post("/language/", {"language": "fi"})
    assert User.objects.get(email="viewer@example.com").language == "fi"
    other_browser = Client(headers={"accept-language": "et"})
    other_browser.force_login(User.objects.get(email="viewer@example.com"))
    assert html_language(other_browser.get(world.url(""))) == "fi"


def test_the_profile_changes_name_language_and_e_mails(world):
    client = world.client("viewer")
    client.post("/profile/", {"name": "Uus Nimi", "language": "et"})
    user = User.objects.get(email="viewer@example.com")
    assert (user.name, user.language, user.emails_notices) == ("Uus Nimi", "et", False)


@pytest.mark.parametrize(("language", "shown"), [("en", "1,234.50"), ("et", "1\xa0234,50"), ("fi", "1\xa0234,50")])
def test_amounts_read_as_in_the_readers_country(language, shown):
    with translation.override(language):
        assert tags.amount(123450, "EUR") == shown
        assert tags.amount(1234, "JPY").replace("\xa0", ",") == "1,234"
        assert tags.amount(None) == "–"
        assert tags.amount(-5, "EUR")[1:] in {"0.05", "0,05"}


def test_notices_are_mailed_in_each_receivers_language(world, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(email="accountant@example.com").update(language="et")
    User.objects.filter(email="admin@example.com").update(language="fi")
    User.objects.filter(email="owner@example.com").update(emails_notices=False)
    with django_capture_on_commit_callbacks(execute=True):
        made = notices.notify(
            world.company,
            "RUN_DONE_WITH_PROBLEMS",
            level="warning",
            link=world.url("runs/5/"),
            flow="sales_invoices",
            integration="Scoro → SmartAccounts",
            sent=12,
            known=3,
            skipped=0,
            problems=2,
        )
    assert {notice.user.email for notice in made} == {
        "owner@example.com",
        "admin@example.com",
        "accountant@example.com",
    }
    by_address = {message.to[0]: message for message in mail.outbox}
    assert set(by_address) == {"admin@example.com", "accountant@example.com"}
    subjects = {message.subject for message in by_address.values()}
    assert len(subjects) == 2, "each in their own language"
    assert "Müügiarved" in by_address["accountant@example.com"].subject
    assert "Myyntilaskut" in by_address["admin@example.com"].subject
    assert settings.BASE_URL + world.url("runs/5/") in by_address["admin@example.com"].body
    assert {notice.emailed_at is not None for notice in made if notice.user.email == "owner@example.com"} == {False}
