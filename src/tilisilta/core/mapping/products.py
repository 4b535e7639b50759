"""Rows found in the target's product register by their codes alone, for targets with one register for everything.

From the surest to the least: the product's id as written, its number as written, then both without case, strokes and
spaces. A code that names two products at the same step names none; a product out of use is never chosen.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents import InvoiceLine

_IDLE = re.compile(r"[/\s]+")


class Product(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A product of the target. `key` is what a draft names it by; `vat_rate` in percent, None when not told."""

    key: str
    id: str = ""
    number: str = ""
    name: str = ""
    vat_rate: Decimal | None = None
    is_active: bool = True


class Miss(StrEnum):
    """Why a row found no product."""

    NO_CODE = "no_code"  # the row has none
    UNKNOWN = "unknown"
    SEVERAL = "several"  # it fits more than one
    INACTIVE = "inactive"  # it fits one that is out of use


def folded(code: str) -> str:
    """Return a code without case, strokes and spaces.

    >>> folded("a / 12"), folded("A12")
    ('A12', 'A12')
    """
    return _IDLE.sub("", code).upper()


def source_kind(line: InvoiceLine) -> str:
    """Return which of its source's registers a row comes from; empty when the source does not say.

    >>> source_kind(InvoiceLine(position=1, extra={"severa_kind": "work_type"}))
    'work_type'
    """
    return next((value for name, value in line.extra.items() if name == "kind" or name.endswith("_kind")), "")


class ProductRegister:
    """The target's products, searchable by code."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._by_key: dict[str, Product] = {}
        self._steps: tuple[defaultdict[str, list[Product]], ...] = tuple(defaultdict(list) for _ in range(4))
        for each in products:
            self._by_key[each.key] = each
            id_ = each.id or each.key
            names = (id_, each.number, folded(id_), folded(each.number))
            for step, name in zip(self._steps, names, strict=True):
                if name:
                    step[name].append(each)

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Product | None:
        """Return a product by the name that drafts use, or by its code."""
        found = self._by_key.get(key)
        if found is None:
            match = self.match(key)
            found = match if isinstance(match, Product) else None
        return found

    def match(self, code: str) -> Product | Miss:
        """Return the one product in use that a code names, or why there is none."""
        code = code.strip()
        if not code:
            return Miss.NO_CODE
        miss = Miss.UNKNOWN
        for step, name in zip(self._steps, (code, code, folded(code), folded(code)), strict=True):
            found = step.get(name, [])
            active = [each for each in found if each.is_active]
            if len(active) == 1:
                return active[0]
            if active:
                return Miss.SEVERAL
            if found:
                miss = Miss.INACTIVE
        return miss


def target_code(line: InvoiceLine, prefixes: Mapping[str, str]) -> str:
    """Return the code to look for: the row's own behind the prefix of its register, where one is set."""
    return f"{prefixes.get(source_kind(line), '')}{line.item_code}" if line.item_code else ""


def table_keys(line: InvoiceLine, item_key: str) -> tuple[str, ...]:
    """Return the keys under which a row may stand in the item table: its item, its code of a register, its code.

    >>> table_keys(InvoiceLine(position=1, item_code="KM", extra={"severa_kind": "travel_expense"}), "code:KM")
    ('travel_expense:KM', 'code:KM')
    """
    kind = source_kind(line)
    of_kind = (f"{kind}:{line.item_code}",) if kind and line.item_code else ()
    of_code = (f"code:{line.item_code}",) if line.item_code else ()
    own = (item_key,) if line.item_source_id else ()
    return tuple(dict.fromkeys((*own, *of_kind, *of_code, item_key)))
