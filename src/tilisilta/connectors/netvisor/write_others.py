"""Customers, vendors, products and sales payments as Netvisor takes them (vendor sheet 7.1 to 7.3 and 7.5)."""

import re

from tilisilta.connectors.netvisor import assumptions
from tilisilta.connectors.netvisor.options import Options
from tilisilta.connectors.netvisor.wire import Element, document, encode, group, leaf
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.core.documents import AllocationKind, PaymentDirection
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import write_marker

CUSTOMER = "customer.nv"
VENDOR = "vendor.nv"
PRODUCT = "product.nv"
PAYMENT = "salespayment.nv"
ADD = {"method": "add"}
NAME_CHARS = 200

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def write_customer(draft: PartyDraft, texts: Texts) -> bytes:
    """Return the body of customer.nv?method=add.

    Raises:
        Unsupported: The party has no name.

    """
    party, address = draft.party, draft.party.address
    root, frame = document("customer")
    base = group(frame, "customerbaseinformation")
    if draft.extra.get("code"):
        leaf(base, "internalidentifier", draft.extra["code"])
    else:
        group(base, "internalidentifier", type=assumptions.CUSTOMER_CODE_TYPE)
    leaf(base, "externalidentifier", party.registry_code)
    leaf(base, "name", _name(draft, texts))
    _street(base, "streetaddress", draft, texts)
    leaf(base, "city", texts.clean(address.city, "address.city"))
    leaf(base, "postnumber", address.postal_code)
    leaf(base, "country", address.country, type="ISO-3166")
    leaf(base, "phonenumber", party.phone)
    leaf(base, "email", party.email)
    leaf(base, "isactive", True)
    leaf(base, "isprivatecustomer", party.is_person)
    if party.einvoice_address:
        finvoice = group(frame, "customerfinvoicedetails")
        leaf(finvoice, "finvoiceaddress", party.einvoice_address)
        leaf(finvoice, "finvoiceroutercode", party.einvoice_operator)
    if party.contact_name:
        leaf(group(frame, "customercontactdetails"), "contactperson", texts.clean(party.contact_name, "contact_name"))
    leaf(group(frame, "customeradditionalinformation"), "comment", write_marker(draft.key, "Tilisilta"))
    return encode(root)


def write_vendor(draft: PartyDraft, texts: Texts) -> bytes:
    """Return the body of vendor.nv?method=add.

    Raises:
        Unsupported: The party has no name.

    """
    party, address = draft.party, draft.party.address
    root, frame = document("vendor")
    base = group(frame, "vendorbaseinformation")
    leaf(base, "code", draft.extra.get("code", ""))
    leaf(base, "name", _name(draft, texts))
    _street(base, "address", draft, texts)
    leaf(base, "postcode", address.postal_code)
    leaf(base, "city", texts.clean(address.city, "address.city"))
    leaf(base, "country", address.country, type="ISO-3166")
    leaf(base, "organizationid", party.registry_code)
    _bank_accounts(base, draft)
    contact = group(frame, "vendorcontactdetails")
    leaf(contact, "phonenumber", party.phone)
    leaf(contact, "email", party.email)
    leaf(contact, "contactpersonname", texts.clean(party.contact_name, "contact_name"))
    leaf(contact, "comment", write_marker(draft.key, "Tilisilta"))
    if party.payment_term_days is not None:
        additional = group(frame, "vendoradditionalinformation")
        leaf(additional, "paymenttermnetdays", party.payment_term_days)
    return encode(root)


def _bank_accounts(base: Element, draft: PartyDraft) -> None:
    ibans = [each.iban.replace(" ", "").upper() for each in draft.party.bank_accounts if each.iban]
    if not ibans:
        return
    frame, domestic, account = assumptions.VENDOR_ACCOUNTS
    accounts = group(group(base, frame), domestic)
    for at, iban in enumerate(dict.fromkeys(ibans)):
        each = group(accounts, account)
        leaf(each, "iban", iban)
        leaf(each, "isdefault", at == 0)


def _name(draft: PartyDraft, texts: Texts) -> str:
    name = texts.cut(draft.party.name, "name", NAME_CHARS)
    if not name:
        raise Unsupported(field="name", rule="a party needs a name")
    return name


def _street(base: Element, element: str, draft: PartyDraft, texts: Texts) -> None:
    street = " ".join(draft.party.address.street.split())
    leaf(base, element, texts.cut(street, "address.street", assumptions.STREET_CHARS))


