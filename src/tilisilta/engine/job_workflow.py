"""The durable workflow of a job: slices of items, each slice under the lease, until nothing is left to do now."""

import asyncio
import traceback
from functools import partial

import structlog
from dbos import DBOS
from django.db import transaction

from tilisilta.core.errors import Cancelled, Evidence, Retry, TilisiltaError
from tilisilta.engine import jobs
from tilisilta.engine.database import in_store
from tilisilta.engine.heartbeat import holding
from tilisilta.engine.recovery import Point, reached
from tilisilta.store.models import Job

log = structlog.get_logger(__name__)

MOST_SLICES = 100_000
_SLICE = 4  # items of a slice for each that is done at the same time


def _renew(job_id: int, fence: int) -> None:
    with transaction.atomic():
        jobs.hold(job_id, fence)


def _internal(error: Exception) -> TilisiltaError:
    lines = "".join(traceback.format_exception_only(error))[:500]
    return TilisiltaError("INTERNAL", evidence=Evidence(body=lines), kind=type(error).__name__)


async def _do(doer: jobs.Doer, work: jobs.ItemWork, fence: int) -> None:
    after_s: float | None = None
    try:
        commit = await doer.do(work)
        reached(Point.JOB_ITEM_ASKED)
        await in_store(jobs.end_item, work, fence, commit)
        reached(Point.JOB_ITEM_DONE)
    except Cancelled:
        raise
    except TilisiltaError as error:
        if isinstance(error, Retry):
            after_s = max(1.0, error.after_s)
        await in_store(jobs.fail_item, work, fence, error, after_s=after_s)
    except Exception as error:
        log.exception("item of a job failed", job_id=work.job_id, item_id=work.item_id)
        await in_store(jobs.fail_item, work, fence, _internal(error), after_s=None)


async def _slice(job_id: int, fence: int) -> bool:
    """Do some items; true when the job ended or was put aside."""
    kind = await in_store(lambda: Job.objects.values_list("kind", flat=True).get(pk=job_id))
    doer = jobs.DOERS[kind]
    async with holding(partial(_renew, job_id, fence), job=job_id):
        await in_store(jobs.prepare, job_id, fence)
        works = await in_store(jobs.next_items, job_id, fence, doer.at_once * _SLICE)
        gate = asyncio.Semaphore(doer.at_once)

        async def one(work: jobs.ItemWork) -> None:
            async with gate:
                await _do(doer, work, fence)

        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))
        return await in_store(jobs.end_or_pause, job_id, fence)


def _first(raised: Exception) -> Exception:
    """Return what went wrong first, out of the group that items done at the same time make."""
    while isinstance(raised, ExceptionGroup):
        raised = raised.exceptions[0]
    return raised


async def work_slice(job_id: int, fence: int) -> bool:
    """Do a slice of a job; true when there is nothing more to do for this worker now."""
    try:
        return await _slice(job_id, fence)
    except Exception as raised:
        error = _first(raised)
        if isinstance(error, Cancelled):
            return True
        if not isinstance(error, TilisiltaError):
            log.exception("job failed", job_id=job_id)
            error = _internal(error)
    await in_store(jobs.fail, job_id, fence, error)
    return True


@DBOS.step(name="take job")
async def _take(job_id: int, number: int) -> int:
    return await in_store(jobs.take, job_id, number)


@DBOS.step(name="job slice")
async def _work(job_id: int, fence: int) -> bool:
    return await work_slice(job_id, fence)


@DBOS.workflow(name="job", max_recovery_attempts=1000)
async def job_workflow(job_id: int, number: int) -> None:
    """Do a job to its end, or to where another hour or another worker goes on."""
    fence = await _take(job_id, number)
    if not fence:
        return
    for _ in range(MOST_SLICES):
        if await _work(job_id, fence):
            return


async def work_here(job_id: int) -> None:
    """Do a job in this process until it ends or pauses, without the durable engine: for commands and tests."""
    number = await in_store(lambda: Job.objects.values_list("announcements", flat=True).get(pk=job_id))
    fence = await in_store(jobs.take, job_id, number)
    while fence:
        if await work_slice(job_id, fence):
            return
