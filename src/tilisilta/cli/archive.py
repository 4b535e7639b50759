"""A backup as one file: consistent copies of the databases, the keys, and a manifest with checksums."""

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from tilisilta.cli.output import CommandError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASES: Final = ("tilisilta.sqlite3", "engine.sqlite3")
KEYS: Final = ("secret_key", "credential_key")
# What SQLite keeps beside a database; leftovers of another database would spoil a restored one.
_BESIDE: Final = ("-wal", "-shm", "-journal")
_PRIVATE: Final = 0o600


class Entry(msgspec.Struct, frozen=True):
    """One file of a backup."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. `migration` is the newest change of the database's shape that it knows."""

    format: int
    version: str
    made_at: str
    migration: str
    files: tuple[Entry, ...]

    def has(self, name: str) -> bool:
        return any(entry.name == name for entry in self.files)


def make(data_dir: Path, target: Path, *, migration: str, with_keys: bool) -> Manifest:
    """Write a backup of a SQLite installation, which may be at work meanwhile.

    Each database is copied by SQLite's own backup, the engine's first: a run that the application's copy knows and the
    engine's does not is announced anew, while the other way round it would be forgotten.

    Raises:
        CommandError: the file exists, or there is no database.
    """
    if target.exists():
        raise CommandError(f"{target} exists already.", "Name another file; a backup never overwrites one.")
    with tempfile.TemporaryDirectory(prefix="backup-", dir=target.parent) as place:
        copies = [
            _copy(data_dir / name, Path(place) / name) for name in reversed(DATABASES) if (data_dir / name).exists()
        ]
        if not (data_dir / DATABASES[0]).exists():
            raise CommandError(f"There is no database in {data_dir}.", "Is TILISILTA_DATA_DIR right?")
        keys = [data_dir / name for name in KEYS if with_keys and (data_dir / name).exists()]
        files = [*copies, *keys]
        manifest = Manifest(
            format=FORMAT,
            version=version("tilisilta"),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            migration=migration,
            files=tuple(_entry(path) for path in files),
        )
        part = Path(place) / "backup"
        _pack(part, manifest, files)
        part.replace(target)
    return manifest


def _copy(source: Path, target: Path) -> Path:
    with closing(sqlite3.connect(source, timeout=30)) as ours, closing(sqlite3.connect(target)) as theirs:
        ours.backup(theirs)
        theirs.execute("PRAGMA journal_mode=DELETE")
        if (said := theirs.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise CommandError(f"{source} is damaged: {said}.", "Restore an earlier backup.")
    return target


def _entry(path: Path) -> Entry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(path.name, path.stat().st_size, digest)


def _pack(target: Path, manifest: Manifest, files: list[Path]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
        content = json.dumps(msgspec.to_builtins(manifest), indent=2).encode()
        about = tarfile.TarInfo(MANIFEST)
        about.size, about.mode = len(content), _PRIVATE
        archive.addfile(about, io.BytesIO(content))
        for path in files:
            archive.add(path, path.name, filter=_private)


def _private(about: tarfile.TarInfo) -> tarfile.TarInfo:
    about.mode, about.uid, about.gid, about.uname, about.gname = _PRIVATE, 0, 0, "", ""
    return about


def unpack(source: Path, place: Path) -> Manifest:
    """Unpack a backup into an empty directory and check every file against the manifest.

    Raises:
        CommandError: it is no backup, of a later format, or damaged.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            held = archive.extractfile(MANIFEST)
            if held is None:
                raise CommandError(f"{source} has no manifest.", "Is it a backup of Tilisilta?")
            manifest = msgspec.json.decode(held.read(), type=Manifest)
            if manifest.format != FORMAT:
                raise CommandError(
                    f"{source} has format {manifest.format}.", "Restore it with the version that made it."
                )
            for entry in manifest.files:
                if entry.name not in (*DATABASES, *KEYS):
                    raise CommandError(f"{source} holds {entry.name}, which no backup has.", "Do not use it.")
                archive.extract(entry.name, place, filter="data")
    except (OSError, EOFError, tarfile.TarError, KeyError, msgspec.MsgspecError) as error:
        raise CommandError(f"{source} cannot be read as a backup: {error}.", "Is the file whole?") from error
    for entry in manifest.files:
        if _entry(place / entry.name) != entry:
            raise CommandError(
                f"{source}: {entry.name} does not have the checksum of its manifest.", "Use another backup."
            )
    return manifest


def put_in_place(place: Path, data_dir: Path, manifest: Manifest) -> None:
    """Move unpacked files into the data directory; nothing of another database stays beside them."""
    for name in DATABASES:
        for leftover in _BESIDE:
            (data_dir / f"{name}{leftover}").unlink(missing_ok=True)
        if not manifest.has(name):
            (data_dir / name).unlink(missing_ok=True)
    for entry in manifest.files:
        target = data_dir / entry.name
        (place / entry.name).replace(target)
        target.chmod(_PRIVATE)
