"""Keys that seal credentials: a new one made, and everything sealed anew with the newest."""

from pathlib import Path

import typer

from tilisilta.cli import product
from tilisilta.cli.output import CommandError, ExitCode, say
from tilisilta.environment import replace_secret

keys = typer.Typer(help="Keys that seal the credentials.", no_args_is_help=True)


@keys.command()
def rotate() -> None:
    """Seal all credentials anew with the newest key, made here when the key is kept in the data directory."""
    product.set_up()
    product.require_database()
    from django.conf import settings

    with product.plain_errors():
        if settings.CREDENTIAL_KEYS:
            count = _reseal()
            say(f"{count} secrets are sealed with the first of TILISILTA_CREDENTIAL_KEYS. Older keys can be dropped.")
            return
        path = Path(settings.DATA_DIR) / "credential_key"
        _add_key(path)
        count = _reseal()
        replace_secret(path, path.read_text().split(",")[0])
    say(f"{count} secrets are sealed with a new key. Restart the page server and the workers, and make a backup.")


def _add_key(path: Path) -> None:
    """Put a new key before those that the file holds."""
    from cryptography.fernet import Fernet

    held = path.read_text().strip() if path.exists() else ""
    replace_secret(path, ",".join(key for key in (Fernet.generate_key().decode(), held) if key))


def _reseal() -> int:
    """Seal every stored secret with the newest key, all or none, and return how many there were.

    Raises:
        CommandError: one of them opens with none of the keys; nothing was changed then.
    """
    from cryptography.fernet import InvalidToken
    from django.db import transaction

    from tilisilta.services import sealed

    try:
        with transaction.atomic():
            return sealed.reseal_all()
    except InvalidToken as error:
        raise CommandError(
            "A stored secret opens with none of the keys; nothing was changed.",
            "`tilisilta doctor` names it. Enter it again on its page, or put the older key back.",
            ExitCode.FOUND,
        ) from error
