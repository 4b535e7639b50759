"""An invoice as it is sent: read, checked in full, and only then entered; section 6 of the vendor sheet."""

from base64 import b64decode
from binascii import Error
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from tilisilta_emulators.merit import chart, items
from tilisilta_emulators.merit.call import Call
from tilisilta_emulators.merit.errors import bad_format, business, no_value
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.records import File, Item, Row
from tilisilta_emulators.merit.values import HUNDRED, ZERO, bankers, cents


@dataclass
class Rows:
    """Rows read from an invoice, the items that have to be created with it, and the sums in both roundings."""

    rows: list[Row] = field(default_factory=list)
    new_items: dict[str, Item] = field(default_factory=dict)
    stock: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    even_net: Decimal = ZERO
    even_vat: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def net(self) -> Decimal:
        """Sum of the rows without VAT."""
        return sum((row.net for row in self.rows), ZERO)

    def vat(self) -> dict[str, Decimal]:
        """Return the sum of row VAT by tax id."""
        sums: dict[str, Decimal] = {}
        for row in self.rows:
            sums[row.tax.id] = sums.get(row.tax.id, ZERO) + row.vat
        return sums


def read_rows(call: Call, *, sales: bool) -> Rows:
    """Read `InvoiceRow`.

    Raises:
        Refused: 500 when rows or (on sales) an item are missing, 400 for what is not known or not allowed.
    """
    forms = call.form.need_children("InvoiceRow")
    if not forms:
        raise no_value("InvoiceRow")
    if len(forms) > call.options.row_limit:
        raise business(f"Arvel on liiga palju ridu (max {call.options.row_limit})")
    found = Rows()
    for form in forms:
        _read_row(call, form, found, sales=sales)
    return found


def _read_row(call: Call, form: Form, found: Rows, *, sales: bool) -> None:
    item_form = form.child("Item")
    if item_form is None and sales:
        raise no_value("Item")
    item = _item(call, item_form, found)
    tax = call.books.settings.taxes.get(form.guid("TaxId") or "")
    if tax is None:
        raise business(f"Käibemaksu {form.text('TaxId') or ''} ei leitud")
    given = form.decimal("Quantity")
    quantity = Decimal(1) if given is None else round(given, 3)
    price = form.decimal("Price")
    if price is None:
        price = item.price if item is not None and item.price is not None else ZERO
    price = round(price, 7)
    percent, discount = form.decimal("DiscountPct") or ZERO, form.decimal("DiscountAmount") or ZERO
    if abs(percent) > HUNDRED:
        raise business("Allahindluse protsent ei ole lubatud")
    before = quantity * price
    exact = before - discount if discount else before * (HUNDRED - percent) / HUNDRED
    if abs(exact) >= 10**12:
        raise business("Rea summa on liiga suur")
    net, even = cents(exact), bankers(exact)
    cost = form.decimal("ItemCostAmount")
    is_stock = item is not None and item.type == items.STOCK
    if sales and is_stock and quantity < 0 and cost is None:
        raise business("Kohustuslik väli puudu: ItemCostAmount")
    project, cost_center = call.objects(form)
    account = call.account(form) or (
        (item.sales_account if sales else item.purchase_account) if item is not None else None
    )
    if account is None and not sales:
        account = call.account(form, "PurchaseAccCode") or chart.SERVICES_BOUGHT
    form.day("VatDate")
    found.even_net += even
    found.even_vat[tax.id] += bankers(even * tax.pct / HUNDRED)
    if is_stock and item is not None:
        found.stock.append((item.code.casefold(), -quantity if sales else quantity, price))
    found.rows.append(
        Row(
            item.code if item is not None else None,
            _description(form, item_form, item),
            quantity,
            price,
            tax,
            net,
            cents(net * tax.pct / HUNDRED),
            account or chart.SALES,
            _unit(item_form, item),
            percent,
            cents(discount or before * percent / HUNDRED),
            cents(cost or ZERO),
            call.known(form, "LocationCode", 20, call.books.settings.locations, "Ladu"),
            call.department(form),
            project,
            cost_center,
            call.dimensions(form),
        )
    )


