"""Estonian e-invoice 1.2 and 1.2.EN -> invoices. A file holds a header, any number of invoices and a control footer.

Sources: schemas/estonian/*.xsd and the description of the Estonian e-invoice 1.2. TotalSum is with VAT; whether the
additions, the penalty and the rounding are in it differs by sender, and the sums themselves tell. 1.2.EN keeps what
EN 16931 adds in CustomContent elements.
"""

from decimal import Decimal
from functools import lru_cache
from itertools import product

import msgspec
from babel import Locale
from lxml import etree

from tilisilta.core.documents import (
    Address,
    BankAccount,
    Direction,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    LineKind,
    Party,
    VatTotal,
)
from tilisilta.core.money import ZERO, round_amount
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.estonian_rows import addition, additions, read_rows, signed_base, treatment_of
from tilisilta.formats.identity import registry_code
from tilisilta.formats.reading import Context, Embedded, RawInvoice, Reading, finish
from tilisilta.formats.totals import Row, Totals, settle
from tilisilta.formats.ubl import decode_base64
from tilisilta.formats.values import all_said, date_at, joined, number_at, said, unreadable, words

BUYER_REFERENCE = "buyerReference"  # how we mark the buyer's own reference, for which the format has no element
_EN = "Extension/CustomContent/"
_COUNTRY_CODE = 2


class _Sums(msgspec.Struct, frozen=True, kw_only=True):
    net: Decimal
    vat: Decimal
    gross: Decimal
    rounding: Decimal
    prepaid: Decimal
    penalty: Decimal
    payable: Decimal | None


def schema_of(root: etree._Element) -> str:
    """Return the schema of the version that the header names; 1.2.EN differs from 1.2 in added elements only."""
    version = said(root, "Header/Version")
    return "estonian/e-invoice_ver1.2.EN.xsd" if "EN" in version.upper() else "estonian/e-invoice_ver1.2.xsd"


def footer_problems(root: etree._Element) -> tuple[Problem, ...]:
    """Return a warning when the file's control count or sum is not that of its invoices: a part may be missing."""
    invoices = root.findall("Invoice")
    stated = said(root, "Footer/TotalNumberInvoices")
    amount = number_at(root, "Footer/TotalAmount")
    total = sum((number_at(each, "InvoiceSumGroup/TotalSum") or ZERO for each in invoices), ZERO)
    found = []
    if stated and stated != str(len(invoices)):
        found.append(("TotalNumberInvoices", stated, str(len(invoices))))
    if amount is not None and abs(amount) != abs(total):
        found.append(("TotalAmount", str(amount), str(total)))
    return tuple(
        problem("FILE_CONTROL_SUM_DIFFERS", severity=Severity.WARNING, rule=rule, stated=said_, counted=counted)
        for rule, said_, counted in found
    )


