"""Sales invoice or credit note -> Finvoice 3.0.

Sources: schemas/finvoice/Finvoice3.0.xsd and the Finvoice implementation guidelines 3.0. Amounts have a decimal comma,
dates are CCYYMMDD. On a credit note (INV02) amounts and quantities are below zero and unit prices stay above it.
"""

import datetime as dt
import re
from collections.abc import Sequence

import msgspec
from lxml import etree
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from tilisilta.core.documents import BankAccount, Invoice, Party
from tilisilta.core.errors import Unsupported
from tilisilta.core.money import ZERO, round_amount
from tilisilta.formats.reading import CREDIT_NOTE, INVOICE
from tilisilta.formats.write_finvoice_rows import comma, put_amount, put_date, write_row, write_words
from tilisilta.formats.writing import (
    Prepared,
    Seller,
    VatGroup,
    WrittenRow,
    address_parts,
    country_of,
    finished,
    pieces,
    prepare,
    put,
    put_some,
)

_SCHEMA = "finvoice/Finvoice3.0.xsd"
_ENCODINGS = frozenset({"UTF-8", "ISO-8859-15"})
_LEGAL_SCHEMES = {"EE": "0191", "FI": "0212"}
_TYPE_TEXTS = {
    "fi": ("LASKU", "HYVITYSLASKU"),
    "et": ("ARVE", "KREEDITARVE"),
    "en": ("INVOICE", "CREDIT NOTE"),
}
_STREET, _FREE_TEXT, _REASON, _PAYEE = 35, 512, 70, 35
_RF = re.compile(r"RF\d\d", re.IGNORECASE)


def write_finvoice(
    invoice: Invoice,
    seller: Seller,
    *,
    encoding: str = "UTF-8",
    language: str = "fi",
    links: Sequence[tuple[str, str]] = (),
    attachments_message: str = "",
    sent_at: dt.datetime | None = None,
    customer_number: str = "",
    check: bool = True,
) -> bytes:
    """Return a sales invoice or credit note as a Finvoice 3.0 file.

    The transmission frame is written when both sides have an e-invoice address.

    Args:
        invoice: The document; amounts of a credit note are positive.
        seller: Who sells; Finvoice needs an account to be paid to.
        encoding: "UTF-8" or "ISO-8859-15"; letters that the latter has not are written as references.
        language: Of the document's title: "fi", "et" or "en".
        links: Names and addresses of files that lie elsewhere, the picture first.
        attachments_message: The id of the FinvoiceAttachments message that carries the invoice's attachments.
        sent_at: Stands in the transmission frame; the start of the invoice's day when not given.
        customer_number: The buyer's number with the seller.
        check: Check the file against its schema.

    Raises:
        BadInput: the document is not whole or does not add up; params name field and rule.
        Unsupported: it holds what Finvoice cannot say; params name field and rule.

    """
    if encoding not in _ENCODINGS:
        raise Unsupported(field="encoding", rule="UTF-8 or ISO-8859-15", value=encoding)
    if invoice.attachments and not attachments_message:
        raise Unsupported(field="attachments", rule="Finvoice carries files in a message of their own")
    prepared = prepare(msgspec.structs.replace(invoice, attachments=()), seller)
    root = etree.Element("Finvoice", Version="3.0")
    _frame(root, prepared, sent_at or dt.datetime.combine(invoice.date, dt.time()))
    _seller(root, seller)
    _buyer(root, invoice.party)
    if invoice.delivery_date:
        put_date(put(root, "DeliveryDetails"), "DeliveryDate", invoice.delivery_date)
    _details(root, prepared, _TYPE_TEXTS[language], customer_number)
    for words in prepared.first_texts:
        write_words(root, words)
    for number, row in enumerate(prepared.rows, start=1):
        write_row(root, prepared, row, number)
        for words in row.texts:
            write_words(root, words)
    _epi(root, prepared)
    for name, _ in links:
        put(root, "InvoiceUrlNameText", name)
    for _, url in links:
        put(root, "InvoiceUrlText", url)
    if attachments_message:
        put(put(root, "AttachmentMessageDetails"), "AttachmentMessageIdentifier", attachments_message)
    return finished(root, _SCHEMA, encoding=encoding, check=check)


