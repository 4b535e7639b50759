"""Mapping tables as files: taken out, filled elsewhere, brought back with every difference shown first."""

from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

import msgspec
from django.db import transaction
from django.utils.translation import get_language, gettext

from tilisilta.core.documents import Direction
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.services import mappings, staging
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.mappings import TABLES, Choices, Line
from tilisilta.services.staging import RowStatus, StagedRow
from tilisilta.services.tables import Cell, TableRow, cell, read_table, write_csv, write_xlsx
from tilisilta.store.models import Integration, Role, StagedTable

SUBJECT: Final = "mappings"
# English, Estonian, Finnish: a file is written in the reader's language and read in any.
COLUMNS: Final[dict[str, tuple[str, str, str]]] = {
    "source_key": ("Source key", "Allika tunnus", "Lähteen tunnus"),
    "source_label": ("Source name", "Allika nimetus", "Lähteen nimi"),
    "direction": ("Side", "Suund", "Suunta"),
    "vat_rate": ("VAT rate", "Käibemaksumäär", "Alv-kanta"),
    "target_key": ("Target key", "Sihtsüsteemi tunnus", "Kohteen tunnus"),
    "target_label": ("Target name", "Sihtsüsteemi nimetus", "Kohteen nimi"),
}
# Accounts at the level of closed periods bear these too (N11 to N16).
CODE_COLUMNS: Final[dict[str, tuple[str, str, str]]] = {
    "vat_code_sales": ("VAT code of sales", "Müügi käibemaksukood", "Myynnin alv-koodi"),
    "vat_code_purchases": ("VAT code of purchases", "Ostu käibemaksukood", "Oston alv-koodi"),
}
# Where a row of accounts can be switched off for a side, its ticks stand in the file too (P35, P36).
TICK_COLUMNS: Final[dict[str, tuple[str, str, str]]] = {
    OFF_FIELDS[Direction.SALES]: ("Sales", "Müük", "Myynti"),
    OFF_FIELDS[Direction.PURCHASE]: ("Purchases", "Ost", "Osto"),
}
_TICKS: Final = (("on", "sees", "päällä"), ("off", "väljas", "pois"))
# In any language, and as people write them by hand; an empty cell changes nothing.
_ON: Final = frozenset({*_TICKS[0], "x", "1", "yes", "jah", "kyllä", "true"})
_OFF: Final = frozenset({*_TICKS[1], "-", "–", "0", "no", "ei", "false"})
_DIRECTIONS: Final[dict[str, str]] = {
    "": "",
    **dict.fromkeys(("sales", "müük", "myynti"), Direction.SALES.value),
    **dict.fromkeys(("purchase", "purchases", "ost", "osto"), Direction.PURCHASE.value),
}
_SIDE_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "": ("", "", ""),
    Direction.SALES.value: ("sales", "müük", "myynti"),
    Direction.PURCHASE.value: ("purchase", "ost", "osto"),
}
_LANGUAGES: Final = {"en": 0, "et": 1, "fi": 2}
_MAX_KEY: Final = 120


def _language() -> int:
    return _LANGUAGES.get((get_language() or "en")[:2], 0)


def export(integration: Integration, table: MappingTable, file_format: str) -> tuple[str, bytes]:
    """Return the name and bytes of a table as a file; `file_format` is "csv" or "xlsx". Missing rows are in it too."""
    place = _language()
    code_columns = CODE_COLUMNS if mappings.has_codes(integration, table) else {}
    tick_columns = TICK_COLUMNS if mappings.has_sides(integration, table) else {}
    headers = [names[place] for names in (COLUMNS | code_columns | tick_columns).values()]
    rows: list[list[Cell]] = [
        [
            line.source_key,
            line.source_label,
            _SIDE_WORDS[line.direction][place],
            line.vat_rate.normalize() if line.vat_rate else line.vat_rate,
            line.target_key,
            line.target_label,
            *(line.codes.get(name, "") for name in code_columns),
            *(_TICKS[name in line.off][place] for name in tick_columns),
        ]
        for line in mappings.lines(integration, table)
    ]
    name = f"{table.value}-{integration.pk}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, rows, title=str(TABLES[table]))
    return name, write_csv(headers, rows)


