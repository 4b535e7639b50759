"""One invoice row: its VAT code, item, account, dimensions and warehouse at the target."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from tilisilta.core.documents import (
    DimensionValue,
    Direction,
    InvoiceLine,
    Item,
    LineKind,
    StockKind,
    item_key,
)
from tilisilta.core.mapping.draft import LineDraft
from tilisilta.core.mapping.products import Miss, Product, ProductRegister, source_kind, table_keys, target_code
from tilisilta.core.mapping.settings import ItemPolicy, Lookups, MappingSettings
from tilisilta.core.mapping.stock import resolve_stock
from tilisilta.core.mapping.tables import ALL_OTHERS, MappingTable, MappingTables, line_item, rate_key, rate_text
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.core.vat.treatment import VatTreatment


def names_item(line: InvoiceLine) -> bool:
    """Return whether a row names an item by id or code, not only in words."""
    return bool(line.item_source_id or line.item_code)


def known_item(line: InvoiceLine, lookups: Lookups) -> Item:
    """Return the row's item: as the source's register has it, else as far as the row tells."""
    from_row = line_item(line)
    return lookups.items.get(item_key(from_row), from_row)


def fixed_item(line: InvoiceLine, direction: Direction, tables: MappingTables, settings: MappingSettings) -> str | None:
    """Return the target's item that tables or settings set for a row, whatever is bound; None when they set none.

    An empty string means that they should set one and do not: a row that has no item of its own.
    """
    sales = direction is Direction.SALES
    default = settings.default_item(sales=sales) or ("" if sales else settings.purchase_rows_item)
    own = {
        LineKind.ALLOWANCE: settings.allowance_item,
        LineKind.CHARGE: settings.charge_item,
        LineKind.ROUNDING: settings.rounding_item,
    }
    if line.kind in own:
        return own[line.kind] or default
    key = item_key(line_item(line))
    if entry := tables.target(MappingTable.ITEMS, key, direction):
        return entry
    if not sales and settings.purchase_rows_item:
        return settings.purchase_rows_item
    if not names_item(line) and (default or not (line.item_name or line.description).strip()):
        return default
    return None


def product_of(
    line: InvoiceLine,
    direction: Direction | None,
    tables: MappingTables,
    register: ProductRegister | None,
    prefixes: Mapping[str, str],
) -> str | Miss:
    """Return the target's product of a row, by the item table, then by its code; or why there is none."""
    of_others = ""  # what a person chose for all codes that have no entry of their own
    for key in table_keys(line, item_key(line_item(line))):
        found = tables.find(MappingTable.ITEMS, key, direction)
        if found is not None and found.source_key != ALL_OTHERS:
            return found.target_key
        of_others = found.target_key if found is not None else ""
    match = register.match(target_code(line, prefixes)) if register is not None else Miss.UNKNOWN
    if isinstance(match, Product):
        return match.key
    return of_others or match