def _frame(root: etree._Element, prepared: Prepared, sent_at: dt.datetime) -> None:
    seller, buyer = prepared.seller, prepared.invoice.party
    if not (seller.einvoice_address and buyer.einvoice_address):
        return
    transmission = put(root, "MessageTransmissionDetails")
    for party, tag, direction, field in (
        (seller, "MessageSenderDetails", "From", "seller"),
        (buyer, "MessageReceiverDetails", "To", "party"),
    ):
        if not party.einvoice_operator:
            raise Unsupported(field=f"{field}.einvoice_operator", rule="an e-invoice address needs its operator")
        scheme, number = address_parts(party.einvoice_address)
        side = put(transmission, tag)
        put(side, f"{direction}Identifier", number, **({"SchemeID": scheme} if scheme else {}))
        put(side, f"{direction}Intermediator", party.einvoice_operator)
    message = put(transmission, "MessageDetails")
    put(message, "MessageIdentifier", prepared.invoice.number.zfill(2))
    put(message, "MessageTimeStamp", sent_at.isoformat(timespec="seconds"))


# --- parties -------------------------------------------------------------------------------------------------


def _seller(root: etree._Element, seller: Seller) -> None:
    _party(root, "Seller", seller)
    put_some(root, "SellerContactPersonName", seller.contact_name)
    if seller.email or seller.phone:
        channels = put(root, "SellerCommunicationDetails")
        put_some(channels, "SellerPhoneNumberIdentifier", seller.phone)
        put_some(channels, "SellerEmailaddressIdentifier", seller.email)
    if not (seller.website or seller.bank_accounts):
        return
    information = put(root, "SellerInformationDetails")
    put_some(information, "SellerWebaddressIdentifier", seller.website)
    for at, account in enumerate(seller.bank_accounts):
        details = put(information, "SellerAccountDetails")
        put(details, "SellerAccountID", _compact(account.iban), IdentificationSchemeName="IBAN")
        put(details, "SellerBic", _bic(account, f"seller.bank_accounts[{at}]"), IdentificationSchemeName="BIC")
        put_some(details, "SellerAccountName", account.name)


def _buyer(root: etree._Element, buyer: Party) -> None:
    _party(root, "Buyer", buyer)
    put_some(root, "BuyerContactPersonName", buyer.contact_name)
    if buyer.email or buyer.phone:
        channels = put(root, "BuyerCommunicationDetails")
        put_some(channels, "BuyerPhoneNumberIdentifier", buyer.phone)
        put_some(channels, "BuyerEmailaddressIdentifier", buyer.email)


def _party(root: etree._Element, role: str, party: Party | Seller) -> None:
    details = put(root, f"{role}PartyDetails")
    if party.registry_code:
        scheme = _LEGAL_SCHEMES.get(country_of(party), "")
        put(details, f"{role}PartyIdentifier", party.registry_code, **({"SchemeID": scheme} if scheme else {}))
    put(details, f"{role}OrganisationName", party.name)
    put_some(details, f"{role}OrganisationTaxCode", party.vat_number)
    address = party.address
    if not any((address.street, address.city, address.postal_code, address.county, address.country)):
        return
    if not (address.street and address.city and address.postal_code):
        field = "seller.address" if role == "Seller" else "party.address"
        raise Unsupported(field=field, rule="Finvoice takes street, town and postal code together or not at all")
    place = put(details, f"{role}PostalAddressDetails")
    for street in [address.street] if len(address.street) <= _STREET else address.street.split(", "):
        put(place, f"{role}StreetName", street)
    put(place, f"{role}TownName", address.city)
    put(place, f"{role}PostCodeIdentifier", address.postal_code)
    put_some(place, f"{role}CountrySubdivision", address.county)
    put_some(place, "CountryCode", address.country)


