"""Customers, addresses, contacts, products, work types and travel expense types over SOAP.

Source: vendor sheet, section B. Option bits of accounts: NewOnly 1, IncludeInactive 2, ExcludeNotNumbered 4,
ExcludeWithNoWonCases 8 (no bearing here), CheckAccountGroupChanges 32, CheckAddressChanges 64, CheckContactChanges 128.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from tilisilta_emulators.severa import soap_entities, writing
from tilisilta_emulators.severa.records import Record
from tilisilta_emulators.severa.soap_lookup import changed, find, general, invalid, missing, need
from tilisilta_emulators.severa.store import Store

Operation = Callable[..., Any]
Show = Callable[[Store, Record], Any]
NEW_ONLY, INACTIVE, NUMBERED, ADDRESSES, CONTACTS = 1, 2, 4, 64, 128
MOST = 100


def _getter(kind: str, show: Show, what: str) -> Operation:
    def get(store: Store, **parameters: str | None) -> Any:
        (guid,) = parameters.values()
        found = find(store, kind, guid)
        return show(store, found) if found else missing(store, what)

    return get


def _by(kind: str, name: str, show: Show, what: str, *, inactive: bool = True) -> Operation:
    def get(store: Store, **parameters: Any) -> Any:
        (wanted,) = parameters.values()
        for one in store.tables[kind]:
            found = wanted not in (None, "") and one.data.get(name) == wanted
            if found and (inactive or one.data.get("isActive") is not False):
                return show(store, one)
        return missing(store, what)

    return get


def _changed_since(kind: str, show: Show) -> Operation:
    def get(store: Store, startDateTime: datetime, options: int) -> Any:  # noqa: N803 - the contract's names
        found = changed(
            store.tables[kind], startDateTime, new_only=bool(options & NEW_ONLY), inactive=bool(options & INACTIVE)
        )
        return [show(store, one) for one in found]

    return get


def _wanted(customers: Iterable[Record], options: int) -> Iterable[Record]:
    for one in customers:
        active = options & INACTIVE or one.data.get("isActive") is not False
        if active and not (options & NUMBERED and one.data.get("number") is None):
            yield one


def get_all(store: Store, options: int, startFromIndex: int, count: int, **rest: Any) -> Any:  # noqa: N803
    """Return at most a hundred customers from an index on.

    Raises:
        SoapFault: GeneralFailureException for a negative index, or a criteria whose groups are nil (seen so).

    """
    criteria = rest.get("criteria")
    if isinstance(criteria, dict) and criteria.get("AccountGroupGUIDs") is None:
        general("Object reference not set to an instance of an object.")
    if startFromIndex < 0 or count < 0:
        general("startFromIndex and count must not be negative")
    if isinstance(criteria, dict) and criteria["AccountGroupGUIDs"]:
        return []
    found = _wanted(store.tables["customers"], options)
    return [
        soap_entities.customer(store, one) for one in islice(found, startFromIndex, startFromIndex + min(count, MOST))
    ]


def customers_changed(store: Store, startDateTime: datetime, options: int) -> Any:  # noqa: N803
    """Return customers changed since a moment; with the bits for children, also those whose children changed."""

    def newest(one: Record) -> datetime:
        stamps = [one.created if options & NEW_ONLY else one.updated]
        if options & ADDRESSES:
            stamps += [each.updated for each in store.addresses(one)]
        if options & CONTACTS:
            stamps += [each.updated for each in store.contacts(one)]
        return max(stamps)

    found = _wanted(store.tables["customers"], options)
    return [soap_entities.customer(store, one) for one in found if newest(one) >= startDateTime]


_TEXTS = {
    "Name": "name",
    "VatNumber": "vatNumber",
    "Email": "email",
    "Website": "website",
    "Notes": "notes",
    "eInvoiceAddress": "eInvoiceAddress",
    "eInvoiceOperator": "eInvoiceOperator",
    "Number": "number",
    "PaymentTerm": "paymentTerm",
    "OverdueInterest": "overdueInterest",
}


def _fields(store: Store, info: dict[str, Any] | None) -> dict[str, Any]:
    if not info or not info.get("Name"):
        invalid("Name is required")
    data = {ours: info[theirs] for theirs, ours in _TEXTS.items() if info.get(theirs) is not None}
    code = info.get("CurrencyCode")
    if code:
        currency = next((one for one in store.tables["currencies"] if one.text("code") == code), None)
        data["currency"] = currency or invalid(f"Currency {code} was not found")
    return data


def add_customer(store: Store, customerInfo: dict[str, Any] | None) -> Any:  # noqa: N803
    """Keep a new customer."""
    record = writing.create(store, "customers", _fields(store, customerInfo))
    return soap_entities.customer(store, record)


def update_customer(store: Store, customerInfo: dict[str, Any] | None) -> Any:  # noqa: N803
    """Change a customer by its guid: members that are sent replace, nil ones stay."""
    data = _fields(store, customerInfo)
    record = need(find(store, "customers", (customerInfo or {}).get("GUID")), "Customer")
    number = data.get("number")
    if number is not None and any(
        one is not record and one.data.get("number") == number for one in store.tables["customers"]
    ):
        invalid(f"Customer number {number} is already in use")
    record.data = {**record.data, **data, "isActive": bool((customerInfo or {}).get("IsActive"))}
    store.touch(record)
    return soap_entities.customer(store, record)


def _customer(store: Store, guid: str | None) -> Record:
    return need(find(store, "customers", guid), "Account")  # type: ignore[no-any-return]


def head_office(store: Store, **parameters: str | None) -> Any:
    (guid,) = parameters.values()
    found = store.headquarters(_customer(store, guid))
    return soap_entities.address(store, found) if found else missing(store, "Address")


def billing_address(store: Store, accountGUID: str | None) -> Any:  # noqa: N803
    found = store.billing_address(_customer(store, accountGUID))
    return soap_entities.address(store, found) if found else missing(store, "Address")


def own_address(store: Store) -> Any:
    """The organization's own billing address."""
    data = store.organization.data
    country = data["country"]
    return {
        "Addressline": data.get("address"),
        "PostalCode": data.get("postalCode"),
        "City": data.get("city"),
        "CountryCode": country.data.get("code2"),
        "CountryName": country.data.get("name"),
        "CountryGUID": country.guid,
        "CompanyGUID": store.organization.guid,
        "GUID": store.organization.guid,
        "IsBillingAddress": True,
        "Phone": data.get("phone"),
    }


