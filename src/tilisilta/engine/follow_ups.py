"""What follows an arrival: steps that complete the record, its files, and the status written back to the source.

A follow-up is stored in the transaction that says the document arrived. Those of one document are done one after
another; what fails for good is listed among the problems. An attempt is stored before its request leaves, so that
whoever takes over after a crash knows that it may have been done: a step looks for itself, a status is written again,
a file is not sent again, unless the target looks for it first: most would keep it twice, and the log names it then.
"""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from tilisilta.core.documents import AttachmentRef, AttachmentRole, DocumentKind, Invoice
from tilisilta.core.errors import (
    BudgetSpent,
    Evidence,
    Misconfigured,
    Refused,
    Retry,
    TilisiltaError,
    Unknown,
    Unsupported,
)
from tilisilta.core.mapping.draft import InvoiceDraft
from tilisilta.core.problems import Problem
from tilisilta.engine.bulk import BulkInsert, moment
from tilisilta.engine.context import RunContext, at_source
from tilisilta.engine.database import in_store
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, storable, write_events, write_problems
from tilisilta.engine.lookups import load_bindings
from tilisilta.engine.outcomes import Outcome
from tilisilta.engine.postings import load_postings
from tilisilta.engine.recovery import Point, reached
from tilisilta.engine.reload import load_works
from tilisilta.engine.stage import map_work
from tilisilta.engine.unfinished import release_payments
from tilisilta.engine.work import Work
from tilisilta.kit.gather import gather
from tilisilta.kit.manifest import Ability
from tilisilta.ports import AttachmentGiver, AttachmentTaker, FilesTaker, StatusWriter
from tilisilta.ports.register import InvoiceLogger
from tilisilta.ports.steps import StepTaker
from tilisilta.store.models import BindingOrigin, Delivery, DeliveryState, FollowUp, FollowUpKind, FollowUpState

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
AT_ONCE = 50

_insert = BulkInsert(
    FollowUp,
    *("company_id", "flow_id", "delivery_id", "kind", "subject", "name", "media_type", "created_at"),
    fixed={"state": "waiting", "attempt": 0, "problem_code": "", "problem_params": "{}"},
)


def wanted_files(ctx: RunContext, document: object) -> tuple[AttachmentRef, ...]:
    """Return the files of a document that the integration carries: all, the picture alone, or none."""
    choice = str(ctx.integration_settings.get("attachments") or "all")
    if not isinstance(document, Invoice) or choice == "none":
        return ()
    if choice == "all":
        return document.attachments
    pictures = tuple(each for each in document.attachments if each.role is AttachmentRole.IMAGE)
    # Peppol has no word for the invoice's own picture; there the first PDF is it.
    return pictures or tuple(each for each in document.attachments if each.media_type == "application/pdf")[:1]


def left_files(ctx: RunContext, document: object) -> tuple[AttachmentRef, ...]:
    """Return the files of an invoice that stay behind, because the integration carries its picture alone or none."""
    if not isinstance(document, Invoice):
        return ()
    wanted = wanted_files(ctx, document)
    return tuple(each for each in document.attachments if each not in wanted)


def _written_status(ctx: RunContext) -> tuple[str, frozenset[DeliveryState]]:
    """Return the status that the source is to show after the transfer, and the delivery states that bring it about."""
    if not isinstance(ctx.source, StatusWriter):
        return "", frozenset()
    status = str(ctx.integration_settings.get("written_status") or "")
    if ctx.integration_settings.get("status_after") == "confirmed":
        return status, frozenset({DeliveryState.CONFIRMED})
    return status, frozenset({DeliveryState.CONFIRMED, DeliveryState.SENT})


def plan_status(ctx: RunContext, moved: Sequence[tuple[Delivery, DeliveryState]]) -> None:
    """Store that the status of what the target confirmed is to be written, inside the caller's transaction."""
    status, moves_at = _written_status(ctx)
    now = moment(timezone.now())
    rows = [
        (ctx.company_id, row.flow_id, row.pk, FollowUpKind.STATUS.value, status[:200], ctx.written_status_name, "", now)
        for row, state in moved
        if status and row.flow_id == ctx.flow_id and state in moves_at
    ]
    _insert(rows, ignore_conflicts=True)


