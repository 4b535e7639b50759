"""Who may fetch: each connection's own key, kept as its hash, and what was called with it."""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Final

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from tilisilta.connectors.pull import MANIFEST, read_statuses
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.connections import link_of
from tilisilta.services.pull.entities import status_of
from tilisilta.services.pull.messages import AUTHENTICATION
from tilisilta.services.pull.records import INVOICES
from tilisilta.store import vault
from tilisilta.store.models import Connection, ConnectionState, Role, ShelfAccess, ShelfCall, ShelfDocument

VENDOR: Final = MANIFEST.vendor
PATH: Final = "webservice/S3/API.svc"  # what stands behind Severa's own host, too
UNREAD: Final = "?"  # the operation of a message that could not be read
KEPT_DAYS: Final = 90
CALLS_SHOWN: Final = 20
_KEY_BYTES: Final = 32
# Compared with when there is no key, so that an answer takes as long.
_NOBODY: Final = hashlib.sha256(b"").hexdigest()


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection's page shows of its service."""

    is_on: bool
    address: str
    host: str  # for systems that let the host alone be changed
    access: ShelfAccess | None
    counts: list[tuple[str, int]]
    calls: list[ShelfCall]


def _hash(plain: str) -> str:
    # A plain hash will do: keys are 256 random bits, so there is nothing to guess.
    return hashlib.sha256(plain.encode()).hexdigest()


def service_address(connection: Connection) -> str:
    """Return the address of a connection's service."""
    return f"{settings.BASE_URL}/pull/{connection.pk}/{PATH}"


@transaction.atomic
def make_key(actor: Actor, connection: Connection) -> str:
    """Make a connection's key and return it; it is never seen again, and the one before stops working at once.

    Raises:
        Forbidden: the actor is no administrator.
        Connection.DoesNotExist: another company's, or no pull service.
    """
    if connection.company_id != actor.company.pk or connection.vendor != VENDOR:
        raise Connection.DoesNotExist
    require(actor, Role.ADMIN)
    plain = secrets.token_urlsafe(_KEY_BYTES)
    ShelfAccess.objects.update_or_create(
        connection=connection,
        defaults={
            "company": actor.company,
            "key_hash": _hash(plain),
            "hint": vault.hint(plain),
            "made_at": timezone.now(),
            "made_by": actor.user,
        },
    )
    # The page must not go on saying that there is none; the test tells the rest.
    Connection.objects.filter(pk=connection.pk, problem_code="PULL_KEY_MISSING").update(
        problem_code="", problem_params={}
    )
    audit.record(actor, "pull.key_made", connection.name, link_of(connection))
    return plain


def open_with(connection_id: int | None, key: str) -> Connection | None:
    """Return the connection that a key opens, or None: no such connection, another key, or deactivated.

    Under the address that names no connection the key itself tells which it is.
    """
    asked = {"key_hash": _hash(key)} if connection_id is None else {"connection_id": connection_id}
    access = ShelfAccess.objects.select_related("connection__company").filter(**asked).first()
    is_right = hmac.compare_digest(access.key_hash if access else _NOBODY, _hash(key))
    if access is None or not key or not is_right:
        return None
    connection = access.connection
    return None if connection.state == ConnectionState.INACTIVE else connection


def count_call(connection_id: int | None, operation: str, outcome: str, ip: str | None) -> None:
    """Count a call; those of no connection, or of one that does not exist, are not counted."""
    if connection_id is None:
        return
    now = timezone.now()
    of_today = ShelfCall.objects.filter(
        connection_id=connection_id, day=now.date(), operation=operation[:60], outcome=outcome[:40]
    )
    changes = {"count": F("count") + 1, "last_at": now, "last_ip": ip}
    if of_today.update(**changes):
        return
    connection = Connection.objects.filter(pk=connection_id, vendor=VENDOR).first()
    if connection is None:
        return
    try:
        with transaction.atomic():
            ShelfCall.objects.create(
                company_id=connection.company_id,
                connection=connection,
                day=now.date(),
                operation=operation[:60],
                outcome=outcome[:40],
                count=1,
                last_at=now,
                last_ip=ip,
            )
            ShelfCall.objects.filter(connection=connection, day__lt=now.date() - dt.timedelta(days=KEPT_DAYS)).delete()
    except IntegrityError:  # another call of this kind was the first of the day
        of_today.update(**changes)


def used_today(connection: Connection) -> int:
    """Return how many calls were made with the key today, in UTC as the quota counts; a stranger's use up nothing."""
    found = ShelfCall.objects.filter(connection=connection, day=timezone.now().date())
    found = found.exclude(outcome=AUTHENTICATION).exclude(operation=UNREAD)
    return int(found.aggregate(total=Sum("count"))["total"] or 0)


def overview(connection: Connection) -> Overview:
    """Return what the connection's page shows: address, key, what lies there by status, and the last calls."""
    statuses = read_statuses({name: str(value) for name, value in connection.settings.items()})
    rows = ShelfDocument.objects.filter(connection=connection, kind__in=INVOICES)
    counted = rows.values("state", "status").annotate(count=Count("pk")).order_by("state", "status")
    counts = {
        status_of(ShelfDocument(state=each["state"], status=each["status"]), statuses): each["count"]
        for each in counted
    }
    names = dict.fromkeys((*statuses.all, *counts))
    return Overview(
        is_on=settings.PULL_SERVICE,
        address=service_address(connection),
        host=settings.BASE_URL,
        access=ShelfAccess.objects.select_related("made_by").filter(connection=connection).first(),
        counts=[(name, counts.get(name, 0)) for name in names],
        calls=list(ShelfCall.objects.filter(connection=connection).order_by("-last_at")[:CALLS_SHOWN]),
    )
