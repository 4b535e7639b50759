"""Shapes that several resources share. Amounts are text with a decimal point, dates ISO 8601, moments in UTC."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Generic, TypeVar

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from tilisilta.core.money import amount_from_minor
from tilisilta.services.listings import MAX_LIMIT, Listing
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.problems import solution
from tilisilta.store.models import Delivery, DeliveryProblem, DeliveryState, Document, Role

MAX_ID: Final = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=MAX_ID, description="Id of ours")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=1000, description="Up to 1000 ids")]
Amount = Annotated[
    str, Field(pattern=r"^-?\d+(\.\d+)?$", description="Amount with a decimal point", examples=["124.00"])
]
Moment = Annotated[AwareDatetime, Field(description="Moment in UTC", examples=["2026-03-31T12:00:00Z"])]
Text = Annotated[str, Field(max_length=200)]
Params = Annotated[dict[str, Any], Field(description="What the texts name, by name")]
Evidence = Annotated[dict[str, Any], Field(description="The other system's own answer, without secrets")]

# What operations tell the guard and the OpenAPI document of themselves.
ACCOUNTANT: Final[dict[str, Any]] = {"x-role": Role.ACCOUNTANT.value}
ADMIN: Final[dict[str, Any]] = {"x-role": Role.ADMIN.value}
ASKS_VENDOR: Final[dict[str, Any]] = {"x-asks-vendor": True}
# Its answer is shown once and kept nowhere, so a repeat is done again.
SHOWS_SECRET: Final[dict[str, Any]] = {"x-shows-secret": True}

T = TypeVar("T")
R = TypeVar("R")


class Input(Schema):
    """A body that callers send: unknown fields are mistakes, not wishes that nobody hears."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[T]):
    """A page of a list. Send `next` as `cursor` for the page after it; null ends the list."""

    items: list[T] = Field(description="The rows")
    next: str | None = Field(description="Cursor of the next page, null at the end")


class PageQuery(Schema):
    """Where a page begins and how long it may be."""

    cursor: str = Field("", max_length=2000, description="`next` of the page before; empty for the first page")
    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="The most rows of a page")


class Done(Schema):
    """How many rows an action reached."""

    count: int = Field(description="How many rows were changed")


def page_out(listing: Listing[R], shape: Callable[[R], T]) -> dict[str, Any]:
    """Return a page as it leaves."""
    return {"items": [shape(row) for row in listing.rows], "next": listing.next_cursor or None}


def amount(minor: int, currency: str) -> str:
    """Return minor units as text with a decimal point."""
    return format(amount_from_minor(minor, currency or "EUR"), "f")


def texts(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that can leave as JSON."""
    return {
        str(name): value if isinstance(value, str | int | bool | None) else str(value) for name, value in params.items()
    }


class ProblemWords(Schema):
    """A problem in the caller's language."""

    code: str = Field(description="Stable code; see /problem-codes")
    title: str
    cause: str
    remedy: str
    params: Params


def words_of(code: str, params: Mapping[str, Any]) -> ProblemWords:
    """Return a problem's code with its texts in the caller's language."""
    words = describe(code, params)
    return ProblemWords(code=code, title=words.title, cause=words.cause, remedy=words.remedy, params=texts(params))


class ProblemOut(Schema):
    """One thing that a person must settle before a document may go on."""

    id: int
    code: str = Field(description="Stable code; see /problem-codes")
    title: str
    cause: str
    remedy: str
    link: str = Field(description="Path of the page where it is solved; empty when that is elsewhere")
    severity: str = Field(description="error, warning or info")
    place: str = Field(description="Where in the document: lines[0].vat_code")
    group: str = Field(description="Equal for problems that one answer solves")
    params: Params
    evidence: Evidence
    delivery_id: int
    integration_id: int
    document_number: str
    party_name: str
    created_at: dt.datetime
    solved_at: dt.datetime | None


def problem_out(row: DeliveryProblem) -> ProblemOut:
    """Return a problem as it leaves."""
    words = describe(row.code, row.params)
    place = solution(row)
    return ProblemOut(
        id=row.pk,
        code=row.code,
        title=words.title,
        cause=words.cause,
        remedy=words.remedy,
        link=place.link if place else "",
        severity=row.severity,
        place=row.where,
        group=row.group,
        params=texts(row.params),
        evidence=dict(row.evidence),
        delivery_id=row.delivery_id,
        integration_id=row.integration_id,
        document_number=row.delivery.number,
        party_name=row.delivery.party_name,
        created_at=row.created_at,
        solved_at=row.solved_at,
    )


class DeliveryOut(Schema):
    """One document on its way to one target."""

    id: int
    flow_id: int
    document_id: int | None
    run_id: int | None = Field(description="The run that touched it last")
    kind: str
    source_id: str = Field(description="The source's own id")
    number: str
    party_name: str
    date: dt.date | None
    currency: str
    gross: Amount
    state: DeliveryState
    state_text: str = Field(description="The state in the caller's language")
    reason: ProblemWords | None = Field(description="Why it was left out, put on hold, refused or no longer agrees")
    attempt: int
    target_id: str
    target_number: str
    target_gross: Amount | None = Field(description="What the target shows, when it was read back")
    retry_at: dt.datetime | None
    sent_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


def delivery_out(row: Delivery) -> DeliveryOut:
    """Return a delivery as it leaves."""
    theirs = row.target_gross_minor
    return DeliveryOut(
        id=row.pk,
        flow_id=row.flow_id,
        document_id=row.document_id,
        run_id=row.run_id,
        kind=row.kind,
        source_id=row.source_id,
        number=row.number,
        party_name=row.party_name,
        date=row.date,
        currency=row.currency,
        gross=amount(row.gross_minor, row.currency),
        state=DeliveryState(row.state),
        state_text=str(DeliveryState(row.state).label),
        reason=words_of(row.reason, row.reason_params) if row.reason else None,
        attempt=row.attempt,
        target_id=row.target_id,
        target_number=row.target_number,
        target_gross=None if theirs is None else amount(theirs, row.currency),
        retry_at=row.retry_at,
        sent_at=row.sent_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


class DocumentOut(Schema):
    """A document as its source showed it last."""

    id: int
    connection_id: int
    kind: str
    source_id: str
    number: str
    date: dt.date | None
    due_date: dt.date | None
    party_name: str
    currency: str
    net: Amount
    vat: Amount
    gross: Amount
    version: int = Field(description="Grows each time the source shows something else")
    is_deleted_at_source: bool
    first_seen_at: dt.datetime
    changed_at: dt.datetime


def document_out(row: Document) -> DocumentOut:
    """Return a document as it leaves."""
    return DocumentOut(
        id=row.pk,
        connection_id=row.connection_id,
        kind=row.kind,
        source_id=row.source_id,
        number=row.number,
        date=row.date,
        due_date=row.due_date,
        party_name=row.party_name,
        currency=row.currency,
        net=amount(row.net_minor, row.currency),
        vat=amount(row.vat_minor, row.currency),
        gross=amount(row.gross_minor, row.currency),
        version=row.version,
        is_deleted_at_source=row.is_deleted_at_source,
        first_seen_at=row.first_seen_at,
        changed_at=row.changed_at,
    )
