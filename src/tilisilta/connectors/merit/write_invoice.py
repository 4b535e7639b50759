"""Invoice drafts as Merit takes them: sendinvoice and sendpurchinvoice."""

from base64 import b64encode
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from tilisilta.connectors.merit import assumptions
from tilisilta.connectors.merit.amounts import ONE, figures_of, vat_sums
from tilisilta.connectors.merit.options import Options
from tilisilta.connectors.merit.places import places_of
from tilisilta.connectors.merit.wire import File, InvoiceSend, ItemRef, Ref, Row, TaxAmount, plain_decimal, wire_date
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.documents import AttachmentRole, Direction, Invoice, LineKind, StockKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO, round_amount
from tilisilta.kit.marker import write_marker
from tilisilta.ports import AttachedFile

SALES = "sendinvoice"
PURCHASES = "sendpurchinvoice"
ITEM_TYPES = {StockKind.STOCK: 1, StockKind.SERVICE: 2, StockKind.PRODUCT: 3}
COMMENT_CHARS = 4000
NUMBER_CHARS = 35
CODE_CHARS = 20
DESCRIPTION_CHARS = 150
FILE_NAME_CHARS = 100
UNIT_CHARS = 64


def endpoint_of(direction: Direction) -> str:
    """Return the call that enters invoices of this direction."""
    return SALES if direction is Direction.SALES else PURCHASES


def sign_of(invoice: Invoice) -> Decimal:
    """Return the sign that quantities and totals bear: credit notes are negative on both sides."""
    return -ONE if invoice.is_credit_note else ONE


def total_of(invoice: Invoice) -> Decimal:
    """Return the total that Merit shall show: with VAT and rounding, negative for credit notes."""
    return (invoice.gross + invoice.rounding) * sign_of(invoice)


def write_invoice(
    draft: InvoiceDraft, options: Options, texts: Texts, files: Sequence[AttachedFile] = ()
) -> InvoiceSend:
    """Return the body of sendinvoice or sendpurchinvoice; notes about changes go to `texts`.

    Raises:
        Unsupported: A row without article or VAT code, a code or number longer than Merit takes, too many rows, a
            currency that version 1 cannot say, VAT that its rows do not add up to.

    """
    invoice = draft.invoice
    is_sales = invoice.direction is Direction.SALES
    version = options.version(endpoint_of(invoice.direction))
    sign = sign_of(invoice)
    lines = _amount_lines(draft)
    sums = vat_sums(invoice, lines)
    net = sum((round_amount(each.line.net, invoice.currency) for each in lines), ZERO)
    rounding = invoice.gross + invoice.rounding - net - (invoice.vat - sums.difference)
    if sums.difference:
        texts.warn("VAT_BY_ROWS", "vat", ours=invoice.vat, theirs=invoice.vat - sums.difference)
    keys = list(draft.dimensions.values()) or ([draft.dimension] if draft.dimension else [])
    places = places_of(keys, version, texts, "dimensions")
    wire = InvoiceSend(
        doc_date=wire_date(invoice.date),
        due_date=wire_date(invoice.due_date) if invoice.due_date else "",
        transaction_date=wire_date(invoice.entry_date) if invoice.entry_date else "",
        ref_no=texts.cut(invoice.reference_number, "reference_number", 36),
        currency_code=_currency(invoice, options, version),
        currency_rate=_rate(invoice, options),
        tax_amount=[
            TaxAmount(tax, plain_decimal(amount * (assumptions.CREDIT_TAX_SIGN if invoice.is_credit_note else ONE)))
            for tax, amount in sums.by_tax.items()
        ],
        total_amount=plain_decimal(net * sign),
        rounding_amount=plain_decimal(rounding * sign) if rounding else None,
        invoice_row=_RowWriter(invoice, version, texts).rows(draft.lines),
        department_code=places.department,
        project_code=places.project,
        cost_center_code=places.cost_center,
        dimensions=places.dimensions,
    )
    if invoice.prepaid:
        texts.warn("PREPAID_NOT_CARRIED", "prepaid", amount=invoice.prepaid)
    if is_sales:
        _write_sales(wire, draft, options, texts)
    else:
        _write_purchase(wire, draft, texts)
    _write_file(wire, files, texts, is_sales=is_sales)
    return wire


def _write_sales(wire: InvoiceSend, draft: InvoiceDraft, options: Options, texts: Texts) -> None:
    invoice = draft.invoice
    if invoice.is_credit_note:
        wire.accounting_doc = assumptions.ACCOUNTING_DOC_CREDIT
    else:
        wire.accounting_doc = assumptions.ACCOUNTING_DOC_INVOICE
    wire.customer = Ref(draft.party_id)
    wire.invoice_no = _number(invoice)
    wire.contract_no = texts.cut(invoice.order_number, "order_number", 35)
    credited = ", ".join(each.number for each in invoice.credits if each.number)
    note = "\n".join(part for part in (invoice.note, credited) if part)
    if note:
        wire.hcomment = texts.cut(note, "note", COMMENT_CHARS)
    if options.mark_sales:
        wire.fcomment = write_marker(draft.key)


def _write_purchase(wire: InvoiceSend, draft: InvoiceDraft, texts: Texts) -> None:
    if not draft.invoice.number:
        raise Unsupported(field="number", rule="a purchase invoice needs its number")
    wire.vendor = Ref(draft.party_id)
    wire.bill_no = _number(draft.invoice)
    note = texts.cut(draft.invoice.note, "note", COMMENT_CHARS) if draft.invoice.note else "Tilisilta"
    wire.hcomment = write_marker(draft.key, note)


