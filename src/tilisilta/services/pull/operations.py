"""What the SOAP operations do on one connection's shelf. Source: vendor sheet of Severa, section B.

Option bits of lists: NewOnly 1, IncludeInactive 2, ExcludeNotNumbered 4; the others have no bearing here.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.formats import write_finvoice
from tilisilta.formats.pdf import write_pdf
from tilisilta.ports.register import RegisterKind
from tilisilta.services import audit
from tilisilta.services.connections import link_of
from tilisilta.services.pull import entities, registers
from tilisilta.services.pull.desk import Desk, Rows
from tilisilta.services.pull.messages import GENERAL, NOT_FOUND, VALIDATION, Fault
from tilisilta.services.pull.records import guid_of, read_payload
from tilisilta.store.models import AuditEntry, ShelfDocument, ShelfState

VERSION: Final = "3.0.0.0"
NEW_ONLY, INACTIVE, NUMBERED = 1, 2, 4
MOST_CUSTOMERS: Final = 100  # a call, as the contract has it
MOST_INVOICES: Final = 1_000  # an answer; what waits is listed oldest first, so the rest comes when these are moved
MOST_ROWS: Final = 20_000
_LOG_CHARS: Final = 500


def _guid(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID((text or "").strip())
    except ValueError:
        reason = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
        raise Fault(GENERAL, reason) from None


def _need(rows: Rows, what: str) -> ShelfDocument:
    found = rows.first()
    if found is None:
        raise Fault(NOT_FOUND, f"{what} was not found")
    return found


def _invoice(desk: Desk, guid: str | None) -> ShelfDocument:
    return _need(desk.invoices.filter(guid=_guid(guid)), "Invoice")


def _moment(value: dt.datetime | None) -> dt.datetime:
    if value is None:
        raise Fault(GENERAL, "startDateTime is missing")
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


# --- invoices ------------------------------------------------------------------------------------------------


def _in_status(desk: Desk, rows: Rows, name: str | None) -> Rows:
    wanted = (name or "").strip()
    if wanted == desk.statuses.waiting:
        return rows.filter(state=ShelfState.WAITING)
    if wanted == desk.statuses.transferred:
        return rows.filter(state=ShelfState.TRANSFERRED)
    if wanted in desk.statuses.others:
        return rows.filter(state=ShelfState.OTHER, status=wanted)
    raise Fault(NOT_FOUND, f"Invoice status '{wanted[:200]}' was not found")


def _require_unit(desk: Desk, guid: str | None) -> None:
    if guid and _guid(guid) != guid_of(desk.connection.pk, "unit"):
        raise Fault(NOT_FOUND, "Business unit was not found")


def _dated(rows: Rows, start: dt.datetime | None, end: dt.datetime | None) -> Rows:
    if start is not None:
        rows = rows.filter(date__gte=start.date())
    return rows if end is None else rows.filter(date__lte=end.date())


def _capped(rows: Rows) -> list[ShelfDocument]:
    """Return a range whole; a part of it would look like all of it."""
    found = list(rows[: MOST_INVOICES + 1])
    if len(found) > MOST_INVOICES:
        raise Fault(VALIDATION, f"More than {MOST_INVOICES} invoices; ask for a shorter range of dates")
    return found


def invoices_by_status(desk: Desk, asked: dict[str, Any]) -> Any:
    """Return what is in a status, oldest first, at most as many as asked for and as one answer holds."""
    _require_unit(desk, asked.get("businessUnitGUID"))
    most = asked.get("maxInvoices")
    if most is not None and most < 0:
        raise Fault(GENERAL, "maxInvoices must not be negative")
    limit = MOST_INVOICES if most is None else min(most, MOST_INVOICES)
    return desk.show(_in_status(desk, desk.invoices, asked.get("status"))[:limit])


def invoices_by_date(desk: Desk, asked: dict[str, Any]) -> Any:
    """Return what is dated in a range, in any status or the one that is named."""
    _require_unit(desk, asked.get("businessUnitGUID"))
    rows = _in_status(desk, desk.invoices, asked.get("status")) if "status" in asked else desk.invoices
    return desk.show(_capped(_dated(rows, asked.get("startDate"), asked.get("endDate"))))


def invoice_by_guid(desk: Desk, asked: dict[str, Any]) -> Any:
    return desk.show([_invoice(desk, asked.get("invoiceGUID"))])[0]


def invoice_by_number(desk: Desk, asked: dict[str, Any]) -> Any:
    _require_unit(desk, asked.get("businessUnitGUID"))
    return desk.show([_need(desk.invoices.filter(number=str(asked.get("invoiceNumber"))), "Invoice")])[0]


def invoice_origins(desk: Desk, asked: dict[str, Any]) -> Any:
    row = _invoice(desk, asked.get("invoiceGUID"))
    return entities.origin_details(row, desk.seen([row]))


def set_status(desk: Desk, asked: dict[str, Any]) -> None:
    """Move an invoice to a status, by its name; the same one again changes nothing."""
    name = (asked.get("status") or "").strip()
    with transaction.atomic():
        found = _invoice(desk, asked.get("invoiceGUID"))
        row = ShelfDocument.objects.select_for_update().get(pk=found.pk)
        if name not in desk.statuses.all:
            raise Fault(NOT_FOUND, f"Invoice status '{name[:200]}' was not found")
        before = entities.status_of(row, desk.statuses)
        if before == name:
            return
        state = {desk.statuses.waiting: ShelfState.WAITING, desk.statuses.transferred: ShelfState.TRANSFERRED}
        row.state = state.get(name, ShelfState.OTHER)
        row.status = name if row.state == ShelfState.OTHER else ""
        row.taken_at = timezone.now() if row.state == ShelfState.TRANSFERRED else row.taken_at
        row.save(update_fields=["state", "status", "taken_at"])
        audit.record(
            desk.actor, "pull.status_set", row.number, link_of(desk.connection), changed={"status": [before, name]}
        )


def add_log_entry(desk: Desk, asked: dict[str, Any]) -> None:
    """Keep an entry of the fetcher's with the audit log; the same one again changes nothing when it says so."""
    row = _invoice(desk, asked.get("invoiceGuid"))
    text = (asked.get("text") or "").strip()
    if not text:
        raise Fault(VALIDATION, "Text is required")
    details = {
        "document": str(row.guid),
        "context": (asked.get("context") or "")[:_LOG_CHARS],
        "text": text[:_LOG_CHARS],
        "source": (asked.get("source") or "")[:_LOG_CHARS],
    }
    if asked.get("ignoreDuplicates"):
        same = AuditEntry.objects.filter(
            company_id=desk.connection.company_id, action="pull.logged", subject=row.number
        )
        if any(each.details == details for each in same.order_by("-pk")[:50]):
            return
    audit.record(desk.actor, "pull.logged", row.number, link_of(desk.connection), **details)


