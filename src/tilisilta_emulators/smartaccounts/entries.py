"""Ledger entries and account balances: sections 4.7 and 4.8 of the vendor sheet."""

import base64
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

from tilisilta_emulators.smartaccounts.call import (
    Call,
    Filter,
    as_number,
    document_range,
    envelope,
    page_of_range,
)
from tilisilta_emulators.smartaccounts.dates import parse_date
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.files import listed_files
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.money import euros, money, rate_of
from tilisilta_emulators.smartaccounts.pdf import entry_pdf
from tilisilta_emulators.smartaccounts.records import ONE, ZERO, Entry, Posting, fields, stamps, view
from tilisilta_emulators.smartaccounts.table import MODIFIED

MANUAL = "LEDGER_ENTRY"
DOC_TYPES = (
    MANUAL,
    "CLIENT_INVOICE",
    "VENDOR_INVOICE",
    "BANK_PAYMENT",
    "CASH_PAYMENT",
    "VAT_RETURN",
    "WAREHOUSE_MOVEMENT",
    "PERIOD_DEPRECIATION",
    "PERIOD_SALARY",
)
_PAIRS = fields("id", "docType", "date", "document", "currency", "exchangeRate", "amount")


def methods() -> dict[str, Callable[[Call], Any]]:
    """Return the handlers by method name."""
    return {"get": get, "add": add, "edit": edit, "delete": delete, "getpdf": pdf}


def get(call: Call) -> dict[str, Any]:
    """List entries by entry date or by when they were entered or changed."""
    table = call.books.entries
    order, bounds = document_range(call, ("date",))
    removed = table.removed_since(bounds[0]) if order == MODIFIED else None
    identity = call.query.text("id")
    if identity is not None:
        one = table.by_id.get(identity)
        return envelope(call, "entries", [show(call, one)] if one else [], False, removed)
    records, more = page_of_range(call, table, order, bounds, _filter(call))
    return envelope(call, "entries", [show(call, record) for record in records], more, removed)


def _filter(call: Call) -> Filter[Entry] | None:
    kind = call.query.choice("docType", DOC_TYPES)
    wanted = (call.query.text("filterDescription") or "").casefold()
    status = call.query.choice("paymentStatus", ("unpaid", "overdue"))
    if kind is None and not wanted and status is None:
        return None
    unpaid = _unpaid(call, status)

    def keep(entry: Entry) -> bool:
        return (
            kind in (None, entry.doc_type)
            and (status is None or entry.id in unpaid)
            and (not wanted or wanted in _texts(entry))
        )

    return keep


def _unpaid(call: Call, status: str | None) -> set[str]:
    """Return entries of invoices that are not paid; the sheet names the filter, its meaning is inferred."""
    if status is None:
        return set()
    return {
        identity
        for index in call.books.unpaid.values()
        for invoice in index
        if status == "unpaid" or invoice.due_date < call.today
        for identity in invoice.entry_ids
    }


def _texts(entry: Entry) -> str:
    texts = [entry.document, entry.comment, *(row.description for row in entry.rows)]
    return "\n".join(text for text in texts if text).casefold()


def show(call: Call, entry: Entry) -> dict[str, Any]:
    """Return an entry; rows, comment and files only when asked for."""
    shown = view(entry, _PAIRS) | stamps(entry)
    shown["number"] = as_number(entry.number, call)
    if call.wants("fetchRows"):
        shown["rows"] = [show_posting(row) for row in entry.rows]
    if call.wants("fetchComments"):
        shown["comment"] = entry.comment
    if call.wants("fetchDocuments"):
        shown["documents"] = listed_files(call.books, MANUAL, entry.id)
    return shown


def show_posting(row: Posting) -> dict[str, Any]:
    """Return a row of an entry in wire form."""
    return {
        "account": row.account,
        "description": row.description,
        "debitAmount": row.debit,
        "creditAmount": row.credit,
        "debitAmountOriginalCurrency": row.debit_original,
        "creditAmountOriginalCurrency": row.credit_original,
        "objectId": row.object_id,
    }


def add(call: Call) -> dict[str, Any]:
    """Enter a manual entry; it must balance."""
    return _save(call, call.form(), None)


def edit(call: Call) -> dict[str, Any]:
    """Put a whole manual entry in the place of the old one."""
    form = call.form()
    return _save(call, form, form.need("id"))


def delete(call: Call) -> dict[str, Any]:
    """Delete a manual entry."""
    entry = _find(call, call.deleted_id())
    _require_manual(entry)
    call.require_open(entry.date)
    call.books.entries.remove(entry, call.moment)
    return {"id": entry.id}


