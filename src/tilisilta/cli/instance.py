"""One mark in the data directory of every process that is at work there, so that a restore knows of them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from tilisilta.cli.output import CommandError

_NAME: Final = ".in-use"
_held: list[IO[str]] = []


def mark_in_use(data_dir: Path) -> None:
    """Hold a shared lock on the data directory until this process ends."""
    file = (data_dir / _NAME).open("a+")
    fcntl.flock(file, fcntl.LOCK_SH)
    _held.append(file)


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Keep others out of the data directory for the length of the block.

    Raises:
        CommandError: a page server or worker is at work there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / _NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"A page server or worker is at work in {data_dir}.", "Stop it first, then restore again."
            ) from error
        try:
            yield
        finally:
            os.utime(data_dir / _NAME)
