"""Sales invoice or credit note -> Estonian e-invoice 1.2.EN.

Sources: schemas/estonian/e-invoice_ver1.2.EN.xsd and the description of the Estonian e-invoice 1.2.EN. What EN 16931
adds stands in CustomContent elements. InvoiceSum + additions + VAT + rounding = TotalSum; on a credit note (CRE) sums
and quantities are below zero and nothing is to be paid.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from tilisilta.core.documents import BankAccount, Invoice, Party
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.formats.estonian import BUYER_REFERENCE
from tilisilta.formats.reading import CREDIT_NOTE, INVOICE, Embedded
from tilisilta.formats.write_estonian_rows import (
    addition,
    decimal,
    extension,
    put_sum,
    put_vat,
    write_row,
    write_words,
)
from tilisilta.formats.writing import (
    Prepared,
    Seller,
    address_parts,
    finished,
    iso,
    pieces,
    plain,
    prepare,
    put,
    put_some,
    unsayable,
)
from tilisilta.formats.xml import validate

_SCHEMA = "estonian/e-invoice_ver1.2.EN.xsd"
_VERSION = "1.2.EN"
_NAMES = {"et": ("Arve", "Kreeditarve"), "fi": ("Lasku", "Hyvityslasku"), "en": ("Invoice", "Credit note")}
_INTEREST = {"et": "Viivis {} % aastas", "fi": "Viivästyskorko {} %", "en": "Late payment interest {} % a year"}
_SHORT, _LONG = 20, 500
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_SPECIFICATION = "urn:cen.eu:en16931:2017"


def write_estonian(
    invoice: Invoice,
    seller: Seller,
    *,
    files: Mapping[str, Embedded] | None = None,
    language: str = "et",
    accounting_currency: str = "EUR",
    sent_on: dt.date | None = None,
    check: bool = True,
) -> bytes:
    """Return a sales invoice or credit note as an Estonian e-invoice 1.2.EN file in UTF-8.

    Args:
        invoice: The document; amounts of a credit note are positive.
        seller: Who sells; the format needs an account to be paid to.
        files: The bytes of its attachments by their `source_id`; the first is the invoice's own file.
        language: Of the document's name: "et", "fi" or "en".
        accounting_currency: The currency of the seller's VAT accounts; an invoice in another repeats its VAT in it.
        sent_on: The file's date; the invoice's when not given.
        check: Check the file against its schema.

    Raises:
        BadInput: the document is not whole or does not add up; params name field and rule.
        Unsupported: it holds what the format cannot say; params name field and rule.

    """
    prepared = prepare(invoice, seller, files)
    account = _account(prepared)
    root = etree.Element("E_Invoice")
    header = put(root, "Header")
    put(header, "Date", iso(sent_on or invoice.date))
    put(header, "FileId", hashlib.sha256(f"{seller.registry_code}|{invoice.number}".encode()).hexdigest()[:_SHORT])
    put(header, "Version", _VERSION)
    element = put(
        root,
        "Invoice",
        invoiceId=invoice.number,
        regNumber=_register_number(invoice.party, "party"),
        languageId=language,
        sellerRegnumber=_register_number(seller, "seller"),
    )
    parties = put(element, "InvoiceParties")
    _party(put(parties, "SellerParty"), seller, "seller")
    _party(put(parties, "BuyerParty"), invoice.party, "party")
    _information(element, prepared, language)
    _sums(element, prepared, accounting_currency)
    group = put(put(element, "InvoiceItem"), "InvoiceItemGroup")
    for words in prepared.first_texts:
        write_words(group, words)
    for number, row in enumerate(prepared.rows, start=1):
        write_row(group, prepared, row, number)
    _notes(element, prepared)
    if prepared.files:
        _attachment(element, prepared.files[0])
    _payment(element, prepared, account, language)
    footer = put(root, "Footer")
    put(footer, "TotalNumberInvoices", "1")
    put_sum(footer, prepared, "TotalAmount", invoice.gross + invoice.rounding)
    if check:
        _check_additions(root)
    return finished(root, _SCHEMA, check=check)


def _check_additions(root: etree._Element) -> None:
    """Check what stands in CustomContent, which the schema of the whole lets pass unseen."""
    for content in root.iter("CustomContent"):
        for each in content:
            for error in validate(each, _SCHEMA):
                raise unsayable(error)


def _account(prepared: Prepared) -> BankAccount:
    if prepared.account is None or not prepared.account.iban:
        raise Unsupported(field="bank_account", rule="the format needs an account to be paid to")
    return prepared.account


def _register_number(party: Party | Seller, field: str) -> str:
    code = party.registry_code or party.vat_number
    if not code and not (isinstance(party, Party) and party.is_person):
        raise BadInput(field=f"{field}.registry_code", rule="missing")
    return code


# --- parties -------------------------------------------------------------------------------------------------


def _party(element: etree._Element, party: Party | Seller, field: str) -> None:
    put(element, "Name", party.name)
    code = _register_number(party, field)
    if code:
        put(element, "RegNumber", code)
    put_some(element, "VATRegNumber", party.vat_number)
    _contact(element, party)
    for account in party.bank_accounts:
        iban = "".join(account.iban.split())
        details = put(element, "AccountInfo")
        put(details, "AccountNumber", iban)
        put(details, "IBAN", iban)
        put_some(details, "BIC", account.bic)
        put_some(details, "BankName", account.name)
    if party.einvoice_address:
        scheme, number = address_parts(party.einvoice_address)
        put(extension(element, "PartyEN"), "PartyElectronicAddress", number, schemeId=scheme)


def _contact(element: etree._Element, party: Party | Seller) -> None:
    address, website = party.address, party.website if isinstance(party, Seller) else ""
    parts = (address.street, address.city, address.county, address.postal_code, address.country)
    if not any((party.contact_name, party.phone, party.email, website, *parts)):
        return
    contact = put(element, "ContactData")
    put_some(contact, "ContactName", party.contact_name)
    put_some(contact, "PhoneNumber", party.phone)
    put_some(contact, "URL", website)
    put_some(contact, "E-mailAddress", party.email)
    if not any(parts):
        return
    legal = put(contact, "LegalAddress")
    put(legal, "PostalAddress1", address.street)
    put(legal, "City", address.city)
    put_some(legal, "PostalCode", address.postal_code)
    put_some(legal, "Country", address.country)
    if address.county:
        more = extension(legal, "MailAddressEN")
        put(more, "CountrySubDivision", address.county)
        put(more, "CountryCode", address.country)


# --- the invoice itself --------------------------------------------------------------------------------------


def _information(element: etree._Element, prepared: Prepared, language: str) -> None:
    invoice = prepared.invoice
    information = put(element, "InvoiceInformation")
    kind = put(information, "Type", type="CRE" if invoice.is_credit_note else "DEB")
    first = invoice.credits[0].number if invoice.credits else ""
    if first and len(first) <= _SHORT:  # a longer number stands in the addition of EN 16931 alone
        put(kind, "SourceInvoice", first)
    put(information, "DocumentName", _NAMES[language][invoice.is_credit_note])
    put(information, "InvoiceNumber", invoice.number)
    put_some(information, "PaymentReferenceNumber", "".join(invoice.reference_number.split()))
    put_some(information, "PaymentMethod", invoice.payment_method)
    put(information, "InvoiceDate", iso(invoice.date))
    put_some(information, "DueDate", iso(invoice.due_date))
    if invoice.interest_percent is not None:
        put(information, "PaymentTerm", _INTEREST[language].format(plain(invoice.interest_percent)))
    if invoice.period_from or invoice.period_to:
        period = put(information, "Period")
        put_some(period, "StartDate", iso(invoice.period_from))
        put_some(period, "EndDate", iso(invoice.period_to))
    _en_information(information, prepared)


def _en_information(information: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    en = extension(information, "InvoiceInformationEN")
    put(en, "InvoiceTypeCode", CREDIT_NOTE if invoice.is_credit_note else INVOICE)
    put_some(en, "PurchaseOrderRef", invoice.order_number)
    put_some(en, "SalesOrderRef", invoice.our_reference)
    put_some(en, "ActualDeliveryDate", iso(invoice.delivery_date))
    for at, each in enumerate(invoice.credits):
        if not each.number:
            raise Unsupported(field=f"credits[{at}].number", rule="the credited invoice needs a number")
        before = put(en, "PrecedingInvoice")
        put(before, "Number", each.number)
        put_some(before, "Date", iso(each.date))
    for number, file in enumerate(prepared.files[1:], start=2):
        document = put(en, "AdditionalDocument")
        put(document, "Number", str(number))
        body = put(document, "File")
        put(body, "Filename", file.name)
        put(body, "FileMimeCode", file.media_type)
        put(body, "BinaryObject", base64.b64encode(file.content).decode())
    control = put(en, "ProcessControl")
    put(control, "BusinessProcessType", _PROCESS)
    put(control, "SpecificationId", _SPECIFICATION)


def _sums(element: etree._Element, prepared: Prepared, accounting_currency: str) -> None:
    invoice = prepared.invoice
    group = put(element, "InvoiceSumGroup")
    put_sum(group, prepared, "InvoiceSum", prepared.rows_net)
    for row in prepared.whole:
        addition(group, prepared, "Addition", row.line.item_name or row.line.description, row.line.net)
    if invoice.rounding:
        put_sum(group, prepared, "Rounding", invoice.rounding)
    for each in prepared.groups:
        put_vat(group, prepared, each, each.net, each.vat)
    put_sum(group, prepared, "TotalVATSum", invoice.vat)
    put_sum(group, prepared, "TotalSum", invoice.gross + invoice.rounding)
    put(group, "TotalToPay", decimal(_to_pay(prepared)))
    put(group, "Currency", invoice.currency)
    _en_sums(group, prepared, accounting_currency)


def _en_sums(group: etree._Element, prepared: Prepared, accounting_currency: str) -> None:
    invoice = prepared.invoice
    en = extension(group, "InvoiceSumGroupEN")
    if invoice.prepaid:
        put_sum(en, prepared, "PrepaidAmount", invoice.prepaid)
    for name, amount in (
        ("AllowanceSum", sum((-row.line.net for row in prepared.whole if row.line.net <= 0), ZERO)),
        ("ChargeSum", sum((row.line.net for row in prepared.whole if row.line.net > 0), ZERO)),
    ):
        if amount:
            put_sum(en, prepared, name, amount)
    if invoice.currency != accounting_currency:
        if not invoice.exchange_rate:
            raise BadInput(field="exchange_rate", rule=f"the VAT in {accounting_currency} needs the rate")
        own = round_amount(invoice.vat * invoice.exchange_rate, accounting_currency)
        put_sum(en, prepared, "InvoiceTotalVATSumInAccountingCurrency", own).set("currency", accounting_currency)
    put_sum(en, prepared, "InvoiceTotalSumWithoutVAT", invoice.net)
    for row in prepared.whole:
        name = row.line.item_name or row.line.description
        more = addition(extension(group), prepared, "AdditionEN", name, row.line.net)
        vat = row.line.vat
        if vat is None:
            vat = vat_amount(row.line.net, row.line.vat_rate, invoice.currency)
        put_vat(more, prepared, prepared.group_of(row), row.line.net, vat)


def _to_pay(prepared: Prepared) -> Decimal:
    return Decimal("0.00") if prepared.invoice.is_credit_note else round_amount(prepared.invoice.payable)


def _notes(element: etree._Element, prepared: Prepared) -> None:
    invoice = prepared.invoice
    for paragraph in invoice.note.splitlines():
        for piece in pieces(paragraph, _LONG):
            put(put(element, "AdditionalInformation"), "InformationContent", piece)
    if invoice.your_reference:
        reference = put(element, "AdditionalInformation", extensionId=BUYER_REFERENCE)
        put(reference, "InformationContent", invoice.your_reference)


def _attachment(element: etree._Element, file: Embedded) -> None:
    attached = put(element, "AttachmentFile")
    put(attached, "FileName", file.name)
    put(attached, "FileBase64", base64.b64encode(file.content).decode())
    if file.content:
        put(attached, "FileSize", str(len(file.content)))


def _payment(element: etree._Element, prepared: Prepared, account: BankAccount, language: str) -> None:
    invoice = prepared.invoice
    payment = put(element, "PaymentInfo")
    put(payment, "Currency", invoice.currency)
    put_some(payment, "PaymentRefId", "".join(invoice.reference_number.split()))
    put(payment, "PaymentDescription", f"{_NAMES[language][invoice.is_credit_note]} {invoice.number}")
    put(payment, "Payable", "YES" if _to_pay(prepared) > 0 else "NO")
    put_some(payment, "PayDueDate", iso(invoice.due_date))
    put(payment, "PaymentTotalSum", decimal(_to_pay(prepared)))
    put(payment, "PayerName", invoice.party.name)
    put(payment, "PaymentId", invoice.number)
    put(payment, "PayToAccount", "".join(account.iban.split()))
    put(payment, "PayToName", prepared.seller.name)
    put_some(payment, "PayToBIC", account.bic)
