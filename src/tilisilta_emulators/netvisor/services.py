"""Which function answers which resource, and with which method it is called."""

from collections.abc import Callable
from typing import Any

from tilisilta_emulators.netvisor import (
    accounting,
    bank_payments,
    customers,
    dimensions,
    ledger_reads,
    products,
    purchase_invoices,
    purchase_reads,
    sales_invoices,
    sales_payments,
    sales_reads,
    settings_reads,
    vendors,
)
from tilisilta_emulators.netvisor.books import Books
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.table import Table

Service = tuple[str, Callable[[Call], str]]


def _deleted(table: Callable[[Books], Table[Any]], frame: str, item: str) -> Callable[[Call], str]:
    return lambda call: accounting.deleted(call, table(call.books), frame, item)


def services() -> dict[str, Service]:
    """Return method and function by lower-case resource name. Deleting reads with GET, as the vendor has it."""
    return {
        "accounting.nv": ("POST", accounting.add),
        "accountingedit.nv": ("POST", accounting.edit),
        "invalidatevouchers.nv": ("POST", accounting.invalidate),
        "accountingledger.nv": ("GET", ledger_reads.vouchers),
        "accountbalance.nv": ("GET", ledger_reads.balances),
        "getvoucherattachments.nv": ("GET", ledger_reads.attachments),
        "accountlist.nv": ("GET", settings_reads.accounts),
        "accountingperiodlist.nv": ("GET", settings_reads.periods),
        "vouchertypelist.nv": ("GET", settings_reads.voucher_types),
        "dimensionlist.nv": ("GET", dimensions.listing),
        "dimensionitem.nv": ("POST", dimensions.write),
        "dimensiondelete.nv": ("POST", dimensions.delete),
        "getaccountdimensionlist.nv": ("GET", dimensions.follow_up),
        "customerlist.nv": ("GET", customers.listing),
        "getcustomer.nv": ("GET", customers.get),
        "customer.nv": ("POST", customers.write),
        "getvendor.nv": ("GET", vendors.get),
        "vendor.nv": ("POST", vendors.write),
        "productlist.nv": ("GET", products.listing),
        "getproduct.nv": ("GET", products.get),
        "product.nv": ("POST", products.write),
        "salesinvoice.nv": ("POST", sales_invoices.write),
        "salesinvoicelist.nv": ("GET", sales_reads.listing),
        "getsalesinvoice.nv": ("GET", sales_reads.get),
        "getorder.nv": ("GET", sales_reads.get),
        "updatesalesinvoicestatus.nv": ("POST", sales_invoices.set_status),
        "deletesalesinvoice.nv": ("GET", sales_invoices.delete),
        "matchcreditnote.nv": ("POST", sales_invoices.match),
        "salespayment.nv": ("POST", sales_payments.add),
        "salespaymentlist.nv": ("GET", sales_payments.listing),
        "deletesalespayment.nv": ("GET", sales_payments.delete),
        "purchaseinvoice.nv": ("POST", purchase_invoices.add),
        "purchaseinvoicelist.nv": ("GET", purchase_reads.listing),
        "getpurchaseinvoice.nv": ("GET", purchase_reads.get),
        "purchaseinvoicepostingdata.nv": ("POST", purchase_invoices.posting_data),
        "getattachments.nv": ("GET", purchase_reads.attachments),
        "payment.nv": ("POST", bank_payments.add),
        "paymentlist.nv": ("GET", bank_payments.listing),
        "deletedvouchers.nv": ("GET", _deleted(lambda books: books.vouchers, "DeletedVouchers", "DeletedVoucher")),
        "deletedsalesinvoices.nv": (
            "GET", _deleted(lambda books: books.sales, "DeletedSalesInvoices", "DeletedSalesInvoice")
        ),
        "deletedsalesorders.nv": (
            "GET", _deleted(lambda books: books.orders, "DeletedSalesOrders", "DeletedSalesOrder")
        ),
        "deletedpurchaseinvoices.nv": (
            "GET", _deleted(lambda books: books.purchases, "DeletedPurchaseInvoices", "DeletedPurchaseInvoice")
        ),
        "deletedsalespayments.nv": (
            "GET", _deleted(lambda books: books.sales_payments, "DeletedSalesPayments", "DeletedSalesPayment")
        ),
        "deletedpurchasepayments.nv": (
            "GET", _deleted(lambda books: books.payments, "DeletedPurchasePayments", "DeletedPurchasePayment")
        ),
        # Purchase orders are not emulated, so none is ever deleted.
        "deletedpurchaseorders.nv": (
            "GET", _deleted(lambda _books: Table(), "DeletedPurchaseOrders", "DeletedPurchaseOrder")
        ),
    }  # fmt: skip
