"""Mapping tables as people fill them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from tilisilta.core.documents import Direction
from tilisilta.core.mapping.account_codes import VAT_CODE_FIELDS
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueEntry
from tilisilta.services import audit, table_texts
from tilisilta.services.access import Actor, require
from tilisilta.services.account_lines import has_codes, has_sides
from tilisilta.services.errors import ServiceError
from tilisilta.services.mapping_lines import (
    TABLES,
    Choices,
    choices,
    fits,
    is_asked,
    is_asked_for,
    lines,
    needs_rows,
    open_problems,
)
from tilisilta.services.mapping_shapes import Line
from tilisilta.services.settling import settle
from tilisilta.services.vat_lines import names_used_vat
from tilisilta.store.mapping_tables import load_tables, note_missing
from tilisilta.store.models import Integration, MappingRow, Role

__all__ = [
    "TABLES",
    "Choices",
    "Line",
    "Saved",
    "ServiceError",
    "TableSummary",
    "choices",
    "has_codes",
    "has_sides",
    "lines",
    "load_tables",
    "note_missing",
    "parse_ref",
    "require_codes",
    "require_target",
    "save",
    "summaries",
]

table_texts.make_known()


class TableSummary(msgspec.Struct, frozen=True, kw_only=True):
    table: MappingTable
    label: Promise
    mapped: int
    missing: int


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were filled or changed, how many emptied, and how many documents may go now."""

    saved: int = 0
    cleared: int = 0
    released: int = 0


def summaries(integration: Integration) -> list[TableSummary]:
    """Return each table with how many rows have a target and how many wait for one."""
    rows = MappingRow.objects.filter(integration=integration).order_by()
    all_rows = dict(rows.values_list("table").annotate(Count("id")))
    empty = dict(rows.filter(target_key="").values_list("table").annotate(Count("id")))
    found = []
    for table, label in TABLES.items():
        missing = empty.get(table.value, 0)
        mapped = all_rows.get(table.value, 0) - missing
        if has_codes(integration, table) or names_used_vat(integration, table):
            asked = lines(integration, table, only_missing=True)
            found.append(TableSummary(table=table, label=label, mapped=mapped, missing=len(asked)))
            continue
        if missing and not needs_rows(table, is_begun=mapped > 0, is_asked=is_asked_for(integration, table)):
            missing = 0
        found.append(TableSummary(table=table, label=label, mapped=mapped, missing=missing))
    return found


def save(
    actor: Actor,
    integration: Integration,
    table: MappingTable,
    chosen: Mapping[str, str],
    *,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    off: Mapping[str, frozenset[str]] | None = None,
    origin: str = "page",
) -> Saved:
    """Store choices, mark the problems that they solve, and release the documents that waited.

    Args:
        actor: An accountant or higher.
        integration: Whose table.
        table: Which.
        chosen: Target key by line ref (`Line.ref`); an empty key takes a choice back. Unchanged lines are left alone.
        codes: VAT codes by line ref, for accounts at the level of periods: `vat_code_sales`, `vat_code_purchases`.
            Names that are not given stay as they are.
        off: Which sides take no postings, by line ref; lines that are not given stay as they are.
        origin: "page" or "file", for the audit log.

    Raises:
        Forbidden: the role is too low.
        ServiceError: MAPPING_TARGET_UNKNOWN, MAPPING_TARGET_WRONG_SIDE; then nothing is stored.
    """
    require(actor, Role.ACCOUNTANT)
    targets = choices(integration.target, table)
    known = {line.ref: line for line in lines(integration, table)}
    given = codes if codes and has_codes(integration, table) else {}
    vat_codes = choices(integration.target, MappingTable.VAT_CODES) if given else Choices()
    changed: list[Line] = []
    extras: dict[str, dict[str, str]] = {}
    for ref, target_key in chosen.items():
        line = known.get(ref) or parse_ref(ref)
        wanted = {**line.codes, **require_codes(vat_codes, given.get(ref, {}))}
        wanted_off = (off or {}).get(ref, line.off)
        is_same = line.target_key == target_key and wanted_off == line.off
        if is_same and {name: code for name, code in wanted.items() if code} == line.codes:
            continue
        entry = require_target(targets, target_key, line.direction) if target_key != line.target_key else None
        if table is MappingTable.BANK_ACCOUNTS and entry is not None:
            # The target's own account tells whether a payment is in cash; the source may not say.
            extras[line.ref] = {"is_cash": entry.extra.get("is_cash") or "0"}
        if given.get(ref):
            extras[line.ref] = wanted
        if wanted_off != line.off:
            flags = {name: "1" if name in wanted_off else "" for name in OFF_FIELDS.values()}
            extras[line.ref] = {**extras.get(line.ref, {}), **flags}
        label = line.target_label if target_key == line.target_key else entry.label if entry else ""
        changed.append(msgspec.structs.replace(line, target_key=target_key, target_label=label, codes=wanted))
    if not changed:
        return Saved()
    with transaction.atomic():
        _store(actor, integration, table, changed, extras)
        filled = [line for line in changed if line.target_key]
        by_key: dict[str, list[Line]] = {}
        for line in filled:
            by_key.setdefault(line.source_key, []).append(line)
        solved = [
            pk
            for pk, asked in open_problems(integration, table)
            if any(is_asked(line, asked) for line in by_key.get(asked.key, ()))
        ]
        released = settle(actor, solved)
        _record(actor, integration, table, changed, origin)
    return Saved(saved=len(filled), cleared=len(changed) - len(filled), released=released)


