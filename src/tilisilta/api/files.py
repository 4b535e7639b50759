"""Files: e-invoices that came in, with what is wrong in them."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    ASKS_VENDOR,
    DocumentOut,
    Id,
    Page,
    PageQuery,
    Text,
    document_out,
    page_out,
)
from tilisilta.services import files, listings
from tilisilta.store.models import FileOrigin, FileState, StoredFile

router = Router(tags=["Files"])
_CONTENT: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file as it came",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


class FileProblemOut(Schema):
    """One thing wrong in a file, with its place."""

    title: str
    cause: str
    remedy: str
    severity: str
    line: str
    rule: str
    number: str = Field(description="Number of the invoice, where it is known")


class FileOut(Schema):
    """A file that came in."""

    id: int
    connection_id: int
    name: str
    sha256: str
    size_bytes: int
    origin: FileOrigin
    state: FileState
    state_text: str
    format: str
    document_count: int
    received_at: dt.datetime
    problems: list[FileProblemOut]


class UploadOut(FileOut):
    """A file that was taken; `is_known` when the same content was there already."""

    is_known: bool


class FileDetailOut(FileOut):
    """A file with the documents that imports have read from it."""

    documents: list[DocumentOut]
    waiting_count: int = Field(description="Documents in it that no import has read yet")


class UploadForm(Schema):
    """Where a file belongs."""

    connection_id: Id = Field(description="A connection of the kind files")


class FileListQuery(PageQuery):
    """Filters of files."""

    connection_id: Id | None = None
    state: FileState | None = None
    text: Text = Field("", description="Part of the name")


def _fields(row: StoredFile) -> dict[str, Any]:
    return {
        "id": row.pk,
        "connection_id": row.connection_id,
        "name": row.name,
        "sha256": row.sha256,
        "size_bytes": row.size_bytes,
        "origin": FileOrigin(row.origin),
        "state": FileState(row.state),
        "state_text": str(FileState(row.state).label),
        "format": row.format,
        "document_count": row.document_count,
        "received_at": row.received_at,
        "problems": [
            FileProblemOut(
                title=each.title,
                cause=each.cause,
                remedy=each.remedy,
                severity=each.severity,
                line=each.line,
                rule=each.rule,
                number=each.number,
            )
            for each in files.shown_problems(row)
        ],
    }


def _out(row: StoredFile) -> FileOut:
    return FileOut(**_fields(row))


@router.post("/files", response={201: UploadOut}, summary="Bring a file in", openapi_extra=ACCOUNTANT | ASKS_VENDOR)
def upload_file(request: HttpRequest, form: Form[UploadForm], file: File[UploadedFile]) -> Status[UploadOut]:
    """Take an e-invoice file or a ZIP of them. It is read at once: `problems` says what is wrong in it.

    The same content is taken once for each connection; sent again, the row that is there comes back.
    """
    actor = actor_of(request)
    connection = files.find_connection(actor.company, form.connection_id)
    taken = files.take(actor, connection, file.name or "", file.read(), FileOrigin.API)
    return Status(201, UploadOut(**_fields(taken.file), is_known=taken.is_known))


@router.get("/files", response=Page[FileOut], summary="List files")
def list_files(request: HttpRequest, query: Query[FileListQuery]) -> dict[str, Any]:
    """Return files, newest first."""
    found = listings.files(
        actor_of(request).company, connection_id=query.connection_id, state=query.state or "", text=query.text
    )
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), _out)


@router.get("/files/{int:file_id}", response=FileDetailOut, summary="Show a file")
def get_file(request: HttpRequest, file_id: Id) -> FileDetailOut:
    """Return one file with its problems and the documents that were read from it."""
    found = files.detail(files.find_file(actor_of(request).company, file_id))
    return FileDetailOut(
        **_fields(found.file),
        documents=[document_out(each) for each in found.documents],
        waiting_count=found.waiting,
    )


@router.get("/files/{int:file_id}/content", summary="Download a file", openapi_extra=_CONTENT)
def download_file(request: HttpRequest, file_id: Id) -> HttpResponse:
    """Return a file's bytes as they came."""
    row = files.find_file(actor_of(request).company, file_id)
    # Never a type that a browser would show: what is in the file is somebody else's.
    response = HttpResponse(files.original(row), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    return response


@router.post(
    "/files/{int:file_id}/read-again",
    response=FileOut,
    summary="Read a file again",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def read_file_again(request: HttpRequest, file_id: Id) -> FileOut:
    """Look into a file anew, after its connection's settings have changed."""
    actor = actor_of(request)
    return _out(files.read_again(actor, files.find_file(actor.company, file_id)))
