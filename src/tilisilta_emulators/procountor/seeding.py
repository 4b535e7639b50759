"""Generated books of any size, the same for the same spec."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.procountor import demo, invoice_states, invoices, partners
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.checkdigits import make_business_id, make_iban
from tilisilta_emulators.procountor.money import cents
from tilisilta_emulators.procountor.payments import settle
from tilisilta_emulators.procountor.records import PaymentEvent
from tilisilta_emulators.procountor.site import USER_ID

MAX_DOCUMENTS = 1_000_000
PAID_AFTER = timedelta(days=12)
_NAME = "Aino Kirjanpitäjä"


class SeedSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What `POST /_emulator/seed` takes.

    Args:
        sales, purchases: How many invoices.
        rows: Rows an invoice.
        customers, suppliers: How many partners to make for them.
        paid: How many of the new invoices, the oldest first, are marked paid.
        approved: Whether the new invoices are approved (purchases) or sent (sales), else UNFINISHED.
        start, end: First and last day (`from` and `to` in JSON).
        seed: Of the random choices.
        credits: Every so many-th invoice is a credit (negative quantities); 0 for none.

    """

    sales: int = 0
    purchases: int = 0
    rows: int = 2
    customers: int = 50
    suppliers: int = 20
    paid: int = 0
    approved: bool = False
    start: date = msgspec.field(name="from", default=date(2026, 1, 1))
    end: date = msgspec.field(name="to", default=date(2026, 10, 31))
    seed: int = 1
    credits: int = 0


def seed(books: Books, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Add what `spec` asks; return counts with first and last ids.

    Raises:
        msgspec.ValidationError: `spec` is not a SeedSpec.
        ValueError: Numbers out of range.

    """
    wanted = msgspec.convert(dict(spec), SeedSpec)
    if min(wanted.sales, wanted.purchases, wanted.paid, wanted.credits) < 0:
        raise ValueError("counts may not be negative")
    if wanted.sales + wanted.purchases > MAX_DOCUMENTS:
        raise ValueError(f"sales and purchases: at most {MAX_DOCUMENTS} together")
    if wanted.end < wanted.start:
        raise ValueError("to: before from")
    if min(wanted.rows, wanted.customers, wanted.suppliers) < 1:
        raise ValueError("rows, customers and suppliers: at least 1")
    chance = random.Random(wanted.seed)
    before = books.moment
    added: dict[str, Any] = {}
    try:
        for kind, count, parties in (
            ("CUSTOMER", wanted.sales, wanted.customers),
            ("SUPPLIER", wanted.purchases, wanted.suppliers),
        ):
            if count:
                name = "sales_invoices" if kind == "CUSTOMER" else "purchase_invoices"
                first = books.invoices.next_id
                _invoices(books, wanted, chance, count, _partners(books, kind, parties))
                added[name] = {"count": count, "first_id": first, "last_id": books.invoices.next_id - 1}
    finally:
        books.moment = before
    return added


def _partners(books: Books, kind: str, count: int) -> list[int]:
    first = len(books.partners.rows)
    out: list[int] = []
    number = 2_000_000 + first
    while len(out) < count:
        number += 1
        identifier = make_business_id(number)
        if identifier is None:
            continue
        name = f"{'Asiakas' if kind == 'CUSTOMER' else 'Toimittaja'} {number} Oy"
        address = {"name": name, "street": "Tie 1", "zip": "00100", "city": "Helsinki", "country": "FINLAND"}
        payment: dict[str, Any] = {"paymentMethod": "BANK_TRANSFER", "currency": "EUR"}
        if kind == "SUPPLIER":
            payment["bankAccount"] = make_iban(f"1234560{number:07d}")
        info = {"identifier": identifier, "identifierType": "FI", "invoiceChannel": "NO_SENDING"}
        data = {"name": name, "type": kind, "address": address, "invoicingInfo": info, "paymentInfo": payment}
        out.append(partners.store(books, data).id)
    return out


def _invoices(books: Books, wanted: SeedSpec, chance: random.Random, count: int, parties: list[int]) -> None:
    span = (wanted.end - wanted.start).days
    base = books.invoices.next_id
    for at in range(count):
        day = wanted.start + timedelta(days=span * at // max(count - 1, 1))
        books.moment = datetime.combine(day, time(8, at % 60, at // 60 % 60), UTC)
        credit = wanted.credits and (at + 1) % wanted.credits == 0
        rows = []
        for each in range(wanted.rows):
            quantity = Decimal(chance.randint(1, 20)) * (-1 if credit else 1)
            price = cents(Decimal(chance.randint(100, 50000)) / 100)
            rows.append(demo.row(f"Rivi {each + 1}", str(quantity), str(price), chance.choice(("25.5", "13.5", "10"))))
        data = demo.draft(books, parties[at % len(parties)], day, rows, f"S-{base + at}")
        invoice = invoices.add(books, data, USER_ID)
        if wanted.approved or at < wanted.paid:
            invoice_states.move(books, invoice, "SENT" if invoice.sales else "APPROVED", "APPROVAL", _NAME)
        if at < wanted.paid:
            paid_on = min(day + PAID_AFTER, wanted.end).isoformat()
            gross = invoice.sums.gross
            kind = "BANKTRANSFERELSEWHERE"
            event = PaymentEvent(books.events.take_id(), invoice.id, kind, paid_on, gross, invoice.currency, None)
            settle(books, invoice, event, _NAME)
