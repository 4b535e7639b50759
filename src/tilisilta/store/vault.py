"""Credentials at rest: sealed with Fernet keys, newest first; older keys still open what they sealed."""

import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from tilisilta.core.errors import Misconfigured
from tilisilta.environment import kept_secret


@lru_cache(maxsize=4)
def _fernet(keys: str) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])


def _keys() -> str:
    if settings.CREDENTIAL_KEYS:
        return str(settings.CREDENTIAL_KEYS)
    return kept_secret(settings.DATA_DIR / "credential_key", lambda: Fernet.generate_key().decode())


def seal(values: Mapping[str, str]) -> bytes:
    """Return the values, encrypted with the newest key."""
    return _fernet(_keys()).encrypt(json.dumps(dict(values)).encode())


def unseal(sealed: bytes) -> dict[str, str]:
    """Return what `seal` took.

    Raises:
        Misconfigured: none of the keys opens it, so the credentials must be entered again.
    """
    if not sealed:
        return {}
    try:
        opened = json.loads(_fernet(_keys()).decrypt(bytes(sealed)))
    except InvalidToken:
        raise Misconfigured("CREDENTIALS_UNREADABLE") from None
    return {str(name): str(value) for name, value in opened.items()}


def reseal(sealed: bytes) -> bytes:
    """Return the same secret under the newest key (rotation)."""
    return _fernet(_keys()).rotate(bytes(sealed))


def hint(value: str) -> str:
    """Return a masked form that lets a person tell keys apart: the last four characters of longer ones.

    >>> hint("abcdefghijkl")
    '••••ijkl'
    >>> hint("short")
    '••••'
    """
    return "••••" + (value[-4:] if len(value) >= 12 else "")  # noqa: PLR2004  short secrets show nothing
