"""Rows of an Estonian e-invoice: ItemEntry, with GroupEntry and InvoiceItemTotalGroup where rows hold no sums.

Source: schemas/estonian/*.xsd and the description of the Estonian e-invoice 1.2. ItemSum is quantity times price;
senders differ on whether it already holds the row's additions, so the row's own VAT and total decide.
"""

from collections.abc import Sequence
from decimal import Decimal

from lxml import etree

from tilisilta.core.documents import InvoiceLine
from tilisilta.core.money import ZERO, round_amount
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.totals import Offer, Row
from tilisilta.formats.treatment import by_letter
from tilisilta.formats.values import date_at, joined, number_at, per_unit, said, tidy

_HUNDRED = Decimal(100)
_EN = "ItemReserve/CustomContent/ItemEntryEN/"


def read_rows(invoice: etree._Element) -> list[Row]:
    """Return the rows in order; a group's own sum follows its rows and counts only where they hold none."""
    rows: list[Row] = []
    item = invoice.find("InvoiceItem")
    if item is None:
        return rows
    for group, element in enumerate(item.iterfind("InvoiceItemGroup")):
        entries = [_entry(each, group) for each in element.iterfind("ItemEntry")]
        rows += entries
        summed = element.find("GroupEntry")
        has_sums = any(row.has_amount for row in entries)
        if summed is not None and (said(summed, "GroupDescription") or not has_sums):
            rows.append(_summed(summed, group, "Group"))
    whole = item.find("InvoiceItemTotalGroup")
    if whole is not None and not any(row.has_amount for row in rows):
        rows.append(_summed(whole, len(rows), "InvoiceItemTotal"))
    return rows


def treatment_of(vat: etree._Element | None, rate: Decimal | None) -> tuple[VatTreatment | None, str]:
    """Return what a VAT element means, and its letter where 1.2.EN gives one.

    TAX at 0 % is a rate by law; NOTTAX is outside of VAT; TAXEX is exempt.
    """
    if vat is None:
        return None, ""
    if letter := said(vat, "Reference/CustomContent/VATEN/CategoryCode"):
        return by_letter(letter, rate), letter
    code = vat.get("vatId") or ""
    if rate:
        return VatTreatment.DOMESTIC, ""
    by_code = {
        "TAX": VatTreatment.ZERO_RATED,
        "TAXEX": VatTreatment.EXEMPT,
        "NOTTAX": VatTreatment.OUTSIDE_SCOPE,
    }
    return by_code.get(code), ""


def additions(element: etree._Element, base: Decimal) -> Decimal:
    """Return the discounts (below zero) and charges of a row or document, signed as its `base` is."""
    return sum((addition(each, base) for each in element.iterfind("Addition")), ZERO)


def addition(element: etree._Element, base: Decimal) -> Decimal:
    """Return one discount (against the sign of `base`) or charge (with it)."""
    amount = number_at(element, "AddSum")
    if amount is None:
        amount = round_amount(abs(base) * (number_at(element, "AddRate") or ZERO) / _HUNDRED)
    sign = -1 if base < 0 else 1
    if element.get("addCode") == "DSC":
        return -abs(amount) * sign
    return amount if amount < 0 else amount * sign


def signed_base(whole: Sequence[etree._Element], base: Decimal, net: Decimal) -> Decimal:
    """Return a document's base with the sign that its additions follow: its own, unless only the other one makes `net`.

    Returned goods with a fee may leave rows below zero on a document whose total is above.
    """
    for signed in (base, -base):
        if base + sum((addition(each, signed) for each in whole), ZERO) == net:
            return signed
    return base


