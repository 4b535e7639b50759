"""Finvoice as the add-on writes it: 1.2, 1.3, 2.01 or 3.0. Source: vendor sheet, A9 and B."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from tilisilta_emulators.severa.invoicing import net_of, vat_of
from tilisilta_emulators.severa.records import Invoice, Record, Row
from tilisilta_emulators.severa.render import codes_of, party_texts
from tilisilta_emulators.severa.store import Store

ENCODING = "ISO-8859-15"
_NAME, _TEXT, _ARTICLE = 35, 70, 100
_OLD = frozenset({"1.2", "1.3"})


def may_go(invoice: Invoice) -> bool:
    """Tell whether an invoice is exported: numbered, and to a customer with both e-invoice address and operator."""
    data = invoice.customer.data
    return invoice.number is not None and bool(data.get("eInvoiceAddress") and data.get("eInvoiceOperator"))


class _Writer:
    """Adds elements in order; empty texts are left out and long ones cut to what the schema allows."""

    def __init__(self, element: Any) -> None:
        self.element = element

    def open(self, name: str) -> "_Writer":
        return _Writer(etree.SubElement(self.element, name))

    def text(self, name: str, value: object, most: int = _NAME, **attributes: str) -> None:
        if value in (None, ""):
            return
        # Characters outside the file's encoding become references, which a length check counts as one.
        clean = "".join(one for one in str(value) if one >= " " or one in "\t\n")
        etree.SubElement(self.element, name, attributes).text = clean[:most]

    def day(self, name: str, value: date) -> None:
        self.text(name, value.strftime("%Y%m%d"), Format="CCYYMMDD")

    def money(self, name: str, value: Decimal, currency: str) -> None:
        self.text(name, _comma(value), AmountCurrencyIdentifier=currency)


def _comma(value: Decimal) -> str:
    text = f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"
    return text.replace(".", ",")


def finvoice(store: Store, invoice: Invoice, version: str | None = None) -> bytes:
    """Return the Finvoice of an invoice in `version`, by default the organization's."""
    version = version or store.options.finvoice_version
    root = etree.Element("Finvoice", Version=version)
    out = _Writer(root)
    texts = party_texts(store, invoice)
    bank = next(iter(store.tables["bankaccounts"]), None)
    if version not in _OLD:
        _transmission(out.open("MessageTransmissionDetails"), store, invoice)
    _seller(out, texts, bank)
    _buyer(out, texts)
    _details(out.open("InvoiceDetails"), invoice, texts)
    for row in invoice.rows:
        _row(out.open("InvoiceRow"), row)
    _epi(out.open("EpiDetails"), invoice, texts, bank)
    made: Any = etree.tostring(root, xml_declaration=True, encoding=ENCODING, pretty_print=True)
    return bytes(made)


