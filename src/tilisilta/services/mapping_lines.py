"""The lines of a mapping table: what is missing first, choices from the target's list, nothing guessed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec
from django.db.models import Count, Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import Direction
from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.kit.manifest import Ability
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services.account_lines import CODE_FIELDS, has_codes, mark_posted
from tilisilta.services.connections import catalogue, manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.mapping_shapes import Line
from tilisilta.services.vat_lines import mark_used_vat, names_used_vat
from tilisilta.services.workspace_port.vat import treatment_choices
from tilisilta.store.models import Connection, DeliveryProblem, Integration, MappingRow

TABLES: Final[dict[MappingTable, Promise]] = {
    MappingTable.VAT_CODES: _("VAT codes"),
    MappingTable.ACCOUNTS: _("Accounts"),
    MappingTable.BANK_ACCOUNTS: _("Bank accounts"),
    MappingTable.WAREHOUSES: _("Warehouses"),
    MappingTable.DIMENSIONS: _("Dimensions"),
    MappingTable.PAYMENT_METHODS: _("Payment methods"),
    MappingTable.ITEMS: _("Items"),
}
_CATALOGUES: Final = {table: CatalogueKind(table.value) for table in TABLES}
# Items of the source are as many as its products: their table holds only what a person entered.
_LISTS_SOURCE: Final = frozenset(TABLES) - {MappingTable.ITEMS}
_PROBLEMS: Final[dict[MappingTable, tuple[str, ...]]] = {
    MappingTable.VAT_CODES: ("VAT_CODE_UNMAPPED",),
    MappingTable.ACCOUNTS: ("ACCOUNT_UNMAPPED", "ACCOUNT_VAT_CODE_UNMAPPED", "ACCOUNT_OR_VAT_UNMAPPED"),
    MappingTable.BANK_ACCOUNTS: ("BANK_ACCOUNT_UNMAPPED",),
    MappingTable.WAREHOUSES: ("WAREHOUSE_MISSING", "WAREHOUSE_UNMAPPED"),
    MappingTable.DIMENSIONS: ("DIMENSION_UNMAPPED",),
    MappingTable.PAYMENT_METHODS: ("PAYMENT_METHOD_UNMAPPED",),
    MappingTable.ITEMS: ("ITEM_NOT_BOUND",),
}
# While nobody has chosen a target for any of their codes, documents go without them and nothing is asked.
_ASKED_ONCE_BEGUN: Final = frozenset({MappingTable.ACCOUNTS, MappingTable.DIMENSIONS, MappingTable.PAYMENT_METHODS})
# These say nothing beyond their rate; for any other treatment a rate proves nothing.
_PLAIN_TREATMENTS: Final = frozenset({"", "domestic", "zero_rated"})


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The target's list for one table. `error` is the code of why it could not be read."""

    entries: tuple[CatalogueEntry, ...] = ()
    error: str = ""

    def find(self, key: str) -> CatalogueEntry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def usable(self, direction: str) -> list[CatalogueEntry]:
        """Return the active entries that may stand on this side of the trade."""
        return [entry for entry in self.entries if entry.is_active and fits(entry, direction)]


def fits(entry: CatalogueEntry, direction: str) -> bool:
    """Return whether an entry may stand on a side of the trade; a list that does not say lets it stand anywhere."""
    if direction == Direction.SALES.value:
        return entry.for_sales is not False
    if direction == Direction.PURCHASE.value:
        return entry.for_purchases is not False
    return True


def choices(connection: Connection, table: MappingTable) -> Choices:
    """Return a system's list for one table; an unreachable system gives none, with the code of the reason."""
    try:
        if table is MappingTable.VAT_CODES and _bears_vat_by_product(connection):
            return Choices(
                entries=tuple(treatment_choices())
            )  # its products bear the VAT; only 0 % asks for its reason
        return Choices(entries=tuple(catalogue(connection, _CATALOGUES[table])))
    except (TilisiltaError, ServiceError) as error:
        return Choices(error=error.code)


def _bears_vat_by_product(connection: Connection) -> bool:
    """Return whether a target has no VAT codes to choose: its products bear the VAT."""
    return Ability.PRODUCTS_BY_CODE in manifest(connection.vendor).abilities


def lines(
    integration: Integration,
    table: MappingTable,
    *,
    text: str = "",
    only_missing: bool = False,
    targets: Choices | None = None,
) -> list[Line]:
    """Return a table's lines: those that hold documents up, other missing ones, filled ones, then the unused.

    Args:
        integration: Whose table.
        table: Which.
        text: Words sought in keys and names.
        only_missing: Leave filled and unused lines out.
        targets: The target's list when it is at hand; without it nothing is suggested and nothing is called gone.
    """
    found = {line.identity: line for line in _stored(integration, table)}
    with_codes = has_codes(integration, table)
    if with_codes:
        mark_posted(integration, found)
    if names_used_vat(integration, table):
        mark_used_vat(integration, found)
    for line in [] if only_missing else _listed(integration, table):
        same_key = [each for each in found.values() if each.source_key == line.source_key]
        if not any(each.direction in {line.direction, ""} for each in same_key):
            found[line.identity] = line
        for each in same_key:
            each.source_label = each.source_label or line.source_label
    waiting = _waiting(integration, table)
    is_begun = with_codes or any(line.target_key for line in found.values())
    is_needed = needs_rows(table, is_begun=is_begun, is_asked=bool(waiting))
    for line in found.values():
        line.may_stay_empty = not is_needed
    chosen = [line for line in found.values() if _matches(line, text) and (line.is_missing or not only_missing)]
    for line in chosen:
        line.waiting = sum(count for key, count in waiting.items() if is_asked(line, key))
        if targets is not None:
            _judge(line, table, targets)
    return sorted(chosen, key=_order)


