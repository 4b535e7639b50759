"""Rows of a Finvoice: InvoiceRow and SubInvoiceRow, whose elements differ by the prefix "Sub" alone.

Sources: schemas/finvoice/*.xsd; Finvoice implementation guidelines 1.3, 2.01 and 3.0. The net of a row is
RowVatExcludedAmount; consumers' invoices give RowAmount with VAT alone. Prices may be in cents ("c/kWh").
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from tilisilta.core.documents import InvoiceLine, LineKind, VatTotal
from tilisilta.core.money import ZERO, vat_amount
from tilisilta.formats.totals import Offer, Row
from tilisilta.formats.treatment import by_letter
from tilisilta.formats.values import all_said, date_at, joined, loose_number, number_at, per_unit, said, tidy

_HUNDRED = Decimal(100)
_CENTS = re.compile(r"(c|s|snt|sent|sentti|cent)\s*/", re.IGNORECASE)
_QUANTITIES = ("InvoicedQuantity", "DeliveredQuantity", "OrderedQuantity", "ConfirmedQuantity")
_SUBTOTAL = frozenset({"subtotal", "välisumma", "valisumma", "delsumma"})
_CARRIED_WORDS = {
    "proposed_account": "RowNormalProposedAccountIdentifier",
    "proposed_account_text": "RowProposedAccountText",
    "account_dimension": "RowAccountDimensionText",
    "buyer_article": "BuyerArticleIdentifier",
    "ean": "EanCode",
    "project": "RowProjectReferenceIdentifier",
    "order_number": "RowIdentifier",
    "discount_amount": "RowDiscountAmount",
}


def read_rows(root: etree._Element, vat_totals: tuple[VatTotal, ...]) -> list[Row]:
    """Return the rows and sub-rows in order, as the file has them."""
    rows: list[Row] = []
    for group, element in enumerate(root.iterfind("InvoiceRow")):
        own = [child for child in element if child.tag != "SubInvoiceRow"]
        if own:
            rows.append(_read_row(element, "", group, vat_totals))
        rows.extend(_read_row(sub, "Sub", group, vat_totals) for sub in element.iterfind("SubInvoiceRow"))
    return rows


def _read_row(element: etree._Element, prefix: str, group: int, vat_totals: tuple[VatTotal, ...]) -> Row:
    def at(name: str) -> str:
        return prefix + name

    letter = said(element, at("RowVatCode"))
    net = number_at(element, at("RowVatExcludedAmount"))
    vat = number_at(element, at("RowVatAmount"))
    gross = number_at(element, at("RowAmount"))
    rate = number_at(element, at("RowVatRatePercent"))
    if rate is None:
        rate = _rate_by_amounts(net, vat, vat_totals)
    letter = letter or _letter_by_rate(rate, vat_totals)
    extra = {key: text for key, path in _CARRIED_WORDS.items() if (text := said(element, at(path)))}
    if letter:
        extra["vat_category"] = letter
    line = InvoiceLine(
        position=0,
        kind=LineKind.ITEM,
        source_id=said(element, "SubRowPositionIdentifier" if prefix else "RowPositionIdentifier"),
        item_code=said(element, at("ArticleIdentifier")),
        item_name=said(element, at("ArticleName")),
        description=joined(said(element, at("ArticleDescription")), *all_said(element, at("RowFreeText"))),
        unit=_unit(element, prefix),
        vat_rate=rate or ZERO,
        vat_treatment=by_letter(letter, rate),
        period_from=date_at(element, at("StartDate")),
        period_to=date_at(element, at("EndDate")),
        extra=extra,
    )
    identifier = said(element, "SubIdentifier" if prefix else "RowSubIdentifier").casefold()
    return Row(
        line=line,
        group=group,
        net=net,
        vat=vat,
        gross=gross,
        rate=rate,
        quantities=tuple(_quantities(element, prefix)),
        offers=tuple(dict.fromkeys(_offers(element, prefix, rate or ZERO))),
        is_sub=bool(prefix),
        is_subtotal=identifier in _SUBTOTAL,
    )


def _quantities(element: etree._Element, prefix: str) -> Iterator[Decimal]:
    for name in _QUANTITIES:
        for each in element.iterfind(prefix + name):
            quantity = loose_number(each)
            if quantity is not None:
                yield quantity


def _unit(element: etree._Element, prefix: str) -> str:
    for name in _QUANTITIES:
        for each in element.iterfind(prefix + name):
            if unit := each.get("QuantityUnitCode") or each.get("QuantityUnitCodeUN"):
                return str(unit)
    return ""


def _offers(element: etree._Element, prefix: str, rate: Decimal) -> Iterator[Offer]:
    """Yield what the row's price may mean: with its discount percent, or net of it, in euros or in cents."""
    discount = number_at(element, f"{prefix}RowDiscountPercent") or ZERO
    base = loose_number(element.find(f"{prefix}UnitPriceBaseQuantity"))
    for name in ("UnitPriceAmount", "UnitPriceNetAmount", "UnitPriceVatIncludedAmount"):
        found = element.find(prefix + name)
        stated = number_at(element, prefix + name)
        if found is None or stated is None:
            continue
        price = per_unit(stated, base)
        if name == "UnitPriceVatIncludedAmount":
            price = tidy(price * _HUNDRED / (_HUNDRED + rate))
        prices = [price]
        if _CENTS.match(str(found.get("UnitPriceUnitCode") or "").strip()):
            prices.insert(0, tidy(price / _HUNDRED))
        for each in prices:
            yield Offer(each, discount)
            if discount:
                yield Offer(each)
        if not discount:
            yield from _by_amount(element, prefix, prices)


def _by_amount(element: etree._Element, prefix: str, prices: list[Decimal]) -> Iterator[Offer]:
    """Yield prices with the discount that is given as an amount, in percent; the row's net decides if it holds."""
    amount = number_at(element, f"{prefix}RowDiscountAmount")
    if not amount:
        return
    for price in prices:
        for quantity in _quantities(element, prefix):
            worth = quantity * price
            percent = tidy(abs(amount) * _HUNDRED / abs(worth), 4) if worth else ZERO
            if 0 < percent < _HUNDRED:
                yield Offer(price, percent)


def _rate_by_amounts(net: Decimal | None, vat: Decimal | None, vat_totals: tuple[VatTotal, ...]) -> Decimal | None:
    """Return the rate of a row that names none: the document's only one, or the one that its VAT proves."""
    rates = {each.rate for each in vat_totals}
    if len(rates) == 1:
        return rates.pop()
    if not net or vat is None:
        return None
    proved = [rate for rate in rates if vat_amount(net, rate) == vat]
    return proved[0] if len(proved) == 1 else None


def _letter_by_rate(rate: Decimal | None, vat_totals: tuple[VatTotal, ...]) -> str:
    """Return the letter that the VAT breakdown gives for a rate, when it gives but one."""
    letters = {each.code for each in vat_totals if each.rate == rate}
    return letters.pop() if len(letters) == 1 else ""
