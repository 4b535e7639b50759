"""Invoice drafts as SmartAccounts takes them."""

from decimal import ROUND_HALF_UP, Decimal

from tilisilta.connectors.smartaccounts import assumptions
from tilisilta.connectors.smartaccounts.wire import InvoiceAdd, Row, plain_decimal, wire_date
from tilisilta.connectors.smartaccounts.write_text import Texts
from tilisilta.core.documents import Direction, Invoice, InvoiceLine, LineKind, StockKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import minor_unit, round_amount
from tilisilta.kit.marker import write_marker

ONE = Decimal(1)
HUNDRED = Decimal(100)
SALES_SERVICE = "purchasesales/clientinvoices"
PURCHASE_SERVICE = "purchasesales/vendorinvoices"


def service_of(direction: Direction) -> str:
    """Return the service that keeps invoices of this direction."""
    return SALES_SERVICE if direction is Direction.SALES else PURCHASE_SERVICE


def total_of(invoice: Invoice) -> Decimal:
    """Return the total that the vendor shall show: with VAT and rounding, before prepayments.

    Purchase credit notes are negative there.
    """
    total = invoice.gross + invoice.rounding
    return total * quantity_sign(invoice)


def quantity_sign(invoice: Invoice) -> Decimal:
    """Return the sign that quantities and totals of this document bear at the vendor."""
    if not invoice.is_credit_note:
        return ONE
    if invoice.direction is Direction.SALES:
        return assumptions.SALES_CREDIT_QUANTITY_SIGN
    return assumptions.PURCHASE_CREDIT_QUANTITY_SIGN


def write_invoice(draft: InvoiceDraft, texts: Texts) -> InvoiceAdd:
    """Return the body of clientinvoices:add or vendorinvoices:add; notes about changes go to `texts`.

    Raises:
        Unsupported: Rows of several warehouses; a row without article or VAT code; a purchase without number; a credit
            note without a base where one is needed.

    """
    invoice = draft.invoice
    is_sales = invoice.direction is Direction.SALES
    wire = InvoiceAdd(
        date=wire_date(invoice.date),
        currency=invoice.currency,
        rows=_rows(draft, texts),
        due_date=wire_date(invoice.due_date) if invoice.due_date else "",
        invoice_number=texts.clean(invoice.number, "number"),
        reference_number=invoice.reference_number,
        total_amount=plain_decimal(total_of(invoice)),
        object_id=draft.dimension,
        warehouse_id=_warehouse(draft),
        exchange_rate=_rate(invoice),
    )
    if assumptions.SEND_ENTRY_DATE:
        wire.entry_date = wire_date(invoice.entry_date or invoice.date)
    if is_sales:
        wire.client_id = draft.party_id
        wire.invoice_note = texts.clean(invoice.note, "note")
        wire.interest = invoice.interest_percent
        wire.comment = write_marker(draft.key, f"Tilisilta {wire.invoice_number}")
        if invoice.is_credit_note:
            wire.type = "CRE"
            wire.base_for_credit_invoice_id = draft.credited_id
            if not draft.credited_id and not assumptions.SALES_CREDIT_MAY_LACK_BASE:
                raise Unsupported("CREDIT_BASE_MISSING", field="credits")
    else:
        if not invoice.number:
            raise Unsupported(field="number", rule="a purchase invoice needs its number")
        wire.vendor_id = draft.party_id
        wire.is_calculate_vat = False
        wire.vat_amount = plain_decimal(invoice.vat * quantity_sign(invoice))
        note = texts.cut(invoice.note, "note", assumptions.COMMENT_CHARS) if invoice.note else ""
        wire.comment = write_marker(draft.key, note or f"Tilisilta {wire.invoice_number}")
    if invoice.prepaid:
        texts.warn("PREPAID_NOT_CARRIED", "prepaid", amount=invoice.prepaid)
    return wire


