"""Sales and purchase invoices: lists, details, deletion; sections 6 and 7 of the vendor sheet."""

from collections.abc import Iterator
from typing import Any

from tilisilta_emulators.merit import draft
from tilisilta_emulators.merit.call import (
    Call,
    allocations,
    dimension_columns,
    show_dimensions,
)
from tilisilta_emulators.merit.errors import PAID_INVOICE, business
from tilisilta_emulators.merit.records import Invoice, Row
from tilisilta_emulators.merit.values import NEVER, ZERO, show_day, show_moment


class Lists:
    """Reads of one side."""

    def __init__(self, *, sales: bool) -> None:
        self.sales = sales

    def listed(self, call: Call) -> list[dict[str, Any]]:
        """List invoices of a period."""
        call.form.flag("UnPaid")
        return [self.row(call, one) for one in self.filtered(call, call.listed(call.books.table(sales=self.sales)))]

    def filtered(self, call: Call, found: Iterator[Invoice]) -> Iterator[Invoice]:
        """Keep what the fields `UnPaid` and `BankId` ask for."""
        unpaid, bank = call.form.flag("UnPaid"), call.form.guid("BankId")
        meaning = call.options.unpaid_filter
        for one in found:
            settled = is_paid(call, one)
            if (meaning == "only" and unpaid and settled) or (meaning == "include" and not unpaid and not settled):
                continue
            if bank is not None and not any(payment.method_id == bank for payment in one.payments):
                continue
            yield one

    def row(self, call: Call, one: Invoice) -> dict[str, Any]:
        """Return one row of the list."""
        return sales_row(call, one) if self.sales else purchase_row(call, one)

    def search(self, call: Call) -> list[dict[str, Any]]:
        """`getinvoices2`: by number, customer's name or customer's id, no period."""
        form, books = call.form, call.books
        number, name, identity = form.text("InvNo"), form.text("CustName"), form.guid("CustId")
        if number is None and name is None and identity is None:
            raise business("Vähemalt üks parameeter InvNo, CustName või CustId peab olema täidetud")
        source = iter(list(books.sales)) if number is None else iter(books.sales_by_number.get(number, ()))
        wanted = None if name is None else name.casefold()
        return [
            sales_row(call, one)
            for one in call.visible(source)
            if (wanted is None or one.partner.folded == wanted) and (identity is None or one.partner.id == identity)
        ]

    def detail(self, call: Call) -> dict[str, Any]:
        """Return one invoice with lines, payments and perhaps the attachment."""
        one = self.find(call)
        wants_file = bool(call.form.flag("AddAttachment")) if self.sales else not call.form.flag("SkipAttachment")
        header = self.row(call, one) | _more_header(call, one)
        shown: dict[str, Any] = {
            "Header": header,
            "Lines": [_line(call, one, at, row) for at, row in enumerate(one.rows, start=1)],
            "Payments": [
                {
                    "PaymDate": show_day(payment.date),
                    "Amount": part.amount,
                    "PaymentMethod": payment.method,
                    "PaymentId": payment.id,
                }
                for payment in one.payments
                if payment.created <= call.now
                for part in payment.allocations
                if part.doc_id == one.id
            ],
        }
        file = one.file if wants_file else None
        if call.version == 1:
            header |= {"FileName": file.name if file else None, "FileContent": file.content if file else None}
            return shown | {"Allocations": []}
        return shown | {"Attachment": {"Filename": file.name, "FileContent": file.content} if file else None}

    def find(self, call: Call) -> Invoice:
        """Return the invoice that `Id` names."""
        return call.find(call.books.table(sales=self.sales), call.form.need_guid(), "Arvet")

    def delete(self, call: Call) -> str:
        """Delete an invoice that nothing has paid."""
        one = self.find(call)
        if one.payments:
            raise business(PAID_INVOICE)
        call.require_open(one.date)
        remove(call, one)
        word = "Müügiarve" if self.sales else "Ostuarve"
        return f"{word} {one.number or ''} {one.date:%d/%m/%Y} kustutatud."


def remove(call: Call, one: Invoice) -> None:
    """Take an invoice out of the books, with its batch and its stock."""
    call.writing().remove_invoice(one)
    draft.move_stock(call, draft.stock_of(one.rows, sales=one.sales))


def is_paid(call: Call, one: Invoice) -> bool:
    """Return whether nothing is left to pay; an invoice of nothing is paid."""
    paid, total = one.paid(call.now), one.total
    return paid >= total if total >= 0 else paid <= total


def _common(call: Call, one: Invoice) -> dict[str, Any]:
    departments = call.books.settings.departments
    shown: dict[str, Any] = {
        "DepartmentCode": one.department,
        "DepartmentName": departments.get(one.department or ""),
    }
    if call.version == 1:
        return shown | {"ProjectCode": one.project, "CostCenterCode": one.cost_center}
    return shown | dimension_columns(one.dims)


