"""Files that came in: taken, listed with what is wrong in them, given back as they came."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from tilisilta.core.errors import BadInput
from tilisilta.engine import folder
from tilisilta.engine.files import MAX_BYTES, Taken, clean_name, document_keys, look_into, take_file
from tilisilta.engine.folder import Scanned
from tilisilta.services import audit, table_texts
from tilisilta.services.access import Actor, require, system_actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import Company, Connection, ConnectionState, Document, FileOrigin, Role, StoredFile

table_texts.make_known()
log = structlog.get_logger(__name__)

MAX_FILES: Final = 500
LIMIT_MB: Final = MAX_BYTES >> 20
PAGE_SIZE: Final = 50
VENDOR: Final = "files"
_SHARED_CODES: Final = {"FILE_TOO_LARGE": "FILE_TOO_BIG"}


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one uploaded file: "taken", "known" (the same content was there) or "refused", and why."""

    name: str
    outcome: str
    text: str = ""
    file: StoredFile | None = None


class FileProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in a file, in the reader's language, with its place."""

    title: str
    cause: str
    remedy: str
    severity: str
    line: str = ""
    rule: str = ""
    number: str = ""


class FileDetail(msgspec.Struct, frozen=True, kw_only=True):
    file: StoredFile
    problems: tuple[FileProblem, ...]
    documents: tuple[Document, ...]
    waiting: int  # documents that the file holds and that no import has read yet


def connections(company: Company) -> list[Connection]:
    """Return the company's files connections."""
    return list(Connection.objects.filter(company=company, vendor=VENDOR).order_by("name", "id"))


def find_connection(company: Company, connection_id: int) -> Connection:
    """Return a files connection of a company; DoesNotExist otherwise."""
    return Connection.objects.get(pk=connection_id, company=company, vendor=VENDOR)


def upload(
    actor: Actor, connection: Connection, name: str, content: bytes, origin: str = FileOrigin.UPLOAD
) -> StoredFile:
    """Take one file and return its row; the same content gives the row that is there already.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FILE_CONNECTION_WRONG, FILE_EMPTY, FILE_TOO_BIG, FILE_NAME_INVALID.
    """
    return take(actor, connection, name, content, origin).file


def take(actor: Actor, connection: Connection, name: str, content: bytes, origin: str = FileOrigin.UPLOAD) -> Taken:
    """Take one file, and say whether it was known; raises as `upload`."""
    require(actor, Role.ACCOUNTANT)
    if connection.vendor != VENDOR or connection.company_id != actor.company.pk:
        raise ServiceError("FILE_CONNECTION_WRONG")
    try:
        taken = take_file(connection, name=name, content=content, origin=FileOrigin(origin), user=actor.user)
    except BadInput as error:
        told = {"file": clean_name(name), "limit": LIMIT_MB}
        raise ServiceError(_SHARED_CODES.get(error.code, error.code), **told) from error
    if not taken.is_known:
        _record(actor, taken.file)
    return taken


def _record(actor: Actor, file: StoredFile) -> None:
    audit.record(
        actor,
        "file.uploaded",
        subject=file.name,
        link=reverse("file-detail", args=[actor.company.pk, file.pk]),
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        origin=file.origin,
    )


def upload_many(actor: Actor, connection: Connection, files: Iterable[tuple[str, bytes]]) -> list[FileResult]:
    """Take files one by one and return what became of each; a bad one never stops the others.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FILE_CONNECTION_WRONG.
    """
    require(actor, Role.ACCOUNTANT)
    results = []
    for name, content in files:
        try:
            results.append(_result(name, take(actor, connection, name, content)))
        except ServiceError as error:
            if error.code == "FILE_CONNECTION_WRONG":
                raise
            results.append(FileResult(name=clean_name(name) or name, outcome="refused", text=str(error)))
    return results


def _result(name: str, taken: Taken) -> FileResult:
    file = taken.file
    problems = shown_problems(file)
    text = problems[0].cause if problems else ""
    if taken.is_known:
        told = {"name": file.name, "date": f"{file.received_at:%Y-%m-%d}"}
        return FileResult(
            name=clean_name(name),
            outcome="known",
            text=gettext("The same content was taken already on %(date)s as “%(name)s”.") % told,
            file=file,
        )
    outcome = "refused" if taken.is_refused else "taken"
    return FileResult(name=file.name, outcome=outcome, text=text, file=file)


def require_count(count: int) -> None:
    """Refuse more files at once than a request should carry.

    Raises:
        ServiceError: FILES_TOO_MANY, FILE_NOT_CHOSEN.
    """
    if count == 0:
        raise ServiceError("FILE_NOT_CHOSEN")
    if count > MAX_FILES:
        raise ServiceError("FILES_TOO_MANY", count=count, limit=MAX_FILES)


