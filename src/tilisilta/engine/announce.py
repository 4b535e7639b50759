"""Documents that a source of this installation announces itself, in the transaction of what happened to them.

Nothing can get lost between the two: the delivery is there when the invoice is sent or approved, and the run that sends
it is asked for once that is committed.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import Document, DocumentKind, encode_document, version_hash
from tilisilta.engine.identity import salt_of
from tilisilta.engine.lines import request_run
from tilisilta.engine.log import EventLine, write_events
from tilisilta.engine.meanwhile import CHANGED, DELETED, ON_THE_WAY, note
from tilisilta.engine.states import MAY_RETRY, require_move
from tilisilta.engine.work import delivery_key, summarise
from tilisilta.store.models import (
    Delivery,
    DeliveryProblem,
    DeliveryState,
    DocumentVersion,
    Flow,
    Integration,
    Run,
    RunMode,
    RunState,
)
from tilisilta.store.models import Document as DocumentRow

_COLUMNS = (
    *("number", "date", "due_date", "party_name", "party_key"),
    *("currency", "net_minor", "vat_minor", "gross_minor"),
)
_DELIVERY_COLUMNS = ("number", "party_name", "date", "currency", "gross_minor")
_WAITING = MAY_RETRY | {DeliveryState.READY}
POSTING = "POSTING_CHANGED_HERE"
# What a person decided stays until a person decides again.
_DECIDED = frozenset({"SKIPPED_BY_USER", "PAYMENT_EDITED_LATER"})


def announce(
    integration: Integration, flow: Flow, kind: DocumentKind, source_id: str, document: Document, *, by_person: bool
) -> tuple[Delivery, bool]:
    """Store a document as it is now, and its delivery as ready; return it and whether it may be sent now.

    What is at the target, on its way there or left out by a person stays as it is; `by_person` takes up the latter too.
    """
    row = _stored(integration, kind, source_id, document)
    summary = summarise(document)
    shown = {name: getattr(summary, name) for name in _DELIVERY_COLUMNS}
    delivery, is_new = Delivery.objects.get_or_create(
        flow=flow,
        kind=kind.value,
        source_id=source_id,
        defaults={
            **shown,
            "company_id": integration.company_id,
            "document": row,
            "state": DeliveryState.READY,
            "key": delivery_key(salt_of(integration), kind, source_id),
            "version_hash": row.version_hash,
        },
    )
    if is_new:
        write_events(integration.company_id, None, [EventLine(delivery.pk, "ready")])
        return delivery, True
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state not in _WAITING or (delivery.reason in _DECIDED and not by_person):
        return delivery, False
    now = timezone.now()
    was_ready = delivery.state == DeliveryState.READY
    if not was_ready:
        require_move(delivery.state, DeliveryState.READY)
    Delivery.objects.filter(pk=delivery.pk).update(
        **shown,
        document=row,
        version_hash=row.version_hash,
        state=DeliveryState.READY,
        reason="",
        reason_params={},
        retry_at=None,
        attempt=0,
        updated_at=now,
    )
    DeliveryProblem.objects.filter(delivery=delivery, solved_at=None).update(solved_at=now)
    if not was_ready:
        write_events(integration.company_id, None, [EventLine(delivery.pk, "retried" if by_person else "ready")])
    delivery.state = DeliveryState.READY
    return delivery, True


def _stored(integration: Integration, kind: DocumentKind, source_id: str, document: Document) -> DocumentRow:
    """Return the stored document, with a new version where it changed since it was stored."""
    summary, hashed = summarise(document), version_hash(document)
    content = {name: getattr(summary, name) for name in _COLUMNS}
    content |= {"version_hash": hashed, "payload": encode_document(document)}
    row, is_new = DocumentRow.objects.get_or_create(
        connection_id=integration.source_id,
        kind=kind.value,
        source_id=source_id,
        defaults={**content, "company_id": integration.company_id},
    )
    if is_new:
        return row
    row = DocumentRow.objects.select_for_update(no_key=True).get(pk=row.pk)
    if row.version_hash == hashed and not row.is_deleted_at_source:
        return row
    if row.version_hash != hashed:
        DocumentVersion.objects.create(
            document=row, version=row.version, version_hash=row.version_hash, payload=row.payload
        )
        row.version += 1
    for name, value in content.items():
        setattr(row, name, value)
    row.is_deleted_at_source = False
    row.changed_at = timezone.now()
    row.save()
    return row


def leave_out(delivery: Delivery, reason: str, **params: str) -> None:
    """Leave a delivery that has not gone out, with the reason in its log."""
    require_move(delivery.state, DeliveryState.SKIPPED)
    now = timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SKIPPED, reason=reason, reason_params=params, updated_at=now
    )
    DeliveryProblem.objects.filter(delivery=delivery, solved_at=None).update(solved_at=now)
    write_events(delivery.company_id, None, [EventLine(delivery.pk, "left_out", params={"reason": reason, **params})])
    delivery.state, delivery.reason = DeliveryState.SKIPPED, reason


def note_change(integration: Integration, delivery: Delivery, document: Document) -> None:
    """Take in that a document was edited at its source: what has not gone goes as it is now, the rest is a difference.

    The delivery is locked by the caller.
    """
    if delivery.state in {DeliveryState.SENT, DeliveryState.CONFIRMED}:
        require_move(delivery.state, DeliveryState.DRIFTED)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.DRIFTED, reason=CHANGED, reason_params={}, updated_at=timezone.now()
        )
        lines = [EventLine(delivery.pk, "changed_at_source", level="warning")]
        write_events(delivery.company_id, None, lines)
        return
    if delivery.state not in _WAITING | ON_THE_WAY:
        return
    row = _stored(integration, DocumentKind(delivery.kind), delivery.source_id, document)
    if delivery.state in ON_THE_WAY:
        note(delivery, CHANGED, {})
        return
    summary = summarise(document)
    shown = {name: getattr(summary, name) for name in _DELIVERY_COLUMNS}
    Delivery.objects.filter(pk=delivery.pk).update(
        **shown, document=row, version_hash=row.version_hash, updated_at=timezone.now()
    )


def note_posting(delivery: Delivery, posting: str, *, is_undone: bool) -> None:
    """Take in how a document is posted at its source now, where the target completed it with our posting.

    What differs from the posting that was sent is a difference between the two sides until it is as sent again.

    Args:
        delivery: Locked by the caller.
        posting: Sign of the posting (`ledger.signature`): of the one that is taken back, or of the new one.
        is_undone: Whether it is taken back; then it is the one that was sent, for any other would have drifted.
    """
    now = timezone.now()
    if delivery.state in {DeliveryState.SENT, DeliveryState.CONFIRMED}:
        require_move(delivery.state, DeliveryState.DRIFTED)
        told = {"sent": posting} if is_undone else {}
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.DRIFTED, reason=POSTING, reason_params=told, updated_at=now
        )
        write_events(delivery.company_id, None, [EventLine(delivery.pk, "posting_changed", level="warning")])
    elif delivery.state == DeliveryState.DRIFTED and delivery.reason == POSTING and not is_undone:
        if delivery.reason_params.get("sent") != posting:
            return
        require_move(delivery.state, DeliveryState.CONFIRMED)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.CONFIRMED, reason="", reason_params={}, updated_at=now
        )
        write_events(delivery.company_id, None, [EventLine(delivery.pk, "posting_as_sent", level="success")])


def withdraw(delivery: Delivery, **params: str) -> None:
    """Note that a document is gone at its source: drift where the target has it, else it is left out.

    The delivery is locked by the caller.
    """
    DocumentRow.objects.filter(deliveries=delivery).update(is_deleted_at_source=True, changed_at=timezone.now())
    if delivery.state in {DeliveryState.SENT, DeliveryState.CONFIRMED}:
        require_move(delivery.state, DeliveryState.DRIFTED)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.DRIFTED, reason=DELETED, reason_params=params, updated_at=timezone.now()
        )
        lines = [EventLine(delivery.pk, "deleted_at_source", level="warning")]
        write_events(delivery.company_id, None, lines)
    elif delivery.state in ON_THE_WAY:
        note(delivery, DELETED, params)
    elif delivery.state in _WAITING and delivery.state != DeliveryState.SKIPPED:
        leave_out(delivery, DELETED, **params)


def send_soon(flow: Flow, delivery_ids: Sequence[int], *, user_id: int | None = None) -> Run | None:
    """Have these deliveries sent: by the announced run that has not begun yet, else by a new one."""
    if not delivery_ids:
        return None
    with transaction.atomic():
        Integration.objects.select_for_update(no_key=True).get(pk=flow.integration_id)
        waiting = Run.objects.filter(
            flow=flow, mode=RunMode.RESEND, state=RunState.QUEUED, is_automatic=True, cancel_requested_at=None
        ).order_by("pk")
        for run in waiting:
            both = sorted({*run.selection, *delivery_ids})
            # A worker may begin it this moment: then it has read what it sends, and the new ones need a run of theirs.
            if Run.objects.filter(pk=run.pk, state=RunState.QUEUED, started_at=None).update(selection=both):
                return run
        return request_run(flow, RunMode.RESEND, selection=sorted(delivery_ids), user_id=user_id, is_automatic=True)
