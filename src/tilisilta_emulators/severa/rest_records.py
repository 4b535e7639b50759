"""Lists and registers over REST: every record of a kind, one, new, changed, deleted."""

from collections.abc import Iterable
from typing import Any

from tilisilta_emulators.severa import writing
from tilisilta_emulators.severa.call import Answer, Call
from tilisilta_emulators.severa.errors import ApiError, bad_body, not_allowed
from tilisilta_emulators.severa.patch import apply_to_record, read_changes
from tilisilta_emulators.severa.records import Record


def kind_of(call: Call) -> str:
    """Return the kind that the path is about."""
    parts = call.operation.path.split("/")
    return parts[3] if parts[2] == "localization" else parts[2]


def index(call: Call) -> Answer:
    """`GET /v1/{kind}`."""
    table = call.store.tables[kind_of(call)]
    if call.operation.paging == "token":
        return call.list(Record, table.after)
    return call.rows(Record, table)


def one(call: Call) -> Answer:
    """`GET /v1/{kind}/{guid}`."""
    return call.show(call.one(kind_of(call), "guid"))


def create(call: Call) -> Answer:
    """`POST /v1/{kind}`."""
    return call.show(writing.create(call.store, kind_of(call), call.body()))


def patch(call: Call) -> Answer:
    """`PATCH /v1/{kind}/{guid}`."""
    record = call.one(kind_of(call), "guid")
    model = call.model
    apply_to_record(call.store, record, read_changes(call.json(), model))
    return call.show(record)


def delete(call: Call) -> Answer:
    """`DELETE /v1/{kind}/{guid}`; `moveUsagesToGuid` names what takes the place of the deleted one."""
    record = call.one(kind_of(call), "guid")
    successor = call.query.get("moveUsagesToGuid")
    if successor is not None:
        _move_usages(call, record, successor)
    writing.delete(call.store, record)
    return Answer()


def _move_usages(call: Call, record: Record, successor: str) -> None:
    other = call.store.find(record.kind, successor)
    if other is None or other is record:
        raise not_allowed("moveUsagesToGuid names nothing that could take over")
    for table in call.store.entries.values():
        for entry in table:
            if entry.source is record:
                entry.source = other
    for invoice in call.store.invoices:
        if invoice.unit is record:
            invoice.unit = other
    if record is call.store.main_unit:
        raise not_allowed("The main business unit cannot be deleted")
    for project in call.store.tables["projects"]:
        if project.data.get("businessUnit") is record:
            project.data["businessUnit"] = other


def customer_addresses(call: Call) -> Answer:
    """`GET /v1/customers/{customerGuid}/addresses`."""
    return call.rows(Record, call.store.addresses(call.one("customers", "customerGuid")))


def add_address(call: Call) -> Answer:
    """`POST /v1/customers/{customerGuid}/addresses`."""
    customer = call.one("customers", "customerGuid")
    data = writing.read_body(call.store, call.body())
    data["customer"] = customer
    record = call.store.make("addresses", **data)
    call.store.touch(customer)
    return call.show(record)


def delete_address(call: Call) -> Answer:
    """`DELETE /v1/addresses/{guid}`; the last address of a customer stays."""
    record = call.one("addresses", "guid")
    if len(call.store.addresses(record.data["customer"])) < 2:
        raise not_allowed("The only address of a customer cannot be deleted")
    call.store.drop(record)
    return Answer()


def customer_contacts(call: Call) -> Answer:
    """`GET /v1/customers/{customerGuid}/contactpersons`."""
    return call.rows(Record, call.store.contacts(call.one("customers", "customerGuid")))


def customer_settings(call: Call) -> Answer:
    """`GET /v1/customers/{customerGuid}/customercountrysettings`."""
    customer = call.one("customers", "customerGuid")
    return call.rows(Record, _of(call.store.tables["customercountrysettings"], "customer", customer))