def _number(invoice: Invoice) -> str:
    if len(invoice.number) > NUMBER_CHARS:
        raise Unsupported(field="number", rule=f"at most {NUMBER_CHARS} characters", value=invoice.number)
    return invoice.number


def _currency(invoice: Invoice, options: Options, version: int) -> str:
    if version == 1 and invoice.currency != options.currency:
        raise Unsupported(field="currency", rule="version 1 takes the books' own currency", value=invoice.currency)
    return invoice.currency


def _rate(invoice: Invoice, options: Options) -> Decimal | None:
    if invoice.exchange_rate is None or not invoice.exchange_rate or invoice.currency == options.currency:
        return None  # without a rate Merit takes that of the central bank
    rate = invoice.exchange_rate
    if assumptions.RATE_FORM == "units_per_euro":
        rate = ONE / rate
    return plain_decimal(rate.quantize(ONE.scaleb(-assumptions.RATE_DECIMALS), rounding=ROUND_HALF_UP).normalize())


def _amount_lines(draft: InvoiceDraft) -> list[LineDraft]:
    lines = [each for each in draft.lines if each.line.kind not in {LineKind.TEXT, LineKind.ROUNDING}]
    if not lines:
        raise Unsupported(field="lines", rule="an invoice needs a row")
    if len(lines) > assumptions.MOST_ROWS:
        raise Unsupported(field="lines", rule=f"at most {assumptions.MOST_ROWS} rows", value=str(len(lines)))
    return lines


class _RowWriter:
    """Writes the rows of one document."""

    def __init__(self, invoice: Invoice, version: int, texts: Texts) -> None:
        self.invoice = invoice
        self.version = version
        self.texts = texts

    def rows(self, lines: Sequence[LineDraft]) -> list[Row]:
        """Return the rows with amounts; rows of words join the description of the row above, or of the first one."""
        rows: list[Row] = []
        words: list[str] = []
        for index, each in enumerate(lines):
            line = each.line
            where = f"lines[{index}].description"
            if line.kind is LineKind.ROUNDING:
                continue  # it stands in RoundingAmount
            description = line.description or line.item_name or line.item_code
            if line.kind is not LineKind.TEXT:
                words.append(description)
                rows.append(self.row(each, index, self.texts.cut("\n".join(words), where, DESCRIPTION_CHARS)))
                words.clear()
            elif rows:
                joined = f"{rows[-1].item.description}\n{description}"
                rows[-1].item.description = self.texts.cut(joined, where, DESCRIPTION_CHARS)
            else:
                words.append(description)
        return rows

    def row(self, draft: LineDraft, index: int, description: str) -> Row:
        """Return one row with an amount."""
        line, where = draft.line, f"lines[{index}]"
        if not draft.item_id:
            raise Unsupported(field=f"{where}.item", rule="a row needs an article")
        if len(draft.item_id) > CODE_CHARS:
            raise Unsupported(field=f"{where}.item", rule=f"at most {CODE_CHARS} characters", value=draft.item_id)
        if not draft.vat_code:
            raise Unsupported(field=f"{where}.vat_code", rule="a row needs a VAT code")
        figures = figures_of(line, self.invoice.currency)
        keys = list(draft.dimensions.values()) or ([draft.dimension] if draft.dimension else [])
        places = places_of(keys, self.version, self.texts, f"{where}.dimensions")
        item = ItemRef(code=draft.item_id, description=description or draft.item_id, uom_name=line.unit[:UNIT_CHARS])
        if line.stock_kind is not None:
            item.type = ITEM_TYPES[line.stock_kind]
        return Row(
            item=item,
            quantity=plain_decimal(figures.quantity * sign_of(self.invoice)),
            price=plain_decimal(figures.price),
            tax_id=draft.vat_code,
            discount_pct=plain_decimal(figures.discount) if figures.discount else None,
            location_code=draft.warehouse,
            gl_account_code=draft.account,
            department_code=places.department,
            project_code=places.project,
            cost_center_code=places.cost_center,
            dimensions=places.dimensions,
            item_cost_amount=self._cost(draft, where),
        )

    def _cost(self, draft: LineDraft, where: str) -> Decimal | None:
        """Return what credited goods cost; documents seldom tell, and nobody may guess it."""
        invoice, line = self.invoice, draft.line
        is_credited_stock = line.stock_kind is StockKind.STOCK and invoice.is_credit_note
        if not is_credited_stock or invoice.direction is not Direction.SALES:
            return None
        cost = line.extra.get("cost_amount", "")
        if not cost:
            raise Unsupported("STOCK_COST_MISSING", field=where, item=draft.item_id)
        return Decimal(cost)


def _write_file(wire: InvoiceSend, files: Sequence[AttachedFile], texts: Texts, *, is_sales: bool) -> None:
    """Put in the one file that Merit takes with an invoice: on sales a PDF, the invoice's own picture first."""
    fit = [each for each in files if not is_sales or is_pdf(each)]
    fit.sort(key=lambda each: (each.role is not AttachmentRole.IMAGE, not is_pdf(each)))
    if fit:
        chosen = fit[0]
        name, content = chosen.name[-FILE_NAME_CHARS:], b64encode(chosen.content).decode()
        if is_sales:
            wire.pdf, wire.file_name = content, name
        else:
            wire.attachment = File(name, content)
    left = len(files) - bool(fit)
    if left:
        texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=left)


def is_pdf(file: AttachedFile) -> bool:
    """Return whether a file is a PDF, by what it holds."""
    return file.content.startswith(b"%PDF")
