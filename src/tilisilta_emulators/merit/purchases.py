"""Purchase invoices, posted and awaiting approval; section 7 of the vendor sheet."""

from typing import Any

from tilisilta_emulators.merit import draft, payments
from tilisilta_emulators.merit.call import API_USER, Call, Handler
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.invoices import Lists, purchase_row
from tilisilta_emulators.merit.partners import Partners
from tilisilta_emulators.merit.records import Invoice, Partner

_VENDORS = Partners(customer=False)
_LISTS = Lists(sales=False)
_WAITING = "Ootel"


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "getpurchorders": ((1, 2), _LISTS.listed),
        "getpurchorder": ((1, 2), _LISTS.detail),
        "deletepurchinvoice": ((1,), _LISTS.delete),
        "sendpurchinvoice": ((1, 2), send),
        "sendpurchorder": ((1, 2), send_order),
        "getporders": ((2,), orders),
    }


def send(call: Call) -> dict[str, Any]:
    """Enter a posted purchase invoice."""
    return _send(call, posted=True)


def send_order(call: Call) -> dict[str, Any]:
    """Enter a purchase invoice that awaits approval: it is in no ledger."""
    return _send(call, posted=False)


def _send(call: Call, *, posted: bool) -> dict[str, Any]:
    form, books = call.form, call.books
    party, is_new = _VENDORS.find_or_create(call, form.child("Vendor"))
    rows = draft.read_rows(call, sales=False)
    sums = draft.read_sums(call, rows, sales=False)
    number = form.text("BillNo", 35)
    day = form.day("DocDate") or call.now.date()
    transaction, due = form.day("TransactionDate") or day, form.day("DueDate")
    currency, rate = call.currency(form)
    project, cost_center = call.objects(form)
    reference = form.text("RefNo", 36)
    comment, footer = form.text("Hcomment", 4096), form.text("Fcomment", 4096)
    department, dims = call.department(form), call.dimensions(form)
    file = draft.read_file(form.child("Attachment"), "FileName", "FileContent")
    form.flag("ExpenseClaim")
    inline = form.child("Payment")
    planned = payments.inline([inline] if inline is not None else [], day)
    payments.check_inline(planned, sums.net + sums.vat + sums.rounding)
    if posted:
        call.require_open(day, *(plan.date for plan in planned))
    # Everything is checked; from here on nothing refuses.
    partner: Partner = _VENDORS.create(call, party) if isinstance(party, Form) else party
    books = call.writing()
    seq, identity = books.next_id()
    made = Invoice(
        seq, identity, False, partner, number, day, transaction, due or payments.due(partner, day), currency, rate,
        sums.net, sums.vat, sums.rounding, rows.rows, call.now, call.now, None, API_USER, 1, reference, comment,
        footer, department, project, cost_center, dims, file=file,
    )  # fmt: skip
    if posted:
        draft.enter_items(call, rows)
        made.batch_info = f"OS-{books.post(made, 'OS', call.now, API_USER).no}"
        books.put_invoice(made)
        for plan in planned:
            payments.enter(call, plan, made)
    else:
        books.orders.put(made)
    return {
        "VendorId": partner.id,
        "BillId": made.id,
        "BillNo": number,
        "RefNo": reference,
        "BatchInfo": made.batch_info,
        "NewVendor": partner.name if is_new else None,
    }


def orders(call: Call) -> list[dict[str, Any]]:
    """List what awaits approval; `DateFilter` 0 document date, 1 changed date, 2 due date (inferred)."""
    form = call.form
    start, end = form.need_day("PeriodStart"), form.need_day("PeriodEnd")
    wanted = form.integer("DateFilter", range(3)) or 0
    form.integer("StatusFilter")
    shown = []
    for one in call.visible(iter(list(call.books.orders))):
        day = (one.date, one.changed.date(), one.due_date)[wanted]
        if start <= day <= end:
            row = purchase_row(call, one) | {"Status": _WAITING}
            if form.flag("WithAttachments"):
                file = one.file
                row["Attachment"] = {"FileName": file.name, "FileContent": file.content} if file else None
            shown.append(row)
    return shown
