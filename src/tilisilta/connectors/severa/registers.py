"""Severa's registers of products, work types and travel expense types, and what a row's code means among them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tilisilta.core.documents import Item, StockKind
from tilisilta.ports import CatalogueEntry
from tilisilta.ports.register import RegisterEntry, RegisterKind

GOODS = "Materials"


class Registers:
    """All registers of one organisation. Codes may repeat, within a register and between them."""

    def __init__(self, entries: Iterable[RegisterEntry]) -> None:
        self.entries: Sequence[RegisterEntry] = tuple(entries)
        self._by_guid = {entry.source_id: entry for entry in self.entries}
        self._by_code: defaultdict[tuple[RegisterKind, str], list[RegisterEntry]] = defaultdict(list)
        for entry in self.entries:
            if entry.code:
                self._by_code[entry.kind, entry.code].append(entry)

    def entry(self, guid: str) -> RegisterEntry | None:
        """Return the entry of this guid."""
        return self._by_guid.get(guid.lower())

    def only(self, kind: RegisterKind, code: str) -> RegisterEntry | None:
        """Return the entry of this code when the register has just one."""
        found = self._by_code.get((kind, code), [])
        return found[0] if len(found) == 1 else None


def read_item(entry: RegisterEntry) -> Item:
    """Return a register's entry as an item; `extra["severa_kind"]` says which register."""
    is_goods = entry.kind is RegisterKind.PRODUCT and entry.subtype == GOODS
    return Item(
        source_id=entry.source_id,
        code=entry.code,
        name=entry.name,
        unit=entry.unit,
        stock_kind=StockKind.PRODUCT if is_goods else StockKind.SERVICE,
        sales_price=entry.sales_price,
        purchase_price=entry.purchase_price,
        vat_rate=entry.vat_rate,
        sales_account=entry.sales_account,
        is_active=entry.is_active,
        modified_at=entry.modified_at,
        extra={"severa_kind": entry.kind.value} | ({"type": entry.subtype} if entry.subtype else {}),
    )


def read_choice(entry: RegisterEntry) -> CatalogueEntry:
    """Return a register's entry as a choice, its code and kind beside it."""
    return CatalogueEntry(
        key=entry.source_id,
        label=f"{entry.code} {entry.name}".strip(),
        rate=entry.vat_rate,
        is_active=entry.is_active,
        extra={
            "kind": entry.kind.value,
            "code": entry.code,
            "name": entry.name,
            "active": "1" if entry.is_active else "0",
        },
    )
