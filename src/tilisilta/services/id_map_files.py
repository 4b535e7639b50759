"""The id map as a file: the target's list with its two columns filled, compared first, then written over the map."""

from typing import Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.directory import ListedRow
from tilisilta.services import id_map, staging
from tilisilta.services.access import Actor, require
from tilisilta.services.bindings import Tie, bind, load_ties, unbind
from tilisilta.services.errors import ServiceError
from tilisilta.services.id_map import KINDS, SERVICE, SERVICE_ID
from tilisilta.services.source_ids import KnownIds, known_ids
from tilisilta.services.staging import RowStatus, StagedRow
from tilisilta.services.tables import Table, TableRow, cell, read_table
from tilisilta.store.models import BindingOrigin, Integration, Role, StagedTable

SUBJECT: Final = "id_map"
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "service": (SERVICE, "Connected service", "Service", "Liitetty palvelu"),
    "service_id": (SERVICE_ID, "Connected service ID", "Service ID", "Liitetyn palvelun ID"),
    "target_id": ("ID", "SmartAccounts ID"),
    "code": ("Kood", "Artikli kood", "Code", "Koodi"),
    "name": ("Nimi", "Nimetus", "Name", "Description"),
    "registry_code": ("Registrikood", "Reg. kood", "Reg kood", "Registry code", "Reg. code", "Y-tunnus"),
    "vat_number": ("KMKR number", "KMKR", "KMKR nr", "VAT number", "ALV-numero"),
}
_MAX_ID: Final = 200


class _Target:
    """The target's list, found by whatever a row tells: id, code, registry code, VAT number or name."""

    def __init__(self, rows: list[ListedRow]) -> None:
        self._index: dict[str, dict[str, set[str]]] = {
            "target_id": {},
            "code": {},
            "registry_code": {},
            "vat_number": {},
            "name": {},
        }
        self.by_id = {row.target_id: row for row in rows}
        for row in rows:
            for field, index in self._index.items():
                if value := _folded(str(getattr(row, field))):
                    index.setdefault(value, set()).add(row.target_id)

    def find(self, values: dict[str, str]) -> set[str]:
        """Return the ids that fit the first of the row's telling cells which fits anything."""
        for field, index in self._index.items():
            if value := _folded(values.get(field, "")):
                found = index.get(value, set())
                if found or field == "target_id":
                    return found
        return set()


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def stage_file(actor: Actor, integration: Integration, kind: DocumentKind, *, name: str, content: bytes) -> StagedTable:
    """Read an id-map file and keep it compared with the map; nothing changes until it is confirmed.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FILE_... when the file cannot be read, lacks a column or is a list of another kind.
    """
    require(actor, Role.ACCOUNTANT)
    data = read_table(name, content)
    places = data.columns(COLUMNS, required=("service", "service_id"))
    if not places.keys() & {"target_id", "code", "name", "registry_code", "vat_number"}:
        data.columns(COLUMNS, required=("target_id", "name"))
    target = _Target(id_map.target_rows(integration, kind))
    _require_kind(integration, kind, data, places, target)
    mark = id_map.service_code(integration)
    rows = [_read(row, places, target, mark) for row in data.rows]
    ids = [row.key for row in rows if row.status is RowStatus.NEW]
    rows = _compare(rows, known_ids(integration, kind, ids), load_ties(integration, kind), kind)
    return staging.stage(actor, integration, subject=SUBJECT, kind=kind.value, name=name, rows=rows)


def _values(row: TableRow, places: dict[str, int]) -> dict[str, str]:
    return {field: cell(row, place) for field, place in places.items()}


def _require_kind(
    integration: Integration, kind: DocumentKind, data: Table, places: dict[str, int], target: _Target
) -> None:
    """Refuse a whole file that fits another of the target's lists and not this one."""
    sample = [_values(row, places) for row in data.rows[:200]]
    if any(target.find(values) for values in sample):
        return
    for other in KINDS:
        if other is not kind:
            others = _Target(id_map.target_rows(integration, other))
            if sum(bool(others.find(values)) for values in sample) * 2 > len(sample):
                raise ServiceError("FILE_WRONG_KIND", file=data.name, found=KINDS[other], wanted=KINDS[kind])


def _read(row: TableRow, places: dict[str, int], target: _Target, mark: str) -> StagedRow:
    """Return a row with its target found, in status NEW, or with what keeps it from being used."""
    values = _values(row, places)
    source_id, service = values["service_id"], values["service"]
    base = StagedRow(
        line=row.line,
        status=RowStatus.NEW,
        key=source_id,
        target=values.get("target_id", "") or values.get("code", ""),
        target_label=values.get("name", ""),
    )
    if not source_id:
        return staging.with_status(base, RowStatus.EMPTY)
    if row.is_too_long or len(source_id) > _MAX_ID:
        return staging.with_status(base, RowStatus.UNREADABLE)
    if service.casefold() != mark.casefold():
        told = {"column": SERVICE, "mark": mark, "service": service or "-"}
        detail = gettext("“%(column)s” is %(service)s, not %(mark)s") % told
        return msgspec.structs.replace(base, status=RowStatus.WRONG_SERVICE, detail=detail)
    found = target.find(values)
    if len(found) != 1:
        return staging.with_status(base, RowStatus.AMBIGUOUS_TARGET if found else RowStatus.UNKNOWN_TARGET)
    listed = target.by_id[next(iter(found))]
    return msgspec.structs.replace(base, target=listed.target_id, target_label=listed.name)


