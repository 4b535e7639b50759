"""What `doctor` looks at, one function each; every finding says what to do."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tilisilta.cli.output import one_line

State = Literal["ok", "warning", "failure"]
_MIB: Final = 1 << 20
_DISK_FAILURE, _DISK_WARNING = 200 * _MIB, 1024 * _MIB
_LATE: Final = timedelta(minutes=10)
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at. `remedy` is empty when all is well."""

    subject: str
    state: State
    detail: str
    remedy: str = ""


def ok(subject: str, detail: str) -> Finding:
    return Finding(subject=subject, state="ok", detail=detail)


def warning(subject: str, detail: str, remedy: str) -> Finding:
    return Finding(subject=subject, state="warning", detail=detail, remedy=remedy)


def failure(subject: str, detail: str, remedy: str) -> Finding:
    return Finding(subject=subject, state="failure", detail=detail, remedy=remedy)


def settings_are_safe() -> Iterator[Finding]:
    """Settings that are fine on one machine and dangerous on a network."""
    from urllib.parse import urlsplit

    from django.conf import settings

    base = urlsplit(settings.BASE_URL)
    if settings.DEBUG:
        yield failure("settings", "TILISILTA_DEBUG is on: errors show code to everybody.", "Switch it off.")
    if base.scheme != "https" and base.hostname not in _LOOPBACK:
        yield warning("settings", f"{settings.BASE_URL} is not encrypted.", "Put a proxy with TLS in front.")
    if "*" in settings.ALLOWED_HOSTS:
        yield warning("settings", "TILISILTA_ALLOWED_HOSTS allows any name.", "Name the hosts that people use.")
    if not settings.VENDOR_LIMITS:
        yield warning("settings", "TILISILTA_VENDOR_LIMITS is off.", "Switch it on, except against emulators.")
    if settings.ALLOW_LOCAL_VENDORS:
        yield warning(
            "settings",
            "TILISILTA_ALLOW_LOCAL_VENDORS is on: connections may lead into your own network.",
            "Switch it off, except for emulators and systems of your own.",
        )
    if settings.DATA_DIR.stat().st_mode & 0o077:
        yield warning("settings", f"Others can look into {settings.DATA_DIR}.", f"Run `chmod 700 {settings.DATA_DIR}`.")
    yield ok("settings", f"read; data in {settings.DATA_DIR}")


def database_answers() -> Iterator[Finding]:
    """The application's database: reachable, of this version, in write-ahead mode on SQLite."""
    from django.db import DatabaseError, connection

    from tilisilta.cli import product

    try:
        if product.is_new_database():
            yield failure("database", "It is empty.", "Run `tilisilta migrate`, or start with `tilisilta up`.")
            return
        waiting = product.unapplied_migrations()
    except DatabaseError as error:
        yield failure("database", one_line(error), "Check TILISILTA_DATABASE_URL and that the server is up.")
        return
    if waiting:
        yield failure("database", f"{len(waiting)} changes are waiting.", "Make a backup, then `tilisilta migrate`.")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = str(cursor.fetchone()[0])
        if mode != "wal":
            yield failure("database", f"Journal mode is {mode}, not wal.", "Is the data on a network drive? Move it.")
    yield ok("database", f"{connection.vendor}, up to date")


def engine_database_answers() -> Iterator[Finding]:
    """The durable engine's database: reachable; in write-ahead mode on SQLite."""
    from django.conf import settings

    url = str(settings.ENGINE_DATABASE_URL)
    try:
        if not url.startswith("sqlite"):
            import psycopg

            with psycopg.connect(url, connect_timeout=10) as server:
                server.execute("SELECT 1")
            yield ok("engine database", "postgresql, reachable")
            return
        path = Path(url.removeprefix("sqlite:///"))
        if not path.exists():
            yield ok("engine database", "made when the first worker starts")
            return
        with closing(sqlite3.connect(path, timeout=10)) as file:
            mode = str(file.execute("PRAGMA journal_mode").fetchone()[0])
    except Exception as error:  # noqa: BLE001  whatever stands in the way is the finding
        yield failure("engine database", one_line(error), "Check TILISILTA_ENGINE_DATABASE_URL.")
        return
    if mode == "wal":
        yield ok("engine database", "sqlite, reachable")
    else:
        yield warning("engine database", f"Journal mode is {mode}, not wal.", "Start a worker once; it sets the mode.")


