"""The files connector: a source of invoices over the inbox.

Parties and items have no register here. The party stands inside of each invoice (`invoice.party`), and the engine uses
it from there; items are words on rows. So `fetch_parties` and `fetch_items` know none.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from tilisilta.connectors.files.client import FileClient, OpenedFile
from tilisilta.core.documents import DocumentKind, Invoice, Item, Party, invoice_kind
from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.formats import ReadDocument
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    ConnectionInfo,
    FetchRequest,
    InboxFile,
    SourcePage,
    SourceRecord,
)

PLACES_KEPT = 50_000
MANY_FILES = 500


class _Place(msgspec.Struct, frozen=True):
    """Where an invoice was read first."""

    file: InboxFile
    index: int


class _Again:
    """Reads invoices of earlier files once more; keeps the file that it opened last, for doubles come in rows."""

    def __init__(self, client: FileClient, own_registry_codes: frozenset[str]) -> None:
        self._client = client
        self._own = own_registry_codes
        self._opened: OpenedFile | None = None

    async def read(self, place: _Place) -> SourceRecord | None:
        """Return the record at a place, or None when its file is gone or changed."""
        if self._opened is None or self._opened.file.file_id != place.file.file_id:
            self._opened = await self._client.open_file(place.file, own_registry_codes=self._own)
        reading = self._opened.reading
        if reading is None or place.index >= len(reading.records):
            return None
        read = reading.records[place.index]
        return None if read.document is None else _record(read.document, read.problems)


class FilesConnector:
    """Source of invoices; see `ports.Source`, `ports.Connection` and `ports.AttachmentGiver`."""

    def __init__(self, client: FileClient, own_registry_codes: frozenset[str] = frozenset()) -> None:
        self._client = client
        self._own = own_registry_codes
        self._places: OrderedDict[str, _Place] = OrderedDict()

    async def check_connection(self) -> ConnectionInfo:
        """Return that the inbox answers, and how many files lie in it."""
        count = await self._client.count(limit=MANY_FILES)
        shown = f"{count}+" if count >= MANY_FILES else str(count)
        return ConnectionInfo(registry_code=", ".join(sorted(self._own)), details={"files": shown})

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:  # noqa: ARG002
        """Return nothing: files bring no lists."""
        return ()

    async def close(self) -> None:
        """Forget where invoices were read."""
        self._places.clear()

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:  # noqa: ARG002
        """Return none: the party of a file's invoice is inside of the invoice."""
        return {}

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:  # noqa: ARG002
        """Return none: the items of a file's invoice are words on its rows."""
        return {}

    async def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield one page a file in order of arrival; the token is the last file's id.

        A file or document that cannot be read is a record without document, with its problems. An invoice that came
        before in the same listing is the one read first, with a warning.

        Raises:
            Misconfigured: PAGE_TOKEN_WRONG.

        """
        seen: dict[str, _Place] = {}
        async for opened in self._client.open_files(after_id=_after_id(request.token), own_registry_codes=self._own):
            token = "" if opened.is_last else str(opened.file.file_id)
            if request.changed_since is not None and opened.file.received_at < request.changed_since:
                records: list[SourceRecord] = []
            else:
                records = await self._records(opened, request, seen)
            yield SourcePage(records=tuple(records), next_token=token)

    async def fetch_attachment(self, source_id: str) -> bytes:
        """Return a file that lies inside of an invoice.

        Raises:
            BadInput: FILE_GONE when no file of the inbox holds it any more.

        """
        invoice_id = source_id.partition("/")[0]
        if place := self._places.get(invoice_id):
            opened = await self._client.open_file(place.file, own_registry_codes=self._own)
            if (found := _embedded(opened, source_id)) is not None:
                return found
        async for opened in self._client.open_files(after_id=0, own_registry_codes=self._own):
            if (found := _embedded(opened, source_id)) is not None:
                return found
        raise BadInput("FILE_GONE", file=source_id)

    async def _records(self, opened: OpenedFile, request: FetchRequest, seen: dict[str, _Place]) -> list[SourceRecord]:
        if opened.reading is None:
            return _wanted([_refused_file(opened, request)], request)
        records: dict[str, SourceRecord] = {}
        again = _Again(self._client, self._own)
        for read in opened.reading.records:
            if read.document is None:
                unreadable = _unreadable(opened.file, read, request)
                records[unreadable.source_id] = unreadable
                continue
            key = read.document.source_id
            first = seen.setdefault(key, _Place(opened.file, read.index))
            if first == _Place(opened.file, read.index):
                self._remember(key, first)
                records[key] = _record(read.document, read.problems)
            else:
                held = records.get(key) or await again.read(first) or _record(read.document, ())
                records[key] = _doubled(held, first, opened.file)
        return _wanted(list(records.values()), request)

    def _remember(self, key: str, place: _Place) -> None:
        self._places[key] = place
        while len(self._places) > PLACES_KEPT:
            self._places.popitem(last=False)


def _after_id(token: str) -> int:
    if not token:
        return 0
    if not token.isdecimal():
        raise Misconfigured("PAGE_TOKEN_WRONG", token=token[:40])
    return int(token)


def _record(invoice: Invoice, problems: tuple[Problem, ...]) -> SourceRecord:
    return SourceRecord(
        kind=invoice_kind(invoice),
        source_id=invoice.source_id,
        document=invoice,
        number=invoice.number,
        problems=problems,
    )


def _doubled(held: SourceRecord, first: _Place, file: InboxFile) -> SourceRecord:
    """Return the record read first with a warning: the engine keeps one of the same id, and the first holds."""
    warning = problem(
        "DUPLICATE_IN_UPLOAD",
        severity=Severity.WARNING,
        number=held.number,
        file=file.name,
        first_file=first.file.name,
    )
    return msgspec.structs.replace(held, problems=(*held.problems, warning))


def _unreadable(file: InboxFile, read: ReadDocument, request: FetchRequest) -> SourceRecord:
    return SourceRecord(
        kind=_kind_of_unreadable(request),
        source_id=f"{file.sha256[:16]}#{read.index}",
        number=read.number or file.name,
        problems=read.problems,
        raw=read.raw,
    )


def _refused_file(opened: OpenedFile, request: FetchRequest) -> SourceRecord:
    error = opened.refusal or BadInput(file=opened.file.name)
    return SourceRecord(
        kind=_kind_of_unreadable(request),
        source_id=opened.file.sha256[:16],
        number=opened.file.name,
        problems=(Problem(code=error.code, params={"file": opened.file.name} | error.params),),
    )


def _kind_of_unreadable(request: FetchRequest) -> DocumentKind:
    """Files are purchases unless they prove otherwise; a flow that takes only sales must still see what is broken."""
    if not request.kinds or DocumentKind.PURCHASE_INVOICE in request.kinds:
        return DocumentKind.PURCHASE_INVOICE
    return request.kinds[0]


def _wanted(records: list[SourceRecord], request: FetchRequest) -> list[SourceRecord]:
    return [each for each in records if _is_wanted(each, request)]


def _is_wanted(record: SourceRecord, request: FetchRequest) -> bool:
    if request.source_ids and record.source_id not in request.source_ids:
        return False
    if request.kinds and record.kind not in request.kinds:
        return False
    if not isinstance(record.document, Invoice):
        return True
    date = record.document.date
    return not (
        (request.date_from is not None and date < request.date_from)
        or (request.date_to is not None and date > request.date_to)
    )


def _embedded(opened: OpenedFile, source_id: str) -> bytes | None:
    if opened.reading is None:
        return None
    for read in opened.reading.records:
        if found := read.embedded.get(source_id):
            return found.content
    return None
