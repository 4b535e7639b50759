"""Payments of purchases: payment.nv and paymentlist.nv.

Orders of payment.nv wait for approval in Netvisor, so nothing is posted for them; purchase invoices that were paid
stand in the list with invoice and voucher. Parameters of the list: the vendor's page on paymentlist.nv.
"""

from collections.abc import Callable
from decimal import Decimal

from tilisilta_emulators.netvisor import xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import wrong
from tilisilta_emulators.netvisor.purchase_shape import PAYMENT
from tilisilta_emulators.netvisor.records import BankPayment
from tilisilta_emulators.netvisor.shape import Node
from tilisilta_emulators.netvisor.values import cents, day, decimal, show_day, show_money

_MESSAGES = ("finnishreference", "freetext")


def add(call: Call) -> str:
    """POST payment.nv: enter a payment order in euros."""
    node = call.message(PAYMENT, dtd=False)
    if node.get("bankpaymentmessagetype").lower() not in _MESSAGES:
        raise wrong("bankpaymentmessagetype", node.get("bankpaymentmessagetype"))
    amount = cents(decimal("amount", node.get("amount")))
    if amount <= 0:
        raise wrong("amount", node.get("amount"))
    source = node.get("sourcebankaccountnumber").replace(" ", "").upper()
    if source not in call.books.bank_accounts:
        raise wrong("sourcebankaccountnumber", source)
    payment = BankPayment(
        key=0,
        modified=call.now,
        fields=_fields(call, node),
        date=day("duedate", node.get("duedate"), finnish=True),
        amount=amount,
    )
    payment.key = call.books.payments.next_key()
    call.books.payments.put(payment)
    return xml.replies(payment.key)


def _fields(call: Call, node: Node) -> dict[str, str]:
    fields: dict[str, str] = {}
    for item in node.children:
        for leaf in item.children or [item]:
            fields[leaf.tag] = call.fit(leaf.tag, leaf.text)
    return fields


def listing(call: Call) -> str:
    """GET paymentlist.nv."""
    keep = _filter(call)
    return xml.group("PaymentList", *(_show(call, item) for item in call.books.payments.ordered if keep(item)))


def _filter(call: Call) -> Callable[[BankPayment], bool]:
    above, invoice = call.integer("limitabovenetvisorkey"), call.filter_key("limitinvoiceid")
    begin, end = call.day("limitbegindate"), call.day("limitenddate")
    reference = call.text("limitreference")

    def keep(item: BankPayment) -> bool:
        return not (
            (above is not None and item.key <= above)
            or (begin is not None and item.date < begin)
            or (end is not None and item.date > end)
            or (reference and item.reference != reference)
            or (invoice is not None and (item.invoice is None or item.invoice.key != invoice))
        )

    return keep


def _show(call: Call, item: BankPayment) -> str:
    invoice, voucher = item.invoice, item.voucher
    return xml.group(
        "Payment",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("PayerName", item.fields.get("name", "")),
        xml.leaf("Date", show_day(item.date)),
        xml.leaf("HomeCurrencySum", show_money(item.amount)),
        xml.leaf("ForeignCurrencySum", show_money(Decimal(0))),
        xml.leaf("Reference", item.reference),
        xml.leaf("InvoiceKey", invoice.key if invoice else None),
        xml.leaf("InvoiceNumber", invoice.number if invoice else None),
        xml.leaf("InvoiceUri", call.uri("getpurchaseinvoice.nv", invoice.key) if invoice else None),
        xml.leaf("VoucherKey", voucher.key if voucher else None),
        xml.leaf("VoucherNumber", voucher.number if voucher else None),
    )
