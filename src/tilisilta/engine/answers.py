"""Targets that answer later: what they said meanwhile of what was sent to them.

A delivery that the target confirms has its totals compared like any other; one that it did not take is refused, its
binding is gone, and it may be sent again.
"""

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import Evidence
from tilisilta.core.money import amount_from_minor, amount_minor
from tilisilta.core.problems import Problem, problem
from tilisilta.engine.context import RunContext
from tilisilta.engine.database import in_store
from tilisilta.engine.follow_ups import plan_status
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, storable, write_events, write_problems
from tilisilta.ports.answers import Acknowledgement, Acknowledger, AckState
from tilisilta.store.models import Binding, Delivery, DeliveryState, Run

log = structlog.get_logger(__name__)

AT_ONCE = 500
# How many answers of nobody's are kept with the run; more of them are no more telling.
MOST_UNKNOWN = 50


def _waiting(ctx: RunContext, after: int) -> list[Delivery]:
    """Return what waits for an answer in this flow, and the customers that go with it.

    Other flows read their own: only they know what follows an answer, such as a status to be written.
    """
    flows = {ctx.flow_id} if ctx.is_reverse else {ctx.flow_id, ctx.party_flow_id}
    rows = Delivery.objects.filter(flow_id__in=flows, state=DeliveryState.SENT, pk__gt=after)
    return list(rows.exclude(target_id="").order_by("pk")[:AT_ONCE])


async def read_answers(ctx: RunContext) -> None:
    """Read what the target said of sent documents, and write down what became of each. Other targets have none."""
    if not isinstance(ctx.target, Acknowledger):
        return
    after = 0
    unknown: set[str] = set()
    while rows := await in_store(_waiting, ctx, after):
        after = rows[-1].pk
        answers = await ctx.target.read_acknowledgements([row.target_id for row in rows])
        unknown |= set(answers.unknown)
        told = [(row, answers.by_id[row.target_id]) for row in rows if row.target_id in answers.by_id]
        if told:
            await in_store(_store, ctx, told)
            ctx.moves += len(told)
    if unknown:
        await in_store(_note_unknown, ctx, sorted(unknown)[:MOST_UNKNOWN])


def _note_unknown(ctx: RunContext, names: list[str]) -> None:
    """Keep the answers that no delivery of this integration waits for, unless another delivery of it bears the name."""
    known = Delivery.objects.filter(flow__integration_id=ctx.integration_id, target_id__in=names)
    left = sorted(set(names) - set(known.values_list("target_id", flat=True)))
    if not left:
        return
    log.warning("answers for unknown deliveries", run_id=ctx.run_id, answers=left)
    run = Run.objects.get(pk=ctx.run_id)
    Run.objects.filter(pk=ctx.run_id).update(result={**run.result, "unknown_answers": left})


def _store(ctx: RunContext, told: Sequence[tuple[Delivery, Acknowledgement]]) -> None:
    events: list[EventLine] = []
    problems: list[tuple[int, tuple[Problem, ...], Evidence | None]] = []
    moved: list[tuple[Delivery, DeliveryState]] = []
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        for row, answer in told:
            state, event, found = _decide(row, answer)
            if state is None:
                continue
            changes: dict[str, object] = {"target_number": answer.number[:100]} if answer.number else {}
            if answer.totals.gross is not None:
                changes["target_gross_minor"] = amount_minor(abs(answer.totals.gross), row.currency or "EUR")
            reason = {"reason": found.code, "reason_params": storable(found.params)} if found else {}
            updated = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENT).update(
                state=state, updated_at=timezone.now(), run_id=ctx.run_id, **changes, **reason
            )
            if not updated:  # a person confirmed it meanwhile
                continue
            if state == DeliveryState.REFUSED:
                _unbind(ctx, row)
            evidence = Evidence(body=answer.text) if answer.text else None
            params = {"number": answer.number or row.number, **(found.params if found else {})}
            events.append(EventLine(row.pk, event, level="error" if found else "success", params=params))
            if found:  # warnings about rows stay as they are
                problems.append((row.pk, (found,), evidence))
            moved.append((row, state))
        write_events(ctx.company_id, ctx.run_id, events)
        write_problems(ctx.company_id, ctx.integration_id, problems)
        plan_status(ctx, moved)


def _decide(row: Delivery, answer: Acknowledgement) -> tuple[DeliveryState | None, str, Problem | None]:
    if answer.state is AckState.REFUSED:
        return DeliveryState.REFUSED, "refused", answer.problem or problem("TARGET_REFUSED", message=answer.text)
    if answer.state is not AckState.CONFIRMED:
        return None, "", None
    shown = answer.totals.gross
    currency = row.currency or "EUR"
    if shown is not None and amount_minor(abs(shown), currency) != row.gross_minor:
        ours = amount_from_minor(row.gross_minor, currency)
        return (
            DeliveryState.DRIFTED,
            "totals_differ",
            problem("TOTALS_DIFFER", ours=ours, theirs=shown, number=row.number),
        )
    return DeliveryState.CONFIRMED, "confirmed", None


def _unbind(ctx: RunContext, row: Delivery) -> None:
    Binding.objects.filter(
        source_connection_id=ctx.bindings.source_connection_id,
        target_connection_id=ctx.bindings.target_connection_id,
        kind=row.kind,
        source_id=row.source_id,
        target_id=row.target_id,
    ).delete()
