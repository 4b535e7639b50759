"""Whole runs against emulators that misbehave, in an engine of this process with short pauses."""

import pytest
from django.utils import timezone

from tests.support.emulators import Emulators
from tests.support.product import Office, set_up, wait_for
from tilisilta.engine.rounds import resume_waiting
from tilisilta.kit.http import lost_answer
from tilisilta.store.models import Run

SEED = {"invoices": 40, "rows": 2, "customers": 5, "items": 4, "from": "2026-01-01", "to": "2026-03-31", "seed": 11}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults/" in str(item.path):
            item.add_marker(pytest.mark.postgres)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of the same order as in life, but shorter: nothing here waits for a real vendor."""
    monkeypatch.setattr("tilisilta.engine.outbox.SETTLE_S", 0.05)
    monkeypatch.setitem(lost_answer.__kwdefaults__, "after_s", 0.05)
    monkeypatch.setattr("tilisilta.connectors.smartaccounts.assumptions.LIMIT_WAIT_S", 0.2)
    monkeypatch.setattr("tilisilta.connectors.scoro.assumptions.SHORTEST_WAIT_S", 0.2)


@pytest.fixture
def shop(engine: None, emulators: Emulators) -> Office:
    """A company with forty invoices in Scoro and nothing in its books yet."""
    emulators["scoro"].reset(data="empty")
    emulators["scoro"].seed(**SEED)
    return set_up(emulators)


def resume(run: Run) -> Run:
    """Let a waiting run's time come, and wait for its end."""
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now())
    resume_waiting()
    return wait_for(run)