def _compare(rows: list[StagedRow], known: KnownIds, ties: list[Tie], kind: DocumentKind) -> list[StagedRow]:
    held = {tie.source_id: tie for tie in ties}
    by_target: dict[str, set[str]] = {}
    for tie in ties:
        by_target.setdefault(tie.target_id, set()).add(tie.source_id)
    usable = [row for row in rows if row.status is RowStatus.NEW]
    targets_of: dict[str, set[str]] = {}
    in_file: dict[str, set[str]] = {}
    for row in usable:
        targets_of.setdefault(row.key, set()).add(row.target)
        in_file.setdefault(row.target, set()).add(row.key)
    first_line: dict[str, int] = {}
    compared = []
    for row in rows:
        if row.status is RowStatus.NEW:
            first = first_line.setdefault(row.key, row.line)
            if len(targets_of[row.key]) > 1 or first != row.line:
                detail = str(first) if first != row.line else ""
                row = msgspec.structs.replace(row, status=RowStatus.DUPLICATE, detail=detail)  # noqa: PLW2901
            else:
                replaced = _replaced(by_target.get(row.target, set()), in_file[row.target])
                row = _judged(row, known, held.get(row.key), replaced, kind)  # noqa: PLW2901
        compared.append(row)
    return compared


def _replaced(held: set[str], in_file: set[str]) -> set[str]:
    """Return the ids that a target row loses: the file's word stands for all of it, unless it repeats one of them."""
    return set() if held & in_file else held


def _judged(row: StagedRow, known: KnownIds, held: Tie | None, replaced: set[str], kind: DocumentKind) -> StagedRow:
    row = msgspec.structs.replace(row, label=known.name_of(kind, row.key) or (held.source_label if held else ""))
    is_of_kind = known.is_of_kind(kind, row.key)
    if is_of_kind is False:
        others = known.kinds_of(row.key)
        if not others:
            return staging.with_status(row, RowStatus.UNKNOWN_SOURCE)
        other = ", ".join(str(KINDS[each]) for each in KINDS if each in others)
        return msgspec.structs.replace(row, status=RowStatus.WRONG_KIND, detail=other)
    old, old_label = (held.target_id, held.target_label) if held else ("", "")
    row = msgspec.structs.replace(row, old=old, old_label=old_label)
    if old == row.target:
        return staging.with_status(row, RowStatus.UNCHANGED)
    detail = "" if is_of_kind else gettext("not seen at the source yet")
    if replaced:
        detail = gettext("in place of %(ids)s") % {"ids": ", ".join(sorted(replaced))}
    status = RowStatus.CHANGED if old or replaced else RowStatus.NEW
    return msgspec.structs.replace(row, status=status, detail=detail)


def confirm(
    actor: Actor,
    integration: Integration,
    staged: StagedTable,
    *,
    lines: frozenset[int] | None = None,
    origin: BindingOrigin = BindingOrigin.IMPORTED,
) -> tuple[dict[str, int], int]:
    """Write a compared file over the map; return the rows by what became of them, and the released documents.

    Args:
        actor: An accountant or higher.
        integration: Whose map.
        staged: The compared file.
        lines: Only these lines; None for all that can be saved.
        origin: Where the pairs come from.

    Raises:
        Forbidden: the role is too low.
        ServiceError: STAGED_GONE, STAGED_NOTHING.
    """
    require(actor, Role.ACCOUNTANT)
    kind = DocumentKind(staged.kind)
    rows = staging.staged_rows(staged)
    if staged.applied_at is None and not any(row.is_writable and (lines is None or row.line in lines) for row in rows):
        raise ServiceError("STAGED_NOTHING")
    with transaction.atomic():
        staging.claim(staged)
        ties = load_ties(integration, kind)
        now = {tie.source_id: tie.target_id for tie in ties}
        results = [_result(row, now, lines) for row in rows]
        saved = [row for row in results if row.status is RowStatus.SAVED]
        if origin is BindingOrigin.IMPORTED:
            unbind(integration, kind, sorted(_losing(ties, saved, rows)))
        chosen = [
            Tie(source_id=row.key, source_label=row.label, target_id=row.target, target_label=row.target_label)
            for row in saved
        ]
        released = bind(actor, integration, kind, chosen, origin)
        counts = staging.finish(staged, results)
        written = [f"{row.key} = {row.target}" + (f" (was {row.old})" if row.old else "") for row in saved]
        id_map.record_import(actor, integration, kind, name=staged.name, rows=written, counts=counts)
        return counts, released


def _losing(ties: list[Tie], saved: list[StagedRow], rows: list[StagedRow]) -> set[str]:
    """Return the ids whose target row the file gave to another id."""
    named: dict[str, set[str]] = {}
    for row in rows:
        if row.status in {RowStatus.UNCHANGED, *staging.WRITABLE}:
            named.setdefault(row.target, set()).add(row.key)
    held: dict[str, set[str]] = {}
    for tie in ties:
        held.setdefault(tie.target_id, set()).add(tie.source_id)
    losing: set[str] = set()
    for row in saved:
        losing |= _replaced(held.get(row.target, set()), named[row.target])
    return losing - {row.key for row in saved}


def _result(row: StagedRow, now: dict[str, str], lines: frozenset[int] | None) -> StagedRow:
    if not row.is_writable:
        return row
    if lines is not None and row.line not in lines:
        return staging.with_status(row, RowStatus.LEFT_OUT)
    moved = now.get(row.key, "") != row.old
    return staging.with_status(row, RowStatus.MOVED_ON if moved else RowStatus.SAVED)