def read(invoice: etree._Element, context: Context) -> Reading:
    """Return one invoice or credit note of a file whose schema accepts it.

    Raises:
        BadInput: UNREADABLE with line and rule.

    """
    information = invoice.find("InvoiceInformation")
    group = _sum_group(invoice)
    date = None if information is None else date_at(information, "InvoiceDate")
    if information is None or group is None or date is None:
        raise unreadable(invoice, "missing", "InvoiceInformation, InvoiceDate or InvoiceSumGroup")
    kind = information.find("Type")
    is_credit_note = kind is not None and kind.get("type") == "CRE"
    currency = said(group, "Currency") or said(invoice, "PaymentInfo/Currency") or "EUR"
    seller, buyer = _party(invoice, "SellerParty"), _party(invoice, "BuyerParty")
    rows = read_rows(invoice)
    sums = _sums(group, rows, is_credit_note=is_credit_note)
    vat_totals = _vat_totals(group, sums, rows)
    totals = Totals(net=sums.net, gross=sums.gross, currency=currency, vat_totals=vat_totals)
    lines, problems = settle(rows, _whole_document(group, sums, totals), totals)
    en = information.find(_EN + "InvoiceInformationEN")
    result = Invoice(
        source_id="",
        direction=Direction.PURCHASE,
        number=said(information, "InvoiceNumber"),
        date=date,
        party=seller,
        net=sums.net,
        vat=sums.vat,
        gross=sums.gross,
        currency=currency,
        due_date=date_at(information, "DueDate") or date_at(invoice, "PaymentInfo/PayDueDate"),
        delivery_date=None if en is None else date_at(en, "ActualDeliveryDate"),
        period_from=date_at(information, "Period/StartDate"),
        period_to=date_at(information, "Period/EndDate"),
        rounding=sums.rounding,
        prepaid=sums.prepaid,
        lines=lines,
        vat_totals=vat_totals,
        reference_number=said(invoice, "PaymentInfo/PaymentRefId") or said(information, "PaymentReferenceNumber"),
        bank_account=_payee(invoice),
        payment_method=said(information, "PaymentMethod"),
        note=_note(invoice, information, en),
        order_number="" if en is None else said(en, "PurchaseOrderRef"),
        credits=_credits(information, en),
        extra=_extra(invoice, information),
    )
    return finish(
        RawInvoice(
            invoice=result,
            seller=seller,
            buyer=buyer,
            seller_reference="" if en is None else said(en, "SalesOrderRef"),
            buyer_reference=said(
                invoice, f"AdditionalInformation[@extensionId='{BUYER_REFERENCE}']/InformationContent"
            ),
            is_credit_note=is_credit_note,
            payable=sums.payable,
            is_payable_binding=False,
            embedded=tuple(_embedded(invoice, en)),
            problems=problems,
        ),
        context,
    )


def _sum_group(invoice: etree._Element) -> etree._Element | None:
    """Return the sums in the currency that is paid; a second group repeats them in another."""
    groups = invoice.findall("InvoiceSumGroup")
    currency = said(invoice, "PaymentInfo/Currency")
    return next((each for each in groups if said(each, "Currency") == currency), groups[0] if groups else None)


def _sums(group: etree._Element, rows: list[Row], *, is_credit_note: bool) -> _Sums:
    """Return the sums of a document; the first way of adding up that gives TotalSum tells what each sum holds."""
    total = number_at(group, "TotalSum") or ZERO
    vat = number_at(group, "TotalVATSum")
    if vat is None:
        vat = sum((number_at(each, "VATSum") or ZERO for each in group.iterfind("VAT")), ZERO)
    base = number_at(group, "InvoiceSum")
    if base is None:
        nets = [row.net for row in rows if not row.is_sub and row.net is not None]
        base = sum(nets, ZERO) if nets else total - vat - (number_at(group, "Rounding") or ZERO)
    penalty, rounding = number_at(group, "PenaltySum") or ZERO, number_at(group, "Rounding") or ZERO
    net, used_penalty, used_rounding = base, ZERO, ZERO
    ways = product((penalty, ZERO), (rounding, ZERO), (additions(group, base), ZERO))
    for with_penalty, with_rounding, added in ways:
        if round_amount(base + added + with_penalty + vat + with_rounding) == total:
            net, used_penalty, used_rounding = base + added + with_penalty, with_penalty, with_rounding
            break
    stated = number_at(group, _EN + "InvoiceSumGroupEN/InvoiceTotalSumWithoutVAT")
    gross = total - used_rounding
    payable = number_at(group, "TotalToPay")
    return _Sums(
        net=round_amount(net if stated is None else stated),
        vat=vat,
        gross=gross,
        rounding=rounding,
        prepaid=_prepaid(group, gross + rounding, payable, is_credit_note=is_credit_note),
        penalty=used_penalty,
        payable=payable,
    )


