"""The target's product register, where rows are found in it by their codes."""

from collections.abc import Iterable

from tilisilta.core.mapping.products import Product, ProductRegister
from tilisilta.engine.context import RunContext
from tilisilta.ports import CatalogueEntry, CatalogueKind


async def load_products(ctx: RunContext) -> None:
    """Read the register once a run, when rows are found by code; nothing happens otherwise.

    Raises: what the target's catalogue raises, such as Misconfigured for a register that cannot be read.
    """
    if ctx.products is None and ctx.settings.items_by_code and not ctx.is_reverse:
        ctx.products = register_of(await ctx.target.catalogue(CatalogueKind.ITEMS))


def register_of(entries: Iterable[CatalogueEntry]) -> ProductRegister:
    """Return a catalogue's items as a register that can be searched by code."""
    return ProductRegister(
        Product(
            key=each.key,
            id=each.extra.get("id", ""),
            number=each.extra.get("number", ""),
            name=each.extra.get("name", "") or each.label,
            vat_rate=each.rate,
            is_active=each.is_active,
        )
        for each in entries
    )
