"""One load of the business register: claimed by one process, downloaded with conditional requests, swapped in whole."""

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from tilisilta.core.errors import Cancelled, TilisiltaError
from tilisilta.engine.register_table import swap
from tilisilta.formats.business_register import MAX_FILE_BYTES, broken, read_register
from tilisilta.kit.http import HttpTransport, Request, Response, check_status, is_html
from tilisilta.store.models import BusinessRegisterEntry, RegisterLoad, RegisterLoadState

log = structlog.get_logger(__name__)

COUNTRY: Final = "EE"
EVERY: Final = dt.timedelta(hours=24)
AFTER_FAILURE: Final = dt.timedelta(hours=1)
# A load takes seconds; one that is older was left by a process that died.
LOST_AFTER: Final = dt.timedelta(minutes=30)
_KEPT_LOADS: Final = 100
_OK, _UNCHANGED = 200, 304

Transport = Callable[[], HttpTransport]


def is_due(now: dt.datetime | None = None) -> bool:
    """Return whether the register should be asked for: a day after it was had, an hour after that failed."""
    moment = now or timezone.now()
    last = RegisterLoad.objects.filter(country=COUNTRY).order_by("-at", "-pk").first()
    if last is None:
        return True
    wait = {RegisterLoadState.RUNNING: LOST_AFTER, RegisterLoadState.FAILED: AFTER_FAILURE}
    return last.at + wait.get(RegisterLoadState(last.state), EVERY) <= moment


def claim(source: str, *, only_if_due: bool = False) -> RegisterLoad | None:
    """Return a new load that this process may do; None when another one is at it, or it is not due any more.

    The database holds at most one running load for a country. One that was left by a dead process is ended first.
    """
    now = timezone.now()
    lost = RegisterLoad.objects.filter(country=COUNTRY, state=RegisterLoadState.RUNNING, at__lt=now - LOST_AFTER)
    lost.update(state=RegisterLoadState.FAILED, problem="INTERNAL", problem_params={"message": "lost"})
    try:
        with transaction.atomic():
            if only_if_due and not is_due(now):
                return None
            return RegisterLoad.objects.create(country=COUNTRY, source=source[:500], at=now)
    except IntegrityError:
        return None


def download(load: RegisterLoad, make_transport: Transport = HttpTransport) -> RegisterLoad:
    """Do a claimed load from its address, and return it ended. Never raises: what went wrong stands in `problem`.

    The server is told what we have (ETag, Last-Modified), so that an unchanged file costs one short answer.
    """

    def do() -> None:
        with tempfile.TemporaryDirectory(prefix="register-", dir=settings.DATA_DIR) as place:
            path = Path(place) / "file"
            with path.open("wb") as file:
                answer = asyncio.run(_fetch(load.source, _conditions(load), file, make_transport()))
            if answer.status == _UNCHANGED:
                load.state = RegisterLoadState.UNCHANGED
                load.rows = BusinessRegisterEntry.objects.filter(country=load.country).count()
                return
            load.etag = answer.headers.get("ETag", "")[:200]
            load.last_modified = answer.headers.get("Last-Modified", "")[:60]
            _take(load, path, allow_fewer=False)

    return _end(load, do)


def take_file(load: RegisterLoad, path: Path, *, allow_fewer: bool = False) -> RegisterLoad:
    """Do a claimed load from a file on this machine, and return it ended; see `download`."""
    return _end(load, lambda: _take(load, path, allow_fewer=allow_fewer))


async def _fetch(url: str, headers: Mapping[str, str], file: BinaryIO, transport: HttpTransport) -> Response:
    request = Request(method="GET", url=url, headers=headers)
    try:
        answer = await transport.save(request, file, max_bytes=MAX_FILE_BYTES)
    finally:
        await transport.close()
    if answer.status == _UNCHANGED and headers:
        return answer
    check_status(request, answer)
    if answer.status != _OK:
        raise broken(f"HTTP {answer.status}")
    return answer


def _conditions(load: RegisterLoad) -> dict[str, str]:
    """Return the headers that ask only for a file newer than the one whose rows are here."""
    done = RegisterLoad.objects.filter(country=load.country, state=RegisterLoadState.DONE)
    last = done.order_by("-at", "-pk").first()
    if last is None or last.source != load.source:
        return {}
    if not BusinessRegisterEntry.objects.filter(country=load.country).exists():
        return {}
    told = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in told.items() if value}


def _take(load: RegisterLoad, path: Path, *, allow_fewer: bool) -> None:
    load.bytes = path.stat().st_size
    if load.bytes > MAX_FILE_BYTES:
        raise broken("it is too large")
    with path.open("rb") as file:
        if is_html(file.read(256)):
            raise broken("it is a page, not a file")

    def still_ours() -> None:
        # Whoever was stopped for long has lost the claim, and must not put old rows over newer ones.
        held = RegisterLoad.objects.filter(pk=load.pk, state=RegisterLoadState.RUNNING)
        if not held.update(bytes=load.bytes):
            raise Cancelled

    swapped = swap(load.country, read_register(path), before_change=still_ours, allow_fewer=allow_fewer)
    load.rows, load.changed = swapped.rows, swapped.changed
    load.state = RegisterLoadState.DONE


def _end(load: RegisterLoad, do: Callable[[], None]) -> RegisterLoad:
    began = time.monotonic()
    try:
        do()
    except Cancelled:
        load.refresh_from_db()
        return load
    except TilisiltaError as error:
        load.problem, load.problem_params = error.code, error.params
    except OSError as error:
        told = broken(error.strerror or type(error).__name__)
        load.problem, load.problem_params = told.code, told.params
    except Exception as error:
        log.exception("register load failed", source=load.source)
        load.problem, load.problem_params = "INTERNAL", {"message": type(error).__name__}
    if load.problem:
        load.state = RegisterLoadState.FAILED
        log.warning("register load failed", source=load.source, problem=load.problem, **load.problem_params)
    load.seconds = round(time.monotonic() - began, 2)
    load.save()
    _forget_old(load.country)
    return load


def _forget_old(country: str) -> None:
    """Keep the newest loads, and the last one that worked however old it is: its ETag is still of use."""
    ended = RegisterLoad.objects.filter(country=country).order_by("-at", "-pk")
    kept = set(ended.values_list("pk", flat=True)[:_KEPT_LOADS])
    kept |= set(ended.filter(state=RegisterLoadState.DONE).values_list("pk", flat=True)[:1])
    RegisterLoad.objects.filter(country=country).exclude(pk__in=kept).delete()
