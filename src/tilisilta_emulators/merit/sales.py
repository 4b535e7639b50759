"""Sales invoices: making, printing and sending them; section 6 of the vendor sheet."""

import base64
from typing import Any

from tilisilta_emulators.merit import chart, draft, payments, pdf
from tilisilta_emulators.merit.call import API_USER, Call, Handler
from tilisilta_emulators.merit.errors import NO_SENDER, business
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.invoices import Lists
from tilisilta_emulators.merit.partners import Partners
from tilisilta_emulators.merit.records import Invoice
from tilisilta_emulators.merit.values import reference_number

_CUSTOMERS = Partners(customer=True)
_LISTS = Lists(sales=True)


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "getinvoices": ((1, 2), _LISTS.listed),
        "getinvoices2": ((2,), _LISTS.search),
        "getinvoice": ((1, 2), _LISTS.detail),
        "deleteinvoice": ((1,), _LISTS.delete),
        "sendinvoice": ((1, 2), send),
        "sendinvoice2": ((1,), send),
        "getsalesinvpdf": ((2,), printed),
        "sendinvoicebyemail": ((2,), by_email),
        "sendinvoiceaseinv": ((2,), as_einvoice),
    }


def send(call: Call) -> dict[str, Any]:
    """Enter a sales or credit invoice, with its customer, items and payments where they are new."""
    form, books = call.form, call.books
    party, is_new = _CUSTOMERS.find_or_create(call, form.child("Customer"))
    rows = draft.read_rows(call, sales=True)
    sums = draft.read_sums(call, rows, sales=True)
    number = form.text("InvoiceNo", 35)
    day = form.need_day("DocDate")
    transaction, due = form.day("TransactionDate") or day, form.day("DueDate")
    currency, rate = call.currency(form)
    project, cost_center = call.objects(form)
    reference = form.text("RefNo", 36) or reference_number(number)
    if number is not None and call.options.duplicate_numbers == "refuse" and books.sales_by_number.get(number):
        raise business(f"Arve numbriga {number} on juba olemas")
    kind = form.integer("AccountingDoc", range(10)) or 1
    comment, footer = form.text("Hcomment", 4096), form.text("Fcomment", 4096)
    department, dims = call.department(form), call.dimensions(form)
    file, more = draft.read_file(form, "FileName", "PDF"), _more(form)
    planned = payments.inline(_inline(form), day)
    payments.check_inline(planned, sums.net + sums.vat + sums.rounding)
    call.require_open(day, *(plan.date for plan in planned))
    # Everything is checked; from here on nothing refuses.
    partner = _CUSTOMERS.create(call, party) if isinstance(party, Form) else party
    draft.enter_items(call, rows)
    books = call.writing()
    seq, identity = books.next_id()
    made = Invoice(
        seq, identity, True, partner, number, day, transaction, due or payments.due(partner, day), currency, rate,
        sums.net, sums.vat, sums.rounding, rows.rows, call.now, call.now, None, API_USER, kind, reference, comment,
        footer, department, project, cost_center, dims, file=file, more=more,
    )  # fmt: skip
    code = chart.COUNTRIES[books.country].sales_code
    made.batch_info = f"{code}-{books.post(made, code, call.now, API_USER).no}"
    books.put_invoice(made)
    for plan in planned:
        payments.enter(call, plan, made)
    return {
        "CustomerId": partner.id,
        "InvoiceId": made.id,
        "InvoiceNo": number,
        "RefNo": reference,
        "NewCustomer": partner.name if is_new else None,
    }


def _inline(form: Form) -> list[Form]:
    single, several = form.child("Payment"), form.children("Payments")
    return [*(several or ()), *([single] if single is not None else ())]


def _more(form: Form) -> dict[str, Any] | None:
    found: dict[str, Any] = {
        "ContractNo": form.text("ContractNo", 35),
        "DeliveryType": form.text("DeliveryType", 50),
        "KsefNumber": form.text("KsefNumber", 50),
        "PolDocType": form.integer("PolDocType", range(5)) or None,
        "ReserveItems": form.flag("ReserveItems"),
    }
    found = {name: value for name, value in found.items() if value is not None}
    return found or None


def printed(call: Call) -> dict[str, Any]:
    """Return the PDF of an invoice: the one that came with it, else the server's own."""
    one = _LISTS.find(call)
    is_note = bool(call.form.flag("DelivNote"))
    name = f"{'Saateleht' if is_note else 'Arve'}_{one.number or one.seq}.pdf"
    if one.file is not None and not is_note:
        return {"FileName": one.file.name, "FileContent": one.file.content}
    content = base64.b64encode(pdf.invoice(call.company.name, one, is_note=is_note)).decode()
    return {"FileName": name, "FileContent": content}


def by_email(call: Call) -> str:
    """Send an invoice to the customer's address."""
    one = _LISTS.find(call)
    call.form.flag("DelivNote")
    if not call.options.sender_email:
        raise business(NO_SENDER)
    if not one.partner.data.get("Email"):
        raise business("Kliendil puudub e-posti aadress")
    call.writing()
    one.email_sent = call.now
    call.books.sales.touch(one, call.now)
    return "OK"


def as_einvoice(call: Call) -> str:
    """Send an invoice as an e-invoice, once."""
    one = _LISTS.find(call)
    if not call.options.einvoice_ready:
        return "api-noeinv"
    if one.einvoice_sent is not None:
        raise business("E-arve on juba saadetud")
    call.writing()
    one.einvoice_sent = call.now
    call.books.sales.touch(one, call.now)
    return "OK"
