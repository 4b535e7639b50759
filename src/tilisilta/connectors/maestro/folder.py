"""A folder of this machine or of a drive that is mounted here; only below the operator's directories."""

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.names import temporary
from tilisilta.connectors.maestro.place import Before, ask_leave
from tilisilta.core.errors import Evidence, Misconfigured, Retry, TilisiltaError, Unknown

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_TRIAL = ".tilisilta"


def allowed_root(given: str, folders: Sequence[str]) -> Path:
    """Return the directory that a connection names, its links resolved.

    Raises:
        Misconfigured: FOLDER_NOT_ALLOWED when it lies below none of the operator's directories.

    """
    root = Path(os.path.realpath(given))
    if given.startswith("/"):
        for each in folders:
            if root.is_relative_to(os.path.realpath(each)):
                return root
    raise Misconfigured("FOLDER_NOT_ALLOWED", folder=given)


class FolderPlace:
    """Files below one directory. See `place.Place`."""

    keeps_temporaries = True

    def __init__(self, root: Path) -> None:
        self._root = root

    async def check(self) -> dict[str, str]:
        """Write and remove a file under a hidden name."""
        path = f"{assumptions.INVOICES}/{_TRIAL}"
        await self.put(path, b"")
        await self.remove(path)
        return {"folder": str(self._root)}

    async def put(self, path: str, content: bytes, before: Before | None = None) -> None:
        """Write, sync, rename, sync the folder."""
        hidden, final = self._path(temporary(path)), self._path(path)
        try:
            await asyncio.to_thread(self._lay, hidden, content)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.truncate(hidden, 0)  # it takes no room, and its name still proves that nothing appeared
            raise self._fate(error) from error
        if before is not None:
            await before()
        ask_leave()
        try:
            await asyncio.to_thread(hidden.replace, final)
        except OSError as error:
            raise self._fate(error) from error  # a rename that fails changed nothing
        try:
            await asyncio.to_thread(_sync_folder, final.parent)
        except OSError as error:
            # It has appeared; whether it outlives a power cut is what nobody knows.
            raise Unknown("ANSWER_LOST", evidence=_evidence(error)) from error

    def _lay(self, hidden: Path, content: bytes) -> None:
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root))
        hidden.parent.mkdir(parents=True, exist_ok=True)
        with hidden.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    async def read(self, path: str) -> bytes | None:
        """Return a file's content, at most as large as we read."""
        return await asyncio.to_thread(self._read, self._path(path))

    def _read(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(assumptions.MAX_FILE_BYTES)
        except OSError as error:
            if error.errno in _GONE:
                return None
            raise self._fate(error) from error

    async def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        try:
            await asyncio.to_thread(self._path(path).unlink, missing_ok=True)
        except OSError as error:
            raise self._fate(error) from error

    async def present(self, paths: Iterable[str]) -> set[str]:
        """Look at each file; folders may hold the files of years."""
        return await asyncio.to_thread(self._present, list(paths))

    def _present(self, paths: Sequence[str]) -> set[str]:
        try:
            if not self._root.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root))
            return {path for path in paths if self._is_file(path)}
        except OSError as error:
            raise self._fate(error) from error

    def _is_file(self, path: str) -> bool:
        try:
            return stat.S_ISREG(self._path(path).lstat().st_mode)
        except OSError as error:
            if error.errno in _GONE:
                return False
            raise

    async def names(self, folder: str) -> list[str]:
        """Return the names of a folder's files."""
        return await asyncio.to_thread(self._names, self._path(folder))

    def _names(self, folder: Path) -> list[str]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
        except OSError as error:
            if error.errno in _GONE and self._root.is_dir():
                return []
            raise self._fate(error) from error

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, path: str) -> Path:
        return self._root / path

    def _fate(self, error: OSError) -> TilisiltaError:
        where = str(self._root)
        if error.errno in _FULL:
            return Retry("DISK_FULL", after_s=assumptions.DISK_WAIT_S, evidence=_evidence(error), folder=where)
        if error.errno in _CLOSED:
            return Misconfigured("FOLDER_NOT_WRITABLE", evidence=_evidence(error), folder=where)
        if error.errno in _GONE or error.errno in {errno.EEXIST, errno.EISDIR}:
            return Misconfigured("FOLDER_MISSING", evidence=_evidence(error), folder=where)
        return Retry("TARGET_UNREACHABLE", after_s=30, evidence=_evidence(error))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _evidence(error: OSError) -> Evidence:
    return Evidence(body=f"{type(error).__name__}: {error.strerror} ({errno.errorcode.get(error.errno or 0, '')})")
