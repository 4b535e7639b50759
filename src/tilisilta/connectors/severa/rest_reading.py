"""REST's answers read into the shapes of `wire`. Source: vendor sheet, A8."""

from typing import Any

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.wire import Bill, Customer, Place, Row, Status, required_day, required_guid
from tilisilta.core.documents import BankAccount
from tilisilta.kit.values import date, decimal, items, maybe_decimal, text
from tilisilta.ports.register import RegisterEntry, RegisterKind

Object = dict[str, Any]


def part(given: Object, name: str) -> Object:
    """Return an object inside another; empty when it is missing."""
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def guid(given: Any) -> str:
    """Return the guid of an object in lower case, or nothing."""
    return text(given.get("guid")).lower() if isinstance(given, dict) else ""


def status_part(given: Object) -> Object:
    """Return the status of an invoice; two public clients know it by another name than the vendor's model."""
    return part(given, "status") or part(given, "invoiceStatus")


def own_status(given: Object) -> Status | None:
    """Return the status that an invoice shows, with its flags; None when it shows none."""
    found = status_part(given)
    if "isSent" not in found and "isPaid" not in found:
        return None
    name, is_sent, is_paid = text(found.get("name")), is_on(found, "isSent"), is_on(found, "isPaid")
    return Status(guid=guid(found), name=name, is_sent=is_sent, is_paid=is_paid)


def currency_code(given: Object) -> str:
    """Return the currency of an invoice: its own, else that of its totals (the reference may be null or bare)."""
    totals = ("totalIncludingTax", "totalExcludingTax", "totalTax")
    named = [
        text(part(given, "currency").get("code")),
        *(text(part(given, name).get("currencyCode")) for name in totals),
    ]
    return next((each.upper() for each in named if each), "")


def is_on(given: Object, name: str, default: bool = False) -> bool:
    """Return a flag; what is missing is `default`."""
    value = given.get(name)
    return default if value is None else bool(value)


def whole(value: Any, field: str) -> int | None:
    """Return a whole number, or None."""
    found = maybe_decimal(value, field)
    return None if found is None else int(found)


def read_status(given: Object) -> Status:
    """Return an invoice status."""
    return Status(
        guid=required_guid(given.get("guid"), "guid"),
        name=text(given.get("name")),
        is_active=is_on(given, "isActive", default=True),
        has_number=is_on(given, "hasInvoiceNumber"),
        is_sent=is_on(given, "isSent"),
        is_paid=is_on(given, "isPaid"),
        is_read_only=is_on(given, "isReadOnly"),
    )


def read_entry(given: Object, kind: RegisterKind) -> RegisterEntry:
    """Return a product, work type or travel expense type.

    Raises:
        BadInput: It has no guid, or a number cannot be read.

    """
    price, cost = part(given, "unitPrice"), part(given, "unitCost")
    return RegisterEntry(
        kind=kind,
        source_id=required_guid(given.get("guid"), "guid"),
        code=text(given.get("code")),
        name=text(given.get("name")),
        is_active=is_on(given, "isActive", default=True),
        unit=text(given.get("measurementUnit")),
        vat_rate=maybe_decimal(given.get("vatRate"), "vatRate"),
        sales_price=maybe_decimal(price.get("amount"), "unitPrice"),
        purchase_price=maybe_decimal(cost.get("amount"), "unitCost"),
        sales_account=text(part(given, "salesAccount").get("number")),
        subtype=text(given.get("type")) or text(given.get("expenseClass")),
        modified_at=text(given.get("lastUpdatedDateTime")),
    )


def read_place(given: Object) -> Place:
    """Return an address; the country is a name on invoices and an object elsewhere."""
    country = given.get("country")
    name = text(country.get("name") or country.get("englishName")) if isinstance(country, dict) else text(country)
    return Place(
        street=text(given.get("addressline")),
        postal_code=text(given.get("postalCode")),
        city=text(given.get("city")),
        county=text(given.get("state")),
        country=name,
        phone=text(given.get("phone")),
        is_billing=is_on(given, "isBillingAddress"),
        is_visit=is_on(given, "isVisitAddress"),
    )


def contact_name(given: Object) -> str:
    """Return the name of a contact person, or nothing for one out of use."""
    if not is_on(given, "isActive", default=True) or is_on(given, "isDeleted"):
        return ""
    return " ".join(f"{text(given.get('firstName'))} {text(given.get('lastName'))}".split())


