"""UBL 2.1 invoices and credit notes, as Peppol BIS Billing 3.0 (EN 16931) uses them -> invoice.

Sources: schemas/ubl (OASIS), Peppol BIS Billing 3.0. Amounts are positive in both documents; a negative invoice
credits, a negative credit note takes a credit back, which `reading.finish` warns of. The totals are
LegalMonetaryTotal's: TaxInclusiveAmount - PrepaidAmount + PayableRoundingAmount = PayableAmount (BR-CO-16).
"""

import base64
import binascii
import datetime as dt
from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.core.documents import (
    Address,
    BankAccount,
    Direction,
    Invoice,
    InvoiceRef,
    Party,
    VatTotal,
)
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.formats.identity import registry_code
from tilisilta.formats.reading import Context, Embedded, RawInvoice, Reading, finish
from tilisilta.formats.treatment import by_letter
from tilisilta.formats.ubl_lines import NS, read_lines
from tilisilta.formats.values import all_said, date_at, joined, line_of, number_at, said, unreadable, words

INVOICE_NS = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE_NS = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
_SCHEMAS = {
    f"{{{INVOICE_NS}}}Invoice": "ubl/maindoc/UBL-Invoice-2.1.xsd",
    f"{{{CREDIT_NOTE_NS}}}CreditNote": "ubl/maindoc/UBL-CreditNote-2.1.xsd",
}
ROOTS = frozenset(_SCHEMAS)
# UNTDID 1001 codes that mean a credit, also on an Invoice root.
_CREDIT_CODES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
_OTHER_KINDS = {"325": "pro forma invoice"}


def schema_of(root: etree._Element) -> str:
    """Return the schema of the root element."""
    return _SCHEMAS[str(root.tag)]


def read(root: etree._Element, context: Context) -> Reading:
    """Return the invoice or credit note of a UBL root that its schema accepts.

    Raises:
        BadInput: UNREADABLE with line and rule; FILE_WRONG_KIND.

    """
    type_code = said(root, "cbc:InvoiceTypeCode", NS) or said(root, "cbc:CreditNoteTypeCode", NS)
    if kind := _OTHER_KINDS.get(type_code):
        raise BadInput("FILE_WRONG_KIND", kind=f"UBL {type_code} ({kind})", line=line_of(root))
    date = date_at(root, "cbc:IssueDate", NS)
    money = root.find("cac:LegalMonetaryTotal", NS)
    if date is None or money is None:
        raise unreadable(root, "missing", "IssueDate or LegalMonetaryTotal")
    currency = _currency(root, money)
    seller, buyer = _seller(root), _party(root, "cac:AccountingCustomerParty")
    vat_totals, vat = _vat(root, currency)
    net, gross, prepaid, rounding = _amounts(money, vat)
    is_credit_note = root.tag == f"{{{CREDIT_NOTE_NS}}}CreditNote" or type_code in _CREDIT_CODES
    invoice = Invoice(
        source_id="",
        direction=Direction.PURCHASE,
        number=said(root, "cbc:ID", NS),
        date=date,
        party=seller,
        net=net,
        vat=gross - net if vat is None else vat,
        gross=gross,
        currency=currency,
        due_date=_due_date(root),
        delivery_date=date_at(root, "cac:Delivery/cbc:ActualDeliveryDate", NS),
        period_from=date_at(root, "cac:InvoicePeriod/cbc:StartDate", NS),
        period_to=date_at(root, "cac:InvoicePeriod/cbc:EndDate", NS),
        rounding=rounding,
        prepaid=prepaid,
        lines=read_lines(root, currency),
        vat_totals=vat_totals,
        reference_number=said(root, "cac:PaymentMeans/cbc:PaymentID", NS),
        bank_account=_payee(root),
        payment_method=said(root, "cac:PaymentMeans/cbc:PaymentMeansCode", NS),
        note=joined(*all_said(root, "cbc:Note", NS)),
        order_number=_order(root, "cbc:ID"),
        credits=_credits(root),
        exchange_rate=_exchange_rate(root, currency),
        extra=_extra(root, type_code),
    )
    return finish(
        RawInvoice(
            invoice=invoice,
            seller=seller,
            buyer=buyer,
            seller_reference=_order(root, "cbc:SalesOrderID"),
            buyer_reference=said(root, "cbc:BuyerReference", NS),
            is_credit_note=is_credit_note,
            negative_credit_is_usual=False,
            payable=number_at(money, "cbc:PayableAmount", NS),
            embedded=tuple(_embedded(root)),
        ),
        context,
    )


