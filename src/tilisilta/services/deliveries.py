"""What people decide about deliveries: try again, leave out, confirm, set free."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.connect import manifest
from tilisilta.engine.context import status_name
from tilisilta.engine.lines import request_run
from tilisilta.engine.log import EventLine, write_events
from tilisilta.engine.states import MAY_RETRY, TRANSITIONS, require_move
from tilisilta.kit.manifest import Ability
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    Connection,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Flow,
    FlowKind,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Role,
    RunMode,
)

_BATCH = 500
_ANSWERED_KINDS = frozenset({DocumentKind.SALES_INVOICE.value, DocumentKind.SALES_CREDIT_NOTE.value})
_MAY_SKIP = [state for state, following in TRANSITIONS.items() if DeliveryState.SKIPPED in following]


def _rows(actor: Actor, delivery_ids: Iterable[int]) -> list[Delivery]:
    """Return the company's deliveries of these ids, locked: a run may be about to send them, or someone decides too."""
    ids = list(dict.fromkeys(delivery_ids))
    rows: list[Delivery] = []
    for start in range(0, len(ids), _BATCH):
        part = Delivery.objects.filter(company=actor.company, pk__in=ids[start : start + _BATCH])
        rows += part.select_for_update(no_key=True).order_by("pk")
    if len(rows) != len(ids):
        raise Delivery.DoesNotExist
    return rows


def _to_ready(actor: Actor, rows: Sequence[Delivery], event: str) -> int:
    """Move rows to ready, with their problems closed; the next run works them out anew."""
    now = timezone.now()
    moved = [row for row in rows if row.state in MAY_RETRY and row.document_id]
    for start in range(0, len(moved), _BATCH):
        ids = [row.pk for row in moved[start : start + _BATCH]]
        Delivery.objects.filter(pk__in=ids, state__in=MAY_RETRY).update(
            state=DeliveryState.READY,
            reason="",
            reason_params={},
            retry_at=None,
            attempt=0,
            decided_by=actor.user,
            updated_at=now,
        )
        DeliveryProblem.objects.filter(delivery_id__in=ids, solved_at=None).update(solved_at=now, solved_by=actor.user)
    write_events(actor.company.pk, None, [EventLine(row.pk, event, params={"actor": actor.label}) for row in moved])
    return len(moved)


def _start(actor: Actor, rows: Sequence[Delivery]) -> None:
    """Have the rows sent now: one run a flow, of just these deliveries. Parties and items go with their documents."""
    by_flow: dict[int, list[int]] = {}
    for row in rows:
        by_flow.setdefault(row.flow_id, []).append(row.pk)
    for flow in Flow.objects.filter(pk__in=by_flow):
        request_run(
            flow, RunMode.RESEND, selection=sorted(by_flow[flow.pk]), user_id=actor.user.pk if actor.user else None
        )


def retry(actor: Actor, delivery_ids: Iterable[int]) -> int:
    """Put deliveries in line again and send them now; return how many could be.

    Nothing that may be at the target already is sent without having been looked for there.

    Raises:
        Forbidden: the actor is no accountant.
        Delivery.DoesNotExist: one of them is another company's or gone.
    """
    require(actor, Role.ACCOUNTANT)
    with transaction.atomic():
        rows = _rows(actor, delivery_ids)
        unfinished = _follow_up_again(actor, rows)
        count = _to_ready(actor, rows, "retried") + len(unfinished)
        if count:
            audit.record(actor, "delivery.retried", count=count, numbers=_numbers(rows))
            _start(actor, [row for row in rows if row.state in MAY_RETRY and row.document_id] + unfinished)
    return count


def _follow_up_again(actor: Actor, rows: Sequence[Delivery]) -> list[Delivery]:
    """Have done again what failed after documents arrived; return their deliveries."""
    failed = FollowUp.objects.filter(delivery__in=rows, state=FollowUpState.FAILED)
    ids = set(failed.values_list("delivery_id", flat=True))
    failed.update(state=FollowUpState.WAITING, attempt=0, problem_code="", problem_params={}, due_at=None)
    DeliveryProblem.objects.filter(delivery_id__in=ids, solved_at=None).update(
        solved_at=timezone.now(), solved_by=actor.user
    )
    write_events(actor.company.pk, None, [EventLine(pk, "retried", params={"actor": actor.label}) for pk in ids])
    return [row for row in rows if row.pk in ids]