def customer_projects(call: Call) -> Answer:
    """`GET /v1/customers/{customerGuid}/projects`."""
    customer = call.one("customers", "customerGuid")
    table = call.store.tables["projects"]
    return call.list(Record, lambda after: _of(table.after(after), "customer", customer))


def contact_addresses(call: Call) -> Answer:
    """`GET /v1/contactpersons/{contactGuid}/addresses`."""
    contact = call.one("contactpersons", "contactGuid")
    guid = contact.data.get("addressGuid")
    return call.rows(Record, [one for one in call.store.addresses(contact.data["customer"]) if one.guid == guid])


def contact_communications(call: Call) -> Answer:
    """`GET /v1/contacts/{contactGuid}/contactcommunications`."""
    contact = call.one("contactpersons", "contactGuid")
    return call.rows(Record, _of(call.store.tables["contactcommunications"], "contact", contact))


def product_settings(call: Call) -> Answer:
    """Country settings of a product or travel expense type: the demo organization keeps none."""
    kind, name = (
        ("products", "productGuid") if "productGuid" in call.path else ("travelexpensetypes", "travelExpenseTypeGuid")
    )
    call.one(kind, name)
    return Answer([])


def _of(records: Iterable[Record], name: str, owner: Any) -> Iterable[Record]:
    return (one for one in records if one.data.get(name) is owner)


def country(call: Call) -> Answer:
    """`GET /v1/localization/countries/{...}`: by guid, two or three letters, or name."""
    (text,) = call.path.values()
    folded = text.casefold()
    for record in call.store.tables["countries"]:
        known = (record.guid, *(record.text(name) for name in ("code2", "code3", "name", "englishName")))
        if folded in {one.casefold() for one in known}:
            return call.show(record)
    raise ApiError(404, "InvalidRequest", "Country was not found")


def country_regions(call: Call) -> Answer:
    """`GET /v1/localization/countries/{countryGuid}/countryregions`: none are kept."""
    call.one("countries", "countryGuid")
    return Answer([])


def organization(call: Call) -> Answer:
    """`GET /v1/organizationdetails`."""
    return call.show(call.store.organization)


def patch_organization(call: Call) -> Answer:
    """`PATCH /v1/organizationdetails`."""
    apply_to_record(call.store, call.store.organization, read_changes(call.json(), call.model))
    return call.show(call.store.organization)


def organization_settings(call: Call) -> Answer:
    """`GET /v1/organizationsettings`."""
    store = call.store
    values = {
        "quickSearchSetting": "ShowOpenProjectsSalesCasesAndCustomers",
        "projectNameDisplaySetting": "ShowProjectLongName",
        "displayProjectNumber": True,
        "projectNameDisplayFormatSetting": "CustomerNameProjectNamePhaseName",
        "nextProjectNumber": store.next_project_number,
        "nextCustomerNumber": store.next_customer_number,
        "lastCustomerNumber": store.next_customer_number - 1,
        "nextInvoiceNumber": store.next_invoice_number,
        "lastInvoiceNumber": store.next_invoice_number - 1,
        "currencyRoundingType": "AwayFromZero",
        "overdueInterest": 8,
        "paymentTerm": 14,
        "workWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "workHourApprovalMode": "None",
        "workHourEntryFormat": "Quantity",
        "paymentReferenceNumberDisplaySetting": "ReferenceNumber",
        "setCreditNoteInvoiceNumber": True,
        "isCustomerSearchAllowed": True,
    }
    return Answer(call.renderer.shape(values, call.model))


def patch_currency(call: Call) -> Answer:
    """`PATCH /v1/currencies/{guid}`: rate and use; the organization's own stays at 1."""
    record = call.one("currencies", "guid")
    changes = read_changes(call.json(), call.model)
    for change in changes:
        if change.name not in {"rate", "isActive"}:
            raise bad_body(change.name, f"{change.name} cannot be replaced")
    if record.data.get("isOrganizationCurrency") and changes:
        raise not_allowed("The organization's own currency cannot be changed")
    apply_to_record(call.store, record, changes)
    return call.show(record)
