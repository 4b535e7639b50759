"""Years of books for a company, made in one go and the same every time for the same plan.

Every record has the moment when it was entered, which for late ones lies days to months after its date. Lists show
what is entered by the emulator's clock, so a clock that is moved on sees late entries arrive.
"""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.merit import chart, names
from tilisilta_emulators.merit.books import Books
from tilisilta_emulators.merit.records import (
    Allocation,
    Batch,
    Invoice,
    Item,
    Line,
    Partner,
    Payment,
    Row,
    Tax,
)
from tilisilta_emulators.merit.values import ONE, RATE_ONE, ZERO, add_months, cents, last_day, reference_number

_QUANTITIES = tuple(Decimal(number) for number in range(1, 10))
_PRICES = tuple(Decimal(number) / 100 for number in (1500, 2490, 3900, 5250, 6000, 7999, 12000, 18505, 25000, 49033))
_DUE = timedelta(days=14)
USER = "Raamatupidaja"


class Spec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much history a company has.

    Args:
        start, end: First and last day of documents.
        sales, purchases, manual: Documents of each kind a month.
        rows: Rows of an invoice.
        payroll, vat_return, depreciation: Whether those batches come each month.
        paid: Share of invoices with a payment.
        late: Share of documents entered long after their date.
        late_days: Fewest and most days of that delay.
        credits_every: Every so many sales invoices one is a credit; 0 for none.
        customers, vendors, items: Cards.
        seed: Start of the chance.
    """

    start: date
    end: date
    sales: int = 6
    purchases: int = 6
    manual: int = 2
    rows: int = 2
    payroll: bool = True
    vat_return: bool = True
    depreciation: bool = True
    paid: float = 0.8
    late: float = 0.08
    late_days: tuple[int, int] = (10, 230)
    credits_every: int = 20
    customers: int = 8
    vendors: int = 6
    items: int = 6
    seed: int = 1


def write(books: Books, spec: Spec) -> None:
    """Fill empty books as `spec` says."""
    _Writer(books, spec).write()


def partner(books: Books, name: str, at: datetime, *, customer: bool, **data: Any) -> Partner:
    """Enter a card with the fields of `data`, named as answers name them."""
    seq, identity = books.next_id()
    country = data.pop("CountryCode", None) or books.country
    made = Partner(seq, identity, name, name.casefold(), data.pop("RegNo", None), country, at, at, data)
    (books.customers if customer else books.vendors).put(made)
    return made


class _Writer:
    def __init__(self, books: Books, spec: Spec) -> None:
        self.books = books
        self.spec = spec
        self.chance = random.Random(f"{spec.seed}:{books.mark}")
        self.opening = datetime.combine(spec.start, time(9))
        self.taxes = _Rates(books)
        self.batches: list[Batch] = []
        self.payments: list[Payment] = []
        self.sales_code = chart.COUNTRIES[books.country].sales_code

    def pick(self, below: int) -> int:
        """Return a whole number from 0 to one less than `below`; much cheaper than `randrange`."""
        return int(self.chance.random() * below)

    def write(self) -> None:
        """Write cards, then documents month by month, and index them at the end."""
        customers = self.cards(customer=True, count=self.spec.customers)
        vendors = self.cards(customer=False, count=self.spec.vendors)
        items = self.items(self.spec.items)
        sales: list[Invoice] = []
        purchases: list[Invoice] = []
        month = self.spec.start.replace(day=1)
        while month <= self.spec.end:
            for kind, count in (("sales", self.spec.sales), ("purchases", self.spec.purchases)):
                for day in self.days(month, count):
                    if kind == "sales":
                        sales.append(self.invoice(customers, items, day, sales=True))
                    else:
                        purchases.append(self.invoice(vendors, items, day, sales=False))
            self.month_batches(month)
            month = add_months(month, 1)
        for table, made in ((self.books.sales, sales), (self.books.purchases, purchases)):
            table.put_all(made)
        for numbered, made in ((self.books.sales_by_number, sales), (self.books.purchases_by_number, purchases)):
            for one in made:
                numbered.setdefault(one.number or "", []).append(one)
        self.books.payments.put_all(self.payments)
        self.books.batches.put_all(self.batches)
        self.books.batch_of = {one.source.id: one for one in self.batches if one.source is not None}

    def days(self, month: date, count: int) -> list[date]:
        """Return the days of `count` documents within the month and the period."""
        length = last_day(month.year, month.month)
        every = (month.replace(day=1 + at * length // count) for at in range(count)) if count else ()
        return [day for day in every if self.spec.start <= day <= self.spec.end]

    def entered(self, day: date) -> datetime:
        """Return when a document of that day was entered: within days, or late."""
        if self.chance.random() < self.spec.late:
            low, high = self.spec.late_days
            delay = low + self.pick(max(low, high) - low + 1)
        else:
            delay = self.pick(3)
        second = 28_800 + self.pick(32_400)
        return datetime(day.year, day.month, day.day) + timedelta(delay, second)  # noqa: DTZ001  local

    def cards(self, *, customer: bool, count: int) -> list[Partner]:
        """Enter `count` customers or vendors."""
        made = []
        for at in range(count):
            name = names.partner(self.books.mark, at, customer=customer)
            made.append(
                partner(
                    self.books,
                    name,
                    self.opening,
                    customer=customer,
                    **names.card(self.books.mark, at, self.books.country),
                )
            )
        return made

    def items(self, count: int) -> list[Item]:
        """Enter `count` items, every third one goods."""
        made = []
        for at in range(count):
            code, title, kind, unit = names.item(at)
            _, identity = self.books.next_id()
            item = Item(
                identity, code, title, kind, 3, unit, _PRICES[at % len(_PRICES)], self.taxes.standard.id,
                chart.SALES, chart.GOODS, created=self.opening,
            )  # fmt: skip
            self.books.put_item(item)
            made.append(item)
        return made

    def invoice(self, partners: list[Partner], items: list[Item], day: date, *, sales: bool) -> Invoice:
        """Make one invoice with its batch and perhaps its payment."""
        books = self.books
        seq, identity = books.next_id()
        running = books.number(self.sales_code if sales else "OS")
        sign = -1 if sales and self.spec.credits_every and running % self.spec.credits_every == 0 else 1
        tax = self.taxes.on(day)
        account = chart.SALES if sales else chart.SERVICES_BOUGHT
        rows, net, vat = [], ZERO, ZERO
        for _ in range(self.spec.rows):
            item = items[self.pick(len(items))]
            quantity, price = _QUANTITIES[self.pick(9)] * sign, _PRICES[self.pick(10)]
            amount = quantity * price
            row_vat = cents(amount * tax.pct / 100)
            rows.append(Row(item.code, item.name, quantity, price, tax, amount, row_vat, account, item.unit))
            net += amount
            vat += row_vat
        number = f"{day.year}{running:04d}" if sales else f"A-{running:05d}"
        entered = self.entered(day)
        code = self.sales_code if sales else "OS"
        made = Invoice(
            seq, identity, sales, partners[self.pick(len(partners))], number, day, day, day + _DUE,
            books.currency, RATE_ONE, net, vat, ZERO, rows, entered, entered, f"{code}-{running}", USER,
            reference=reference_number(number),
        )  # fmt: skip
        self.batch(made, code, running, entered)
        if sign > 0 and self.chance.random() < self.spec.paid:
            self.payment(made)
        return made

    def payment(self, invoice: Invoice) -> None:
        """Pay an invoice in whole or, one in ten, a half of it."""
        day = invoice.date + timedelta(days=3 + self.pick(37))
        entered = max(self.entered(day), invoice.created)
        method = chart.METHODS[1]
        amount = invoice.total if self.chance.random() < 0.9 else cents(invoice.total / 2)
        seq, identity = self.books.next_id()
        running = self.books.number("PA")
        made = Payment(
            seq, identity, 1 if invoice.sales else 2, day, method.id, method.name, method.account, invoice.partner,
            amount, str(running), entered, entered,
            [Allocation(invoice.id, invoice.number, invoice.total, amount)], invoice.currency, user=USER,
            reference=invoice.reference,
        )  # fmt: skip
        invoice.payments.append(made)
        self.payments.append(made)
        self.batch(made, "PA", running, entered)

    def batch(self, source: Invoice | Payment, code: str, running: int, entered: datetime) -> None:
        """Add the batch of a document."""
        seq, identity = self.books.next_id()
        total = source.total if isinstance(source, Invoice) else source.amount
        made = Batch(
            seq, identity, code, running, source.number, source.date, total, entered, entered, source, None,
            source.currency, user=USER,
        )  # fmt: skip
        self.batches.append(made)

    def month_batches(self, month: date) -> None:
        """Add the batches that people enter by hand and those of a month's end."""
        for at, day in enumerate(self.days(month, self.spec.manual)):
            self.manual("PÄ", day, ("8600", chart.CASH), _PRICES[(month.month + at) % 10], "Kulude kanne")
        closing = month.replace(day=last_day(month.year, month.month))
        if not self.spec.start <= closing <= self.spec.end:
            return
        if self.spec.payroll:
            self.manual("PK", closing, (chart.WAGES, chart.WAGE_DEBT), Decimal("4800.00"), "Töötasu")
        if self.spec.depreciation:
            self.manual("PV", closing, (chart.DEPRECIATION, chart.ASSETS), Decimal("215.40"), "Põhivara kulum")
        if self.spec.vat_return:
            self.manual("KD", closing, (chart.OUTPUT_VAT, "2330"), Decimal("320.15"), "Käibedeklaratsioon")

    def manual(self, code: str, day: date, accounts: tuple[str, str], amount: Decimal, memo: str) -> None:
        """Add one batch of two lines."""
        seq, identity = self.books.next_id()
        running = self.books.number(code)
        entered = self.entered(day)
        lines = [Line(accounts[0], amount, ZERO, memo), Line(accounts[1], ZERO, amount, memo)]
        self.batches.append(
            Batch(
                seq,
                identity,
                code,
                running,
                f"{code}{running}",
                day,
                amount,
                entered,
                entered,
                None,
                lines,
                self.books.currency,
                ONE,
                USER,
            )
        )


class _Rates:
    """The standard rate of a country by day."""

    def __init__(self, books: Books) -> None:
        dated = {
            "EE": ((date(2025, 7, 1), "24%"), (date(2024, 1, 1), "22%"), (date.min, "20%")),
            "FI": ((date(2024, 9, 1), "25,5"), (date.min, "24")),
            "PL": ((date.min, "23"),),
        }
        self.steps: tuple[tuple[date, Tax], ...] = tuple(
            (since, books.settings.tax(code)) for since, code in dated[books.country]
        )
        self.standard = self.steps[0][1]

    def on(self, day: date) -> Tax:
        """Return the standard rate of a day."""
        return next(tax for since, tax in self.steps if day >= since)
