"""Generated books of any size, the same for the same spec, and literal rows that no write would let through."""

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.scoro import ledger, totals
from tilisilta_emulators.scoro.modules import MODULES, Module
from tilisilta_emulators.scoro.rows import Document, Receipt, ReceiptGroup, Row
from tilisilta_emulators.scoro.seed_documents import Generator, Plan, new_items, new_partners
from tilisilta_emulators.scoro.site import ZONE, Site, stamp_of
from tilisilta_emulators.scoro.values import ZERO, plain

MAX_DOCUMENTS = 1_000_000
PAID_AFTER = timedelta(days=12)


class SeedSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What `POST /_emulator/seed` takes.

    Args:
        invoices, bills: How many documents.
        receipts: How many of the documents added (or, when none are added, of those outstanding) to pay in full,
            the oldest first.
        rows: Lines a document.
        customers, suppliers, items: How many partners and products to make for them.
        start, end: First and last day (`from` and `to` in JSON).
        seed: Of the random choices.
        credits: Every so many-th document is a credit; 0 for none.
        put: Literal rows by module under stored field names, laid in unchecked: amounts that do not add up,
            unknown enum values, invoices without lines.

    """

    invoices: int = 0
    bills: int = 0
    receipts: int = 0
    rows: int = 2
    customers: int = 50
    suppliers: int = 20
    items: int = 50
    start: date = msgspec.field(name="from", default=date(2026, 1, 1))
    end: date = msgspec.field(name="to", default=date(2026, 10, 31))
    seed: int = 1
    credits: int = 0
    put: dict[str, list[dict[str, Any]]] = msgspec.field(default_factory=dict)


def seed(site: Site, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Add what `spec` asks and return how many rows of each kind were added, with first and last ids.

    Raises:
        msgspec.ValidationError: `spec` is not a SeedSpec.
        ValueError: Numbers out of range, an unknown module or field in `put`.

    """
    wanted = msgspec.convert(dict(spec), SeedSpec)
    if not 0 <= wanted.invoices + wanted.bills <= MAX_DOCUMENTS or min(wanted.invoices, wanted.bills) < 0:
        raise ValueError(f"invoices and bills: between 0 and {MAX_DOCUMENTS} together")
    if wanted.end < wanted.start:
        raise ValueError("to: before from")
    if min(wanted.rows, wanted.customers, wanted.suppliers, wanted.items) < 1:
        raise ValueError("rows, customers, suppliers and items: at least 1")
    before = {name: table.next_id for name, table in site.tables.items()}
    chance = random.Random(wanted.seed)
    documents: list[tuple[str, Document]] = []
    if wanted.invoices or wanted.bills:
        items = new_items(site, wanted.items, chance)
        for name, count, partners in (
            ("invoices", wanted.invoices, wanted.customers),
            ("bills", wanted.bills, wanted.suppliers),
        ):
            if count:
                ids = new_partners(site, partners, supplier=name == "bills")
                generator = Generator(site, MODULES[name], Plan(ids, items, chance, wanted.rows, wanted.credits))
                documents += [(name, row) for row in generator.make(count, wanted.start, wanted.end)]
    if wanted.receipts:
        _pay(site, documents or _outstanding(site), wanted.receipts, wanted.end)
    for name, rows in wanted.put.items():
        for fields in rows:
            _put(site, name, fields)
    return _report(site, before, wanted)


def _report(site: Site, before: Mapping[str, int], wanted: SeedSpec) -> dict[str, Any]:
    added: dict[str, Any] = {}
    for name, table in site.tables.items():
        if table.next_id > before[name]:
            first, last = before[name], table.next_id - 1
            added[name] = {"count": last - first + 1, "first_id": first, "last_id": last}
    if wanted.put:
        added["put"] = {name: len(rows) for name, rows in wanted.put.items()}
    return added


def _outstanding(site: Site) -> list[tuple[str, Document]]:
    return [(name, row) for name in ("invoices", "bills") for row in site.tables[name].live() if row.status == "unpaid"]


def _pay(site: Site, documents: list[tuple[str, Document]], count: int, end: date) -> None:
    """Pay the oldest `count` documents in full, each by a bank movement of its own."""
    table = site.tables["receipts"]
    account = min(site.tables["receiptAccounts"].rows, default=0)
    oldest = sorted(documents, key=lambda each: (each[1].date or "", each[0], each[1].id))
    for name, row in oldest[:count]:
        amount = totals.gross(row) - site.paid.get((name, row.id), ZERO)
        if amount == ZERO:
            continue
        day = max(min(date.fromisoformat(row.date or "") + PAID_AFTER, end), date.fromisoformat(row.date or ""))
        paid_on = day.isoformat()
        moment = datetime.combine(day, time(16, row.id % 60, row.id % 59), ZONE)
        part = Receipt(receipt_id=site.next_receipt_id(), date=paid_on, invoice_id=row.id, sum=plain(amount))
        part.sales_doc_type, part.contact_id = name, row.company_id
        group = ReceiptGroup(date=paid_on, contact_id=row.company_id, sum=part.sum, currency=row.currency)
        group.sales_doc_type, group.receipt_account_id, group.account_id = name, account, row.account_id
        group.receipts = [part]
        group.created_date = group.modified_date = stamp_of(moment, iso=False)
        table.put(group)
        site.receipt_groups[part.receipt_id] = group.id
        ledger.apply(site, group, 1)
        ledger.settle(site, name, row, paid_on)
        site.tables[name].touch(row, group.modified_date)


def _put(site: Site, name: str, fields: Mapping[str, Any]) -> None:
    """Lay a literal row into a module's table, over the one with the same id if there is one."""
    module = MODULES.get(name)
    if module is None or name == "receipts":
        raise ValueError(f"put: {name} takes no literal rows")
    row = _literal(module, fields)
    now = site.stamp(module)
    row.modified_date = row.modified_date or now
    row.created_date = row.created_date or now
    if isinstance(row, Document):
        row.account_id = row.account_id or site.main_account
        given = row.sum, row.vat_sum
        totals_given = {"sum", "vat_sum"} & fields.keys()
        line_sums = [line.sum for line in row.lines]
        totals.compute(row, site.options.vat_rounding)
        for line, line_sum, source in zip(row.lines, line_sums, fields.get("lines") or [], strict=True):
            line.sum = line_sum if "sum" in source else line.sum
            line.id = line.id or site.next_line_id()
        if totals_given:
            row.sum, row.vat_sum = given
        if not {"paid_sum", "receivable_sum", "status"} & fields.keys():
            ledger.settle(site, name, row)
    table = site.tables[name]
    if getattr(row, module.key) in table.rows:
        table.forget(getattr(row, module.key))
    table.put(row)


def _literal(module: Module, fields: Mapping[str, Any]) -> Row:
    known = module.row.__struct_fields__
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise ValueError(f"put: {module.name} has no field {', '.join(unknown)}")
    held = {name: _text(value) for name, value in fields.items()}
    if module.line is not None:
        lines = fields.get("lines") or []
        wrong = sorted({name for line in lines for name in line} - set(module.line.__struct_fields__))
        if wrong:
            raise ValueError(f"put: lines of {module.name} have no field {', '.join(wrong)}")
        held["lines"] = [module.line(**{name: _text(value) for name, value in line.items()}) for line in lines]
    return module.row(**held)


def _text(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value
