"""What people are told when an import of summaries has ended (U68)."""

from collections.abc import Iterable
from typing import Any

from tilisilta.services.notices import notify
from tilisilta.services.summaries import texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.summaries.counts import system_name
from tilisilta.services.summaries.plan import read_plan
from tilisilta.services.summaries.settings import link_of
from tilisilta.store.models import Job, JobItem, JobState, NoticeLevel, PracticeIntegration, Role

_SUMMED = ("new", "late", "moved", "gone", "tasks", "differences")
_ENDED = {
    JobState.FAILED: ("SUMMARIES_FAILED", NoticeLevel.ERROR),
    JobState.CANCELLED: ("SUMMARIES_CANCELLED", NoticeLevel.WARNING),
    JobState.DONE_WITH_PROBLEMS: ("SUMMARIES_DONE_WITH_PROBLEMS", NoticeLevel.WARNING),
}


def job_ended(job: Job) -> None:
    """Keep with an ended job what its items found, and tell whoever asked for it; of a night's, those who lead.

    Runs in the transaction that ends the job.
    """
    plan = read_plan(job.params)
    results = JobItem.objects.filter(job=job).values_list("result", flat=True)
    job.result = _summed(results)
    job.save(update_fields=["result"])
    integration = PracticeIntegration.objects.filter(pk=plan.integration_id).first()
    if integration is None:
        return
    code, level = _ENDED.get(JobState(job.state), ("SUMMARIES_DONE", NoticeLevel.SUCCESS))
    leaders = [Role.OWNER, Role.ADMIN]
    by_person = job.requested_by is not None
    system = system_name(integration.vendor)
    notify(
        job.company,
        code,
        level=level,
        link=link_of(integration),
        roles=None if by_person else leaders,
        users=[job.requested_by] if job.requested_by is not None else None,
        clients=job.done,
        failed=job.failed,
        system=system,
        months=plan.words,
        new=job.result["new"],
        late=job.result["late"],
        tasks=job.result["tasks"],
    )
    if job.result["differences"]:
        notify(
            job.company,
            "SUMMARY_DIFFERENCES",
            level=NoticeLevel.WARNING,
            link=link_of(integration),
            roles=leaders,
            count=job.result["differences"],
            system=system,
        )


def _summed(results: Iterable[dict[str, Any]]) -> dict[str, int]:
    found = dict.fromkeys(_SUMMED, 0)
    for result in results:
        for name in _SUMMED:
            found[name] += int(result.get(name, 0))
    return found
