"""Request budgets counted in the database, so that all workers keep one vendor's limit together."""

import math
import time

from django.db import connection, transaction

from tilisilta.engine.database import in_store
from tilisilta.ports import Reservation

_SQL = {
    "insert": "INSERT INTO store_budgetwindow (key, starts_at, used) VALUES (%s, %s, 0) ON CONFLICT (key) DO NOTHING",
    "renew": "UPDATE store_budgetwindow SET starts_at = %s, used = 0 WHERE key = %s AND starts_at < %s",
    "take": "UPDATE store_budgetwindow SET used = used + %s WHERE key = %s",
    "enter": (
        "UPDATE store_budgetwindow SET starts_at = %s, used = %s WHERE key = %s AND (starts_at <= %s OR used = %s)"
    ),
    "leave": "UPDATE store_budgetwindow SET starts_at = 0, used = 0 WHERE key = %s AND used = %s",
    "read": "SELECT starts_at, used FROM store_budgetwindow WHERE key = %s",
}


def _reserve(key: str, limit: int, window_s: float, wanted: int, now: float) -> Reservation:
    starts_at = int(now // window_s * window_s)
    row_key = f"{key}|{window_s:g}"[:120]
    lock = "" if connection.vendor == "sqlite" else " FOR UPDATE"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SQL["insert"], [row_key, starts_at])
        cursor.execute(_SQL["renew"], [starts_at, row_key, starts_at])
        cursor.execute(_SQL["read"] + lock, [row_key])
        _, used = cursor.fetchone()
        granted = max(0, min(wanted, limit - used))
        if granted:
            cursor.execute(_SQL["take"], [granted, row_key])
    wait_s = 0.0 if granted else starts_at + window_s - now
    return Reservation(granted=granted, wait_s=wait_s)


def _enter(key: str, holder: int, lease_s: float, now: float) -> bool:
    # The same table serves turns: `starts_at` is when the lease ends, `used` who holds it.
    row_key = f"{key}|turn"[:120]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SQL["insert"], [row_key, 0])
        cursor.execute(_SQL["enter"], [math.ceil(now + lease_s), holder, row_key, int(now), holder])
        return bool(cursor.rowcount)


def _leave(key: str, holder: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SQL["leave"], [f"{key}|turn"[:120], holder])


class DbBudgetStore:
    """`BudgetStore` and `TurnStore` of ports.py on the application's database."""

    async def reserve(self, key: str, *, limit: int, window_s: float, wanted: int) -> Reservation:
        """Take up to `wanted` requests of the window that holds now."""
        return await in_store(_reserve, key, limit, window_s, wanted, time.time())

    async def enter(self, key: str, *, holder: int, lease_s: float) -> bool:
        """Take the turn over all workers; see `ports.TurnStore`."""
        return await in_store(_enter, key, holder, lease_s, time.time())

    async def leave(self, key: str, *, holder: int) -> None:
        """Give the turn back."""
        await in_store(_leave, key, holder)
