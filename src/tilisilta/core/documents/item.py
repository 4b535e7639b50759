"""Items: what the rows of an invoice sell or buy."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class StockKind(StrEnum):
    SERVICE = "service"
    PRODUCT = "product"  # goods whose quantity is not followed
    STOCK = "stock"  # goods in a warehouse


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An item as its source shows it. Prices are net, in `currency`."""

    source_id: str = ""
    code: str = ""
    name: str = ""
    description: str = ""
    unit: str = ""
    stock_kind: StockKind = StockKind.PRODUCT
    sales_price: Decimal | None = None
    purchase_price: Decimal | None = None
    currency: str = "EUR"
    vat_rate: Decimal | None = None
    vat_code: str = ""  # the source's own label or id
    sales_account: str = ""
    purchase_account: str = ""
    tags: tuple[str, ...] = ()
    is_active: bool = True
    modified_at: str = ""
    extra: dict[str, str] = {}


def item_key(item: Item) -> str:
    """Return what tells this item from others at its source: its id, else its code, else its name."""
    if item.source_id:
        return item.source_id
    if item.code:
        return f"code:{item.code}"
    return f"name:{' '.join(item.name.casefold().split())}"