def pdf(call: Call) -> Any:
    """Return the printed entry."""
    entry = _find(call, call.query.text("id", required=True) or "")
    content = entry_pdf(entry)
    if call.options.pdf_answer == "json":
        return {"fileName": f"entry_{entry.number}.pdf", "fileContent": base64.b64encode(content).decode()}
    return web.Response(body=content, content_type="application/pdf")


def _save(call: Call, form: Form, identity: str | None) -> dict[str, Any]:
    if form.choice("docType", DOC_TYPES) not in (None, MANUAL):
        raise Refused(fault("ENTRY-NOT-MANUAL"))
    day = form.need_date("date")
    currency = form.text("currency") or "EUR"
    given_rate = form.decimal("exchangeRate")
    document, comment = form.text("document"), form.text("comment")
    rows = _read_rows(form, foreign=currency != "EUR")
    old = None if identity is None else _find(call, identity)
    if old is not None:
        _require_manual(old)
        call.require_open(old.date, day)
    else:
        call.require_open(day)
    faults: list[Fault] = []
    rate = rate_of(currency, given_rate, faults)
    _check_rows(call, rows, rate, faults)
    if faults:
        raise Refused(*faults)
    began = call.books.again(old, call.moment) if old else call.books.new(call.books.entries, call.moment)
    entry = Entry(
        **began,
        doc_type=MANUAL,
        date=day,
        number=old.number if old else str(call.books.number("entry")),
        document=document,
        currency=currency,
        exchange_rate=rate,
        amount=sum((row.debit for row in rows), ZERO),
        comment=comment,
        rows=rows,
    )
    call.books.entries.put(entry)
    number = as_number(entry.number, call)
    return {"id": entry.id, "amount": entry.amount, "number": number, "docType": MANUAL}


def _read_rows(form: Form, *, foreign: bool) -> list[Posting]:
    rows = []
    for item in form.children("rows", required=True):
        posting = Posting(
            item.need("account"),
            item.need("description"),
            money(item.decimal("debitAmount") or ZERO),
            money(item.decimal("creditAmount") or ZERO),
            object_id=item.text("objectId"),
        )
        if foreign:
            # The euro pair is ignored here and counted from the original one.
            posting.debit_original = money(item.decimal("debitAmountOriginalCurrency") or ZERO)
            posting.credit_original = money(item.decimal("creditAmountOriginalCurrency") or ZERO)
        rows.append(posting)
    return rows


def _check_rows(call: Call, rows: list[Posting], rate: Decimal, faults: list[Fault]) -> None:
    debit = credit = ZERO
    for at, row in enumerate(rows, start=1):
        call.books.check_account(row.account, faults)
        row.object_id = call.books.object_id(row.object_id, faults)
        if row.debit_original is not None and row.credit_original is not None:
            pair = (row.debit_original, row.credit_original)
            row.debit, row.credit = euros(pair[0], rate), euros(pair[1], rate)
        else:
            pair = (row.debit, row.credit)
        if (pair[0] == 0) == (pair[1] == 0):
            faults.append(fault("ENTRY-ROW-AMOUNT", row=at))
        debit += pair[0]
        credit += pair[1]
    if debit != credit:
        faults.append(fault("ENTRY-NOT-BALANCED", debit=debit, credit=credit))
    elif rate != ONE and not faults:
        _square(rows)


def _square(rows: list[Posting]) -> None:
    """Put the cents lost in conversion on the last row, so that the entry balances in euros too."""
    difference = sum((row.debit - row.credit for row in rows), ZERO)
    if rows[-1].debit:
        rows[-1].debit -= difference
    else:
        rows[-1].credit += difference


def _find(call: Call, identity: str) -> Entry:
    entry = call.books.entries.by_id.get(identity)
    if entry is None:
        raise Refused(fault("NOT-FOUND", what="Entry"))
    return entry


def _require_manual(entry: Entry) -> None:
    if entry.doc_type != MANUAL:
        raise Refused(fault("ENTRY-NOT-MANUAL"))


def balances(call: Call) -> dict[str, Any]:
    """Return the balance of every account with postings at the end of a day; path and key are inferred."""
    text = call.query.text("date")
    try:
        day = parse_date(text) if text else call.today
    except ValueError:
        raise Refused(fault("INVALID-DATE", field="date", value=text)) from None
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for entry in call.books.entries.indexes["date"].between(None, day):
        for row in entry.rows:
            sums[row.account] += row.debit - row.credit
    return {
        "accountBalances": [
            {"accountCode": account, "balance": sums[account]} for account in sorted(sums) if sums[account]
        ]
    }
