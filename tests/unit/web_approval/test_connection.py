"""The workspace's own connection: shown, tested, never added by hand."""

import pytest
from tests.support.pages import Pages
from tests.support.workspace import make_workspace

from tilisilta.services import connections
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def test_it_is_there_once_and_its_page_opens():
    company, actor = make_workspace()
    connection = Connection.objects.get(company=company, vendor="workspace")
    pages = Pages(company, actor.user)
    assert "Tilisilta" in pages.go("connection-list").text
    assert "Purchase invoices go on" in pages.go("connection-edit", connection.pk).text
    assert "No keys are needed." in pages.go("connection-detail", connection.pk).text
    offered = {link.get("href") for link in pages.open("connections/new/").document.iter("a")}
    assert not [href for href in offered if href and href.endswith("/new/workspace/")]
    with pytest.raises(ServiceError) as told:
        connections.create_connection(actor, vendor="workspace", name="", credentials={}, settings={})
    assert told.value.code == "CONNECTION_IS_OWN"