def stage_file(
    actor: Actor, integration: Integration, table: MappingTable, *, name: str, content: bytes
) -> StagedTable:
    """Read a file and keep it compared with the table; nothing changes until it is confirmed.

    Raises:
        Forbidden: the role is too low.
        ServiceError: the file cannot be read (FILE_...), with file, line and rule.
    """
    require(actor, Role.ACCOUNTANT)
    data = read_table(name, content)
    with_codes = mappings.has_codes(integration, table)
    with_ticks = mappings.has_sides(integration, table)
    columns = COLUMNS | (CODE_COLUMNS if with_codes else {}) | (TICK_COLUMNS if with_ticks else {})
    places = data.columns(columns, required=("source_key", "target_key"))
    known = {line.ref: line for line in mappings.lines(integration, table)}
    targets = mappings.choices(integration.target, table)
    vat_codes = mappings.choices(integration.target, MappingTable.VAT_CODES) if with_codes else Choices()
    rows: list[StagedRow] = []
    seen: dict[str, int] = {}
    for row in data.rows:
        compared = _compare(row, places, known, targets)
        if with_codes:
            compared = _with_codes(compared, row, places, known, vat_codes)
        if with_ticks:
            compared = _with_ticks(compared, row, places, known)
        ref = _ref(compared)
        if compared.status is not RowStatus.UNREADABLE:
            first = seen.setdefault(ref, row.line)
            if first != row.line:
                compared = msgspec.structs.replace(compared, status=RowStatus.DUPLICATE, detail=str(first))
        rows.append(compared)
    return staging.stage(actor, integration, subject=SUBJECT, kind=table.value, name=name, rows=rows)


def _compare(row: TableRow, places: dict[str, int], known: dict[str, Line], targets: Choices) -> StagedRow:
    base = StagedRow(
        line=row.line,
        status=RowStatus.UNREADABLE,
        key=cell(row, places["source_key"]),
        label=cell(row, places.get("source_label")),
        target=cell(row, places["target_key"]),
    )
    if row.is_too_long:
        return msgspec.structs.replace(base, detail=gettext("more cells than the header"))
    if not base.key or len(base.key) > _MAX_KEY or len(base.target) > _MAX_KEY:
        return msgspec.structs.replace(base, detail=gettext("the source key is missing or too long"))
    word = cell(row, places.get("direction")).casefold()
    direction = _DIRECTIONS.get(word)
    if direction is None:
        return msgspec.structs.replace(base, detail=gettext("unknown side: %(word)s") % {"word": word})
    try:
        rate = _rate(cell(row, places.get("vat_rate")))
    except InvalidOperation:
        return msgspec.structs.replace(base, detail=gettext("the VAT rate is not a number"))
    line = Line(source_key=base.key, source_label=base.label, direction=direction, vat_rate=rate)
    held = known.get(line.ref)
    base = msgspec.structs.replace(
        base,
        direction=direction,
        vat_rate="" if rate is None else str(rate),
        label=(held.source_label if held else "") or base.label,
        old=held.target_key if held else "",
        old_label=held.target_label if held else "",
    )
    return _judged(base, targets)


def _with_codes(
    compared: StagedRow, row: TableRow, places: dict[str, int], known: dict[str, Line], vat_codes: Choices
) -> StagedRow:
    """Return a compared row with its VAT codes. An empty cell takes no code away, as with accounts."""
    if compared.status not in {RowStatus.NEW, RowStatus.CHANGED, RowStatus.UNCHANGED}:
        return compared
    held = known.get(_ref(compared))
    old = dict(held.codes) if held else {}
    given = {name: cell(row, places.get(name)) for name in CODE_COLUMNS}
    codes = {**old, **{name: code for name, code in given.items() if code}}
    compared = msgspec.structs.replace(compared, codes=codes, old_codes=old)
    try:
        mappings.require_codes(vat_codes, codes)
    except ServiceError as error:
        wrong_side = error.code == "MAPPING_TARGET_WRONG_SIDE"
        status = RowStatus.WRONG_SIDE if wrong_side else RowStatus.UNKNOWN_TARGET
        return msgspec.structs.replace(compared, status=status, detail=str(error))
    if compared.status is RowStatus.UNCHANGED and codes != old:
        return staging.with_status(compared, RowStatus.CHANGED)
    return compared


