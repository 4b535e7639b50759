"""Payments into Merit: one call for each document that they pay, found again by document, day and amount."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from tilisilta.connectors.merit import assumptions, mapper
from tilisilta.connectors.merit.lists import Lists
from tilisilta.connectors.merit.wire import PaymentRead, PaymentSend, guid, plain_decimal, read_date, wire_date
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.documents import AllocationKind, Direction, PaymentDirection
from tilisilta.core.errors import Refused, TilisiltaError, Unknown, Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.days import date_ranges
from tilisilta.kit.values import decimal, text
from tilisilta.ports import FindCertainty, Found, Sent, Totals

KEY_SEPARATOR = ","
_DIRECTIONS = {AllocationKind.SALES_INVOICE: Direction.SALES, AllocationKind.PURCHASE_INVOICE: Direction.PURCHASE}

# Day, paid document, amount without its sign.
_Sign = tuple[dt.date, str, Decimal]


class Part(msgspec.Struct, frozen=True):
    """One document that a payment pays."""

    direction: Direction
    document_id: str
    amount: Decimal
    is_back: bool

    def sign(self, day: dt.date) -> _Sign:
        """What makes a listed payment this part."""
        return day, self.document_id, self.amount


def parts_of(draft: PaymentDraft) -> list[Part]:
    """Return what a payment pays.

    Raises:
        Unsupported: It pays no document, or something that is none: Merit enters payments of invoices only.

    """
    parts = [_part(each, index) for index, each in enumerate(draft.allocations)]
    if not parts:
        raise Unsupported(field="allocations", rule="a payment must pay an invoice")
    paid = sum((each.allocation.amount for each in draft.allocations), ZERO)
    if abs(paid) != draft.payment.amount:
        raise Unsupported(field="allocations", rule="the whole payment must pay invoices", value=str(paid))
    return parts


def _part(draft: AllocationDraft, index: int) -> Part:
    allocation = draft.allocation
    direction = _DIRECTIONS.get(allocation.kind)
    if direction is None or not draft.document_id or not allocation.amount:
        rule = "only payments of invoices are entered"
        raise Unsupported(field=f"allocations[{index}]", rule=rule, value=allocation.kind.value)
    return Part(direction, draft.document_id.lower(), abs(allocation.amount), allocation.amount < 0)


# --- looking ---------------------------------------------------------------------------------------------------


async def find_payments(lists: Lists, drafts: Sequence[PaymentDraft]) -> dict[str, Found]:
    """Return the payments that Merit holds whole, by draft key. One that is there in part is not found: sending it
    again enters what is left.
    """
    there = await _entered(lists, (draft.payment.date for draft in drafts))
    answers: dict[str, Found] = {}
    for draft in drafts:
        try:
            parts = parts_of(draft)
        except Unsupported:
            continue  # what cannot be written was not written; `send` says so for this draft alone
        candidates = [there.get(part.sign(draft.payment.date), []) for part in parts]
        if not all(candidates):
            continue
        sent = _sent([each[0] for each in candidates], draft.payment.amount)
        others = tuple(Sent(target_id=key) for each in candidates for key in each[1:])
        answers[draft.key] = Found(sent=sent, certainty=FindCertainty.MATCHED, others=others)
    return answers


async def _entered(lists: Lists, days: Iterable[dt.date]) -> dict[_Sign, list[str]]:
    found: dict[_Sign, list[str]] = {}
    for first, last in date_ranges(days):
        for row in await lists.payments(first, last):
            day = read_date(row.document_date, "DocumentDate")
            for part in row.paym_api_details or ():
                if day is not None:
                    amount = abs(decimal(part.paid_amount, "PaidAmount"))
                    found.setdefault((day, guid(part.doc_id), amount), []).append(mapper.payment_id(row))
    return found


def _sent(keys: Sequence[str], amount: Decimal) -> Sent:
    return Sent(target_id=KEY_SEPARATOR.join(keys), totals=Totals(gross=amount))


def payment_totals(rows: Iterable[PaymentRead], target_ids: Sequence[str]) -> dict[str, Totals]:
    """Return the sums of payments by our joined ids; those of which a part is gone are absent."""
    sums = {mapper.payment_id(row): abs(decimal(row.amount, "Amount")) for row in rows}
    parts = {target_id: target_id.split(KEY_SEPARATOR) for target_id in target_ids}
    return {
        target_id: Totals(gross=sum((sums[key] for key in keys), ZERO))
        for target_id, keys in parts.items()
        if all(key in sums for key in keys)
    }


# --- sending ---------------------------------------------------------------------------------------------------


async def send_payment(lists: Lists, draft: PaymentDraft, texts: Texts) -> Sent:
    """Enter a payment: one record for each document that it pays. Of several those that are there are not sent again.

    Raises:
        Refused: The vendor's reason; PAYMENT_PARTLY_SENT when earlier parts are in Merit; PAID_DOCUMENT_GONE_AT_TARGET.
        Unsupported: It pays no invoice, pays money back, or pays a purchase in part (PAYMENT_NOT_IN_FULL).

    """
    parts = parts_of(draft)
    bodies = [await _body(lists, draft, part) for part in parts]
    if draft.payment.bank_fee:
        texts.warn("BANK_FEE_NOT_CARRIED", "bank_fee", amount=draft.payment.bank_fee)
    there = await _entered(lists, [draft.payment.date]) if len(parts) > 1 else {}
    keys: list[str] = []
    for part, body in zip(parts, bodies, strict=True):
        known = there.get(part.sign(draft.payment.date))
        if known:
            keys.append(known[0])
            continue
        try:
            keys.append(await _enter(lists, draft, part, body))
        except Refused as error:
            if not keys:
                raise
            raise _partly(error, keys, len(parts)) from error
        except Unknown:
            raise
        except TilisiltaError as error:
            if not keys:
                raise
            # Part of it is there: only looking tells the next attempt what is left.
            raise Unknown("ANSWER_LOST", evidence=error.evidence, rule="sent in part") from error
    return _sent(keys, draft.payment.amount)


async def _body(lists: Lists, draft: PaymentDraft, part: Part) -> PaymentSend:
    """Return one call: Merit finds the document by its number and the partner's name, which the draft does not have."""
    detail = await lists.invoice(part.direction, part.document_id)
    if detail is None:
        raise Refused("PAID_DOCUMENT_GONE_AT_TARGET", message=part.document_id)
    header, payment = detail.header, draft.payment
    is_sales = part.direction is Direction.SALES
    total = decimal(header.total_sum, "TotalSum")
    comes_in = is_sales is (total >= 0)
    if comes_in is not ((payment.direction is PaymentDirection.INCOMING) is not part.is_back):
        raise Unsupported(field="allocations", rule="money paid back has no form in Merit", value=header.number)
    left = total - decimal(header.paid_amount, "PaidAmount")
    if not is_sales and assumptions.PURCHASE_PAYMENTS_IN_FULL and part.amount < abs(left):
        raise Unsupported("PAYMENT_NOT_IN_FULL", field="allocations", amount=part.amount, left=abs(left))
    amount = part.amount if total >= 0 else -part.amount
    wire = PaymentSend(
        payment_date=wire_date(payment.date),
        amount=plain_decimal(amount),
        bank_id=draft.account,
        currency_code=payment.currency,
        ref_no="" if header.number else text(header.reference_no),
    )
    if is_sales:
        wire.customer_name, wire.invoice_no = header.partner_name, header.number
    else:
        wire.vendor_name, wire.bill_no = header.partner_name, header.number
    return wire


async def _enter(lists: Lists, draft: PaymentDraft, part: Part, body: PaymentSend) -> str:
    endpoint = "sendpayment" if part.direction is Direction.SALES else "sendPaymentV"
    answer = await lists.client.write(endpoint, body)
    key = guid(answer.get("PaymentId"))
    if key:
        return key
    # What sendpayment answers is not described; the list of the day tells what it made.
    entered = (await _entered(lists, [draft.payment.date])).get(part.sign(draft.payment.date))
    if not entered:
        raise Unknown("ANSWER_LOST", rule="answer without an id", endpoint=endpoint)
    return entered[-1]


def _partly(error: Refused, keys: list[str], parts: int) -> Refused:
    message = error.params.get("message", error.code)
    return Refused(
        "PAYMENT_PARTLY_SENT",
        evidence=error.evidence,
        sent=len(keys),
        parts=parts,
        keys=", ".join(keys),
        message=message,
    )
