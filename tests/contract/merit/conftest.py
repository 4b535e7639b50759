"""The Merit emulator in this process, empty, without limits; connectors that talk to it over real sockets."""

from collections.abc import AsyncIterator

import pytest
from tests.contract.emulators.conftest import End

from tilisilta.kit import http
from tilisilta_emulators.registry import make
from tilisilta_emulators.server import start


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of reads come out at once; that they are tried again is the kit's own test."""
    monkeypatch.setattr(http, "_backoff", lambda _error: False)


@pytest.fixture
async def merit() -> AsyncIterator[End]:
    end = End(await start(make("merit")))
    end.reset(data="empty")
    yield end
    await end.close()
