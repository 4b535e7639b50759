"""Uploaded files as services want them: a name and bytes, with their size known before they are read."""

from collections.abc import Iterator

from django.core.files.uploadedfile import UploadedFile

from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import MAX_BYTES
from tilisilta.web.request import CompanyRequest


def one_file(request: CompanyRequest, field: str = "file") -> tuple[str, bytes]:
    """Return the name and bytes of the one file of a form.

    Raises:
        ServiceError: FILE_NOT_CHOSEN, FILE_TOO_BIG.
    """
    file = request.FILES.get(field)
    if file is None or not file.name:
        raise ServiceError("FILE_NOT_CHOSEN")
    if (file.size or 0) > MAX_BYTES:
        raise ServiceError("FILE_TOO_BIG", file=file.name, limit=MAX_BYTES >> 20)
    return file.name, file.read()


def many_files(request: CompanyRequest, field: str = "files") -> "list[UploadedFile[bytes]]":
    """Return the files of a form that takes many, not read yet."""
    return [file for file in request.FILES.getlist(field) if file.name]


def contents(files: "list[UploadedFile[bytes]]") -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes one by one, so that only one file is held at a time; too big a one is cut, to be refused."""
    for file in files:
        yield file.name or "", file.read(MAX_BYTES + 1)
