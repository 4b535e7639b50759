"""Writing purchase invoices: purchaseinvoice.nv and purchaseinvoicepostingdata.nv."""

from datetime import date
from decimal import Decimal

from tilisilta_emulators.netvisor import chart, vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, wrong
from tilisilta_emulators.netvisor.ledger import enter, split
from tilisilta_emulators.netvisor.purchase_draft import build, default_account, read_row
from tilisilta_emulators.netvisor.purchase_shape import POSTING, PURCHASE_INVOICE, STATUSES
from tilisilta_emulators.netvisor.records import BankPayment, PurchaseInvoice
from tilisilta_emulators.netvisor.values import ZERO, flag, integer, show_money


def add(call: Call) -> str:
    """POST purchaseinvoice.nv."""
    invoice = build(call, call.message(PURCHASE_INVOICE))
    if _should_post(call, invoice):
        call.books.require_open(call.options, invoice.value_date, vat=_has_vat(invoice), purchase=True)
    enter_invoice(call, invoice)
    return xml.replies(invoice.key)


def _has_vat(invoice: PurchaseInvoice) -> bool:
    return any(row.vat_percent for row in invoice.rows)


def _should_post(call: Call, invoice: PurchaseInvoice) -> bool:
    rule = call.options.purchase_posting
    if not invoice.rows or rule == "never":
        return False
    return rule == "always" or invoice.ready or invoice.status == "accepted"


def enter_invoice(call: Call, invoice: PurchaseInvoice) -> None:
    """Put a new invoice in the books, with its voucher when it is to be posted."""
    books = call.books
    invoice.key = books.purchases.next_key()
    books.purchases.put(invoice)
    books.purchase_numbers[invoice.vendor.key, invoice.number] = invoice.key
    if _should_post(call, invoice):
        post(call, invoice)


def post(call: Call, invoice: PurchaseInvoice) -> None:
    """Enter the voucher of an invoice: expenses and VAT against trade payables."""
    books = call.books
    text = f"{invoice.vendor.name}, lasku {invoice.number}"
    lines = []
    taxes: dict[tuple[str, str], Decimal] = {}
    for row in invoice.rows:
        account = default_account(row)
        domestic = vat.treatment(row.vat_code) == "purchase"
        _, extra = split(account, row.gross, row.vat_code, row.vat_percent, gross=True)
        amount = row.net if domestic else row.gross
        lines.append(books.line(account, amount, row.name or text, (row.vat_code, row.vat_percent), row.dimensions))
        for number, value, name in extra:
            taxes[number, name] = taxes.get((number, name), ZERO) + value
    lines += [books.line(number, value, name) for (number, name), value in taxes.items()]
    lines.append(books.line(chart.DEFAULTS["TradePayables"], -invoice.amount, text))
    source = ("purchaseinvoice", invoice.key)
    voucher = enter(call, chart.PURCHASE_VOUCHER, invoice.value_date, text, lines, source=source)
    invoice.voucher_key = voucher.key


def posting_data(call: Call) -> str:
    """POST purchaseinvoicepostingdata.nv: new rows, status and readiness for accounting."""
    node = call.message(POSTING)
    key = integer("purchaseinvoicenetvisorkey", node.get("purchaseinvoicenetvisorkey"))
    invoice = call.books.purchases.by_key.get(key)
    if invoice is None:
        raise invalid("invoice", value=key)
    if invoice.voucher_key:
        raise invalid("settled", value=key)
    status = node.get("status").lower() or invoice.status
    if status not in STATUSES:
        raise wrong("status", status)
    country = invoice.vendor.fields.get("country") or "FI"
    rows = [
        read_row(call, line, country, coded=True) for line in node.all("purchaseinvoicepostingline")
    ] or invoice.rows
    ready = flag("isreadyforaccounting", node.get("isreadyforaccounting"))
    total = sum((row.gross for row in rows), ZERO)
    if total != invoice.gross:
        raise invalid("total", value=show_money(invoice.gross), open=show_money(total))
    changed = (invoice.rows, invoice.status, invoice.ready)
    invoice.rows, invoice.status, invoice.ready = rows, status, ready
    if _should_post(call, invoice):
        try:
            call.books.require_open(call.options, invoice.value_date, vat=_has_vat(invoice), purchase=True)
        except Refused:
            invoice.rows, invoice.status, invoice.ready = changed
            raise
        post(call, invoice)
    if node.get("comment"):
        invoice.comments.append(call.fit("comment", node.get("comment")))
    call.books.purchases.touch(invoice, call.now)
    return ""


def pay(call: Call, key: int, amount: Decimal, day: date) -> None:
    """Pay an invoice as the bank would: trade payables against the bank account.

    Raises:
        Refused: There is no such invoice or less is open.

    """
    books = call.books
    invoice = books.purchases.by_key.get(key)
    if invoice is None or abs(amount) > abs(invoice.amount - invoice.paid):
        raise invalid("invoice", value=key)
    text = f"{invoice.vendor.name}, lasku {invoice.number}"
    lines = [books.line(chart.DEFAULTS["TradePayables"], amount, text), books.line(chart.BANK, -amount, text)]
    voucher = enter(call, chart.PURCHASE_PAYMENT_VOUCHER, day, text, lines, source=("purchasepayment", key))
    payment = BankPayment(
        key=books.payments.next_key(),
        modified=call.now,
        fields={"name": invoice.vendor.name, "bankpaymentmessage": invoice.head.get("bankreferencenumber", "")},
        date=day,
        amount=amount,
        invoice=invoice,
        voucher=voucher,
    )
    books.payments.put(payment)
    invoice.paid += amount
    books.purchases.touch(invoice, call.now)
