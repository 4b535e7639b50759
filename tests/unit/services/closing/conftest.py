import datetime as dt

import pytest
from tests.support.closing import Firm, make_firm
from tests.support.emulators import Emulators

from tilisilta.services.closing import preview

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "today_of", lambda _company: TODAY)


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


@pytest.fixture
def books(engine: None, emulators: Emulators) -> Firm:
    """A firm tied to Netvisor, with a worker at hand."""
    firm = make_firm()
    firm.connect(emulators["netvisor"])
    return firm