def write_status_again(ctx: RunContext, source_ids: Sequence[str]) -> None:
    """Have the status written once more for what the source still shows as waiting. Runs in a store thread."""
    FollowUp.objects.filter(
        flow_id=ctx.flow_id,
        kind=FollowUpKind.STATUS,
        state__in=[FollowUpState.DONE, FollowUpState.FAILED],
        delivery__source_id__in=list(source_ids),
    ).update(state=FollowUpState.WAITING, attempt=0, due_at=None, problem_code="", problem_params={})


def plan(ctx: RunContext, outcomes: Sequence[Outcome]) -> None:
    """Store what is to be done for documents that arrived, inside the caller's transaction."""
    takes_files = (
        isinstance(ctx.target, AttachmentTaker)
        and not isinstance(ctx.target, FilesTaker)
        and isinstance(ctx.source, AttachmentGiver)
    )
    status, moves_at = _written_status(ctx)
    steps = ctx.target if isinstance(ctx.target, StepTaker) else None
    if not (takes_files or status or steps):
        return
    now = moment(timezone.now())
    rows = []
    left: list[EventLine] = []
    for outcome in outcomes:
        work = outcome.work
        own = (ctx.company_id, ctx.flow_id, work.delivery_id)
        ours = outcome.origin is BindingOrigin.SENT and outcome.sent is not None
        if steps is not None and (ours or _completes_found(ctx, outcome)) and work.draft is not None:
            rows += [(*own, FollowUpKind.STEP.value, each, "", "", now) for each in steps.steps_after(work.draft)]
        if takes_files and ours:
            rows += [
                (*own, FollowUpKind.FILE.value, each.source_id[:200], each.name[:255], each.media_type[:100], now)
                for each in wanted_files(ctx, work.document)
            ]
            if names := ", ".join(each.name for each in left_files(ctx, work.document)):
                left.append(EventLine(work.delivery_id, "files_left", params={"names": names[:500]}))
        if status and work.kind in ctx.kinds and outcome.state in moves_at:
            rows.append((*own, FollowUpKind.STATUS.value, status[:200], ctx.written_status_name, "", now))
    _insert(rows, ignore_conflicts=True)
    write_events(ctx.company_id, ctx.run_id, left)


def _completes_found(ctx: RunContext, outcome: Outcome) -> bool:
    """Return whether an invoice that somebody else entered at the target is completed too.

    Each step reads the record first: what was done there by hand is left as it is, and what differs is told.
    """
    is_tied = outcome.sent is not None and outcome.state in _TIED
    return ctx.settings.completes and is_tied and isinstance(outcome.work.document, Invoice)


_TIED = frozenset({DeliveryState.SENT, DeliveryState.CONFIRMED})


@dataclass(slots=True)
class _Result:
    """What became of one follow-up."""

    row: FollowUp
    state: FollowUpState
    code: str
    level: str = "info"
    error: TilisiltaError | None = None
    due_in_s: float = 0.0


def _due(ctx: RunContext) -> list[FollowUp]:
    now = timezone.now()
    step_before = FollowUp.objects.filter(
        Q(state=FollowUpState.FAILED) | Q(state=FollowUpState.WAITING, due_at__gt=now),
        delivery_id=OuterRef("delivery_id"),
        kind=FollowUpKind.STEP,
        pk__lt=OuterRef("pk"),
    )
    rows = FollowUp.objects.filter(
        ~Exists(step_before),
        Q(due_at=None) | Q(due_at__lte=now),
        flow_id=ctx.flow_id,
        state=FollowUpState.WAITING,
    )
    return list(rows.select_related("delivery").order_by("pk")[:AT_ONCE])


def _mark(ctx: RunContext, rows: Sequence[FollowUp]) -> None:
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        FollowUp.objects.filter(pk__in=[row.pk for row in rows]).update(
            attempt=F("attempt") + 1, problem_code="", problem_params={}
        )


