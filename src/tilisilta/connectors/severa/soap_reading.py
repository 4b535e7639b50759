"""SOAP's entities read into the shapes of `wire`. Source: vendor sheet, section B."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from tilisilta.connectors.severa.registers import Registers
from tilisilta.connectors.severa.soap import listed
from tilisilta.connectors.severa.wire import Bill, Customer, Place, Row, Status, required_guid
from tilisilta.core.documents import BankAccount
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import decimal, maybe_decimal, text
from tilisilta.ports.register import RegisterEntry, RegisterKind

Object = dict[str, Any]


def part(given: Object, name: str) -> Object:
    """Return an entity inside another; empty when it is nil."""
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def guids(given: Object, name: str) -> list[str]:
    """Return a list of guids in lower case, each once."""
    return list(dict.fromkeys(text(each).lower() for each in listed(given.get(name)) if text(each)))


def day(value: Any) -> dt.date | None:
    """Return the day of a moment as it was written; nil and the empty moment are None."""
    if not isinstance(value, dt.datetime) or value.year == 1:
        return None
    return value.date()


def moment(value: Any) -> str:
    """Return a moment as ISO 8601, or nothing."""
    if not isinstance(value, dt.datetime) or value.year == 1:
        return ""
    return value.isoformat().replace("+00:00", "Z")


def read_status(given: Object) -> Status:
    """Return an invoice status; it has no guid."""
    return Status(
        guid="",
        name=text(given.get("Name")),
        is_active=bool(given.get("IsActive")),
        has_number=bool(given.get("HasInvoiceNumber")),
        is_sent=bool(given.get("IsSent")),
        is_paid=bool(given.get("IsPaid")),
        is_read_only=bool(given.get("IsReadOnly")),
    )


def read_entry(given: Object, kind: RegisterKind) -> RegisterEntry:
    """Return a product, work type or travel expense type.

    Raises:
        BadInput: It has no guid, or a number cannot be read.

    """
    is_product = kind is RegisterKind.PRODUCT
    return RegisterEntry(
        kind=kind,
        source_id=required_guid(given.get("GUID"), "GUID"),
        code=text(given.get("Code")),
        name=text(given.get("Name")),
        is_active=given.get("IsActive") is not False,
        unit=text(given.get("MeasurementUnit")),
        vat_rate=maybe_decimal(given.get("VAT"), "VAT"),
        sales_price=maybe_decimal(given.get("UnitPrice"), "UnitPrice"),
        purchase_price=maybe_decimal(given.get("UnitCost"), "UnitCost"),
        subtype=text(given.get("Type" if is_product else "ExpenseClass")),
    )


def read_place(given: Object) -> Place:
    """Return an address."""
    lines = [text(given.get(name)) for name in ("Addressline", "Addressline2", "Addressline3")]
    return Place(
        street="\n".join(each for each in lines if each),
        postal_code=text(given.get("PostalCode")),
        city=text(given.get("City")),
        county=text(given.get("CountryRegionName")),
        country=text(given.get("CountryCode")) or text(given.get("CountryName")),
        phone=text(given.get("Phone")),
        is_billing=bool(given.get("IsBillingAddress")),
        is_visit=bool(given.get("IsVisitAddress")),
    )


def contact_name(given: Object) -> str:
    """Return the name of a contact person, or nothing for one out of use."""
    if given.get("IsActive") is False:
        return ""
    return " ".join(f"{text(given.get('FirstName'))} {text(given.get('LastName'))}".split())


def read_customer(given: Object, place: Place, contact: str) -> Customer:
    """Return a customer with its address and contact as they were found.

    Raises:
        BadInput: It has no guid, or a number cannot be read.

    """
    term = maybe_decimal(given.get("PaymentTerm"), "PaymentTerm")
    return Customer(
        guid=required_guid(given.get("GUID"), "GUID"),
        name=text(given.get("Name")),
        number=text(given.get("Number")),
        vat_number=text(given.get("VatNumber")),
        email=text(given.get("Email")),
        phone=place.phone,
        contact_name=contact,
        address=place,
        einvoice_address=text(given.get("eInvoiceAddress")),
        einvoice_operator=text(given.get("eInvoiceOperator")),
        term=None if term is None else int(term),
        interest=maybe_decimal(given.get("OverdueInterest"), "OverdueInterest"),
        is_active=given.get("IsActive") is not False,
        is_internal=bool(given.get("IsInternal")),
        language=text(given.get("LanguageCode")).lower(),
        currency=text(given.get("CurrencyCode")).upper(),
        modified_at=moment(given.get("UpdatedTS")),
    )


# --- rows ----------------------------------------------------------------------------------------------------


def row_kind(given: Object) -> RegisterKind:
    """Return which register a row is from, by what it names.

    An item of no product may be a fee or a travel expense; fees are far more common.
    """
    if guids(given, "TravelExpenseGUIDs"):
        return RegisterKind.TRAVEL_EXPENSE
    if guids(given, "HourGUIDs"):
        return RegisterKind.WORK_TYPE
    if guids(given, "ProductGUIDs") or guids(given, "ItemGUIDs"):
        return RegisterKind.PRODUCT
    return RegisterKind.OTHER


def row_sources(given: Object, registers: Registers) -> tuple[RegisterEntry, ...] | None:
    """Return what a row groups; None when only the hours behind it tell."""
    kind = row_kind(given)
    code = text(given.get("articleIdentifier"))
    if kind is RegisterKind.OTHER:
        return ()
    if kind is RegisterKind.WORK_TYPE:
        known = registers.only(kind, code) if code else None
        return (known,) if known else None
    named = guids(given, "TravelExpenseGUIDs" if kind is RegisterKind.TRAVEL_EXPENSE else "ProductGUIDs")
    unlisted = (RegisterEntry(kind=kind, source_id=each, code="", name="") for each in named)
    return tuple(registers.entry(each.source_id) or each for each in unlisted)


def read_row(given: Object, sources: tuple[RegisterEntry, ...]) -> Row:
    """Return one invoice row with what it groups.

    Raises:
        BadInput: A number cannot be read.

    """
    words = [text(given.get("articleName")), text(given.get("rowFreeText"))]
    return Row(
        guid=text(given.get("GUID")).lower(),
        kind=row_kind(given),
        code=text(given.get("articleIdentifier")),
        sources=sources,
        description="\n".join(each for each in words if each),
        quantity=decimal(given.get("deliveredQuantity"), "rows.deliveredQuantity"),
        unit=text(given.get("quantityUnitCode")),
        unit_price=decimal(given.get("unitPriceAmount"), "rows.unitPriceAmount"),
        net=maybe_decimal(given.get("rowVatExcludedAmount"), "rows.rowVatExcludedAmount"),
        vat_rate=decimal(given.get("rowVatRatePercent"), "rows.rowVatRatePercent"),
        account=text(given.get("rowSalesAccountNumber")),
        cost_center=(text(given.get("rowCostCenterNumber")), text(given.get("rowCostCenterName"))),
    )


def ordered_rows(given: Object) -> list[Object]:
    """Return the rows of an invoice in their order.

    Raises:
        BadInput: A row number cannot be read.

    """
    rows = [each for each in listed(given.get("InvoiceRows")) if isinstance(each, dict)]
    return sorted(rows, key=lambda each: decimal(each.get("rowNumber"), "rows.rowNumber"))


# --- invoices ------------------------------------------------------------------------------------------------


def _project(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    found = {(text(each.get("MainCaseGUID")).lower(), text(each.get("MainCaseName"))) for each in rows}
    found.discard(("", ""))
    return found.pop() if len(found) == 1 else ("", "")


def _address(given: Object) -> Place:
    country = text(part(part(given, "BuyerOrganization"), "buyerPostalAddressDetails").get("countryCode"))
    return Place(
        street=text(given.get("ReceiverAddressline")),
        postal_code=text(given.get("ReceiverPostalCode")),
        city=text(given.get("ReceiverCity")),
        county=text(given.get("ReceiverState")),
        country=country or text(given.get("ReceiverCountry")),
    )


def _bank_account(given: Object) -> BankAccount | None:
    accounts = [each for each in listed(part(given, "SellerContact").get("sellerAccountDetails")) if each]
    if len(accounts) != 1 or not text(accounts[0].get("sellerAccountID")):
        return None
    return BankAccount(text(accounts[0].get("sellerAccountID")), text(accounts[0].get("sellerBic")))


def read_bill(given: Object, rows: tuple[Row, ...], credits_number: str, tax: tuple[str, str]) -> Bill:
    """Return an invoice; `tax` tells why a row bears no VAT.

    Raises:
        BadInput: No guid or date, or a value that cannot be read.

    """
    details, buyer = part(given, "InvoiceDetails"), part(given, "BuyerOrganization")
    issued = day(given.get("Date"))
    if issued is None:
        raise BadInput(field="Date", rule="present")
    term = maybe_decimal(given.get("PaymentTerm"), "PaymentTerm")
    is_credit = bool(given.get("IsCreditNote"))
    return Bill(
        guid=required_guid(given.get("GUID"), "GUID"),
        number=text(given.get("Number")),
        day=issued,
        status=text(given.get("InvoiceStatus")),
        customer_guid=text(given.get("AccountGUID")).lower(),
        net=decimal(details.get("invoiceTotalVatExcludedAmount"), "invoiceTotalVatExcludedAmount"),
        vat=decimal(details.get("invoiceTotalVatAmount"), "invoiceTotalVatAmount"),
        gross=decimal(details.get("invoiceTotalVatIncludedAmount"), "invoiceTotalVatIncludedAmount"),
        currency=text(given.get("CurrencyShortform")).upper(),
        rate=maybe_decimal(given.get("CurrencyRate"), "CurrencyRate"),
        reference=text(given.get("ReferenceNumber")),
        due=day(given.get("DueDate")),
        entry_day=day(given.get("EntryDate")),
        paid_on=day(given.get("PaymentDate")),
        term=None if term is None else int(term),
        interest=maybe_decimal(given.get("OverDueInterest"), "OverDueInterest"),
        our_reference=text(given.get("OurReference")),
        your_reference=text(given.get("YourReference")),
        order_number=text(given.get("OrderNumber")),
        notes=text(given.get("Notes")),
        language=text(given.get("LanguageCode")).lower(),
        is_credit=is_credit,
        credits_guid=text(given.get("ReimburseInvoiceGUID")).lower() if is_credit else "",
        credits_number=credits_number,
        customer_name=text(given.get("AccountName")),
        customer_number=text(given.get("AccountNumber")),
        receiver_name=text(given.get("ReceiverCustomerName")),
        vat_number=text(given.get("ReceiverVatNumber")),
        contact_name=text(given.get("ReceiverContactName")),
        contact_email=text(given.get("ReceiverContactEmail")),
        address=_address(given),
        einvoice_address=text(buyer.get("buyerElectronicInvoiceAddress")),
        einvoice_operator=text(buyer.get("buyerElectronicInvoiceOperator")),
        number_series=text(given.get("InvoiceNumberingBusinessUnitGUID")).lower(),
        project=_project(ordered_rows(given)),
        bank_account=_bank_account(given),
        tax_category=tax[0],
        tax_note=tax[1],
        rows=rows,
    )
