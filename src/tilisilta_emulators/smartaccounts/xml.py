"""The Estonian e-invoice (version 1.2) of a client invoice."""

from decimal import Decimal

from lxml import etree

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.money import money
from tilisilta_emulators.smartaccounts.records import Invoice, Partner, Row

_Element = etree._Element  # noqa: SLF001  lxml exports no public name for annotations


def invoice_xml(invoice: Invoice) -> bytes:
    """Return the document in UTF-8 with its declaration."""
    root = etree.Element("E_Invoice")
    header = etree.SubElement(root, "Header")
    _text(header, "Date", invoice.date.isoformat())
    _text(header, "FileId", invoice.invoice_number)
    _text(header, "Version", "1.2")
    reg_code = invoice.partner.reg_code or ""
    item = etree.SubElement(
        root, "Invoice", invoiceId=invoice.invoice_number, regNumber=reg_code,
        sellerRegnumber=chart.COMPANY["regCode"],
    )  # fmt: skip
    _parties(item, invoice.partner)
    _information(item, invoice)
    _sums(item, invoice)
    group = etree.SubElement(etree.SubElement(item, "InvoiceItem"), "InvoiceItemGroup")
    for row in invoice.rows:
        _row(group, row, invoice.currency)
    _payment(item, invoice)
    footer = etree.SubElement(root, "Footer")
    _text(footer, "TotalNumberInvoices", "1")
    _text(footer, "TotalAmount", str(invoice.total_amount))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _text(parent: _Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _parties(item: _Element, client: Partner) -> None:
    parties = etree.SubElement(item, "InvoiceParties")
    seller = etree.SubElement(parties, "SellerParty")
    _text(seller, "Name", chart.COMPANY["name"])
    _text(seller, "RegNumber", chart.COMPANY["regCode"])
    _text(seller, "VATRegNumber", chart.COMPANY["vatNumber"])
    buyer = etree.SubElement(parties, "BuyerParty")
    _text(buyer, "Name", client.name)
    if client.reg_code:
        _text(buyer, "RegNumber", client.reg_code)
    if client.vat_number:
        _text(buyer, "VATRegNumber", client.vat_number)


def _information(item: _Element, invoice: Invoice) -> None:
    information = etree.SubElement(item, "InvoiceInformation")
    credit = invoice.type == "CRE"
    kind = etree.SubElement(information, "Type", type="CRE" if credit else "DEB")
    if credit and invoice.base:
        _text(kind, "SourceInvoice", invoice.base)
    _text(information, "DocumentName", "Kreeditarve" if credit else "Arve")
    _text(information, "InvoiceNumber", invoice.invoice_number)
    if invoice.reference_number:
        _text(information, "PaymentReferenceNumber", invoice.reference_number)
    _text(information, "InvoiceDate", invoice.date.isoformat())
    _text(information, "DueDate", invoice.due_date.isoformat())


def _sums(item: _Element, invoice: Invoice) -> None:
    group = etree.SubElement(item, "InvoiceSumGroup")
    _text(group, "InvoiceSum", str(invoice.amount))
    if invoice.round_amount:
        _text(group, "Rounding", str(invoice.round_amount))
    by_rate: dict[Decimal, list[Decimal]] = {}
    for row in invoice.rows:
        sums = by_rate.setdefault(_rate(row), [Decimal(0), Decimal(0)])
        sums[0] += row.net
        sums[1] += row.vat
    for rate, (net, vat) in by_rate.items():
        _vat(group, rate, (net, vat), invoice.currency)
    _text(group, "TotalVATSum", str(invoice.vat_amount))
    _text(group, "TotalSum", str(invoice.total_amount))
    _text(group, "TotalToPay", str(invoice.outstanding))
    _text(group, "Currency", invoice.currency)


def _row(group: _Element, row: Row, currency: str) -> None:
    entry = etree.SubElement(group, "ItemEntry")
    _text(entry, "RowNo", str(row.order))
    _text(entry, "SellerProductId", row.code)
    _text(entry, "Description", row.description)
    detail = etree.SubElement(entry, "ItemDetailInfo")
    if row.unit:
        _text(detail, "ItemUnit", row.unit)
    _text(detail, "ItemAmount", str(row.quantity))
    _text(detail, "ItemPrice", str(row.price))
    _text(entry, "ItemSum", str(row.net))
    _vat(entry, _rate(row), (row.net, row.vat), currency)
    _text(entry, "ItemTotal", str(row.sum))


def _rate(row: Row) -> Decimal:
    return money(row.vat * 100 / row.net).quantize(Decimal(1)) if row.net else Decimal(0)


def _vat(parent: _Element, rate: Decimal, sums: tuple[Decimal, Decimal], currency: str) -> None:
    element = etree.SubElement(parent, "VAT")
    _text(element, "SumBeforeVAT", str(sums[0]))
    _text(element, "VATRate", str(rate))
    _text(element, "VATSum", str(sums[1]))
    _text(element, "Currency", currency)


def _payment(item: _Element, invoice: Invoice) -> None:
    payment = etree.SubElement(item, "PaymentInfo")
    _text(payment, "Currency", invoice.currency)
    if invoice.reference_number:
        _text(payment, "PaymentRefId", invoice.reference_number)
    _text(payment, "PaymentDescription", f"Arve {invoice.invoice_number}")
    _text(payment, "Payable", "YES" if invoice.remaining and invoice.direction > 0 else "NO")
    _text(payment, "PayDueDate", invoice.due_date.isoformat())
    _text(payment, "PaymentTotalSum", str(invoice.outstanding))
    _text(payment, "PayerName", invoice.partner.name)
    _text(payment, "PaymentId", invoice.invoice_number)
    _text(payment, "PayToAccount", chart.COMPANY["iban"])
    _text(payment, "PayToName", chart.COMPANY["name"])
