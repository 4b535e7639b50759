import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from tests.support.closing import Firm, make_firm

from tilisilta.services.closing import preview
from tilisilta.store.models import User


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Pages are rendered without a collected manifest."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "today_of", lambda _company: dt.date(2026, 11, 20))


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


@pytest.fixture
def as_role(firm: Firm) -> Callable[[str], Client]:
    def sign_in(role: str = "owner", of: Firm | None = None) -> Client:
        own = of or firm
        user = own.actor.user if role == "owner" else own.as_role(role).user
        assert isinstance(user, User)
        User.objects.filter(pk=user.pk).update(language="en")
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
