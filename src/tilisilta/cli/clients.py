"""Clients of a bureau from the command line: imported with a list of keys, confirmed, listed."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from tilisilta.cli import product
from tilisilta.cli.closing import find_company
from tilisilta.cli.output import CommandError, ExitCode, console, errors, print_json, say

if TYPE_CHECKING:
    from tilisilta.store.models import ClientImport

clients = typer.Typer(help="Clients of a bureau, with the keys to their books.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Number or name of the bureau.")]
Keys = Annotated[
    Path,
    typer.Option("--keys", exists=True, dir_okay=False, help="CSV or XLSX: registry code, name, parts of the key."),
]
Vendor = Annotated[str, typer.Option(help="Whose keys they are, such as merit.")]
Country = Annotated[str, typer.Option(help="Whose branch of the system, such as EE; without one the one used last.")]
BaseUrl = Annotated[str, typer.Option(help="Another address of the system than its own.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end; a worker must be at work.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the import.")]

_LOOK_EVERY_S: Final = 0.3
_WARN_AFTER_S: Final = 20.0


@clients.command("import")
def import_clients(
    company: Named, keys: Keys, vendor: Vendor = "merit", country: Country = "", base_url: BaseUrl = "",
    *, wait: Wait = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import clients with a list of keys. Each key is tried; nothing is imported before `confirm`."""
    product.set_up()
    product.require_database()
    from tilisilta.services.access import system_actor
    from tilisilta.services.books import imports

    with product.plain_errors():
        own = find_company(company)
        settings = {"country": country, "base_url": base_url}
        made = imports.start_keys(
            system_actor(own), vendor=vendor, name=keys.name, content=keys.read_bytes(), settings=settings
        )
        if wait:
            _wait(made)
        _tell(made, as_json=as_json)
    raise typer.Exit(ExitCode.OK if made.state in {"running", "ready"} else ExitCode.FOUND)


@clients.command()
def confirm(company: Named, number: Number, *, as_json: AsJson = False) -> None:
    """Confirm an import that has ended: all rows that are ticked become clients."""
    product.set_up()
    product.require_database()
    from tilisilta.services.access import system_actor
    from tilisilta.services.books import confirming

    with product.plain_errors():
        own = find_company(company)
        made = confirming.confirm(system_actor(own), _import(own.pk, number))
        _tell(made, as_json=as_json)


@clients.command("list")
def list_clients(company: Named, *, as_json: AsJson = False) -> None:
    """List the active clients with the systems that their books are read from."""
    product.set_up()
    product.require_database()
    from tilisilta.services.books import keys
    from tilisilta.services.practice import clients as own_clients

    with product.plain_errors():
        own = find_company(company)
        connected: dict[int, list[str]] = {}
        for each in keys.connections_of(own):
            connected.setdefault(each.client_id, []).append(f"{each.integration.vendor}: {each.connection.state}")
        rows = [
            {"id": each.pk, "name": each.name, "registry_code": each.registry_code, "books": connected.get(each.pk, [])}
            for each in own_clients.active_clients(own)
        ]
    if as_json:
        print_json(rows)
        return
    table = Table("id", "name", "registry code", "books")
    for row in rows:
        table.add_row(*(", ".join(value) or "-" if isinstance(value, list) else str(value) for value in row.values()))
    console.print(table)


def _import(company_id: int, number: int) -> "ClientImport":
    from tilisilta.store.models import ClientImport

    found = ClientImport.objects.filter(company_id=company_id, pk=number).select_related(
        "company", "integration", "job"
    )
    row = found.first()
    if row is None:
        raise CommandError(f"There is no import {number} in this company.", code=ExitCode.USAGE)
    return row


def _wait(made: "ClientImport") -> None:
    began, has_warned = time.monotonic(), False
    while True:
        made.refresh_from_db()
        if made.state != "running":
            return
        if not has_warned and time.monotonic() - began > _WARN_AFTER_S:
            errors.print("It is still running. Is `tilisilta worker` or `tilisilta up` at work?")
            has_warned = True
        time.sleep(_LOOK_EVERY_S)


def _tell(made: "ClientImport", *, as_json: bool) -> None:
    from tilisilta.services.books import confirming

    views = confirming.row_views(made)
    report: dict[str, Any] = {
        "import": made.pk,
        "state": made.state,
        "rows": [
            {
                "name": each.row.name,
                "registry_code": each.row.registry_code,
                "register": each.row.register_mark,
                "key": each.row.hint,
                "error": each.error,
                "problem": each.problem,
                "outcome": each.row.outcome,
            }
            for each in views
        ],
    }
    if as_json:
        print_json(report)
        return
    say(f"Import {made.pk}: {made.state}, {len(views)} rows.")
    for row in report["rows"]:
        told = row["error"] or row["problem"] or row["outcome"]
        say(f"  {row['name']} {row['registry_code']}{f': {told}' if told else ''}")
