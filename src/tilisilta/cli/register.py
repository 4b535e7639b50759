"""The business register: loaded by hand, and how it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tilisilta.cli import product
from tilisilta.cli.output import ExitCode, print_json, say

if TYPE_CHECKING:
    from tilisilta.store.models import RegisterLoad

register = typer.Typer(help="The business register's companies.", no_args_is_help=True)


@register.command()
def load(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="The register's file, zipped or not; without one it is fetched."
        ),
    ] = None,
    *,
    fewer: Annotated[bool, typer.Option("--fewer", help="Take a file with far fewer companies than before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Load the business register's open data from a file, or fetch it now. Ends with 1 when it was not taken."""
    product.set_up()
    product.require_database()
    from tilisilta.services import register_loads

    with product.plain_errors():
        done = register_loads.load_file(file, allow_fewer=fewer) if file else register_loads.load_now()
    if as_json:
        print_json(register_loads.told(done))
    else:
        say(_sentence(done))
    raise typer.Exit(ExitCode.FOUND if done.problem else ExitCode.OK)


@register.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Show how many companies of the business register are here, and how the last load went."""
    product.set_up()
    product.require_database()
    from tilisilta.services import register_loads

    with product.plain_errors():
        found = register_loads.status()
    if as_json:
        last = register_loads.told(found.last) if found.last else None
        fresh = found.fresh_at.isoformat(timespec="seconds") if found.fresh_at else None
        print_json({"rows": found.rows, "fresh_at": fresh, "source": found.source, "last": last})
        return
    fresh_text = f"as of {found.fresh_at:%Y-%m-%d %H:%M} UTC" if found.fresh_at else "never loaded"
    say(f"{found.rows:,} companies, {fresh_text}. Fetched daily from {found.source or 'nowhere'}.")
    if found.last:
        say(_sentence(found.last))


def _sentence(load: "RegisterLoad") -> str:
    from tilisilta.services.problem_catalogue import describe

    head = f"{load.at:%Y-%m-%d %H:%M} UTC, {load.source}: {load.state}"
    if load.problem:
        words = describe(load.problem, load.problem_params, "en")
        return f"{head}. {words.cause} {words.remedy}"
    return f"{head}, {load.rows:,} companies, {load.changed:,} changed, {load.seconds:.1f} s."
