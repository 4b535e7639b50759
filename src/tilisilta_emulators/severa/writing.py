"""Creating and deleting the records of lists and registers.

References in a body name a guid; an unknown one refuses the write. Source: the OpenAPI subset; which fields the vendor
fills in by itself (numbers, currency, unit) is our reading.
"""

from collections.abc import Callable
from typing import Any

from tilisilta_emulators.severa.errors import ApiError, bad_body, not_allowed
from tilisilta_emulators.severa.records import Record
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.values import fold_guid, is_guid

Values = dict[str, Any]
REFERENCES = {
    "salesAccount": "salesaccounts",
    "costAccount": "costaccounts",
    "costCenter": "costcenters",
    "productCategory": "productcategories",
    "customer": "customers",
    "country": "countries",
    "currency": "currencies",
    "language": "languages",
    "owner": "users",
    "projectOwner": "users",
    "salesPerson": "users",
    "user": "users",
    "businessUnit": "businessunits",
    "company": "companies",
    "product": "products",
    "valueAddedTax": "vatrates",
    "invoicingVat": "vatrates",
    "contact": "contactpersons",
    "customerContact": "contactpersons",
    "billingContact": "contactpersons",
    "communicationType": "communicationtypes",
    "phase": "phases",
    "project": "projects",
    "workType": "worktypes",
    "travelExpense": "travelexpensetypes",
    "invoice": "invoices",
    "status": "invoicestatuses",
    "invoiceTemplate": "invoicetemplates",
    "timezone": "timezones",
    "timeZone": "timezones",
}
OWN = frozenset({"guid", "createdDateTime", "createdBy", "lastUpdatedDateTime", "lastUpdatedBy"})
_ACTIVE = frozenset(
    {
        "invoicestatuses",
        "customers",
        "contactpersons",
        "products",
        "worktypes",
        "travelexpensetypes",
        "vatrates",
        "salesaccounts",
        "costaccounts",
        "costcenters",
        "productcategories",
        "businessunits",
        "projects",
    }
)
_SINGLE_DEFAULTS = ("isDefault", "isDefaultForCreditNote")


def resolve(store: Store, name: str, value: Any, at: str = "") -> Any:
    """Return the record that a reference `{"guid": ...}` names; anything else comes back as it is.

    Raises:
        ApiError: 400, no such record.

    """
    kind = REFERENCES.get(name)
    if kind is None or not isinstance(value, dict):
        return value
    guid = value.get("guid")
    if guid is None:
        return None
    found = store.find(kind, fold_guid(guid)) if is_guid(guid) else None
    if found is None:
        raise bad_body(f"{at or name}.guid", f"{name} {str(guid)[:40]} does not exist")
    return found


def read_body(store: Store, body: Values) -> Values:
    """Return a checked body with its references resolved and what only the vendor writes left out."""
    return {name: resolve(store, name, value) for name, value in body.items() if name not in OWN and value is not None}


def create(store: Store, kind: str, body: Values) -> Record:
    """Keep a new record of a list or register.

    Raises:
        ApiError: 400, a reference or number is wrong.

    """
    data = read_body(store, body)
    if kind in _ACTIVE:
        data.setdefault("isActive", True)
    prepare = _PREPARE.get(kind)
    extra = prepare(store, data) if prepare else None
    record = store.make(kind, **data)
    if extra is not None:
        extra(record)
    settle_defaults(store, record)
    return record


def settle_defaults(store: Store, record: Record) -> None:
    """Let only one record of a list be the default."""
    for flag in _SINGLE_DEFAULTS:
        if record.data.get(flag):
            for other in store.tables[record.kind]:
                if other is not record and other.data.get(flag):
                    other.data[flag] = False


Then = Callable[[Record], None]


def _prepare_customer(store: Store, data: Values) -> Then | None:
    taken = {one.data.get("number") for one in store.tables["customers"]}
    number = data.get("number")
    if number is not None and number in taken:
        raise bad_body("number", f"Customer number {number} is already in use")
    if number is None:
        while store.next_customer_number in taken:
            store.next_customer_number += 1
        data["number"] = store.next_customer_number
        store.next_customer_number += 1
    data.setdefault("currency", store.euro)
    data.setdefault("language", next(iter(store.tables["languages"]), None))
    data.setdefault("owner", store.admin)
    data.setdefault("isInternal", False)
    address = data.pop("headquarterAddress", None)
    if not isinstance(address, dict):
        return None

    def add_address(customer: Record) -> None:
        country = next(
            (one for one in store.tables["countries"] if one.data.get("name") == address.get("country")), None
        )
        store.make(
            "addresses",
            **{name: address.get(name) for name in ("addressline", "postalCode", "city")},
            country=country,
            customer=customer,
            isBillingAddress=True,
            isPostalAddress=True,
            isVisitAddress=True,
        )

    return add_address