def keys_open() -> Iterator[Finding]:
    """The keys: there, private, and opening all that is stored sealed."""
    from django.conf import settings

    from tilisilta.services import sealed

    for name, chosen in (("secret_key", ""), ("credential_key", settings.CREDENTIAL_KEYS)):
        path = Path(settings.DATA_DIR) / name
        if path.exists() and not chosen and path.stat().st_mode & 0o077:
            yield failure("keys", f"Others can read {path}.", f"Run `chmod 600 {path}`.")
    try:
        closed = sealed.unopened()
    except ValueError as error:
        yield failure("keys", f"A key cannot be used: {one_line(error)}", "Check TILISILTA_CREDENTIAL_KEYS.")
        return
    for name in closed:
        yield failure("keys", f"None of the keys opens the {name}.", "Put the older key back, or enter it anew.")
    if not closed:
        yield ok("keys", "they open everything that is sealed")


def zones_are_known() -> Iterator[Finding]:
    """Time zone data for every company."""
    from tilisilta.store.models import Company

    zones = sorted({"Europe/Tallinn", *Company.objects.values_list("time_zone", flat=True)})
    for name in zones:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            yield failure("time zones", f"There is no data for {name}.", "Install the package tzdata.")
            return
    yield ok("time zones", ", ".join(zones))


def disk_has_room() -> Iterator[Finding]:
    """Room in the data directory, and the right to write there."""
    from django.conf import settings

    data_dir = Path(settings.DATA_DIR)
    probe = data_dir / ".doctor"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        yield failure("disk", f"{data_dir} cannot be written: {error.strerror}.", "Give it to the service's user.")
        return
    free = shutil.disk_usage(data_dir).free
    detail = f"{free // _MIB:,} MiB free in {data_dir}"
    if free < _DISK_FAILURE:
        yield failure("disk", detail, "Make room now: a full disk stops all work.")
    elif free < _DISK_WARNING:
        yield warning("disk", detail, "Make room soon.")
    else:
        yield ok("disk", detail)


def mail_is_taken() -> Iterator[Finding]:
    """The mail server, when one is named."""
    from django.conf import settings
    from django.core.mail import get_connection

    if not settings.EMAIL_HOST:
        yield ok("e-mail", "not set: notices are shown in the application only")
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        mail = get_connection()
        mail.open()
        mail.close()
    except OSError as error:  # smtplib's errors are OSErrors
        yield failure("e-mail", f"{server}: {one_line(error)}", "Check the TILISILTA_EMAIL settings.")
        return
    yield ok("e-mail", f"{server} answers")


def connections_work() -> Iterator[Finding]:
    """Each connection as it was when last used; no vendor is asked now."""
    from tilisilta.services.problem_catalogue import describe
    from tilisilta.store.models import Connection, ConnectionState

    rows = Connection.objects.select_related("company").order_by("company__name", "name")
    for each in rows:
        subject = f"connection {each.company} / {each.name}"
        checked = f"tested {each.checked_at:%Y-%m-%d %H:%M}" if each.checked_at else "never tested"
        if each.state == ConnectionState.NEEDS_RECONNECT:
            told = describe(each.problem_code, each.problem_params, "en")
            yield failure(subject, f"{told.title} ({checked}).", told.remedy)
        elif each.state == ConnectionState.NEW:
            yield warning(subject, checked, "Test it on its page.")
        else:
            yield ok(subject, f"{each.state}, {checked}")


def work_goes_on() -> Iterator[Finding]:
    """Runs that wait for longer than a worker would leave them."""
    from django.utils import timezone

    from tilisilta.store.models import Run, RunState

    late = Run.objects.filter(state=RunState.QUEUED, requested_at__lt=timezone.now() - _LATE)
    late = late.filter(flow__integration__lease_run=None)
    if count := late.count():
        yield warning("worker", f"{count} runs wait for more than ten minutes.", "Is `tilisilta worker` at work?")
    else:
        yield ok("worker", "no run waits too long")


def register_is_fresh() -> Iterator[Finding]:
    """The copy of the business register: loaded, and not left to grow old."""
    from tilisilta.services import register_loads
    from tilisilta.services.problem_catalogue import describe

    found = register_loads.status()
    when = f"{found.rows:,} companies" + (f", as of {found.fresh_at:%Y-%m-%d %H:%M}" if found.fresh_at else "")
    if found.last is not None and found.last.problem:
        told = describe(found.last.problem, found.last.problem_params, "en")
        yield warning("business register", f"{told.title} ({when}).", told.remedy)
    elif found.is_old:
        yield warning("business register", f"It has grown old: {when}.", "Is `tilisilta worker` at work?")
    elif found.rows:
        yield ok("business register", when)
    else:
        yield ok("business register", "a worker loads it" if found.source else "not loaded")
