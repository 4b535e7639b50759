"""What commands say: tables for people, one JSON document for programs, one line with a remedy for mistakes."""

import json
import sys
from enum import IntEnum
from typing import Any, Final

from rich.console import Console

# Long enough for paths and addresses where there is no terminal to measure.
_WIDTH: Final = None if sys.stdout.isatty() else 160

console: Final = Console(width=_WIDTH, highlight=False)
errors: Final = Console(width=_WIDTH, stderr=True, highlight=False)


class ExitCode(IntEnum):
    """How a command ended, as the shell sees it."""

    OK = 0
    FOUND = 1  # it worked, and what it looked at is not well: a check failed, a run ended with problems
    USAGE = 2  # the command line is not understood
    CANNOT = 3  # it could not be done as things are: a setting, a database, a running instance stands in the way
    INTERRUPTED = 130


class CommandError(Exception):
    """Something that stops a command. Printed as one line: what is wrong, and what to do about it."""

    def __init__(self, message: str, remedy: str = "", code: ExitCode = ExitCode.CANNOT) -> None:
        self.message = message
        self.remedy = remedy
        self.code = code
        super().__init__(message)

    def __str__(self) -> str:
        return " ".join(part for part in (one_line(self.message), one_line(self.remedy)) if part)


def one_line(text: object) -> str:
    """Return a text without line breaks, for errors that are one line."""
    return " ".join(str(text).split())


def say(text: str = "") -> None:
    """Print a line for people; markup of rich is not read in it."""
    console.print(text, markup=False)


def print_json(value: Any) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