def invoice_pdf(desk: Desk, asked: dict[str, Any]) -> Any:
    """Return the invoice's picture, drawn now; there are no attachments."""
    row = _invoice(desk, asked.get("invoiceGuid"))
    if asked.get("getAttachmentOnly") == "AttachmentAndBreakdown":
        return b""
    given = entities.whole_invoice(read_payload(row))
    try:
        return write_pdf(given, entities.seller_of(desk.connection.company, given), language="fi")
    except (BadInput, Unsupported) as error:
        raise Fault(VALIDATION, f"The invoice cannot be drawn: {error}"[:400]) from None


def attachments(desk: Desk, asked: dict[str, Any]) -> Any:
    _invoice(desk, asked.get("invoiceGuid"))
    return []


def finvoices(desk: Desk, asked: dict[str, Any]) -> Any:
    """Return the Finvoice of each invoice in a status whose buyer takes e-invoices and that Finvoice can say."""
    _require_unit(desk, asked.get("businessUnitGUID"))
    if (asked.get("finvoiceVersion") or "3.0") != "3.0":
        raise Fault(VALIDATION, "Only Finvoice 3.0 is written here")
    status = asked.get("invoiceStatus") if "invoiceStatus" in asked else asked.get("status")
    rows = _in_status(desk, desk.invoices, status)
    rows = _dated(rows, asked.get("invoiceDateStart"), asked.get("invoiceDateEnd"))
    found = []
    for row in _capped(rows):
        given = entities.whole_invoice(read_payload(row))
        if not (given.party.einvoice_address and given.party.einvoice_operator):
            continue
        try:
            text = write_finvoice(given, entities.seller_of(desk.connection.company, given)).decode()
        except (BadInput, Unsupported):
            continue  # as an invoice that the add-on does not take; it is there as an Invoice
        found.append({"Finvoice": text, "GUID": str(row.guid)})
    return found


