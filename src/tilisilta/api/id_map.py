"""The id map: which of the source's ids stands for which row of the target's lists."""

import datetime as dt
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.integrations import own_integration
from tilisilta.api.mappings import (
    DOWNLOADS,
    AppliedOut,
    FileQuery,
    ImportOut,
    StagedRowOut,
    file_answer,
    import_out,
    staged_row,
)
from tilisilta.api.shapes import ACCOUNTANT, ASKS_VENDOR, Done, Id, Input, Page, PageQuery, page_out
from tilisilta.core.documents import DocumentKind
from tilisilta.services import id_map, id_map_files, listings, staging
from tilisilta.store.models import Binding, StagedTable

router = Router(tags=["Id map"])


class MapKind(StrEnum):
    """Kinds of records whose ids are tied."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    ITEM = "item"

    @property
    def document_kind(self) -> DocumentKind:
        return DocumentKind(self.value)


class TieOut(Schema):
    """One of the source's ids and the target's row that it stands for."""

    id: int
    source_id: str
    source_label: str
    target_id: str
    target_label: str
    origin: str = Field(description="sent, found, matched or imported")
    created_at: dt.datetime


class TieNew(Input):
    """A pair to be stored, over what the source's id was tied to."""

    source_id: str = Field(min_length=1, max_length=200)
    target_id: str = Field(min_length=1, max_length=120)


class TieQuery(Schema):
    """The pair to be removed."""

    source_id: str = Field(min_length=1, max_length=200)


class ReleasedOut(Schema):
    """How many documents waited for an answer and may go now."""

    released_count: int


class ChosenLines(Input):
    """Lines of the file to be saved; null for all that can be."""

    lines: list[int] | None = Field(None, max_length=100_000)


def _tie(row: Binding) -> TieOut:
    return TieOut(
        id=row.pk,
        source_id=row.source_id,
        source_label=row.source_label,
        target_id=row.target_id,
        target_label=row.target_label,
        origin=row.origin,
        created_at=row.created_at,
    )


@router.get("/integrations/{int:integration_id}/id-map/{kind}", response=Page[TieOut], summary="List the id map")
def list_ties(request: HttpRequest, integration_id: Id, kind: MapKind, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the pairs of one kind by the source's id."""
    found = listings.bindings(own_integration(request, integration_id), kind.value)
    return page_out(listings.page(found, ["source_id", "id"], cursor=query.cursor, limit=query.limit), _tie)


@router.put(
    "/integrations/{int:integration_id}/id-map/{kind}",
    response=ReleasedOut,
    summary="Tie an id",
    openapi_extra=ACCOUNTANT,
)
def tie(request: HttpRequest, integration_id: Id, kind: MapKind, new: TieNew) -> ReleasedOut:
    """Tie one of the source's ids to a row of the target's list, as last read."""
    row = own_integration(request, integration_id)
    released = id_map.tie_one(
        actor_of(request), row, kind.document_kind, source_id=new.source_id, target_id=new.target_id
    )
    return ReleasedOut(released_count=released)


@router.delete(
    "/integrations/{int:integration_id}/id-map/{kind}",
    response={204: None},
    summary="Untie an id",
    openapi_extra=ACCOUNTANT,
)
def untie(request: HttpRequest, integration_id: Id, kind: MapKind, query: Query[TieQuery]) -> Status[None]:
    """Untie one of the source's ids; the next import asks about it again."""
    id_map.remove(actor_of(request), own_integration(request, integration_id), kind.document_kind, query.source_id)
    return Status(204, None)


@router.post(
    "/integrations/{int:integration_id}/id-map/{kind}/refresh",
    response=Done,
    summary="Read the target's list anew",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def refresh_list(request: HttpRequest, integration_id: Id, kind: MapKind) -> Done:
    """Read the target's customers, suppliers or items anew and return how many it has."""
    row = own_integration(request, integration_id)
    return Done(count=id_map.read_target_list(actor_of(request), row, kind.document_kind))


@router.get(
    "/integrations/{int:integration_id}/id-map/{kind}/export",
    summary="Take the id map out as a file",
    openapi_extra=DOWNLOADS,
)
def export_ties(request: HttpRequest, integration_id: Id, kind: MapKind, query: Query[FileQuery]) -> HttpResponse:
    """Return the target's list with the known ids as CSV or XLSX, in the vendor's own column names."""
    return file_answer(*id_map.export(own_integration(request, integration_id), kind.document_kind, query.format))


@router.post(
    "/integrations/{int:integration_id}/id-map/{kind}/imports",
    response={201: ImportOut},
    summary="Bring an id map in as a file",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def import_ties(request: HttpRequest, integration_id: Id, kind: MapKind, file: File[UploadedFile]) -> Status[ImportOut]:
    """Read an id-map file and compare it with the map. Look at its rows, then confirm it."""
    row = own_integration(request, integration_id)
    staged = id_map_files.stage_file(
        actor_of(request), row, kind.document_kind, name=file.name or "", content=file.read()
    )
    return Status(201, import_out(staged))


def _staged(request: HttpRequest, integration_id: int, import_id: int) -> StagedTable:
    row = own_integration(request, integration_id)
    return staging.find_staged(actor_of(request), row, import_id, id_map_files.SUBJECT)


@router.get(
    "/integrations/{int:integration_id}/id-map-imports/{int:import_id}",
    response=ImportOut,
    summary="Show an id-map import",
)
def get_tie_import(request: HttpRequest, integration_id: Id, import_id: Id) -> ImportOut:
    """Return a compared file with its rows counted by status."""
    return import_out(_staged(request, integration_id, import_id))


@router.get(
    "/integrations/{int:integration_id}/id-map-imports/{int:import_id}/rows",
    response=Page[StagedRowOut],
    summary="List an id-map import's differences",
)
def list_tie_import_rows(
    request: HttpRequest, integration_id: Id, import_id: Id, query: Query[PageQuery]
) -> dict[str, Any]:
    """Return the rows of the file in its order, each with what it would do."""
    rows = staging.staged_rows(_staged(request, integration_id, import_id))
    name = f"staged:{import_id}"
    return page_out(
        listings.page_of(rows, name, lambda row: str(row.line), cursor=query.cursor, limit=query.limit), staged_row
    )


@router.post(
    "/integrations/{int:integration_id}/id-map-imports/{int:import_id}/confirm",
    response=AppliedOut,
    summary="Confirm an id-map import",
    openapi_extra=ACCOUNTANT,
)
def confirm_tie_import(request: HttpRequest, integration_id: Id, import_id: Id, chosen: ChosenLines) -> AppliedOut:
    """Write the file over the map; rows that somebody changed since the comparison are left out."""
    row = own_integration(request, integration_id)
    staged = _staged(request, integration_id, import_id)
    lines = None if chosen.lines is None else frozenset(chosen.lines)
    counts, released = id_map_files.confirm(actor_of(request), row, staged, lines=lines)
    return AppliedOut(counts=counts, released_count=released)
