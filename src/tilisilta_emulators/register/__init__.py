"""The Estonian business register: the daily open-data file and the autocomplete service.

Options of `POST /_emulator/reset`: `options.Options`. Fault kinds: `emulator.FILE_FAULTS`. More companies and the next
day's file: `emulator.Seed`.
"""

from tilisilta_emulators.register.companies import Company
from tilisilta_emulators.register.emulator import FILE_PATH, RegisterEmulator, Seed
from tilisilta_emulators.register.options import Options

__all__ = ["FILE_PATH", "Company", "Options", "RegisterEmulator", "Seed"]