# --- customers -----------------------------------------------------------------------------------------------


def _wanted(rows: Rows, asked: dict[str, Any], *, numbered: bool = False) -> Rows:
    options = asked.get("options") or 0
    if numbered and options & NUMBERED:
        rows = rows.exclude(number="")
    if "startDateTime" in asked:
        since = _moment(asked["startDateTime"])
        rows = rows.filter(created_at__gte=since) if options & NEW_ONLY else rows.filter(changed_at__gte=since)
    return rows if options & INACTIVE else rows.filter(is_active=True)


def all_customers(desk: Desk, asked: dict[str, Any]) -> Any:
    """Return at most a hundred customers from an index on."""
    groups = getattr(asked.get("criteria"), "AccountGroupGUIDs", None)
    if groups is not None and groups.string:
        return []  # there are no groups here
    start, count = asked.get("startFromIndex") or 0, asked.get("count") or 0
    if start < 0 or count < 0:
        raise Fault(GENERAL, "startFromIndex and count must not be negative")
    rows = _wanted(desk.customers, asked, numbered=True)
    return [registers.customer(row) for row in rows[start : start + min(count, MOST_CUSTOMERS)]]


def changed_customers(desk: Desk, asked: dict[str, Any]) -> Any:
    return [registers.customer(row) for row in _wanted(desk.customers, asked, numbered=True)[:MOST_ROWS]]


def customer_by_guid(desk: Desk, asked: dict[str, Any]) -> Any:
    return registers.customer(_need(desk.customers.filter(guid=_guid(asked.get("accountGuid"))), "Customer"))


def account_by_number(desk: Desk, asked: dict[str, Any]) -> Any:
    return registers.customer(_need(desk.customers.filter(number=str(asked.get("accountNumber"))), "Account"))


def account_by_name(desk: Desk, asked: dict[str, Any]) -> Any:
    return registers.customer(_need(desk.customers.filter(party_name=asked.get("accountName") or ""), "Account"))


def account_by_vat_number(desk: Desk, asked: dict[str, Any]) -> Any:
    wanted = (asked.get("vatNumber") or "").strip()
    for row in desk.customers[:MOST_ROWS]:
        party = read_payload(row).party
        if wanted and party is not None and party.vat_number == wanted:
            return registers.customer(row)
    raise Fault(NOT_FOUND, "Account was not found")


def _of_customers(desk: Desk, guid: str | None, asked: dict[str, Any], show: Callable[[ShelfDocument], Any]) -> Any:
    rows = desk.customers.filter(guid=_guid(guid)) if guid else desk.customers
    if "startDateTime" in asked:
        rows = rows.filter(changed_at__gte=_moment(asked["startDateTime"]))
    return [each for row in rows[:MOST_ROWS] for each in show(row)]


def changed_addresses(desk: Desk, asked: dict[str, Any]) -> Any:
    return _of_customers(desk, asked.get("accountGUID"), asked, registers.addresses)


def billing_address(desk: Desk, asked: dict[str, Any]) -> Any:
    guid = asked.get("accountGUID") or asked.get("accountGuid")
    found = registers.addresses(_need(desk.customers.filter(guid=_guid(guid)), "Account"))
    if not found:
        raise Fault(NOT_FOUND, "Address was not found")
    return found[0]


def changed_contacts(desk: Desk, asked: dict[str, Any]) -> Any:
    return _of_customers(desk, asked.get("accountGUID"), asked, registers.contacts)