def _store(ctx: RunContext, rows: Sequence[FollowUp], results: Sequence[_Result]) -> None:
    now = timezone.now()
    tried = {each.row.pk for each in results}
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        for row in rows:
            if row.pk not in tried:  # a step before it did not come through
                FollowUp.objects.filter(pk=row.pk).update(attempt=row.attempt, problem_code=row.problem_code)
        for each in results:
            FollowUp.objects.filter(pk=each.row.pk).update(
                state=each.state,
                problem_code=each.error.code if each.error else "",
                problem_params=storable(each.error.params) if each.error else {},
                due_at=now + dt.timedelta(seconds=each.due_in_s) if each.due_in_s else None,
                done_at=now if each.state == FollowUpState.DONE else None,
                # Whoever tries again must not take this attempt for an interrupted one.
                attempt=each.row.attempt if isinstance(each.error, BudgetSpent | Misconfigured) else F("attempt"),
            )
        done = [each.row for each in results if each.state == FollowUpState.DONE]
        release_payments(ctx.integration_id, done, ctx.run_id)
        write_events(ctx.company_id, ctx.run_id, [_line(each) for each in results])
        write_problems(ctx.company_id, ctx.integration_id, _problems(results))


def _problems(results: Sequence[_Result]) -> list[tuple[int, tuple[Problem, ...], Evidence | None]]:
    """Return what failed for good, by delivery."""
    found: dict[int, list[Problem]] = {}
    evidence: dict[int, Evidence | None] = {}
    for each in results:
        if each.state == FollowUpState.FAILED:
            code, params = (each.error.code, each.error.params) if each.error else ("FILE_UNCERTAIN", {})
            problem = Problem(code=code, params={"name": each.row.name, **params})
            found.setdefault(each.row.delivery_id, []).append(problem)
            evidence[each.row.delivery_id] = each.error.evidence if each.error else None
    return [(delivery_id, tuple(problems), evidence[delivery_id]) for delivery_id, problems in found.items()]


def _line(result: _Result) -> EventLine:
    is_status = result.row.kind == FollowUpKind.STATUS
    called = result.row.name or result.row.subject
    step = result.row.subject if result.row.kind == FollowUpKind.STEP else ""
    params = {"name": "" if is_status else result.row.name, "status": called, "called": called, "step": step}
    evidence: Evidence | None = None
    if result.error is not None:
        params = {**params, "reason": result.error.code, **result.error.params}
        evidence = result.error.evidence
    return EventLine(result.row.delivery_id, result.code, level=result.level, params=params, evidence=evidence)


async def _do(ctx: RunContext, row: FollowUp) -> _Result:
    may_double = row.kind == FollowUpKind.FILE and Ability.FILES_ONCE not in ctx.target_manifest.abilities
    if may_double and row.attempt and not row.problem_code:
        # Interrupted: the file may be there, and most targets would keep a second copy.
        return _Result(row, FollowUpState.FAILED, "file_uncertain", level="warning")
    try:
        code = await _ACTS[FollowUpKind(row.kind)](ctx, row)
    except TilisiltaError as error:
        return _failed(row, error, may_double=may_double)
    except Exception:
        log.exception("follow-up failed", follow_up=row.pk)
        return _failed(row, Unsupported(field=row.kind), may_double=may_double)
    return _Result(row, FollowUpState.DONE, code, level="info" if code == "step_dropped" else "success")


def _failed(row: FollowUp, error: TilisiltaError, *, may_double: bool) -> _Result:
    if isinstance(error, Misconfigured | BudgetSpent):
        return _Result(row, FollowUpState.WAITING, "connection_failed", level="error", error=error)
    if isinstance(error, Unknown) and may_double:
        return _Result(row, FollowUpState.FAILED, "file_uncertain", level="warning", error=error)
    if isinstance(error, Retry | Unknown) and row.attempt + 1 < MOST_ATTEMPTS:
        due_in_s = max(1.0, error.after_s) if isinstance(error, Retry) else 5.0
        return _Result(row, FollowUpState.WAITING, "follow_up_failed", level="warning", error=error, due_in_s=due_in_s)
    return _Result(row, FollowUpState.FAILED, "follow_up_failed", level="error", error=error)


async def _send_file(ctx: RunContext, row: FollowUp) -> str:
    if not isinstance(ctx.source, AttachmentGiver) or not isinstance(ctx.target, AttachmentTaker):
        raise Unsupported(field="attachments", rule="no files between these systems", value=row.name)
    with at_source():
        content = await ctx.source.fetch_attachment(row.subject)
    await ctx.target.attach(
        DocumentKind(row.delivery.kind),
        row.delivery.target_id,
        name=row.name,
        media_type=row.media_type or "application/octet-stream",
        content=content,
    )
    return "attached"


