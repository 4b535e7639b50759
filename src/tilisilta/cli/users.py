"""People, for when the pages cannot help: the first owner, a forgotten password."""

import getpass
import sys
from typing import Annotated

import typer

from tilisilta.cli import product
from tilisilta.cli.output import CommandError, ExitCode, say

Email = Annotated[str, typer.Argument(help="E-mail address, which is the sign-in name.")]


def make_user(
    email: Email,
    *,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    company: Annotated[str, typer.Option(help="Company to make or to join, by name or number.")] = "",
    role: Annotated[str, typer.Option(help="owner, admin, accountant or viewer.")] = "owner",
    language: Annotated[str, typer.Option(help="Of their pages: et, fi or en.")] = "et",
    country: Annotated[str, typer.Option(help="Of a company that is made: EE or FI.")] = "EE",
) -> None:
    """Make a user. The password is asked for, or read from standard input."""
    product.set_up()
    product.require_database()
    from tilisilta.services import accounts_by_hand

    password = _ask_password()
    with product.plain_errors():
        made = accounts_by_hand.make_user(
            email=email, name=name, password=password, company=company, role=role, language=language, country=country
        )
    say(f"{email} is {role} of {made}.")


def reset_password(email: Email, *, drop_second_step: bool = False) -> None:
    """Set a new password; with --drop-second-step the person signs in without their authenticator."""
    product.set_up()
    product.require_database()
    from tilisilta.services import accounts_by_hand

    password = _ask_password()
    with product.plain_errors():
        accounts_by_hand.reset_password(email=email, password=password, drop_second_step=drop_second_step)
    say(f"{email} has a new password and is signed out everywhere.")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
        if not password:
            raise CommandError("No password came on standard input.", code=ExitCode.USAGE)
        return password
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise CommandError("The two passwords differ.", code=ExitCode.USAGE)
    return password
