import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone
from tests.support.tasks import Bureau, make_bureau

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture
def clock(monkeypatch):
    """Stand the product's clock at a moment, and let it be moved."""

    class Clock:
        now = NOW

        def go(self, **delta: float) -> None:
            self.now += dt.timedelta(**delta)

    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


@pytest.fixture
def bureau(db, clock) -> Bureau:
    return make_bureau()