def _currency(root: etree._Element, money: etree._Element) -> str:
    stated = said(root, "cbc:DocumentCurrencyCode", NS)
    payable = money.find("cbc:PayableAmount", NS)
    return (stated or (payable.get("currencyID") if payable is not None else "") or "EUR").upper()


def _amounts(money: etree._Element, vat: Decimal | None) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return net, gross, prepaid and rounding; UBL may leave out the net and gross that EN 16931 requires."""
    prepaid = number_at(money, "cbc:PrepaidAmount", NS) or ZERO
    rounding = number_at(money, "cbc:PayableRoundingAmount", NS) or ZERO
    gross = number_at(money, "cbc:TaxInclusiveAmount", NS)
    net = number_at(money, "cbc:TaxExclusiveAmount", NS)
    if gross is None:
        payable = number_at(money, "cbc:PayableAmount", NS) or ZERO
        gross = payable + prepaid - rounding
    if net is None:
        net = gross - (vat or ZERO)
    return net, gross, prepaid, rounding


def _vat(root: etree._Element, currency: str) -> tuple[tuple[VatTotal, ...], Decimal | None]:
    """Return the VAT breakdown and sum in the document's currency; a second TaxTotal may be in the seller's."""
    own = [
        element
        for element in root.iterfind("cac:TaxTotal", NS)
        if _currency_of(element.find("cbc:TaxAmount", NS), currency) == currency
    ]
    if not own:
        return (), None
    found = []
    for element in own:
        for each in element.iterfind("cac:TaxSubtotal", NS):
            rate = number_at(each, "cac:TaxCategory/cbc:Percent", NS)
            rate = number_at(each, "cbc:Percent", NS) if rate is None else rate
            net = number_at(each, "cbc:TaxableAmount", NS)
            if net is None:
                continue
            letter = said(each, "cac:TaxCategory/cbc:ID", NS)
            found.append(
                VatTotal(
                    rate=rate or ZERO,
                    net=net,
                    vat=number_at(each, "cbc:TaxAmount", NS) or ZERO,
                    treatment=by_letter(letter, rate),
                    exemption_reason=joined(
                        *all_said(each, "cac:TaxCategory/cbc:TaxExemptionReason", NS),
                        said(each, "cac:TaxCategory/cbc:TaxExemptionReasonCode", NS),
                        by=" ",
                    ),
                )
            )
    return tuple(found), sum((number_at(element, "cbc:TaxAmount", NS) or ZERO for element in own), ZERO)


def _currency_of(element: etree._Element | None, default: str) -> str:
    return default if element is None else (element.get("currencyID") or default).upper()


def _due_date(root: etree._Element) -> dt.date | None:
    for path in ("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate", "cac:PaymentTerms/cbc:PaymentDueDate"):
        if found := date_at(root, path, NS):
            return found
    return None


def _seller(root: etree._Element) -> Party:
    """Return the seller with the accounts it is paid to; a payee of its own (factoring) gives only the accounts."""
    accounts = tuple(dict.fromkeys(_account(each) for each in root.iterfind("cac:PaymentMeans", NS)))
    seller = _party(root, "cac:AccountingSupplierParty")
    return msgspec.structs.replace(seller, bank_accounts=tuple(each for each in accounts if each.iban))


def _party(root: etree._Element, role: str) -> Party:
    element = root.find(f"{role}/cac:Party", NS)
    if element is None:
        return Party()
    vat_number = ""
    for scheme in element.iterfind("cac:PartyTaxScheme", NS):
        if said(scheme, "cac:TaxScheme/cbc:ID", NS).upper() in {"VAT", ""}:
            vat_number = vat_number or "".join(said(scheme, "cbc:CompanyID", NS).split()).upper()
    address = _address(element.find("cac:PostalAddress", NS))
    legal = element.find("cac:PartyLegalEntity/cbc:CompanyID", NS)
    if legal is None:  # a creditor's number of the bank (SEPA) is nobody's registry code
        others = element.iterfind("cac:PartyIdentification/cbc:ID", NS)
        legal = next((each for each in others if each.get("schemeID") != "SEPA"), None)
    endpoint = element.find("cbc:EndpointID", NS)
    person = joined(
        said(element, "cac:Person/cbc:FirstName", NS), said(element, "cac:Person/cbc:FamilyName", NS), by=" "
    )
    return Party(
        name=said(element, "cac:PartyLegalEntity/cbc:RegistrationName", NS)
        or said(element, "cac:PartyName/cbc:Name", NS)
        or person,
        registry_code=""
        if legal is None
        else registry_code(
            words(legal),
            scheme=legal.get("schemeID") or "",
            is_finnish=address.country == "FI" or vat_number.startswith("FI"),
        ),
        vat_number=vat_number,
        email=said(element, "cac:Contact/cbc:ElectronicMail", NS),
        phone=said(element, "cac:Contact/cbc:Telephone", NS),
        address=address,
        einvoice_address=joined(_scheme(endpoint), words(endpoint), by=":"),
        contact_name=said(element, "cac:Contact/cbc:Name", NS) or person,
    )


def _scheme(element: etree._Element | None) -> str:
    return "" if element is None else element.get("schemeID") or ""


def _address(element: etree._Element | None) -> Address:
    if element is None:
        return Address()
    parts = ("cbc:StreetName", "cbc:BuildingNumber", "cbc:AdditionalStreetName", "cac:AddressLine/cbc:Line")
    return Address(
        street=joined(*(said(element, path, NS) for path in parts), said(element, "cbc:Postbox", NS), by=", "),
        city=said(element, "cbc:CityName", NS),
        county=said(element, "cbc:CountrySubentity", NS),
        postal_code=said(element, "cbc:PostalZone", NS),
        country=said(element, "cac:Country/cbc:IdentificationCode", NS).upper(),
    )


def _account(means: etree._Element) -> BankAccount:
    account = "cac:PayeeFinancialAccount/"
    return BankAccount(
        "".join(said(means, account + "cbc:ID", NS).split()),
        said(means, account + "cac:FinancialInstitutionBranch/cbc:ID", NS)
        or said(means, account + "cac:FinancialInstitutionBranch/cac:FinancialInstitution/cbc:ID", NS),
        said(means, account + "cbc:Name", NS),
    )


def _payee(root: etree._Element) -> BankAccount | None:
    return next((each for means in root.iterfind("cac:PaymentMeans", NS) if (each := _account(means)).iban), None)


def _order(root: etree._Element, path: str) -> str:
    """Return an order's number; Peppol writes NA where the order has none."""
    found = said(root, f"cac:OrderReference/{path}", NS)
    return "" if found == "NA" else found


