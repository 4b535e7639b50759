"""From documents to deliveries: checks, look-ups, mapping, and the decision that is stored before anything leaves."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from tilisilta.core.checks import check_invoice, check_journal_entry, check_party, check_payment
from tilisilta.core.documents import (
    Direction,
    DocumentKind,
    Invoice,
    JournalEntry,
    Party,
    Payment,
)
from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.apply import apply
from tilisilta.core.mapping.listed import told, unlisted
from tilisilta.core.problems import Problem, problem, stops
from tilisilta.engine.bulk import BulkInsert, day, moment
from tilisilta.engine.context import RunContext
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, storable, write_events, write_problems
from tilisilta.engine.lookups import lookups_for
from tilisilta.engine.unfinished import waits_for
from tilisilta.engine.work import Work
from tilisilta.kit.manifest import Ability
from tilisilta.store.models import Delivery, DeliveryState, Run

log = structlog.get_logger(__name__)

# Problems that are no fault of anybody: the document is left out and listed with the reason.
_SKIP_CODES = {
    "PAYMENT_DOCUMENT_NOT_IMPORTED": "NOT_FROM_SOURCE",
    "NOTHING_TO_WITHDRAW": "NOTHING_TO_WITHDRAW",
}

# Nothing of these has left yet.
NOT_ON_ITS_WAY = frozenset(
    {"", DeliveryState.READY, DeliveryState.PROBLEM, DeliveryState.PARKED, DeliveryState.REFUSED, DeliveryState.SKIPPED}
)
# What nobody decided to send yet: new to us, or left out before.
UNDECIDED = frozenset({"", DeliveryState.SKIPPED})
# In an integration's settings: the moment before which nothing that was begun goes, whoever asks (ISO 8601).
ONLY_SINCE = "only_since"
# Likewise: sales invoices go only with what stands in the tables, by no fallback.
ONLY_LISTED = "only_listed"


def check(ctx: RunContext, work: Work) -> tuple[Problem, ...]:
    """Return what the document itself has wrong, before any mapping."""
    today = ctx.started_at.astimezone(ZoneInfo(ctx.time_zone)).date()
    document = work.document
    if isinstance(document, Invoice):
        found = check_invoice(document, today=today, own_country=ctx.country)
    elif isinstance(document, Payment):
        found = check_payment(document, today=today)
    elif isinstance(document, JournalEntry):
        found = check_journal_entry(document, today=today)
    elif isinstance(document, Party):
        found = check_party(document)
    else:
        found = ()
    return (*work.problems, *found)


def entered_before_activation(ctx: RunContext, work: Work) -> bool:
    """Return whether an automatic run must leave a document out, because it was entered before activation."""
    document = work.document
    if not ctx.is_automatic or ctx.automatic_since is None or ctx.is_reverse or ctx.waiting_status:
        return False
    if not isinstance(document, Invoice | Payment):
        return False
    return _is_before(ctx, document.created_at, document.date, ctx.automatic_since)


def begun_before_cut_over(ctx: RunContext, work: Work) -> bool:
    """Return whether a document must not go, whoever asks: the integration takes only what was begun later.

    What counts is when it was made, not when it was issued (U05).
    """
    document = work.document
    only_since = str(ctx.integration_settings.get(ONLY_SINCE) or "")
    if not only_since or ctx.is_reverse or not isinstance(document, Invoice):
        return False
    begun = document.begun_at or document.created_at
    return _is_before(ctx, begun, document.date, dt.datetime.fromisoformat(only_since))


def _is_before(ctx: RunContext, moment_text: str, date: dt.date, begun: dt.datetime) -> bool:
    zone = ZoneInfo(ctx.time_zone)
    since = begun.astimezone(zone)
    try:
        entered = dt.datetime.fromisoformat(moment_text)
    except ValueError:
        return date < since.date()
    return (entered if entered.tzinfo else entered.replace(tzinfo=zone)) < since


def not_listed(ctx: RunContext, work: Work) -> tuple[Problem, ...]:
    """Return what an invoice names that the target's imported lists do not have, where only those may be used (U78)."""
    document = work.document
    if not ctx.integration_settings.get(ONLY_LISTED) or ctx.is_reverse or not isinstance(document, Invoice):
        return ()
    if document.direction is not Direction.SALES:
        return ()
    return tuple(
        problem("NOT_AMONG_CLASSIFIERS", where=each.where, name=told(each)) for each in unlisted(document, ctx.tables)
    )