def _with_ticks(compared: StagedRow, row: TableRow, places: dict[str, int], known: dict[str, Line]) -> StagedRow:
    """Return a compared row with the sides that it switches off."""
    if compared.status not in {RowStatus.NEW, RowStatus.CHANGED, RowStatus.UNCHANGED}:
        return compared
    held = known.get(_ref(compared))
    old = held.off if held else frozenset()
    off = set(old)
    for name in TICK_COLUMNS:
        word = cell(row, places.get(name)).casefold()
        if word in _OFF:
            off.add(name)
        elif word in _ON:
            off.discard(name)
        elif word:
            detail = gettext("neither on nor off: %(word)s") % {"word": word}
            return msgspec.structs.replace(compared, status=RowStatus.UNREADABLE, detail=detail)
    compared = msgspec.structs.replace(compared, off=tuple(sorted(off)), old_off=tuple(sorted(old)))
    if compared.status is RowStatus.UNCHANGED and off != old:
        return staging.with_status(compared, RowStatus.CHANGED)
    return compared


def _judged(row: StagedRow, targets: Choices) -> StagedRow:
    """Return the row with what it would do. An empty cell takes nothing away: most files come half filled."""
    if not row.target:
        return staging.with_status(row, RowStatus.EMPTY)
    try:
        entry = mappings.require_target(targets, row.target, row.direction)
    except ServiceError as error:
        wrong_side = error.code == "MAPPING_TARGET_WRONG_SIDE"
        return staging.with_status(row, RowStatus.WRONG_SIDE if wrong_side else RowStatus.UNKNOWN_TARGET)
    status = RowStatus.CHANGED if row.old else RowStatus.NEW
    if row.old == row.target:
        status = RowStatus.UNCHANGED
    return msgspec.structs.replace(row, status=status, target_label=entry.label if entry else "")


def _rate(text: str) -> Decimal | None:
    plain = text.replace("%", "").replace(",", ".").strip()
    rate = Decimal(plain) if plain else None
    if rate is not None and not (rate.is_finite() and 0 <= rate < 100):  # noqa: PLR2004  percent
        raise InvalidOperation
    return rate


def _ref(row: StagedRow) -> str:
    rate = Decimal(row.vat_rate) if row.vat_rate else None
    return Line(source_key=row.key, direction=row.direction, vat_rate=rate).ref


def confirm(actor: Actor, integration: Integration, staged: StagedTable) -> tuple[dict[str, int], int]:
    """Overwrite the table with a compared file; return the rows by what became of them, and the released documents.

    A row whose table entry somebody changed since the comparison is left out and says so.

    Raises:
        Forbidden: the role is too low.
        ServiceError: STAGED_GONE, STAGED_NOTHING.
    """
    require(actor, Role.ACCOUNTANT)
    table = MappingTable(staged.kind)
    rows = staging.staged_rows(staged)
    if staged.applied_at is None and not any(row.is_writable for row in rows):
        raise ServiceError("STAGED_NOTHING")
    with transaction.atomic():
        staging.claim(staged)
        now = {line.ref: _Held(line.target_key, line.codes, line.off) for line in mappings.lines(integration, table)}
        results = [_result(row, now) for row in rows]
        chosen = {_ref(row): row.target for row in results if row.status is RowStatus.SAVED}
        codes = {_ref(row): row.codes for row in results if row.status is RowStatus.SAVED and row.codes}
        off = {_ref(row): frozenset(row.off) for row in results if row.status is RowStatus.SAVED}
        ticks = off if mappings.has_sides(integration, table) else None
        saved = mappings.save(actor, integration, table, chosen, codes=codes, off=ticks, origin="file")
        return staging.finish(staged, results), saved.released


class _Held(NamedTuple):
    """What a line of the table holds."""

    target: str = ""
    codes: dict[str, str] = {}
    off: frozenset[str] = frozenset()


def _result(row: StagedRow, now: dict[str, _Held]) -> StagedRow:
    if not row.is_writable:
        return row
    moved = now.get(_ref(row), _Held()) != _Held(row.old, row.old_codes, frozenset(row.old_off))
    return staging.with_status(row, RowStatus.MOVED_ON if moved else RowStatus.SAVED)
