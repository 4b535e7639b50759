"""Where files are put: what the connector needs of a folder, an SFTP server or an HTTPS receiver.

Paths are relative, with forward slashes. A file appears whole or not at all: it is written under a hidden name first
and renamed when all of it is on the disk.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from tilisilta.kit.http import before_write

# What has to happen between the whole file under its hidden name and its appearing.
Before = Callable[[], Awaitable[None]]


class Place(Protocol):
    """A folder of the other side."""

    @property
    def keeps_temporaries(self) -> bool:
        """Return whether a file that never appeared leaves its hidden name behind, which proves that it did not."""
        ...

    async def check(self) -> dict[str, str]:
        """Return what is there, after trying that a file can be put.

        Raises: Misconfigured, Retry.
        """
        ...

    async def put(self, path: str, content: bytes, before: Before | None = None) -> None:
        """Let a file appear, in the place of one of the same name.

        Raises: Retry (it did not appear), Unknown (it may have), Misconfigured.
        """
        ...

    async def read(self, path: str) -> bytes | None:
        """Return a file's content, None when there is none."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        ...

    async def present(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths that are there now."""
        ...

    async def names(self, folder: str) -> list[str]:
        """Return the names of a folder's files, sorted; none when there is no such folder or it cannot be listed."""
        ...

    async def close(self) -> None: ...


def ask_leave() -> None:
    """Ask whether a write may still go; raises when this run has lost its lease."""
    permit = before_write.get()
    if permit is not None:
        permit()
