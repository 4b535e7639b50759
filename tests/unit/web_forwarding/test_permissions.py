"""Who may send documents on: accountants and higher, and nobody of another company."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.pages import BACKEND
from tests.support.workspace import invoice, make_workspace, member

from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.store.models import Role, User
from tilisilta.web.forwarding.urls import urlpatterns


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.mark.django_db
def test_only_accountants_of_the_company_send_documents_on():
    company, owner = make_workspace()
    row = approve_at_once(owner, save_invoice(owner, invoice("purchase")))
    asked = {
        "forwarding-check": ("get", reverse("forwarding-check", args=[company.pk])),
        "forwarding-list": ("get", reverse("forwarding-list", args=[company.pk, "purchase"])),
        "forwarding-leave": ("post", reverse("forwarding-leave", args=[company.pk, row.pk])),
        "forwarding-send": ("post", reverse("forwarding-send", args=[company.pk, row.pk])),
    }
    assert set(asked) == {each.name for each in urlpatterns}
    viewer, clerk = (member(company, role, f"{role}@naidis.ee") for role in (Role.VIEWER, Role.ACCOUNTANT))
    _other, stranger = make_workspace("Teine OÜ", "teine@naidis.ee")
    for method, address in asked.values():
        assert getattr(_client(viewer.user), method)(address).status_code == 403
        assert getattr(_client(clerk.user), method)(address).status_code in {200, 302}
        assert getattr(_client(stranger.user), method)(address).status_code == 404
