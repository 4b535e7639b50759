"""Sales invoices and credit notes as salesinvoice.nv takes them (vendor sheet 7.4, salesinvoice.dtd)."""

from collections.abc import Sequence
from decimal import Decimal

from tilisilta.connectors.netvisor import assumptions, vat_codes
from tilisilta.connectors.netvisor.amounts import money_lines, priced, row_vats, sign_of
from tilisilta.connectors.netvisor.options import Numbering, Options
from tilisilta.connectors.netvisor.wire import Element, document, encode, group, leaf
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.connectors.netvisor.write_voucher import write_dimensions, write_file
from tilisilta.core.documents import Invoice, LineKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.kit.marker import write_marker
from tilisilta.ports import AttachedFile

SALES = "salesinvoice.nv"
MATCH = "matchcreditnote.nv"
PDF = "application/pdf"


def sales_number(invoice: Invoice, options: Options) -> str:
    """Return the number that Netvisor is given, or an empty text when it shall number the invoice itself.

    Raises:
        Unsupported: The number is not a whole one and the settings say to stop.

    """
    number = invoice.number.strip()
    if not number or (number.isascii() and number.isdigit()) or not assumptions.SALES_NUMBER_IS_WHOLE:
        return number
    if options.numbering is Numbering.NETVISOR:
        return ""
    raise Unsupported("NUMBER_NOT_WHOLE", field="number", value=number)


def write_sales_invoice(
    draft: InvoiceDraft, options: Options, texts: Texts, files: Sequence[AttachedFile] = ()
) -> bytes:
    """Return the body of salesinvoice.nv?method=add.

    Raises:
        Unsupported: The number is not whole, a row lacks product or VAT code, or a rounding has no product.

    """
    invoice = draft.invoice
    if not draft.party_id:
        raise Unsupported(field="party", rule="an invoice needs its customer")
    root, frame = document("salesinvoice")
    number = sales_number(invoice, options)
    leaf(frame, "salesinvoicenumber", number)
    leaf(frame, "salesinvoicedate", invoice.date, format="ansi")
    _dates(frame, invoice)
    leaf(frame, "salesinvoicereferencenumber", invoice.reference_number)
    leaf(frame, "salesinvoiceamount", (invoice.gross + invoice.rounding) * sign_of(invoice), **_currency(invoice))
    leaf(frame, "invoicetype", "invoice")
    leaf(frame, "salesinvoicestatus", options.invoice_status.value, type="netvisor")
    note = texts.cut(invoice.note, "note", assumptions.FREE_TEXT_CHARS)
    leaf(frame, "salesinvoicefreetextafterlines", note)
    own = texts.clean(invoice.our_reference, "our_reference")
    leaf(frame, "salesinvoiceourreference", own if number else " ".join(part for part in (invoice.number, own) if part))
    leaf(frame, "salesinvoiceyourreference", texts.clean(invoice.your_reference, "your_reference"))
    leaf(frame, "salesinvoiceprivatecomment", write_marker(draft.key, f"Tilisilta {invoice.number}".strip()))
    leaf(frame, "invoicingcustomeridentifier", draft.party_id, type="netvisor")
    if invoice.due_date is None:
        leaf(frame, "paymenttermnetdays", invoice.party.payment_term_days or 0)
    leaf(frame, "expectpartialpayments", True)
    leaf(frame, "ordernumber", texts.clean(invoice.order_number, "order_number"))
    _lines(group(frame, "invoicelines"), draft, options, texts)
    if files:
        _files(group(frame, "salesinvoiceattachments"), files, texts)
    if invoice.prepaid:
        texts.warn("PREPAID_NOT_CARRIED", "prepaid", amount=invoice.prepaid)
    return encode(root)


def write_match(credit_note_id: str, invoice_id: str) -> bytes:
    """Return the body of matchcreditnote.nv."""
    root, frame = document(assumptions.MATCH_FRAME)
    leaf(frame, "creditnotenetvisorkey", credit_note_id)
    leaf(frame, "invoicenetvisorkey", invoice_id)
    return encode(root)


def _dates(frame: Element, invoice: Invoice) -> None:
    if invoice.due_date is not None:
        leaf(frame, "salesinvoiceduedate", invoice.due_date, format="ansi")
    if invoice.entry_date is not None and invoice.entry_date != invoice.date:
        leaf(frame, assumptions.ENTRY_DATE_ELEMENT, invoice.entry_date, format="ansi")
    if invoice.delivery_date is not None:
        leaf(frame, "salesinvoicedeliverydate", invoice.delivery_date, format="ansi")


