import smtplib
from email.header import decode_header, make_header

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import translation

from tilisilta.services import notices
from tilisilta.store.models import Company, Notice


def make(world, **more):
    return notices.notify(
        world.company,
        "CONNECTION_NEEDS_RECONNECT",
        level="error",
        link=world.url("people/"),
        connection="Scoro",
        **more,
    )


def test_everyone_but_viewers_is_told_unless_said_otherwise(world):
    assert {notice.user.email.split("@")[0] for notice in make(world)} == {"owner", "admin", "accountant"}
    assert [n.user for n in make(world, users=[world.people["viewer"]])] == [world.people["viewer"]]
    assert [n.user for n in make(world, users=[world.people["stranger"]])] == [], "no member, not told"
    assert {n.user.email for n in make(world, roles=["owner", "admin"], but=world.people["owner"])} == {
        "admin@example.com"
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Nov 2025 – Sept 2026"), ("et", "nov 2025 – sept 2026"), ("fi", "marras 2025 – syys 2026")],
)
def test_months_are_written_as_pages_write_them(world, language, words):
    sent = notices.notify(world.company, "SUMMARIES_DONE", system="Merit", months="2025-11 – 2026-09")
    with translation.override(language):
        title = notices.title(sent[0])
    assert words in title
    assert sent[0].params["months"] == "2025-11 – 2026-09", "kept as codes, for every reader's language"


def test_unread_notices_are_counted_listed_and_read(world):
    make(world)
    client = world.client("accountant")
    page = client.get(world.url("")).content.decode()
    assert "Scoro needs reconnecting" in page
    assert notices.unread_count(world.people["accountant"], world.company) == 1
    notice = Notice.objects.get(user=world.people["accountant"])
    assert client.post(world.url(f"notices/{notice.pk}/"))["Location"] == world.url("people/")
    assert notices.unread_count(world.people["accountant"], world.company) == 0
    assert "Everything is read" in client.get(world.url("notices/?show=unread")).content.decode()
    assert "Scoro needs reconnecting" in client.get(world.url("notices/")).content.decode()


def test_all_are_marked_read_at_once_and_only_ones_own(world):
    make(world)
    make(world)
    world.client("accountant").post(world.url("notices/read/"))
    assert notices.unread_count(world.people["accountant"]) == 0
    assert notices.unread_count(world.people["admin"]) == 2


def test_anothers_notice_is_not_found(world):
    make(world)
    notice = Notice.objects.get(user=world.people["owner"])
    assert world.client("admin").post(world.url(f"notices/{notice.pk}/")).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_links_lead_nowhere_else(world):
    (notice,) = notices.notify(world.company, "RUN_DONE", users=[world.people["viewer"]], link="//evil.example/")
    response = world.client("viewer").post(world.url(f"notices/{notice.pk}/"))
    assert response["Location"] == world.url("notices/")


def test_the_list_is_paged(world):
    for _ in range(60):
        notices.notify(world.company, "RUN_NOTHING_NEW", users=[world.people["viewer"]], flow="items", integration="x")
    client = world.client("viewer")
    first = client.get(world.url("notices/"))
    assert len(first.context["notices"]) == 50
    second = client.get(world.url("notices/") + first.context["next_url"])
    assert len(second.context["notices"]) == 10
    assert not second.context["next_url"]


def test_every_text_reads_even_when_parameters_are_missing(world):
    for code in notices.TEXTS:
        notice = Notice(company=world.company, user=world.people["owner"], code=code, params={})
        assert "%(" not in notices.title(notice) + notices.text(notice)


def test_a_mail_server_that_fails_loses_nothing(world, settings, monkeypatch, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sent = EmailMessage.send

    def fail(self, **_):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(EmailMessage, "send", fail)
    with django_capture_on_commit_callbacks(execute=True):
        make(world)
    assert mail.outbox == []
    assert Notice.objects.filter(emailed_at=None).count() == 3
    monkeypatch.setattr(EmailMessage, "send", sent)
    assert notices.send_waiting_emails() == 3
    assert notices.send_waiting_emails() == 0
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_a_notice_of_one_company_is_not_counted_in_another(world):
    make(world)
    other = Company.objects.create(name="Kolmas")
    assert notices.unread_count(world.people["owner"], other) == 0


def test_a_line_break_in_a_companys_name_stops_no_e_mail(world):
    world.company.name = "Näidis\r\nBcc: kuri@example.com"
    world.company.save()
    (notice, *_rest) = make(world)
    message = notices.email_for(notice).message()
    assert "Näidis Bcc" in str(make_header(decode_header(message["Subject"])))
    assert "Bcc" not in message
