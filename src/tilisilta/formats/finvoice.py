"""Finvoice 1.3, 2.01 and 3.0 -> invoice. One reader: the versions add elements and rename none.

Sources: schemas/finvoice/*.xsd and the Finvoice implementation guidelines. Amounts have a decimal comma, dates are
CCYYMMDD. The sign of a credit note differs by sender; `reading.finish` makes it positive.
"""

from decimal import Decimal

import msgspec
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
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.formats.finvoice_rows import read_rows
from tilisilta.formats.identity import registry_code
from tilisilta.formats.reading import Context, RawInvoice, Reading, finish
from tilisilta.formats.totals import Row, Totals, settle
from tilisilta.formats.treatment import by_letter
from tilisilta.formats.values import (
    all_said,
    date_at,
    joined,
    line_of,
    number,
    number_at,
    said,
    tidy,
    unreadable,
    words,
)

_SCHEMAS = {
    "3.0": "finvoice/Finvoice3.0.xsd",
    "2.01": "finvoice/Finvoice2.01.xsd",
    "2.0": "finvoice/Finvoice2.01.xsd",
    "1.3": "finvoice/Finvoice1.3.xsd",
    "1.2": "finvoice/Finvoice1.3.xsd",
    "1.1": "finvoice/Finvoice1.3.xsd",
    "1.0": "finvoice/Finvoice1.3.xsd",
}
_CREDIT_NOTES = frozenset({"INV02"})
_CREDIT_NOTES_UN = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
# What carries Finvoice's frame and is no invoice. By code first, then by the letters of its family.
_OTHER_KINDS = {
    "INV05": "collection letter",
    "INV06": "pro forma invoice",
    "INV08": "payment reminder",
    "REQ": "request for quotation",
    "QUO": "quotation",
    "ORD": "order",
    "ORC": "order confirmation",
    "DEV": "delivery notice",
    "DEN": "despatch advice",
    "PRI": "price list",
    "TES": "test message",
    "INF": "notice",
    "SEI": "sender notice",
    "REC": "receiver notice",
    "RES": "receiver's answer",
    "SDD": "direct debit notice",
}
_FAMILY = 3


def schema_of(root: etree._Element) -> str:
    """Return the schema of the version that the file names.

    Raises:
        BadInput: FILE_WRONG_KIND for a version that does not exist.

    """
    version = root.get("Version") or ""
    if version not in _SCHEMAS:
        raise BadInput("FILE_WRONG_KIND", kind=f"Finvoice {version}".strip(), line=line_of(root))
    return _SCHEMAS[version]


def require_invoice(root: etree._Element) -> None:
    """Refuse by name the messages that use Finvoice for something else than an invoice.

    Raises:
        BadInput: FILE_WRONG_KIND with kind and line.

    """
    details = root.find("InvoiceDetails")
    if details is None:
        return  # the schema says what is missing
    code = said(details, "InvoiceTypeCode").upper()
    kind = _OTHER_KINDS.get(code) or _OTHER_KINDS.get(code[:_FAMILY], "")
    if said(details, "OriginCode") == "Cancel":
        kind = "cancellation of an earlier message"
    if kind:
        raise BadInput("FILE_WRONG_KIND", kind=f"Finvoice {code} ({kind})", line=line_of(details))


