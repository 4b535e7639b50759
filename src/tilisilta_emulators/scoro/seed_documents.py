"""Many documents at once: consistent, memory-lean, and the same for the same choices.

Amounts are whole cents while they are made; equal texts are one object, because 100,000 invoices hold millions.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from stdnum.ee import ik

from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.rows import Bill, Contact, Document, Invoice, Product
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import check_digit_731

VAT_CHANGED = "2025-07-01"
"""The standard rate is 22 % before this day and 24 % from it on."""
STANDARD_BP = 2400
FORMER_BP = 2200
# VAT code ids of the catalogue: (sales, purchases) by rate in hundredths of a percent.
CODES = {2400: (1, 9), 2200: (2, 10), 900: (5, 12), 1300: (4, 9), 0: (8, 14)}
RATES = (2400, 2400, 2400, 2400, 2400, 2400, 2400, 900, 1300, 0)
TERM = timedelta(days=14)
DAY_S = 86400
OPENING_S = 8 * 3600
WORKING_S = 9 * 3600


class Item(msgspec.Struct, frozen=True):
    product_id: int
    name: str
    price_cents: int
    price: str
    rate_bp: int


def cents(value: int) -> str:
    """Write whole cents as a decimal.

    >>> cents(123405), cents(-7)
    ('1234.05', '-0.07')
    """
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 100)
    return f"{sign}{whole}.{rest:02d}"


def new_items(site: Site, count: int, chance: random.Random) -> list[Item]:
    """Add `count` products; every fifth is a stock article, every third a service."""
    table = site.tables["products"]
    stamp = site.stamp(table.module)
    items = []
    for _ in range(count):
        number = table.next_id
        price = chance.randrange(250, 50000)
        rate = RATES[number % len(RATES)]
        row = Product(code=f"A{number:05d}", name=f"Artikkel {number}", price=cents(price))
        row.buying_price = cents(price * 6 // 10)
        row.default_sales_tax_id, row.default_purchases_tax_id = CODES[rate]
        row.default_vat_code_id = row.default_sales_tax_id
        row.sales_finance_account_id, row.purchases_finance_account_id = 1, 4
        row.tag = "Laoartikkel" if number % 5 == 0 else ""
        row.is_service = int(number % 3 == 0 and not row.tag)
        row.created_date = row.modified_date = stamp
        table.put(row)
        items.append(Item(row.product_id, row.name or "", price, row.price, rate))
    return items


def new_partners(site: Site, count: int, *, supplier: bool) -> list[int]:
    """Add `count` companies with valid registry codes and return their ids."""
    table = site.tables["contacts"]
    stamp = site.stamp(table.module)
    ids = []
    for _ in range(count):
        number = table.next_id
        kind = "Tarnija" if supplier else "Klient"
        row = Contact(name=f"{kind} {number} OÜ", is_client=int(not supplier), is_supplier=int(supplier))
        base = f"18{number % 100000:05d}"
        row.id_code = base + ik.calc_check_digit(f"{base}0")
        row.addresses = [
            {
                "country": "est",
                "county": "",
                "municipality": "",
                "city": "Tallinn",
                "street": f"Proovi tee {number}",
                "zipcode": "10115",
            }
        ]
        row.means_of_contact = {"email": [f"arved{number}@partner.example"]}
        row.created_date = row.modified_date = stamp
        table.put(row)
        ids.append(row.contact_id)
    return ids


class Plan(msgspec.Struct, frozen=True):
    """Of what documents are made; every `credits_every`-th is a credit (0: none)."""

    partners: list[int]
    items: list[Item]
    chance: random.Random
    rows: int
    credits_every: int


class Generator:
    """Makes invoices or bills of one seed."""

    def __init__(self, site: Site, module: Module, plan: Plan) -> None:
        self.site = site
        self.module = module
        self.plan = plan
        self.chance = plan.chance
        self.side = 1 if module.name == "bills" else 0
        self._shared: dict[str, str] = {}

    def make(self, count: int, start: date, end: date) -> Iterator[Document]:
        """Add `count` documents spread evenly from `start` to `end`, modified within their own day."""
        table = self.site.tables[self.module.name]
        total_s = ((end - start).days + 1) * DAY_S
        for place in range(count):
            days, _ = divmod(place * total_s // count, DAY_S)
            day = start + timedelta(days=days)
            text = self._share(day.isoformat())
            row = self._document(text, self._share((day + TERM).isoformat()), place)
            second = OPENING_S + self.chance.randrange(WORKING_S)
            row.created_date = f"{text} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            row.modified_date = row.created_date
            table.put(row)
            yield row

    def _share(self, text: str) -> str:
        return self._shared.setdefault(text, text)

    def _document(self, day: str, deadline: str, place: int) -> Document:
        sign = -1 if self.plan.credits_every and place % self.plan.credits_every == self.plan.credits_every - 1 else 1
        lines, bases = self._lines(day, sign)
        net = sum(bases.values())
        vat = sum(sign * ((abs(base) * rate + 5000) // 10000) for rate, base in bases.items())
        year = day[:4]
        self.site.numbers[self.module.name, year] += 1
        number = f"{year}-{self.site.numbers[self.module.name, year]:03d}"
        common: dict[str, Any] = {
            "no": number,
            "date": day,
            "deadline": deadline,
            "company_id": self.plan.partners[self.chance.randrange(len(self.plan.partners))],
            "sum": cents(net),
            "vat_sum": cents(vat),
            "account_id": self.site.main_account,
            "lines": lines,
            "reference_no": check_digit_731(number.replace("-", "")),
            "payment_type": "banktransfer" if sign > 0 else "credit",
        }
        if self.side:
            common["no"] = f"O{number}"
            return Bill(**common)
        return Invoice(receivable_sum=cents(net + vat), **common)

    def _lines(self, day: str, sign: int) -> tuple[list[Any], dict[int, int]]:
        if self.module.line is None:
            raise TypeError(self.module.name)
        lines = []
        bases: dict[int, int] = {}
        for _ in range(self.plan.rows):
            item = self.plan.items[self.chance.randrange(len(self.plan.items))]
            amount = sign * self.chance.randrange(1, 10)
            rate = item.rate_bp if item.rate_bp != STANDARD_BP or day >= VAT_CHANGED else FORMER_BP
            net = item.price_cents * amount
            bases[rate] = bases.get(rate, 0) + net
            lines.append(
                self.module.line(
                    id=self.site.next_line_id(),
                    product_id=item.product_id,
                    comment=item.name,
                    price=item.price,
                    amount=self._share(cents(amount * 100)),
                    unit="tk",
                    sum=self._share(cents(net)),
                    vat=self._share(cents(rate)),
                    vat_code_id=CODES[rate][self.side],
                    finance_account_id=4 if self.side else 1,
                )
            )
        return lines, bases
