"""The books of the emulated company."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from tilisilta_emulators.netvisor import chart
from tilisilta_emulators.netvisor.errors import Refused, invalid
from tilisilta_emulators.netvisor.options import NetvisorOptions
from tilisilta_emulators.netvisor.records import (
    ZERO,
    BankPayment,
    Customer,
    Dimension,
    DimensionItem,
    Dimensions,
    Line,
    Product,
    PurchaseInvoice,
    SalesInvoice,
    SalesPayment,
    Vendor,
    Voucher,
)
from tilisilta_emulators.netvisor.shape import Node
from tilisilta_emulators.netvisor.table import Table
from tilisilta_emulators.netvisor.values import cents, show_day, show_money


class Books:
    """Everything one company has, with the look-ups that services need."""

    def __init__(self) -> None:
        self.vouchers: Table[Voucher] = Table(lambda item: item.date)
        self.customers: Table[Customer] = Table()
        self.vendors: Table[Vendor] = Table()
        self.products: Table[Product] = Table()
        self.sales: Table[SalesInvoice] = Table(lambda item: item.date)
        self.orders: Table[SalesInvoice] = Table(lambda item: item.date)
        self.sales_payments: Table[SalesPayment] = Table(lambda item: item.date)
        self.purchases: Table[PurchaseInvoice] = Table(lambda item: item.date)
        self.payments: Table[BankPayment] = Table(lambda item: item.date)
        self.accounts = {item.number: item for item in chart.accounts() if not item.group}
        self.headings = [item for item in chart.accounts() if item.group]
        self.accounts_by_key = {item.key: item for item in self.accounts.values()}
        self.voucher_types = [row[0] for row in chart.VOUCHER_TYPES]
        self._types = {name.casefold(): name for name in self.voucher_types}
        self.dimensions: dict[str, Dimension] = {}
        self.groups: dict[str, dict[str, int]] = {"customer": {}, "vendor": {}, "product": {}}
        self.customer_codes: dict[str, int] = {}
        self.product_codes: dict[str, int] = {}
        self.ean_codes: dict[str, int] = {}
        self.vendor_codes: dict[str, int] = {}
        self.vendor_names: dict[str, int] = {}
        self.vendor_ids: dict[str, int] = {}
        self.vendor_accounts: dict[str, int] = {}
        self.sales_numbers: dict[tuple[bool, str], int] = {}
        self.references: dict[str, list[int]] = {}
        self.customer_invoices: dict[int, dict[int, None]] = {}
        self.purchase_numbers: dict[tuple[int, str], int] = {}
        self.voucher_numbers: set[tuple[str, int, int]] = set()
        self.turnover: dict[str, dict[date, list[Decimal]]] = {}
        self.bank_accounts = {"FI2112345600000785": chart.BANK}
        self._counters: Counter[str] = Counter()

    def number(self, series: str) -> int:
        """Return the next number of a series."""
        self._counters[series] += 1
        return self._counters[series]

    def peek(self, series: str, used: int) -> None:
        """Let a series go on after a number that was given."""
        self._counters[series] = max(self._counters[series], used)

    def account(self, number: str, options: NetvisorOptions) -> chart.Account:
        """Return an account that may be posted to.

        Raises:
            Refused: There is none of that number, or it is not active.

        """
        found = self.accounts.get(number.strip())
        if found is None:
            raise invalid("account", value=number[:40])
        if not found.active and options.inactive_account == "refuse":
            raise invalid("inactive", value=number)
        return found

    def voucher_type(self, name: str) -> str:
        """Return a voucher type by its full name.

        Raises:
            Refused: There is none; abbreviations are none.

        """
        found = self._types.get(name.strip().casefold())
        if found is None:
            raise invalid("voucher_class", value=name[:60])
        return found

    def group(self, kind: str, name: str) -> int:
        """Return the key of a customer, vendor or product group, made when it is new."""
        groups = self.groups[kind]
        return groups.setdefault(name, len(groups) + 1)

    def dimension(self, name: str, item: str, *, create: bool) -> DimensionItem:
        """Return a value of a dimension.

        Raises:
            Refused: It is unknown and may not be made.

        """
        found = self.dimensions.get(name.casefold())
        if found is None:
            if not create:
                raise invalid("dimension", value=name[:60])
            found = Dimension(self.number("dimension"), name, hidden=False, items={})
            self.dimensions[name.casefold()] = found
        value = found.items.get(item.casefold())
        if value is None:
            if not create:
                raise invalid("dimension", value=item[:60])
            value = DimensionItem(self.number("dimension item"), item)
            found.items[item.casefold()] = value
        return value

    def named_dimensions(self, nodes: Iterable[Node], *, create: bool) -> Dimensions:
        """Return the dimensions of `dimension` elements, made when they are new and `create`.

        Raises:
            Refused: One has no name or value, or is unknown.

        """
        found = []
        for node in nodes:
            name, item = node.get("dimensionname"), node.get("dimensionitem")
            if not name or not item:
                raise invalid("missing", name="dimensionname" if not name else "dimensionitem")
            self.dimension(name, item, create=create)
            found.append((name, item))
        return tuple(found)

    def require_open(self, options: NetvisorOptions, day: date, *, vat: bool = False, purchase: bool = False) -> None:
        """Refuse a date in a locked period.

        Args:
            options: The lock dates.
            day: The date.
            vat: There is VAT on it, so the VAT lock counts too.
            purchase: It is a purchase invoice, so the purchase lock counts too.

        Raises:
            Refused: A lock covers it, or no accounting period has it and that is refused.

        """
        locks = [options.accounting_locked_until]
        if vat:
            locks.append(options.vat_locked_until)
        if purchase:
            locks.append(options.purchase_locked_until)
        until = max((lock for lock in locks if lock is not None), default=None)
        if until is not None and day <= until:
            raise Refused(options.locked_code, "lock", value=show_day(day), until=show_day(until))
        first, last = options.fiscal_years
        if options.outside_periods == "refuse" and not first <= day.year <= last:
            raise invalid("period", value=show_day(day))

    def post(self, voucher: Voucher) -> Voucher:
        """Enter a voucher in the ledger."""
        self.vouchers.put(voucher)
        self.voucher_numbers.add((voucher.type, voucher.date.year, voucher.number))
        self.peek(f"voucher {voucher.type} {voucher.date.year}", voucher.number)
        self.count(voucher, 1)
        return voucher

    def count(self, voucher: Voucher, sign: int) -> None:
        """Add a voucher's lines to the turnover of accounts, or take them off with -1."""
        for line in voucher.lines:
            sums = self.turnover.setdefault(line.account, {}).setdefault(voucher.date, [ZERO, ZERO])
            sums[0 if line.sum >= 0 else 1] += sign * abs(line.sum)

    def void(self, voucher: Voucher, status: str, moment: datetime) -> None:
        """Invalidate or delete a voucher; a valid one leaves the turnover."""
        if voucher.status == "valid":
            self.count(voucher, -1)
            self.voucher_numbers.discard((voucher.type, voucher.date.year, voucher.number))
        voucher.status = status
        self.vouchers.touch(voucher, moment)
        if status == "deleted":
            self.vouchers.deleted.append((moment, voucher.key))

    def line(
        self,
        account: str,
        amount: Decimal,
        description: str = "",
        vat: tuple[str, Decimal] = ("NONE", ZERO),
        dimensions: Dimensions = (),
    ) -> Line:
        """Return a new line of a voucher; a debit is positive."""
        return Line(self.number("voucher line"), amount, account, description, vat[1], vat[0], dimensions=dimensions)

    def balanced(self, lines: list[Line], options: NetvisorOptions, mode: str) -> list[Line]:
        """Return the lines of a voucher, with a rounding line where the mode adds one.

        Raises:
            Refused: Debit or credit is missing, or a voucher in net mode does not balance.

        """
        if not any(line.sum > 0 for line in lines) or not any(line.sum < 0 for line in lines):
            raise invalid("sides")
        difference = sum((line.sum for line in lines), ZERO)
        if not difference:
            return lines
        if mode == "net" and options.net_imbalance == "refuse":
            raise invalid("balance", value=show_money(difference))
        if mode == "net" and options.net_imbalance == "accept":
            return lines
        return [*lines, self.line(chart.DEFAULTS["RoundingOffDifference"], -cents(difference), "Pyöristys")]
