"""What became of a sending: each error of a connector turned into the next state of its delivery."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from tilisilta.core.documents import AttachmentRef
from tilisilta.core.errors import (
    Ambiguous,
    BadInput,
    BudgetSpent,
    Evidence,
    Misconfigured,
    Parked,
    Refused,
    Retry,
    TilisiltaError,
    Unknown,
    Unsupported,
)
from tilisilta.core.mapping.draft import Draft
from tilisilta.core.money import amount_minor
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.engine.recovery import Point, reached
from tilisilta.engine.work import Work, expected_gross
from tilisilta.ports import AttachedFile, AttachmentGiver, FilesTaker, FindCertainty, Found, Sent, Target
from tilisilta.store.models import BindingOrigin, DeliveryState

log = structlog.get_logger(__name__)

# A document that was refused or lost this often waits for a person.
MOST_ATTEMPTS = 5
PATIENT_ATTEMPTS = 3
LONGEST_PATIENCE_S = 900.0


@dataclass(slots=True)
class Outcome:
    """The next state of one work, and what is written with it."""

    work: Work
    state: DeliveryState
    event: str
    level: str = "info"
    sent: Sent | None = None
    origin: BindingOrigin = BindingOrigin.SENT
    problem: Problem | None = None
    evidence: Evidence | None = None
    params: dict[str, str] = field(default_factory=dict)
    retry_after_s: float = 0.0
    stops_run: TilisiltaError | None = None


def target_gross_minor(outcome: Outcome) -> int | None:
    """Return the total that the target says it has, in minor units, or None when it does not say."""
    if outcome.sent is None or outcome.sent.totals.gross is None:
        return None
    return amount_minor(abs(outcome.sent.totals.gross), outcome.work.summary.currency or "EUR")


def _at_target(work: Work, sent: Sent, event: str, origin: BindingOrigin) -> Outcome:
    """A document that is at the target: confirmed when the target's total equals ours, drifted when it does not."""
    params = {"number": sent.number, "target_id": sent.target_id}
    expected = expected_gross(work.document)
    shown = sent.totals.gross
    if expected is None or shown is None:
        return Outcome(work, DeliveryState.SENT, event, sent=sent, origin=origin, params=params)
    if abs(shown) == abs(expected):
        return Outcome(work, DeliveryState.CONFIRMED, event, sent=sent, origin=origin, params=params)
    differ = problem("TOTALS_DIFFER", ours=expected, theirs=shown, number=sent.number)
    return Outcome(
        work,
        DeliveryState.DRIFTED,
        "totals_differ",
        level="error",
        sent=sent,
        origin=origin,
        problem=differ,
        params={**params, "ours": str(expected), "theirs": str(shown)},
    )


def of_found(work: Work, found: Found) -> Outcome:
    """Return what follows when the target already holds what may be this document."""
    if found.others:
        candidates = ", ".join(each.number or each.target_id for each in (found.sent, *found.others))
        return Outcome(
            work,
            DeliveryState.PROBLEM,
            "problem",
            level="error",
            problem=problem("SEVERAL_CANDIDATES", candidates=candidates),
        )
    origin = BindingOrigin.SENT if found.certainty is FindCertainty.MARKED else BindingOrigin.FOUND
    return _at_target(work, found.sent, "found_in_target", origin)


def patience_s(attempt: int, error: Retry) -> float:
    """Return how long to wait before a document is tried again: as long as was asked, longer when that did not help."""
    if isinstance(error, BudgetSpent) or attempt <= PATIENT_ATTEMPTS:
        return error.after_s
    return max(error.after_s, min(error.after_s * 2.0 ** (attempt - PATIENT_ATTEMPTS), LONGEST_PATIENCE_S))


def of_error(work: Work, error: TilisiltaError) -> Outcome:
    """Return what follows from an error of the target, by its fate."""
    own = Problem(code=error.code, params=error.params)
    if isinstance(error, Parked):
        own_level = "warning"
        parked = DeliveryState.PARKED
        return Outcome(work, parked, "parked", own_level, problem=own, evidence=error.evidence, params=error.params)
    if isinstance(error, Refused):
        state, event = DeliveryState.REFUSED, "refused"
    elif isinstance(error, Unsupported | Ambiguous):
        state, event = DeliveryState.PROBLEM, "problem"
    elif isinstance(error, Retry) and work.attempt >= 2 * MOST_ATTEMPTS:
        state, event = DeliveryState.REFUSED, "refused"
    elif isinstance(error, Retry):
        waits = Outcome(work, DeliveryState.READY, "retry_later", params={"code": error.code})
        waits.retry_after_s = patience_s(work.attempt, error)
        waits.stops_run = error if isinstance(error, BudgetSpent) else None
        waits.evidence = error.evidence
        return waits
    elif isinstance(error, Misconfigured):
        return Outcome(
            work,
            DeliveryState.READY,
            "connection_failed",
            level="error",
            params={"code": error.code},
            evidence=error.evidence,
            stops_run=error,
        )
    else:
        # Unknown, and whatever else a connector raised after the request may have left.
        state, event, own_level = DeliveryState.UNCERTAIN, "uncertain", "warning"
        return Outcome(work, state, event, level=own_level, params={"code": error.code}, evidence=error.evidence)
    return Outcome(work, state, event, level="error", problem=own, evidence=error.evidence, params=error.params)


async def _load_files(
    source: AttachmentGiver, refs: Sequence[AttachmentRef]
) -> tuple[list[AttachedFile], tuple[Problem, ...]]:
    """Return the files of a document, and a warning when the source has some of them no more."""
    files: list[AttachedFile] = []
    for ref in refs:
        try:
            content = await source.fetch_attachment(ref.source_id)
        except (BadInput, Refused):
            continue
        except TilisiltaError as error:
            error.params.setdefault("side", "source")
            raise
        media_type = ref.media_type or "application/octet-stream"
        files.append(AttachedFile(name=ref.name, media_type=media_type, content=content, role=ref.role))
    gone = len(refs) - len(files)
    lost = problem("ATTACHMENTS_NOT_CARRIED", where="attachments", severity=Severity.WARNING, count=gone)
    return files, (lost,) if gone else ()


async def _send(target: Target, draft: Draft, source: object, refs: Sequence[AttachmentRef]) -> Sent:
    if not (refs and isinstance(target, FilesTaker) and isinstance(source, AttachmentGiver)):
        return await target.send(draft)
    files, warnings = await _load_files(source, refs)
    sent = await target.send_with_files(draft, files)
    if not warnings:
        return sent
    told = msgspec.json.decode(sent.extra.get("warnings", "[]"), type=list[Problem])
    extra = {**sent.extra, "warnings": msgspec.json.encode([*told, *warnings]).decode()}
    return msgspec.structs.replace(sent, extra=extra)


async def send_one(target: Target, work: Work, source: object = None, files: Sequence[AttachmentRef] = ()) -> Outcome:
    """Send one draft, once, and return what became of it. Never raises but on cancellation of the task.

    `files` of the source go along where the target takes them inside the document only.
    """
    if work.draft is None:
        raise ValueError("a work without draft cannot be sent")
    try:
        sent = await _send(target, work.draft, source, files)
    except asyncio.CancelledError:
        raise
    except TilisiltaError as error:
        return of_error(work, error)
    except Exception:
        # A fault of a connector: the request may have left, so the target is asked before anything else.
        log.exception("send failed", key=work.key, kind=work.kind)
        return of_error(work, Unknown("INTERNAL"))
    reached(Point.DOCUMENT_SENT)
    return _at_target(work, sent, "sent", BindingOrigin.SENT)
