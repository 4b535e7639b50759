"""Which items are stock: what the source says, or a tag that the flow's settings name."""

import msgspec

from tilisilta.core.documents import Item, StockKind
from tilisilta.core.mapping.settings import MappingSettings
from tilisilta.core.problems import Problem, Severity, problem

_YES = frozenset({"1", "true", "yes", "on", "jah", "kyllä", "x"})


def _folded_parts(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.split(",")}


def has_stock_tag(item: Item, stock_tag: str) -> bool:
    """Return whether the item carries the tag: among its tags, each split on commas, or as a custom field.

    A custom field counts when it bears the tag's name and says yes, or when its value is the tag.

    >>> has_stock_tag(Item(tags=("Mööbel, laoartikkel ",)), "Laoartikkel")
    True
    >>> has_stock_tag(Item(extra={"custom:Laoartikkel": "1"}), "Laoartikkel")
    True
    >>> has_stock_tag(Item(tags=("Laoartikkelid",)), "Laoartikkel")
    False
    """
    wanted = stock_tag.strip().casefold()
    if not wanted:
        return False
    if any(wanted in _folded_parts(tag) for tag in item.tags):
        return True
    for name, value in item.extra.items():
        prefix, _, tail = name.casefold().rpartition(":")
        if tail == wanted and value.strip().casefold() in _YES:
            return True
        if prefix.startswith("custom") and wanted in _folded_parts(value):
            return True
    return False


def resolve_stock(item: Item, settings: MappingSettings) -> tuple[Item, tuple[Problem, ...]]:
    """Return the item with the stock kind that the tag gives it. A tagged service is stock, with a warning."""
    if item.stock_kind is StockKind.STOCK or not has_stock_tag(item, settings.stock_tag):
        return item, ()
    problems: tuple[Problem, ...] = ()
    if item.stock_kind is StockKind.SERVICE:
        problems = (
            problem(
                "STOCK_TAG_ON_SERVICE",
                where="stock_kind",
                severity=Severity.WARNING,
                item=item.code or item.name,
                tag=settings.stock_tag,
            ),
        )
    return msgspec.structs.replace(item, stock_kind=StockKind.STOCK), problems
