"""What lies on the shelf as Severa's SOAP entities: member names to values. Source: vendor sheet, section B.

Quantities and totals of a credit note are below zero, prices stay positive.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from tilisilta.core.documents import Address, Invoice, InvoiceLine, LineKind, Party
from tilisilta.core.mapping.products import source_kind
from tilisilta.core.mapping.rows import names_item
from tilisilta.core.mapping.tables import line_item
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.formats import Seller
from tilisilta.ports.own import ShelfStatuses
from tilisilta.ports.register import RegisterKind
from tilisilta.services.pull.records import Payload, guid_of, item_name, read_payload
from tilisilta.store.models import Company, ShelfDocument, ShelfState

Values = dict[str, Any]
ONE: Final = Decimal(1)
_PRICE: Final = Decimal("0.0000000001")
_ROUNDING: Final = "Pyöristys"
_COST_CENTER: Final = "cost_center"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What entities need beside their own row: whose shelf it is, its statuses, and the items by what names them."""

    connection_id: int
    company: Company
    statuses: ShelfStatuses
    customers: Mapping[uuid.UUID, ShelfDocument]
    items: Mapping[str, str]  # an item's key -> its guid
    codes: Mapping[tuple[str, str], str]  # register and code -> guid, where the register has just one of the code

    @property
    def unit(self) -> str:
        """The guid of the one business unit."""
        return str(guid_of(self.connection_id, "unit"))


def status_of(row: ShelfDocument, statuses: ShelfStatuses) -> str:
    """Return the name of the status that a document is in."""
    if row.state == ShelfState.OTHER:
        return row.status
    return statuses.transferred if row.state == ShelfState.TRANSFERRED else statuses.waiting


def shown_statuses(statuses: ShelfStatuses) -> list[Values]:
    """Return every InvoiceStatus: all are of sent, numbered invoices that cannot be edited."""
    return [
        {
            "Name": name,
            "IsActive": True,
            "IsDefault": name == statuses.waiting,
            "IsReadOnly": True,
            "HasInvoiceNumber": True,
            "IsSent": True,
            "SortOrder": at,
        }
        for at, name in enumerate(statuses.all, 1)
    ]


def seller_of(company: Company, invoice: Invoice) -> Seller:
    """Return the company as it stands on its invoices; the account is the one that the invoice names."""
    accounts = (invoice.bank_account,) if invoice.bank_account else ()
    return Seller(
        name=company.name,
        registry_code=company.registry_code,
        vat_number=company.vat_number,
        bank_accounts=accounts,
    )


def whole_invoice(payload: Payload) -> Invoice:
    """Return the invoice of a payload with the rows that go."""
    if payload.invoice is None:
        raise ValueError("the record is no invoice")
    return msgspec.structs.replace(payload.invoice, lines=payload.lines)


def _day(value: dt.date | None) -> dt.datetime | None:
    return None if value is None else dt.datetime.combine(value, dt.time())


def moment(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC).replace(microsecond=0)


# --- invoices ------------------------------------------------------------------------------------------------


def invoice(row: ShelfDocument, seen: Seen) -> Values:
    """Return an Invoice with its rows."""
    payload = read_payload(row)
    given = whole_invoice(payload)
    party, due = given.party, given.due_date or given.date
    customer = seen.customers.get(row.party_guid) if row.party_guid else None
    is_tax_free = bool(given.lines) and all(line.vat_rate == 0 for line in given.lines)
    company = seen.company
    return {
        "AccountGUID": str(row.party_guid) if row.party_guid else None,
        "AccountName": party.name,
        "AccountNumber": int(customer.number) if customer and customer.number else None,
        "BusinessUnitCode": "1",
        "BusinessUnitGUID": seen.unit,
        "BusinessUnitName": company.name,
        "BuyerOrganization": _buyer(party),
        "CurrencyRate": _rate(given),
        "CurrencyShortform": given.currency,
        "Date": _day(given.date),
        "DueDate": _day(due),
        "EntryDate": _day(given.entry_date or given.date),
        "GUID": str(row.guid),
        "InvoiceDetails": _details(given, due),
        "InvoiceRows": _rows(row, given, seen),
        "InvoiceStatus": status_of(row, seen.statuses),
        "IsCreditNote": given.is_credit_note,
        "IsTaxFree": is_tax_free,
        "LanguageCode": given.extra.get("language", "") or "fi",
        "Notes": given.note,
        "Number": int(row.number),
        "OrderNumber": given.order_number,
        "OurReference": given.our_reference,
        "OverDueInterest": given.interest_percent,
        "PaymentTerm": max(0, (due - given.date).days),
        **_receiver(party),
        "ReferenceNumber": given.reference_number,
        "ReimburseInvoiceGUID": payload.credited_id,
        "SellerContact": _seller_contact(given),
        "SellerOrganization": {
            "sellerOrganisationName": company.name,
            "sellerOrganisationTaxCode": company.vat_number,
            "sellerPartyIdentifier": company.registry_code,
        },
        "SenderName": company.name,
        "SenderVatNumber": company.vat_number,
        "TaxFreeDescription": _why_tax_free(given) if is_tax_free else None,
        "YourReference": given.your_reference,
    }


