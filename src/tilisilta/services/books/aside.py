"""Imports that nobody decides about: put aside after 30 days, their keys erased."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from tilisilta.engine import jobs
from tilisilta.services import audit
from tilisilta.services.access import system_actor
from tilisilta.services.books import imports
from tilisilta.services.notices import notify
from tilisilta.store.models import ClientImport, ImportState, NoticeLevel

KEPT_FOR: Final = dt.timedelta(days=30)
_AT_ONCE: Final = 50


def put_aside_old() -> int:
    """Cancel imports that nobody has confirmed for 30 days, and erase their keys; part of the workers' look round.

    Returns how many were put aside; who had asked for them is told.
    """
    since = timezone.now() - KEPT_FOR
    old = ClientImport.objects.filter(state=ImportState.READY, ready_at__lt=since)
    count = 0
    for each in old.select_related("company", "integration", "requested_by").order_by("pk")[:_AT_ONCE]:
        with transaction.atomic():
            ready = ClientImport.objects.filter(pk=each.pk, state=ImportState.READY)
            if not ready.update(state=ImportState.CANCELLED, problem_code="IMPORT_PUT_ASIDE"):
                continue  # somebody has decided at this moment
            imports.erase_secrets(each)
            actor = system_actor(each.company)
            audit.record(
                actor, "client_import.cancelled", imports.source_name(each), imports.link_of(each), days=KEPT_FOR.days
            )
            if each.requested_by is not None:
                notify(
                    each.company,
                    "CLIENT_IMPORT_CANCELLED",
                    level=NoticeLevel.WARNING,
                    link=imports.link_of(each),
                    users=[each.requested_by],
                    source=imports.source_name(each),
                )
            count += 1
    _end_stuck(since)
    return count


def _end_stuck(since: dt.datetime) -> None:
    """End imports that no worker has ended for as long: they hold a session and keys as well."""
    stuck = ClientImport.objects.filter(state=ImportState.RUNNING, requested_at__lt=since).exclude(job=None)
    for each in stuck.select_related("job")[:_AT_ONCE]:
        if each.job is not None:
            jobs.cancel(each.job, None)
