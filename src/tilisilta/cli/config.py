"""Settings as this process reads them, and where each came from."""

from typing import Annotated, Any

import typer
from rich.table import Table

from tilisilta.cli import product
from tilisilta.cli.output import console, print_json

config = typer.Typer(help="Settings.", no_args_is_help=True)
_HIDDEN = "••••••••"


@config.callback()
def settings() -> None:
    """Look at the settings."""


@config.command()
def show(*, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List every setting: value, where it came from, what it is for. Secrets are never shown."""
    product.set_up()
    rows = listed()
    if as_json:
        print_json(rows)
        return
    table = Table("setting", "value", "from", "what it is for")
    for row in rows:
        table.add_row(*(str(row[name]) for name in ("name", "value", "origin", "help")))
    console.print(table)


def listed() -> list[dict[str, Any]]:
    """Return every setting that was read, by name, with secrets hidden."""
    from tilisilta.environment import PREFIX, REGISTRY

    return [
        {
            "name": f"{PREFIX}{each.name}",
            "value": _HIDDEN if each.is_secret and each.value else each.value,
            "origin": each.origin,
            "help": each.help,
            "is_secret": each.is_secret,
        }
        for each in sorted(REGISTRY.values(), key=lambda each: each.name)
    ]
