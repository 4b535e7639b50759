"""Purchase invoices and their posting data (vendor sheet 7.6, purchaseinvoice.dtd, purchaseinvoicepostingdata.dtd)."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tilisilta.connectors.netvisor import assumptions, vat_codes
from tilisilta.connectors.netvisor.amounts import money_lines, priced, row_vats, sign_of
from tilisilta.connectors.netvisor.options import Options
from tilisilta.connectors.netvisor.wire import Element, document, encode, group, leaf
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.connectors.netvisor.write_voucher import write_dimensions, write_file
from tilisilta.core.documents import AttachmentRole, Invoice, LineKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import write_marker
from tilisilta.ports import AttachedFile

PURCHASE = "purchaseinvoice.nv"
POSTING = "purchaseinvoicepostingdata.nv"


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """How Netvisor itself knows the supplier: what makes the invoice find exactly this one."""

    key: str
    name: str
    code: str = ""
    organisation_id: str = ""
    city: str = ""
    iban: str = ""

    @property
    def match_type(self) -> str:
        """Return by what Netvisor shall choose the vendor first."""
        if self.code:
            return "code"
        return "organizationid" if self.organisation_id else "name"


def needs_posting_data(draft: InvoiceDraft) -> bool:
    """Return whether a row's VAT code cannot follow from the rate, which is all that the invoice message carries."""
    return any(
        each.vat_code not in assumptions.PURCHASE_DEFAULT_CODES
        and not (each.vat_code == vat_codes.NONE and not each.line.vat_rate)
        for each in money_lines(draft)
    )


def write_purchase_invoice(
    draft: InvoiceDraft, vendor: Vendor, options: Options, texts: Texts, files: Sequence[AttachedFile] = ()
) -> bytes:
    """Return the body of purchaseinvoice.nv.

    Raises:
        Unsupported: The invoice has no number or no rows, or its VAT is not that of its rows.

    """
    invoice = draft.invoice
    if not invoice.number:
        raise Unsupported(field="number", rule="a purchase invoice needs its number")
    root, frame = document("purchaseinvoice")
    leaf(frame, "invoicenumber", texts.clean(invoice.number, "number"))
    leaf(frame, "invoicedate", invoice.date, format="ansi")
    leaf(frame, "invoicesource", "finvoice" if files else "manual")
    leaf(frame, "valuedate", invoice.entry_date or invoice.date, format="ansi")
    leaf(frame, "duedate", invoice.due_date or invoice.date, format="ansi")
    leaf(frame, "purchaseinvoiceonround", options.purchase_round.value, type="netvisor")
    leaf(frame, "vendorcode", vendor.code)
    leaf(frame, "vendorname", vendor.name)
    leaf(frame, "amount", (invoice.gross + invoice.rounding) * sign_of(invoice))
    account = invoice.bank_account or next(iter(invoice.party.bank_accounts), None)
    leaf(frame, "accountnumber", account.iban if account else vendor.iban)
    leaf(frame, "organizationidentifier", vendor.organisation_id)
    if invoice.delivery_date is not None:
        leaf(frame, "deliverydate", invoice.delivery_date, format="ansi")
    leaf(frame, "bankreferencenumber", invoice.reference_number)
    leaf(frame, "ourreference", texts.clean(invoice.our_reference, "our_reference"))
    leaf(frame, "yourreference", texts.clean(invoice.your_reference, "your_reference"))
    leaf(frame, "currencycode", invoice.currency)
    leaf(frame, "comment", _comment(draft, texts))
    ready = options.purchase_ready and not needs_posting_data(draft)
    leaf(frame, "readyforaccounting", ready)
    leaf(frame, "primaryvendormatchtype", vendor.match_type)
    _lines(group(frame, "purchaseinvoicelines"), "purchaseinvoiceline", "brutto", draft, texts)
    _words(frame, draft, texts)
    if files:
        _files(group(frame, "purchaseinvoiceattachments"), files, texts)
    if invoice.prepaid:
        texts.warn("PREPAID_NOT_CARRIED", "prepaid", amount=invoice.prepaid)
    return encode(root)


