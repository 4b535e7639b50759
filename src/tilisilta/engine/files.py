"""Files taken into the store: once by content, read at once so that the sender learns what is wrong."""

import hashlib
from typing import Any

import msgspec
from django.db import transaction

from tilisilta.connectors.files import own_registry_codes
from tilisilta.core.documents import invoice_kind
from tilisilta.core.errors import BadInput
from tilisilta.core.problems import Problem
from tilisilta.formats import FileReading, read_file
from tilisilta.store.models import Connection, FileContent, FileOrigin, FileState, StoredFile, User

MAX_BYTES = 50 * 1024 * 1024
_MAX_NAME = 255
_MAX_PROBLEMS = 200


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the store; `is_known` when the same content was there already."""

    file: StoredFile
    is_known: bool = False

    @property
    def is_refused(self) -> bool:
        return bool(self.file.state == FileState.REFUSED)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, as its row in the store keeps it."""

    state: FileState
    format: str = ""
    document_count: int = 0
    problems: tuple[dict[str, Any], ...] = ()


def clean_name(name: str) -> str:
    r"""Return a file's own name: without folders and control signs, cut to what the store holds.

    >>> clean_name("../../etc/arve 12.xml"), clean_name("C:\\temp\\a.xml"), clean_name("..")
    ('arve 12.xml', 'a.xml', '')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    return "" if shown in {".", ".."} else shown[-_MAX_NAME:]


def take_file(
    connection: Connection, *, name: str, content: bytes, origin: FileOrigin, user: User | None = None
) -> Taken:
    """Store a file of a files connection and what it holds. The same content is taken once.

    Raises:
        BadInput: FILE_EMPTY, FILE_TOO_LARGE, FILE_NAME_INVALID; nothing is stored then.
    """
    shown = clean_name(name)
    if not shown:
        raise BadInput("FILE_NAME_INVALID", file=name[:_MAX_NAME])
    if not content.strip():
        raise BadInput("FILE_EMPTY", file=shown)
    if len(content) > MAX_BYTES:
        raise BadInput("FILE_TOO_LARGE", file=shown, limit=f"{MAX_BYTES >> 20} MB")
    sha256 = hashlib.sha256(content).hexdigest()
    known = StoredFile.objects.filter(connection=connection, sha256=sha256).first()
    if known is not None:
        return Taken(file=known, is_known=True)
    reading = look_into(connection, shown, content)
    with transaction.atomic():
        file, is_new = StoredFile.objects.get_or_create(
            connection=connection,
            sha256=sha256,
            defaults={
                "company_id": connection.company_id,
                "name": shown,
                "size_bytes": len(content),
                "origin": origin,
                "received_by": user,
                "state": reading.state,
                "format": reading.format[:40],
                "document_count": reading.document_count,
                "problems": list(reading.problems),
            },
        )
        if is_new:
            FileContent.objects.create(file=file, content=content)
    return Taken(file=file, is_known=not is_new)


def look_into(connection: Connection, name: str, content: bytes) -> Reading:
    """Return what a file holds. A file without a single readable document is refused, with line and rule."""
    try:
        found = read_documents(connection, name, content)
    except BadInput as error:
        refusal = Problem(code=error.code, params={"file": name} | error.params)
        return Reading(state=FileState.REFUSED, problems=(problem_row(refusal),))
    readable = sum(record.document is not None for record in found.records)
    problems = [problem_row(each, record.number) for record in found.records for each in record.problems]
    return Reading(
        state=FileState.READ if readable else FileState.REFUSED,
        format=found.format,
        document_count=readable,
        problems=tuple(problems[:_MAX_PROBLEMS]),
    )


def read_documents(connection: Connection, name: str, content: bytes) -> FileReading:
    """Return a file's documents as the files connector will read them.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    codes = own_registry_codes(str(connection.settings.get("own_registry_codes", "")))
    return read_file(content, name, own_registry_codes=codes)


def document_keys(connection: Connection, name: str, content: bytes) -> list[tuple[str, str]]:
    """Return kind and source id of a file's documents, in order; none when it cannot be read."""
    try:
        found = read_documents(connection, name, content)
    except BadInput:
        return []
    documents = (record.document for record in found.records)
    return [(invoice_kind(each).value, each.source_id) for each in documents if each is not None]


def problem_row(each: Problem, number: str = "") -> dict[str, Any]:
    """Return a problem as a file's row keeps it."""
    params = {**each.params, "number": number} if number else dict(each.params)
    return {"code": each.code, "severity": each.severity.value, "where": each.where, "params": params}
