"""Background jobs: asked for once, taken under a lease, done item by item, taken over from a worker that died.

What a kind of job does is a `Doer`, put into `DOERS` at start-up. Items are done at least once; what they change in
the store is changed once, because it is committed together with the item's end under the lease's fence.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from tilisilta.core.errors import Cancelled, TilisiltaError
from tilisilta.engine.log import evidence_json, storable
from tilisilta.store.models import Company, Job, JobItem, JobItemState, JobKind, JobState

log = structlog.get_logger(__name__)

ENDED: Final = (JobState.DONE, JobState.DONE_WITH_PROBLEMS, JobState.FAILED, JobState.CANCELLED)
LEASE_S: Final[float] = settings.LEASE_S
MOST_ATTEMPTS: Final = 6
# A queued job that nobody took for this long is announced again.
FORGOTTEN_AFTER: Final = dt.timedelta(seconds=1.5 * settings.ROUND_S)
_AT_ONCE: Final = 200


class ItemPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One item to be done; `due_at` keeps it until then."""

    subject_id: int | None = None
    params: dict[str, Any] = {}
    due_at: dt.datetime | None = None


class ItemWork(msgspec.Struct, frozen=True, kw_only=True):
    """One item in the hands of a worker."""

    job_id: int
    company_id: int
    item_id: int
    subject_id: int | None
    params: dict[str, Any]
    attempt: int


Commit = Callable[[], dict[str, Any] | None]


class Doer(Protocol):
    """What one kind of job does."""

    @property
    def at_once(self) -> int:
        """How many items are done at the same time."""
        ...

    def prepare(self, job: Job, /) -> Sequence[ItemPlan]:
        """Return the items, in a transaction. Raises: TilisiltaError, which fails the job."""
        ...

    async def do(self, work: ItemWork, /) -> Commit:
        """Do what must be asked elsewhere, and return what stores it.

        The returned function runs in a transaction together with the item's end; what it returns is kept as the item's
        result. It may add items (`add_items`).

        Raises:
            Retry: the item is tried again later.
            TilisiltaError: the item has failed; the others go on.
        """
        ...

    def finish(self, job: Job, /) -> None:
        """Look at the ended job (also failed or cancelled), in the transaction that ends it; tell people."""
        ...


DOERS: Final[dict[str, Doer]] = {}


# --- asked for ------------------------------------------------------------------------------------------------


def request_job(
    company: Company,
    kind: JobKind,
    key: str,
    *,
    params: dict[str, Any] | None = None,
    user_id: int | None = None,
    is_automatic: bool = False,
) -> tuple[Job, bool]:
    """Return the job of this key that has not ended, and whether it is new. Two who ask at once get the same."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    company=company,
                    kind=kind,
                    key=key,
                    params=params or {},
                    requested_by_id=user_id,
                    is_automatic=is_automatic,
                )
        except IntegrityError:
            return Job.objects.filter(company=company, key=key).exclude(state__in=ENDED).latest("pk"), False
        announce(job.pk)
    return job, True


def announce(job_id: int) -> None:
    """Hand a job to the workers. Losing this call only costs time: the next look round makes it again."""
    Job.objects.filter(pk=job_id).update(
        state=JobState.QUEUED, resume_at=None, announcements=F("announcements") + 1, announced_at=timezone.now()
    )
    number = Job.objects.values_list("announcements", flat=True).get(pk=job_id)
    transaction.on_commit(lambda: _tell(job_id, number))


def _tell(job_id: int, number: int) -> None:
    # The durable engine is 35 MB and a second to load; commands that ask for no job do without it.
    from tilisilta.engine.durable import JOBS_QUEUE, client  # noqa: PLC0415

    try:
        client().enqueue(
            {"queue_name": JOBS_QUEUE, "workflow_name": "job", "workflow_id": f"job-{job_id}-{number}"}, job_id, number
        )
    except Exception as error:  # noqa: BLE001  no engine's database, as for a command on a machine without workers
        log.warning("job not announced, workers will find it", job_id=job_id, error=_line(error))


def _line(error: Exception) -> str:
    """Return an error as one line, without what the database's driver writes below it."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]


