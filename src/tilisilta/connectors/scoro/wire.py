"""Shapes of Scoro's JSON, for the fields we read. Values stay loose: numbers come as text, ids as 0, dates as zeros."""

from typing import Any

import msgspec

from tilisilta.kit.values import loose_decoder


class Envelope(msgspec.Struct, rename={"status_code": "statusCode"}):
    """Every answer; `data` is decoded only when the answer is a good one."""

    status: Any = None
    status_code: Any = None
    messages: Any = None
    errors: Any = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class Line(msgspec.Struct):
    id: Any = None
    product_id: Any = None
    product_name: Any = None
    product_code: Any = None
    comment: Any = None
    comment2: Any = None
    price: Any = None
    amount: Any = None
    amount2: Any = None
    unit: Any = None
    discount: Any = None
    sum: Any = None
    vat: Any = None
    vat_code_id: Any = None
    vat_code: Any = None
    finance_account_id: Any = None
    finance_account_symbol: Any = None
    finance_object_id: Any = None
    finance_object_name: Any = None
    project_id: Any = None
    project_name: Any = None
    depot_amounts: Any = None


class Document(msgspec.Struct):
    """An invoice or a bill."""

    id: Any = None
    no: Any = None
    date: Any = None
    deadline: Any = None
    status: Any = None
    company_id: Any = None
    company_name: Any = None
    person_id: Any = None
    person_name: Any = None
    currency: Any = None
    currency_rate: Any = None
    sum: Any = None
    vat_sum: Any = None
    vat: Any = None
    vat_code_id: Any = None
    discount: Any = None
    discount2: Any = None
    discount3: Any = None
    paid_sum: Any = None
    prepayment_sum: Any = None
    payment_type: Any = None
    credited_invoices: Any = None
    reference_no: Any = None
    fine: Any = None
    description: Any = None
    project_id: Any = None
    project_name: Any = None
    interested_party_id: Any = None
    is_sent: Any = None
    account_id: Any = None
    accounting_period_from: Any = None
    accounting_period_to: Any = None
    recognition_date: Any = None
    dateofpayment: Any = None
    modified_date: Any = None
    created_date: Any = None
    is_deleted: Any = None
    deleted_date: Any = None
    lines: list[Line] | None = None
    custom_fields: Any = None


class Receipt(msgspec.Struct):
    receipt_id: Any = None
    date: Any = None
    sum: Any = None
    invoice_id: Any = None
    invoice_no: Any = None
    prepayment_id: Any = None
    sales_doc_type: Any = None
    contact_id: Any = None
    contact_name: Any = None


class ReceiptGroup(Receipt, kw_only=True):
    """A receipt group; the flat form of API v1 is read as a group of one."""

    id: Any = None
    currency: Any = None
    receipt_account_id: Any = None
    receipts: list[Receipt] | None = None
    modified_date: Any = None
    created_date: Any = None
    is_deleted: Any = None


class Contact(msgspec.Struct):
    contact_id: Any = None
    name: Any = None
    lastname: Any = None
    contact_type: Any = None
    id_code: Any = None
    vatno: Any = None
    bankaccount: Any = None
    reference_no: Any = None
    is_client: Any = None
    is_supplier: Any = None
    addresses: Any = None
    means_of_contact: Any = None
    tags: Any = None
    modified_date: Any = None
    is_deleted: Any = None


class Product(msgspec.Struct):
    product_id: Any = None
    code: Any = None
    name: Any = None
    names: Any = None
    price: Any = None
    buying_price: Any = None
    description: Any = None
    unit: Any = None
    tag: Any = None
    productgroup_id: Any = None
    supplier_id: Any = None
    is_active: Any = None
    is_service: Any = None
    default_vat_code_id: Any = None
    sales_finance_account_id: Any = None
    purchases_finance_account_id: Any = None
    modified_date: Any = None
    is_deleted: Any = None
    custom_fields: Any = None


class DocumentKey(msgspec.Struct):
    id: Any = None


decode_envelope = loose_decoder(Envelope).decode
encode = msgspec.json.Encoder(decimal_format="string").encode
