"""The background job that asks the bureau's books what is paid."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tilisilta.core.errors import Misconfigured
from tilisilta.engine.database import in_store
from tilisilta.engine.jobs import Commit, ItemPlan, ItemWork
from tilisilta.services.billing import status
from tilisilta.services.billing.settings import books_of
from tilisilta.services.notices import notify
from tilisilta.store.models import Company, Integration, Job, JobState, NoticeLevel, Role

_AT_A_TIME: Final = 100  # invoices of one question


class StatusDoer:
    """Asks in parts, so that one part that fails leaves the others as they were told."""

    at_once = 2

    def prepare(self, job: Job) -> Sequence[ItemPlan]:
        """Return the parts. Raises: Misconfigured: BOOKS_NOT_CHOSEN."""
        asked = status.to_ask(_books(job.company))
        by_kind: dict[str, list[status.Asked]] = defaultdict(list)
        for each in asked:
            by_kind[each.kind].append(each)
        return [
            ItemPlan(params={"asked": msgspec.to_builtins(found[start : start + _AT_A_TIME])})
            for found in by_kind.values()
            for start in range(0, len(found), _AT_A_TIME)
        ]

    async def do(self, work: ItemWork) -> Commit:
        """Ask the books about one part."""
        asked = msgspec.convert(work.params["asked"], list[status.Asked])
        integration = await in_store(lambda: _books(Company.objects.get(pk=work.company_id)))
        found = await status.read(integration.target, asked[0].kind, [each.target_id for each in asked])
        return lambda: status.keep(asked, found)

    def finish(self, job: Job) -> None:
        """Tell who asked; of what runs by itself, tell only what failed."""
        integration = books_of(job.company)
        told: dict[str, Any] = {"target": integration.target.name if integration else "–"}
        link = f"/c/{job.company_id}/billing/"
        users = [job.requested_by] if job.requested_by is not None else None
        roles = None if users else [Role.OWNER.value, Role.ADMIN.value]
        if job.state == JobState.DONE:
            if users:
                sums: dict[str, int] = defaultdict(int)
                for result in job.items.values_list("result", flat=True):
                    for name, count in result.items():
                        sums[name] += count
                told |= {name: sums[name] for name in ("asked", "paid", "overdue", "gone")}
                notify(job.company, "BILLING_STATUS_DONE", level=NoticeLevel.SUCCESS, link=link, users=users, **told)
            return
        if job.state == JobState.CANCELLED:
            return
        failed = job.items.exclude(problem_code="").order_by("-pk").first()
        code, params = (
            (failed.problem_code, failed.problem_params) if failed else (job.problem_code, job.problem_params)
        )
        told["reason"] = status.reason_of(code, params)
        notify(
            job.company, "BILLING_STATUS_FAILED", level=NoticeLevel.WARNING, link=link, users=users, roles=roles, **told
        )


def _books(company: Company) -> Integration:
    integration = books_of(company)
    if integration is None:
        raise Misconfigured("BOOKS_NOT_CHOSEN")
    return integration