def kept_from(ctx: RunContext, work: Work) -> str:
    """Return why a document must not go; empty when it may.

    What went with a closed period would be booked twice. Money that comes by reference reaches a target that completes
    invoices by its own bank connection (P58).
    """
    if begun_before_cut_over(ctx, work):
        return "BEFORE_CUT_OVER"
    if f"{work.kind}:{work.source_id}" in ctx.sent_in_periods:
        return "SENT_IN_PERIOD"
    if not ctx.settings.completes:
        return ""
    is_bank = isinstance(work.document, Payment) and work.document.is_reference_payment
    return "REFERENCE_PAYMENT_NOT_SENT" if is_bank and Ability.OWN_BANK in ctx.target_manifest.abilities else ""


def map_work(ctx: RunContext, work: Work) -> None:
    """Fill in the draft of a work, or the problems or the reason that keep it.

    A document that the mapping stumbles over is listed with that as its problem; the others go on.
    """
    work.draft = None
    work.skip_reason = ""
    try:
        _map(ctx, work)
    except TilisiltaError as error:
        work.problems = (*work.problems, Problem(code=error.code, params=error.params))
    except Exception as error:
        log.exception("mapping failed", kind=work.kind, source_id=work.source_id)
        work.problems = (*work.problems, problem("INTERNAL", kind=type(error).__name__))


def _map(ctx: RunContext, work: Work) -> None:
    if work.kind is DocumentKind.PAYMENT and not work.delivery_id and ctx.bindings.get(work.kind, work.source_id):
        work.skip_reason = "CAME_FROM_HERE"
        return
    if work.state in UNDECIDED and entered_before_activation(ctx, work):
        work.skip_reason = "BEFORE_CUT_OVER"
        return
    # One whose answer was lost is drafted all the same, so that it can be looked for.
    if work.source_id in ctx.superseded and work.state not in {DeliveryState.SENDING, DeliveryState.UNCERTAIN}:
        work.skip_reason = "REPLACED_BY_NEWER"
        return
    if work.state in NOT_ON_ITS_WAY and (reason := kept_from(ctx, work)):
        work.skip_reason = reason
        return
    if work.state in NOT_ON_ITS_WAY and (waits := waits_for(ctx, work)):
        work.problems = waits
        return
    problems = check(ctx, work) + not_listed(ctx, work)
    mapped = apply(
        work.kind,
        work.document,
        key=work.key,
        tables=ctx.tables,
        lookups=lookups_for(ctx, work),
        settings=ctx.settings,
    )
    problems += mapped.problems
    for each in problems:
        if each.code in _SKIP_CODES and each.severity == "error":
            work.skip_reason = _SKIP_CODES[each.code]
            work.skip_params = dict(each.params)
            return
    work.problems = problems
    work.draft = None if stops(problems) else mapped.draft


def _state_of(work: Work) -> DeliveryState:
    if work.skip_reason:
        return DeliveryState.SKIPPED
    return DeliveryState.READY if work.draft is not None else DeliveryState.PROBLEM


def _reason_of(work: Work) -> tuple[str, dict[str, str]]:
    if work.skip_reason:
        return work.skip_reason, storable(work.skip_params)
    first = next((each for each in work.problems if each.severity == "error"), None)
    return (first.code, storable(first.params)) if first and work.draft is None else ("", {})


_insert = BulkInsert(
    Delivery,
    *("company_id", "flow_id", "document_id", "kind", "source_id", "number", "party_name", "date", "currency"),
    *("gross_minor", "state", "reason", "reason_params", "key", "version_hash", "fence", "run_id"),
    *("created_at", "updated_at"),
    fixed={"attempt": 0, "target_id": "", "target_number": ""},
)


