"""The rows of the site's books: finance documents, receipt groups, contacts and products.

Field names are the wire's. Structs rather than dicts, because a site of 100,000 invoices must fit into
little memory. Decimals are held as the text that goes out; ids of nothing are 0.

Source: vendor sheet, sections 8 to 11.
"""

from typing import Any

import msgspec


class Row(msgspec.Struct, kw_only=True, gc=False):
    """What every stored row carries, whether or not its module shows it."""

    created_date: str | None = None
    modified_date: str | None = None
    is_deleted: int = 0
    deleted_date: str | None = None
    custom_fields: dict[str, Any] | None = None


class Line(msgspec.Struct, kw_only=True, gc=False):
    """One line of a document; `comment` is its text, `sum` is without VAT."""

    id: int = 0
    product_id: int = 0
    comment: str | None = ""
    comment2: str | None = ""
    price: str = "0.00"
    amount: str = "1.00"
    unit: str | None = ""
    discount: str = "0.00"
    sum: str = "0.00"
    vat: str | None = None
    vat_code_id: int = 0
    finance_account_id: int = 0
    finance_object_id: int = 0
    project_id: int = 0
    custom_fields: dict[str, Any] | None = None


class BillLine(Line, kw_only=True, gc=False):
    dates: dict[str, Any] | None = None
    is_internal: int = 0


class SalesLine(BillLine, kw_only=True, gc=False):
    amount2: str | None = None
    cost: str = "0.00"
    supplier_id: int = 0
    doer_id: int = 0
    role_id: int | None = None
    depot_amounts: list[dict[str, Any]] | None = None


class QuoteLine(SalesLine, kw_only=True, gc=False):
    is_confirmed: int = 0


class PurchaseOrderLine(Line, kw_only=True, gc=False):
    amount2: str | None = None
    is_settled: int = 0


class Document(Row, kw_only=True, gc=False):
    """The header that all finance documents share."""

    id: int = 0
    no: str | None = ""
    date: str | None = None
    deadline: str | None = None
    status: str | None = "unpaid"
    company_id: int = 0
    person_id: int = 0
    company_address_id: int = 0
    interested_party_id: int = 0
    interested_party_address_id: int = 0
    project_id: int = 0
    currency: str | None = "EUR"
    currency_rate: str = "1.00"
    sum: str = "0.00"
    vat_sum: str = "0.00"
    vat: str | None = None
    vat_code_id: int = 0
    discount: str = "0.00"
    discount2: str | None = None
    discount3: str | None = None
    owner_id: int = 1
    description: str | None = ""
    account_id: str = ""
    lines: list[Any] = msgspec.field(default_factory=list)


class Invoice(Document, kw_only=True, gc=False):
    reference_no: str | None = ""
    payment_type: str | None = "banktransfer"
    paid_sum: str = "0.00"
    receivable_sum: str = "0.00"
    payment_fee: str = "0.00"
    credited_invoices: list[int] | None = None
    quote_id: list[int] | None = None
    order_id: list[int] | None = None
    prepayment_id: list[int] | None = None
    prepayment_sum: str = "0.00"
    fine: str | None = ""
    is_sent: int = 0
    generation_type: str = "manual"
    scheduled_invoice_id: int = 0
    accounting_period_from: str | None = None
    accounting_period_to: str | None = None


class Bill(Document, kw_only=True, gc=False):
    reference_no: str | None = ""
    payment_type: str | None = "banktransfer"
    dateofpayment: str | None = None
    recognition_date: str | None = None
    is_chargeable: int = 0
    purchase_order_id: int = 0


class Prepayment(Document, kw_only=True, gc=False):
    reference_no: str | None = ""
    fine: str | None = ""
    quote_id: int = 0
    order_id: int = 0
    prepayment_percent: str = "100.00"
    is_sent: int = 0


class Quote(Document, kw_only=True, gc=False):
    confirmed_date: str | None = None
    estimated_closing_date: str | None = None
    shipment_date: str | None = None
    is_sent: int = 0


class Order(Document, kw_only=True, gc=False):
    quote_id: int = 0
    shipment_date: str | None = None
    is_sent: int = 0


class PurchaseOrder(Document, kw_only=True, gc=False):
    quote_id: int = 0
    order_id: int = 0
    delivery_address_id: int = 0
    delivery_date: str | None = None
    confirmed_date: str | None = None
    is_sent: int = 0


class Expense(Document, kw_only=True, gc=False):
    """An expense; on the wire its tax, due date, comment and line fields have names of their own."""

    recognition_date: str | None = None
    is_chargeable: int = 0
    is_reimbursable: int = 0


class Receipt(msgspec.Struct, kw_only=True, gc=False):
    """One part of a bank movement, paying one document."""

    receipt_id: int = 0
    date: str | None = None
    invoice_id: int = 0
    prepayment_id: int = 0
    sum: str = "0.00"
    sales_doc_type: str = "invoices"
    contact_id: int = 0


class ReceiptGroup(Row, kw_only=True, gc=False):
    """One bank movement."""

    id: int = 0
    date: str | None = None
    contact_id: int = 0
    sum: str = "0.00"
    currency: str | None = "EUR"
    sales_doc_type: str = "invoices"
    receipt_account_id: int = 0
    account_id: str = ""
    receipts: list[Receipt] = msgspec.field(default_factory=list)


class Contact(Row, kw_only=True, gc=False):
    contact_id: int = 0
    name: str | None = ""
    lastname: str | None = ""
    contact_type: str = "company"
    id_code: str | None = ""
    vatno: str | None = ""
    bankaccount: str | None = ""
    reference_no: str | None = ""
    is_client: int = 0
    is_supplier: int = 0
    client_profile_id: int = 0
    manager_id: int = 0
    manager_email: str | None = ""
    birthday: str | None = None
    position: str | None = ""
    comments: str | None = ""
    sex: str | None = ""
    timezone: str | None = ""
    addresses: list[dict[str, Any]] | None = None
    means_of_contact: dict[str, list[str]] | None = None
    tags: list[str] | None = None
    cat_id: int = 0
    cat_name: str | None = ""
    contact_users: list[Any] | None = None
    related_companies: list[Any] | None = None


class Product(Row, kw_only=True, gc=False):
    product_id: int = 0
    code: str | None = ""
    name: str | None = ""
    names: dict[str, str] | None = None
    price: str = "0.00"
    buying_price: str = "0.00"
    description: Any = ""
    description2: Any = ""
    unit: str | None = "tk"
    amount: str = "1.00"
    amount2: str | None = None
    tag: str | None = ""
    url: str | None = ""
    supplier_id: int = 0
    productgroup_id: int = 0
    is_active: int = 1
    is_service: int = 0
    no_discounts: int = 0
    default_vat_code_id: int = 0
    default_sales_tax_id: int = 0
    default_purchases_tax_id: int = 0
    accounting_object_id: int = 0
    sales_finance_account_id: int = 0
    purchases_finance_account_id: int = 0
    depot_amounts: dict[str, Any] | None = None
    default_type: str = "inhouse"
    product_accounts: list[Any] | None = None
    account_id: str = ""