def _prepaid(group: etree._Element, asked: Decimal, payable: Decimal | None, *, is_credit_note: bool) -> Decimal:
    """Return what was paid before: as 1.2.EN says it, else what TotalToPay leaves out of the sum.

    A TotalToPay above the sum holds an older debt, which belongs to other invoices; a warning tells of it.
    """
    stated = number_at(group, _EN + "InvoiceSumGroupEN/PrepaidAmount")
    if stated is not None:
        return stated
    if payable is None or is_credit_note or not 0 <= payable < asked:
        return ZERO
    return asked - payable


def _vat_totals(group: etree._Element, sums: _Sums, rows: list[Row]) -> tuple[VatTotal, ...]:
    elements = group.findall("VAT")
    found = []
    for element in elements:
        rate = number_at(element, "VATRate") or ZERO
        vat = number_at(element, "VATSum") or ZERO
        net, after = number_at(element, "SumBeforeVAT"), number_at(element, "SumAfterVAT")
        if net is None and after is not None:
            net = after - vat
        if net is None and len(elements) == 1:
            net = sums.net - sums.penalty
        if net is None:
            net = sum((row.net for row in rows if row.net is not None and row.rate == rate and not row.is_sub), ZERO)
        treatment, _ = treatment_of(element, rate)
        found.append(
            VatTotal(
                rate=rate,
                net=net,
                vat=vat,
                treatment=treatment,
                exemption_reason=joined(
                    said(element, "Reference/InformationContent"),
                    said(element, "Reference/CustomContent/VATEN/ExemptionReasonText"),
                    said(element, "Reference/CustomContent/VATEN/ExemptionReasonCode"),
                    by=" ",
                ),
            )
        )
    return tuple(found)


def _whole_document(group: etree._Element, sums: _Sums, totals: Totals) -> list[InvoiceLine]:
    """Return the document's additions and penalty as lines; only 1.2.EN gives an addition a rate of its own."""
    base = number_at(group, "InvoiceSum") or totals.net
    plain, extended = group.findall("Addition"), group.findall(_EN + "AdditionEN")
    amount = sum((addition(each, base) for each in plain), ZERO)
    if extended and (not plain or amount == sum((addition(each, base) for each in extended), ZERO)):
        plain = extended
    signed = signed_base(plain, base, totals.net)
    lines = []
    for element in plain:
        net = addition(element, signed)
        rate = number_at(element, "VAT/VATRate")
        rate = totals.only_rate if rate is None else rate
        treatment, letter = treatment_of(element.find("VAT"), rate)
        lines.append(
            InvoiceLine(
                position=0,
                kind=LineKind.ALLOWANCE if element.get("addCode") == "DSC" else LineKind.CHARGE,
                item_name=said(element, "AddContent"),
                unit_price=net,
                net=net,
                vat_rate=rate or ZERO,
                vat_treatment=treatment or (VatTreatment.DOMESTIC if rate else None),
                extra={"vat_category": letter} if letter else {},
            )
        )
    if sums.penalty:
        lines.append(
            InvoiceLine(
                position=0,
                kind=LineKind.CHARGE,
                item_name="Viivis",
                unit_price=sums.penalty,
                net=sums.penalty,
                vat=ZERO,
                vat_treatment=VatTreatment.OUTSIDE_SCOPE,
            )
        )
    return lines


def _party(invoice: etree._Element, role: str) -> Party:
    element = invoice.find(f"InvoiceParties/{role}")
    if element is None:
        return Party()
    contact = "ContactData/"
    address = _address(element)
    vat_number = "".join(said(element, "VATRegNumber").split()).upper()
    default = (invoice.get("sellerRegnumber") if role == "SellerParty" else invoice.get("regNumber")) or ""
    return Party(
        name=said(element, "Name"),
        registry_code=registry_code(
            said(element, "RegNumber") or default, is_finnish=address.country == "FI" or vat_number.startswith("FI")
        ),
        vat_number=vat_number,
        email=said(element, contact + "E-mailAddress"),
        phone=said(element, contact + "PhoneNumber"),
        address=address,
        bank_accounts=tuple(
            BankAccount(said(each, "IBAN") or said(each, "AccountNumber"), said(each, "BIC"), said(each, "BankName"))
            for each in element.iterfind("AccountInfo")
        ),
        einvoice_address=_einvoice_address(element),
        contact_name=said(element, contact + "ContactName"),
    )


