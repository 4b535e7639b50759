"""Client invoices with credit invoices, and vendor invoices: sections 4.4 and 4.5 of the vendor sheet."""

import base64
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tilisilta_emulators.smartaccounts.call import (
    Call,
    Filter,
    as_number,
    document_range,
    envelope,
    page_of,
    page_of_range,
)
from tilisilta_emulators.smartaccounts.dates import show_date
from tilisilta_emulators.smartaccounts.errors import Refused, fault
from tilisilta_emulators.smartaccounts.files import listed_files
from tilisilta_emulators.smartaccounts.invoice_draft import build, ledger_factor, read_invoice
from tilisilta_emulators.smartaccounts.invoice_rows import Side, draft_client, draft_vendor, show_rows
from tilisilta_emulators.smartaccounts.invoice_stock import move_goods, shortages, take_back_goods
from tilisilta_emulators.smartaccounts.partners import accepts_einvoices
from tilisilta_emulators.smartaccounts.pdf import invoice_pdf
from tilisilta_emulators.smartaccounts.records import Invoice, fields, stamps, view
from tilisilta_emulators.smartaccounts.table import MODIFIED, Table
from tilisilta_emulators.smartaccounts.xml import invoice_xml

_COMMON = fields(
    "id",
    "date",
    "dueDate",
    "entryDate",
    "currency",
    "exchangeRate",
    "interest",
    "amount",
    "vatAmount",
    "totalAmount",
    "roundAmount",
    "objectId",
    "paymentMethod",
    "paymentAmount",
    "warehouseId",
    "accountUnpaid",
    "pdfTemplate",
)
_PAIRS = {
    "client": _COMMON + fields("type", "invoiceNote", "offerId", "orderId"),
    "vendor": _COMMON + fields("isCalculateVat", "reverseVatChargeType"),
}
_ANSWER = fields("amount", "vatAmount", "totalAmount", "roundAmount", "dueDate", "interest", "warehouseId")


