"""Merit's records read into ours: payments, parties, items, totals, lists of choices."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tilisilta.connectors.merit import assumptions
from tilisilta.connectors.merit.places import COST_CENTER, DEPARTMENT, PROJECT, dimension_key
from tilisilta.connectors.merit.wire import (
    BatchRead,
    InvoiceRead,
    ItemRead,
    PartnerRead,
    PaymentRead,
    guid,
    read_date,
    read_moment,
    require_date,
    whole,
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
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import decimal, flag, maybe_decimal, shortest, text
from tilisilta.ports import CatalogueEntry, ItemCandidate, PartyCandidate, Sent, Totals
from tilisilta.ports.paid import PaidState

CUSTOMERS, VENDORS, OTHER_IN, OTHER_OUT = "1", "2", "3", "4"
_KINDS = {CUSTOMERS: AllocationKind.SALES_INVOICE, VENDORS: AllocationKind.PURCHASE_INVOICE}
_STOCK_KINDS = {"1": StockKind.STOCK, "2": StockKind.SERVICE, "3": StockKind.PRODUCT}
_STOCK_WORDS = {"laokaup": StockKind.STOCK, "teenus": StockKind.SERVICE, "stock item": StockKind.STOCK,
                "service": StockKind.SERVICE}  # fmt: skip


# --- documents -----------------------------------------------------------------------------------------------


def read_totals(wire: InvoiceRead) -> Totals:
    """Return the totals of an invoice; those of credit notes turned positive. `gross` has the rounding in it."""
    net, vat, gross = (
        maybe_decimal(wire.total_amount, "TotalAmount"),
        maybe_decimal(wire.tax_amount, "TaxAmount"),
        maybe_decimal(wire.total_sum, "TotalSum"),
    )
    if gross is not None and gross < 0:
        return Totals(net=None if net is None else -net, vat=None if vat is None else abs(vat), gross=-gross)
    return Totals(net=net, vat=vat, gross=gross)


def read_paid(wire: InvoiceRead) -> PaidState:
    """Return what of an invoice is paid; credit notes turned positive."""
    total, paid = decimal(wire.total_sum, "TotalSum"), decimal(wire.paid_amount, "PaidAmount")
    sign = -1 if total < 0 else 1
    if assumptions.PAID_FLAG_WINS and flag(wire.paid) and paid * sign < total * sign:
        paid = total
    return PaidState(
        total=shortest(total * sign), paid=shortest(paid * sign), due_date=read_date(wire.due_date, "DueDate")
    )


def sent_invoice(wire: InvoiceRead) -> Sent:
    """Return a listed invoice as a record in the target."""
    return Sent(target_id=wire.key, number=wire.number, totals=read_totals(wire))


def batch_number(wire: BatchRead) -> str:
    """Return a ledger batch's number as people write it: MA-11."""
    return "-".join(part for part in (text(wire.batch_code), text(wire.no)) if part)


def sent_batch(wire: BatchRead) -> Sent:
    """Return a listed ledger batch as a record in the target."""
    total = maybe_decimal(wire.total_amount, "TotalAmount")
    return Sent(target_id=guid(wire.glb_id), number=batch_number(wire), totals=Totals(gross=total))


def payment_id(wire: PaymentRead) -> str:
    """Return a payment's own id."""
    return guid(wire.pih_id if assumptions.PAYMENT_ID_FIELD == "PIHId" else wire.doc_id)


