"""Mapping tables: which of the target's keys stands for which of the source's.

Every look-up goes from the most specific entry to the least, and all of them are dictionary reads. A table holds only
what a person chose; nothing here guesses.

Keys of the VAT table: the source's own code, or `rate:24`, or `rate:0:reverse_charge` where the treatment matters.
Keys of accounts in the entries of a closed period: the account, or `3000:export` where one account and rate serve
several treatments; their rows bear a VAT code for each side in `extra`.
Keys of dimensions: `axis:id`. Bank accounts of sources that name none: `kind:bank` and `kind:cash`.
The key `*` stands for all others in every table but VAT codes and dimensions.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents import (
    DimensionValue,
    Direction,
    Document,
    Invoice,
    InvoiceLine,
    Item,
    JournalEntry,
    LineKind,
    Payment,
    PaymentDirection,
    StockKind,
    item_key,
)
from tilisilta.core.mapping.account_codes import PLAIN_TREATMENTS, account_key, account_vat_code, needs_vat_code
from tilisilta.core.vat.treatment import VatTreatment

ALL_OTHERS = "*"


class MappingTable(StrEnum):
    VAT_CODES = "vat_codes"
    ACCOUNTS = "accounts"
    BANK_ACCOUNTS = "bank_accounts"
    WAREHOUSES = "warehouses"
    DIMENSIONS = "dimensions"
    ITEMS = "items"
    PAYMENT_METHODS = "payment_methods"


_WITH_ALL_OTHERS = frozenset(MappingTable) - {MappingTable.VAT_CODES, MappingTable.DIMENSIONS}


class MappingEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One row of a table.

    An empty `direction` serves both. An entry with a `vat_rate` serves only rows of that rate, because sources change
    the rate behind a code that keeps its name.
    """

    table: MappingTable
    source_key: str
    target_key: str
    direction: Direction | None = None
    vat_rate: Decimal | None = None
    source_label: str = ""
    target_label: str = ""
    extra: dict[str, str] = {}


