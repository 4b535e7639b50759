"""Sales payments: salespayment.nv, salespaymentlist.nv, deletesalespayment.nv.

Order of elements: the vendor's salespayment.dtd of 2021.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from tilisilta_emulators.netvisor import chart, vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.ledger import enter, read_lines
from tilisilta_emulators.netvisor.records import Line, SalesInvoice, SalesPayment
from tilisilta_emulators.netvisor.sales_invoices import in_euros, posted, settle
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.values import ZERO, cents, day, decimal, integer, show_day, show_money, show_stamp

PAYMENT = Shape(
    "salespayment",
    {
        "salespayment": "sum paymentdate targetidentifier sourcename paymentmethod salespaymentvoucherlines*",
        "salespaymentvoucherlines": "voucherline+",
        "voucherline": "linesum description? accountnumber vatpercent dimension*",
        "dimension": "dimensionname dimensionitem",
    },
    {
        "targetidentifier@type": "required netvisor invoicenumber reference",
        "targetidentifier@targettype": "optional invoice order",
        "paymentmethod@type": "required alternative bankaccount",
        "linesum@type": "required net gross",
        "vatpercent@vatcode": "required",
    },
)

# Alternative payment methods that a company begins with, and the account each is settled on.
METHODS = {"korttimaksu": chart.CARD, "käteinen": "1900", "verkkomaksu": chart.CARD, "tilisiirto": chart.BANK}


# Sources of a payment are numbers; only that 1 is a reference transaction of the bank is known.
_BANK_SOURCE, _OTHER_SOURCE = 1, 2


def add(call: Call) -> str:
    """POST salespayment.nv: enter a payment of an invoice."""
    node = call.message(PAYMENT)
    total = cents(decimal("sum", node.get("sum")))
    date = day("paymentdate", node.get("paymentdate"))
    invoice = _target(call, node)
    _require_fits(invoice, total, date)
    call.books.require_open(call.options, date)
    method = node.child("paymentmethod")
    attributes = method.attributes if method else {}
    payment = SalesPayment(
        key=0,
        modified=call.now,
        name=call.fit("sourcename", node.get("sourcename")),
        date=date,
        sum=total,
        currency=_currency(node, invoice),
        reference=invoice.reference,
        invoice=invoice,
        method=call.fit("paymentmethod", node.get("paymentmethod")),
        method_type=attributes.get("type", "").lower(),
        account=_account(call, node),
    )
    receivables = attributes.get("overridesalesreceivableaccountnumber", "").strip()
    receivables = receivables or invoice.receivables or chart.DEFAULTS["SalesReceivables"]
    receivables = call.books.account(receivables, call.options).number
    nodes = [line for frame in node.all("salespaymentvoucherlines") for line in frame.children]
    lines = read_lines(call, nodes, "net", vat.SALES_PAYMENT)
    enter_payment(call, payment, receivables, lines)
    return xml.replies(payment.key)


def _currency(node: Node, invoice: SalesInvoice) -> str:
    given = node.child("sum")
    currency = (given.attributes.get("currency") if given else None) or "EUR"
    if currency.upper() not in {"EUR", invoice.currency}:
        raise wrong("sum@currency", currency)
    return currency.upper()


def _target(call: Call, node: Node) -> SalesInvoice:
    """Return the invoice that is paid; of several with one reference the oldest open one."""
    books = call.books
    given = node.child("targetidentifier")
    text = given.text if given else ""
    sort = given.attributes.get("type", "").lower() if given else ""
    order = bool(given) and given is not None and given.attributes.get("targettype", "").lower() == "order"
    table = books.orders if order else books.sales
    found: SalesInvoice | None = None
    if sort == "netvisor":
        found = table.by_key.get(integer("targetidentifier", text))
    elif sort == "invoicenumber":
        found = table.by_key.get(books.sales_numbers.get((order, text), 0))
    else:
        keys = books.references.get(text.replace(" ", "").lstrip("0"), [])
        candidates = [table.by_key[key] for key in keys if key in table.by_key]
        found = next((item for item in candidates if item.open), candidates[0] if candidates else None)
    if found is None or not (order or posted(found)):
        raise invalid("invoice", value=text[:60])
    return found


def _require_fits(invoice: SalesInvoice, total: Decimal, date: date) -> None:
    """Refuse a sum that does not fit: whole open sum, or within the cash discount, unless parts are expected."""
    remaining = invoice.open
    if not remaining:
        raise invalid("paid", value=invoice.number)
    if not total or (total > 0) != (remaining > 0) or abs(total) > abs(remaining):
        raise invalid("payment_sum", value=show_money(total), open=show_money(remaining))
    if invoice.partial or total == remaining:
        return
    least = abs(remaining)
    if invoice.discount and date <= invoice.date + timedelta(days=invoice.discount_days or 0):
        least -= invoice.discount if invoice.discount_is_sum else cents(least * invoice.discount / 100)
    if abs(total) < least:
        raise invalid("payment_sum", value=show_money(total), open=show_money(remaining))


def _account(call: Call, node: Node) -> str:
    method = node.child("paymentmethod")
    if method is None:
        return chart.BANK
    override = method.attributes.get("overrideaccountingaccountnumber", "").strip()
    if override:
        return call.books.account(override, call.options).number
    if method.attributes.get("type", "").lower() == "bankaccount":
        number = call.books.bank_accounts.get(method.text.replace(" ", "").upper())
        if number is None:
            raise wrong("paymentmethod", method.text)
        return number
    number = METHODS.get(method.text.casefold())
    if number is None and call.options.payment_methods == "known":
        raise wrong("paymentmethod", method.text)
    return number or chart.CARD


def enter_payment(call: Call, payment: SalesPayment, receivables: str, own: list[Line]) -> None:
    """Put a payment in the books: bank against receivables, cash discount to its account."""
    books, invoice = call.books, payment.invoice
    payment.key = books.sales_payments.next_key()
    foreign = payment.currency != "EUR"
    money = in_euros(call, invoice, payment.sum) if foreign else payment.sum
    settled = payment.sum
    if not invoice.partial:
        # What is less than the open sum was a cash discount, as anything else was refused.
        settled = invoice.open
    owed = in_euros(call, invoice, settled) if foreign else settled
    text = f"{payment.name}, lasku {invoice.number}"
    if own and sum((line.sum for line in own), ZERO) == 0:
        lines = own
    else:
        lines = [books.line(payment.account, money, text), *own]
        rest = sum((line.sum for line in lines), ZERO) if own else owed
        lines.append(books.line(receivables, -rest, text))
        if not own and owed != money:
            lines.append(books.line(chart.DEFAULTS["SalesDiscount"], owed - money, "Kassa-alennus"))
    voucher = enter(call, chart.SALES_PAYMENT_VOUCHER, payment.date, text, lines, source=("", 0))
    voucher.source = "salespayment"
    voucher.source_key = payment.key
    payment.voucher_key = voucher.key
    payment.settled = settled
    payment.foreign = payment.sum if foreign else None
    books.sales_payments.put(payment)
    settle(call, invoice, settled)


def listing(call: Call) -> str:
    """GET salespaymentlist.nv."""
    keep = _filter(call)
    return xml.group("SalesPaymentList", *(_show(call, item) for item in _chosen(call) if keep(item)))


def _chosen(call: Call) -> Iterator[SalesPayment]:
    table = call.books.sales_payments
    above = call.integer("abovenetvisorkey")
    if above is not None:
        yield from table.ordered.between(above + 1)
    elif call.has("lastmodifiedstart", "lastmodifiedend"):
        yield from table.modified.between(call.moment("lastmodifiedstart"), call.moment("lastmodifiedend", end=True))
    elif call.has("begindate", "enddate"):
        yield from table.days.between(call.day("begindate"), call.day("enddate"))
    else:
        yield from table.ordered


def _filter(call: Call) -> Callable[[SalesPayment], bool]:
    above = call.integer("abovenetvisorkey")
    begin, end = call.day("begindate"), call.day("enddate")
    since, until = call.moment("lastmodifiedstart"), call.moment("lastmodifiedend", end=True)
    name = call.text("searchbyname").casefold()
    key, number = call.filter_key("invoicenetvisorkey"), call.text("invoicenumber")
    kind = call.text("limitbytype").lower()
    if kind not in {"", "onlycreditloss", "excludecreditloss"}:
        raise wrong("limitbytype", kind)
    # Every payment here is linked to an invoice, so 0, "those without an invoice", finds none.
    unlinked = call.has("limitlinkedpayments") and not call.on("limitlinkedpayments")

    def keep(item: SalesPayment) -> bool:
        loss = item.invoice.status == "creditloss"
        return not (
            unlinked
            or (above is not None and item.key <= above)
            or (begin is not None and item.date < begin)
            or (end is not None and item.date > end)
            or (since is not None and item.modified < since)
            or (until is not None and item.modified > until)
            or (name and name not in item.name.casefold())
            or (key is not None and item.invoice.key != key)
            or (number and item.invoice.number != number)
            or (kind == "onlycreditloss" and not loss)
            or (kind == "excludecreditloss" and loss)
        )

    return keep


def _show(call: Call, item: SalesPayment) -> str:
    account = call.books.accounts.get(item.account)
    bank = item.method_type == "bankaccount"
    return xml.group(
        "SalesPayment",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("Name", item.name),
        xml.leaf("Date", show_day(item.date, finnish=call.options.finnish_dates)),
        xml.leaf("Sum", show_money(item.sum)),
        xml.leaf("ReferenceNumber", item.reference),
        xml.leaf("ForeignCurrencyAmount", None if item.foreign is None else show_money(item.foreign)),
        xml.leaf("InvoiceNumber", item.invoice.number),
        xml.leaf("PaymentAccountName", account.name if account else ""),
        xml.leaf("VoucherID", item.voucher_key),
        xml.leaf("LastModifiedTimestamp", show_stamp(item.modified)),
        xml.leaf("PaymentAccountNumber", item.method.replace(" ", "").upper() if bank else ""),
        xml.leaf("PaymentSource", _BANK_SOURCE if bank else _OTHER_SOURCE),
        xml.leaf("BankStatus", "OK"),
        xml.leaf("BankStatusErrorDescription", None, {"code": ""}),
    )


def delete(call: Call) -> str:
    """GET deletesalespayment.nv: delete a payment; its voucher is invalidated and the invoice open again."""
    key = call.required_key("paymentid")
    books = call.books
    payment = books.sales_payments.by_key.get(key)
    if payment is None:
        raise invalid("payment", value=key)
    books.require_open(call.options, payment.date)
    voucher = books.vouchers.by_key.get(payment.voucher_key)
    if voucher is not None and voucher.status == "valid":
        books.void(voucher, "invalidated", call.now)
    books.sales_payments.remove(payment, call.now)
    settle(call, payment.invoice, -payment.settled)
    return ""
