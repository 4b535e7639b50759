"""The emulators there are: one line a vendor, loaded when first asked for."""

from importlib import import_module
from typing import Any

from tilisilta_emulators.kit import Emulator

# Order gives the ports: the first vendor listens on the port base, the next on the one after it.
EMULATORS = {
    "scoro": "tilisilta_emulators.scoro:ScoroEmulator",
    "smartaccounts": "tilisilta_emulators.smartaccounts:SmartAccountsEmulator",
    "netvisor": "tilisilta_emulators.netvisor:NetvisorEmulator",
    "merit": "tilisilta_emulators.merit:MeritEmulator",
    "procountor": "tilisilta_emulators.procountor:ProcountorEmulator",
    "severa": "tilisilta_emulators.severa:SeveraEmulator",
    "maestro": "tilisilta_emulators.maestro:MaestroEmulator",
    "register": "tilisilta_emulators.register:RegisterEmulator",
}


def make(vendor: str) -> Emulator[Any]:
    """Return a new emulator of `vendor` with its demo books.

    Raises:
        KeyError: No such vendor.

    """
    module, _, name = EMULATORS[vendor].partition(":")
    emulator: Emulator[Any] = getattr(import_module(module), name)()
    return emulator
