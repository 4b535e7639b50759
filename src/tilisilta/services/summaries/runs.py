"""Imports of summaries asked for: by the night's schedule; by people for a month, a period or the last year."""

import asyncio
import datetime as dt
import hashlib
import time
from collections.abc import Collection
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.utils import timezone

from tilisilta.engine import jobs
from tilisilta.engine.rounds import MOST_AT_ONCE
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.clients import get_clients
from tilisilta.services.practice.settings import last_day, month_of, today_of
from tilisilta.services.summaries.calendar import months_of, newest_period, next_import, period_ending
from tilisilta.services.summaries.counts import system_name
from tilisilta.services.summaries.plan import Plan, month_plan, period_plan, read_plan, reload_plan
from tilisilta.services.summaries.settings import MOST_MONTHS, link_of, require_ready
from tilisilta.store.models import (
    ClientConnection,
    Company,
    Job,
    JobKind,
    PracticeIntegration,
    Role,
    SummarySettings,
)

log = structlog.get_logger(__name__)

KINDS = (JobKind.SUMMARY_MONTH, JobKind.SUMMARY_RELOAD, JobKind.SUMMARY_PERIOD)
_LONGEST_PAUSE_S = 60.0
_MOST_CATCHING_UP = 1000  # of a schedule that nobody followed for that many periods


def request_month(
    actor: Actor, integration: PracticeIntegration, month: dt.date | None = None, clients: Collection[int] | None = None
) -> Job:
    """Ask for a month's summaries as the night would; without a month for the newest period.

    Args:
        actor: Who asks; an accountant.
        integration: Whose.
        month: Any day of the period's last month.
        clients: Ids of the clients; None for all that are connected.

    Raises:
        Forbidden: the role is too low.
        ServiceError: SUMMARY_OFF, SUMMARY_INTEGRATION_OFF, PRACTICE_OFF, SUMMARY_NO_CLIENTS, SUMMARY_PERIOD_FUTURE.
    """
    own = _ready(actor, integration)
    today = today_of(actor.company)
    if month is not None and month_of(month) > today:
        raise ServiceError("SUMMARY_PERIOD_FUTURE")
    months = newest_period(own, today) if month is None else period_ending(own, month)
    plan = month_plan(own, months, _clients(integration, clients))
    return _request(actor, integration, JobKind.SUMMARY_MONTH, plan, "summary.month_requested")


def request_reload(actor: Actor, integration: PracticeIntegration, clients: Collection[int] | None = None) -> Job:
    """Ask for the last months anew, each entry in the month of its date; what was counted is overwritten (U54, U65).

    Raises:
        Forbidden, ServiceError: as `request_month`.
    """
    own = _ready(actor, integration)
    plan = reload_plan(own, today_of(actor.company), _clients(integration, clients))
    return _request(actor, integration, JobKind.SUMMARY_RELOAD, plan, "summary.reload_requested")


