"""Lines of a UBL 2.1 invoice or credit note, with the document's own allowances and charges.

Source: Peppol BIS Billing 3.0 and EN 16931-1. The net of a line is LineExtensionAmount, after its allowances and
charges; the price is net, for BaseQuantity of the item.
"""

from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.core.documents import InvoiceLine, LineKind
from tilisilta.core.money import ZERO
from tilisilta.formats.totals import Offer, fit
from tilisilta.formats.treatment import by_letter
from tilisilta.formats.values import all_said, date_at, joined, number_at, per_unit, said, tidy, unreadable

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NS = {"cac": CAC, "cbc": CBC}
_HUNDRED = Decimal(100)
_LINES = ("cac:InvoiceLine", "cac:CreditNoteLine")


def read_lines(root: etree._Element, currency: str) -> tuple[InvoiceLine, ...]:
    """Return the lines in order, then the document's allowances and charges, whose nets add up to the document's.

    Raises:
        BadInput: UNREADABLE with line and rule.

    """
    lines = [_line(element, currency) for path in _LINES for element in root.iterfind(path, NS)]
    lines += [_whole_document(element) for element in root.iterfind("cac:AllowanceCharge", NS)]
    return tuple(_at(line, position) for position, line in enumerate(lines, start=1))


def _at(line: InvoiceLine, position: int) -> InvoiceLine:
    return msgspec.structs.replace(line, position=position)


def _line(element: etree._Element, currency: str) -> InvoiceLine:
    net = number_at(element, "cbc:LineExtensionAmount", NS)
    if net is None:
        raise unreadable(element, "missing", "LineExtensionAmount")
    quantity_element = element.find("cbc:InvoicedQuantity", NS)
    if quantity_element is None:
        quantity_element = element.find("cbc:CreditedQuantity", NS)
    stated = number_at(element, "cbc:InvoicedQuantity", NS)
    stated = number_at(element, "cbc:CreditedQuantity", NS) if stated is None else stated
    quantity, offer = fit((Decimal(1) if stated is None else stated,), _offers(element, stated), net, currency)
    rate = number_at(element, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent", NS)
    letter = said(element, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID", NS)
    extra = {
        "vat_category": letter,
        "accounting_cost": said(element, "cbc:AccountingCost", NS),
        "order_line": said(element, "cac:OrderLineReference/cbc:LineID", NS),
        "ean": said(element, "cac:Item/cac:StandardItemIdentification/cbc:ID", NS),
        "buyer_article": said(element, "cac:Item/cac:BuyersItemIdentification/cbc:ID", NS),
        **_line_allowances(element),
    }
    return InvoiceLine(
        position=0,
        source_id=said(element, "cbc:ID", NS),
        item_code=said(element, "cac:Item/cac:SellersItemIdentification/cbc:ID", NS),
        item_name=said(element, "cac:Item/cbc:Name", NS),
        description=joined(*all_said(element, "cac:Item/cbc:Description", NS), *all_said(element, "cbc:Note", NS)),
        quantity=quantity,
        unit=(quantity_element.get("unitCode") or "") if quantity_element is not None else "",
        unit_price=offer.price,
        discount_percent=offer.discount_percent,
        net=net,
        vat=number_at(element, "cac:TaxTotal/cbc:TaxAmount", NS),
        vat_rate=rate or ZERO,
        vat_treatment=by_letter(letter, rate),
        period_from=date_at(element, "cac:InvoicePeriod/cbc:StartDate", NS),
        period_to=date_at(element, "cac:InvoicePeriod/cbc:EndDate", NS),
        extra={key: text for key, text in extra.items() if text},
    )


def _offers(element: etree._Element, quantity: Decimal | None) -> tuple[Offer, ...]:
    """Return the price with the discount in percent that the line's allowances make, and the bare price."""
    stated = number_at(element, "cac:Price/cbc:PriceAmount", NS)
    if stated is None:
        return ()
    price = per_unit(stated, number_at(element, "cac:Price/cbc:BaseQuantity", NS))
    worth = price * (Decimal(1) if quantity is None else quantity)
    taken_off = _allowances(element, "false") - _allowances(element, "true")
    if not taken_off or not worth:
        return (Offer(price),)
    percents = [number_at(each, "cbc:MultiplierFactorNumeric", NS) for each in _elements(element, "false")]
    offers = [Offer(price, tidy(abs(taken_off) * _HUNDRED / abs(worth), 4))] if taken_off * worth > 0 else []
    if len(percents) == 1 and percents[0]:
        offers.insert(0, Offer(price, percents[0]))
    return (*offers, Offer(price))


def _elements(element: etree._Element, indicator: str) -> list[etree._Element]:
    found = element.findall("cac:AllowanceCharge", NS)
    return [each for each in found if _is_charge(each) == (indicator == "true")]


def _is_charge(element: etree._Element) -> bool:
    return said(element, "cbc:ChargeIndicator", NS) in {"true", "1"}


def _allowances(element: etree._Element, indicator: str) -> Decimal:
    return sum((number_at(each, "cbc:Amount", NS) or ZERO for each in _elements(element, indicator)), ZERO)


def _line_allowances(element: etree._Element) -> dict[str, str]:
    """Return what the line's net already holds, in words: reasons and amounts."""
    extra = {}
    for indicator, key in (("false", "allowance"), ("true", "charge")):
        texts = [
            joined(
                said(each, "cbc:AllowanceChargeReason", NS) or said(each, "cbc:AllowanceChargeReasonCode", NS),
                said(each, "cbc:Amount", NS),
                by=" ",
            )
            for each in _elements(element, indicator)
        ]
        extra[key] = "; ".join(texts)
    return extra


def _whole_document(element: etree._Element) -> InvoiceLine:
    amount = number_at(element, "cbc:Amount", NS)
    if amount is None:
        raise unreadable(element, "missing", "Amount")
    is_charge = _is_charge(element)
    net = amount if is_charge else -amount
    rate = number_at(element, "cac:TaxCategory/cbc:Percent", NS)
    letter = said(element, "cac:TaxCategory/cbc:ID", NS)
    return InvoiceLine(
        position=0,
        kind=LineKind.CHARGE if is_charge else LineKind.ALLOWANCE,
        source_id=said(element, "cbc:ID", NS),
        item_name=said(element, "cbc:AllowanceChargeReason", NS) or said(element, "cbc:AllowanceChargeReasonCode", NS),
        unit_price=net,
        net=net,
        vat_rate=rate or ZERO,
        vat_treatment=by_letter(letter, rate),
        extra={"vat_category": letter} if letter else {},
    )
