"""Postings that travel with an invoice: our accounts become the target's, each base line with its VAT status.

A target that completes invoices gets them in the draft's `extra["postings"]` as a JSON list, in their order:

    {"account", "vat_status", "vat_rate", "vat_treatment", "debit", "credit", "description", "part"}

Such a target makes the lines of the tax and of the receivable or payable by itself; ours go along to be compared, so
their accounts need no counterpart.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tilisilta.core.documents import Direction, Invoice
from tilisilta.core.ledger import Part, PostingLine
from tilisilta.core.mapping.account_codes import account_vat_code
from tilisilta.core.mapping.rows import RowMapper
from tilisilta.core.mapping.tables import MappingEntry, rate_text
from tilisilta.core.problems import Problem, problem

# Under these names a row of accounts is switched off for one side (P35, P36).
OFF_FIELDS: Final[Mapping[str, str]] = {Direction.SALES: "off_sales", Direction.PURCHASE: "off_purchases"}
_NEEDS_ROW: Final = frozenset({Part.BASE, Part.ROUNDING})


def is_off(extra: Mapping[str, str], side: Direction) -> bool:
    """Return whether a row of accounts takes no postings of a side."""
    return extra.get(OFF_FIELDS[side]) == "1"


def needs_row(line: PostingLine) -> bool:
    """Return whether a line needs an account and a VAT status of the target's."""
    return line.part in _NEEDS_ROW


def completion(invoice: Invoice, rows: RowMapper) -> dict[str, str]:
    """Return what a target needs to complete an invoice: approval, sending, and our postings where they are ours.

    Every account that lacks its counterpart or its VAT status is a problem of its own, all of them at once.
    """
    settings = rows.settings
    if not settings.completes:
        return {}
    extra = {"approve": "1"}
    if invoice.direction is Direction.SALES:
        extra["mark_sent"] = "1"
    if not settings.posts(sales=invoice.direction is Direction.SALES):
        return extra
    lines = rows.lookups.postings.get(invoice.source_id, ())
    if not lines:
        rows.add([problem("INVOICE_NOT_POSTED", where="postings", number=invoice.number)])
        return extra
    extra["postings"] = msgspec.json.encode(_written(lines, invoice.direction, rows)).decode()
    return extra


def _written(lines: Sequence[PostingLine], side: Direction, rows: RowMapper) -> list[dict[str, Any]]:
    found = []
    for at, line in enumerate(lines):
        entry = rows.tables.account(line.account, side, rate=line.vat_rate, treatment=line.vat_treatment)
        status = account_vat_code(entry.extra, side) if entry is not None else ""
        if needs_row(line) and (lacks := _lacking(entry, status, side)):
            rows.add([_unmapped(line, at, side, lacks)])
        found.append(
            {
                "account": entry.target_key if entry is not None else "",
                "vat_status": status if needs_row(line) else "",
                "vat_rate": None if line.vat_rate is None else rate_text(line.vat_rate),
                "vat_treatment": line.vat_treatment,
                "debit": str(line.debit),
                "credit": str(line.credit),
                "description": line.description,
                "part": line.part,
            }
        )
    return found


def _lacking(entry: MappingEntry | None, status: str, side: Direction) -> str:
    """Return what an account lacks to be posted to on this side; empty when it lacks nothing (P31, P35, P36)."""
    if entry is None:
        return "account"
    if is_off(entry.extra, side):
        return f"off for {side}"
    return "" if status else "VAT status"


def _unmapped(line: PostingLine, at: int, side: Direction, lacks: str) -> Problem:
    rate = rate_text(line.vat_rate) if line.vat_rate is not None else ""
    named = f"{line.account} ({rate} %)" if rate else line.account
    told: dict[str, Any] = {"account": line.account, "rate": rate, "direction": side, "message": f"{named}: {lacks}"}
    return problem("ACCOUNT_OR_VAT_UNMAPPED", where=f"postings[{at}]", **told)
