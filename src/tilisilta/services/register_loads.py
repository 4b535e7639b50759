"""Loads of the business register: once a day by the workers, by hand from a file, and how it stands."""

import datetime as dt
import threading
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tilisilta.engine import register_load
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import BusinessRegisterEntry, RegisterLoad, RegisterLoadState

log = structlog.get_logger(__name__)

OLD_AFTER: Final = dt.timedelta(days=3)
_WORKED: Final = (RegisterLoadState.DONE, RegisterLoadState.UNCHANGED)


class RegisterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How our copy stands: its rows, when it was last known to be the register's newest, and the last attempt."""

    source: str  # the address of the daily file; empty: none is asked for
    rows: int
    fresh_at: dt.datetime | None
    last: RegisterLoad | None

    @property
    def is_old(self) -> bool:
        """Return whether the daily load has not worked for days although it should."""
        if not self.source:
            return False
        return self.fresh_at is not None and self.fresh_at < timezone.now() - OLD_AFTER


def status() -> RegisterStatus:
    """Return how our copy of the register stands."""
    loads = RegisterLoad.objects.filter(country=register_load.COUNTRY).order_by("-at", "-pk")
    worked = loads.filter(state__in=_WORKED).first()
    return RegisterStatus(
        source=settings.REGISTER_URL,
        rows=BusinessRegisterEntry.objects.filter(country=register_load.COUNTRY).count(),
        fresh_at=worked.at if worked else None,
        last=loads.first(),
    )


def load_now() -> RegisterLoad:
    """Fetch the register's file and return the load, ended; what went wrong stands in its `problem`.

    Raises:
        ServiceError: REGISTER_BUSY, REGISTER_NO_ADDRESS.
    """
    if not settings.REGISTER_URL:
        raise ServiceError("REGISTER_NO_ADDRESS")
    load = register_load.claim(settings.REGISTER_URL)
    if load is None:
        raise ServiceError("REGISTER_BUSY")
    return register_load.download(load)


def load_file(path: Path, *, allow_fewer: bool = False) -> RegisterLoad:
    """Load the register from a file on this machine and return the load, ended; see `load_now`.

    Raises:
        ServiceError: REGISTER_BUSY.
    """
    load = register_load.claim(path.name)
    if load is None:
        raise ServiceError("REGISTER_BUSY")
    return register_load.take_file(load, path, allow_fewer=allow_fewer)


def load_when_due() -> int:
    """Begin the day's load when it is due and nobody else is at it; return how many were begun. For workers' rounds.

    It goes on in a thread of its own: a worker looks for other work meanwhile.
    """
    if not settings.REGISTER_URL or not register_load.is_due():
        return 0
    load = register_load.claim(settings.REGISTER_URL, only_if_due=True)
    if load is None:
        return 0
    threading.Thread(target=_in_thread, args=(load,), name="register-load", daemon=True).start()
    return 1


def _in_thread(load: RegisterLoad) -> None:
    try:
        ended = register_load.download(load)
        log.info("register loaded", state=ended.state, rows=ended.rows, changed=ended.changed, seconds=ended.seconds)
    finally:
        connection.close()


def told(load: RegisterLoad) -> dict[str, Any]:
    """Return a load as commands print it."""
    names = ("state", "source", "rows", "changed", "bytes", "seconds", "problem", "problem_params")
    return {"at": load.at.isoformat(timespec="seconds"), **{name: getattr(load, name) for name in names}}
