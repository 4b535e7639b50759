"""Invoices, their rows and what the rows come from over REST. Source: vendor sheet, A8 and A9."""

from collections.abc import Iterable, Iterator
from typing import Any

from tilisilta_emulators.severa import invoice_writing, invoicing
from tilisilta_emulators.severa.call import Answer, Call, Stream
from tilisilta_emulators.severa.errors import ApiError, bad_body
from tilisilta_emulators.severa.finvoice import finvoice, may_go
from tilisilta_emulators.severa.patch import merged, read_changes
from tilisilta_emulators.severa.pdf import attachment_pdf, invoice_pdf
from tilisilta_emulators.severa.records import Entry, Invoice, Record, Row

_KINDS = {
    "projectfees": "projectfees",
    "workhours": "workhours",
    "projecttravelexpenses": "projecttravelexpenses",
}


def index(call: Call) -> Answer:
    """`GET /v1/invoices`; by status it costs as much as the page."""
    store = call.store
    guids = call.query.get("invoiceStatusGuids")
    if guids is None:
        return call.list(Invoice, store.invoices.after)
    statuses = [found for guid in dict.fromkeys(guids) if (found := store.find("invoicestatuses", guid)) is not None]

    def source(after: int) -> Iterable[Invoice]:
        if len(statuses) == 1:
            return store.in_status(statuses[0]).between(low=after + 1)
        found = [one for status in statuses for one in store.in_status(status).between(low=after + 1)]
        return sorted(found, key=lambda one: one.number_in_kind)

    return call.list(Invoice, source)


def one(call: Call) -> Answer:
    """`GET /v1/invoices/{guid}`."""
    return call.show(call.one("invoices", "guid"))


def create(call: Call) -> Answer:
    """`POST /v1/invoices`."""
    made = invoice_writing.create_invoices(call.store, call.body())
    return Answer([call.renderer.show(invoice, call.model) for invoice in made])


def patch(call: Call) -> Answer:
    """`PATCH /v1/invoices/{guid}`; answers with a list of one."""
    invoice = call.one("invoices", "guid")
    invoice_writing.patch_invoice(call.store, invoice, call.json())
    return call.show(invoice)


def delete(call: Call) -> Answer:
    """`DELETE /v1/invoices/{guid}`."""
    invoicing.delete_invoice(call.store, call.one("invoices", "guid"))
    return Answer()


def remove_project(call: Call) -> Answer:
    """`DELETE /v1/invoices/{guid}/projects/{projectGuid}`."""
    invoice, project = call.one("invoices", "guid"), call.one("projects", "projectGuid")
    if project not in invoice.projects:
        raise ApiError(404, "InvalidRequest", "The project is not on the invoice")
    invoice_writing.remove_project(call.store, invoice, project)
    return Answer()


def _after(records: Iterable[Any], number: int) -> Iterator[Any]:
    return (one for one in records if one.number_in_kind > number)


def rows(call: Call) -> Answer:
    """`GET /v1/invoices/{invoiceGuid}/invoicerows`."""
    invoice = call.one("invoices", "invoiceGuid")
    return call.list(Row, lambda after: _after(invoice.rows, after))


def all_rows(call: Call) -> Answer:
    """`GET /v1/invoicerows`."""
    return call.list(Row, call.store.rows.after)


def row(call: Call) -> Answer:
    """`GET /v1/invoicerows/{guid}`."""
    return call.show(call.one("invoicerows", "guid"))


def patch_row(call: Call) -> Answer:
    """`PATCH /v1/invoicerows/{guid}`."""
    found = call.one("invoicerows", "guid")
    invoice_writing.patch_row(call.store, found, call.json())
    return call.show(found)


def delete_row(call: Call) -> Answer:
    """`DELETE /v1/invoicerows/{guid}`."""
    not_billable = bool(call.query.get("setAsNonBillable"))
    invoice_writing.delete_row(call.store, call.one("invoicerows", "guid"), not_billable=not_billable)
    return Answer()


def origins(call: Call) -> Answer:
    """Fees, hours or travel expenses behind a row or an invoice; `reimbursed...` those of a credit note."""
    what = call.operation.path.rpartition("/")[2]
    kind = _KINDS[what.removeprefix("reimbursed")]
    found: list[Row] = (
        [call.one("invoicerows", "invoiceRowGuid")]
        if "invoiceRowGuid" in call.path
        else call.one("invoices", "invoiceGuid").rows
    )
    credited = what.startswith("reimbursed")
    entries = [
        entry for row in found if row.invoice.is_credit == credited for entry in row.entries if entry.kind == kind
    ]
    if call.operation.paging == "token":
        entries.sort(key=lambda entry: entry.number_in_kind)
        return call.list(Entry, lambda after: _after(entries, after))
    return call.rows(Entry, entries)


def uninvoiced(call: Call) -> Answer:
    """`GET /v1/invoices/{invoiceGuid}/uninvoiced...`: what the invoice's projects still have to bill."""
    invoice = call.one("invoices", "invoiceGuid")
    kind = call.operation.path.rpartition("/")[2].removeprefix("uninvoiced")
    waiting = call.store.uninvoiced
    entries = [
        entry
        for project in invoice.projects
        for entry in waiting.get(project.number_in_kind, {}).values()
        if entry.kind == kind
    ]
    entries.sort(key=lambda entry: entry.number_in_kind)
    return call.list(Entry, lambda after: _after(entries, after))