def _entry(element: etree._Element, group: int) -> Row:
    details = element.findall("ItemDetailInfo")
    quantity, price, unit = _price(element, details)
    vat = element.find("VAT")
    rate = number_at(element, "VAT/VATRate")
    treatment, letter = treatment_of(vat, rate)
    net, gross = _sums(element, "ItemSum", "ItemTotal", None if price is None else (quantity or Decimal(1)) * price)
    readings = joined(said(element, "InitialReading"), said(element, "FinalReading"), by=" - ")
    extra = {
        "vat_category": letter,
        "ean": said(element, "EAN"),
        "buyer_article": said(element, "BuyerProductId"),
        "readings": readings,
        "customer_reference": said(element, "CustomerRef"),
        "proposed_account": said(element, "Accounting/JournalEntry/GeneralLedger"),
        "cost_objective": said(element, "Accounting/JournalEntry/CostObjective"),
        "details": _details(details) if len(details) > 1 else "",
    }
    line = InvoiceLine(
        position=0,
        source_id=said(element, "RowNo"),
        item_code=said(element, "SellerProductId"),
        item_name=said(element, "Description"),
        description=said(element, _EN + "ItemDetailedDescription"),
        unit=unit,
        vat_rate=rate or ZERO,
        vat_treatment=treatment,
        period_from=date_at(element, _EN + "Period/StartDate"),
        period_to=date_at(element, _EN + "Period/EndDate"),
        extra={key: text for key, text in extra.items() if text},
    )
    return Row(
        line=line,
        group=group,
        net=net,
        vat=number_at(element, "VAT/VATSum"),
        gross=gross,
        rate=rate,
        quantities=() if quantity is None else (quantity,),
        offers=_offers(element, quantity, price),
    )


def _price(element: etree._Element, details: list[etree._Element]) -> tuple[Decimal | None, Decimal | None, str]:
    """Return quantity, price and unit; a row of several readings or tariffs has no one price."""
    if len(details) != 1:
        return None, None, ""
    price = number_at(details[0], "ItemPrice")
    base = number_at(element, _EN + "ItemPriceInfo/ItemPriceBaseQuantity")
    return (
        number_at(details[0], "ItemAmount"),
        None if price is None else per_unit(price, base),
        said(details[0], "ItemUnit"),
    )


def _offers(element: etree._Element, quantity: Decimal | None, price: Decimal | None) -> tuple[Offer, ...]:
    if price is None:
        return ()
    worth = (quantity or Decimal(1)) * price
    added = additions(element, worth)
    if not added or not worth:
        return (Offer(price),)
    made = Offer(price, tidy(-added * _HUNDRED / worth, 4))
    discounts = [number_at(each, "AddRate") for each in element.iterfind("Addition")]
    stated = [Offer(price, abs(discounts[0]))] if len(discounts) == 1 and discounts[0] and added * worth < 0 else []
    return (*stated, made, Offer(price))


def _details(details: list[etree._Element]) -> str:
    texts = (
        joined(said(each, "ItemAmount"), said(each, "ItemUnit"), said(each, "ItemPrice"), by=" ") for each in details
    )
    return "; ".join(text for text in texts if text)


def _sums(
    element: etree._Element, sum_name: str, total_name: str, worth: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Return a row's net (None when only its total with VAT is given) and its total."""
    total = number_at(element, total_name)
    before = number_at(element, "VAT/SumBeforeVAT")
    if before is not None:
        return before, total
    stated = number_at(element, sum_name)
    if stated is None:
        return None, total
    added = additions(element, stated)
    if not added:
        return stated, total
    vat = number_at(element, "VAT/VATSum") or ZERO
    if total is not None:
        for net in (stated + added, stated):
            if round_amount(net + vat) == round_amount(total) or round_amount(net) == round_amount(total):
                return net, total
    is_before = worth is None or round_amount(worth) == round_amount(stated)
    return (stated + added if is_before else stated), total


def _summed(element: etree._Element, group: int, prefix: str) -> Row:
    """Return the sum of a group or of all rows as a row of its own."""
    vat = element.find("VAT")
    rate = number_at(element, "VAT/VATRate")
    treatment, letter = treatment_of(vat, rate)
    net, gross = _sums(element, f"{prefix}Sum", "GroupTotal" if prefix == "Group" else prefix, None)
    return Row(
        line=InvoiceLine(
            position=0,
            item_name=said(element, f"{prefix}Description"),
            vat_rate=rate or ZERO,
            vat_treatment=treatment,
            extra={"vat_category": letter} if letter else {},
        ),
        group=group,
        net=net,
        vat=number_at(element, "VAT/VATSum"),
        gross=gross,
        rate=rate,
        is_sub=True,
    )