def read_payment(wire: PaymentRead, accounts: Iterable[CatalogueEntry] = ()) -> Payment:
    """Return a payment; ids of documents, parties and accounts are Merit's own.

    A listed payment names its account; `accounts` tell the id that goes with the name.

    Raises:
        BadInput: A date or amount cannot be read, or there is no date or id.

    """
    source_id, date = payment_id(wire), require_date(wire.document_date, "DocumentDate")
    if not source_id:
        raise BadInput(field=assumptions.PAYMENT_ID_FIELD, rule="present")
    way = whole(wire.direction)
    amount = decimal(wire.amount, "Amount")
    is_incoming = (way in {CUSTOMERS, OTHER_IN}) is (amount >= 0)
    sign = Decimal(1) if amount >= 0 else Decimal(-1)
    name = text(wire.bank_name)
    account = next((each for each in accounts if each.extra["name"].casefold() == name.casefold()), None)
    return Payment(
        source_id=source_id,
        direction=PaymentDirection.INCOMING if is_incoming else PaymentDirection.OUTGOING,
        date=date,
        amount=abs(amount),
        currency=text(wire.currency_code) or "EUR",
        party=Party(source_id=guid(wire.counter_part_id), name=text(wire.counter_part_name)),
        account=account.key if account else name,
        is_cash=account is not None and account.extra["is_cash"] == "1",
        allocations=tuple(
            Allocation(
                kind=_KINDS.get(way, AllocationKind.OTHER),
                amount=decimal(part.paid_amount, "PaidAmount") * sign,
                document_source_id=guid(part.doc_id),
                document_number=text(part.doc_no),
            )
            for part in wire.paym_api_details or ()
        ),
        number=text(wire.document_no),
        modified_at=read_moment(wire.changed_date),
    )


# --- parties and items ---------------------------------------------------------------------------------------


def read_party(wire: PartnerRead, role: PartyRole) -> Party:
    """Return a customer or vendor as a party."""
    account, term = text(wire.bank_account), maybe_decimal(wire.payment_dead_line, "PaymentDeadLine")
    return Party(
        source_id=wire.key,
        name=text(wire.name),
        registry_code=text(wire.reg_no),
        vat_number=text(wire.vat_reg_no),
        email=text(wire.email),
        phone=text(wire.phone_no),
        contact_name=text(wire.contact),
        address=Address(
            street=text(wire.address),
            city=text(wire.city),
            county=text(wire.county),
            postal_code=text(wire.postal_code),
            country=text(wire.country_code).upper(),
        ),
        bank_accounts=(BankAccount(iban=account),) if account else (),
        reference_number=text(wire.ref_no_base),
        payment_term_days=None if term is None else int(term),
        is_customer=role is PartyRole.CUSTOMER,
        is_supplier=role is PartyRole.SUPPLIER,
        modified_at=read_moment(wire.changed_date),
    )


def party_candidate(wire: PartnerRead) -> PartyCandidate:
    """Return what is needed for matching a party."""
    return PartyCandidate(
        target_id=wire.key,
        name=text(wire.name),
        registry_code=text(wire.reg_no),
        vat_number=text(wire.vat_reg_no),
        email=text(wire.email),
    )


def party_mark(wire: PartnerRead) -> str:
    """Return our key in the comments of a card, or an empty one."""
    comments = wire.comments if isinstance(wire.comments, list) else []
    marks = (read_marker(each.get("Comment")) for each in comments if isinstance(each, dict))
    return next((mark for mark in marks if mark), "")


def read_item(wire: ItemRead) -> Item:
    """Return an article as an item; its kind by the number of newer answers, else by its word."""
    kind = _STOCK_KINDS.get(whole(wire.type0)) or _STOCK_WORDS.get(text(wire.type).lower(), StockKind.PRODUCT)
    return Item(
        source_id=text(wire.code),
        code=text(wire.code),
        name=text(wire.name),
        unit=text(wire.unitof_measure_name),
        stock_kind=kind,
        sales_price=maybe_decimal(wire.sales_price, "SalesPrice"),
        purchase_price=maybe_decimal(wire.last_purchase_price, "LastPurchasePrice"),
        vat_code=text(wire.vat_tax_name),
        sales_account=text(wire.sales_account_code),
        purchase_account=text(wire.purchase_account_code),
    )


def item_candidate(wire: ItemRead) -> ItemCandidate:
    """Return what is needed for matching an item; articles are known by their code."""
    code = text(wire.code)
    return ItemCandidate(target_id=code, code=code, name=text(wire.name), unit=text(wire.unitof_measure_name))


# --- lists of choices ----------------------------------------------------------------------------------------

Rows = Iterable[dict[str, Any]]


def _label(*parts: object) -> str:
    return " ".join(shown for part in parts if (shown := text(part)))


def _yes(value: Any) -> bool:
    return text(value).lower() in assumptions.YES


