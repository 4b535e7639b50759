"""Writing sales invoices: salesinvoice.nv, status, deletion and matching of credit notes."""

from decimal import Decimal

from tilisilta_emulators.netvisor import chart, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.ledger import enter
from tilisilta_emulators.netvisor.records import Line, SalesInvoice
from tilisilta_emulators.netvisor.sales_draft import build
from tilisilta_emulators.netvisor.sales_shape import MATCH, SALES_INVOICE
from tilisilta_emulators.netvisor.table import Table
from tilisilta_emulators.netvisor.values import ZERO, cents, integer

STATUS_LIMIT = 100
_STATUSES = ("open", "overdue", "reminded", "requested", "collected", "paid", "creditloss", "unsent")


def write(call: Call) -> str:
    """POST salesinvoice.nv: add answers the key, edit only the status."""
    if call.method() == "add":
        invoice = build(call, call.message(SALES_INVOICE), None)
        _require_open(call, invoice)
        enter_invoice(call, invoice)
        return xml.replies(invoice.key)
    key = call.required_key("id")
    old = call.books.sales.by_key.get(key) or call.books.orders.by_key.get(key)
    if old is None:
        raise invalid("invoice", value=key)
    if old.paid or old.matched or old.status in {"paid", "creditloss"}:
        raise invalid("settled", value=key)
    invoice = build(call, call.message(SALES_INVOICE, edit=True), old)
    _require_open(call, old)
    _require_open(call, invoice)
    withdraw(call, old)
    enter_invoice(call, invoice)
    return ""


def _require_open(call: Call, invoice: SalesInvoice) -> None:
    if posted(invoice):
        call.books.require_open(call.options, invoice.date, vat=bool(invoice.vat))


def posted(invoice: SalesInvoice) -> bool:
    """Return whether an invoice of this kind and status is in the ledger."""
    return invoice.kind == "invoice" and invoice.status != "unsent"


def table_of(call: Call, invoice: SalesInvoice) -> Table[SalesInvoice]:
    """Return the table of invoices or of orders."""
    return call.books.orders if invoice.kind == "order" else call.books.sales


def enter_invoice(call: Call, invoice: SalesInvoice) -> None:
    """Put a new or changed invoice in the books, with its voucher when it is open."""
    books = call.books
    if not invoice.key:
        # Invoices and orders share their keys, as the edit names either by `id`.
        invoice.key = books.number("sales document")
    table_of(call, invoice).put(invoice)
    order = invoice.kind == "order"
    books.sales_numbers.setdefault((order, invoice.number), invoice.key)
    if invoice.number.isdigit():
        books.peek("sales order" if order else "sales invoice", int(invoice.number))
    if invoice.reference and not order:
        books.references.setdefault(invoice.reference.lstrip("0"), []).append(invoice.key)
    books.customer_invoices.setdefault(invoice.customer.key, {})[invoice.key] = None
    if posted(invoice):
        post(call, invoice)


def withdraw(call: Call, invoice: SalesInvoice) -> None:
    """Take an invoice's voucher and look-ups out of the books before it is changed or deleted."""
    books = call.books
    number = (invoice.kind == "order", invoice.number)
    if books.sales_numbers.get(number) == invoice.key:
        del books.sales_numbers[number]
    keys = books.references.get(invoice.reference.lstrip("0"), [])
    if invoice.key in keys:
        keys.remove(invoice.key)
    books.customer_invoices.get(invoice.customer.key, {}).pop(invoice.key, None)
    _unpost(call, invoice)


def _unpost(call: Call, invoice: SalesInvoice) -> None:
    voucher = call.books.vouchers.by_key.get(invoice.voucher_key)
    if voucher is not None and voucher.status == "valid":
        call.books.void(voucher, "invalidated", call.now)


def in_euros(call: Call, invoice: SalesInvoice, amount: Decimal) -> Decimal:
    """Return an amount of the invoice in euros."""
    if invoice.rate == 1:
        return amount
    return cents(amount / invoice.rate if call.options.currency_rate == "divide" else amount * invoice.rate)


def post(call: Call, invoice: SalesInvoice) -> None:
    """Enter the voucher of an invoice: receivables against sales and VAT debt."""
    books = call.books
    receivables = invoice.receivables or chart.DEFAULTS["SalesReceivables"]
    total = in_euros(call, invoice, invoice.amount)
    text = f"{invoice.customer.name}, lasku {invoice.number}"
    lines = [books.line(receivables, total, text)]
    own = invoice.voucher_lines
    if own and sum((line.sum for line in own), ZERO) == 0:
        lines = own
    elif own:
        # Lines of their own that do not balance are what stands against the receivables, debit or credit.
        sign = -1 if sum((line.sum for line in own), ZERO) * total > 0 else 1
        lines += [
            books.line(line.account, sign * line.sum, line.description, (line.vat_code, line.vat_percent),
                       line.dimensions)
            for line in own
        ]  # fmt: skip
    else:
        lines += _sales_lines(call, invoice, text)
    voucher = enter(call, chart.SALES_VOUCHER, invoice.date, text, lines, source=("salesinvoice", invoice.key))
    invoice.voucher_key = voucher.key