class Invoices:
    """The service of one side."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.key = f"{side}Invoices"
        self.doc_type = f"{side.upper()}_INVOICE"

    def table(self, call: Call) -> Table[Invoice]:
        """Return the records of this side."""
        return call.books.client_invoices if self.side == "client" else call.books.vendor_invoices

    def methods(self) -> dict[str, Callable[[Call], Any]]:
        """Return the handlers by method name."""
        found: dict[str, Callable[[Call], Any]] = {
            "get": self.get,
            "add": self.add,
            "edit": self.edit,
            "delete": self.delete,
            "getpdf": self.pdf,
        }
        if self.side == "client":
            found |= {"getxml": self.xml, "sendeinvoice": self.send_einvoice}
        return found

    def get(self, call: Call) -> dict[str, Any]:
        """List invoices. One of dateFrom, paymentStatus and id must be given."""
        query, table = call.query, self.table(call)
        identity = query.text("id")
        status = query.choice("paymentStatus", ("unpaid", "overdue"))
        if identity is None and status is None and not query.has("dateFrom"):
            raise Refused(fault("DATE-FROM-REQUIRED"))
        order, bounds = document_range(call, ("date", "entrydate", "duedate"))
        removed = table.removed_since(bounds[0]) if order == MODIFIED else None
        if identity is not None:
            one = table.by_id.get(identity)
            return envelope(call, self.key, [self.show(call, one)] if one else [], False, removed)
        keep = self._filter(call)
        if status is None:
            records, more = page_of_range(call, table, order, bounds, keep)
        else:
            records, more = page_of(call, self._unpaid(call, status, order, bounds, keep))
        return envelope(call, self.key, [self.show(call, record) for record in records], more, removed)

    def _filter(self, call: Call) -> Filter[Invoice] | None:
        partner = call.query.text(f"{self.side}Id")
        name = (call.query.text(f"{self.side}Name") or "").casefold()
        number = call.query.text("invoiceNumber")
        if partner is None and not name and number is None:
            return None

        def keep(invoice: Invoice) -> bool:
            return (
                (partner is None or invoice.partner.id == partner)
                and name in invoice.partner.folded
                and (number is None or invoice.invoice_number == number)
            )

        return keep

    def _unpaid(
        self, call: Call, status: str, order: str, bounds: tuple[Any, Any], keep: Filter[Invoice] | None
    ) -> Any:
        key: Callable[[Invoice], Any] = {
            "date": lambda invoice: invoice.date,
            "entrydate": lambda invoice: invoice.entry_date,
            "duedate": lambda invoice: invoice.due_date,
            MODIFIED: lambda invoice: invoice.modified,
        }[order]
        low, high = bounds
        for invoice in call.books.unpaid[self.side]:
            at = key(invoice)
            if (
                (low is None or at >= low)
                and (high is None or at <= high)
                and (status == "unpaid" or invoice.due_date < call.today)
                and (keep is None or keep(invoice))
            ):
                yield invoice

    def show(self, call: Call, invoice: Invoice) -> dict[str, Any]:
        """Return an invoice; rows, comment and files only when asked for."""
        partner = invoice.partner
        shown = view(invoice, _PAIRS[self.side]) | stamps(invoice)
        shown[f"{self.side}Id"] = partner.id
        shown[self.side] = {
            "id": partner.id,
            "name": partner.name,
            "regCode": partner.reg_code,
            "vatNumber": partner.vat_number,
        }
        shown["number"] = as_number(invoice.number, call)
        shown["invoiceNumber"] = as_number(invoice.invoice_number, call)
        reference = invoice.reference_number
        shown["referenceNumber"] = reference and as_number(reference, call)
        shown["outstandingAmount"] = invoice.outstanding
        if self.side == "client":
            shown["baseForCreditInvoiceId"] = invoice.base
            shown["periodicInvoiceId"] = None
            sent = invoice.einvoice_sent
            shown["omnivaLastSentDate"] = sent and show_date(sent.date())
        if call.wants("fetchRows"):
            shown["rows"] = show_rows(self.side, invoice.rows)
        if call.wants("fetchComments"):
            shown["comment"] = invoice.comment
        if call.wants("fetchDocuments"):
            shown["documents"] = listed_files(call.books, self.doc_type, invoice.id)
        return shown

    def add(self, call: Call) -> dict[str, Any]:
        """Enter an invoice; it is posted at once, for there are no drafts."""
        draft = read_invoice(call.form(), self.side)
        call.require_open(draft.entry_date or call.today)
        invoice = build(call, draft, self.side, None)
        self._require_stock(call, invoice)
        self.enter(call, invoice)
        return self.answer(call, invoice)

    def edit(self, call: Call) -> dict[str, Any]:
        """Put a whole invoice in the place of the old one; its payments stay with it."""
        form = call.form()
        identity = form.need("id")
        draft = read_invoice(form, self.side)
        old = self.find(call, identity)
        if draft.entry_date is None:
            draft.entry_date = old.entry_date
        call.require_open(old.entry_date, draft.entry_date)
        invoice = build(call, draft, self.side, old)
        # Payments are posted for this partner, in this currency and this way round.
        kept = (invoice.partner is old.partner, invoice.currency == old.currency, invoice.direction == old.direction)
        if old.paid > old.paid_at_once and not all(kept):
            raise Refused(fault("HAS-PAYMENTS"))
        self.withdraw(call, old)
        try:
            self._require_stock(call, invoice)
        except Refused:
            self.enter(call, old)
            raise
        invoice.credited_by = old.credited_by
        self.enter(call, invoice)
        return self.answer(call, invoice)

    def delete(self, call: Call) -> dict[str, Any]:
        """Delete an invoice that is neither paid nor credited."""
        invoice = self.find(call, call.deleted_id())
        call.require_open(invoice.entry_date)
        if invoice.paid > invoice.paid_at_once:
            raise Refused(fault("HAS-PAYMENTS"))
        if invoice.credited_by:
            raise Refused(fault("HAS-CREDIT-INVOICES"))
        self.withdraw(call, invoice)
        call.books.list_unpaid(invoice, gone=True)
        self.table(call).remove(invoice, call.moment)
        return {"invoiceId": invoice.id}

    def enter(self, call: Call, invoice: Invoice) -> None:
        """Put an invoice in the books with everything it causes."""
        books = call.books
        self.table(call).put(invoice)
        factor = ledger_factor(invoice) if self.side == "client" else 1
        draft = draft_client(books, invoice, factor) if self.side == "client" else draft_vendor(books, invoice)
        invoice.entry_ids = [books.post(draft, call.moment)]
        move_goods(books, invoice, self.side, factor, call.moment)
        books.list_unpaid(invoice)
        invoice.partner.documents += 1
        for row in invoice.rows:
            books.articles.by_id[row.code].documents += 1
        if invoice.base is not None:
            books.client_invoices.by_id[invoice.base].credited_by.append(invoice.id)

    def withdraw(self, call: Call, invoice: Invoice) -> None:
        """Take back everything an invoice caused; the invoice itself stays in its table."""
        books = call.books
        books.unpost(invoice.entry_ids, call.moment)
        invoice.entry_ids = []
        take_back_goods(books, invoice, call.moment)
        books.list_unpaid(invoice, gone=True)
        invoice.partner.documents -= 1
        for row in invoice.rows:
            books.articles.by_id[row.code].documents -= 1
        if invoice.base is not None:
            books.client_invoices.by_id[invoice.base].credited_by.remove(invoice.id)

    def _require_stock(self, call: Call, invoice: Invoice) -> None:
        if self.side == "client" and call.options.negative_stock == "refuse":
            faults = shortages(call.books, invoice, ledger_factor(invoice))
            if faults:
                raise Refused(*faults)

    def answer(self, call: Call, invoice: Invoice) -> dict[str, Any]:
        """Return what add and edit answer."""
        reference = invoice.reference_number
        return {
            "invoiceId": invoice.id,
            f"{self.side}Id": invoice.partner.id,
            "number": as_number(invoice.number, call),
            "invoiceNumber": as_number(invoice.invoice_number, call),
            "referenceNumber": reference and as_number(reference, call),
            **view(invoice, _ANSWER),
        }

    def find(self, call: Call, identity: str) -> Invoice:
        """Return an invoice by id.

        Raises:
            Refused: There is none.
        """
        invoice = self.table(call).by_id.get(identity)
        if invoice is None:
            raise Refused(fault("NOT-FOUND", what="Invoice"))
        return invoice

    def _asked(self, call: Call) -> Invoice:
        return self.find(call, call.query.text("id", required=True) or "")

    def pdf(self, call: Call) -> Any:
        """Return the printed invoice, as bytes or as JSON by the switch."""
        return pdf_answer(call, f"invoice_{self._asked(call).invoice_number}.pdf", self._asked(call))

    def xml(self, call: Call) -> web.Response:
        """Return the Estonian e-invoice."""
        return web.Response(body=invoice_xml(self._asked(call)), content_type="application/xml")

    def send_einvoice(self, call: Call) -> dict[str, Any]:
        """Send the e-invoice; it must be enabled and the client must accept it.

        Where the id stands is not said: in the query or in the body.
        """
        invoice = self._asked(call) if call.query.has("id") else self.find(call, call.form().need("id"))
        if not call.options.einvoices_enabled:
            raise Refused(fault("EINVOICES-NOT-ENABLED"))
        if not accepts_einvoices(call, invoice.partner):
            raise Refused(fault("EINVOICES-NOT-ACCEPTED"))
        invoice.einvoice_sent = call.moment
        return {"invoiceId": invoice.id}


def pdf_answer(call: Call, name: str, invoice: Invoice) -> Any:
    """Return a PDF in the form that the switch says; the sheet knows both."""
    content = invoice_pdf(invoice)
    if call.options.pdf_answer == "json":
        return {"fileName": name, "fileContent": base64.b64encode(content).decode()}
    return web.Response(body=content, content_type="application/pdf")