def _rate(given: Invoice) -> Decimal:
    """Return units of the invoice's currency for one of the books', which is the other way round here."""
    if not given.exchange_rate:
        return ONE
    return (ONE / given.exchange_rate).quantize(_PRICE).normalize()


def _why_tax_free(given: Invoice) -> str:
    reasons = [each.exemption_reason for each in given.vat_totals if each.exemption_reason]
    told = given.extra.get("tax_free_description", "") or next(iter(reasons), "")
    treatments = {line.vat_treatment for line in given.lines if line.vat_treatment is not None}
    return told or ", ".join(sorted(each.value.replace("_", " ") for each in treatments))


def post(address: Address) -> Values | None:
    if not (address.street or address.city or address.postal_code or address.country):
        return None
    return {
        "country": address.country,
        "countryCode": address.country,
        "postCodeIdentifier": address.postal_code,
        "streetName": address.street,
        "townName": address.city,
    }


def _buyer(party: Party) -> Values:
    return {
        "buyerContactPersonName": party.contact_name,
        "buyerElectronicInvoiceAddress": party.einvoice_address,
        "buyerElectronicInvoiceOperator": party.einvoice_operator,
        "buyerEmailaddressIdentifier": party.email,
        "buyerOrganisationName": party.name,
        "buyerOrganisationTaxCode": party.vat_number,
        "buyerPartyIdentifier": party.registry_code,
        "buyerPhoneNumberIdentifier": party.phone,
        "buyerPostalAddressDetails": post(party.address),
    }


def _receiver(party: Party) -> Values:
    address = party.address
    return {
        "ReceiverAddressline": address.street,
        "ReceiverCity": address.city,
        "ReceiverContactEmail": party.email,
        "ReceiverContactName": party.contact_name,
        "ReceiverCountry": address.country,
        "ReceiverCustomerName": party.name,
        "ReceiverPostalCode": address.postal_code,
        "ReceiverState": address.county,
        "ReceiverVatNumber": party.vat_number,
    }


def _seller_contact(given: Invoice) -> Values:
    account = given.bank_account
    accounts = [{"sellerAccountID": account.iban, "sellerBic": account.bic}] if account and account.iban else []
    return {"sellerAccountDetails": accounts}


def _details(given: Invoice, due: dt.date) -> Values:
    sign = -ONE if given.is_credit_note else ONE
    rates = [line.vat_rate for line in given.lines]
    return {
        "invoiceDate": _day(given.date),
        "invoiceDueDate": _day(due),
        "invoiceNumber": int(given.number),
        "invoiceTotalVatAmount": sign * given.vat,
        "invoiceTotalVatExcludedAmount": sign * (given.net + given.rounding),
        "invoiceTotalVatIncludedAmount": sign * (given.gross + given.rounding),
        "invoiceTypeText": "HYVITYSLASKU" if given.is_credit_note else "LASKU",
        "orderIdentifier": given.order_number,
        "originCode": "Original",
        "paymentOverDueFinePercent": given.interest_percent,
        "paymentTermsFreeText": f"{max(0, (due - given.date).days)} pv netto",
        "sellerReferenceIdentifier": given.our_reference,
        "vatBaseAmount": sign * given.net,
        "vatRateAmount": sign * given.vat,
        "vatRatePercent": int(max(rates, default=ZERO)),  # a whole number in the contract; rows have the rate itself
    }


def _rows(row: ShelfDocument, given: Invoice, seen: Seen) -> list[Values]:
    lines = list(given.lines)
    if given.rounding:
        position = len(lines) + 1
        lines.append(
            InvoiceLine(
                position=position,
                kind=LineKind.ROUNDING,
                item_name=_ROUNDING,
                unit_price=given.rounding,
                net=given.rounding,
            )
        )
    return [_row(row, given, line, at, seen) for at, line in enumerate(lines, 1)]