def require_codes(vat_codes: Choices, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return VAT codes that the target knows and that may stand on their side; an empty one takes a choice back."""
    for side, name in VAT_CODE_FIELDS.items():
        require_target(vat_codes, wanted.get(name, ""), side)
    return {name: wanted[name] for name in VAT_CODE_FIELDS.values() if name in wanted}


def parse_ref(ref: str) -> Line:
    """Return the line that a ref names.

    Raises:
        ServiceError: MAPPING_TARGET_UNKNOWN when it is no ref.
    """
    try:
        direction, rate, source_key = ref.split("|", 2)
        vat_rate = Decimal(rate) if rate else None
    except (ValueError, ArithmeticError):
        raise ServiceError("MAPPING_TARGET_UNKNOWN", target=ref) from None
    if direction not in {"", *(side.value for side in Direction)} or not source_key:
        raise ServiceError("MAPPING_TARGET_UNKNOWN", target=ref)
    return Line(source_key=source_key, direction=direction, vat_rate=vat_rate)


def require_target(targets: Choices, key: str, direction: str) -> CatalogueEntry | None:
    """Return the chosen entry of the target's list; None for an emptied line, or while the list cannot be read."""
    if not key or not targets.entries:
        return None
    entry = targets.find(key)
    if entry is None or not entry.is_active:
        raise ServiceError("MAPPING_TARGET_UNKNOWN", target=key)
    if not fits(entry, direction):
        raise ServiceError("MAPPING_TARGET_WRONG_SIDE", target=entry.label or key)
    return entry


def _store(
    actor: Actor,
    integration: Integration,
    table: MappingTable,
    changed: Sequence[Line],
    extras: Mapping[str, dict[str, str]],
) -> None:
    held = {
        (source_key, direction, vat_rate): extra
        for source_key, direction, vat_rate, extra in MappingRow.objects.filter(
            integration=integration, table=table.value
        ).values_list("source_key", "direction", "vat_rate", "extra")
    }
    for line in changed:
        told = {"extra": {**held.get(line.identity, {}), **extras[line.ref]}} if line.ref in extras else {}
        MappingRow.objects.update_or_create(
            integration=integration,
            table=table.value,
            source_key=line.source_key,
            direction=line.direction,
            vat_rate=line.vat_rate,
            defaults={
                "target_key": line.target_key,
                "target_label": line.target_label[:200],
                "updated_at": timezone.now(),
                "updated_by": actor.user,
                **told,
            },
            create_defaults={
                "company": actor.company,
                "source_label": line.source_label[:200],
                "target_key": line.target_key,
                "target_label": line.target_label[:200],
                "updated_by": actor.user,
                **told,
            },
        )


def _record(actor: Actor, integration: Integration, table: MappingTable, changed: Sequence[Line], origin: str) -> None:
    audit.record(
        actor,
        "mapping.imported" if origin == "file" else "mapping.updated",
        subject=f"{integration.name}: {TABLES[table]}",
        link=reverse("mapping-table", args=[actor.company.pk, integration.pk, table.value]),
        rows=[f"{line.ref} = {_shown(line)}" for line in changed[:200]],
        count=len(changed),
    )


def _shown(line: Line) -> str:
    return " ".join(part for part in (line.target_key, *line.codes.values()) if part) or "-"