def _prepare_contact(store: Store, data: Values) -> Then | None:
    data["name"] = f"{data['firstName']} {data['lastName']}".strip()
    data.setdefault("isDeleted", False)
    data.setdefault("phoneNumbers", [])
    data.setdefault("emails", [])
    guid = data.get("addressGuid")
    if guid is not None and store.find("addresses", guid) not in store.addresses(data["customer"]):
        raise bad_body("addressGuid", "The address is not the customer's")
    return None


def _prepare_communication(_store: Store, data: Values) -> Then | None:
    contact, way = data["contact"], data["communicationType"].text("type")
    lists = "emails" if way == "EmailAddress" else "phoneNumbers"
    if way in {"EmailAddress", "Phone", "MobilePhone", "IPPhone"}:
        contact.data[lists] = [*(contact.data.get(lists) or []), data["value"]]
    return None


def _prepare_project(store: Store, data: Values) -> Then | None:
    number = data.get("number")
    if number is not None and any(one.data.get("number") == number for one in store.tables["projects"]):
        raise bad_body("number", f"Project number {number} is already in use")
    if number is None:
        data["number"] = store.next_project_number
    store.next_project_number = max(store.next_project_number, int(data["number"])) + 1
    data.setdefault("currency", data["customer"].data.get("currency") or store.euro)
    data.setdefault("businessUnit", store.main_unit)
    data.setdefault("isClosed", False)

    def add_phase(project: Record) -> None:
        project.data["rootPhase"] = store.make(
            "phases", name=project.data["name"], project=project, isCompleted=False, isLocked=False
        )

    return add_phase


def _prepare_settings(store: Store, data: Values) -> Then | None:
    for other in store.tables["customercountrysettings"]:
        if other.data["customer"] is data["customer"] and other.data["country"] is data["country"]:
            raise bad_body("country", "The customer already has settings for the country")
    return None


def _prepare_bank(_store: Store, data: Values) -> Then | None:
    data.setdefault("accountNumberFormat", "Iban")
    return None


_PREPARE: dict[str, Callable[[Store, Values], Then | None]] = {
    "customers": _prepare_customer,
    "contactpersons": _prepare_contact,
    "contactcommunications": _prepare_communication,
    "projects": _prepare_project,
    "customercountrysettings": _prepare_settings,
    "bankaccounts": _prepare_bank,
}


def delete(store: Store, record: Record) -> None:
    """Delete a record that nothing needs.

    Raises:
        ApiError: InvalidOperation, it is in use.

    """
    if used(store, record):
        raise not_allowed(f"{record.text('name') or record.kind} is in use and cannot be deleted")
    if record.kind == "contactcommunications":
        contact = record.data["contact"]
        for lists in ("emails", "phoneNumbers"):
            contact.data[lists] = [one for one in contact.data.get(lists) or [] if one != record.data["value"]]
    store.drop(record)


def used(store: Store, record: Record) -> bool:
    """Tell whether an invoice, a project or something to bill refers to `record`."""
    test = _USED.get(record.kind)
    return test is not None and test(store, record)


def _status_used(store: Store, record: Record) -> bool:
    return bool(len(store.in_status(record))) or bool(record.data.get("isDefault"))


def _customer_used(store: Store, record: Record) -> bool:
    return any(one.data["customer"] is record for one in store.tables["projects"]) or any(
        one.customer is record for one in store.invoices
    )


def _project_used(store: Store, record: Record) -> bool:
    return any(one.project is record for table in store.entries.values() for one in table) or any(
        record in one.projects for one in store.invoices
    )


def _source_used(store: Store, record: Record) -> bool:
    return any(one.source is record for table in store.entries.values() for one in table)


def _unit_used(store: Store, record: Record) -> bool:
    return record is store.main_unit or any(one.unit is record for one in store.invoices)


def _setting_used(store: Store, record: Record) -> bool:
    kinds = ("products", "worktypes", "travelexpensetypes", "projects")
    return any(record is value for name in kinds for one in store.tables[name] for value in one.data.values())


_USED: dict[str, Callable[[Store, Record], bool]] = {
    "invoicestatuses": _status_used,
    "customers": _customer_used,
    "projects": _project_used,
    "businessunits": _unit_used,
    **dict.fromkeys(("products", "worktypes", "travelexpensetypes"), _source_used),
    **dict.fromkeys(("salesaccounts", "costaccounts", "productcategories", "costcenters"), _setting_used),
}


def need(found: Any, what: str) -> Any:
    """Return `found` unless it is None.

    Raises:
        ApiError: 404.

    """
    if found is None:
        raise ApiError(404, "InvalidRequest", f"{what} was not found")
    return found
