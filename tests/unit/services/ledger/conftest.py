from types import SimpleNamespace

import pytest
from tests.support.workspace import make_workspace

from tilisilta.services.ledger import wiring


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    """The picture that sending makes is proved elsewhere, and is slow."""
    monkeypatch.setattr("tilisilta.services.workspace.outputs.make_image", lambda *_told: None)


@pytest.fixture
def firm(db):
    """A company that keeps its invoices here, with the chart of its country."""
    wiring.wire()
    company, actor = make_workspace()
    return SimpleNamespace(company=company, actor=actor)


@pytest.fixture
def finnish_firm(db):
    wiring.wire()
    company, actor = make_workspace("Näyte Oy", "omistaja@nayte.fi", "FI")
    return SimpleNamespace(company=company, actor=actor)