def files(
    company: Company,
    *,
    connection: Connection | None = None,
    state: str = "",
    text: str = "",
    before_id: int | None = None,
) -> tuple[list[StoredFile], int | None]:
    """Return a page of files, newest first, and the id before which the next page begins (None at the end)."""
    found: QuerySet[StoredFile] = StoredFile.objects.filter(company=company).select_related("connection", "received_by")
    if connection is not None:
        found = found.filter(connection=connection)
    if state:
        found = found.filter(state=state)
    if text.strip():
        found = found.filter(name__icontains=text.strip())
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    rows = list(found.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def counts(company: Company) -> dict[str, int]:
    """Return how many files there are of each state."""
    rows = StoredFile.objects.filter(company=company).order_by().values_list("state").annotate(Count("id"))
    return dict(rows)


def find_file(company: Company, file_id: int) -> StoredFile:
    """Return a file of a company; DoesNotExist otherwise."""
    return StoredFile.objects.select_related("connection", "received_by").get(pk=file_id, company=company)


def detail(file: StoredFile) -> FileDetail:
    """Return a file with its problems in words and the documents that imports have read from it."""
    keys = document_keys(file.connection, file.name, bytes(file.content.content))
    rows = Document.objects.filter(connection=file.connection, source_id__in=[source_id for _kind, source_id in keys])
    by_key = {(row.kind, row.source_id): row for row in rows}
    documents = tuple(by_key[key] for key in dict.fromkeys(keys) if key in by_key)
    return FileDetail(
        file=file,
        problems=shown_problems(file),
        documents=documents,
        waiting=len(dict.fromkeys(keys)) - len(documents),
    )


def shown_problems(file: StoredFile) -> tuple[FileProblem, ...]:
    """Return a file's problems in the reader's language, with line and rule."""
    return tuple(_shown(row) for row in file.problems)


def _shown(row: dict[str, Any]) -> FileProblem:
    params = row.get("params", {})
    words = describe(row["code"], params)
    line = str(params.get("line", ""))
    return FileProblem(
        title=words.title,
        cause=words.cause,
        remedy=words.remedy,
        severity=row.get("severity", "error"),
        line="" if line == "0" else line,
        rule=str(params.get("rule", "")),
        number=str(params.get("number", "")),
    )


def original(file: StoredFile) -> bytes:
    """Return a file's bytes as they came."""
    return bytes(file.content.content)


def read_again(actor: Actor, file: StoredFile) -> StoredFile:
    """Look into a file anew: its connection's settings may have changed since, or our reading have been mended.

    Raises:
        Forbidden: the role is too low.
    """
    require(actor, Role.ACCOUNTANT)
    reading = look_into(file.connection, file.name, original(file))
    file.state = reading.state
    file.format = reading.format[:40]
    file.document_count = reading.document_count
    file.problems = list(reading.problems)
    file.save(update_fields=["state", "format", "document_count", "problems"])
    return file


# --- the watched folder ------------------------------------------------------------------------------------


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's watched folder, as its page shows it."""

    path: Path
    exists: bool
    last_taken: dt.datetime | None


def watched(connection: Connection) -> Folder:
    """Return the folder of a connection and when a file last came from it."""
    path = folder.folder_of(connection)
    last = StoredFile.objects.filter(connection=connection, origin=FileOrigin.FOLDER).order_by("-pk").first()
    return Folder(path=path, exists=path.is_dir(), last_taken=last.received_at if last else None)


def open_folder(actor: Actor, connection: Connection) -> Folder:
    """Make a connection's watched folder, readable by the product's own user only.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FOLDER_NOT_FOUND when the disk does not let us.
    """
    require(actor, Role.ADMIN)
    path = folder.folder_of(connection)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError("FOLDER_NOT_FOUND", folder=path) from error
    return watched(connection)


def scan_folder(actor: Actor, connection: Connection) -> Scanned:
    """Take what lies in a connection's watched folder now.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FOLDER_NOT_SET when there is no folder.
    """
    require(actor, Role.ACCOUNTANT)
    if not watched(connection).exists:
        raise ServiceError("FOLDER_NOT_SET")
    scanned = folder.scan_folder(connection, describe=_note)
    for taken in scanned.taken:
        _record(actor, taken.file)
    return scanned


def scan_all() -> int:
    """Take what lies in the watched folders of all companies; return how many files that were. Workers call it.

    A folder that cannot be read or written to is logged and stops no other.
    """
    taken = 0
    active = Connection.objects.filter(vendor=VENDOR).exclude(state=ConnectionState.INACTIVE)
    for connection in active.select_related("company").order_by("pk"):
        if not folder.folder_of(connection).is_dir():
            continue
        try:
            taken += len(scan_folder(system_actor(connection.company), connection).taken)
        except OSError as error:
            log.warning("watched folder failed", connection_id=connection.pk, error=str(error))
    return taken


def _note(wrong: BadInput | Taken) -> str:
    if isinstance(wrong, BadInput):
        words = describe(wrong.code, wrong.params)
        return f"{words.title}. {words.cause} {words.remedy}"
    return "\n".join(f"{each.title}. {each.cause} {each.remedy}" for each in shown_problems(wrong.file))