def vat_codes(rows: Rows) -> list[CatalogueEntry]:
    """Return gettaxes; the GUID is the key, since several codes may share a percentage."""
    return [
        CatalogueEntry(
            key=guid(row.get("Id")),
            label=_label(row.get("Code"), row.get("Name")),
            rate=maybe_decimal(row.get("TaxPct"), "TaxPct"),
            is_active=not flag(row.get("NonActive")),
            extra={"code": text(row.get("Code")), "name_en": text(row.get("NameEN"))},
        )
        for row in rows
    ]


def accounts(rows: Rows) -> list[CatalogueEntry]:
    """Return getaccounts; whether one is closed comes as a word in the reader's language."""
    return [
        CatalogueEntry(
            key=text(row.get("Code")),
            label=_label(row.get("Code"), row.get("Name")),
            is_active=not (_yes(row.get("NonActive")) or _yes(row.get("NoActive"))),
            extra={"is_parent": "1" if _yes(row.get("IsParent")) else ""},
        )
        for row in rows
    ]


def payment_methods(rows: Rows) -> list[CatalogueEntry]:
    """Return getpaymenttypes by name, which is what an invoice names them by."""
    return [CatalogueEntry(key=text(row.get("Name")), label=text(row.get("Name"))) for row in rows]


def bank_accounts(rows: Rows, banks: Rows) -> list[CatalogueEntry]:
    """Return the ways of paying that are cash or bank, with the IBAN and account of the bank of the same name."""
    by_name = {text(bank.get("Name")).casefold(): bank for bank in banks}
    found: dict[str, CatalogueEntry] = {}
    for row in rows:
        if maybe_decimal(row.get("SourceType"), "SourceType") != assumptions.SOURCE_CASH_OR_BANK:
            continue
        bank = by_name.get(text(row.get("Name")).casefold(), {})
        key = guid(row.get("Id"))
        is_cash = maybe_decimal(row.get("BankType"), "BankType") == assumptions.BANK_TYPE_CASH
        found[key] = CatalogueEntry(
            key=key,
            label=_label(row.get("Name"), bank.get("IBANCode")),
            extra={
                "is_cash": "1" if is_cash else "",
                "name": text(row.get("Name")),
                "currency": text(row.get("CurrencyCode")),
                "iban": text(bank.get("IBANCode")),
                "account": text(bank.get("AccountCode")),
            },
        )
    return list(found.values())


def coded(rows: Rows) -> list[CatalogueEntry]:
    """Return a list known by code: units, warehouses."""
    return [
        CatalogueEntry(
            key=text(row.get("Code")),
            label=_label(row.get("Code"), row.get("Name") if row.get("Name") != row.get("Code") else ""),
            is_active=not flag(row.get("NonActive")),
        )
        for row in rows
    ]


def departments(rows: Rows) -> list[CatalogueEntry]:
    """Return getdepartments as dimensions."""
    return _prefixed(rows, DEPARTMENT)


def projects(rows: Rows) -> list[CatalogueEntry]:
    """Return getprojects as dimensions."""
    return _prefixed(rows, PROJECT)


def cost_centers(rows: Rows) -> list[CatalogueEntry]:
    """Return getcostcenters as dimensions."""
    return _prefixed(rows, COST_CENTER)


def _prefixed(rows: Rows, prefix: str) -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            key=f"{prefix}{text(row.get('Code'))}",
            label=_label(row.get("Code"), row.get("Name")),
            is_active=not flag(row.get("NonActive")),
            extra={"kind": prefix.rstrip(":"), "end_date": _day(row.get("EndDate"))},
        )
        for row in rows
    ]


def dimensions(rows: Rows) -> list[CatalogueEntry]:
    """Return getdimensions, one entry a value."""
    return [
        CatalogueEntry(
            key=dimension_key(whole(row.get("DimId")), guid(row.get("Id"))),
            label=f"{text(row.get('DimName'))}: {_label(row.get('Code'), row.get('Name'))}",
            is_active=not flag(row.get("NonActive")),
            extra={"kind": text(row.get("DimName")), "end_date": _day(row.get("EndDate"))},
        )
        for row in rows
    ]


def _day(value: Any) -> str:
    day = read_date(value, "EndDate")
    return day.isoformat() if day else ""