def _einvoice_address(party: etree._Element) -> str:
    element = party.find("Extension/CustomContent/PartyEN/PartyElectronicAddress")
    return "" if element is None else joined(element.get("schemeId") or "", words(element), by=":")


def _address(party: etree._Element) -> Address:
    element = party.find("ContactData/LegalAddress")
    if element is None:
        element = party.find("ContactData/MailAddress")
    if element is None:
        return Address()
    country = said(element, _EN + "MailAddressEN/CountryCode") or said(element, "Country")
    return Address(
        street=joined(said(element, "PostalAddress1"), said(element, "PostalAddress2"), by=", "),
        city=said(element, "City"),
        county=said(element, _EN + "MailAddressEN/CountrySubDivision"),
        postal_code=said(element, "PostalCode"),
        country=country_code(country),
    )


def country_code(name: str) -> str:
    """Return the ISO 3166 code of a country written as a code or in Estonian, English or Finnish; empty if unknown.

    >>> country_code("Eesti")
    'EE'
    """
    if len(name) == _COUNTRY_CODE:
        return name.upper()
    return _countries().get(name.casefold(), "")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return {
        str(name).casefold(): str(code)
        for language in ("fi", "en", "et")
        for code, name in Locale(language).territories.items()
        if len(code) == _COUNTRY_CODE
    }


def _payee(invoice: etree._Element) -> BankAccount | None:
    account = said(invoice, "PaymentInfo/PayToAccount")
    return (
        BankAccount(account, said(invoice, "PaymentInfo/PayToBIC"), said(invoice, "PaymentInfo/PayToName"))
        if account
        else None
    )


def _credits(information: etree._Element, en: etree._Element | None) -> tuple[InvoiceRef, ...]:
    found = [InvoiceRef(number=text) for text in all_said(information, "Type/SourceInvoice")]
    if en is not None:
        extended = [
            InvoiceRef(number=said(each, "Number"), date=date_at(each, "Date"))
            for each in en.iterfind("PrecedingInvoice")
        ]
        found = extended or found
    return tuple(dict.fromkeys(found))


def _note(invoice: etree._Element, information: etree._Element, en: etree._Element | None) -> str:
    return joined(
        said(information, "InvoiceContentText"),
        *(
            said(each, "InformationContent")
            for each in invoice.iterfind("AdditionalInformation")
            if each.get("extensionId") != BUYER_REFERENCE
        ),
        *([] if en is None else all_said(en, "InvoiceNote/Note")),
    )


def _embedded(invoice: etree._Element, en: etree._Element | None) -> list[Embedded]:
    found = [
        Embedded(name=said(each, "FileName") or "attachment", content=decode_base64(body))
        for each in invoice.iterfind("AttachmentFile")
        if (body := each.find("FileBase64")) is not None
    ]
    for file in [] if en is None else en.iterfind("AdditionalDocument/File"):
        body = file.find("BinaryObject")
        if body is not None:
            found.append(
                Embedded(
                    name=said(file, "Filename"), media_type=said(file, "FileMimeCode"), content=decode_base64(body)
                )
            )
    return found


def _extra(invoice: etree._Element, information: etree._Element) -> dict[str, str]:
    stated = {
        "format": "estonian",
        "type_code": said(information, _EN + "InvoiceInformationEN/InvoiceTypeCode"),
        "document_name": said(information, "DocumentName"),
        "contract_number": said(information, "ContractNumber"),
        "fine_rate_per_day": said(information, "FineRatePerDay"),
        "payment_terms": said(information, "PaymentTerm"),
        "payment_description": said(invoice, "PaymentInfo/PaymentDescription"),
        "operator_invoice_id": invoice.get("invoiceGlobUniqId") or "",
    }
    return {key: text for key, text in stated.items() if text}
