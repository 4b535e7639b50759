"""Mapping rows of the store as the core's tables, and the keys that documents asked for in vain.

Stands in the store, because both the engine and the services need it.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone

from tilisilta.core.documents import Direction
from tilisilta.core.mapping.tables import ALL_OTHERS, MappingEntry, MappingTable, MappingTables, UsedKey
from tilisilta.store.transfer import Integration, MappingRow

# Items are tied one by one in the id map; a missing item is a match to decide, not a row of a table.
_NEVER_NOTED = frozenset({MappingTable.ITEMS})
# Only a VAT code changes its meaning with the side of the trade; other keys mean the same on both.
_BY_DIRECTION = frozenset({MappingTable.VAT_CODES})


def entry_of(row: MappingRow) -> MappingEntry:
    """Return a stored row as the core's entry."""
    return MappingEntry(
        table=MappingTable(row.table),
        source_key=row.source_key,
        target_key=row.target_key,
        direction=Direction(row.direction) if row.direction else None,
        vat_rate=row.vat_rate,
        source_label=row.source_label,
        target_label=row.target_label,
        extra={str(name): str(value) for name, value in row.extra.items()},
    )


def load_tables(integration: Integration) -> MappingTables:
    """Return all rows of an integration that have a target, indexed for looking up."""
    rows = MappingRow.objects.filter(integration=integration).exclude(target_key="").order_by("id")
    known = {table.value for table in MappingTable}
    return MappingTables(entry_of(row) for row in rows if row.table in known)


def load_tables_back(integration: Integration) -> MappingTables:
    """Return the rows that payments back to the source need: its bank account for each of the target's.

    A target account that several of the source's share stands for none of them: which is meant nobody has said.
    """
    by_target: dict[str, list[MappingRow]] = {}
    rows = MappingRow.objects.filter(integration=integration, table=MappingTable.BANK_ACCOUNTS.value)
    for row in rows.exclude(target_key="").order_by("id"):
        by_target.setdefault(row.target_key, []).append(row)
    return MappingTables(
        MappingEntry(table=MappingTable.BANK_ACCOUNTS, source_key=target_key, target_key=shared[0].source_key)
        for target_key, shared in by_target.items()
        if len(shared) == 1 and shared[0].source_key != ALL_OTHERS
    )


def note_missing(integration: Integration, used: Iterable[UsedKey], tables: MappingTables | None = None) -> int:
    """Store a row without target for each used key that no entry serves, and return how many were new.

    May be called again with the same keys. Pass `tables` when they are at hand, so that they are not read anew.
    """
    tables = load_tables(integration) if tables is None else tables
    rows = {
        _identity(each): each for each in tables.missing(used) if each.table not in _NEVER_NOTED and each.source_key
    }
    if not rows:
        return 0
    seen = set(
        MappingRow.objects.filter(integration=integration).values_list("table", "source_key", "direction", "vat_rate")
    )
    fresh = [_row(integration, each) for identity, each in rows.items() if identity not in seen]
    MappingRow.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    return len(fresh)


def _identity(used: UsedKey) -> tuple[str, str, str, Decimal | None]:
    by_rate = used.table is MappingTable.VAT_CODES or used.is_posting
    by_direction = used.table in _BY_DIRECTION and used.direction is not None
    return (
        used.table.value,
        used.source_key[:120],
        used.direction.value if by_direction and used.direction else "",
        used.vat_rate if by_rate else None,
    )


def _row(integration: Integration, used: UsedKey) -> MappingRow:
    table, source_key, direction, vat_rate = _identity(used)
    return MappingRow(
        company_id=integration.company_id,
        integration=integration,
        table=table,
        source_key=source_key,
        direction=direction,
        vat_rate=vat_rate,
        source_label=used.label[:200],
        extra={"treatment": used.treatment.value} if used.treatment else {},
        updated_at=timezone.now(),
    )