def read(root: etree._Element, context: Context) -> Reading:
    """Return the invoice or credit note of one Finvoice element that its schema accepts.

    Raises:
        BadInput: UNREADABLE with line and rule; FILE_WRONG_KIND.

    """
    require_invoice(root)
    details = root.find("InvoiceDetails")
    if details is None:
        raise unreadable(root, "missing", "InvoiceDetails")
    gross_element = details.find("InvoiceTotalVatIncludedAmount")
    date = date_at(details, "InvoiceDate")
    if gross_element is None or date is None:
        raise unreadable(details, "missing", "InvoiceTotalVatIncludedAmount or InvoiceDate")
    currency = (gross_element.get("AmountCurrencyIdentifier") or "EUR").upper()
    seller, buyer = _party(root, "Seller"), _party(root, "Buyer")
    type_code = said(details, "InvoiceTypeCode").upper()
    vat_totals = _vat_totals(details)
    rows = read_rows(root, vat_totals)
    net, vat, gross, rounding = _amounts(details, vat_totals, rows)
    totals = Totals(net=net, gross=gross, currency=currency, vat_totals=vat_totals)
    lines, problems = settle(rows, _whole_document(details, totals), totals)
    prepaid = number_at(details, "InvoicePaidAmount") or ZERO
    invoice = Invoice(
        source_id="",
        direction=Direction.PURCHASE,
        number=said(details, "InvoiceNumber"),
        date=date,
        party=seller,
        net=net,
        vat=vat,
        gross=gross,
        currency=currency,
        exchange_rate=_exchange_rate(details, gross, currency),
        due_date=date_at(details, "PaymentTermsDetails/InvoiceDueDate")
        or date_at(root, "EpiDetails/EpiPaymentInstructionDetails/EpiDateOptionDate"),
        delivery_date=date_at(root, "DeliveryDetails/DeliveryDate"),
        period_from=date_at(details, "InvoicingPeriodStartDate")
        or date_at(root, "DeliveryDetails/DeliveryPeriodDetails/StartDate"),
        period_to=date_at(details, "InvoicingPeriodEndDate")
        or date_at(root, "DeliveryDetails/DeliveryPeriodDetails/EndDate"),
        rounding=rounding,
        prepaid=prepaid,
        paid=_paid(root, gross + rounding - prepaid),
        lines=lines,
        vat_totals=tuple(_without_letter(each) for each in vat_totals),
        reference_number=said(root, "EpiDetails/EpiPaymentInstructionDetails/EpiRemittanceInfoIdentifier"),
        bank_account=_payee(root),
        payment_method=said(root, "EpiDetails/EpiPaymentInstructionDetails/EpiPaymentMeansCode"),
        interest_percent=number_at(details, "PaymentTermsDetails/PaymentOverDueFineDetails/PaymentOverDueFinePercent"),
        note=joined(*all_said(details, "InvoiceFreeText"), *all_said(details, "InvoiceVatFreeText")),
        order_number=said(details, "OrderIdentifier"),
        credits=_credits(details),
        extra=_extra(root, details, type_code),
    )
    return finish(
        RawInvoice(
            invoice=invoice,
            seller=seller,
            buyer=buyer,
            seller_reference=said(details, "SellerReferenceIdentifier"),
            buyer_reference=said(details, "BuyerReferenceIdentifier"),
            is_credit_note=type_code in _CREDIT_NOTES or said(details, "InvoiceTypeCodeUN") in _CREDIT_NOTES_UN,
            payable=number_at(root, "EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount"),
            is_payable_binding=False,
            problems=problems,
        ),
        context,
    )


