"""Business partners, products and payments as Procountor takes them (vendor sheet sections 5, 8 and 9)."""

from decimal import Decimal
from typing import Any

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.amounts import ONE
from tilisilta.connectors.procountor.client import Row
from tilisilta.connectors.procountor.countries import country_name
from tilisilta.connectors.procountor.options import Options
from tilisilta.connectors.procountor.write_text import Texts, unit_name
from tilisilta.core.documents import AllocationKind, PartyRole, PaymentDirection
from tilisilta.core.errors import Unsupported
from tilisilta.core.identifiers import iban
from tilisilta.core.mapping.draft import AllocationDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import write_marker

PARTNER_TYPES = {PartyRole.CUSTOMER: "CUSTOMER", PartyRole.SUPPLIER: "SUPPLIER"}
_PAYS = {
    PaymentDirection.INCOMING: AllocationKind.SALES_INVOICE,
    PaymentDirection.OUTGOING: AllocationKind.PURCHASE_INVOICE,
}


def write_partner(draft: PartyDraft, options: Options, texts: Texts) -> Row:
    """Return the body of POST /businesspartners.

    Raises:
        Unsupported: The party has no name.

    """
    party, address = draft.party, draft.party.address
    name = texts.cut(party.name, "name", assumptions.NAME_CHARS)
    if not name:
        raise Unsupported(field="name", rule="a party needs a name")
    place = {
        "name": name,
        "street": texts.cut(address.street, "address.street", assumptions.STREET_CHARS),
        "zip": texts.cut(address.postal_code, "address.postal_code", assumptions.ZIP_CHARS),
        "city": texts.cut(address.city, "address.city", assumptions.CITY_CHARS),
        "country": country_name(address.country),
    }
    payment: dict[str, Any] = {"paymentMethod": assumptions.PAYMENT_METHOD, "currency": "EUR"}
    if party.payment_term_days is not None:
        payment["paymentTermDays"] = str(party.payment_term_days)
    accounts = [each for each in party.bank_accounts if each.iban]
    if accounts and draft.role is PartyRole.SUPPLIER:
        payment["bankAccount"] = iban.compact(accounts[0].iban)
        if accounts[0].bic:
            payment["bic"] = accounts[0].bic.strip()
    body: dict[str, Any] = {
        "name": name,
        "type": PARTNER_TYPES[draft.role],
        "address": {key: value for key, value in place.items() if value},
        "invoicingInfo": _invoicing(draft, options),
        "paymentInfo": payment,
        "registryInfo": {"active": True, **({"phone": party.phone} if party.phone else {})},
    }
    return body


def _invoicing(draft: PartyDraft, options: Options) -> dict[str, Any]:
    party = draft.party
    info: dict[str, Any] = {"invoiceChannel": assumptions.CHANNEL, "language": options.language.value}
    identifier = party.registry_code or party.vat_number
    # A person's code is nobody else's business; the register matches companies.
    if identifier and not party.is_person:
        info["identifier"] = identifier
        country = (party.address.country or party.vat_number[:2]).upper()
        if country in {"FI", "EE", "SE", "LV", "LT", "NO", "DK", "DE", "PL"}:
            info["identifierType"] = country
    more = {"email": party.email, "contactPerson": party.contact_name}
    info |= {name: value for name, value in more.items() if value}
    if party.einvoice_address and draft.role is PartyRole.CUSTOMER:
        info["einvoiceAddress"] = party.einvoice_address
        if party.einvoice_operator:
            info["einvoiceOperator"] = party.einvoice_operator
    return info


# --- products ------------------------------------------------------------------------------------------------


def item_code(draft: ItemDraft) -> str:
    """Return the code of a product: the draft's own, the item's, else its source id.

    Raises:
        Unsupported: There is none of the three, or it is too long.

    """
    code = (draft.extra.get("code") or draft.item.code or draft.item.source_id).strip()
    if not code or len(code) > assumptions.PRODUCT_CODE_CHARS:
        raise Unsupported(field="code", rule=f"a code of 1 to {assumptions.PRODUCT_CODE_CHARS} characters", value=code)
    return code


