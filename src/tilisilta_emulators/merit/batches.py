"""General ledger batches: headers, lines, and entering new ones; section 7 of the vendor sheet."""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.merit import draft
from tilisilta_emulators.merit.call import API_USER, Call, Handler
from tilisilta_emulators.merit.errors import business, inner, no_value
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.ledger import lines_of
from tilisilta_emulators.merit.records import Batch, Line
from tilisilta_emulators.merit.values import ZERO, cents, show_day, show_moment

MANUAL = "PÄ"


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "getglbatches": ((1,), headers),
        "getglbatchesfull": ((1,), full),
        "getglbatch": ((1,), detail),
        "sendglbatch": ((1,), send),
    }


def headers(call: Call) -> list[dict[str, Any]]:
    """List headers of a period."""
    return [show(call, one) for one in call.listed(call.books.batches)]


def full(call: Call) -> list[dict[str, Any]]:
    """List headers and lines of at most 31 days."""
    with_lines, with_costs = call.form.flag("WithLines"), bool(call.form.flag("WithCostAlloc"))
    shown = []
    for one in call.listed(call.books.batches, full_ledger=True):
        row = show(call, one)
        row["DocId"] = one.source.id if one.source is not None else None
        if with_lines:
            row["Entries"] = [
                _entry(one, line, at, with_costs=with_costs, call=call) for at, line in enumerate(lines_of(one), 1)
            ]
        shown.append(row)
    return shown


def detail(call: Call) -> dict[str, Any]:
    """Return one batch."""
    one = call.find(call.books.batches, call.form.need_guid(), "Kannet")
    file = one.file if call.form.flag("AddAttachment") else None
    return {
        "Header": show(call, one),
        "Lines": [
            _amounts(one, line)
            | {"TaxName": line.tax.name if line.tax else None, "AccountName": _account(call, line.account)}
            for line in lines_of(one)
        ],
        "Attachment": {"FileName": file.name, "FileContent": file.content} if file else None,
    }


def show(call: Call, one: Batch) -> dict[str, Any]:
    """Return the header of a batch."""
    return {
        "GLBId": one.id,
        "BatchCode": one.code,
        "No": str(one.no) if call.options.batch_no == "text" else one.no,
        "Document": one.document,
        "BatchDate": show_day(one.date),
        "CurrencyCode": one.currency,
        "CurrencyRate": one.rate,
        "TotalAmount": one.total,
        "PriceInclVat": False,
        "FileExists": one.file is not None,
        "ChangedDate": show_moment(one.changed),
    }


def _amounts(one: Batch, line: Line) -> dict[str, Any]:
    local = one.rate or Decimal(1)
    return {
        "AccountCode": line.account,
        "Memo": line.memo,
        "DepartmentCode": line.department,
        "DebitAmount": line.debit if local == 1 else cents(line.debit / local),
        "DebitCurrency": line.debit,
        "CreditAmount": line.credit if local == 1 else cents(line.credit / local),
        "CreditCurrency": line.credit,
        "TypeId": 1 if one.source is not None else 0,
    }


def _account(call: Call, code: str) -> str | None:
    return call.books.settings.accounts.get(code)


def _entry(one: Batch, line: Line, at: int, *, with_costs: bool, call: Call) -> dict[str, Any]:
    amounts = _amounts(one, line)
    shown = {
        "AccountCode": amounts.pop("AccountCode"),
        "AccontName": _account(call, line.account),
        **amounts,
        "BatchId": one.id,
        "EntryId": f"{one.id[:19]}d{at:03x}{one.id[23:]}",
        "TaxId": line.tax.id if line.tax else None,
        "TaxPct": line.tax.pct if line.tax else ZERO,
    }
    if with_costs:
        amount = line.debit or line.credit
        codes = (("ProjectCode", line.project), ("CostCenterCode", line.cost_center))
        shown["CostAllocLines"] = [{name: code, "AllocPct": 100, "Amount": amount} for name, code in codes if code]
    return shown


def send(call: Call) -> dict[str, Any]:
    """Enter a batch by hand; debits and credits must be equal.

    Raises:
        Refused: 500 when rows are missing or a tax stands without its VAT, 400 for what is not known or balanced.
    """
    form = call.form
    number, day = form.need_text("DocNo", 35), form.need_day("BatchDate")
    rows = form.need_children("EntryRow")
    if not rows:
        raise no_value("EntryRow")
    if len(rows) > call.options.row_limit:
        raise business(f"Kandes on liiga palju ridu (max {call.options.row_limit})")
    lines = [_read(call, row) for row in rows]
    debit, credit = sum((line.debit for line in lines), ZERO), sum((line.credit for line in lines), ZERO)
    if debit != credit:
        raise business(f"Kande deebet {debit} ja kreedit {credit} ei ole võrdsed")
    # v1 alone has this service, and takes foreign currency all the same.
    call.version = 2
    currency, rate = call.currency(form)
    file = draft.read_file(form.child("Attachment"), "FileName", "FileContent")
    call.require_open(day)
    books = call.writing()
    seq, identity = books.next_id()
    batch = Batch(
        seq, identity, MANUAL, books.number(MANUAL), number, day, debit, call.now, call.now, None, lines, currency,
        rate, API_USER, file,
    )  # fmt: skip
    books.put_batch(batch)
    return {"BatchId": identity, "DocNo": number, "BatchInfo": f"{MANUAL}-{batch.no}"}


def _read(call: Call, form: Form) -> Line:
    account = call.account(form, "AccountCode", 8)
    if account is None:
        raise business("Kohustuslik väli puudu: AccountCode")
    debit, credit = cents(form.decimal("Debit") or ZERO), cents(form.decimal("Credit") or ZERO)
    if debit and credit:
        raise business("Real võib olla kas deebet või kreedit")
    tax_id, vat = form.guid("TaxId"), form.decimal("VatAmount")
    tax = call.books.settings.taxes.get(tax_id) if tax_id else None
    if tax_id is not None and tax is None:
        raise business(f"Käibemaksu {tax_id} ei leitud")
    if tax is not None and vat is None:
        raise inner("InternalError", "Nullable object must have a value.")
    project, cost_center = call.objects(form)
    return Line(
        account, debit, credit, form.text("Memo", 150), call.department(form), tax, project, cost_center,
        cents(vat) if vat is not None else None,
    )  # fmt: skip
