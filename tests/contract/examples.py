"""Documents and drafts for tests of connectors."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    Direction,
    Invoice,
    InvoiceLine,
    Item,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
)
from tilisilta.core.mapping.draft import AllocationDraft, InvoiceDraft, ItemDraft, LineDraft, PartyDraft, PaymentDraft

D = Decimal


def line(net: str = "200.00", **fields: Any) -> InvoiceLine:
    values: dict[str, Any] = {
        "position": 1,
        "item_code": "T-1",
        "description": "Kontoritool",
        "quantity": D(2),
        "unit": "tk",
        "unit_price": D(net) / 2,
        "net": D(net),
        "vat_rate": D(24),
    }
    return InvoiceLine(**(values | fields))


def invoice(*lines: InvoiceLine, **fields: Any) -> Invoice:
    rows = lines or (line(),)
    net = sum((each.net for each in rows), D(0))
    values: dict[str, Any] = {
        "source_id": "501",
        "direction": Direction.SALES,
        "number": "2026-014",
        "date": dt.date(2026, 1, 5),
        "due_date": dt.date(2026, 1, 19),
        "party": Party(source_id="34"),
        "net": net,
        "vat": net * 24 / 100,
        "gross": net * 124 / 100,
        "lines": rows,
    }
    return Invoice(**(values | fields))


def invoice_draft(given: Invoice | None = None, **fields: Any) -> InvoiceDraft:
    document = given or invoice()
    values: dict[str, Any] = {
        "key": "abc123",
        "invoice": document,
        "party_id": "c1",
        "lines": tuple(LineDraft(line=each, vat_code="24", item_id="T-1") for each in document.lines),
    }
    return InvoiceDraft(**(values | fields))


def payment(amount: str = "248.00", kind: AllocationKind = AllocationKind.SALES_INVOICE, **fields: Any) -> Payment:
    direction = PaymentDirection.OUTGOING if kind is AllocationKind.PURCHASE_INVOICE else PaymentDirection.INCOMING
    values: dict[str, Any] = {
        "source_id": "880",
        "direction": direction,
        "date": dt.date(2026, 1, 12),
        "amount": D(amount),
        "allocations": (Allocation(kind=kind, amount=D(amount), document_source_id="501"),),
    }
    return Payment(**(values | fields))


def payment_draft(given: Payment | None = None, **fields: Any) -> PaymentDraft:
    document = given or payment()
    values: dict[str, Any] = {
        "key": "pay1",
        "payment": document,
        "party_id": "34",
        "account": "2",
        "allocations": tuple(AllocationDraft(allocation=each, document_id="501") for each in document.allocations),
    }
    return PaymentDraft(**(values | fields))


def party_draft(role: PartyRole = PartyRole.CUSTOMER, **fields: Any) -> PartyDraft:
    party = Party(
        source_id="34",
        name="Tamm ja Pojad OÜ",
        registry_code="10000003",
        email="arved@tamm.example",
        phone="+372 600 0031",
        address=Address(street="Saeveski tee 12", city="Tallinn", postal_code="11111", country="EE"),
        bank_accounts=(BankAccount(iban="EE382200221020145685"),),
        payment_term_days=14,
    )
    return PartyDraft(key="party1", party=msgspec.structs.replace(party, **fields), role=role, vat_code="24")


def item_draft(**fields: Any) -> ItemDraft:
    values: dict[str, Any] = {"source_id": "77", "code": "T-1", "name": "Kontoritool", "unit": "tk"}
    return ItemDraft(key="item1", item=Item(**(values | fields)), vat_code="24", sales_account="3010")