def item_code(draft: ItemDraft) -> str:
    """Return the code of the product: the draft's own, the item's, else its source id.

    Raises:
        Unsupported: There is none of the three.

    """
    code = draft.extra.get("code") or draft.item.code or draft.item.source_id
    if not code:
        raise Unsupported(field="code", rule="an item needs a code")
    return code


def write_product(draft: ItemDraft, options: Options, texts: Texts) -> bytes:
    """Return the body of product.nv?method=add.

    Raises:
        Unsupported: The item has no code.

    """
    item = draft.item
    code = texts.clean(item_code(draft), "code")
    root, frame = document("product")
    base = group(frame, "productbaseinformation")
    leaf(base, "productcode", code)
    leaf(base, "productgroup", options.product_group)
    leaf(base, "name", texts.cut(item.name or item.description or code, "name", NAME_CHARS))
    leaf(base, "description", texts.cut(item.description, "description", assumptions.FREE_TEXT_CHARS))
    leaf(base, "unitprice", ZERO if item.sales_price is None else item.sales_price, type="net")
    leaf(base, "unit", texts.clean(item.unit, "unit"))
    leaf(base, "purchaseprice", item.purchase_price)
    leaf(base, "isactive", item.is_active)
    leaf(base, "issalesproduct", True)
    if item.vat_rate is not None:
        posting = group(frame, "productbookkeepingdetails")
        leaf(posting, "defaultvatpercentage", item.vat_rate)
        leaf(posting, "defaultdomesticaccountnumber", draft.sales_account)
    return encode(root)


# --- payments ------------------------------------------------------------------------------------------------


def payment_key(draft: PaymentDraft, index: int) -> str:
    """Return the key that one part of a payment bears: each paid invoice is a record of its own in Netvisor."""
    return draft.key if len(draft.allocations) == 1 else f"{draft.key}/{index + 1}"


def require_payment(draft: PaymentDraft) -> None:
    """Raise unless Netvisor has a form for the payment.

    Raises:
        Unsupported: Money that goes out, is paid back, or pays no sales invoice.

    """
    payment = draft.payment
    if payment.direction is not PaymentDirection.INCOMING:
        raise Unsupported(field="direction", rule="only payments of sales invoices are sent to Netvisor")
    if not draft.allocations:
        raise Unsupported(field="allocations", rule="a payment must pay an invoice")
    for each in draft.allocations:
        kind, amount = each.allocation.kind, each.allocation.amount
        if kind is not AllocationKind.SALES_INVOICE or not each.document_id:
            raise Unsupported(field="allocations", rule="only sales invoices can be paid", value=kind.value)
        if amount <= 0 or each.allocation.is_credit_note:
            raise Unsupported(field="allocations", rule="money paid back has no form in Netvisor", value=str(amount))
    paid = sum((each.allocation.amount for each in draft.allocations), ZERO)
    if paid != payment.amount:
        rule = "all of the payment must pay invoices"
        raise Unsupported(field="allocations", rule=rule, value=str(payment.amount - paid))
    if not draft.account:
        raise Unsupported(field="account", rule="a payment needs its payment method or bank account")


def write_payment(draft: PaymentDraft, index: int, texts: Texts) -> bytes:
    """Return the body of salespayment.nv for one paid invoice; `require_payment` has seen the draft."""
    payment, each = draft.payment, draft.allocations[index]
    root, frame = document("salespayment")
    leaf(frame, "sum", each.allocation.amount, currency=payment.currency)
    leaf(frame, "paymentdate", payment.date)
    leaf(frame, "targetidentifier", each.document_id, type="netvisor", targettype="invoice")
    leaf(frame, "sourcename", write_marker(payment_key(draft, index), _payer(draft, each, texts)))
    account = draft.account.replace(" ", "").upper()
    if _IBAN.fullmatch(account):
        leaf(frame, "paymentmethod", account, type="bankaccount")
    else:
        leaf(frame, "paymentmethod", draft.account, type="alternative")
    if payment.bank_fee and not index:
        texts.warn("BANK_FEE_NOT_CARRIED", "bank_fee", amount=payment.bank_fee)
    return encode(root)


def _payer(draft: PaymentDraft, each: AllocationDraft, texts: Texts) -> str:
    name = draft.payment.party.name or each.allocation.document_number or "Tilisilta"
    return texts.clean(name, "party.name")[:100].rstrip()
