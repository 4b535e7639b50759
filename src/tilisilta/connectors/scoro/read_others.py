"""Scoro's receipts, contacts, products and catalogues read into ours."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel.core import get_global

from tilisilta.connectors.scoro import assumptions
from tilisilta.connectors.scoro.mapper import stamp
from tilisilta.connectors.scoro.wire import Contact, Product, Receipt, ReceiptGroup
from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    Item,
    Party,
    Payment,
    PaymentDirection,
    StockKind,
)
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import date, decimal, flag, identity, items, maybe_decimal, plain, text
from tilisilta.ports import CatalogueEntry

_KINDS = {"invoices": AllocationKind.SALES_INVOICE, "bills": AllocationKind.PURCHASE_INVOICE}
ALPHA_3 = 3


def doc_type(wire: Receipt) -> str:
    """Return which module a receipt pays: invoices, bills or expenses."""
    return text(wire.sales_doc_type).lower() or assumptions.DOC_TYPE_DEFAULT


def receipts_of(group: ReceiptGroup) -> list[Receipt]:
    """Return the receipts of a group; a flat receipt (API v1) is its own."""
    if group.receipts:
        return list(group.receipts)
    return [group] if identity(group.receipt_id) else []


PART = "/"


def group_id(source_id: str) -> str:
    """Return the receipt group that a payment was read from.

    >>> group_id("881"), group_id("881/38")
    ('881', '881')
    """
    return source_id.partition(PART)[0]


def payment_ids(wire: ReceiptGroup) -> list[str]:
    """Return the ids of the payments that a receipt group is read as, without reading its amounts."""
    own = identity(wire.id) or identity(wire.receipt_id)
    contacts = _contacts(wire)
    return [f"{own}{PART}{each}" for each in contacts] if len(contacts) > 1 else [own]


def _contacts(wire: ReceiptGroup) -> list[str]:
    return list(dict.fromkeys(identity(each.contact_id) for each in receipts_of(wire)))


def read_receipts(wire: ReceiptGroup, zone: ZoneInfo) -> list[Payment]:
    """Return a receipt group as payments: one, or one for each contact when it settles documents of several.

    Accounting software enters a payment with one customer or supplier.

    Raises:
        BadInput: as `read_receipt`.
    """
    contacts = _contacts(wire)
    if len(contacts) < 2:  # noqa: PLR2004
        return [read_receipt(wire, zone)]
    whole = read_receipt(wire, zone)
    payments = []
    for contact, source_id in zip(contacts, payment_ids(wire), strict=True):
        own = [each for each in receipts_of(wire) if identity(each.contact_id) == contact]
        part = ReceiptGroup(**{**msgspec.structs.asdict(wire), "receipts": own, "sum": None, "contact_id": contact})
        part.contact_name = next((each.contact_name for each in own if each.contact_name), None)
        payments.append(msgspec.structs.replace(read_receipt(part, zone), source_id=source_id, date=whole.date))
    return payments


def read_receipt(wire: ReceiptGroup, zone: ZoneInfo) -> Payment:
    """Return a receipt group as one payment with an allocation for each receipt.

    A negative sum is money paid back: the direction turns, and its allocations are negative.

    Raises:
        BadInput: No id or date, or a value that cannot be read.

    """
    receipts = receipts_of(wire)
    source_id = identity(wire.id) or identity(wire.receipt_id)
    day = date(wire.date, "date") or next((date(each.date, "date") for each in receipts), None)
    if not source_id or day is None:
        raise BadInput(field="date" if source_id else "id", rule="present")
    kind = doc_type(wire)
    if not text(wire.sales_doc_type) and receipts:
        kind = doc_type(receipts[0])
    amount = decimal(wire.sum, "sum")
    if not amount and receipts:
        amount = sum((decimal(each.sum, "receipts.sum") for each in receipts), Decimal(0))
    is_incoming = (kind == "invoices") is (amount >= 0)
    contact = identity(wire.contact_id) or next(
        (identity(each.contact_id) for each in receipts if identity(each.contact_id)), ""
    )
    name = plain(wire.contact_name) or next((plain(each.contact_name) for each in receipts if each.contact_name), "")
    return Payment(
        source_id=source_id,
        direction=PaymentDirection.INCOMING if is_incoming else PaymentDirection.OUTGOING,
        date=day,
        amount=abs(amount),
        currency=text(wire.currency).upper() or "EUR",
        party=Party(source_id=contact, name=name, is_customer=kind == "invoices", is_supplier=kind == "bills"),
        account=identity(wire.receipt_account_id),
        allocations=tuple(_allocation(each, kind) for each in receipts),
        created_at=stamp(wire.created_date, zone),
        modified_at=stamp(wire.modified_date, zone),
        extra={"sales_doc_type": kind},
    )


def _allocation(wire: Receipt, group_kind: str) -> Allocation:
    kind = text(wire.sales_doc_type).lower() or group_kind
    prepayment = identity(wire.prepayment_id)
    document = identity(wire.invoice_id)
    is_prepayment = bool(prepayment) and not document
    return Allocation(
        kind=AllocationKind.PREPAYMENT if is_prepayment else _KINDS.get(kind, AllocationKind.OTHER),
        amount=decimal(wire.sum, "receipts.sum"),
        document_source_id=prepayment if is_prepayment else document,
        document_number=text(wire.invoice_no),
        source_id=identity(wire.receipt_id),
        note="" if kind in _KINDS else kind,
    )


# --- contacts and products -----------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def country_code(value: str) -> str:
    """Return the two-letter code of a country given by three letters (ISO 3166), as CLDR pairs them.

    >>> country_code("est")
    'EE'
    """
    code = value.strip().upper()
    if len(code) != ALPHA_3:
        return code
    found = get_global("territory_aliases").get(code) or [""]
    return str(found[0])


def read_contact(wire: Contact, zone: ZoneInfo) -> Party:
    """Return a contact as a party.

    Raises:
        BadInput: It has no id.

    """
    source_id = identity(wire.contact_id)
    if not source_id:
        raise BadInput(field="contact_id", rule="present")
    is_person = text(wire.contact_type).lower() == "person"
    address = next((each for each in items(wire.addresses) if isinstance(each, dict)), {})
    account = text(wire.bankaccount).replace(" ", "")
    tags = [plain(each) for each in items(wire.tags) if plain(each)]
    return Party(
        source_id=source_id,
        name=" ".join(each for each in (plain(wire.name), plain(wire.lastname) if is_person else "") if each),
        is_person=is_person,
        registry_code=text(wire.id_code),
        vat_number=text(wire.vatno).replace(" ", "").upper(),
        email=_means(wire, "email"),
        phone=_means(wire, "mobile") or _means(wire, "phone"),
        address=Address(
            street=" ".join(plain(address.get("street")).split()),
            city=plain(address.get("city")) or plain(address.get("municipality")),
            county=plain(address.get("county")),
            postal_code=text(address.get("zipcode")),
            country=country_code(text(address.get("country"))),
        ),
        bank_accounts=(BankAccount(iban=account),) if account else (),
        reference_number=text(wire.reference_no),
        is_customer=flag(wire.is_client),
        is_supplier=flag(wire.is_supplier),
        modified_at=stamp(wire.modified_date, zone),
        extra={"tags": ",".join(tags)} if tags else {},
    )


def _means(wire: Contact, kind: str) -> str:
    if not isinstance(wire.means_of_contact, dict):
        return ""
    given = wire.means_of_contact.get(kind)
    return next((text(each) for each in (given if isinstance(given, list) else [given]) if text(each)), "")


def localised(value: Any) -> str:
    """Return a text that may come as an object by language; the first language with a text wins."""
    if isinstance(value, dict):
        return next((plain(each) for each in value.values() if plain(each)), "")
    return plain(value)


def read_product(wire: Product, zone: ZoneInfo) -> Item:
    """Return a product as an item. Whether it is stock is a rule of ours over its tags, so they come along.

    `extra["is_service"]` says what Scoro says; `extra["field:<name>"]` holds the custom fields that have a value.

    Raises:
        BadInput: It has no id, or a price that cannot be read.

    """
    source_id = identity(wire.product_id)
    if not source_id:
        raise BadInput(field="product_id", rule="present")
    given = wire.tag if isinstance(wire.tag, list) else text(wire.tag).split(",")
    extra = {"is_service": "1" if flag(wire.is_service) else "0", "productgroup_id": identity(wire.productgroup_id)}
    for each in items(wire.custom_fields):
        if isinstance(each, dict) and text(each.get("value")) not in {"", "0"}:
            extra[f"field:{plain(each.get('name')) or text(each.get('id'))}"] = plain(each.get("value"))
    return Item(
        source_id=source_id,
        code=plain(wire.code),
        name=localised(wire.name) or localised(wire.names),
        description=localised(wire.description),
        unit=plain(wire.unit),
        stock_kind=StockKind.SERVICE if flag(wire.is_service) else StockKind.PRODUCT,
        sales_price=maybe_decimal(wire.price, "price"),
        purchase_price=maybe_decimal(wire.buying_price, "buying_price"),
        vat_code=identity(wire.default_vat_code_id),
        sales_account=identity(wire.sales_finance_account_id),
        purchase_account=identity(wire.purchases_finance_account_id),
        tags=tuple(plain(each) for each in given if plain(each)),
        is_active=wire.is_active is None or flag(wire.is_active),
        modified_at=stamp(wire.modified_date, zone),
        extra={name: value for name, value in extra.items() if value},
    )


# --- catalogues ----------------------------------------------------------------------------------------------


def vat_codes(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return vatCodes/list by id, since rows of documents name codes so."""
    return [
        CatalogueEntry(
            key=identity(row.get("vat_code_id")),
            label=_joined(row, "vat_code", "vat_name"),
            rate=maybe_decimal(row.get("percent"), "percent"),
            for_sales=flag(row.get("is_sales")),
            for_purchases=flag(row.get("is_purchases")),
            is_active=row.get("is_active") is None or flag(row.get("is_active")),
            extra={"code": plain(row.get("vat_code"))},
        )
        for row in rows
    ]