class RowMapper:
    """Maps the rows of one document and gathers what is wrong with them, each cause once."""

    def __init__(
        self, *, direction: Direction | None, tables: MappingTables, lookups: Lookups, settings: MappingSettings
    ) -> None:
        self.direction = direction
        self.tables = tables
        self.lookups = lookups
        self.settings = settings
        self._problems: dict[tuple[str, tuple[tuple[str, str], ...]], Problem] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems.values())

    def add(self, found: Iterable[Problem]) -> None:
        """Keep each cause once, at the first place where it shows."""
        for each in found:
            self._problems.setdefault((each.code, tuple(sorted(each.params.items()))), each)

    def map_row(self, line: InvoiceLine, at: str, *, shared: tuple[DimensionValue, ...] = ()) -> LineDraft:
        """Return the row with the target's codes; `shared` are the document's dimensions. What is missing is empty."""
        if line.kind is LineKind.TEXT:
            return LineDraft(line=line)
        line = self._explained(line, at)
        dimensions = self.map_dimensions(line.dimensions or shared, f"{at}.dimensions")
        return LineDraft(
            line=line,
            vat_code=self._map_row_vat(line, at),
            item_id=self._find_product(line, at) if self.settings.items_by_code else self._map_item(line, at),
            # Where whole postings go along, the accounts stand in those.
            account="" if self.settings.completes else self.map_account(line.ledger_account, f"{at}.ledger_account"),
            dimension=next(iter(dimensions.values()), ""),
            dimensions=dimensions,
            warehouse=self._map_warehouse(line, at),
        )

    def _explained(self, line: InvoiceLine, at: str) -> InvoiceLine:
        """Return a row of 0 % with the reason that a person chose, where the target has no VAT codes to say it with."""
        if self.settings.needs_vat_codes or line.vat_rate or line.vat_treatment is not None or not line.net:
            return line
        label = line.extra.get("vat_label", "")
        chosen = self.map_vat(line.vat_code, line.vat_rate, None, f"{at}.vat_treatment", label=label)
        known = {each.value: each for each in VatTreatment}
        return msgspec.structs.replace(line, vat_treatment=known[chosen]) if chosen in known else line

    def _map_row_vat(self, line: InvoiceLine, at: str) -> str:
        if not self.settings.needs_vat_codes:
            return ""
        label = line.extra.get("vat_label", "")
        return self.map_vat(line.vat_code, line.vat_rate, line.vat_treatment, f"{at}.vat_code", label=label)

    def map_vat(self, code: str, rate: Decimal, treatment: VatTreatment | None, where: str, *, label: str = "") -> str:
        """Return the target's VAT code; unmapped is an error, never a guess."""
        found = self.tables.vat_code(
            code, rate, self.direction, treatment=treatment, zero_by_rate=self.settings.allow_zero_rate_by_rate
        )
        if found is not None:
            return found
        self.add(
            [
                problem(
                    "VAT_CODE_UNMAPPED",
                    where=where,
                    key=code or rate_key(rate, treatment),
                    label=label or code or f"{rate_text(rate)} %",
                    rate=rate_text(rate),
                    direction=self.direction or "",
                )
            ]
        )
        return ""

    def map_account(self, account: str, where: str, *, required: bool = False) -> str:
        """Return the target's account for one of the source's; empty when the row names none."""
        if not account:
            return ""
        if found := self.tables.target(MappingTable.ACCOUNTS, account, self.direction):
            return found
        if self.settings.accounts_same:
            return account
        if required or self.settings.accounts_required or self.tables.has(MappingTable.ACCOUNTS):
            self.add([problem("ACCOUNT_UNMAPPED", where=where, account=account, direction=self.direction or "")])
        return ""

    def map_dimensions(self, values: tuple[DimensionValue, ...], where: str) -> dict[str, str]:
        """Return the target's dimension by axis. Nothing is asked while no dimension was ever mapped."""
        mapped: dict[str, str] = {}
        if not self.tables.has(MappingTable.DIMENSIONS):
            return mapped
        for value in values:
            if found := self.tables.dimension(value):
                mapped[value.axis] = found
            else:
                self.add(
                    [
                        problem(
                            "DIMENSION_UNMAPPED",
                            where=where,
                            severity=Severity.WARNING,
                            axis=value.axis,
                            key=value.source_id,
                            label=value.name or value.source_id,
                        )
                    ]
                )
        return mapped

    def _map_item(self, line: InvoiceLine, at: str) -> str:
        if self.direction is None or not self.settings.needs_items:
            return ""
        fixed = fixed_item(line, self.direction, self.tables, self.settings)
        if fixed:
            return fixed
        where = f"{at}.item_code"
        item = line_item(line)
        key, label = item_key(item), " ".join(part for part in (item.code, item.name) if part)
        if fixed is None and (bound := self.lookups.item_ids.get(key)):
            return bound
        if self.settings.rows_in_words and (fixed is not None or not names_item(line)):
            return ""
        fallback = self.settings.fallback_item
        if self.settings.item_policy is ItemPolicy.FALLBACK and fallback:
            warning = Severity.WARNING
            self.add([problem("ITEM_FELL_BACK", where=where, severity=warning, label=label, fallback=fallback)])
            return fallback
        if fixed is None:
            self.add([problem("ITEM_NOT_BOUND", where=where, key=key, label=label)])
        else:
            self.add([problem("DEFAULT_ITEM_MISSING", where=where, row_kind=line.kind, direction=self.direction)])
        return ""

    def _find_product(self, line: InvoiceLine, at: str) -> str:
        """Return the target's product of a row by table or code; else the fallback, with a warning for every row."""
        if line.kind is not LineKind.ITEM:
            return ""
        item, register = line_item(line), self.lookups.products
        match = product_of(line, self.direction, self.tables, register, self.settings.code_prefixes)
        if not isinstance(match, Miss):
            return match
        where, fallback = f"{at}.item_code", self.settings.fallback_item
        label = " ".join(part for part in (item.code, item.name) if part)
        if self.settings.item_policy is not ItemPolicy.FALLBACK or not fallback:
            self.add([problem("ITEM_NOT_BOUND", where=where, key=item_key(item), label=label)])
            return ""
        told: dict[str, object] = {"row": line.position, "kind": source_kind(line), "item_code": item.code}
        told |= {"name": item.name, "label": label, "fallback": fallback, "miss": match.value}
        self.add([problem("PRODUCT_NOT_MATCHED", where=where, severity=Severity.WARNING, **told)])
        general = register.get(fallback) if register is not None else None
        if general is not None and general.vat_rate is not None and general.vat_rate != line.vat_rate:
            rates = {"rate": rate_text(line.vat_rate), "fallback_rate": rate_text(general.vat_rate)}
            warning = problem("FALLBACK_VAT_DIFFERS", where=where, severity=Severity.WARNING, **told, **rates)
            self.add([warning])
        return fallback

    def _map_warehouse(self, line: InvoiceLine, at: str) -> str:
        if not self.settings.has_warehouses:
            return ""
        item, warnings = resolve_stock(known_item(line, self.lookups), self.settings)
        is_stock = StockKind.STOCK in {line.stock_kind, item.stock_kind}
        if line.kind is not LineKind.ITEM or not is_stock:
            return ""
        self.add(warnings)
        if line.warehouse:
            if mapped := self.tables.target(MappingTable.WAREHOUSES, line.warehouse, self.direction):
                return mapped
            # Once warehouses are mapped, the default must not swallow one that was forgotten.
            if self.tables.has(MappingTable.WAREHOUSES) or not self.settings.default_warehouse:
                self.add([problem("WAREHOUSE_UNMAPPED", where=f"{at}.warehouse", key=line.warehouse)])
                return ""
        if not self.settings.default_warehouse:
            label = line.item_code or line.item_name or line.description
            self.add([problem("WAREHOUSE_MISSING", where=f"{at}.warehouse", item=label)])
        return self.settings.default_warehouse
