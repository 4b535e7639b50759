"""Drafts of parties, items and payments as SmartAccounts takes them."""

import textwrap
from decimal import Decimal

from tilisilta.connectors.smartaccounts import assumptions
from tilisilta.connectors.smartaccounts.wire import (
    Address,
    ArticleAdd,
    Contact,
    Extra,
    PartnerAdd,
    PaymentAdd,
    PaymentRow,
    Prepayment,
    plain_decimal,
    wire_date,
)
from tilisilta.connectors.smartaccounts.write_text import Texts
from tilisilta.core.documents import Address as PartyAddress
from tilisilta.core.documents import AllocationKind, Party, PartyRole, PaymentDirection, StockKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import ItemDraft, PartyDraft, PaymentDraft
from tilisilta.kit.marker import write_marker

CLIENTS_SERVICE = "purchasesales/clients"
VENDORS_SERVICE = "purchasesales/vendors"
ARTICLES_SERVICE = "purchasesales/articles"
PAYMENTS_SERVICE = "purchasesales/payments"

ARTICLE_TYPES = {StockKind.SERVICE: "SERVICE", StockKind.PRODUCT: "PRODUCT", StockKind.STOCK: "WH"}
ROW_TYPES = {
    AllocationKind.SALES_INVOICE: assumptions.PAYMENT_ROW_SALES,
    AllocationKind.PURCHASE_INVOICE: assumptions.PAYMENT_ROW_PURCHASE,
}


def write_party(draft: PartyDraft, texts: Texts) -> PartnerAdd:
    """Return the body of clients:add or vendors:add.

    Raises:
        Unsupported: The party has no name.

    """
    party = draft.party
    if not party.name:
        raise Unsupported(field="name", rule="a party needs a name")
    account = next((each.iban for each in party.bank_accounts if each.iban), "")
    return PartnerAdd(
        name=texts.clean(party.name, "name"),
        vat_pc=draft.vat_code,
        reg_code=party.registry_code,
        vat_number=party.vat_number,
        bank_account=account,
        reference_number=party.reference_number if draft.role is PartyRole.CUSTOMER else "",
        invoice_due_date=party.payment_term_days,
        address=_address(party.address, texts),
        contacts=_contacts(party, texts),
        comment=write_marker(draft.key, "Tilisilta"),
    )


def _address(given: PartyAddress, texts: Texts) -> Address | None:
    if given == PartyAddress():
        return None
    limit = assumptions.ADDRESS_LINE_CHARS
    street = " ".join(given.street.split())
    lines = [street]
    if len(street) > limit:
        # Two lines hold what one cannot; only what fits into neither is cut, and said.
        wrapped = textwrap.wrap(street, limit)
        lines = [wrapped[0], " ".join(wrapped[1:])]
    return Address(
        country=given.country,
        county=texts.clean(given.county, "address.county"),
        city=texts.clean(given.city, "address.city"),
        address1=texts.cut(lines[0], "address.street", limit),
        address2=texts.cut(lines[1], "address.street", limit) if len(lines) > 1 else "",
        postal_code=given.postal_code,
    )


def _contacts(party: Party, texts: Texts) -> list[Contact]:
    found = (("EMAIL", party.email), ("PHONE", party.phone), ("PERSON", party.contact_name))
    return [Contact(kind, texts.clean(value, "contacts")) for kind, value in found if value]


def article_code(draft: ItemDraft) -> str:
    """Return the code under which the item stands in SmartAccounts: the draft's own, the item's, else its source id.

    Raises:
        Unsupported: There is none of the three.

    """
    code = draft.extra.get("code") or draft.item.code or draft.item.source_id
    if not code:
        raise Unsupported(field="code", rule="an item needs a code")
    return code


def write_item(draft: ItemDraft, texts: Texts) -> ArticleAdd:
    """Return the body of articles:add; stock items are of type WH.

    Raises:
        Unsupported: The item has no code.

    """
    item = draft.item
    code = texts.clean(article_code(draft), "code")
    return ArticleAdd(
        code=code,
        description=texts.clean(item.name or item.description or code, "name"),
        type=ARTICLE_TYPES[item.stock_kind],
        unit=item.unit,
        vat_pc=draft.vat_code,
        active_sales=item.is_active,
        active_purchase=item.is_active,
        price_sales=None if item.sales_price is None else plain_decimal(item.sales_price),
        price_purchase=None if item.purchase_price is None else plain_decimal(item.purchase_price),
        account_sales=draft.sales_account,
        account_purchase=draft.purchase_account,
        account_warehouse=draft.warehouse_account,
    )


def write_payment(draft: PaymentDraft, texts: Texts) -> PaymentAdd:
    """Return the body of payments:add.

    Raises:
        Unsupported: Money paid back, payments of sales and purchases in one, or allocations above the amount.

    """
    payment = draft.payment
    is_customer = payment.direction is PaymentDirection.INCOMING
    rows, prepaid = _payment_rows(draft, is_customer=is_customer)
    fee = payment.bank_fee
    rest = payment.amount - sum((row.amount for row in rows), Decimal(0)) - prepaid
    extras = _fee(draft, fee, texts)
    if extras:
        rest += fee if is_customer else -fee
    if rest < 0:
        raise Unsupported(field="allocations", rule="allocations exceed the payment", value=str(-rest))
    if rest and assumptions.REMAINDER_AS_PREPAYMENT:
        prepaid += rest
    wire = PaymentAdd(
        date=wire_date(payment.date),
        partner_type="CLIENT" if is_customer else "VENDOR",
        account_type="CASH" if draft.account_is_cash else "BANK",
        account_name=draft.account,
        currency=payment.currency,
        amount=plain_decimal(payment.amount),
        document=texts.clean(payment.number, "number"),
        comment=write_marker(draft.key, texts.clean(payment.note, "note") or "Tilisilta"),
        rows=rows,
        extras=extras,
    )
    if is_customer:
        wire.client_id = draft.party_id
    else:
        wire.vendor_id = draft.party_id
    if prepaid:
        wire.prepayment = Prepayment(plain_decimal(prepaid), payment.note or "Ettemaks")
    return wire


def _payment_rows(draft: PaymentDraft, *, is_customer: bool) -> tuple[list[PaymentRow], Decimal]:
    """Return the rows that pay documents, and what is prepaid."""
    rows: list[PaymentRow] = []
    prepaid = Decimal(0)
    for each in draft.allocations:
        kind, amount = each.allocation.kind, each.allocation.amount
        is_sales = kind is AllocationKind.SALES_INVOICE
        if amount < 0 or (kind in ROW_TYPES and is_sales is not is_customer):
            raise Unsupported(field="allocations", rule="money paid back has no form in SmartAccounts")
        if kind is AllocationKind.PREPAYMENT:
            prepaid += amount
        elif kind in ROW_TYPES:
            rows.append(PaymentRow(ROW_TYPES[kind], each.document_id, plain_decimal(amount)))
        else:
            raise Unsupported(field="allocations", rule="only invoices and prepayments can be paid", value=kind.value)
    return rows, prepaid


def _fee(draft: PaymentDraft, fee: Decimal, texts: Texts) -> list[Extra]:
    if not fee:
        return []
    account = draft.extra.get("bank_fee_account", "")
    if not account:
        texts.warn("BANK_FEE_NOT_CARRIED", "bank_fee", amount=fee)
        return []
    sign = -1 if draft.payment.direction is PaymentDirection.INCOMING else 1
    return [Extra(plain_decimal(fee * sign), Decimal(1), "Teenustasu", account)]
