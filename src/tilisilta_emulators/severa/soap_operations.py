"""What the SOAP operations do, on the same books as REST. Source: vendor sheet, section B."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from tilisilta_emulators.severa import invoicing, soap_entities
from tilisilta_emulators.severa.errors import ApiError, SoapFault
from tilisilta_emulators.severa.finvoice import finvoice, may_go, soap_frame
from tilisilta_emulators.severa.pdf import attachment_pdf, invoice_pdf
from tilisilta_emulators.severa.records import Entry, Invoice, Record
from tilisilta_emulators.severa.soap_customers import CUSTOMER_OPERATIONS
from tilisilta_emulators.severa.soap_lookup import find, general, invalid, missing, need
from tilisilta_emulators.severa.store import Store

Operation = Callable[..., Any]
VERSION = "3.1.0.0"
WRITES = frozenset(
    {
        "SetInvoiceStatus",
        "SetInvoicePaymentDate",
        "SetInvoiceNumber",
        "AddNewInvoiceLogEntry",
        "CreateInvoices",
        "AddNewCustomer",
        "UpdateCustomer",
    }
)
"""Operations that need more than reading rights."""


def _status(store: Store, name: str | None) -> Record | None:
    found = store.status_named(name or "")
    if found is None and store.options.soap_unknown_status == "fault":
        raise SoapFault("NotFoundException", f"Invoice status '{name}' was not found")
    return found


def _units(store: Store, guid: str | None) -> set[int] | None:
    """Return the business units meant: the named one and those below it; None is all."""
    if not guid:
        return None
    unit = need(find(store, "businessunits", guid), "Business unit")
    below = {one.number_in_kind for one in store.tables["businessunits"] if one.data.get("parentGuid") == unit.guid}
    return {unit.number_in_kind, *below}


def _selected(
    store: Store, unit: str | None, status: str | None, start: datetime | None, end: datetime | None
) -> Iterator[Invoice]:
    units = _units(store, unit)
    source: Iterable[Invoice] = store.invoices
    if status is not None:
        found = _status(store, status)
        source = () if found is None else store.in_status(found)
    first, last = (start.date() if start else None), (end.date() if end else None)
    for one in source:
        inside = (first is None or one.day >= first) and (last is None or one.day <= last)
        if inside and (units is None or one.unit.number_in_kind in units):
            yield one


def _invoice(store: Store, guid: str | None) -> Invoice:
    return need(find(store, "invoices", guid), "Invoice")  # type: ignore[no-any-return]


def get_invoice_by_guid(store: Store, invoiceGUID: str | None) -> Any:  # noqa: N803 - the contract's names
    found = find(store, "invoices", invoiceGUID)
    return soap_entities.invoice(store, found) if found else missing(store, "Invoice")


def get_invoice_by_number(store: Store, invoiceNumber: int, businessUnitGUID: str | None) -> Any:  # noqa: N803
    units = _units(store, businessUnitGUID)
    found = [one for one in store.by_number.get(invoiceNumber, []) if units is None or one.unit.number_in_kind in units]
    return soap_entities.invoice(store, found[0]) if found else missing(store, "Invoice")


def get_invoices_by_status(
    store: Store,
    businessUnitGUID: str | None,  # noqa: N803
    status: str | None,
    options: int,  # noqa: ARG001 - the sheet knows no bits for invoices
    maxInvoices: int | None,  # noqa: N803
) -> Any:
    if maxInvoices is not None and maxInvoices < 0:
        general("maxInvoices must not be negative")
    found = islice(_selected(store, businessUnitGUID, status or "", None, None), maxInvoices)
    return [soap_entities.invoice(store, one) for one in found]


def get_invoices_by_status_and_unit(store: Store, status: str | None, businessUnitGUID: str | None) -> Any:  # noqa: N803
    return get_invoices_by_status(store, businessUnitGUID, status, 0, None)


def get_invoices_by_date(
    store: Store,
    *,
    businessUnitGUID: str | None,  # noqa: N803
    startDate: datetime | None,  # noqa: N803
    endDate: datetime | None,  # noqa: N803
    options: int,  # noqa: ARG001
    status: str | None = None,
) -> Any:
    found = _selected(store, businessUnitGUID, status, startDate, endDate)
    return [soap_entities.invoice(store, one) for one in found]


def get_finvoices(store: Store, version: str | None, found: Iterable[Invoice]) -> Any:
    """Return Finvoices, each after its bank frame; only numbered ones of customers that take e-invoices."""
    if not store.options.finvoice_addon:
        raise SoapFault("NoPermissionException", "The Finvoice add-on is not active")
    if version is not None and version not in {"1.2", "1.3", "2.01", "3.0"}:
        invalid(f"Finvoice version '{version}' is not supported")
    now = store.now()
    return [
        {
            "Finvoice": soap_frame(store, one, now) + finvoice(store, one, version).decode("iso-8859-15"),
            "GUID": one.guid,
        }
        for one in found
        if may_go(one)
    ]


def get_finvoices_by_status(store: Store, businessUnitGUID: str | None, status: str | None, options: int) -> Any:  # noqa: N803, ARG001
    return get_finvoices(store, None, _selected(store, businessUnitGUID, status or "", None, None))


def get_finvoices_by_status_and_date(
    store: Store,
    *,
    finvoiceVersion: str | None,  # noqa: N803
    businessUnitGUID: str | None,  # noqa: N803
    invoiceStatus: str | None,  # noqa: N803
    invoiceDateStart: datetime | None,  # noqa: N803
    invoiceDateEnd: datetime | None,  # noqa: N803
    options: int,  # noqa: ARG001
) -> Any:
    found = _selected(store, businessUnitGUID, invoiceStatus or "", invoiceDateStart, invoiceDateEnd)
    return get_finvoices(store, finvoiceVersion, found)


def _known_status(store: Store, name: str | None) -> Record:
    found = store.status_named(name or "")
    if found is None:
        raise SoapFault("NotFoundException", f"Invoice status '{name}' was not found")
    if not found.data.get("isActive", True):
        invalid(f"Invoice status '{name}' is not active")
    return found


def set_invoice_status(store: Store, invoiceGUID: str | None, status: str | None) -> None:  # noqa: N803
    invoice = _invoice(store, invoiceGUID)
    found = _known_status(store, status)
    if invoice.status.data.get("isReadOnly") and store.options.read_only == "all":
        invalid("The invoice is read-only")
    invoicing.set_status(store, invoice, found)


def set_payment_date(store: Store, invoiceGUID: str | None, paymentDate: datetime | None) -> None:  # noqa: N803
    invoice = _invoice(store, invoiceGUID)
    invoice.paid = paymentDate.date() if paymentDate else None
    store.touch(invoice)


def set_invoice_number(
    store: Store,
    invoiceGUID: str | None,  # noqa: N803
    invoiceNumber: int,  # noqa: N803
    referenceNumber: str | None,  # noqa: N803
    status: str | None,
) -> None:
    invoice = _invoice(store, invoiceGUID)
    found = _known_status(store, status) if status else None
    if invoiceNumber < 1:
        invalid("The invoice number must be positive")
    if any(one is not invoice and one.unit is invoice.unit for one in store.by_number.get(invoiceNumber, [])):
        invalid(f"Invoice number {invoiceNumber} is already in use")
    invoicing.set_number(store, invoice, invoiceNumber, referenceNumber)
    if found is not None:
        invoicing.set_status(store, invoice, found)
    store.touch(invoice)


def add_log_entry(
    store: Store,
    *,
    invoiceGuid: str | None,  # noqa: N803
    context: str | None,
    text: str | None,
    source: str | None,
    eventTimeUtc: datetime | None,  # noqa: N803
    ignoreDuplicates: bool,  # noqa: N803
) -> None:
    invoice = _invoice(store, invoiceGuid)
    if not text:
        invalid("The text of a log entry is required")
    entry = {
        "context": context or "",
        "text": text,
        "source": source or "",
        "time": (eventTimeUtc or store.now()).astimezone(UTC),
    }
    same = ("context", "text", "source")
    if ignoreDuplicates and any(all(old[key] == entry[key] for key in same) for old in invoice.log or ()):
        return
    invoice.log = [*(invoice.log or ()), entry]


def get_pdf_by_guid(store: Store, invoiceGuid: str | None, getAttachmentOnly: str) -> Any:  # noqa: N803
    return _encoded(invoice_pdf(store, _invoice(store, invoiceGuid), getAttachmentOnly or "All"))


def get_pdf(
    store: Store,
    invoiceNumber: int,  # noqa: N803
    invoiceNumberingBusinessUnitGUID: str | None,  # noqa: N803
    getAttachmentOnly: str,  # noqa: N803
) -> Any:
    units = _units(store, invoiceNumberingBusinessUnitGUID)
    found = [one for one in store.by_number.get(invoiceNumber, []) if units is None or one.unit.number_in_kind in units]
    invoice = need(found[0] if found else None, "Invoice")
    return _encoded(invoice_pdf(store, invoice, getAttachmentOnly or "All"))


def _encoded(body: bytes) -> str:
    return b64encode(body).decode()


def get_attachments(store: Store, invoiceGuid: str | None) -> Any:  # noqa: N803
    guid = _invoice(store, invoiceGuid).guid
    files = [one for one in store.tables["invoicefiles"] if one.data["invoiceGuid"] == guid]
    return [
        {
            "GUID": one.guid,
            "MIMEtype": one.data.get("contentType"),
            "Name": one.data.get("name"),
            "PrintOrder": one.data.get("sortOrder") or 1,
        }
        for one in files
    ]


def get_attachment(store: Store, attachmentGuid: str | None) -> Any:  # noqa: N803
    found = need(find(store, "invoicefiles", attachmentGuid), "Attachment")
    return _encoded(attachment_pdf(found.text("name")))


def get_origins(store: Store, invoiceGUID: str | None) -> Any:  # noqa: N803
    invoice = _invoice(store, invoiceGUID)
    return {
        "InvoiceRowOrigins": [
            {
                "HourEntries": [soap_entities.hours(store, one) for one in row.entries if one.kind == "workhours"],
                "InvoiceRowGUID": row.guid,
                "Items": [soap_entities.item(store, one) for one in row.entries if one.kind != "workhours"],
            }
            for row in invoice.rows
        ]
    }


def create_invoices(store: Store, invoiceInformation: dict[str, Any] | None) -> Any:  # noqa: N803
    """Make an invoice for each project among the items named. Only items; hours are billed over REST."""
    info = invoiceInformation or {}
    status = _known_status(store, info.get("InvoiceStatus"))
    groups: dict[int, list[Entry]] = {}
    for guid in info.get("ItemGUIDs") or []:
        entry = need(
            find(store, "projectfees", guid) or find(store, "projecttravelexpenses", guid),
            f"Item {guid}",
        )
        if entry.row is not None:
            invalid(f"Item {guid} is already on an invoice")
        groups.setdefault(entry.project.number_in_kind, []).append(entry)
    if not groups:
        invalid("ItemGUIDs is required")
    day = info["Date"].date()
    if not 1900 <= day.year <= 9000:
        invalid("Date is required")
    made = []
    for entries in groups.values():
        project = entries[0].project
        invoice = invoicing.new_invoice(store, project.data["customer"], [project], status, day)
        names = {"Notes": "notes", "OurReference": "ourReference", "YourReference": "yourReference"}
        names["ReceiverCustomerName"] = "receiverCustomerName"
        invoice.texts = {ours: info[theirs] for theirs, ours in names.items() if info.get(theirs)} or None
        if info.get("DueDate"):
            invoice.due = info["DueDate"].date()
        invoicing.bill(store, invoice, entries)
        made.append(soap_entities.invoice(store, invoice))
    return made


def get_statuses(store: Store) -> Any:
    return [soap_entities.status(store, one) for one in store.tables["invoicestatuses"]]


def _entry_getter(kinds: tuple[str, ...], show: Callable[[Store, Entry], Any], *, credited: bool | None) -> Operation:
    def get(store: Store, **parameters: str | None) -> Any:
        (guid,) = parameters.values()
        for kind in kinds:
            found = find(store, kind, guid)
            if found is not None and (credited is None or _credited(found)):
                return show(store, found)
        return missing(store, "Item")

    return get


def _credited(entry: Entry) -> bool:
    return entry.row is not None and entry.row.invoice.credited_by is not None


def _entries_changed(kinds: tuple[str, ...], show: Callable[[Store, Entry], Any], *, credited: bool) -> Operation:
    def get(store: Store, **parameters: Any) -> Any:
        since = parameters.get("startDate") or parameters["startDateTime"]
        return [
            show(store, one)
            for kind in kinds
            for one in store.entries[kind]
            if one.updated >= since and (not credited or _credited(one))
        ]

    return get


_ITEMS = ("projectfees", "projecttravelexpenses")
OPERATIONS: dict[str, Operation] = {
    "GetVersion": lambda _store: VERSION,
    "GetEntitySchemaVersion": lambda _store: VERSION,
    "GetInvoiceByGUID": get_invoice_by_guid,
    "GetInvoiceByNumber": get_invoice_by_number,
    "GetInvoicesByDate": get_invoices_by_date,
    "GetInvoicesByDateAndStatus": get_invoices_by_date,
    "GetInvoicesByStatus": get_invoices_by_status,
    "GetInvoicesByStatusAndBusinessUnit": get_invoices_by_status_and_unit,
    "GetFinvoicesByStatus": get_finvoices_by_status,
    "GetFinvoicesByStatusAndDate": get_finvoices_by_status_and_date,
    "SetInvoiceStatus": set_invoice_status,
    "SetInvoicePaymentDate": set_payment_date,
    "SetInvoiceNumber": set_invoice_number,
    "AddNewInvoiceLogEntry": add_log_entry,
    "GetInvoicePdf": get_pdf,
    "GetInvoicePdfByInvoiceGUID": get_pdf_by_guid,
    "GetInvoiceAttachmentFileGUIDs": get_attachments,
    "GetInvoiceAttachmentFile": get_attachment,
    "GetInvoiceOriginDetailsByInvoiceGUID": get_origins,
    "CreateInvoices": create_invoices,
    "GetAllInvoiceStatuses": get_statuses,
    "GetItemByGUID": _entry_getter(_ITEMS, soap_entities.item, credited=None),
    "GetReimbursedItemByGUID": _entry_getter(_ITEMS, soap_entities.item, credited=True),
    "GetItemsChangedSince": _entries_changed(_ITEMS, soap_entities.item, credited=False),
    "GetReimbursedItemsChangedSince": _entries_changed(_ITEMS, soap_entities.item, credited=True),
    "GetHourEntryByGUID": _entry_getter(("workhours",), soap_entities.hours, credited=None),
    "GetHourEntriesChangedSince": _entries_changed(("workhours",), soap_entities.hours, credited=False),
    **CUSTOMER_OPERATIONS,
}


def run(store: Store, name: str, parameters: dict[str, Any]) -> Any:
    """Run one operation.

    Raises:
        SoapFault: Whatever is wrong with it.

    """
    try:
        return OPERATIONS[name](store, **parameters)
    except ApiError as error:
        raise SoapFault("ValidationException", error.message) from None
