"""The guard of the first run: what the target may hold already is shown to a person before anything is created.

A party or item without binding is compared with the target's list. Anything alike becomes a proposal that holds its
delivery; nothing alike means that it is free to be created. So no double is made without a person having said so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole, encode_document, version_hash
from tilisilta.core.matching import MatchProposal as Likeness
from tilisilta.core.matching import MatchReason
from tilisilta.core.problems import problem
from tilisilta.engine.directory import Directory
from tilisilta.engine.identity import salt_of
from tilisilta.engine.log import EventLine, write_events, write_problems
from tilisilta.engine.states import TRANSITIONS
from tilisilta.engine.work import delivery_key, summarise
from tilisilta.store.models import (
    Binding,
    BindingOrigin,
    Delivery,
    DeliveryState,
    Document,
    Flow,
    FlowKind,
    Integration,
    MatchProposal,
    MatchState,
)

# Below this a likeness says too little to ask a person about it.
ASK_FROM = 0.5
PROBLEM_CODES = {
    DocumentKind.CUSTOMER: "PARTY_MATCH_NEEDED",
    DocumentKind.SUPPLIER: "PARTY_MATCH_NEEDED",
    DocumentKind.ITEM: "ITEM_MATCH_NEEDED",
}
PARTY_KINDS = {PartyRole.CUSTOMER: DocumentKind.CUSTOMER, PartyRole.SUPPLIER: DocumentKind.SUPPLIER}
_BATCH = 500


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of unbound records, by source key.

    `free` may be created; `bound` are certainly the target's own and are bound now (key to target id); `proposed` wait
    for a person.
    """

    free: tuple[str, ...] = ()
    bound: dict[str, str] = {}
    proposed: tuple[str, ...] = ()


def guard_parties(
    integration: Integration,
    role: PartyRole,
    unbound: Sequence[tuple[str, Party]],
    directory: Directory,
    *,
    run_id: int | None = None,
) -> Guarded:
    """Sort parties without binding into those that may be created and those that a person must match first.

    Runs in a store thread; hold the run's lease around it. May be called again with the same parties.

    Args:
        integration: Whose parties.
        role: Customers or suppliers.
        unbound: Source key and party, each key once.
        directory: The target's list of this role.
        run_id: The run that asks, for the event log.
    """
    return _guard(integration, PARTY_KINDS[role], unbound, directory, run_id)


def guard_items(
    integration: Integration,
    unbound: Sequence[tuple[str, Item]],
    directory: Directory,
    *,
    run_id: int | None = None,
) -> Guarded:
    """The same for items. An item of equal code and like name is certainly the same and is bound at once."""
    return _guard(integration, DocumentKind.ITEM, unbound, directory, run_id)


def likely(record: Party | Item, directory: Directory) -> tuple[Likeness, ...]:
    """Return what in the target's list a person must be asked about."""
    return tuple(each for each in directory.propose(record) if each.confidence >= ASK_FROM)


def certain(found: Sequence[Likeness]) -> str:
    """Return the target's id of an item that is certainly the same: the only one of its code, with a like name.

    A code alone is not enough: both sides may have used "001" for different things.
    """
    by_code = [each for each in found if MatchReason.CODE in each.reasons]
    names = {MatchReason.NAME, MatchReason.SIMILAR_NAME}
    return by_code[0].target_id if len(by_code) == 1 and names & set(by_code[0].reasons) else ""


def candidate_rows(found: Sequence[Likeness], directory: Directory) -> list[dict[str, Any]]:
    """Return candidates as they are stored and shown."""
    rows = []
    for each in found:
        listed = directory.by_id[each.target_id]
        rows.append(
            {
                **msgspec.to_builtins(listed),
                "confidence": each.confidence,
                "reasons": [reason.value for reason in each.reasons],
            }
        )
    return rows


def _guard(
    integration: Integration,
    kind: DocumentKind,
    unbound: Sequence[tuple[str, Party | Item]],
    directory: Directory,
    run_id: int | None,
) -> Guarded:
    records = dict(unbound)
    decided = _free_by_decision(integration, kind, list(records))
    free: list[str] = []
    bound: dict[str, str] = {}
    asked: dict[str, tuple[Likeness, ...]] = {}
    for key, record in records.items():
        found = () if key in decided or not len(directory) else likely(record, directory)
        if not found:
            free.append(key)
        elif kind is DocumentKind.ITEM and (target_id := certain(found)):
            bound[key] = target_id
        else:
            asked[key] = found
    with transaction.atomic():
        _bind(integration, kind, records, bound, directory)
        propose_and_store(integration, kind, {key: records[key] for key in asked}, asked, directory, run_id=run_id)
    return Guarded(free=tuple(free), bound=bound, proposed=tuple(asked))


