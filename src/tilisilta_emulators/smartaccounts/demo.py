"""Records that a company already has: some for matching, or many generated ones."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.smartaccounts.books import Books
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.invoice_draft import Draft, build
from tilisilta_emulators.smartaccounts.invoices import Invoices
from tilisilta_emulators.smartaccounts.payment_draft import PaymentDraft, build_payment
from tilisilta_emulators.smartaccounts.payments import enter as enter_payment
from tilisilta_emulators.smartaccounts.records import Article, Invoice, Partner, PaymentRow, Row

TAX_OFFICE = "Maksu- ja Tolliamet"

Known = tuple[str, str | None, str | None, str]

# Name, registry code, VAT number, e-mail. Codes have right check digits. Each of these meets the demo data
# of other emulators in one way only, so that every way of matching has something to find and to doubt.
_CLIENTS: tuple[Known, ...] = (
    ("Põhjala Puit OÜ", "19900120", "EE101999117", "arved@pohjalapuit.example"),  # in every way
    ("Aktsiaselts Mereranna", None, "EE101999227", ""),  # by VAT number
    ("Kuuse ja Pojad", None, None, "tere@kuusedisain.example"),  # by e-mail
    ("Suomen Esimerkki Oy", None, None, ""),  # by name
    ("Tartu Tööriistad AS", None, None, ""),  # by name, but twice
    ("Tartu Tööriistad AS", None, None, "laenutus@tartutooriistad.example"),
    ("Õunapuu OÜ", "12345678", "EE101234568", "info@ounapuu.example"),  # in no way
)
_VENDORS: tuple[Known, ...] = (
    ("Elektriabi OÜ", "19900568", "EE101999447", "arve@elektriabi.example"),
    ("Kontorikaup", None, None, "myyk@kontorikaup.example"),
    ("Pilvipalvelu Oy", None, None, ""),
    ("Kuuse & Pojad Disain OÜ", "19900344", None, ""),
)
_ARTICLES = (
    ("LAUD-01", "Kontorilaud", "WH", "tk"),
    ("KONS-1", "Nõustamine", "SERVICE", "h"),
    ("T-1", "Kontoritool", "PRODUCT", "tk"),
)


_NO_ADDRESS = dict.fromkeys(("country", "county", "city", "address1", "address2", "postalCode"))


def add_tax_office(books: Books, call: Call) -> None:
    """Enter the vendor that exists in every company and cannot be deleted."""
    _partner(books, call, "vendor", (TAX_OFFICE, "70000349", None, "")).built_in = True


def add_partners(books: Books, call: Call) -> None:
    """Enter some clients, vendors and articles."""
    for item in _CLIENTS:
        _partner(books, call, "client", item)
    for item in _VENDORS:
        _partner(books, call, "vendor", item)
    for code, description, kind, unit in _ARTICLES:
        _article(books, call, code, description, (kind, unit))


def _partner(books: Books, call: Call, side: str, item: tuple[str, str | None, str | None, str]) -> Partner:
    name, code, vat_number, email = item
    table = books.clients if side == "client" else books.vendors
    partner = Partner(
        **books.new(table, call.moment),
        name=name,
        folded=name.casefold(),
        vat_pc="24",
        reg_code=code,
        vat_number=vat_number,
        contacts=[{"type": "EMAIL", "value": email, "description": None}] if email else [],
        address={**_NO_ADDRESS, "country": "FI" if name.endswith(" Oy") else "EE"},
    )
    table.put(partner)
    return partner


def _article(books: Books, call: Call, code: str, description: str, kind: tuple[str, str]) -> Article:
    began = {**books.new(books.articles, call.moment), "id": code}
    article = Article(
        **began,
        code=code,
        description=description,
        type=kind[0],
        unit=kind[1],
        folded=f"{code}\n{description}".casefold(),
        vat_pc="24",
        active_sales=True,
        active_purchase=True,
        price_sales=Decimal("10.00"),
        price_purchase=Decimal("6.00"),
    )
    books.articles.put(article)
    return article


class Seed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much to generate. Documents are spread over the days from `since` to `until`.

    Args:
        rows: Rows of every invoice.
        paid: Share of client invoices with a payment, 0 to 1.
        comment: Put a marker `seed-<n>` in each invoice's comment.
    """

    clients: int = 0
    vendors: int = 0
    articles: int = 0
    client_invoices: int = 0
    vendor_invoices: int = 0
    rows: int = 2
    paid: float = 0.0
    comment: bool = False
    since: date = date(2026, 1, 1)
    until: date = date(2026, 12, 31)
    seed: int = 1


