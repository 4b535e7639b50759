"""SmartAccounts' records read into ours: payments, parties, items, totals."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.connectors.smartaccounts import assumptions
from tilisilta.connectors.smartaccounts.wire import (
    Answer,
    ArticleRead,
    InvoiceRead,
    PartnerRead,
    PaymentRead,
    read_date,
)
from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    Item,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
    StockKind,
)
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO, round_amount
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import decimal, flag, identity, items, maybe_decimal, text
from tilisilta.ports import CatalogueEntry, ItemCandidate, PartyCandidate, Totals

_KINDS = {
    assumptions.PAYMENT_ROW_SALES: AllocationKind.SALES_INVOICE,
    assumptions.PAYMENT_ROW_PURCHASE: AllocationKind.PURCHASE_INVOICE,
    "PREPAYMENT_PAYMENT": AllocationKind.PREPAYMENT,
}
_STOCK_KINDS = {"WH": StockKind.STOCK, "SERVICE": StockKind.SERVICE, "PRODUCT": StockKind.PRODUCT}


def read_totals(wire: Answer | InvoiceRead) -> Totals:
    """Return the totals of an invoice or of the answer to its creation; negative documents turned positive.

    `gross` is the vendor's totalAmount, thus with what it keeps apart as roundAmount.
    """
    net, vat, gross = (
        maybe_decimal(wire.amount, "amount"),
        maybe_decimal(wire.vat_amount, "vatAmount"),
        maybe_decimal(wire.total_amount, "totalAmount"),
    )
    if gross is not None and gross < 0:
        return Totals(net=None if net is None else -net, vat=None if vat is None else -vat, gross=-gross)
    return Totals(net=net, vat=vat, gross=gross)


def read_payment(wire: PaymentRead) -> Payment:
    """Return a payment; ids of documents and parties are SmartAccounts' own.

    Raises:
        BadInput: A date or amount cannot be read, or there is no date or id.

    """
    source_id = identity(wire.id)
    date = read_date(wire.date, "date")
    if not source_id or date is None:
        raise BadInput(field="date" if source_id else "id", rule="present")
    is_customer = text(wire.partner_type).upper() != "VENDOR"
    amount = decimal(wire.amount, "amount")
    is_incoming = is_customer if amount >= 0 else not is_customer
    sign = Decimal(1) if amount >= 0 else Decimal(-1)
    allocations = [_allocation(row, sign) for row in wire.rows or ()]
    prepaid = wire.prepayment.get("amount") if isinstance(wire.prepayment, dict) else None
    if prepaid:
        allocations.append(
            Allocation(kind=AllocationKind.PREPAYMENT, amount=decimal(prepaid, "prepayment.amount") * sign)
        )
    fee, others = _extras(wire, is_customer=is_customer, is_alone=not allocations)
    allocations += [msgspec.structs.replace(each, amount=each.amount * sign) for each in others]
    key = read_marker(wire.comment)
    return Payment(
        source_id=source_id,
        direction=PaymentDirection.INCOMING if is_incoming else PaymentDirection.OUTGOING,
        date=date,
        amount=abs(amount),
        currency=text(wire.currency) or "EUR",
        party=Party(source_id=identity(wire.client_id if is_customer else wire.vendor_id)),
        account=text(wire.account_name),
        is_cash=text(wire.account_type).upper() == "CASH",
        allocations=tuple(allocations),
        bank_fee=fee,
        number=text(wire.number),
        note=text(wire.comment),
        created_at=read_moment(wire.date_created),
        modified_at=read_moment(wire.date_updated),
        # A payment that we sent bears our key: whoever reads payments back must not send it round again.
        extra={"our_key": key} if key else {},
    )


def _extras(wire: PaymentRead, *, is_customer: bool, is_alone: bool) -> tuple[Decimal, list[Allocation]]:
    """Return the bank's fee and what else the free rows of a payment say; without them it would not add up.

    A free row that takes from a receipt, or comes on top of what is paid out, is a fee.
    """
    fee: Decimal = ZERO
    others: list[Allocation] = []
    for each in items(wire.extras):
        if not isinstance(each, dict):
            continue
        amount = maybe_decimal(each.get("amount"), "extras.amount")
        if amount is None:
            price, quantity = (decimal(each.get(name), f"extras.{name}") for name in ("price", "quantity"))
            amount = decimal(round_amount(price * quantity, text(wire.currency) or "EUR"))
        if not is_alone and (amount < 0) is is_customer:
            fee += abs(amount)
        elif amount:
            others.append(Allocation(kind=AllocationKind.OTHER, amount=amount, note=text(each.get("description"))))
    return fee, others


def _allocation(row: Any, sign: Decimal) -> Allocation:
    name = text(row.type).upper()
    return Allocation(
        kind=_KINDS.get(name, AllocationKind.OTHER),
        amount=decimal(row.amount, "rows.amount") * sign,
        document_source_id=identity(row.id),
        document_number=text(row.invoice_number) or text(row.number),
        note="" if name in _KINDS else name,
    )


def read_party(wire: PartnerRead, role: PartyRole) -> Party:
    """Return a client or vendor as a party."""
    address = wire.address if isinstance(wire.address, dict) else {}
    contacts: dict[str, str] = {}
    for each in wire.contacts if isinstance(wire.contacts, list) else ():
        if isinstance(each, dict) and text(each.get("value")):
            contacts.setdefault(text(each.get("type")).upper(), text(each.get("value")))
    account = text(wire.bank_account)
    term = maybe_decimal(wire.invoice_due_date, "invoiceDueDate")
    lines = [text(address.get(name)) for name in ("address1", "address2")]
    return Party(
        source_id=identity(wire.id),
        name=text(wire.name),
        registry_code=text(wire.reg_code),
        vat_number=text(wire.vat_number),
        email=contacts.get("EMAIL", ""),
        phone=contacts.get("PHONE", ""),
        contact_name=contacts.get("PERSON", ""),
        address=Address(
            street=", ".join(line for line in lines if line),
            city=text(address.get("city")),
            county=text(address.get("county")),
            postal_code=text(address.get("postalCode")),
            country=text(address.get("country")).upper(),
        ),
        bank_accounts=(BankAccount(iban=account),) if account else (),
        reference_number=text(wire.reference_number),
        payment_term_days=None if term is None else int(term),
        is_customer=role is PartyRole.CUSTOMER,
        is_supplier=role is PartyRole.SUPPLIER,
        modified_at=read_moment(wire.date_updated),
    )


def read_item(wire: ArticleRead) -> Item:
    """Return an article as an item."""
    return Item(
        source_id=text(wire.code),
        code=text(wire.code),
        name=text(wire.description),
        unit=text(wire.unit),
        stock_kind=_STOCK_KINDS.get(text(wire.type).upper(), StockKind.PRODUCT),
        sales_price=maybe_decimal(wire.price_sales, "priceSales"),
        purchase_price=maybe_decimal(wire.price_purchase, "pricePurchase"),
        vat_code=text(wire.vat_pc),
        sales_account=text(wire.account_sales),
        purchase_account=text(wire.account_purchase),
        is_active=wire.active_sales is not False or wire.active_purchase is not False,
        modified_at=read_moment(wire.date_updated),
    )


def party_candidate(wire: PartnerRead) -> PartyCandidate:
    """Return what is needed for matching a party."""
    party = read_party(wire, PartyRole.CUSTOMER)
    return PartyCandidate(
        target_id=party.source_id,
        name=party.name,
        registry_code=party.registry_code,
        vat_number=party.vat_number,
        email=party.email,
    )


def item_candidate(wire: ArticleRead) -> ItemCandidate:
    """Return what is needed for matching an item."""
    code = text(wire.code)
    return ItemCandidate(target_id=code, code=code, name=text(wire.description), unit=text(wire.unit))


# --- lists of the settings -----------------------------------------------------------------------------------


def vat_codes(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return settings/vatpcs: `vatPc` is the code, `pc` its percent."""
    return [
        CatalogueEntry(
            key=text(row.get("vatPc")),
            label=_label(row, text(row.get("vatPc"))),
            rate=maybe_decimal(row.get("pc"), "pc"),
            for_sales=_maybe_flag(row.get("activeSales")),
            for_purchases=_maybe_flag(row.get("activePurchase")),
            # `inUse` says whether documents use a code already, not whether they may.
            is_active=row.get("activeSales") is not False or row.get("activePurchase") is not False,
        )
        for row in rows
    ]


