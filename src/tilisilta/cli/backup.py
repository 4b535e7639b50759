"""Backup and restore. A restored backup sends nothing twice: whatever is at the target already is found there first."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from tilisilta.cli import archive, instance, product
from tilisilta.cli.output import CommandError, ExitCode, print_json, say

File = Annotated[Path, typer.Argument(help="The backup: one file, readable by its owner only.")]


def backup(
    file: File,
    *,
    with_keys: Annotated[
        bool, typer.Option("--keys/--no-keys", help="Take the keys too. Without them credentials stay sealed for ever.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Write one file with all data. The installation may be at work meanwhile."""
    product.set_up()
    from django.conf import settings

    _require_sqlite("pg_dump --format=custom --file={file} '{url}'", file)
    file.parent.mkdir(parents=True, exist_ok=True)
    with product.plain_errors():
        manifest = archive.make(
            settings.DATA_DIR, file.resolve(), migration=product.newest_migration(), with_keys=with_keys
        )
    if as_json:
        print_json({"file": str(file), "version": manifest.version, "made_at": manifest.made_at,
                    "files": {entry.name: entry.size for entry in manifest.files}})  # fmt: skip
        return
    for entry in manifest.files:
        say(f"{entry.name:<20}{entry.size:>12,} bytes")
    if settings.CREDENTIAL_KEYS:
        say("TILISILTA_CREDENTIAL_KEYS is not in the backup: keep it where you keep passwords.")
    elif not with_keys:
        say("The keys are not in the backup: keep secret_key and credential_key of the data directory apart.")
    else:
        say("The backup holds the keys: whoever has it can open the credentials. Keep it as you keep passwords.")


def restore(
    file: File,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put what is there aside and take the backup instead.")
    ] = False,
) -> None:
    """Bring a backup back. Nothing may be at work here meanwhile; what is there is put aside, never deleted."""
    product.set_up()
    from django.conf import settings

    _require_sqlite("pg_restore --clean --if-exists --dbname='{url}' {file}", file)
    data_dir: Path = settings.DATA_DIR
    with instance.alone_in(data_dir), tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as place:
        manifest = archive.unpack(file, Path(place))
        held = [data_dir / name for name in (*archive.DATABASES, *archive.KEYS) if (data_dir / name).exists()]
        if (data_dir / archive.DATABASES[0]).exists() and not replace:
            raise CommandError(f"{data_dir} holds data already.", "With --replace it is put aside first.")
        _put_aside(data_dir, held, manifest)
        archive.put_in_place(Path(place), data_dir, manifest)
    say(f"Restored what was saved on {manifest.made_at} by version {manifest.version}.")
    if not manifest.has("credential_key") and not settings.CREDENTIAL_KEYS:
        say("The backup has no keys: put credential_key back, or enter the credentials of every connection anew.")
    say("Run `tilisilta migrate`, then `tilisilta doctor`, before you start it.")


def _put_aside(data_dir: Path, held: list[Path], manifest: archive.Manifest) -> None:
    """Copy away what a restore replaces; keys that the backup lacks stay where they are."""
    if not held:
        return
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=0o700)
    for path in held:
        if path.name in archive.KEYS:
            if manifest.has(path.name):
                shutil.copy2(path, aside / path.name)
            continue
        for name in (path.name, *(f"{path.name}{end}" for end in ("-wal", "-shm"))):
            if (data_dir / name).exists():
                shutil.move(data_dir / name, aside / name)
    say(f"What was there is in {aside}.")


def _require_sqlite(command: str, file: Path) -> None:
    """Let installations on SQLite pass; tell those on PostgreSQL the exact command of theirs.

    Raises:
        CommandError: the data is in PostgreSQL.
    """
    from django.conf import settings

    if not settings.DATABASE_URL:
        return
    parts = urlsplit(settings.DATABASE_URL)
    host = parts.netloc.rpartition("@")[2]
    name = f"{parts.username}@" if parts.username else ""
    shown = urlunsplit((parts.scheme, f"{name}{host}", parts.path, parts.query, ""))
    keys = " and ".join(str(settings.DATA_DIR / key) for key in archive.KEYS)
    raise CommandError(
        f"The data is in PostgreSQL, which keeps its own backups. Run: {command.format(file=file, url=shown)}",
        f"The engine's tables are in the schema dbos of the same database. Keep {keys} with it.",
        ExitCode.CANNOT,
    )
