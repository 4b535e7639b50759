"""Rows of invoices: reading, checking, counting and what they do to ledger and stock."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.books import Books, LedgerDraft
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.dates import show_date
from tilisilta_emulators.smartaccounts.errors import Fault, fault
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.money import money
from tilisilta_emulators.smartaccounts.records import ZERO, Article, Invoice, Row, fields, view

Side = Literal["client", "vendor"]

_HUNDRED = Decimal(100)
_COMMON = fields("code", "description", "price", "quantity", "unit", "vatPc", "vat", "sum", "order", "objectId")
_PAIRS = {
    "client": _COMMON + fields("discount", "accountSales", "accountWarehouse", "accountPurchase"),
    "vendor": _COMMON + fields("accountPurchase", "accountWarehouse", "additionalExpenses"),
}


def show_rows(side: Side, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return rows in wire form."""
    return [view(row, _PAIRS[side]) for row in rows]


def read_rows(form: Form, side: Side) -> list[Row]:
    """Return the rows of a document with their sums still to be counted; the basic stage."""
    rows = []
    for at, item in enumerate(form.children("rows", required=True), start=1):
        row = Row(
            code=item.need("code"),
            description=item.need("description"),
            price=item.need_decimal("price"),
            quantity=item.need_decimal("quantity"),
            vat_pc=item.need("vatPc"),
            unit=item.text("unit"),
            order=item.integer("order") or at,
            object_id=item.text("objectId"),
            account_warehouse=item.text("accountWarehouse"),
            account_purchase=item.text("accountPurchase"),
        )
        if side == "client":
            row.discount = item.decimal("discount")
            row.account_sales = item.text("accountSales")
        else:
            row.additional_expenses = item.decimal("additionalExpenses")
        rows.append(row)
    return rows


def check_rows(call: Call, rows: Sequence[Row], side: Side, day: date) -> list[Fault]:
    """Return everything the complex stage finds in rows and count those that are right."""
    faults: list[Fault] = []
    for row in rows:
        article = call.books.articles.by_id.get(row.code)
        if article is None:
            faults.append(fault("ARTICLE-NOT-FOUND", value=row.code))
        elif call.options.refuse_inactive and not (
            article.active_sales if side == "client" else article.active_purchase
        ):
            faults.append(fault("ARTICLE-NOT-ACTIVE", value=row.code))
        row.object_id = call.books.object_id(row.object_id, faults)
        for account in (row.account_sales, row.account_purchase, row.account_warehouse):
            call.books.check_account(account, faults)
        code = _vat_code(call, row, side, day, faults)
        if code is not None:
            _count(row, code)
    return faults


def _vat_code(call: Call, row: Row, side: Side, day: date, faults: list[Fault]) -> chart.VatCode | None:
    code = call.books.vat_codes.get(row.vat_pc)
    if code is None:
        faults.append(fault("VAT-PC-NOT-FOUND", value=row.vat_pc))
        return None
    if not (code.sales if side == "client" else code.purchase):
        faults.append(fault("VAT-PC-NOT-ACTIVE", value=row.vat_pc))
    late = code.until is not None and day > code.until
    early = code.since is not None and day < code.since
    if call.options.check_vat_dates and (late or early):
        faults.append(fault("VAT-PC-NOT-VALID-ON-DATE", value=row.vat_pc, date=show_date(day)))
    return code


def _count(row: Row, code: chart.VatCode) -> None:
    gross = row.price * row.quantity
    if row.discount:
        gross -= gross * row.discount / _HUNDRED
    row.net = money(gross)
    # Reverse charge is declared by the buyer and is no part of what is paid.
    row.vat = money(row.net * code.pc / _HUNDRED) if code.kind == "normal" else ZERO
    row.sum = row.net + row.vat


def reverse_charge_type(books: Books, rows: Sequence[Row], country: str | None) -> str | None:
    """Return NATIONAL, UNION or OTHER when a row is under reverse charge, by the vendor's country."""
    if not any(books.vat_codes[row.vat_pc].kind.startswith("reverse") for row in rows):
        return None
    if country in (None, "EE"):
        kinds = {books.vat_codes[row.vat_pc].kind for row in rows}
        if country is None and "reverse_national" not in kinds:
            return "UNION" if "reverse_union" in kinds else "OTHER"
        return "NATIONAL"
    return "UNION" if books.countries.get(country, {}).get("euMember") else "OTHER"


def is_stock(books: Books, invoice: Invoice, row: Row) -> bool:
    """Return whether a row moves goods: its article is WH and the document names a warehouse."""
    return invoice.warehouse_id is not None and books.articles.by_id[row.code].type == "WH"


def draft_client(books: Books, invoice: Invoice, factor: int) -> LedgerDraft:
    """Return the ledger entry of a sale; `factor` is -1 when the amounts as sent mean the opposite."""
    draft = _begin("CLIENT_INVOICE", invoice)
    draft.add(invoice.account_unpaid, factor * invoice.total_amount, invoice.partner.name)
    for row in invoice.rows:
        article = books.articles.by_id[row.code]
        account = row.account_sales or article.account_sales or _sales_account(article)
        draft.add(account, -factor * row.net, None, row.object_id or invoice.object_id)
        draft.add(books.vat_codes[row.vat_pc].account_sales, -factor * row.vat)
    draft.add(chart.ROUNDING, -factor * invoice.round_amount)
    _pay_at_once(books, draft, invoice, factor)
    return draft


def draft_vendor(books: Books, invoice: Invoice) -> LedgerDraft:
    """Return the ledger entry of a purchase."""
    draft = _begin("VENDOR_INVOICE", invoice)
    draft.add(invoice.account_unpaid, -invoice.total_amount, invoice.partner.name)
    for row in invoice.rows:
        article = books.articles.by_id[row.code]
        if is_stock(books, invoice, row):
            account = row.account_warehouse or article.account_warehouse or chart.WAREHOUSE_ACCOUNT
        else:
            account = row.account_purchase or article.account_purchase or _purchase_account(article)
        draft.add(account, row.net, None, row.object_id or invoice.object_id)
        code = books.vat_codes[row.vat_pc]
        draft.add(code.account_purchase, row.vat)
        if code.kind.startswith("reverse"):
            vat = money(row.net * code.pc / _HUNDRED)
            draft.add(code.account_purchase, vat)
            draft.add(code.account_sales, -vat)
    draft.add(chart.VAT_PURCHASE, invoice.vat_amount - sum((row.vat for row in invoice.rows), ZERO))
    draft.add(chart.ROUNDING, invoice.round_amount)
    _pay_at_once(books, draft, invoice, -1)
    return draft


def _begin(doc_type: str, invoice: Invoice) -> LedgerDraft:
    draft = LedgerDraft(doc_type, invoice.entry_date, invoice.number, invoice.invoice_number)
    draft.currency, draft.rate = invoice.currency, invoice.exchange_rate
    return draft


def _pay_at_once(books: Books, draft: LedgerDraft, invoice: Invoice, factor: int) -> None:
    if invoice.paid_at_once and invoice.payment_method is not None:
        account = books.named["paymentmethods"][invoice.payment_method]["account"]
        paid = factor * invoice.paid_at_once * (1 if invoice.total_amount >= 0 else -1)
        draft.add(account, paid, invoice.payment_method)
        draft.add(invoice.account_unpaid, -paid, invoice.partner.name)


def _sales_account(article: Article) -> str:
    return chart.SALES_SERVICES if article.type == "SERVICE" else chart.SALES_GOODS


def _purchase_account(article: Article) -> str:
    return chart.PURCHASE_SERVICES if article.type == "SERVICE" else chart.PURCHASE_GOODS