def _amounts(
    details: etree._Element, vat_totals: tuple[VatTotal, ...], rows: list[Row]
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return net, VAT, gross before rounding, and rounding; the two that versions 2 and 3 may leave out are derived.

    Senders put the rounding either beside the total or into it; net and VAT tell which.
    """
    stated = number_at(details, "InvoiceTotalVatIncludedAmount") or ZERO
    rounding = number_at(details, "InvoiceTotalRoundoffAmount") or ZERO
    net = number_at(details, "InvoiceTotalVatExcludedAmount")
    vat = number_at(details, "InvoiceTotalVatAmount")
    if vat is None and vat_totals:
        vat = sum((each.vat for each in vat_totals), ZERO)
    if net is None and vat is None:
        vat = _vat_of_rows(rows)
    gross = stated
    if net is not None and vat is not None and rounding and net + vat != stated and net + vat + rounding == stated:
        gross = stated - rounding
    if net is None:
        net = gross - (vat or ZERO)
    return net, vat if vat is not None else gross - net, gross, rounding


def _vat_of_rows(rows: list[Row]) -> Decimal:
    """Return the VAT that the rows give, for a document that gives none as a whole."""
    main = [row for row in rows if not row.is_sub]
    return sum((row.vat if row.vat is not None else _vat_between(row) for row in main), ZERO)


def _vat_between(row: Row) -> Decimal:
    if row.gross is not None and row.net is not None:
        return row.gross - row.net
    if row.gross is not None and row.rate:
        return round_amount(row.gross * row.rate / (100 + row.rate))
    return ZERO


def _vat_totals(details: etree._Element) -> tuple[VatTotal, ...]:
    found = []
    elements = details.findall("VatSpecificationDetails")
    for element in elements:
        rate = number_at(element, "VatRatePercent") or ZERO
        base, vat = number_at(element, "VatBaseAmount"), number_at(element, "VatRateAmount")
        if len(elements) == 1:
            base = number_at(details, "InvoiceTotalVatExcludedAmount") if base is None else base
            vat = number_at(details, "InvoiceTotalVatAmount") if vat is None else vat
        if base is None:
            continue  # words about VAT, not a sum
        letter = said(element, "VatCode")
        found.append(
            VatTotal(
                rate=rate,
                net=base,
                vat=vat if vat is not None else vat_amount(base, rate),
                code=letter,
                treatment=by_letter(letter, rate),
                exemption_reason=joined(
                    *all_said(element, "VatFreeText"), said(element, "VatExemptionReasonCode"), by=" "
                ),
            )
        )
    return tuple(found)


def _without_letter(each: VatTotal) -> VatTotal:
    """Drop the letter once it is a treatment: it is no code of anybody's books."""
    return msgspec.structs.replace(each, code="")


def _whole_document(details: etree._Element, totals: Totals) -> list[InvoiceLine]:
    """Return the document's own discounts and charges as lines; 2.01 gives a discount no rate but the document's."""
    lines = []
    for path, kind in (("DiscountDetails", LineKind.ALLOWANCE), ("ChargeDetails", LineKind.CHARGE)):
        for element in details.iterfind(path):
            amount = number_at(element, "Amount")
            percent, base = number_at(element, "Percent"), number_at(element, "BaseAmount")
            if amount is None and percent is not None and base is not None:
                amount = round_amount(base * percent / 100, totals.currency)
            if not amount:
                continue
            rate = number_at(element, "VatRatePercent")
            rate = totals.only_rate if rate is None else rate
            letter = said(element, "VatCategoryCode")
            sign = -1 if kind is LineKind.ALLOWANCE and (amount > 0) == (totals.gross >= 0) else 1
            lines.append(
                InvoiceLine(
                    position=0,
                    kind=kind,
                    item_name=said(element, "FreeText") or said(element, "ReasonText"),
                    unit_price=sign * amount,
                    net=sign * amount,
                    vat_rate=rate or ZERO,
                    vat_treatment=by_letter(letter, rate),
                    extra={"vat_category": letter} if letter else {},
                )
            )
    return lines


def _party(root: etree._Element, role: str) -> Party:
    details = root.find(f"{role}PartyDetails")
    if details is None:
        return Party()
    vat_number = "".join(said(details, f"{role}OrganisationTaxCode").split()).upper()
    address = _address(details.find(f"{role}PostalAddressDetails"), role)
    identifier = details.find(f"{role}PartyIdentifier")
    is_finnish = address.country == "FI" or vat_number.startswith("FI") or not (address.country or vat_number)
    is_seller = role == "Seller"
    frame = "MessageTransmissionDetails/" + ("MessageSenderDetails/From" if is_seller else "MessageReceiverDetails/To")
    information = "SellerInformationDetails/"
    return Party(
        name=said(details, f"{role}OrganisationName"),
        registry_code=registry_code(
            words(identifier),
            scheme=(identifier.get("SchemeID") or "") if identifier is not None else "",
            is_finnish=is_finnish,
        ),
        vat_number=vat_number if vat_number.strip("-0") else "",
        email=said(root, f"{role}CommunicationDetails/{role}EmailaddressIdentifier")
        or (said(root, information + "SellerCommonEmailaddressIdentifier") if is_seller else ""),
        phone=said(root, f"{role}CommunicationDetails/{role}PhoneNumberIdentifier")
        or (said(root, information + "SellerPhoneNumber") if is_seller else ""),
        address=address,
        bank_accounts=tuple(
            BankAccount(
                "".join(said(each, "SellerAccountID").split()), said(each, "SellerBic"), said(each, "SellerAccountName")
            )
            for each in root.iterfind(information + "SellerAccountDetails")
        )
        if is_seller
        else (),
        einvoice_address=said(root, frame + "Identifier"),
        einvoice_operator=said(root, frame + "Intermediator"),
        contact_name=said(root, f"{role}ContactPersonName"),
    )


def _address(element: etree._Element | None, role: str) -> Address:
    if element is None:
        return Address()
    box = said(element, f"{role}PostOfficeBoxIdentifier")
    return Address(
        street=joined(*all_said(element, f"{role}StreetName"), box, by=", "),
        city=said(element, f"{role}TownName"),
        county=said(element, f"{role}CountrySubdivision"),
        postal_code=said(element, f"{role}PostCodeIdentifier"),
        country=said(element, "CountryCode").upper(),
    )


def _payee(root: etree._Element) -> BankAccount | None:
    parties = root.find("EpiDetails/EpiPartyDetails")
    if parties is None:
        return None
    iban = "".join(said(parties, "EpiBeneficiaryPartyDetails/EpiAccountID").split())
    bic = said(parties, "EpiBfiPartyDetails/EpiBfiIdentifier")
    name = said(parties, "EpiBeneficiaryPartyDetails/EpiNameAddressDetails")
    return BankAccount(iban, bic, name) if iban else None


def _paid(root: etree._Element, payable: Decimal) -> Decimal:
    status = said(root, "PaymentStatusDetails/PaymentStatusCode")
    if status == "PAID":
        return payable
    if status == "PARTLYPAID":
        return number_at(root, "PartialPaymentDetails/PaidAmount") or ZERO
    return ZERO


def _exchange_rate(details: etree._Element, gross: Decimal, currency: str) -> Decimal | None:
    """Return the rate to euros when the total in euros proves which way round it is written."""
    other = details.find("OtherCurrencyAmountVatIncludedAmount")
    stated, euros = number_at(details, "ExchangeRate"), number(other)
    if other is None or not stated or euros is None or currency == "EUR":
        return None
    if other.get("AmountCurrencyIdentifier") != "EUR":
        return None
    rates = (stated, tidy(1 / stated))
    return next((rate for rate in rates if round_amount(abs(gross) * rate) == abs(euros)), None)


def _credits(details: etree._Element) -> tuple[InvoiceRef, ...]:
    found = [
        InvoiceRef(number=said(each, "InvoiceNumber"), date=date_at(each, "InvoiceDate"))
        for each in details.iterfind("OriginalInvoiceReference")
    ]
    if number := said(details, "OriginalInvoiceNumber"):
        found.insert(0, InvoiceRef(number=number, date=date_at(details, "OriginalInvoiceDate")))
    return tuple(dict.fromkeys(each for each in found if each.number))


def _extra(root: etree._Element, details: etree._Element, type_code: str) -> dict[str, str]:
    stated = {
        "format": "finvoice",
        "format_version": root.get("Version") or "",
        "type_code": type_code,
        "origin_code": said(details, "OriginCode"),
        "agreement_number": said(details, "AgreementIdentifier"),
        "project": said(details, "ProjectReferenceIdentifier"),
        "payment_terms": joined(*all_said(details, "PaymentTermsDetails/PaymentTermsFreeText"), by=" "),
        "exchange_rate": said(details, "ExchangeRate"),
        "proposed_account": said(details, "NormalProposedAccountIdentifier"),
        "image_url": said(root, "InvoiceUrlText"),
        "attachments_message": said(root, "AttachmentMessageDetails/AttachmentMessageIdentifier"),
    }
    return {key: text for key, text in stated.items() if text}
