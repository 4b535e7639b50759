"""Starts emulators on loopback and says where they listen."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import Emulator
from tilisilta_emulators.registry import EMULATORS, make

HOST = "127.0.0.1"
# A stalled or slow request must not hold up the end.
SHUTDOWN_S = 0.5


class Started:
    """One emulator that listens: its vendor, address, demo credentials and the object with its books."""

    def __init__(self, emulator: Emulator[Any], runner: web.AppRunner, base_url: str) -> None:
        self.emulator = emulator
        self.vendor = emulator.vendor
        self.base_url = base_url
        self.credentials = emulator.credentials()
        self._runner = runner

    def describe(self) -> dict[str, Any]:
        """Return vendor, base_url and credentials as printed by `--json`."""
        return {"vendor": self.vendor, "base_url": self.base_url, "credentials": self.credentials}

    async def stop(self) -> None:
        """Stop listening and drop what is open."""
        await self._runner.cleanup()
        await self.emulator.stopped()


async def start(emulator: Emulator[Any], port: int = 0) -> Started:
    """Let one emulator listen on loopback; port 0 takes a free one.

    Raises:
        OSError: The port is taken.

    """
    runner = web.AppRunner(emulator.make_app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port, backlog=1024).start()
    except OSError:
        await runner.cleanup()
        raise
    base_url = f"http://{HOST}:{runner.addresses[0][1]}"
    await emulator.started(base_url)
    return Started(emulator, runner, base_url)


async def start_all(port_base: int, vendors: Sequence[str] | None = None) -> list[Started]:
    """Start the named emulators (all by default) in the registry's order on consecutive ports.

    Args:
        port_base: Port of the first; 0 gives each a free port.
        vendors: Names from the registry.

    Raises:
        ValueError: A vendor is unknown.
        OSError: A port is taken; those already started are stopped again.

    """
    unknown = sorted(set(vendors or ()) - set(EMULATORS))
    if unknown:
        raise ValueError(f"unknown vendor {', '.join(unknown)}; known: {', '.join(EMULATORS)}")
    chosen = [name for name in EMULATORS if vendors is None or name in vendors]
    running: list[Started] = []
    try:
        for offset, vendor in enumerate(chosen):
            running.append(await start(make(vendor), port_base + offset if port_base else 0))
    except BaseException:
        await stop_all(running)
        raise
    return running


async def stop_all(running: Sequence[Started]) -> None:
    """Stop every emulator that was started."""
    for started in running:
        await started.stop()


async def _serve(port_base: int, vendors: Sequence[str] | None, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    running = await start_all(port_base, vendors)
    try:
        with suppress(BrokenPipeError):
            sys.stdout.write(render(running, as_json))
            sys.stdout.flush()
        await stop.wait()
    finally:
        await stop_all(running)


def render(running: Sequence[Started], as_json: bool) -> str:
    """Return what is printed when all listen: one line of JSON, or a table for people."""
    if as_json:
        return msgspec.json.encode([started.describe() for started in running]).decode() + "\n"
    lines = []
    for started in running:
        lines.append(f"{started.vendor:<16}{started.base_url}")
        lines += [f"{'':<16}{name:<22}{value}" for name, value in started.credentials.items()]
    return "\n".join(lines) + "\n"


def run(port_base: int, vendors: Sequence[str] | None = None, *, as_json: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (2 when a vendor or port is refused)."""
    try:
        asyncio.run(_serve(port_base, vendors, as_json))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of `python -m tilisilta_emulators`."""
    parser = argparse.ArgumentParser(prog="tilisilta_emulators", description="Emulated vendors on loopback.")
    parser.add_argument("--port-base", type=int, default=0, help="port of the first emulator; 0: free ports")
    parser.add_argument("--json", action="store_true", help="print one JSON line when all listen")
    parser.add_argument("--vendors", default="", help="comma-separated; all by default")
    chosen = parser.parse_args(arguments)
    vendors = [name.strip() for name in chosen.vendors.split(",") if name.strip()] or None
    return run(chosen.port_base, vendors, as_json=chosen.json)