def _compact(iban: str) -> str:
    return "".join(iban.split()).upper()


def _bic(account: BankAccount, field: str) -> str:
    """Return the account's BIC; one that is not kept comes from the bank register by its IBAN."""
    if account.bic:
        return account.bic
    try:
        found = IBAN(_compact(account.iban)).bic
    except SchwiftyException:
        found = None
    if found is None:
        raise Unsupported(field=f"{field}.bic", rule="Finvoice needs the bank's BIC", value=account.iban)
    return str(found.compact)


# --- the invoice itself --------------------------------------------------------------------------------------


def _details(root: etree._Element, prepared: Prepared, titles: tuple[str, str], customer_number: str) -> None:
    invoice = prepared.invoice
    is_credit = invoice.is_credit_note
    details = put(root, "InvoiceDetails")
    put(details, "InvoiceTypeCode", "INV02" if is_credit else "INV01", CodeListAgencyIdentifier="SPY")
    put(details, "InvoiceTypeCodeUN", CREDIT_NOTE if is_credit else INVOICE)
    put(details, "InvoiceTypeText", titles[1] if is_credit else titles[0])
    put(details, "OriginCode", "Original")
    put(details, "InvoiceNumber", invoice.number)
    put_date(details, "InvoiceDate", invoice.date)
    _credited(details, invoice)
    put_date(details, "InvoicingPeriodStartDate", invoice.period_from)
    put_date(details, "InvoicingPeriodEndDate", invoice.period_to)
    put_some(details, "SellerReferenceIdentifier", invoice.our_reference)
    put_some(details, "SellersBuyerIdentifier", customer_number)
    put_some(details, "OrderIdentifier", invoice.order_number)
    put_some(details, "BuyerReferenceIdentifier", invoice.your_reference)
    _totals(details, prepared)
    for group in prepared.groups:
        _vat(details, prepared, group)
    for paragraph in invoice.note.splitlines():
        for piece in pieces(paragraph, _FREE_TEXT):
            put(details, "InvoiceFreeText", piece)
    _terms(details, invoice)
    for row in sorted(prepared.whole, key=lambda each: each.line.net > 0):
        _whole(details, prepared, row)


def _credited(details: etree._Element, invoice: Invoice) -> None:
    for at, each in enumerate(invoice.credits):
        if not each.number:
            raise Unsupported(field=f"credits[{at}].number", rule="the credited invoice needs a number")
    if len(invoice.credits) == 1:
        put(details, "OriginalInvoiceNumber", invoice.credits[0].number)
        put_date(details, "OriginalInvoiceDate", invoice.credits[0].date)
        return
    for each in invoice.credits:
        reference = put(details, "OriginalInvoiceReference")
        put(reference, "InvoiceNumber", each.number)
        put_date(reference, "InvoiceDate", each.date)


