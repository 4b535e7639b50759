"""What people did at the source to documents while these were on their way: told once the answer is known.

A delivery that is being sent belongs to its run, so who edits or removes its document only notes that. The run reads
the note in the transaction of the answer: what arrived is shown as a difference, what did not is not sent any more.
"""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from tilisilta.engine.log import EventLine, storable, write_events
from tilisilta.engine.states import MAY_RETRY, require_move
from tilisilta.store.models import Delivery, DeliveryProblem, DeliveryState

CHANGED, DELETED = "CHANGED_AT_SOURCE", "DELETED_AT_SOURCE"
ON_THE_WAY = frozenset({DeliveryState.SENDING, DeliveryState.UNCERTAIN})
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.CONFIRMED})
_STILL_GOING = ON_THE_WAY | {DeliveryState.READY}
_EVENTS = {CHANGED: "changed_at_source", DELETED: "deleted_at_source"}

Notes = dict[int, tuple[str, Mapping[str, str]]]


def note(delivery: Delivery, reason: str, params: Mapping[str, str]) -> None:
    """Note on a locked delivery that is on its way what happened to its document; a removal outweighs an edit."""
    if delivery.reason != DELETED:
        Delivery.objects.filter(pk=delivery.pk).update(
            reason=reason, reason_params=storable(params), updated_at=timezone.now()
        )


def read_notes(delivery_ids: Sequence[int]) -> Notes:
    """Return reason and parameters noted on deliveries, and lock them all: a later note finds the answer's state."""
    rows = Delivery.objects.filter(pk__in=delivery_ids).select_for_update(no_key=True).order_by("pk")
    noted = rows.values_list("pk", "state", "reason", "reason_params")
    return {pk: (reason, params) for pk, state, reason, params in noted if state in ON_THE_WAY and reason in _EVENTS}


def settle(company_id: int, run_id: int | None, notes: Notes) -> dict[int, DeliveryState]:
    """Let deliveries whose answer was just stored follow their notes; return the states that differ from it."""
    now = timezone.now()
    changed: dict[int, DeliveryState] = {}
    lines: list[EventLine] = []
    for row in Delivery.objects.filter(pk__in=list(notes)).order_by("pk"):
        reason, params = notes[row.pk]
        state = _after(row.state, reason)
        if state == row.state and state not in _STILL_GOING and reason != DELETED:
            continue  # it stopped, and says why; what is sent when it goes again is the document of today
        Delivery.objects.filter(pk=row.pk).update(state=state, reason=reason, reason_params=params, updated_at=now)
        if state == row.state:
            continue
        require_move(row.state, state)
        changed[row.pk] = state
        if state == DeliveryState.DRIFTED:
            lines.append(EventLine(row.pk, _EVENTS[reason], level="warning"))
        else:
            DeliveryProblem.objects.filter(delivery_id=row.pk, solved_at=None).update(solved_at=now)
            lines.append(EventLine(row.pk, "left_out", params={"reason": reason, **params}))
    write_events(company_id, run_id, lines)
    return changed


def _after(state: str, reason: str) -> DeliveryState:
    if state in _ARRIVED:
        return DeliveryState.DRIFTED
    if reason == DELETED and (state == DeliveryState.READY or state in MAY_RETRY):
        return DeliveryState.SKIPPED
    return DeliveryState(state)