def accounts(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return settings/accounts."""
    return [
        CatalogueEntry(
            key=text(row.get("code")),
            label=_label(row, text(row.get("code"))),
            extra={"type": text(row.get("type"))},
        )
        for row in rows
    ]


def bank_accounts(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return settings/bankaccounts; their names are their identity."""
    return _money_accounts(rows, is_cash=False)


def cash_accounts(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return settings/cashaccounts; their names are their identity."""
    return _money_accounts(rows, is_cash=True)


def _money_accounts(rows: Iterable[dict[str, Any]], *, is_cash: bool) -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            key=text(row.get("name")),
            label=" ".join(each for each in (text(row.get("name")), text(row.get("iban"))) if each),
            extra={
                "is_cash": "1" if is_cash else "",
                "currency": text(row.get("currency")),
                "account": text(row.get("account")),
                "iban": text(row.get("iban")),
                "for_netting": "1" if flag(row.get("forNetting")) else "",
            },
        )
        for row in rows
    ]


def warehouses(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return warehouses by id where there is one, else by name."""
    found = []
    for row in rows:
        key = next((text(row.get(name)) for name in assumptions.WAREHOUSE_KEY_FIELDS if text(row.get(name))), "")
        if key:
            found.append(CatalogueEntry(key=key, label=text(row.get("name")) or key))
    return found


def dimensions(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return settings/objects."""
    return [
        CatalogueEntry(
            key=text(row.get("id")),
            label=" ".join(each for each in (text(row.get("code")), text(row.get("name"))) if each),
            is_active=row.get("active") is not False,
        )
        for row in rows
    ]


def named(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return a list whose entries are known by name."""
    return [CatalogueEntry(key=text(row.get("name")), label=text(row.get("name"))) for row in rows]


def _label(row: dict[str, Any], key: str) -> str:
    name = next(
        (text(row.get(field)) for field in ("descriptionEt", "descriptionEn", "name") if text(row.get(field))), ""
    )
    return f"{key} {name}".strip()


def _maybe_flag(value: Any) -> bool | None:
    return None if value is None else flag(value)


def read_moment(value: Any) -> str:
    """Return a time of change as ISO 8601; whether the vendor adds a time to the day is unknown, both are read.

    >>> read_moment("21.11.2026 10:05:00")
    '2026-11-21T10:05:00'
    """
    day = read_day(value)
    if day is None:
        return ""
    time = text(value)[10:].strip(" _T")
    return f"{day.isoformat()}T{time}" if time else day.isoformat()


def read_day(value: Any) -> dt.date | None:
    """Return the date of a listed record, or None when it cannot be read."""
    try:
        return read_date(value, "date")
    except BadInput:
        return None
