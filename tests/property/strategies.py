"""Hypothesis strategies for canonical documents."""

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    DimensionValue,
    Direction,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    Item,
    JournalEntry,
    LineKind,
    Party,
    Payment,
    PaymentDirection,
    Posting,
    StockKind,
    VatTotal,
)
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.core.vat import VatTreatment

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("õäöüŠž & OÜ\n"), max_size=12
)
IDS = st.sampled_from(["a", "b", "c", "1", "2"])
DAYS = st.dates(dt.date(2009, 7, 1), dt.date(2030, 12, 31))
CENTS = st.decimals("-99999.99", "99999.99", places=2, allow_nan=False, allow_infinity=False)
POSITIVE = st.decimals("0.01", "99999.99", places=2, allow_nan=False, allow_infinity=False)
FINE = st.decimals("-9999", "9999", places=6, allow_nan=False, allow_infinity=False)
RATES = st.sampled_from([Decimal(text) for text in ("0", "9", "13", "13.5", "22", "24", "24.00", "25.5")])
CURRENCIES = st.sampled_from(["EUR", "SEK", "JPY", "TND"])
EXTRA = st.dictionaries(IDS, WORDS, max_size=2)


def some(strategy, most=3):
    return st.lists(strategy, max_size=most).map(tuple)


DIMENSIONS = some(st.builds(DimensionValue, axis=IDS, source_id=IDS, name=WORDS), 2)
PARTIES = st.builds(
    Party,
    source_id=IDS | st.just(""),
    name=WORDS,
    is_person=st.booleans(),
    registry_code=st.text("0123456789-", max_size=9),
    vat_number=st.sampled_from(["", "EE100207415", "FI20774740", "EE1"]),
    email=WORDS,
    address=st.builds(Address, street=WORDS, country=st.sampled_from(["", "EE", "FI", "SE"])),
    bank_accounts=some(st.builds(BankAccount, iban=st.sampled_from(["EE471000001020145685", "FI1", "1"])), 2),
    payment_term_days=st.none() | st.integers(0, 99),
    extra=EXTRA,
)
ITEMS = st.builds(
    Item,
    source_id=IDS | st.just(""),
    code=WORDS,
    name=WORDS,
    stock_kind=st.sampled_from(StockKind),
    sales_price=st.none() | FINE,
    vat_rate=st.none() | RATES,
    tags=some(WORDS),
    extra=EXTRA,
)
LINES = st.builds(
    InvoiceLine,
    position=st.integers(1, 99),
    kind=st.sampled_from(LineKind),
    item_source_id=IDS | st.just(""),
    item_code=IDS | st.just(""),
    item_name=WORDS,
    description=WORDS,
    quantity=FINE,
    unit_price=FINE,
    net=CENTS,
    vat=st.none() | CENTS,
    vat_rate=RATES,
    vat_code=IDS | st.just(""),
    vat_treatment=st.none() | st.sampled_from(VatTreatment),
    ledger_account=IDS | st.just(""),
    dimensions=DIMENSIONS,
    stock_kind=st.none() | st.sampled_from(StockKind),
    warehouse=IDS | st.just(""),
    extra=EXTRA,
)
VAT_TOTALS = st.builds(VatTotal, rate=RATES, net=CENTS, vat=CENTS, code=WORDS)
INVOICES = st.builds(
    Invoice,
    source_id=IDS,
    direction=st.sampled_from(Direction),
    number=WORDS,
    date=DAYS,
    due_date=st.none() | DAYS,
    party=PARTIES,
    net=CENTS,
    vat=CENTS,
    gross=CENTS,
    currency=CURRENCIES,
    is_credit_note=st.booleans(),
    exchange_rate=st.none() | FINE,
    rounding=CENTS,
    lines=some(LINES, 6),
    vat_totals=some(VAT_TOTALS),
    credits=some(st.builds(InvoiceRef, source_id=IDS, number=WORDS), 2),
    dimensions=DIMENSIONS,
    payment_method=IDS | st.just(""),
    is_sent=st.none() | st.booleans(),
    extra=EXTRA,
)
ALLOCATIONS = st.builds(
    Allocation,
    kind=st.sampled_from(AllocationKind),
    amount=CENTS,
    document_source_id=IDS | st.just(""),
    document_number=IDS | st.just(""),
    is_credit_note=st.booleans(),
)
PAYMENTS = st.builds(
    Payment,
    source_id=IDS,
    direction=st.sampled_from(PaymentDirection),
    date=DAYS,
    amount=CENTS,
    party=PARTIES,
    account=IDS | st.just(""),
    is_cash=st.booleans(),
    allocations=some(ALLOCATIONS),
    bank_fee=CENTS,
)
POSTINGS = st.builds(
    Posting,
    account=IDS,
    debit=CENTS,
    credit=CENTS,
    vat_rate=st.none() | RATES,
    vat_treatment=st.none() | st.sampled_from(VatTreatment),
    dimensions=DIMENSIONS,
)
ENTRIES = st.builds(JournalEntry, source_id=IDS, date=DAYS, description=WORDS, postings=some(POSTINGS, 5))


@st.composite
def sound_invoices(draw, *, by_row=None):
    """Invoices whose sums are right: VAT rounded by row or by document, both legal."""
    rows = draw(
        st.lists(
            st.builds(
                InvoiceLine,
                position=st.just(1),
                kind=st.sampled_from([LineKind.ITEM, LineKind.ALLOWANCE, LineKind.CHARGE]),
                item_name=st.just("x"),
                net=POSITIVE,
                vat_rate=RATES,
            ),
            min_size=1,
            max_size=20,
        )
    )
    rows = [
        msgspec.structs.replace(row, position=place, net=-row.net if row.kind is LineKind.ALLOWANCE else row.net)
        for place, row in enumerate(rows, start=1)
    ]
    each_row = draw(st.booleans()) if by_row is None else by_row
    totals = []
    for rate in sorted({row.vat_rate for row in rows}):
        nets = [row.net for row in rows if row.vat_rate == rate]
        vat = sum((vat_amount(net, rate) for net in nets), ZERO) if each_row else vat_amount(sum(nets), rate)
        totals.append(VatTotal(rate=rate, net=sum(nets, ZERO), vat=vat))
    net = sum((row.net for row in rows), ZERO)
    vat = sum((total.vat for total in totals), ZERO)
    return Invoice(
        source_id="1",
        direction=Direction.SALES,
        number="1",
        date=dt.date(2026, 4, 16),
        party=Party(source_id="1", name="A"),
        net=net,
        vat=vat,
        gross=round_amount(net + vat),
        lines=tuple(rows),
        vat_totals=tuple(totals) if draw(st.booleans()) else (),
    )