# --- registers -----------------------------------------------------------------------------------------------

Call = Callable[[Desk, dict[str, Any]], Any]


def _changed(register: RegisterKind) -> Call:
    def call(desk: Desk, asked: dict[str, Any]) -> Any:
        return [registers.item(row) for row in _wanted(desk.items(register), asked)[:MOST_ROWS]]

    return call


def _by(register: RegisterKind, field: str, what: str, *, inactive: bool = True) -> Call:
    def call(desk: Desk, asked: dict[str, Any]) -> Any:
        (wanted,) = asked.values()
        rows = desk.items(register) if inactive else desk.items(register).filter(is_active=True)
        value = _guid(wanted) if field == "guid" else (wanted or "").strip()
        if not value:
            raise Fault(NOT_FOUND, f"{what} was not found")
        return registers.item(_need(rows.filter(**{field: value}), what))

    return call


def _always(value: Any) -> Call:
    return lambda _desk, _asked: value


_PRODUCT, _TRAVEL, _WORK = RegisterKind.PRODUCT, RegisterKind.TRAVEL_EXPENSE, RegisterKind.WORK_TYPE
OPERATIONS: Final[dict[str, Call]] = {
    "GetVersion": _always(VERSION),
    "GetEntitySchemaVersion": _always(VERSION),
    "GetInvoiceByGUID": invoice_by_guid,
    "GetInvoiceByNumber": invoice_by_number,
    "GetInvoicesByDate": invoices_by_date,
    "GetInvoicesByDateAndStatus": invoices_by_date,
    "GetInvoicesByStatus": invoices_by_status,
    "GetInvoicesByStatusAndBusinessUnit": invoices_by_status,
    "GetFinvoicesByStatus": finvoices,
    "GetFinvoicesByStatusAndDate": finvoices,
    "SetInvoiceStatus": set_status,
    "GetInvoicePdfByInvoiceGUID": invoice_pdf,
    "AddNewInvoiceLogEntry": add_log_entry,
    "GetInvoiceAttachmentFileGUIDs": attachments,
    "GetInvoiceOriginDetailsByInvoiceGUID": invoice_origins,
    "GetAllInvoiceStatuses": lambda desk, _asked: entities.shown_statuses(desk.statuses),
    "GetCustomerByGUID": customer_by_guid,
    "GetAllCustomers": all_customers,
    "GetCustomersChangedSince": changed_customers,
    "GetAccountByGUID": customer_by_guid,
    "GetAccountByNumber": account_by_number,
    "GetAccountByName": account_by_name,
    "GetAccountByVatNumber": account_by_vat_number,
    "GetAllAccounts": all_customers,
    "GetAccountsChangedSince": changed_customers,
    "GetHeadOfficeAddressByAccountGUID": billing_address,
    "GetAddressesChangedSince": changed_addresses,
    "GetFirstAccountsBillingAddress": billing_address,
    "GetContactsByAccountGUID": changed_contacts,
    "GetContactsChangedSince": changed_contacts,
    "GetProductByCode": _by(_PRODUCT, "number", "Product", inactive=False),
    "GetProductByCodeIncludeInactive": _by(_PRODUCT, "number", "Product"),
    "GetProductByGUID": _by(_PRODUCT, "guid", "Product"),
    "GetProductsChangedSince": _changed(_PRODUCT),
    "GetTravelExpenseByGUID": _by(_TRAVEL, "guid", "Travel expense"),
    "GetTravelExpenseByCode": _by(_TRAVEL, "number", "Travel expense", inactive=False),
    "GetTravelExpenseByCodeIncludeInactive": _by(_TRAVEL, "number", "Travel expense"),
    "GetTravelExpensesChangedSince": _changed(_TRAVEL),
    "GetAllWorkTypes": lambda desk, _asked: [registers.item(row) for row in desk.items(_WORK)[:MOST_ROWS]],
    "GetWorkTypeByGUID": _by(_WORK, "guid", "Work type"),
    "GetWorkTypeByHourGUID": _by(_WORK, "guid", "Work type"),
    "GetWorkTypesChangedSince": _changed(_WORK),
}
