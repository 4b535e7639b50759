import pytest
from django.core.cache import cache
from tests.unit.api.firm import Firm, make_firm

from tilisilta.core.errors import Retry


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """No test asks a vendor: every system is busy."""

    def busy(connection, *args, **kwargs):
        raise Retry("TARGET_BUSY", after_s=30, vendor=connection.vendor)

    for room in ("connections", "id_map", "source_ids"):
        monkeypatch.setattr(f"tilisilta.services.{room}.open_connector", busy)
    monkeypatch.setattr("tilisilta.engine.lines._tell", lambda *_: None)


@pytest.fixture(autouse=True)
def _fresh_rates():
    """Tokens begin each test with all their calls."""
    cache.clear()


@pytest.fixture
def firm(db) -> Firm:
    return make_firm()


@pytest.fixture
def other(db) -> Firm:
    """Another company, with a row of everything too."""
    return make_firm("Kuusk AS")
