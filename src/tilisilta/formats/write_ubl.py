"""Sales invoice or credit note -> UBL 2.1 as Peppol BIS Billing 3.0 has it.

Sources: Peppol BIS Billing 3.0 (syntax bindings and rules), EN 16931-1; schemas/ubl. Amounts are positive in both
documents. The due date of a credit note stands with its payment means, for UBL gives it no other place.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from tilisilta.core.documents import BankAccount, Invoice, Party
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.money import ZERO, minor_unit, round_amount
from tilisilta.formats import en16931
from tilisilta.formats.identity import code_key
from tilisilta.formats.reading import CREDIT_NOTE, INVOICE, Embedded
from tilisilta.formats.ubl import CREDIT_NOTE_NS, INVOICE_NS, schema_of
from tilisilta.formats.ubl_lines import CAC, CBC
from tilisilta.formats.units import unit_code
from tilisilta.formats.writing import (
    Prepared,
    Seller,
    VatGroup,
    WrittenRow,
    address_parts,
    country_of,
    finished,
    iso,
    plain,
    prepare,
    put,
    put_some,
)

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_AC, _BC = f"{{{CAC}}}", f"{{{CBC}}}"
_LEGAL_SCHEMES = {"EE": "0191", "FI": "0212"}
_OVT_LENGTH = 12
_SEPA_TRANSFER, _TRANSFER = "58", "30"
_MEDIA_TYPES = frozenset(  # BR-CL-24
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
_HUNDRED = Decimal(100)
_SLACK = Decimal("0.02")  # PEPPOL-EN16931-R040 and R120


def write_ubl(
    invoice: Invoice,
    seller: Seller,
    *,
    files: Mapping[str, Embedded] | None = None,
    units: Mapping[str, str] | None = None,
    buyer_reference: str = "",
    accounting_currency: str = "EUR",
    check: bool = True,
) -> bytes:
    """Return a sales invoice or credit note as a Peppol BIS Billing 3.0 file in UTF-8.

    Args:
        invoice: The document; amounts of a credit note are positive.
        seller: Who sells.
        files: The bytes of its attachments (PDF, pictures, CSV, spreadsheets) by their `source_id`.
        units: UN/ECE Recommendation 20 codes of unit words that `units.py` does not know, in lower case.
        buyer_reference: Stands in where the invoice has neither `your_reference` nor `order_number`, one of which
            Peppol requires (PEPPOL-EN16931-R003).
        accounting_currency: The currency of the seller's VAT accounts; an invoice in another repeats its VAT in it.
        check: Check the file against its schema and the rules of EN 16931 and Peppol.

    Raises:
        BadInput: the document is not whole or does not add up; params name field and rule.
        Unsupported: it holds what BIS Billing cannot say, or breaks a rule of its own; params name field and rule.

    """
    prepared = prepare(invoice, seller, files)
    name, namespace = ("CreditNote", CREDIT_NOTE_NS) if invoice.is_credit_note else ("Invoice", INVOICE_NS)
    prefixes: dict[Any, str] = {None: namespace, "cac": CAC, "cbc": CBC}  # the stubs know no default namespace
    root = etree.Element(f"{{{namespace}}}{name}", nsmap=prefixes)
    _head(root, prepared, name, buyer_reference, accounting_currency)
    _references(root, prepared)
    _parties(root, prepared)
    _delivery(root, prepared)
    _payment(root, prepared)
    for row in prepared.whole:
        _allowance(root, prepared, row)
    _taxes(root, prepared, accounting_currency)
    _totals(root, prepared)
    for number, row in enumerate(prepared.rows, start=1):
        _line(root, prepared, row, number, units)
    content = finished(root, schema_of(root), check=check)
    if check:
        en16931.require(root)
    return content


def _head(root: etree._Element, prepared: Prepared, name: str, buyer_reference: str, accounting_currency: str) -> None:
    invoice = prepared.invoice
    put(root, _BC + "CustomizationID", CUSTOMIZATION)
    put(root, _BC + "ProfileID", PROFILE)
    put(root, _BC + "ID", invoice.number)
    put(root, _BC + "IssueDate", iso(invoice.date))
    if not invoice.is_credit_note:
        put_some(root, _BC + "DueDate", iso(invoice.due_date))
    put(root, f"{_BC}{name}TypeCode", CREDIT_NOTE if invoice.is_credit_note else INVOICE)
    put_some(root, _BC + "Note", "\n".join(each for each in (invoice.note, *prepared.first_texts) if each))
    put(root, _BC + "DocumentCurrencyCode", invoice.currency)
    if invoice.currency != accounting_currency:
        put(root, _BC + "TaxCurrencyCode", accounting_currency)
    reference = invoice.your_reference or ("" if invoice.order_number else buyer_reference)
    put_some(root, _BC + "BuyerReference", reference)
    _period(root, invoice)


def _period(parent: etree._Element, owner: Invoice) -> None:
    if owner.period_from or owner.period_to:
        period = put(parent, _AC + "InvoicePeriod")
        put_some(period, _BC + "StartDate", iso(owner.period_from))
        put_some(period, _BC + "EndDate", iso(owner.period_to))


def _references(root: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    if invoice.order_number or invoice.our_reference:
        order = put(root, _AC + "OrderReference")
        put(order, _BC + "ID", invoice.order_number or "NA")
        put_some(order, _BC + "SalesOrderID", invoice.our_reference)
    for at, each in enumerate(invoice.credits):
        if not each.number:
            raise Unsupported(field=f"credits[{at}].number", rule="BR-55: the credited invoice needs a number")
        reference = put(put(root, _AC + "BillingReference"), _AC + "InvoiceDocumentReference")
        put(reference, _BC + "ID", each.number)
        put_some(reference, _BC + "IssueDate", iso(each.date))
    for at, file in enumerate(prepared.files):
        if file.media_type not in _MEDIA_TYPES:
            raise Unsupported(field=f"attachments[{at}]", rule="BR-CL-24: kind of file", value=file.media_type)
        reference = put(root, _AC + "AdditionalDocumentReference")
        put(reference, _BC + "ID", f"{at + 1}")
        attached = put(reference, _AC + "Attachment")
        body = base64.b64encode(file.content).decode()
        put(attached, _BC + "EmbeddedDocumentBinaryObject", body, mimeCode=file.media_type, filename=file.name)


# --- parties -------------------------------------------------------------------------------------------------


def _parties(root: etree._Element, prepared: Prepared) -> None:
    # BR-O-02: who sells outside the scope of VAT gives no VAT numbers.
    has_vat = not any(each.letter == "O" for each in prepared.groups)
    for role, party, field in (
        ("AccountingSupplierParty", prepared.seller, "seller"),
        ("AccountingCustomerParty", prepared.invoice.party, "party"),
    ):
        _party(put(put(root, _AC + role), _AC + "Party"), party, field, has_vat=has_vat)


def _party(element: etree._Element, party: Party | Seller, field: str, *, has_vat: bool) -> None:
    scheme, address = _endpoint(party, field)
    put(element, _BC + "EndpointID", address, schemeID=scheme)
    country = country_of(party)
    if not country:
        raise BadInput(field=f"{field}.address.country", rule="BR-09, BR-11: the country is missing")
    place = put(element, _AC + "PostalAddress")
    put_some(place, _BC + "StreetName", party.address.street)
    put_some(place, _BC + "CityName", party.address.city)
    put_some(place, _BC + "PostalZone", party.address.postal_code)
    put_some(place, _BC + "CountrySubentity", party.address.county)
    put(put(place, _AC + "Country"), _BC + "IdentificationCode", country)
    if party.vat_number and has_vat:
        tax = put(element, _AC + "PartyTaxScheme")
        put(tax, _BC + "CompanyID", party.vat_number)
        put(put(tax, _AC + "TaxScheme"), _BC + "ID", "VAT")
    legal = put(element, _AC + "PartyLegalEntity")
    put(legal, _BC + "RegistrationName", party.name)
    if party.registry_code:
        known = {"schemeID": _LEGAL_SCHEMES[country]} if country in _LEGAL_SCHEMES else {}
        code = code_key(party.registry_code) if country == "FI" else party.registry_code
        put(legal, _BC + "CompanyID", code, **known)
    if party.contact_name or party.phone or party.email:
        contact = put(element, _AC + "Contact")
        put_some(contact, _BC + "Name", party.contact_name)
        put_some(contact, _BC + "Telephone", party.phone)
        put_some(contact, _BC + "ElectronicMail", party.email)


def _endpoint(party: Party | Seller, field: str) -> tuple[str, str]:
    """Return scheme and number of the party's Peppol address: as it is kept, else by its registry code.

    Source: Peppol code list of participant identifier schemes: 0191 is the Estonian registry code, 0216 the OVT code.
    """
    scheme, number = address_parts(party.einvoice_address)
    if scheme:
        return scheme, number
    code, country = code_key(party.registry_code), country_of(party)
    if number and (number.startswith("0037") and len(number) >= _OVT_LENGTH):
        return "0216", number
    if not number and code and country == "EE":
        return "0191", code
    if not number and code and country == "FI":
        return "0216", f"0037{code}"
    rule = "PEPPOL-EN16931-R010, R020: the address needs its scheme, as 0191:12345678"
    raise Unsupported(field=f"{field}.einvoice_address", rule=rule, value=number)


def _delivery(root: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    is_abroad = any(each.letter == "K" for each in prepared.groups)  # BR-IC-12
    if not (invoice.delivery_date or is_abroad):
        return
    delivery = put(root, _AC + "Delivery")
    put_some(delivery, _BC + "ActualDeliveryDate", iso(invoice.delivery_date))
    if is_abroad:
        address = put(put(delivery, _AC + "DeliveryLocation"), _AC + "Address")
        put(put(address, _AC + "Country"), _BC + "IdentificationCode", country_of(invoice.party))


def _payment(root: etree._Element, prepared: Prepared) -> None:
    invoice, account = prepared.invoice, prepared.account
    due_here = iso(invoice.due_date) if invoice.is_credit_note else ""
    if account or invoice.reference_number or invoice.payment_method or due_here:
        means = put(root, _AC + "PaymentMeans")
        code, word = _means(invoice, account)
        put(means, _BC + "PaymentMeansCode", code, **({"name": word} if word else {}))
        put_some(means, _BC + "PaymentDueDate", due_here)
        put_some(means, _BC + "PaymentID", invoice.reference_number)
        if account:
            _account(means, account)
    if invoice.interest_percent is not None:
        note = f"Late payment interest {plain(invoice.interest_percent)} % a year"
        put(put(root, _AC + "PaymentTerms"), _BC + "Note", note)


def _means(invoice: Invoice, account: BankAccount | None) -> tuple[str, str]:
    if invoice.payment_method.isdigit():
        return invoice.payment_method, ""
    if account is None:
        return "1", invoice.payment_method  # not defined
    return (_SEPA_TRANSFER if invoice.currency == "EUR" else _TRANSFER), invoice.payment_method


def _account(means: etree._Element, account: BankAccount) -> None:
    payee = put(means, _AC + "PayeeFinancialAccount")
    put(payee, _BC + "ID", "".join(account.iban.split()))
    put_some(payee, _BC + "Name", account.name)
    if account.bic:
        put(put(payee, _AC + "FinancialInstitutionBranch"), _BC + "ID", account.bic)


# --- sums ----------------------------------------------------------------------------------------------------


def _amount(parent: etree._Element, name: str, amount: Decimal, currency: str) -> None:
    put(parent, _BC + name, f"{round_amount(amount, currency):f}", currencyID=currency)


def _category(parent: etree._Element, name: str, group: VatGroup, *, reasons: bool = False) -> None:
    category = put(parent, _AC + name)
    put(category, _BC + "ID", group.letter)
    if group.letter != "O":
        put(category, _BC + "Percent", plain(group.rate))
    if reasons:
        put_some(category, _BC + "TaxExemptionReasonCode", group.reason_code)
        put_some(category, _BC + "TaxExemptionReason", group.reason)
    put(put(category, _AC + "TaxScheme"), _BC + "ID", "VAT")


def _allowance(root: etree._Element, prepared: Prepared, row: WrittenRow) -> None:
    """Write a discount or charge on the whole document; the sign of its net decides which it is."""
    reason = row.line.item_name or row.line.description
    if not reason:
        raise BadInput(field=row.at("item_name"), rule="BR-33, BR-38: a discount or charge needs its reason")
    element = put(root, _AC + "AllowanceCharge")
    put(element, _BC + "ChargeIndicator", "true" if row.line.net > 0 else "false")
    put(element, _BC + "AllowanceChargeReason", reason)
    _amount(element, "Amount", abs(row.line.net), prepared.invoice.currency)
    _category(element, "TaxCategory", prepared.group_of(row))


def _taxes(root: etree._Element, prepared: Prepared, accounting_currency: str) -> None:
    invoice = prepared.invoice
    total = put(root, _AC + "TaxTotal")
    _amount(total, "TaxAmount", invoice.vat, invoice.currency)
    for group in prepared.groups:
        subtotal = put(total, _AC + "TaxSubtotal")
        _amount(subtotal, "TaxableAmount", group.net, invoice.currency)
        _amount(subtotal, "TaxAmount", group.vat, invoice.currency)
        _category(subtotal, "TaxCategory", group, reasons=True)
    if invoice.currency != accounting_currency:
        if not invoice.exchange_rate:
            raise BadInput(field="exchange_rate", rule=f"BR-53: the VAT in {accounting_currency} needs the rate")
        second = put(root, _AC + "TaxTotal")
        _amount(second, "TaxAmount", invoice.vat * invoice.exchange_rate, accounting_currency)


def _totals(root: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    allowances = sum((-row.line.net for row in prepared.whole if row.line.net <= 0), ZERO)
    charges = sum((row.line.net for row in prepared.whole if row.line.net > 0), ZERO)
    element = put(root, _AC + "LegalMonetaryTotal")
    for name, amount, is_needed in (
        ("LineExtensionAmount", prepared.rows_net, True),
        ("TaxExclusiveAmount", invoice.net, True),
        ("TaxInclusiveAmount", invoice.gross, True),
        ("AllowanceTotalAmount", allowances, bool(allowances)),
        ("ChargeTotalAmount", charges, bool(charges)),
        ("PrepaidAmount", invoice.prepaid, bool(invoice.prepaid)),
        ("PayableRoundingAmount", invoice.rounding, bool(invoice.rounding)),
        ("PayableAmount", invoice.payable, True),
    ):
        if is_needed:
            _amount(element, name, amount, invoice.currency)


# --- rows ----------------------------------------------------------------------------------------------------


def _line(
    root: etree._Element, prepared: Prepared, row: WrittenRow, number: int, units: Mapping[str, str] | None
) -> None:
    line, currency = row.line, prepared.invoice.currency
    is_credit = prepared.invoice.is_credit_note
    quantity, price = _turned(line.quantity, line.unit_price)
    unit = unit_code(line.unit, row.at("unit"), units)
    element = put(root, _AC + ("CreditNoteLine" if is_credit else "InvoiceLine"))
    put(element, _BC + "ID", str(number))
    put_some(element, _BC + "Note", " ".join(row.texts))
    put(element, _BC + ("CreditedQuantity" if is_credit else "InvoicedQuantity"), plain(quantity), unitCode=unit)
    _amount(element, "LineExtensionAmount", line.net, currency)
    if line.period_from or line.period_to:
        period = put(element, _AC + "InvoicePeriod")
        put_some(period, _BC + "StartDate", iso(line.period_from))
        put_some(period, _BC + "EndDate", iso(line.period_to))
    price, base = _priced(element, row, quantity, price, currency)
    item = put(element, _AC + "Item")
    name = line.item_name or line.description
    if not name:
        raise BadInput(field=row.at("item_name"), rule="BR-25: the row needs a name")
    put_some(item, _BC + "Description", line.description if line.item_name else "")
    put(item, _BC + "Name", name)
    if line.item_code:
        put(put(item, _AC + "SellersItemIdentification"), _BC + "ID", line.item_code)
    _category(item, "ClassifiedTaxCategory", prepared.group_of(row))
    shown = put(element, _AC + "Price")
    put(shown, _BC + "PriceAmount", plain(price), currencyID=currency)
    if base != 1:
        put(shown, _BC + "BaseQuantity", plain(base), unitCode=unit)


def _turned(quantity: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
    """Return quantity and price with the sign in the quantity (BR-27: a price is not below zero)."""
    return (-quantity, -price) if price < 0 else (quantity, price)


def _priced(
    element: etree._Element, row: WrittenRow, quantity: Decimal, price: Decimal, currency: str
) -> tuple[Decimal, Decimal]:
    """Write what lies between quantity times price and the net as a discount; return price and its base quantity.

    A price that is only shown rounded is given for the whole quantity instead, so that the row multiplies.
    """
    line = row.line
    worth = round_amount(quantity * price, currency)
    taken_off = worth - line.net
    if not line.discount_percent and abs(taken_off) > _SLACK:
        if not quantity or quantity * line.net < 0:
            raise BadInput(field=row.at("net"), rule="PEPPOL-EN16931-R120: quantity times price is not the net")
        return abs(line.net), abs(quantity)
    if not line.discount_percent:
        return price, Decimal(1)
    is_discount = taken_off * worth >= 0  # a returned row's discount is below zero, as the row is
    sign = 1 if is_discount else -1
    allowance = put(element, _AC + "AllowanceCharge")
    put(allowance, _BC + "ChargeIndicator", "false" if is_discount else "true")
    put(allowance, _BC + "AllowanceChargeReasonCode", "95" if is_discount else "ZZZ")
    is_exact = is_discount and abs(worth * line.discount_percent / _HUNDRED - taken_off) <= minor_unit(currency)
    if is_exact:
        put(allowance, _BC + "MultiplierFactorNumeric", plain(line.discount_percent))
    _amount(allowance, "Amount", sign * taken_off, currency)
    if is_exact:
        _amount(allowance, "BaseAmount", worth, currency)
    return price, Decimal(1)
