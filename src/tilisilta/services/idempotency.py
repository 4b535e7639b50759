"""Writes that may be sent twice: the first answer to a key is kept and given again.

A key belongs to one token. While its first request is under way, a second one is told to wait; whoever comes after a
crash may take the key over, because what was not finished was not written either.
"""

import datetime as dt
from typing import Final

import msgspec
from django.utils import timezone

from tilisilta.store.models import ApiToken, IdempotencyRecord

KEPT_FOR: Final = dt.timedelta(hours=24)
# Longer than any request may last; after that its worker is dead and its transaction undone.
LOST_AFTER: Final = dt.timedelta(minutes=10)
MAX_KEY: Final = 128


class KeyReused(Exception):
    """The key came before with another request."""


class KeyUnderWay(Exception):
    """The first request with this key has not been answered yet."""

    retry_after_s: Final = 2


class Answer(msgspec.Struct, frozen=True):
    """What the first request was answered with."""

    status: int
    body: bytes


def begin(token: ApiToken, key: str, request_hash: str) -> Answer | None:
    """Take a key for a request; return the answer when there is one already, None when the work is to be done now.

    Whoever gets None calls `finish` or `forget`.

    Raises:
        KeyReused: the key stands for another request.
        KeyUnderWay: the same request is being answered now.
    """
    now = timezone.now()
    IdempotencyRecord.objects.filter(token=token, created_at__lt=now - KEPT_FOR).delete()
    record, is_new = IdempotencyRecord.objects.get_or_create(
        token=token, key=key, defaults={"request_hash": request_hash, "created_at": now}
    )
    if is_new:
        return None
    if record.request_hash != request_hash:
        raise KeyReused
    if record.status:
        return Answer(record.status, bytes(record.response))
    taken = IdempotencyRecord.objects.filter(pk=record.pk, status=0, created_at__lt=now - LOST_AFTER)
    if not taken.update(created_at=now):
        raise KeyUnderWay
    return None


def finish(token: ApiToken, key: str, status: int, body: bytes) -> None:
    """Keep the answer. Call inside the transaction of the work where there is one: both are kept, or neither."""
    IdempotencyRecord.objects.filter(token=token, key=key).update(status=status, response=body)


def forget(token: ApiToken, key: str) -> None:
    """Set the key free: the request failed and wrote nothing, so it may come again."""
    IdempotencyRecord.objects.filter(token=token, key=key, status=0).delete()