def request_period(
    actor: Actor,
    integration: PracticeIntegration,
    clients: Collection[int] | None,
    month_from: dt.date,
    month_to: dt.date,
) -> Job:
    """Ask for some months of some clients; a task is made or filled for each month (U66, U67).

    Raises:
        Forbidden, ServiceError: as `request_month`; SUMMARY_PERIOD_REVERSED, SUMMARY_PERIOD_TOO_LONG.
    """
    own = _ready(actor, integration)
    first, last = month_of(month_from), month_of(month_to)
    if last < first:
        raise ServiceError("SUMMARY_PERIOD_REVERSED")
    if (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
        raise ServiceError("SUMMARY_PERIOD_TOO_LONG", limit=MOST_MONTHS)
    if last > today_of(actor.company):
        raise ServiceError("SUMMARY_PERIOD_FUTURE")
    plan = period_plan(own, first, last, _clients(integration, clients))
    return _request(actor, integration, JobKind.SUMMARY_PERIOD, plan, "summary.period_requested")


def _ready(actor: Actor, integration: PracticeIntegration) -> SummarySettings:
    if integration.company_id != actor.company.pk:
        raise PracticeIntegration.DoesNotExist
    require(actor, Role.ACCOUNTANT)
    return require_ready(integration)


def _clients(integration: PracticeIntegration, clients: Collection[int] | None) -> tuple[int, ...] | None:
    """Return which of these clients are connected; None for all.

    Raises:
        Client.DoesNotExist: one of them is another company's.
        ServiceError: SUMMARY_NO_CLIENTS.
    """
    connected = ClientConnection.objects.filter(integration=integration)
    if clients is None:
        found: tuple[int, ...] = tuple(connected.values_list("client_id", flat=True)[:1])
    else:
        get_clients(integration.company, clients)
        found = tuple(sorted(connected.filter(client__in=clients).values_list("client_id", flat=True)))
    if not found:
        raise ServiceError("SUMMARY_NO_CLIENTS", system=system_name(integration.vendor))
    return None if clients is None else found


@transaction.atomic
def _request(actor: Actor, integration: PracticeIntegration, kind: JobKind, plan: Plan, action: str) -> Job:
    user_id = actor.user.pk if actor.user is not None else None
    job, is_new = jobs.request_job(actor.company, kind, _key(kind, plan), params=plan.params(), user_id=user_id)
    if is_new:
        clients = {} if plan.clients is None else {"count": len(plan.clients)}
        name = system_name(integration.vendor)
        audit.record(
            actor, action, name, link_of(integration),
            date_from=plan.first if plan.overwrites else plan.months[0], date_to=last_day(plan.last), **clients,
        )  # fmt: skip
    return job


def _key(kind: JobKind, plan: Plan) -> str:
    """Return the key under which the same request is made once: what it is for, and for whom."""
    whose = "all"
    if plan.clients is not None:
        whose = hashlib.sha256(",".join(map(str, plan.clients)).encode()).hexdigest()[:16]
    return f"{kind.value}|{plan.integration_id}|{plan.months[0]:%Y-%m}|{plan.last:%Y-%m}|{whose}"


def cancel(actor: Actor, job: Job) -> None:
    """Let an import stop: clients that are being asked are finished, the others left as they are.

    Raises:
        Forbidden: the role is too low.
        Job.DoesNotExist: it is another company's, or no import of summaries.
    """
    if job.company_id != actor.company.pk or job.kind not in KINDS:
        raise Job.DoesNotExist
    require(actor, Role.ACCOUNTANT)
    jobs.cancel(job, actor.user.pk if actor.user is not None else None)
    audit.record(actor, "summary.cancelled", str(job.get_kind_display()))


def get_job(company: Company, pk: int) -> Job:
    """Return an import of a company's summaries. Raises: Job.DoesNotExist."""
    return Job.objects.get(company=company, kind__in=KINDS, pk=pk)


def work_off(job: Job) -> None:
    """Do an import in this process until it ends, waiting where clients have their turn later or a vendor is busy."""
    from tilisilta.engine.job_workflow import work_here  # noqa: PLC0415  loads the durable engine

    while job.finished_at is None:
        asyncio.run(work_here(job.pk))
        job.refresh_from_db()
        if job.finished_at is None:
            pause = (job.resume_at - timezone.now()).total_seconds() if job.resume_at is not None else 1.0
            time.sleep(min(max(pause, 0.1), _LONGEST_PAUSE_S))


def integration_of(job: Job) -> PracticeIntegration:
    """Return whose summaries a job imports."""
    return PracticeIntegration.objects.select_related("company").get(
        company=job.company_id, pk=job.params["integration_id"]
    )


def plan_of(job: Job) -> Plan:
    """Return what a job was asked for."""
    return read_plan(job.params)


def jobs_of(integration: PracticeIntegration, limit: int = 5) -> list[Job]:
    """Return the newest imports of an integration's summaries, newest first."""
    found = Job.objects.filter(
        company=integration.company, kind__in=KINDS, params__integration_id=integration.pk
    ).select_related("requested_by")
    return list(found.order_by("-requested_at", "-pk")[:limit])


# --- by the schedule ------------------------------------------------------------------------------------------


def request_due() -> int:
    """Ask for the summaries whose import day has come; part of the workers' look round.

    The next time is set by a conditional update, so that of several workers one asks. Periods that nobody asked for
    while no worker ran are made good by the newest one: its look-back gives them their months and tasks.
    """
    now = timezone.now()
    due = SummarySettings.objects.filter(
        is_on=True, next_due_at__lte=now, integration__is_active=True, integration__company__practice__is_on=True
    ).select_related("integration__company", "topic")
    count = 0
    for own in due.order_by("next_due_at")[:MOST_AT_ONCE]:
        passed, following = _passed(own, now)
        last = passed[-1]
        with transaction.atomic():
            taken = SummarySettings.objects.filter(pk=own.pk, next_due_at=own.next_due_at)
            if not taken.update(next_due_at=following):
                continue
            activated = own.integration.activated_at
            if activated is None or activated <= last:
                skipped = [
                    month
                    for each in passed[:-1]
                    if activated is None or activated <= each
                    for month in months_of(own, each)
                ]
                count += _request_by_schedule(own, months_of(own, last), skipped)
    return count


def _passed(own: SummarySettings, now: dt.datetime) -> tuple[list[dt.datetime], dt.datetime]:
    """Return the moments that have come at which the summaries were due, and the next one after now."""
    passed = [own.next_due_at or now]
    for _each in range(_MOST_CATCHING_UP):
        following = next_import(own, passed[-1])
        if following > now:
            return passed, following
        passed.append(following)
    return passed, next_import(own, now)


def _request_by_schedule(own: SummarySettings, months: list[dt.date], skipped: list[dt.date]) -> int:
    plan = month_plan(own, months)
    plan = msgspec.structs.replace(plan, skipped=tuple(each for each in skipped if each >= plan.first))
    params: dict[str, Any] = plan.params()
    company = own.integration.company
    job, is_new = jobs.request_job(
        company, JobKind.SUMMARY_MONTH, _key(JobKind.SUMMARY_MONTH, plan), params=params, is_automatic=True
    )
    log.info("monthly summaries requested", job_id=job.pk, integration_id=own.integration_id, months=plan.words)
    return int(is_new)
