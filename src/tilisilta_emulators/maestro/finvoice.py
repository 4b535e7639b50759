"""Finvoice 3.0 as the importer reads it: valid by the published schema, sums that add up.

The schema is the published file; the product keeps a copy beside its own reader, and nothing else of it is used here.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from tilisilta_emulators.maestro.records import Invoice, Refused, Row

_SCHEMA = Path(__file__).parents[2] / "tilisilta/formats/schemas/finvoice/Finvoice3.0.xsd"
_CENT = Decimal("0.01")


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_SCHEMA))


def read_finvoice(content: bytes) -> Invoice:
    """Return the invoice of a file.

    Raises:
        Refused: SCHEMA, TOTALS.

    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("SCHEMA", f"not XML: {error}") from error
    schema = _schema()
    if root.tag != "Finvoice" or root.get("Version") != "3.0" or not schema.validate(root):
        log: Any = schema.error_log
        raise Refused("SCHEMA", str(log.last_error.message) if log.last_error is not None else "not Finvoice 3.0")
    invoice = _invoice(root)
    _check(invoice, root)
    return invoice


def _invoice(root: Any) -> Invoice:
    details = root.find("InvoiceDetails")
    text = details.findtext
    return Invoice(
        number=text("InvoiceNumber"),
        kind="credit" if text("InvoiceTypeCode") == "INV02" else "invoice",
        date=_day(text("InvoiceDate")) or date.min,
        due_date=_day(text("PaymentTermsDetails/InvoiceDueDate")),
        customer=text("SellersBuyerIdentifier") or "",
        customer_name=" ".join(each.text for each in root.findall("BuyerPartyDetails/BuyerOrganisationName")),
        currency=details.find("InvoiceTotalVatIncludedAmount").get("AmountCurrencyIdentifier"),
        net=_number(text("InvoiceTotalVatExcludedAmount")),
        vat=_number(text("InvoiceTotalVatAmount")),
        gross=_number(text("InvoiceTotalVatIncludedAmount")),
        rounding=_number(text("InvoiceTotalRoundoffAmount")),
        delivery="",
        sha256="",
        file="",
        rows=[_row(each) for each in root.findall("InvoiceRow") if each.find("RowVatExcludedAmount") is not None],
        reference=root.findtext(".//EpiRemittanceInfoIdentifier") or "",
        credited=text("OriginalInvoiceNumber") or "",
    )


def _row(row: Any) -> Row:
    text = row.findtext
    quantity = row.find("InvoicedQuantity")
    quantity = row.find("DeliveredQuantity") if quantity is None else quantity
    return Row(
        product="",
        code=text("ArticleIdentifier") or "",
        name=text("ArticleName") or "",
        text=" ".join(filter(None, [text("ArticleDescription"), *(each.text for each in row.findall("RowFreeText"))])),
        quantity=_number(quantity.text if quantity is not None else ""),
        unit=quantity.get("QuantityUnitCode", "") if quantity is not None else "",
        price=_number(text("UnitPriceAmount")),
        net=_number(text("RowVatExcludedAmount")),
        vat_rate=_number(text("RowVatRatePercent")),
    )


def _check(invoice: Invoice, root: Any) -> None:
    """Refuse an invoice whose sums do not add up."""
    whole = sum((-_number(each.findtext("Amount")) for each in root.findall(".//DiscountDetails")), Decimal(0))
    whole += sum((_number(each.findtext("Amount")) for each in root.findall(".//ChargeDetails")), Decimal(0))
    sign = -1 if invoice.kind == "credit" else 1
    rows = sum((row.net for row in invoice.rows), Decimal(0)) + sign * abs(whole) * (1 if whole >= 0 else -1)
    if abs(rows - invoice.net) > _CENT:
        raise Refused("TOTALS", f"rows make {rows}, the invoice says {invoice.net}")
    if abs(invoice.net + invoice.vat - invoice.gross) > _CENT:
        raise Refused("TOTALS", f"{invoice.net} and VAT {invoice.vat} do not make {invoice.gross}")
    if invoice.kind == "credit" and invoice.gross > 0:
        raise Refused("TOTALS", "a credit note's amounts must be below zero")


def _number(text: str | None) -> Decimal:
    return Decimal((text or "0").strip().replace(",", ".") or "0")


def _day(text: str | None) -> date | None:
    return datetime.strptime(text, "%Y%m%d").date() if text else None  # noqa: DTZ007  a date has no zone


def number_of(text: str) -> Decimal:
    """Return a number with comma or point; Refused when it is none."""
    try:
        return Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        raise Refused("FORMAT", f"{text!r} is not a number") from None
