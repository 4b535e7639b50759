"""The emulator in this process, without demo documents; a connector that talks to it over real sockets."""

from collections.abc import AsyncIterator

import pytest
from tests.contract.emulators.conftest import End

from tilisilta_emulators.registry import make
from tilisilta_emulators.server import start


@pytest.fixture
async def procountor() -> AsyncIterator[End]:
    end = End(await start(make("procountor")))
    end.reset(data="empty")
    yield end
    await end.close()
