"""Customers and items of the shelf as Severa's SOAP entities. Source: vendor sheet of Severa, section B."""

from tilisilta.core.documents import Party
from tilisilta.ports.register import RegisterKind
from tilisilta.services.pull.entities import Values, moment, post
from tilisilta.services.pull.records import guid_of, is_goods, read_payload
from tilisilta.store.models import ShelfDocument


def _party(row: ShelfDocument) -> Party:
    party = read_payload(row).party
    if party is None:
        raise ValueError("the record is no customer")
    return party


def address_guid(row: ShelfDocument) -> str:
    """Return the guid of a customer's one address."""
    return str(guid_of(row.connection_id, str(row.guid), "address"))


def customer(row: ShelfDocument) -> Values:
    """Return a Customer, or an Account: the older twin has fewer members."""
    party = _party(row)
    return {
        "CurrencyCode": party.extra.get("currency", "") or "EUR",
        "Email": party.email,
        "GUID": str(row.guid),
        "HeadOfficeAddressGUID": address_guid(row) if post(party.address) else None,
        "InsertTS": moment(row.created_at),
        "IsActive": row.is_active,
        "IsInternal": False,
        "LanguageCode": party.extra.get("language", "") or "fi",
        "Name": party.name,
        "Number": int(row.number) if row.number else None,
        "PaymentTerm": party.payment_term_days,
        "ReverseCharge": row.is_reverse_charge,
        "UpdatedTS": moment(row.changed_at),
        "VatNumber": party.vat_number,
        "eInvoiceAddress": party.einvoice_address,
        "eInvoiceOperator": party.einvoice_operator,
    }


def addresses(row: ShelfDocument) -> list[Values]:
    """Return the Address of a customer; none when the source told none."""
    party = _party(row)
    given = party.address
    if post(given) is None and not party.phone:
        return []
    return [
        {
            "Addressline": given.street,
            "City": given.city,
            "CompanyGUID": str(row.guid),
            "CountryCode": given.country,
            "CountryName": given.country,
            "CountryRegionName": given.county,
            "GUID": address_guid(row),
            "IsBillingAddress": True,
            "IsPostalAddress": True,
            "IsVisitAddress": True,
            "Phone": party.phone,
            "PostalCode": given.postal_code,
        }
    ]


def contacts(row: ShelfDocument) -> list[Values]:
    """Return the Contact of a customer; none when the source named nobody."""
    words = _party(row).contact_name.split()
    if not words:
        return []
    guid = str(guid_of(row.connection_id, str(row.guid), "contact"))
    first, last = " ".join(words[:-1]), words[-1]
    account = str(row.guid)
    return [{"AccountGUID": account, "FirstName": first, "GUID": guid, "IsActive": True, "LastName": last}]


def item(row: ShelfDocument) -> Values:
    """Return a Product, TravelExpense or WorkType; each takes the members that it has."""
    given = read_payload(row).item
    if given is None:
        raise ValueError("the record is no item")
    is_product = row.register == RegisterKind.PRODUCT
    return {
        "Code": given.code,
        "Description": given.description,
        "ExpenseClass": given.extra.get("type", "") or "OtherTravelExpense",
        "GUID": str(row.guid),
        "IsActive": row.is_active,
        "IsProductive": True,
        "MeasurementUnit": given.unit,
        "Name": given.name or given.code,
        "Type": ("Materials" if is_goods(given) else "FixedFees") if is_product else "TravelExpense",
        "UnitCost": given.purchase_price,
        "UnitPrice": given.sales_price,
        "VAT": given.vat_rate,
    }
