"""Months that a client is owed: asked for by an import that failed for it, or due while no worker ran.

They have their task as soon as the client can be counted, also when it never had one before. Without this a client
whose first import failed would have the work of that month in a summary that nobody bills.
"""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.utils import timezone

from tilisilta.services.practice.settings import last_day
from tilisilta.services.summaries.plan import Plan, Tasks, read_plan
from tilisilta.store.models import Job, JobItem, JobItemState, JobKind

_LEFT = (JobItemState.FAILED, JobItemState.SKIPPED)


def owed_months(job: Job, plan: Plan, connected: Mapping[int, dt.datetime]) -> dict[int, list[str]]:
    """Return the first days (ISO) of the months that earlier imports owe each client, in order.

    Those that were counted since are among them too; whoever makes tasks leaves them out. `connected` are the clients
    with when each was connected: months that ended before are not owed because no worker ran.
    """
    if plan.tasks is not Tasks.MADE:
        return {client: [] for client in connected}
    zone = ZoneInfo(job.company.time_zone)
    found = {
        client: {month for month in plan.skipped if since.astimezone(zone).date() <= last_day(month)}
        for client, since in connected.items()
    }
    # As far back as the look-back of this import can reach, and a month more for imports that come late.
    days = (timezone.localdate(timezone=zone) - plan.first).days + 31
    earlier = Job.objects.filter(
        company=job.company,
        kind=JobKind.SUMMARY_MONTH,
        requested_at__gte=timezone.now() - dt.timedelta(days=days),
        params__integration_id=plan.integration_id,
    ).exclude(pk=job.pk)
    months = {pk: read_plan(params).months for pk, params in earlier.values_list("pk", "params")}
    left = JobItem.objects.filter(job__in=list(months), state__in=_LEFT, subject_id__isnull=False)
    for job_id, client in left.values_list("job_id", "subject_id"):
        if client in found:
            found[client].update(months[job_id])
    return {client: [month.isoformat() for month in sorted(each)] for client, each in found.items()}