def _sales_lines(call: Call, invoice: SalesInvoice, text: str) -> list[Line]:
    books = call.books
    sales: dict[tuple[object, ...], Decimal] = {}
    taxes: dict[Decimal, Decimal] = {}
    for row in invoice.rows:
        place = (row.account, row.vat_code, row.vat_percent, row.dimensions)
        sales[place] = sales.get(place, ZERO) + row.net
        taxes[row.vat_percent] = taxes.get(row.vat_percent, ZERO) + row.vat
    lines = []
    for (account, code, rate, dimensions), amount in sales.items():
        value = -in_euros(call, invoice, amount)
        lines.append(books.line(account, value, text, (code, rate), dimensions))  # type: ignore[arg-type]
    debt = chart.DEFAULTS["SalesVATDebt"]
    for rate, amount in taxes.items():
        if amount:
            name = f"ALV {rate.normalize():f} %".replace(".", ",")
            lines.append(books.line(debt, -in_euros(call, invoice, amount), name))
    return lines


def set_status(call: Call) -> str:
    """POST updatesalesinvoicestatus.nv: any status away from unsent makes the voucher, unsent takes it away."""
    status = call.text("status").lower()
    if status not in _STATUSES:
        raise invalid("parameter", name="status")
    keys = call.keys("netvisorkeylist", STATUS_LIMIT)
    single = call.integer("netvisorkey")
    keys += [] if single is None else [single]
    if not keys:
        raise invalid("parameter", name="netvisorkey")
    chosen = []
    for key in dict.fromkeys(keys):
        invoice = call.books.sales.by_key.get(key)
        if invoice is None or invoice.kind != "invoice":
            raise invalid("invoice", value=key)
        if status == "unsent" and (invoice.paid or invoice.matched or invoice.status in {"paid", "creditloss"}):
            raise invalid("settled", value=key)
        if "unsent" in {invoice.status, status} and invoice.status != status:
            call.books.require_open(call.options, invoice.date, vat=bool(invoice.vat))
        chosen.append(invoice)
    for invoice in chosen:
        was_sent = posted(invoice)
        invoice.status = status
        if posted(invoice) and not was_sent:
            post(call, invoice)
        elif was_sent and not posted(invoice):
            _unpost(call, invoice)
        call.books.sales.touch(invoice, call.now)
    return ""


def delete(call: Call) -> str:
    """GET deletesalesinvoice.nv: delete an invoice by invoiceid, or an order by orderid."""
    order = call.has("orderid")
    key = call.required_key("orderid" if order else "invoiceid")
    table = call.books.orders if order else call.books.sales
    invoice = table.by_key.get(key)
    if invoice is None:
        raise invalid("invoice", value=key)
    if invoice.paid or invoice.matched:
        raise invalid("settled", value=key)
    _require_open(call, invoice)
    withdraw(call, invoice)
    voucher = call.books.vouchers.by_key.get(invoice.voucher_key)
    if voucher is not None:
        call.books.void(voucher, "deleted", call.now)
    table.remove(invoice, call.now)
    return ""


def match(call: Call) -> str:
    """POST matchcreditnote.nv: set a credit note off against an invoice of the same customer."""
    node = call.message(MATCH, dtd=False)
    found = []
    for name in ("creditnotenetvisorkey", "invoicenetvisorkey"):
        invoice = call.books.sales.by_key.get(integer(name, node.get(name)))
        if invoice is None or not posted(invoice):
            raise invalid("invoice", value=node.get(name)[:60])
        found.append(invoice)
    credit, invoice = found
    if credit.amount >= 0 or invoice.amount <= 0 or credit.customer is not invoice.customer:
        raise wrong("creditnotenetvisorkey", node.get("creditnotenetvisorkey"))
    part = min(-credit.open, invoice.open)
    if part <= 0:
        raise invalid("paid", value=invoice.number)
    settle(call, credit, -part)
    settle(call, invoice, part)
    credit.matched.append(invoice.key)
    invoice.matched.append(credit.key)
    return ""


def settle(call: Call, invoice: SalesInvoice, amount: Decimal) -> None:
    """Count an amount as paid, or take it back when negative against the invoice's sign."""
    invoice.paid += amount
    if invoice.amount == invoice.paid:
        invoice.status = "paid"
    elif invoice.status == "paid":
        invoice.status = "open"
    call.books.sales.touch(invoice, call.now)
