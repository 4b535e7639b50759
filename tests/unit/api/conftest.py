from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.core.cache import cache
from django.db import transaction
from tests.unit.api.firm import Firm, make_firm

from tilisilta.core.errors import Retry


def no_network(patched: pytest.MonkeyPatch) -> None:
    """Let no test ask a vendor: every system is busy."""

    def busy(connection, *args, **kwargs):
        raise Retry("TARGET_BUSY", after_s=30, vendor=connection.vendor)

    for room in ("connections", "id_map", "source_ids"):
        patched.setattr(f"tilisilta.services.{room}.open_connector", busy)
    patched.setattr("tilisilta.engine.lines._tell", lambda *_: None)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    no_network(monkeypatch)


@pytest.fixture(autouse=True)
def _fresh_rates():
    """Tokens begin each test with all their calls."""
    cache.clear()


@pytest.fixture(scope="module")
def _company_of_the_file(django_db_setup, django_db_blocker) -> Iterator[None]:
    """One transaction around all tests of a file: what is made in it once lies below each test's own savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def _made_firm(_company_of_the_file) -> Firm:
    with pytest.MonkeyPatch.context() as patched:
        no_network(patched)
        return make_firm()


@pytest.fixture(scope="module")
def _made_other(_made_firm: Firm) -> Firm:
    with pytest.MonkeyPatch.context() as patched:
        no_network(patched)
        return make_firm("Kuusk AS")


@pytest.fixture
def firm(_made_firm: Firm, db) -> Firm:
    return deepcopy(_made_firm)


@pytest.fixture
def other(_made_other: Firm, db) -> Firm:
    """Another company, with a row of everything too."""
    return deepcopy(_made_other)