def needs_rows(table: MappingTable, *, is_begun: bool, is_asked: bool) -> bool:
    """Return whether the used codes of a table need a target. Some tables are asked for only once they are begun."""
    return table not in _ASKED_ONCE_BEGUN or is_begun or is_asked


def _stored(integration: Integration, table: MappingTable) -> list[Line]:
    return [
        Line(
            source_key=row.source_key,
            source_label=row.source_label,
            direction=row.direction,
            vat_rate=row.vat_rate,
            treatment=str(row.extra.get("treatment", "")),
            target_key=row.target_key,
            target_label=row.target_label,
            codes={name: str(row.extra[name]) for name in CODE_FIELDS if row.extra.get(name)},
            off=frozenset(name for name in OFF_FIELDS.values() if row.extra.get(name) == "1"),
            is_used=True,
        )
        for row in MappingRow.objects.filter(integration=integration, table=table.value).order_by("id")
    ]


def _listed(integration: Integration, table: MappingTable) -> list[Line]:
    """Return the source's own list as lines; VAT codes once for each side on which they may stand."""
    if table not in _LISTS_SOURCE:
        return []
    if table is MappingTable.VAT_CODES and _bears_vat_by_product(integration.target):
        return []
    found = []
    for entry in choices(integration.source, table).entries:
        if not entry.is_active:
            continue
        sides = [""]
        if table is MappingTable.VAT_CODES:
            sides = [side.value for side in Direction if fits(entry, side.value)]
        found += [
            Line(source_key=entry.key, source_label=entry.label, direction=side, vat_rate=entry.rate) for side in sides
        ]
    return found


def _matches(line: Line, text: str) -> bool:
    words = text.casefold().split()
    shown = f"{line.source_key} {line.source_label} {line.target_key} {line.target_label}".casefold()
    return all(word in shown for word in words)


def _order(line: Line) -> tuple[bool, bool, bool, int, str, str]:
    return (
        not (line.waiting and (not line.target_key or line.lacks_code)),
        not (line.is_missing or line.is_gone),
        not line.target_key,
        -line.waiting,
        line.source_label.casefold() or line.source_key,
        line.direction,
    )


def _judge(line: Line, table: MappingTable, targets: Choices) -> None:
    if line.target_key:
        entry = targets.find(line.target_key)
        line.is_gone = bool(targets.entries) and (entry is None or not entry.is_active)
        line.target_label = entry.label if entry else line.target_label
    elif table is MappingTable.VAT_CODES:
        line.suggestion = suggest_vat_code(line, targets)


def suggest_vat_code(line: Line, targets: Choices) -> CatalogueEntry | None:
    """Return the target's VAT code when only one can be meant: the single active one of this rate on this side.

    A line whose legal treatment its rate does not tell gets none.
    """
    if line.vat_rate is None or not line.direction or line.treatment not in _PLAIN_TREATMENTS:
        return None
    of_rate = [entry for entry in targets.usable(line.direction) if entry.rate == line.vat_rate]
    return of_rate[0] if len(of_rate) == 1 else None


# --- what waits --------------------------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an open problem asks for. Empty `direction` and `rate` say nothing."""

    key: str
    direction: str = ""
    rate: str = ""


def _asked(table: MappingTable, params: Mapping[str, str]) -> Asked:
    if table is MappingTable.DIMENSIONS:
        return Asked(key=f"{params.get('axis', '')}:{params.get('key', '')}")
    key = params.get("key") or params.get("account") or params.get("warehouse") or ""
    is_vat = table is MappingTable.VAT_CODES
    by_rate = is_vat or table is MappingTable.ACCOUNTS
    return Asked(
        key=key,
        direction=params.get("direction", "") if is_vat else "",
        rate=params.get("rate", "") if by_rate else "",
    )


def is_asked(line: Line, asked: Asked) -> bool:
    """Return whether a line answers what a problem asks for."""
    if line.source_key != asked.key:
        return False
    if line.direction and asked.direction and line.direction != asked.direction:
        return False
    return line.vat_rate is None or not asked.rate or line.vat_rate == Decimal(asked.rate)


def open_problems(integration: Integration, table: MappingTable) -> Iterable[tuple[int, Asked]]:
    """Yield the open problems of a table with what each asks for."""
    rows = DeliveryProblem.objects.filter(
        integration=integration, code__in=_PROBLEMS[table], solved_at=None
    ).values_list("pk", "params")
    for pk, params in rows.iterator(chunk_size=2000):
        yield pk, _asked(table, params)


def is_asked_for(integration: Integration, table: MappingTable) -> bool:
    """Return whether an open problem waits for a row of the table."""
    return DeliveryProblem.objects.filter(integration=integration, code__in=_PROBLEMS[table], solved_at=None).exists()


def _waiting(integration: Integration, table: MappingTable) -> dict[Asked, int]:
    """Return how many documents each missing key holds up. Counted by group: there may be many thousands."""
    groups = (
        DeliveryProblem.objects.filter(integration=integration, code__in=_PROBLEMS[table], solved_at=None)
        .values("group")
        .order_by()
        .annotate(documents=Count("delivery", distinct=True), sample=Max("id"))
    )
    counts = {row["sample"]: row["documents"] for row in groups}
    samples = DeliveryProblem.objects.filter(pk__in=list(counts)).values_list("pk", "params")
    return {_asked(table, params): counts[pk] for pk, params in samples}