def _totals(details: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    discounts = sum((-row.line.net for row in prepared.whole if row.line.net <= 0), ZERO)
    charges = sum((row.line.net for row in prepared.whole if row.line.net > 0), ZERO)
    put_amount(details, prepared, "RowsTotalVatExcludedAmount", prepared.rows_net)
    if discounts:
        put_amount(details, prepared, "DiscountsTotalVatExcludedAmount", discounts)
    if charges:
        put_amount(details, prepared, "ChargesTotalVatExcludedAmount", charges)
    put_amount(details, prepared, "InvoiceTotalVatExcludedAmount", invoice.net)
    put_amount(details, prepared, "InvoiceTotalVatAmount", invoice.vat)
    rate = invoice.exchange_rate if invoice.currency != "EUR" else None
    if rate:
        put_amount(details, prepared, "InvoiceTotalVatAccountingAmount", round_amount(invoice.vat * rate), "EUR")
    put_amount(details, prepared, "InvoiceTotalVatIncludedAmount", invoice.gross)
    if invoice.rounding:
        put_amount(details, prepared, "InvoiceTotalRoundoffAmount", invoice.rounding)
    if invoice.prepaid:
        put_amount(details, prepared, "InvoicePaidAmount", invoice.prepaid)
    if rate:
        put(details, "ExchangeRate", comma(rate))
        put_amount(details, prepared, "OtherCurrencyAmountVatExcludedAmount", round_amount(invoice.net * rate), "EUR")
        put_amount(details, prepared, "OtherCurrencyAmountVatIncludedAmount", round_amount(invoice.gross * rate), "EUR")


def _vat(details: etree._Element, prepared: Prepared, group: VatGroup) -> None:
    element = put(details, "VatSpecificationDetails")
    put_amount(element, prepared, "VatBaseAmount", group.net)
    put(element, "VatRatePercent", comma(group.rate))
    put(element, "VatCode", group.letter)
    put_amount(element, prepared, "VatRateAmount", group.vat)
    for piece in pieces(group.reason, _REASON):
        put(element, "VatFreeText", piece)
    put_some(element, "VatExemptionReasonCode", group.reason_code)


def _terms(details: etree._Element, invoice: Invoice) -> None:
    if invoice.due_date is None and invoice.interest_percent is None:
        return
    terms = put(details, "PaymentTermsDetails")
    put_date(terms, "InvoiceDueDate", invoice.due_date)
    if invoice.interest_percent is not None:
        put(put(terms, "PaymentOverDueFineDetails"), "PaymentOverDueFinePercent", comma(invoice.interest_percent))


def _whole(details: etree._Element, prepared: Prepared, row: WrittenRow) -> None:
    """Write a discount (first, as the schema has it) or a charge on the whole document."""
    is_charge = row.line.net > 0
    element = put(details, "ChargeDetails" if is_charge else "DiscountDetails")
    name = row.line.item_name or row.line.description
    put_some(element, "ReasonText" if is_charge else "FreeText", name)
    put_amount(element, prepared, "Amount", abs(row.line.net))
    put(element, "VatCategoryCode", row.letter)
    put(element, "VatRatePercent", comma(row.line.vat_rate))


def _epi(root: etree._Element, prepared: Prepared) -> None:
    """Write the payment order that the buyer's bank fills in."""
    invoice, account = prepared.invoice, prepared.account
    if account is None or not account.iban:
        raise Unsupported(field="bank_account", rule="Finvoice needs an account to be paid to")
    if invoice.due_date is None and not invoice.is_credit_note:
        raise Unsupported(field="due_date", rule="Finvoice needs a due date")
    epi = put(root, "EpiDetails")
    identification = put(epi, "EpiIdentificationDetails")
    put_date(identification, "EpiDate", invoice.date)
    put(identification, "EpiReference")
    parties = put(epi, "EpiPartyDetails")
    bank = put(parties, "EpiBfiPartyDetails")
    put(bank, "EpiBfiIdentifier", _bic(account, "bank_account"), IdentificationSchemeName="BIC")
    payee = put(parties, "EpiBeneficiaryPartyDetails")
    # A label for the payer's bank, which takes 35 characters; the whole name stands with the seller.
    put(payee, "EpiNameAddressDetails", prepared.seller.name[:_PAYEE].strip())
    put(payee, "EpiAccountID", _compact(account.iban), IdentificationSchemeName="IBAN")
    order = put(epi, "EpiPaymentInstructionDetails")
    reference = "".join(invoice.reference_number.split())
    scheme = "ISO" if _RF.match(reference) else "SPY"
    if reference:
        put(order, "EpiRemittanceInfoIdentifier", reference, IdentificationSchemeName=scheme)
    payable = -invoice.payable if invoice.is_credit_note else invoice.payable
    put(order, "EpiInstructedAmount", comma(payable, 2), AmountCurrencyIdentifier=invoice.currency)
    put(order, "EpiCharge", "SLEV", ChargeOption="SLEV")
    put_date(order, "EpiDateOptionDate", invoice.due_date or invoice.date)
    if invoice.payment_method.isdigit():
        put(order, "EpiPaymentMeansCode", invoice.payment_method)
    else:
        put_some(order, "EpiPaymentMeansText", invoice.payment_method)
