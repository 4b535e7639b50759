"""The books of one company: settings, cards, documents and the ledger."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.options import Country
from tilisilta_emulators.merit.records import Batch, Invoice, Item, Movement, Partner, Payment, Tax
from tilisilta_emulators.merit.tables import Table
from tilisilta_emulators.merit.values import named_guid


class Cards:
    """Customers or vendors: by id, by name whatever the case, by registry code."""

    __slots__ = ("by_id", "by_name", "by_reg_no")

    def __init__(self) -> None:
        self.by_id: dict[str, Partner] = {}
        self.by_name: dict[str, Partner] = {}
        self.by_reg_no: dict[str, list[Partner]] = {}

    def put(self, partner: Partner) -> None:
        """Enter a card."""
        self.by_id[partner.id] = partner
        self.by_name.setdefault(partner.folded, partner)
        if partner.reg_no:
            self.by_reg_no.setdefault(partner.reg_no, []).append(partner)

    def register(self, partner: Partner, reg_no: str | None) -> None:
        """Change the registry code of a card."""
        if partner.reg_no:
            self.by_reg_no[partner.reg_no].remove(partner)
        partner.reg_no = reg_no
        if reg_no:
            self.by_reg_no.setdefault(reg_no, []).append(partner)

    def rename(self, partner: Partner, name: str) -> None:
        """Change the name of a card."""
        if self.by_name.get(partner.folded) is partner:
            del self.by_name[partner.folded]
        partner.name, partner.folded = name, name.casefold()
        self.by_name.setdefault(partner.folded, partner)


class Settings:
    """Classifiers; companies share those of their country until one adds to its own."""

    def __init__(self, country: Country) -> None:
        self.taxes: dict[str, Tax] = chart.taxes(country)
        self.accounts = chart.ACCOUNT_NAMES
        self.units: dict[str, str] = dict(chart.UNITS)
        self.departments = dict(chart.DEPARTMENTS)
        self.projects = {code: (name, end) for code, name, end in chart.PROJECTS}
        self.cost_centers = {code: (name, end) for code, name, end in chart.COST_CENTERS}
        self.locations = dict(chart.LOCATIONS)
        self.item_groups = {code: (named_guid(f"itemgroup:{code}"), name) for code, name in chart.ITEM_GROUPS}
        self.customer_groups = {code: (named_guid(f"custgroup:{code}"), name) for code, name in chart.PARTNER_GROUPS}
        self.vendor_groups = {code: (named_guid(f"vendgroup:{code}"), name) for code, name in chart.VENDOR_GROUPS}
        self.dimensions = {(one.dim_id, one.code.casefold()): one for one in chart.DIMENSIONS}
        self.dimension_ids = {one.id: one for one in chart.DIMENSIONS}

    def tax(self, code: str) -> Tax:
        """Return a stock tax by its code.

        Raises:
            KeyError: The country has none.
        """
        for one in self.taxes.values():
            if one.code == code:
                return one
        raise KeyError(code)


class Books:
    """One company's books. `own` tells that they were changed and must not be thrown away."""

    def __init__(self, country: Country, settings: Settings, mark: int) -> None:
        self.country: Country = country
        self.currency = chart.COUNTRIES[country].currency
        self.settings = settings
        self.mark = mark
        self.own = False
        self.seq = 0
        self.numbers: Counter[str] = Counter()
        self.customers = Cards()
        self.vendors = Cards()
        self.items: dict[str, Item] = {}
        self.items_by_code: dict[str, Item] = {}
        self.sales: Table[Invoice] = Table()
        self.purchases: Table[Invoice] = Table()
        self.orders: Table[Invoice] = Table()
        self.payments: Table[Payment] = Table()
        self.batches: Table[Batch] = Table()
        self.batch_of: dict[str, Batch] = {}
        self.sales_by_number: dict[str, list[Invoice]] = {}
        self.purchases_by_number: dict[str, list[Invoice]] = {}
        self.movements: dict[str, Movement] = {}
        self.locked_until: date | None = None

    def next_id(self) -> tuple[int, str]:
        """Return the next sequence number and the GUID that goes with it."""
        self.seq += 1
        return self.seq, f"{self.mark:08x}-0000-4000-8000-{self.seq:012x}"

    def put_item(self, item: Item) -> None:
        """Enter an item."""
        self.items[item.id] = item
        self.items_by_code[item.code.casefold()] = item

    def table(self, *, sales: bool) -> Table[Invoice]:
        """Return the posted invoices of one side."""
        return self.sales if sales else self.purchases

    def numbered(self, *, sales: bool) -> dict[str, list[Invoice]]:
        """Return the invoices of one side by their number."""
        return self.sales_by_number if sales else self.purchases_by_number

    def put_invoice(self, invoice: Invoice) -> None:
        """Enter an invoice with its number."""
        self.table(sales=invoice.sales).put(invoice)
        if invoice.number is not None:
            self.numbered(sales=invoice.sales).setdefault(invoice.number, []).append(invoice)

    def remove_invoice(self, invoice: Invoice) -> None:
        """Take out an invoice, its number and its ledger batch."""
        self.table(sales=invoice.sales).remove(invoice)
        if invoice.number is not None:
            self.numbered(sales=invoice.sales)[invoice.number].remove(invoice)
        self.remove_batch_of(invoice.id)

    def put_batch(self, batch: Batch) -> None:
        """Enter a ledger batch."""
        self.batches.put(batch)
        if batch.source is not None:
            self.batch_of[batch.source.id] = batch

    def remove_batch_of(self, doc_id: str) -> None:
        """Take out the batch that a document made."""
        batch = self.batch_of.pop(doc_id, None)
        if batch is not None:
            self.batches.remove(batch)

    def number(self, code: str) -> int:
        """Return the next running number of a batch code."""
        self.numbers[code] += 1
        return self.numbers[code]

    def rate_of(self, currency: str) -> Decimal | None:
        """Return what one unit of the company's currency costs in `currency`, by the central bank; None if unknown."""
        if currency not in chart.RATES:
            return None
        rate = chart.RATES[currency] / chart.RATES[self.currency]
        return rate.quantize(Decimal("0.0000001"))

    def post(self, source: Invoice | Payment, code: str, moment: datetime, user: str) -> Batch:
        """Make the ledger batch of a document; its lines are read from the document."""
        seq, identity = self.next_id()
        batch = Batch(
            seq, identity, code, self.number(code), source.number, source.date,
            source.total if isinstance(source, Invoice) else source.amount, moment, moment,
            source, None, source.currency, source.rate, user,
        )  # fmt: skip
        self.put_batch(batch)
        return batch