def write_posting_data(draft: InvoiceDraft, invoice_id: str, options: Options, texts: Texts) -> bytes:
    """Return the body of purchaseinvoicepostingdata.nv: the same rows with their VAT codes.

    The same message twice leaves the same rows.
    """
    root, frame = document("purchaseinvoicepostingdata")
    leaf(frame, "purchaseinvoicenetvisorkey", invoice_id)
    if assumptions.SEND_POSTING_STATUS:
        leaf(frame, "status", options.purchase_round.value)
    leaf(frame, "isreadyforaccounting", options.purchase_ready)
    _lines(frame, "purchaseinvoicepostingline", "gross", draft, texts)
    return encode(root)


def _comment(draft: InvoiceDraft, texts: Texts) -> str:
    note = texts.clean(draft.invoice.note, "note")
    marked = write_marker(draft.key, note, limit=assumptions.COMMENT_CHARS)
    if not marked.startswith(note):
        texts.warn("TEXT_CUT", "note", value=note, limit=assumptions.COMMENT_CHARS)
    return marked


def _lines(frame: Element, name: str, sum_type: str, draft: InvoiceDraft, texts: Texts) -> None:
    invoice = draft.invoice
    rows = money_lines(draft)
    if not rows:
        raise Unsupported(field="lines", rule="an invoice needs a row")
    for index, (each, vat) in enumerate(zip(rows, row_vats(invoice, rows), strict=True)):
        _row(group(frame, name), each, vat, where=f"lines[{index}]", sum_type=sum_type, invoice=invoice, texts=texts)
    if invoice.rounding:
        line = group(frame, name)
        leaf(line, "productname", "Pyöristys")
        leaf(line, "deliveredamount", Decimal(1))
        leaf(line, "unitprice", invoice.rounding * sign_of(invoice))
        _vat(line, ZERO, vat_codes.NONE, sum_type)
        leaf(line, "linesum", invoice.rounding * sign_of(invoice), type=sum_type)


def _row(
    frame: Element, each: LineDraft, vat: Decimal, *, where: str, sum_type: str, invoice: Invoice, texts: Texts
) -> None:
    line = each.line
    price, quantity, discount = priced(each, invoice.currency)
    words = texts.clean(line.description or line.item_name or line.item_code, f"{where}.description")
    name = " ".join((line.item_name or words or "-").split())[: assumptions.PRODUCT_NAME_CHARS].rstrip()
    leaf(frame, "productcode", texts.clean(line.item_code, f"{where}.item_code"))
    leaf(frame, "productname", name)
    leaf(frame, "deliveredamount", quantity * sign_of(invoice))
    leaf(frame, "unitname", texts.clean(line.unit, f"{where}.unit"))
    leaf(frame, "unitprice", price)
    if discount:
        leaf(frame, "discountpercentage", discount)
    _vat(frame, line.vat_rate, each.vat_code, sum_type)
    leaf(frame, "linesum", (line.net + vat) * sign_of(invoice), type=sum_type)
    if words != name:
        leaf(frame, "description", texts.cut(words, where, assumptions.FREE_TEXT_CHARS))
    leaf(frame, "accountingsuggestion", each.account)
    write_dimensions(frame, [*each.dimensions.values(), each.dimension])


def _vat(frame: Element, rate: Decimal, code: str, sum_type: str) -> None:
    # Only posting data knows VAT codes; its sums are called gross, those of the invoice brutto.
    attributes = {"vatcode": code} if sum_type == "gross" and code else {}
    leaf(frame, "vatpercent", ZERO if code == vat_codes.NONE else rate, **attributes)


def _words(frame: Element, draft: InvoiceDraft, texts: Texts) -> None:
    rows = [each.line for each in draft.lines if each.line.kind is LineKind.TEXT]
    if not rows:
        return
    lines = group(frame, "purchaseinvoicecommentlines")
    for line in rows:
        words = texts.cut(line.description or line.item_name, "lines", assumptions.FREE_TEXT_CHARS) or "-"
        leaf(group(lines, "purchaseinvoicecommentline"), "comment", words)


def _files(frame: Element, files: Sequence[AttachedFile], texts: Texts) -> None:
    for each in files:
        kind = "invoiceimage" if each.role is AttachmentRole.IMAGE else "otherattachment"
        write_file(group(frame, "purchaseinvoiceattachment"), each, texts, documenttype=kind)