class UsedKey(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A key that a document needs; `where` points at its first use.

    `treatment` is the legal meaning of a VAT key, where the source tells it. `is_posting` marks an account of a closed
    period, whose row must bear the side's VAT code too.
    """

    table: MappingTable
    source_key: str
    direction: Direction | None = None
    vat_rate: Decimal | None = None
    treatment: VatTreatment | None = None
    label: str = ""
    where: str = ""
    is_posting: bool = False


def rate_text(rate: Decimal) -> str:
    """Return a rate without needless zeros, never in exponent form.

    >>> rate_text(Decimal("24.00")), rate_text(Decimal("25.50")), rate_text(Decimal("0.0")), rate_text(Decimal("1E+1"))
    ('24', '25.5', '0', '10')
    """
    text = format(rate, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def rate_key(rate: Decimal, treatment: VatTreatment | None = None) -> str:
    """Return the key of a rate, with the treatment where the rate alone does not say it.

    >>> rate_key(Decimal("24.00"))
    'rate:24'
    >>> rate_key(Decimal(0), VatTreatment.REVERSE_CHARGE)
    'rate:0:reverse_charge'
    """
    key = f"rate:{rate_text(rate)}"
    return key if treatment in PLAIN_TREATMENTS else f"{key}:{treatment}"


def dimension_key(value: DimensionValue) -> str:
    """Return the key of a dimension's value."""
    return f"{value.axis}:{value.source_id}"


def bank_account_key(payment: Payment) -> str:
    """Return the key of a payment's account; a source that names no account still tells bank from cash."""
    return payment.account or ("kind:cash" if payment.is_cash else "kind:bank")


def line_item(line: InvoiceLine) -> Item:
    """Return the item as far as a row tells about it."""
    return Item(
        source_id=line.item_source_id,
        code=line.item_code,
        name=line.item_name or line.description,
        unit=line.unit,
        vat_rate=line.vat_rate,
        vat_code=line.vat_code,
        stock_kind=line.stock_kind or StockKind.PRODUCT,
    )


def line_item_key(line: InvoiceLine) -> str:
    """Return the key of a row's item: its id, code or name; empty when the row names nothing."""
    item = line_item(line)
    return item_key(item) if item.source_id or item.code or item.name.strip() else ""


def payment_direction(payment: Payment) -> Direction:
    """Return which side of the trade a payment belongs to for the tables: money in is sales."""
    return Direction.SALES if payment.direction is PaymentDirection.INCOMING else Direction.PURCHASE


class MappingTables:
    """All tables of one integration, indexed. A later entry of the same key replaces an earlier one."""

    def __init__(self, entries: Iterable[MappingEntry] = ()) -> None:
        self._index: dict[tuple[MappingTable, str, Direction | None, Decimal | None], MappingEntry] = {}
        self._filled: set[MappingTable] = set()
        for entry in entries:
            if not entry.target_key:
                continue
            self._index[entry.table, entry.source_key, entry.direction, entry.vat_rate] = entry
            self._filled.add(entry.table)

    def __iter__(self) -> Iterator[MappingEntry]:
        return iter(self._index.values())

    def __len__(self) -> int:
        return len(self._index)

    def has(self, table: MappingTable) -> bool:
        """Return whether a table has any entry."""
        return table in self._filled

    def find(
        self, table: MappingTable, source_key: str, direction: Direction | None = None, rate: Decimal | None = None
    ) -> MappingEntry | None:
        """Return the entry that serves this key best, or None: own direction before both, own rate before any."""
        if table not in self._filled:
            return None
        found = self._find(table, source_key, direction, rate) if source_key else None
        if found is None and table in _WITH_ALL_OTHERS and source_key:
            found = self._find(table, ALL_OTHERS, direction, rate)
        return found

    def _find(
        self, table: MappingTable, key: str, direction: Direction | None, rate: Decimal | None
    ) -> MappingEntry | None:
        directions = (direction, None) if direction is not None else (None,)
        rates = (rate, None) if rate is not None else (None,)
        for each_direction in directions:
            for each_rate in rates:
                if found := self._index.get((table, key, each_direction, each_rate)):
                    return found
        return None

    def vat_code(
        self,
        source_code: str,
        rate: Decimal,
        direction: Direction | None,
        *,
        treatment: VatTreatment | None = None,
        zero_by_rate: bool = True,
    ) -> str | None:
        """Return the target's VAT code, or None when nobody chose one.

        First the source's own code, then the rate. A row of a treatment that its rate does not tell (reverse charge,
        export ...) is never mapped by its bare rate. With `zero_by_rate` off, 0 % is not mapped by its rate either.
        """
        if source_code and (found := self.find(MappingTable.VAT_CODES, source_code, direction, rate)):
            return found.target_key
        if rate == 0 and not zero_by_rate and treatment in PLAIN_TREATMENTS:
            return None
        found = self.find(MappingTable.VAT_CODES, rate_key(rate, treatment), direction, rate)
        return found.target_key if found else None

    def target(self, table: MappingTable, source_key: str, direction: Direction | None = None) -> str | None:
        """Return the target's key for one of the source's, or None when nobody chose one."""
        found = self.find(table, source_key, direction)
        return found.target_key if found else None

    def account(
        self, source_key: str, side: Direction | None, *, rate: Decimal | None, treatment: VatTreatment | None
    ) -> MappingEntry | None:
        """Return the row of a posting's account: of its treatment before the account's own, of its rate before any.

        A `source_key` that names its treatment already is served by no other row.
        """
        own = account_key(source_key, treatment)
        if own != source_key and (found := self._find(MappingTable.ACCOUNTS, own, side, rate)):
            return found
        return self.find(MappingTable.ACCOUNTS, source_key, side, rate)

    def dimension(self, value: DimensionValue) -> str | None:
        """Return the target's key of a dimension's value: by axis and id, else by the id alone."""
        for key in (dimension_key(value), value.source_id):
            if found := self.find(MappingTable.DIMENSIONS, key):
                return found.target_key
        return None

    def serves(self, used: UsedKey, *, zero_by_rate: bool = True) -> bool:
        """Return whether a used key has its entry."""
        if used.table is MappingTable.VAT_CODES:
            code = "" if used.source_key.startswith("rate:") else used.source_key
            rate = used.vat_rate if used.vat_rate is not None else Decimal(0)
            found = self.vat_code(code, rate, used.direction, treatment=used.treatment, zero_by_rate=zero_by_rate)
            return found is not None
        if used.table is MappingTable.DIMENSIONS:
            axis, _, source_id = used.source_key.partition(":")
            return self.dimension(DimensionValue(axis, source_id)) is not None
        if used.table is MappingTable.ACCOUNTS and used.is_posting:
            return self._serves_posting(used)
        return self.target(used.table, used.source_key, used.direction) is not None

    def _serves_posting(self, used: UsedKey) -> bool:
        found = self.account(used.source_key, used.direction, rate=used.vat_rate, treatment=used.treatment)
        if found is None or used.direction is None:
            return found is not None
        return bool(account_vat_code(found.extra, used.direction)) or not needs_vat_code(used.vat_rate, used.treatment)

    def missing(self, used: Iterable[UsedKey], *, zero_by_rate: bool = True) -> tuple[UsedKey, ...]:
        """Return the used keys that have no entry, in their order, each once."""
        unserved = (each for each in used if not self.serves(each, zero_by_rate=zero_by_rate))
        return tuple(dict.fromkeys(unserved))


def vat_used_key(
    code: str,
    rate: Decimal,
    direction: Direction | None,
    treatment: VatTreatment | None,
    *,
    where: str,
    label: str = "",
) -> UsedKey:
    """Return the key under which a row's VAT is looked up first."""
    return UsedKey(
        table=MappingTable.VAT_CODES,
        source_key=code or rate_key(rate, treatment),
        direction=direction,
        vat_rate=rate,
        treatment=treatment,
        label=label or code or f"{rate_text(rate)} %",
        where=where,
    )


def _invoice_keys(invoice: Invoice) -> Iterator[UsedKey]:
    direction = invoice.direction
    for index, line in enumerate(invoice.lines):
        if line.kind is LineKind.TEXT:
            continue
        at = f"lines[{index}]"
        label = line.extra.get("vat_label", "")
        where = f"{at}.vat_code"
        yield vat_used_key(line.vat_code, line.vat_rate, direction, line.vat_treatment, where=where, label=label)
        for table, key, label, field in (
            (MappingTable.ACCOUNTS, line.ledger_account, "", "ledger_account"),
            (MappingTable.WAREHOUSES, line.warehouse, "", "warehouse"),
            (MappingTable.ITEMS, line_item_key(line), line.item_name or line.item_code, "item_code"),
        ):
            if key:
                yield UsedKey(table=table, source_key=key, direction=direction, label=label, where=f"{at}.{field}")
        yield from _dimension_keys(line.dimensions, at)
    yield from _dimension_keys(invoice.dimensions, "")
    if invoice.payment_method:
        yield UsedKey(
            table=MappingTable.PAYMENT_METHODS,
            source_key=invoice.payment_method,
            direction=direction,
            where="payment_method",
        )


def _dimension_keys(values: tuple[DimensionValue, ...], at: str) -> Iterator[UsedKey]:
    where = f"{at}.dimensions" if at else "dimensions"
    for value in values:
        key = dimension_key(value)
        yield UsedKey(table=MappingTable.DIMENSIONS, source_key=key, label=value.name, where=where)


def posting_account_keys(entry: JournalEntry) -> tuple[UsedKey, ...]:
    """Return the account key of each posting of a period's entry, in their order.

    Where the entry has one account and rate under several treatments, the key names the treatment, because one VAT
    code cannot be right for all of them.
    """
    treatments: dict[tuple[str, Decimal | None], set[VatTreatment | None]] = {}
    for posting in entry.postings:
        treatments.setdefault((posting.account, posting.vat_rate), set()).add(posting.vat_treatment)
    return tuple(
        UsedKey(
            table=MappingTable.ACCOUNTS,
            source_key=account_key(posting.account, posting.vat_treatment)
            if len(treatments[posting.account, posting.vat_rate]) > 1
            else posting.account,
            direction=entry.side,
            vat_rate=posting.vat_rate,
            treatment=posting.vat_treatment,
            where=f"postings[{index}].account",
            is_posting=True,
        )
        for index, posting in enumerate(entry.postings)
    )


def _entry_keys(entry: JournalEntry) -> Iterator[UsedKey]:
    if entry.side is not None:
        yield from posting_account_keys(entry)
        for index, posting in enumerate(entry.postings):
            yield from _dimension_keys(posting.dimensions, f"postings[{index}]")
        return
    for index, posting in enumerate(entry.postings):
        at = f"postings[{index}]"
        yield UsedKey(table=MappingTable.ACCOUNTS, source_key=posting.account, where=f"{at}.account")
        if posting.vat_code or posting.vat_rate is not None:
            rate = posting.vat_rate if posting.vat_rate is not None else Decimal(0)
            yield vat_used_key(posting.vat_code, rate, None, posting.vat_treatment, where=f"{at}.vat_code")
        yield from _dimension_keys(posting.dimensions, at)


def used_keys(document: Document) -> tuple[UsedKey, ...]:
    """Return the table keys that a document names, each once, in the order of their first use."""
    if isinstance(document, Invoice):
        keys = _invoice_keys(document)
    elif isinstance(document, Payment):
        account = UsedKey(
            table=MappingTable.BANK_ACCOUNTS,
            source_key=bank_account_key(document),
            direction=payment_direction(document),
            label=document.account,
            where="account",
        )
        keys = iter((account,))
    elif isinstance(document, JournalEntry):
        keys = _entry_keys(document)
    elif isinstance(document, Item) and (document.vat_code or document.vat_rate is not None):
        rate = document.vat_rate if document.vat_rate is not None else Decimal(0)
        keys = iter((vat_used_key(document.vat_code, rate, None, None, where="vat_code"),))
    else:
        keys = iter(())
    first: dict[tuple[MappingTable, str, Direction | None, Decimal | None, VatTreatment | None], UsedKey] = {}
    for each in keys:
        first.setdefault((each.table, each.source_key, each.direction, each.vat_rate, each.treatment), each)
    return tuple(first.values())
