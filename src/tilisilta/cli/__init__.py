"""The command `tilisilta`: one file per subject, one line each here.

Commands load the product only when they run, so that `--help` answers at once.
"""

import sys

import typer

from tilisilta.cli import demo, emulators, migrate, pages, up, worker
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
app.command()(emulators.emulators)
app.command()(migrate.migrate)


def main() -> None:
    """Run the command line and end the process with the code of `ExitCode`."""
    try:
        app()
    except CommandError as error:
        errors.print(str(error), markup=False)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