def _amounts(call: Call, one: Invoice) -> dict[str, Any]:
    return {
        "DueDate": show_day(one.due_date),
        "CurrencyCode": one.currency,
        "CurrencyRate": one.rate,
        "TaxAmount": one.vat,
        "RoundingAmount": one.rounding,
        "TotalAmount": one.net,
        "ProfitAmount": one.net - sum((row.cost for row in one.rows), ZERO),
        "TotalSum": one.total,
        "UserName": one.user,
        "ReferenceNo": one.reference,
        "PriceInclVat": False,
        "VatRegNo": one.partner.data.get("VatRegNo"),
        "PaidAmount": one.paid(call.now),
        "Paid": is_paid(call, one),
        "ChangedDate": show_moment(one.changed),
    }


def sales_row(call: Call, one: Invoice) -> dict[str, Any]:
    """Return a sales invoice as lists carry it; v1 lacks dimensions and AccountingDoc."""
    shown = {"SIHId": one.id, **_common(call, one)}
    if call.version > 1:
        shown["AccountingDoc"] = one.kind
    return (
        shown
        | {
            "BatchInfo": one.batch_info,
            "InvoiceNo": one.number,
            "DocumentDate": show_day(one.date),
            "TransactionDate": show_day(one.transaction_date),
            "CustomerId": one.partner.id,
            "CustomerName": one.partner.name,
            "CustomerRegNo": one.partner.reg_no,
            "HComment": one.comment,
            "FComment": one.footer,
        }
        | _amounts(call, one)
        | {
            "EInvSent": one.einvoice_sent is not None,
            "EInvSentDate": show_moment(one.einvoice_sent) if one.einvoice_sent else None,
            "EmailSent": show_moment(one.email_sent) if one.email_sent else NEVER,
        }
    )


def purchase_row(call: Call, one: Invoice) -> dict[str, Any]:
    """Return a purchase invoice as lists carry it."""
    shown: dict[str, Any] = {"PIHId": one.id, **_common(call, one)}
    amounts = _amounts(call, one)
    user = amounts.pop("UserName")
    return (
        shown
        | {
            "BatchInfo": one.batch_info,
            "BillNo": one.number,
            "DocumentDate": show_day(one.date),
            "TransactionDate": show_day(one.transaction_date),
            "VendorId": one.partner.id,
            "VendorName": one.partner.name,
            "VendorRegNo": one.partner.reg_no,
            "Fine": ZERO,
        }
        | amounts
        | {"FileExists": one.file is not None, "InboundTime": show_moment(one.created), "Operator": user}
    )


def _more_header(call: Call, one: Invoice) -> dict[str, Any]:
    more = one.more or {}
    shown: dict[str, Any] = {
        "HComment": one.comment,
        "FComment": one.footer,
        "FileExists": one.file is not None,
        "ProjectCode": one.project,
        "ProjectName": (call.books.settings.projects.get(one.project or "") or (None,))[0],
    }
    if call.version > 1:
        shown["Dimensions"] = show_dimensions(call.books, one.dims)
    if one.sales:
        shown |= {
            "EInvOperator": one.partner.data.get("EInvOperator") or 1,
            "OfferId": None,
            "OfferDocType": None,
            "OfferNo": None,
            "PerSHId": None,
            "ContractNo": more.get("ContractNo"),
            "Contact": one.partner.data.get("Contact"),
        }
    return shown


def _line(call: Call, one: Invoice, at: int, row: Row) -> dict[str, Any]:
    departments = call.books.settings.departments
    identity = f"{one.id[:19]}{'b' if one.sales else 'c'}{at:03x}{one.id[23:]}"
    shown = {
        "SILId" if one.sales else "PILId": identity,
        "ArticleCode": row.code,
        "LocationCode": row.location,
        "Quantity": row.quantity,
        "Price": row.price,
        "TaxId": row.tax.id,
        "TaxName": row.tax.name,
        "TaxPct": row.tax.pct,
        "AmountExclVat": row.net,
        "AmountInclVat": row.net + row.vat,
        "VatAmount": row.vat,
        "AccountCode": row.account,
        "DepartmentCode": row.department,
        "DepartmentName": departments.get(row.department or ""),
        "ItemCostAmount": row.cost,
        "ProfitAmount": row.net - row.cost,
        "DiscountPct": row.discount_pct,
        "DicountAmount" if call.version == 1 else "DiscountAmount": row.discount,
        "Description": row.description,
        "UOMName": row.unit,
        "FixAsset": None,
    }
    if call.version == 1:
        return shown | {"ProjectCode": row.project, "CostCenterCode": row.cost_center}
    return shown | {"DimAllocation": allocations(row.dims, row.net)}
