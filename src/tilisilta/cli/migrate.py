"""The database brought up to this version of the product."""

from tilisilta.cli import product
from tilisilta.cli.output import say


def migrate() -> None:
    """Bring the database up to this version. Make a backup first; `tilisilta serve` asks for it after an upgrade."""
    product.set_up()
    with product.plain_errors():
        applied = product.migrate()
    for name in applied:
        say(f"applied {name}")
    say("The database is up to date." if applied else "The database was up to date already.")