def _transmission(out: _Writer, store: Store, invoice: Invoice) -> None:
    seller, buyer = store.organization.data, invoice.customer.data
    sender = out.open("MessageSenderDetails")
    sender.text("FromIdentifier", seller.get("eInvoiceAddress") or "-")
    sender.text("FromIntermediator", seller.get("eInvoiceOperatorCode") or "-")
    receiver = out.open("MessageReceiverDetails")
    receiver.text("ToIdentifier", buyer.get("eInvoiceAddress"))
    receiver.text("ToIntermediator", buyer.get("eInvoiceOperator"))
    message = out.open("MessageDetails")
    message.text("MessageIdentifier", f"{invoice.number}-{invoice.number_in_kind}")
    message.text("MessageTimeStamp", invoice.updated.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _seller(out: _Writer, texts: dict[str, Any], bank: Record | None) -> None:
    party = out.open("SellerPartyDetails")
    party.text("SellerPartyIdentifier", y_tunnus(texts["senderVatNumber"]))
    party.text("SellerOrganisationName", texts["senderName"] or "-", _TEXT)
    party.text("SellerOrganisationTaxCode", texts["senderVatNumber"])
    _address(party, "Seller", texts["senderAddress"])
    out.text("SellerContactPersonName", texts["senderContactName"])
    information = out.open("SellerInformationDetails")
    information.text("SellerFreeText", texts["notes"], 512)
    if bank is not None:
        account = information.open("SellerAccountDetails")
        account.text("SellerAccountID", bank.text("accountNumber"), IdentificationSchemeName="IBAN")
        account.text("SellerBic", bank.text("bic"), IdentificationSchemeName="BIC")


def _buyer(out: _Writer, texts: dict[str, Any]) -> None:
    party = out.open("BuyerPartyDetails")
    party.text("BuyerPartyIdentifier", y_tunnus(texts["receiverVatNumber"]))
    party.text("BuyerOrganisationName", texts["receiverCustomerName"] or "-", _TEXT)
    party.text("BuyerOrganisationTaxCode", texts["receiverVatNumber"])
    _address(party, "Buyer", texts["receiverAddress"])
    out.text("BuyerContactPersonName", texts["receiverContactName"])


def _address(out: _Writer, who: str, address: dict[str, Any] | None) -> None:
    # The schema wants all three or no address.
    if not address or not all(address.get(part) for part in ("addressline", "city", "postalCode")):
        return
    details = out.open(f"{who}PostalAddressDetails")
    details.text(f"{who}StreetName", address["addressline"])
    details.text(f"{who}TownName", address["city"])
    details.text(f"{who}PostCodeIdentifier", address["postalCode"])
    details.text("CountryName", address.get("country"))


def y_tunnus(vat_number: str | None) -> str | None:
    """Return the business id that a Finnish VAT number holds.

    >>> y_tunnus("FI12345671")
    '1234567-1'
    """
    digits = (vat_number or "").upper().removeprefix("FI")
    return f"{digits[:7]}-{digits[7]}" if len(digits) == 8 and digits.isascii() and digits.isdigit() else None


def _details(out: _Writer, invoice: Invoice, texts: dict[str, Any]) -> None:
    currency = invoice.currency.text("code")
    out.text("InvoiceTypeCode", "INV02" if invoice.is_credit else "INV01")
    out.text("InvoiceTypeText", "HYVITYSLASKU" if invoice.is_credit else "LASKU")
    out.text("OriginCode", "Original")
    out.text("InvoiceNumber", invoice.number, 20)
    out.day("InvoiceDate", invoice.day)
    if invoice.credits is not None:
        out.text("OriginalInvoiceNumber", invoice.credits.number, 20)
    out.text("SellerReferenceIdentifier", texts["ourReference"])
    out.text("SellersBuyerIdentifier", invoice.customer.data.get("number"))
    out.text("OrderIdentifier", texts["orderNumber"])
    out.text("BuyerReferenceIdentifier", texts["yourReference"])
    out.money("InvoiceTotalVatExcludedAmount", invoice.net, currency)
    out.money("InvoiceTotalVatAmount", invoice.vat, currency)
    out.money("InvoiceTotalVatIncludedAmount", invoice.gross, currency)
    bases: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for row in invoice.rows:
        base, tax = bases.get(row.vat_rate, (Decimal(0), Decimal(0)))
        bases[row.vat_rate] = base + net_of(row), tax + vat_of(row)
    for rate, (base, tax) in bases.items():
        part = out.open("VatSpecificationDetails")
        part.money("VatBaseAmount", base, currency)
        part.text("VatRatePercent", _comma(rate))
        part.money("VatRateAmount", tax, currency)
    out.text("InvoiceFreeText", texts["notes"], 512)
    terms = out.open("PaymentTermsDetails")
    terms.text("PaymentTermsFreeText", f"{invoice.term} pv netto")
    terms.day("InvoiceDueDate", invoice.due)
    fine = terms.open("PaymentOverDueFineDetails")
    fine.text("PaymentOverDueFineFreeText", f"Viivästyskorko {_comma(invoice.interest)} %")
    fine.text("PaymentOverDueFinePercent", _comma(invoice.interest))


def _row(out: _Writer, row: Row) -> None:
    currency = row.invoice.currency.text("code")
    codes = codes_of(row, "distinct")
    text = row.description
    out.text("ArticleIdentifier", codes[0] if len(codes) == 1 else "")
    out.text("ArticleName", text or "-", _ARTICLE)
    out.text("DeliveredQuantity", _comma(row.quantity), 14, QuantityUnitCode=row.unit[:14] or "kpl")
    out.text("OrderedQuantity", _comma(row.quantity), 14, QuantityUnitCode=row.unit[:14] or "kpl")
    out.money("UnitPriceAmount", row.unit_price, currency)
    out.text("RowPositionIdentifier", row.sort_order)
    out.text("RowFreeText", text[_ARTICLE:], 512)
    out.text("RowVatRatePercent", _comma(row.vat_rate))
    out.money("RowVatAmount", vat_of(row), currency)
    out.money("RowVatExcludedAmount", net_of(row), currency)
    out.money("RowAmount", net_of(row) + vat_of(row), currency)


def _epi(out: _Writer, invoice: Invoice, texts: dict[str, Any], bank: Record | None) -> None:
    identification = out.open("EpiIdentificationDetails")
    identification.day("EpiDate", invoice.day)
    etree.SubElement(identification.element, "EpiReference").text = ""
    parties = out.open("EpiPartyDetails")
    bfi = parties.open("EpiBfiPartyDetails")
    bfi.text("EpiBfiIdentifier", bank.text("bic") if bank else "", IdentificationSchemeName="BIC")
    beneficiary = parties.open("EpiBeneficiaryPartyDetails")
    beneficiary.text("EpiNameAddressDetails", texts["senderName"] or "-")
    account = bank.text("accountNumber") if bank else "-"
    beneficiary.text("EpiAccountID", account, IdentificationSchemeName="IBAN")
    payment = out.open("EpiPaymentInstructionDetails")
    payment.text("EpiRemittanceInfoIdentifier", invoice.reference, 25, IdentificationSchemeName="SPY")
    payment.money("EpiInstructedAmount", invoice.gross, invoice.currency.text("code"))
    etree.SubElement(payment.element, "EpiCharge", ChargeOption="SLEV")
    payment.day("EpiDateOptionDate", invoice.due)


def soap_frame(store: Store, invoice: Invoice, now: datetime) -> str:
    """Return the bank's SOAP envelope that stands before the Finvoice in what the SOAP getters give."""
    seller, buyer = store.organization.data, invoice.customer.data
    parties = (
        ("From", seller.get("eInvoiceAddress"), "Sender"),
        ("From", seller.get("eInvoiceOperatorCode"), "Intermediator"),
        ("To", buyer.get("eInvoiceAddress"), "Receiver"),
        ("To", buyer.get("eInvoiceOperator"), "Intermediator"),
    )
    return _FRAME.format(
        parties="".join(
            f"<eb:{way}><eb:PartyId>{_escaped(value)}</eb:PartyId><eb:Role>{role}</eb:Role></eb:{way}>"
            for way, value, role in parties
        ),
        number=invoice.number,
        guid=invoice.guid,
        stamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _escaped(value: object) -> str:
    return str(value or "").replace("&", "&amp;").replace("<", "&lt;")


_FRAME = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:eb="http://www.oasis-open.org/committees/ebxml-msg/schema/msg-header-2_0.xsd">'
    '<SOAP-ENV:Header><eb:MessageHeader SOAP-ENV:mustUnderstand="1" eb:id="{number}">{parties}'
    "<eb:CPAId>yoursandmycpa</eb:CPAId><eb:ConversationId>{number}</eb:ConversationId>"
    "<eb:Service>Routing</eb:Service><eb:Action>ProcessInvoice</eb:Action><eb:MessageData>"
    "<eb:MessageId>{guid}</eb:MessageId><eb:Timestamp>{stamp}</eb:Timestamp></eb:MessageData></eb:MessageHeader>"
    '</SOAP-ENV:Header><SOAP-ENV:Body><eb:Manifest eb:id="Manifest" eb:version="2.0">'
    '<eb:Reference eb:id="Finvoice" xlink:href="{number}"/></eb:Manifest></SOAP-ENV:Body></SOAP-ENV:Envelope>\n'
)
