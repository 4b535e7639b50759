"""Matches: what the first-run guard found alike in the target, decided by a person one by one or many at once."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DocumentKind, Item, Party, decode_document
from tilisilta.core.matching import MatchReason
from tilisilta.engine.directory import Directory, ListedRow, load_list, record_of
from tilisilta.engine.guard import likely, propose_and_store
from tilisilta.services import audit, id_map, table_texts
from tilisilta.services.access import Actor, require
from tilisilta.services.bindings import Tie, bind, load_ties, waiting_problems
from tilisilta.services.errors import ServiceError
from tilisilta.services.settling import batches, settle
from tilisilta.store.models import (
    BindingOrigin,
    Company,
    DeliveryProblem,
    Document,
    Integration,
    MatchProposal,
    MatchState,
    Role,
)

table_texts.make_known()

PAGE_SIZE: Final = 50
SURE_FROM: Final = 0.95
_BATCH: Final = 500

REASONS: Final[dict[str, Promise]] = {
    MatchReason.REGISTRY_CODE: _("same registry code"),
    MatchReason.VAT_NUMBER: _("same VAT number"),
    MatchReason.EMAIL: _("same e-mail address"),
    MatchReason.CODE: _("same code"),
    MatchReason.NAME: _("same name"),
    MatchReason.SIMILAR_NAME: _("similar name"),
    MatchReason.REGISTRY_CODE_DIFFERS: _("the registry code differs"),
    MatchReason.CODE_DIFFERS: _("the code differs"),
}
AGAINST: Final = frozenset({MatchReason.REGISTRY_CODE_DIFFERS.value, MatchReason.CODE_DIFFERS.value})


class Reason(msgspec.Struct, frozen=True):
    text: str
    speaks_against: bool = False


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the target's list that may be meant. `tied_to` is the source id that has it already."""

    listed: ListedRow
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    tied_to: str = ""

    @property
    def percent(self) -> int:
        return round(self.confidence * 100)

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE_FROM


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal as the page shows it: what the source knows, and what may be meant, best first."""

    proposal: MatchProposal
    record: Party | Item
    candidates: tuple[Candidate, ...]

    @property
    def is_item(self) -> bool:
        return isinstance(self.record, Item)

    @property
    def title(self) -> str:
        """Return the record's name; an item without one is called by its code."""
        return self.record.name or (self.record.code if isinstance(self.record, Item) else "") or "–"

    @property
    def others(self) -> int:
        """Return how many candidates there are beside the best."""
        return max(0, len(self.candidates) - 1)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How many were decided, how many were left because more than one was as likely, how many documents may go now."""

    decided: int = 0
    left: int = 0
    released: int = 0


def counts(company: Company, integration: Integration | None = None) -> dict[str, int]:
    """Return how many questions are open, by kind."""
    rows = _open(company, integration).order_by().values_list("delivery__kind").annotate(Count("id"))
    return dict(rows)


def _open(company: Company, integration: Integration | None = None) -> QuerySet[MatchProposal]:
    found = MatchProposal.objects.filter(company=company, state=MatchState.OPEN)
    return found.filter(integration=integration) if integration is not None else found


def questions(
    company: Company,
    *,
    integration: Integration | None = None,
    kind: str = "",
    text: str = "",
    offset: int = 0,
) -> tuple[list[Question], int]:
    """Return a page of open questions, the surest first, and how many there are in all."""
    found = _open(company, integration)
    if kind:
        found = found.filter(delivery__kind=kind)
    if text.strip():
        found = found.filter(delivery__party_name__icontains=text.strip())
    total = found.count()
    rows = found.select_related("delivery", "delivery__document", "integration", "integration__target")
    page = list(rows.order_by("-best_confidence", "id")[offset : offset + PAGE_SIZE])
    ties: dict[tuple[int, str], dict[str, str]] = {}
    return [_question(proposal, ties) for proposal in page], total


def questions_of(proposals: Iterable[MatchProposal]) -> list[Question]:
    """Return proposals as questions, in their order."""
    ties: dict[tuple[int, str], dict[str, str]] = {}
    return [_question(proposal, ties) for proposal in proposals]


def question(actor: Actor, proposal_id: int) -> Question:
    """Return one question of the actor's company, open or not; DoesNotExist otherwise."""
    rows = MatchProposal.objects.select_related(
        "delivery", "delivery__document", "integration", "integration__source", "integration__target"
    )
    return _question(rows.get(pk=proposal_id, company=actor.company), {})


