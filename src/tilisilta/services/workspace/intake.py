"""E-invoice files into the workspace: each document becomes an invoice, is known already, or is refused by name."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from django.db import transaction

from tilisilta.core.documents import Direction
from tilisilta.core.errors import BadInput
from tilisilta.core.problems import Problem, Severity
from tilisilta.engine.files import clean_name
from tilisilta.formats import MAX_BYTES, ReadDocument, read_file
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import describe
from tilisilta.services.workspace import attachments
from tilisilta.services.workspace.parties import find_party
from tilisilta.services.workspace.saving import find_double, save_invoice
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import InvoiceOrigin, Role, WorkspaceInvoice

TAKEN, KNOWN, REFUSED = "taken", "known", "refused"
LIMIT_MB: Final = MAX_BYTES >> 20
MAX_FILES: Final = 500


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document of a file, or of a file that could not be read at all.

    `invoice` is the one that was made, or the one that is there already; `text` says why, or what looks odd.
    """

    file: str
    outcome: str
    number: str = ""
    party: str = ""
    invoice: WorkspaceInvoice | None = None
    text: str = ""
    code: str = ""


def take_files(actor: Actor, files: Iterable[tuple[str, bytes]], *, origin: str = InvoiceOrigin.FILE) -> list[Result]:
    """Take e-invoice files (Finvoice, UBL, Estonian; several in one; in a bank's frame) and return what became of each.

    A bad document stops no other. A double of one that is here, or that came earlier in the same upload, is told and
    not taken. Invoices whose seller is the company itself become sales invoices that are sent.

    Raises:
        Forbidden: the role is too low.
        ServiceError: WORKSPACE_OFF, FILE_NOT_CHOSEN, FILES_TOO_MANY.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    results: list[Result] = []
    count = 0
    for name, content in files:
        count += 1
        if count > MAX_FILES:
            raise ServiceError("FILES_TOO_MANY", count=count, limit=MAX_FILES)
        results += _take_file(actor, clean_name(name) or "file.xml", content, origin)
    if not count:
        raise ServiceError("FILE_NOT_CHOSEN")
    return results


def _take_file(actor: Actor, name: str, content: bytes, origin: str) -> Iterator[Result]:
    if not content:
        yield _refused(name, "FILE_EMPTY", {"file": name})
        return
    if len(content) > MAX_BYTES:
        yield _refused(name, "FILE_TOO_LARGE", {"file": name, "limit": f"{LIMIT_MB} MB"})
        return
    own = frozenset({actor.company.registry_code}) if actor.company.registry_code else frozenset()
    try:
        reading = read_file(content, name, own_registry_codes=own)
    except BadInput as error:
        yield _refused(name, error.code, error.params)
        return
    is_alone = len(reading.records) == 1
    for record in reading.records:
        yield _take(actor, name, record, content if is_alone else b"", origin)


def _refused(name: str, code: str, params: dict[str, str], number: str = "", party: str = "") -> Result:
    words = describe(code, params)
    text = " ".join(each for each in (words.cause or words.title, words.remedy) if each)
    return Result(file=name, outcome=REFUSED, number=number, party=party, text=text, code=code)


def _words(problems: Iterable[Problem]) -> str:
    told = (describe(each.code, each.params) for each in problems)
    return " ".join(each.cause or each.title for each in told)


def _take(actor: Actor, name: str, record: ReadDocument, whole: bytes, origin: str) -> Result:
    invoice = record.document
    grave = next((each for each in record.problems if each.severity is Severity.ERROR), None)
    if invoice is None or grave is not None:
        code, params = (grave.code, grave.params) if grave else ("UNREADABLE", {"file": name})
        return _refused(name, code, params, record.number)
    party = invoice.party.name
    known = find_party(actor.company, invoice.party)
    double = find_double(actor, invoice, known) if known or invoice.direction is Direction.SALES else None
    if double is not None:
        return _known(name, double)
    try:
        with transaction.atomic():
            row = save_invoice(
                actor, invoice, origin=origin,
                how="invoice.imported", how_params={"file": name},
            )  # fmt: skip
            left = attachments.keep_embedded(row, record.embedded, actor)
            if whole and len(whole) <= attachments.MAX_BYTES:
                attachments.keep(row, _xml_name(name), whole, actor=actor)
    except ServiceError as error:
        return Result(file=name, outcome=REFUSED, number=invoice.number, party=party, text=str(error), code=error.code)
    remarks = _words(record.problems)
    if left:
        told = ServiceError("ATTACHMENTS_LEFT", names=", ".join(left))
        remarks = f"{remarks} {told}".strip()
    return Result(file=name, outcome=TAKEN, number=row.number, party=row.party_name, invoice=row, text=remarks)


def _known(name: str, double: WorkspaceInvoice) -> Result:
    told = ServiceError(
        "INVOICE_DUPLICATE", number=double.number, date=double.date.isoformat(), party=double.party_name
    )
    return Result(
        file=name,
        outcome=KNOWN,
        number=double.number,
        party=double.party_name,
        invoice=double,
        text=str(told),
        code=told.code,
    )


def _xml_name(name: str) -> str:
    return name if name.lower().endswith(".xml") else f"{name}.xml"
