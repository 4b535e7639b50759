"""Rows, sums and VAT of the Estonian e-invoice that we write. Source: schemas/estonian/e-invoice_ver1.2.EN.xsd."""

from decimal import Decimal

from lxml import etree

from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.money import round_amount
from tilisilta.formats.writing import Prepared, VatGroup, WrittenRow, iso, pieces, plain, put, put_some

_VAT_IDS = {"E": "TAXEX", "O": "NOTTAX"}
_PLACES = 4
_RATE_PLACES = 2
_LONG = 500


def decimal(value: Decimal) -> str:
    """Return a number with two decimals, or with up to four where it has them.

    >>> decimal(Decimal("1")), decimal(Decimal("0.12345")), decimal(Decimal("2.5000"))
    ('1.00', '0.12345', '2.50')
    """
    return f"{value:.2f}" if round(value, 2) == value else plain(value)


def put_sum(parent: etree._Element, prepared: Prepared, name: str, amount: Decimal) -> etree._Element:
    """Append a sum, below zero on a credit note."""
    return put(parent, name, decimal(-amount if prepared.invoice.is_credit_note and amount else amount))


def extension(parent: etree._Element, name: str = "", *, at: str = "Extension", words: str = "") -> etree._Element:
    """Append the place where EN 16931's additions stand, and in it the element `name` where one is given."""
    element = put(parent, at)
    put(element, "InformationContent", words)
    content = put(element, "CustomContent")
    return put(content, name) if name else content


def addition(parent: etree._Element, prepared: Prepared, tag: str, name: str, net: Decimal) -> etree._Element:
    """Append a discount or a charge; the sign of its net decides which it is."""
    is_discount = net <= 0
    element = put(parent, tag, addCode="DSC" if is_discount else "CHR")
    put(element, "AddContent", name)
    put_sum(element, prepared, "AddSum", net)
    return element


def put_vat(parent: etree._Element, prepared: Prepared, group: VatGroup, net: Decimal, vat: Decimal) -> None:
    """Append base, rate and VAT, with the letter and the reason where no VAT is charged."""
    element = put(parent, "VAT", vatId=_VAT_IDS.get(group.letter, "TAX"))
    put_sum(element, prepared, "SumBeforeVAT", net)
    put(element, "VATRate", decimal(group.rate))
    put_sum(element, prepared, "VATSum", vat)
    put_sum(element, prepared, "SumAfterVAT", net + vat)
    if group.letter == "S":
        return
    en = extension(element, "VATEN", at="Reference", words=group.reason)
    put(en, "CategoryCode", group.letter)
    put_some(en, "ExemptionReasonCode", group.reason_code)
    put_some(en, "ExemptionReasonText", group.reason)


def write_words(group: etree._Element, words: str) -> None:
    """Append a row of words without sums."""
    for piece in pieces(words, _LONG):
        put(put(group, "ItemEntry"), "Description", piece)


def write_row(group: etree._Element, prepared: Prepared, row: WrittenRow, number: int) -> None:
    """Append one row, and the rows of words that follow it.

    Raises:
        BadInput: the row has no name.
        Unsupported: a quantity or price finer than the format has.

    """
    line, invoice = row.line, prepared.invoice
    name = line.item_name or line.description
    if not name:
        raise BadInput(field=row.at("item_name"), rule="the row needs a name")
    quantity, price = (-line.quantity, -line.unit_price) if line.unit_price < 0 else (line.quantity, line.unit_price)
    if round(quantity, _PLACES) != quantity:
        raise Unsupported(field=row.at("quantity"), rule="finer than the format has", value=plain(quantity))
    shown, base = _shown_price(price, row)
    entry = put(group, "ItemEntry")
    put(entry, "RowNo", str(number))
    put_some(entry, "SellerProductId", line.item_code)
    put(entry, "Description", name)
    _en_row(entry, row, base)
    details = put(entry, "ItemDetailInfo")
    put_some(details, "ItemUnit", line.unit)
    put_sum(details, prepared, "ItemAmount", quantity)
    put(details, "ItemPrice", decimal(shown))
    worth = round_amount(quantity * price, invoice.currency)
    put_sum(entry, prepared, "ItemSum", worth if line.discount_percent else line.net)
    if line.discount_percent:
        _discount(entry, prepared, row, worth)
    vat = line.vat
    if vat is None:  # the format asks for it; four decimals keep it from being a rounding of ours
        vat = round(line.net * line.vat_rate / 100, _PLACES)
    put_vat(entry, prepared, prepared.group_of(row), line.net, vat)
    if line.vat is not None:
        put_sum(entry, prepared, "ItemTotal", line.net + line.vat)
    for words in row.texts:
        write_words(group, words)


def _en_row(entry: etree._Element, row: WrittenRow, base: Decimal) -> None:
    line = row.line
    description = line.description if line.item_name else ""
    if not (description or line.period_from or line.period_to or base != 1):
        return
    en = extension(entry, "ItemEntryEN", at="ItemReserve")
    put_some(en, "ItemDetailedDescription", description)
    if line.period_from or line.period_to:
        period = put(en, "Period")
        put_some(period, "StartDate", iso(line.period_from))
        put_some(period, "EndDate", iso(line.period_to))
    prices = put(en, "ItemPriceInfo")
    if base != 1:
        put(prices, "ItemPriceBaseQuantity", decimal(base))


def _shown_price(price: Decimal, row: WrittenRow) -> tuple[Decimal, Decimal]:
    """Return the price with at most four decimals, and the quantity that it is for."""
    for base in (Decimal(1), Decimal(10), Decimal(100), Decimal(1000), Decimal(10000)):
        if round(price * base, _PLACES) == price * base:
            return price * base, base
    raise Unsupported(field=row.at("unit_price"), rule="finer than the format has", value=plain(price))


def _discount(entry: etree._Element, prepared: Prepared, row: WrittenRow, worth: Decimal) -> None:
    percent = row.line.discount_percent
    element = put(entry, "Addition", addCode="DSC" if percent > 0 else "CHR")
    put(element, "AddContent", "Allahindlus" if percent > 0 else "Lisatasu")
    if round(percent, _RATE_PLACES) == percent:
        put(element, "AddRate", decimal(abs(percent)))
    put_sum(element, prepared, "AddSum", row.line.net - worth)