def accounts(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return financeAccounts/list by symbol, or by id where there is none."""
    return [
        CatalogueEntry(
            key=_first(row, "account_symbol", "symbol", "id"),
            label=_joined(row, "account_symbol", "symbol", "name"),
            is_active=row.get("is_active") is None or flag(row.get("is_active")),
            extra={"id": identity(row.get("id"))},
        )
        for row in rows
    ]


def bank_accounts(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return receiptAccounts/list."""
    return [
        CatalogueEntry(
            key=identity(row.get("id")),
            label=plain(row.get("name")),
            extra={"is_cash": "1" if "cash" in text(row.get("type")).lower() else "", "type": text(row.get("type"))},
        )
        for row in rows
    ]


def named(rows: Iterable[dict[str, Any]]) -> list[CatalogueEntry]:
    """Return a small list (depots, objects, statuses) by its id; each module names that its own way."""
    return [
        CatalogueEntry(
            key=_first(row, "depot_id", "object_id", "status_id", "id"),
            label=_joined(row, "object_symbol", "depot_name", "status_name", "name"),
            extra={"module": text(row.get("module"))} if row.get("module") else {},
        )
        for row in rows
    ]


def _first(row: dict[str, Any], *names: str) -> str:
    return next((identity(row.get(name)) for name in names if identity(row.get(name))), "")


def _joined(row: dict[str, Any], *names: str) -> str:
    return " ".join(dict.fromkeys(plain(row.get(name)) for name in names if plain(row.get(name))))