def entries(call: Call) -> Answer:
    """`GET /v1/projectfees`, `/v1/workhours`, `/v1/projecttravelexpenses`."""
    return call.list(Entry, call.store.entries[_entry_kind(call)].after)


def _entry_kind(call: Call) -> str:
    return call.operation.path.split("/")[2]


def entry(call: Call) -> Answer:
    """One of them by guid."""
    return call.show(call.one(_entry_kind(call), "guid"))


def create_entry(call: Call) -> Answer:
    """`POST` of one of them."""
    return call.show(invoice_writing.create_entry(call.store, _entry_kind(call), call.body()))


def patch_entry(call: Call) -> Answer:
    """`PATCH` of one of them."""
    found = call.one(_entry_kind(call), "guid")
    invoice_writing.patch_entry(call.store, found, call.json(), call.model)
    return call.show(found)


def delete_entry(call: Call) -> Answer:
    """`DELETE` of one of them."""
    invoice_writing.delete_entry(call.store, call.one(_entry_kind(call), "guid"))
    return Answer()


_SETTINGS = {
    "style": "Plain",
    "showLogoAndTitle": True,
    "showFooter": True,
    "showQuantity": True,
    "showUnit": True,
    "showUnitPrice": True,
    "showValueAddedTax": True,
    "showPriceExcludingValueAddedTax": True,
    "workHourGrouping": "Group",
    "projectTravelExpenseGrouping": "Group",
    "projectFeeGrouping": "OneByOne",
    "showReferenceNumber": True,
}


def settings(call: Call) -> Answer:
    """`GET /v1/invoices/{invoiceGuid}/invoicesettings`; they share the invoice's guid."""
    return _show_settings(call, call.one("invoices", "invoiceGuid"))


def _show_settings(call: Call, invoice: Invoice) -> Answer:
    values = {
        **_SETTINGS,
        "entryDate": invoice.entry_day,
        "paymentDate": invoice.paid,
        **call.renderer.stamps(invoice, invoice.creator),
        **(invoice.settings or {}),
    }
    return Answer(call.renderer.shape(values, "InvoiceSettingsOutputModel"))


def patch_settings(call: Call) -> Answer:
    """`PATCH /v1/invoicesettings/{guid}`."""
    invoice = call.one("invoices", "guid")
    changes = read_changes(call.json(), "InvoiceSettingsOutputModel")
    news = {change.name: merged(call.store, None, change) for change in changes}
    if any(change.part for change in changes):
        raise bad_body(changes[0].name, "The property has no parts")
    invoice.settings = {**(invoice.settings or {}), **news}
    call.store.touch(invoice)
    return _show_settings(call, invoice)


def pdf(call: Call) -> Answer:
    """`GET /v1/invoices/{guid}/pdf`."""
    invoice = call.one("invoices", "guid")
    reminder = call.query.get("invoiceType") == "Reminder"
    body = invoice_pdf(call.store, invoice, call.query.get("pdfGetOptions", "All"), reminder=reminder)
    return Answer(Stream(body, "application/pdf", f"{invoice.number or 'draft'}.pdf"))


def files(call: Call) -> Answer:
    """`GET /v1/invoices/{invoiceGuid}/files`."""
    guid = call.one("invoices", "invoiceGuid").guid
    return call.rows(Record, [one for one in call.store.tables["invoicefiles"] if one.data["invoiceGuid"] == guid])


def file_data(call: Call) -> Answer:
    """`GET /v1/files/{guid}/filedata`."""
    record = call.one("invoicefiles", "guid")
    return Answer(Stream(attachment_pdf(record.text("name")), record.text("contentType"), record.text("name")))


def require_addon(call: Call) -> None:
    """Refuse Finvoice exports without the add-on.

    Raises:
        ApiError: 403 AddonMissing.

    """
    if not call.store.options.finvoice_addon:
        raise ApiError(403, "AddonMissing", "The Finvoice add-on is not active")


def one_finvoice(call: Call) -> Answer:
    """`GET /v1/invoices/{invoiceGuid}/finvoice`."""
    require_addon(call)
    invoice = call.one("invoices", "invoiceGuid")
    if not may_go(invoice):
        raise ApiError(
            400,
            "InvalidOperation",
            "The invoice has no number, or the customer has no e-invoice address and operator",
        )
    return Answer(Stream(finvoice(call.store, invoice), name=f"{invoice.number}.xml"))


def finvoices(call: Call) -> Answer:
    """`GET /v1/invoicestatuses/{invoiceStatusGuid}/finvoices`: every one in one stream."""
    require_addon(call)
    status = call.one("invoicestatuses", "invoiceStatusGuid")
    found = [one for one in call.store.in_status(status) if may_go(one)]
    return Answer(Stream(b"\n".join(finvoice(call.store, one) for one in found), name="finvoices.xml"))
