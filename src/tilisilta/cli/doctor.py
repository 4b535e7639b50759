"""A look at everything that has to be right before anything can work."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from tilisilta.cli import findings, product
from tilisilta.cli.findings import Finding
from tilisilta.cli.output import CommandError, ExitCode, console, one_line, print_json

# Those that need the database come after it and are left out when it cannot be used.
_FIRST: Final[tuple[Callable[[], Iterator[Finding]], ...]] = (
    findings.settings_are_safe,
    findings.disk_has_room,
    findings.engine_database_answers,
    findings.mail_is_taken,
    findings.database_answers,
)
_WITH_DATABASE: Final[tuple[Callable[[], Iterator[Finding]], ...]] = (
    findings.keys_open,
    findings.zones_are_known,
    findings.connections_work,
    findings.work_goes_on,
    findings.register_is_fresh,
)
_SHOWN: Final = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failure": ("FAILURE", "red")}


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Look at settings, databases, keys, disk, e-mail and connections. Ends with 1 when something has to be mended."""
    found = examine()
    is_well = all(each.state != "failure" for each in found)
    if as_json:
        print_json({"ok": is_well, "findings": msgspec.to_builtins(found)})
    else:
        table = Table("", "what", "finding", "remedy")
        for each in found:
            word, colour = _SHOWN[each.state]
            table.add_row(Text(word, style=colour), each.subject, Text(each.detail), Text(each.remedy))
        console.print(table)
    raise typer.Exit(ExitCode.OK if is_well else ExitCode.FOUND)


def examine() -> list[Finding]:
    """Return everything that was looked at; one look that fails never hides the others."""
    try:
        product.set_up()
    except CommandError as error:
        return [findings.failure("settings", error.message, error.remedy)]
    found = [each for look in _FIRST for each in _safely(look)]
    if not any(each.subject == "database" and each.state == "failure" for each in found):
        found += [each for look in _WITH_DATABASE for each in _safely(look)]
    return found


def _safely(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001  a doctor that falls over helps nobody
        subject = look.__name__.replace("_", " ")
        return [findings.failure(subject, f"{type(error).__name__}: {one_line(error)}", "Please report it.")]