async def _write_status(ctx: RunContext, row: FollowUp) -> str:
    if not isinstance(ctx.source, StatusWriter):
        raise Unsupported(field="status", rule="the source takes no status", value=row.subject)
    with at_source():
        await ctx.source.write_status(DocumentKind(row.delivery.kind), row.delivery.source_id, row.subject)
        if isinstance(ctx.source, InvoiceLogger):
            words = f"Tilisilta → {ctx.target_manifest.name}: {row.delivery.target_number or row.delivery.number}"
            await ctx.source.log_invoice(row.delivery.source_id, words, context=row.delivery.key)
    return "status_written"


async def _take_step(ctx: RunContext, row: FollowUp) -> str:
    """Take a step, unless the settings of today ask for it no more: who posts may have been chosen anew meanwhile."""
    works = await in_store(load_works, [row.delivery_id])
    await in_store(load_bindings, ctx, works)
    await load_postings(ctx, works)
    for work in works:
        map_work(ctx, work)
    draft = works[0].draft if works else None
    if not isinstance(ctx.target, StepTaker) or draft is None:
        _raise_stopping(works)
        raise Unsupported(field=row.subject, rule="the document cannot be drafted any more", value=row.delivery.number)
    if isinstance(draft, InvoiceDraft) and row.subject not in ctx.target.steps_after(draft):
        return "step_dropped"
    await ctx.target.take_step(row.subject, draft, row.delivery.target_id)
    reached(Point.STEP_TAKEN)
    return "step_taken"


def _raise_stopping(works: Sequence[Work]) -> None:
    """Raise what keeps a document from being drafted, in its own words: it is not posted any more, say."""
    for found in (each for work in works for each in work.problems if each.severity == "error"):
        stopping = Refused(found.code)
        stopping.params.update(found.params)
        raise stopping


_ACTS = {FollowUpKind.STEP: _take_step, FollowUpKind.FILE: _send_file, FollowUpKind.STATUS: _write_status}


async def _do_all(ctx: RunContext, rows: Sequence[FollowUp]) -> list[_Result]:
    """Do the follow-ups of one document in order, up to the first that is not done."""
    results: list[_Result] = []
    for row in rows:
        results.append(await _do(ctx, row))
        if results[-1].state != FollowUpState.DONE and row.kind == FollowUpKind.STEP:
            break
    return results


async def do_follow_ups(ctx: RunContext, until: float) -> bool:
    """Do what is due for this flow; return whether nothing due is left.

    Raises:
        Misconfigured, BudgetSpent: one of the systems cannot be used now; what is left waits.
    """
    while rows := await in_store(_due, ctx):
        await in_store(_mark, ctx, rows)
        by_delivery: dict[int, list[FollowUp]] = {}
        for row in rows:
            by_delivery.setdefault(row.delivery_id, []).append(row)
        limits = (ctx.source_manifest.limits.concurrency, ctx.target_manifest.limits.concurrency)
        groups = await gather(partial(_do_all, ctx), list(by_delivery.values()), at_once=max(1, min(limits)))
        results = [each for group in groups for each in group]
        reached(Point.FOLLOWED_UP)
        await in_store(_store, ctx, rows, results)
        ctx.moves += len(results)
        stop = next((each.error for each in results if isinstance(each.error, BudgetSpent | Misconfigured)), None)
        if stop is not None:
            raise stop
        if time.monotonic() > until:
            return False
    return True


def earliest_due(ctx: RunContext) -> dt.datetime | None:
    """Return when the next follow-up of this flow is due again, or None when none waits.

    One that came due since the last look counts too, or the run would end without it.
    """
    failed = FollowUp.objects.filter(
        delivery_id=OuterRef("delivery_id"), kind=FollowUpKind.STEP, state=FollowUpState.FAILED, pk__lt=OuterRef("pk")
    )
    rows = FollowUp.objects.filter(~Exists(failed), flow_id=ctx.flow_id, state=FollowUpState.WAITING)
    rows = rows.exclude(due_at=None)
    return rows.order_by("due_at").values_list("due_at", flat=True).first()