def skip(actor: Actor, delivery_ids: Iterable[int], reason: str) -> int:
    """Leave deliveries out on purpose, with the reason and who decided; return how many could be.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: no reason was given (REASON_MISSING).
        Delivery.DoesNotExist: one of them is another company's or gone.
    """
    require(actor, Role.ACCOUNTANT)
    if not reason.strip():
        raise ServiceError("REASON_MISSING")
    now = timezone.now()
    with transaction.atomic():
        rows = [row for row in _rows(actor, delivery_ids) if row.state in _MAY_SKIP]
        ids = [row.pk for row in rows]
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            Delivery.objects.filter(pk__in=part, state__in=_MAY_SKIP).update(
                state=DeliveryState.SKIPPED,
                reason="SKIPPED_BY_USER",
                reason_params={"reason": reason.strip()[:200], "actor": actor.label},
                decided_by=actor.user,
                updated_at=now,
            )
            DeliveryProblem.objects.filter(delivery_id__in=part, solved_at=None).update(
                solved_at=now, solved_by=actor.user
            )
        params = {"reason": reason.strip()[:200], "actor": actor.label}
        write_events(actor.company.pk, None, [EventLine(pk, "skipped", params=params) for pk in ids])
        if ids:
            audit.record(actor, "delivery.skipped", reason=reason.strip(), count=len(ids), numbers=_numbers(rows))
    return len(ids)


def may_confirm(delivery: Delivery) -> bool:
    """Return whether a person may say that a document is in the target's books: it was taken, and no answer came."""
    if delivery.state != DeliveryState.SENT or delivery.flow.kind == FlowKind.PAYMENTS_BACK:
        return False
    if delivery.kind not in _ANSWERED_KINDS:
        return False
    return Ability.ANSWERS_LATER in manifest(delivery.flow.integration.target.vendor).abilities


def confirm(actor: Actor, delivery_ids: Iterable[int]) -> int:
    """Mark documents as being in the target's books, and let what follows be done; return how many could be.

    Raises:
        Forbidden: the actor is no accountant.
        Delivery.DoesNotExist: one of them is another company's or gone.
    """
    require(actor, Role.ACCOUNTANT)
    now = timezone.now()
    with transaction.atomic():
        rows = [row for row in _rows(actor, delivery_ids) if may_confirm(row)]
        for row in rows:
            require_move(row.state, DeliveryState.CONFIRMED)
            row.state, row.reason, row.reason_params = DeliveryState.CONFIRMED, "", {}
            row.decided_by, row.updated_at = actor.user, now
            row.save(update_fields=["state", "reason", "reason_params", "decided_by", "updated_at"])
            _plan_status(row)
        write_events(
            actor.company.pk,
            None,
            [EventLine(row.pk, "confirmed_by_hand", params={"actor": actor.label}) for row in rows],
        )
        if rows:
            audit.record(actor, "delivery.confirmed", count=len(rows), numbers=_numbers(rows))
            _start(actor, rows)
    return len(rows)


def _plan_status(row: Delivery) -> None:
    """Store that the source is to show the status of what went, as the run would that reads an answer."""
    integration = row.flow.integration
    status = str(integration.settings.get("written_status") or "")
    if status and Ability.STATUSES in manifest(integration.source.vendor).abilities:
        FollowUp.objects.get_or_create(
            delivery=row,
            kind=FollowUpKind.STATUS,
            subject=status[:200],
            defaults={
                "company_id": row.company_id,
                "flow_id": row.flow_id,
                "name": status_name(integration.source_id, status)[:255],
            },
        )


def _numbers(rows: Sequence[Delivery]) -> str:
    return ", ".join(row.number or row.source_id for row in rows[:20])


def release_parked(actor: Actor, connection: Connection) -> int:
    """Set free what was parked because this connection could not be used."""
    rows = Delivery.objects.filter(
        Q(flow__integration__source=connection) | Q(flow__integration__target=connection),
        company=connection.company,
        state=DeliveryState.PARKED,
        reason__in=["CONNECTION_MISCONFIGURED", "KEY_REFUSED", "DAILY_BUDGET_SPENT"],
    )
    with transaction.atomic():
        return _to_ready(actor, list(rows.select_for_update(of=("self",), no_key=True).order_by("pk")), "released")
