"""Names of the canonical fields as people read them, for the coverage report and for differences between versions."""

import re

from django.utils.translation import gettext, gettext_noop

_NAMES: dict[str, str] = {
    "source_id": gettext_noop("Id at the source"),
    "number": gettext_noop("Number"),
    "date": gettext_noop("Date"),
    "due_date": gettext_noop("Due date"),
    "delivery_date": gettext_noop("Delivery date"),
    "entry_date": gettext_noop("Entry date"),
    "period_from": gettext_noop("Period from"),
    "period_to": gettext_noop("Period to"),
    "party": gettext_noop("Customer or supplier"),
    "direction": gettext_noop("Direction"),
    "is_credit_note": gettext_noop("Credit note"),
    "is_person": gettext_noop("Private person"),
    "currency": gettext_noop("Currency"),
    "exchange_rate": gettext_noop("Exchange rate"),
    "net": gettext_noop("Without VAT"),
    "vat": gettext_noop("VAT"),
    "gross": gettext_noop("With VAT"),
    "rounding": gettext_noop("Rounding"),
    "prepaid": gettext_noop("Prepaid"),
    "paid": gettext_noop("Paid"),
    "payable": gettext_noop("To pay"),
    "lines": gettext_noop("Rows"),
    "line": gettext_noop("Row"),
    "vat_totals": gettext_noop("VAT totals"),
    "reference_number": gettext_noop("Reference number"),
    "bank_account": gettext_noop("Bank account"),
    "bank_accounts": gettext_noop("Bank accounts"),
    "payment_method": gettext_noop("Payment method"),
    "interest_percent": gettext_noop("Interest on arrears"),
    "note": gettext_noop("Note"),
    "our_reference": gettext_noop("Our reference"),
    "your_reference": gettext_noop("Your reference"),
    "order_number": gettext_noop("Order number"),
    "credits": gettext_noop("Credited invoices"),
    "attachments": gettext_noop("Attachments"),
    "image": gettext_noop("Picture of the invoice"),
    "other": gettext_noop("All others"),
    "dimensions": gettext_noop("Dimensions"),
    "is_sent": gettext_noop("Sent to the customer"),
    "status": gettext_noop("Status"),
    "created_at": gettext_noop("Created"),
    "begun_at": gettext_noop("Draft begun"),
    "modified_at": gettext_noop("Changed"),
    "extra": gettext_noop("Other fields"),
    "kind": gettext_noop("Kind"),
    "item_source_id": gettext_noop("Item id at the source"),
    "item_code": gettext_noop("Item code"),
    "item_name": gettext_noop("Item name"),
    "item": gettext_noop("Item"),
    "description": gettext_noop("Description"),
    "quantity": gettext_noop("Quantity"),
    "unit": gettext_noop("Unit"),
    "unit_price": gettext_noop("Unit price"),
    "discount_percent": gettext_noop("Discount %"),
    "vat_rate": gettext_noop("VAT rate"),
    "rate": gettext_noop("VAT rate"),
    "vat_code": gettext_noop("VAT code"),
    "vat_treatment": gettext_noop("VAT treatment"),
    "ledger_account": gettext_noop("Ledger account"),
    "stock_kind": gettext_noop("Stock kind"),
    "warehouse": gettext_noop("Warehouse"),
    "name": gettext_noop("Name"),
    "registry_code": gettext_noop("Registry code"),
    "vat_number": gettext_noop("VAT number"),
    "email": gettext_noop("E-mail"),
    "phone": gettext_noop("Phone"),
    "address": gettext_noop("Address"),
    "street": gettext_noop("Street"),
    "city": gettext_noop("City"),
    "county": gettext_noop("County"),
    "postal_code": gettext_noop("Postal code"),
    "country": gettext_noop("Country"),
    "iban": gettext_noop("IBAN"),
    "bic": gettext_noop("BIC"),
    "einvoice_address": gettext_noop("E-invoice address"),
    "einvoice_operator": gettext_noop("E-invoice operator"),
    "contact_name": gettext_noop("Contact person"),
    "payment_term_days": gettext_noop("Payment term, days"),
    "is_customer": gettext_noop("Customer"),
    "is_supplier": gettext_noop("Supplier"),
    "code": gettext_noop("Code"),
    "sales_price": gettext_noop("Sales price"),
    "purchase_price": gettext_noop("Purchase price"),
    "sales_account": gettext_noop("Sales account"),
    "purchase_account": gettext_noop("Purchase account"),
    "tags": gettext_noop("Tags"),
    "is_active": gettext_noop("In use"),
    "amount": gettext_noop("Amount"),
    "account": gettext_noop("Account"),
    "is_cash": gettext_noop("Cash"),
    "allocations": gettext_noop("Paid documents"),
    "document_source_id": gettext_noop("Document id at the source"),
    "document_number": gettext_noop("Document number"),
    "is_reference_payment": gettext_noop("Reference payment"),
    "bank_fee": gettext_noop("Bank fee"),
    "postings": gettext_noop("Postings"),
    "debit": gettext_noop("Debit"),
    "credit": gettext_noop("Credit"),
}

_PART = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")


def _part_text(name: str, index: str) -> str:
    known = _NAMES.get(name)
    text = gettext(known) if known else name.replace("_", " ")
    return f"{text} {int(index) + 1}" if index else text


def field_text(path: str) -> str:
    """Return a field's path as people read it; places are counted from one.

    >>> field_text("lines[1].vat_rate")
    'Rows 2 · VAT rate'
    """
    return " · ".join(_part_text(name, index) for name, index in _PART.findall(path))