def generate(books: Books, call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Enter generated records through the same doors as the API's.

    Raises:
        msgspec.ValidationError: `spec` has an unknown or wrong field.
        ValueError: Documents are asked for without partners or articles to be had.
    """
    wanted = msgspec.convert(dict(spec), Seed)
    chance = random.Random(wanted.seed)
    start = len(books.clients)
    for at in range(start, start + wanted.clients):
        _partner(books, call, "client", (f"Klient {at:06} OÜ", f"{20_000_000 + at}", None, f"k{at}@naide.ee"))
    start = len(books.vendors)
    for at in range(start, start + wanted.vendors):
        _partner(books, call, "vendor", (f"Hankija {at:06} OÜ", f"{30_000_000 + at}", None, ""))
    start = len(books.articles)
    for at in range(start, start + wanted.articles):
        _article(books, call, f"ART-{at:05}", f"Artikkel {at}", ("SERVICE", "tk"))
    sales = _invoices(call, wanted, chance, "client", wanted.client_invoices)
    purchases = _invoices(call, wanted, chance, "vendor", wanted.vendor_invoices)
    payments = 0
    for invoice in sales:
        if chance.random() < wanted.paid:
            _pay(call, invoice)
            payments += 1
    return {
        "clients": wanted.clients,
        "vendors": wanted.vendors,
        "articles": wanted.articles,
        "client_invoices": len(sales),
        "vendor_invoices": len(purchases),
        "payments": payments,
    }


def _invoices(call: Call, wanted: Seed, chance: random.Random, side: Any, count: int) -> list[Invoice]:
    if not count:
        return []
    books = call.books
    partners = [item for item in (books.clients if side == "client" else books.vendors) if not item.built_in]
    codes = list(books.articles.by_id)
    if not partners or not codes:
        raise ValueError("invoices need partners and articles; ask for them in the same call")
    service = Invoices(side)
    days = max((wanted.until - wanted.since).days, 0)
    made = []
    for at in range(count):
        day = wanted.since + timedelta(days=at * (days + 1) // count)
        draft = _draft(chance.choice(partners).id, day)
        draft.rows = [_row(chance, codes, order) for order in range(1, wanted.rows + 1)]
        draft.invoice_number = None if side == "client" else f"OST-{at + 1:06}"
        draft.comment = f"seed-{side}-{at + 1}" if wanted.comment else None
        invoice = build(call, draft, side, None)
        service.enter(call, invoice)
        made.append(invoice)
    return made


def _draft(partner_id: str, day: date) -> Draft:
    values: dict[str, Any] = dict.fromkeys(Draft.__struct_fields__)
    values |= {
        "partner_id": partner_id,
        "date": day,
        "entry_date": day,
        "currency": "EUR",
        "is_calculate_vat": True,
    }
    return Draft(**values)


def _row(chance: random.Random, codes: list[str], order: int) -> Row:
    code = chance.choice(codes)
    return Row(
        code=code,
        description=f"Rida {order}",
        price=Decimal(chance.randrange(100, 100_000)) / 100,
        quantity=Decimal(chance.randrange(1, 10)),
        vat_pc="24",
        order=order,
    )


def _pay(call: Call, invoice: Invoice) -> None:
    draft = PaymentDraft(
        date=invoice.due_date,
        partner_type="CLIENT",
        partner_id=invoice.partner.id,
        account_type="BANK",
        account_name="Swedbank",
        currency="EUR",
        amount=invoice.total_amount,
        document=None,
        comment=None,
        exchange_rate=None,
        eur_amount=None,
        rows=[PaymentRow("CLIENT_INVOICE", invoice.id, invoice.total_amount)],
        prepayment=None,
        extras=[],
    )
    enter_payment(call, build_payment(call, draft, None))
