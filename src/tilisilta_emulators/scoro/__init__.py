"""Scoro API v2, emulated from the vendor sheet: one site with its books.

Options of `POST /_emulator/reset`: `options.Options`. Fault kinds: `server.ScoroEmulator.fault_kinds`.
Generated data: `seeding.SeedSpec`.
"""

from tilisilta_emulators.scoro.options import Options
from tilisilta_emulators.scoro.seeding import SeedSpec
from tilisilta_emulators.scoro.server import ScoroEmulator

__all__ = ["Options", "ScoroEmulator", "SeedSpec"]