def _rate(invoice: Invoice) -> Decimal | None:
    if invoice.exchange_rate is None or invoice.currency in assumptions.ECB_CURRENCIES:
        return None
    return invoice.exchange_rate


def _warehouse(draft: InvoiceDraft) -> str:
    named = {line.warehouse for line in draft.lines if line.warehouse}
    if draft.warehouse:
        named.add(draft.warehouse)
    if len(named) > 1:
        raise Unsupported(field="lines.warehouse", rule="one warehouse for a document", value=", ".join(sorted(named)))
    return named.pop() if named else ""


def _rows(draft: InvoiceDraft, texts: Texts) -> list[Row]:
    invoice = draft.invoice
    is_sales = invoice.direction is Direction.SALES
    sign = quantity_sign(invoice)
    rows: list[Row] = []
    words: list[str] = []  # rows of words that stand before the first row with an amount
    for index, each in enumerate(draft.lines):
        line = each.line
        if line.kind is LineKind.ROUNDING:
            continue  # the total that we send makes SmartAccounts put it into roundAmount
        description = texts.clean(_description(line), f"lines[{index}].description")
        if line.kind is LineKind.TEXT:
            if rows:
                rows[-1].description += f"\n{description}"
            else:
                words.append(description)
            continue
        if words:
            description = "\n".join((*words, description))
            words.clear()
        rows.append(_row(each, index, description, sign=sign, is_sales=is_sales, currency=invoice.currency))
    if not rows:
        raise Unsupported(field="lines", rule="an invoice needs a row")
    return rows


def _row(draft: LineDraft, index: int, description: str, *, sign: Decimal, is_sales: bool, currency: str) -> Row:
    line = draft.line
    if not draft.item_id:
        raise Unsupported(field=f"lines[{index}].item", rule="a row needs an article")
    if not draft.vat_code:
        raise Unsupported(field=f"lines[{index}].vat_code", rule="a row needs a VAT code")
    price, quantity, discount = _price(line, currency, with_discount=is_sales)
    row = Row(
        code=draft.item_id,
        description=description or draft.item_id,
        price=plain_decimal(price),
        quantity=plain_decimal(quantity * sign),
        vat_pc=draft.vat_code,
        order=index + 1,
        unit=line.unit,
        discount=plain_decimal(discount) if discount else None,
        object_id=draft.dimension,
    )
    if draft.account:
        if is_sales:
            row.account_sales = draft.account
        elif line.stock_kind is StockKind.STOCK and assumptions.STOCK_PURCHASE_ACCOUNT_FIELD == "accountWarehouse":
            row.account_warehouse = draft.account
        else:
            row.account_purchase = draft.account
    return row


def _description(line: InvoiceLine) -> str:
    return line.description or line.item_name or line.item_code


def _price(line: InvoiceLine, currency: str, *, with_discount: bool) -> tuple[Decimal, Decimal, Decimal]:
    """Return price, quantity and discount whose product is exactly the net of the line.

    The line's own figures are kept when they multiply to its net; else the price is worked back from the net, and where
    no price of a bearable length does it, the row becomes one piece at its net.
    """
    quantity, price, discount = line.quantity, line.unit_price, line.discount_percent
    if quantity and (with_discount or not discount):
        product = price * quantity
        if discount:
            product = product * (HUNDRED - discount) / HUNDRED
        if round_amount(product, currency) == line.net:
            return price, quantity, discount
    if quantity:
        price = _worked_back(line.net, quantity, currency)
        if round_amount(price * quantity, currency) == line.net:
            return price, quantity, Decimal(0)
    return line.net, ONE, Decimal(0)


def _worked_back(net: Decimal, quantity: Decimal, currency: str) -> Decimal:
    price = (net / quantity).quantize(ONE.scaleb(-assumptions.PRICE_DECIMALS), rounding=ROUND_HALF_UP)
    short = price.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)
    if short * quantity == net:
        return short
    return price.normalize()