def cancel(job: Job, user_id: int | None) -> None:
    """Ask a job to stop: what is in the air lands first; one that nobody works on ends at once."""
    now = timezone.now()
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, cancel_requested_at=None).exclude(state__in=ENDED).update(
            cancel_requested_at=now, cancelled_by_id=user_id
        )
        idle = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.WAITING])
        if idle.update(fence=F("fence") + 1):
            _end(job.pk)
    job.refresh_from_db()


# --- the lease ------------------------------------------------------------------------------------------------


def take(job_id: int, number: int) -> int:
    """Return the fence of the lease; 0 when the job has ended, is held by another worker, or was announced again."""
    now = timezone.now()
    with transaction.atomic():
        free = Q(lease_until=None) | Q(lease_until__lt=now) | ~Q(state=JobState.RUNNING)
        taken = Job.objects.filter(free, pk=job_id, announcements=number).exclude(state__in=ENDED)
        if not taken.update(
            state=JobState.RUNNING, fence=F("fence") + 1, lease_until=now + dt.timedelta(seconds=LEASE_S)
        ):
            return 0
        Job.objects.filter(pk=job_id, started_at=None).update(started_at=now)
        return int(Job.objects.values_list("fence", flat=True).get(pk=job_id))


def hold(job_id: int, fence: int) -> None:
    """Renew the lease inside the caller's transaction.

    Raises:
        Cancelled: the lease went to another worker, or the job was ended.
    """
    until = timezone.now() + dt.timedelta(seconds=LEASE_S)
    held = Job.objects.filter(pk=job_id, fence=fence, state=JobState.RUNNING)
    if not held.update(lease_until=until):
        raise Cancelled("LEASE_LOST", job=job_id)


# --- items ----------------------------------------------------------------------------------------------------


def prepare(job_id: int, fence: int) -> None:
    """Make the items of a job that has none yet.

    Raises:
        Cancelled: LEASE_LOST.
        TilisiltaError: as the doer's `prepare`.
    """
    with transaction.atomic():
        hold(job_id, fence)
        job = Job.objects.select_related("company").get(pk=job_id)
        if job.is_prepared:
            return
        add_items(job_id, DOERS[job.kind].prepare(job))
        Job.objects.filter(pk=job_id).update(is_prepared=True)


def add_items(job_id: int, plans: Sequence[ItemPlan]) -> None:
    """Add items behind those that are there; inside the caller's transaction, which holds the lease."""
    last = JobItem.objects.filter(job_id=job_id).aggregate(last=Max("position"))["last"] or 0
    JobItem.objects.bulk_create(
        [
            JobItem(
                job_id=job_id,
                position=last + 1 + index,
                subject_id=plan.subject_id,
                params=plan.params,
                due_at=plan.due_at,
            )
            for index, plan in enumerate(plans)
        ],
        batch_size=500,
    )
    Job.objects.filter(pk=job_id).update(total=F("total") + len(plans))


def next_items(job_id: int, fence: int, most: int) -> list[ItemWork]:
    """Return items that are due now, at most `most`; none when the job is to be cancelled.

    Raises:
        Cancelled: LEASE_LOST.
    """
    with transaction.atomic():
        hold(job_id, fence)
        job = Job.objects.get(pk=job_id)
        if job.cancel_requested_at is not None:
            return []
        due = Q(due_at=None) | Q(due_at__lte=timezone.now())
        rows = job.items.filter(due, state=JobItemState.WAITING).order_by("position")[:most]
        return [
            ItemWork(
                job_id=job_id,
                company_id=job.company_id,
                item_id=row.pk,
                subject_id=row.subject_id,
                params=row.params,
                attempt=row.attempt,
            )
            for row in rows
        ]


def end_item(work: ItemWork, fence: int, commit: Commit) -> None:
    """Store what an item found, and that it is done.

    Raises:
        Cancelled: LEASE_LOST; nothing is stored then.
    """
    with transaction.atomic():
        hold(work.job_id, fence)
        ended = _waiting(work).update(state=JobItemState.DONE, ended_at=timezone.now())
        if not ended:
            return
        if found := commit():
            JobItem.objects.filter(pk=work.item_id).update(result=found)
        Job.objects.filter(pk=work.job_id).update(done=F("done") + 1)