def _item(call: Call, form: Form | None, found: Rows) -> Item | None:
    if form is None:
        return None
    code = form.need_text("Code", 20)
    form.need_text("Description", 150)
    known = call.books.items_by_code.get(code.casefold()) or found.new_items.get(code.casefold())
    if known is None:
        known = found.new_items[code.casefold()] = items.read(call, form)
    else:
        form.integer("Type", range(4))
    return known


def _description(form: Form, item_form: Form | None, item: Item | None) -> str:
    shown = (item_form.text("Description", 150) if item_form else None) or form.text("Description", 150)
    return shown or (item.name if item else "")


def _unit(item_form: Form | None, item: Item | None) -> str | None:
    return (item_form.text("UOMName", 64) if item_form else None) or (item.unit if item else None)


@dataclass
class Sums:
    """Sums of an invoice as they are entered."""

    net: Decimal
    vat: Decimal
    rounding: Decimal


def read_sums(call: Call, found: Rows, *, sales: bool) -> Sums:
    """Read the sums and compare them with the rows.

    VAT stays positive on credits on the wire; a minus is taken too. Rows are rounded one by one, half away from
    zero or half to even, since which of the two the vendor does is unknown.

    Raises:
        Refused: 500 when TaxAmount is missing, 400 when a sum does not match or a tax is not known.
    """
    form, options = call.form, call.options
    given: dict[str, Decimal] = {}
    for entry in form.need_children("TaxAmount"):
        identity = entry.need_guid("TaxId")
        if identity not in call.books.settings.taxes:
            raise business(f"Käibemaksu {identity} ei leitud")
        given[identity] = given.get(identity, ZERO) + cents(entry.decimal("Amount") or ZERO)
    counted = found.vat()
    if not given and options.empty_tax_amount == "count":
        given = dict(counted)
    rounding = cents(form.decimal("RoundingAmount") or ZERO)
    total = form.decimal("TotalAmount")
    net = found.net
    if total is not None:
        total = cents(total)
        if options.check_totals and total not in {net, found.even_net}:
            raise business(f"Arve summa {total} ei vasta ridade summale {net}")
        net = total
    vat = ZERO
    for identity in {**counted, **given}:
        amount = given.get(identity, ZERO)
        expected, even = counted.get(identity, ZERO), found.even_vat[identity]
        tax = call.books.settings.taxes[identity]
        reverse = tax.reverse and not sales
        if options.check_totals and not _matches(amount, (expected, even), options.vat_tolerance, zero=reverse):
            raise business(f"Käibemaksu summa {amount} ei vasta ridade käibemaksule {expected}")
        if not reverse:
            # The sign is that of the rows, whichever way the amount was sent.
            vat += abs(amount) if expected > 0 else -abs(amount) if expected < 0 else amount
    return Sums(net, vat, rounding)


def _matches(amount: Decimal, expected: tuple[Decimal, ...], tolerance: Decimal, *, zero: bool) -> bool:
    if zero and amount == 0:
        return True
    return any(abs(abs(amount) - abs(one)) <= tolerance for one in expected)


def enter_items(call: Call, found: Rows) -> None:
    """Create the items that were not known and move the stock."""
    for item in found.new_items.values():
        items.enter(call, item)
    move_stock(call, found.stock)


def move_stock(call: Call, moves: list[tuple[str, Decimal, Decimal]]) -> None:
    """Add to what is in stock, by item code."""
    for code, quantity, price in moves:
        item = call.writing().items_by_code.get(code)
        if item is not None and item.type == items.STOCK:
            item.quantity += quantity
            if quantity > 0:
                item.last_price = price


def stock_of(rows: list[Row], *, sales: bool) -> list[tuple[str, Decimal, Decimal]]:
    """Return the moves that take back those of an invoice."""
    return [(row.code.casefold(), row.quantity if sales else -row.quantity, ZERO) for row in rows if row.code]


def read_file(form: Form | None, name: str, content: str) -> File | None:
    """Return an attachment, or None.

    Raises:
        Refused: 500, the content is not base64.
    """
    body = form.text(content) if form is not None else None
    if form is None or body is None:
        return None
    # .NET skips blanks and line breaks, which some encoders put in.
    body = "".join(body.split())
    try:
        b64decode(body, validate=True)
    except (Error, ValueError):
        raise bad_format(content, body) from None
    return File(form.text(name, 100) or "fail.pdf", body)
