"""Documents of a Finnish company, drafted for Procountor."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
from tests.contract.emulators.conftest import End

from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    Direction,
    DocumentKind,
    Invoice,
    InvoiceLine,
    JournalEntry,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
    Posting,
)
from tilisilta.core.mapping.draft import (
    AllocationDraft,
    InvoiceDraft,
    JournalEntryDraft,
    LineDraft,
    PartyDraft,
    PaymentDraft,
)

D = Decimal
DAY = dt.date(2026, 3, 2)
SUPPLIER_IBAN = "FI2112345600000785"
PDF = b"%PDF-1.7 picture"
SALES, PURCHASE = Direction.SALES, Direction.PURCHASE
KINDS = {SALES: DocumentKind.SALES_INVOICE, PURCHASE: DocumentKind.PURCHASE_INVOICE}


def party(**fields: Any) -> Party:
    values: dict[str, Any] = {
        "source_id": "34",
        "name": "Esimerkki Tukku Oy",
        "registry_code": "1234567-1",
        "vat_number": "FI12345671",
        "address": Address(street="Satamakatu 1", city="Helsinki", postal_code="00100", country="FI"),
        "bank_accounts": (BankAccount(iban=SUPPLIER_IBAN, bic="NDEAFIHH"),),
    }
    return Party(**(values | fields))


def party_draft(role: PartyRole = PartyRole.SUPPLIER, key: str = "p1", **fields: Any) -> PartyDraft:
    return PartyDraft(key=key, party=party(**fields), role=role)


def line(name: str = "Pahvilaatikko", price: str = "12.50", quantity: str = "10", **fields: Any) -> InvoiceLine:
    values: dict[str, Any] = {
        "position": 1,
        "item_name": name,
        "item_code": "PL-10",
        "quantity": D(quantity),
        "unit": "kpl",
        "unit_price": D(price),
        "net": D(price) * D(quantity),
        "vat_rate": D("25.5"),
    }
    return InvoiceLine(**(values | fields))


FREIGHT = line("Rahti", "40", "1", discount_percent=D(10), net=D("36.00"), item_code="")
# The sheet's own example: 161.00 + 41.06 = 202.06.
ROWS = (line(), FREIGHT)


def invoice(*rows: InvoiceLine, direction: Direction = PURCHASE, **fields: Any) -> Invoice:
    lines = rows or ROWS
    net = sum((each.net for each in lines), D(0))
    vat = sum((round(each.net * each.vat_rate / 100 + D("0.0001"), 2) for each in lines), D(0))
    values: dict[str, Any] = {
        "source_id": "501",
        "direction": direction,
        "number": "T-7781",
        "date": DAY,
        "due_date": dt.date(2026, 3, 16),
        "party": party(),
        "net": net,
        "vat": vat,
        "gross": net + vat,
        "lines": lines,
        "bank_account": BankAccount(iban=SUPPLIER_IBAN, bic="NDEAFIHH") if direction is PURCHASE else None,
        "reference_number": "26013",
    }
    return Invoice(**(values | fields))


def draft(given: Invoice | None = None, *, key: str = "inv1", party_id: str = "", **extra: str) -> InvoiceDraft:
    document = given or invoice()
    return InvoiceDraft(
        key=key,
        invoice=document,
        party_id=party_id,
        lines=tuple(LineDraft(line=each, vat_code="1") for each in document.lines),
        extra=extra,
    )


def posting(account: str, value: str, *, part: str = "base", rate: str | None = "25.5", status: str = "1") -> Any:
    amount = D(value)
    return {
        "account": account,
        "vat_status": status if part == "base" else "",
        "vat_rate": rate if part == "base" else None,
        "debit": str(max(amount, D(0))),
        "credit": str(max(-amount, D(0))),
        "part": part,
    }


def purchase_postings(*accounts: str) -> str:
    first, second = accounts or ("4450", "4420")
    return json.dumps(
        [
            posting(first, "125.00"),
            posting(second, "36.00"),
            posting("1763", "41.06", part="input_vat"),
            posting("2880", "-202.06", part="party"),
        ]
    )


SALES_POSTINGS = json.dumps(
    [
        posting("3600", "-125.00"),
        posting("3010", "-36.00"),
        posting("2939", "-41.06", part="output_vat"),
        posting("1701", "202.06", part="party"),
    ]
)


def posted(direction: Direction = PURCHASE, key: str = "inv1", party_id: str = "", **extra: str) -> InvoiceDraft:
    """Return the sheet's invoice with our postings and approval, and as a sale marked sent."""
    more = {"postings": purchase_postings() if direction is PURCHASE else SALES_POSTINGS, "approve": "1"}
    if direction is SALES:
        more["mark_sent"] = "1"
    return draft(invoice(direction=direction), key=key, party_id=party_id, **(more | extra))


def payment(invoice_id: str, amount: str = "202.06", direction: Direction = PURCHASE, **fields: Any) -> PaymentDraft:
    is_sale = direction is SALES
    kind = AllocationKind.SALES_INVOICE if is_sale else AllocationKind.PURCHASE_INVOICE
    allocation = Allocation(kind=kind, amount=D(amount), document_source_id="501")
    document = Payment(
        source_id="880",
        direction=PaymentDirection.INCOMING if is_sale else PaymentDirection.OUTGOING,
        date=dt.date(2026, 3, 16),
        amount=D(amount),
        allocations=(allocation,),
    )
    return PaymentDraft(
        key="pay1",
        payment=msgspec.structs.replace(document, **fields),
        party_id="",
        account="",
        allocations=(AllocationDraft(allocation=allocation, document_id=invoice_id),),
    )


def journal(*, key: str = "j1", amount: str = "1000.00", replaces: str = "", **fields: Any) -> JournalEntryDraft:
    net = D(amount)
    # Summed from documents, the tax differs by some cents from what the sum of the rows would make.
    vat = net * D("25.5") / 100 + D("0.03")
    postings = (
        Posting(account="3000", credit=net, vat_rate=D("25.5"), description="Myynti"),
        Posting(account="2939", credit=vat, description="Arvonlisävero"),
        Posting(account="1701", debit=net + vat, description="Myyntisaamiset"),
    )
    entry = JournalEntry(
        source_id="per-3",
        date=dt.date(2026, 3, 31),
        description="Myynti 1.3.2026 – 31.3.2026",
        number="S-2026-03",
        postings=postings,
        side=SALES,
        replaces="old" if replaces else "",
    )
    entry = msgspec.structs.replace(entry, **fields)
    return JournalEntryDraft(
        key=key,
        entry=entry,
        accounts=tuple(each.account for each in entry.postings),
        vat_codes=("1", "12", "12")[: len(entry.postings)],
        extra={"replaces": replaces} if replaces else {},
    )


async def sent_with_steps(target: Any, given: Any) -> str:
    """Send a draft and take every step after it; return its id."""
    sent = await target.send(given)
    for step in target.steps_after(given):
        await target.take_step(step, given, sent.target_id)
    return str(sent.target_id)


def invoices(end: End) -> list[Any]:
    return list(end.emulator.state()["invoices"])


def entries(end: End, at: int = 0) -> list[Any]:
    """Return account and value of the rows of an accounting page."""
    rows = end.emulator.state()["ledger_receipts"][at]["transactions"]
    return [(each["account"], each["accountingValue"]) for each in rows if each["transactionType"] == "ENTRY"]
