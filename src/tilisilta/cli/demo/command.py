"""`tilisilta demo`: everything fresh, set up and at work; with `--check` the proof of it without pages."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from tilisilta.cli import pages, product
from tilisilta.cli.demo.clients_books import open_books
from tilisilta.cli.demo.emulated import Emulators
from tilisilta.cli.output import CommandError, ExitCode, errors, print_json, say
from tilisilta.cli.processes import Processes

_CREDENTIALS: Final = "emulators.json"
_MARK: Final = ".tilisilta-demo"
_COPIES: Final = 3
EMAIL: Final = "demo@tilisilta.example"
PASSWORD: Final = "Tilisilta-demo-2026"  # noqa: S105  printed on the screen; holds only in the demo
_KEPT: Final = ("TILISILTA_SAMPLES", "TILISILTA_LOG_LEVEL")

Say = Callable[[str], None]


def demo(
    host: pages.Host = pages.LOOPBACK,
    port: pages.Port = pages.PORT,
    data: Annotated[Path, typer.Option(help="Directory of the demo's data.")] = Path("var/demo"),
    emulator_ports: Annotated[int, typer.Option(min=0, max=65000, help="Port of the first emulator; 0: any.")] = 0,
    database_url: Annotated[
        str, typer.Option(help="With --check: an empty PostgreSQL database instead of SQLite.")
    ] = "",
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the data of the last demo.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="No pages: run every flow once and compare the books.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --check: print the result as JSON.")] = False,
) -> None:
    """Show everything at work: emulated vendors, companies set up, documents moving, pages to look at."""
    if check:
        with tempfile.TemporaryDirectory(prefix="tilisilta-demo-") as place:
            raise typer.Exit(_check(Path(place), database_url, as_json=as_json))
    if as_json or database_url:
        raise CommandError("--json and --database-url go with --check.", code=ExitCode.USAGE)
    if keep:
        raise typer.Exit(_go_on(data.resolve(), host, port))
    raise typer.Exit(_show(_fresh(data.resolve()), host, port, emulator_ports))


def _fresh(place: Path) -> Path:
    """Return an empty directory; one that holds anything but an earlier demo is left alone.

    Raises:
        CommandError: it holds something else.
    """
    if place.exists() and any(place.iterdir()):
        if not (place / _MARK).exists():
            raise CommandError(f"{place} holds something that is no demo.", "Choose another with --data.")
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    (place / _MARK).touch()
    return place


def _environment(place: Path, base_url: str) -> dict[str, str]:
    """Return the environment of the demo: none of the settings of an installation in use reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TILISILTA_") or name in _KEPT}
    return {
        # What the worker warns of stands on the pages, beside its document.
        "TILISILTA_LOG_LEVEL": "ERROR",
        **kept,
        "TILISILTA_DATA_DIR": str(place),
        "TILISILTA_BASE_URL": base_url,
        "TILISILTA_ALLOWED_HOSTS": "*",
        "TILISILTA_VENDOR_LIMITS": "false",
        "TILISILTA_ALLOW_LOCAL_VENDORS": "true",
        "TILISILTA_DEMO_SIGN_IN": f"{EMAIL} · {PASSWORD}",
        "TILISILTA_ROUND_S": "2",
        # The demo speaks to emulators only; `_reachable` names theirs.
        "TILISILTA_REGISTER_URL": "",
        "TILISILTA_REGISTER_SEARCH_URL": "",
    }


def _reachable(emulators: Emulators) -> dict[str, str]:
    """Return the settings that name the emulated business register and the door of the import wizard."""
    register = emulators.get("register").credentials
    return {
        "TILISILTA_KEY_DOORS": f"merit={emulators.get('merit').base_url}",
        "TILISILTA_REGISTER_URL": register["file"],
        "TILISILTA_REGISTER_SEARCH_URL": register["autocomplete"],
        # The bureau's own invoices go to its books one by one.
        "TILISILTA_DOCUMENT_LEVEL": "all",
    }


def _enter(environment: dict[str, str]) -> None:
    """Make this process part of the demo."""
    for name in [name for name in os.environ if name.startswith("TILISILTA_")]:
        del os.environ[name]
    os.environ.update(environment)
    product.set_up()
    with product.plain_errors():
        if product.is_new_database():
            product.make_tables()
    product.require_database()


def _show(place: Path, host: str, port: int, emulator_ports: int) -> int:
    pages.require_free(host, port)
    environment = _environment(place, f"http://{host}:{port}")
    with Processes(environment) as processes, Emulators(_COPIES, emulator_ports) as emulators:
        environment |= _reachable(emulators)
        _enter(environment)
        open_books(emulators)
        pages.prepare()
        processes.start("worker", "worker", revive=True)
        with processes.breaking_off():
            say("Setting companies up and moving documents ...")
            from tilisilta.cli.demo import story

            story.tell(emulators, errors.print, EMAIL, PASSWORD)
            processes.require_alive()
        processes.start("page server", "serve", "--host", host, "--port", str(port))
        if pages.wait_for(host, port, processes):
            _welcome(emulators, place, host, port)
        return processes.wait()


def _go_on(place: Path, host: str, port: int) -> int:
    """Serve the data of the last demo. Its emulators are gone, and their books with them."""
    if not (place / _MARK).exists():
        raise CommandError(f"There is no demo in {place}.", "Leave --keep out to make one.")
    pages.require_free(host, port)
    environment = _environment(place, f"http://{host}:{port}")
    _enter(environment)
    with Processes(environment) as processes:
        processes.start("page server", "serve", "--host", host, "--port", str(port))
        say("The emulated vendors keep their books in memory only: imports find nothing to talk to.")
        if pages.wait_for(host, port, processes):
            _welcome(None, place, host, port)
        return processes.wait()


def _welcome(emulators: Emulators | None, place: Path, host: str, port: int) -> None:
    say()
    say(f"  Pages      http://{host}:{port}/")
    say(f"  Sign in    {EMAIL}")
    say(f"  Password   {PASSWORD}")
    if emulators is not None:
        for at, line in enumerate(emulators.describe()):
            say(f"  {'' if at else 'Emulators':<11}{line}")
        say(f"  Their keys {_keep_credentials(emulators, place / _CREDENTIALS)}")
    say("  Ctrl-C ends everything.")
    say()


def _keep_credentials(emulators: Emulators, file: Path) -> Path:
    """Write the emulators' addresses and credentials as JSON for their owner alone, and return the file."""
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(emulators.all), indent=2) + b"\n")
    return file


def _check(place: Path, database_url: str, *, as_json: bool) -> int:
    """Run every flow once and compare the books; return 1 on any difference."""
    environment = {**_environment(place, "http://127.0.0.1:8000"), "TILISILTA_DATABASE_URL": database_url}
    with Processes(environment) as processes, Emulators(_COPIES) as emulators:
        environment |= _reachable(emulators)
        _enter(environment)
        open_books(emulators, is_stopped=True)
        processes.start("worker", "worker")
        from tilisilta.cli.demo import proof, story

        with processes.breaking_off():
            reports, notes = story.prove(emulators, errors.print, EMAIL, PASSWORD)
        processes.require_alive()
    found: dict[str, Any] = proof.as_json(reports, notes)
    if as_json:
        print_json(found)
    else:
        from tilisilta.cli.demo.table import print_table

        print_table(reports, notes)
    return ExitCode.OK if found["ok"] else ExitCode.FOUND