def _question(proposal: MatchProposal, ties: dict[tuple[int, str], dict[str, str]]) -> Question:
    kind = DocumentKind(proposal.delivery.kind)
    place = (proposal.integration_id, kind.value)
    if place not in ties:
        ties[place] = {tie.target_id: tie.source_id for tie in load_ties(proposal.integration, kind)}
    candidates = tuple(_candidate(row, ties[place]) for row in proposal.candidates)
    return Question(proposal=proposal, record=_record(proposal, kind), candidates=candidates)


def _candidate(row: dict[str, Any], ties: dict[str, str]) -> Candidate:
    reasons = tuple(Reason(str(REASONS.get(name, name)), name in AGAINST) for name in row.get("reasons", ()))
    listed = msgspec.convert(row, ListedRow)
    return Candidate(
        listed=listed,
        confidence=float(row.get("confidence", 0)),
        reasons=reasons,
        tied_to=ties.get(listed.target_id, ""),
    )


def _record(proposal: MatchProposal, kind: DocumentKind) -> Party | Item:
    document = proposal.delivery.document
    record = decode_document(kind, bytes(document.payload)) if document is not None else None
    if isinstance(record, Party | Item):
        return record
    name = proposal.delivery.party_name
    return Item(name=name) if kind is DocumentKind.ITEM else Party(name=name)


# --- deciding ----------------------------------------------------------------------------------------------


def accept(actor: Actor, proposal: MatchProposal, target_id: str) -> Decided:
    """Tie a record to a row of the target's list: a candidate, or any other row that was searched for.

    Raises:
        Forbidden: the role is too low.
        ServiceError: MATCH_DECIDED, MATCH_TARGET_UNKNOWN.
    """
    require(actor, Role.ACCOUNTANT)
    if proposal.state != MatchState.OPEN:
        raise ServiceError("MATCH_DECIDED")
    names = {str(row["target_id"]): str(row.get("name", "")) for row in proposal.candidates}
    if target_id not in names:
        kind = DocumentKind(proposal.delivery.kind)
        names.update({row.target_id: row.name for row in id_map.target_rows(proposal.integration, kind)})
    if target_id not in names:
        raise ServiceError("MATCH_TARGET_UNKNOWN")
    decided = _bind_all(actor, [(proposal, target_id, names[target_id])])
    if not decided.decided:
        raise ServiceError("MATCH_DECIDED")
    return decided


def accept_best(actor: Actor, proposals: Iterable[MatchProposal], *, from_confidence: float = 0.0) -> Decided:
    """Tie each record to its best candidate of at least this confidence.

    A record with two candidates of the same highest confidence is left: a person chooses.
    """
    require(actor, Role.ACCOUNTANT)
    chosen: list[tuple[MatchProposal, str, str]] = []
    left = 0
    for proposal in proposals:
        if proposal.state != MatchState.OPEN or proposal.best_confidence < from_confidence:
            continue
        best = [row for row in proposal.candidates if row["confidence"] == proposal.best_confidence]
        if len(best) == 1:
            chosen.append((proposal, str(best[0]["target_id"]), str(best[0].get("name", ""))))
        else:
            left += 1
    return msgspec.structs.replace(_bind_all(actor, chosen), left=left)


def accept_all_sure(actor: Actor, integration: Integration | None = None, kind: str = "") -> Decided:
    """Tie every open record whose best candidate is at 95 % or above."""
    return accept_best(actor, _all_open(actor, integration, kind), from_confidence=SURE_FROM)


def _all_open(actor: Actor, integration: Integration | None, kind: str) -> QuerySet[MatchProposal]:
    found = _open(actor.company, integration).select_related("delivery", "integration")
    return found.filter(delivery__kind=kind) if kind else found


def create_new(actor: Actor, proposals: Iterable[MatchProposal]) -> Decided:
    """Say that these records are none of the target's: they are created, and the documents that wait may go.

    Raises:
        Forbidden: the role is too low.
    """
    require(actor, Role.ACCOUNTANT)
    released = 0
    with transaction.atomic():
        chosen = _still_open(proposals)
        for integration, kind, part in _by_list(chosen):
            for start in range(0, len(part), _BATCH):
                some = part[start : start + _BATCH]
                MatchProposal.objects.filter(pk__in=[each.pk for each in some]).update(
                    state=MatchState.CREATE, decided_by=actor.user, decided_at=timezone.now()
                )
                own = DeliveryProblem.objects.filter(
                    delivery__in=[each.delivery_id for each in some], code__endswith="_MATCH_NEEDED", solved_at=None
                )
                # First the new records, then the documents that need them: runs go in the order they are asked for.
                settle(actor, list(own.values_list("pk", flat=True)))
                waiting = waiting_problems(integration, kind, [each.delivery.source_id for each in some])
                released += settle(actor, waiting)
            _record_decision(actor, integration, kind, [f"{each.delivery.source_id} = new" for each in part])
    return Decided(decided=len(chosen), released=released)


