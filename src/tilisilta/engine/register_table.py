"""The business register's table brought to what a file holds: staged beside it, then changed in one transaction.

Rows are staged in a temporary table, which on SQLite lies in a file of its own and holds up nobody else's writing. Only
what differs is written: after the first time that is a few hundred rows a day.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from tilisilta.core.errors import BadInput
from tilisilta.formats.business_register import RegisterRow
from tilisilta.store.models import BusinessRegisterEntry

_TABLE: Final = BusinessRegisterEntry._meta.db_table  # noqa: SLF001  the documented name of it
_STAGED: Final = "register_staged"
_COLUMNS: Final = RegisterRow._fields
_BATCH: Final = 5_000
# Fewer than this part of the rows of last time is no register, whatever it says of itself.
_LEAST_PART: Final = 10

_ALL: Final = ", ".join(_COLUMNS)
_DATA: Final = _COLUMNS[1:]
# Every name in the statements is one of the constants above.
_MAKE: Final = (
    f"CREATE TEMPORARY TABLE {_STAGED} (registry_code varchar(20) NOT NULL PRIMARY KEY, "
    + ", ".join(f"{name} varchar(300) NOT NULL" for name in _DATA)
    + ")"
)
_FILL: Final = f"INSERT INTO {_STAGED} ({_ALL}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608
_GONE: Final = (
    f"DELETE FROM {_TABLE} WHERE country = %s AND NOT EXISTS "  # noqa: S608
    f"(SELECT 1 FROM {_STAGED} AS s WHERE s.registry_code = {_TABLE}.registry_code)"
)
_CHANGED: Final = (
    f"UPDATE {_TABLE} SET {', '.join(f'{name} = s.{name}' for name in _DATA)} FROM {_STAGED} AS s "  # noqa: S608
    f"WHERE {_TABLE}.country = %s AND {_TABLE}.registry_code = s.registry_code "
    f"AND ({', '.join(f'{_TABLE}.{name}' for name in _DATA)}) <> ({', '.join(f's.{name}' for name in _DATA)})"
)
_NEW: Final = (
    f"INSERT INTO {_TABLE} (country, {_ALL}) SELECT %s, {_ALL} FROM {_STAGED} AS s WHERE NOT EXISTS "  # noqa: S608
    f"(SELECT 1 FROM {_TABLE} AS e WHERE e.country = %s AND e.registry_code = s.registry_code) "
    "ORDER BY s.registry_code"
)


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows the register has now, and how many came, changed or went."""

    rows: int
    changed: int


def swap(
    country: str, rows: Iterable[RegisterRow], *, before_change: Callable[[], None], allow_fewer: bool = False
) -> Swapped:
    """Make the register of a country hold exactly `rows`; on any error it stays as it was.

    Args:
        country: Two letters.
        rows: Each registry code once. What their reading raises comes through.
        before_change: Called in the transaction of the change; what it raises undoes it.
        allow_fewer: Also take a file of fewer than a tenth of the rows that are there.

    Raises:
        BadInput: REGISTER_FILE_SHORT (`rows`, `before`).
    """
    with _staging() as cursor:
        count = _stage(cursor, rows)
        with transaction.atomic():
            before_change()
            before = BusinessRegisterEntry.objects.filter(country=country).count()
            if count * _LEAST_PART < before and not allow_fewer:
                raise BadInput("REGISTER_FILE_SHORT", rows=count, before=before)
            changed = 0
            for statement, values in ((_GONE, [country]), (_CHANGED, [country]), (_NEW, [country, country])):
                cursor.execute(statement, values)
                changed += cursor.rowcount
    return Swapped(rows=count, changed=changed)


@contextmanager
def _staging() -> Iterator[Any]:
    """Give a cursor beside an empty staging table that is gone afterwards."""
    if connection.vendor == "postgresql":
        # One transaction for all: readers and writers of the register are not held up by it, and poolers like it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{_MAKE} ON COMMIT DROP")
            yield cursor
            cursor.execute(f"DROP TABLE {_STAGED}")  # at once, for a caller who is in a transaction already
        return
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS temp.{_STAGED}")
        cursor.execute(f"{_MAKE} WITHOUT ROWID")
        try:
            yield cursor
        finally:
            cursor.execute(f"DROP TABLE temp.{_STAGED}")


def _stage(cursor: Any, rows: Iterable[RegisterRow]) -> int:
    count = 0
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {_STAGED} ({_ALL}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        cursor.execute(f"ANALYZE {_STAGED}")
        return count
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        with _deferred(cursor):
            cursor.executemany(_FILL, batch)
        count += len(batch)
    return count


@contextmanager
def _deferred(cursor: Any) -> Iterator[None]:
    """Open a transaction that takes no lock on the main database, which Django's own would."""
    if connection.in_atomic_block:
        yield
        return
    cursor.execute("BEGIN DEFERRED")
    try:
        yield
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")
