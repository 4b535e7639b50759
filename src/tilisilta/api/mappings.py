"""Mapping tables: read and set line by line, taken out as files and brought back with every difference shown first."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.integrations import own_integration
from tilisilta.api.shapes import ACCOUNTANT, ASKS_VENDOR, Id, Input, Page, PageQuery, Text, page_out
from tilisilta.core.documents import Direction
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.services import listings, mapping_files, mappings, staging
from tilisilta.services.mappings import Line
from tilisilta.services.staging import StagedRow
from tilisilta.services.tables import CSV_TYPE, XLSX_TYPE
from tilisilta.store.models import Integration, StagedTable

router = Router(tags=["Mappings"])
FileFormat = Literal["csv", "xlsx"]
DOWNLOADS: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file",
            "content": {
                name: {"schema": {"type": "string", "format": "binary"}}
                for name in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            },
        }
    }
}


class TableOut(Schema):
    """A mapping table with how many lines have a target and how many wait for one."""

    table: MappingTable
    label: str
    mapped_count: int
    missing_count: int


class LineOut(Schema):
    """One line of a table: the source's key and the target's. `waiting_count` documents wait for it."""

    source_key: str
    source_label: str
    direction: str = Field(description="sales, purchase, or empty for both")
    vat_rate: str | None = Field(description="Percent; only lines of VAT codes have one")
    target_key: str = Field(description="Empty while nothing is chosen")
    target_label: str
    vat_code_sales: str = Field(description="The target's VAT code of sales; accounts at the level of periods only")
    vat_code_purchases: str = Field(description="The same of purchases")
    is_on_sales: bool = Field(description="Whether sales may be posted to it; accounts that documents take along only")
    is_on_purchases: bool = Field(description="The same of purchases")
    is_used: bool = Field(description="Whether a document asked for it or somebody stored it")
    is_gone: bool = Field(description="Whether the target no longer has the chosen key")
    waiting_count: int
    suggested_key: str = Field(description="The only target that can be meant, where that can be proved")


class LineChoice(Input):
    """A choice for one line. An empty target takes the choice back."""

    source_key: str = Field(min_length=1, max_length=120)
    direction: Literal["", "sales", "purchase"] = ""
    vat_rate: Decimal | None = Field(None, ge=0, lt=100, max_digits=6, decimal_places=3)
    target_key: str = Field(max_length=120)
    vat_code_sales: str | None = Field(
        None, max_length=40, description="Accounts at the level of closed periods; leave out to keep what is chosen"
    )
    vat_code_purchases: str | None = Field(None, max_length=40, description="The same of purchases")
    is_on_sales: bool | None = Field(
        None, description="Whether sales may be posted to the account; leave out to keep what is chosen"
    )
    is_on_purchases: bool | None = Field(None, description="The same of purchases")


class Choices(Input):
    """Choices for some lines of a table; all are stored or none."""

    lines: list[LineChoice] = Field(min_length=1, max_length=1000)


class SavedOut(Schema):
    """What became of the choices."""

    saved_count: int
    cleared_count: int
    released_count: int = Field(description="How many documents waited for them and may go now")


class LineQuery(PageQuery):
    """Filters of lines."""

    text: Text = ""
    is_missing: bool = Field(False, description="true for the lines that wait for a target only")


class StagedRowOut(Schema):
    """One row of a file, compared with what is held."""

    line: int = Field(description="Line of the file, as an editor counts")
    status: str
    status_text: str
    is_writable: bool = Field(description="Whether confirming saves it")
    key: str
    label: str
    target: str
    target_label: str
    old: str = Field(description="What is held for the key now")
    old_label: str
    detail: str
    direction: str
    vat_rate: str


class ImportOut(Schema):
    """A file that was read and compared; nothing changes until it is confirmed, within 24 hours."""

    id: int
    kind: str = Field(description="The table, or the kind of the id map")
    name: str
    created_at: dt.datetime
    applied_at: dt.datetime | None
    counts: dict[str, int] = Field(description="Rows by status")


class AppliedOut(Schema):
    """What became of a confirmed file."""

    counts: dict[str, int] = Field(description="Rows by status")
    released_count: int = Field(description="How many documents waited for it and may go now")


class FileQuery(Schema):
    """Form of an exported file."""

    format: FileFormat = "csv"


def _line(line: Line) -> LineOut:
    return LineOut(
        source_key=line.source_key,
        source_label=line.source_label,
        direction=line.direction,
        vat_rate=listings.percent(line.vat_rate),
        target_key=line.target_key,
        target_label=line.target_label,
        vat_code_sales=line.codes.get("vat_code_sales", ""),
        vat_code_purchases=line.codes.get("vat_code_purchases", ""),
        is_on_sales=OFF_FIELDS[Direction.SALES] not in line.off,
        is_on_purchases=OFF_FIELDS[Direction.PURCHASE] not in line.off,
        is_used=line.is_used,
        is_gone=line.is_gone,
        waiting_count=line.waiting,
        suggested_key=line.suggestion.key if line.suggestion else "",
    )


def _codes(choice: LineChoice) -> dict[str, str]:
    given = {"vat_code_sales": choice.vat_code_sales, "vat_code_purchases": choice.vat_code_purchases}
    return {name: code for name, code in given.items() if code is not None}


def _off(
    integration: Integration, table: MappingTable, by_ref: Mapping[str, LineChoice]
) -> dict[str, frozenset[str]] | None:
    """Return which sides the choices switch off, for lines that name a side; None where the table has no such thing."""
    if not mappings.has_sides(integration, table):
        return None
    held = {line.ref: line.off for line in mappings.lines(integration, table)}
    found: dict[str, frozenset[str]] = {}
    for ref, each in by_ref.items():
        off = set(held.get(ref, frozenset()))
        for side, is_on in ((Direction.SALES, each.is_on_sales), (Direction.PURCHASE, each.is_on_purchases)):
            if is_on is not None:
                (off.discard if is_on else off.add)(OFF_FIELDS[side])
        found[ref] = frozenset(off)
    return found


def staged_row(row: StagedRow) -> StagedRowOut:
    """Return a compared row as it leaves."""
    return StagedRowOut(
        line=row.line,
        status=row.status.value,
        status_text=row.status_text,
        is_writable=row.is_writable,
        key=row.key,
        label=row.label,
        target=row.target,
        target_label=row.target_label,
        old=row.old,
        old_label=row.old_label,
        detail=row.detail,
        direction=row.direction,
        vat_rate=row.vat_rate,
    )


def import_out(staged: StagedTable) -> ImportOut:
    """Return a compared file as it leaves."""
    return ImportOut(
        id=staged.pk,
        kind=staged.kind,
        name=staged.name,
        created_at=staged.created_at,
        applied_at=staged.applied_at,
        counts=dict(staged.summary),
    )


def file_answer(name: str, content: bytes) -> HttpResponse:
    """Return an exported table as a download."""
    media_type = XLSX_TYPE if name.endswith(".xlsx") else CSV_TYPE
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/integrations/{int:integration_id}/mappings", response=list[TableOut], summary="List mapping tables")
def list_tables(request: HttpRequest, integration_id: Id) -> list[TableOut]:
    """Return an integration's mapping tables with what is missing in each."""
    return [
        TableOut(table=each.table, label=str(each.label), mapped_count=each.mapped, missing_count=each.missing)
        for each in mappings.summaries(own_integration(request, integration_id))
    ]