def selected(actor: Actor, proposal_ids: Sequence[int]) -> list[MatchProposal]:
    """Return the proposals of these ids that are the company's, in no certain order; others are left out."""
    rows = MatchProposal.objects.filter(company=actor.company, pk__in=proposal_ids)
    return list(rows.select_related("delivery", "integration"))


def _still_open(proposals: Iterable[MatchProposal]) -> list[MatchProposal]:
    """Return those that nobody decided meanwhile, locked: two people answer one question once."""
    asked = list(proposals)
    open_ids: set[int] = set()
    for part in batches([each.pk for each in asked]):
        rows = MatchProposal.objects.select_for_update(no_key=True).filter(pk__in=part, state=MatchState.OPEN)
        open_ids.update(rows.order_by("pk").values_list("pk", flat=True))
    return [each for each in asked if each.pk in open_ids]


def _by_list(proposals: Sequence[MatchProposal]) -> list[tuple[Integration, DocumentKind, list[MatchProposal]]]:
    found: dict[tuple[int, str], list[MatchProposal]] = {}
    for proposal in proposals:
        found.setdefault((proposal.integration_id, proposal.delivery.kind), []).append(proposal)
    return [(part[0].integration, DocumentKind(kind), part) for (_pk, kind), part in found.items()]


def _bind_all(actor: Actor, chosen: Sequence[tuple[MatchProposal, str, str]]) -> Decided:
    targets = {proposal.pk: (target_id, name) for proposal, target_id, name in chosen}
    released = 0
    with transaction.atomic():
        still_open = _still_open(proposal for proposal, _target, _name in chosen)
        for integration, kind, part in _by_list(still_open):
            ties = [
                Tie(
                    source_id=each.delivery.source_id,
                    source_label=each.delivery.party_name,
                    target_id=targets[each.pk][0],
                    target_label=targets[each.pk][1],
                )
                for each in part
            ]
            released += bind(actor, integration, kind, ties, BindingOrigin.MATCHED)
            _record_decision(actor, integration, kind, [f"{tie.source_id} = {tie.target_id}" for tie in ties])
    return Decided(decided=len(still_open), released=released)


def _record_decision(actor: Actor, integration: Integration, kind: DocumentKind, rows: list[str]) -> None:
    audit.record(
        actor,
        "match.decided",
        subject=f"{integration.name}: {id_map.KINDS[kind]}",
        link=reverse("match-list", args=[actor.company.pk, integration.pk]),
        rows=rows[:200],
        count=len(rows),
    )


# --- finding -----------------------------------------------------------------------------------------------


def build_proposals(actor: Actor, integration: Integration, kind: DocumentKind) -> int:
    """Compare what is known of the source with the target's list as last read; return how many questions that makes.

    Known are records that the source showed us and lists that people brought. Records that are tied or decided are
    left alone. Run it before the first import; imports ask by themselves later.

    Raises:
        Forbidden: the role is too low.
    """
    require(actor, Role.ACCOUNTANT)
    tied = {tie.source_id for tie in load_ties(integration, kind)}
    decided = set(
        MatchProposal.objects.filter(integration=integration, delivery__kind=kind)
        .exclude(state=MatchState.OPEN)
        .values_list("delivery__source_id", flat=True)
    )
    directory = Directory(kind, id_map.target_rows(integration, kind))
    records = {key: record for key, record in _known(integration, kind) if key not in tied | decided}
    found = {key: alike for key, record in records.items() if (alike := likely(record, directory))}
    with transaction.atomic():
        propose_and_store(integration, kind, {key: records[key] for key in found}, found, directory)
    return len(found)


def _known(integration: Integration, kind: DocumentKind) -> Iterable[tuple[str, Party | Item]]:
    for row in load_list(integration.source_id, kind)[0]:
        yield row.target_id, record_of(row, kind)
    documents = Document.objects.filter(
        connection=integration.source_id, kind=kind, is_deleted_at_source=False
    ).values_list("source_id", "payload")
    for source_id, payload in documents.iterator(chunk_size=_BATCH):
        record = decode_document(kind, bytes(payload))
        if isinstance(record, Party | Item):
            yield source_id, record