def product_type(draft: ItemDraft) -> str:
    """Return the register that a product belongs to: sales, unless it is only bought."""
    item = draft.item
    is_bought = item.sales_price is None and (item.purchase_price is not None or bool(draft.purchase_account))
    return "PURCHASE" if is_bought and not draft.sales_account else "SALES"


def write_product(draft: ItemDraft, texts: Texts) -> Row:
    """Return the body of POST /products.

    Raises:
        Unsupported: The item has no code that can be found again.

    """
    item, kind, code = draft.item, product_type(draft), item_code(draft)
    price = item.sales_price if kind == "SALES" else item.purchase_price
    account = draft.sales_account if kind == "SALES" else draft.purchase_account
    body: dict[str, Any] = {
        "type": kind,
        "name": texts.cut(item.name or item.description or code, "name", assumptions.PRODUCT_NAME_CHARS),
        "code": code,
        "unit": unit_name(item.unit),
        "discount": 0,
        "price": ZERO if price is None else price,
        "currency": item.currency,
        "active": item.is_active,
    }
    if item.vat_rate is not None:
        body["vat"] = item.vat_rate
    if draft.vat_code.isdigit():
        body["vatStatus"] = int(draft.vat_code)
    if account:
        body["defaultAccount"] = account
    return body


# --- payments ------------------------------------------------------------------------------------------------


def require_payment(draft: PaymentDraft) -> None:
    """Raise unless Procountor has a form for the payment.

    Raises:
        Unsupported: REFERENCE_PAYMENT_NOT_SENT for what Procountor itself gets from the bank (row P58); money that is
            paid back, prepayments, and payments of nothing.

    """
    payment = draft.payment
    if payment.is_reference_payment:
        raise Unsupported("REFERENCE_PAYMENT_NOT_SENT", field="payment", reference=payment.reference_number)
    if not draft.allocations:
        raise Unsupported(field="allocations", rule="a payment must pay an invoice")
    for each in draft.allocations:
        kind = each.allocation.kind
        if kind is not _PAYS[payment.direction] or not each.document_id.isdigit():
            raise Unsupported(field="allocations", rule="only invoices of its own side can be paid", value=kind.value)
        if event_amount(each) == 0:
            raise Unsupported(field="allocations", rule="a payment needs an amount")
    paid = sum((each.allocation.amount for each in draft.allocations), ZERO)
    if paid != payment.amount:
        rule = "all of the payment must pay invoices"
        raise Unsupported(field="allocations", rule=rule, value=str(payment.amount - paid))


def event_amount(each: AllocationDraft) -> Decimal:
    """Return the amount of a payment event: of a credit note it is negative, as its total is."""
    sign = assumptions.CREDIT_SIGN if each.allocation.is_credit_note else ONE
    return abs(each.allocation.amount) * sign if each.allocation.is_credit_note else each.allocation.amount


def write_event(draft: PaymentDraft, at: int) -> Row:
    """Return the body of PUT /invoices/{id}/paymentevents/markpaid for one of the paid invoices."""
    payment = draft.payment
    body: dict[str, Any] = {
        "paymentDate": payment.date,
        "amount": event_amount(draft.allocations[at]),
        "currency": payment.currency,
    }
    if payment.direction is PaymentDirection.INCOMING:
        # Sales alone take words, so there our mark tells the event from another of the same day and amount.
        words = " ".join(payment.number.split()) or "Tilisilta"
        body["description"] = write_marker(event_key(draft, at), words, limit=assumptions.PAYMENT_DESCRIPTION_CHARS)
    return body


def event_key(draft: PaymentDraft, at: int) -> str:
    """Return the key that one part of a payment bears: each paid invoice has an event of its own."""
    return draft.key if len(draft.allocations) == 1 else f"{draft.key}/{at + 1}"
