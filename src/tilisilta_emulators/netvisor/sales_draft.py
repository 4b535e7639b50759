"""A sales invoice from its message: customer, terms, rows and totals."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from tilisilta_emulators.netvisor import chart, vat
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, missing, wrong
from tilisilta_emulators.netvisor.ledger import read_lines, vat_of
from tilisilta_emulators.netvisor.records import Customer, Product, SalesInvoice, SalesRow
from tilisilta_emulators.netvisor.sales_shape import DATES, KEPT, LIMITS, STATUSES
from tilisilta_emulators.netvisor.shape import Node
from tilisilta_emulators.netvisor.values import ZERO, cents, day, decimal, flag, integer, show_money

_HUNDRED = Decimal(100)
_NAME_LIMIT = 200
_NUMBER_DIGITS = 18

_V = TypeVar("_V")


def build(call: Call, node: Node, old: SalesInvoice | None) -> SalesInvoice:
    """Return the invoice that the message describes; with `old`, what is left out stays.

    Raises:
        Refused: Anything is wrong; the books are as before, but for dimensions that were made.

    """
    kind = _kind(node, old)
    date_text = node.get("salesinvoicedate")
    date = day("salesinvoicedate", date_text) if date_text or old is None else old.date
    customer = _customer(call, node, old)
    rows = _rows(call, node, customer) if node.child("invoicelines") or old is None else old.rows
    net = sum((row.net for row in rows), ZERO)
    tax = sum((row.vat for row in rows), ZERO)
    amount, currency, rate = _amount(call, node, old, net + tax)
    invoice = SalesInvoice(
        key=old.key if old else 0,
        modified=call.now,
        kind=kind,
        number=_number(call, node, old, kind),
        date=date,
        due_date=date,
        customer=customer,
        status=_status(node, old, kind),
        head=dict(old.head) if old else {},
        amount=amount,
        currency=currency,
        rate=rate,
        rows=rows,
        net=net,
        vat=tax,
        voucher_key=old.voucher_key if old else 0,
        paid=old.paid if old else ZERO,
        matched=old.matched if old else [],
        attachments=list(old.attachments) if old else [],
        voucher_lines=old.voucher_lines if old else [],
    )
    _head(call, node, invoice, old)
    _terms(node, invoice, old)
    _extras(call, node, invoice)
    return invoice


def _kind(node: Node, old: SalesInvoice | None) -> str:
    kind = node.get("invoicetype").lower() or (old.kind if old else "invoice")
    if kind not in STATUSES or (old is not None and (kind == "order") != (old.kind == "order")):
        raise wrong("invoicetype", kind)
    return kind


def _status(node: Node, old: SalesInvoice | None, kind: str) -> str:
    given = node.child("salesinvoicestatus")
    if given is None and old is not None:
        return old.status
    status = given.text.lower() if given else ""
    if status not in STATUSES[kind]:
        raise wrong("salesinvoicestatus", status)
    return status


def _number(call: Call, node: Node, old: SalesInvoice | None, kind: str) -> str:
    books = call.books
    wanted = node.get("salesinvoicenumber")
    order = kind == "order"
    series = "sales order" if order else "sales invoice"
    if not wanted:
        if old is not None:
            return old.number
        while True:
            number = str(books.number(series))
            if (order, number) not in books.sales_numbers:
                return number
    number = str(integer("salesinvoicenumber", wanted, digits=_NUMBER_DIGITS))
    taken = books.sales_numbers.get((order, number))
    if taken is not None and (old is None or taken != old.key) and call.options.number_clash == "refuse":
        raise Refused("DUPLICATE_DATA", "duplicate", name="salesinvoicenumber", value=number)
    return number


def _customer(call: Call, node: Node, old: SalesInvoice | None) -> Customer:
    books = call.books
    given = node.child("invoicingcustomeridentifier")
    if given is None or not given.text:
        if old is not None:
            return old.customer
        raise missing("invoicingcustomeridentifier")
    found: Customer | None = None
    match given.attributes.get("type", "").lower():
        case "netvisor":
            found = books.customers.by_key.get(integer("invoicingcustomeridentifier", given.text))
        case "customer":
            found = books.customers.by_key.get(books.customer_codes.get(given.text.casefold(), 0))
        case _:
            matches = (item for item in books.customers if item.fields.get("organizationunitnumber") == given.text)
            found = next(matches, None)
    if found is None:
        raise invalid("customer", value=given.text[:60])
    return found


def _amount(call: Call, node: Node, old: SalesInvoice | None, computed: Decimal) -> tuple[Decimal, str, Decimal]:
    """Return amount, currency and rate; a given amount is used as it is."""
    given = node.child("salesinvoiceamount")
    if given is None:
        if old is None or node.child("invoicelines") is None:
            return (old.amount, old.currency, old.rate) if old else (computed, "EUR", Decimal(1))
        return computed, old.currency, old.rate
    currency = given.attributes.get("iso4217currencycode", "").upper() or "EUR"
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise wrong("iso4217currencycode", currency)
    # Typed clients write 0 for a rate that they do not have.
    rate = decimal("currencyrate", given.attributes.get("currencyrate") or "1") or Decimal(1)
    if rate < 0:
        raise wrong("currencyrate", rate)
    if not given.text:
        return computed, currency, rate
    amount = cents(decimal("salesinvoiceamount", given.text))
    tolerance = call.options.total_tolerance
    if tolerance is not None and abs(amount - computed) > tolerance:
        raise invalid("total", value=show_money(amount), open=show_money(computed))
    return amount, currency, rate


def _head(call: Call, node: Node, invoice: SalesInvoice, old: SalesInvoice | None) -> None:
    for leaf in node.children:
        if leaf.tag in KEPT:
            invoice.head[leaf.tag] = call.fit(leaf.tag, leaf.text, LIMITS.get(leaf.tag))
    for name in DATES:
        if invoice.head.get(name):
            invoice.head[name] = day(name, invoice.head[name]).isoformat()
    reference = node.child("salesinvoicereferencenumber")
    kept = old.reference if old else ""
    given = kept if reference is None else call.fit(reference.tag, reference.text, 40).replace(" ", "")
    invoice.reference = given or reference_of(invoice.number)
    account = node.child("overridevouchersalesreceivablesaccountnumber")
    invoice.receivables = old.receivables if old and account is None else ""
    if account is not None and account.text:
        invoice.receivables = call.books.account(account.text, call.options).number


def reference_of(number: str) -> str:
    """Return the Finnish reference number of an invoice that was given none: its number and a 7-3-1 check digit."""
    base = f"10{number}"
    total = sum(int(digit) * (7, 3, 1)[at % 3] for at, digit in enumerate(reversed(base)))
    return f"{base}{-total % 10}"


def _kept(node: Node, tag: str, read: Callable[[str, str], _V], old: _V, blank: _V) -> _V:
    """Return what an element says, `blank` when it is empty, `old` when it is not there."""
    found = node.child(tag)
    if found is None:
        return old
    return read(tag, found.text) if found.text else blank


def _terms(node: Node, invoice: SalesInvoice, old: SalesInvoice | None) -> None:
    invoice.partial = _kept(node, "expectpartialpayments", flag, bool(old and old.partial), blank=False)
    invoice.discount_days = _kept(node, "paymenttermcashdiscountdays", _days, old.discount_days if old else None, None)
    invoice.discount = _kept(node, "paymenttermcashdiscount", _optional, old.discount if old else None, None)
    due_text = node.get("salesinvoiceduedate")
    discount = node.child("paymenttermcashdiscount")
    invoice.discount_is_sum = bool(old and old.discount_is_sum)
    if discount is not None:
        invoice.discount_is_sum = discount.attributes.get("type", "").strip().lower() == "sum"
    invoice.net_days = _kept(node, "paymenttermnetdays", _days, None if due_text or old is None else old.net_days, None)
    if due_text:
        invoice.due_date = day("salesinvoiceduedate", due_text)
        return
    if invoice.net_days is None and node.child("paymentterm") is not None:
        text = node.get("paymentterm")
        invoice.net_days = _days("paymentterm", text) if text.isdigit() else 14
    if invoice.net_days is not None:
        invoice.due_date = _later(invoice.date, invoice.net_days)
    elif old is not None:
        invoice.due_date = old.due_date
    elif invoice.kind == "invoice":
        raise missing("paymenttermnetdays")


def _days(name: str, text: str) -> int | None:
    days = integer(name, text)
    if days > 3650:
        raise wrong(name, text)
    return days


def _optional(name: str, text: str) -> Decimal | None:
    return decimal(name, text)


def _later(start: date, days: int) -> date:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise wrong("paymenttermnetdays", days) from None


def _extras(call: Call, node: Node, invoice: SalesInvoice) -> None:
    frames = node.all("invoicevoucherlines")
    if frames:
        nodes = [line for frame in frames for line in frame.children]
        invoice.voucher_lines = read_lines(call, nodes, "net", vat.WIDEST)
    for frame in node.all("salesinvoiceattachments"):
        for item in frame.children:
            flag("printbydefault", item.get("printbydefault") or "0")
            invoice.attachments.append(call.attachment(item))


def _rows(call: Call, node: Node, customer: Customer) -> list[SalesRow]:
    rows = []
    for line in node.child("invoicelines").children:  # type: ignore[union-attr]
        content = line.children[0]
        if content.tag == "salesinvoiceproductline":
            rows.append(_row(call, content, customer))
        elif content.tag == "salesinvoicecommentline":
            text = call.fit("comment", content.get("comment"))
            rows.append(SalesRow(key=call.books.number("sales row"), comment=text))
    if not any(row.comment is None for row in rows):
        raise missing("salesinvoiceproductline")
    return rows


def _row(call: Call, node: Node, customer: Customer) -> SalesRow:
    books = call.books
    product = _product(call, node)
    name = call.fit("productname", node.get("productname"), _NAME_LIMIT) or (product.name if product else "")
    if not name:
        raise missing("productname")
    rate_node = node.child("productvatpercentage")
    rate = decimal("productvatpercentage", rate_node.text if rate_node else "")
    account = _account(call, node, product, customer)
    code = (rate_node.attributes.get("vatcode") if rate_node else None) or _code(account, rate)
    price, gross = _price(node, product)
    row = SalesRow(
        key=books.number("sales row"),
        name=name,
        identifier=node.get("productidentifier"),
        product_key=product.key if product else 0,
        unit_price=price,
        vat_percent=rate,
        vat_code=vat.check(code, rate, call.options),
        quantity=decimal("salesinvoiceproductlinequantity", node.get("salesinvoiceproductlinequantity")),
        discount=decimal("discount", node.get("salesinvoiceproductlinediscountpercentage") or "0"),
        free_text=call.fit("freetext", node.get("salesinvoiceproductlinefreetext")),
        unit=node.get("productunitname") or (product.fields.get("unit", "") if product else ""),
        account=account.number,
        dimensions=books.named_dimensions(node.all("dimension"), create=call.options.create_dimensions),
    )
    _sums(call, node, row, gross=gross)
    return row


def _product(call: Call, node: Node) -> Product | None:
    books = call.books
    given = node.child("productidentifier")
    text = given.text if given else ""
    if not text:
        if call.options.product_code_required:
            raise missing("productidentifier")
        return None
    match (given.attributes.get("type", "") if given else "").lower():
        case "netvisor":
            key = integer("productidentifier", text)
        case "customer":
            key = books.product_codes.get(text.casefold(), 0)
        case _:
            key = books.ean_codes.get(text, 0)
    found = books.products.by_key.get(key)
    if found is None:
        raise invalid("product", value=text[:60])
    return found


def _account(call: Call, node: Node, product: Product | None, customer: Customer) -> chart.Account:
    """Return the suggested account, the product's, or the company's, by the customer's country."""
    country = customer.fields.get("country", "") or "FI"
    if country == "FI":
        kept, default = "defaultdomesticaccountnumber", "SalesDomesticDefault"
    elif country in vat.EU:
        kept, default = "defaulteuaccountnumber", "SalesEUDefault"
    else:
        kept, default = "defaultoutsideeuaccountnumber", "SalesOutsideEUDefault"
    own = product.fields.get(kept, "") if product else ""
    number = node.get("accountingaccountsuggestion") or own or chart.DEFAULTS[default]
    return call.books.account(number, call.options)