def _children_changed(kind: str, show: Show) -> Operation:
    def get(store: Store, accountGUID: str | None, startDateTime: datetime, options: int) -> Any:  # noqa: N803
        source: Iterable[Record] = store.tables[kind]
        if accountGUID:
            source = store.of_customer[kind].get(_customer(store, accountGUID).number_in_kind, [])
        found = changed(source, startDateTime, new_only=bool(options & NEW_ONLY), inactive=bool(options & INACTIVE))
        return [show(store, one) for one in found]

    return get


def contacts_of(store: Store, accountGUID: str | None) -> Any:  # noqa: N803
    return [soap_entities.contact(store, one) for one in store.contacts(_customer(store, accountGUID))]


def work_types(store: Store) -> Any:
    return [soap_entities.work_type(store, one) for one in store.tables["worktypes"]]


def work_type_of_hours(store: Store, hourGUID: str | None) -> Any:  # noqa: N803
    found = find(store, "workhours", hourGUID)
    if found is None or found.source is None:
        return missing(store, "Work type")
    return soap_entities.work_type(store, found.source)


_customer_of, _product, _work = soap_entities.customer, soap_entities.product, soap_entities.work_type
_TRAVEL = "travelexpensetypes"
CUSTOMER_OPERATIONS: dict[str, Operation] = {
    "GetCustomerByGUID": _getter("customers", _customer_of, "Customer"),
    "GetAllCustomers": get_all,
    "GetCustomersChangedSince": customers_changed,
    "AddNewCustomer": add_customer,
    "UpdateCustomer": update_customer,
    "GetAccountByGUID": _getter("customers", _customer_of, "Account"),
    "GetAccountByNumber": _by("customers", "number", _customer_of, "Account"),
    "GetAccountByName": _by("customers", "name", _customer_of, "Account"),
    "GetAccountByVatNumber": _by("customers", "vatNumber", _customer_of, "Account"),
    "GetAllAccounts": get_all,
    "GetAccountsChangedSince": customers_changed,
    "GetHeadOfficeAddressByAccountGUID": head_office,
    "GetAddressByGUID": _getter("addresses", soap_entities.address, "Address"),
    "GetAddressesChangedSince": _children_changed("addresses", soap_entities.address),
    "GetFirstAccountsBillingAddress": billing_address,
    "GetBillingAddress": own_address,
    "GetContactsByAccountGUID": contacts_of,
    "GetContactsChangedSince": _children_changed("contactpersons", soap_entities.contact),
    "GetProductByCode": _by("products", "code", _product, "Product", inactive=False),
    "GetProductByCodeIncludeInactive": _by("products", "code", _product, "Product"),
    "GetProductByGUID": _getter("products", _product, "Product"),
    "GetProductsChangedSince": _changed_since("products", _product),
    "GetTravelExpenseByGUID": _getter(_TRAVEL, _product, "Travel expense"),
    "GetTravelExpenseByCode": _by(_TRAVEL, "code", _product, "Travel expense", inactive=False),
    "GetTravelExpenseByCodeIncludeInactive": _by(_TRAVEL, "code", _product, "Travel expense"),
    "GetTravelExpensesChangedSince": _changed_since(_TRAVEL, _product),
    "GetAllWorkTypes": work_types,
    "GetWorkTypeByGUID": _getter("worktypes", _work, "Work type"),
    "GetWorkTypeByHourGUID": work_type_of_hours,
    "GetWorkTypesChangedSince": _changed_since("worktypes", _work),
}
