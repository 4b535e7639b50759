"""From a request body to a payment: reading, checking against what is open, and the ledger entry."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.books import Books, LedgerDraft
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.money import euros, money, rate_of
from tilisilta_emulators.smartaccounts.records import ZERO, Extra, Invoice, Partner, Payment, PaymentRow

ROW_TYPES = ("CLIENT_INVOICE", "VENDOR_INVOICE", "VAT_RETURN", "PREPAYMENT_PAYMENT", "SALARY")
_LIABILITIES = {"VAT_RETURN": chart.VAT_PAYABLE, "SALARY": chart.SALARY_PAYABLE}


class PaymentDraft(msgspec.Struct, kw_only=True):
    """A payment as read, before anything is looked up."""

    date: dt.date
    partner_type: str
    partner_id: str
    account_type: str
    account_name: str
    currency: str
    amount: Decimal
    document: str | None
    comment: str | None
    exchange_rate: Decimal | None
    eur_amount: Decimal | None
    rows: list[PaymentRow]
    prepayment: dict[str, Any] | None
    extras: list[Extra]


def read_payment(form: Form) -> PaymentDraft:
    """Return what a body says about a payment; the basic stage, which stops at the first fault."""
    day = form.need_date("date")
    partner_type = form.need_choice("partnerType", ("CLIENT", "VENDOR"))
    return PaymentDraft(
        date=day,
        partner_type=partner_type,
        partner_id=form.need("clientId" if partner_type == "CLIENT" else "vendorId"),
        account_type=form.need_choice("accountType", ("BANK", "CASH")),
        account_name=form.need("accountName"),
        currency=form.need("currency"),
        amount=money(form.need_decimal("amount")),
        document=form.text("document"),
        comment=form.text("comment"),
        exchange_rate=form.decimal("exchangeRate"),
        eur_amount=form.decimal("eurAmount") or None,
        rows=[
            PaymentRow(row.need_choice("type", ROW_TYPES), row.need("id"), money(row.need_decimal("amount")))
            for row in form.children("rows")
        ],
        prepayment=_prepayment(form.child("prepayment")),
        extras=[_extra(extra) for extra in form.children("extras")],
    )


def _prepayment(form: Form | None) -> dict[str, Any] | None:
    # A typed client that has no prepayment sends the object with nothing in it.
    if form is None or (not form.decimal("amount") and not form.has("description")):
        return None
    return {"amount": money(form.need_decimal("amount")), "description": form.need("description")}


def _extra(form: Form) -> Extra:
    price, quantity = form.need_decimal("price"), form.need_decimal("quantity")
    return Extra(
        price, quantity, money(price * quantity), form.need("description"), form.need("account"),
        form.text("objectId"),
    )  # fmt: skip


def build_payment(call: Call, draft: PaymentDraft, old: Payment | None) -> Payment:
    """Return the payment of a draft, entered nowhere yet.

    Raises:
        Refused: Everything the complex stage found.
    """
    faults: list[Fault] = []
    client = draft.partner_type == "CLIENT"
    partner = (call.books.clients if client else call.books.vendors).by_id.get(draft.partner_id)
    if partner is None:
        faults.append(fault(f"{draft.partner_type}-NOT-FOUND", value=draft.partner_id))
    service = "bankaccounts" if draft.account_type == "BANK" else "cashaccounts"
    if draft.account_name not in call.books.named[service]:
        faults.append(fault(f"{draft.account_type}-ACCOUNT-NOT-FOUND", value=draft.account_name))
    rate = rate_of(draft.currency, draft.exchange_rate, faults)
    for extra in draft.extras:
        call.books.check_account(extra.account, faults)
        extra.object_id = call.books.object_id(extra.object_id, faults)
    _check_rows(call, draft, partner, old, faults)
    _check_amount(call, draft, faults)
    if faults or partner is None:
        raise Refused(*faults)
    began = call.books.again(old, call.moment) if old else call.books.new(call.books.payments, call.moment)
    return Payment(
        **began,
        date=draft.date,
        partner_type=draft.partner_type,
        partner=partner,
        account_type=draft.account_type,
        account_name=draft.account_name,
        currency=draft.currency,
        amount=draft.amount,
        number=old.number if old else str(call.books.number(f"payment_{draft.account_type}")),
        order_number=old.order_number if old else _order_number(call, draft),
        document=draft.document,
        comment=draft.comment,
        exchange_rate=rate,
        eur_amount=draft.eur_amount,
        rows=draft.rows,
        prepayment=draft.prepayment,
        extras=draft.extras,
        prepayment_used=old.prepayment_used if old else ZERO,
    )


def _order_number(call: Call, draft: PaymentDraft) -> str | None:
    if draft.account_type == "BANK":
        return None
    account = call.books.named["cashaccounts"][draft.account_name]
    name = "incomingOrderNumber" if draft.partner_type == "CLIENT" else "outgoingOrderNumber"
    number = int(account.get(name) or 1)
    account[name] = number + 1
    return str(number)


def _check_amount(call: Call, draft: PaymentDraft, faults: list[Fault]) -> None:
    if draft.amount < 0:
        faults.append(fault("PAYMENT-AMOUNT-NEGATIVE"))
    named = sum((row.amount for row in draft.rows), ZERO) + sum((extra.amount for extra in draft.extras), ZERO)
    if draft.prepayment is not None:
        named += draft.prepayment["amount"]
    if named == draft.amount:
        return
    rest = draft.amount - named
    if call.options.payment_remainder == "prepayment" and rest > 0 and draft.prepayment is None:
        draft.prepayment = {"amount": rest, "description": "Ettemaks"}
    else:
        faults.append(fault("PAYMENT-AMOUNT-MISMATCH", value=draft.amount, sum=named))


def _check_rows(
    call: Call, draft: PaymentDraft, partner: Partner | None, old: Payment | None, faults: list[Fault]
) -> None:
    # What the edited payment itself settled is open again, and what a row takes is gone for the next.
    available: dict[str, Decimal] = {}
    for row in old.rows if old else ():
        available[row.id] = available.get(row.id, ZERO) + row.amount
    for at, row in enumerate(draft.rows, start=1):
        if row.amount <= 0:
            faults.append(fault("PAYMENT-ROW-AMOUNT-NEGATIVE", row=at))
            continue
        if row.type in _LIABILITIES:
            continue
        owner, currency, remaining = _open_part(call.books, row)
        if owner is None:
            faults.append(fault("PAYMENT-ROW-NOT-FOUND", row=at, value=row.id))
            continue
        if partner is not None and owner is not partner:
            faults.append(fault("PAYMENT-ROW-WRONG-PARTNER", row=at))
        if currency != draft.currency:
            faults.append(fault("PAYMENT-ROW-WRONG-CURRENCY", row=at, value=currency))
        given_back = available.get(row.id, ZERO)
        if row.amount > remaining + given_back:
            faults.append(fault("PAYMENT-ROW-AMOUNT-TOO-LARGE", row=at))
        available[row.id] = given_back - row.amount


def _open_part(books: Books, row: PaymentRow) -> tuple[Partner | None, str, Decimal]:
    if row.type == "PREPAYMENT_PAYMENT":
        payment = books.payments.by_id.get(row.id)
        if payment is None or payment.prepayment is None:
            return None, "", ZERO
        return payment.partner, payment.currency, payment.prepayment["amount"] - payment.prepayment_used
    invoice = invoice_of(books, row)
    if invoice is None:
        return None, "", ZERO
    return invoice.partner, invoice.currency, invoice.remaining


def invoice_of(books: Books, row: PaymentRow) -> Invoice | None:
    """Return the invoice that a row settles, or None for rows of other kinds."""
    if row.type == "CLIENT_INVOICE":
        return books.client_invoices.by_id.get(row.id)
    if row.type == "VENDOR_INVOICE":
        return books.vendor_invoices.by_id.get(row.id)
    return None


def draft_payment(books: Books, payment: Payment) -> LedgerDraft:
    """Return the ledger entry of a payment; gains and losses of exchange have their own accounts."""
    kind = "BANK_PAYMENT" if payment.account_type == "BANK" else "CASH_PAYMENT"
    draft = LedgerDraft(kind, payment.date, payment.number, payment.document)
    draft.currency, draft.rate = payment.currency, payment.exchange_rate
    if payment.eur_amount and payment.currency != "EUR":
        draft.rate = payment.amount / payment.eur_amount
    inflow = 1 if payment.partner_type == "CLIENT" else -1
    received = ZERO
    for row in payment.rows:
        received += _post_row(books, draft, payment, row)
    if payment.prepayment is not None:
        amount = inflow * payment.prepayment["amount"]
        draft.add(_prepayment_account(payment), -amount, payment.prepayment["description"])
        received += amount
    for extra in payment.extras:
        draft.add(extra.account, -inflow * extra.amount, extra.description, extra.object_id)
        received += inflow * extra.amount
    service = "bankaccounts" if payment.account_type == "BANK" else "cashaccounts"
    account = books.named[service][payment.account_name]["account"]
    draft.add(account, received, payment.partner.name)
    difference = draft.balance()
    if draft.currency != "EUR" and difference:
        gain = chart.EXCHANGE_GAIN if difference > 0 else chart.EXCHANGE_LOSS
        draft.add(gain, ZERO, "Kursivahe", in_euros=-difference)
    return draft


def _post_row(books: Books, draft: LedgerDraft, payment: Payment, row: PaymentRow) -> Decimal:
    """Post the counter side of one row and return what it brings to the bank (minus: takes from it)."""
    name = payment.partner.name
    if row.type in _LIABILITIES:
        draft.add(_LIABILITIES[row.type], row.amount, row.type)
        return -row.amount
    if row.type == "PREPAYMENT_PAYMENT":
        # An earlier prepayment is used up: the opposite of receiving it.
        amount = row.amount if payment.partner_type == "CLIENT" else -row.amount
        draft.add(_prepayment_account(payment), amount, name)
        return -amount
    invoice = invoice_of(books, row)
    if invoice is None:
        raise LookupError(row.id)
    sign = invoice.direction if row.type == "CLIENT_INVOICE" else -invoice.direction
    amount = sign * row.amount
    draft.add(invoice.account_unpaid, -amount, name, in_euros=-euros(amount, invoice.exchange_rate))
    return amount


def _prepayment_account(payment: Payment) -> str:
    default = chart.CLIENT_PREPAYMENT if payment.partner_type == "CLIENT" else chart.VENDOR_PREPAYMENT
    return payment.partner.account_prepayment or default