@router.get(
    "/integrations/{int:integration_id}/mappings/{table}",
    response=Page[LineOut],
    summary="List a table's lines",
    openapi_extra=ASKS_VENDOR,
)
def list_lines(
    request: HttpRequest, integration_id: Id, table: MappingTable, query: Query[LineQuery]
) -> dict[str, Any]:
    """Return the lines of a table: what holds documents up first, then what is missing, then the rest."""
    row = own_integration(request, integration_id)
    targets = mappings.choices(row.target, table)
    rows = mappings.lines(row, table, text=query.text, only_missing=query.is_missing, targets=targets)
    name = f"lines:{row.pk}:{table.value}"
    return page_out(listings.page_of(rows, name, lambda line: line.ref, cursor=query.cursor, limit=query.limit), _line)


@router.patch(
    "/integrations/{int:integration_id}/mappings/{table}",
    response=SavedOut,
    summary="Set one or more lines",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def update_lines(request: HttpRequest, integration_id: Id, table: MappingTable, choices: Choices) -> SavedOut:
    """Store choices, settle the problems that they solve, and release the documents that waited."""
    by_ref = {
        Line(source_key=each.source_key, direction=each.direction, vat_rate=each.vat_rate).ref: each
        for each in choices.lines
    }
    chosen = {ref: each.target_key for ref, each in by_ref.items()}
    codes = {ref: _codes(each) for ref, each in by_ref.items()}
    integration = own_integration(request, integration_id)
    off = _off(integration, table, by_ref)
    saved = mappings.save(actor_of(request), integration, table, chosen, codes=codes, off=off)
    return SavedOut(saved_count=saved.saved, cleared_count=saved.cleared, released_count=saved.released)


@router.get(
    "/integrations/{int:integration_id}/mappings/{table}/export",
    summary="Take a table out as a file",
    openapi_extra=ASKS_VENDOR | DOWNLOADS,
)
def export_lines(
    request: HttpRequest, integration_id: Id, table: MappingTable, query: Query[FileQuery]
) -> HttpResponse:
    """Return a table as CSV or XLSX with the headers in the caller's language; missing lines are in it too."""
    return file_answer(*mapping_files.export(own_integration(request, integration_id), table, query.format))


@router.post(
    "/integrations/{int:integration_id}/mappings/{table}/imports",
    response={201: ImportOut},
    summary="Bring a table in as a file",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def import_lines(
    request: HttpRequest, integration_id: Id, table: MappingTable, file: File[UploadedFile]
) -> Status[ImportOut]:
    """Read a CSV or XLSX file and compare it with the table. Look at its rows, then confirm it."""
    row = own_integration(request, integration_id)
    staged = mapping_files.stage_file(actor_of(request), row, table, name=file.name or "", content=file.read())
    return Status(201, import_out(staged))


def _staged(request: HttpRequest, integration_id: int, import_id: int) -> StagedTable:
    row = own_integration(request, integration_id)
    return staging.find_staged(actor_of(request), row, import_id, mapping_files.SUBJECT)


@router.get(
    "/integrations/{int:integration_id}/mapping-imports/{int:import_id}", response=ImportOut, summary="Show an import"
)
def get_import(request: HttpRequest, integration_id: Id, import_id: Id) -> ImportOut:
    """Return a compared file with its rows counted by status."""
    return import_out(_staged(request, integration_id, import_id))


@router.get(
    "/integrations/{int:integration_id}/mapping-imports/{int:import_id}/rows",
    response=Page[StagedRowOut],
    summary="List an import's differences",
)
def list_import_rows(
    request: HttpRequest, integration_id: Id, import_id: Id, query: Query[PageQuery]
) -> dict[str, Any]:
    """Return the rows of the file in its order, each with what it would do."""
    rows = staging.staged_rows(_staged(request, integration_id, import_id))
    name = f"staged:{import_id}"
    return page_out(
        listings.page_of(rows, name, lambda row: str(row.line), cursor=query.cursor, limit=query.limit), staged_row
    )


@router.post(
    "/integrations/{int:integration_id}/mapping-imports/{int:import_id}/confirm",
    response=AppliedOut,
    summary="Confirm an import",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def confirm_import(request: HttpRequest, integration_id: Id, import_id: Id) -> AppliedOut:
    """Overwrite the table with the file; lines that somebody changed since the comparison are left out."""
    staged = _staged(request, integration_id, import_id)
    counts, released = mapping_files.confirm(actor_of(request), own_integration(request, integration_id), staged)
    return AppliedOut(counts=counts, released_count=released)