def _currency(invoice: Invoice) -> dict[str, str]:
    found = {"iso4217currencycode": invoice.currency}
    if invoice.exchange_rate is not None and invoice.currency != "EUR":
        found["currencyrate"] = format(invoice.exchange_rate, "f").replace(".", assumptions.DECIMAL_MARK)
    return found


def _lines(frame: Element, draft: InvoiceDraft, options: Options, texts: Texts) -> None:
    invoice = draft.invoice
    rows = money_lines(draft)
    if not rows:
        raise Unsupported(field="lines", rule="an invoice needs a row")
    vats = iter(row_vats(invoice, rows))
    for index, each in enumerate(draft.lines):
        line = group(frame, "invoiceline")
        if each.line.kind is LineKind.TEXT:
            words = texts.cut(each.line.description or each.line.item_name, f"lines[{index}]", 500) or "-"
            leaf(group(line, "salesinvoicecommentline"), "comment", words)
        else:
            _row(
                group(line, "salesinvoiceproductline"),
                each,
                next(vats),
                where=f"lines[{index}]",
                invoice=invoice,
                texts=texts,
            )
    if invoice.rounding:
        if not options.rounding_product:
            raise Unsupported("ROUNDING_PRODUCT_MISSING", field="rounding", amount=invoice.rounding)
        _rounding(group(group(frame, "invoiceline"), "salesinvoiceproductline"), invoice, options)


def _row(frame: Element, each: LineDraft, vat: Decimal, *, where: str, invoice: Invoice, texts: Texts) -> None:
    line = each.line
    if not each.item_id:
        raise Unsupported(field=f"{where}.item", rule="a row needs a product")
    code = each.vat_code or vat_codes.NONE
    if not vat_codes.is_taken(code, vat_codes.SALES):
        raise Unsupported(field=f"{where}.vat_code", rule="not a VAT code of invoices", value=code)
    price, quantity, discount = priced(each, invoice.currency)
    sign = sign_of(invoice)
    words = texts.clean(line.description or line.item_name or line.item_code, f"{where}.description")
    name = " ".join((line.item_name or words or each.item_id).split())
    short = name[: assumptions.PRODUCT_NAME_CHARS].rstrip()
    leaf(frame, "productidentifier", each.item_id, type="netvisor")
    leaf(frame, "productname", short)
    leaf(frame, "productunitprice", price, type="net")
    leaf(frame, "productvatpercentage", ZERO if code == vat_codes.NONE else line.vat_rate, vatcode=code)
    leaf(frame, "salesinvoiceproductlinequantity", quantity * sign)
    if discount:
        leaf(frame, "salesinvoiceproductlinediscountpercentage", discount)
    if words and words != short:
        leaf(frame, "salesinvoiceproductlinefreetext", texts.cut(words, where, assumptions.FREE_TEXT_CHARS))
    if vat != vat_amount(line.net, line.vat_rate, invoice.currency) or line.net != round_amount(line.net):
        # Netvisor would compute other cents than the document has.
        total = line.net if assumptions.LINE_SUM == "net" else line.net + vat
        leaf(frame, "salesinvoiceproductlinevatsum", vat * sign)
        leaf(frame, "salesinvoiceproductlinesum", total * sign)
    leaf(frame, "accountingaccountsuggestion", each.account)
    write_dimensions(frame, [*each.dimensions.values(), each.dimension])
    leaf(frame, "productunitname", texts.clean(line.unit, f"{where}.unit"))


def _rounding(frame: Element, invoice: Invoice, options: Options) -> None:
    amount = invoice.rounding * sign_of(invoice)
    leaf(frame, "productidentifier", options.rounding_product, type="netvisor")
    leaf(frame, "productname", "Pyöristys")
    leaf(frame, "productunitprice", abs(amount), type="net")
    leaf(frame, "productvatpercentage", ZERO, vatcode=vat_codes.NONE)
    leaf(frame, "salesinvoiceproductlinequantity", Decimal(1) if amount > 0 else Decimal(-1))


def _files(frame: Element, files: Sequence[AttachedFile], texts: Texts) -> None:
    for each in files:
        attachment = group(frame, "salesinvoiceattachment")
        if each.media_type == PDF:
            write_file(attachment, each, texts, type="pdf")
            leaf(attachment, "printbydefault", True)
        else:
            write_file(attachment, each, texts)
