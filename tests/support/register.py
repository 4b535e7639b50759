"""Files of the business register for tests, made by the emulator's own packer, and a load of one measured."""

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tilisilta_emulators.register.companies import Company, all_made_up
from tilisilta_emulators.register.file import COLUMNS, pack


def zipped(path: Path, rows: int = 200, *, day: int = 1, companies: tuple[Company, ...] = ()) -> Path:
    """Write the zipped file of a day."""
    path.write_bytes(pack([*companies, *all_made_up(rows, day)]))
    return path


def plain(path: Path, rows: int = 200, *, columns: tuple[str, ...] = COLUMNS) -> Path:
    """Write the file without its zip."""
    packed = path.with_suffix(".zip")
    packed.write_bytes(pack(all_made_up(rows, 1), columns=columns))
    with zipfile.ZipFile(packed) as archive:
        path.write_bytes(archive.read(archive.namelist()[0]))
    packed.unlink()
    return path


class Measured(msgspec.Struct, frozen=True):
    """One load by a process of its own: what the command told, its highest memory, its processor time."""

    load: dict[str, Any]
    peak_mib: float
    cpu_s: float


def load_and_measure(env: dict[str, str], file: Path) -> Measured:
    """Load a register's file with the command, as an installation of this environment."""
    peak, cpu = 0, 0.0
    command = [sys.executable, "-m", "tilisilta", "register", "load", str(file), "--json"]
    with tempfile.TemporaryFile() as out:
        running = subprocess.Popen(command, env=env, stdout=out)
        process = psutil.Process(running.pid)
        while running.poll() is None:
            try:
                peak = max(peak, process.memory_info().rss)
                times = process.cpu_times()
                cpu = max(cpu, times.user + times.system)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
        running.wait()
        out.seek(0)
        return Measured(json.loads(out.read()), peak / 2**20, cpu)
