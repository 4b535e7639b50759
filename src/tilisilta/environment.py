"""Settings from the environment, each remembered with where its value came from."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, overload

import msgspec

PREFIX = "TILISILTA_"


class SettingError(Exception):
    """A setting that cannot be used, named with its value's fault."""


class Setting(msgspec.Struct, frozen=True):
    """One setting as read: `origin` is "default", "environment" or the file's path."""

    name: str
    value: str
    origin: str
    is_secret: bool
    help: str


REGISTRY: dict[str, Setting] = {}

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _raw(name: str, default: str) -> tuple[str, str]:
    variable = PREFIX + name
    if variable in os.environ:
        return os.environ[variable], "environment"
    if path := os.environ.get(variable + "_FILE"):
        try:
            return Path(path).read_text().strip(), path
        except OSError as error:
            raise SettingError(f"{variable}_FILE: cannot read {path}: {error.strerror}") from error
    return default, "default"


@overload
def read(name: str, default: str, *, kind: Literal["text"] = ..., is_secret: bool = ..., help: str) -> str: ...
@overload
def read(name: str, default: str, *, kind: Literal["bool"], is_secret: bool = ..., help: str) -> bool: ...
@overload
def read(name: str, default: str, *, kind: Literal["int"], is_secret: bool = ..., help: str) -> int: ...
@overload
def read(name: str, default: str, *, kind: Literal["seconds"], is_secret: bool = ..., help: str) -> float: ...
def read(
    name: str,
    default: str,
    *,
    kind: Literal["text", "bool", "int", "seconds"] = "text",
    is_secret: bool = False,
    help: str,  # noqa: A002  the word that readers of `config show` see
) -> str | bool | int | float:
    """Return the setting TILISILTA_<name>, or the content of the file that TILISILTA_<name>_FILE names.

    Raises:
        SettingError: the value is not of its kind, or the file cannot be read.
    """
    value, origin = _raw(name, default)
    REGISTRY[name] = Setting(name=name, value=value, origin=origin, is_secret=is_secret, help=help)
    if kind == "bool":
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise SettingError(f"{PREFIX}{name} must be true or false, not {value!r}")
    if kind == "int":
        try:
            return int(value)
        except ValueError:
            raise SettingError(f"{PREFIX}{name} must be a whole number, not {value!r}") from None
    if kind == "seconds":
        try:
            return float(value)
        except ValueError:
            raise SettingError(f"{PREFIX}{name} must be a number of seconds, not {value!r}") from None
    return value


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret that a file holds, made on first use; its owner alone can read it.

    Processes that start at the same moment agree on one: the file appears whole, and the first one stays.
    """
    if not path.exists():
        fresh = _written_beside(path, make())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process was quicker, and its secret is the one in use
        finally:
            fresh.unlink()
    return path.read_text().strip()


def replace_secret(path: Path, content: str) -> None:
    """Put a new secret in a file's place in one go, so that a crash leaves the old one or the new one."""
    _written_beside(path, content).replace(path)


def _written_beside(path: Path, content: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # readable by its owner only
    with os.fdopen(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
