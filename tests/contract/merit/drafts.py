"""Drafts in Merit's own codes: taxes by GUID, articles by code."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.contract.examples import invoice, invoice_draft, item_draft, party_draft

from tilisilta.core.documents import JournalEntry, PartyRole, Posting
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, JournalEntryDraft, LineDraft

D = Decimal
VAT24 = "b9b25735-6a15-4d4e-8720-25b254ae3d21"
GONE = "0b0b0b0b-0000-4000-8000-000000000099"


async def partners(target: Any) -> tuple[str, str]:
    """Enter a customer, a supplier and an article; return the ids of the first two."""
    customer = await target.send(party_draft())
    supplier = await target.send(party_draft(PartyRole.SUPPLIER))
    await target.send(article())
    return customer.target_id, supplier.target_id


def article(**fields: Any) -> ItemDraft:
    made = item_draft(**fields)
    return ItemDraft(key=made.key, item=made.item, vat_code=VAT24, sales_account="3010")


def draft(key: str, party: str, *lines: Any, **fields: Any) -> InvoiceDraft:
    given = invoice(*lines, **{"number": f"N-{key}", **fields})
    rows = tuple(LineDraft(line=each, vat_code=VAT24, item_id="T-1") for each in given.lines)
    return invoice_draft(given, key=key, party_id=party, lines=rows)


def entry(key: str = "je1", *, replaces: str = "", day: dt.date = dt.date(2026, 1, 31), net: str = "100") -> Any:
    postings = (
        Posting(account="1020", debit=D(net) * D("1.24"), description="Müük"),
        Posting(account="3000", credit=D(net), vat_rate=D(24), vat_code="24"),
        Posting(account="2310", credit=D(net) * D("0.24")),
    )
    made = JournalEntry(source_id=key, date=day, number=f"P-{key}", description="Müük 01/2026", postings=postings)
    return JournalEntryDraft(
        key=key,
        entry=made,
        accounts=("1020", "3000", "2310"),
        vat_codes=("", VAT24, ""),
        dimensions=("department:TRT", "", ""),
        extra={"replaces": replaces} if replaces else {},
    )