def _row(row: ShelfDocument, given: Invoice, line: InvoiceLine, at: int, seen: Seen) -> Values:
    sign = -ONE if given.is_credit_note else ONE
    vat = vat_amount(line.net, line.vat_rate, given.currency) if line.vat is None else line.vat
    words = line.description or line.item_name
    name, _, rest = words.partition("\n")
    center = next((each for each in line.dimensions if each.axis == _COST_CENTER), None)
    delivered = given.delivery_date or given.date
    return {
        **_origins(line, seen),
        "EventDate": _day(delivered),
        "GUID": str(row_guid(row, at)),
        "articleIdentifier": line.item_code,
        "articleName": name,
        "deliveredQuantity": sign * line.quantity,
        "quantityUnitCode": line.unit,
        "rowAmount": sign * (line.net + vat),
        "rowCostCenterName": center.name if center else None,
        "rowCostCenterNumber": center.source_id if center else None,
        "rowDeliveryDate": _day(delivered),
        "rowFreeText": rest,
        "rowIdentifier": str(at),
        "rowNumber": at,
        "rowSalesAccountNumber": line.ledger_account,
        "rowVatAmount": sign * vat,
        "rowVatExcludedAmount": sign * line.net,
        "rowVatRatePercent": line.vat_rate,
        "unitPriceAmount": _price(line, given.currency),
        "unitPriceCurrencyIdentifier": given.currency,
    }


def _price(line: InvoiceLine, currency: str) -> Decimal:
    """Return the price that the row's net comes from: after discounts, for Severa's rows have none."""
    if not line.quantity or round_amount(line.quantity * line.unit_price, currency) == line.net:
        return line.unit_price
    return (line.net / line.quantity).quantize(_PRICE).normalize()


def row_guid(row: ShelfDocument, at: int) -> uuid.UUID:
    """Return the guid of an invoice's row."""
    return guid_of(row.connection_id, str(row.guid), "row", str(at))


def origin_of(line: InvoiceLine, seen: Seen) -> tuple[RegisterKind, str]:
    """Return which register a row is from and the guid of its item there; empty when it names none."""
    if line.kind is not LineKind.ITEM or not names_item(line):
        return RegisterKind.OTHER, ""
    said = source_kind(line)
    kind = RegisterKind(said) if said in set(RegisterKind) else RegisterKind.PRODUCT
    guid = seen.items.get(item_name(line_item(line)), "")
    return kind, guid or seen.codes.get((kind.value, line.item_code), "")


def _origins(line: InvoiceLine, seen: Seen) -> Values:
    """Return the lists that lead to where a row came from.

    The hours behind a row are not kept: one entry stands for them, under the guid of their work type.
    """
    kind, guid = origin_of(line, seen)
    found: Values = {name: [] for name in ("CaseGUIDs", "HourGUIDs", "ItemGUIDs", "PhaseGUIDs", "UserGUIDs")}
    found |= {"ProductGUIDs": [], "TravelExpenseGUIDs": []}
    place = {
        RegisterKind.PRODUCT: "ProductGUIDs",
        RegisterKind.WORK_TYPE: "HourGUIDs",
        RegisterKind.TRAVEL_EXPENSE: "TravelExpenseGUIDs",
    }.get(kind)
    if place and guid:
        found[place] = [guid]
    return found


def origin_details(row: ShelfDocument, seen: Seen) -> Values:
    """Return an InvoiceOriginDetails: the work type or product behind each row."""
    rows = []
    for at, line in enumerate(whole_invoice(read_payload(row)).lines, 1):
        kind, guid = origin_of(line, seen)
        mine: Values = {"GUID": guid, "InvoiceGUID": str(row.guid), "InvoiceRowGUID": str(row_guid(row, at))}
        mine |= {"Description": line.description, "Quantity": line.quantity, "UnitPrice": line.unit_price}
        hours = [{**mine, "WorkTypeGUID": guid}] if guid and kind is RegisterKind.WORK_TYPE else []
        about = {"ProductGUID": guid, "ProductCode": line.item_code, "Name": line.item_name, "VAT": line.vat_rate}
        items = [{**mine, **about}] if guid and kind is not RegisterKind.WORK_TYPE else []
        rows.append({"InvoiceRowGUID": str(row_guid(row, at)), "HourEntries": hours, "Items": items})
    return {"InvoiceRowOrigins": rows}
