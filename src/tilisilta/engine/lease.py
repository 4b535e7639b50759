"""The run lease: one run at a time touches an integration, and a lapsed one may be taken by any worker.

The fence grows with every taking. Every transaction of a run first touches the lease with its own fence number, so a
worker that was thought dead and wakes up again changes nothing.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tilisilta.core.errors import Cancelled
from tilisilta.store.models import Integration, Run, RunState

LEASE_S: float = settings.LEASE_S
ENDED = (RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.FAILED, RunState.CANCELLED)


def take_lease(run_id: int, takeover: int) -> int | None:
    """Return the new fence number, or None while another run holds the integration.

    Raises:
        Cancelled: the run has ended, or another worker took it over.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",), no_key=True).select_related("flow").get(pk=run_id)
        if run.state in ENDED or run.takeovers != takeover:
            raise Cancelled("LEASE_LOST", run=run_id)
        now = timezone.now()
        free = Q(lease_run=None) | Q(lease_run=run) | Q(lease_until__lt=now) | Q(lease_run__state__in=ENDED)
        # The rows are locked one by one by the update itself; SQLite holds the whole file.
        ids = list(Integration.objects.filter(free, pk=run.flow.integration_id).values_list("pk", "fence"))
        if not ids:
            return None
        pk, fence = ids[0]
        taken = Integration.objects.filter(pk=pk, fence=fence).update(
            lease_run=run, lease_until=now + dt.timedelta(seconds=LEASE_S), fence=F("fence") + 1
        )
        if not taken:
            return None
        run.fence = fence + 1
        run.heartbeat_at = now
        run.started_at = run.started_at or now
        run.state = RunState.RUNNING
        run.resume_at = None
        run.save(update_fields=["fence", "heartbeat_at", "started_at", "state", "resume_at"])
        return int(run.fence)


def hold_lease(integration_id: int, fence: int) -> None:
    """Renew the lease inside the caller's transaction, which fails when somebody else holds it by now.

    Raises:
        Cancelled: the lease went to another worker.
    """
    until = timezone.now() + dt.timedelta(seconds=LEASE_S)
    if not Integration.objects.filter(pk=integration_id, fence=fence).update(lease_until=until):
        raise Cancelled("LEASE_LOST", integration=integration_id)


def release_lease(integration_id: int, fence: int) -> None:
    """Give the integration free for the next run; nothing happens when somebody else holds it."""
    Integration.objects.filter(pk=integration_id, fence=fence).update(lease_run=None, lease_until=None)
