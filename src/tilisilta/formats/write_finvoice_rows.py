"""Rows and values of the Finvoice that we write. Source: schemas/finvoice/Finvoice3.0.xsd."""

import datetime as dt
from decimal import Decimal

from lxml import etree

from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.money import round_amount
from tilisilta.formats.writing import Prepared, WrittenRow, pieces, plain, put, put_some

_PRICE_PLACES = 5
_PERCENT_PLACES = 3
_FREE_TEXT = 512


def comma(value: Decimal, places: int | None = None) -> str:
    """Return a number with a decimal comma, as short as it is or with `places` decimals.

    >>> comma(Decimal("25.50")), comma(Decimal(-4), 2)
    ('25,5', '-4,00')
    """
    return (plain(value) if places is None else f"{value:.{places}f}").replace(".", ",")


def put_amount(
    parent: etree._Element, prepared: Prepared, name: str, amount: Decimal, currency: str = ""
) -> etree._Element:
    """Append an amount, below zero on a credit note, in the document's currency unless another is named."""
    signed = -amount if prepared.invoice.is_credit_note and amount else amount
    currency = currency or prepared.invoice.currency
    return put(parent, name, comma(signed, 2), AmountCurrencyIdentifier=currency)


def put_date(parent: etree._Element, name: str, day: dt.date | None) -> None:
    """Append a date where there is one."""
    if day:
        put(parent, name, f"{day:%Y%m%d}", Format="CCYYMMDD")


def write_words(root: etree._Element, words: str) -> None:
    """Append a row of words without amounts."""
    row = put(root, "InvoiceRow")
    for piece in pieces(words, _FREE_TEXT):
        put(row, "RowFreeText", piece)


def write_row(root: etree._Element, prepared: Prepared, row: WrittenRow, number: int) -> None:
    """Append one row with its price, discount and VAT.

    Raises:
        BadInput: the row has no name.
        Unsupported: a discount below zero, or a price finer than Finvoice has.

    """
    line, invoice = row.line, prepared.invoice
    if not (line.item_name or line.description):
        raise BadInput(field=row.at("item_name"), rule="the row needs a name")
    element = put(root, "InvoiceRow")
    put_some(element, "ArticleIdentifier", line.item_code)
    put_some(element, "ArticleName", line.item_name)
    put_some(element, "ArticleDescription", line.description)
    quantity, price = (-line.quantity, -line.unit_price) if line.unit_price < 0 else (line.quantity, line.unit_price)
    signed = -quantity if invoice.is_credit_note else quantity
    # Both, as in the example of the format's own guide: Severa's files name what was delivered alone, and are taken so.
    for name in ("DeliveredQuantity", "InvoicedQuantity"):
        put(element, name, comma(signed), **({"QuantityUnitCode": line.unit} if line.unit else {}))
    put_date(element, "StartDate", line.period_from)
    put_date(element, "EndDate", line.period_to)
    shown, base = _shown_price(price, row)
    put(element, "UnitPriceAmount", shown, AmountCurrencyIdentifier=invoice.currency)
    if base != 1:
        put(element, "UnitPriceBaseQuantity", comma(base))
    put(element, "RowPositionIdentifier", str(number))
    _discount(element, prepared, row, round_amount(quantity * price, invoice.currency))
    put(element, "RowVatRatePercent", comma(line.vat_rate))
    put(element, "RowVatCode", row.letter)
    if line.vat is not None:
        put_amount(element, prepared, "RowVatAmount", line.vat)
    put_amount(element, prepared, "RowVatExcludedAmount", line.net)
    if line.vat is not None:
        put_amount(element, prepared, "RowAmount", line.net + line.vat)


def _shown_price(price: Decimal, row: WrittenRow) -> tuple[str, Decimal]:
    """Return the price with two to five decimals, and the quantity that it is for."""
    for base in (Decimal(1), Decimal(10), Decimal(100), Decimal(1000)):
        shown = price * base
        if round(shown, _PRICE_PLACES) == shown:
            return comma(shown, 2 if round(shown, 2) == shown else None), base
    raise Unsupported(field=row.at("unit_price"), rule="finer than Finvoice has", value=plain(price))


def _discount(element: etree._Element, prepared: Prepared, row: WrittenRow, worth: Decimal) -> None:
    percent = row.line.discount_percent
    if not percent:
        return
    if percent < 0:
        raise Unsupported(field=row.at("discount_percent"), rule="below zero", value=plain(percent))
    if round(percent, _PERCENT_PLACES) == percent:
        put(element, "RowDiscountPercent", comma(percent))
    put_amount(element, prepared, "RowDiscountAmount", worth - row.line.net)