def _free_by_decision(integration: Integration, kind: DocumentKind, keys: list[str]) -> set[str]:
    """Return the keys of which a person said that they shall be created."""
    free: set[str] = set()
    for start in range(0, len(keys), _BATCH):
        rows = MatchProposal.objects.filter(
            integration=integration,
            state=MatchState.CREATE,
            delivery__kind=kind,
            delivery__source_id__in=keys[start : start + _BATCH],
        )
        free.update(rows.values_list("delivery__source_id", flat=True))
    return free


def _bind(
    integration: Integration,
    kind: DocumentKind,
    records: Mapping[str, Party | Item],
    bound: Mapping[str, str],
    directory: Directory,
) -> None:
    Binding.objects.bulk_create(
        [
            Binding(
                company_id=integration.company_id,
                source_connection_id=integration.source_id,
                target_connection_id=integration.target_id,
                kind=kind,
                source_id=key,
                source_label=records[key].name[:200],
                target_id=target_id,
                target_label=directory.by_id[target_id].name[:200],
                origin=BindingOrigin.FOUND,
            )
            for key, target_id in bound.items()
        ],
        ignore_conflicts=True,
    )


def propose_and_store(
    integration: Integration,
    kind: DocumentKind,
    records: Mapping[str, Party | Item],
    found: Mapping[str, Sequence[Likeness]],
    directory: Directory,
    *,
    run_id: int | None = None,
) -> list[MatchProposal]:
    """Store a proposal for each record, with the delivery that it holds; open proposals get fresh candidates.

    Deliveries and documents that do not exist yet are made, so that the page can show what the source knows.
    """
    if not records:
        return []
    deliveries = _held_deliveries(integration, kind, records, run_id)
    code = PROBLEM_CODES[kind]
    known = {each.delivery_id: each for each in MatchProposal.objects.filter(delivery__in=list(deliveries.values()))}
    proposals, problems, events = [], [], []
    for key, delivery in deliveries.items():
        likenesses = found[key]
        proposal = known.get(delivery.pk)
        if proposal is None:
            proposal = MatchProposal(company_id=integration.company_id, integration=integration, delivery=delivery)
            events.append(EventLine(delivery.pk, "problem", level="warning", params={"reason": code}))
        proposal.candidates = candidate_rows(likenesses, directory)
        proposal.best_confidence = max((each.confidence for each in likenesses), default=0.0)
        proposal.state = MatchState.OPEN
        proposal.save()
        proposals.append(proposal)
        needed = problem(code, role=kind.value, key=key, name=records[key].name, count=len(likenesses))
        problems.append((delivery.pk, (needed,), None))
    write_problems(integration.company_id, integration.pk, problems)
    write_events(integration.company_id, run_id, events)
    return proposals


def _held_deliveries(
    integration: Integration, kind: DocumentKind, records: Mapping[str, Party | Item], run_id: int | None
) -> dict[str, Delivery]:
    """Return the deliveries of these records, in state problem wherever that is a legal move."""
    flow_kind = FlowKind.ITEMS if kind is DocumentKind.ITEM else FlowKind.PARTIES
    flow, _ = Flow.objects.get_or_create(
        integration=integration, kind=flow_kind, defaults={"company_id": integration.company_id}
    )
    held: dict[str, Delivery] = {}
    keys = list(records)
    for start in range(0, len(keys), _BATCH):
        rows = Delivery.objects.filter(flow=flow, kind=kind, source_id__in=keys[start : start + _BATCH])
        held.update({row.source_id: row for row in rows})
    for delivery in held.values():
        if DeliveryState.PROBLEM in TRANSITIONS[DeliveryState(delivery.state)]:
            delivery.state = DeliveryState.PROBLEM
            delivery.reason = PROBLEM_CODES[kind]
            delivery.updated_at = timezone.now()
            delivery.save(update_fields=["state", "reason", "updated_at"])
    documents = _documents(integration, kind, records)
    for key in keys:
        if key not in held:
            held[key] = Delivery.objects.create(
                company_id=integration.company_id,
                flow=flow,
                document=documents[key],
                kind=kind,
                source_id=key,
                number=documents[key].number,
                party_name=documents[key].party_name,
                state=DeliveryState.PROBLEM,
                reason=PROBLEM_CODES[kind],
                key=delivery_key(salt_of(integration), kind, key),
                version_hash=documents[key].version_hash,
                run_id=run_id,
            )
    return {key: held[key] for key in keys}


def _documents(
    integration: Integration, kind: DocumentKind, records: Mapping[str, Party | Item]
) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    for key, record in records.items():
        summary = summarise(record)
        documents[key], _ = Document.objects.get_or_create(
            connection_id=integration.source_id,
            kind=kind,
            source_id=key[:120],
            defaults={
                "company_id": integration.company_id,
                "number": summary.number,
                "party_name": summary.party_name,
                "party_key": summary.party_key,
                "version_hash": version_hash(record),
                "payload": encode_document(record),
            },
        )
    return documents