def _code(account: chart.Account, rate: Decimal) -> str:
    if account.vat_code in vat.ZERO_RATED and rate:
        return "KOMY"
    return account.vat_code


def _price(node: Node, product: Product | None) -> tuple[Decimal, bool]:
    given = node.child("productunitprice")
    text = given.text if given else ""
    sort = given.attributes.get("type", "").lower() if given else ""
    if sort == "netvisor":
        if product is None:
            raise wrong("productunitprice@type", sort)
        return product.unit_price, product.gross
    return decimal("productunitprice", text), sort == "gross"


def _sums(call: Call, node: Node, row: SalesRow, *, gross: bool) -> None:
    amount = row.quantity * row.unit_price * (_HUNDRED - row.discount) / _HUNDRED
    if abs(amount) >= Decimal(10) ** 12:
        raise wrong("salesinvoiceproductlinequantity", row.quantity)
    if gross:
        row.vat = vat_of(amount, row.vat_percent, gross=True)
        row.net = cents(amount) - row.vat
    else:
        row.net = cents(amount)
        row.vat = vat_of(amount, row.vat_percent, gross=False)
    tax_text, sum_text = node.get("salesinvoiceproductlinevatsum"), node.get("salesinvoiceproductlinesum")
    if not tax_text or not sum_text:
        # One without the other counts for nothing.
        return
    tax = cents(decimal("salesinvoiceproductlinevatsum", tax_text))
    total = cents(decimal("salesinvoiceproductlinesum", sum_text))
    with_vat = call.options.line_sum == "gross" or (
        call.options.line_sum == "auto" and abs(total - row.net - row.vat) < abs(total - row.net)
    )
    row.vat, row.net = tax, total - tax if with_vat else total
