"""Small documents that the tests of the core change one thing at a time."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    Direction,
    DocumentKind,
    Invoice,
    InvoiceLine,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
    VatTotal,
)
from tilisilta.core.mapping import Lookups, MappingEntry, MappingTable, MappingTables

D = Decimal
CUSTOMER = Party(source_id="77", name="Õunapuu OÜ", registry_code="12345678", vat_number="EE100207415")


def line(position: int = 1, **changes: Any) -> InvoiceLine:
    """A row of 100.00 at 24 %."""
    values: dict[str, Any] = {
        "position": position,
        "item_source_id": "5",
        "item_name": "Consulting",
        "unit_price": D("100.00"),
        "net": D("100.00"),
        "vat_rate": D(24),
        "vat_code": "9",
    }
    return InvoiceLine(**{**values, **changes})


def invoice(**changes: Any) -> Invoice:
    """A sales invoice of one row, 124.00 in all."""
    values: dict[str, Any] = {
        "source_id": "1",
        "direction": Direction.SALES,
        "number": "A-1",
        "date": dt.date(2026, 4, 16),
        "due_date": dt.date(2026, 4, 30),
        "party": CUSTOMER,
        "net": D("100.00"),
        "vat": D("24.00"),
        "gross": D("124.00"),
        "lines": (line(),),
        "vat_totals": (VatTotal(rate=D(24), net=D("100.00"), vat=D("24.00")),),
    }
    return Invoice(**{**values, **changes})


def payment(**changes: Any) -> Payment:
    """An incoming payment of 124.00 for the invoice above."""
    values: dict[str, Any] = {
        "source_id": "p1",
        "direction": PaymentDirection.INCOMING,
        "date": dt.date(2026, 4, 20),
        "amount": D("124.00"),
        "party": CUSTOMER,
        "account": "LHV",
        "allocations": (Allocation(kind=AllocationKind.SALES_INVOICE, amount=D("124.00"), document_source_id="1"),),
    }
    return Payment(**{**values, **changes})


def entry(table: MappingTable, source: str, target: str, **more: Any) -> MappingEntry:
    return MappingEntry(table=table, source_key=source, target_key=target, **more)


TABLES = MappingTables(
    [
        entry(MappingTable.VAT_CODES, "9", "24-SALES", direction=Direction.SALES),
        entry(MappingTable.VAT_CODES, "9", "24-BUY", direction=Direction.PURCHASE),
        entry(MappingTable.BANK_ACCOUNTS, "LHV", "1020"),
    ]
)
LOOKUPS = Lookups(
    party_ids={(PartyRole.CUSTOMER, "77"): "c-77", (PartyRole.SUPPLIER, "77"): "s-77"},
    item_ids={"5": "CONS"},
    document_ids={(DocumentKind.SALES_INVOICE, "1"): "inv-1"},
)
