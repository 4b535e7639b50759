"""Parties and items: what goes before the documents that need it."""

from decimal import Decimal

from tilisilta.core.documents import Direction, Item, Party, PartyRole, item_key, party_key
from tilisilta.core.mapping.draft import ItemDraft, PartyDraft
from tilisilta.core.mapping.settings import Lookups, Mapped, MappingSettings, finish
from tilisilta.core.mapping.stock import resolve_stock
from tilisilta.core.mapping.tables import MappingTable, MappingTables, rate_key, rate_text
from tilisilta.core.problems import Problem, Severity, problem


def apply_party(
    party: Party, role: PartyRole, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings
) -> Mapped:
    """Return the draft of a customer or supplier."""
    del tables, lookups  # a party needs none of them; the signature is that of its siblings
    draft = PartyDraft(key=key, party=party, role=role, vat_code=settings.default_party_vat_code)
    missing = () if party.name.strip() else (problem("PARTY_NAME_MISSING", where="name", key=party_key(party)),)
    return finish(draft, missing)


def apply_item(item: Item, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings) -> Mapped:
    """Return the draft of an item; the stock tag makes it a stock item.

    An item's VAT code is only what new rows begin with, so an unmapped one warns unless the settings insist on it.
    """
    del lookups
    item, warnings = resolve_stock(item, settings)
    found = list(warnings)
    if not (item.name.strip() or item.code):
        found.append(problem("ITEM_NAME_MISSING", where="name", key=item_key(item)))
    vat_code, vat_problems = _item_vat_code(item, tables, settings)
    draft = ItemDraft(
        key=key,
        item=item,
        vat_code=vat_code,
        sales_account=tables.target(MappingTable.ACCOUNTS, item.sales_account, Direction.SALES) or "",
        purchase_account=tables.target(MappingTable.ACCOUNTS, item.purchase_account, Direction.PURCHASE) or "",
    )
    return finish(draft, (*found, *vat_problems))


def _item_vat_code(item: Item, tables: MappingTables, settings: MappingSettings) -> tuple[str, tuple[Problem, ...]]:
    if not item.vat_code and item.vat_rate is None:
        if settings.item_needs_vat_code:
            return "", (problem("ITEM_VAT_CODE_MISSING", where="vat_code", item=item.code or item.name),)
        return "", ()
    rate = item.vat_rate if item.vat_rate is not None else Decimal(0)
    by_rate = settings.allow_zero_rate_by_rate and item.vat_rate is not None
    for direction in (Direction.SALES, Direction.PURCHASE):
        if code := tables.vat_code(item.vat_code, rate, direction, zero_by_rate=by_rate):
            return code, ()
    unmapped = problem(
        "VAT_CODE_UNMAPPED",
        where="vat_code",
        severity=Severity.ERROR if settings.item_needs_vat_code else Severity.WARNING,
        key=item.vat_code or rate_key(rate),
        label=item.vat_code or f"{rate_text(rate)} %",
        rate=rate_text(rate) if item.vat_rate is not None else "",
        direction="",
    )
    return "", (unmapped,)
