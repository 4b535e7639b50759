"""Matches: what the first-run guard found alike in the target, waiting for a decision."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.id_map import MapKind
from tilisilta.api.integrations import own_integration
from tilisilta.api.shapes import ACCOUNTANT, Done, Id, Ids, Input, Page, PageQuery, Text, page_out
from tilisilta.core.documents import Item, Party
from tilisilta.services import listings, matches
from tilisilta.services.listings import Listing
from tilisilta.services.matches import Candidate, Decided, Question
from tilisilta.store.models import Integration, MatchProposal

router = Router(tags=["Matches"])


class CandidateOut(Schema):
    """A row of the target's list that may be meant."""

    target_id: str
    name: str
    code: str
    registry_code: str
    vat_number: str
    email: str
    percent: int = Field(description="How sure it is, 0 to 100")
    reasons: list[str]
    against: list[str] = Field(description="What speaks against it")
    tied_to: str = Field(description="The source id that has this row already; empty when it is free")


class MatchOut(Schema):
    """A customer, supplier or item of the source with what may be the same in the target, best first."""

    id: int
    integration_id: int
    kind: str
    source_id: str
    name: str
    registry_code: str
    vat_number: str
    email: str
    code: str
    state: str = Field(description="open, matched or create")
    decided_at: dt.datetime | None
    candidates: list[CandidateOut]


class Acceptance(Input):
    """The row of the target that is the same."""

    target_id: str = Field(min_length=1, max_length=120)


class MatchesChosen(Input):
    """Matches to be decided."""

    match_ids: Ids


class MatchScope(Input):
    """Where to decide; all of the company when nothing is said."""

    integration_id: Id | None = None
    kind: MapKind | None = None


class MatchSearch(Input):
    """Where to look for likenesses."""

    integration_id: Id
    kind: MapKind


class DecidedOut(Schema):
    """What became of the matches."""

    decided_count: int
    left_count: int = Field(description="Left because several candidates are as likely")
    released_count: int = Field(description="How many documents waited for them and may go now")


class MatchQuery(PageQuery):
    """Filters of matches."""

    integration_id: Id | None = None
    kind: MapKind | None = None
    text: Text = Field("", description="Part of the name")


def _candidate(each: Candidate) -> CandidateOut:
    return CandidateOut(
        target_id=each.listed.target_id,
        name=each.listed.name,
        code=each.listed.code,
        registry_code=each.listed.registry_code,
        vat_number=each.listed.vat_number,
        email=each.listed.email,
        percent=each.percent,
        reasons=[reason.text for reason in each.reasons if not reason.speaks_against],
        against=[reason.text for reason in each.reasons if reason.speaks_against],
        tied_to=each.tied_to,
    )


def _out(question: Question) -> MatchOut:
    row, record = question.proposal, question.record
    party = record if isinstance(record, Party) else Party()
    return MatchOut(
        id=row.pk,
        integration_id=row.integration_id,
        kind=row.delivery.kind,
        source_id=row.delivery.source_id,
        name=record.name,
        registry_code=party.registry_code,
        vat_number=party.vat_number,
        email=party.email,
        code=record.code if isinstance(record, Item) else "",
        state=row.state,
        decided_at=row.decided_at,
        candidates=[_candidate(each) for each in question.candidates],
    )


def _decided(decided: Decided) -> DecidedOut:
    return DecidedOut(decided_count=decided.decided, left_count=decided.left, released_count=decided.released)


def _place(request: HttpRequest, scope: MatchScope) -> tuple[Integration | None, str]:
    integration = None if scope.integration_id is None else own_integration(request, scope.integration_id)
    return integration, scope.kind or ""


@router.get("/matches", response=Page[MatchOut], summary="List open matches")
def list_matches(request: HttpRequest, query: Query[MatchQuery]) -> dict[str, Any]:
    """Return what waits for a decision, the surest first."""
    found = listings.open_matches(
        actor_of(request).company, integration_id=query.integration_id, kind=query.kind or "", text=query.text
    )
    rows: Listing[MatchProposal] = listings.page(
        found, ["-best_confidence", "id"], cursor=query.cursor, limit=query.limit
    )
    questions = Listing(rows=tuple(matches.questions_of(rows.rows)), next_cursor=rows.next_cursor)
    return page_out(questions, _out)


@router.get("/matches/{int:match_id}", response=MatchOut, summary="Show a match")
def get_match(request: HttpRequest, match_id: Id) -> MatchOut:
    """Return one match, decided or not."""
    return _out(matches.question(actor_of(request), match_id))


@router.post(
    "/matches/{int:match_id}/accept", response=DecidedOut, summary="Say which row is the same", openapi_extra=ACCOUNTANT
)
def accept_match(request: HttpRequest, match_id: Id, chosen: Acceptance) -> DecidedOut:
    """Tie the record to a row of the target's list: a candidate or any other row."""
    actor = actor_of(request)
    return _decided(matches.accept(actor, matches.question(actor, match_id).proposal, chosen.target_id))


@router.post("/matches/accept-best", response=DecidedOut, summary="Take the best candidates", openapi_extra=ACCOUNTANT)
def accept_best(request: HttpRequest, chosen: MatchesChosen) -> DecidedOut:
    """Tie each record to its best candidate; those with two as likely are left."""
    actor = actor_of(request)
    return _decided(matches.accept_best(actor, listings.require_matches(actor.company, chosen.match_ids)))


@router.post("/matches/accept-sure", response=DecidedOut, summary="Take all sure candidates", openapi_extra=ACCOUNTANT)
def accept_sure(request: HttpRequest, scope: MatchScope) -> DecidedOut:
    """Tie every open record whose best candidate is at 95 % or above."""
    return _decided(matches.accept_all_sure(actor_of(request), *_place(request, scope)))


@router.post("/matches/create", response=DecidedOut, summary="Have records created", openapi_extra=ACCOUNTANT)
def create_records(request: HttpRequest, chosen: MatchesChosen) -> DecidedOut:
    """Say that these records are none of the target's: they are created there."""
    actor = actor_of(request)
    return _decided(matches.create_new(actor, listings.require_matches(actor.company, chosen.match_ids)))


@router.post("/matches/search", response=Done, summary="Look for likenesses", openapi_extra=ACCOUNTANT)
def search_matches(request: HttpRequest, place: MatchSearch) -> Done:
    """Compare what is known of the source with the target's list as last read; return how many matches that makes."""
    row = own_integration(request, place.integration_id)
    return Done(count=matches.build_proposals(actor_of(request), row, place.kind.document_kind))