def _row(ctx: RunContext, work: Work, now: Any) -> tuple[Any, ...]:
    summary = work.summary
    reason, params = _reason_of(work)
    return (
        *(ctx.company_id, ctx.flow_for(work.kind), work.document_id or None, work.kind.value, work.source_id),
        *(summary.number, summary.party_name, day(summary.date), summary.currency, summary.gross_minor),
        *(_state_of(work).value, reason, json.dumps(params, ensure_ascii=False) if params else "{}", work.key),
        *(work.version_hash, ctx.fence, ctx.run_id, now, now),
    )


def stage(ctx: RunContext, works: Sequence[Work], *, position: dict[str, str] | None = None) -> dict[str, int]:
    """Map the works and store their deliveries in one transaction with the position behind them.

    Returns the number of deliveries by state; those that a person moved meanwhile are left as they are.
    """
    for work in works:
        map_work(ctx, work)
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        new, old = [w for w in works if not w.delivery_id], [w for w in works if w.delivery_id]
        now = moment(timezone.now())
        stored = _insert.returning([_row(ctx, work, now) for work in new], "id", "kind", "source_id")
        ids = {(kind, source_id): pk for pk, kind, source_id in stored}
        for work in new:
            work.delivery_id = ids[work.kind.value, work.source_id]
            work.state = _state_of(work)
        decided = [*new, *(work for work in old if _restage(ctx, work))]
        _write_log(ctx, decided, {work.delivery_id for work in old})
        ctx.moves += len(works)
        if position is not None:
            Run.objects.filter(pk=ctx.run_id).update(position=position, heartbeat_at=timezone.now())
    return dict.fromkeys(("ready", "problem", "skipped"), 0) | Counter(str(work.state) for work in decided)


def _restage(ctx: RunContext, work: Work) -> bool:
    """A delivery that was there and has not gone: the same row with the new version or the new decision.

    False when a person moved it since it was loaded, by leaving it out say; then what they decided stands.
    """
    summary = work.summary
    reason, params = _reason_of(work)
    state = _state_of(work)
    is_ours = Delivery.objects.filter(pk=work.delivery_id, state=work.state).update(
        document_id=work.document_id or None,
        number=summary.number,
        party_name=summary.party_name,
        date=summary.date,
        currency=summary.currency,
        gross_minor=summary.gross_minor,
        state=state,
        reason=reason,
        reason_params=params,
        version_hash=work.version_hash,
        fence=ctx.fence,
        run_id=ctx.run_id,
        updated_at=timezone.now(),
    )
    if not is_ours:
        work.draft = None  # so that it is not sent
        return False
    work.state = state
    return True


# What a document's log tells row by row, since each row may have to be looked at in the target.
_ROW_WARNINGS = frozenset({"PRODUCT_NOT_MATCHED", "FALLBACK_VAT_DIFFERS"})


# The log speaks shorter than the texts for people.
_LOGGED_AS = {"item_code": "code", "fallback": "used"}


def _told_by_row(work: Work) -> list[EventLine]:
    """Return a line of the event log for each such warning, and write the same into the program's own log."""
    lines = []
    for each in work.problems:
        if each.code in _ROW_WARNINGS:
            said = {_LOGGED_AS.get(name, name): value for name, value in each.params.items()}
            log.warning(each.code.lower().replace("_", "-"), invoice=work.summary.number, **said)
            params = {"reason": each.code, **each.params}
            lines.append(EventLine(work.delivery_id, "warned", level="warning", params=params))
    return lines


def _write_log(ctx: RunContext, works: Sequence[Work], decided_again: AbstractSet[int]) -> None:
    events = []
    found = []
    for work in works:
        reason, params = _reason_of(work)
        if work.state == DeliveryState.READY:
            events.append(EventLine(work.delivery_id, "drafted"))
            events += _told_by_row(work)
        elif work.state == DeliveryState.SKIPPED:
            events.append(EventLine(work.delivery_id, "left_out", params={"reason": reason, **params}))
        else:
            events.append(EventLine(work.delivery_id, "problem", level="error", params={"reason": reason, **params}))
        problems = () if work.state == DeliveryState.SKIPPED else work.problems
        # What stopped a document before is over once it was decided again, also when nothing stops it now.
        if problems or work.delivery_id in decided_again:
            found.append((work.delivery_id, problems, None))
    write_events(ctx.company_id, ctx.run_id, events)
    write_problems(ctx.company_id, ctx.integration_id, found)
