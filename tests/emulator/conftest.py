from collections.abc import AsyncIterator

import aiohttp
import pytest
from tests.emulator.merit_client import Merit
from tests.emulator.netvisor_client import Netvisor
from tests.emulator.smart_client import Smart

from tilisilta_emulators.merit import MeritEmulator
from tilisilta_emulators.netvisor import NetvisorEmulator
from tilisilta_emulators.server import start
from tilisilta_emulators.smartaccounts import SmartAccountsEmulator


@pytest.fixture
async def smart() -> AsyncIterator[Smart]:
    """A running SmartAccounts emulator with empty books and its limits off."""
    emulator = SmartAccountsEmulator()
    emulator.reset({"limits": False})
    started = await start(emulator)
    try:
        async with aiohttp.ClientSession() as session:
            yield Smart(started, session)
    finally:
        await started.stop()


@pytest.fixture
async def merit() -> AsyncIterator[Merit]:
    """A running Merit emulator with one company's empty books and its limits off."""
    emulator = MeritEmulator()
    emulator.reset({"limits": False, "data": "empty"})
    started = await start(emulator)
    try:
        async with aiohttp.ClientSession() as session:
            yield Merit(started, session)
    finally:
        await started.stop()


@pytest.fixture
async def netvisor() -> AsyncIterator[Netvisor]:
    """A running Netvisor emulator with its demo parties and no documents."""
    started = await start(NetvisorEmulator())
    try:
        async with aiohttp.ClientSession() as session:
            yield Netvisor(started, session)
    finally:
        await started.stop()
