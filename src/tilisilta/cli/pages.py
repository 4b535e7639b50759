"""The pages served by granian, after what they stand on was looked at."""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import typer

from tilisilta.cli import product
from tilisilta.cli.output import CommandError
from tilisilta.cli.processes import Processes

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8000
_ANY: Final = {"0.0.0.0", "::", ""}  # noqa: S104  what listens everywhere is asked on loopback
_STAMP: Final = ".collected"

Host = Annotated[str, typer.Option(help="Address to listen on. Anything but loopback belongs behind a proxy with TLS.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def prepare() -> None:
    """Look at what pages stand on: database, translations, static files; make what can be made.

    Raises:
        CommandError: the database is of an older version, or a directory cannot be written.
    """
    product.set_up()
    product.require_database()
    compile_translations()
    collect_static()


def compile_translations() -> None:
    """Compile the catalogues of the pages' languages where they are missing or older than their sources."""
    from tilisilta import i18n

    sources = list(i18n.LOCALE.glob("*/LC_MESSAGES/django.po"))
    if all(_is_fresh(source.with_suffix(".mo"), source) for source in sources):
        return
    try:
        i18n.compile_catalogues()
    except OSError as error:
        raise CommandError(
            f"The translations cannot be compiled: {error}.", "Run `python -m tilisilta.i18n compile` as their owner."
        ) from error


def _is_fresh(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def collect_static() -> None:
    """Gather style sheets, scripts and icons in the data directory, unless they are there unchanged."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT) / _STAMP
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    try:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(fingerprint)
    except OSError as error:
        raise CommandError(
            f"The static files cannot be gathered: {error}.", "Let TILISILTA_DATA_DIR be a directory of the service."
        ) from error


def _static_fingerprint() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            about = Path(storage.path(name)).stat()
            digest.update(f"{name}|{about.st_size}|{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def serve(host: Host = LOOPBACK, port: Port = PORT, *, threads: int = 8) -> None:
    """Serve the pages and the API until SIGTERM or Ctrl-C. Work is done by `tilisilta worker`."""
    prepare()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    require_free(host, port)
    Granian(
        "tilisilta.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=threads,
        websockets=False,
        # Its warning about threads beyond the cores means async servers; here threads wait for the database.
        log_level=LogLevels.error,
    ).serve()


def wait_for(host: str, port: int, processes: Processes, seconds: float = 60.0) -> bool:
    """Wait until the pages answer; return whether they do. False when a signal asks for the end meanwhile.

    Raises:
        CommandError: the page server ended, or does not answer in time.
    """
    import socket
    import time

    until = time.monotonic() + seconds
    while not processes.is_stopping:
        processes.require_alive()
        try:
            socket.create_connection((host if host not in _ANY else LOOPBACK, port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise CommandError(f"The pages do not answer on {host}:{port}.", "See the log above.") from None
            time.sleep(0.1)
        else:
            return True
    return False


def require_free(host: str, port: int) -> None:
    """Let an address pass on which nobody listens.

    Raises:
        CommandError: it is taken, or not one of this machine's.
    """
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} cannot be used: {error.strerror}.", "Choose another with --host and --port."
            ) from error
