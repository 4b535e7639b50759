"""Runs asked for as a person does, and waited for."""

import datetime as dt
import time
from collections.abc import Set as AbstractSet
from typing import Final

from tilisilta.cli.demo.emulated import wait_until
from tilisilta.cli.output import CommandError
from tilisilta.engine.jobs import ENDED as JOBS_ENDED
from tilisilta.engine.lease import ENDED
from tilisilta.services import runs
from tilisilta.services.access import Actor
from tilisilta.store.models import (
    Company,
    Flow,
    FlowKind,
    Integration,
    Job,
    JobItemState,
    JobState,
    Run,
    RunMode,
    RunState,
)

# All that the emulated companies have written so far.
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2026, 10, 31)
_LONGEST_S: Final = 180.0
_WITHOUT_DATES = {FlowKind.PAYMENTS_BACK, FlowKind.PARTIES, FlowKind.ITEMS}


def flow_of(integration: Integration, kind: FlowKind) -> Flow:
    """Return a flow of an integration."""
    return Flow.objects.get(integration=integration, kind=kind)


def do(
    actor: Actor,
    integration: Integration,
    kind: FlowKind,
    mode: RunMode = RunMode.RUN,
    dates: tuple[dt.date | None, dt.date | None] = (FIRST, LAST),
) -> tuple[Run, float]:
    """Run a flow and wait for its end; return the run and how many seconds it took.

    Raises:
        CommandError: it failed, or did not end in time.
    """
    if kind in _WITHOUT_DATES or integration.source.vendor == "files":
        dates = (None, None)
    began = time.monotonic()
    run = runs.request_run(actor, flow_of(integration, kind), mode, *dates)
    wait(run)
    if run.state == RunState.FAILED:
        raise CommandError(f"The run of {kind} failed: {run.problem_code} {run.problem_params} {run.evidence}")
    return run, time.monotonic() - began


def wait(run: Run) -> None:
    """Wait until a run has ended."""

    def has_ended() -> bool:
        run.refresh_from_db()
        return run.state in ENDED

    wait_until(has_ended, _LONGEST_S, f"The run of {run.flow.kind}")


def wait_for_job(job: Job, *, known: AbstractSet[str] = frozenset()) -> Job:
    """Wait until a background job has ended, and return it.

    Raises:
        CommandError: it failed or did not end in time, or one of its items failed with a code that is not `known`.
    """

    def has_ended() -> bool:
        job.refresh_from_db()
        return job.state in JOBS_ENDED

    wait_until(has_ended, _LONGEST_S, f"The job {job.kind}")
    failed = job.items.filter(state=JobItemState.FAILED).exclude(problem_code__in=known)
    told = list(failed.values_list("problem_code", "problem_params", "evidence")[:3])
    if told or job.state not in {JobState.DONE, JobState.DONE_WITH_PROBLEMS}:
        raise CommandError(f"The job {job.kind} is {job.state}: {job.problem_code} {job.problem_params} {told}")
    return job


def wait_for_all(company: Company) -> None:
    """Wait until nothing of a company waits or runs."""
    wait_until(
        lambda: not Run.objects.filter(company=company).exclude(state__in=ENDED).exists(),
        _LONGEST_S,
        f"The work of {company.name}",
    )
