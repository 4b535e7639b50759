from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tilisilta.services import members
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import AuditEntry, Invitation, Membership, Notice, User

PASSWORD = "kolm-siili-metsas"


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def path_of(link):
    return "/invitation/" + link.rstrip("/").rsplit("/", 1)[1] + "/"


def test_the_link_is_shown_once_and_e_mailed_in_the_companys_language(world, django_capture_on_commit_callbacks):
    client = world.client("admin")
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(world.url("people/invite/"), {"email": "Uus@Example.com", "role": "accountant"})
    invitation = Invitation.objects.get()
    assert invitation.email == "uus@example.com"
    link = page.context["link"]
    assert link in page.content.decode()
    assert invitation.token_hash not in link
    assert link not in client.get(world.url("people/")).content.decode()
    (message,) = mail.outbox
    assert message.to == ["uus@example.com"]
    assert link in message.body


def test_a_new_person_joins_by_the_link_once(world):
    _, link = members.invite(world.actor("owner"), email="uus@example.com", role="accountant")
    client = Client()
    assert client.get(path_of(link)).status_code == 200
    form = {"name": "Uus Inimene", "password": PASSWORD, "password_again": PASSWORD}
    assert client.post(path_of(link), form)["Location"] == world.url("")
    assert Membership.objects.get(user__email="uus@example.com").role == "accountant"
    assert client.get(world.url("")).status_code == 200
    again = Client().get(path_of(link))
    assert (again.status_code, "not valid any more" in again.content.decode()) == (404, True)
    assert Notice.objects.get(user=world.people["owner"], code="MEMBER_JOINED").params["role"] == "accountant"


def test_a_known_person_signs_in_and_joins(world):
    _, link = members.invite(world.actor("owner"), email="stranger@example.com", role="viewer")
    assert "Sign in" in Client().get(path_of(link)).content.decode()
    client = world.client("stranger")
    assert client.post(path_of(link))["Location"] == world.url("")
    assert client.get(world.url("")).status_code == 200


def test_an_invitation_is_not_for_another_person(world):
    _, link = members.invite(world.actor("owner"), email="uus@example.com", role="owner")
    response = world.client("stranger").post(path_of(link))
    assert response.status_code == 200
    assert not Membership.objects.filter(company=world.company, user=world.people["stranger"]).exists()


def test_withdrawn_old_and_replaced_links_do_not_work(world):
    actor = world.actor("owner")
    _, first_link = members.invite(actor, email="a@example.com", role="viewer")
    _, second_link = members.invite(actor, email="a@example.com", role="viewer")
    assert Client().get(path_of(first_link)).status_code == 404
    assert Client().get(path_of(second_link)).status_code == 200
    members.revoke_invitation(actor, Invitation.objects.get(revoked_at=None).pk)
    assert Client().get(path_of(second_link)).status_code == 404
    third, third_link = members.invite(actor, email="a@example.com", role="viewer")
    Invitation.objects.filter(pk=third.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path_of(third_link)).status_code == 404


def test_members_are_not_invited_again(world):
    with pytest.raises(ServiceError) as caught:
        members.invite(world.actor("owner"), email="VIEWER@example.com", role="admin")
    assert caught.value.code == "ALREADY_MEMBER"


def test_a_company_keeps_an_owner(world):
    owner = Membership.objects.get(user=world.people["owner"])
    for attempt in (
        lambda: members.change_role(world.actor("owner"), owner.pk, "viewer"),
        lambda: members.remove_member(world.actor("owner"), owner.pk),
    ):
        with pytest.raises(ServiceError) as caught:
            attempt()
        assert caught.value.code == "LAST_OWNER"
    admin = Membership.objects.get(user=world.people["admin"])
    members.change_role(world.actor("owner"), admin.pk, "owner")
    members.remove_member(world.actor("owner"), owner.pk)
    assert not members.is_member(world.company, world.people["owner"])


def test_a_removed_person_is_out_at_once(world):
    client = world.client("viewer")
    assert client.get(world.url("")).status_code == 200
    viewer = Membership.objects.get(user=world.people["viewer"])
    world.client("admin").post(world.url(f"people/{viewer.pk}/remove/"))
    assert client.get(world.url("")).status_code == 404
    assert client.get("/", follow=True).status_code == 200
    assert AuditEntry.objects.filter(action="member.removed", company=world.company).count() == 1


def test_anyone_may_leave(world):
    viewer = Membership.objects.get(user=world.people["viewer"])
    response = world.client("viewer").post(world.url(f"people/{viewer.pk}/remove/"))
    assert response["Location"] == "/"
    assert not members.is_member(world.company, world.people["viewer"])
    assert User.objects.filter(email="viewer@example.com").exists()


def test_a_changed_role_is_told_in_the_readers_words_and_logged(world):
    viewer = Membership.objects.get(user=world.people["viewer"])
    members.change_role(world.actor("admin"), viewer.pk, "accountant")
    notice = Notice.objects.get(user=world.people["viewer"])
    assert (notice.code, notice.params["role"]) == ("ROLE_CHANGED", "accountant")
    entry = AuditEntry.objects.get(action="member.role_changed")
    assert entry.details == {"changes": {"role": ["viewer", "accountant"]}}
    assert (entry.user, entry.ip) == (world.people["admin"], "192.0.2.7")