def fail_item(work: ItemWork, fence: int, error: TilisiltaError, *, after_s: float | None) -> None:
    """Store that an item failed; with `after_s` it is tried again so many seconds later, unless that was often enough.

    Raises:
        Cancelled: LEASE_LOST.
    """
    told = {
        "problem_code": error.code,
        "problem_params": storable(error.params),
        "evidence": evidence_json(error.evidence),
        "attempt": work.attempt + 1,
    }
    with transaction.atomic():
        hold(work.job_id, fence)
        if after_s is not None and work.attempt + 1 < MOST_ATTEMPTS:
            _waiting(work).update(due_at=timezone.now() + dt.timedelta(seconds=after_s), **told)
        elif _waiting(work).update(state=JobItemState.FAILED, ended_at=timezone.now(), **told):
            Job.objects.filter(pk=work.job_id).update(failed=F("failed") + 1)


def _waiting(work: ItemWork) -> Any:
    return JobItem.objects.filter(pk=work.item_id, state=JobItemState.WAITING)


# --- the end --------------------------------------------------------------------------------------------------


def end_or_pause(job_id: int, fence: int) -> bool:
    """End a job that has nothing left or is to be cancelled, or put it aside until its next item; return True then.

    False when there is more to do now.

    Raises:
        Cancelled: LEASE_LOST.
    """
    with transaction.atomic():
        hold(job_id, fence)
        job = Job.objects.get(pk=job_id)
        left = job.items.filter(state=JobItemState.WAITING)
        if job.cancel_requested_at is None and left.exists():
            if left.filter(Q(due_at=None) | Q(due_at__lte=timezone.now())).exists():
                return False
            first = left.order_by("due_at").values_list("due_at", flat=True)[0]
            Job.objects.filter(pk=job_id).update(state=JobState.WAITING, resume_at=first, lease_until=None)
            return True
        _end(job_id)
        return True


def fail(job_id: int, fence: int, error: TilisiltaError) -> None:
    """End a job that could not go on; nothing happens when it is another worker's by now."""
    with transaction.atomic():
        try:
            hold(job_id, fence)
        except Cancelled:
            return
        Job.objects.filter(pk=job_id).update(
            problem_code=error.code, problem_params=storable(error.params), evidence=evidence_json(error.evidence)
        )
        _end(job_id)


def _end(job_id: int) -> None:
    job = Job.objects.select_related("company", "requested_by").get(pk=job_id)
    is_left = not job.is_prepared or job.items.filter(state=JobItemState.WAITING).exists()
    if job.problem_code:
        state = JobState.FAILED
    elif job.cancel_requested_at is not None and is_left:
        state = JobState.CANCELLED
    else:
        state = JobState.DONE_WITH_PROBLEMS if job.failed else JobState.DONE
    job.items.filter(state=JobItemState.WAITING).update(state=JobItemState.SKIPPED, ended_at=timezone.now())
    job.state, job.finished_at, job.lease_until, job.resume_at = state, timezone.now(), None, None
    job.save(update_fields=["state", "finished_at", "lease_until", "resume_at"])
    DOERS[job.kind].finish(job)


# --- looked after ---------------------------------------------------------------------------------------------


def look_after_jobs() -> int:
    """Announce jobs whose pause is over, whose worker died, or that nobody took; part of the workers' look round."""
    now = timezone.now()
    waiting = Q(state=JobState.WAITING, resume_at__lte=now)
    lapsed = Q(state=JobState.RUNNING, lease_until__lt=now)
    forgotten = Q(state=JobState.QUEUED, announced_at__lt=now - FORGOTTEN_AFTER)
    found = Job.objects.filter(waiting | lapsed | forgotten).order_by("requested_at")
    count = 0
    for pk, number in list(found.values_list("pk", "announcements")[:_AT_ONCE]):
        with transaction.atomic():
            # Taken by a conditional update, so that of several workers one announces it.
            if Job.objects.filter(waiting | lapsed | forgotten, pk=pk, announcements=number).update(
                announcements=F("announcements")
            ):
                announce(pk)
                count += 1
    return count