def _credits(root: etree._Element) -> tuple[InvoiceRef, ...]:
    found = [
        InvoiceRef(number=said(each, "cbc:ID", NS), date=date_at(each, "cbc:IssueDate", NS))
        for each in root.iterfind("cac:BillingReference/cac:InvoiceDocumentReference", NS)
    ]
    return tuple(dict.fromkeys(each for each in found if each.number))


def _exchange_rate(root: etree._Element, currency: str) -> Decimal | None:
    """Return the rate to the currency of the VAT accounts, where the file gives one from its own currency."""
    for path in ("cac:TaxExchangeRate", "cac:PaymentExchangeRate"):
        element = root.find(path, NS)
        if element is not None and said(element, "cbc:SourceCurrencyCode", NS).upper() == currency:
            rate = number_at(element, "cbc:CalculationRate", NS)
            is_divided = said(element, "cbc:MathematicOperatorCode", NS).lower() == "divide"
            return None if is_divided else rate
    return None


def _embedded(root: etree._Element) -> list[Embedded]:
    found = []
    for reference in root.iterfind("cac:AdditionalDocumentReference", NS):
        element = reference.find("cac:Attachment/cbc:EmbeddedDocumentBinaryObject", NS)
        if element is None:
            continue
        found.append(
            Embedded(
                name=element.get("filename") or said(reference, "cbc:ID", NS),
                media_type=element.get("mimeCode") or "application/octet-stream",
                content=decode_base64(element),
            )
        )
    return found


def decode_base64(element: etree._Element) -> bytes:
    """Return an embedded file's bytes.

    Raises:
        BadInput: UNREADABLE with line and rule "base64".

    """
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(line=line_of(element), rule="base64", element=etree.QName(element).localname) from None


def _extra(root: etree._Element, type_code: str) -> dict[str, str]:
    links = all_said(root, "cac:AdditionalDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI", NS)
    stated = {
        "format": "ubl",
        "format_version": said(root, "cbc:UBLVersionID", NS) or "2.1",
        "profile": said(root, "cbc:CustomizationID", NS),
        "type_code": type_code,
        "accounting_cost": said(root, "cbc:AccountingCost", NS),
        "contract_number": said(root, "cac:ContractDocumentReference/cbc:ID", NS),
        "project": said(root, "cac:ProjectReference/cbc:ID", NS),
        "payment_terms": joined(*all_said(root, "cac:PaymentTerms/cbc:Note", NS), by=" "),
        "payee": said(root, "cac:PayeeParty/cac:PartyName/cbc:Name", NS),
        "links": " ".join(links),
    }
    return {key: text for key, text in stated.items() if text}
