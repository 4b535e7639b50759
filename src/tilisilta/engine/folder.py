"""Watched folders: files that other programs put there are taken into the store.

Each files connection has one folder, below a root that belongs to the installation: a company cannot name a folder of
its own, so none can read another's files or the machine's.
"""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings

from tilisilta.core.errors import BadInput
from tilisilta.engine.files import MAX_BYTES, Taken, take_file
from tilisilta.store.models import Connection, FileOrigin

MAX_FILES: Final = 500
SETTLE_S: Final = 5.0  # a file that changed less than this ago may still be written to
DONE: Final = "done"
NOTE_ENDING: Final = ".problem.txt"
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".filepart", "~")


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan did: files taken, files whose content was there already, and files left with a note."""

    taken: tuple[Taken, ...] = ()
    known: tuple[Taken, ...] = ()
    left: tuple[str, ...] = ()


def folder_of(connection: Connection) -> Path:
    """Return where the connection's files are put: `<root>/<company>/<connection>`, by their ids."""
    root = Path(settings.FOLDER_ROOT) if settings.FOLDER_ROOT else settings.DATA_DIR / "inbox"
    return root / str(connection.company_id) / str(connection.pk)


def scan_folder(
    connection: Connection,
    *,
    describe: Callable[[BadInput | Taken], str] | None = None,
    now: float | None = None,
) -> Scanned:
    """Take the files of a connection's folder into the store; nothing happens while there is no folder.

    A taken file moves to `done/`. One that cannot be read stays where it is, with a note beside it; it is tried again
    when it changes. Links, folders, hidden files and files that are still being written are passed over.

    Args:
        connection: A files connection.
        describe: Turns what was wrong into the words of the note; codes stand in it without.
        now: The present moment in seconds since the epoch, for tests.
    """
    folder = folder_of(connection)
    if not folder.is_dir() or folder.is_symlink() or folder.resolve() != folder.parent.resolve() / folder.name:
        return Scanned()
    moment = time.time() if now is None else now
    taken: list[Taken] = []
    known: list[Taken] = []
    left: list[str] = []
    for path in _waiting(folder, moment):
        try:
            result = _take(connection, path)
        except BadInput as error:
            _write_note(path, describe(error) if describe else str(error))
            left.append(path.name)
            continue
        if result is None:
            continue
        if result.is_refused:
            _write_note(path, describe(result) if describe else str(result.file.problems))
            left.append(path.name)
            continue
        (known if result.is_known else taken).append(result)
        _move_to_done(path)
    return Scanned(taken=tuple(taken), known=tuple(known), left=tuple(left))


def _waiting(folder: Path, now: float) -> Iterator[Path]:
    """Yield the files that are whole and were not looked at in vain already, oldest name first, up to the limit."""
    count = 0
    for path in sorted(folder.iterdir()):
        name = path.name
        if count >= MAX_FILES:
            return
        if name.startswith(".") or name.endswith((NOTE_ENDING, *_UNFINISHED)):
            continue
        status = _status(path)
        if status is None or not stat.S_ISREG(status.st_mode) or now - status.st_mtime < SETTLE_S:
            continue
        note = _note(path)
        if note.is_file() and note.lstat().st_mtime >= status.st_mtime:
            continue
        count += 1
        yield path


def _status(path: Path) -> os.stat_result | None:
    """Return a file's status, or None when another worker has moved it by now."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _take(connection: Connection, path: Path) -> Taken | None:
    """Return the file as taken, or None when it changed while it was read or became a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return None
        if before.st_size > MAX_BYTES:
            raise BadInput("FILE_TOO_LARGE", file=path.name, limit=f"{MAX_BYTES >> 20} MB")
        content = file.read(MAX_BYTES + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        return None
    return take_file(connection, name=path.name, content=content, origin=FileOrigin.FOLDER)


def _note(path: Path) -> Path:
    return path.with_name(path.name + NOTE_ENDING)


def _write_note(path: Path, text: str) -> None:
    note = _note(path)
    if not note.is_symlink():
        note.write_text(text + "\n", encoding="utf-8")


def _move_to_done(path: Path) -> None:
    done = path.parent / DONE
    if done.is_symlink():
        return
    done.mkdir(exist_ok=True)
    _note(path).unlink(missing_ok=True)
    goal, count = done / path.name, 1
    while goal.exists():
        count += 1
        goal = done / f"{path.stem} ({count}){path.suffix}"
    # Another worker may have been quicker; the content was taken once all the same.
    with contextlib.suppress(FileNotFoundError):
        path.rename(goal)
