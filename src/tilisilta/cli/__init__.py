"""The command `tilisilta`: one file per subject, one line each here.

Commands load the product only when they run, so that `--help` answers at once.
"""

import os
import sys

import typer

from tilisilta.cli import (
    backup,
    clients,
    closing,
    config,
    demo,
    doctor,
    emulators,
    forwarding,
    keys,
    migrate,
    pages,
    product,
    register,
    runs,
    summaries,
    up,
    users,
    worker,
)
from tilisilta.cli.output import CommandError, ExitCode, errors

__all__ = ["app", "main"]

app = typer.Typer(
    name="tilisilta",
    help="Tilisilta brings every business document into the books once, and to the cent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(up.up)
app.command()(pages.serve)
app.command()(worker.worker)
app.command()(runs.run)
app.command()(runs.preview)
app.command()(runs.reconcile)
app.command()(closing.close)
app.command()(forwarding.forward)
app.command()(forwarding.level_requests)
app.command()(doctor.doctor)
app.add_typer(config.config, name="config")
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(migrate.migrate)
app.add_typer(clients.clients, name="clients")
app.add_typer(keys.keys, name="keys")
app.add_typer(register.register, name="register")
app.add_typer(summaries.summaries, name="summaries")
app.command()(users.make_user)
app.command()(users.reset_password)
app.command()(emulators.emulators)


def main() -> None:
    """Run the command line and end the process with the code of `ExitCode`. Every error is one line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the end of every command: nobody is left to catch it
        sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    told = error if isinstance(error, CommandError) else product.explain(error)
    if told is None:
        if os.environ.get("TILISILTA_LOG_LEVEL", "").upper() == "DEBUG":
            errors.print_exception()
        told = CommandError(
            f"Something went wrong that should not: {type(error).__name__}: {error}.",
            "TILISILTA_LOG_LEVEL=DEBUG shows where; please report it.",
        )
    errors.print(str(told), markup=False, soft_wrap=True)
    return told.code
