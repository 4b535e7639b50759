"""Both emulators in this process, empty, without limits; connectors that talk to them over real sockets."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tilisilta.connectors import load
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta_emulators.registry import make
from tilisilta_emulators.server import Started, start


class RealClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class End:
    """One emulator with the connector that is tested against it."""

    def __init__(self, started: Started) -> None:
        self.started = started
        self.emulator = started.emulator
        self._made: list[Any] = []

    def connect(self, credentials: Mapping[str, str] | None = None, **settings: str) -> Any:
        clock = RealClock()
        made = load(self.started.vendor).build(
            {**self.started.credentials, **(credentials or {})},
            {"base_url": self.started.base_url, "limits": "off", **settings},
            transport=None,
            budget=MemoryBudgetStore(clock),
            clock=clock,
        )
        self._made.append(made)
        return made

    def reset(self, **options: Any) -> None:
        self.emulator.reset({"limits": False, **options})
        self.emulator.faults.clear()
        self.emulator.log.clear()

    def fault(self, kind: str, **rule: Any) -> None:
        import msgspec

        from tilisilta_emulators.kit.faults import Rule

        self.emulator.faults.add([msgspec.convert({"kind": kind, **rule}, Rule)])

    def calls(self, part: str = "") -> int:
        return int(self.emulator.log.report(0, part or None)["total"])

    async def close(self) -> None:
        for each in self._made:
            await each.close()
        await self.started.stop()


@pytest.fixture
async def scoro() -> AsyncIterator[End]:
    end = End(await start(make("scoro")))
    end.reset(data="empty")
    yield end
    await end.close()


@pytest.fixture
async def smart() -> AsyncIterator[End]:
    end = End(await start(make("smartaccounts")))
    end.reset()
    yield end
    await end.close()


@pytest.fixture
async def netvisor() -> AsyncIterator[End]:
    end = End(await start(make("netvisor")))
    end.reset(demo=False)
    yield end
    await end.close()
