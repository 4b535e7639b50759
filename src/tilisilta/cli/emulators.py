"""The emulated vendors on loopback, for the demo, for trying out and for other people's clients."""

import asyncio
import signal
import sys
from typing import Annotated

import typer

from tilisilta.cli.output import CommandError, ExitCode


def emulators(
    port_base: Annotated[int, typer.Option(min=0, max=65000, help="Port of the first; 0 takes free ports.")] = 0,
    vendors: Annotated[str, typer.Option(help="Names separated by commas; all by default.")] = "",
    copies: Annotated[
        int,
        typer.Option(
            min=1, max=20, help="How many of each vendor; each copy is a server of its own with the same demo key."
        ),
    ] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when all listen.")] = False,
) -> None:
    """Start the emulated vendors and print their addresses and demo credentials; they stay until SIGTERM or Ctrl-C."""
    from tilisilta_emulators import server

    chosen = [name.strip() for name in vendors.split(",") if name.strip()]
    if copies == 1:
        arguments = ["--port-base", str(port_base), "--vendors", ",".join(chosen), *(["--json"] if as_json else [])]
        raise typer.Exit(server.main(arguments))
    try:
        asyncio.run(_serve_copies(port_base, chosen, copies, as_json=as_json))
    except (ValueError, OSError) as error:
        raise CommandError(str(error), "Choose another with --port-base or --vendors.", ExitCode.USAGE) from error


async def _serve_copies(port_base: int, vendors: list[str], copies: int, *, as_json: bool) -> None:
    from tilisilta_emulators import server

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running: list[server.Started] = []
    try:
        for _ in range(copies):
            base = port_base + len(running) if port_base else 0
            running += await server.start_all(base, vendors or None)
        sys.stdout.write(server.render(running, as_json))
        sys.stdout.flush()
        await stop.wait()
    finally:
        await server.stop_all(running)
