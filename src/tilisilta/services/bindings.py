"""Tying the source's ids to the target's by a person's word, and what follows from it."""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.core.problems import problem
from tilisilta.engine.guard import PROBLEM_CODES
from tilisilta.engine.log import problem_group
from tilisilta.engine.states import TRANSITIONS
from tilisilta.services.access import Actor
from tilisilta.services.settling import settle
from tilisilta.store.models import (
    Binding,
    BindingOrigin,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Event,
    Integration,
    MatchProposal,
    MatchState,
)

_BATCH = 500


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """One pair: the source's id and the target's, with their names for reading."""

    source_id: str
    target_id: str
    source_label: str = ""
    target_label: str = ""
    is_sent: bool = False  # a transfer of ours made the target's row
    tied_at: dt.datetime | None = None


def load_ties(integration: Integration, kind: DocumentKind) -> list[Tie]:
    """Return the whole id map of one kind, by source id."""
    rows = Binding.objects.filter(
        source_connection=integration.source_id, target_connection=integration.target_id, kind=kind
    ).order_by("source_id")
    return [
        Tie(
            source_id=row.source_id,
            target_id=row.target_id,
            source_label=row.source_label,
            target_label=row.target_label,
            is_sent=row.origin == BindingOrigin.SENT,
            tied_at=row.created_at,
        )
        for row in rows
    ]


def bind(actor: Actor, integration: Integration, kind: DocumentKind, ties: Sequence[Tie], origin: BindingOrigin) -> int:
    """Store pairs over what was there, close what asked for them, and return how many documents may go now."""
    with transaction.atomic():
        now = timezone.now()
        Binding.objects.bulk_create(
            [
                Binding(
                    company=actor.company,
                    source_connection=integration.source,
                    target_connection=integration.target,
                    kind=kind,
                    source_id=tie.source_id,
                    source_label=tie.source_label[:200],
                    target_id=tie.target_id,
                    target_label=tie.target_label[:200],
                    origin=origin,
                    created_at=now,
                    created_by=actor.user,
                )
                for tie in ties
            ],
            update_conflicts=True,
            unique_fields=["source_connection", "target_connection", "kind", "source_id"],
            update_fields=["source_label", "target_id", "target_label", "origin", "created_at", "created_by"],
            batch_size=_BATCH,
        )
        targets = {tie.source_id: tie for tie in ties}
        _close(actor, integration, kind, targets)
        return settle(actor, waiting_problems(integration, kind, list(targets)))


def unbind(integration: Integration, kind: DocumentKind, source_ids: Sequence[str], *, are_gone: bool = False) -> int:
    """Remove pairs; the next import asks about these records again. Returns how many there were.

    With `are_gone` the target no longer has what was tied, so that even what a transfer made may be made anew.
    """
    removed = 0
    with transaction.atomic():
        for part in _parts(list(source_ids)):
            rows = Binding.objects.filter(
                source_connection=integration.source_id,
                target_connection=integration.target_id,
                kind=kind,
                source_id__in=part,
            )
            removed += rows.count()
            rows.delete()
            own = Delivery.objects.filter(flow__integration=integration, kind=kind, source_id__in=part)
            # A delivery stands for a decision. One that only remembers a match would keep the guard from asking.
            (own if are_gone else own.filter(sent_at=None)).delete()
            own.filter(state__in=[DeliveryState.SENT, DeliveryState.CONFIRMED]).update(
                state=DeliveryState.DRIFTED, reason="UNTIED", updated_at=timezone.now()
            )
    return removed


def _close(actor: Actor, integration: Integration, kind: DocumentKind, ties: Mapping[str, Tie]) -> None:
    """End the deliveries of records that need not be created any more, with their proposals and questions."""
    now = timezone.now()
    for part in _parts(list(ties)):
        rows = Delivery.objects.filter(flow__integration=integration, kind=kind, source_id__in=part)
        own = list(
            rows.select_for_update(of=("self",), no_key=True).order_by("pk")
        )  # a run may be about to send one of them
        ended = [each for each in own if DeliveryState.CONFIRMED in TRANSITIONS[DeliveryState(each.state)]]
        for delivery in ended:
            tie = ties[delivery.source_id]
            delivery.state = DeliveryState.CONFIRMED
            delivery.reason = ""
            delivery.target_id = tie.target_id
            delivery.target_number = tie.target_label[:100]
            delivery.decided_by = actor.user
            delivery.updated_at = now
        Delivery.objects.bulk_update(
            ended,
            ["state", "reason", "target_id", "target_number", "decided_by", "updated_at"],
            batch_size=100,
        )
        Event.objects.bulk_create(
            Event(
                company=actor.company,
                delivery=delivery,
                code="matched",
                params={"target": delivery.target_number or delivery.target_id},
                user=actor.user,
            )
            for delivery in ended
        )
        ids = [delivery.pk for delivery in own]
        MatchProposal.objects.filter(delivery__in=ids).update(
            state=MatchState.MATCHED, decided_by=actor.user, decided_at=now
        )
        DeliveryProblem.objects.filter(delivery__in=ids, code=PROBLEM_CODES[kind], solved_at=None).update(
            solved_at=now, solved_by=actor.user
        )


def waiting_problems(integration: Integration, kind: DocumentKind, keys: Sequence[str]) -> list[int]:
    """Return the open problems of documents that wait for these customers, suppliers or items."""
    found: list[int] = []
    for part in _parts(list(keys)):
        rows = DeliveryProblem.objects.filter(
            integration=integration, solved_at=None, group__in=[_group(kind, key) for key in part]
        )
        found += rows.values_list("pk", flat=True)
    return found


def _group(kind: DocumentKind, key: str) -> str:
    if kind is DocumentKind.ITEM:
        return problem_group(problem("ITEM_NOT_BOUND", key=key))
    return problem_group(problem("PARTY_NOT_BOUND", role=kind.value, key=key))


def _parts(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