def read_customer(given: Object, place: Place | None, contact: str) -> Customer:
    """Return a customer with its address and contact as they were found.

    Raises:
        BadInput: It has no guid, or a number cannot be read.

    """
    address = place or read_place(part(given, "headquarterAddress"))
    return Customer(
        guid=required_guid(given.get("guid"), "guid"),
        name=text(given.get("name")),
        number=text(given.get("number")),
        vat_number=text(given.get("vatNumber")),
        email=text(given.get("email")),
        phone=address.phone,
        contact_name=contact,
        address=address,
        einvoice_address=text(given.get("eInvoiceAddress")),
        einvoice_operator=text(given.get("eInvoiceOperator")),
        term=whole(given.get("paymentTerm"), "paymentTerm"),
        interest=maybe_decimal(given.get("overdueInterest"), "overdueInterest"),
        is_active=is_on(given, "isActive", default=True),
        is_internal=is_on(given, "isInternal"),
        language=text(part(given, "language").get("code")).lower(),
        currency=text(part(given, "currency").get("code")).upper(),
        modified_at=text(given.get("lastUpdatedDateTime")),
    )


def read_row(given: Object, code: str, sources: tuple[RegisterEntry, ...]) -> Row:
    """Return one invoice row with what it groups.

    Raises:
        BadInput: A number cannot be read.

    """
    center = part(given, "costCenter")
    return Row(
        guid=guid(given),
        kind=row_kind(given),
        code=code,
        sources=sources,
        description=text(given.get("description")),
        quantity=decimal(given.get("quantity"), "rows.quantity"),
        unit=text(given.get("measurementUnit")),
        unit_price=decimal(part(given, "unitPrice").get("amount"), "rows.unitPrice"),
        vat_rate=decimal(given.get("vatRate"), "rows.vatRate"),
        account=text(part(given, "salesAccount").get("number")),
        cost_center=(text(center.get("number")), text(center.get("name"))),
    )


def row_kind(given: Object) -> RegisterKind:
    """Return which register a row is from."""
    return RegisterKind(assumptions.ROW_KINDS.get(text(given.get("rowType")), RegisterKind.OTHER))


def row_codes(given: Object) -> list[str]:
    """Return the codes that a row names, each once."""
    return list(dict.fromkeys(code for each in items(given.get("code")) if (code := text(each))))


def read_bill(
    given: Object,
    rows: tuple[Row, ...],
    customer: Customer | None,
    tax: tuple[str, str],
    bank_account: BankAccount | None,
) -> Bill:
    """Return an invoice; `customer` adds what stands on no invoice, `tax` tells why a row bears no VAT.

    Raises:
        BadInput: No guid or date, or a value that cannot be read.

    """
    payer = part(given, "billingCustomer")
    payer = payer if guid(payer) else part(given, "customer")
    credited = part(given, "reimburseInvoice") or part(given, "creditNoteInvoice")
    is_credit = is_on(given, "isCreditNote")
    projects = [each for each in items(given.get("projects")) if isinstance(each, dict)]
    language = text(part(given, "language").get("code")) or text(part(given, "culture").get("code"))[:2]
    return Bill(
        guid=required_guid(given.get("guid"), "guid"),
        number=text(given.get("number")),
        day=required_day(given.get("date"), "date"),
        status=text(status_part(given).get("name")),
        own_status=own_status(given),
        customer_guid=guid(payer),
        net=decimal(part(given, "totalExcludingTax").get("amount"), "totalExcludingTax"),
        vat=decimal(part(given, "totalTax").get("amount"), "totalTax"),
        gross=decimal(part(given, "totalIncludingTax").get("amount"), "totalIncludingTax"),
        currency=currency_code(given),
        rate=maybe_decimal(given.get("currencyRate"), "currencyRate"),
        reference=text(given.get("referenceNumber")),
        due=date(given.get("dueDate"), "dueDate"),
        entry_day=date(given.get("entryDate"), "entryDate"),
        paid_on=date(given.get("paymentDate"), "paymentDate"),
        term=whole(given.get("paymentTerm"), "paymentTerm"),
        interest=maybe_decimal(given.get("overdueInterest"), "overdueInterest"),
        our_reference=text(given.get("ourReference")),
        your_reference=text(given.get("yourReference")),
        order_number=text(given.get("orderNumber")),
        notes=text(given.get("notes")),
        language=language.lower(),
        is_credit=is_credit,
        credits_guid=guid(credited) if is_credit else "",
        credits_number=text(credited.get("number")) if is_credit else "",
        customer_name=text(payer.get("name")),
        customer_number=text(payer.get("number")),
        receiver_name=text(given.get("receiverCustomerName")),
        vat_number=text(given.get("receiverVatNumber")),
        contact_name=text(given.get("receiverContactName")),
        contact_email=text(given.get("receiverContactEmail")),
        address=read_place(part(given, "receiverAddress")),
        einvoice_address=customer.einvoice_address if customer else "",
        einvoice_operator=customer.einvoice_operator if customer else "",
        number_series=text(given.get("invoiceNumberBusinessUnitGuid")).lower(),
        project=(guid(projects[0]), text(projects[0].get("name"))) if len(projects) == 1 else ("", ""),
        bank_account=bank_account,
        tax_category=tax[0],
        tax_note=tax[1],
        created_at=text(given.get("createdDateTime")),
        modified_at=text(given.get("lastUpdatedDateTime")),
        rows=rows,
    )
